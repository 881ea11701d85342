"""The formats a table may come in beyond plain CSV: what is read, what is refused by name, and that nothing inside does harm."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import re
import zipfile
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import Door, as_csv, good_rows

from orchestration.landing import records as records_module
from orchestration.landing import workbook as workbook_module

DAY = "2023-06-15"
CLAIMS = good_rows("provider_zzz/CLAIM", 25)
RELEASES = as_csv(good_rows("ndelius/RELEASE", 25))
DECLARED = 22  # columns of a claim


def sheet(rows: list[list[Any]], *more: list[list[Any]]) -> bytes:
    """A workbook of one sheet, or several."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for n, content in enumerate((rows, *more)):
        page = book.create_sheet(f"page {n}")
        for row in content:
            page.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_rows(claims: list[dict[str, Any]]) -> list[list[Any]]:
    return [list(claims[0]), *(list(c.values()) for c in claims)]


def edited(content: bytes, member: str, *changes: tuple[str, str]) -> bytes:
    """The workbook or zip with text in one member changed; each change must be one."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            for pattern, by in changes if name == member else ():
                text, n = re.subn(pattern.encode(), by.encode(), text)
                assert n, pattern
            new.writestr(name, text)
    return out.getvalue()


def zipped(*members: tuple[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members:
            archive.writestr(name, text)
    return out.getvalue()


def declared(door: Door, delivery: str) -> list[tuple]:
    return [
        r[:DECLARED] for r in door.query(f"select * from landing.provider__claim where _delivery_id = '{delivery}' order by _row_number")
    ]


def test_a_workbook_gives_the_rows_its_csv_gives_whatever_types_excel_made_of_them(door: Door) -> None:
    typed = [
        c | {"task_date": date(2022, 2, 1), "submitted_ts": datetime(2022, 3, 1, 10), "qty": 1, "rate": 12.5, "amount": 12.500000000000002,
             "claim_id": 100.0 + n, "person_ref": 7, "sub_code": None}
        for n, c in enumerate(CLAIMS)
    ]  # fmt: skip
    plain = [c | {"claim_id": str(100 + n), "person_ref": "7"} for n, c in enumerate(CLAIMS)]
    blanks = [[None] * DECLARED, ["", "  "]]
    body = as_rows(typed)
    book = sheet([*blanks[:1], *body[:9], *blanks, *body[9:], *blanks * 40], [["another", "sheet"], [1, 2]])
    door.deliver("provider_zzz/2023-06-14/CLAIM.csv", as_csv(plain))
    door.deliver("provider_zzz/2023-06-15/CLAIM.xlsx", book)
    door.deliver("provider_zzz/2023-06-16/claim.XLSX", sheet(as_rows(plain)))
    door.land()
    assert [(a.rows_read, a.rows_loaded) for a in door.result.files] == [(25, 25)] * 3
    expected = declared(door, "provider_zzz/2023-06-14")
    assert declared(door, "provider_zzz/2023-06-15") == declared(door, "provider_zzz/2023-06-16") == expected
    where = "where _delivery_id = 'provider_zzz/2023-06-15'"
    assert door.query(f"select claim_id, _row_number from landing.provider__claim {where}") == [(str(100 + n), n + 1) for n in range(25)]


def test_a_formula_is_never_evaluated_its_kept_value_is_read_and_one_without_costs_its_record(door: Door) -> None:
    claims = [dict(c) for c in CLAIMS]
    claims[4]["amount"] = "=6*7"
    claims[9]["amount"] = "=1/0"
    claims[11]["band_used"] = "=HYPERLINK(A1)"
    book = sheet(as_rows(claims))
    kept = (("<f>6\\*7</f><v ?/>", "<f>6*7</f><v>41</v>"), ('(t="[a-z]*"|)><f>1/0</f><v ?/>', ' t="e"><f>1/0</f><v>#DIV/0!</v>'))
    door.deliver(f"provider_zzz/{DAY}/CLAIM.xlsx", edited(book, "xl/worksheets/sheet1.xml", *kept))
    text = [c | {"band_used": "=1+1", "billed_level": "@SUM(A1)"} for c in CLAIMS]
    door.deliver("provider_yyy/2023-06-15/CLAIM.csv", as_csv(text))
    door.land()
    account = [a for a in door.result.files if a.source == "provider_zzz"][0]
    assert (account.rows_read, account.rows_loaded, account.rows_rejected, account.rows_quarantined) == (25, 23, 1, 1)
    assert door.query("select row_number, reason from landing.rejected_row") == [(12, "formula_without_value: column N")]
    of_zzz = "from landing.provider__claim where _source = 'provider_zzz'"
    assert door.query(f"select _row_number, _quarantine_reason {of_zzz} and _quarantine_reason is not null") == [
        (10, "spreadsheet_error:amount")
    ]
    assert door.query(f"select cast(amount as double) {of_zzz} and _row_number = 5") == [(41.0,)]
    assert door.query("select distinct band_used, billed_level from landing.provider__claim where _source = 'provider_yyy'") == [
        ("=1+1", "@SUM(A1)")
    ]


def test_a_formula_that_gave_an_empty_text_leaves_its_cell_empty_and_a_row_of_such_is_none(door: Door) -> None:
    formula = '=IF(A1="","","")'
    claims = [c | {"sub_code": formula} for c in CLAIMS]
    book = sheet([*as_rows(claims), *[[formula] * DECLARED] * 3])
    kept = edited(book, "xl/worksheets/sheet1.xml", ('(<c r="[A-Z]+[0-9]+")[^>]*>(<f>IF[^<]*</f>)<v ?/>', r'\1 t="str">\2<v></v>'))
    door.deliver(f"provider_zzz/{DAY}/CLAIM.xlsx", kept)
    door.land()
    account = door.account("CLAIM.xlsx")
    assert (account.rows_read, account.rows_loaded) == (25, 25)
    assert set(door.column("provider__claim", "sub_code")) == {None}


def test_rows_and_cells_of_a_workbook_that_stand_in_another_order_are_all_read(door: Door) -> None:
    page, rows = "xl/worksheets/sheet1.xml", sheet(as_rows(CLAIMS))
    disordered = {
        "aaa": edited(rows, page, ('<row r="4"', '<row r="3"')), "bbb": edited(rows, page, ('<row r="3"', '<row r="30"')),
        "ccc": edited(rows, page, ('(<row r="3"[^>]*>)(.*?)(<c r="P3".*?</c>)(.*?)</row>', r"\1\3\4\2</row>")), "ddd": edited(rows, page, ('<row r="[0-9]+"', "<row"), (' r="[A-Z]+[0-9]+"', "")),
        "eee": edited(rows, page, ('<c r="B3"', '<c r="A3"')),
    }  # fmt: skip
    for provider, content in disordered.items():
        door.deliver(f"provider_{provider}/{DAY}/CLAIM.xlsx", content)
    door.land()
    *read, twice = door.result.files
    assert [(a.rows_read, a.rows_loaded) for a in read] == [(25, 25)] * 4
    assert door.query("select count(distinct claim_id), count(status), sum(amount) from landing.provider__claim") == [(25, 100, 1250)]
    assert twice.reason.startswith("unreadable_file: not a readable xlsx workbook")


def test_the_header_again_is_no_record_and_no_person(door: Door) -> None:
    people = [{"person_ref": f"P{n}", "noms_no": "", "crn": "", "pnc": "", "first_name": "INVENTED", "last_name": "EXAMPLE",
               "birth_date": "1990-05-17", "postcode": "", "recorded_ts": ""} for n in range(4)]  # fmt: skip
    once = as_rows(people)
    door.deliver(f"provider_zzz/{DAY}/PERSON.xlsx", sheet([*once, [], *as_rows(people[2:])]))
    door.deliver(f"provider_yyy/{DAY}/PERSON.csv", as_csv(people) + ",".join(n.upper() for n in people[0]) + "\n" + as_csv(people[2:]))
    door.land()
    assert [(a.rows_read, a.rows_loaded, a.rows_quarantined) for a in door.result.files] == [(6, 4, 2)] * 2
    assert {ref for (ref,) in door.query("select person_ref from landing.provider__person")} == {f"P{n}" for n in range(4)}


def test_a_row_with_more_cells_than_the_header_is_rejected_alone(door: Door) -> None:
    rows = as_rows(CLAIMS)
    rows[6].append("surplus")
    rows[7].append("   ")
    door.deliver(f"provider_zzz/{DAY}/CLAIM.xlsx", sheet(rows))
    door.land()
    assert door.query("select row_number, reason from landing.rejected_row") == [(6, "wrong_field_count: 22 expected, 23 found")]


BOOK = sheet(as_rows(CLAIMS))
PAGE = "xl/worksheets/sheet1.xml"
BAD_BOOKS = {
    "no zip at all": b"claim_id,contract_id\n1,2\n",
    "nothing": b"",
    "a zip of something else": zipped(("CLAIM.csv", as_csv(CLAIMS))),
    "cut short": BOOK[:-300],
    "an old or locked workbook": bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 4096,
    "no sheet": edited(BOOK, "xl/workbook.xml", ("<sheet [^>]*/>", "")),
    "a sheet that is no XML": edited(BOOK, PAGE, ("<sheetData>", "<sheetData><row")),
    "a first sheet without a value": sheet([], as_rows(CLAIMS)),
    "more rows than a sheet has": edited(BOOK, PAGE, ('<row r="20"', '<row r="99999999999"')),
    "a string that is not there": edited(BOOK, PAGE, ('<c r="A5" t="inlineStr"><is><t>[^<]*</t></is></c>', '<c r="A5" t="s"><v>999999</v></c>')),
    "a formula for a column name": sheet([["=A1", "contract_id"], [1, 2]]),
    "entities within entities": edited(
        BOOK, PAGE, ("^", '<!DOCTYPE x [<!ENTITY a "' + "X" * 1000 + '">' + "".join(
            f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 100}">' for i in range(4)) + "]>"), ("<sheetData>", "<sheetData>&e;")),
}  # fmt: skip


def test_a_workbook_nobody_can_read_is_refused_and_another_table_loads(tmp_path: Path) -> None:
    door = Door(tmp_path)
    for n, content in enumerate(BAD_BOOKS.values()):
        door.deliver(f"provider_z{n:02d}/{DAY}/CLAIM.xlsx", content)
    door.deliver(f"contracts/{DAY}/PAYMENT.csv", as_csv(good_rows("contracts/PAYMENT")))
    door.land()
    good, *bad = door.result.files
    assert (good.file, good.rows_loaded) == ("PAYMENT.csv", 30)
    assert len(bad) == len(BAD_BOOKS)
    for name, account in zip(BAD_BOOKS, bad):
        assert account.reason.startswith("unreadable_file: "), (name, account.reason)
        assert account.rows_refused == account.rows_read == 0


def test_workbooks_come_from_those_who_keep_them_and_not_from_prison_or_probation(door: Door) -> None:
    door.deliver(f"contracts/{DAY}/PAYMENT.xlsx", sheet([["payment_ref", "paid_on", "amount"], ["1", "2022-01-01", 1]]))
    door.deliver(f"cas/{DAY}/BookingsReportRow.xlsx", sheet([["bookingId", "crn"], ["B1", "X000001"]]))
    door.deliver(f"ndelius/{DAY}/RECALL.xlsx", sheet([["RECALL_ID"], ["1"], ["2"]]))
    door.land()
    assert [door.account(f"{name}.xlsx").rows_loaded for name in ("PAYMENT", "BookingsReportRow")] == [1, 1]
    refused = door.account("RECALL.xlsx")
    assert refused.reason.startswith("not declared: the file type xlsx is read from provider, contracts, cas,") and refused.rows_refused == 2


ZIPS = {
    "nothing inside": (zipped(), "unreadable_file: a zip must hold one csv file and no other, this one holds 0 files, 0 of them csv"),
    "two tables": (zipped(("a.csv", RELEASES), ("b.csv", RELEASES)), "unreadable_file: a zip must hold one csv file and no other, this one holds 2 files, 2"),
    "a table and a note": (zipped(("a.csv", RELEASES), ("note.txt", "x")), "unreadable_file: a zip must hold one csv file and no other, this one holds 2"),
    "a zip in a zip": (zipped(("a.zip", zipped(("a.csv", RELEASES)))), "unreadable_file: a zip must hold one csv file and no other, this one holds 1 files, 0"),
    "a way out of the folder": (zipped(("../../../outside.csv", RELEASES)), None),
    "an absolute path": (zipped(("/outside.csv", RELEASES)), None),
    "a folder and a Mac's notes": (zipped(("out/", ""), ("out/RELEASE.CSV", RELEASES), ("__MACOSX/out/._RELEASE.CSV", "x"), ("out/.DS_Store", "x")), None),
    "a bomb": (zipped(("RELEASE.csv", RELEASES + "9,9,9,,,,1\n" * 200_000)), "unreadable_file: it unpacks to far more than a table would"),
}  # fmt: skip


def test_a_zip_holds_one_table_and_whatever_it_is_called_inside_stays_inside(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = records_module.door_limits() | {"unpacked_bytes_always": "1000000", "unpacked_times_max": "50"}
    monkeypatch.setattr(records_module, "door_limits", lambda: limits)
    days = [f"2023-06-{n:02d}" for n in range(1, len(ZIPS) + 1)]
    for day, (content, _) in zip(days, ZIPS.values()):
        door.deliver(f"ndelius/{day}/RELEASE.zip", content)
    door.land()
    for (name, (_, reason)), account in zip(ZIPS.items(), door.result.files):
        assert (account.reason or "").startswith(reason or "") and account.is_accepted == (reason is None), (name, account)
        assert account.rows_loaded == (0 if reason else 25)
    assert not list(door.home.parent.rglob("*outside*")) and not Path("/outside.csv").exists()


def test_a_workbook_bomb_is_refused_before_it_is_unpacked(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = records_module.door_limits() | {"unpacked_bytes_always": "1000"}
    monkeypatch.setattr(records_module, "door_limits", lambda: limits)
    monkeypatch.setattr(workbook_module.openpyxl, "load_workbook", lambda *a, **k: pytest.fail("unpacked"))
    door.deliver(f"provider_zzz/{DAY}/CLAIM.xlsx", zipped(("xl/sharedStrings.xml", b"0" * 5_000_000)))
    door.land()
    assert door.account("CLAIM.xlsx").reason.startswith("unreadable_file: it unpacks to far more")


NAMES = ["“Anneliese”", "Zoë", "ANDRÉ’S £5 – €6", "plain", "Ž"]
ENCODINGS = {
    "UTF-8": "\n".join(NAMES).encode(),
    "UTF-8 with a mark": b"\xef\xbb\xbf" + "\n".join(NAMES).encode(),
    "Windows-1252": "\n".join(NAMES).encode("cp1252"),
    "UTF-8 with one stray byte": "\n".join(NAMES).encode().replace("Ž".encode(), b"\x8e"),
    "UTF-8 with one stray byte in a line of others": "\n".join(NAMES).encode().replace("£".encode(), b"\xa3"),
    "a mark, and a last line in Windows-1252": b"\xef\xbb\xbf" + "\n".join(NAMES[:4]).encode() + "\nŽ".encode("cp1252"),
}


def test_text_is_read_as_it_was_written_in_utf_8_in_windows_1252_and_in_utf_8_with_stray_bytes(door: Door) -> None:
    days = [f"2023-06-{n:02d}" for n in range(1, 30)]
    for day, content in zip(days, ENCODINGS.values()):
        head, mark = "ADDRESS_TYPE_ID,CODE_VALUE,CODE_DESCRIPTION\n", b"\xef\xbb\xbf"
        lines = content.removeprefix(mark).split(b"\n")
        body = b"".join(b"%d,A,%s\r\n" % (n, line) for n, line in enumerate(lines))
        door.deliver(f"ndelius/{day}/R_ADDRESS_TYPE.csv", (mark if content.startswith(mark) else b"") + head.encode() + body)
    door.land()
    for day, name in zip(days, ENCODINGS):
        rows = door.query(
            f"select description from landing.ndelius__reference_list where _delivery_id = 'ndelius/{day}' order by _row_number"
        )
        assert [d for (d,) in rows] == NAMES, name


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_other_encodings_are_refused_with_what_to_send_with_their_mark_and_without(door: Door, encoding: str) -> None:
    door.deliver(f"ndelius/{DAY}/RELEASE.csv", RELEASES.encode(encoding))
    door.deliver("ndelius/2023-06-16/RELEASE.csv.gz", gzip.compress(RELEASES.encode(encoding)))
    door.land()
    assert {a.reason for a in door.result.files} == {"unreadable_file: the file is UTF-16; send UTF-8 or Windows-1252"}


def test_nuls_strewn_in_utf_8_and_windows_1252_or_filling_a_field_up_cost_nothing(door: Door) -> None:
    rows = good_rows("nomis/OFFENDERS", 25)
    rng = random.Random(1)
    for row in rows:
        row["FIRST_NAME"] = "Zoë-Renée"
    texts = {"utf-8": as_csv(rows).encode(), "cp1252": as_csv(rows).encode("cp1252")}
    for n, text in enumerate(texts.values(), start=1):
        strewn = bytearray(text)
        for _ in range(200):
            strewn.insert(rng.randrange(len(strewn)), 0)
        padded = text.replace(b"EXAMPLE", b"EXAMPLE" + b"\0" * 60).replace(b"M\n", b"M" + b"\0" * 99 + b"\n")
        for day, content in ((10 + n, bytes(strewn)), (20 + n, padded)):
            door.deliver(f"nomis/2023-06-{day}/OFFENDERS.csv", content)
    door.land()
    assert [a.rows_loaded for a in door.result.files] == [25] * 4
    assert door.query("select distinct last_name, first_name from landing.nomis__offenders") == [("EXAMPLE", "Zoë-Renée")]


def test_numbers_of_a_parquet_file_with_places_behind_the_point_are_the_flags_and_keys_they_stand_for(door: Door) -> None:
    """Oracle's NUMBER without a precision, of which nDelius has its keys and flags, leaves Spark and DMS as DECIMAL(38, 10)."""
    rows = good_rows("ndelius/RELEASE", 25)
    number = {name: pa.array([Decimal(n) for n in range(1, 26)], pa.decimal128(38, 10)) for name in ("RELEASE_ID", "CUSTODY_ID", "OFFENDER_ID")}
    number["SOFT_DELETED"] = pa.array([Decimal(n % 2) for n in range(25)], pa.decimal128(38, 10))
    out = io.BytesIO()
    pq.write_table(pa.table({name: pa.array([r[name] for r in rows]) for name in rows[0]} | number), out)
    door.deliver(f"ndelius/{DAY}/RELEASE.parquet", out.getvalue())
    assert door.land().files[0].rows_loaded == 25
    assert door.query("select distinct finding, column_name from landing.finding") == []
    assert door.query("select release_id, offender_id, soft_deleted from landing.ndelius__release where _row_number <= 2 order by _row_number") == [
        ("1", "1", "N"), ("2", "2", "Y"),
    ]  # fmt: skip


def test_nought_is_nought_as_spark_writes_a_number_with_places_behind_the_point(door: Door) -> None:
    rows = good_rows("ndelius/OFFENDER")
    for n, row in enumerate(rows):
        row |= {"OFFENDER_ID": f"{n + 1}.0000000000", "SOFT_DELETED": "1.0000000000" if n == 4 else "0E-10", "ROW_VERSION": "0E-10"}
    door.deliver(f"ndelius/{DAY}/OFFENDER.csv", as_csv(rows))
    assert door.land().files[0].rows_loaded == 30
    assert door.query("select distinct finding, column_name from landing.finding where finding like 'unreadable%'") == []
    assert door.query("select row_version, soft_deleted, count(*) from landing.ndelius__offender group by all order by 2") == [(0, "N", 29), (0, "Y", 1)]


def test_lists_structures_and_bytes_of_a_parquet_file_are_unreadable_cells_and_not_text(door: Door) -> None:
    rows = good_rows("nomis/OFFENDERS", 25)
    kinds = {
        "FIRST_NAME": pa.array([["INVENTED"]] * 5 + [None] * 20), "MIDDLE_NAME": pa.array([{"a": "x"}] * 4 + [None] * 21),
        "SEX_CODE": pa.array([b"M"] * 3 + [None] * 22), "BIRTH_DATE": pa.array([[("k", "v")]] + [None] * 24, pa.map_(pa.string(), pa.string())),
    }  # fmt: skip
    out = io.BytesIO()
    pq.write_table(pa.table({name: pa.array([r[name] for r in rows]) for name in rows[0]} | kinds), out)
    door.deliver(f"nomis/{DAY}/OFFENDERS.parquet", out.getvalue())
    decisive = io.BytesIO()
    releases = good_rows("ndelius/RELEASE", 25)
    pq.write_table(pa.table({name: pa.array([r[name] for r in releases]) for name in releases[0]} | {"RELEASE_ID": pa.array([["1"]] * 25)}), decisive)
    door.deliver(f"ndelius/{DAY}/RELEASE.parquet", decisive.getvalue())
    door.land()
    assert "send it again" in door.account("RELEASE.parquet").reason
    found = door.query("select finding, column_name, count(*) from landing.finding group by all order by all")
    assert found == [
        ("unreadable_date", "BIRTH_DATE", 1), ("unreadable_text", "FIRST_NAME", 5), ("unreadable_text", "MIDDLE_NAME", 4), ("unreadable_text", "SEX_CODE", 3),
    ]  # fmt: skip
    assert door.query("select distinct first_name, sex_code, birth_date from landing.nomis__offenders") == [(None, None, None)]


def test_a_column_named_twice_refuses_the_table_only_where_it_is_one_we_read_and_shows_no_other_name(door: Door) -> None:
    extra = [r | {"NOTE": "x", "note ": "y"} for r in good_rows("ndelius/RELEASE", 25)]
    door.deliver("ndelius/2023-06-14/RELEASE.csv", as_csv(extra))
    door.deliver("ndelius/2023-06-15/RELEASE.csv", "SECRETNAME,SECRETNAME,1\n1,2,3\n")
    door.deliver("ndelius/2023-06-16/RELEASE.csv", RELEASES.replace("CUSTODY_ID", "release_id"))
    door.land()
    first, headless, twice = door.result.files
    assert first.rows_loaded == 25
    assert headless.reason.startswith("missing_column: ") and "SECRETNAME" not in str(
        (door.lines, door.query("select * from landing.delivery"))
    )
    assert twice.reason == "unreadable_file: column RELEASE_ID is there twice; send it once"
    assert (twice.rows_read, twice.rows_refused) == (25, 25)


KNOWN_BUT_NOT_READ = {
    "nomis/C_NOMIS_OFFENDER_15062023_01.dat": "the daily OFFLOC file",
    "nomis/20230615.zip": "a zip of daily OFFLOC files",
    "ndelius/cfoextract_0001_full_20230615010203.txt": "the fixed-width nDelius extract",
    "ndelius/cfoextract_0002_diff_20230616010203.txt": "the fixed-width nDelius extract",
}


def test_files_of_the_second_way_in_are_refused_as_what_they_are(door: Door) -> None:
    for name in KNOWN_BUT_NOT_READ:
        source, file = name.split("/")
        door.deliver(f"{source}/{DAY}/{file}", "x")
    door.land()
    said = {f"{a.source}/{a.file}": a.reason for a in door.result.refused}
    assert said == {n: f"not read yet: {kind}; send the tables of the contract instead" for n, kind in KNOWN_BUT_NOT_READ.items()}


NOT_THE_CONTRACT = "unreadable_delivery_json: delivery.json is not what the contract says; send it again"
UNKNOWN = "unreadable_delivery_json: delivery.json holds a key that the contract does not have: it has kind, files and deleted, and of a file rows and sha256; correct delivery.json and send it again"
TWICE = "unreadable_delivery_json: delivery.json holds one key or name twice, so one of the two would be lost; correct delivery.json and send it again"
NOTES = {
    "names in another case": ({"kind": "changes", "files": {"release.CSV": {"rows": 25}}, "deleted": {"release": [["7"]]}}, None),
    "a key nobody knows": ({"kind": "changes", "deletd": {"RELEASE": [["6"]]}}, UNKNOWN),
    "a key nobody knows, of a file": ({"files": {"RELEASE.csv": {"rows": 25, "sha": "x"}}}, UNKNOWN),
    "a key twice": ('{"deleted": {"RELEASE": [["6"]]}, "deleted": {}}', TWICE),
    "a table twice": ('{"deleted": {"RELEASE": [["6"]], "RELEASE": [["5"]]}}', TWICE),
    "a table twice, in another case": ('{"deleted": {"RELEASE": [["6"]], "release": [["5"]]}}', TWICE),
    "a key of a file twice": ('{"files": {"RELEASE.csv": {"rows": 24, "rows": 25}}}', TWICE),
    "no number": ('{"files": {"RELEASE.csv": {"rows": NaN}}}', NOT_THE_CONTRACT),
    "a number beyond all": ('{"files": {"RELEASE.csv": {"rows": 1e999}}}', "unreadable_delivery_json: rows must be a number without quotation marks"),
    "more digits than are read": ('{"files": {"RELEASE.csv": {"rows": ' + "9" * 5000 + "}}}", NOT_THE_CONTRACT),
    "deletions that are no table": ('{"deleted": 0}', NOT_THE_CONTRACT),
    "half a character in a key": ('{"deleted": {"RELEASE": [["\\ud800"]]}}', NOT_THE_CONTRACT),
    "half a character in a name": ('{"files": {"\\udfff.csv": {}}}', NOT_THE_CONTRACT),
    "keys that are no keys": ({"deleted": {"RELEASE": [[{"a": 1}], [True], [None], [[]], {}, [""], ["1", "2"], 8.0, "9\0"]}}, None),
    "rows as text": ({"files": {"RELEASE.csv": {"rows": "25"}}}, "unreadable_delivery_json: rows must be a number without quotation marks"),
    "a hash in capitals": ({"files": {"RELEASE.csv": {"sha256": "%"}}}, None),
}  # fmt: skip


def test_delivery_json_is_followed_where_it_is_plain_and_refused_where_it_is_not(door: Door) -> None:
    import hashlib

    days = [f"2023-06-{n:02d}" for n in range(1, len(NOTES) + 1)]
    for day, (note, _) in zip(days, NOTES.values()):
        text = note if isinstance(note, str) else json.dumps(note).replace("%", hashlib.sha256(RELEASES.encode()).hexdigest().upper())
        door.deliver(f"ndelius/{day}/RELEASE.csv", RELEASES)
        door.deliver(f"ndelius/{day}/delivery.json", text)
    door.land()
    assert {a.delivery_id: (a.reason or "").split(" (")[0] or None for a in door.result.files} == {
        f"ndelius/{day}": reason for day, (_, reason) in zip(days, NOTES.values())
    }
    assert door.result.files[0].kind == "changes"
    assert [k for (k,) in door.query("select key from landing.deleted_key order by complete_to, key")] == ["7", "8", "9\0"]
    assert door.query("select count(*) from landing.finding where finding = 'unreadable_deleted_key'") == [(7,)]


def test_a_table_that_comes_in_several_formats_is_loaded_from_the_first_that_is_acceptable(door: Door) -> None:
    door.deliver(f"provider_zzz/{DAY}/CLAIM.csv", "nonsense\n1\n")
    door.deliver(f"provider_zzz/{DAY}/CLAIM.xlsx", BOOK)
    door.deliver(f"provider_zzz/{DAY}/CLAIM.zip", zipped(("x.csv", as_csv(CLAIMS[:20]))))
    door.land()
    accepted = [(a.file, a.rows_loaded) for a in door.result.files if a.is_accepted]
    assert accepted == [("CLAIM.xlsx", 25)]
    assert door.account("CLAIM.zip").reason == "delivered_twice: the table is already in this delivery as CLAIM.xlsx"


def test_times_of_day_and_odd_numbers_become_the_text_a_csv_would_hold() -> None:
    values = [None, True, False, 5, -0.0, 1e20, 0.1 + 0.2, 123.0, time(9, 5), datetime(2022, 2, 1), datetime(2022, 2, 1, 9, 5, 1), date(2022, 2, 1)]  # fmt: skip
    assert [workbook_module._as_text(v) for v in values] == [
        "", "true", "false", "5", "0", "1e+20", "0.3", "123", "09:05:00", "2022-02-01", "2022-02-01 09:05:01", "2022-02-01",
    ]  # fmt: skip


def test_the_row_account_of_each_format_is_what_another_reader_counts(door: Door) -> None:
    """Counted here with the csv module, openpyxl and pandas, none of which the account was made with for that format."""
    import pandas as pd

    rng = list(range(1, 118))
    rows = good_rows("provider_zzz/CLAIM", 117)
    for n in rng[::9]:
        rows[n - 1]["amount"] = "twelve"
    text = as_csv(rows)
    out = io.BytesIO()
    pd.DataFrame(rows).to_parquet(out, index=False)
    contents = {
        "aaa/CLAIM.csv": text.encode("cp1252"), "bbb/CLAIM.zip": zipped(("x.csv", text)), "ccc/CLAIM.xlsx": sheet(as_rows(rows)),
        "ddd/CLAIM.parquet": out.getvalue(), "eee/CLAIM.csv": text.replace("\n", "\r").encode(),
    }  # fmt: skip
    for name, content in contents.items():
        provider, file = name.split("/")
        door.deliver(f"provider_{provider}/{DAY}/{file}", content)
    door.land()
    counted = {
        "aaa": sum(1 for r in csv.reader(io.StringIO(text))) - 1,
        "bbb": len(zipfile.ZipFile(io.BytesIO(contents["bbb/CLAIM.zip"])).read("x.csv").splitlines()) - 1,
        "ccc": len(pd.read_excel(io.BytesIO(contents["ccc/CLAIM.xlsx"]))),
        "ddd": len(pd.read_parquet(io.BytesIO(contents["ddd/CLAIM.parquet"]))),
        "eee": contents["eee/CLAIM.csv"].count(b"\r") - 1,
    }
    for account in door.result.files:
        assert account.rows_read == counted[account.source[-3:]] == account.rows_loaded + account.rows_quarantined, account
        assert account.rows_quarantined == 13

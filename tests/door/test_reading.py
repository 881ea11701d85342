"""Every shape a table may be delivered in gives the same rows, and damage costs only the records it touches."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from conftest import Door, as_csv, good_rows
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.landing.records import read_carefully

DAY = "2023-06-15"
DAYS = [f"2023-{m:02d}-{n:02d}" for m in (6, 7) for n in range(1, 31)]  # where each case has a delivery of its own
ROWS = good_rows("ndelius/RELEASE", 25)
PLAIN = as_csv(ROWS)
QUERY = "select * from landing.ndelius__release order by _row_number"


def quoted(rows: list[dict[str, str]], **dialect: str) -> str:
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, **{"lineterminator": "\n"} | dialect)
    writer.writerows([list(rows[0]), *(r.values() for r in rows)])
    return out.getvalue()


def zipped(text: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("__MACOSX/._RELEASE.csv", "x")
        archive.writestr("inside.csv", text)
    return out.getvalue()


def parquet(frame: pd.DataFrame, **options: Any) -> bytes:
    out = io.BytesIO()
    frame.to_parquet(out, index=False, **options)
    return out.getvalue()


REORDERED = [{k: r[k] for k in reversed(r)} for r in ROWS]
WIDER = [r | {f"REAL_COLUMN_{i}": "more" for i in range(30)} for r in ROWS]
SHAPES = {
    "CRLF": ("RELEASE.csv", PLAIN.replace("\n", "\r\n")),
    "a byte order mark": ("RELEASE.csv", "\ufeff" + PLAIN),
    "two byte order marks": ("RELEASE.csv", "\ufeff\ufeff" + PLAIN),
    "no last newline": ("RELEASE.csv", PLAIN.rstrip("\n")),
    "blank lines": ("RELEASE.csv", PLAIN.replace("\n", "\n\n", 9) + "\n\n"),
    "lines of blanks": ("RELEASE.csv", PLAIN.replace("\n", "\n   \n", 3)),
    "a blank line first": ("RELEASE.csv", "\n" + PLAIN),
    "a line of blanks first": ("RELEASE.csv", "  \n" + PLAIN),
    "a blank row of a spreadsheet first": ("RELEASE.csv", "," * (len(ROWS[0]) - 1) + "\n" + PLAIN),
    "a blank row first, every value quoted": ("RELEASE.csv", ",".join(['""'] * len(ROWS[0])) + "\n" + quoted(ROWS)),
    "mixed line ends": ("RELEASE.csv", PLAIN.replace("\n", "\r\n", 7)),
    "old Mac line ends": ("RELEASE.csv", PLAIN.replace("\n", "\r")),
    "old Mac line ends, but for the last": ("RELEASE.csv", PLAIN.rstrip("\n").replace("\n", "\r") + "\n"),
    "old Mac line ends, every value quoted, CRLF at last": ("RELEASE.csv", quoted(ROWS).rstrip("\n").replace("\n", "\r") + "\r\n"),
    "every value quoted": ("RELEASE.csv", quoted(ROWS)),
    "every value quoted, CRLF and mark": ("RELEASE.csv", "\ufeff" + quoted(ROWS, lineterminator="\r\n")),
    "files joined, each with its header": ("RELEASE.csv", as_csv(ROWS[:10]) + as_csv(ROWS[10:])),
    "files joined, each with its mark and CRLF": ("RELEASE.csv", "".join("\ufeff" + as_csv(r).replace("\n", "\r\n") for r in (ROWS[:10], ROWS[10:]))),
    "another column order": ("RELEASE.csv", as_csv(REORDERED)),
    "thirty columns more": ("RELEASE.csv", as_csv(WIDER)),
    "lower-case names with blanks": ("release.csv", PLAIN.replace("RELEASE_ID", " release_id ").replace("SOFT_", "soft_")),
    "gzip": ("RELEASE.csv.gz", gzip.compress(PLAIN.encode())),
    "zip": ("RELEASE.zip", zipped(PLAIN)),
    "Parquet of text": ("RELEASE.parquet", parquet(pd.DataFrame(ROWS))),
    "Parquet of a CSV with a mark": ("RELEASE.parquet", parquet(pd.DataFrame(ROWS).rename(columns={"RELEASE_ID": "\ufeffRELEASE_ID"}))),
    "UK dates": ("RELEASE.csv", PLAIN.replace("2022-02-01", "01/02/2022")),
    "UK dates with a time": ("RELEASE.csv", PLAIN.replace("2022-02-01", "01/02/2022 14:05:09")),
    "dates with a time": ("RELEASE.csv", PLAIN.replace("2022-02-01", "2022-02-01 00:00:00.000000")),
    "dates without signs": ("RELEASE.csv", PLAIN.replace("2022-02-01", "20220201")),
    "dates without signs, seven decimals": ("RELEASE.csv", PLAIN.replace("2022-02-01", "20220201 10:00:00.0000000")),
    "ids that went through a float column": ("RELEASE.csv", as_csv([r | {"RELEASE_ID": r["RELEASE_ID"] + ".0"} for r in ROWS])),
    "numbers with ten decimals": ("RELEASE.csv", as_csv([r | {"RELEASE_ID": r["RELEASE_ID"] + ".0000000000", "SOFT_DELETED": "0.0000000000"} for r in ROWS])),
    "flags in words": ("RELEASE.csv", as_csv([r | {"SOFT_DELETED": "false"} for r in ROWS])),
}  # fmt: skip


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[tuple]:
    door = Door(tmp_path_factory.mktemp("plain"))
    door.deliver(f"ndelius/{DAY}/RELEASE.csv", PLAIN)
    door.land()
    return [row[:9] for row in door.query(QUERY)]


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Door:
    """Each of SHAPES on a day of its own."""
    door = Door(tmp_path_factory.mktemp("shapes"))
    for day, (file, content) in zip(DAYS, SHAPES.values()):
        door.deliver(f"ndelius/{day}/{file}", content)
    door.land()
    return door


@pytest.mark.parametrize(("shape", "day"), zip(SHAPES, DAYS))
def test_every_shape_gives_the_same_rows(shapes: Door, expected: list[tuple], shape: str, day: str) -> None:
    (account,) = [a for a in shapes.result.files if a.delivery_id == f"ndelius/{day}"]
    assert account.rows_loaded == 25, account
    rows = shapes.query(f"select * from landing.ndelius__release where _delivery_id = 'ndelius/{day}' order by _row_number")
    assert [row[:9] for row in rows] == expected
    # An emptied cell would show what the delivery before held.
    assert shapes.query(f"select * from landing.finding where delivery_id = 'ndelius/{day}'") == []


def test_typed_parquet_gives_the_same_rows(door: Door, expected: list[tuple]) -> None:
    frame = pd.DataFrame(ROWS)
    frame["ACTUAL_RELEASE_DATE"] = pd.to_datetime(frame["ACTUAL_RELEASE_DATE"])
    frame["RELEASE_ID"] = frame["RELEASE_ID"].astype(float)
    frame["CUSTODY_ID"] = frame["CUSTODY_ID"].astype("int64")
    frame["SOFT_DELETED"] = False
    door.deliver(f"ndelius/{DAY}/RELEASE.parquet", parquet(frame))
    door.land()
    assert [row[:9] for row in door.query(QUERY)] == expected


def test_parquet_numbers_whose_decimals_a_system_does_not_know_are_read_without_them(door: Door) -> None:
    rows = good_rows("nomis/OFFENDER_EXTERNAL_MOVEMENTS", 4)
    frame = pd.DataFrame([r | {"MOVEMENT_REASON_CODE": Decimal("24"), "OFFENDER_BOOK_ID": Decimal(r["OFFENDER_BOOK_ID"])} for r in rows])
    frame["MOVEMENT_DATE"] = Decimal("20220201")
    of_oracle = pa.schema([(n, pa.decimal128(38, 10) if isinstance(frame[n][0], Decimal) else pa.string()) for n in frame])
    door.deliver(f"nomis/{DAY}/OFFENDER_EXTERNAL_MOVEMENTS.parquet", parquet(frame, schema=of_oracle))
    flags = pd.DataFrame(ROWS[:3]).assign(SOFT_DELETED=[Decimal(0), Decimal(1), None])
    flags_of_oracle = pa.schema([(n, pa.decimal128(38, 10) if n == "SOFT_DELETED" else pa.string()) for n in flags])
    door.deliver(f"ndelius/{DAY}/RELEASE.parquet", parquet(flags, schema=flags_of_oracle))
    door.land()
    movements = "select offender_book_id, movement_date, movement_reason_code from landing.nomis__offender_external_movements order by all"
    assert door.query(movements) == [(str(n), date(2022, 2, 1), "24") for n in range(1, 5)]
    assert door.column("ndelius__release", "soft_deleted") == ["N", "Y", None]
    assert door.query("select * from landing.finding") == []


def test_zoned_times_become_london_time_in_text_and_in_parquet(door: Door) -> None:
    zones = ["2022-07-01 12:00:00.123456+00", "2022-07-01T12:00:00Z", "2022-07-01 12:00:00+00:00", "2022-01-01 12:00:00+0000"]
    rows = [r | {"CREATED_DATETIME": z} for r, z in zip(ROWS, zones, strict=False)]
    door.deliver("ndelius/2023-06-14/RELEASE.csv", as_csv(rows))
    frame = pd.DataFrame(rows[:2])
    frame["CREATED_DATETIME"] = pd.to_datetime(["2022-07-01 12:00", "2022-01-01 12:00"], utc=True)
    door.deliver("ndelius/2023-06-15/RELEASE.parquet", parquet(frame))
    door.land()
    assert door.column("ndelius__release", "_recorded_at") == [
        datetime(2022, 7, 1, 13, 0, 0, 123456),
        datetime(2022, 7, 1, 13),
        datetime(2022, 7, 1, 13),
        datetime(2022, 1, 1, 12),
        datetime(2022, 7, 1, 13),
        datetime(2022, 1, 1, 12),
    ]


def test_a_movement_time_is_a_full_time_or_completes_its_date(door: Door) -> None:
    rows = good_rows("nomis/OFFENDER_EXTERNAL_MOVEMENTS", 4)
    for row, time in zip(rows, ["9:05", "09:05:30", "2022-02-01 10:00:00", ""], strict=True):
        row["MOVEMENT_TIME"] = time
    door.deliver(f"nomis/{DAY}/OFFENDER_EXTERNAL_MOVEMENTS.csv", as_csv(rows))
    door.land()
    day = date(2022, 2, 1)
    assert door.column("nomis__offender_external_movements", "movement_time") == [
        datetime(day.year, day.month, day.day, 9, 5),
        datetime(day.year, day.month, day.day, 9, 5, 30),
        datetime(day.year, day.month, day.day, 10),
        None,
    ]


def test_a_pnc_is_written_one_way_however_it_came(door: Door) -> None:
    written = ["2012/0052494Q", "12/52494q", "20120052494Q", "120052494Q", "1252494Q", " 2012 / 0052494Q "]
    rows = good_rows("ndelius/OFFENDER", len(written))
    door.deliver(f"ndelius/{DAY}/OFFENDER.csv", as_csv([r | {"PNC_NUMBER": pnc} for r, pnc in zip(rows, written)]))
    door.land()
    assert door.column("ndelius__offender", "pnc_number") == ["2012/0052494Q"] * len(written)


def test_windows_1252_text_is_read_as_it_was_written_and_one_stray_byte_spoils_no_other_line(door: Door) -> None:
    header, *lines = as_csv(good_rows("ndelius/R_ADDRESS_TYPE", 3)).splitlines()
    lines[0] = lines[0].replace("Invented type", "“quoted” €5 – café")
    door.deliver("ndelius/2023-06-14/R_ADDRESS_TYPE.csv", "\r\n".join([header, *lines]).encode("cp1252"))
    mixed = "\n".join([header, lines[0], lines[1]]).encode() + b"\n3,A3,caf\xe9\n"
    door.deliver("ndelius/2023-06-15/R_ADDRESS_TYPE.csv", mixed)
    door.land()
    assert door.column("ndelius__reference_list", "description") == [
        "“quoted” €5 – café", "Invented type", "Invented type", "“quoted” €5 – café", "Invented type", "café",
    ]  # fmt: skip


def test_text_keeps_its_commas_quotes_and_line_feeds(door: Door) -> None:
    text = 'a "quoted", word\nand a second line,\r\nand a third'
    rows = [r | {"CODE_DESCRIPTION": text} for r in good_rows("ndelius/R_ADDRESS_TYPE", 3)]
    door.deliver(f"ndelius/{DAY}/R_ADDRESS_TYPE.csv", quoted(rows))
    door.land()
    assert door.column("ndelius__reference_list", "description") == [text] * 3


def test_a_line_feed_in_a_value_is_no_line_end_where_the_lines_end_in_another(door: Door) -> None:
    rows = [r | {"CODE_DESCRIPTION": "first\nsecond"} for r in good_rows("ndelius/R_ADDRESS_TYPE", 3)]
    door.deliver("ndelius/2023-06-14/R_ADDRESS_TYPE.csv", quoted(rows, lineterminator="\r"))
    minimal = as_csv(good_rows("ndelius/R_ADDRESS_TYPE", 3)).replace("\n", "\r").replace("Invented type", '"first\nsecond"')
    door.deliver("ndelius/2023-06-15/R_ADDRESS_TYPE.csv", minimal)
    door.land()
    assert [(a.rows_read, a.rows_loaded) for a in door.result.files] == [(3, 3)] * 2
    assert door.column("ndelius__reference_list", "description") == ["first\nsecond"] * 6


def test_a_header_that_cannot_be_told_from_its_records_refuses_the_file_and_is_no_empty_one(door: Door) -> None:
    door.deliver(f"ndelius/{DAY}/RELEASE.csv", "," * (len(ROWS[0]) - 1) + "\n" + PLAIN.replace("\n", "\r"))
    door.land()
    reason = "unreadable_file: the header line cannot be told from what follows; send the file with one kind of line end"
    assert door.account("RELEASE.csv").reason == reason


def test_a_column_name_may_hold_a_line_end_though_a_record_is_bad(door: Door) -> None:
    header, *lines = PLAIN.splitlines()
    door.deliver(f"ndelius/{DAY}/RELEASE.csv", "\n".join([header + ',"Note\nof the day"', *(f"{line},x" for line in lines), "too,short"]))
    door.land()
    account = door.account("RELEASE.csv")
    assert (account.rows_read, account.rows_loaded, account.rows_rejected) == (26, 25, 1)


HEADER = "ADDRESS_TYPE_ID,CODE_VALUE,CODE_DESCRIPTION\n"
DAMAGE = {
    "a quote never closed": ('1,A,"open\n2,B,b\n3,C,c\n', ["2", "3"], [(1, "unterminated_quote")]),
    "a quote never closed before quoted rows": ('1,A,"open\n2,"B","b"\n3,C,c\n', ["2", "3"], [(1, "text_after_quote")]),
    "text after a closing quote": ('1,"A"x,a\n2,B,b\n', ["2"], [(1, "text_after_quote")]),
    "too many fields": ("1,A,a,more\n2,B,b\n", ["2"], [(1, "wrong_field_count: 3 expected, 4 found")]),
    "too few fields": ('1,A\n2,B,"b\nb"\n', ["2"], [(1, "wrong_field_count: 3 expected, 2 found")]),
    "a bad last line": ("1,A,a\n2,B", ["1"], [(2, "wrong_field_count: 3 expected, 2 found")]),
    "bad lines in a row": ('1,"A,a\n2,"B,b\n3,C,c\n', ["3"], [(1, "text_after_quote"), (2, "unterminated_quote")]),
    "a quote inside plain text is only a character": ('1,A,5" pipe\n2,B,b,b\n', ["1"], [(2, "wrong_field_count: 3 expected, 4 found")]),
    "a comma at the end loses nothing, whichever way the file is read": ('1,A,a,\n2,B\n', ["1"], [(2, "wrong_field_count: 3 expected, 2 found")]),
    "nor do several": ('1,A,a,,,\n2,B\n', ["1"], [(2, "wrong_field_count: 3 expected, 2 found")]),
}  # fmt: skip


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Door:
    """Each of DAMAGE on a day of its own."""
    door = Door(tmp_path_factory.mktemp("damaged"))
    for day, (body, _, _) in zip(DAYS, DAMAGE.values()):
        door.deliver(f"ndelius/{day}/R_ADDRESS_TYPE.csv", HEADER + body)
    door.land()
    return door


@pytest.mark.parametrize(("damage", "day"), zip(DAMAGE, DAYS))
def test_damage_costs_its_own_line_and_reading_resumes_at_the_next(damaged: Door, damage: str, day: str) -> None:
    _, loaded, rejected = DAMAGE[damage]
    here = f"_delivery_id = 'ndelius/{day}'"
    assert damaged.query(f"select id from landing.ndelius__reference_list where {here} order by _row_number") == [(i,) for i in loaded]
    here = f"delivery_id = 'ndelius/{day}'"
    assert damaged.query(f"select row_number, reason from landing.rejected_row where {here} order by row_number") == rejected
    (account,) = [a for a in damaged.result.files if a.delivery_id == f"ndelius/{day}"]
    assert account.rows_read == account.rows_loaded + account.rows_rejected


def test_row_numbers_count_rejected_records_and_follow_the_file_through_a_large_one(door: Door) -> None:
    lines = [f"{n},A{n},Invented type" for n in range(1, 60_001)]
    lines[40_000] = '40001,"A,x'
    for day in (13, 14):
        door.deliver(f"ndelius/2023-06-{day}/R_ADDRESS_TYPE.csv", HEADER + "\n".join(lines) + "\n")
        lines[40_000] = "40001,A,x"
    door.land()
    assert door.query("select count(*), count(*) filter (where cast(id as bigint) = _row_number) from landing.ndelius__reference_list") == [
        (119_999, 119_999)
    ]


values = st.text(st.sampled_from('ab,"\n\r é€'), max_size=6)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.from_regex("[a-z0-9]{1,5}", fullmatch=True), values, values), min_size=1, max_size=8))
def test_the_careful_reader_reads_whatever_a_csv_writer_writes(tmp_path: Path, rows: list[tuple]) -> None:
    text = tmp_path / "given.csv"
    with text.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\r\n").writerows([("x", "y", "z"), *rows])
    records = read_carefully(text, ("X", "Y", "Z"), tmp_path)
    with records.path.open(encoding="utf-8", newline="") as file:
        read = [tuple(row[1:]) for row in csv.reader(file)][1:]
    assert (read, records.rejected) == (rows, ())

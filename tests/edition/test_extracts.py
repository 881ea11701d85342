"""Extracts: every format says the same and what it is made of, one changed thing is found, and nothing leaves that is not on the grid, embargoed,
or not in the register."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import random
import re
import shutil
import subprocess
import warnings
import zipfile
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from csvw import CSVW
from python_calamine import CalamineWorkbook, SheetVisibleEnum

from decisions import extracts as decided
from decisions.store import DecisionError
from edition.access import NotRecorded
from edition.embargo import EmbargoGrant
from edition.extract import extract as making
from edition.extract import formats, shelf
from edition.extract.extract import expected, selected, write
from edition.extract.printed import RESULTS, columns, printed
from edition.extract.selection import NoSuchTable, OffTheGrid, offered, tables
from edition.extract.state import hand_out_again, state
from edition.extract.verify import verify
from edition.folder import EditionError, current, edition
from edition.rights import NotGranted, the_product
from tests.conftest import gatehouse
from tests.dashboard import invented
from tests.edition.extracts import FIRST, NOW, SECOND, asking, change, two_editions

TABLE = "outcomes_by_region_month"
OWN = {"measures": ["M50", "M51"], "grain": "quarter", "first": "2022-01", "last": "2022-07", "geography": "region:N07,N52"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory) -> Path:
    """A home that is only added to."""
    return two_editions(tmp_path_factory.mktemp("extracts"))


@pytest.fixture
def home(shared, tmp_path) -> Path:
    """A home of one's own."""
    return shutil.copytree(shared, tmp_path / "home")


def written(home: Path, out: Path, table: str = TABLE, of: str = "", say=lambda _: None, who=None, **filters):
    made = edition(home, of) if of else current(home)
    return write(made, who or asking(), selected(made, "" if filters else table, **filters), out, say)


def cells(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return [*csv.reader(file)]


# The same in every format


@pytest.mark.parametrize("asked", [{}, OWN], ids=["standing", "own"])
def test_every_format_holds_the_same_rows_and_says_so(shared, tmp_path, asked):
    hashes, passports, rows = set(), [], None
    for form in formats.FORMATS:
        handed = written(shared, tmp_path / f"figures.{form}", **asked)
        read = formats.read(tmp_path / f"figures.{form}", lambda said: (said.get("table", "figures"), RESULTS))
        hashes.add(handed.passport["content_sha256"])
        passports.append({name: value for name, value in read.passport.items() if name not in ("permalink", "command")})
        plain = [[("" if one in ("[c]", "[x]", "[z]") and form in ("xlsx", "ods") and name != "marks" else one) for one, name in zip(row, cells(tmp_path / "figures.csv")[0], strict=True)] for row in read.rows()]
        plain = [[*row[:-1], "" if row[-1] == "[z]" else row[-1]] for row in plain]
        rows = rows or plain
        assert plain == rows and len(rows) == handed.passport["rows_written"] == handed.passport["rows_expected"] > 3
    assert len(hashes) == 1 and all(one == passports[0] for one in passports)


def test_rows_are_as_the_definition_has_them(shared, tmp_path):
    written(shared, tmp_path / "figures.csv", table="outcomes_by_characteristic")
    head, *rows = cells(tmp_path / "figures.csv")
    assert head == ["measure_id", "measure", "period_grain", "period_start", "period_end", "geography_kind", "geography_id", "geography", "characteristic",
                    "characteristic_value", "numerator", "denominator", "value", "lower", "upper", "interval_method", "value_all_in", "unknown", "not_yet_due",
                    "out_of_scope", "stale", "value_if_unknown_all_good", "value_if_unknown_all_bad", "status", "vintage", "marks"]  # fmt: skip
    found = [dict(zip(head, row, strict=True)) for row in rows]
    key = [tuple(one[name] for name in ("measure_id", "period_grain", "period_start", "geography_kind", "geography_id", "characteristic", "characteristic_value")) for one in found]
    assert key == sorted(set(key)) and {one["geography"] for one in found} >= {"England and Wales", "London"}
    for one in found:
        if one["value"] and one["measure_id"] != "M76":
            share = Decimal(one["numerator"]) / Decimal(one["denominator"])
            assert one["value"] == str(share.quantize(Decimal("0.000001"), "ROUND_HALF_UP")), one
        assert one["marks"].split() == [mark for mark in ("[c]", "[u]", "[p]", "[b]", "[r]", "[x]") if mark in one["marks"]]
    spring = {one["marks"] for one in found if (one["measure_id"], one["period_start"], one["period_end"]) == ("M50", "2022-04-01", "2022-06-30")}
    assert spring and all("[b]" in marks for marks in spring), "the quarter holds a break of the measure's domain"
    assert not any("[b]" in one["marks"] for one in found if one["period_start"] == "2022-07-01")


def test_what_is_printed_otherwise_than_in_the_edition_before_is_marked_and_listed(shared, tmp_path):
    first, second = (written(shared, tmp_path / f"{n}.csv", of=one) for n, one in enumerate((FIRST, SECOND)))
    before, after = ({tuple(row[:10]): row for row in cells(tmp_path / f"{n}.csv")[1:]} for n in (0, 1))
    assert not any("[r]" in row[-1] for row in before.values())
    moved = {key for key in after if key in before and after[key][10:23] != before[key][10:23]}
    assert moved and {key for key, row in after.items() if "[r]" in row[-1]} == moved
    written(shared, tmp_path / "changes.csv", table="changes")
    head, *changes = cells(tmp_path / "changes.csv")
    listed = [dict(zip(head, row, strict=True)) for row in changes]
    months = {one["key"] for one in listed if one["key"].startswith("M50|month|") and "|region|" in one["key"] and one["column"] != "row"}
    assert months == {"|".join(key[n] for n in (0, 2, 3, 5, 6, 8, 9)) for key in moved if key[0] == "M50" and key[5] == "region"}
    assert {(one["cause"], one["change"]) for one in listed} == {("corrected", "corrected"), ("late", "revised"), ("matured", "matured"), ("not_listed", "matured"), ("not_listed", "revised")}
    for one in listed:
        if one["before"] and one["after"] and one["column"] in ("numerator", "denominator"):
            was, now = int(one["before"]), int(one["after"])
            assert (one["announced"] == "yes") == (abs(now - was) > max(5, 0.05 * was)), one
    assert not first.passport["content_sha256"] == second.passport["content_sha256"]


def test_a_mark_that_a_later_edition_would_set_otherwise_is_no_part_of_the_content_hash(home, tmp_path):
    written(home, tmp_path / "with.csv")
    shutil.rmtree(home / "published" / "revisions")
    shutil.rmtree(shelf.shelf(home))
    handed = written(home, tmp_path / "without.csv")
    assert "[r]" in (tmp_path / "with.csv").read_text() and "[r]" not in (tmp_path / "without.csv").read_text()
    with_marks = json.loads(formats.sidecar(tmp_path / "with.csv").read_text())["notes"][0]["passport"]
    assert with_marks["content_sha256"] == handed.passport["content_sha256"]


@pytest.mark.parametrize(
    ("marks", "without"),
    [("[r]", ""), ("[c] [r]", "[c]"), ("[p] [b] [r] [x]", "[p] [b] [x]"), ("[r] [x]", "[x]"), ("[c] [u] [p] [b]", "[c] [u] [p] [b]"), ("", "")],
)  # fmt: skip
def test_the_content_hash_is_that_of_the_same_rows_without_the_mark(tmp_path, marks, without):
    from bench.extracts import Invented
    from edition.extract.printed import TEXT, Column, canonical
    from edition.extract.selection import Selection

    def content(own: str) -> str:
        with duckdb.connect() as con:
            con.execute("create table printed as select * from (values (1, 'Ward [r] ,[r] of\n[r]', $$[r]$$), (2, '[r]', $$$$)) as t(n, place, marks)")
            con.execute("update printed set marks = nullif(?, '')", [own])
            made = Invented(con, Selection(), 2, 0)
            object.__setattr__(made, "shown_columns", tuple(Column(name, TEXT, "") for name in ("n", "place", "marks")))
            return canonical(made, tmp_path / "canonical")[0]

    assert content(marks) == content(without) and (marks == without or content(marks) != content(f"{without} [c]"))


def test_a_figure_is_its_shortest_decimal_rounded_half_up_however_small():
    from edition.extract.printed import number

    chance = random.Random(0)
    figures = [0.0, 5e-7, 4.9e-7, 6.3e-8, 1e-20, 0.0000125, 0.1234565, 2.6755e-05, 183.5, 104857.0000005, *(chance.random() * 10.0 ** chance.randint(-9, 5) for _ in range(5000))]
    figures += [n / 10_000_000 for n in range(5, 5000, 10)]
    with duckdb.connect() as con:
        said = con.execute(f"select {number('x', 6)} from (select unnest(?) as x)", [figures]).fetchall()
    assert [one for (one,) in said] == [Decimal(str(figure)).quantize(Decimal("0.000001"), "ROUND_HALF_UP") for figure in figures]


# Verified


@pytest.mark.slow
@pytest.mark.parametrize("form", formats.FORMATS)
def test_two_hundred_single_changes_are_each_found(shared, tmp_path, form):
    each_change_is_found(shared, tmp_path, form, 200)


@pytest.mark.parametrize("form", formats.FORMATS)
def test_some_single_changes_are_each_found(shared, tmp_path, form):
    each_change_is_found(shared, tmp_path, form, 8)


def each_change_is_found(shared: Path, tmp_path: Path, form: str, many: int) -> None:
    rng, out = random.Random(f"one thing, {form}"), tmp_path / f"figures.{form}"
    written(shared, out, measures=["M50", "M71"], grain="quarter", first="2022-01", last="2022-07", geography="region:N07,N52")
    kept = [out, *([formats.sidecar(out)] if form == "csv" else [])]
    before = {path: path.read_bytes() for path in kept}
    assert verify(shared, out, asking()) == ([], 0)
    missed, n = [], 0
    while n < many:
        for path, data in before.items():
            path.write_bytes(data)
        done = change(out, form, rng)
        if all(path.read_bytes() == data for path, data in before.items()):
            continue
        n += 1
        try:
            found, differences = verify(shared, out, asking())
        except EditionError:  # it is no extract any more, or of no edition
            continue
        if not differences or len(found) != min(differences, 3):
            missed.append((n, done))
    assert not missed


@pytest.mark.parametrize("form", formats.FORMATS)
def test_a_file_of_an_older_edition_is_the_same_still(home, tmp_path, form):
    out = tmp_path / f"old.{form}"
    written(home, out, of=FIRST)
    invented.publish(home, "invented-3", as_of="2023-08-31", scale=70)
    done = gatehouse("extract", "--home", home, "--verify", out)
    assert (done.returncode, done.stdout) == (0, "same\n"), done.stderr


@pytest.mark.slow
def test_files_made_fifty_editions_ago_are_the_same_still_and_their_links_give_the_same_bytes(home, tmp_path):
    kept = {}
    for form in formats.FORMATS:
        own = written(home, tmp_path / f"own.{form}", of=SECOND, measures=["M51"], grain="month", first="2022-02", last="2022-08", geography="nation")
        table = written(home, tmp_path / f"table.{form}", of=FIRST)
        kept[form] = (own.passport["permalink"], table.passport["permalink"])
    # The same figures fifty times more, each time of a later day.
    for number in range(50):
        invented.publish(home, f"later-{number:02d}", as_of=f"{2023 + (7 + number) // 12}-{(7 + number) % 12 + 1:02d}-28", scale=55)
    assert current(home).edition_id == "later-49"
    for form in formats.FORMATS:
        for name, permalink, then in (("own", kept[form][0], "superseded"), ("table", kept[form][1], "revised")):
            file = tmp_path / f"{name}.{form}"
            assert verify(home, file, asking()) == ([], 0), file.name
            assert state(home, permalink, asking()).state == then
            assert hand_out_again(home, permalink, asking()).kept.read_bytes() == file.read_bytes()


def test_the_first_three_differences_are_told_and_how_many_there_are(shared, tmp_path):
    out = tmp_path / "figures.csv"
    written(shared, out)
    rows = cells(out)
    for row in rows[1:6]:
        row[11] = "9999"
    with out.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    done = gatehouse("extract", "--home", shared, "--verify", out)
    assert done.returncode == 1 and "5 differences" in done.stderr
    told = done.stdout.splitlines()
    assert len(told) == 3 and all(line.startswith("different: M50|month|2022-02-01|") and "denominator: 9999 in the file" in line for line in told)


# Validated, each by somebody else's reader


def is_valid(path: Path) -> tuple[bool, list[str]]:
    """Whether the CSVW library finds a CSV as it is described; it tells faults as warnings, which a filter would hide."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            valid = CSVW(str(path), validate=True).is_valid
        except ValueError as error:  # a key that is there twice
            return False, [str(error)]
    return valid, [str(one.message) for one in told]


@pytest.mark.parametrize("table", [name for name in tables() if name != "claimed_paid_achieved"])
def test_every_standing_csv_is_as_its_description_says(shared, tmp_path, table):
    written(shared, tmp_path / f"{table}.csv", table=table)
    assert is_valid(tmp_path / f"{table}.csv") == (True, [])


@pytest.mark.parametrize(
    ("column", "value"), [("denominator", "many"), ("value", "1.2"), ("period_start", "2022-13-01"), ("measure_id", "")], ids=["number", "share", "day", "empty"]
)
def test_a_csv_with_a_fault_is_not_valid(shared, tmp_path, column, value):
    written(shared, tmp_path / "figures.csv")
    rows = cells(tmp_path / "figures.csv")
    n = next(n for n, row in enumerate(rows[1:], 1) if row[12])
    rows[n][rows[0].index(column)] = value
    with (tmp_path / "figures.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    assert not is_valid(tmp_path / "figures.csv")[0]


def test_a_csv_with_a_key_twice_is_not_valid(shared, tmp_path):
    written(shared, tmp_path / "figures.csv")
    text = (tmp_path / "figures.csv").read_text()
    (tmp_path / "figures.csv").write_text(text + text.splitlines()[-1] + "\n")
    assert not is_valid(tmp_path / "figures.csv")[0]


def book_faults(path: Path) -> list[str]:
    """What of the rules for workbooks a file does not keep."""
    book = CalamineWorkbook.from_path(str(path))
    faults = [] if book.sheet_names[:5] == ["Cover", "Contents", "Notes", "Definitions", "Passport"] and len(book.sheet_names) == 6 else ["sheets"]
    faults += [f"{one.name} is hidden" for one in book.sheets_metadata if one.visible != SheetVisibleEnum.Visible]
    used, listed = set(), set()
    for name in book.sheet_names:
        sheet = book.get_sheet_by_name(name)
        rows = sheet.to_python(skip_empty_area=False)
        if sheet.start != (0, 0):
            faults.append(f"{name} does not begin at A1")
        faults += [f"{name} has merged cells"] if sheet.merged_cell_ranges else []
        faults += [f"{name}: empty cell in row {n}" for n, row in enumerate(rows, 1) if any(cell in ("", None) for cell in row)]
        faults += [f"{name}: a heading is there twice"] if len(set(rows[0])) != len(rows[0]) else []
        if name == "Notes":
            listed = {row[0] for row in rows[1:] if row[0].startswith("note ")}
        else:
            used |= {f"note {n}" for cell in rows[0] for n in re.findall(r"\[note (\d+)\]", str(cell))}
    faults += [] if used == listed else [f"notes used {sorted(used)}, listed {sorted(listed)}"]
    # What calamine does not say of every format.
    with zipfile.ZipFile(path) as packed:
        text = "".join(packed.read(name).decode() for name in packed.namelist() if name == "content.xml" or name.startswith("xl/worksheets/sheet"))
    faults += ["it has merged cells"] if re.search(r'<mergeCell |table:number-(?:columns|rows)-spanned="(?!1")', text) else []
    faults += ["a row or column is hidden"] if re.search(r'table:visibility="(?:collapse|filter)"|<(?:row|col) [^>]*hidden="(?:1|true)"', text) else []
    head, *rows = book.get_sheet_by_name(book.sheet_names[-1]).to_python(skip_empty_area=False)
    kinds = {one.name: {"day": dt.date, "count": float, "number": float}.get(one.kind, str) for one in RESULTS}
    for at, name in enumerate(formats.without_notes(head)):
        if name in kinds and "geography_kind" in head:
            faults += [f"{name} is {type(row[at]).__name__}" for row in rows if not isinstance(row[at], kinds[name]) and row[at] not in ("[c]", "[x]", "[z]")]
    return faults


@pytest.mark.parametrize("form", ["xlsx", "ods"])
@pytest.mark.parametrize("table", [name for name in tables() if name != "claimed_paid_achieved"])
def test_every_workbook_keeps_the_rules_for_workbooks(shared, tmp_path, table, form):
    written(shared, tmp_path / f"{table}.{form}", table=table)
    assert book_faults(tmp_path / f"{table}.{form}") == []


def test_a_workbook_with_a_fault_is_found(shared, tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "filled", lambda rows, _: rows)
    monkeypatch.setattr(formats, "headings", lambda selection, _: [one.name for one in columns(selection)])
    made = edition(shared, FIRST)
    sheet = tmp_path / "faults"
    sheet.mkdir()
    selection = selected(made, TABLE)
    with printed(made, selection, (), offered(made), asking().use(made), sheet) as rows:
        making._written(made, rows, "xlsx", making.passport(made, rows, (), (), making.canonical(rows, sheet / ".canonical")), sheet)
    told = " ".join(book_faults(sheet / f"{TABLE}.xlsx"))
    assert "empty cell in row" in told and "notes used" in told


FAULTS = {
    # A fault, what is told of it, and by format where it is planted: (sheet, pattern, what stands there instead).
    "merged cell": ("merged cells", {"xlsx": (6, r"</sheetData>", r'</sheetData><mergeCells count="1"><mergeCell ref="A2:B2"/></mergeCells>'),
                                         "ods": (5, r'(?s)(<table:table-row>.*?</table:table-row><table:table-row>)<table:table-cell ', r'\1<table:table-cell table:number-columns-spanned="2" table:number-rows-spanned="1" ')}),
    "note that is not listed": ("notes used", {"xlsx": (3, r"<t>note 1</t>", "<t>no note</t>"), "ods": (2, r"<text:p>note 1</text:p>", "<text:p>no note</text:p>")}),
    "note that is not used": ("notes used", {"xlsx": (6, r" \[note 1\]", ""), "ods": (5, r" \[note 1\]", "")}),
    "number that is a text": ("is str", {"xlsx": (6, r'<c r="L2"><v>[^<]*</v>', '<c r="L2" t="inlineStr"><is><t>many</t></is>'),
                                                              "ods": (5, r'office:value-type="float" office:value="[^"]*"><text:p>[^<]*', 'office:value-type="string"><text:p>many')}),
    "hidden sheet": ("Notes is hidden", {"xlsx": (0, r'(<sheet name="Notes")', r'\1 state="hidden"')}),
    "hidden row": ("a row or column is hidden", {"xlsx": (6, r'<row r="2"', '<row r="2" hidden="1"'), "ods": (5, "<table:table-row>", '<table:table-row table:visibility="collapse">')}),
    "empty cell": ("empty cell in row", {"xlsx": (6, r'<c r="H2" t="inlineStr"><is><t>[^<]*</t></is></c>', ""), "ods": (5, r"<text:p>England and Wales</text:p>", "<text:p></text:p>")}),
}  # fmt: skip


def planted(path: Path, form: str, sheet: int, pattern: str, instead: str) -> None:
    """Put one thing in place of another in a sheet of a workbook, counted from 1 in XLSX (0: the list of them) and from 0 in ODS."""
    with zipfile.ZipFile(path) as source:
        entries = [(entry, source.read(entry)) for entry in source.infolist()]
    member = "content.xml" if form == "ods" else f"xl/worksheets/sheet{sheet}.xml" if sheet else "xl/workbook.xml"
    changed = []
    for entry, data in entries:
        if entry.filename == member:
            text = data.decode()
            starts = [one.start() for one in re.finditer("<table:table ", text)] + [len(text)] if form == "ods" else [0, len(text)]
            begin, end = (starts[sheet], starts[sheet + 1]) if form == "ods" else starts
            # A note stands in several headings.
            body, n = re.subn(pattern, instead, text[begin:end], count=0 if "note" in pattern else 1)
            assert n, "the fault could not be planted"
            data = (text[:begin] + body + text[end:]).encode()
        changed.append((entry, data))
    with zipfile.ZipFile(path, "w") as packed:
        for entry, data in changed:
            packed.writestr(entry, data)


@pytest.mark.parametrize(("fault", "form"), [(fault, form) for fault, (_, where) in FAULTS.items() for form in where])
def test_each_fault_in_a_workbook_is_found(shared, tmp_path, fault, form):
    told, where = FAULTS[fault]
    written(shared, tmp_path / f"{TABLE}.{form}", table=TABLE)
    planted(tmp_path / f"{TABLE}.{form}", form, *where[form])
    assert any(told in one for one in book_faults(tmp_path / f"{TABLE}.{form}")), book_faults(tmp_path / f"{TABLE}.{form}")


@pytest.mark.office
@pytest.mark.parametrize("form", ["xlsx", "ods"])
def test_libreoffice_reads_the_same_table(shared, tmp_path, form):
    office = shutil.which("soffice")
    assert office, "LibreOffice is not here: `make office` installs it"
    out = tmp_path / f"figures.{form}"
    written(shared, out, **OWN)
    where = f"-env:UserInstallation=file://{tmp_path}/profile"
    # Every sheet to a CSV of its own, in UTF-8, numbers and days as they are shown.
    subprocess.run([office, where, "--headless", "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1", "--outdir", tmp_path, out],
                   check=True, capture_output=True, timeout=300)  # fmt: skip
    (table,) = tmp_path.glob("figures-figures.csv")
    head, *rows = cells(table)
    written(shared, tmp_path / "plain.csv", **OWN)
    agreed = cells(tmp_path / "plain.csv")
    assert formats.without_notes(head) == agreed[0] and len(rows) == len(agreed) - 1
    for row, wanted in zip(rows, agreed[1:], strict=True):
        for name, mine, theirs in zip(agreed[0], row, wanted, strict=True):
            same = mine in ("[c]", "[x]", "[z]") if not theirs else Decimal(mine) == Decimal(theirs) if name in ("value", "lower", "upper") else mine == theirs
            assert same or name.startswith("value_"), (name, mine, theirs)
    assert len([*tmp_path.glob("figures-*.csv")]) == 6


def test_parquet_is_typed_and_carries_its_passport(shared, tmp_path):
    handed = written(shared, tmp_path / "figures.parquet")
    with duckdb.connect() as con:
        kinds = {name: kind for name, kind, *_ in con.execute(f"describe from read_parquet('{tmp_path / 'figures.parquet'}')").fetchall()}
        (said,) = con.execute(f"select decode(value) from parquet_kv_metadata('{tmp_path / 'figures.parquet'}') where decode(key) = 'passport'").fetchone()
    assert {kinds[name] for name in ("period_start", "vintage")} == {"DATE"} and kinds["numerator"] == "BIGINT" and kinds["value"] == "DOUBLE"
    assert json.loads(said) == handed.passport


def test_a_text_that_looks_like_a_formula_stays_a_text(tmp_path, monkeypatch):
    monkeypatch.setattr(invented, "REGIONS", invented.REGIONS | {"N07": "=1+1"})
    invented.publish(tmp_path)
    for form in ("xlsx", "ods"):
        written(tmp_path, tmp_path / f"figures.{form}", measures=["M51"], grain="year", first="2021-04", last="2022-04", geography="region:N07")
        head, *rows = CalamineWorkbook.from_path(str(tmp_path / f"figures.{form}")).get_sheet_by_name("figures").to_python()
        assert {row[head.index("geography")] for row in rows} == {"=1+1"}
    with zipfile.ZipFile(tmp_path / "figures.xlsx") as packed:
        assert b"<f>" not in packed.read("xl/worksheets/sheet6.xml")


# The passport


def test_a_passport_says_what_the_rows_are_made_of_and_names_no_one_and_no_time(shared, tmp_path):
    said = written(shared, tmp_path / "figures.csv").passport
    assert {"passport_version", "title", "table", "edition", "as_of", "vintage", "code_version", "measures", "breaks", "grid_rows", "rows_expected", "rows_written",
            "rows_embargoed", "disclosure", "status_counts", "unverified", "content_sha256", "licence", "contact", "permalink", "command"} <= set(said)  # fmt: skip
    assert [one["id"] for one in said["measures"]] == ["M50", "M51", "M62"] and said["measures"][0]["official_code"] == "INV1"
    assert {"publication licence", "measures M51"} <= set(said["unverified"]) and "publication contact" not in said["unverified"]
    assert sum(said["status_counts"].values()) == said["rows_written"]
    assert "analyst.invented" not in json.dumps(said) and "2026" not in json.dumps({**said, "content_sha256": ""})
    assert said["command"].endswith(f"--table {TABLE} --edition {SECOND}")


def test_a_passport_comes_back_out_of_cells_as_it_was():
    said = {"a": 1, "b": [], "c": {}, "d": [{"x": None, "y": ["é", "10"]}, {"x": "1"}], "e": {"f": {"g": True}}, "h": ""}
    assert formats.raised(formats.flat(said)) == said


# What is refused


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"grain": "week"}, "not on the grid; nearest: all by month for region"),
        ({"characteristic": "ethnicity"}, "not on the grid"),
        ({"measures": ["M5O"]}, "there is no measure M5O"),
        ({"first": "2022-02"}, "not the first month of a quarter; nearest: 2022-01, 2022-04"),
        ({"first": "2020-01"}, "outside of what is printed; nearest: 2022-01"),
        ({"last": "2023-01"}, "outside of what is printed; nearest: 2022-07"),
        ({"geography": "region:N7"}, "there is no region N7 in the edition; nearest: .*N07"),
        ({"geography": "town"}, "not on the grid"),
        ({"first": "2022-07", "last": "2022-01"}, "comes after"),
        ({"first": "tomorrow"}, "is no month"),
    ],
    ids=lambda one: str(one)[:40],
)  # fmt: skip
def test_what_is_off_the_grid_is_refused_with_what_is_nearest(shared, tmp_path, asked, told):
    with pytest.raises(OffTheGrid, match=told.replace("(", r"\(")):
        written(shared, tmp_path / "figures.csv", **(OWN | asked))
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("form", ["xlsx", "ods", "json"])
def test_a_format_that_cannot_hold_all_rows_is_refused_and_nothing_is_cut(shared, tmp_path, monkeypatch, form):
    monkeypatch.setitem(formats.MOST_ROWS, form, 9)
    with pytest.raises(formats.TooLong, match=r"are more than the 9 that an extract in .* ask for csv or parquet"):
        written(shared, tmp_path / f"figures.{form}", of=FIRST, measures=["M51"], grain="month", first="2022-02", last="2022-08", geography="region")
    assert not [*tmp_path.iterdir()] and formats.MOST_ROWS | {form: 0} == {"xlsx": 1_048_575, "ods": 10_000, "json": 100_000} | {form: 0}


def test_a_file_that_has_other_rows_than_were_expected_is_removed(home, tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "_counted", lambda rows, *_: rows.expected - 1)
    said: list[str] = []
    before = len(shelf.register(home))
    with pytest.raises(making.Miscounted):
        written(home, tmp_path / "figures.csv", say=said.append, **(OWN | {"measures": ["M62"]}))
    assert said == ["expected 6 rows"] and not [*tmp_path.glob("figures*")] and len(shelf.register(home)) == before


def test_the_command_ends_as_it_says(shared, tmp_path):
    def status(*arguments: object) -> tuple[int, str]:
        done = gatehouse("extract", "--home", shared, *arguments)
        return done.returncode, done.stdout + done.stderr

    assert status("--out", tmp_path / "a.csv", "--table", "nothing")[0] == 3
    assert status("--out", tmp_path / "a.csv", "--table", TABLE, "--edition", "none")[0] == 3
    assert status("--out", tmp_path / "a.doc", "--table", TABLE)[0] == 2
    assert status("--out", tmp_path / "a.csv")[0] == 2
    assert status("--out", tmp_path / "a.csv", "--table", TABLE, "--on", "2999-01-01")[0] == 2
    code, said = status("--out", tmp_path / "a.csv", "--measure", "M51", "--grain", "roll99", "--from", "2022-02", "--to", "2022-02", "--geography", "nation")
    assert code == 2 and "nearest: all by" in said and not [*tmp_path.iterdir()]
    code, said = status("--out", tmp_path / "a.csv", "--table", TABLE)
    assert code == 0 and said.splitlines()[:2] == ["expected 252 rows", "wrote 252 rows"] and "permalink ?extract=" in said
    code, said = status("--list", "--json")
    listed = {one["table"]: one["rows"] for one in json.loads(said)["tables"]}
    assert code == 0 and listed[TABLE] == 252 and listed["claimed_paid_achieved"] == len(invented.PROVIDERS)


# Embargo


def grant(number=1, person="analyst.invented", series="M50:2022-05:2022-08", first="2023-07-26", last="2023-07-27") -> EmbargoGrant:
    return EmbargoGrant(number, person, series, dt.date.fromisoformat(first), dt.date.fromisoformat(last), "invented briefing")


def months(path: Path) -> set[tuple[str, str]]:
    return {(row[0], row[3][:7]) for row in cells(path)[1:]}


def test_rows_of_a_series_that_is_not_published_are_left_out_and_counted(home, tmp_path):
    said: list[str] = []
    handed = written(home, tmp_path / "early.csv", say=said.append, who=asking("2023-07-26"))
    everything = written(home, tmp_path / "later.csv", who=asking("2023-07-27"))
    left_out = months(tmp_path / "later.csv") - months(tmp_path / "early.csv")
    assert left_out == {("M50", f"2022-{n:02d}") for n in range(5, 9)}
    n = everything.passport["rows_written"] - handed.passport["rows_written"]
    assert said[:3] == [f"expected {252 - n} rows", f"wrote {252 - n} rows", f"embargoed {n} rows until 2023-07-27"] and handed.passport["rows_embargoed"] == n
    assert handed.passport["permalink"] != everything.passport["permalink"]
    assert verify(home, tmp_path / "early.csv", asking()) == ([], 0), "what was left out then is left out now"


def test_a_longer_period_is_embargoed_while_a_month_of_it_is(home, tmp_path):
    written(home, tmp_path / "early.csv", who=asking("2023-07-26"), measures=["M50"], grain="roll12", first="2021-03", last="2022-06", geography="nation")
    assert months(tmp_path / "early.csv") == {("M50", "2021-03"), ("M50", "2021-05")}


@pytest.mark.parametrize("query", ["select count(*) from fct_measure_result where measure_id = 'M50' and period_grain = 'month' and period_start >= '2022-05-01'"])
def test_sql_and_pages_do_not_have_them_either(home, query):
    from edition import embargo, reading

    def answer(day: str) -> str:
        out = io.StringIO()
        made = current(home)
        reading.write_csv(made, query, out, None, embargo.unpublished(made, dt.date.fromisoformat(day)))
        return out.getvalue().splitlines()[1]

    assert answer("2023-07-26") == "0" and int(answer("2023-07-27")) > 0
    made = current(home)
    file = made.files("fct_measure_result", "protected")[0]
    with pytest.raises(reading.QuestionError):
        reading.write_csv(made, f"select * from read_parquet('{file}')", io.StringIO(), None, embargo.unpublished(made, dt.date(2023, 7, 26)))
    # Who does not say which day it is, is told nothing of series that were not out on the as-of day.
    with reading.opened(edition(home, FIRST), tables=["fct_measure_result"]) as con:
        assert con.execute(query).fetchone() == (0,)


def test_a_grant_lets_one_person_have_one_series_for_its_days(home, tmp_path):
    def left(day="2023-07-26", **who) -> int:
        grants = who.pop("grants", (grant(),))
        return written(home, tmp_path / "early.csv", who=asking(day, grants=grants, **who)).passport["rows_embargoed"]

    assert left() == 0 and left(person="another.invented") > 0 and left("2023-07-25") > 0 and left(grants=(grant(series="M50:2022-02:2022-04"),)) > 0
    handed = written(home, tmp_path / "early.csv", who=asking("2023-07-26", grants=(grant(),)))
    assert handed.passport["grants"] == [1] and shelf.register(home)[-1]["grant"] == [1]
    found = state(home, handed.passport["permalink"], asking("2023-07-26"))
    assert found.state == "not yet released" and "2023-07-27" in found.words
    with pytest.raises(EditionError, match="embargoed"):
        verify(home, tmp_path / "early.csv", asking("2023-07-26"))
    assert verify(home, tmp_path / "early.csv", asking("2023-07-27")) == ([], 0)


def test_nobody_is_granted_figures_more_than_a_day_before_or_by_themselves(home):
    made, at = current(home), dt.datetime(2023, 7, 1, 9)

    def granted(person="analyst.invented", first="2023-07-26", last="2023-07-27", series="M50:2022-05:2022-08", purpose="invented briefing"):
        return decided.grant_early(home, made, "admin.invented", at, person, series, dt.date.fromisoformat(first), dt.date.fromisoformat(last), purpose)

    assert granted().number == 1
    for wrong, told in (({"first": "2023-07-25"}, "before 2023-07-26"), ({"person": "admin.invented"}, "themselves"), ({"series": "M99"}, "no series"), ({"purpose": " "}, "what for")):
        with pytest.raises(DecisionError, match=told):
            granted(**wrong)
    assert decided.asking(home, the_product("x"), NOW, NOW.date()).grants == (grant(),)
    assert '"embargo_grant"' in (home / "access.log").read_text()


# The register, rights


def test_no_file_is_handed_out_without_its_line_in_the_register(home, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shelf.os, "write", full)
    with pytest.raises(NotRecorded, match="not handed out"):
        written(home, tmp_path / "figures.csv", measures=["M51"], grain="year", first="2021-04", last="2022-04", geography="nation")
    assert not [*tmp_path.glob("figures*")]


def test_every_download_has_its_line_and_the_same_extract_is_made_once(home, tmp_path):
    before = len(shelf.register(home))
    first = written(home, tmp_path / "one.xlsx", **OWN)
    made_at = first.kept.stat().st_mtime_ns
    second = written(home, tmp_path / "two.xlsx", **OWN)
    assert second.kept == first.kept and second.kept.stat().st_mtime_ns == made_at
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()
    lines = shelf.register(home)[before:]
    assert len(lines) == 2 and set(lines[0]) == {"time", "user", "permalink", "rows", "content_sha256", "file_sha256", "grant"}
    assert lines[0]["file_sha256"] == shelf.sha256(tmp_path / "one.xlsx") and lines[0]["user"] == "analyst.invented"


@pytest.mark.parametrize("role", ["analyst", "auditor", "regional_director"])
def test_whoever_asks_has_protected_figures_only(home, tmp_path, role):
    who = asking(role=role)
    written(home, tmp_path / "figures.csv", who=who)
    for row in cells(tmp_path / "figures.csv")[1:]:
        assert row[10] == "" or not 1 <= int(row[10]) <= 4
    with pytest.raises(NotGranted):
        written(home, tmp_path / "none.csv", who=asking(role="administrator"))


def test_what_lies_on_the_shelf_is_for_the_owner_only(shared):
    folder = shelf.standing_folder(shared, SECOND)
    assert {path.stat().st_mode & 0o077 for path in folder.iterdir() if path.suffix in (".csv", ".xlsx", ".parquet", ".ods")} == {0}
    assert shelf.shelf(shared).stat().st_mode & 0o077 == 0
    names = {path.name for path in folder.iterdir()}
    assert {f"{table}.{form}" for table in tables() if table != "claimed_paid_achieved" for form in ("csv", "parquet", "xlsx", "ods")} <= names


def test_rows_that_lie_on_the_shelf_embargoed_and_all_are_left_out_when_it_is_asked(home, tmp_path):
    whole = len(cells(shelf.standing_folder(home, SECOND) / f"{TABLE}.csv"))
    written(home, tmp_path / "early.csv", who=asking("2023-07-26"))
    assert len(cells(tmp_path / "early.csv")) < whole


def test_control_that_let_a_small_rate_through_stops_the_extract(tmp_path, monkeypatch):
    monkeypatch.setattr(invented, "controlled", lambda exact: exact)
    invented.publish(tmp_path)
    with pytest.raises(EditionError, match="a rate on fewer than 30 releases"):
        written(tmp_path, tmp_path / "figures.csv")


# Permalinks


def test_a_permalink_says_what_has_become_of_its_extract(home, tmp_path):
    def made(of: str, measure: str, **who) -> str:
        return written(home, tmp_path / "one.csv", of=of, who=asking(**who), measures=[measure], grain="month", first="2022-02", last="2022-08", geography="nation").passport["permalink"]

    def told(permalink: str, **who) -> str:
        return state(home, permalink, asking(**who)).state

    assert told(made(SECOND, "M51")) == "current" and told(made(FIRST, "M51")) == "revised" and told(made(FIRST, "M50")) == "corrected"
    differs = state(home, made(FIRST, "M50"), asking()).differs
    assert {one.cause for one in differs} == {"corrected"} and all(one.then != one.now for one in differs)
    invented.publish(home, "invented-3", as_of="2023-08-31", scale=55)
    assert told(made(SECOND, "M51")) == "superseded", "a newer edition prints all of it alike"
    assert state(home, "0" * 16, asking()) is None and state(home, "../../current", asking()) is None


def test_a_withdrawn_extract_says_why_and_has_no_file(home, tmp_path):
    permalink = written(home, tmp_path / "one.csv", **OWN).passport["permalink"]
    decided.withdraw(home, "admin.invented", dt.datetime(2026, 11, 27, 9), permalink, "an invented mistake")
    who = asking(withdrawn=decided.asking(home, the_product("x"), NOW, NOW.date()).withdrawn)
    found = state(home, permalink, who)
    assert found.state == "withdrawn" and "an invented mistake" in found.words and shelf.file_of(home, permalink) is None
    with pytest.raises(making.Withdrawn, match="an invented mistake"):
        written(home, tmp_path / "two.csv", who=who, **OWN)
    assert not (tmp_path / "two.csv").exists()


@pytest.mark.parametrize("form", formats.FORMATS)
def test_claimed_paid_and_achieved_is_a_table_as_soon_as_an_edition_has_it(tmp_path, form):
    invented.publish(tmp_path)
    file = current(tmp_path).folder / "protected" / "fct_claimed_paid_achieved.parquet"
    counts = "30 as people_claimed, 35 as claims, 3040.00::decimal(18, 2) as amount_claimed, 25 as people_paid, null::decimal(18, 2) as amount_paid, 20 as achieved"
    with duckdb.connect() as con:
        con.execute(f"""copy (select 'aster' as provider, 'Aster' as provider_name, 'accommodation' as domain, date '2022-04-01' as period_start, {counts}, 5 as not_achieved,
            5 as unknown, 0 as not_yet_due, 0 as out_of_scope, '[c]' as marks) to '{file}' (format parquet)""")  # fmt: skip
    out = tmp_path / f"money.{form}"
    assert written(tmp_path, out, table="claimed_paid_achieved").passport["rows_written"] == 1 and verify(tmp_path, out, asking()) == ([], 0)
    if form == "csv":
        assert cells(out)[1][:9] == ["aster", "Aster Invented Resettlement", "accommodation", "2022-04-01", "30", "35", "3040.00", "25", ""] and is_valid(out) == (True, [])
    if form == "xlsx":
        assert book_faults(out) == []


def test_an_edition_without_a_table_says_so(home, tmp_path):
    (current(home).folder / "protected" / "fct_claimed_paid_achieved.parquet").unlink()
    with pytest.raises(NoSuchTable, match="claimed_paid_achieved"):
        written(home, tmp_path / "money.csv", table="claimed_paid_achieved")


def test_what_is_expected_is_what_is_written(shared, tmp_path):
    made = current(shared)
    for table in (name for name in tables() if name != "claimed_paid_achieved"):
        wanted = selected(made, table)
        assert expected(made, asking(), wanted) == (write(made, asking(), wanted, tmp_path / f"{table}.csv", lambda _: None).passport["rows_written"], 0)
        assert len(cells(tmp_path / f"{table}.csv")) - 1 == expected(made, asking(), wanted)[0]

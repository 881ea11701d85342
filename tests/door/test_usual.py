"""Most files hold nothing but days, times and keys written in one way, and are read without looking for any other. What is read so is read
alike in full, and a value that is otherwise is understood wherever in a file it stands."""

from __future__ import annotations

from datetime import date
from itertools import product
from pathlib import Path

import pytest
from conftest import as_csv, good_rows

from expectations.contract import find_table
from orchestration.landing import typed
from orchestration.landing.records import read_records

COMPLETE_TO = date(2023, 6, 15)
TABLE = find_table("ndelius", "RELEASE")
YEARS = ("2022", "22", "0000", "0001", "02022", "12022", "-2022", "2022 ")
DAYS = ("02-01", "2-1", "02/01", "02-30", "13-01", "0201", "02-01T", "02-01 (BC)", "feb-01")
TIMES = ("", " ", " 10:05:09", "T10:05:09", " 10:05", " 10:05:9", " 24:00:00", " 10:05:09.5", " 10:05:09+00", " 10:05:09Z", " 10:05:60", " (BC)")
OTHER_TIMES = ("epoch", "infinity", "-infinity", "01/02/2022", "20220201", "2022-02-0110:05:09", "1-FEB-22", "no day at all")
IDS = ("1", "a1", "Z", "1.0", "A.0", "12.50", "1E+11", "1.0E+11", "A+1", "-1", "-1.0", "#1", "?", "/", ":", "[", "{", "é1", "1é", "é", "@a", "_1", "½", "NULL", "n/a", "NULLS")
# By column of RELEASE.
ODD = {
    "ACTUAL_RELEASE_DATE": ("01/02/2022", "2022-02-01T10:05:09Z", "20220201", "24-FEB-22", "2022-02-01 24:00", "2022-02-01 10:05:09.5", "no day at all", " 2022-02-01"),
    "CREATED_DATETIME": ("01/02/2022 10:05", "2022-07-01 10:05:09+00", "2022-07-01T10:05:09", "no time at all", "2022-07-01 10:05:09 "),
    "CUSTODY_ID": ("1.0", "1.0E+11", "?", "A17", "#N/A", "NULL", "\u00a01"),
}  # fmt: skip


@pytest.fixture(scope="module")
def con(tmp_path_factory):
    return typed.connect_for_typing(tmp_path_factory.mktemp("typing"))


def test_what_is_usual_is_read_alike_in_full(con):
    texts = sorted({f"{year}-{day}{time}" for year, day, time in product(YEARS, DAYS, TIMES)} | set(OTHER_TIMES))
    read = "select usual_time(t, 1), cast(usual_time(t, 1) as date), read_timestamp(t), read_date(t) from (select ? as t)"
    usual = [t for t in texts if con.execute("select is_usual_time(?)", [t]).fetchone() == (True,)]
    assert usual == ["0001-02-01", "0001-02-01 10:05:09", "2022-02-01", "2022-02-01 10:05:09"]
    for text in usual:
        assert (found := con.execute(read, [text]).fetchone())[:2] == found[2:] and None not in found
    usual = [t for t in IDS if con.execute("select is_usual_id(?)", [t]).fetchone() == (True,)]
    assert usual == ["1", "a1", "Z", "1é", "NULLS"]
    assert [con.execute("select read_id(?)", [t]).fetchone() for t in usual] == [(t,) for t in usual]


@pytest.mark.parametrize(("column", "value"), [(column, value) for column, values in ODD.items() for value in values])
def test_an_odd_value_is_read_alike_wherever_it_stands(con, tmp_path, column, value):
    usual = [row | {"CREATED_DATETIME": "2022-02-01 10:05:09"} for row in good_rows("ndelius/RELEASE", 2 * typed._LOOKED_AT)]
    odd = usual.pop() | {column: value}
    # In the last no value is taken for usual, for one is quoted.
    files = ([odd, *usual], [*usual, odd], [*usual[:-1], usual[-1] | {"RELEASE_ID": '"900001"'}, odd])
    found = [row_of(con, tmp_path / f"{n}.csv", rows, odd["RELEASE_ID"]) for n, rows in enumerate(files)]
    assert found[0] == found[1] == found[2]


def test_a_file_in_which_all_is_usual_is_typed_once_and_a_late_value_is_looked_at_again(con, tmp_path, monkeypatch):
    queries = []
    monkeypatch.setattr(typed, "_copy", lambda con, query, to, copy=typed._copy: queries.append(query) or copy(con, query, to))
    usual = good_rows("ndelius/RELEASE", 2 * typed._LOOKED_AT)
    row_of(con, tmp_path / "usual.csv", usual, usual[0]["RELEASE_ID"])
    assert len(queries) == 1 and "read_date(" not in queries[0] and "filled(" not in queries[0]
    queries.clear()
    row_of(con, tmp_path / "late.csv", [*usual[:-1], usual[-1] | {"ACTUAL_RELEASE_DATE": "01/02/2022"}], usual[0]["RELEASE_ID"])
    assert len(queries) == 2 and "read_date(" in queries[1]


def row_of(con, path: Path, rows: list[dict[str, str]], release: str) -> dict:
    """All that typing makes of the record `release` of a file, but for its place in it."""
    path.write_text(as_csv(rows), encoding="utf-8")
    to = path.with_suffix(".parquet")
    typed.type_records(con, read_records(path, ".csv", path.parent), TABLE, "RELEASE", COMPLETE_TO, to)
    found = con.execute(f"select * exclude (_row_number) from '{to}' where release_id = '{release}'")
    names = [name for name, *_ in found.description]
    (row,) = found.fetchall()
    return dict(zip(names, row, strict=True))

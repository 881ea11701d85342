"""What is delivered and what linkage compares: tables from the one to the other, in tests/linkage/cleaning.

Each row of a file is a probation record, or a provider's, that holds its delivered values and nothing else. It is typed as at the
door and goes through the models of linkage as a refresh runs them, up to link_feature.
"""

import csv
import shutil
from pathlib import Path

import duckdb
import pytest

from orchestration.landing.typed import connect_for_typing
from tests.compiled import dbt

TABLES = {
    path.stem: list(csv.DictReader(path.open(encoding="utf-8"))) for path in sorted(Path(__file__).with_name("cleaning").glob("*.csv"))
}
ROWS = [(table, number) for table, rows in TABLES.items() for number in range(len(rows))]
# How the door types what is delivered, and where it then stands: column of the file, type, table and column of staging.
TYPED = {
    "surname": ("{}", "ndelius__offender", "surname"),
    "first_name": ("{}", "ndelius__offender", "first_name"),
    "provider_surname": ("{}", "provider__person", "last_name"),
    "provider_first_name": ("{}", "provider__person", "first_name"),
    "birth_date": ("read_date(filled({}))", "ndelius__offender", "date_of_birth_date"),
    "noms_number": ("read_noms_number(filled({}))", "ndelius__offender", "noms_number"),
    "crn": ("read_crn(filled({}))", "ndelius__offender", "crn"),
    "pnc": ("read_pnc(filled({}), 2024)", "ndelius__offender", "pnc_number"),
    "cro": ("read_cro(filled({}))", "ndelius__offender", "cro_number"),
    "postcode": ("{}", "ndelius__offender_address", "postcode"),
    "sentence_date": ("read_date(filled({}))", "ndelius__disposal", "disposal_date"),
}


@pytest.fixture(scope="module")
def compared(inspection_home, tmp_path_factory):
    """Rows of link_feature by table and number of the row."""
    folder = tmp_path_factory.mktemp("cleaning")
    warehouse = folder / "warehouse.duckdb"
    shutil.copy(inspection_home / "work" / "warehouse.duckdb", warehouse)
    with connect_for_typing() as door, duckdb.connect(str(warehouse)) as con:
        for name, kind in con.execute(
            "select table_name, table_type from information_schema.tables where table_schema = 'staging'"
        ).fetchall():
            con.execute(f"create temp table emptied as from staging.{name} limit 0")
            con.execute(f"drop {'view' if kind == 'VIEW' else 'table'} staging.{name} cascade")
            con.execute(f"create table staging.{name} as from emptied; drop table emptied")
        for table, number in ROWS:
            row = TABLES[table][number]
            if table.startswith("provider"):
                first, key = "provider__person", {"_source": "provider_invented", "person_ref": f"{table} {number}"}
            else:
                first, key = "ndelius__offender", {"offender_id": f"{table} {number}"}
            staged = {first: dict(key)}
            for delivered in row.keys() & TYPED.keys():
                typing, into, column = TYPED[delivered]
                value = door.execute(f"select {typing.format('$value')}", {"value": row[delivered] or None}).fetchone()[0]
                staged.setdefault(into, dict(key))[column] = value
            for into, values in staged.items():
                given = ", ".join(f"${c} as {c}" for c in values)
                con.execute(f"insert into staging.stg_{into} by name select {given}", values)
    dbt(folder, warehouse, "run", "--select", "+link_feature,tag:linkage")
    with duckdb.connect(str(warehouse), read_only=True) as con:
        return {row["source_key"]: row for row in con.execute("from linkage.link_feature").to_arrow_table().to_pylist()}


@pytest.mark.parametrize(("table", "number"), ROWS, ids=[f"{table}: {TABLES[table][number]['why']}" for table, number in ROWS])
def test_what_is_delivered_is_compared_as_the_table_says(compared, table, number):
    row, found = TABLES[table][number], compared[f"{table} {number}"]
    expected = {column: value for column, value in row.items() if column not in TYPED and column != "why"}
    assert {column: ";".join(map(str, found[column] or [])) for column in expected} == expected

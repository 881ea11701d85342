"""Every declared table loads, changes and loses rows by its key, whatever its columns are called."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pytest
from conftest import Door, any_row, any_value, as_csv, delivered_name

from expectations.contract import Table, declared_tables

FULL, CHANGES = "2023-06-14", "2023-06-15"


def key(table: Table, n: int) -> list[str]:
    """As delivery.json gives it: text, days and times as ISO."""
    iso = {"date": f"2022-02-0{n}", "timestamp": f"2022-02-0{n} 10:00:00"}
    columns = {c.name: c for c in table.columns}
    return [iso.get(columns[c].type, any_value(table, columns[c], n)) for c in table.key or columns if c in columns]


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Door:
    """Three rows of every table, then a change of the second and the deletion of the third."""
    door = Door(tmp_path_factory.mktemp("every"))
    deleted: dict[str, dict[str, Any]] = {}
    for table in declared_tables():
        source = "provider_zzz" if table.source == "provider" else table.source
        door.deliver(f"{source}/{FULL}/{delivered_name(table)}.csv", as_csv([any_row(table, n) for n in (1, 2, 3)]))
        door.deliver(f"{source}/{CHANGES}/{delivered_name(table)}.csv", as_csv([any_row(table, 2)]))
        deleted.setdefault(source, {})[delivered_name(table).lower()] = [key(table, 3)]
    for source, keys in deleted.items():
        door.deliver(f"{source}/{CHANGES}/delivery.json", json.dumps({"kind": "changes", "deleted": keys}))
    door.land()
    return door


def test_every_table_is_accepted_without_a_word(landed: Door) -> None:
    assert len(landed.result.files) == 2 * len(declared_tables())
    assert [a for a in landed.result.files if not a.is_accepted or a.rows_loaded != a.rows_read or a.warnings] == []
    assert landed.query("select * from landing.finding") == landed.query("select * from landing.rejected_row") == []


def test_a_change_and_a_deletion_find_the_row_they_mean(landed: Door) -> None:
    deleted = dict(landed.query("select table_name, key from landing.deleted_key"))
    with duckdb.connect(str(landed.warehouse), read_only=True) as con:
        for table in declared_tables():
            keys = con.execute(f"select _key from landing.{table.landing_name} order by _complete_to, _row_number").fetchall()
            first, second, third, changed = [k for (k,) in keys]
            assert len({first, second, third}) == 3, table.landing_name
            assert (changed, deleted.pop(table.landing_name)) == (second, third), table.landing_name
    assert not deleted


def test_every_column_arrives_filled_and_in_its_type(landed: Door) -> None:
    with duckdb.connect(str(landed.warehouse), read_only=True) as con:
        for table in declared_tables():
            names = ", ".join(f'"{n}"' for n, _ in table.landing_columns)
            found = con.execute(f"select {names} from landing.{table.landing_name} where _row_number = 1")
            assert [str(d[1]) for d in found.description] == [t for _, t in table.landing_columns], table.landing_name
            assert None not in found.fetchall()[0], table.landing_name


def test_a_key_may_lack_the_parts_it_says_and_no_others(door: Door) -> None:
    people = ("noms_no,crn,prison_end,community_start", "A0001ZZ,,2022-02-01,", ",X000001,2022-02-01,", ",,2022-02-01,")
    staff = ("region,pdu,grade,snapshot_date,fte_in_post,fte_target,leavers_12m", "N50,,,2022-03-31,1,2,0", ",P1,PO,2022-03-31,1,2,0")
    door.deliver(f"other/{FULL}/TREATMENT.csv", "\n".join(people))
    door.deliver(f"workforce/{FULL}/WORKFORCE.csv", "\n".join(staff))
    door.deliver(f"other/{FULL}/delivery.json", json.dumps({"deleted": {"TREATMENT": [["A0001ZZ", None, "", "2022-02-01"], ["", "", "", "2022-02-01"]]}}))
    door.land()
    reasons = "select _quarantine_reason from landing.{} order by _row_number"
    assert door.query(reasons.format("other__treatment")) == [(None,), (None,), ("missing_key:noms_no,crn,pnc",)]
    assert door.query(reasons.format("workforce__workforce")) == [(None,), ("missing_key:region",)]
    assert door.query("select key from landing.deleted_key") == [(door.column("other__treatment", "_key")[0],)]

"""Whatever is done to a delivery, the run goes on: nothing is lost from the account, nothing is told, and the other tables load."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from conftest import Door, any_row, as_csv, delivered_name, good_rows
from corruption import CORRUPTIONS, SECRET, Row, a_note

from expectations.contract import Table, declared_tables

ROWS = 25
NEIGHBOURS = ("nomis/AGENCY_LOCATIONS", "ndelius/PROBATION_AREA", "contracts/PAYMENT")  # good on every day
FIRST_DAY = date(2023, 1, 1)
A_DAY = 30  # corrupted deliveries in one day; what lands on one day is judged together


def rows_of(table: Table) -> list[Row]:
    """Good rows of a table, every text in them a secret."""
    text = {c.name for c in table.columns if c.type == "text"}
    rows = [any_row(table, n) for n in range(1, ROWS + 1)]
    return [{k: f"{SECRET} {v}" if k.lower() in text else v for k, v in r.items()} for r in rows]


class Corrupted:
    """`n` deliveries corrupted from `seed`, each beside good tables, landed together."""

    def __init__(self, folder: Path, n: int, seed: int) -> None:
        self.door = Door(folder)
        self.told: dict[tuple[str, str], tuple[str, int | None]] = {}  # (delivery, file) -> what was done, records
        self.noted: set[str] = set()  # deliveries whose delivery.json may say anything
        kept_good = {n.split("/")[1] for n in NEIGHBOURS}
        tables = [t for t in declared_tables() if t.name not in kept_good]
        of_providers = [t for t in tables if t.source == "provider"]
        for i in range(n):
            rng = random.Random(f"{seed}/{i}")
            corrupt = CORRUPTIONS[i % len(CORRUPTIONS)]
            day = FIRST_DAY + timedelta(days=i // A_DAY)
            # A table may come once a day from a source; of providers there may be any number, each with its own delivery.json.
            table = rng.choice(of_providers) if i % 2 or corrupt.__name__ == "odd_workbook" else tables[i * 7 % len(tables)]
            source = f"provider_z{i:04d}" if table.source == "provider" else table.source
            file, content, records = corrupt(rng, table, rows_of(table))
            if (f"{source}/{day}", file) in self.told:
                continue
            self.door.deliver(f"{source}/{day}/{file}", content)
            self.told[f"{source}/{day}", file] = (f"{seed}/{i} {corrupt.__name__}", records)
            if source.startswith("provider") and rng.random() < 0.25:
                self.door.deliver(f"{source}/{day}/delivery.json", a_note(rng, file))
                self.noted.add(f"{source}/{day}")
        self.days = sorted({d.split("/")[1] for d, _ in self.told})
        for day in self.days:
            for name in NEIGHBOURS:
                source, table_name = name.split("/")
                self.door.deliver(f"{source}/{day}/{table_name}.csv", as_csv(self._good(name)))
        self.door.land()

    @staticmethod
    def _good(name: str) -> list[Row]:
        source, table_name = name.split("/")
        table = next(t for t in declared_tables() if (t.source, delivered_name(t)) == (source, table_name))
        return good_rows(name, ROWS) if name in ("contracts/PAYMENT",) else [any_row(table, n) for n in range(1, ROWS + 1)]


@pytest.fixture(
    scope="module",
    params=[pytest.param((60, 1), id="60"), pytest.param((500, 2), id="500", marks=pytest.mark.slow)],
)
def corrupted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Corrupted:
    n, seed = request.param
    return Corrupted(tmp_path_factory.mktemp("corrupted"), n, seed)


def test_every_file_has_one_account_that_balances_with_what_landed(corrupted: Corrupted) -> None:
    door = corrupted.door
    tables = {t.landing_name for t in declared_tables()}
    union = " union all ".join(
        f"select _delivery_id as d, _file as f, count(*) as n, count(distinct _row_number) as m, count(_quarantine_reason) as q, "
        f"min(_row_number) as lowest, max(_row_number) as highest from landing.{t} group by all"
        for t in sorted(tables)
    )
    with duckdb.connect(str(door.warehouse), read_only=True) as con:
        landed = {row[:2]: row[2:] for row in con.execute(union).fetchall()}
        rejected = {
            r[:2]: r[2] for r in con.execute("select delivery_id, file, count(*) from landing.rejected_row group by all").fetchall()
        }
        quarantined = {
            r[:2]: r[2] for r in con.execute("select delivery_id, file, count(*) from landing.quarantined_row group by all").fetchall()
        }
    of_tables = [a for a in door.result.files if a.file != "delivery.json" and not (a.reason or "").startswith("file_missing")]
    accounts = {(a.delivery_id, a.file): a for a in of_tables}
    offered = len(corrupted.told) + len(corrupted.days) * len(NEIGHBOURS)
    assert len(accounts) == offered
    for at, (what, _) in corrupted.told.items():
        account = accounts.pop(at)
        n, m, q, lowest, highest = landed.pop(at, (0, 0, 0, 1, 0))
        assert account.rows_read == account.rows_loaded + account.rows_rejected + account.rows_quarantined + account.rows_refused, what
        assert (n, m, q) == (account.rows_loaded + account.rows_quarantined, n, account.rows_quarantined), what
        assert quarantined.get(at, 0) == q and rejected.get(at, 0) == account.rows_rejected, what
        assert lowest >= 1 and highest <= account.rows_read, what
        assert account.is_accepted or (account.reason and n == 0), what


def test_the_records_read_are_those_a_person_would_count(corrupted: Corrupted) -> None:
    accounts = {(a.delivery_id, a.file): a for a in corrupted.door.result.files}
    counted = {at: told for at, told in corrupted.told.items() if told[1] is not None}
    assert len(counted) > len(corrupted.told) / 8
    for at, (what, records) in counted.items():
        if not (accounts[at].reason or "").startswith("unreadable_file"):
            assert accounts[at].rows_read == records, (what, accounts[at])


def test_the_other_tables_of_the_same_day_load(corrupted: Corrupted) -> None:
    names = {n.split("/")[1] + ".csv" for n in NEIGHBOURS}
    good = [a for a in corrupted.door.result.files if a.file in names]
    assert len(good) == len(corrupted.days) * len(NEIGHBOURS)
    assert [a for a in good if not a.is_accepted or a.rows_loaded != ROWS] == []


def test_what_a_person_could_still_use_is_used_and_the_rest_is_refused_with_something_to_do(corrupted: Corrupted) -> None:
    accounts = [a for a in corrupted.door.result.files if (a.delivery_id, a.file) in corrupted.told]
    accepted = [a for a in accounts if a.is_accepted]
    assert len(corrupted.told) / 5 < len(accepted) < len(corrupted.told)
    for account in accounts:
        if not account.is_accepted:
            assert any(word in account.reason for word in ("send", "see their reasons", "check for", "rename")), account
            assert account.reason.split(":")[0] != "checks_not_executed", account


def test_nothing_of_what_was_delivered_is_told(corrupted: Corrupted) -> None:
    door = corrupted.door
    told = [*door.lines, *map(str, door.result.files)]
    for table in ("delivery", "finding", "rejected_row", "quarantined_row"):
        told += map(str, door.query(f"select * from landing.{table}"))
    assert SECRET.lower() not in "".join(told).lower()


def test_a_second_run_gives_the_same(corrupted: Corrupted) -> None:
    door = corrupted.door
    first, delivery = door.result, door.query("select * from landing.delivery")
    assert door.land() == first
    assert door.query("select * from landing.delivery") == delivery

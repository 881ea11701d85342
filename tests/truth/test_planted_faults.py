"""Every fault that a nation plants gets the result that its list names, and costs nothing else."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import duckdb
import pytest

from tests.conftest import edition_of, file_of
from tests.truth.conftest import Nation


class Result:
    """What a refresh says of the faults in `landing`."""

    def __init__(self, landing: Path, home: Path) -> None:
        self.refused = edition_of(home).manifest["refused"]

        def rows(table: str, columns: str) -> list[tuple]:
            with duckdb.connect() as con:
                return con.execute(f"select {columns} from read_parquet('{file_of(home, table)}')").fetchall()

        self.quarantined = {row[:3]: row[3] for row in rows("fct_quarantine", "delivery, file, row_number, reason")}
        self.findings = rows("fct_finding", "delivery, file, row_number, subject_id, finding")
        self.accounts = {row[:2]: row[2:] for row in rows("fct_row_account", "delivery, file, rows_read, rows_loaded, rows_rejected")}
        self.claims = {row[0] for row in rows("fct_claim", "claim_id")}

    def wrong(self, fault: dict[str, str]) -> str | None:
        """What is wrong with the result of a fault; None when it is as named."""
        file, expected = (fault["delivery"], fault["file"]), fault["expected"]
        record = (*file, int(fault["row_number"] or 0))
        match fault["result"]:
            case "quarantined":
                found = self.quarantined.get(record, "loaded")
                return None if found == expected else found
            case "finding" | "unlinked":
                names = {row[4] for row in self.findings if row[:3] == record or (fault["subject"] and row[3] == fault["subject"])}
                return None if expected in names else f"found {sorted(names)}"
            case "refused":
                # A file that is not declared is told of without its name.
                table = fault["file"].split(".")[0].lower()
                told = [
                    row["reason"]
                    for row in self.refused
                    if row["delivery"] == file[0]
                    and (row["file"] == fault["file"] or not expected or row["file"].lower() == f"{table}.csv")
                ]
                return None if any(reason.startswith(expected) for reason in told) else f"told {told}"
            case "rejected":
                return None if self.accounts[file][2] == 1 else f"account {self.accounts[file]}"
            case "accepted":
                read, loaded, _ = self.accounts[file]
                wanted = int(expected.split()[0]) if expected else None
                return None if record not in self.quarantined and (wanted is None or read == loaded == wanted) else f"{loaded} of {read}"
        return f"no such result: {fault['result']}"


@pytest.fixture(scope="module")
def faulty(planted_nation: Nation, planted_home: Path) -> tuple[list[dict[str, str]], Result, Nation]:
    with (planted_nation.truth_folder / "faults.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file)), Result(planted_nation.out, planted_home), planted_nation


def test_every_fault_gets_the_result_it_is_listed_with(faulty):
    faults, result, _ = faulty
    assert len({fault["fault"] for fault in faults}) >= 25
    wrong = {fault["fault"]: found for fault in faults if (found := result.wrong(fault))}
    assert not wrong, json.dumps(wrong, indent=2)


def test_nothing_else_stays_out(faulty):
    faults, result, _ = faulty
    planted = {(f["delivery"], f["file"], int(f["row_number"])) for f in faults if f["result"] == "quarantined"}
    # Of a system that sends its change log the last version counts; a reference that a spreadsheet has shortened is none.
    written = {record for record, reason in result.quarantined.items() if reason.startswith(("key_twice:", "shortened_key:"))}
    assert set(result.quarantined) - planted == written - planted and planted <= set(result.quarantined)
    refused = {f["delivery"] for f in faults if f["result"] == "refused"}
    assert {row["delivery"] for row in result.refused} == refused
    assert sum(account[2] for account in result.accounts.values()) == sum(f["result"] == "rejected" for f in faults)


def test_every_other_claim_is_still_there(faulty):
    _, result, world = faulty
    with duckdb.connect() as con:
        told = {row[0] for row in con.execute(f"select claim_id from read_parquet('{world.truth_folder / 'fct_claim.parquet'}')").fetchall()}
    assert told <= result.claims
    assert all(claim.startswith(("FAULT", "PLANT")) for claim in result.claims - told)

"""A landing folder, a home and a warehouse for one test, and good rows of invented people to spoil."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from expectations.contract import Column, Table, find_table
from orchestration.landing.land import LandingResult, land
from orchestration.landing.row_account import FileAccount

# What a good row of a table says beyond a value of the right type in each column that must be there; {n} makes its key and ids.
GOOD = {
    "nomis/OFFENDERS": {"LAST_NAME": "EXAMPLE", "FIRST_NAME": "INVENTED", "BIRTH_DATE": "1990-05-17", "SEX_CODE": "M"},
    "nomis/OFFENDER_IDENTIFIERS": {"OFFENDER_ID_SEQ": "1", "IDENTIFIER_TYPE": "PNC", "IDENTIFIER": "12/52494Q"},
    "nomis/OFFENDER_EXTERNAL_MOVEMENTS": {
        "MOVEMENT_SEQ": "1", "MOVEMENT_DATE": "2022-02-01", "MOVEMENT_TIME": "10:30", "MOVEMENT_TYPE": "REL", "MOVEMENT_REASON_CODE": "CR",
        "DIRECTION_CODE": "OUT", "FROM_AGY_LOC_ID": "LEI", "TO_AGY_LOC_ID": "OUT",
    },
    "nomis/OFFENDER_RELEASE_DETAILS_HTY": {"MODIFY_DATETIME": "2022-01-05 09:00:00", "RELEASE_DATE": "2029-01-01"},
    "nomis/ADDRESSES": {"OWNER_CLASS": "OFF", "POSTAL_CODE": "ZZ1 1ZZ", "NO_FIXED_ADDRESS_FLAG": "N", "START_DATE": "2022-02-01", "END_DATE": ""},
    "ndelius/OFFENDER": {
        "CRO_NUMBER": "000000/00Z", "FIRST_NAME": "INVENTED", "SECOND_NAME": "", "SURNAME": "EXAMPLE", "DATE_OF_BIRTH_DATE": "1990-05-17",
        "SOFT_DELETED": "0", "ROW_VERSION": "3", "LAST_UPDATED_DATETIME": "2022-01-05 09:00:00",
    },
    "ndelius/DISPOSAL": {"DISPOSAL_DATE": "2021-01-05", "LENGTH_IN_DAYS": "364", "TERMINATION_DATE": "", "SOFT_DELETED": "0"},
    "ndelius/RELEASE": {"ACTUAL_RELEASE_DATE": "2022-02-01", "SOFT_DELETED": "0"},
    "ndelius/OFFENDER_ADDRESS": {
        "TYPE_VERIFIED": "Y", "NO_FIXED_ABODE": "N", "POSTCODE": "ZZ1 1ZZ", "START_DATE": "2022-02-01", "END_DATE": "2022-05-01",
        "SOFT_DELETED": "0", "LAST_UPDATED_DATETIME": "2022-02-02 09:00:00",
    },
    "ndelius/R_ADDRESS_TYPE": {"CODE_VALUE": "A{n}", "CODE_DESCRIPTION": "Invented type"},
    "provider_zzz/CLAIM": {
        "claim_id": "C{n}", "sub_code": "", "task_date": "2022-02-01", "period": "2022-02", "qty": "1", "rate": "12.50", "amount": "12.50",
        "submitted_ts": "2022-03-01 10:00:00", "invoice_ref": "I1", "evidence_ref": "", "late_approval_ref": "", "reverses_claim_id": "",
    },
    "contracts/CONTRACT": {
        "contract_id": "K{n}", "contract_type": "ttg", "provider_code": "ZZZ", "from_date": "2015-05-01", "to_date": "2021-06-25",
    },
    "contracts/TASK": {
        "task_code": "T{n}", "from_date": "2015-05-01", "setting": "custody", "is_release_linked": "Y", "timeliness_pays": "N",
        "window_from_days": "", "window_to_days": "", "standard_minutes": "", "to_date": "",
    },
    "contracts/PAYMENT": {"payment_ref": "Y{n}", "claim_id": "C{n}", "paid_on": "2022-04-01", "amount": "12.50"},
    "cas/AP_PLACEMENT": {"service": "CAS1", "arrived_on": "2022-02-01", "departed_on": "2022-03-01"},
}  # fmt: skip


def good_rows(table: str, n: int = 30) -> list[dict[str, str]]:
    """`n` good rows of '<source>/<TABLE>', with the columns that must be there and those that GOOD names."""
    source, delivered = table.split("/")
    declared = find_table(source, delivered)
    needed = {declared.written_as(c, delivered): c for c in declared.columns if c.is_required}
    return [
        {name: any_value(declared, c, i) for name, c in needed.items()} | {k: v.format(n=i) for k, v in GOOD[table].items()}
        for i in range(1, n + 1)
    ]


LIST = "R_INVENTED_LIST"
# A value a type; {n} is the row.
VALUES = {
    "id": "{n}", "code": "C{n}", "text": "invented {n}", "flag": "Y", "identifier": "I{n}", "noms_number": "A{n:04d}ZZ", "crn": "X{n:06d}",
    "pnc": "2012/0052494Q", "cro": "000012/34J", "integer": "{n}", "number": "{n}.5", "money": "{n}.25", "rate": "{n}.125",
    "date": "{day:02d}/02/2022", "timestamp": "2022-02-{day:02d}T10:00:00Z",
}  # fmt: skip


def delivered_name(table: Table) -> str:
    return LIST if table.is_reference_list else table.name


def any_value(table: Table, column: Column, n: int) -> str:
    codes = dict(table.listed_codes).get(column.name)
    return codes[n % len(codes)] if codes else VALUES[column.type].format(n=n, day=(n - 1) % 28 + 1)


def any_row(table: Table, n: int) -> dict[str, str]:
    """Row `n` (from 1) of any declared table, every column filled."""
    return {table.names_of(c, delivered_name(table))[0]: any_value(table, c, n) for c in table.columns}


def as_csv(rows: list[dict[str, str]]) -> str:
    """Rows as plain CSV; the values must need no quotes."""
    return "".join(",".join(line) + "\n" for line in [list(rows[0]), *(r.values() for r in rows)])


class Door:
    """What a supplier does (deliver) and what the warehouse then holds (land, rows, account)."""

    def __init__(self, folder: Path) -> None:
        self.landing, self.home = folder / "landing", folder / "home"
        self.warehouse = self.home / "work" / "warehouse.duckdb"
        self.landing.mkdir()

    def deliver(self, path: str, content: str | bytes) -> Path:
        target = self.landing / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        return target

    def land(self, as_of: date | None = None) -> LandingResult:
        self.lines: list[str] = []
        self.result = land(self.landing, self.home, as_of, self.warehouse, self.lines.append)
        return self.result

    def account(self, file: str) -> FileAccount:
        (found,) = [a for a in self.result.files if a.file == file]
        return found

    def query(self, sql: str) -> list[tuple]:
        with duckdb.connect(str(self.warehouse), read_only=True) as con:
            return con.execute(sql).fetchall()

    def column(self, table: str, column: str) -> list:
        return [v for (v,) in self.query(f"select {column} from landing.{table} order by _complete_to, _row_number")]


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(tmp_path)

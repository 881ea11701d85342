"""Writes a small invented world as deliveries, as the source systems would deliver it.

Nobody here exists: every name begins with Invent or Madeup. Days may be given as dates or as whole numbers, which count from
the person's day 0 (the date of the first release), so a scenario reads as the rules do: `p.address(-1, "A07B")`.
Files have the columns that expectations/tables requires, and beside them those that a row is given (tests/door/contract.csv holds that
declaration to the contract).
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import itertools
import json
from collections import defaultdict
from pathlib import Path

from expectations.contract import find_table

from .person import Person

# One prison each for as long as they last, so that a person can be found again by prison and date.
PRISONS = (
    "ACI AGI ASI AYI BAI BCI BFI BLI BMI BNI BRI BSI BWI BXI BZI CDI CFI CLI CWI DAI DGI DHI DMI DNI DTI DWI EEI EHI ESI EWI EXI EYI"
    " FBI FDI FHI FKI FMI FNI FSI FWI GHI GMI GNI GTI HBI HCI HDI HEI HHI HII HLI HMI HOI HPI HVI ISI IWI KMI KVI LEI LFI LGI LHI LII"
    " LLI LNI LPI LTI LWI LYI MDI MHI MRI MSI MTI NHI NLI NMI NSI NWI ONI OWI PBI PDI PFI PNI PRI PVI"
).split()
AGENCIES = {"OUT": "OUT", "TRN": "TRN", "IMMDET": "IMDC", "GENHSP": "HOSPITAL", "SECHSP": "HSHOSP", "CRTX": "CRT"}


def columns_of(source: str, table: str) -> list[str]:
    declared = find_table(source, table)
    return [declared.written_as(c, table) for c in declared.columns if c.is_required]


class World:
    """Rows by (source, table). A row is a plain dict and may be changed or taken out before the next `write`."""

    def __init__(self, first_release=dt.date(2022, 1, 3)):
        self.rows: dict[tuple[str, str], list[dict]] = defaultdict(list)
        self.set_aside: list[dict] = []
        self._first_release, self._people = first_release, itertools.count()
        self._ids, self._reference = itertools.count(1001), {}
        for code, kind in AGENCIES.items():
            self.agency(code, kind)
        for kind, name in (("A", "Accommodation"), ("B", "Employment")):
            self.reference("CIRCUMSTANCE_TYPE", kind, name)

    def next_id(self) -> int:
        return next(self._ids)

    def row(self, source: str, table: str, **columns) -> dict:
        """One raw row; columns not named stay empty. Columns beyond the contract are delivered too."""
        defaults = {"SOFT_DELETED": 0, "ROW_VERSION": 1}
        known = columns_of(source, table)
        row = {c: defaults.get(c, "") for c in known} | columns
        self.rows[source, table].append(row)
        return row

    def drop(self, row: dict) -> None:
        for rows in self.rows.values():
            rows[:] = [r for r in rows if r is not row]

    def spoil(self, column: str | None, *rows: dict) -> None:
        """Rows that are set aside at the door: the day in `column` cannot be read, or (None) they are as they are."""
        for row in rows:
            self.set_aside.append(row)
            if column:
                row[column] = "no day at all"

    def prison_of(self, n: int) -> str:
        return PRISONS[n % len(PRISONS)]

    def first_day_of(self, n: int) -> dt.date:
        return self._first_release + dt.timedelta(days=n)

    def agency(self, code: str, kind: str = "INST") -> str:
        if not any(r["AGY_LOC_ID"] == code for r in self.rows["nomis", "AGENCY_LOCATIONS"]):
            self.row("nomis", "AGENCY_LOCATIONS", AGY_LOC_ID=code, DESCRIPTION=f"Invented {code}", AGENCY_LOCATION_TYPE=kind)
        return code

    def reference(self, kind: str, code: str, description: str | None = None) -> int | str:
        """The id of a code in the list of its kind; an empty code is an empty id."""
        if code in (None, ""):
            return ""
        entry = (kind, code, description)
        if entry not in self._reference:
            self._reference[entry] = ident = self.next_id()
            own = kind if kind in ("CIRCUMSTANCE_TYPE", "CIRCUMSTANCE_SUB_TYPE", "RECALL_REASON") else "STANDARD_REFERENCE_LIST"
            master = {"REFERENCE_DATA_MASTER_ID": sum(map(ord, kind))} if own == "STANDARD_REFERENCE_LIST" else {}
            self.row("ndelius", f"R_{own}", **{f"{own}_ID": ident}, CODE_VALUE=code, CODE_DESCRIPTION=description or f"{kind} {code}", **master)
        return self._reference[entry]

    def area(self, code: str, pdu: str = "") -> tuple[int, int]:
        """(probation area id, team id)."""
        entry = ("area", code, pdu)
        if entry not in self._reference:
            area_entry = ("area", code)
            if area_entry not in self._reference:
                self._reference[area_entry] = self.row("ndelius", "PROBATION_AREA", PROBATION_AREA_ID=self.next_id(), CODE=code, DESCRIPTION=code)
            area, unit, team = self._reference[area_entry]["PROBATION_AREA_ID"], "", self.next_id()
            if pdu:
                unit = self.next_id()
                self.row("ndelius", "LOCAL_DELIVERY_UNIT", LOCAL_DELIVERY_UNIT_ID=unit, CODE=pdu, DESCRIPTION=pdu)
            self.row("ndelius", "TEAM", TEAM_ID=team, CODE=f"{code}T{team}", DESCRIPTION="Invented team", PROBATION_AREA_ID=area,
                     LOCAL_DELIVERY_UNIT_ID=unit)
            self._reference[entry] = (area, team)
        return self._reference[entry]

    def officer(self, code: str) -> int | str:
        """The id of an officer's row; an empty code is an empty id."""
        if code and ("officer", code) not in self._reference:
            self._reference["officer", code] = self.row("ndelius", "STAFF", STAFF_ID=self.next_id(), OFFICER_CODE=code)["STAFF_ID"]
        return self._reference.get(("officer", code), "")

    def person(self, **known) -> Person:
        """A person known to prison and, unless `probation=False`, to probation. Nothing has happened to them yet."""
        return Person(self, next(self._people), **known)

    def released(self, day0=None, prison=None, reason="CR", licence_end=400, admitted=-200, probation_day="same", **known) -> Person:
        """The ordinary case: admitted on day -200, released on licence on day 0, supervised in London."""
        p = self.person(day0=day0, prison=prison, **known)
        p.custody(admitted)
        if p.probation:
            p.manager("N07", admitted, pdu="N07CROY")
        p.release(0, reason=reason, licence_end=licence_end, probation_day=probation_day)
        return p

    def task(self, code: str, domain: str, setting: str = "custody", start="2010-01-01", end="") -> str:
        self.row("contracts", "TASK", task_code=code, from_date=start, task_name=f"Invented {code}", domain=domain, setting=setting, to_date=end)
        return code

    def contract(self, contract_id: str, provider: str, kind="ttg", prisons=(), area="C17", start="2015-05-01", end="2025-12-31") -> str:
        self.row("contracts", "CONTRACT", contract_id=contract_id, contract_type=kind, provider_code=provider, area_kind="cpa",
                 provider_name=f"Invented {provider}", area_code=area, from_date=start, to_date=end)
        for prison in prisons:
            self.row("contracts", "CONTRACT_PRISON", contract_id=contract_id, prison_code=prison, from_date=start, to_date=end)
        return contract_id

    def payment(self, amount: str, claim: str = "", invoice: str = "") -> dict:
        return self.row("contracts", "PAYMENT", payment_ref=f"PAY{self.next_id()}", claim_id=claim, invoice_ref=invoice,
                        paid_on="2022-12-01", amount=amount)

    def claim_single(self, person_row: dict, **columns) -> dict:
        """A claim by a provider's own person row; `claim_id` is ours unless given."""
        row = {"claim_id": f"CL{self.next_id()}", "person_ref": person_row.get("person_ref", ""), "amount": "100.00", "qty": 1,
               "rate": "100.00", "status": "submitted"} | columns
        row.setdefault("submitted_ts", f"{row['task_date']} 17:00:00")
        return self.row("provider_madeup", "CLAIM", **row)

    def _found_by_prison_and_date(self) -> None:
        """No two people may leave one prison on one day: that is how a test finds its own person again."""
        roots = {r["OFFENDER_BOOK_ID"]: r["ROOT_OFFENDER_ID"] for r in self.rows["nomis", "OFFENDER_BOOKINGS"]}
        owner: dict = {}
        for r in self.rows["nomis", "OFFENDER_EXTERNAL_MOVEMENTS"]:
            if r["DIRECTION_CODE"] == "OUT":
                place = (r["FROM_AGY_LOC_ID"], str(r["MOVEMENT_DATE"]))
                if owner.setdefault(place, roots[r["OFFENDER_BOOK_ID"]]) != roots[r["OFFENDER_BOOK_ID"]]:
                    raise AssertionError(f"two people leave at {place}: give one of the scenarios a day0 of its own")

    def write(self, landing: Path, complete_to: str, *, only=None, without=(), kind="full", deleted=None, rows=None) -> Path:
        """Write what the world holds as one delivery of each source, complete to the end of that day.

        `only`, `without`: table names. `kind="changes"` needs `rows` ({(source, table): [row, ...]}) or `deleted`.
        """
        self._found_by_prison_and_date()
        content = rows if rows is not None else self.rows
        sources = {source for source, _ in content} | set(deleted or {})
        for source in sorted(sources):
            folder = Path(landing) / source / complete_to
            folder.mkdir(parents=True, exist_ok=True)
            files = {}
            for (of_source, table), records in content.items():
                if of_source != source or table in without or (only and table not in only):
                    continue
                path = write_csv(folder / f"{table}.csv", columns_of(source, table), records)
                files[path.name] = {"rows": len(records), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
            if kind == "changes":
                note = {"kind": "changes", "files": files}
                if (deleted or {}).get(source):
                    note["deleted"] = deleted[source]
                (folder / "delivery.json").write_text(json.dumps(note))
        return Path(landing)


def write_csv(path: Path, columns: list[str], records: list[dict]) -> Path:
    extra = [c for c in dict.fromkeys(c for r in records for c in r) if c not in columns]
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, columns + extra, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(records)
    return path

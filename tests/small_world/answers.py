"""Reads an edition the way a reader outside would: from the Parquet files alone."""

from __future__ import annotations

import datetime as dt
import json
from functools import cached_property
from pathlib import Path

import pyarrow.parquet as pq

from tests.conftest import edition_of, gatehouse


def refresh(landing: Path, home: Path, *more: str) -> Answers:
    done = gatehouse("refresh", "--landing", landing, "--home", home, *more)
    assert done.returncode == 0, f"no edition was published:\n{done.stderr[-4000:]}"
    return Answers(home)


def text(value) -> str:
    return "" if value is None else str(value)


def day(value) -> dt.date | None:
    return value.date() if isinstance(value, dt.datetime) else value


class Answers:
    """Every table as a list of dicts. A person is found again by the prison and date of the first release."""

    def __init__(self, home: Path):
        self.home = Path(home)
        self.edition = edition_of(self.home)
        self._tables: dict[str, list[dict]] = {}

    def table(self, name: str, kind="restricted") -> list[dict]:
        if (kind, name) not in self._tables:
            self._tables[kind, name] = pq.read_table(*self.edition.files(name, kind)).to_pylist()
        return self._tables[kind, name]

    def columns(self, name: str, kind="restricted") -> list[str]:
        return pq.read_schema(*self.edition.files(name, kind)).names

    @cached_property
    def status_json(self) -> dict:
        done = gatehouse("status", "--home", self.home, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    @cached_property
    def _releases(self):
        return {(r["releasing_prison"], day(r["release_date"])): r for r in self.table("fct_release")}

    @cached_property
    def _statuses(self):
        return {(r["release_id"], r["domain"], r["day"]): r for r in self.table("fct_release_status")}

    @cached_property
    def _recalls(self):
        return {r["release_id"]: r for r in self.table("fct_recall")}

    @cached_property
    def _claims(self):
        return {r["claim_id"]: r for r in self.table("fct_claim")}

    def release(self, p, on=0, prison=None):
        """The release of that person on that day, or None."""
        return self._releases.get((prison or p.prison, p.on(on)))

    def due(self, p) -> dict | None:
        """What is said of that person's planned release on day 0 from their own prison, or None where they are not due out."""
        rows = [r for r in self.table("fct_due_release") if (r["releasing_prison"], day(r["planned_date"])) == (p.prison, p.on(0))]
        assert len(rows) <= 1, "two people are due out of one prison on one day"
        return rows[0] if rows else None

    def excluded(self, p, on=0) -> list[tuple[str, str]]:
        """(reason, prison) of the excluded movements of that day from the person's prison, sorted."""
        return sorted((r["reason"], r["prison"]) for r in self.table("fct_release_excluded") if day(r["date"]) == p.on(on) and r["prison"] == p.prison)

    def reasons(self, p, on=0) -> list[str]:
        return [reason for reason, _ in self.excluded(p, on)]

    def status_row(self, p, on, domain="accommodation", of=0) -> dict:
        return self._statuses[self.release(p, of)["release_id"], domain, on]

    def status(self, p, on, domain="accommodation", of=0) -> tuple[str, str]:
        """(official_class, "") when observed; ("", state) for not_yet_due; ("", state: reason) for the rest."""
        row = self.status_row(p, on, domain, of)
        state, reason, found = (text(row[c]) for c in ("state", "state_reason", "official_class"))
        if state == "observed":
            return found
        return f"{state}: {reason}" if reason else state

    def work(self, p, on, of=0) -> str:
        return self.status(p, on, "employment", of)

    def recall(self, p, of=0) -> dict | None:
        return self._recalls.get(self.release(p, of)["release_id"])

    def recalled_after(self, p, of=0) -> int | None:
        row = self.recall(p, of)
        return row and row["days_to_recall"]

    def claim(self, row: dict) -> dict:
        return self._claims[row["claim_id"]]

    def listed(self, *rows: tuple[dict, str, int], p=None, of=0) -> list[str]:
        """Names of the findings about that person's release or about those records (file stem, record number)."""
        subject = self.release(p, of)["release_id"] if p else None
        return sorted({f["finding"] for f in self.table("fct_finding")
                       if (subject and f["subject_id"] == subject)
                       or any(text(f["file"]).rsplit("/", 1)[-1].upper() == f"{t}.CSV".upper() and f["row_number"] == n for _, t, n in rows)})

    def result(self, measure, geography_id, kind="prison", grain="year", characteristic=("all", "all"), start=None) -> dict | None:
        rows = [r for r in self.table("fct_measure_result")
                if (r["measure_id"], r["geography_kind"], r["geography_id"], r["period_grain"]) == (measure, kind, geography_id, grain)
                and (r["characteristic"], r["characteristic_value"]) == characteristic and (start is None or day(r["period_start"]).isoformat() == start)]
        assert len(rows) <= 1, f"{len(rows)} rows of {measure} for {geography_id}, {grain}"
        return rows[0] if rows else None

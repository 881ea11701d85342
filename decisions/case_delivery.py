"""Payment cases and notices of audit on their way into the figures: deliveries of source `decisions`, like those on pairs of records.

A case is delivered once a person has had a hand in it: what a run alone opened is in the results that the run read. So refreshes of the same
deliveries give the same edition until somebody decides something.
"""

from __future__ import annotations

import hashlib
import os
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from decisions.store import SOURCE, StoreError, has_store, reading, write_delivery

CASE, NOTICE = "PAYMENT_CASE", "AUDIT_NOTICE"
CASE_COLUMNS = (
    "case_source", "claim_id", "subject_id", "rule_id", "subject_kind", "contract_id", "provider", "state", "severity", "at_risk", "amount", "step", "as_of",
)  # fmt: skip
NOTICE_COLUMNS = ("notice_ref", "contract_id", "period", "from_date", "to_date", "noted_on", "noted_by")

_STEPS = """
select payment_case.case_id, payment_case.source, payment_case.claim_id, payment_case.subject, payment_case.rule_id, payment_case.subject_kind,
    payment_case.contract_id, payment_case.provider, case_step.to_state, case_finding.severity, case_step.at_risk_pence, case_step.amount_pence,
    case_step.step_no, case_step.as_of
from payment_case
inner join case_step on case_step.case_id = payment_case.case_id
inner join case_finding on case_finding.finding_id = case_step.finding_id
where case_step.step_no >= (select min(step_no) from case_step as own where own.case_id = payment_case.case_id and own.proposed_by <> '')
order by payment_case.case_id, case_step.step_no
"""


def deliver(home: Path, landing: Path) -> int:
    """Write cases and notices into the landing folder, as of the day of the edition that was looked at and of the day of the notice; returns how
    many files are new or different. Raises StoreError."""
    if not has_store(home):
        return 0
    with reading(home) as con:
        files = [*_cases(con), *_notices(con)]
    try:
        return sum(write_delivery(landing, day, table, columns, rows) for day, table, columns, rows in files)
    except OSError as error:
        raise StoreError(f"cases cannot be written to {landing / SOURCE} ({os.strerror(error.errno or 0)}): see that it can be") from None


def _cases(con: sa.Connection):
    # Of the steps of one day the last.
    by_day: dict[date, dict[int, tuple[Any, ...]]] = {}
    for row in con.execute(sa.text(_STEPS)):
        as_of = row.as_of if isinstance(row.as_of, date) else date.fromisoformat(row.as_of)
        by_day.setdefault(as_of, {})[row.case_id] = (
            row.source or "", row.claim_id or "", row.subject or "", row.rule_id, row.subject_kind, row.contract_id, row.provider, row.to_state,
            row.severity, _pounds(row.at_risk_pence), _pounds(row.amount_pence), row.step_no, as_of,
        )  # fmt: skip
    for day, rows in sorted(by_day.items()):
        yield day, CASE, CASE_COLUMNS, list(rows.values())


def _notices(con: sa.Connection):
    by_day: dict[date, list[tuple[Any, ...]]] = {}
    for row in con.execute(sa.text("select client_key, contract_id, period, from_date, to_date, noted_on, noted_by from audit_notice order by notice_id")):
        noted_on = row.noted_on if isinstance(row.noted_on, date) else date.fromisoformat(row.noted_on)
        said = (row.contract_id, row.period, row.from_date or "", row.to_date or "", noted_on, row.noted_by)
        # Not its number: a store that was made anew counts from 1 again.
        ref = hashlib.sha256("|".join(map(str, (row.client_key, *said))).encode()).hexdigest()[:24]
        by_day.setdefault(noted_on, []).append((ref, *said))
    for day, rows in sorted(by_day.items()):
        yield day, NOTICE, NOTICE_COLUMNS, rows


def _pounds(pence: int) -> str:
    return f"{pence // 100}.{pence % 100:02d}"

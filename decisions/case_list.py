"""Payment cases as one table, as lists show them (definition: payment_case).

There may be a million. So the database writes some thousand at a time as lines of text, which become columns at once: while it writes them other pages
are laid out, which a row of Python values for each case would keep waiting.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pandas
import sqlalchemy as sa
from pandas.api.types import union_categoricals

from decisions.case_records import STANDING, WRITTEN
from decisions.cases import CLOSED, NOT_RECOVERED
from decisions.store import has_store, reading

_AT_ONCE = 50_000
# Of these there are few texts, each often.
_FEW = ("source", "subject", "subject_kind", "rule_id", "contract_id", "provider", "state", "severity")
# What is listed of each: the names and meanings of a Case, money in pence, and how the store says it. What comes of deliveries may hold any sign.
_LISTED = {
    "case_id": "payment_case.case_id",
    **{name: f"replace(coalesce(payment_case.{name}, ''), '\"', '\"\"')" for name in ("source", "claim_id", "subject")},
    "subject_kind": "payment_case.subject_kind",
    "rule_id": "payment_case.rule_id",
    **{name: f"replace(payment_case.{name}, '\"', '\"\"')" for name in ("contract_id", "provider")},
    "state": "case_step.to_state",
    "severity": "case_finding.severity",
    "at_risk": "case_finding.at_risk_pence",
    "holds": f"case when case_step.to_state = '{CLOSED}' and case_step.reason = '{NOT_RECOVERED}' then 0 else case_step.amount_pence end",
    # An extension alone has a day, and each step one at most.
    "due_on": "coalesce(mark.extended_to, case_step.due_on)",
    **{
        name: f"case when {is_so} then 1 else 0 end"
        for name, is_so in {
            "is_changed_since": "case_finding.is_changed_since", "is_extended": "mark.extended_to is not null", "has_answer": "mark.answers > 0",
            "has_late_answer": "mark.late_answers > 0", "is_unanswered": "mark.unanswered > 0", "is_disputed": "dispute.case_id is not null",
        }.items()
    },
}  # fmt: skip
LISTED = tuple(_LISTED)
_TYPES = {
    name: "category" if name in _FEW else "str" if name == "claim_id" else "bool" if name.startswith(("is_", "has_")) else "datetime64[s]" if name == "due_on" else "int64"
    for name in LISTED
}
_FROM = f"""{STANDING}
left join (
    select case_id, step_no, max(due_on) as extended_to, sum(case when kind = 'answer' then 1 else 0 end) as answers,
        sum(case when kind = 'answer' and is_late then 1 else 0 end) as late_answers, sum(case when kind = 'no_answer' then 1 else 0 end) as unanswered
    from case_mark where case_id > :after and case_id <= :to group by case_id, step_no
) as mark on mark.case_id = payment_case.case_id and mark.step_no = case_step.step_no
left join (
    select distinct case_id from case_mark where kind = 'dispute' and case_id > :after and case_id <= :to
) as dispute on dispute.case_id = payment_case.case_id
where payment_case.case_id > :after and payment_case.case_id <= :to
"""
# Both fill a text in with values; of what is empty they write nothing.
_FILL = {"sqlite": "printf", "postgresql": "format"}


def listed_since(home: Path, since: tuple[int, ...] = ()) -> pandas.DataFrame:
    """The columns LISTED of the cases of which anything was written after `since` (case_records.written), of all without it, by number. Texts that come
    often are categories, due_on is a day or NaT. Raises StoreError."""
    if not has_store(home):
        return _columns("")
    which = ""
    if since:
        newer = " union ".join(f"select case_id from {table} where {number} > :{table}" for table, number in WRITTEN.items())
        which = f"and payment_case.case_id in ({newer})"
    params = dict(zip(WRITTEN, since, strict=False))
    parts = []
    with reading(home) as con:
        line = ",".join('"%s"' if _TYPES[name] in ("category", "str") else "%s" for name in LISTED)
        lines = sa.text(f"(select {_FILL[con.dialect.name]}('{line}', {', '.join(_LISTED.values())}) as line {_FROM} {which}) as listed")
        # Both may say the lines in another order than they were found in.
        wanted = sa.select(sa.func.aggregate_strings(sa.column("line"), "\n")).select_from(lines)
        last: int = con.execute(sa.text("select coalesce(max(case_id), 0) from payment_case")).scalar_one()
        for after in range(0, last, _AT_ONCE):
            if text := con.execute(wanted, {**params, "after": after, "to": after + _AT_ONCE}).scalar():
                parts.append(_columns(text))
    listed = joined(parts or [_columns("")])
    return listed if listed["case_id"].is_monotonic_increasing else listed.sort_values("case_id", ignore_index=True)


def joined(parts: Sequence[pandas.DataFrame]) -> pandas.DataFrame:
    """The rows of all of these, each with the columns LISTED."""
    return pandas.DataFrame(
        {
            name: union_categoricals([one[name] for one in parts]) if kind == "category" else pandas.concat([one[name] for one in parts], ignore_index=True)
            for name, kind in _TYPES.items()
        }
    )


def _columns(lines: str) -> pandas.DataFrame:
    found = pandas.read_csv(
        io.StringIO(lines), header=None, names=list(LISTED), dtype=_TYPES | {"due_on": "category"}, na_filter=False, true_values=["1"], false_values=["0"],
        low_memory=False, engine="c",
    )  # fmt: skip
    # There are few days, each often.
    days = pandas.to_datetime(found["due_on"].cat.categories, format="%Y-%m-%d")
    return found.assign(due_on=days.take(found["due_on"].cat.codes.to_numpy()))

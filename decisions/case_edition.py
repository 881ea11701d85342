"""What payment cases take from an edition: the results that a run holds them against, and which of them a reader may see.

Rows come through edition/reading.py like all others. Two providers may use one claim id, so a claim is named by its source and claim id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy
import pandas

from decisions.case_records import Case, all_cases
from decisions.case_run import Credit, Fail, Results
from decisions.cases import CONTRACT_RULES
from edition.access import Use
from edition.folder import RESTRICTED, Edition, TableMissing
from edition.reading import opened
from edition.rights import Reader, is_whole

TABLES = ("fct_claim", "fct_claim_test", "fct_contract_test", "fct_credit")
# Who is in a cohort is for named readers (edition/rights.py).
OF_PEOPLE = "cohort_person"
# What decides whether a case may be seen, by the names of a Case.
WHOSE = ("case_id", "source", "claim_id", "subject", "subject_kind", "contract_id", "provider")

# A cohort is named by its quarter, then its contract. A claim of less than nothing fails and has no pound at risk.
_CONTRACT_TESTS = """
select test.rule_id, test.rule_version, test.result, test.class, coalesce(test.severity, ''), greatest(coalesce(test.amount_at_risk, 0), 0), test.evidence,
    test.subject_kind, test.subject_id, coalesce(test.contract_id, cohort.contract_id, ''), coalesce(test.provider, cohort.provider, '')
from fct_contract_test as test
left join dim_contract as cohort
    on upper(cohort.contract_id) = upper(split_part(split_part(
        case test.subject_kind when 'cohort_person' then test.subject_id when 'payment' then json_extract_string(test.evidence, '$.cohort') end, '|', 1), '/', 2))
where test.rule_id in ({})
order by test.rule_id, test.subject_id
"""
_CLAIM_TESTS = """
select test.rule_id, test.rule_version, test.result, test.class, coalesce(test.severity, ''), greatest(coalesce(test.amount_at_risk, 0), 0), test.evidence,
    test.source, test.claim_id, coalesce(claim.contract_id, ''), coalesce(claim.provider, ''), test.is_changed_since, claim.net
from fct_claim_test as test
inner join fct_claim as claim on claim.source = test.source and claim.claim_id = test.claim_id
order by test.source, test.claim_id, test.rule_id
"""


def results(edition: Edition, use: Use) -> Results:
    """All that an edition says of payment rules, for `apply_run`. Raises TableMissing where it says nothing of them, EditionError."""
    for table in TABLES:
        if not edition.has(table, RESTRICTED):
            raise TableMissing(f"`{table}` is not in edition {edition.edition_id}: run `gatehouse refresh` again")
    fails: list[Fail] = []
    untestable: set[tuple[str, str, str, str]] = set()
    with opened(edition, use, [*TABLES, "dim_rule", "dim_contract"]) as con:
        for rule, version, result, class_, severity, at_risk, evidence, source, claim_id, contract, provider, is_changed, net in con.execute(
            _CLAIM_TESTS
        ).fetchall():
            if result != "fail":
                untestable.add((source, claim_id, "", rule))
                continue
            hashed = _sha256(f"{evidence}|{net}|{at_risk}")
            fails.append(
                Fail(rule, version, class_, severity, at_risk, hashed, source, claim_id, contract_id=contract, provider=provider, is_changed_since=is_changed)
            )
        rules = ", ".join(f"'{rule}'" for rule in CONTRACT_RULES)
        for rule, version, result, class_, severity, at_risk, evidence, kind, subject, contract, provider in con.execute(
            _CONTRACT_TESTS.format(rules)
        ).fetchall():
            if result != "fail":
                untestable.add(("", "", subject, rule))
                continue
            hashed = _sha256(f"{evidence}|{at_risk}")
            fails.append(
                Fail(rule, version, class_, severity, at_risk, hashed, subject=subject, subject_kind=kind, contract_id=contract, provider=provider)
            )
        tested = set(con.execute("select source, claim_id from fct_claim where waterfall = 'tested'").fetchall())
        in_force = {rule for (rule,) in con.execute("select rule_id from dim_rule where cast(? as date) between valid_from and coalesce(valid_to, date '9999-12-31')", [edition.as_of]).fetchall()}  # fmt: skip
        credits = [
            Credit(kind, ref, Decimal(amount), source or "", claim_id or "", subject or "")
            for kind, ref, amount, source, claim_id, subject in con.execute(
                "select kind, credit_ref, amount, source, claim_id, subject_id from fct_credit order by kind, credit_ref"
            ).fetchall()
        ]
    return Results(fails, tested, untestable, in_force, credits)


def listed(home: Path, edition: Edition, use: Use, claims: Collection[tuple[str, str]] | None = None) -> list[Case]:
    """The cases that a reader may see, by number: those of the reader's contracts whose claim or subject would be shown; the use is in the access
    record. Only those of `claims` where they are given. Raises EditionError, StoreError."""
    found = all_cases(home, claims)
    numbers, _ = seen(edition, use, {name: [getattr(case, name) for case in found] for name in WHOSE})
    known = set(numbers.tolist())
    use.enter(len(known), ["payment_case"])
    return [case for case in found if case.case_id in known]


def seen(edition: Edition, use: Use, cases: Mapping[str, Iterable[Any]]) -> tuple[numpy.ndarray, int]:
    """The numbers of those of `cases` that a reader may see, in their order, and how many of them are of the reader's contracts. People under
    restriction or exclusion, and who is in a cohort, are for named readers. `cases`: the columns WHOSE of cases, by name. The caller enters the use.
    Raises EditionError."""
    reader = use.reader
    named = Reader(reader.person, tuple(grant for grant in reader.grants if grant.is_named))
    columns = pandas.DataFrame({name: cases[name] for name in WHOSE}).astype({"case_id": "int64"})
    shown = "true" if is_whole(reader, "fct_claim") else "shown.claim_id is not null"
    with opened(edition, use, ["fct_claim"], is_entered_later=True, is_shared=True) as con:
        if columns.empty:
            return numpy.array([], dtype="int64"), 0
        con.register("payment_case", columns)
        pairs = con.execute("select distinct contract_id, provider from payment_case").fetchall()
        own = [(*pair, named.may_for("see_cases", *pair)) for pair in pairs if reader.may_for("see_cases", *pair)]
        found = con.execute(
            f"""with own as (select unnest(?::varchar[]) as contract_id, unnest(?::varchar[]) as provider, unnest(?::boolean[]) as is_named)
            select case_id, coalesce(case when subject_kind = '{OF_PEOPLE}' then is_named else subject <> '' or {shown} end, false) as is_seen
            from payment_case
            inner join own using (contract_id, provider)
            {"" if shown == "true" else "left join fct_claim as shown using (source, claim_id)"}
            order by case_id""",
            [list(column) for column in zip(*own, strict=True)] or [[], [], []],
        ).fetchnumpy()
    numbers, is_seen = numpy.asarray(found["case_id"]), numpy.asarray(found["is_seen"], dtype=bool)
    return numbers[is_seen], len(numbers)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

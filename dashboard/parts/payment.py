"""What the pages ask of an edition about payment: claims and the rules they are held against, signals, the account, cases and samples."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Thread
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.parts import data
from dashboard.parts.scope import CHOSEN_BY, STANDS, Scope, counted, failing, spelt
from decisions import case_edition, case_list, case_records, samples
from decisions.case_records import Case
from decisions.cases import STATES
from decisions.samples import Drawn, Sample
from decisions.store import StoreError, decisions_url
from edition.access import NotRecorded, Use
from edition.folder import Edition, TableMissing
from edition.rights import NotGranted, Reader, granted, roles

T = TypeVar("T")
P = ParamSpec("P")


def _sums(edition: Edition, scope: Scope, what: str, work: Callable[[pd.DataFrame], T]) -> T:
    """What `work` makes of the counted claims of what is chosen, which is named by `what`. Raises TableMissing."""
    rows = counted(edition)
    return data.kept(edition, what, (scope,), lambda: work(scope.of(rows)), data.use())


def _of(rows: pd.DataFrame, by: list[str], sums: dict[str, str], money: Sequence[str]) -> pd.DataFrame:
    """Sums by these columns: name -> the column summed; those of `money` in pounds, of pence."""
    summed = rows.groupby(by, as_index=False, dropna=False)[list(dict.fromkeys(sums.values()))].sum()
    return pd.DataFrame({one: summed[one] for one in by} | {name: summed[column] / 100 if name in money else summed[column] for name, column in sums.items()})


def _tests(edition: Edition, scope: Scope) -> tuple[str, tuple[str, ...]]:
    """The tests of what is chosen, as SQL that comes after `from` and ends with a condition, and its parameters."""
    within, params = scope.sql("test")
    if not params or "contract_id" in data.columns(edition, "fct_claim_test"):
        return f"fct_claim_test as test where {within}", params
    # An edition from before tests said whose claims they are of.
    of = "select test.*, contract_id, provider, domain, task_date from fct_claim_test as test inner join fct_claim using (source, claim_id)"
    return f"({of}) as test where {within}", params


def _told(edition: Edition, scope: Scope) -> pd.DataFrame:
    """The tests of what is chosen that did not pass: one row a rule, class, severity, result, whether it passed when it was claimed, and reason, with their number `n` and
    the pence at risk."""
    tests, params = _tests(edition, scope)
    return data.ask(
        edition,
        f"""select rule_id, class, severity, result, is_changed_since, reason, count(*) as n, cast(coalesce(sum(amount_at_risk), 0) * 100 as bigint) as amount
        from {tests} group by all order by all""",
        ("fct_claim_test", "fct_claim"),
        params,
        is_counted=True,
    )


def claim_tests(edition: Edition, scope: Scope) -> tuple[int, int, int]:
    """How many claims were tested against the payment rules, how many of these tests failed, and how many could not be made."""
    answers = _told(edition, scope).groupby("result")["n"].sum()
    return _sums(edition, scope, "claims tested", lambda rows: int(rows["tested"].sum())), int(answers.get("fail", 0)), int(answers.get("not_testable", 0))


def money(edition: Edition, scope: Scope) -> pd.DataFrame:
    """One row a provider, domain and outcome. Of claims that stand (no reversal, and not taken back whole): `claims`, `claimed` (what is left of
    them after reversals of part), `paid_claims`, `paid`, `above_claims` and `above` (paid above what is left), `risk_claims` and `risk` (to
    withhold or recover, at once or until evidence comes), `unlinked`. Apart from these `reversed_claims` and `on_reversed`, money on claims
    that were taken back. Pounds."""
    same = ("claims", "claimed", "paid_claims", "paid", "above_claims", "above", "reversed_claims", "on_reversed", "risk_claims", "risk", "unlinked")
    sums = {name: "stands_risk" if name == "risk" else name for name in same}
    return _sums(
        edition, scope, "money", lambda rows: _of(rows, ["provider", "domain", "outcome_cell"], sums, ("claimed", "paid", "above", "on_reversed", "risk"))
    )  # fmt: skip


def unlinked(edition: Edition, scope: Scope) -> dict[str, int]:
    """Claims that stand and name nobody whom prison or probation knows, by why: the one count of them on any page."""
    # Counted once for all that may be chosen of them, as in `counted`.
    rows = data.ask(
        edition,
        f"""with told as (
            select source, claim_id, json_extract_string(evidence, '$.person_ref') is null as is_nobody from fct_claim_test where rule_id = 'R01' and result = 'fail'
        )
        select {CHOSEN_BY},
            case
                when told.claim_id is null then 'refused, so not looked into'
                when told.is_nobody then 'no person is named'
                else 'the reference given leads to nobody'
            end as why, count(*) as n
        from fct_claim as claim left join told using (source, claim_id) where claim.person_id is null and {STANDS} group by all order by all""",
        ("fct_claim", "fct_claim_test"),
        is_counted=True,
    )
    return data.kept(edition, "unlinked", (scope,), lambda: _by_why(scope.of(rows)), data.use())


def _by_why(rows: pd.DataFrame) -> dict[str, int]:
    summed = rows.groupby("why")["n"].sum()
    return dict(sorted(((str(why), int(n)) for why, n in summed.items()), key=lambda one: (-one[1], one[0])))


def controlled_money(edition: Edition) -> pd.DataFrame:
    """fct_claimed_paid_achieved, the last quarter first; the day a quarter begins as ISO text. Pounds."""
    return data.ask(
        edition,
        """select cast(period_start as varchar) as quarter, provider_name, domain, claims, people_claimed, cast(amount_claimed as double) as amount_claimed,
            people_paid, cast(amount_paid as double) as amount_paid, achieved, not_achieved, unknown, not_yet_due, out_of_scope, coalesce(marks, '') as marks
        from fct_claimed_paid_achieved order by period_start desc, provider_name, domain""",
        ("fct_claimed_paid_achieved",),
        protected=True,
    )


# What may be listed of claims: the condition, and what the list is in the order of.
LISTED = {
    "all": "true",
    "paid": f"{STANDS} and claim.paid_amount > 0",
    "achieved": f"{STANDS} and claim.paid_amount > 0 and claim.outcome_cell = 'achieved'",
    "not_achieved": f"{STANDS} and claim.paid_amount > 0 and claim.outcome_cell = 'not_achieved'",
    "unknown": f"{STANDS} and claim.paid_amount > 0 and claim.outcome_cell = 'unknown'",
    "not_yet_due": f"{STANDS} and claim.paid_amount > 0 and claim.outcome_cell = 'not_yet_due'",
    "out_of_scope": f"{STANDS} and claim.paid_amount > 0 and claim.outcome_cell = 'out_of_scope'",
    "no_outcome_defined": f"{STANDS} and claim.paid_amount > 0 and claim.outcome_cell = 'no_outcome_defined'",
    "on_reversed": "claim.is_reversed and not claim.is_reversal and claim.paid_on_reversed > 0",
    "above": f"{STANDS} and claim.paid_amount > claim.net",
    "risk": f"{STANDS} and claim.s1_amount + claim.s2_amount > 0",
    "unlinked": f"{STANDS} and claim.person_id is null",
}


def claims_listed(edition: Edition, scope: Scope, what: str, most: int) -> pd.DataFrame:
    """The claims of one of LISTED, the most money first, `most` of them; `listed` says how many there are. Pounds and days as ISO text."""
    within, params = scope.sql()
    listed = _listed(f"from fct_claim as claim where {LISTED[what]} and {within}", lambda: claims_counted(edition, scope, what))
    params = params if data.sees_all("fct_claim") else (*params, *params)
    return data.ask(
        edition,
        f"""select claim.source, claim.claim_id, coalesce(claim.provider, '') as provider, coalesce(claim.contract_id, '') as contract,
            coalesce(claim.task_name, claim.task_code) as task, {spelt("claim")} as domain, cast(claim.task_date as varchar) as task_date,
            cast(claim.amount as double) as amount, cast(claim.net as double) as net, cast(claim.paid_amount as double) as paid,
            cast(claim.s1_amount + claim.s2_amount as double) as risk, claim.outcome_cell, {listed} as listed
        from fct_claim as claim where {LISTED[what]} and {within}
        order by coalesce(claim.paid_amount, 0) desc, claim.net desc, claim.source, claim.claim_id limit ?""",
        ("fct_claim",),
        (*params, most),
    )


def _listed(which: str, how_many: Callable[[], int]) -> str:
    """SQL of how many rows of claims there are to be listed (`which`: from and where). Whoever sees all claims sees as many as are counted, and they are not counted again."""
    return str(how_many()) if data.sees_all("fct_claim") else f"(select count(*) {which})"


def claims_counted(edition: Edition, scope: Scope, what: str) -> int:
    """How many claims there are of one of LISTED, those of people under restriction or exclusion among them."""

    def count(rows: pd.DataFrame) -> int:
        of = {"all": "n", "on_reversed": "reversed_claims", "above": "above_claims", "risk": "risk_claims", "unlinked": "unlinked"}.get(what, "paid_claims")
        return int(rows.loc[rows["outcome_cell"] == what, of].sum() if of == "paid_claims" and what != "paid" else rows[of].sum())

    return _sums(edition, scope, f"claims: {what}", count)


def waterfall(edition: Edition, scope: Scope) -> pd.DataFrame:
    """Live claims by provider and where they stand: their number, how many fail a condition of the contract, pounds left of them and at risk. Raises TableMissing where the edition is older than the rules."""
    sums, failed = {"claims": "n"} | {name: name for name in ("net", "s1", "s2", "s3", "rules_applied")}, failing(edition)

    def work(rows: pd.DataFrame) -> pd.DataFrame:
        of = ["provider", "waterfall"]
        summed = _of(rows, of, sums, ("net", "s1", "s2", "s3")).merge(_of(scope.of(failed), of, {"failed": "failed"}, ()), on=of, how="left")
        return summed.assign(failed=summed["failed"].fillna(0).astype("int64"))

    return _sums(edition, scope, "waterfall", work)


def at_risk(edition: Edition, scope: Scope) -> pd.DataFrame:
    """One row a contract and month of the task with money at risk, the last month first: claims tested, of these at risk, their pounds, to
    withhold or recover and until evidence comes."""
    sums = {"claims": "n"} | {name: name for name in ("at_risk", "s1", "s2", "risk")}

    def work(rows: pd.DataFrame) -> pd.DataFrame:
        summed = _of(rows[rows["waterfall"] == "tested"], ["contract", "provider", "month"], sums, ("s1", "s2", "risk"))
        return summed[summed["risk"] > 0].sort_values(["month", "risk", "contract"], ascending=[False, False, True], ignore_index=True)

    return _sums(edition, scope, "at risk", work)


def rule_results(edition: Edition, scope: Scope) -> pd.DataFrame:
    """One row a rule with a test that did not pass: how many failed, of how many `tested` (empty where that is not counted for what is chosen,
    or the reader may not see what passed), of
    these passed when they were claimed, could not be made and mostly why, and the pounds at risk."""
    told = _told(edition, scope)
    asked = data.ask(edition, "select rule_id, any_value(question) as question from dim_rule group by rule_id", ("dim_rule",), protected=True)
    rules = data.made(_by_rule, told, dict(zip(asked["rule_id"], asked["question"], strict=True)))
    if scope.has("first", "domain"):
        return rules.assign(tested=None)
    try:
        bases = signals(edition, scope).set_index("rule_id")["looked"]
    except TableMissing:
        return rules.assign(tested=None)
    return rules.assign(tested=rules["rule_id"].map(bases).fillna(0))


def _by_rule(told: pd.DataFrame, asked: dict[str, str]) -> pd.DataFrame:
    of = told.assign(
        failed=told["n"].where(told["result"] == "fail", 0), changed=told["n"].where(told["is_changed_since"].fillna(False).astype(bool), 0),
        not_testable=told["n"].where(told["result"] == "not_testable", 0),
    )  # fmt: skip
    rules = of.groupby("rule_id", as_index=False).agg(
        **{"class": ("class", "first")}, severity=("severity", "min"), **{name: (name, "sum") for name in ("failed", "changed", "not_testable", "amount")}
    )  # fmt: skip
    reasons = told.dropna(subset="reason").groupby(["rule_id", "reason"])["n"].sum().reset_index().sort_values(["n", "reason"], ascending=[False, True])
    why = reasons.drop_duplicates("rule_id").set_index("rule_id")["reason"]
    return rules.assign(amount=rules["amount"] / 100, question=rules["rule_id"].map(asked), why=rules["rule_id"].map(why))


# Of tests those of conditions of the contract that fail, of one rule or of all.
_FAILURES = "from {tests} and test.result = 'fail' and test.class = 'E' and (test.rule_id = ? or ? is null)"
_GRAVEST = "test.amount_at_risk desc, test.severity, test.claim_id, test.rule_id"


def exceptions_counted(edition: Edition, scope: Scope, rule: str | None) -> int:
    """How many there are of what `exceptions` lists, those of people under restriction or exclusion among them."""
    told = _told(edition, scope)
    failing = told[(told["result"] == "fail") & (told["class"] == "E")]
    return int(failing["n"].sum() if rule is None else failing.loc[failing["rule_id"] == rule, "n"].sum())


def exceptions(edition: Edition, scope: Scope, rule: str | None, most: int) -> pd.DataFrame:
    """One row a claim and condition of the contract that it fails, the most money first, `most` of them: the task by its name, days as ISO text;
    `listed` says how many there are. `rule`: of one only."""
    tests, params = _tests(edition, scope)
    failures, asked = _FAILURES.format(tests=tests), (*params, rule, rule)
    # Counted apart, so that of millions only those that are listed are read whole.
    listed = _listed(failures, lambda: exceptions_counted(edition, scope, rule))
    return data.ask(
        edition,
        f"""with test as (select test.*, {listed} as listed {failures} order by {_GRAVEST} limit ?)
        select test.source, test.claim_id, coalesce(claim.provider, '') as provider, coalesce(claim.contract_id, '') as contract,
               coalesce(claim.task_name, claim.task_code) as task, cast(claim.task_date as varchar) as task_date, cast(claim.net as double) as net,
               claim.outcome_cell, test.rule_id, test.severity, cast(test.amount_at_risk as double) as amount_at_risk, test.known_then, test.evidence,
               test.listed
        from test inner join fct_claim as claim using (source, claim_id) order by {_GRAVEST}""",
        ("fct_claim_test", "fct_claim"),
        (*asked, most) if data.sees_all("fct_claim") else (*asked, *asked, most),
    )


def _of_contracts(scope: Scope, table: str) -> tuple[str, tuple[str, ...]]:
    """The condition over a row of a table by contract and period (a month, or what names none), and its parameters."""
    asked = {
        f"{table}.contract_id in (select contract_id from dim_contract where provider = ?)": scope.provider,
        f"{table}.contract_id = ?": scope.contract,
        f"{table}.period >= ?": scope.first[:7],
        f"{table}.period <= ?": scope.last[:7],
    }
    held = {condition: value for condition, value in asked.items() if value}
    return " and ".join(held) or "true", tuple(held.values())


def reconciliation(edition: Edition, scope: Scope) -> pd.DataFrame:
    """One row a line of the account: its number and pounds. The account has no domains."""
    within, params = _of_contracts(scope, "fct_reconciliation")
    return data.ask(
        edition,
        f"select line, sum(n) as n, cast(sum(amount) as double) as amount from fct_reconciliation where {within} group by line",
        ("fct_reconciliation", "dim_contract"),
        params,
        is_counted=True,
    )


def contract_tests(edition: Edition, scope: Scope) -> pd.DataFrame:
    """One row a rule without a claim that did not pass: how often, and the pounds at risk. They have no domains."""
    within, params = _of_contracts(scope, "fct_contract_test")
    return data.ask(
        edition,
        f"""select rule_id, any_value(question) as question, count(*) filter (where result = 'fail') as failed,
            count(*) filter (where result = 'not_testable') as not_testable, cast(sum(amount_at_risk) as double) as amount
        from fct_contract_test left join dim_rule using (rule_id) where {within} group by rule_id order by rule_id""",
        ("fct_contract_test", "dim_rule", "dim_contract"),
        params,
        is_counted=True,
    )


def what_if(edition: Edition, provider: str | None) -> pd.DataFrame:
    """One row a set of terms and provider: fct_what_if. `provider`: of one only."""
    return data.ask(edition, "select * from fct_what_if where provider = ? or ? is null order by terms_id, provider", ("fct_what_if",), (provider, provider))


def measures(edition: Edition, scope: Scope) -> pd.DataFrame:
    """One row a payment measure and cohort of a year or quarter, of a contract, a provider or the nation: fct_payment_measure, and its grain."""
    kind, place = ("contract", scope.contract) if scope.contract else ("provider", scope.provider) if scope.provider else ("nation", "EW")
    return data.ask(
        edition,
        """select measure_id, cohort, numerator, numerator_sure, denominator, lower, upper, unknown, not_yet_due,
            cast(amount as double) as amount, cast(amount_counted as double) as amount_counted
        from fct_payment_measure
        where period_grain = ? and cast(period_start as varchar) = ? and geography_kind = ? and geography_id = ? order by measure_id, cohort desc""",
        ("fct_payment_measure",),
        (scope.grain, scope.first, kind, place),
        is_counted=True,
    )


def verified_and_achieved(edition: Edition, measure_id: str, scope: Scope) -> pd.DataFrame:
    """P13 for an outcome (P06 to P09) in a year or quarter: one row a provider and cohort (paid, comparison) with plans and reviews due and of these
    verified (P02), and of the releases with a known outcome the observed and expected (definition: payment_case_mix)."""
    return data.ask(
        edition,
        """with own as (
            select * from fct_payment_measure where period_grain = ? and cast(period_start as varchar) = ? and geography_kind = 'provider'
        )
        select outcome.geography_id as provider, outcome.cohort, coalesce(work.numerator, 0) as verified, coalesce(work.denominator, 0) as due,
            outcome.numerator as observed, outcome.expected, outcome.denominator as releases, outcome.unknown, outcome.not_yet_due
        from own as outcome
        left join own as work on work.measure_id = 'P02' and work.geography_id = outcome.geography_id
        where outcome.measure_id = ? order by provider, outcome.cohort desc""",
        ("fct_payment_measure",),
        (scope.grain, scope.first, measure_id),
        is_counted=True,
    )


def claim_of(edition: Edition, source: str, claim_id: str) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """One claim: its row of fct_claim, its tests that did not pass with what each asks, and the delivered rows behind it."""
    claim = data.ask(edition, "select * from fct_claim where source = ? and claim_id = ?", ("fct_claim",), (source, claim_id))
    tests = data.ask(
        edition,
        """select test.*, question, how_to_resolve from fct_claim_test as test left join dim_rule using (rule_id)
        where test.source = ? and claim_id = ? order by test.severity, rule_id""",
        ("fct_claim_test", "dim_rule"),
        (source, claim_id),
    )
    rows = data.ask(
        edition,
        """select source, delivery, file, row_number, row_hash from fct_evidence where subject_kind = 'claim' and subject_source = ? and subject_id = ?
        order by source, file, row_number""",
        ("fct_evidence",),
        (source, claim_id),
    )
    return claim, tests, rows


class _Standing:
    """The cases of a home as they stand: read whole once, and after that only those of which anything was written since."""

    def __init__(self) -> None:
        self._alone = Lock()
        self._written: tuple[int, ...] = ()
        self._cases = pd.DataFrame()

    def now(self, home: Path) -> tuple[tuple[int, ...], pd.DataFrame]:
        """How much is written of cases, and the columns case_list.LISTED of each, what is open first and within that the most money, to be read only. Raises
        StoreError."""
        with self._alone:
            written = case_records.written(home)
            if written != self._written:
                # A store that holds less is another one.
                is_later = bool(self._written) and all(now >= before for now, before in zip(written, self._written, strict=True))
                changed = case_list.listed_since(home, self._written if is_later else ())
                kept = [self._cases[~self._cases["case_id"].isin(changed["case_id"])]] if is_later else []
                self._cases = _in_order(case_list.joined([*kept, changed]))
                self._written = written
            return written, self._cases


def _in_order(cases: pd.DataFrame) -> pd.DataFrame:
    place = cases["state"].map(STATES.index).astype(int)
    return cases.take(np.lexsort((cases["case_id"], -cases["at_risk"], place))).reset_index(drop=True)


@st.cache_resource(max_entries=4, show_spinner=False)
def _standing(home: str, store: str | None) -> _Standing:
    return _Standing()


@st.cache_resource(max_entries=4, show_spinner=False)
def read_ahead(home: Path, store: str | None) -> None:
    """Begin to read the payment cases of a home, once, while other pages are laid out: of a million that takes seconds, for which whoever looks at them first
    would wait. Where they cannot be read, that page says so."""
    standing = _standing(str(home), store)

    def read() -> None:
        with suppress(StoreError):
            standing.now(home)

    Thread(target=read, name="payment cases", daemon=True).start()


@dataclass(frozen=True)
class Cases:
    """The payment cases that a reader may see, what is open first and within that the most money: the columns case_list.LISTED, to be read only;
    and how many more of the reader's contracts are in no list of theirs: of people under restriction or exclusion, and of people of a cohort."""

    seen: pd.DataFrame
    hidden: int
    keep: Callable[[str, tuple, Callable[[], Any]], Any]

    def made(self, work: Callable[Concatenate[pd.DataFrame, P], T], *of: P.args, **said: P.kwargs) -> T:
        """What `work` makes of the cases and of these choices: made once, for as long as nothing is written of any case."""
        return self.keep(f"cases {work.__name__}", (of, said), lambda: work(self.seen, *of, **said))


def cases(edition: Edition) -> Cases:
    """The payment cases that the reader may see. The look is in the access record. Raises TableMissing, StoreError."""
    run = data.this_run()
    _must_see_cases(run.use.reader)
    _must_not_be_withheld("Payment cases are")
    written, standing = _standing(str(data.home()), decisions_url()).now(data.home())
    of = (str(data.home()), decisions_url(), written)
    seen, hidden = data.kept(edition, "cases", of, lambda: _seen(edition, run.use, standing), run.use, is_large=True)
    _enter(lambda: run.use.enter(len(seen), ["payment_case"]), "Payment cases are")
    return Cases(seen, hidden, lambda what, choices, work: data.kept(edition, what, (of, choices), work, run.use))


def _seen(edition: Edition, use: Use, standing: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    numbers, own = case_edition.seen(edition, use, {name: standing[name] for name in case_edition.WHOSE})
    # Readers of all cases share them: there may be a million.
    seen = standing if len(numbers) == len(standing) else standing[standing["case_id"].isin(numbers)].reset_index(drop=True)
    return seen, own - len(numbers)


def cases_of(edition: Edition, source: str, claim_id: str) -> list[Case]:
    """The payment cases of one claim that the reader may see, by number; the look is in the access record. Raises TableMissing, StoreError."""
    run = data.this_run()
    _must_see_cases(run.use.reader)
    _must_not_be_withheld("Payment cases are")
    return _enter(lambda: case_edition.listed(data.home(), edition, run.use, [(source, claim_id)]), "Payment cases are")


def case_use(edition: Edition) -> Use:
    """This run's use of the edition, to write a workbook or draw a sample by. Raises Withheld."""
    _must_not_be_withheld("Claims are")
    return data.this_run().use


def sample_list() -> list[Sample]:
    """Samples of the reader's contracts, the newest first. Raises TableMissing, StoreError."""
    _must_see_cases(data.reader())
    _must_not_be_withheld("Samples are")
    return samples.all_samples(data.home(), data.reader())


def sample_items(edition: Edition, sample: Sample) -> list[Drawn]:
    """The claims of a sample that the reader may see in a list; the look is in the access record. Raises TableMissing."""
    _must_not_be_withheld("Samples are")
    return _enter(lambda: samples.shown(edition, data.this_run().use, sample), "Samples are")


def _must_see_cases(who: Reader) -> None:
    if not who.may("see_cases"):
        able = ", ".join(role.name.lower() for role in roles().values() if "see_cases" in role.does)
        raise NotGranted(f"Payment cases and samples are not for {who or 'somebody without a role'}. They are for: {able}.")


def _enter(enters: Callable[[], T], what: str) -> T:
    """What is shown once its line is in the access record. Raises Withheld where it cannot be put there."""
    try:
        return enters()
    except NotRecorded as error:
        data.this_run().withheld = str(error)
        raise _withheld(what) from None


def _must_not_be_withheld(what: str) -> None:
    if data.this_run().withheld:
        raise _withheld(what)


def _withheld(what: str) -> data.Withheld:
    return data.Withheld(f"{what} restricted: {data.this_run().withheld}.")


def case_values(edition: Edition, case: Case) -> pd.DataFrame:
    """What decides a case: result, known_then ('' where it is not said), reason and evidence (JSON) of its rule; of a claim also task,
    task_date (ISO text), amount and net in pounds. No row where the edition has none that the reader may see."""
    if case.subject:
        return data.ask(
            edition,
            """select result, '' as known_then, coalesce(reason, '') as reason, evidence from fct_contract_test
            where rule_id = ? and subject_id = ?""",
            ("fct_contract_test",),
            (case.rule_id, case.subject),
        )
    return data.ask(
        edition,
        """select coalesce(test.result, 'pass') as result, coalesce(test.known_then, '') as known_then, coalesce(test.reason, '') as reason,
            coalesce(test.evidence, '') as evidence, coalesce(claim.task_name, claim.task_code) as task, cast(claim.task_date as varchar) as task_date,
            cast(claim.amount as double) as amount, cast(claim.net as double) as net
        from fct_claim as claim
        left join fct_claim_test as test on test.source = claim.source and test.claim_id = claim.claim_id and test.rule_id = ?
        where claim.source = ? and claim.claim_id = ?""",
        ("fct_claim", "fct_claim_test"),
        (case.rule_id, case.source, case.claim_id),
    )


def rules(edition: Edition) -> pd.DataFrame:
    """The payment rules, one row a version, each rule's last version last: dim_rule whole."""
    return data.ask(edition, "select * from dim_rule order by rule_id, cast(valid_from as varchar), rule_version", ("dim_rule",), protected=True)


def contracts(edition: Edition) -> dict[str, str]:
    """contract_id -> its provider, '' where none is known."""
    rows = data.ask(edition, "select contract_id, coalesce(provider, '') as provider from dim_contract order by contract_id", ("dim_contract",), protected=True)
    return dict(zip(rows["contract_id"].astype(str), rows["provider"].astype(str), strict=True))


def sampled_from(edition: Edition) -> pd.DataFrame:
    """Tested claims with money left of them, counted: contract_id, period, task_code ('' where empty), task (its name), claims, pounds."""
    return data.ask(
        edition,
        """select contract_id, coalesce(period, '') as period, coalesce(task_code, '') as task_code, max(coalesce(task_name, task_code, '')) as task,
            count(*) as claims, cast(sum(net) as double) as pounds
        from fct_claim where waterfall = 'tested' and net > 0 and contract_id is not null group by all order by all""",
        ("fct_claim",),
        is_counted=True,
    )


def signals(edition: Edition, scope: Scope) -> pd.DataFrame:
    """One row a rule that something was tested against: rule_id, how many were `flagged` (fail) of those `looked` at, and beside those `unknown`
    or `not_yet_due` (definition: payment_signals). Of a provider or contract; days and domains are not told apart."""
    return data.ask(
        edition,
        """select rule_id, sum(failed) as flagged, sum(passed + failed) as looked, sum(unknown) as unknown, sum(not_yet_due) as not_yet_due
        from fct_rule_count where (? = '' or lower(provider) = lower(?)) and (? = '' or contract_id = ?) group by rule_id order by rule_id""",
        ("fct_rule_count",),
        (scope.provider, scope.provider, scope.contract, scope.contract),
        is_counted=True,
    )


# An author's records are told by who sent them, which is no code of a provider.
_SENDS_FOR = """(? is null or lower(provider) = lower(?) or split_part(subject_id, '|', 1) in (select source from fct_claim where fct_claim.provider = ?))"""


def sees_authors() -> bool:
    """Whether the reader is a named one of the tests on authors."""
    return any(grant.is_named for grant in granted("fct_contract_test", data.reader()))


def signalled_authors(edition: Edition, provider: str | None) -> pd.DataFrame:
    """One row an author's day (R50) or year (R52) that was flagged, in the order of provider and author: rule_id, provider, subject_id, evidence.
    Named readers only. `provider`: of one only."""
    return data.ask(
        edition,
        f"""select rule_id, coalesce(provider, '') as provider, subject_id, evidence from fct_contract_test
        where rule_id in ('R50', 'R52') and result = 'fail' and {_SENDS_FOR} order by rule_id, provider, subject_id""",
        ("fct_contract_test", "fct_claim"),
        (provider, provider, provider),
    )

"""What the pages ask of an edition about payment: claims and the rules they are held against, signals, the account, cases and samples."""

import pandas as pd

from dashboard.parts import data
from decisions import case_edition, case_records, samples
from decisions.case_records import Case
from decisions.samples import Drawn, Sample
from edition.access import NotRecorded, Use
from edition.folder import Edition, TableMissing
from edition.rights import NotGranted, Reader, granted, roles


def claim_tests(edition: Edition) -> tuple[int, int, int]:
    """How many claims were tested against the payment rules, how many of these tests failed, and how many could not be made."""
    tested = data.ask(edition, "select count(*) filter (where rules_applied > 0) as n from fct_claim", ("fct_claim",), is_counted=True)
    answers = data.ask(edition, "select result, count(*) as n from fct_claim_test group by result", ("fct_claim_test",), is_counted=True)
    count = dict(zip(answers["result"], answers["n"], strict=True))
    return int(tested["n"].iloc[0]), int(count.get("fail", 0)), int(count.get("not_testable", 0))


def waterfall(edition: Edition) -> pd.DataFrame:
    """Live claims by provider and where they stand: their number, how many fail a condition of the contract, pounds left of them and at risk. Raises TableMissing where the edition is older than the rules."""
    if "waterfall" not in data.columns(edition, "fct_claim"):
        raise TableMissing("`fct_claim` is of an edition from before the payment rules: run `gatehouse refresh` again.")
    return data.ask(
        edition,
        """select coalesce(provider, '') as provider, waterfall, count(*) as claims, count(*) filter (where failed.claim_id is not null) as failed,
               cast(coalesce(sum(net), 0) as double) as net, cast(coalesce(sum(s1_amount), 0) as double) as s1,
               cast(coalesce(sum(s2_amount), 0) as double) as s2, cast(coalesce(sum(s3_amount), 0) as double) as s3, sum(rules_applied) as rules_applied
        from fct_claim
        left join (select distinct source, claim_id from fct_claim_test where result = 'fail' and class = 'E') as failed using (source, claim_id)
        group by all order by all""",
        ("fct_claim", "fct_claim_test"),
        is_counted=True,
    )


def rule_results(edition: Edition, provider: str | None) -> pd.DataFrame:
    """One row a rule with a test that did not pass: how many failed, of how many `tested` (empty where the reader may not see what passed), of
    these passed when they were claimed, could not be made and mostly why, and the pounds at risk. `provider`: of one only."""
    rules = data.ask(
        edition,
        """with test as (
            select fct_claim_test.* from fct_claim_test
            inner join fct_claim using (source, claim_id)
            where provider = ? or ? is null
        )
        select rule_id, any_value(dim_rule.question) as question, any_value(test.class) as class, min(test.severity) as severity,
            count(*) filter (where result = 'fail') as failed, count(*) filter (where is_changed_since) as changed,
            count(*) filter (where result = 'not_testable') as not_testable, mode(reason order by reason) as why,
            cast(sum(amount_at_risk) as double) as amount
        from test left join dim_rule using (rule_id) group by rule_id order by rule_id""",
        ("fct_claim_test", "fct_claim", "dim_rule"),
        (provider, provider),
        is_counted=True,
    )
    try:
        bases = signals(edition, provider).set_index("rule_id")["looked"]
    except TableMissing:
        return rules.assign(tested=None)
    return rules.assign(tested=rules["rule_id"].map(bases).fillna(0))


def exceptions(edition: Edition, provider: str | None, rule: str | None) -> pd.DataFrame:
    """One row a claim and condition of the contract that it fails, the most money first: the task by its name, days as ISO text. `provider`, `rule`: of
    one only."""
    return data.ask(
        edition,
        """select test.source, test.claim_id, coalesce(claim.provider, '') as provider,
               coalesce(claim.task_name, claim.task_code) as task, cast(claim.task_date as varchar) as task_date, claim.net,
               claim.outcome_cell, test.rule_id, test.severity, test.amount_at_risk, test.known_then, test.evidence
        from fct_claim_test as test inner join fct_claim as claim using (source, claim_id)
        where test.result = 'fail' and test.class = 'E' and (claim.provider = ? or ? is null) and (test.rule_id = ? or ? is null)
        order by test.amount_at_risk desc, test.severity, test.claim_id, test.rule_id""",
        ("fct_claim_test", "fct_claim"),
        (provider, provider, rule, rule),
    )


def reconciliation(edition: Edition, provider: str | None) -> pd.DataFrame:
    """One row a line of the account: its number and pounds. `provider`: of the contracts of one only."""
    return data.ask(
        edition,
        """select line, sum(n) as n, cast(sum(amount) as double) as amount from fct_reconciliation
        where ? is null or contract_id in (select contract_id from dim_contract where provider = ?) group by line""",
        ("fct_reconciliation", "dim_contract"),
        (provider, provider),
    )


def contract_tests(edition: Edition, provider: str | None) -> pd.DataFrame:
    """One row a rule without a claim that did not pass: how often, and the pounds at risk. `provider`: of one only."""
    return data.ask(
        edition,
        """select rule_id, any_value(question) as question, count(*) filter (where result = 'fail') as failed,
            count(*) filter (where result = 'not_testable') as not_testable, cast(sum(amount_at_risk) as double) as amount
        from fct_contract_test left join dim_rule using (rule_id) where provider = ? or ? is null group by rule_id order by rule_id""",
        ("fct_contract_test", "dim_rule"),
        (provider, provider),
        is_counted=True,
    )


def what_if(edition: Edition, provider: str | None) -> pd.DataFrame:
    """One row a set of terms and provider: fct_what_if. `provider`: of one only."""
    return data.ask(edition, "select * from fct_what_if where provider = ? or ? is null order by terms_id, provider", ("fct_what_if",), (provider, provider))


def years(edition: Edition) -> list[str]:
    """First days of the years that payment measures are of, the last first, as ISO text."""
    rows = data.ask(
        edition,
        "select distinct cast(period_start as varchar) as year from fct_payment_measure where period_grain = 'year' and denominator > 0 order by 1 desc",
        ("fct_payment_measure",),
        is_counted=True,
    )
    return [str(one) for one in rows["year"]]


def measures(edition: Edition, provider: str | None, year: str) -> pd.DataFrame:
    """One row a payment measure and cohort of a year, of a provider or of the nation: fct_payment_measure."""
    kind, place = ("provider", provider) if provider else ("nation", "EW")
    return data.ask(
        edition,
        """select measure_id, cohort, numerator, numerator_sure, denominator, lower, upper, unknown, not_yet_due,
            cast(amount as double) as amount, cast(amount_counted as double) as amount_counted
        from fct_payment_measure
        where period_grain = 'year' and cast(period_start as varchar) = ? and geography_kind = ? and geography_id = ? order by measure_id, cohort desc""",
        ("fct_payment_measure",),
        (year, kind, place),
        is_counted=True,
    )


def verified_and_achieved(edition: Edition, measure_id: str, year: str) -> pd.DataFrame:
    """P13 for an outcome (P06 to P09) in a year: one row a provider and cohort (paid, comparison) with plans and reviews due and of these
    verified (P02), and of the releases with a known outcome the observed and expected (definition: payment_case_mix)."""
    return data.ask(
        edition,
        """with own as (
            select * from fct_payment_measure where period_grain = 'year' and cast(period_start as varchar) = ? and geography_kind = 'provider'
        )
        select outcome.geography_id as provider, outcome.cohort, coalesce(work.numerator, 0) as verified, coalesce(work.denominator, 0) as due,
            outcome.numerator as observed, outcome.expected, outcome.denominator as releases, outcome.unknown, outcome.not_yet_due
        from own as outcome
        left join own as work on work.measure_id = 'P02' and work.geography_id = outcome.geography_id
        where outcome.measure_id = ? order by provider, outcome.cohort desc""",
        ("fct_payment_measure",),
        (year, measure_id),
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
        """select source, delivery, file, row_number from fct_evidence where subject_kind = 'claim' and subject_source = ? and subject_id = ?
        order by source, file, row_number""",
        ("fct_evidence",),
        (source, claim_id),
    )
    return claim, tests, rows


def cases(edition: Edition) -> tuple[list[Case], int]:
    """Payment cases that the reader may see, and how many more of their contracts are in no list of theirs: of people under restriction or
    exclusion, and of people of a cohort. The look is in the access record. Raises TableMissing, StoreError."""
    run = data.this_run()
    who = run.use.reader
    _must_see_cases(who)
    _must_not_be_withheld("Payment cases are")
    try:
        seen = case_edition.listed(data.home(), edition, run.use)
    except NotRecorded as error:
        run.withheld = str(error)
        raise _withheld("Payment cases are") from None
    own = sum(who.may_for("see_cases", case.contract_id, case.provider) for case in case_records.all_cases(data.home()))
    return seen, own - len(seen)


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
    run = data.this_run()
    _must_not_be_withheld("Samples are")
    try:
        return samples.shown(edition, run.use, sample)
    except NotRecorded as error:
        run.withheld = str(error)
        raise _withheld("Samples are") from None


def _must_see_cases(who: Reader) -> None:
    if not who.may("see_cases"):
        able = ", ".join(role.name.lower() for role in roles().values() if "see_cases" in role.does)
        raise NotGranted(f"Payment cases and samples are not for {who or 'somebody without a role'}. They are for: {able}.")


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


def signals(edition: Edition, provider: str | None) -> pd.DataFrame:
    """One row a rule that something was tested against: rule_id, how many were `flagged` (fail) of those `looked` at, and beside those `unknown`
    or `not_yet_due` (definition: payment_signals). `provider`: of one only."""
    return data.ask(
        edition,
        """select rule_id, sum(failed) as flagged, sum(passed + failed) as looked, sum(unknown) as unknown, sum(not_yet_due) as not_yet_due
        from fct_rule_count where lower(provider) = lower(?) or ? is null group by rule_id order by rule_id""",
        ("fct_rule_count",),
        (provider, provider),
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

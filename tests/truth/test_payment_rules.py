"""Every payment rule in tiny worlds: both sides of each bound, and why it cannot be tested."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from decimal import Decimal

import duckdb
import pytest

from tests.conftest import REPOSITORY, file_of
from tests.truth.conftest import refreshed
from tests.truth.payment import audit
from tests.truth.payment.audit import RULES
from tests.truth.payment.cases import CASES
from tests.truth.payment.terms import seed
from tests.truth.payment.worlds import AS_OF, GROUPS, Case, ids, write

OF_CONTRACTS = {"R50", "R51", "R52", "R54", "R55", "R63", "R64", "R71"}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[int, tuple[str, str | None, Decimal, str | None] | None]:
    """By the number of a case, (result, reason, pounds at risk, what was known then) of what it is about; None where the rule does not apply."""
    groups: dict[str, list[tuple[int, Case]]] = defaultdict(list)
    for n, case in enumerate(CASES, start=1):
        groups[case.group].append((n, case))
    results: dict[int, tuple[str, str | None, Decimal, str | None] | None] = {}
    for group, cases in groups.items():
        world = write(tmp_path_factory.mktemp("cases") / group.replace(" ", "_"), cases)
        tables = audit(world.landing, AS_OF, world.who, world.releases, world.statuses, world.recalls)
        rows = {(r["claim_id"], r["rule_id"]): r for r in tables["claim_test"]} | {
            (r["subject_id"].upper(), r["rule_id"]): r for r in tables["contract_test"]
        }
        for n, case in cases:
            row = rows.get((case.subject.format(**ids(n)).upper() if case.subject else ids(n)["p"], case.rule))
            results[n] = (row["result"], row["reason"], row["amount_at_risk"], row.get("then_reason") or row.get("known_then")) if row and row["result"] else None
    return results


@pytest.mark.parametrize("n", range(1, len(CASES) + 1), ids=lambda n: f"{CASES[n - 1].rule} {CASES[n - 1].kind} {CASES[n - 1].name}")
def test_each_case_gets_the_result_that_the_rules_give_it(told, n: int) -> None:
    case = CASES[n - 1]
    found = told[n]
    result = "none" if found is None else found[1] if found[0] == "not_testable" else found[0]
    assert result == case.expected
    if case.amount is not None:
        assert found[2] == Decimal(case.amount)
    if case.then is not None:
        assert found[3] == case.then


def test_every_rule_has_a_case_of_each_result() -> None:
    results = defaultdict(Counter)
    for case in CASES:
        results[case.rule][case.expected if case.expected in ("pass", "fail", "none") else "not_testable"] += 1
    assert set(results) == set(RULES) | OF_CONTRACTS
    # R15 and R50 have whatever they need once they apply, and R64 has no row without its column.
    wanting = {rule for rule, found in results.items() if not (found["pass"] and found["fail"] and found["not_testable"])}
    assert wanting <= {"R15", "R50", "R64"}
    assert {case.group for case in CASES} == set(GROUPS)


def test_every_table_that_a_rule_needs_is_watched_by_the_control() -> None:
    needed = {table for row in seed("rule") for table in row["tables_needed"].split(";") if table}
    watched = set(re.findall(r"^    '(\w+)',$", (REPOSITORY / "dbt_project" / "models" / "payment" / "payment_control.sql").read_text("utf-8"), re.M))
    assert watched == needed


def test_cases_are_told_apart() -> None:
    assert len({(case.rule, case.kind, case.name) for case in CASES}) == len(CASES) >= 430


@pytest.mark.parametrize("group", [one if one == "all" else pytest.param(one, marks=[pytest.mark.slow, pytest.mark.timeout(1800)]) for one in GROUPS])
def test_the_product_gives_each_case_the_same_result(request, tmp_path, group: str) -> None:
    """Every rule in SQL: passes, fails and cannot be tested, of what is delivered."""
    cases = {n: case for n, case in enumerate(CASES, start=1) if case.group == group}
    home = request.getfixturevalue("tiny_home") if group == "all" else refreshed(write(tmp_path / "landing", cases.items()).landing, tmp_path / "home", AS_OF)
    with duckdb.connect() as con:
        found = {
            (subject.upper(), rule): (result, reason, amount, then)
            for table, key, known in (("fct_claim_test", "claim_id", "coalesce(then_reason, known_then)"), ("fct_contract_test", "subject_id", "null"))
            for subject, rule, result, reason, amount, then in con.execute(f"select {key}, rule_id, result, reason, amount_at_risk, {known} from '{file_of(home, table)}'").fetchall()
        }
    otherwise = []
    for n, case in cases.items():
        row = found.get(((case.subject.format(**ids(n)) if case.subject else ids(n)["p"]).upper(), case.rule))
        # A rule that passes, or does not apply, has no row.
        result = "none" if row is None else row[1] if row[0] == "not_testable" else row[0]
        wanted = "none" if case.expected == "pass" else case.expected
        if result != wanted or (row and ((case.amount is not None and row[2] != Decimal(case.amount)) or (case.then is not None and row[3] != case.then))):
            otherwise.append((n, case.rule, case.name, wanted, case.amount, row))
    assert otherwise == []
    # Whatever was not tested for want of a table is told by rule and table.
    with duckdb.connect() as con:
        untested = con.execute(f"select distinct rule_id from '{file_of(home, 'fct_claim_test')}' where reason = 'table_missing'").fetchall()
        told = con.execute(f"select distinct split_part(subject_id, '|', 1) from '{file_of(home, 'fct_contract_test')}' where rule_id = 'R72'").fetchall()
    assert {rule for (rule,) in untested} <= {rule for (rule,) in told}


def test_a_person_wrongly_in_a_cohort_is_shown_with_what_is_wrong(tiny_home) -> None:
    with duckdb.connect() as con:
        shown = con.execute(f"select evidence from '{file_of(tiny_home, 'fct_contract_test')}' where rule_id = 'R63' and result = 'fail'").fetchall()
    wrong = Counter(tuple(sorted(name for name, value in json.loads(evidence).items() if value == "true")) for (evidence,) in shown)
    assert wrong.keys() == {("is_in_two_cohorts",), ("is_national",)}

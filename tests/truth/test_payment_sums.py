"""Every pound and every claim once: what the tables of the payment audit add up to, held against what was delivered and against each other."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.conftest import REPOSITORY, edition_of, file_of, made_once
from tests.truth.conftest import Nation, refreshed
from tests.truth.payment.records import Landing
from worlds.nation import build_nation
from worlds.nation.world import World

TABLES = ("fct_claim", "fct_claim_test", "fct_contract_test", "fct_reconciliation", "fct_payment_measure", "fct_what_if")
OF_A_CLAIM = ("reversed", "reversed_but_paid", "refused", "unpaid_due", "unpaid_overdue", "paid_in_full", "short_paid", "over_paid")
# What must be 0.00 for each contract and period: lines of the account with their signs (rules section 5).
IDENTITIES = {
    "claimed and reversals are paid and difference": {"claimed": 1, "reversals": 1, "paid": -1, "difference": -1},
    "payments are those on claims and those that reach none": {"payments": 1, "paid": -1, "payments_without_claim": -1},
    "invoices are their claims and the rest": {"invoiced": 1, "invoice_net": -1, "invoice_difference": -1},
    "invoices and credits are their payments and what is open": {"invoiced": 1, "credits_given": 1, "invoice_paid": -1, "invoice_open": -1},
    "credits due are those given and those omitted": {"credits_due": 1, "credits_given": 1, "credits_omitted": -1},
}
# The waterfall, and what stands in it of one claim.
MONEY = "coalesce(s1_amount, 0) + coalesce(s2_amount, 0) + coalesce(s3_amount, 0)"


def opened(home: Path, instead: dict[str, str] | None = None) -> duckdb.DuckDBPyConnection:
    """The edition of a home, and what its run worked out of prices. `instead`: tables that are shown otherwise, by SQL over themselves as `own`."""
    con = duckdb.connect()
    con.execute(f"attach '{home / 'work' / 'warehouse.duckdb'}' as run (read_only)")
    sources = {table: f"'{file_of(home, table)}'" for table in TABLES} | {"payment_priced": "run.payment.payment_priced", "payment_claim": "run.payment.payment_claim"}
    for table, path in sources.items():
        query = (instead or {}).get(table, "select * from own")
        con.execute(f"create view {table} as with own as (select * from {path}) {query}")
    return con


def delivered(home: Path, landing: Path) -> dict[str, dict]:
    """What the deliveries say of claims, payments, invoices and credits, read without the product."""
    manifest = edition_of(home).manifest
    names = ("provider.CLAIM", "contracts.PAYMENT", "contracts.INVOICE", "contracts.CREDIT_LINE")
    read = Landing(landing, dt.date.fromisoformat(manifest["as_of"]), names, [(row["delivery"], row["file"]) for row in manifest["refused"]])
    claims = {(row.source, row.key): row.live for row in read["provider.CLAIM"].rows.values() if row.live is not None}
    return {
        "claims": claims,
        "payments": sum((one["amount"] for one in read["contracts.PAYMENT"].all()), Decimal(0)),
        "invoiced": sum((one["total"] for one in read["contracts.INVOICE"].all()), Decimal(0)),
        "credits_given": sum((-abs(one["amount"]) for one in read["contracts.CREDIT_LINE"].all()), Decimal(0)),
    }


def wrong(con: duckdb.DuckDBPyConnection, said: dict[str, dict]) -> list[str]:
    """Whatever does not add up, in words."""
    found = [*_claims(con, said["claims"]), *_account(con, said), *_measures(con), *_grids(con), *_offers(con)]
    return [f"{what}: {value}" for what, value in found if value]


Found = Iterator[tuple[str, object]]


def _claims(con: duckdb.DuckDBPyConnection, claims: dict) -> Found:
    listed = con.execute("select source, upper(claim_id), count(*) from fct_claim group by all").fetchall()
    yield "claims that stand twice in the waterfall", [row for row in listed if row[2] != 1]
    yield "claims of one side only", sorted({row[:2] for row in listed} ^ set(claims))
    yield "claims in no step of the waterfall", con.execute(
        "select claim_id from fct_claim where coalesce(waterfall, '') not in ('reversal', 'fully_reversed', 'refused', 'tested')"
    ).fetchall()
    yield "the waterfall does not come to all claims", con.execute(
        "select n, of_steps from (select count(*) as n, count_if(waterfall = 'reversal') + count_if(waterfall = 'fully_reversed') + count_if(waterfall = 'refused')"
        " + count_if(waterfall = 'tested') as of_steps from fct_claim) where n <> of_steps"
    ).fetchall()
    yield "more at risk than is left of a claim", con.execute(
        f"select claim_id, {MONEY}, net from fct_claim where {MONEY} > greatest(net, 0) or least(s1_amount, s2_amount, s3_amount) < 0"
    ).fetchall()
    yield "pounds at risk of a claim that is not tested", con.execute(
        "select claim_id from fct_claim where case when waterfall = 'tested' then s1_amount is null or s2_amount is null or s3_amount is null"
        " else coalesce(s1_amount, s2_amount, s3_amount) is not null end"
    ).fetchall()
    # Each pound once, at the gravest: worked out again from the tests themselves.
    yield "pounds that are not those of the tests", con.execute(
        """with most as (
            select source, claim_id, coalesce(max(amount_at_risk) filter (where severity = 'S1'), 0) as s1, coalesce(max(amount_at_risk) filter (where severity = 'S2'), 0) as s2,
                coalesce(max(amount_at_risk) filter (where severity = 'S3'), 0) as s3
            from fct_claim_test where result = 'fail' group by source, claim_id
        )
        select claim_id, s1, s1_amount, s2, s2_amount, s3, s3_amount from fct_claim left join most using (source, claim_id)
        where waterfall = 'tested' and (s1_amount, s2_amount, s3_amount) is distinct from
            (coalesce(s1, 0), greatest(0, coalesce(s2, 0) - coalesce(s1, 0)), greatest(0, coalesce(s3, 0) - greatest(coalesce(s1, 0), coalesce(s2, 0))))"""
    ).fetchall()
    yield "tests of a claim that is not tested, or of none", con.execute(
        "select claim_id, rule_id from fct_claim_test as test where not exists (select 1 from fct_claim as claim where claim.source = test.source and claim.claim_id = test.claim_id and waterfall = 'tested')"
    ).fetchall()
    own, theirs = (", ".join(f"{table}.{column}" for column in ("contract_id", "provider", "domain", "task_date")) for table in ("test", "claim"))
    yield "tests that are of another contract, provider, domain or day than their claim", con.execute(
        f"select claim_id, rule_id from fct_claim_test as test inner join fct_claim as claim using (source, claim_id) where ({own}) is distinct from ({theirs})"
    ).fetchall()
    yield "rules that applied are not those that passed and those listed", con.execute(
        """select claim_id, rules_applied, rules_passed, n from fct_claim
        left join (select source, claim_id, count(*) as n from fct_claim_test where result is not null group by all) using (source, claim_id)
        where rules_applied <> rules_passed + coalesce(n, 0)"""
    ).fetchall()


def _account(con: duckdb.DuckDBPyConnection, said: dict) -> Found:
    for name, signs in IDENTITIES.items():
        signed = " + ".join(f"{sign} * coalesce(sum(amount) filter (where line = '{line}'), 0)" for line, sign in signs.items())
        yield f"not 0.00, {name}", con.execute(f"select contract_id, period, {signed} as left_over from fct_reconciliation group by all having left_over <> 0").fetchall()
    total = dict(con.execute("select line, sum(amount) from fct_reconciliation group by line").fetchall())
    n = dict(con.execute("select line, sum(n) from fct_reconciliation group by line").fetchall())
    originals = [claim for claim in said["claims"].values() if claim["reverses_claim_id"] is None]
    claimed = sum((claim["amount"] or Decimal(0) for claim in originals), Decimal(0))
    one = con.execute("select sum(amount), sum(net) filter (where waterfall <> 'reversal'), sum(paid_amount), count_if(waterfall <> 'reversal') from fct_claim").fetchone()
    assert one is not None
    signed, net, paid, claims = (value or Decimal(0) for value in one)
    for what, here, there in (
        ("claimed, as delivered", total.get("claimed", 0), claimed),
        ("claims, as delivered", n.get("claimed", 0), len(originals)),
        ("reversals, as delivered", n.get("reversals", 0), len(said["claims"]) - len(originals)),
        ("payments, as delivered", total.get("payments", 0), said["payments"]),
        ("invoices, as delivered", total.get("invoiced", 0), said["invoiced"]),
        ("credits, as delivered", total.get("credits_given", 0), said["credits_given"]),
        ("claimed and reversals, as in the claims", total.get("claimed", 0) + total.get("reversals", 0), signed),
        ("paid, as in the claims", total.get("paid", 0), paid),
        ("what is left, in the lines of a claim", sum(total.get(line, 0) for line in OF_A_CLAIM), net),
        ("claims, in the lines of a claim", sum(n.get(line, 0) for line in OF_A_CLAIM), claims),
    ):
        yield what, [] if here == there else (here, there)


def _measures(con: duckdb.DuckDBPyConnection) -> Found:
    """Counts and pounds of the measures of claims: over the months of a grain, over the places of a kind, and those of the claims."""
    dated = "waterfall = 'tested' and task_date is not null"
    own = {kind: column for kind, column in (("nation", "'EW'"), ("provider", "provider"), ("contract", "contract_id"))}
    for kind, column in own.items():
        claims = con.execute(f"select {column} as place, count(*), sum(net) from fct_claim where {dated} and {column} is not null group by place order by place").fetchall()
        for measure in ("P12", "P14"):
            for grain in ("month", "quarter", "year"):
                counted = con.execute(
                    "select geography_id, sum(denominator + unknown + not_yet_due), sum(amount) from fct_payment_measure"
                    " where measure_id = ? and geography_kind = ? and period_grain = ? group by geography_id order by geography_id",
                    [measure, kind, grain],
                ).fetchall()
                yield f"{measure} by {kind} and {grain} is not the claims", [] if counted == claims else (counted[:3], claims[:3])
    yield "pounds counted beyond those there are", con.execute("select * from fct_payment_measure where measure_id in ('P12', 'P14') and not amount_counted between 0 and amount").fetchall()
    counted_at_risk = con.execute("select sum(amount_counted) from fct_payment_measure where measure_id = 'P12' and geography_kind = 'nation' and period_grain = 'year'").fetchone()
    at_risk = con.execute(f"select sum(s1_amount + s2_amount) from fct_claim where {dated}").fetchone()
    # No case has been touched in these homes: what is in question is what fails.
    yield "P12 counts other pounds than the claims have at risk", [] if counted_at_risk == at_risk else (counted_at_risk, at_risk)
    yield "verified and paid pounds that are not those of the claims", con.execute(
        f"""with counted as (select sum(denominator) as n, sum(amount) as amount from fct_payment_measure where measure_id = 'P11_verified' and geography_kind = 'nation' and period_grain = 'year'),
        verified as (
            select count(*) as n, sum(case when is_paid then paid_amount else 0 end) as amount from fct_claim as claim
            where {dated} and not exists (select 1 from fct_claim_test as test where test.source = claim.source and test.claim_id = claim.claim_id and class = 'E' and result = 'fail'))
        select * from counted, verified where (counted.n, counted.amount) is distinct from (verified.n, verified.amount)"""
    ).fetchall()


def _grids(con: duckdb.DuckDBPyConnection) -> Found:
    """Paid and achieved: the cells of a provider and domain come to its claims and payments."""
    yield "claims without a cell, or in none that is known", con.execute(
        "select claim_id, outcome_cell from fct_claim where coalesce(outcome_cell, '') not in"
        " ('achieved', 'not_achieved', 'unknown', 'not_yet_due', 'out_of_scope', 'no_outcome_defined')"
    ).fetchall()
    yield "cells that do not come to the claims and payments of all lines", con.execute(
        """with cell as (
            select outcome_cell, is_paid, count(*) filter (where not is_reversal) as n, sum(amount) as amount, coalesce(sum(paid_amount), 0) as paid from fct_claim group by all
        ),
        account as (select sum(n) filter (where line = 'claimed') as n, sum(amount) filter (where line in ('claimed', 'reversals')) as amount, coalesce(sum(amount) filter (where line = 'paid'), 0) as paid
            from fct_reconciliation)
        select sum(cell.n), any_value(account.n), sum(cell.amount), any_value(account.amount), sum(cell.paid), any_value(account.paid) from cell, account
        having sum(cell.n) <> any_value(account.n) or sum(cell.amount) <> any_value(account.amount) or sum(cell.paid) <> any_value(account.paid)"""
    ).fetchall()


def _offers(con: duckdb.DuckDBPyConnection) -> Found:
    """What if (rules section 10): the parts of a claim come to its price, those of all claims to the table, and the bounds are in order."""
    yield "parts that do not come to quantity times rate", con.execute(
        """select priced.claim_no, terms_id, sum(priced.amount), any_value(cast(qty * rate as decimal(18, 2))) as base
        from payment_priced as priced inner join payment_claim using (claim_no) group by all having sum(priced.amount) <> base"""
    ).fetchall()
    yield "tested claims with a price and without a part", con.execute(
        f"""select claim.claim_no, terms.terms_id from payment_claim as claim
        inner join (values {', '.join(f"('{terms}', '{kind}')" for terms, kind in sorted({(row['terms_id'], row['contract_type']) for row in terms()}))}) as terms(terms_id, contract_type) using (contract_type)
        where waterfall = 'tested' and qty is not null and rate is not null and task_date is not null
            and not exists (select 1 from payment_priced as priced where priced.claim_no = claim.claim_no and priced.terms_id = terms.terms_id)"""
    ).fetchall()
    yield "offers that are not their parts", con.execute(
        """with part as (
            select terms_id, coalesce(provider, '') as provider, sum(amount) filter (where state <> 'not_yet_due') as as_priced,
                coalesce(sum(amount) filter (where state = 'not_yet_due'), 0) as not_yet_due, count(distinct claim_no) as claims from payment_priced group by all
        )
        select * from fct_what_if full join part using (terms_id, provider)
        where (fct_what_if.as_priced, fct_what_if.not_yet_due_amount, fct_what_if.claims) is distinct from (coalesce(part.as_priced, 0), part.not_yet_due, part.claims)"""
    ).fetchall()
    yield "bounds out of order", con.execute(
        "select * from fct_what_if where not under_terms between under_terms_low and under_terms_high or under_terms_high > as_priced or difference <> under_terms - as_priced"
    ).fetchall()
    # All for the task done: a claim of work that was done, priced as the card and the sum say, is worth what it is worth today.
    yield "work that was done and priced right is worth another sum", con.execute(
        """select claim.claim_id, claim.amount, sum(priced.amount) filter (where state = 'paid') as worth
        from fct_claim as claim
        inner join payment_claim as own using (source, claim_id)
        inner join payment_priced as priced on priced.claim_no = own.claim_no and terms_id = 'task_done'
        where not exists (select 1 from fct_claim_test as test where test.source = claim.source and test.claim_id = claim.claim_id and rule_id in ('R41', 'R42', 'R43', 'R44', 'R53'))
        group by all having worth is distinct from claim.amount"""
    ).fetchall()
    yield "work that was not done is worth something", con.execute(
        """select claim.claim_id from fct_claim_test as test
        inner join payment_claim as claim using (source, claim_id)
        inner join payment_priced as priced on priced.claim_no = claim.claim_no and terms_id = 'task_done'
        where rule_id = 'R53' and result = 'fail' and state = 'paid'
            and (json_extract_string(evidence, '$.has_work') = 'false' or json_extract_string(evidence, '$.is_done') = 'false' or json_extract_string(evidence, '$.task_ref') is null or json_extract_string(evidence, '$.is_claimed_before') = 'true')"""
    ).fetchall()


def terms() -> list[dict[str, str]]:
    with (REPOSITORY / "seeds" / "pricing_terms.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="session")
def tiny_landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.truth.payment.cases import CASES
    from tests.truth.payment.worlds import write

    cases = [(n, case) for n, case in enumerate(CASES, start=1) if case.group == "all"]
    return made_once(tmp_path_factory, "tiny_landing", lambda folder: write(folder / "landing", cases)) / "landing"


def test_every_claim_and_every_pound_of_the_tiny_worlds_is_there_once(tiny_home: Path, tiny_landing: Path) -> None:
    assert wrong(opened(tiny_home), delivered(tiny_home, tiny_landing)) == []


def test_every_claim_and_every_pound_of_a_small_nation_is_there_once(small_nation: Nation, small_home: Path) -> None:
    con = opened(small_home)
    assert wrong(con, delivered(small_home, small_nation.out)) == []
    # And there was something to add up in every line.
    lines = {line for (line,) in con.execute("select distinct line from fct_reconciliation where n > 0").fetchall()}
    assert {"claimed", "reversals", "paid", "payments", "invoiced", "credits_given", "paid_in_full"} <= lines


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_every_claim_and_every_pound_of_twenty_thousand_releases_is_there_once(tmp_path: Path) -> None:
    world = World(tmp_path / "landing", seed=14, releases=20_000)
    build_nation(world)
    home = refreshed(world.out, tmp_path / "home")
    assert wrong(opened(home), delivered(home, world.out)) == []


# One penny, one claim or one step otherwise, and what is told of it.
ONE = "row_number() over () = 1"
BROKEN: dict[str, tuple[dict[str, str], str]] = {
    "a claim is lost": ({"fct_claim": f"select * from own qualify not ({ONE})"}, "claims of one side only"),
    "a claim stands twice": ({"fct_claim": f"select * from own union all (select * from own qualify {ONE})"}, "claims that stand twice"),
    "a claim is in no step": ({"fct_claim": f"select * replace (case when {ONE} then 'other' else waterfall end as waterfall) from own"}, "the waterfall does not come"),
    "a pound is at risk twice": ({"fct_claim": "select * replace (s1_amount + net as s1_amount) from own"}, "more at risk than is left"),
    "a penny more is at risk": ({"fct_claim": "select * replace (case when s1_amount > 0.01 and s1_amount = max(s1_amount) over () then s1_amount - 0.01 else s1_amount end as s1_amount) from own"}, "pounds that are not those of the tests"),
    "what was not tested has pounds": ({"fct_claim": "select * replace (coalesce(s1_amount, 0) as s1_amount) from own"}, "pounds at risk of a claim that is not tested|more at risk"),
    "a rule is counted that did not apply": ({"fct_claim": "select * replace (rules_applied + 1 as rules_applied) from own"}, "rules that applied"),
    "a test of nobody's claim": ({"fct_claim_test": f"select * replace (case when {ONE} then 'NOBODYS' else claim_id end as claim_id) from own"}, "tests of a claim that is not tested, or of none"),
    **{
        f"a test is of another {column}": ({"fct_claim_test": f"select * replace (case when {ONE} then {other} else {column} end as {column}) from own"}, "tests that are of another contract")
        for column, other in {"contract_id": "'OTHER'", "provider": "'OTHER'", "domain": "'other'", "task_date": "task_date + 1"}.items()
    },
    **{
        f"a penny more {line}": ({"fct_reconciliation": f"select * replace (case when line = '{line}' and row_number() over (partition by line) = 1 then amount + 0.01 else amount end as amount) from own"}, told)
        for line, told in {
            "claimed": "not 0.00, claimed", "reversals": "not 0.00, claimed", "paid": "not 0.00, claimed", "difference": "not 0.00, claimed", "payments": "not 0.00, payments",
            "invoiced": "not 0.00, invoices are", "invoice_net": "not 0.00, invoices are", "invoice_difference": "not 0.00, invoices are",
            "invoice_paid": "not 0.00, invoices and credits", "invoice_open": "not 0.00, invoices and credits", "credits_given": "not 0.00, credits due", "credits_due": "not 0.00, credits due",
            "credits_omitted": "not 0.00, credits due", "paid_in_full": "what is left, in the lines",
        }.items()
    },
    "a penny of a payment that reaches no claim": ({"fct_reconciliation": "select * from own union all (select contract_id, period, 'payments_without_claim', 1, 0.01 from own limit 1)"}, "not 0.00, payments"),
    "a payment and its claim are both left out": ({"fct_reconciliation": "select * replace (case when line in ('payments', 'paid') then 0 when line = 'difference' then 0 else amount end as amount) from own"}, "payments, as delivered"),
    "a measure counts a claim twice": ({"fct_payment_measure": "select * replace (denominator + 1 as denominator) from own"}, "P14 by nation and month is not the claims"),
    "a measure counts a penny more": ({"fct_payment_measure": f"select * replace (case when measure_id = 'P12' and {ONE} then amount else amount + 0.01 end as amount) from own"}, "P12 by"),
    "a measure counts other pounds at risk": ({"fct_payment_measure": "select * replace (greatest(0, amount_counted - 0.01) as amount_counted) from own"}, "P12 counts other pounds"),
    "a claim is in no cell": ({"fct_claim": f"select * replace (case when {ONE} then null else outcome_cell end as outcome_cell) from own"}, "claims without a cell"),
    "a payment is in no cell": ({"fct_claim": "select * replace (case when paid_amount = max(paid_amount) over () then null else paid_amount end as paid_amount) from own"}, "cells that do not come"),
    "a part is a penny more": ({"payment_priced": f"select * replace (case when {ONE} then amount + 0.01 else amount end as amount) from own"}, "parts that do not come"),
    "an offer is a penny more": ({"fct_what_if": f"select * replace (case when {ONE} then as_priced + 0.01 else as_priced end as as_priced) from own"}, "offers that are not their parts"),
    "work that was done is not paid": ({"payment_priced": "select * replace (case when terms_id = 'task_done' and claim_no % 7 = 0 then 'unpaid' else state end as state) from own"}, "work that was done and priced right"),
    "work that was not done is paid": ({"payment_priced": "select * replace ('paid' as state) from own"}, "work that was not done is worth something"),
}  # fmt: skip


@pytest.mark.parametrize("third", [0, pytest.param(1, marks=pytest.mark.slow), pytest.param(2, marks=pytest.mark.slow)])
def test_whatever_is_a_penny_or_a_claim_out_is_told(small_nation: Nation, small_home: Path, third: int) -> None:
    said = delivered(small_home, small_nation.out)
    unseen = {}
    for what, (instead, told) in list(BROKEN.items())[third::3]:
        found = wrong(opened(small_home, instead), said)
        if not any(line.startswith(tuple(told.split("|"))) for line in found):
            unseen[what] = [line[:100] for line in found]
    assert unseen == {}



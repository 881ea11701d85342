"""Sets what the product lists of claims and contracts beside what a nation's planted pairs must come to, and honest providers beside nothing."""

from __future__ import annotations

from pathlib import Path

import duckdb

from tests.conftest import file_of

# What no honest provider can help: a column that no system delivers, a day that is not complete yet, a version that was not kept.
NOBODYS = ("no_column", "not_due", "no_version")
# Senders that faults are planted in, and the claims that are put into files of others.
PLANTED = "source = 'provider_planted' or claim_id like 'FAULT%'"


class PaymentTests:
    """fct_claim_test and fct_contract_test of `home`, and plant.parquet of `truth` where there is one."""

    def __init__(self, home: Path, truth: Path) -> None:
        self.con = duckdb.connect()
        for table in ("fct_claim", "fct_claim_test", "fct_contract_test"):
            self.con.execute(f"create view {table} as select * from read_parquet('{file_of(home, table)}')")
        if (truth / "plant.parquet").exists():
            self.con.execute(f"create view plant as select * from read_parquet('{truth / 'plant.parquet'}')")

    def honest_fails(self) -> list[tuple[object, ...]]:
        """(claim_id, rule_id, result, reason): rows of contract conditions and signals that an honest claim must not have."""
        return self.con.execute(
            f"""
            select claim_id, rule_id, result, reason from fct_claim_test
            where class in ('E', 'Q') and not ({PLANTED}) and (result = 'fail' or reason not in {NOBODYS}) order by rule_id, claim_id
            """
        ).fetchall()

    def honest_contract_fails(self) -> list[tuple[object, ...]]:
        """(rule_id, subject_id): fails of authors, months, levels and cohorts that are none of the planted provider's."""
        return self.con.execute(
            """
            select rule_id, subject_id from fct_contract_test
            where class in ('E', 'Q') and result = 'fail' and subject_id not like '%PLANTED%' and subject_id not like 'provider_planted%' and subject_id not like '%|PLA%' order by all
            """
        ).fetchall()

    def unlike_truth(self) -> list[tuple[object, ...]]:
        """(kind, side, claim_id or subject, rule_id, listed, expected): every row that only one side has; of failing rows with severity and pounds."""
        return self.con.execute(
            """
            with of_claims as (
                select claim_id as subject, rule_id, result, case when result = 'fail' then severity end as severity, amount_at_risk, reason
                from fct_claim_test where claim_id in (select claim_id from plant)
            ),
            of_contracts as (
                select listed.subject_id, listed.rule_id, listed.result, case when listed.result = 'fail' then listed.severity end, listed.amount_at_risk, listed.reason
                from fct_contract_test as listed inner join (select distinct subject, rule from plant where subject is not null) as asked
                    on asked.subject = listed.subject_id and asked.rule = listed.rule_id
            ),
            found as (select * from of_claims union all select * from of_contracts),
            told as (
                select coalesce(claim_id, subject) as subject, listed_rule, result, case when result = 'fail' then severity end, amount_at_risk, reason
                from plant where result <> 'pass'
            ),
            unlike as (
                (select 'listed' as side_of, * from (select * from found except select * from told))
                union all
                (select 'expected', * from (select * from told except select * from found))
            )
            select plant.kind, plant.side, unlike.* from unlike
            inner join (select distinct kind, side, coalesce(claim_id, subject) as subject from plant) as plant on plant.subject = unlike.subject
            order by all
            """
        ).fetchall()

    def untested(self) -> list[tuple[object, ...]]:
        """Planted claims that the product does not test at all."""
        return self.con.execute(
            "select distinct claim_id from plant where claim_id is not null and claim_id not in (select claim_id from fct_claim where waterfall = 'tested')"
        ).fetchall()

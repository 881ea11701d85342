"""What the pages ask of what was delivered: row accounts, rows set aside, findings, gaps, and what the doors found."""

import json

import pandas as pd

from dashboard.parts import data
from edition.folder import Edition


def gaps(edition: Edition) -> pd.DataFrame:
    """Tables of which records could not be read, one row a source and table: how many, whether what was delivered of them before stands, and
    the figures they touch, in words. Raises TableMissing."""
    query = """select source, "table", unread_records, lost_records, earlier_stands, figures from fct_gap order by source, "table" """
    return data.ask(edition, query, ("fct_gap",), protected=True)


def row_accounts(edition: Edition) -> pd.DataFrame:
    """One row a file: read, loaded, rejected, quarantined, refused, and whether they add up."""
    return data.ask(
        edition,
        """select delivery, file, rows_read, rows_loaded, rows_rejected, rows_quarantined, rows_refused,
               coalesce(rows_read = rows_loaded + rows_rejected + rows_quarantined + rows_refused, false) as is_balanced
        from fct_row_account order by delivery, file""",
        ("fct_row_account",),
    )


def quarantine(edition: Edition) -> pd.DataFrame:
    """Rows set aside: table, reason, rows."""
    return data.ask(
        edition,
        """select "table" as table_name, reason, count(*) as n from fct_quarantine
        group by "table", reason order by n desc, table_name, reason""",
        ("fct_quarantine",),
    )


def money_set_aside(edition: Edition) -> pd.DataFrame:
    """Money in rows that were set aside: table, reason, rows, rows whose amount could not be read, pounds of the others."""
    return data.ask(
        edition,
        """select "table" as table_name, reason, count(*) as n, count(*) - count(money) as unread, cast(sum(money) as double) as money
        from fct_money_set_aside group by "table", reason order by coalesce(sum(abs(money)), 0) desc, table_name, reason""",
        ("fct_money_set_aside",),
    )


def findings(edition: Edition) -> pd.DataFrame:
    """What a person should look at, one row a kind: finding, n, of how many releases and claims, the pounds of these claims, and in words what
    it means, which figures it touches and how it is resolved ('' for a kind that dim_finding does not name)."""
    return data.ask(
        edition,
        """with touched as (
            -- By what the finding is about, else by what rests on the row.
            select finding.finding, finding.subject_kind, finding.subject_id from fct_finding as finding where finding.subject_id is not null
            union
            select finding.finding, evidence.subject_kind, evidence.subject_id
            from fct_finding as finding
            inner join fct_evidence as evidence
                on evidence.delivery = finding.delivery and evidence.file = finding.file and evidence.row_number = finding.row_number
            where finding.subject_id is null
        ),
        -- Of millions of claims those that are touched.
        claimed as (
            select claim_id, sum(amount) as amount from fct_claim
            where claim_id in (select subject_id from touched where subject_kind = 'claim') group by claim_id
        ),
        reach as (
            select
                touched.finding,
                count(distinct case when touched.subject_kind in ('release', 'status', 'recall') then split_part(touched.subject_id, ':', 1) end) as releases,
                count(distinct case when touched.subject_kind = 'claim' then touched.subject_id end) as claims,
                sum(claim.amount) as pounds
            from touched
            left join claimed as claim on claim.claim_id = case when touched.subject_kind = 'claim' then touched.subject_id end
            group by touched.finding
        ),
        counted as (select finding, cast(sum(coalesce(n, 1)) as bigint) as n from fct_finding group by finding)
        select counted.finding, counted.n, coalesce(reach.releases, 0) as releases, coalesce(reach.claims, 0) as claims,
            cast(reach.pounds as varchar) as pounds, coalesce(dim_finding.meaning, '') as meaning, coalesce(dim_finding.figures, '') as figures,
            coalesce(dim_finding.how_to_resolve, '') as how_to_resolve
        from counted
        left join reach on reach.finding = counted.finding
        left join dim_finding on dim_finding.finding = counted.finding
        order by counted.n desc, counted.finding""",
        ("fct_finding", "fct_evidence", "fct_claim", "dim_finding"),
        is_counted=True,
    )


def finding_rows(edition: Edition, finding: str, first: int, most: int) -> pd.DataFrame:
    """The rows of one kind of finding from the `first` (0 for the first) on, `most` of them at most: delivery, file, row_number, subject_kind,
    and `listed`, how many there are in all."""
    return data.ask(
        edition,
        """select coalesce(delivery, '') as delivery, coalesce(file, '') as file, row_number, coalesce(subject_kind, '') as subject_kind,
            count(*) over () as listed
        from fct_finding where finding = ? order by delivery, file, row_number, subject_kind, subject_id limit ? offset ?""",
        ("fct_finding",),
        (finding, most, first),
    )


def at_the_door(door: str) -> dict[str, bool]:
    """What Great Expectations last judged at `door` ('landing', 'edition'): by suite, whether all was as expected. Nothing before a refresh."""
    found = sorted((data.home() / "doors" / door).glob("*.json"))
    return {path.stem: json.loads(path.read_text(encoding="utf-8"))["success"] for path in found}


def door_page(door: str, suite: str) -> str:
    """The Data Docs page of one suite of `at_the_door`."""
    return (data.home() / "doors" / door / f"{suite}.html").read_text(encoding="utf-8")

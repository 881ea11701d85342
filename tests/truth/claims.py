"""Sets the published claims of a generated nation beside their truth, joined by claim_id."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import file_of
from tests.truth.comparing import Comparison

# Known whoever the person is; and known only once the person is.
OF_THE_CLAIM = ("source", "contract_id", "provider", "sub_provider", "task_code", "domain", "task_date", "submitted_ts", "amount", "is_reversal",
                "is_reversed", "paid_amount")  # fmt: skip
OF_THE_PERSON = ("book_id", "movement_seq", "outcome_cell", "is_somebody", "person")


class ClaimComparison:
    """The claims in `home` beside those in `truth`; `comparison` knows which release is which.

    A release is its booking and movement. A person is known by the releases, and otherwise by being somebody at all.
    """

    def __init__(self, comparison: Comparison, home: Path, truth: Path) -> None:
        self.con = comparison.con
        self.con.execute(f"create view found_fct_claim as select * from read_parquet('{file_of(home, 'fct_claim')}')")
        self.con.execute(f"create view true_fct_claim as select * from read_parquet('{truth / 'fct_claim'}.parquet')")
        self.con.execute(_CLAIMS)

    def differences(self) -> list[tuple[object, ...]]:
        """(claim_id, column, found, true); `row` for a claim that only one side has. Columns of the person only where numbers find them."""
        cells = [("row", "true")] + [(c, "true") for c in OF_THE_CLAIM] + [(c, "cause is null") for c in OF_THE_PERSON]
        return self.con.execute(
            " union all ".join(
                f"select claim_id, '{column}', cast(found_{column} as varchar), cast(true_{column} as varchar) from claim_pair "
                f"where {where} and found_{column} is distinct from true_{column}"
                for column, where in cells
            )
            + " order by 2, 1"
        ).fetchall()

    def by_cause(self) -> dict[str, int]:
        """Claims whose person needs probabilistic linkage, by cause."""
        return dict(
            self.con.execute("select cause, count(*) from true_fct_claim where cause is not null group by cause order by cause").fetchall()
        )

    def share_set_aside(self) -> float:
        """The share of claims whose person needs probabilistic linkage."""
        return self.con.execute("select count(cause) / count(*) from true_fct_claim").fetchone()[0]


_CLAIMS = f"""
create table claim_pair as
with person_key as (
    select person_id, any_value(offender_id) as offender_id
    from found_fct_release as release
    inner join release_key using (release_id)
    inner join true_fct_release as told using (book_id, movement_seq)
    group by person_id having count(distinct offender_id) = 1
),
found as (
    select claim.*, release_key.book_id, release_key.movement_seq, claim.person_id is not null as is_somebody, person_key.offender_id as person
    from found_fct_claim as claim
    left join release_key using (release_id)
    left join person_key using (person_id)
),
-- Somebody never released is known by being somebody.
told as (
    select claim.*, offender_id is not null as is_somebody, case when offender_id in (select offender_id from person_key) then offender_id end as person
    from true_fct_claim as claim
)
select coalesce(found.claim_id, told.claim_id) as claim_id, told.cause, found.claim_id is not null as found_row, told.claim_id is not null as true_row,
    {", ".join(f"found.{c} as found_{c}, told.{c} as true_{c}" for c in (*OF_THE_CLAIM, *OF_THE_PERSON))}
from found full join told on found.claim_id = told.claim_id;
"""

"""Sets the edition of a generated nation beside its truth, joined through the evidence: release -> delivered record."""

from __future__ import annotations

from pathlib import Path

import duckdb

from tests.conftest import edition_of, file_of

COMPARED = {
    "fct_release": ("release_date", "release_type", "releasing_prison", "supervising_region", "pdu", "provider", "contract_id", "sex", "ethnicity", "age_at_release", "sentence_band",
                    "is_on_licence", "licence_end_date"),
    "fct_release_status": ("status", "official_class", "state", "state_reason", "evidence_date", "is_stale"),
    "fct_recall": ("recall_date", "days_to_recall", "band", "recall_type", "reasons", "returned_date", "days_at_large", "rereleased_by_day_28"),
}  # fmt: skip
KEYS = {"fct_release": (), "fct_release_status": ("domain", "day"), "fct_recall": ()}


class Comparison:
    """The published tables of `home` beside the truth in `truth` (a folder of Parquet files), for the deliveries in `landing`.

    A release is recognised by the delivered movement that its evidence points at, a person by the releases. People listed in
    needs_linkage are left out on both sides.
    """

    def __init__(self, landing: Path, home: Path, truth: Path) -> None:
        self.manifest = edition_of(home).manifest
        self.con = duckdb.connect()
        for table in ("fct_release", "fct_release_excluded", "fct_release_status", "fct_recall", "fct_evidence"):
            self.con.execute(f"create view found_{table} as select * from read_parquet('{file_of(home, table)}')")
        for table in ("fct_release", "fct_release_excluded", "fct_release_status", "fct_recall", "needs_linkage"):
            self.con.execute(f"create view true_{table} as select * from read_parquet('{truth / table}.parquet')")
        self._read_movements(landing)
        self.con.execute(_KEYED)

    def _read_movements(self, landing: Path) -> None:
        """Give each delivered movement its row number: the file's order is the record's ordinal."""
        self.con.execute("create table delivered (delivery varchar, row_number bigint, book_id varchar, movement_seq bigint)")
        for file in sorted((landing / "nomis").glob("*/OFFENDER_EXTERNAL_MOVEMENTS.csv")):
            self.con.execute(
                f"""
                insert into delivered
                select 'nomis/{file.parent.name}', row_number() over (), OFFENDER_BOOK_ID, cast(MOVEMENT_SEQ as bigint)
                from read_csv('{file}', all_varchar = true, header = true, parallel = false)
                """
            )

    def unmatched(self) -> int:
        """Releases in the edition whose evidence leads to no delivered movement."""
        return self.con.execute(
            "select count(*) from found_fct_release where release_id not in (select release_id from release_key)"
        ).fetchone()[0]

    def differences(self, table: str) -> list[tuple[object, ...]]:
        """Rows of `table` that differ: key, column ('missing' or 'not in truth' for whole rows), found, true."""
        keys = ("book_id", "movement_seq", *KEYS[table])
        same_key = " and ".join(f"f.{key} = t.{key}" for key in keys)
        key_text = " || '|' || ".join(f"coalesce(f.{key}, t.{key})" for key in keys)
        cells = " union all ".join(
            f"select {key_text} as key, '{column}' as col, cast(f.{column} as varchar) as found, cast(t.{column} as varchar) as truth "
            f"from f join t on {same_key} where f.{column} is distinct from t.{column}"
            for column in COMPARED[table]
        )
        return self.con.execute(
            f"""
            with f as (select k.book_id, k.movement_seq, x.* from found_{table} as x join release_key as k using (release_id)
                       where (k.book_id, k.movement_seq) not in (select (book_id, movement_seq) from set_aside)),
            t as (select * from true_{table} where (book_id, movement_seq) not in (select (book_id, movement_seq) from set_aside))
            {cells}
            union all select {key_text}, 'not in truth', null, null from f left join t on {same_key} where t.book_id is null
            union all select {key_text}, 'missing', null, null from t left join f on {same_key} where f.book_id is null
            order by 2, 1
            """
        ).fetchall()

    def excluded_differences(self) -> list[tuple[object, ...]]:
        """Excluded movements by day, prison and reason whose number differs: day, prison, reason, found, true."""
        return self.con.execute(
            """
            with found as (select date, prison, reason, count(*) as n from found_fct_release_excluded group by all),
            truth as (select date, prison, reason, count(*) as n from true_fct_release_excluded group by all)
            select coalesce(f.date, t.date), coalesce(f.prison, t.prison), coalesce(f.reason, t.reason), f.n, t.n
            from found as f full join truth as t on f.date = t.date and f.prison is not distinct from t.prison and f.reason = t.reason
            where f.n is distinct from t.n order by 1, 2, 3
            """
        ).fetchall()

    def share_set_aside(self) -> float:
        """The share of releases whose person needs probabilistic linkage."""
        return self.con.execute("select (select count(*) from set_aside) / (select count(*) from true_fct_release)").fetchone()[0]


_KEYED = """
create table release_key as
select e.subject_id as release_id, d.book_id, d.movement_seq
from found_fct_evidence as e join delivered as d on d.delivery = e.delivery and d.row_number = e.row_number
where e.subject_kind = 'release' and e.source = 'nomis';
create table set_aside as
select book_id, movement_seq from true_fct_release where offender_id in (select offender_id from true_needs_linkage);
"""

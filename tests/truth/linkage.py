"""How many pairs of records of one person are joined, and how many joined pairs are of one person.

Beside the product stand two simpler ways: a number in common with a birth date or a name that agrees, joined as far as such pairs
lead, and name with birth date alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

GROUPS = {
    "all": "true",
    "provider rows with a number": "source not in ('nomis', 'ndelius') and has_own_number",
    "provider rows without": "source not in ('nomis', 'ndelius') and not has_own_number",
}
WAYS = {
    "product": "select source, source_key, person_id as cluster from linkage.person_link where source <> 'crn'",
    "number and agreement": "select source, source_key, cast(cluster as varchar) as cluster from by_number",
    "name and birth date": """select source, source_key, min(surname || ' ' || first_name || ' ' || birth_date) as cluster
        from linkage.link_name inner join linkage.link_birth_date using (record_id) inner join linkage.link_record using (record_id)
        group by source, source_key""",
}
AGREEING = """
select distinct one.record_id, other.record_id
from linkage.link_identifier as mine inner join linkage.link_identifier as theirs using (kind, identifier)
inner join linkage.link_feature as one on one.record_id = mine.record_id
inner join linkage.link_feature as other on other.record_id = theirs.record_id
where one.record_id < other.record_id and mine.kind <> 'cro'
    and (list_has_any(one.birth_dates, other.birth_dates) or list_has_any(one.names, other.names))
"""


@dataclass(frozen=True)
class Pairs:
    """Shares of 1, or None where there is no such pair; `records` in the group."""

    precision: float | None
    recall: float | None
    records: int


def pairs(home: Path, truth: Path) -> dict[tuple[str, str], Pairs]:
    """By way and group. A pair belongs to a group where one of its records does. A record joined with nobody stands alone."""
    with duckdb.connect() as con:
        con.execute(f"attach '{home / 'work' / 'warehouse.duckdb'}' as warehouse (read_only); use warehouse")
        edges = np.array(con.execute(AGREEING).fetchall(), np.int64).reshape(-1, 2)
        record = con.execute("select record_id, source, source_key from linkage.link_record order by record_id").to_arrow_table()
        size = record.num_rows + 1
        _, label = connected_components(coo_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(size, size)), directed=False)
        con.register("by_number", record.append_column("cluster", pa.array(label[record["record_id"].to_numpy()])))
        return {(way, group): one for way in WAYS for group, one in _judged(con, way, truth).items()}


def _judged(con: duckdb.DuckDBPyConnection, way: str, truth: Path) -> dict[str, Pairs]:
    con.execute(
        f"""create or replace temp table judged as
        with linked as ({WAYS[way]}),
        of_person as (
            select record.source, record.source_key, record.has_own_number,
                coalesce(cast(record.person_no as varchar), record.source || record.source_key) as person,
                coalesce(linked.cluster, record.source || '|' || record.source_key) as cluster
            from '{truth / "person_record.parquet"}' as record
            semi join linkage.link_record as known using (source, source_key)
            left join linked using (source, source_key)
        )
        select *, count(*) over (partition by cluster) - 1 as joined, count(*) over (partition by person) - 1 as true_others,
            count(*) over (partition by cluster, person) - 1 as rightly_joined
        from of_person"""
    )
    return {
        group: Pairs(
            *con.execute(
                f"""select sum(rightly_joined) / nullif(sum(joined), 0), sum(rightly_joined) / nullif(sum(true_others), 0), count(*)
                from judged where {rows}"""
            ).fetchall()[0]
        )
        for group, rows in GROUPS.items()
    }

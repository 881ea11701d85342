"""Which records are one person: prisoners merged into others, and pairs joined into clusters, the heaviest first, which SQL cannot say.

Which prisoners are merged and which pairs may be joined, and what follows from either, is SQL in the dbt schema `linkage`, which calls
this from three models; comparing is orchestration/linkage/model.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import duckdb
import pyarrow as pa

MERGED_INTO = "select root_offender_id, into_root_offender_id from linkage.link_merge where is_followed"
# Decisions, the last first: of two that contradict each other the last holds.
DECIDED_TO_BE_ONE = """
select record_id, other_id, source = 'nomis', other_source = 'nomis'
from linkage.link_decision
where decision = 'same' and record_id < other_id
order by decision_id desc
"""
DECIDED_TO_BE_TWO = "select record_id, other_id from linkage.link_decision where decision = 'different'"
# Of prison and probation, each pair once. The first of each is a case.
SPINE_PAIRS = """
select record_id, other_id, false, is_to_prisoner
from linkage.link_spine_pair
order by weight desc, record_id, other_id
"""
TOLD_APART = "select record_id, other_id from linkage.link_decided where not is_same"


def merged(con: duckdb.DuckDBPyConnection) -> pa.Table:
    """The table linkage.link_merged: prisoners merged into others (definition: person_merged). Columns: root_offender_id, prisoner,
    is_circular."""
    ends = followed(dict(con.execute(MERGED_INTO).fetchall()))
    root, prisoner, is_circular = zip(*((root, *end) for root, end in ends.items()), strict=True) if ends else ((), (), ())
    texts = pa.array(root, pa.string()), pa.array(prisoner, pa.string())
    return pa.table([*texts, pa.array(is_circular, pa.bool_())], ["root_offender_id", "prisoner", "is_circular"])


def followed(into: Mapping[str, str]) -> dict[str, tuple[str, bool]]:
    """Where the chain from each prisoner of `into` (key: the prisoner, value: whom they are merged into) ends, and whether in a circle:
    then the end is the lowest key of the circle, a shorter one being lower than a longer."""
    ends: dict[str, tuple[str, bool]] = {}
    for start in into:
        chain: dict[str, None] = {}
        at = start
        while at in into and at not in ends and at not in chain:
            chain[at], at = None, into[at]
        if at in chain:
            circle = list(chain)[list(chain).index(at) :]
            end = (min(circle, key=lambda key: (len(key), key)), True)
        else:
            end = ends.get(at, (at, False))
        ends |= dict.fromkeys(chain, end)
    return ends


def same_groups(con: duckdb.DuckDBPyConnection) -> pa.Table:
    """The table linkage.link_same_group: records that were decided to be one. Columns: record_id, group_id."""
    apart = con.execute(DECIDED_TO_BE_TWO).fetchall()
    return _table("group_id", joined(con.execute(DECIDED_TO_BE_ONE).fetchall(), apart))


def clusters(con: duckdb.DuckDBPyConnection) -> pa.Table:
    """The table linkage.link_cluster: records of prison and probation that are one person with another. Columns: record_id, cluster."""
    apart = con.execute(TOLD_APART).fetchall()
    return _table("cluster", joined(con.execute(SPINE_PAIRS).fetchall(), apart))


def joined(pairs: Iterable[tuple[int, int, bool, bool]], apart: Iterable[tuple[int, int]] = ()) -> dict[int, set[int]]:
    """Records by cluster, from pairs (two record ids, and whether each is a prison record), the heaviest first. Two clusters are
    joined unless that would join two prison records (prison merges its own numbers and says so) or two records of `apart`, which
    names each pair from both sides."""
    told_from: dict[int, set[int]] = {}
    for record, other in apart:
        told_from.setdefault(record, set()).add(other)
    cluster: dict[int, set[int]] = {}
    prisoner: dict[int, bool] = {}
    of: dict[int, int] = {}
    for left, right, left_in_prison, right_in_prison in pairs:
        for record, in_prison in ((left, left_in_prison), (right, right_in_prison)):
            if record not in of:
                of[record], cluster[record], prisoner[record] = record, {record}, in_prison
        one, two = of[left], of[right]
        if one == two or (prisoner[one] and prisoner[two]):
            continue
        keep, drop = (one, two) if len(cluster[one]) >= len(cluster[two]) else (two, one)
        if told_from and any(not cluster[keep].isdisjoint(told_from.get(record, ())) for record in cluster[drop]):
            continue
        for record in cluster[drop]:
            of[record] = keep
        cluster[keep] |= cluster.pop(drop)
        prisoner[keep] = prisoner[keep] or prisoner.pop(drop)
    return cluster


def _table(column: str, clusters: dict[int, set[int]]) -> pa.Table:
    """Clusters as a table of record_id and `column`, the number of one of its records."""
    members = [(record, head) for head, records in clusters.items() for record in records]
    record, head = zip(*members, strict=True) if members else ((), ())
    return pa.table({"record_id": pa.array(record, pa.int32()), column: pa.array(head, pa.int32())})

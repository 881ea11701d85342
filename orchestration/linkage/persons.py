"""Who is who: prison, probation and provider records joined into persons.

Cleaning is SQL in the dbt schema `linkage`, comparing is orchestration/linkage/model.py; this module decides which pairs are joined
and gives every person a `person_id`. dbt calls both.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb
import pyarrow as pa

from orchestration.linkage.identity import keyed, opaque_id
from orchestration.linkage.model import model

# Where no refresh has kept its links yet.
EARLIER = "select cast(null as varchar) as source, cast(null as varchar) as source_key, cast(null as varchar) as person_id limit 0"

# What people have decided (decisions/store.py), each pair from both sides: of two decisions on one pair, made before and after
# prison merged the numbers of a prisoner, the last. Later ones come higher.
DECISION = """
create or replace temp table decision as
select record_id, other_id, decision, source, other_source, place, was_settled
from (
    select one.record_id, other.record_id as other_id, made.decision, record.source, of_other.source as other_source, made.place,
        bool_or(made.was_settled) over (partition by one.record_id, other.record_id) as was_settled,
        row_number() over (partition by one.record_id, other.record_id order by made.place desc) as newest_first
    from (
        select left_record as record, right_record as other, decision, was_settled, decision_id as place from staging.stg_decisions__link_decision
        union all
        select right_record, left_record, decision, was_settled, decision_id from staging.stg_decisions__link_decision
    ) as made
    inner join linkage.record_token as one on one.record_token = made.record
    inner join linkage.record_token as other on other.record_token = made.other
    inner join linkage.link_record as record on record.record_id = one.record_id
    inner join linkage.link_record as of_other on of_other.record_id = other.record_id
)
where newest_first = 1 and record_id <> other_id
"""
SAME = """
select record_id, other_id, source = 'nomis', other_source = 'nomis'
from decision
where decision = 'same' and record_id < other_id
order by place desc
"""

# Pairs that are decided, from both sides, and those that follow: who is one with somebody is one with all who are that person, and told
# apart from all that one of them is told apart from.
DECIDED = """
create or replace temp table decided as
with member as (
    select decided.record_id, decided.source, coalesce(same_group.group_id, decided.record_id) as group_id
    from (select distinct record_id, source from decision) as decided
    left join same_group on same_group.record_id = decided.record_id
),
grouped as (
    select group_id, group_id as other_group, true as is_same from same_group
    union
    select one.group_id, other.group_id, false
    from decision
    inner join member as one on one.record_id = decision.record_id
    inner join member as other on other.record_id = decision.other_id
    where decision.decision = 'different'
)
select one.record_id, other.record_id as other_id, one.source, other.source as other_source, grouped.is_same
from grouped
inner join member as one on one.group_id = grouped.group_id
inner join member as other on other.group_id = grouped.other_group and other.record_id <> one.record_id
"""

# Whom each record belonged to at the refresh before (orchestration/linkage/history.py). Who has taken a decision back leaves the records to
# the model: what they were by the decision is no evidence. Who was never sure changes nothing.
BEFORE = """
create or replace temp table before as
select record.record_id, earlier.person_id
from earlier
inner join linkage.link_record as record on record.source = earlier.source and record.source_key = earlier.source_key
where record.record_id not in (select record_id from decision where decision = 'unsure' and was_settled)
"""

# A pair may be joined when its weight says so and not by numbers or by names alone: a number in common needs a name or a birth date to go
# with it, name and birth date need a home or a sentence. Twins agree on all but the first name, which may be similar, father and son on all
# but the birth date; so without a number the first name must be the same.
# Two that were one person stay so on less weight, and on name and birth date alone, so that nobody comes and goes from month to month.
JOINABLE = """
create or replace temp table joinable as
select
    pair.left_id, pair.right_id, pair.weight, of_left.source as left_source, of_right.source as right_source,
    coalesce(left_before.person_id = right_before.person_id, false) as were_one,
    case when pair.noms_number > 0 then 'noms_number' when pair.crn > 0 then 'crn' when pair.pnc > 0 then 'pnc' when pair.cro > 0 then 'cro'
        when pair.postcode > 0 then 'name_and_home' when pair.sentence_date > 0 then 'name_and_sentence' else 'kept_together' end as method
from linkage.link_pair as pair
inner join linkage.link_record as of_left on of_left.record_id = pair.left_id
inner join linkage.link_record as of_right on of_right.record_id = pair.right_id
left join before as left_before on left_before.record_id = pair.left_id
left join before as right_before on right_before.record_id = pair.right_id
where pair.weight >= case when left_before.person_id = right_before.person_id then $keep_together else $join end
    and (
        (
            (pair.name > $agreement or pair.birth_date > $agreement or least(pair.name, pair.birth_date) > 0)
            and greatest(pair.noms_number, pair.crn, pair.pnc, pair.cro) > 0
        )
        or (
            greatest(pair.name, pair.birth_date) > 0
            and cast(pair.noms_number > 0 as int) + cast(pair.crn > 0 as int) + cast(pair.pnc > 0 as int) + cast(pair.cro > 0 as int) > 1
        )
        or (
            pair.name > $twin_rule and pair.birth_date > $agreement
            and (greatest(pair.postcode, pair.sentence_date) > 0 or left_before.person_id = right_before.person_id)
        )
    )
"""

# The same from each side. A decision stands above any weight.
TOWARDS = """
create or replace temp table towards as
with undecided as (
    select left_id as record_id, right_id as other_id, left_source as source, right_source as other_source, weight, were_one, method from joinable
    union all
    select right_id, left_id, right_source, left_source, weight, were_one, method from joinable
)
select undecided.*
from undecided
left join decided on decided.record_id = undecided.record_id and decided.other_id = undecided.other_id
where decided.record_id is null
union all
select record_id, other_id, source, other_source, 1000, false, 'decision' from decided where is_same
"""


def best_fit(candidates: str, to: str) -> str:
    """SQL for record_id, `to` and weight: of the rows of `candidates` (record_id, `to`, weight, were_one) the one that a record fits best,
    by far; or the one it was with before, unless another fits better by far. Without either the record has no row."""
    return f"""
    select record_id, {to}, weight
    from (
        select record_id, {to}, weight, is_kept, ahead, row_number() over (partition by record_id order by is_kept desc, weight desc, {to}) as place
        from (
            select record_id, {to}, weight,
                were_one and weight > max(weight) over (partition by record_id) - $margin as is_kept,
                weight - lead(weight) over (partition by record_id order by weight desc, {to}) as ahead
            from {candidates}
        ) as compared
    ) as placed
    where place = 1 and (is_kept or ahead is null or ahead >= $margin)"""


# Of prison and probation, each pair once, with whether its sides are prison records. A case that leads to two prisoners about as well
# links to neither.
SPINE_PAIRS = f"""
with to_prisoner as (
    select record_id, other_id, weight, were_one from towards where source = 'ndelius' and other_source = 'nomis'
),
prisoner as ({best_fit("to_prisoner", "other_id")}
),
pair as (
    select record_id, other_id, weight, true as is_prisoner from prisoner
    union all
    select record_id, other_id, weight, false
    from towards
    where source = 'ndelius' and other_source = 'ndelius' and record_id < other_id
)
select record_id, other_id, false, is_prisoner
from pair
order by weight desc, record_id, other_id
"""

# A prison record is older than a case, and a lower key older than a higher.
SPINE = """
create or replace temp table spine as
with aged as (
    select joined.cluster, joined.record_id, row_number() over (
        partition by joined.cluster
        order by record.source <> 'nomis', try_cast(record.source_key as bigint) nulls last, record.source_key
    ) as age
    from joined
    inner join linkage.link_record as record on record.record_id = joined.record_id
),
oldest as (
    select joined.record_id, aged.record_id as oldest_id
    from joined
    inner join aged on aged.cluster = joined.cluster and aged.age = 1
)
select record.record_id, record.source, record.source_key, coalesce(oldest.oldest_id, record.record_id) as oldest_id
from linkage.link_record as record
left join oldest on oldest.record_id = record.record_id
where record.source in ('nomis', 'ndelius')
"""

# Providers' records that were decided to be one go one way: they have the number of one of them here.
GROUPED = """
create or replace temp table provider_group as
select record_id, least(record_id, min(other_id)) as group_id
from decided
where is_same and source not in ('nomis', 'ndelius') and other_source not in ('nomis', 'ndelius')
group by record_id;
create or replace temp table provider_towards as
select coalesce(mine.group_id, towards.record_id) as record_id, coalesce(theirs.group_id, towards.other_id) as other_id, towards.weight, towards.were_one
from towards
left join provider_group as mine on mine.record_id = towards.record_id
left join provider_group as theirs on theirs.record_id = towards.other_id
where towards.source not in ('nomis', 'ndelius') and coalesce(mine.group_id, towards.record_id) <> coalesce(theirs.group_id, towards.other_id);
create or replace temp table provider_apart as
select distinct coalesce(mine.group_id, decided.record_id) as record_id, coalesce(theirs.group_id, decided.other_id) as other_id
from decided
left join provider_group as mine on mine.record_id = decided.record_id
left join provider_group as theirs on theirs.record_id = decided.other_id
where not decided.is_same and decided.source not in ('nomis', 'ndelius')
"""

# A provider's record belongs to the one person of prison or probation that it fits best, by far; where it fits none, to that of another
# provider's record which it fits. It never joins two of them.
PROVIDER_RECORDS = f"""
create or replace temp table provider_record as
with kept_apart as (
    select distinct provider_apart.record_id, spine.oldest_id
    from provider_apart
    inner join spine on spine.record_id = provider_apart.other_id
),
to_person as (
    select towards.record_id, spine.oldest_id, max(towards.weight) as weight, bool_or(towards.were_one) as were_one
    from provider_towards as towards
    inner join spine on spine.record_id = towards.other_id
    left join kept_apart on kept_apart.record_id = towards.record_id and kept_apart.oldest_id = spine.oldest_id
    where kept_apart.record_id is null
    group by towards.record_id, spine.oldest_id
),
direct as ({best_fit("to_person", "oldest_id")}
),
by_another as (
    select towards.record_id, direct.oldest_id, max(towards.weight) as weight, bool_or(towards.were_one) as were_one
    from provider_towards as towards
    inner join direct on direct.record_id = towards.other_id
    left join kept_apart on kept_apart.record_id = towards.record_id and kept_apart.oldest_id = direct.oldest_id
    where towards.record_id not in (select record_id from to_person) and kept_apart.record_id is null
    group by towards.record_id, direct.oldest_id
),
indirect as ({best_fit("by_another", "oldest_id")}
),
placed as (
    select record_id, oldest_id, weight from direct
    union all
    select record_id, oldest_id, weight from indirect
)
-- Of two that somebody has told apart and that fit one person, the heavier stays.
select coalesce(provider_group.record_id, placed.record_id) as record_id, placed.oldest_id
from placed
left join provider_group on provider_group.group_id = placed.record_id
where not exists (
    select 1
    from provider_apart
    inner join placed as other on other.record_id = provider_apart.other_id
    where provider_apart.record_id = placed.record_id and other.oldest_id = placed.oldest_id
        and (other.weight > placed.weight or (other.weight = placed.weight and other.record_id < placed.record_id))
)
"""

PERSON = f"""
create or replace temp table person as
select head.record_id as oldest_id, {opaque_id("person", "head.source", "head.source_key")} as person_id
from (select distinct oldest_id from spine) as spine
inner join linkage.link_record as head on head.record_id = spine.oldest_id
"""

# Each with its best link inside the person. Tables that carry ids only link by that id alone.
PERSON_LINK = """
with member as (
    select record_id, oldest_id from spine
    union all
    select record_id, oldest_id from provider_record
),
best as (
    select record_id, weight, method
    from (
        select one.record_id, towards.weight, towards.method,
            row_number() over (partition by one.record_id order by towards.weight desc, towards.method) as place
        from towards
        inner join member as one on one.record_id = towards.record_id
        inner join member as two on two.record_id = towards.other_id and two.oldest_id = one.oldest_id
    )
    where place = 1
)
select record.source, record.source_key, person.person_id, coalesce(best.method, 'own_record') as method, best.weight
from member
inner join linkage.link_record as record on record.record_id = member.record_id
inner join person on person.oldest_id = member.oldest_id
left join best on best.record_id = member.record_id
union all
select 'crn', crn.identifier, min(person.person_id), 'crn', null
from linkage.link_identifier as crn
inner join spine on spine.record_id = crn.record_id and spine.source = 'ndelius'
inner join person on person.oldest_id = spine.oldest_id
where crn.kind = 'crn'
group by crn.identifier
having min(person.person_id) = max(person.person_id)
order by source, source_key
"""


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


def person_link(con: duckdb.DuckDBPyConnection, key: bytes, earlier: str | None, threshold: str = "join") -> duckdb.DuckDBPyRelation:
    """The table linkage.person_link, from link_record, link_pair, link_identifier, record_token and the decisions in the
    warehouse that `con` is connected to.
    `earlier`: the Parquet file of the links before this refresh (orchestration/linkage/history.py), or None. `threshold`: the one
    of the model from which records are joined: strict, join or loose.

    Columns: source ('nomis', 'ndelius', 'provider_x', 'crn'), source_key, person_id, method, weight; a record of a provider that is
    linked to nobody has no row.
    """
    thresholds = model()["thresholds"]
    margin = {"margin": thresholds["margin"]}
    con.execute(f"create or replace temp view earlier as {EARLIER if earlier is None else read_links(earlier)}")
    con.execute(DECISION)
    apart = con.execute("select record_id, other_id from decision where decision = 'different'").fetchall()
    _register(con, "same_group", "group_id", joined(con.execute(SAME).fetchall(), apart))
    con.execute(DECIDED)
    con.execute(BEFORE)
    join, given = thresholds[threshold], {name: thresholds[name] for name in ("agreement", "twin_rule")}
    con.execute(JOINABLE, {"join": join, "keep_together": min(join, thresholds["keep_together"]), **given})
    con.execute(TOWARDS)
    apart = con.execute("select record_id, other_id from decided where not is_same").fetchall()
    _register(con, "joined", "cluster", joined(con.execute(SPINE_PAIRS, margin).fetchall(), apart))
    con.execute(SPINE)
    con.execute(GROUPED)
    con.execute(PROVIDER_RECORDS, margin)
    con.execute(PERSON, keyed(key))
    con.execute(f"create or replace temp table linked as {PERSON_LINK}")
    return con.table("linked")


def _register(con: duckdb.DuckDBPyConnection, table: str, column: str, clusters: dict[int, set[int]]) -> None:
    """Clusters as a table of record_id and `column`, the number of one of its records."""
    members = [(record, head) for head, records in clusters.items() for record in records]
    record, head = zip(*members, strict=True) if members else ((), ())
    con.register(table, pa.table({"record_id": pa.array(record, pa.int32()), column: pa.array(head, pa.int32())}))


def read_links(file: str) -> str:
    """SQL for the links that were kept in a file: source, source_key, person_id."""
    quoted = file.replace("'", "''")
    return f"select source, source_key, person_id from read_parquet('{quoted}')"

"""What a new release changed in figures that were out already, and why.

    published/revisions/<release before>--<release>.parquet   one row a changed figure; restricted

A register entry is worked out from the two release folders, which are immutable, and the lags of seed domain_source, so the same
pair always gives the same rows. It lies outside the releases: a release is a function of its deliveries, and not of what was
published before it.

A figure is a measure of a month, quarter, year or rolling window in the nation, a region or at a provider. It is in the register
when it had a value before and its counts or its value are others now. Each release (a person's) that counts otherwise than
before has one cause, the first that applies:

    due         it fell due between the two vintages, or came out of prison, was recalled or returned since
    linkage     it belongs to another person, or its person was joined or parted from probation's records
    rule        the deliveries are the same and the code or a seed is not
    late        a record that was not there before
    corrected   a record that was there was changed, closed or deleted
    rule        nothing behind it has changed but the code or a seed

The figure's main cause is that of most of its releases; where that is `due`, the figure was still filling and has `matured`,
which is no revision.
"""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from orchestration.settings import REPOSITORY

FOLDER = "revisions"
CAUSES = ("linkage", "corrected", "late", "rule", "due")  # of two with as many releases the first is the main one
_FIGURE = "measure_id, period_grain, period_start, geography_kind, geography_id"
_TABLES = ("fct_measure_result", "fct_measure_person", "fct_release", "fct_release_status", "fct_release_provider", "fct_claim",
           "fct_evidence", "fct_recall")  # fmt: skip

CHANGED_FIGURES = f"""
create temp table figure as
select
    {_FIGURE},
    old.status as status_before, new.status as status, old.vintage as vintage_before,
    old.numerator as numerator_before, new.numerator as numerator,
    old.denominator as denominator_before, coalesce(new.denominator, 0) as denominator,
    old.value as value_before, new.value as value
from (select * from old.fct_measure_result where characteristic = 'all' and geography_kind in ('nation', 'region', 'provider')) as old
left join (select * from new.fct_measure_result where characteristic = 'all') as new
    using ({_FIGURE})
where old.value is not null
    and (old.numerator is distinct from new.numerator or old.denominator is distinct from new.denominator
         or old.value is distinct from new.value);
"""

# Units that count otherwise, and those whose place, month or person is another, of the measures whose figures changed.
CHANGED_UNITS = """
create temp table measure as
select distinct measure_id, domain, day, is_payment, cohort = 'recalls' as is_of_recalls, cohort_day, clock
from new.dim_measure where measure_id in (select measure_id from figure);

create temp view unit as
select 'old' as side, * from old.fct_measure_person where measure_id in (select measure_id from measure)
union all
select 'new' as side, * from new.fct_measure_person where measure_id in (select measure_id from measure);

create temp view release as
select 'old' as side, * from old.fct_release union all select 'new' as side, * from new.fct_release;

create temp table member as
with claim as (
    select 'old' as side, * from old.fct_claim union all select 'new' as side, * from new.fct_claim
),
paid as (
    from claim where paid_amount is not null and not is_reversal and not coalesce(is_reversed, false) and release_id is not null
)
select 'old' as side, false as is_payment, '' as domain, release_id, provider from old.fct_release_provider
union select 'new', false, '', release_id, provider from new.fct_release_provider
union select side, true, domain, release_id, provider from paid
-- P09 counts recalls, of releases with any paid custody task.
union select side, true, 'recall', release_id, provider from paid where setting = 'custody';

create temp table place as
with cohort as (
    select side, false as is_payment, '' as domain, release_id from release
    union select side, is_payment, domain, release_id from member where is_payment
)
select side, is_payment, domain, release_id, 'nation' as kind, 'EW' as id from cohort
union all
select side, is_payment, domain, release_id, 'region', supervising_region
from cohort inner join release using (side, release_id) where supervising_region is not null
union all
select side, is_payment, domain, release_id, 'provider', provider from member where provider is not null;

create temp table moved as
select distinct release_id
from (
    (from (select release_id, kind, id, is_payment, domain from place where side = 'old')
     except from (select release_id, kind, id, is_payment, domain from place where side = 'new'))
    union all
    (from (select release_id, kind, id, is_payment, domain from place where side = 'new')
     except from (select release_id, kind, id, is_payment, domain from place where side = 'old'))
    union all
    select release_id, null, null, null, null
    from old.fct_release as old inner join new.fct_release as new using (release_id)
    where old.release_date <> new.release_date
);

create temp table changed as
select distinct measure_id, release_id
from (
    select measure_id, release_id from unit where in_denominator
    group by measure_id, release_id, in_numerator, days having count(*) = 1
    union all
    select measure_id, release_id from unit where in_denominator and release_id in (from moved)
);

create temp table changed_unit as
from unit where (measure_id, release_id) in (select (measure_id, release_id) from changed);
"""

# What each changed unit adds to each place, before and now; only what differs is left.
CONTRIBUTIONS = """
create temp table contribution as
with counted as (
    select
        unit.side, unit.measure_id, unit.release_id, cast(date_trunc('month', release.release_date) as date) as month,
        place.kind as geography_kind, place.id as geography_id, unit.in_numerator, unit.days
    from changed_unit as unit
    inner join measure using (measure_id)
    inner join release using (side, release_id)
    inner join place
        on place.side = unit.side and place.release_id = unit.release_id and place.is_payment = measure.is_payment
        and (not measure.is_payment or place.domain = measure.domain)
    where unit.in_denominator
)
select distinct measure_id, release_id, month, geography_kind, geography_id, side
from counted
where (measure_id, release_id, month, geography_kind, geography_id, in_numerator, coalesce(days, -1)) in (
    select (measure_id, release_id, month, geography_kind, geography_id, in_numerator, coalesce(days, -1))
    from counted group by all having count(*) = 1);
"""

# The evidence of a unit: for a status the record in force on the day, for a recall what shows it; and the rows of the release.
CAUSE = """
create temp table proof as
select side, subject_kind, subject_id, list(distinct row_hash order by row_hash) as hashes
from (select 'old' as side, * from old.fct_evidence union all select 'new' as side, * from new.fct_evidence)
where subject_id in (
    select release_id from changed
    union all
    select release_id || ':' || domain || ':' || day from changed inner join measure using (measure_id))
group by side, subject_kind, subject_id;

create temp table relinked as
select unnest([old.person_id, new.person_id]) as person_id
from old.fct_release as old inner join new.fct_release as new using (release_id)
where old.person_id <> new.person_id;

create temp table joined_or_parted as
select release_id
from (
    select distinct 'old' as side, release_id from old.fct_release_status where state_reason = 'not_linked'
    union all
    select distinct 'new' as side, release_id from new.fct_release_status where state_reason = 'not_linked'
)
where release_id in (select release_id from old.fct_release) and release_id in (select release_id from new.fct_release)
group by release_id
having count(*) = 1;

-- The day up to which the release before knew a domain (definition: status_maturity).
create temp table known as
select domain, min(watermark - lag_days) as through
from (
    select seed.domain, seed.source, min(watermark.complete_to) as watermark, max(cast(seed.lag_days as integer)) as lag_days
    from read_csv(getvariable('domain_source'), header = true, types = {'valid_from': 'date', 'valid_to': 'date'}) as seed
    inner join watermark using (table_name)
    cross join fact
    where fact.vintage_before between seed.valid_from and coalesce(seed.valid_to, date '9999-12-31')
    group by seed.domain, seed.source
)
group by domain;

create temp table judged as
select
    changed.measure_id, changed.release_id, old, new, was, is_now,
    measure.is_of_recalls and measure.clock = 'return'
        and (coalesce(was.reason = 'not_returned', false) or coalesce(is_now.reason = 'not_returned', false)
            or (was.in_denominator and is_now.in_denominator and was.in_numerator <> is_now.in_numerator))
        and was.release_id is not null and is_now.release_id is not null as is_about_return,
    recall.returned_date > known.through as returned_since,
    -- A recall, or a payment, was not there before. Whether it had been due by then is not told by a row.
    was.release_id is null
        and coalesce(new.release_date + coalesce(measure.cohort_day, measure.day), is_now.evidence_date) > known.through as fell_due_since,
    coalesce(was.state = 'out_of_scope', false) as was_out, coalesce(is_now.state = 'out_of_scope', false) as is_out,
    coalesce(recall_before.hashes, []) as recall_before, coalesce(recall_now.hashes, []) as recall_now,
    coalesce(if(measure.domain = 'recall', recall_before.hashes, status_before.hashes), []) as proof_before,
    coalesce(if(measure.domain = 'recall', recall_now.hashes, status_now.hashes), []) as proof_now,
    measure.domain = 'recall' as is_recall, root_before.hashes is distinct from root_now.hashes as has_other_root
from changed
inner join measure using (measure_id)
left join known using (domain)
left join old.fct_release as old on old.release_id = changed.release_id
left join new.fct_release as new on new.release_id = changed.release_id
left join new.fct_recall as recall on recall.release_id = changed.release_id
left join changed_unit as was on was.side = 'old' and was.measure_id = changed.measure_id and was.release_id = changed.release_id
left join changed_unit as is_now on is_now.side = 'new' and is_now.measure_id = changed.measure_id and is_now.release_id = changed.release_id
PROOFS;

create temp table cause as
select
    measure_id, release_id,
    case
        when old.release_id is null and new.release_date > fact.moved_to then 'due'
        when old.release_id is not null and new.release_id is not null and case
            when is_about_return then coalesce(returned_since, false)
            when was.release_id is null then coalesce(fell_due_since, false)
            else is_now.release_id is not null and (was.state = 'not_yet_due') <> (is_now.state = 'not_yet_due')
        end then 'due'
        when old.person_id in (from relinked) or new.person_id in (from relinked)
            or release_id in (from joined_or_parted) then 'linkage'
        when fact.same_files and fact.other_code then 'rule'
        when old.release_id is null then 'late'
        when new.release_id is null then 'corrected'
        -- A recall rests on every record that shows it: it came late if none of them went, whether it is counted or ends a status.
        when (is_recall or was_out <> is_out) and recall_before <> recall_now then
            case when list_has_all(recall_now, recall_before) then 'late' else 'corrected' end
        when was_out = is_out and proof_before <> proof_now then
            case when proof_before = [] or is_now.evidence_date > was.evidence_date then 'late' else 'corrected' end
        when has_other_root then 'corrected'
        when fact.other_code then 'rule'
        -- No record is named for what else ends a status, pays or gives a place: something new is late, something gone is corrected.
        when is_out and not was_out then 'late'
        when was_out and not is_out then 'corrected'
        when was.release_id is null then 'late'
        when old.supervising_region is null and new.supervising_region is not null then 'late'
        else 'corrected'
    end as cause
from judged
cross join fact;
""".replace(
    "PROOFS",
    "\n".join(
        f"""left join proof as {name}_{time}
    on {name}_{time}.side = '{side}' and {name}_{time}.subject_kind = '{kind}' and {name}_{time}.subject_id = {subject}"""
        for name, kind, subject in (
            ("status", "status", "changed.release_id || ':' || measure.domain || ':' || measure.day"),
            ("recall", "recall", "changed.release_id"),
            ("root", "release", "changed.release_id"),
        )
        for time, side in (("before", "old"), ("now", "new"))
    ),
)

REVISIONS = f"""
with grain as (
    select unnest(['month', 'quarter', 'year', 'roll3', 'roll12']) as period_grain, unnest([1, 3, 12, 3, 12]) as months
),
counted as (
    select
        {", ".join(f"figure.{name.strip()}" for name in _FIGURE.split(","))},
        {", ".join(f"count(distinct contribution.release_id) filter (where cause.cause = '{c}') as releases_{c}" for c in CAUSES)}
    from figure
    inner join grain using (period_grain)
    inner join contribution
        on contribution.measure_id = figure.measure_id
        and contribution.geography_kind = figure.geography_kind and contribution.geography_id = figure.geography_id
        and contribution.month >= figure.period_start
        and contribution.month < figure.period_start + to_months(cast(grain.months as integer))
    inner join cause on cause.measure_id = contribution.measure_id and cause.release_id = contribution.release_id
    group by all
)
select
    fact.release_before, fact.release, {_FIGURE},
    figure.status_before, figure.status, figure.vintage_before, fact.vintage,
    coalesce(first.value, figure.value_before) as first_value, coalesce(first.vintage, figure.vintage_before) as first_vintage,
    figure.numerator_before, figure.numerator, figure.denominator_before, figure.denominator, figure.value_before, figure.value,
    {", ".join(f"coalesce(counted.releases_{c}, 0) as releases_{c}" for c in CAUSES)},
    case
        {" ".join(f"when counted.releases_{c} = greatest({', '.join(f'counted.releases_{o}' for o in CAUSES)}) then '{'matured' if c == 'due' else c}'" for c in CAUSES)}
        else case when fact.other_code then 'rule' else 'corrected' end
    end as main_cause,
    main_cause <> 'matured' and (
        coalesce(figure.numerator is not null and abs(figure.value - figure.value_before) > fact.points, figure.value is null)
        or abs(figure.denominator - figure.denominator_before) > fact.share * figure.denominator_before
        or coalesce(abs(figure.numerator - figure.numerator_before) > fact.share * figure.numerator_before, false)
    ) as is_announced
from figure
cross join fact
left join counted using ({_FIGURE})
left join first_published as first using ({_FIGURE})
order by all
"""


def record(published: Path, after: str, current: str | None, thresholds: dict[str, float], spill: Path) -> int | None:
    """Writes the register entry of release `after`; returns how many figures changed, None where there is nothing to do: no
    release before it, or an entry already. `current`: the release the pointer names.

    `thresholds`: revision_points (0.01 is a percentage point) and revision_count_share of seed threshold; `spill`: folder for
    what does not fit into memory. Both releases lie whole in their folders. Raises duckdb.Error where the release before was written in a shape that cannot be compared.
    """
    before = release_before(published, after, current)
    if before is None or list((published / FOLDER).glob(f"*--{after}.parquet")):
        return None
    old, new = (json.loads((published / r / "manifest.json").read_text(encoding="utf-8")) for r in (before, after))
    entry = published / FOLDER / f"{before}--{after}.parquet"
    entry.parent.mkdir(mode=0o700, exist_ok=True)
    with duckdb.connect(config={"temp_directory": str(spill)}) as con:
        con.execute("set enable_progress_bar = false")  # it would go to the command's output
        for side, manifest in (("old", old), ("new", new)):
            con.execute(f"create schema {side}")
            _views(con, published / manifest["release_id"], side)
        facts = {
            "release_before": before, "release": after, "vintage_before": date.fromisoformat(old["as_of"]), "vintage": date.fromisoformat(new["as_of"]),
            "same_files": old["files"] == new["files"], "other_code": old["code_version"] != new["code_version"],
            "moved_to": date.fromisoformat(old["watermarks"].get("nomis__offender_external_movements", old["as_of"])),
            "points": thresholds["revision_points"], "share": thresholds["revision_count_share"],
        }  # fmt: skip
        con.execute(f"create temp table fact as select {', '.join(f'${name} as {name}' for name in facts)}", facts)
        con.execute(
            "create temp table watermark as select unnest(cast($tables as varchar[])) as table_name, unnest(cast($days as date[])) as complete_to",
            {"tables": list(old["watermarks"]), "days": list(old["watermarks"].values())},
        )
        con.execute("set variable domain_source = ?", [str(REPOSITORY / "seeds" / "domain_source.csv")])
        con.execute(CHANGED_FIGURES + CHANGED_UNITS + CONTRIBUTIONS + CAUSE)
        _first_published(con, published, before)
        con.execute(f"create temp table revision as {REVISIONS}")
        part = entry.with_name(f".{entry.name}.part")
        con.execute(f"copy (from revision order by all) to '{_quoted(part)}' (format parquet, compression zstd)")
        part.chmod(0o600)
        (n,) = con.execute("select count(*) from revision").fetchone() or (0,)
    os.replace(part, entry)
    return n


def release_before(published: Path, after: str, current: str | None) -> str | None:
    """Of the releases kept, the one of the latest as-of day up to that of `after`, so that a look back at an earlier day comes
    between no two others; of several of one day (other code, a file sent again) the current one, else the last by id."""
    ids = [path.parent.name for path in published.glob("[!.]*/manifest.json")]
    earlier = [one for one in ids if one != after and _as_of(one) <= _as_of(after)]
    return max(earlier, key=lambda one: (_as_of(one), one == current, one), default=None)


def _as_of(release: str) -> str:
    return release[: len("2024-03-31")]


def register(published: Path) -> list[dict[str, Any]]:
    """Every entry: before, after, figures (that changed), revised (not merely matured), announced; by release."""
    entries = []
    with duckdb.connect() as con:
        for path in sorted((published / FOLDER).glob("[!.]*.parquet")):
            before, after = path.stem.split("--")
            query = """select count(*), count(*) filter (where main_cause <> 'matured'), count(*) filter (where is_announced)
                from read_parquet(?)"""
            figures, revised, announced = con.execute(query, [str(path)]).fetchall()[0]
            entries.append({"before": before, "after": after, "figures": figures, "revised": revised, "announced": announced})
    return entries


def _views(con: duckdb.DuckDBPyConnection, folder: Path, side: str) -> None:
    for table in _TABLES:
        con.execute(f"create view {side}.{table} as from read_parquet('{_quoted(folder / 'restricted' / table)}.parquet')")
    con.execute(f"create view {side}.dim_measure as from read_parquet('{_quoted(folder / 'protected' / 'dim_measure.parquet')}')")


def _first_published(con: duckdb.DuckDBPyConnection, published: Path, before: str) -> None:
    """The value a figure first came out with: in the earliest release of the chain of entries that ends in `before`."""
    came_after = dict(reversed(path.stem.split("--")) for path in sorted((published / FOLDER).glob("[!.]*.parquet")))
    chain = [before]
    while (earlier := came_after.get(chain[-1])) and earlier not in chain and (published / earlier / "manifest.json").exists():
        chain.append(earlier)
    con.execute(f"create temp table first_published as select {_FIGURE}, value_before as value, vintage_before as vintage from figure")
    for release in chain[1:]:
        con.execute(
            f"""update first_published set value = earlier.value, vintage = earlier.vintage
            from read_parquet('{_quoted(published / release / "restricted" / "fct_measure_result.parquet")}') as earlier
            where earlier.characteristic = 'all' and earlier.value is not null
                and {" and ".join(f"earlier.{n.strip()} = first_published.{n.strip()}" for n in _FIGURE.split(","))}"""
        )


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")

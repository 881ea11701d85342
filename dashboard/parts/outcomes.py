"""What the pages ask of outcomes: measures over time, the units of a region, what became of releases, and the releases behind a figure.

SQL, as in `data.py`, through which every question goes. Counts are of releases; those by unit come from exact rows where the reader may see them,
else from what is printed.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pandas as pd

from dashboard.parts import data, results
from dashboard.parts.figure import Figure, Reading, concerns, ends, figure, period_label
from edition.folder import Edition, TableMissing
from edition.rights import RESULT, granted
from ground.statistics import wilson

NATION, NATION_ID = "England and Wales", "EW"


# ------------------------------------------------------------------------------------------------------------------------------ which measures


def headlines(edition: Edition, measures: pd.DataFrame) -> pd.DataFrame:
    """The rows of `measures` (results.measures) that are the headline measures of a region, in their order; in an edition from before that was said,
    those that stand for their domains."""
    if "headline_order" not in data.columns(edition, "dim_measure"):
        return measures[measures["is_headline"].astype(bool)]
    placed = data.ask(
        edition, "select measure_id, headline_order from dim_measure where headline_order is not null", ("dim_measure",), protected=True
    )
    order = dict(zip(placed["measure_id"], placed["headline_order"], strict=True))
    held = measures[measures["measure_id"].isin(order)]
    return held.assign(place=held["measure_id"].map(order)).sort_values("place").drop(columns="place")


def targets(edition: Edition) -> dict[str, float]:
    """measure -> its target, where one is set and is of the same thing."""
    rows = results.comparators(edition)
    rows = rows[(rows["kind"] == "target") & rows["is_comparable"]].drop_duplicates("measure_id")
    return dict(zip(rows["measure_id"], rows["value"].astype(float), strict=True))


def breaks_of(edition: Edition, domain: str) -> pd.DataFrame:
    """Dated breaks of a domain, oldest first: date, label, mark (B1, B2 ...). Empty domains and 'all' are breaks of every domain."""
    return data.made(_breaks_of, results.policy_breaks(edition), domain)


def _breaks_of(rows: pd.DataFrame, domain: str) -> pd.DataFrame:
    rows = rows.assign(date=pd.to_datetime(rows["date"]))
    rows = rows[rows["domains"].fillna("all").map(lambda listed: concerns(listed, domain)).astype(bool)].sort_values("date").reset_index(drop=True)
    return rows.assign(mark=[f"B{number + 1}" for number in range(len(rows))])


# ------------------------------------------------------------------------------------------------------------------------------------- over time


def over_time(
    edition: Edition, measures: Iterable[str], kind: str, places: Iterable[str], grains: Iterable[str], characteristic: str = "all", value: str = "all"
) -> pd.DataFrame:
    """Result rows of several measures over all periods of some lengths: of the nation, and of geographies of `kind` by id; totals unless a value of a
    characteristic is named."""
    return data.ask(
        edition,
        f"""select {results.result_columns(edition)} from fct_measure_result
        where measure_id in (select unnest(string_split(?, ' '))) and period_grain in (select unnest(string_split(?, ' ')))
          and characteristic = ? and characteristic_value = ?
          and (geography_kind = 'nation' or (geography_kind = ? and geography_id in (select unnest(string_split(?, ' ')))))
        order by measure_id, geography_kind, geography_id, period_grain, period_start""",
        (RESULT,),
        (" ".join(measures), " ".join(grains), characteristic, value, kind, " ".join(places)),
    )


def figures(rows: pd.DataFrame, measure, place: str, grain: str, reading: Reading) -> list[tuple[pd.Timestamp, Figure]]:
    """Result rows of one measure, place and length of period, as figures in order of time, each with the first day of its period."""
    ordered = rows.sort_values("period_start")
    starts = pd.to_datetime(ordered["period_start"])
    return [
        (start, figure(row, measure, place, period_label(start, grain), reading)) for start, row in zip(starts, ordered.itertuples(index=False), strict=True)
    ]


def mature(rows: pd.DataFrame, grain: str, as_of: str) -> list[str]:
    """Periods, oldest first as ISO first days, that are over and in which every release of each measure in `rows` (the nation's totals) is due."""
    own = rows[(rows["geography_kind"] == "nation") & (rows["period_grain"] == grain)]
    if own.empty:
        return []
    is_due = (own["not_yet_due"].fillna(0) == 0) & (own["denominator"].fillna(0) + own["unknown"].fillna(0) > 0)
    measured: dict[Any, set[str]] = {}
    for start, measure_id in zip(own["period_start"], own["measure_id"], strict=True):
        measured.setdefault(start, set()).add(measure_id)
    every, late = own["measure_id"].nunique(), set(own.loc[~is_due, "period_start"])
    starts = [pd.Timestamp(start) for start, measures in measured.items() if len(measures) == every and start not in late]
    return sorted(f"{start:%Y-%m-%d}" for start in starts if ends(start, grain) <= pd.Timestamp(as_of))


def across(edition: Edition, measure_id: str, grain: str, start: str, kind: str, characteristic: str, value: str) -> pd.DataFrame:
    """Result rows of one measure and period for one value of a characteristic ('all' for the total): the nation's, and that of each geography of `kind`."""
    return data.ask(
        edition,
        f"""select {results.result_columns(edition)} from fct_measure_result
        where measure_id = ? and period_grain = ? and cast(period_start as date) = cast(? as date)
          and geography_kind in ('nation', ?) and characteristic = ? and characteristic_value = ?
        order by geography_kind, geography_id""",
        (RESULT,),
        (measure_id, grain, start, kind, characteristic, value),
    )


def compositions(edition: Edition) -> dict[str, str]:
    """measure -> the characteristic that it is split by: measures made of parts, whose total is all of it everywhere."""
    if "kind" not in data.columns(edition, "dim_measure"):
        return {}
    rows = data.ask(edition, "select measure_id, split_by from dim_measure where kind = 'composition' and split_by is not null", ("dim_measure",), protected=True)
    return dict(zip(rows["measure_id"], rows["split_by"], strict=True))


def parts(edition: Edition, measure_id: str, way: str) -> dict[str, str]:
    """The parts of a composition, as they are written and in words, in the order of the words."""
    rows = data.ask(
        edition, "select distinct characteristic_value as part from fct_measure_result where measure_id = ? and characteristic = ?", (RESULT,), (measure_id, way)
    )
    return dict(sorted(((str(one), part_words(edition, way, str(one))) for one in rows["part"]), key=lambda pair: pair[1]))


def part_words(edition: Edition, way: str, value: str) -> str:
    """A value of a characteristic in words."""
    return (reasons(edition).get(value) if way == "recall_reason" else None) or spoken_part(value)


def spoken_part(value: str) -> str:
    """A part of a composition in words: fixed_term_28 is Fixed term, 28 days."""
    if value.startswith("fixed_term_"):
        return f"Fixed term, {value.removeprefix('fixed_term_')} days"
    return value.replace("_", " ").capitalize() if value.islower() else value


def reasons(edition: Edition) -> dict[str, str]:
    """Names of recall reasons by code; {} where none were published."""
    try:
        rows = data.ask(edition, "select recall_reason as id, name from dim_recall_reason", ("dim_recall_reason",), protected=True)
    except TableMissing:
        return {}
    return dict(zip(rows["id"].astype(str), rows["name"].astype(str), strict=True))


# --------------------------------------------------------------------------------------------------------------------------- the units of a region

UNITS = {"pdu": "Probation delivery unit", "prison": "Releasing prison"}


def unit_names(edition: Edition, kind: str) -> dict[str, str]:
    """Names of probation delivery units or prisons; {} where none were published."""
    if kind == "prison":
        return results.names(edition, "prison")
    try:
        rows = data.ask(edition, "select pdu as id, name from dim_pdu", ("dim_pdu",), protected=True)
    except TableMissing:
        return {}
    return dict(zip(rows["id"].astype(str), rows["name"].astype(str), strict=True))


def sees_people(edition: Edition) -> bool:
    """Whether exact rows of releases are the reader's, so that units can be counted inside a region."""
    return not data.withheld() and all(granted(table, data.reader()) for table in ("fct_release", "fct_measure_person")) and edition.has(
        "fct_measure_person", "restricted"
    )


def units(edition: Edition, measure, region: str, kind: str, first: str, last: str, reading: Reading) -> list[tuple[str, Figure]]:
    """One measure by probation delivery unit or releasing prison ('pdu', 'prison') among the releases of a region from `first` to `last`, in the order
    of names; exact. Those with no unit on record are a row of their own."""
    counts = ["denominator", "numerator", "unknown", "not_yet_due", "out_of_scope", "stale"]
    # Of both kinds in one question: to find the releases takes most of it.
    rows = data.ask(
        edition,
        """select coalesce(release.pdu, '') as pdu, coalesce(release.releasing_prison, '') as prison,
            count(*) filter (where person.in_denominator) as denominator, count(*) filter (where person.in_numerator) as numerator,
            count(*) filter (where person.state = 'unknown') as unknown, count(*) filter (where person.state = 'not_yet_due') as not_yet_due,
            count(*) filter (where person.state = 'out_of_scope') as out_of_scope, count(*) filter (where person.is_stale and person.in_denominator) as stale
        from fct_measure_person as person
        inner join fct_release as release using (release_id)
        where person.measure_id = ? and release.supervising_region = ? and release.release_date between cast(? as date) and cast(? as date)
        group by 1, 2""",
        ("fct_measure_person", "fct_release"),
        (measure.measure_id, region, first, last),
        is_counted=True,
    )
    rows = rows.groupby(kind, sort=True)[counts].sum().rename_axis("unit").reset_index()
    named = unit_names(edition, kind)
    period = f"{pd.Timestamp(first):%b %Y} to {pd.Timestamp(last):%b %Y}"
    shown = []
    for one in rows.itertuples(index=False):
        name = named.get(str(one.unit), str(one.unit)) or "Not recorded"
        shown.append((name, counted(one, measure, period, reading, name)))
    return sorted(shown, key=lambda pair: pair[0])


def unknown_units(edition: Edition, measure, region: str, kind: str, first: str, last: str, reading: Reading) -> list[tuple[str, Figure]]:
    """As `units`, of the share that is unknown among all that could count."""
    shown = []
    for name, one in units(edition, measure, region, kind, first, last, reading):
        everyone = int((one.denominator or 0) + (one.unknown or 0))
        lower, upper = wilson(one.unknown or 0, everyone) if everyone else (None, None)
        shown.append(
            (name, replace(one, numerator=one.unknown, denominator=everyone, value=(one.unknown or 0) / everyone if everyone else None, lower=lower, upper=upper,
                           all_in=None, unknown=0, if_good=None, if_bad=None))
        )  # fmt: skip
    return shown


def printed_units(edition: Edition, measure, kind: str, ids: Iterable[str] | None, grain: str, start: str, reading: Reading) -> list[tuple[str, Figure]]:
    """One measure by unit as it is printed for everybody, in the order of names; `ids` of some units only."""
    rows = results.across(edition, measure.measure_id, grain, start, kind)
    rows = rows[rows["geography_kind"] == kind]
    if ids is not None:
        rows = rows[rows["geography_id"].isin(list(ids))]
    named = unit_names(edition, kind)
    period = period_label(start, grain)
    shown = [
        (name := named.get(str(row.geography_id), str(row.geography_id)), figure(row, measure, name, period, reading)) for row in rows.itertuples(index=False)
    ]
    return sorted(shown, key=lambda pair: pair[0])


def units_of(edition: Edition, region: str) -> list[str]:
    """The probation delivery units that are listed for a region."""
    try:
        rows = data.ask(edition, "select pdu from dim_pdu where region = ? order by pdu", ("dim_pdu",), (region,), protected=True)
    except TableMissing:
        return []
    return list(rows["pdu"].astype(str))


def counted(row, measure, period: str, reading: Reading, place: str) -> Figure:
    """A figure of exact counts (attributes numerator, denominator, unknown, not_yet_due, out_of_scope, stale), with its Wilson interval."""
    n, of = int(row.numerator), int(row.denominator)
    lower, upper = wilson(n, of) if of else (None, None)
    unknown = int(row.unknown)
    everyone = of + unknown
    good, bad = ((n + unknown) / everyone, n / everyone) if everyone else (None, None)
    if measure.direction == "bad":
        good, bad = bad, good
    return Figure(
        label=str(measure.label), place=place, period=period, unit="share", reading=reading, numerator=n, denominator=of, value=n / of if of else None,
        lower=lower, upper=upper, all_in=n / everyone if everyone else None, unknown=unknown, not_yet_due=int(row.not_yet_due),
        out_of_scope=int(row.out_of_scope), stale=int(row.stale), if_good=good, if_bad=bad, method="wilson", status="final" if not row.not_yet_due else "", has_row=True,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------------------- what became of the people of a region


def flow(edition: Edition, region: str, first: str, last: str) -> pd.DataFrame:
    """Releases of a region from `first` to `last` by where they were on the first night and on day 91: night, later and n. A class of the status, or
    `unknown`, `not_yet_due`, or why somebody is out of scope. Exact."""
    return data.ask(
        edition,
        """with placed as (
            select status.release_id, status.day,
                case when status.state = 'observed' then status.official_class when status.state = 'out_of_scope' then status.state_reason else status.state end as at
            from fct_release_status as status
            inner join fct_release as release using (release_id)
            where status.domain = 'accommodation' and status.day in (0, 91) and release.supervising_region = ?
              and release.release_date between cast(? as date) and cast(? as date)
        )
        select night.at as night, later.at as later, count(*) as n
        from placed as night inner join placed as later on later.release_id = night.release_id and later.day = 91
        where night.day = 0 group by 1, 2 order by 1, 2""",
        ("fct_release_status", "fct_release"),
        (region, first, last),
        is_counted=True,
    )


def exits(edition: Edition, region: str, first: str, last: str) -> pd.DataFrame:
    """Releases on licence of a region from `first` to `last` by the day on which what is known of recall ends, and how: day, kind (recall, other,
    censored), n. Exact. Licence over counts from the day after its last; died and removed from the first day of status that finds them. Known is what
    was due, as far as any release shows."""
    # One day for all regions and periods, and all releases are looked at to find it.
    known = data.ask(
        edition,
        """select cast(max(release.release_date + cast(measure.day as integer)) as varchar) as through
        from fct_measure_person as person
        inner join dim_measure as measure on measure.measure_id = person.measure_id and measure.kind = 'recall_within'
        inner join fct_release as release using (release_id)
        where person.state <> 'not_yet_due'""",
        ("fct_measure_person", "dim_measure", "fct_release"),
        is_counted=True,
    )["through"]
    through = None if known.isna().all() else str(known.iloc[0])
    return data.ask(
        edition,
        """with gone as (
            select release_id, min(day) as day from fct_release_status where domain = 'accommodation' and state_reason in ('died', 'removed') group by release_id
        ),
        told as (
            select
                case when recall.days_to_recall >= 0 then recall.days_to_recall end as recalled,
                least(coalesce(date_diff('day', release.release_date, release.licence_end_date) + 1, 100000), coalesce(cast(gone.day as integer), 100000)) as other,
                date_diff('day', release.release_date, cast(? as date)) as through
            from fct_release as release
            left join fct_recall as recall using (release_id)
            left join gone using (release_id)
            where release.is_on_licence and release.supervising_region = ? and release.release_date between cast(? as date) and cast(? as date)
        )
        select
            case when recalled <= least(other, through) then recalled when other <= through then other else through end as day,
            case when recalled <= least(other, through) then 'recall' when other <= through then 'other' else 'censored' end as kind,
            count(*) as n
        from told where through >= 0 group by 1, 2 order by 1, 2""",
        ("fct_release", "fct_release_status", "fct_recall"),
        (through, region, first, last),
        is_counted=True,
    )


def case_mix(edition: Edition, measure_id: str, kind: str) -> pd.DataFrame:
    """Of each place of `kind` that is the reader's, and of the nation where it is: releases, observed, expected, variance, unknown, not_yet_due,
    out_of_scope in the window of the measure's model. Exact. Raises TableMissing."""
    return data.ask(
        edition,
        """select geography_kind, geography_id, releases, observed, expected, variance, unknown, not_yet_due, out_of_scope
        from fct_case_mix where measure_id = ? and geography_kind in ('nation', ?) order by geography_kind, geography_id""",
        ("fct_case_mix",),
        (measure_id, kind),
        is_counted=True,
    )


def case_mix_model(edition: Edition, measure_id: str) -> pd.DataFrame:
    """The model of a measure: part (coefficient, tenth, fit), term, level, value, error, releases, observed, expected, first_day, last_day; empty where
    it has none. Raises TableMissing."""
    return data.ask(
        edition,
        """select part, term, level, value, error, releases, observed, expected, first_day, last_day
        from fct_case_mix_model where measure_id = ? order by part, term, level""",
        ("fct_case_mix_model",),
        (measure_id,),
        is_counted=True,
    )


# ------------------------------------------------------------------------------------------------------------------------------ down to the evidence

WHICH = {
    "counted": ("Counted", "person.in_numerator"),
    "not_counted": ("In the base, not counted", "person.in_denominator and not person.in_numerator"),
    "unknown": ("Unknown", "person.state = 'unknown'"),
    "not_yet_due": ("Not yet due", "person.state = 'not_yet_due'"),
    "out_of_scope": ("Out of scope", "person.state = 'out_of_scope'"),
}


def releases(edition: Edition, measure_id: str, region: str, first: str, last: str, which: str, most: int) -> pd.DataFrame:
    """The releases behind a figure of a region, newest first, `most` at most: release_id, person_id, release_date, prison, pdu, reason, evidence_date
    (ISO text, '' where empty) and `listed`, how many there are. `which`: a key of WHICH."""
    return data.ask(
        edition,
        f"""select release_id, release.person_id, cast(release.release_date as varchar) as release_date, coalesce(release.releasing_prison, '') as prison,
            coalesce(release.pdu, '') as pdu, coalesce(person.reason, '') as reason, coalesce(cast(person.evidence_date as varchar), '') as evidence_date,
            count(*) over () as listed
        from fct_measure_person as person
        inner join fct_release as release using (release_id)
        where person.measure_id = ? and release.supervising_region = ? and release.release_date between cast(? as date) and cast(? as date) and {WHICH[which][1]}
        order by release.release_date desc, release_id limit ?""",
        ("fct_measure_person", "fct_release"),
        (measure_id, region, first, last, most),
    )


def evidence(edition: Edition, release_id: str) -> pd.DataFrame:
    """The delivered records that a release, its statuses and its recall were decided from: about, delivery, file, row_number, row_hash."""
    return data.ask(
        edition,
        """select case subject_kind when 'status' then subject_kind || ' ' || replace(substr(subject_id, length(?) + 2), ':', ', day ') else subject_kind end as about,
            delivery, file, row_number, row_hash
        from fct_evidence
        where subject_kind in ('release', 'status', 'recall') and (subject_id = ? or starts_with(subject_id, ? || ':'))
        order by subject_kind, subject_id, delivery, file, row_number""",
        ("fct_evidence",),
        (release_id, release_id, release_id),
    )

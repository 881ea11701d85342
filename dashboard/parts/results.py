"""What the pages ask of figures: measures, places, periods and results; what stands beside them; and how they have changed."""

from collections import Counter

import pandas as pd

from dashboard.parts import data
from edition.folder import PROTECTED, RESTRICTED, REVISION, THRESHOLD, Edition, TableMissing

RESULT_COLUMNS = """measure_id, period_grain, period_start, geography_kind, geography_id, characteristic,
    characteristic_value, numerator, denominator, value, lower, upper, interval_method, value_all_in, unknown,
    not_yet_due, out_of_scope, stale, value_if_unknown_all_good, value_if_unknown_all_bad, status, vintage"""


def measures(edition: Edition) -> pd.DataFrame:
    """One row a measure in force at as-of, in the order of the registry. `days`: how long after its release a release is looked at, at the latest."""
    # Recalls that are counted by their own day are followed for longer (`cohort_day`).
    days = "greatest(day, cohort_day)" if "cohort_day" in data.columns(edition, "dim_measure") else "day"
    return data.ask(
        edition,
        f"""select measure_id, name, label, definition, numerator_label, denominator_label, sentence, domain, unit, direction, day,
               cast(coalesce({days}, 0) as integer) as days, clock, source, comparability_note, cast(is_payment as boolean) as is_payment,
               cast(is_headline as boolean) as is_headline, sort_order,
               cast(verified as boolean) as verified
        from dim_measure
        where valid_to is null or cast(valid_to as varchar) >= ?
        order by sort_order, measure_id""",
        ("dim_measure",),
        (edition.as_of,),
    ).drop_duplicates("measure_id", keep="last")


# What an area of an earlier kind is called beside a region of the same name.
FORMER_AREA = {"crc_area": "CRC area", "nps_division": "NPS division", "trust": "probation trust"}


def names(edition: Edition, kind: str) -> dict[str, str]:
    """geography_id -> name, latest name of each, no two alike; {} where the dimension was not published."""
    table, key, what = {
        "region": ("dim_region", "region", "kind"),
        "provider": ("dim_provider", "provider", "null"),
        "prison": ("dim_prison", "prison", "null"),
    }[kind]
    try:
        rows = data.ask(edition, f"select {key} as id, name, {what} as what from {table} order by valid_from nulls first", (table,))
    except TableMissing:
        return {}
    return data.made(_named, rows)


def _named(rows: pd.DataFrame) -> dict[str, str]:
    latest = {str(row.id): (str(row.name), FORMER_AREA.get(str(row.what))) for row in rows.dropna(subset="name").itertuples(index=False)}
    named = {one: f"{name} ({former})" if former else name for one, (name, former) in latest.items()}
    # Two places of one name would be taken for one another wherever a name stands for its place.
    often = Counter(named.values())
    return {one: name if often[name] == 1 else f"{name} ({one})" for one, name in named.items()}


def current_regions(edition: Edition) -> dict[str, str]:
    """Regions in force at as-of that are their own current region: shown even when they have no release."""
    try:
        rows = data.ask(
            edition,
            """select region, name from dim_region
            where region = current_region and (valid_to is null or cast(valid_to as varchar) >= ?)
            order by name""",
            ("dim_region",),
            (edition.as_of,),
        )
    except TableMissing:
        return {}
    return {str(row.region): str(row.name) for row in rows.itertuples(index=False)}


def periods(edition: Edition, measure_id: str, grain: str, kind: str = "nation", protected: bool = False) -> pd.DataFrame:
    """Periods of a measure, oldest first: period_start, denominator (the largest of any geography of `kind`)."""
    return data.ask(
        edition,
        """select period_start, max(denominator) as denominator from fct_measure_result
        where measure_id = ? and period_grain = ? and geography_kind = ?
        group by period_start order by period_start""",
        ("fct_measure_result",),
        (measure_id, grain, kind),
        protected,
    )


def grains(edition: Edition, kind: str, protected: bool = False) -> list[str]:
    """Period grains that have rows for this kind of geography: in those that are printed for all if `protected`, and where not all figures are exact."""
    rows = data.ask(
        edition,
        "select distinct period_grain from fct_measure_result where geography_kind = ?",
        ("fct_measure_result",),
        (kind,),
        protected=protected or data.exactness(edition) != "exact",
    )
    return list(rows["period_grain"])


def printed_grain(edition: Edition, kind: str, grain: str) -> str:
    """The length of period that a file has of this kind of geography: `grain` where that is printed, else the longest that is."""
    if not edition.has("fct_measure_result", PROTECTED):
        return grain
    printed = grains(edition, kind, protected=True)
    return grain if grain in printed else next((one for one in ("year", "quarter", "month") if one in printed), grain)


def measured(edition: Edition, kind: str) -> set[str]:
    """Measures with a row for this kind of geography."""
    rows = data.ask(
        edition,
        "select distinct measure_id from fct_measure_result where geography_kind = ?",
        ("fct_measure_result",),
        (kind,),
    )
    return set(rows["measure_id"])


def geographies(edition: Edition, kind: str, protected: bool = False) -> list[str]:
    """Ids of this kind that have a row in any period."""
    rows = data.ask(
        edition,
        "select distinct geography_id from fct_measure_result where geography_kind = ? and geography_id is not null",
        ("fct_measure_result",),
        (kind,),
        protected,
    )
    return sorted(rows["geography_id"].astype(str))


def result_columns(edition: Edition) -> str:
    """Where figures of some places are controlled and those of others are not, each row says whether it is."""
    return RESULT_COLUMNS + (", marks is not null as is_protected" if data.exactness(edition) == "own" else "")


def across(edition: Edition, measure_id: str, grain: str, period: str, kind: str) -> pd.DataFrame:
    """Result rows of one measure and period: the nation's total and that of each geography of `kind`."""
    return data.ask(
        edition,
        f"""select {result_columns(edition)} from fct_measure_result
        where measure_id = ? and period_grain = ? and cast(period_start as date) = cast(? as date)
          and geography_kind in ('nation', ?) and characteristic = 'all' and characteristic_value = 'all'
        order by geography_kind, geography_id""",
        ("fct_measure_result",),
        (measure_id, grain, period, kind),
    )


def over_time(edition: Edition, measure_id: str, grain: str, kind: str, geography: str) -> pd.DataFrame:
    """Result rows of one measure over all periods: the nation, and one geography of `kind` ('' for the nation alone)."""
    return data.ask(
        edition,
        f"""select {result_columns(edition)} from fct_measure_result
        where measure_id = ? and period_grain = ? and characteristic = 'all' and characteristic_value = 'all'
          and (geography_kind = 'nation' or (geography_kind = ? and geography_id = ?))
        order by geography_kind, period_start""",
        ("fct_measure_result",),
        (measure_id, grain, kind, geography),
    )


def characteristics(edition: Edition, measure_id: str, kind: str) -> dict[str, str]:
    """characteristic -> its name: the ways of splitting a measure that have rows for the nation or for geographies of `kind`."""
    rows = data.ask(
        edition,
        """select distinct result.characteristic, way.name, way.sort_order
        from fct_measure_result as result
        inner join dim_characteristic as way on result.characteristic = way.characteristic
        where result.characteristic <> 'all' and result.measure_id = ? and result.geography_kind in ('nation', ?)
        order by way.sort_order""",
        ("fct_measure_result", "dim_characteristic"),
        (measure_id, kind),
    )
    return dict(zip(rows["characteristic"], rows["name"], strict=True))


def ways(edition: Edition) -> dict[str, str]:
    """characteristic -> its name, in order: all the ways in which figures are split."""
    rows = data.ask(edition, "select characteristic, name from dim_characteristic order by sort_order", ("dim_characteristic",), protected=True)
    return dict(zip(rows["characteristic"].astype(str), rows["name"].astype(str), strict=True))


def by_characteristic(
    edition: Edition, measure_id: str, grain: str, period: str, kind: str, geography: str, characteristic: str
) -> pd.DataFrame:
    """Result rows of one measure, period and place by value of a characteristic."""
    return data.ask(
        edition,
        f"""select {result_columns(edition)} from fct_measure_result
        where measure_id = ? and period_grain = ? and cast(period_start as date) = cast(? as date)
          and geography_kind = ? and geography_id = ? and characteristic = ?
        order by characteristic_value""",
        ("fct_measure_result",),
        (measure_id, grain, period, kind, geography, characteristic),
    )


def bases(edition: Edition) -> pd.DataFrame:
    """How releases belong to providers: provider, basis, domain, releases (distinct)."""
    return data.ask(
        edition,
        """select provider, basis, coalesce(cast(domain as varchar), '') as domain, count(distinct release_id) as releases
        from fct_release_provider group by 1, 2, 3 order by 1, 2, 3""",
        ("fct_release_provider",),
        is_counted=True,
    )


def contract_names(edition: Edition) -> dict[str, str]:
    """contract_id -> its name with the id, under which claims and files name it; the id where it has no name."""
    rows = data.ask(
        edition,
        """select contract_id, case when name is null then contract_id else name || ' (' || contract_id || ')' end as name
        from dim_contract order by contract_id""",
        ("dim_contract",),
        protected=True,
    )
    return data.made(_by_id, rows, "contract_id", "name")


def _by_id(rows: pd.DataFrame, key: str, value: str) -> dict[str, str]:
    return dict(zip(rows[key].astype(str), rows[value].astype(str), strict=True))


def limits(edition: Edition, begins: str) -> dict[str, float]:
    """Thresholds in force whose name begins so."""
    rows = data.ask(
        edition,
        """select threshold, value from dim_threshold where starts_with(threshold, ?)
        and cast(valid_from as varchar) <= ? and (valid_to is null or cast(valid_to as varchar) >= ?)""",
        ("dim_threshold",),
        (begins, edition.as_of, edition.as_of),
        protected=True,
    )
    return {str(name): float(value) for name, value in zip(rows["threshold"], rows["value"], strict=True)}


def definition_rows(edition: Edition, table: str) -> pd.DataFrame:
    """A small protected table whole: dim_definition, dim_policy_break or dim_shorthand."""
    return data.ask(edition, f"select * from {table}", (table,), protected=True)


def comparators(edition: Edition) -> pd.DataFrame:
    """Published figures and targets, those measured first, the newest first: dim_comparator whole, text '' and dates NaT where empty."""
    return data.ask(
        edition,
        """select comparator_id, measure_id, label, coalesce(period, '') as period, geography, value, numerator, denominator, lower, upper,
               kind, cast(is_comparable as boolean) as is_comparable, comparability_note, cast(valid_from as timestamp) as valid_from,
               cast(valid_to as timestamp) as valid_to, source, cast(verified as boolean) as verified
        from dim_comparator order by measure_id, kind, valid_from desc nulls last, comparator_id""",
        ("dim_comparator",),
        protected=True,
    )


def policy_breaks(edition: Edition) -> pd.DataFrame:
    """break_id, date, label, domains, by date, up to as-of: of what comes later nothing is known yet. Empty where none were published."""
    try:
        return data.ask(
            edition,
            "select break_id, date, label, domains from dim_policy_break where cast(date as varchar) <= ? order by date",
            ("dim_policy_break",),
            (f"{edition.as_of} 99",),
        )
    except TableMissing:
        return pd.DataFrame({"break_id": [], "date": [], "label": [], "domains": []})


INSPECTED = ("dim_comparator", "dim_measure", "fct_release", "fct_release_status", "fct_measure_person")


# The inspection's own window: the first release of each person in it.
_SAMPLE = """with printed as (
            select measure_id, label, period, numerator, denominator, cast(valid_from as date) as first_day, cast(valid_to as date) as last_day
            from dim_comparator where numerator is not null and kind = 'comparator'
        ),
        inside as (select min(first_day) as first_day, max(last_day) as last_day from printed),
        sample as (
            select release_id, person_id from fct_release cross join inside where release_date between first_day and last_day
            qualify row_number() over (partition by person_id order by release_date, release_id) = 1
        )"""


def inspection(edition: Edition) -> pd.DataFrame | None:
    """What the inspection printed with its counts, beside the same counted in its own window: the first release of each person from the first to
    the last day of the sample. One row a printed figure: label, measure_id, period, printed_numerator, printed_denominator, numerator,
    denominator, with_record and available (bases as the inspection has them), unknown, not_yet_due, out_of_scope. None where the edition is not that of the sample,
    in which nine people in ten are."""
    held = data.ask(edition, f"{_SAMPLE} select (select count(*) from sample) >= 0.9 * (select count(distinct person_id) from fct_release) as is_sample", ("dim_comparator", "fct_release"), is_counted=True)  # fmt: skip
    if not held["is_sample"].all():
        return None
    rows = data.ask(
        edition,
        f"""{_SAMPLE},
        recorded as (
            -- The inspection's bases: whoever has a record, clear or not, with and without those not available for work.
            select measure.measure_id, count(*) filter (where is_recorded) as with_record,
                count(*) filter (where is_recorded and official_class is distinct from 'not_available') as available
            from dim_measure as measure
            inner join (
                select *, state = 'observed' or state = 'unknown' and coalesce(state_reason, '') not in ('no_record', 'not_linked', 'table_missing') as is_recorded
                from fct_release_status
            ) as status on status.domain = measure.domain and status.day = measure.day
            inner join sample using (release_id)
            where measure.kind = 'status_at' group by measure.measure_id
        )
        select printed.label, printed.measure_id, printed.period,
            any_value(printed.numerator) as printed_numerator, any_value(printed.denominator) as printed_denominator,
            count(*) filter (where person.in_numerator) as numerator, count(*) filter (where person.in_denominator) as denominator,
            coalesce(any_value(recorded.with_record), count(*) filter (where person.in_denominator)) as with_record,
            coalesce(any_value(recorded.available), count(*) filter (where person.in_denominator)) as available,
            count(*) filter (where person.state = 'unknown') as unknown, count(*) filter (where person.state = 'not_yet_due') as not_yet_due,
            count(*) filter (where person.state = 'out_of_scope') as out_of_scope
        from printed
        inner join fct_measure_person as person using (measure_id)
        inner join sample using (release_id)
        left join recorded using (measure_id)
        group by printed.label, printed.measure_id, printed.period order by printed.measure_id""",
        INSPECTED,
        is_counted=True,
    )
    return rows if len(rows) else None


def revisions(edition: Edition) -> pd.DataFrame | None:
    """Figures published before that are others in this edition, the largest changes first; None where it was compared with none.

    One row a figure: measure, period, place, first_value, first_vintage, counts and value before and now, main_cause, is_announced,
    releases (that count otherwise, due ones left out)."""
    if not edition.has(REVISION, RESTRICTED):
        return None
    return data.ask(
        edition,
        """select measure_id, period_grain, period_start, geography_kind, geography_id, first_value, first_vintage,
            numerator_before, denominator_before, value_before, numerator, denominator, value, main_cause, is_announced,
            releases_late + releases_corrected + releases_rule + releases_linkage as releases
        from revision
        order by is_announced desc, releases desc, measure_id, period_grain, period_start, geography_kind, geography_id""",
        (REVISION,),
    )


def at_thresholds(edition: Edition) -> pd.DataFrame | None:
    """Yearly figures at the three thresholds of linkage, for the nation, regions and providers; None where they were not made
    (orchestration/linkage/thresholds.py). Columns: measure_id, period_start, geography_kind, geography_id, and numerator, denominator and
    value at strict, default and loose."""
    if not edition.has(THRESHOLD, RESTRICTED):
        return None
    values = ", ".join(f"{value}_{name}" for name in ("strict", "default", "loose") for value in ("numerator", "denominator", "value"))
    return data.ask(
        edition,
        f"""select measure_id, period_start, geography_kind, geography_id, {values}
        from threshold
        where period_grain = 'year'
        order by measure_id, period_start, geography_kind, geography_id""",
        (THRESHOLD,),
    )

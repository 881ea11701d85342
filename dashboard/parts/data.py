"""The read-only query layer: every question the pages ask of a published release.

Only this module opens files or imports duckdb. It reads `<home>/published/current` at every call, so that a new
release is seen without a restart, and the Parquet files of the release folder it names.
"""

import json
import os
from collections import Counter
from dataclasses import dataclass, field, fields
from pathlib import Path

import duckdb
import pandas as pd
import streamlit as st

from dashboard.parts.figure import Reading

RESULT_COLUMNS = """measure_id, period_grain, period_start, geography_kind, geography_id, characteristic,
    characteristic_value, numerator, denominator, value, lower, upper, interval_method, value_all_in, unknown,
    not_yet_due, out_of_scope, stale, value_if_unknown_all_good, value_if_unknown_all_bad, status, vintage"""


class NoRelease(Exception):
    """Nothing has been published yet, or the pointer names a folder that is not there. The text says what to do."""


class TableMissing(Exception):
    """A table of the release is absent or not in its agreed shape. The text names it."""


@dataclass(frozen=True)
class Release:
    """One immutable published folder. `manifest` is its manifest.json."""

    release_id: str
    as_of: str
    folder: str
    manifest: dict = field(compare=False, hash=False)

    def has(self, table: str, side: str) -> bool:
        """Whether `table` lies in `side` ('protected' or 'restricted')."""
        return (Path(self.folder) / side / f"{table}.parquet").is_file()


# A home may hold a second one: the demonstration is a nation with the inspection sample in it.
WORLDS = {"nation": "Invented nation", "inspection": "Inspection sample"}


def _home() -> Path:
    home = os.environ.get("GATEHOUSE_HOME", "").strip()
    if not home:
        raise NoRelease("No home folder is set. Start the dashboard with `gatehouse dashboard --home DIR`.")
    return Path(home)


def has_sample() -> bool:
    """Whether the home holds the inspection sample beside its own release."""
    return (_home() / "inspection" / "published" / "current").is_file()


def world() -> str:
    """The world the address asks for, a key of WORLDS; '' where the home holds one only."""
    if not has_sample():
        return ""
    asked = st.query_params.get("world", "nation")
    return asked if asked in WORLDS else "nation"


def home() -> Path:
    """The home of the world chosen."""
    return _home() / "inspection" if world() == "inspection" else _home()


def current_release() -> Release:
    """The release the pointer of the world chosen names now. Raises NoRelease with what to do about it."""
    pointer = home() / "published" / "current"
    if not pointer.is_file():
        raise NoRelease("Nothing has been published in this home yet. Run `gatehouse refresh --landing DIR --home DIR`, then reload.")
    folder = pointer.parent / Path(pointer.read_text(encoding="utf-8").strip()).name
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NoRelease(
            f"The pointer names release `{folder.name}`, whose manifest cannot be read. "
            "Run `gatehouse status --home DIR`, then refresh again."
        ) from error
    return Release(
        release_id=str(manifest.get("release_id", folder.name)),
        as_of=str(manifest.get("as_of", ""))[:10],
        folder=str(folder),
        manifest=manifest,
    )


def _path(release: Release, table: str, sides: tuple[str, ...]) -> str:
    for side in sides:
        if release.has(table, side):
            return str(Path(release.folder) / side / f"{table}.parquet")
    raise TableMissing(f"`{table}` is not in this release.")


@st.cache_data(max_entries=400, show_spinner=False)
def _rows(release_id: str, folder: str, paths: tuple[tuple[str, str], ...], sql: str, params: tuple) -> pd.DataFrame:
    """Rows of `sql` over the named Parquet files. The release id is in the key: a folder never changes, the id does."""
    with duckdb.connect() as connection:
        for table, path in paths:
            connection.execute(f"create view {table} as select * from read_parquet('{path.replace(chr(39), chr(39) * 2)}')")
        try:
            return connection.execute(sql, list(params)).df()
        except duckdb.Error as error:
            raise TableMissing(
                f"{' and '.join(f'`{table}`' for table, _ in paths)} is not as agreed: a column this page needs is absent or of another type."
            ) from error


def _ask(release: Release, sql: str, tables: tuple[str, ...], params: tuple = (), protected: bool = False) -> pd.DataFrame:
    sides = ("protected",) if protected else ("restricted", "protected")
    paths = tuple((table, _path(release, table, sides)) for table in tables)
    return _rows(release.release_id, release.folder, paths, sql, params)


def columns(release: Release, table: str) -> list[str]:
    """Names of a table's columns, in order."""
    return list(_ask(release, f"select * from {table} limit 0", (table,)).columns)


def is_exact(release: Release) -> bool:
    """Whether the figures on screen are exact ones (restricted), not the controlled ones."""
    return release.has("fct_measure_result", "restricted")


def reading(release: Release) -> Reading:
    """How the figures of this release are to be read. Raises TableMissing where a threshold the pages need was not published."""
    held = _ask(
        release,
        """select threshold, value, unit from dim_threshold
        where cast(valid_from as varchar) <= ? and (valid_to is null or cast(valid_to as varchar) >= ?)""",
        ("dim_threshold",),
        (release.as_of, release.as_of),
        protected=True,
    )
    values = dict(zip(held["threshold"], held["value"], strict=True))
    marks = _ask(release, "select shorthand, meaning from dim_shorthand order by sort_order", ("dim_shorthand",), protected=True)
    named = {one.name: one.type for one in fields(Reading) if one.name not in ("is_exact", "marks")}
    absent = sorted(set(named) - set(values))
    if absent:
        raise TableMissing(f"`dim_threshold` has no {', '.join(absent)} in force on {release.as_of}.")
    return Reading(
        is_exact=is_exact(release),
        marks=dict(zip(marks["shorthand"], marks["meaning"], strict=True)),
        **{name: kind(values[name]) for name, kind in named.items()},
    )


def measures(release: Release) -> pd.DataFrame:
    """One row a measure in force at as-of, in the order of the registry."""
    return _ask(
        release,
        """select measure_id, name, label, definition, numerator_label, denominator_label, sentence, domain, unit, direction, day,
               clock, source, comparability_note, cast(is_payment as boolean) as is_payment,
               cast(is_headline as boolean) as is_headline, sort_order,
               cast(verified as boolean) as verified
        from dim_measure
        where valid_to is null or cast(valid_to as varchar) >= ?
        order by sort_order, measure_id""",
        ("dim_measure",),
        (release.as_of,),
    ).drop_duplicates("measure_id", keep="last")


# What an area of an earlier kind is called beside a region of the same name.
FORMER_AREA = {"crc_area": "CRC area", "nps_division": "NPS division", "trust": "probation trust"}


def names(release: Release, kind: str) -> dict[str, str]:
    """geography_id -> name, latest name of each, no two alike; {} where the dimension was not published."""
    table, key, what = {
        "region": ("dim_region", "region", "kind"),
        "provider": ("dim_provider", "provider", "null"),
        "prison": ("dim_prison", "prison", "null"),
    }[kind]
    try:
        rows = _ask(release, f"select {key} as id, name, {what} as what from {table} order by valid_from nulls first", (table,))
    except TableMissing:
        return {}
    latest = {str(row.id): (str(row.name), FORMER_AREA.get(row.what)) for row in rows.itertuples(index=False) if pd.notna(row.name)}
    named = {one: f"{name} ({former})" if former else name for one, (name, former) in latest.items()}
    # Two places of one name would be taken for one another wherever a name stands for its place.
    often = Counter(named.values())
    return {one: name if often[name] == 1 else f"{name} ({one})" for one, name in named.items()}


def current_regions(release: Release) -> dict[str, str]:
    """Regions in force at as-of that are their own current region: shown even when they have no release."""
    try:
        rows = _ask(
            release,
            """select region, name from dim_region
            where region = current_region and (valid_to is null or cast(valid_to as varchar) >= ?)
            order by name""",
            ("dim_region",),
            (release.as_of,),
        )
    except TableMissing:
        return {}
    return {str(row.region): str(row.name) for row in rows.itertuples(index=False)}


def periods(release: Release, measure_id: str, grain: str, kind: str = "nation") -> pd.DataFrame:
    """Periods of a measure, oldest first: period_start, denominator (the largest of any geography of `kind`)."""
    return _ask(
        release,
        """select period_start, max(denominator) as denominator from fct_measure_result
        where measure_id = ? and period_grain = ? and geography_kind = ?
        group by period_start order by period_start""",
        ("fct_measure_result",),
        (measure_id, grain, kind),
    )


def grains(release: Release) -> list[str]:
    """Period grains that have rows."""
    rows = _ask(release, "select distinct period_grain from fct_measure_result", ("fct_measure_result",))
    return list(rows["period_grain"])


def measured(release: Release, kind: str) -> set[str]:
    """Measures with a row for this kind of geography."""
    rows = _ask(
        release,
        "select distinct measure_id from fct_measure_result where geography_kind = ?",
        ("fct_measure_result",),
        (kind,),
    )
    return set(rows["measure_id"])


def geographies(release: Release, kind: str) -> list[str]:
    """Ids of this kind that have a row in any period."""
    rows = _ask(
        release,
        "select distinct geography_id from fct_measure_result where geography_kind = ? and geography_id is not null",
        ("fct_measure_result",),
        (kind,),
    )
    return sorted(rows["geography_id"].astype(str))


def across(release: Release, measure_id: str, grain: str, period: str, kind: str) -> pd.DataFrame:
    """Result rows of one measure and period: the nation's total and that of each geography of `kind`."""
    return _ask(
        release,
        f"""select {RESULT_COLUMNS} from fct_measure_result
        where measure_id = ? and period_grain = ? and cast(period_start as date) = cast(? as date)
          and geography_kind in ('nation', ?) and characteristic = 'all' and characteristic_value = 'all'
        order by geography_kind, geography_id""",
        ("fct_measure_result",),
        (measure_id, grain, period, kind),
    )


def over_time(release: Release, measure_id: str, grain: str, kind: str, geography: str) -> pd.DataFrame:
    """Result rows of one measure over all periods: the nation, and one geography of `kind` ('' for the nation alone)."""
    return _ask(
        release,
        f"""select {RESULT_COLUMNS} from fct_measure_result
        where measure_id = ? and period_grain = ? and characteristic = 'all' and characteristic_value = 'all'
          and (geography_kind = 'nation' or (geography_kind = ? and geography_id = ?))
        order by geography_kind, period_start""",
        ("fct_measure_result",),
        (measure_id, grain, kind, geography),
    )


def characteristics(release: Release, measure_id: str, kind: str) -> dict[str, str]:
    """characteristic -> its name: the ways of splitting a measure that have rows for the nation or for geographies of `kind`."""
    rows = _ask(
        release,
        """select distinct result.characteristic, way.name, way.sort_order
        from fct_measure_result as result
        inner join dim_characteristic as way on result.characteristic = way.characteristic
        where result.characteristic <> 'all' and result.measure_id = ? and result.geography_kind in ('nation', ?)
        order by way.sort_order""",
        ("fct_measure_result", "dim_characteristic"),
        (measure_id, kind),
    )
    return dict(zip(rows["characteristic"], rows["name"], strict=True))


def by_characteristic(
    release: Release, measure_id: str, grain: str, period: str, kind: str, geography: str, characteristic: str
) -> pd.DataFrame:
    """Result rows of one measure, period and place by value of a characteristic."""
    return _ask(
        release,
        f"""select {RESULT_COLUMNS} from fct_measure_result
        where measure_id = ? and period_grain = ? and cast(period_start as date) = cast(? as date)
          and geography_kind = ? and geography_id = ? and characteristic = ?
        order by characteristic_value""",
        ("fct_measure_result",),
        (measure_id, grain, period, kind, geography, characteristic),
    )


def bases(release: Release) -> pd.DataFrame:
    """How releases belong to providers: provider, basis, domain, releases (distinct)."""
    return _ask(
        release,
        """select provider, basis, coalesce(cast(domain as varchar), '') as domain, count(distinct release_id) as releases
        from fct_release_provider group by 1, 2, 3 order by 1, 2, 3""",
        ("fct_release_provider",),
    )


def claims(release: Release) -> pd.DataFrame:
    """provider x domain x outcome_cell: claims (reversals and the reversed left out), unlinked of them, claimed, paid, pounds."""
    has_reversed = "is_reversed" in columns(release, "fct_claim")
    reversed_too = "and not is_reversed" if has_reversed else ""
    return _ask(
        release,
        f"""select provider, coalesce(domain, 'unknown') as domain, outcome_cell,
               count(*) filter (where not is_reversal {reversed_too}) as claims,
               count(*) filter (where not is_reversal {reversed_too} and paid_amount is not null) as paid_claims,
               count(*) filter (where not is_reversal {reversed_too} and person_id is null) as unlinked_claims,
               cast(sum(amount) as double) as claimed,
               cast(sum(paid_amount) as double) as paid
        from fct_claim group by provider, coalesce(domain, 'unknown'), outcome_cell
        order by provider, domain, outcome_cell""",
        ("fct_claim",),
    )


def claim_tests(release: Release) -> int:
    """How many claim tests ended other than pass; 0 also while the rules do not exist."""
    return int(_ask(release, "select count(*) as n from fct_claim_test", ("fct_claim_test",))["n"].iloc[0])


def due(release: Release) -> pd.DataFrame:
    """One row a planned release of the weeks ahead, the most pressing first: fct_due_release, dates as ISO text, '' where empty."""
    return _ask(
        release,
        """select booking_id, person_id, cast(planned_date as varchar) as planned_date, days_to_go, releasing_prison,
               coalesce(supervising_region, '') as supervising_region, coalesce(pdu, '') as pdu, coalesce(provider, '') as provider,
               home_state, coalesce(home_reason, '') as home_reason, coalesce(home_source, '') as home_source,
               coalesce(home_status, '') as home_status, photo_id, bank_account, officer, coalesce(officer_reason, '') as officer_reason,
               coalesce(cast(officer_since as varchar), '') as officer_since, handover,
               coalesce(cast(handover_due_on as varchar), '') as handover_due_on,
               coalesce(cast(handover_done_on as varchar), '') as handover_done_on, urgency, unknowns
        from fct_due_release order by urgency, days_to_go, person_id, booking_id""",
        ("fct_due_release",),
    )


def links(release: Release) -> pd.DataFrame:
    """One row a pair of records whose link is doubtful or was decided on, the most pressing first: fct_link_review, money in pounds,
    text '' where empty."""
    texts = """left_source right_source left_person_id right_person_id left_delivery right_delivery left_file right_file left_claims
        right_claims name_agreement born_agreement home_agreement sentence_agreement prison_number_agreement case_number_agreement
        police_number_agreement record_office_number_agreement decision""".split()
    return _ask(
        release,
        f"""select pair_id, left_record, right_record, left_row_number, right_row_number, is_one_person, weight, releases,
               cast(money as double) as money, outcomes, coalesce(cast(cast(decided_at as timestamp(0)) as varchar), '') as decided_at, rank,
               {", ".join(f"coalesce(cast({name} as varchar), '') as {name}" for name in texts)}
        from fct_link_review order by rank""",
        ("fct_link_review",),
    )


def person_changes(release: Release) -> pd.DataFrame:
    """How many people became others, by refresh, the newest first: as_of, since (ISO text), change, cause, people, records."""
    return _ask(
        release,
        """select cast(as_of as varchar) as as_of, cast(since as varchar) as since, change, cause,
               count(distinct person_id_before) as people, cast(sum(records) as bigint) as records
        from fct_person_change group by as_of, since, change, cause order by as_of desc, change, cause""",
        ("fct_person_change",),
    )


def releases_of(release: Release, persons: tuple[str, ...]) -> pd.DataFrame:
    """Releases of these people, the newest first: person_id, release_date (ISO text), releasing_prison, supervising_region."""
    return _ask(
        release,
        """select person_id, cast(release_date as varchar) as release_date, coalesce(releasing_prison, '') as releasing_prison,
               coalesce(supervising_region, '') as supervising_region
        from fct_release where person_id in (select unnest(string_split(?, ' '))) order by release_date desc, person_id""",
        ("fct_release",),
        (" ".join(persons),),
    )


def row_accounts(release: Release) -> pd.DataFrame:
    """One row a file: read, loaded, rejected, quarantined, refused, and whether they add up."""
    return _ask(
        release,
        """select delivery, file, rows_read, rows_loaded, rows_rejected, rows_quarantined, rows_refused,
               coalesce(rows_read = rows_loaded + rows_rejected + rows_quarantined + rows_refused, false) as is_balanced
        from fct_row_account order by delivery, file""",
        ("fct_row_account",),
    )


def quarantine(release: Release) -> pd.DataFrame:
    """Rows set aside: table, reason, rows."""
    return _ask(
        release,
        """select "table" as table_name, reason, count(*) as n from fct_quarantine
        group by "table", reason order by n desc, table_name, reason""",
        ("fct_quarantine",),
    )


def findings(release: Release) -> pd.DataFrame:
    """What a person should look at: finding, subject_kind, n."""
    return _ask(
        release,
        """select finding, coalesce(subject_kind, '') as subject_kind, cast(sum(coalesce(n, 1)) as bigint) as n
        from fct_finding group by finding, coalesce(subject_kind, '') order by n desc, finding""",
        ("fct_finding",),
    )


def definition_rows(release: Release, table: str) -> pd.DataFrame:
    """A small protected table whole: dim_definition, dim_policy_break or dim_shorthand."""
    return _ask(release, f"select * from {table}", (table,), protected=True)


def comparators(release: Release) -> pd.DataFrame:
    """Published figures and targets, those measured first, the newest first: dim_comparator whole, text '' and dates NaT where empty."""
    return _ask(
        release,
        """select comparator_id, measure_id, label, coalesce(period, '') as period, geography, value, numerator, denominator, lower, upper,
               kind, cast(is_comparable as boolean) as is_comparable, comparability_note, cast(valid_from as timestamp) as valid_from,
               cast(valid_to as timestamp) as valid_to, source, cast(verified as boolean) as verified
        from dim_comparator order by measure_id, kind, valid_from desc nulls last, comparator_id""",
        ("dim_comparator",),
        protected=True,
    )


def policy_breaks(release: Release) -> pd.DataFrame:
    """break_id, date, label, domains, by date; empty where none were published."""
    try:
        return _ask(
            release,
            "select break_id, date, label, domains from dim_policy_break order by date",
            ("dim_policy_break",),
        )
    except TableMissing:
        return pd.DataFrame({"break_id": [], "date": [], "label": [], "domains": []})


def extract(release: Release, measure_ids: tuple[str, ...], kinds: tuple[str, ...], grain: str) -> pd.DataFrame:
    """Controlled rows for a download, with what they mean beside each. Raises TableMissing where there are none.

    Every column of the controlled table is kept (its suppression marks too). A rate on too few releases would mean that
    control failed upstream: the extract is then refused whole, never trimmed.
    """
    marks = ", ".join("?" for _ in measure_ids)
    places = ", ".join("?" for _ in kinds)
    rows = _ask(
        release,
        f"""select r.*, m.label as measure_label, m.definition as measure_definition,
               m.numerator_label as numerator_means, m.denominator_label as denominator_means, m.unit as measure_unit,
               m.comparability_note as comparability
        from fct_measure_result as r
        inner join (
            select measure_id, max(label) as label, max(definition) as definition, max(unit) as unit,
                   max(numerator_label) as numerator_label, max(denominator_label) as denominator_label,
                   max(comparability_note) as comparability_note
            from dim_measure group by measure_id
        ) as m on r.measure_id = m.measure_id
        where r.measure_id in ({marks}) and r.geography_kind in ({places}) and r.period_grain = ?
        order by r.measure_id, r.period_start, r.geography_kind, r.geography_id, r.characteristic, r.characteristic_value""",
        ("fct_measure_result", "dim_measure"),
        (*measure_ids, *kinds, grain),
        protected=True,
    )
    least = reading(release).low_rate_denominator
    small = (rows["measure_unit"] == "share") & (rows["denominator"] < least) & rows["value"].notna()
    if small.any():
        raise TableMissing(
            f"{int(small.sum())} controlled rows carry a rate on fewer than {least} releases, which disclosure control does not allow."
        )
    if "suppression" not in rows.columns:
        # [c] confidential: the controlled table leaves a hidden count empty.
        hidden = rows["denominator"].isna() | ((rows["measure_unit"] == "share") & rows["numerator"].isna())
        rows["suppression"] = hidden.map({True: "[c]", False: ""})
    rows["release_id"] = release.release_id
    rows["as_of"] = release.as_of
    return rows


def revisions(release: Release) -> pd.DataFrame | None:
    """Figures published before that are others in this release, the largest changes first; None where it was compared with none.

    One row a figure: measure, period, place, first_value, first_vintage, counts and value before and now, main_cause, is_announced,
    releases (that count otherwise, due ones left out)."""
    folder = Path(release.folder)
    entries = sorted((folder.parent / "revisions").glob(f"*--{folder.name}.parquet"))
    if not entries:
        return None
    return _rows(
        release.release_id,
        release.folder,
        (("revision", str(entries[-1])),),
        """select measure_id, period_grain, period_start, geography_kind, geography_id, first_value, first_vintage,
            numerator_before, denominator_before, value_before, numerator, denominator, value, main_cause, is_announced,
            releases_late + releases_corrected + releases_rule + releases_linkage as releases
        from revision
        order by is_announced desc, releases desc, measure_id, period_grain, period_start, geography_kind, geography_id""",
        (),
    )


def at_thresholds(release: Release) -> pd.DataFrame | None:
    """Yearly figures at the three thresholds of linkage, for the nation, regions and providers; None where they were not made
    (orchestration/linkage/thresholds.py). Columns: measure_id, period_start, geography_kind, geography_id, and numerator, denominator and
    value at strict, default and loose."""
    folder = Path(release.folder)
    made = folder.parent / "thresholds" / f"{folder.name}.parquet"
    if not made.exists():
        return None
    values = ", ".join(f"{value}_{name}" for name in ("strict", "default", "loose") for value in ("numerator", "denominator", "value"))
    return _rows(
        release.release_id,
        release.folder,
        (("threshold", str(made)),),
        f"""select measure_id, period_start, geography_kind, geography_id, {values}
        from threshold
        where period_grain = 'year'
        order by measure_id, period_start, geography_kind, geography_id""",
        (),
    )


def at_the_door(door: str) -> dict[str, bool]:
    """What Great Expectations last judged at `door` ('landing', 'edition'): by suite, whether all was as expected. Nothing before a refresh."""
    found = sorted((home() / "doors" / door).glob("*.json"))
    return {path.stem: json.loads(path.read_text(encoding="utf-8"))["success"] for path in found}


def door_page(door: str, suite: str) -> str:
    """The Data Docs page of one suite of `at_the_door`."""
    return (home() / "doors" / door / f"{suite}.html").read_text(encoding="utf-8")

"""The read-only query layer: every question the pages ask of an edition.

Only this module, `payment.py` and `outcomes.py`, for what is asked about payment and outcomes, speak SQL. Each run of a page begins with `begin`, so that a new edition is
found without a restart and a page is of one edition and one reader throughout. What is not the reader's is left out below (edition/rights.py). A list of rows about people is in the
access record (edition/access.py), with their number, before it is shown, exact figures once a run; where it cannot be written there are
protected tables only.
"""

import json
import os
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import get_type_hints

import pandas as pd
import streamlit as st

from dashboard.parts.figure import Reading
from decisions import extracts
from edition import embargo
from edition.access import NotRecorded, Use
from edition.extract.extract import Asking
from edition.folder import (
    PROTECTED,
    RESTRICTED,
    REVISION,
    THRESHOLD,
    Edition,
    EditionError,
    NoEdition,
    TableMissing,
    current,
    current_id,
    is_kept,
    pointer,
)
from edition.folder import edition as edition_of
from edition.reading import QuestionError, opened
from edition.rights import RESULT, Grant, NotGranted, Reader, granted, has_all_columns, is_of_people, is_whole

RESULT_COLUMNS = """measure_id, period_grain, period_start, geography_kind, geography_id, characteristic,
    characteristic_value, numerator, denominator, value, lower, upper, interval_method, value_all_in, unknown,
    not_yet_due, out_of_scope, stale, value_if_unknown_all_good, value_if_unknown_all_bad, status, vintage"""


class EditionGone(EditionError):
    """The edition that an address asks for is not kept in this home. `newest`: the one in force."""

    def __init__(self, asked: str, newest: Edition):
        super().__init__(f"Edition {asked} is not kept here: it was withdrawn, or is one of another home")
        self.newest = newest


class Withheld(TableMissing):
    """A table is restricted, and that it is looked at cannot be recorded."""


@dataclass
class Run:
    """One run of one page: the edition it shows, which one is in force, when, its use of restricted rows, and why there are none; '' where
    there are. `listed`: the lists of people in it that are in the access record."""

    edition: Edition
    newest: str
    now: datetime
    use: Use
    withheld: str
    listed: set[tuple] = field(default_factory=set)


# A home may hold a second one: the demonstration is a nation with the inspection sample in it.
WORLDS = {"nation": "Invented nation", "inspection": "Inspection sample"}


def root() -> Path:
    """The home that the dashboard serves: in it people sign in, and what is granted counts in every world. Raises NoEdition."""
    home = os.environ.get("GATEHOUSE_HOME", "").strip()
    if not home:
        raise NoEdition("No home folder is set. Start the dashboard with `gatehouse dashboard --home DIR`.")
    return Path(home)


def has_sample() -> bool:
    """Whether the home holds the inspection sample beside its own edition."""
    return pointer(root() / "inspection").is_file()


def world() -> str:
    """The world the address asks for, a key of WORLDS; '' where the home holds one only."""
    if not has_sample():
        return ""
    asked = st.query_params.get("world", "nation")
    return asked if asked in WORLDS else "nation"


def home() -> Path:
    """The home of the world chosen."""
    return root() / "inspection" if world() == "inspection" else root()


def choose_edition() -> tuple[Edition, str]:
    """The edition of this run, and the name of the one in force, which is read once: the edition that the address asks for, else the one that
    this session began with in this world, else the one in force. Raises EditionGone, EditionError."""
    newest = current_id(home())
    if newest is None:
        return current(home()), ""
    begun_with = st.session_state.setdefault("editions", {})
    asked = st.query_params.get("edition", "") or begun_with.get(world(), newest)
    if asked != newest and not is_kept(home(), asked):
        raise EditionGone(asked[:60], edition_of(home(), newest))
    begun_with[world()] = asked
    return edition_of(home(), asked), newest


def begin(edition: Edition, reader: Reader, purpose: str, page: str, now: datetime, newest: str = "") -> None:
    """Begin a run of a page, named by its address, for a reader. Without a purpose it shows no row about a person. `newest`: the edition in
    force, where that is another."""
    use = Use(edition, now, reader, purpose, page=page)
    st.session_state["run"] = Run(edition, newest or edition.edition_id, now, use, use.why_not())


def largest(edition: Edition, kind: str) -> str:
    """The region, or the provider with claims, of which the controlled results count most; '' where there is none."""
    rows = _rows(
        edition.edition_id, str(edition.folder), None, False, False, ("fct_measure_result", "dim_measure"),
        """select geography_id from fct_measure_result as result
        inner join dim_measure as measure on measure.measure_id = result.measure_id
        where geography_kind = ? and characteristic = 'all' and (geography_kind = 'region' or is_payment)
        group by geography_id order by sum(denominator) desc nulls last, geography_id limit 1""",
        (kind,), None, edition, None,
    )  # fmt: skip
    return "" if rows.empty else str(rows["geography_id"].iloc[0])


def this_run() -> Run:
    """The run that began last in this session."""
    return st.session_state["run"]


def current_edition() -> Edition:
    """The edition this run of the page shows."""
    return this_run().edition


def gaps(edition: Edition) -> pd.DataFrame:
    """Tables of which records could not be read, one row a source and table: how many, whether what was delivered of them before stands, and
    the figures they touch, in words. Raises TableMissing."""
    query = """select source, "table", unread_records, lost_records, earlier_stands, figures from fct_gap order by source, "table" """
    return ask(edition, query, ("fct_gap",), protected=True)


def now() -> datetime:
    """When this run of the page began, in local time."""
    return this_run().now.replace(microsecond=0, tzinfo=None)


def withheld() -> str:
    """Why restricted rows are not shown; '' where they are."""
    return this_run().withheld


@st.cache_data(max_entries=400, show_spinner=False)
def _rows(
    edition_id: str,
    folder: str,
    grants: tuple[Grant, ...] | None,
    has_purpose: bool,
    is_counted: bool,
    tables: tuple[str, ...],
    sql: str,
    params: tuple,
    embargoed: tuple[embargo.Series, ...] | None,
    _edition: Edition,
    _use: Use | None,
) -> pd.DataFrame:
    """Rows of `sql` over the named tables. The edition id is in the key: a folder never changes, the id does. So is all that decides what of
    the tables is there: whoever has the same grants sees the same."""
    try:
        with opened(_edition, _use, tables, is_entered_later=True, is_counted=is_counted, embargoed=embargoed) as con:
            return con.execute(sql, list(params)).df()
    except QuestionError as error:
        reader = _use.reader if _use else Reader("")
        for table in tables:
            if _edition.has(table, RESTRICTED) and granted(table, reader) and not has_all_columns(reader, table):
                raise NotGranted(f"`{table}` is for {reader} in part only, and what stands here needs more of it.") from error
        raise TableMissing(
            f"{' and '.join(f'`{table}`' for table in tables)} is not as agreed: a column this page needs is absent or of another type."
        ) from error


def ask(
    edition: Edition, sql: str, tables: tuple[str, ...], params: tuple = (), protected: bool = False, is_counted: bool = False
) -> pd.DataFrame:
    """Rows of `sql`. `protected`: of the protected side only. `is_counted`: they are counts, so that people under restriction or exclusion are
    among those counted, and no purpose is needed; what is not counted may list people."""
    run = this_run()
    use = None if protected or run.withheld else run.use
    mine = [table for table in tables if edition.has(table, RESTRICTED) and granted(table, run.use.reader)]
    if run.withheld and not protected:
        for table in mine:
            if not edition.has(table, PROTECTED):
                raise Withheld(f"`{table}` is restricted: {run.withheld}.")
    grants, has_purpose = (use.reader.grants, use.has_purpose) if use else (None, False)
    embargoed = embargo.unpublished(edition, run.now.date()) if RESULT in tables else None
    # The edition in force says who may be in no list of an earlier one.
    # By name: of what has none Streamlit looks the name up at each question.
    rows = _rows(
        edition_id=f"{edition.edition_id} {run.newest}", folder=str(edition.folder), grants=grants, has_purpose=has_purpose, is_counted=is_counted,
        tables=tables, sql=sql, params=params, embargoed=embargoed, _edition=edition, _use=use,
    )  # fmt: skip
    if use and mine:
        # Each run of a page is a use of its own, though the rows may be kept from an earlier one.
        people = [table for table in mine if is_of_people(table) and not is_counted]
        try:
            if not people:
                use.enter()
            elif (sql, params) not in run.listed:
                use.enter(len(rows), people)
                run.listed.add((sql, params))
        except NotRecorded as error:
            run.withheld = str(error)
            return ask(edition, sql, tables, params, protected, is_counted)
    return rows


def columns(edition: Edition, table: str) -> list[str]:
    """Names of a table's columns, in order."""
    return list(ask(edition, f"select * from {table} limit 0", (table,), is_counted=True).columns)


def reader() -> Reader:
    """Who looks."""
    return this_run().use.reader


def own_only(table: str) -> str:
    """In which roles somebody looks who sees the rows of their own places only of a restricted table; '' where rows of all places are theirs."""
    held = granted(table, reader())
    return "" if any(grant.scope_kind == "all" for grant in held) else ", ".join(sorted(map(str, held)))


def exactness(edition: Edition) -> str:
    """Which figures are on screen: 'exact' ones (restricted), 'controlled' ones, or 'own' where those of the reader's own places are exact."""
    if this_run().withheld or not edition.has(RESULT, RESTRICTED) or not granted(RESULT, reader()):
        return "controlled"
    return "exact" if is_whole(reader(), RESULT) else "own"


def links_counted(edition: Edition) -> int:
    """How many pairs there are, those of people under restriction or exclusion among them."""
    return int(ask(edition, "select count(*) as n from fct_link_review", ("fct_link_review",), is_counted=True)["n"].iloc[0])


def reading(edition: Edition) -> Reading:
    """How the figures of this edition are to be read. Raises TableMissing where a threshold the pages need was not published."""
    held = ask(
        edition,
        """select threshold, value, unit from dim_threshold
        where cast(valid_from as varchar) <= ? and (valid_to is null or cast(valid_to as varchar) >= ?)""",
        ("dim_threshold",),
        (edition.as_of, edition.as_of),
        protected=True,
    )
    values = dict(zip(held["threshold"], held["value"], strict=True))
    marks = ask(edition, "select shorthand, meaning from dim_shorthand order by sort_order", ("dim_shorthand",), protected=True)
    named = {name: kind for name, kind in get_type_hints(Reading).items() if name not in ("exactness", "marks")}
    absent = sorted(set(named) - set(values))
    if absent:
        raise TableMissing(f"`dim_threshold` has no {', '.join(absent)} in force on {edition.as_of}.")
    return Reading(
        exactness=exactness(edition),
        marks=dict(zip(marks["shorthand"], marks["meaning"], strict=True)),
        **{name: kind(values[name]) for name, kind in named.items()},
    )


def measures(edition: Edition) -> pd.DataFrame:
    """One row a measure in force at as-of, in the order of the registry."""
    return ask(
        edition,
        """select measure_id, name, label, definition, numerator_label, denominator_label, sentence, domain, unit, direction, day,
               clock, source, comparability_note, cast(is_payment as boolean) as is_payment,
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
        rows = ask(edition, f"select {key} as id, name, {what} as what from {table} order by valid_from nulls first", (table,))
    except TableMissing:
        return {}
    latest = {str(row.id): (str(row.name), FORMER_AREA.get(str(row.what))) for row in rows.dropna(subset="name").itertuples(index=False)}
    named = {one: f"{name} ({former})" if former else name for one, (name, former) in latest.items()}
    # Two places of one name would be taken for one another wherever a name stands for its place.
    often = Counter(named.values())
    return {one: name if often[name] == 1 else f"{name} ({one})" for one, name in named.items()}


def current_regions(edition: Edition) -> dict[str, str]:
    """Regions in force at as-of that are their own current region: shown even when they have no release."""
    try:
        rows = ask(
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
    return ask(
        edition,
        """select period_start, max(denominator) as denominator from fct_measure_result
        where measure_id = ? and period_grain = ? and geography_kind = ?
        group by period_start order by period_start""",
        ("fct_measure_result",),
        (measure_id, grain, kind),
        protected,
    )


def grains(edition: Edition, kind: str) -> list[str]:
    """Period grains that have rows for this kind of geography: where not all figures are exact, in those that are printed for all."""
    rows = ask(
        edition,
        "select distinct period_grain from fct_measure_result where geography_kind = ?",
        ("fct_measure_result",),
        (kind,),
        protected=exactness(edition) != "exact",
    )
    return list(rows["period_grain"])


def measured(edition: Edition, kind: str) -> set[str]:
    """Measures with a row for this kind of geography."""
    rows = ask(
        edition,
        "select distinct measure_id from fct_measure_result where geography_kind = ?",
        ("fct_measure_result",),
        (kind,),
    )
    return set(rows["measure_id"])


def geographies(edition: Edition, kind: str, protected: bool = False) -> list[str]:
    """Ids of this kind that have a row in any period."""
    rows = ask(
        edition,
        "select distinct geography_id from fct_measure_result where geography_kind = ? and geography_id is not null",
        ("fct_measure_result",),
        (kind,),
        protected,
    )
    return sorted(rows["geography_id"].astype(str))


def result_columns(edition: Edition) -> str:
    """Where figures of some places are controlled and those of others are not, each row says whether it is."""
    return RESULT_COLUMNS + (", marks is not null as is_protected" if exactness(edition) == "own" else "")


def across(edition: Edition, measure_id: str, grain: str, period: str, kind: str) -> pd.DataFrame:
    """Result rows of one measure and period: the nation's total and that of each geography of `kind`."""
    return ask(
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
    return ask(
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
    rows = ask(
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


def by_characteristic(
    edition: Edition, measure_id: str, grain: str, period: str, kind: str, geography: str, characteristic: str
) -> pd.DataFrame:
    """Result rows of one measure, period and place by value of a characteristic."""
    return ask(
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
    return ask(
        edition,
        """select provider, basis, coalesce(cast(domain as varchar), '') as domain, count(distinct release_id) as releases
        from fct_release_provider group by 1, 2, 3 order by 1, 2, 3""",
        ("fct_release_provider",),
        is_counted=True,
    )


def contract_names(edition: Edition) -> dict[str, str]:
    """contract_id -> its name with the id, under which claims and files name it; the id where it has no name."""
    rows = ask(
        edition,
        """select contract_id, case when name is null then contract_id else name || ' (' || contract_id || ')' end as name
        from dim_contract order by contract_id""",
        ("dim_contract",),
        protected=True,
    )
    return dict(zip(rows["contract_id"].astype(str), rows["name"].astype(str), strict=True))


def limits(edition: Edition, begins: str) -> dict[str, float]:
    """Thresholds in force whose name begins so."""
    rows = ask(
        edition,
        """select threshold, value from dim_threshold where starts_with(threshold, ?)
        and cast(valid_from as varchar) <= ? and (valid_to is null or cast(valid_to as varchar) >= ?)""",
        ("dim_threshold",),
        (begins, edition.as_of, edition.as_of),
        protected=True,
    )
    return {str(name): float(value) for name, value in zip(rows["threshold"], rows["value"], strict=True)}


# What is known of where somebody due out will go: nothing recorded is no answer, and never a no.
_HOME = """case
    when home_state = 'homeless' then 'homeless'
    when home_state in ('settled', 'temporary') then 'place'
    when home_state = 'unconfirmed' or home_reason in ('unknown_kind', 'unreadable_record') then 'unconfirmed'
    else 'nothing' end"""
# Columns of editions that name team and officer.
_WHO = ("team", "team_name", "officer_code")


def due(edition: Edition, region: str | None, prison: str | None, days: int) -> pd.DataFrame:
    """One row a planned release of the next `days` days: fct_due_release with `home` (homeless, nothing, unconfirmed, place), those without a
    place first and then the soonest, dates as ISO text, '' where empty. `region` ('' where none is known), `prison`: those of one only."""
    held = columns(edition, "fct_due_release")
    who = ", ".join(f"coalesce({name}, '') as {name}" if name in held else f"'' as {name}" for name in _WHO)
    return ask(
        edition,
        f"""select booking_id, person_id, cast(planned_date as varchar) as planned_date, days_to_go, releasing_prison, {who},
               coalesce(supervising_region, '') as supervising_region, coalesce(pdu, '') as pdu, coalesce(provider, '') as provider,
               {_HOME} as home, home_state, coalesce(home_reason, '') as home_reason, coalesce(home_source, '') as home_source,
               coalesce(home_status, '') as home_status, photo_id, bank_account, officer, coalesce(officer_reason, '') as officer_reason,
               coalesce(cast(officer_since as varchar), '') as officer_since, handover,
               coalesce(cast(handover_due_on as varchar), '') as handover_due_on,
               coalesce(cast(handover_done_on as varchar), '') as handover_done_on
        from fct_due_release
        where coalesce(supervising_region, '') = coalesce(?, supervising_region, '') and (releasing_prison = ? or ? is null) and days_to_go < ?
        order by case {_HOME} when 'homeless' then 1 when 'nothing' then 2 when 'unconfirmed' then 3 else 4 end, days_to_go, person_id, booking_id""",
        ("fct_due_release",),
        (region, prison, prison, days),
    )


def due_counts(edition: Edition) -> pd.DataFrame:
    """Planned releases of the weeks ahead, counted: supervising_region ('' where empty), releasing_prison, days_to_go, home (as `due` has it),
    home_reason, photo_id, bank_account, officer, handover and `n`, of people under restriction or exclusion too."""
    return ask(
        edition,
        f"""select coalesce(supervising_region, '') as supervising_region, releasing_prison, days_to_go, {_HOME} as home,
               coalesce(home_reason, '') as home_reason, photo_id, bank_account, officer, handover, count(*) as n
        from fct_due_release group by all order by all""",
        ("fct_due_release",),
        is_counted=True,
    )


def due_rows(edition: Edition, booking_id: str) -> pd.DataFrame:
    """The delivered rows behind what is said of a planned release, by which whoever may see the source finds the person: source, delivery,
    file, row_number, row_hash."""
    return ask(
        edition,
        """select source, delivery, file, row_number, row_hash from fct_evidence
        where subject_kind = 'due_release' and subject_id = ? order by source, file, row_number""",
        ("fct_evidence",),
        (booking_id,),
    )


def take_out(edition: Edition, table: str, what: str, rows: int) -> None:
    """Put into the access record that `rows` of a table about people are taken out in a file, as `what`; only then may it be made. Raises
    NotRecorded, EditionError."""
    run = this_run()
    if not run.use.has_purpose:
        raise EditionError("say first what the rows are read for: begin a task in the sidebar")
    Use(edition, run.now, reader(), run.use.purpose, query=what, page=run.use.page).enter(rows, [table])


def links(edition: Edition) -> pd.DataFrame:
    """One row a pair of records whose link is doubtful or was decided on, the most pressing first: fct_link_review, money in pounds,
    text '' where empty."""
    texts = """left_source right_source left_person_id right_person_id left_delivery right_delivery left_file right_file left_claims
        right_claims name_agreement born_agreement home_agreement sentence_agreement prison_number_agreement case_number_agreement
        police_number_agreement record_office_number_agreement decision""".split()
    return ask(
        edition,
        f"""select pair_id, left_record, right_record, left_row_number, right_row_number, is_one_person, weight, releases,
               cast(money as double) as money, outcomes, coalesce(cast(cast(decided_at as timestamp(0)) as varchar), '') as decided_at, rank,
               {", ".join(f"coalesce(cast({name} as varchar), '') as {name}" for name in texts)}
        from fct_link_review order by rank""",
        ("fct_link_review",),
    )


def person_changes(edition: Edition) -> pd.DataFrame:
    """How many people became others, by refresh, the newest first: as_of, since (ISO text), change, cause, people, records."""
    return ask(
        edition,
        """select cast(as_of as varchar) as as_of, cast(since as varchar) as since, change, cause,
               count(distinct person_id_before) as people, cast(sum(records) as bigint) as records
        from fct_person_change group by as_of, since, change, cause order by as_of desc, change, cause""",
        ("fct_person_change",),
        is_counted=True,
    )


def releases_of(edition: Edition, persons: tuple[str, ...]) -> pd.DataFrame:
    """Releases of these people, the newest first: person_id, release_date (ISO text), releasing_prison, supervising_region."""
    return ask(
        edition,
        """select person_id, cast(release_date as varchar) as release_date, coalesce(releasing_prison, '') as releasing_prison,
               coalesce(supervising_region, '') as supervising_region
        from fct_release where person_id in (select unnest(string_split(?, ' '))) order by release_date desc, person_id""",
        ("fct_release",),
        (" ".join(persons),),
    )


def row_accounts(edition: Edition) -> pd.DataFrame:
    """One row a file: read, loaded, rejected, quarantined, refused, and whether they add up."""
    return ask(
        edition,
        """select delivery, file, rows_read, rows_loaded, rows_rejected, rows_quarantined, rows_refused,
               coalesce(rows_read = rows_loaded + rows_rejected + rows_quarantined + rows_refused, false) as is_balanced
        from fct_row_account order by delivery, file""",
        ("fct_row_account",),
    )


def quarantine(edition: Edition) -> pd.DataFrame:
    """Rows set aside: table, reason, rows."""
    return ask(
        edition,
        """select "table" as table_name, reason, count(*) as n from fct_quarantine
        group by "table", reason order by n desc, table_name, reason""",
        ("fct_quarantine",),
    )


def money_set_aside(edition: Edition) -> pd.DataFrame:
    """Money in rows that were set aside: table, reason, rows, rows whose amount could not be read, pounds of the others."""
    return ask(
        edition,
        """select "table" as table_name, reason, count(*) as n, count(*) - count(money) as unread, cast(sum(money) as double) as money
        from fct_money_set_aside group by "table", reason order by coalesce(sum(abs(money)), 0) desc, table_name, reason""",
        ("fct_money_set_aside",),
    )


def findings(edition: Edition) -> pd.DataFrame:
    """What a person should look at, one row a kind: finding, n, of how many releases and claims, the pounds of these claims, and in words what
    it means, which figures it touches and how it is resolved ('' for a kind that dim_finding does not name)."""
    return ask(
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
        reach as (
            select
                touched.finding,
                count(distinct case when touched.subject_kind in ('release', 'status', 'recall') then split_part(touched.subject_id, ':', 1) end) as releases,
                count(distinct case when touched.subject_kind = 'claim' then touched.subject_id end) as claims,
                sum(claim.amount) as pounds
            from touched
            left join (select claim_id, sum(amount) as amount from fct_claim group by claim_id) as claim
                on touched.subject_kind = 'claim' and claim.claim_id = touched.subject_id
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
    return ask(
        edition,
        """select coalesce(delivery, '') as delivery, coalesce(file, '') as file, row_number, coalesce(subject_kind, '') as subject_kind,
            count(*) over () as listed
        from fct_finding where finding = ? order by delivery, file, row_number, subject_kind, subject_id limit ? offset ?""",
        ("fct_finding",),
        (finding, most, first),
    )


def definition_rows(edition: Edition, table: str) -> pd.DataFrame:
    """A small protected table whole: dim_definition, dim_policy_break or dim_shorthand."""
    return ask(edition, f"select * from {table}", (table,), protected=True)


def comparators(edition: Edition) -> pd.DataFrame:
    """Published figures and targets, those measured first, the newest first: dim_comparator whole, text '' and dates NaT where empty."""
    return ask(
        edition,
        """select comparator_id, measure_id, label, coalesce(period, '') as period, geography, value, numerator, denominator, lower, upper,
               kind, cast(is_comparable as boolean) as is_comparable, comparability_note, cast(valid_from as timestamp) as valid_from,
               cast(valid_to as timestamp) as valid_to, source, cast(verified as boolean) as verified
        from dim_comparator order by measure_id, kind, valid_from desc nulls last, comparator_id""",
        ("dim_comparator",),
        protected=True,
    )


def policy_breaks(edition: Edition) -> pd.DataFrame:
    """break_id, date, label, domains, by date; empty where none were published."""
    try:
        return ask(
            edition,
            "select break_id, date, label, domains from dim_policy_break order by date",
            ("dim_policy_break",),
        )
    except TableMissing:
        return pd.DataFrame({"break_id": [], "date": [], "label": [], "domains": []})


def asking() -> Asking:
    """Who asks for an extract in this run of a page. Raises StoreError."""
    now = this_run().now
    return extracts.asking(root(), reader(), now, now.date())


INSPECTED = ("dim_comparator", "dim_measure", "fct_release", "fct_release_status", "fct_measure_person")


def inspection(edition: Edition) -> pd.DataFrame | None:
    """What the inspection printed with its counts, beside the same counted in its own window: the first release of each person from the first to
    the last day of the sample. One row a printed figure: label, measure_id, period, printed_numerator, printed_denominator, numerator,
    denominator, with_record and available (bases as the inspection has them), unknown, not_yet_due, out_of_scope. None where the edition is not that of the sample,
    in which nine people in ten are."""
    return _or_none(
        ask(
            edition,
            """with printed as (
                select measure_id, label, period, numerator, denominator, cast(valid_from as date) as first_day, cast(valid_to as date) as last_day
                from dim_comparator where numerator is not null and kind = 'comparator'
            ),
            inside as (select min(first_day) as first_day, max(last_day) as last_day from printed),
            sample as (
                select release_id, person_id from fct_release cross join inside where release_date between first_day and last_day
                qualify row_number() over (partition by person_id order by release_date, release_id) = 1
            ),
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
                count(*) filter (where person.state = 'out_of_scope') as out_of_scope,
                (select count(*) from sample) >= 0.9 * (select count(distinct person_id) from fct_release) as is_sample
            from printed
            inner join fct_measure_person as person using (measure_id)
            inner join sample using (release_id)
            left join recorded using (measure_id)
            group by printed.label, printed.measure_id, printed.period order by printed.measure_id""",
            INSPECTED,
            is_counted=True,
        )
    )


def _or_none(rows: pd.DataFrame) -> pd.DataFrame | None:
    return rows if len(rows) and bool(rows["is_sample"].all()) else None


def revisions(edition: Edition) -> pd.DataFrame | None:
    """Figures published before that are others in this edition, the largest changes first; None where it was compared with none.

    One row a figure: measure, period, place, first_value, first_vintage, counts and value before and now, main_cause, is_announced,
    releases (that count otherwise, due ones left out)."""
    if not edition.has(REVISION, RESTRICTED):
        return None
    return ask(
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
    return ask(
        edition,
        f"""select measure_id, period_start, geography_kind, geography_id, {values}
        from threshold
        where period_grain = 'year'
        order by measure_id, period_start, geography_kind, geography_id""",
        (THRESHOLD,),
    )


def at_the_door(door: str) -> dict[str, bool]:
    """What Great Expectations last judged at `door` ('landing', 'edition'): by suite, whether all was as expected. Nothing before a refresh."""
    found = sorted((home() / "doors" / door).glob("*.json"))
    return {path.stem: json.loads(path.read_text(encoding="utf-8"))["success"] for path in found}


def door_page(door: str, suite: str) -> str:
    """The Data Docs page of one suite of `at_the_door`."""
    return (home() / "doors" / door / f"{suite}.html").read_text(encoding="utf-8")

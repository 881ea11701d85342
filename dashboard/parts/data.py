"""The read-only query layer: every question the pages ask of an edition goes through `ask`.

What is asked stands by its subject: `results.py`, `outcomes.py`, `payment.py`, `about_people.py`, `about_deliveries.py`. Each run of a page begins with `begin`, so that a new edition is
found without a restart and a page is of one edition and one reader throughout. What is not the reader's is left out below (edition/rights.py). A list of rows about people is in the
access record (edition/access.py), with their number, before it is shown, exact figures once a run; where it cannot be written there are
protected tables only. What was answered is kept for all who see the same (`kept`), and each look at it is a look.
"""

import os
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import ParamSpec, TypeVar, get_type_hints

import pandas as pd
import streamlit as st

from dashboard.parts.figure import PART, PART_MEANING, Reading
from decisions import extracts
from edition import embargo
from edition.access import NotRecorded, Use
from edition.extract.extract import Asking
from edition.folder import (
    PROTECTED,
    RESTRICTED,
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
from edition.rights import RESULT, NotGranted, Reader, granted, has_all_columns, is_of_people, is_whole


class EditionGone(EditionError):
    """The edition that an address asks for is not kept in this home. `newest`: the one in force."""

    def __init__(self, asked: str, newest: Edition):
        super().__init__(f"Edition {asked} is not kept here: it was withdrawn, or is one of another home")
        self.newest = newest


class Withheld(TableMissing):
    """A table is restricted, and that it is looked at cannot be recorded."""


@dataclass
class Run:
    """One run of one page: the edition it shows, which one is in force, when, its use of restricted rows, why there are none, '' where
    there are, and the world. `listed`: the lists of people in it that are in the access record."""

    edition: Edition
    newest: str
    now: datetime
    clock: Callable[[], datetime]
    use: Use
    withheld: str
    world: str = ""
    listed: set[tuple] = field(default_factory=set)
    readings: dict[tuple[str, str], Reading] = field(default_factory=dict)
    embargoed: dict[str, tuple[embargo.Series, ...]] = field(default_factory=dict)


T = TypeVar("T")
P = ParamSpec("P")

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


def newest() -> str:
    """The name of the edition in force in the world that is looked at; '' where there is none."""
    return current_id(home()) or ""


def begin(edition: Edition, reader: Reader, purpose: str, page: str, clock: Callable[[], datetime], newest: str = "") -> None:
    """Begin a run of a page, named by its address, for a reader. Without a purpose it shows no row about a person. `newest`: the edition in
    force, where that is another. `clock` says the moment, now and where a part of the page is laid out again later."""
    now = clock()
    use = Use(edition, now, reader, purpose, page=page)
    st.session_state["run"] = Run(edition, newest or edition.edition_id, now, clock, use, use.why_not(), world())


def largest(edition: Edition, kind: str) -> str:
    """The region, or the provider with claims, of which the controlled results count most; '' where there is none."""
    rows = _rows(
        edition,
        """select geography_id from fct_measure_result as result
        inner join dim_measure as measure on measure.measure_id = result.measure_id
        where geography_kind = ? and characteristic = 'all' and (geography_kind = 'region' or is_payment)
        group by geography_id order by sum(denominator) desc nulls last, geography_id limit 1""",
        ("fct_measure_result", "dim_measure"),
        (kind,),
    )
    return "" if rows.empty else str(rows["geography_id"].iloc[0])


def this_run() -> Run:
    """The run that began last in this session."""
    return st.session_state["run"]


def current_edition() -> Edition:
    """The edition this run of the page shows."""
    return this_run().edition


def now() -> datetime:
    """When this run of the page began, in local time."""
    return this_run().now.replace(microsecond=0, tzinfo=None)


def withheld() -> str:
    """Why restricted rows are not shown; '' where they are."""
    return this_run().withheld


@st.cache_resource(max_entries=1200, show_spinner=False)
def _small(key: str, _work: Callable[[], T]) -> T:
    return _work()


@st.cache_resource(max_entries=8, show_spinner=False)
def _large(key: str, _work: Callable[[], T]) -> T:
    return _work()


def kept(edition: Edition, what: str, choices: tuple, work: Callable[[], T], use: Use | None = None, is_large: bool = False) -> T:
    """What `work` makes of an edition, and kept for all who ask the same: it is named by `what` and `choices`, which have to say all that it hangs on
    beside the edition and what is granted. It is one thing for all sessions, so that nobody may change it. `use`: that of a reader, as whom it is worked
    out; whoever has the same grants sees the same. Without it: of printed figures alone. `is_large`: it takes megabytes, and
    few such are kept; of others more than a thousand. That it is looked at is entered by the caller, each time."""
    if use is None:
        named, grants, has_purpose = edition.edition_id, None, False
    else:
        # The edition in force says who may be in no list of an earlier one.
        named, grants, has_purpose = f"{edition.edition_id} {this_run().newest}", use.reader.grants, use.has_purpose
    keep = _large if is_large else _small
    # A folder never changes, the id does. By name, and as one text: Streamlit looks into all else for much longer.
    return keep(key=repr((named, str(edition.folder), grants, has_purpose, what, choices)), _work=work)


@st.cache_resource(max_entries=1500, show_spinner=False)
def _made(name: str, of: bytes, _work: Callable[..., T]) -> T:
    # Of a copy: bytes tell what is the same from what is only equal, so that what is made must share nothing with what it was made of.
    of_these, said = pickle.loads(of)
    return _work(*of_these, **said)


def made(work: Callable[P, T], *of: P.args, **said: P.kwargs) -> T:
    """What `work` makes of these figures and words, and of nothing else: made once of the same (their bytes), for it takes most of the time of a page.
    It is one thing for all sessions, so that nobody may change it; that the figures are looked at is entered where they are asked for."""
    # A page is a script, so that the module of what it defines says nothing.
    return _made(name=f"{work.__code__.co_filename} {work.__qualname__}", of=pickle.dumps((of, said)), _work=work)


def _rows(
    edition: Edition, sql: str, tables: tuple[str, ...], params: tuple = (), use: Use | None = None, is_counted: bool = False, embargoed: tuple[embargo.Series, ...] | None = None
) -> pd.DataFrame:
    """Rows of `sql` over the named tables, kept. What is there of a table hangs on the grants, whether rows are counted and what is embargoed."""

    def read() -> pd.DataFrame:
        try:
            with opened(edition, use, tables, is_entered_later=True, is_counted=is_counted, embargoed=embargoed, is_shared=True) as con:
                return con.execute(sql, list(params)).df()
        except QuestionError as error:
            reader = use.reader if use else Reader("")
            for table in tables:
                if edition.has(table, RESTRICTED) and granted(table, reader) and not has_all_columns(reader, table):
                    raise NotGranted(f"`{table}` is for {reader} in part only, and what stands here needs more of it.") from error
            raise TableMissing(
                f"{' and '.join(f'`{table}`' for table in tables)} is not as agreed: a column this page needs is absent or of another type."
            ) from error

    # A copy of the frame and not of its values: what a page puts into it is not in what is kept.
    return kept(edition, sql, (tables, params, is_counted, embargoed), read, use).copy(deep=False)


def embargoed(edition: Edition) -> tuple[embargo.Series, ...]:
    """What is not published yet on the day of this run, asked once a run: on it hangs what there is of controlled figures."""
    run = this_run()
    if edition.edition_id not in run.embargoed:
        run.embargoed[edition.edition_id] = embargo.unpublished(edition, run.now.date())
    return run.embargoed[edition.edition_id]


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
    rows = _rows(edition, sql, tables, params, use, is_counted, embargoed(edition) if RESULT in tables else None)
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


def sees_all(table: str) -> bool:
    """Whether every row of a restricted table is the reader's, in its whole width."""
    return is_whole(reader(), table)


def use() -> Use | None:
    """As whom this run reads exact tables; None where it reads printed figures alone."""
    return None if this_run().withheld else this_run().use


def exactness(edition: Edition) -> str:
    """Which figures are on screen: 'exact' ones (restricted), 'controlled' ones, or 'own' where those of the reader's own places are exact."""
    if this_run().withheld or not edition.has(RESULT, RESTRICTED) or not granted(RESULT, reader()):
        return "controlled"
    return "exact" if is_whole(reader(), RESULT) else "own"


def reading(edition: Edition) -> Reading:
    """How the figures of this edition are to be read, worked out once a run. Raises TableMissing where a threshold the pages need was not published."""
    readings, asked = this_run().readings, (edition.edition_id, exactness(edition))
    if asked not in readings:
        readings[asked] = _reading(edition, asked[1])
    return readings[asked]


def _reading(edition: Edition, exactness: str) -> Reading:
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
    named = {name: kind for name, kind in get_type_hints(Reading).items() if name not in ("exactness", "marks", "breaks", "covered")}
    absent = sorted(set(named) - set(values))
    if absent:
        raise TableMissing(f"`dim_threshold` has no {', '.join(absent)} in force on {edition.as_of}.")
    return Reading(
        exactness=exactness,
        breaks=_breaks(edition),
        covered=_covered(edition),
        marks=dict(zip(marks["shorthand"], marks["meaning"], strict=True)) | {PART: PART_MEANING},
        **{name: kind(values[name]) for name, kind in named.items()},
    )


def _breaks(edition: Edition) -> tuple[tuple[pd.Timestamp, str], ...]:
    """The breaks in the series up to as-of, oldest first; none where none were published."""
    try:
        rows = ask(
            edition,
            "select cast(date as timestamp) as date, coalesce(domains, 'all') as domains from dim_policy_break where cast(date as varchar) <= ? order by date",
            ("dim_policy_break",),
            (f"{edition.as_of} 99",),
            protected=True,
        )
    except TableMissing:
        return ()
    return tuple(zip(pd.to_datetime(rows["date"]), rows["domains"].astype(str), strict=True))


def _covered(edition: Edition) -> dict[str, tuple[pd.Timestamp, pd.Timestamp]]:
    """measure -> first day of the first month with a release of the measure, and of the last in which all are due, by what is printed for everybody."""
    try:
        rows = ask(
            edition,
            """select measure_id, min(month) filter (where counted > 0) as first_month, max(month) filter (where counted > 0 and waits = 0) as due_to
            from (
                select measure_id, cast(period_start as timestamp) as month, sum(coalesce(denominator, 0) + coalesce(unknown, 0) + coalesce(out_of_scope, 0)) as counted,
                    sum(coalesce(not_yet_due, 0)) as waits
                from fct_measure_result where period_grain = 'month' and characteristic = 'all' and geography_kind in ('nation', 'region') group by 1, 2
            ) group by measure_id""",
            (RESULT,),
            protected=True,
        )
    except TableMissing:
        return {}
    days = zip(pd.to_datetime(rows["first_month"]), pd.to_datetime(rows["due_to"]), strict=True)
    return dict(zip(rows["measure_id"].astype(str), days, strict=True))


def asking() -> Asking:
    """Who asks for an extract in this run of a page. Raises StoreError."""
    now = this_run().now
    return extracts.asking(root(), reader(), now, now.date())

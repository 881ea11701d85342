"""Figures: take controlled figures out, in a file that says what it is; and what has become of one that was taken out."""

import shlex
from collections.abc import Callable, Sequence
from dataclasses import replace
from html import escape
from types import SimpleNamespace
from typing import Any, TypeVar

import pandas as pd
import streamlit as st

from dashboard.parts import data, filters, outcomes, page, results
from dashboard.parts.figure import GRAINS, figure, period_label, plain_table, table
from dashboard.parts.scope import domain_name
from decisions.store import StoreError
from edition.access import NotRecorded
from edition.embargo import MONTHS, Series
from edition.extract import formats, selection
from edition.extract.extract import Asking, expected, first_rows, hand_out
from edition.extract.passport import command
from edition.extract.printed import COUNT, MONEYS, columns, edition_before
from edition.extract.selection import CHANGES, DICTIONARY, MONEY, Offered, OffTheGrid, Selection
from edition.extract.state import NOT_YET, WITHDRAWN, State, hand_out_again, state
from edition.extract.verify import left_out_of, selection_of
from edition.folder import PROTECTED, RESTRICTED, Edition, EditionError
from edition.folder import edition as edition_of

T = TypeVar("T")
OWN = "own"
WHY_NO_ROW = (
    "They are no rows of the grid, and cannot be taken out. The sample is the first release of each of its people from February to August 2022; the grid has "
    "all releases of whole months, quarters and years. A period or a choice of people of its own, beside the months that are printed, would give away the "
    "difference between the two."
)
SHOWN = 100
KINDS = {"nation": "England and Wales", "region": "Regions", "pdu": "Delivery units", "prison": "Prisons", "provider": "Providers", "contract": "Contracts"}
A_LENGTH = {"month": "month", "quarter": "quarter", "year": "year from April", "roll3": "rolling 3 months", "roll12": "rolling 12 months"}
A_PLACE = {"nation": "England and Wales", "region": "by region", "pdu": "by delivery unit", "prison": "by prison", "provider": "by provider", "contract": "by contract"}
FORMATS = {"csv": "CSV, with a description of its columns", "parquet": "Parquet", "xlsx": "Excel", "ods": "OpenDocument, for LibreOffice", "json": "JSON"}
KIND_OF_FILE = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                "ods": "application/vnd.oasis.opendocument.spreadsheet", "json": "application/json"}  # fmt: skip


def show() -> None:
    """Lay out the page for the current edition, or for the extract that the address names."""
    edition = data.current_edition()
    try:
        asking = data.asking()
    except StoreError as error:
        page.headline("Figures", "Figures cannot be taken out.", str(error))
        return
    if named := st.query_params.get("extract", ""):
        _extract(edition, asking, named)
        return
    has = data.kept(edition, "offered", (), lambda: selection.offered(edition))
    try:
        wanted = _choose(edition, has)
        filters.say_fallbacks()
        if wanted is None:
            page.headline("Figures", "There is nothing of this on the grid.", "Choose another measure, place or length of period.")
            return
        _offer(edition, asking, wanted)
    except (OffTheGrid, selection.NoSuchTable) as refused:
        page.headline("Figures", "This is not handed out.", f"{str(refused)[:1].upper()}{str(refused)[1:]}.")


def _choose(edition: Edition, has: Offered) -> Selection | None:
    """What the reader wants: a standing table, or a choice that the grid has."""
    titles = {name: said["title"] for name, said in selection.tables().items()}
    if not edition.has(selection.MONEY_RESULT, PROTECTED):
        titles.pop(selection.MONEY)
    what = filters.choose("table", "Table", [*titles, OWN], next(iter(titles)), lambda one: titles.get(one, "Your own choice"))
    if what != OWN:
        return selection.standing(what, edition, has)
    labels = dict(zip((named := results.measures(edition))["measure_id"], named["label"], strict=True))
    measures = _measures(has, lambda one: f"{labels.get(one, one)} ({one})")
    kinds = [kind for kind in KINDS if any(where == kind for _, where, _ in has.grid)]
    kind = filters.choose("geography", "Places", kinds, kinds[0], lambda one: KINDS[one])
    grains = [grain for grain in MONTHS if any((where, length) == (kind, grain) for _, where, length in has.grid)]
    grain = filters.choose("grain", "Period length", grains, grains[0], lambda one: GRAINS[one])
    ways = [way for way in has.characteristics if (way, kind, grain) in has.grid]
    named_ways = results.ways(edition)
    split = filters.choose("by", "Split by", ways, ways[0], lambda one: named_ways.get(one, page.spoken(one))) if ways else ""
    known = _places(edition, kind)
    places = [filters.ALL, *results.geographies(edition, kind, protected=True)]
    place = filters.choose(kind, "Place", places, filters.ALL, lambda one: "All" if one == filters.ALL else known.get(one, one))
    span = has.periods.get((kind, grain))
    starts = sorted({f"{pd.Timestamp(one):%Y-%m}" for measure in measures for one in results.periods(edition, measure, grain, kind, protected=True)["period_start"]})
    if not split or span is None or not starts:
        return None
    first = filters.choose("from", "First period", starts, starts[0], lambda one: period_label(f"{one}-01", grain))
    after = [one for one in starts if one >= first]
    last = filters.choose("to", "Last period", after, after[-1], lambda one: period_label(f"{one}-01", grain))
    geography = kind if place == filters.ALL else f"{kind}:{place}"
    asked = (measures, grain, first, last, geography, split)
    return data.kept(edition, "filtered", asked, lambda: selection.filtered(edition, has, *asked))


def _title(edition: Edition, wanted: Selection) -> str:
    """The title of an extract in words; that of its passport has codes."""
    if wanted.table:
        return wanted.title
    ((block),) = wanted.blocks
    return _in_words(edition, wanted.measures, block.geography[0], block.grain[0], block.characteristic[0])


def _in_words(edition: Edition, measures: Sequence[str], kind: str, grain: str, way: str) -> str:
    labels = dict(zip((named := results.measures(edition))["measure_id"], named["label"], strict=True))
    split = "" if way == "all" else f", by {results.ways(edition).get(way, page.spoken(way)).lower()}"
    return f"{', '.join(f'{labels[one]} ({one})' if one in labels else one for one in measures)}, by {A_LENGTH[grain]}, {A_PLACE[kind]}{split}"


def _places(edition: Edition, kind: str) -> dict[str, str]:
    """Places of a kind by id, each by its name with the id; those without a name are not among them."""
    match kind:
        case "nation":
            return {outcomes.NATION_ID: outcomes.NATION}
        case "contract":
            return results.contract_names(edition)
        case "pdu":
            named = outcomes.unit_names(edition, kind)
        case _:
            named = results.names(edition, kind)
    return {one: f"{name} ({one})" for one, name in named.items()}


def _measures(has: Offered, words: Callable[[str], str]) -> list[str]:
    """The measures chosen, one at least. The address holds them as the command does, with commas between; the first is the measure of other pages."""
    kept = st.session_state.setdefault("chosen", {})
    before = kept.get("measures", "") if kept.get("measures", "").split(",")[0] == kept.get("measure") else kept.get("measure", "")
    asked = [one for one in dict.fromkeys(st.query_params.get("measure", before).split(",")) if one]
    known = [one for one in asked if one in has.measures] or [has.measures[0]]
    if "measure" in st.query_params and (unknown := [one for one in asked if one not in has.measures]):
        told = f"This link asks for the measure “{unknown[0][:40]}”, which is not in this edition. Showing {', '.join(map(words, known))} instead."
        st.session_state.setdefault("fallbacks", []).append(told)
    st.session_state["choose_measures"] = known

    def follow() -> None:
        st.query_params["measure"] = kept["measures"] = ",".join(st.session_state["choose_measures"])
        kept["measure"] = kept["measures"].split(",")[0]

    st.multiselect("Measures", list(has.measures), key="choose_measures", format_func=words, on_change=follow)
    kept["measures"], kept["measure"] = ",".join(known), known[0]
    filters.show("measure", kept["measures"])
    if known == [has.measures[0]]:
        st.query_params.pop("measure", None)
    else:
        st.query_params["measure"] = kept["measures"]
    return known


def _offer(edition: Edition, asking: Asking, wanted: Selection) -> None:
    """How many rows there will be, the first of them, the command that makes the same, and the file."""
    rows, embargoed = _kept(edition, asking, wanted, "expected", (), lambda: expected(edition, asking, wanted))
    held = f" {embargoed:,} more are left out, because an official series is not published yet." if embargoed else ""
    page.headline(f"Figures: {_title(edition, wanted)}", f"{rows:,} rows are expected.", f"Controlled figures, safe to show.{held}")
    page.html(f'<p class="note" data-expected="{rows}" data-embargoed="{embargoed}">A file holds every row or is refused; none is ever cut.</p>')
    form = filters.choose("format", "Format", list(FORMATS), formats.CSV, lambda one: FORMATS[one])
    with page.section("The same by command"):
        page.html(f'<p class="say"><code data-command="extract">{escape(shlex.join(shlex.split(command(edition, wanted, form))))}</code></p>')
    with page.section("Take it out", "Each file that is taken out is in a register, with who took it."):
        _take(edition, asking, wanted, form, rows)
        page.html('<p class="note">To hold a file against the edition that it names: <code>gatehouse extract --home HOME --verify FILE</code>, HOME being where the editions are kept.</p>')
    with page.section("What is in it", f"{_first(rows).capitalize()}."):
        _rows(edition, asking, wanted)
    for note in wanted.notes:
        page.html(f'<p class="note">{escape(note)}</p>')
    _inspection(edition)


def _inspection(edition: Edition) -> None:
    """The inspection's own figures, where the home is its sample, for those who may see exact ones."""
    if data.exactness(edition) != "exact" or not all(edition.has(table, PROTECTED) or edition.has(table, RESTRICTED) for table in results.INSPECTED):
        return
    found = results.inspection(edition)
    if found is None:
        return
    with page.section("The inspection on screen", "Exact figures of the inspection's own window. They are on screen only, and in no file."):
        shown = pd.DataFrame(
            [{"figure": f"{one.label} ({one.measure_id})", "printed": f"{one.printed_numerator:,.0f} of {one.printed_denominator:,.0f}",
              "recorded": f"{one.numerator:,} of {one.with_record:,}", "available": f"{one.numerator:,} of {one.available:,}",
              "counted": f"{one.numerator:,} of {one.denominator:,}", "unknown": one.unknown, "not_yet_due": one.not_yet_due, "out_of_scope": one.out_of_scope}
             for one in found.itertuples(index=False)]
        )  # fmt: skip
        headings = {"figure": "Figure", "printed": "The inspection printed", "recorded": "Of all with a record", "available": "Without those not available for work",
                    "counted": "As the measure counts", "unknown": "Unknown", "not_yet_due": "Not yet due", "out_of_scope": "Out of scope"}  # fmt: skip
        page.html(plain_table(shown, headings, "The inspection's figures and the same counted here", right=("printed", "recorded", "available", "counted")))
        page.html(f'<p class="note" data-inspection="{len(found)}">{WHY_NO_ROW}</p>')


def _take(edition: Edition, asking: Asking, wanted: Selection, form: str, rows: int) -> None:
    try:
        formats.must_hold(form, rows)
    except formats.TooLong as refused:
        page.withheld(f"{refused}.")
        return
    asked = (edition.edition_id, wanted, form, asking.reader.person)
    if st.button("Make the file", key="make_extract"):
        try:
            said: list[str] = []
            with page.working(f"Making a file of {rows:,} rows"):
                st.session_state["extract"] = (asked, hand_out(edition, asking, wanted, form, said.append))
        except (EditionError, OSError) as refused:
            page.withheld(f"{refused}.")
            return
    made_for, handed = st.session_state.get("extract", (None, None))
    if made_for == asked:
        _download(handed, f"{wanted.name}-{edition.edition_id}.{form}")


def _download(handed: Any, name: str) -> None:
    """The file, and what was said when it was made."""
    page.html(f'<p class="say" data-extract="made">{escape("; ".join(handed.lines()))}. <a href="{escape(_address(handed.passport["permalink"]))}" target="_self">Its own page</a>.</p>')
    st.download_button(f"Download {name}", handed.kept.read_bytes(), file_name=name, mime=KIND_OF_FILE[handed.made.form], on_click="ignore", key="download_extract")
    if handed.made.form == formats.CSV:
        beside = formats.described(name, handed.passport)
        st.download_button(f"Download {name}-metadata.json", beside, file_name=f"{name}-metadata.json", mime="application/csvm+json", on_click="ignore", key="download_metadata")


def _address(permalink: str) -> str:
    return f"/figures?{page.query({'extract': permalink})}"


def _kept(of: Edition, asking: Asking, wanted: Selection, what: str, choices: tuple, work: Callable[[], T]) -> T:
    """What is worked out of printed figures, kept for whoever may have the same of them. Why figures have changed is looked up in exact rows, each time
    with a line in the access record."""
    if wanted.table == CHANGES:
        return work()
    before = edition_before(of)
    return data.kept(of, what, (wanted, asking.left_out(of, wanted), before.edition_id if before else "", choices), work)


def _first(rows: int) -> str:
    """How many of the rows of an extract are on the page."""
    return f"the first {SHOWN:,} of {rows:,} rows" if rows > SHOWN else f"{rows:,} row{'' if rows == 1 else 's'}"


def _rows(edition: Edition, asking: Asking, wanted: Selection, left_out: Sequence[Series] | None = None) -> None:
    """The first rows of an extract of `edition`: figures with all that goes with them, other tables as they are. `left_out`: of one that was made."""
    with page.working("Looking at the first rows"):
        names, rows, legend = _kept(edition, asking, wanted, "first rows", (left_out,), lambda: first_rows(edition, asking, wanted, SHOWN, left_out))
    found = [dict(zip(names, row, strict=True)) for row in rows[:SHOWN]]
    if not found:
        page.html('<p class="note">It has no row.</p>')
        return
    if not wanted.blocks:
        numbers = {one.name: one for one in columns(wanted) if one.kind in (COUNT, MONEYS)}
        shown = pd.DataFrame([{name: _cell(name, value, one, name in numbers) for name, value in _spoken(edition, wanted, one).items()} for one in found])
        what = {name: f" ({one.unit})" for name, one in numbers.items() if one.unit not in name}
        whole = plain_table(shown, {name: name.replace("_", " ").capitalize() + what.get(name, "") for name in names}, wanted.title, right=tuple(numbers))
        # What stands in the dictionary are words about figures, and no figures.
        page.html((f'<div data-note="dictionary">{whole}</div>' if wanted.table == DICTIONARY else whole) + page.legend(dict(legend), whole))
        return
    named, ways = results.measures(edition), results.ways(edition)
    # What is taken out is controlled, whoever looks, and bears the marks of the file.
    reading, labels = replace(data.reading(edition), exactness="controlled", breaks=()), {one.measure_id: one for one in named.itertuples(index=False)}
    lines = []
    for one in found:
        measure: Any = labels.get(one["measure_id"]) or SimpleNamespace(label=one["measure"], unit="share")
        period = f"{period_label(one['period_start'], one['period_grain'])} ({one['period_start']} to {one['period_end']})"
        row = SimpleNamespace(**one)
        way = str(one["characteristic"])
        split = "" if way == "all" else f", {ways.get(way, page.spoken(way)).lower()}: {outcomes.part_words(edition, way, str(one['characteristic_value']))}"
        unit = f"{one['measure']} ({one['measure_id']}, {measure.unit})"
        marks = " ".join(mark for mark in (one["marks"] or "").split() if mark in ("[b]", "[r]"))
        name = f"{unit}, {one['geography']} ({one['geography_id']}){split}, {period} {marks}".strip()
        shown_figure = figure(row, measure, one["geography"], period, reading)
        lines.append((name, shown_figure))
    if edition == data.current_edition():
        counted = {one["measure_id"]: page.defined(one["measure_id"], f"{one['measure_id']} {one['measure']}") for one in found}
        page.html(f'<p class="note">What is counted: {"; ".join(counted.values())}.</p>')
    page.html(table(lines, _title(edition, wanted), "Measure (code, unit), place (code) and period"))


def _cell(name: str, value: Any, row: dict[str, Any], is_number: bool) -> str:
    """A cell of a table without figures of measures; one that is left empty with the mark of its row that says why."""
    if value is None:
        return "" if name == "marks" else "[c]" if "[c]" in (row.get("marks") or "") else "[z]"
    return f"{value:,.0f}" if is_number else str(value)


def _spoken(edition: Edition, wanted: Selection, row: dict[str, Any]) -> dict[str, Any]:
    """A row of a table without figures of measures, its codes in words; the file has the codes."""
    if wanted.table == MONEY:
        return row | {"domain": domain_name(str(row["domain"]))}
    if wanted.table == CHANGES:
        return row | {"key": _key(edition, str(row["key"])), **{name: page.spoken(str(row[name])) for name in ("column", "change", "cause")}}
    return row


def _key(edition: Edition, key: str) -> str:
    """The key of a figure in words: measure, period, place and, where it is split, of whom."""
    parts = key.split("|")
    if len(parts) != 7 or parts[1] not in GRAINS:
        return key
    measure, grain, start, kind, place, way, value = parts
    labels = dict(zip((named := results.measures(edition))["measure_id"], named["label"], strict=True))
    where = _places(edition, kind).get(place, place)
    split = "" if way == "all" else f", {results.ways(edition).get(way, page.spoken(way)).lower()}: {outcomes.part_words(edition, way, value)}"
    return f"{labels.get(measure, measure)} ({measure}), {where}, {period_label(start, grain)}{split}"


def _extract(edition: Edition, asking: Asking, permalink: str) -> None:
    """What has become of one extract, in words; the same of the edition in force; and what is printed otherwise now."""
    try:
        with page.working("Holding the extract against the edition in force"):
            found = state(edition.home, permalink, asking)
    except (EditionError, NotRecorded) as error:
        page.headline("Figures", "What became of this extract cannot be told.", str(error))
        return
    if found is None:
        page.headline("Figures", "There is no such extract.", "The address names none that was made in this home.")
        return
    said = found.made.passport
    of = said.get("filters")
    title = _in_words(edition, of["measure"], of["geography"], of["grain"], of["characteristic"]) if of else said["title"]
    page.headline(f"Extract {permalink}", found.words, f"{title}. Edition {said['edition']}, everything known up to {page.day(said['as_of'])}.")
    page.html(f'<p class="note" data-state="{escape(found.state)}">State: <b>{escape(found.state)}</b>.</p>')
    if found.state != WITHDRAWN:
        _again(edition, asking, permalink, found)
    _of_now(edition, said)
    if found.differs:
        _differences(edition, found)
    with page.section("What it is made of"):
        rows = pd.DataFrame([{"field": field, "value": value} for field, value in formats.flat(said)])
        page.html(page.folded(f"{len(rows)} fields of its passport", plain_table(rows, {"field": "Field", "value": "Value"}, "Passport")))
    if found.state not in (WITHDRAWN, NOT_YET):
        with page.section("What is in it", f"As it was made: {_first(said['rows_written'])}."):
            of = edition_of(edition.home, said["edition"])
            _rows(of, asking, selection_of(of, said), left_out_of(said))


def _again(edition: Edition, asking: Asking, permalink: str, found: State) -> None:
    if st.button("Take it out again", key="take_again"):
        try:
            with page.working("Making the same file again"):
                handed = hand_out_again(edition.home, permalink, asking)
        except (EditionError, OSError) as refused:
            page.withheld(f"{str(refused).rstrip('.')}.")
            return
        _download(handed, f"{found.made.passport['edition']}-{found.made.file}")


def _of_now(edition: Edition, said: dict[str, Any]) -> None:
    """A link to the same extract of the edition in force."""
    asked = {"table": said["table"]} if "table" in said else {"table": OWN}
    if "filters" in said:
        of = said["filters"]
        asked |= {"measure": ",".join(of["measure"]), "geography": of["geography"], "grain": of["grain"], "by": of["characteristic"], "from": of["from"], "to": of["to"]}
        if len(of["places"]) == 1:
            asked[of["geography"]] = of["places"][0]
    page.html(
        f'<p class="say"><a href="/figures?{escape(page.query(asked))}" target="_self" data-extract="now">The same of the edition in force</a>, {escape(edition.edition_id)}.</p>'
    )


def _differences(edition: Edition, found: State) -> None:
    rows = pd.DataFrame([{"key": _key(edition, one.key), "column": page.spoken(one.column), "then": one.then or "[x]", "now": one.now or "[x]", "why": page.spoken(one.cause)} for one in found.differs[:SHOWN]])
    with page.section("What is printed otherwise now"):
        caption = f"{len(found.differs):,} printed cells" + (f", the first {SHOWN}" if len(found.differs) > SHOWN else "")
        page.html(plain_table(rows, {"key": "Figure", "column": "Column", "then": "Then", "now": "Now", "why": "Why"}, caption))


show()

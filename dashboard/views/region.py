"""My region: its headline measures in one period, and behind each what drives it, down to the records."""

from dataclasses import replace
from html import escape

import pandas as pd
import streamlit as st

from dashboard.parts import charts, data, filters, grid, outcomes, page, results, revisions
from dashboard.parts.apart import apart
from dashboard.parts.figure import (
    GRAINS,
    Figure,
    Reading,
    card,
    cards,
    dated,
    days_of,
    figure,
    period_end,
    period_label,
    plain_table,
    table,
)
from dashboard.parts.over_time import drawn_grain, window
from dashboard.views import outcome
from edition.folder import Edition, TableMissing
from ground import statistics
from ground.printing import percent

KIND = "region"
HEADLINES = "headlines"
LENGTHS = {"month": "Month", "quarter": "Quarter"}
ROWS = 200  # releases listed at once


def show() -> None:
    """Lay out the page for the edition of this run."""
    edition = data.current_edition()
    measures = results.measures(edition)
    measures = measures[(~measures["is_payment"].astype(bool)) & measures["measure_id"].isin(results.measured(edition, "nation"))]
    heads = outcomes.headlines(edition, measures)
    if heads.empty:
        raise TableMissing("`fct_measure_result` has no outcome measure.")
    names = results.current_regions(edition)
    if not names:
        raise TableMissing("`dim_region` has no region of today.")
    place = filters.choose("region", "Region", list(names), _own(edition, names), lambda one: names[one])
    # All headline measures of all regions and of the nation, in one question: whoever chooses another region has asked it already.
    rows = outcomes.over_time(edition, heads["measure_id"], KIND, names, LENGTHS)
    rows = rows[(rows["geography_kind"] == "nation") | (rows["geography_id"] == place)]
    grain, start, starts = _period(edition, rows, heads)
    labels = dict(zip(measures["measure_id"], measures["label"], strict=True))
    others = [one for one in labels if one not in set(heads["measure_id"])]
    asked = filters.choose("measure", "Look into", [HEADLINES, *heads["measure_id"], *others], HEADLINES, lambda one: labels.get(one, "All headlines"))
    filters.say_fallbacks()
    if not start:
        page.headline(f"My region: {names[place]}", "No period is due yet.", "Nothing is shown before every release of a month or quarter is due.")
        return
    reading = data.reading(edition)
    breaks = {str(one): list(outcomes.breaks_of(edition, str(one))["date"]) for one in heads["domain"].unique()}
    definitions = {str(one): page.defined(str(one), f"{one}: what it counts") for one in heads["measure_id"]}
    when, asked_for = period_label(start, grain), (place, names[place], grain, start, page.query(_here()))
    hangs_on = asked_for, data.embargoed(edition)
    lead, rows_of = data.kept(
        edition, "headlines of a region", hangs_on, lambda: _drawn(rows, heads, outcomes.targets(edition), breaks, *asked_for, definitions, reading), data.use()
    )
    caption = f"Headline measures of {names[place]}, releases of {when}, edition {edition.edition_id}"
    page.headline(f"My region: {names[place]}, {when}", lead, "")
    page.html(grid.table([opened if measure_id == asked else closed for measure_id, (closed, opened) in rows_of.items()], reading, caption))
    newest = "" if start == starts[0] else " Later periods are in the list of periods above."
    page.html(
        f'<p class="note">All of one {LENGTHS[grain].lower()}: the latest in which every release of every row is due, unless you choose another.{newest} '
        "A release counts in the region that supervised the person on the day of release. The region is a part of England and Wales, so the difference stands without a test; it is worked out before shares are rounded for print. "
        "What is not known is never counted as a no.</p>"
    )
    if asked != HEADLINES:
        _measure(edition, outcome.measure_row(measures, asked), place, names[place], grain, start)


def _own(edition: Edition, names: dict[str, str]) -> str:
    """The region to open with: the reader's own, else the one with the most releases, else the first by name."""
    own = [grant.scope_id for grant in data.reader().grants if grant.scope_kind == KIND and grant.scope_id in names]
    if own:
        return own[0]
    largest = data.largest(edition, KIND)
    return largest if largest in names else next(iter(names))


def _period(edition: Edition, rows: pd.DataFrame, heads: pd.DataFrame) -> tuple[str, str, list[str]]:
    """Length of period, first day ('' where none is due), and all first days, the newest first. The length is the one most measures can be drawn in."""
    least = data.reading(edition).low_rate_denominator
    drawn = [drawn_grain(rows[(rows["geography_kind"] == KIND) & (rows["measure_id"] == one)], least) for one in heads["measure_id"]]
    usual = "month" if 2 * drawn.count("month") >= len(drawn) else "quarter"
    # A link for a page with longer periods means no length of this one.
    grain = filters.choose("grain", "Period length", list(LENGTHS), usual, lambda one: LENGTHS[one], meant=lambda one: usual if one in GRAINS else "")
    due = outcomes.mature(rows, grain, edition.as_of)
    nation = rows[(rows["geography_kind"] == "nation") & (rows["period_grain"] == grain) & (rows["denominator"].fillna(0) > 0)]
    starts = sorted({f"{pd.Timestamp(one):%Y-%m-%d}" for one in nation["period_start"]} | set(due), reverse=True)
    if not starts or not due:
        return grain, "", []
    months = {f"{period_end(one, grain):%Y-%m}": one for one in starts}
    default = f"{period_end(due[-1], grain):%Y-%m}"
    month = filters.choose("period", "Period", list(months), default, lambda one: period_label(months[one], grain), meant=lambda one: filters.same_time(one, months))
    return grain, months[month], starts


def _drawn(
    rows: pd.DataFrame, heads: pd.DataFrame, targets: dict[str, float], breaks: dict[str, list[pd.Timestamp]],
    place: str, name: str, grain: str, start: str, query: str, definitions: dict[str, str], reading: Reading,
) -> tuple[str, dict[str, tuple[str, str]]]:
    """The finding of the grid in a sentence, and of each measure its row, closed and open. `query`: the end of an address, to which a measure is added; `definitions`: a link to what each counts."""
    when = period_label(start, grain)
    drawn = []
    for measure_id in heads["measure_id"].astype(str):
        measure, target = outcome.measure_row(heads, measure_id), targets.get(measure_id)
        own = rows[rows["measure_id"] == measure_id]
        of_period = own[(own["period_grain"] == grain) & (pd.to_datetime(own["period_start"]) == pd.Timestamp(start))]
        made, _ = outcome.drawn(own, measure, KIND, place, name, target, breaks[str(measure.domain)], reading, _last_month(start, grain))
        drawn.append(
            grid.Row(
                figure(outcome.row_of(of_period, KIND, place), measure, name, when, reading),
                figure(outcome.row_of(of_period, "nation"), measure, outcome.NATION, when, reading),
                made, target, f"region?measure={measure_id}&{query}", definitions[measure_id],
            )
        )  # fmt: skip
    rows_of = {str(measure_id): (grid.row(one), grid.row(replace(one, is_open=True))) for measure_id, one in zip(heads["measure_id"], drawn, strict=True)}
    return _lead(drawn, name, when), rows_of


def _last_month(start: str, grain: str) -> str:
    return f"{period_end(start, grain).replace(day=1):%Y-%m-%d}"


def _here() -> dict[str, str]:
    """The choices of this view, for a link to another part of it."""
    return {name: st.query_params[name] for name in ("region", "grain", "period") if name in st.query_params}


def _lead(drawn: list[grid.Row], name: str, when: str) -> str:
    """The finding of the period in a sentence: which measures show a sign of change, and how many do not. What has no figure says nothing."""
    held = [one for one in drawn if one.is_told and one.course and one.course.made.has_limits]
    changed = [one for one in held if one.course and one.course.made.points[-1].mark != "common_cause"]
    if not held:
        return f"Whether anything is changing in {name} cannot be said for {when}: no headline measure can be judged. The table says why of each."
    if not changed:
        return f"Nothing in {name} shows a sign of change in {when}: what can be judged varies as by chance alone. {_many(held, drawn)}."
    told = [f"{one.shown.label.lower()} ({one.course.mark()[1].lower()})" for one in changed if one.course]
    return f"In {name} {len(changed)} headline measure{' shows' if len(changed) == 1 else 's show'} a sign of change in {when}: {', '.join(told)}. {_many(held, drawn)}."


def _many(held: list[grid.Row], drawn: list[grid.Row]) -> str:
    """How many of the headline measures can be judged in the period; why another cannot stands in its row."""
    if len(held) == len(drawn):
        return f"{len(held)} headline measures can be judged"
    return f"{len(held)} of {len(drawn)} headline measures can be judged; the table says why not the other{'' if len(drawn) - len(held) == 1 else 's'}"


# ---------------------------------------------------------------------------------------------------------------------------------- one measure


def _measure(edition: Edition, measure, place: str, name: str, grain: str, start: str) -> None:
    """Everything behind one measure of a region."""
    reading, when = data.reading(edition), period_label(start, grain)
    rows = results.across(edition, measure.measure_id, grain, start, KIND)
    here = figure(outcome.row_of(rows, KIND, place), measure, name, when, reading)
    page.html(f'<h2 id="measure">{page.defined(measure.measure_id, str(measure.label))}</h2><p class="say">{escape(str(measure.definition or ""))}</p>')
    if way := outcomes.compositions(edition).get(str(measure.measure_id)):
        with page.section("Part by part", outcome.of_year(edition, measure, KIND, place, "parts are too small in shorter periods")):
            _parts(edition, measure, way, place, name)
            outcome.comparability(measure)
        with page.section("The releases behind it", f"{when}, the period chosen above."):
            apart(lambda: _releases(edition, measure, place, name, grain, start), "which", "release")
        page.extract_link(edition, measure.measure_id, KIND, results.printed_grain(edition, KIND, grain), grain)
        return
    both = cards([card(here, *outcome.words(measure)), card(figure(outcome.row_of(rows, "nation"), measure, outcome.NATION, when, reading), *outcome.words(measure))])
    page.html(f'{both}<p class="note">{escape(reading.legend(both))}</p>')
    outcome.beside(outcome.published_beside(edition, measure, start, grain))
    outcome.comparability(measure)
    breaks = list(outcomes.breaks_of(edition, measure.domain)["date"])
    first, last, said = window(grain, start, breaks, days_of(measure))
    with page.section("Is it changing", f"Every month or quarter of release up to {period_end(start, grain):%B %Y}: whether one stands out is seen beside those before it."):
        outcome.over_time(edition, measure, KIND, place, name, outcomes.targets(edition).get(measure.measure_id), _last_month(start, grain))
    with page.section("What changed since the last edition", "Months and quarters of every time: an edition may print any of them anew."):
        revisions.of_measure(edition, measure, KIND, place, name)
    of_units = said if outcomes.sees_people(edition) else outcome.of_year(edition, measure, KIND, place, "units are printed by the year")
    with page.section("Which part of the region drives it", of_units):
        if first:
            _units(edition, measure, place, name, first, last)
    if measure.domain == "accommodation":
        since, until, why = window(grain, start, breaks, THREE_MONTHS)
        with page.section("From the first night to three months", why):
            if since:
                _flow(edition, place, name, since, until)
    if measure.domain == "recall":
        since, until, why = window(grain, start, breaks, DAYS[-1])
        with page.section("Recall by time", why):
            if since:
                _recall(edition, place, name, since, until)
    with page.section("Beside people like these", f"What would be expected here if each release had the chance of everybody like it, and what was observed.{_of_model(edition, measure)}"):
        with page.working("Working out what is expected of people like these"):
            _case_mix(edition, measure, place, name)
    by_unit = f" By unit: {said[:1].lower()}{said[1:]}" if first and outcomes.sees_people(edition) else ""
    with page.section("What is not known", f"{when}, the period chosen above.{by_unit}"):
        _unknown(edition, measure, here, place, name, first, last)
    with page.section("Between groups of people", outcome.of_year(edition, measure, KIND, place, outcome.SMALL_GROUPS)):
        outcome.gaps(edition, measure, KIND, place, name)
    with page.section("The releases behind it", f"{when}, the period chosen above."):
        apart(lambda: _releases(edition, measure, place, name, grain, start), "which", "release")
    page.extract_link(edition, measure.measure_id, KIND, results.printed_grain(edition, KIND, grain), grain)


def _parts(edition: Edition, measure, way: str, place: str, name: str) -> None:
    """A measure that is made of parts, part by part here and in the nation, in the latest year that is due whole: all of it is 100% everywhere."""
    several = " A recall may cite several reasons, so the reasons of one place are not apart from one another either." if way == "recall_reason" else ""
    page.html(
        f'<p class="note" data-note="parts">No difference is tested: the region is a part of {outcome.NATION}, so its recalls stand on both sides.{several} Read the intervals; '
        "of many parts some lie apart by chance.</p>"
    )
    year = outcome.latest_year(edition, measure, KIND, place)
    if not year:
        page.html('<p class="note">No year is due whole and on one side of every break yet. Compare has shorter periods, a part at a time.</p>')
        return
    reading, when = data.reading(edition), period_label(year, "year")
    named = outcomes.parts(edition, str(measure.measure_id), way)
    of = {}
    for kind, where, words in ((KIND, place, name), ("nation", outcomes.NATION_ID, outcome.NATION)):
        rows = results.by_characteristic(edition, measure.measure_id, "year", year, kind, where, way)
        of[kind] = {str(row.characteristic_value): figure(row, measure, words, when, reading) for row in rows.itertuples(index=False)}
    listed = [
        (f"{words}: {where}", of[kind].get(part) or figure(None, measure, where, when, reading))
        for part, words in named.items()
        for kind, where in ((KIND, name), ("nation", outcome.NATION))
    ]
    of_period = next((dated(one) for kind in (KIND, "nation") for one in of[kind].values()), when)
    page.html(table(listed, f"{measure.label}, {name} beside {outcome.NATION}, {of_period}", "Part and place"))


def _units(edition: Edition, measure, place: str, name: str, first: str, last: str) -> None:
    """Funnels of the delivery units and of the prisons that people of the region were released from."""
    if measure.unit != "share":
        page.html('<p class="note">A median is not split between units.</p>')
        return
    reading = data.reading(edition)
    if outcomes.sees_people(edition):
        for kind, words in outcomes.UNITS.items():
            shown = outcomes.units(edition, measure, place, kind, first, last, reading)
            _funnel(measure, shown, words, f"{measure.label}, releases to {name}, {_span(first, last)}")
        return
    year = outcome.latest_year(edition, measure, KIND, place)
    if not year:
        page.html('<p class="note">No year is due whole and on one side of every break yet, and shorter periods are not printed by unit.</p>')
        return
    units = outcomes.units_of(edition, place)
    shown = outcomes.printed_units(edition, measure, "pdu", units, "year", year, reading)
    _funnel(measure, shown, outcomes.UNITS["pdu"], f"{measure.label}, {name}, {period_label(year, 'year')}")
    page.html(
        '<p class="note" data-missing-part="prison">Which prisons the people of a region came from is not printed by prison and region together, and needs exact figures.</p>'
    )


def _span(first: str, last: str) -> str:
    return f"{pd.Timestamp(first):%-d %b %Y} to {pd.Timestamp(last):%-d %b %Y}"


def _funnel(measure, shown: list[tuple[str, Figure]], words: str, about: str) -> None:
    """A funnel with limits, intervals where there are too few units, or the table where there are none to draw."""
    if not shown:
        page.html(f'<p class="note">No {words.lower()} has a figure.</p>')
        return
    reading = shown[0][1].reading
    least, inner, outer = reading.low_rate_denominator, reading.funnel_alert_level, reading.funnel_action_level
    twin = table(shown, about, words)
    enough = [(unit, one) for unit, one in shown if one.value is not None and (one.denominator or 0) >= least]
    counts = [(int(one.numerator or 0), int(one.denominator or 0)) for _, one in shown if one.numerator is not None and one.denominator]
    limits = statistics.funnel(counts, reading.funnel_min_units, reading.funnel_trim_share)
    many = f"{len(shown)} {words.lower()}s, {len(enough)} of them with {least} releases or more"
    if limits is None or len(enough) < reading.funnel_min_units:
        if not enough:
            page.html(f'<p class="note" data-funnel="no">{many}: none is drawn.</p>{twin}')
            return
        outcome.charted(charts.intervals, (enough, None, str(measure.label)), f"{words}s: {many}", about, f"{many}. A funnel with limits needs {reading.funnel_min_units} of these.", twin)
        return
    action, alert = charts.outside(enough, limits, outer), charts.outside(enough, limits, inner)
    finding = f"{words}s: {', '.join(action)} outside the {charts.level_words(outer)} limits" if action else f"{words}s: none outside the {charts.level_words(outer)} limits"
    said = (
        f"{many}. Outside the {charts.level_words(outer)} limits: {', '.join(action) or 'none'}. Outside the {charts.level_words(inner)} limits: {', '.join(alert) or 'none'}; "
        f"of {len(enough)} units about {(1 - inner) * len(enough):.1f} would be there by chance alone."
    )
    outcome.charted(charts.funnel_plot, (enough, limits, str(measure.label), words.lower(), outcome.words(measure)[1]), finding, about, said, twin)
    spread = f"Units differ more than chance allows, so the limits are widened (phi {limits.phi:.1f})." if limits.is_overdispersed else "Taken together, units differ no more than chance allows; one of them may still stand apart."
    page.html(f'<p class="note" data-funnel="yes">{outcome.counted(measure)} Lines: 95% limits dashed, 99.8% limits solid, around the pooled share. Outside the solid lines a unit is worth acting on; between the two a few stand by chance. {spread} Nothing is ranked.</p>')


def _unknown(edition: Edition, measure, here: Figure, place: str, name: str, first: str, last: str) -> None:
    """The unknown as a problem of its own, with a funnel of its own."""
    if not here.unknown and here.unknown is not None:
        page.html(f'<p class="note">Nothing is unknown of “{escape(str(measure.label))}” in {escape(name)} in this period.</p>')
    everyone = (here.denominator or 0) + (here.unknown or 0)
    if here.unknown and everyone:
        page.html(
            f'<p class="say">Of {everyone:,.0f} releases that could count, {here.unknown:,.0f} are unknown. They are in no numerator and no denominator; '
            "the cards above say what the figure would be if all of them were one or the other.</p>"
        )
    if not outcomes.sees_people(edition):
        page.html('<p class="note">Which units record least needs exact figures.</p>')
        return
    if not first:
        return
    reading = data.reading(edition)
    unknown = type("Unknown", (), {"measure_id": measure.measure_id, "label": f"Unknown, of “{measure.label}”", "direction": "bad", "numerator_label": "Unknown", "denominator_label": "Releases that could count, known or not"})
    for kind, words in outcomes.UNITS.items():
        shown = outcomes.unknown_units(edition, unknown, place, kind, first, last, reading)
        if any(one.numerator for _, one in shown):
            _funnel(unknown, shown, words, f"Share unknown of “{measure.label}”, releases to {name}, {_span(first, last)}")


# Where somebody may be, in the order in which a chart stacks it, with what it is called.
AT = {
    "settled": "Settled", "temporary": "In temporary accommodation", "homeless_rough": "Sleeping rough", "homeless_other": "Homeless otherwise",
    "unknown": "Not known", "not_yet_due": "Not yet due", "in_custody_recall": "Back in custody on recall", "in_custody_other": "In custody otherwise",
    "recalled_at_large": "Recalled and not returned", "supervision_ended": "No longer supervised", "died": "Died", "removed": "Removed from the country",
    "out_of_scope_address": "In hospital or another place that is no home",
}  # fmt: skip


def _flow(edition: Edition, place: str, name: str, first: str, last: str) -> None:
    """Where people were on the first night, and where the same people were at three months."""
    if not outcomes.sees_people(edition):
        page.html(
            '<p class="note" data-missing-part="flow">Who moved from where to where is not printed for everybody and needs exact figures. Printed are the first night and three '
            "months apart: the headline measures above.</p>"
        )
        return
    rows = outcomes.flow(edition, place, first, last)
    if rows.empty:
        page.html(f'<p class="note">No release to {escape(name)} in these months.</p>')
        return
    grouped = rows.assign(night=rows["night"].map(lambda one: GROUPS.get(str(one), "Not known")), later=rows["later"].map(lambda one: GROUPS.get(str(one), "Not known")))
    rows = rows.assign(night=rows["night"].map(lambda one: AT.get(str(one), str(one))), later=rows["later"].map(lambda one: AT.get(str(one), str(one))))
    order = [one for one in AT.values() if one in set(rows["night"]) | set(rows["later"])]
    counts = rows.pivot_table(index="night", columns="later", values="n", aggfunc="sum", fill_value=0).reindex(index=[one for one in order if one in set(rows["night"])], columns=[one for one in order if one in set(rows["later"])])
    about = f"First night and day 91 of {int(rows['n'].sum()):,} releases to {name}, {_span(first, last)}"
    homeless = rows[rows["night"].isin([AT["homeless_rough"], AT["homeless_other"]])]
    housed = int(homeless[homeless["later"].isin([AT["settled"], AT["temporary"]])]["n"].sum())
    not_known = int(homeless[homeless["later"].isin([AT["unknown"], AT["not_yet_due"]])]["n"].sum())
    n = int(homeless["n"].sum())
    finding = f"Of {n:,} homeless on the first night {housed:,} had a home at three months, and of {not_known:,} it is not known"
    back = int(rows[rows["later"].isin([AT["in_custody_recall"], AT["in_custody_other"]])]["n"].sum())
    said = f"{finding}. {back:,} of all {int(rows['n'].sum()):,} were in custody again. Rows of the table are the first night, columns the same people at three months; each release is counted once."
    table_rows = counts.reset_index().rename(columns={"night": "first"})
    twin = plain_table(table_rows, {"first": "First night", **{one: one for one in counts.columns}}, about)
    outcome.charted(charts.flow, (grouped, list(dict.fromkeys(GROUPS.values()))), finding, about, said, twin)


# The same in a few groups, for the chart; the table beside has each.
GROUPS = {
    "settled": "Settled", "temporary": "Temporary", "homeless_rough": "Homeless", "homeless_other": "Homeless", "unknown": "Not known", "in_custody_recall": "In custody",
    "in_custody_other": "In custody", "recalled_at_large": "Otherwise out of scope", "supervision_ended": "Otherwise out of scope", "died": "Otherwise out of scope",
    "removed": "Otherwise out of scope", "out_of_scope_address": "Otherwise out of scope", "not_yet_due": "Not yet due",
}  # fmt: skip
DAYS = (0, 7, 28, 42, 91, 182, 274)
THREE_MONTHS = 91


def _recall(edition: Edition, place: str, name: str, first: str, last: str) -> None:
    """Cumulative incidence of recall from release to day 274, beside other exits."""
    if not outcomes.sees_people(edition):
        page.html('<p class="note" data-missing-part="incidence">Recall by each day is not printed for everybody and needs exact figures. Printed are the days of the measures.</p>')
        return
    rows = outcomes.exits(edition, place, first, last)
    people = int(rows["n"].sum()) if len(rows) else 0
    if people < data.reading(edition).low_rate_denominator:
        page.html(f'<p class="note">{people} releases on licence to {escape(name)} in these months: too few to draw.</p>')
        return
    each = [(int(one["day"]), str(one["kind"])) for one in rows.to_dict("records") for _ in range(int(one["n"]))]
    made = statistics.incidence([day for day, _ in each], [kind for _, kind in each], DAYS[-1])
    if made is None:
        return
    known = max((day for day in DAYS if made.at_risk[day] >= 10), default=0)
    about = f"Recalled by each day since release, of {people:,} releases on licence to {name}, {_span(first, last)}"
    by_28 = int(((rows["kind"] == statistics.RECALL) & (rows["day"] <= 28)).to_numpy() @ rows["n"].to_numpy())
    censored = int(rows.loc[(rows["kind"] == statistics.CENSORED) & (rows["day"] < DAYS[-1]), "n"].sum())
    finding = f"{name}: {by_28:,} of {people:,} released on licence were recalled by day 28"
    said = (
        f"{finding}. Of {censored:,} it is not known yet how the nine months went; they count as far as they are known. Other exits are the end of the licence, removal and death, "
        "the last two from the first day of status that finds them. The band is the 95 per cent interval of recall. Nothing is tested."
    )
    listed = [
        f'<tr><th scope="row">Day {day}</th><td class="n">{made.at_risk[day]:,}</td><td class="n">{percent(float(made.recalled[day]))}</td>'
        f'<td class="n">{_band(made, day)}</td><td class="n">{percent(float(made.other[day]))}</td><td class="n">{percent(float(made.neither[day]))}</td></tr>'
        for day in DAYS
    ]
    heads = "".join(f'<th scope="col" class="n">{one}</th>' for one in ("At risk that day", "Recalled by then", "95% interval", "Otherwise out by then", "Neither"))
    twin = (
        f'<div class="scroll" role="group" tabindex="0" aria-label="{escape(about)}" data-note="incidence"><table><caption>{escape(about)}. Not known of {censored:,} to the end.</caption>'
        f'<thead><tr><th scope="col">By</th>{heads}</tr></thead><tbody>{"".join(listed)}</tbody></table></div>'
    )
    twin += page.legend(data.reading(edition).marks, twin)
    outcome.charted(charts.incidence, (made, DAYS), finding, about, said, twin)
    if known < DAYS[-1]:
        page.html(f'<p class="note">After day {known} fewer than 10 are left at risk: read the end of the lines with care.</p>')


TERMS = {
    "intercept": "Everybody", "age_band": "Age", "sex": "Sex", "sentence_band": "Sentence", "release_type": "Type of release", "earlier_releases": "Released before",
    "home_need_at_reception": "Need of a home at reception", "prison_type": "Type of prison", "quarter": "Quarter",
}  # fmt: skip


def _of_model(edition: Edition, measure) -> str:
    """Which releases the model of a measure is made on, and why these; '' where it has none that is the reader's."""
    try:
        model = outcomes.case_mix_model(edition, measure.measure_id)
    except TableMissing:
        return ""
    if model.empty:
        return ""
    fit = model[model["part"] == "fit"].iloc[0]
    return f" Releases of {pd.Timestamp(fit['first_day']):%-d %B %Y} to {pd.Timestamp(fit['last_day']):%-d %B %Y}: a model needs up to three years, on one side of every break."


def _case_mix(edition: Edition, measure, place: str, name: str) -> None:
    """Crude and adjusted share of the region and of its delivery units, how well the model tells, and its coefficients."""
    rows, model = outcomes.case_mix(edition, measure.measure_id, "pdu"), outcomes.case_mix_model(edition, measure.measure_id)
    own = outcomes.case_mix(edition, measure.measure_id, KIND)
    if model.empty or own.empty:
        page.html('<p class="note">No model is made of this measure: it is no headline measure, or too few releases tell who is alike.</p>')
        return
    fit = model[model["part"] == "fit"].iloc[0]
    overall = float(fit["observed"]) / float(fit["releases"])
    units, ids = outcomes.unit_names(edition, "pdu"), outcomes.units_of(edition, place)
    listed = [(name, one) for one in own[(own["geography_kind"] == KIND) & (own["geography_id"] == place)].to_dict("records")]
    listed += sorted(((units.get(str(one["geography_id"]), str(one["geography_id"])), one) for one in rows[(rows["geography_kind"] == "pdu") & rows["geography_id"].isin(ids)].to_dict("records")), key=lambda pair: pair[0])
    least = data.reading(edition).low_rate_denominator
    points, told = [], []
    for unit, one in listed:
        made = statistics.standardised(one["observed"], one["expected"], one["variance"])
        n = int(one["releases"])
        is_drawn = made is not None and n >= least
        cells = [f"{int(one['observed']):,} of {n:,}", f"{one['expected']:.1f}", "[x]", "[x]", "[x]", "[x]"]
        if made is not None and is_drawn:
            cells[2:] = [f"{made.ratio:.2f} ({made.lower:.2f} to {made.upper:.2f})", percent(one["observed"] / n), percent(min(1.0, made.ratio * overall)), f"{made.z:+.1f}" if made.z is not None else "[x]"]
            points.append({"name": unit, "crude": one["observed"] / n, "adjusted": made.ratio * overall, "lower": made.lower * overall, "upper": min(1.0, made.upper * overall), "releases": n})
        told.append([unit, *cells, f"{int(one['unknown']):,}", f"{int(one['not_yet_due']):,}", f"{int(one['out_of_scope']):,}"])
    if not points:
        page.html('<p class="note">No part of the region has releases enough, or none is yours to see.</p>')
        return
    breaks, seen = list(outcomes.breaks_of(edition, measure.domain)["date"]), pd.Timestamp(fit["last_day"]) + pd.Timedelta(days=days_of(measure))
    crossed = [one for one in breaks if pd.Timestamp(fit["first_day"]) < one <= seen]
    about = f"{measure.label}, {name} and its delivery units, releases of {pd.Timestamp(fit['first_day']):%-d %b %Y} to {pd.Timestamp(fit['last_day']):%-d %b %Y}"
    heads = ["Place", "Observed, of known", "Expected", "Observed over expected (95%)", "Crude share", "Adjusted share", "z", "Unknown", "Not yet due", "Out of scope"]
    frame = pd.DataFrame(told, columns=heads)
    twin = f'<div data-note="case-mix">{plain_table(frame, {one: one for one in heads}, about, right=tuple(heads[1:]))}</div>'
    twin += page.legend(data.reading(edition).marks, twin)
    first = next((statistics.standardised(one["observed"], one["expected"], one["variance"]) for _, one in listed[:1]), None)
    apart = first is not None and (first.lower > 1 or first.upper < 1)
    finding = f"{name}: {'differs from' if apart else 'as expected of'} people like these"
    said = (
        f"{name}: {int(listed[0][1]['observed']):,} observed, {listed[0][1]['expected']:.1f} expected of {int(listed[0][1]['releases']):,} releases known. The adjusted share is observed over expected times the "
        "share of everybody. What the model does not know, such as how scarce homes are, is in the difference too: it is no judgement."
    )
    if crossed:
        page.html(f'<p class="note" data-straddles="{len(crossed)}">[b] The last of these releases are looked at after the break of {crossed[-1]:%-d %B %Y}, so nothing is drawn or concluded: the table alone.</p>{twin}')
    else:
        outcome.charted(charts.adjusted, (pd.DataFrame(points), overall, str(measure.label)), finding, about, said, twin)
    tenths = model[model["part"] == "tenth"]
    calibrated = [[f"{number}", f"{int(one['releases']):,}", f"{int(one['observed']):,}", f"{one['expected']:.1f}"] for number, one in enumerate(tenths.to_dict("records"), 1)]
    heads = ["Tenth", "Releases", "Observed", "Expected"]
    shown = pd.DataFrame(calibrated, columns=heads)
    coefficients = model[model["part"] == "coefficient"]
    terms = list(dict.fromkeys(TERMS.get(str(one), str(one)) for one in coefficients["term"] if one != "intercept"))
    named = ["Term", "Level", "Log odds", "Standard error"]
    odds = pd.DataFrame(
        [[TERMS.get(str(one["term"]), str(one["term"])), one["level"] or "", f"{one['value']:+.3f}", f"{one['error']:.3f}"] for one in coefficients.to_dict("records")],
        columns=named,
    )
    furthest = max((abs(one["observed"] - one["expected"]) for one in tenths.to_dict("records")), default=0.0)
    words = f"From the smallest chances to the largest, observed and expected of each tenth lie at most {furthest:.0f} releases apart. c-statistic {float(fit['value']):.2f}; 0.5 tells nobody apart, 1 everybody."
    around = f"{measure.label}, all of England and Wales, fitted for this edition on {int(fit['releases']):,} releases"
    outcome.charted(charts.calibration, (tenths,), "How well the model tells", around, words, plain_table(shown, {one: one for one in heads}, around, right=("Releases", "Observed", "Expected")))
    note = f"<p>Terms: {escape(', '.join(terms))}. Each level is set against the commonest. Never by ethnicity, nor by anything that a provider or an officer does.</p>"
    page.html(page.folded("Coefficients of the model", f'<div data-note="model">{note}{plain_table(odds, {one: one for one in named}, f"Model of {measure.label}", right=("Log odds", "Standard error"))}</div>'))


def _band(made: statistics.Incidence, day: int) -> str:
    if made.lower[day] != made.lower[day]:
        return "[z]"
    return f"{percent(float(made.lower[day]))} to {percent(float(made.upper[day]))}"


def _releases(edition: Edition, measure, place: str, name: str, grain: str, start: str) -> None:
    """The releases behind the figure, and of one of them the delivered records it was decided from."""
    if not outcomes.sees_people(edition):
        page.html('<p class="note" data-missing-part="releases">Which releases these are is for those with a right to rows about people.</p>')
        return
    which = filters.choose("which", "Which releases", ["none", *outcomes.WHICH], "none", lambda one: outcomes.WHICH[one][0] if one in outcomes.WHICH else "Choose", st.container())
    if which not in outcomes.WHICH:
        page.html('<p class="note">Choose which releases to list. Looking at them is entered in the access record.</p>')
        return
    first, last = start, f"{period_end(start, grain):%Y-%m-%d}"
    rows = outcomes.releases(edition, measure.measure_id, place, first, last, which, ROWS)
    page.restricted("Rows about people, for those who work with them.")
    if rows.empty:
        page.html(f'<p class="note">{outcomes.WHICH[which][0]}: none.</p>')
        return
    n = int(rows["listed"].iloc[0])
    prisons, units = outcomes.unit_names(edition, "prison"), outcomes.unit_names(edition, "pdu")
    shown = rows.assign(
        prison=rows["prison"].map(lambda one: prisons.get(one, one) or "Not recorded"), pdu=rows["pdu"].map(lambda one: units.get(one, one) or "Not recorded"),
        reason=rows["reason"].map(lambda one: page.spoken(one) if one else ""), release_date=pd.to_datetime(rows["release_date"]),
    )  # fmt: skip
    page.html(
        f'<p class="say" data-listed="{n}">{outcomes.WHICH[which][0]}, “{escape(str(measure.label))}”, {escape(name)}, {period_label(start, grain)}: {n:,} '
        f"release{'' if n == 1 else 's'}{f', the newest {ROWS} of them listed' if n > ROWS else ''}. Select one to see the records it rests on.</p>"
    )
    chosen = st.dataframe(
        shown[["release_id", "person_id", "release_date", "prison", "pdu", "reason", "evidence_date"]],
        hide_index=True, on_select="rerun", selection_mode="single-row", key="releases", placeholder="",
        column_config={
            "release_id": "Release", "person_id": "Person", "release_date": st.column_config.DateColumn("Released", format="D MMM YYYY"), "prison": "Prison",
            "pdu": "Delivery unit", "reason": "Why", "evidence_date": "Evidence from",
        },
    )  # fmt: skip
    ids = list(rows["release_id"])
    picked = list(chosen.selection.rows) if hasattr(chosen, "selection") else []
    one = filters.choose("release", "Records behind a release", ["none", *ids], "none", lambda one: one if one in ids else "Choose a release", st.container())
    release = ids[picked[0]] if picked and picked[0] < len(ids) else one
    if release in ids:
        _evidence(edition, release)


def _evidence(edition: Edition, release: str) -> None:
    """Every delivered record that one release, its statuses and its recall were decided from."""
    rows = outcomes.evidence(edition, release)
    if rows.empty:
        page.html('<p class="note">No record is named for this release, or none that is yours to see.</p>')
        return
    rows = rows.assign(about=rows["about"].map(page.spoken), row=rows["row_number"].map("{:,}".format))
    headings = {"about": "What it decided", "delivery": "Delivery", "file": "File", "row": "Record", "row_hash": "Hash of the record"}
    page.html(plain_table(rows, headings, f"Records behind release {release}: {len(rows)}", right=("row",), is_grouped=True))


show()

"""Compare: one measure in one period across regions or providers, in the order of their names. Nothing is ranked."""

from html import escape

import pandas as pd

from dashboard.parts import about_deliveries, charts, data, filters, outcomes, page, payment, results
from dashboard.parts.figure import (
    GRAINS,
    PART,
    Figure,
    Reading,
    days_of,
    figure,
    is_partial,
    period_end,
    period_label,
    plain_table,
    straddled,
)
from dashboard.parts.scope import Scope, domain_name
from dashboard.views import outcome
from edition.folder import Edition, TableMissing
from ground import statistics

KINDS = {"region": "Regions", "provider": "Providers"}
BASES = {
    "prison_contract": "The provider held the resettlement contract of the prison on the day of release",
    "crs_referral": "The person was referred to the provider for a commissioned service around the release",
    "paid_task": "The provider was paid for a task on this release",
}
BASES_SHORT = {"prison_contract": "Prison contract", "crs_referral": "Commissioned service referral", "paid_task": "Paid task"}
CAVEAT = {
    "region": "A release counts in the region that supervised the person on the day of release; one whose region is not known counts in England and Wales alone.",
    "provider": "Outcomes are partly outside a provider's control. These figures make no causal claim.",
}


def show() -> None:
    """Lay out the page for the edition of this run."""
    edition = data.current_edition()
    measures = results.measures(edition)
    measures = measures[(~measures["is_payment"].astype(bool)) & measures["measure_id"].isin(results.measured(edition, "nation"))]
    if measures.empty:
        raise TableMissing("`fct_measure_result` has no outcome measure.")
    kind = filters.choose("of", "Compare", list(KINDS), "region", lambda one: KINDS[one])
    labels = dict(zip(measures["measure_id"], measures["label"], strict=True))
    measure = outcome.measure_row(measures, filters.choose("measure", "Measure", list(labels), next(iter(filters.headline_measures(measures).values()), next(iter(labels))), lambda one: labels[one]))
    way, part, part_words = _part(edition, measure, kind)
    grain, start = _period(edition, measure, kind, way, part)
    known = results.names(edition, kind)
    held = {one: known.get(one, one) for one in results.geographies(edition, kind)}
    names = dict(sorted((held | (results.current_regions(edition) if kind == "region" else {})).items(), key=lambda pair: pair[1]))
    place = filters.choose("region" if kind == "region" else "pointed", kind.title(), [filters.ALL, *names], filters.ALL, lambda one: names.get(one, f"All {KINDS[kind].lower()}"))
    filters.say_fallbacks()
    if not start:
        page.headline(f"Compare: {measure.label}", "No period is due yet.", "Nothing is shown before releases of a period are due.")
        return
    until = f"{period_end(start, grain).replace(day=1):%Y-%m-%d}"
    nation, places = _across(edition, measure, kind, grain, start, way, part, names, place)
    here = names.get(place, "")
    lead = dict(places).get(here, nation)
    breaks = straddled(pd.Timestamp(start), grain, list(outcomes.breaks_of(edition, measure.domain)["date"]), days_of(measure))
    mark = "".join(f" {one}" for one in (lead if lead.has_row else nation).period_marks())
    label = f"{measure.label}{f': {part_words}' if part else ''}"
    page.headline(f"Compare {KINDS[kind].lower()}: {label}, {lead.place}, {lead.period}{mark}", outcome.sentence(lead, measure), f"{CAVEAT[kind]} Nothing is ranked.")
    page.html(f'<p class="note">What is counted: {page.defined(measure.measure_id, f"{measure.measure_id} {measure.label}")}.</p>')
    if breaks:
        page.html(
            f'<div class="banner" role="note" data-straddles="{len(breaks)}"><strong>[b] This period holds a break</strong> ({", ".join(f"{one:%-d %B %Y}" for one in breaks)}'
            f"{f', between its first release and day {days_of(measure)} of its last' if days_of(measure) else ''}): "
            "its figures mix what was counted before and after, and are not to be compared with others. Choose a period on one side.</div>"
        )
    published = outcome.published_beside(edition, measure, start, grain)
    outcome.beside(published)
    about = f"{label}, by {kind}, {nation.period}{mark}"
    with page.section(f"By {kind}", str(measure.definition or "")):
        _drawn(edition, measure, kind, nation, places, here, about, published[published["mark"] != ""] if not part else published.iloc[:0])
        outcome.comparability(measure)
    if kind == "provider":
        with page.section(
            "How a release belongs to a provider",
            "A release counts once for each provider it has to do with, on any of these bases. One release may count for several providers, so providers must not be added up.",
        ):
            _bases(edition, known)
    with page.section("Over time", "" if part else f"Every month or quarter of release up to {period_end(start, grain):%B %Y}: whether one stands out is seen beside those before it."):
        if part:
            page.html('<p class="note">Parts of a composition are printed by quarter and year, and not drawn over time.</p>')
        elif place == filters.ALL:
            outcome.over_time(edition, measure, "nation", outcomes.NATION_ID, outcomes.NATION, outcomes.targets(edition).get(measure.measure_id), until)
        else:
            outcome.over_time(edition, measure, kind, place, here, outcomes.targets(edition).get(measure.measure_id), until)
    of = ("nation", outcomes.NATION_ID, outcomes.NATION) if place == filters.ALL else (kind, place, here)
    with page.section("Between groups of people", outcome.of_year(edition, measure, *of[:2], outcome.SMALL_GROUPS)):
        outcome.gaps(edition, measure, *of)
    page.extract_link(edition, measure.measure_id, kind, results.printed_grain(edition, kind, grain), grain)


def _part(edition: Edition, measure, kind: str) -> tuple[str, str, str]:
    """Of a measure that is made of parts, which characteristic, and which part of it, is compared, and that in words: the whole is all of it everywhere.
    ('', '', '') for any other."""
    if measure.measure_id not in outcomes.compositions(edition):
        return "", "", ""
    way = outcomes.compositions(edition)[measure.measure_id]
    parts = outcomes.parts(edition, measure.measure_id, way)
    if not parts:
        return "", "", ""
    part = filters.choose("part", "Part", list(parts), next(iter(parts)), lambda one: parts[one])
    return way, part, parts[part]


def _period(edition: Edition, measure, kind: str, way: str, part: str) -> tuple[str, str]:
    """Length of period and its first day ('' where there is none): the latest in which all is due. The address names it by its last month."""
    grains = [one for one in ("roll12", "year", "roll3", "quarter", "month") if one in results.grains(edition, kind) and (not way or one in ("year", "quarter"))]
    if not grains:
        return "", ""
    grain = filters.choose("grain", "Period length", grains, grains[0], lambda one: GRAINS[one])
    rows = outcomes.over_time(edition, [measure.measure_id], "nation", [], [grain], way or "all", part or "all")
    covered = data.reading(edition).covered.get(measure.measure_id, (None, None))
    breaks = list(outcomes.breaks_of(edition, measure.domain)["date"])
    months, partial, default = data.made(_periods, rows, grain, covered, edition.as_of, breaks, days_of(measure))
    if not months:
        return grain, ""
    asked = filters.choose("period", "Period", list(months), default, lambda one: period_label(months[one], grain) + (f" {PART}" if months[one] in partial else ""), meant=lambda one: filters.same_time(one, months))
    return grain, months[asked]


def _periods(rows: pd.DataFrame, grain: str, covered: tuple, as_of: str, breaks: list[pd.Timestamp], days: int) -> tuple[dict[str, str], set[str], str]:
    """The last month of each period, the latest first, with its first day; the first days of those that are a part; and the month that is the default."""
    partial = {f"{pd.Timestamp(one):%Y-%m-%d}" for one in rows["period_start"] if is_partial(one, grain, *covered)}
    due = outcomes.mature(rows, grain, as_of)
    starts = sorted({f"{pd.Timestamp(one):%Y-%m-%d}" for one in rows["period_start"]}, reverse=True)
    # One that stands on one side of every break, where there is one.
    whole = [one for one in due if not straddled(pd.Timestamp(one), grain, breaks, days)] or due or starts[:1]
    return {f"{period_end(one, grain):%Y-%m}": one for one in starts}, partial, f"{period_end(whole[-1], grain):%Y-%m}" if whole else ""


def _across(
    edition: Edition, measure, kind: str, grain: str, start: str, way: str, part: str, names: dict[str, str], place: str
) -> tuple[Figure, list[tuple[str, Figure]]]:
    """The nation's figure, and that of each place in the order of its name: those with a row, those of today, and the one chosen."""
    rows = outcomes.across(edition, measure.measure_id, grain, start, kind, way or "all", part or "all")
    today = tuple(results.current_regions(edition)) if kind == "region" else ()
    return data.made(_figures, rows, measure, kind, period_label(start, grain), data.reading(edition), names, (place, *today))


def _figures(
    rows: pd.DataFrame, measure, kind: str, period: str, reading: Reading, names: dict[str, str], shown: tuple[str, ...]
) -> tuple[Figure, list[tuple[str, Figure]]]:
    """`shown`: places that are there whether they have a row or not."""
    nation = figure(outcome.row_of(rows, "nation"), measure, outcomes.NATION, period, reading)
    known = {*shown, *rows.loc[rows["geography_kind"] == kind, "geography_id"].astype(str)}
    return nation, [(name, figure(outcome.row_of(rows, kind, one), measure, name, period, reading)) for one, name in names.items() if one in known]


def _drawn(edition: Edition, measure, kind: str, nation: Figure, places: list[tuple[str, Figure]], here: str, about: str, published: pd.DataFrame) -> None:
    """Intervals in the order of names, and from ten units on a funnel; the table has every one."""
    reading = data.reading(edition)
    twin = data.made(outcome.across_table, nation, places, about, kind.title(), here)
    if nation.value is None and all(one.value is None for _, one in places):
        page.html(f'<p class="note">No figure over all releases in this period.</p>{twin}')
        return
    enough = [(name, one) for name, one in places if one.value is not None and (one.denominator or 0) >= reading.low_rate_denominator]
    if not enough:
        page.html(f'<p class="note" data-funnel="no">No {kind} has {reading.low_rate_denominator} releases: none is drawn.</p>{twin}')
        return
    said = charts.summary_intervals(places, nation)
    outcome.charted(charts.intervals, (enough, nation, str(measure.label), here, published), f"{measure.label}: {len(places)} {KINDS[kind].lower()} beside England and Wales", about, said, twin, is_open=True)
    page.html(
        f'<p class="note">Dot: the figure. Line: its 95% interval. Dashed: England and Wales. {"Dotted: published by others, said at the top. " if len(published) else ""}'
        f"{KINDS[kind]} stand in the order of their names; those with fewer than {reading.low_rate_denominator} releases are in the table alone.</p>"
    )
    if measure.unit != "share":
        return
    counts = [(int(one.numerator), int(one.denominator)) for _, one in places if one.numerator is not None and one.denominator]
    limits = statistics.funnel(counts, reading.funnel_min_units, reading.funnel_trim_share)
    if limits is None:
        page.html(f'<p class="note" data-funnel="no">{outcome.counted(measure)} {len(counts)} {KINDS[kind].lower()} have a figure. A funnel with limits needs {reading.funnel_min_units}; with fewer, only intervals are drawn.</p>')
        return
    outer, inner = reading.funnel_action_level, reading.funnel_alert_level
    action, alert = charts.outside(enough, limits, outer), charts.outside(enough, limits, inner)
    finding = f"{', '.join(action)} outside the {charts.level_words(outer)} limits" if action else f"No {kind} outside the {charts.level_words(outer)} limits"
    words = (
        f"Outside the {charts.level_words(outer)} limits: {', '.join(action) or 'none'}. Outside the {charts.level_words(inner)} limits: {', '.join(alert) or 'none'}; "
        f"of {len(enough)} about {(1 - inner) * len(enough):.1f} would be there by chance alone."
    )
    outcome.charted(charts.funnel_plot, (enough, limits, str(measure.label), kind, outcome.words(measure)[1], here), finding, about, words, twin)
    spread = f"{KINDS[kind]} differ more than chance allows, so the limits are widened (phi {limits.phi:.1f})." if limits.is_overdispersed else f"Taken together, {KINDS[kind].lower()} differ no more than chance allows; one of them may still stand apart."
    page.html(f'<p class="note" data-funnel="yes">{outcome.counted(measure)} Middle line: the pooled share of all {len(counts)}. Act only outside {charts.level_words(outer)}. {spread}</p>')


def _bases(edition: Edition, known: dict[str, str]) -> None:
    rows = results.bases(edition)
    page.own_only("fct_release_provider", "Releases, referrals and claims")
    for basis, words in BASES.items():
        page.html(f'<p class="note"><strong>{BASES_SHORT[basis]}</strong>: {words}.</p>')
    page.html(f'<p class="note" data-unlinked>{escape(_unlinked(edition))}</p>')
    rows["provider"] = rows["provider"].map(lambda one: known.get(str(one), str(one)) if pd.notna(one) else "No provider")
    rows["basis"] = rows["basis"].map(lambda one: BASES_SHORT.get(one, str(one)))
    rows["domain"] = rows["domain"].replace("", "any").map(domain_name)
    headings = {"provider": "Provider", "basis": "Basis", "domain": "Domain", "releases": "Releases"}
    page.html(plain_table(rows.sort_values(["provider", "basis", "domain"]), headings, "Releases by provider and basis, all periods", is_grouped=True))


def _unlinked(edition: Edition) -> str:
    """What stands with no release here, because nobody knows whose it is."""
    found = about_deliveries.findings(edition).set_index("finding")["n"]
    referrals = int(found.get("referral_person_not_linked", 0))
    claims = sum(payment.unlinked(edition, Scope()).values())
    if not referrals and not claims:
        return "Every referral and every claim names somebody whom prison or probation knows."
    return (
        f"Not counted for any provider, because they name nobody whom prison or probation knows: {referrals:,} "
        f"referral{'' if referrals == 1 else 's'} and {claims:,} claim{'' if claims == 1 else 's'}."
    )


show()

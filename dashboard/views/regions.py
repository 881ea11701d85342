"""Outcomes by supervising region: is it changing, where, and how sure can one be."""

from dashboard.parts import charts, data, filters, page
from dashboard.views import outcome
from edition.folder import TableMissing

KIND = "region"


def show() -> None:
    """Lay out the page for the current edition."""
    edition = data.current_edition()
    measures = data.measures(edition)
    measures = measures[(~measures["is_payment"].astype(bool)) & measures["measure_id"].isin(data.measured(edition, "nation"))]
    if measures.empty:
        raise TableMissing("`fct_measure_result` has no outcome measure.")
    known = data.names(edition, KIND)
    names = {one: known.get(one, one) for one in data.geographies(edition, KIND)} | data.current_regions(edition)
    names = dict(sorted(names.items(), key=lambda pair: pair[1]))
    chosen = filters.choose_outcome(edition, measures, KIND, names)
    filters.say_fallbacks()
    measure = outcome.measure_row(measures, chosen.measure)
    nation, places = outcome.across(edition, measure, chosen, KIND, names)
    here = names.get(chosen.place)
    lead = dict(places)[here] if here else nation

    page.headline(
        f"Outcomes by region: {measure.label}, {lead.place}, {lead.period}",
        outcome.sentence(lead, measure),
        "A release counts in the region that supervised the person on the day of release. Unknown and not yet due stand "
        "beside every figure and are never counted as success.",
    )
    published = outcome.published_beside(edition, measure, chosen.period)
    outcome.beside(published)
    with page.section("The three headlines"):
        outcome.domain_cards(edition, measures, KIND, chosen.place, names, chosen.grain)
    with page.section(f"{measure.label}, by region", str(measure.definition or "")):
        title = f"{measure.label} by region, {nation.period}"
        drawn = published[published["mark"] != ""]
        if outcome.has_figure(nation, places):
            page.chart(
                charts.intervals(places, nation, str(measure.label), here or "", drawn),
                title,
                charts.summary_intervals(places, nation),
                outcome.across_table(nation, places, title, "Region", here or ""),
            )
            page.html(
                f'<p class="note">Dot: the figure. Line: its 95% interval. Dashed: England and Wales. {"Dotted: published by others, said at the top. " if len(drawn) else ""}'
                "Regions stand in the order of their names.</p>"
            )
        outcome.comparability(measure)
    with page.section("Over time"):
        outcome.over_time(edition, measure, chosen, KIND, names, published)
    if chosen.characteristic and chosen.period:
        with page.section("By characteristic"):
            outcome.by_characteristic(edition, measure, chosen, KIND, nation, names)
    page.extract_link(edition, chosen.measure, KIND, chosen.grain)


show()

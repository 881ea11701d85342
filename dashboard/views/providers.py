"""Outcomes by provider: distinct releases a provider had to do with, whatever the basis. No ranking."""

import pandas as pd

from dashboard.parts import charts, data, filters, page
from dashboard.parts.figure import plain_table
from dashboard.views import outcome
from edition.folder import Edition, TableMissing
from ground.statistics import funnel

KIND = "provider"
BASES = {
    "prison_contract": "The provider held the resettlement contract of the prison on the day of release",
    "crs_referral": "The person was referred to the provider for a commissioned service around the release",
    "paid_task": "The provider was paid for a task on this release",
}

BASES_SHORT = {"prison_contract": "Prison contract", "crs_referral": "Commissioned service referral", "paid_task": "Paid task"}


def show() -> None:
    """Lay out the page for the current edition."""
    edition = data.current_edition()
    measures = data.measures(edition)
    measures = measures[(~measures["is_payment"].astype(bool)) & measures["measure_id"].isin(data.measured(edition, "nation"))]
    if measures.empty:
        raise TableMissing("`fct_measure_result` has no outcome measure.")
    known = data.names(edition, KIND)
    names = dict(sorted(((one, known.get(one, one)) for one in data.geographies(edition, KIND)), key=lambda pair: pair[1]))
    chosen = filters.choose_outcome(edition, measures, KIND, names)
    filters.say_fallbacks()
    measure = outcome.measure_row(measures, chosen.measure)
    nation, places = outcome.across(edition, measure, chosen, KIND, names)
    here = names.get(chosen.place)
    lead = dict(places)[here] if here else nation

    page.headline(
        f"Outcomes by provider: {measure.label}, {lead.place}, {lead.period}",
        outcome.sentence(lead, measure),
        "Outcomes are partly outside a provider's control. These figures make no causal claim and are no ranking.",
    )
    published = outcome.published_beside(edition, measure, chosen.period)
    outcome.beside(published)
    with page.section("The three headlines"):
        outcome.domain_cards(edition, measures, KIND, chosen.place, names, chosen.grain)
    with page.section(f"{measure.label}, by provider", str(measure.definition or "")):
        _across(data.reading(edition), measure, nation, places, here, published[published["mark"] != ""])
        outcome.comparability(measure)
    with page.section(
        "How a release belongs to a provider",
        "A release counts once for each provider it has to do with, on any of these bases. One release may count for several providers, so providers must not be added up, and overlapping ones must not be compared.",
    ):
        _bases(edition, known)
    with page.section("Over time"):
        outcome.over_time(edition, measure, chosen, KIND, names, published)
    if chosen.characteristic and chosen.period:
        with page.section("By characteristic"):
            outcome.by_characteristic(edition, measure, chosen, KIND, nation, names)
    page.extract_link(edition, chosen.measure, KIND, chosen.grain)


def _across(reading, measure, nation, places, here, drawn) -> None:
    title = f"{measure.label} by provider, {nation.period}"
    twin = outcome.across_table(nation, places, title, "Provider", here or "")
    if not places or not outcome.has_figure(nation, places):
        return
    counted = [(int(one.numerator), int(one.denominator)) for _, one in places if one.numerator is not None and one.denominator]
    limits = funnel(counted, reading.funnel_min_units, reading.funnel_trim_share) if measure.unit == "share" else None
    if limits is None:
        page.chart(
            charts.intervals(places, nation, str(measure.label), here or "", drawn), title, charts.summary_intervals(places, nation), twin
        )
        page.html(
            f'<p class="note" data-funnel="no">{len(counted)} providers have a figure. A funnel with limits needs {reading.funnel_min_units}; '
            "with fewer, only intervals are drawn. Providers stand in the order of their names.</p>"
        )
        return
    inner, outer = reading.funnel_alert_level, reading.funnel_action_level
    action, alert = charts.outside(places, limits, outer), charts.outside(places, limits, inner)
    said = f"Outside the {charts.level_words(outer)} limits: {', '.join(action) or 'none'}. Outside the {charts.level_words(inner)} limits: {', '.join(alert) or 'none'}; a few are by chance alone."
    page.chart(charts.funnel_plot(places, limits, str(measure.label)), title, said, twin)
    spread = (
        f"Providers differ more than chance allows, so the limits are widened (phi {limits.phi:.1f})."
        if limits.is_overdispersed
        else "No more spread between providers than chance allows; the limits are not widened."
    )
    page.html(
        f'<p class="note" data-funnel="yes">Line: pooled rate of {len(counted)} providers. Act only outside {charts.level_words(outer)}. {spread}</p>'
    )


def _bases(edition: Edition, known: dict[str, str]) -> None:
    rows = data.bases(edition)
    page.own_only("fct_release_provider", "Releases, referrals and claims")
    for basis, words in BASES.items():
        page.html(f'<p class="note"><strong>{BASES_SHORT[basis]}</strong>: {words}.</p>')
    page.html(f'<p class="note" data-unlinked>{_unlinked(edition)}</p>')
    rows["provider"] = rows["provider"].map(lambda one: known.get(str(one), str(one)) if pd.notna(one) else "No provider")
    rows["basis"] = rows["basis"].map(lambda one: BASES_SHORT.get(one, str(one)))
    rows = rows.sort_values(["provider", "basis", "domain"])
    rows["domain"] = rows["domain"].replace("", "any")
    page.html(
        plain_table(
            rows,
            {"provider": "Provider", "basis": "Basis", "domain": "Domain", "releases": "Releases"},
            "Releases by provider and basis, all periods",
            is_grouped=True,
        )
    )


def _unlinked(edition: Edition) -> str:
    """What stands with no release here, because nobody knows whose it is."""
    found = data.findings(edition).set_index("finding")["n"]
    referrals = int(found.get("referral_person_not_linked", 0))
    claims = int(data.claims(edition)["unlinked_claims"].sum())
    if not referrals and not claims:
        return "Every referral and every claim names somebody whom prison or probation knows."
    return (
        f"Not counted for any provider, because they name nobody whom prison or probation knows: {referrals:,} "
        f"referral{'' if referrals == 1 else 's'} and {claims:,} claim{'' if claims == 1 else 's'}."
    )


show()

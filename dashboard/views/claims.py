"""Claimed and paid against achieved: what was paid for, and what then happened. Descriptive; no causal claim."""

from html import escape

import pandas as pd

from dashboard.parts import charts, data, filters, page, payment
from dashboard.parts.figure import Reading, card, cards, figure, period_label, plain_table
from dashboard.views import outcome
from edition.folder import Edition, TableMissing
from ground.printing import pounds

KIND = "provider"
CELLS = {
    "achieved": "Achieved",
    "not_achieved": "Not achieved",
    "unknown": "Unknown",
    "not_yet_due": "Not yet due",
    "out_of_scope": "Out of scope",
    "no_outcome_defined": "No outcome defined",
}
CAVEAT = (
    "Outcomes are partly outside a provider's control: the fee bought a task. These figures describe what followed; "
    "they make no causal claim."
)


def show() -> None:
    """Lay out the page for the current edition."""
    edition = data.current_edition()
    known = data.names(edition, KIND)
    try:
        claims = data.claims(edition)
    except TableMissing as missing:
        claims, gone = None, missing
    try:
        registry = data.measures(edition)
        paid = registry[registry["is_payment"].astype(bool) & registry["measure_id"].isin(data.measured(edition, KIND))]
    except TableMissing:
        paid = pd.DataFrame()
    ids = set(claims["provider"].dropna().astype(str)) if claims is not None else set()
    ids |= set(data.geographies(edition, KIND)) if len(paid) else set()
    names = dict(sorted(((one, known.get(one, one)) for one in ids), key=lambda pair: pair[1]))
    place = filters.choose("provider", "Provider", [filters.ALL, *names], filters.ALL, lambda one: names.get(one, "All providers"))
    domains = sorted(set(claims["domain"])) if claims is not None else []
    first = "accommodation" if "accommodation" in domains else filters.ALL
    domain = filters.choose(
        "domain", "Task domain", [filters.ALL, *domains], first, lambda one: "All domains" if one == filters.ALL else one.capitalize()
    )

    where = names.get(place, "all providers")
    if claims is None:
        page.headline("Claimed and paid against achieved", "The claims of this edition cannot be shown.", CAVEAT)
        page.say_missing(gone)
    else:
        chosen = claims
        if place != filters.ALL:
            chosen = chosen[chosen["provider"] == place]
        if domain != filters.ALL:
            chosen = chosen[chosen["domain"] == domain]
        page.headline(
            f"Claimed and paid against achieved: {_domain(domain)}, {where}", _sentence(chosen, domain, data.reading(edition)), CAVEAT
        )
        page.own_only("fct_claim", "Claims and money")
        with page.section("What was paid for, by what came of it"):
            _by_cell(chosen, f"{_domain(domain)}, {where}")
        with page.section("Provider by provider", "Claims and money by outcome. Providers stand in the order of their names."):
            _by_provider(chosen, names)
        with page.section("By task domain"):
            _by_domain(claims if place == filters.ALL else claims[claims["provider"] == place])
    if len(paid):
        _paid_measures(edition, paid, place, names)
    else:
        page.html('<p class="note">No payment measure has a figure in this edition.</p>')
    with page.section("Payment rules"):
        tested, failed, untested = payment.claim_tests(edition)
        if tested == 0:
            page.html('<p class="say">No claim of this edition has been tested against the payment rules: nothing is known of them.</p>')
        else:
            page.html(f'<p class="say">{_claims(tested)} tested against the payment rules: {failed:,} tests failed, {untested:,} could not be made.</p>')


def _domain(domain: str) -> str:
    return "all task domains" if domain == filters.ALL else domain


def _claims(count: float) -> str:
    return f"{count:,.0f} claim" + ("" if count == 1 else "s")


def _not_achieved(domain: str, reading: Reading) -> str:
    """What 'not achieved' means for the tasks of a domain, with the day on which the task is held against what happened."""
    said = {
        "accommodation": ("where the person had no home", reading.claim_accommodation_day),
        "employment": ("where the person was not in work, education or training", reading.claim_employment_day),
        "finance": ("where the person held no ID, bank account or benefit claim", reading.finance_day),
    }
    if domain not in said:
        return "whose outcome was not achieved"
    what, day = said[domain]
    return f"{what} {f'{day} days after release' if day else 'on the first night'}"


def _sentence(rows: pd.DataFrame, domain: str, reading: Reading) -> str:
    if rows.empty:
        return "No claim was made here."
    if not rows["claims"].sum():
        return " ".join(["Every claim made here was taken back.", _on_reversed(rows)]).strip()
    rows = rows.assign(paid=rows["paid"].fillna(0) - rows["paid_on_reversed"].fillna(0))
    bad, unknown = rows[rows["outcome_cell"] == "not_achieved"], rows[rows["outcome_cell"] == "unknown"]
    what = _not_achieved(domain, reading)
    task = "" if domain == filters.ALL else f" for {_domain(domain)} tasks"
    said = (
        f"{pounds(bad['paid'].sum())} was paid on {_claims(bad['paid_claims'].sum())}{task} {what}, "
        f"of {pounds(rows['paid'].sum())} paid on {_claims(rows['paid_claims'].sum())}."
    )
    if unknown["paid_claims"].sum():
        said += f" For another {pounds(unknown['paid'].sum())} the outcome is unknown."
    if unlinked := int(rows["unlinked_claims"].sum()):
        said += f" {_claims(unlinked)} {'names' if unlinked == 1 else 'name'} nobody whom prison or probation knows."
    return " ".join([said, _on_reversed(rows)]).strip()


def _on_reversed(rows: pd.DataFrame) -> str:
    """The line of its own for money paid on claims that were taken back; empty where there is none."""
    money = rows["paid_on_reversed"].sum()
    return f"{pounds(money)} was paid on reversed claims and has not come back." if money > 0 else ""


def _sum(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    # min_count: no payment at all stays empty, it is not nought.
    counts = rows.groupby(by, sort=False)[["claims", "paid_claims"]].sum()
    money = rows.groupby(by, sort=False)[["claimed", "paid", "paid_on_reversed"]].sum(min_count=1)
    return counts.join(money).reset_index()


def _money_table(rows: pd.DataFrame, headings: dict[str, str], caption: str, is_grouped: bool = False) -> str:
    money = {"claimed": "Claimed", "paid": "Paid", "paid_on_reversed": "Of that, on reversed claims"}
    rows = rows.assign(**{name: rows[name].map(pounds) for name in money})
    shown = {**headings, "claims": "Claims", "paid_claims": "Of these paid", **money}
    return plain_table(rows, shown, caption, right=tuple(money), is_grouped=is_grouped)


def _by_cell(rows: pd.DataFrame, where: str) -> None:
    cells = _sum(rows, ["outcome_cell"]).set_index("outcome_cell").reindex(list(CELLS)).fillna({"claims": 0, "paid_claims": 0})
    cells = cells.reset_index()
    cells["cell"] = cells["outcome_cell"].map(CELLS)
    cells["label"] = [f"{cell}\n{_claims(count)}" for cell, count in zip(cells["cell"], cells["claims"], strict=True)]
    caption = f"Claims and money by outcome, {where}"
    standing = cells["paid"].fillna(0) - cells["paid_on_reversed"].fillna(0)
    total, missed = standing.sum(), standing[cells["outcome_cell"] == "not_achieved"].sum()
    summary = f"{pounds(missed)} of {pounds(total)} paid went on claims whose outcome was not achieved. Outline: claimed. Solid: paid."
    page.chart(charts.paid_by_outcome(cells), caption, summary, _money_table(cells, {"cell": "Outcome"}, caption))
    page.html(
        '<p class="note">Counts leave out reversals and the claims they take back; sums keep both. A claim is paid when its payments come to '
        "more than nought. An empty payment is no payment known, not nought.</p>"
    )


def _by_provider(rows: pd.DataFrame, names: dict[str, str]) -> None:
    by = _sum(rows.assign(provider=rows["provider"].fillna("")), ["provider", "outcome_cell"])
    by["name"] = by["provider"].map(lambda one: names.get(one, "No provider on the contract"))
    by["cell"] = by["outcome_cell"].map(lambda one: CELLS.get(one, one))
    by["order"] = by["outcome_cell"].map({cell: place for place, cell in enumerate(CELLS)})
    by = by.sort_values(["name", "order"])
    page.html(_money_table(by, {"name": "Provider", "cell": "Outcome"}, "Claims and money by provider and outcome", is_grouped=True))


def _by_domain(rows: pd.DataFrame) -> None:
    by = _sum(rows, ["domain", "outcome_cell"])
    by["name"] = by["domain"].map(lambda one: str(one).capitalize())
    by["cell"] = by["outcome_cell"].map(lambda one: CELLS.get(one, one))
    by["order"] = by["outcome_cell"].map({cell: place for place, cell in enumerate(CELLS)})
    page.html(
        _money_table(
            by.sort_values(["name", "order"]),
            {"name": "Task domain", "cell": "Outcome"},
            "Claims and money by task domain and outcome",
            is_grouped=True,
        )
    )


def _paid_measures(edition: Edition, paid: pd.DataFrame, place: str, names: dict[str, str]) -> None:
    with page.section(
        "Releases paid for, and their outcome", "Releases with at least one paid task of the provider that was not reversed."
    ):
        ids = list(paid["measure_id"])
        labels = dict(zip(ids, paid["label"], strict=True))
        pick = filters.choose("outcome", "Payment measure", ids, ids[0], lambda one: labels[one])
        grain, period = filters.choose_period(edition, pick, kind=KIND)
        filters.say_fallbacks()
        reading = data.reading(edition)
        measure = outcome.measure_row(paid, pick)
        drawn = []
        if not period:
            page.html('<p class="note">No period has a figure yet.</p>')
        else:
            words = period_label(period, grain)
            for one in ids:
                row_measure = outcome.measure_row(paid, one)
                rows = data.across(edition, one, grain, period, KIND)
                row = outcome.row_of(rows, "nation") if place == filters.ALL else outcome.row_of(rows, KIND, place)
                if row is None:
                    continue
                shown = figure(row, row_measure, names.get(place, outcome.NATION), words, reading)
                drawn.append(card(shown, *outcome.words(row_measure)))
            page.html(cards(drawn) if drawn else '<p class="note">Choose a provider to see its cards. The table has every provider.</p>')
            chosen = filters.Filters(measure=pick, grain=grain, period=period, place=place)
            nation, places = outcome.across(edition, measure, chosen, KIND, names)
            title = f"{measure.label} by provider, {words}"
            page.chart(
                charts.intervals(places, nation, str(measure.label), names.get(place, "")),
                title,
                charts.summary_intervals(places, nation),
                outcome.across_table(nation, places, title, "Provider", names.get(place, "")),
            )
            page.html(f'<p class="note">{escape(CAVEAT)} Each row prints its sample size and interval.</p>')
            outcome.comparability(measure)
            page.extract_link(edition, pick, KIND, grain)
    page.withheld(
        "Claim counts and sums of money on this page are exact and have no controlled table of their own; only the payment measures can be downloaded."
    )


show()

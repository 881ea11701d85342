"""Start: three doors, for a regional director, a contract manager and an analyst, each with what this edition finds, in a sentence."""

from dataclasses import dataclass
from html import escape

import pandas as pd
import streamlit as st

from dashboard.parts import about_people, data, filters, menu, outcomes, page, payment, results, scope
from dashboard.parts.figure import dated, figure, period_label
from dashboard.parts.scope import Scope
from dashboard.views import outcome
from edition.folder import Edition, TableMissing
from edition.rights import NoPurpose
from ground.printing import pounds

SOON = 14
CHANGED = "What changed since the edition before"


@dataclass(frozen=True)
class Door:
    """One way in: for whom, what they ask, and where it leads: the page, the words of the link, and choices that it makes."""

    who: str
    asks: str
    leads: tuple[tuple[str, str, dict[str, str]], ...]


def show() -> None:
    """Lay out the page for the current edition."""
    edition = data.current_edition()
    filters.say_fallbacks()
    page.headline("Gatehouse", "What became of people after they left prison, and of what was paid for it.")
    for column, (door, finds) in zip(st.columns(3, gap="medium"), _doors(edition), strict=True):
        with column, st.container(border=True):
            page.html(
                f'<h2 class="door">{escape(door.who)}</h2><p class="note">{escape(door.asks)}</p><p data-door="{escape(door.who)}">{escape(_said(finds, edition))}</p>'
            )
            for name, words, choices in door.leads:
                menu.lead(name, words, **choices)


def _doors(edition: Edition):
    """Each door with what finds its sentence. A question whose measure is not in the registry is left out."""
    measures = results.measures(edition)
    labels = dict(zip(measures["measure_id"], measures["label"], strict=True))
    first = next(iter(filters.headline_measures(measures[~measures["is_payment"].astype(bool)]).values()))
    # Of rough sleepers where they are measured; else of the first headline.
    behind = next(one for one in ("M52_rough", first) if one in labels)
    reasons = [("region", f"{labels[one]}, against the nation", {"measure": one}) for one in ("M74",) if one in labels]
    last, quarter = _last_quarter(edition)
    director = Door(
        "Regional director",
        "Are outcomes really changing, and who is due out with nowhere to go?",
        (
            ("region", "My region", {}),
            ("due", "Due for release", {}),
            ("region", f"{labels[behind]}: release by release", {"measure": behind, "which": "counted"}),
            *reasons,
        ),
    )
    manager = Door(
        "Contract manager",
        "Which claims fail, and what came of what was paid for?",
        (
            ("audit", "Payment audit", {}),
            ("claims", "Paid and achieved", {}),
            *([("claims", f"Paid for accommodation in {quarter}, and homeless", {"domain": "accommodation", "when": last, "provider": filters.ALL, "contract": filters.ALL, "cell": "not_achieved"})] if last else []),
            ("casework", "Payment cases", {}),
        ),
    )
    analyst = Door(
        "Analyst",
        "Which figure is right, safe to publish, and the same tomorrow?",
        (
            ("figures", "Figures", {}),
            ("figures", f"{labels[first]}, by region and year, as a file", {"table": "own", "measure": first, "geography": "region", "grain": "year"}),
            ("figures", "Recall by ethnicity and sex, in one file", {"table": "outcomes_by_characteristic"}),
            ("compare", "Compare", {}),
            # Whoever sees printed figures only is led to those that are printed otherwise.
            ("figures", CHANGED, {"table": "changes"}) if data.exactness(edition) == "controlled" else ("quality", CHANGED, {}),
        ),
    )
    return (director, _director), (manager, _manager), (analyst, _analyst)


def _last_quarter(edition: Edition) -> tuple[str, str]:
    """The choice of days of the last quarter that is over and has claims for accommodation, and its name; '' where there is none that the reader may see."""
    try:
        spans = scope.spans(edition, "accommodation")
    except TableMissing:
        return "", ""
    over = [one for one in spans if f"{pd.Period(one[8:], 'M').end_time:%Y-%m-%d}" <= edition.as_of and pd.Period(one[8:], "M") - pd.Period(one[:7], "M") == pd.offsets.MonthEnd(2)]
    return (over[0], spans[over[0]]) if over else ("", "")


def _said(finds, edition: Edition) -> str:
    try:
        return finds(edition)
    except NoPurpose:
        return "Say first what you read rows about people for: begin a task in the sidebar."
    except TableMissing:
        return "This edition holds nothing of it that is yours to see."


def _director(edition: Edition) -> str:
    """The first headline measure in the latest month in which every release is due, of the reader's own region where there is one, and who is due out soon."""
    measures = results.measures(edition)
    measures = measures[~measures["is_payment"].astype(bool)]
    one = next(iter(filters.headline_measures(measures).values()))
    reading = data.reading(edition)
    due = outcomes.mature(outcomes.over_time(edition, [one], "region", [], ["month"]), "month", edition.as_of)
    own = sorted(data.reader().regions or ())
    kind, place = ("region", own[0]) if len(own) == 1 else ("nation", None)
    said = "No month has a figure yet."
    if due:
        start = due[-1]
        measure, name = outcome.measure_row(measures, one), results.names(edition, "region").get(place or "", outcome.NATION)
        row = outcome.row_of(results.across(edition, one, "month", start, "region"), kind, place)
        shown = figure(row, measure, name, period_label(start, "month"), reading)
        said = f"{name}, {dated(shown)}: {outcome.sentence(shown, measure)}{' Counts are rounded.' if shown.is_controlled else ''}"
    try:
        counts = about_people.due_counts(edition)
    except TableMissing:
        return said
    soon = counts[counts["days_to_go"] < SOON]
    homeless, nothing = (int(soon.loc[soon["home"] == one, "n"].sum()) for one in ("homeless", "nothing"))
    return f"{said} Of {int(soon['n'].sum()):,} people due out within {SOON} days, {homeless:,} are recorded as homeless, and of {nothing:,} no home is recorded."


def _manager(edition: Edition) -> str:
    """The money at risk in the claims that are the reader's."""
    tested = payment.waterfall(edition, Scope())
    tested = tested[tested["waterfall"] == "tested"]
    n, failed, risk = int(tested["claims"].sum()), int(tested["failed"].sum()), float(tested["s1"].sum() + tested["s2"].sum())
    if not n:
        return "No claim that you may see was tested."
    return f"Of {n:,} claims tested, {failed:,} fail a condition of the contract; {pounds(risk)} of {pounds(float(tested['net'].sum()))} is at risk."


def _analyst(edition: Edition) -> str:
    """What can be taken out, and since when."""
    measures = results.measures(edition)
    one = next(iter(filters.headline_measures(measures).values()))
    months = results.periods(edition, one, "month", protected=True)["period_start"]
    if months.empty:
        return "Nothing can be taken out yet: no month has a figure."
    spans = f"by month from {period_label(months.iloc[0], 'month')} to {period_label(months.iloc[-1], 'month')}"
    said = f"{len(measures):,} measures, {spans}, can be taken out: rounded, with names, marks, definitions and what they are made of."
    try:
        changed = results.revisions(edition)
    except TableMissing:
        changed = None
    if changed is not None:
        announced = int(pd.Series(changed["is_announced"]).sum())
        said += (
            f" {len(changed):,} figures published before are different in this edition, {announced:,} of them by enough to be announced."
            if len(changed)
            else " No figure published before is different in this edition."
        )
    return said


show()

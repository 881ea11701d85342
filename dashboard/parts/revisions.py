"""What this edition changed in figures published before: before, now and why. Exact figures, so shown with restricted ones only."""

import pandas as pd

from dashboard.parts import data, page, results
from dashboard.parts.figure import period_label, plain_table
from edition.folder import Edition
from ground.printing import percent

WHY = {
    "late": "Late record",
    "corrected": "Correction",
    "rule": "Changed rule or code list",
    "linkage": "Person joined or parted",
    "matured": "Was still filling",
}
MOST = 200  # rows on the page; the whole register is a file beside the editions


def section(edition: Edition) -> None:
    """The part of the page, for the current edition."""
    with page.section("Revisions", "Figures published before that are others in this edition, marked [r]."):
        changed = _changed(edition)
        if changed is None:
            return
        revised = changed[changed["main_cause"] != "matured"]
        page.html(
            f'<p class="say" data-revisions="{len(revised)}">{len(changed):,} figures published before changed: {len(changed) - len(revised):,} '
            f"were still filling, {len(revised):,} are revised, {int(revised['is_announced'].sum()):,} of these by enough to announce.</p>"
        )
        if len(revised):
            page.html(plain_table(_rows(edition, revised.head(MOST)), _HEADINGS, _caption(revised)))


def of_measure(edition: Edition, measure, kind: str, place: str, name: str) -> None:
    """What this edition changed in figures of one measure of a place and of the nation, and why."""
    changed = _changed(edition)
    if changed is None:
        return
    own = changed[(changed["measure_id"] == measure.measure_id) & changed["period_grain"].isin(["month", "quarter"])]
    own = own[((own["geography_kind"] == kind) & (own["geography_id"] == place)) | (own["geography_kind"] == "nation")]
    revised = own[own["main_cause"] != "matured"]
    page.html(
        f'<p class="say" data-revisions="{len(revised)}">Of figures by month and quarter here and in England and Wales {len(own) - len(revised):,} were still filling and '
        f"{len(revised):,} are revised.</p>"
    )
    if len(revised):
        page.html(f'<div data-note="revisions">{plain_table(_rows(edition, revised.head(MOST)), _HEADINGS, f"Revised figures of {name}, the largest first")}</div>')


def _changed(edition: Edition) -> pd.DataFrame | None:
    """What this edition changed; None, with the reason on the page, where it is not shown or there is nothing to compare."""
    if data.exactness(edition) == "controlled":
        page.html('<p class="say">Revisions are exact counts and are not shown with controlled figures.</p>')
        return None
    changed = results.revisions(edition)
    if changed is None:
        page.html('<p class="say">No edition of an earlier day was published before this one, so there is nothing to compare.</p>')
    return changed


_HEADINGS = {
    "figure": "Figure",
    "place": "Place",
    "period": "Period",
    "first": "First published",
    "before": "Before",
    "now": "Now",
    "why": "Why",
}


def _caption(revised: pd.DataFrame) -> str:
    shown = f"The {MOST} largest of {len(revised):,} revised figures" if len(revised) > MOST else "Revised figures"
    return f"{shown}, those to announce first, then by releases changed"


def _rows(edition: Edition, revised: pd.DataFrame) -> pd.DataFrame:
    named = {kind: results.names(edition, kind) for kind in ("region", "provider")}
    measures = results.measures(edition)
    labels = dict(zip(measures["measure_id"], measures["label"], strict=True))
    units = dict(zip(measures["measure_id"], measures["unit"], strict=True))
    rows = []
    for one in revised.to_dict("records"):
        measure, kind, place = one["measure_id"], one["geography_kind"], one["geography_id"]
        is_share = units.get(measure, "share") == "share"
        rows.append(
            {
                "figure": f"{labels.get(measure, measure)} [r]",
                "place": "England and Wales" if kind == "nation" else named[kind].get(place, place),
                "period": period_label(one["period_start"], one["period_grain"]),
                "first": f"{_value(one['first_value'], is_share)} on {page.day(str(one['first_vintage']))}",
                "before": _figure(one["value_before"], one["numerator_before"], one["denominator_before"], is_share),
                "now": _figure(one["value"], one["numerator"], one["denominator"], is_share),
                "why": f"{WHY[one['main_cause']]}; releases counted otherwise: {one['releases']}",
            }
        )
    return pd.DataFrame(rows)


def _value(value, is_share: bool) -> str:
    if pd.isna(value):
        return "[x]"
    return percent(value) if is_share else f"{value:,.1f} days"


def _figure(value, numerator, denominator, is_share: bool) -> str:
    of = f"{denominator:,.0f} releases" if pd.isna(numerator) else f"{numerator:,.0f} of {denominator:,.0f}"
    return f"{_value(value, is_share)} ({of})"

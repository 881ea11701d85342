"""The section with every rate at three thresholds of linkage. Restricted: two counts that differ by a few point at the few."""

import pandas as pd

from dashboard.parts import filters, page, results
from dashboard.parts.figure import period_label, plain_table
from edition.folder import Edition
from ground.printing import percent, points

PLACES = {"nation": "England and Wales"}
HEADINGS = {"figure": "Measure", "strict": "Strict", "default": "Default", "loose": "Loose", "apart": "Furthest apart"}


def section(edition: Edition) -> None:
    """Lay out the section, with a choice of place and year."""
    with page.section(
        "Every rate at three thresholds",
        "What the edition says, and what it would say if only surer links counted, or less sure ones too. Where the three agree, linkage does not matter to the figure.",
    ):
        rows = results.at_thresholds(edition)
        if rows is None:
            page.html(
                '<p class="note">Not made for this edition. The command gatehouse thresholds makes it, in the time of two refreshes.</p>'
            )
            return
        known = PLACES | {f"{kind}:{one}": name for kind in ("region", "provider") for one, name in results.names(edition, kind).items()}
        place = filters.choose("at", "Place, for thresholds", list(known), "nation", lambda one: known[one])
        kind, _, one = place.partition(":")
        rows = rows[(rows["geography_kind"] == kind) & ((kind == "nation") | (rows["geography_id"] == one))]
        years = [f"{start:%Y-%m-%d}" for start in sorted(pd.to_datetime(rows["period_start"]).unique(), reverse=True)]
        if not years:
            page.html(f'<p class="note">No release in {known[place]}.</p>')
            return
        # The newest year is still filling.
        year = filters.choose("year", "Year, for thresholds", years, years[min(1, len(years) - 1)], lambda one: period_label(one, "year"))
        rows = rows[pd.to_datetime(rows["period_start"]) == pd.Timestamp(year)]
        measures = results.measures(edition)
        by_id = {row.measure_id: row for row in rows.itertuples(index=False)}
        listed = pd.DataFrame(
            [_line(measure, by_id[measure.measure_id]) for measure in measures.itertuples(index=False) if measure.measure_id in by_id]
        )
        page.html(plain_table(listed, HEADINGS, f"{known[place]}, {period_label(year, 'year')}", right=tuple(HEADINGS)[1:]))


def _line(measure, row) -> dict[str, str]:
    is_share = measure.unit == "share"
    values = {name: getattr(row, f"value_{name}") for name in ("strict", "default", "loose")}
    shown = {
        name: "[x]" if pd.isna(value) else f"{percent(value)} ({getattr(row, f'numerator_{name}'):,.0f} of {getattr(row, f'denominator_{name}'):,.0f})"
        if is_share else f"{value:,.1f}"
        for name, value in values.items()
    }  # fmt: skip
    given = [value for value in values.values() if pd.notna(value)]
    apart = max(given) - min(given) if given else None
    return {
        "figure": str(measure.label),
        **shown,
        "apart": "[x]" if apart is None else points(apart) if is_share else f"{apart:,.1f}",
    }

"""Definitions: what each measure counts, how it was settled, what broke the series, what the marks mean."""

from html import escape

import pandas as pd
import streamlit as st

from dashboard import data, filters, page
from dashboard.figure import plain_table


def show() -> None:
    """Lay out the page for the current release."""
    release = data.current_release()
    filters.say_fallbacks()
    page.headline(
        "Definitions",
        "What each figure counts, and what it must not be compared with.",
        "Taken from the registry of this release: what is written here is what was worked out.",
    )
    with page.section("Two figures that look alike and are not"):
        page.html(
            '<p class="say" data-note="comparability">85.7% of people were housed on the first night after release in 2023/24 '
            "(Ministry of Justice, official statistics). 40% were in settled accommodation on release in the inspectorate's 2023 "
            "sample (37 of 93). Both are right: they answer different questions. Housed takes in settled and temporary places; settled is a "
            "permanent home. Never set one against the other.</p>"
        )
    with page.section("Measures"):
        _measures(data.measures(release))
    with page.section("How it was settled", "Where a definition could be read two ways."):
        _whole(release, "dim_definition", "Decisions")
    with page.section("Breaks in the series", "Drawn on every chart over time. Figures before and after a break are not to be compared."):
        _whole(release, "dim_policy_break", "Policy breaks")
    with page.section("Shorthand"):
        _whole(release, "dim_shorthand", "Marks in tables and cards")
    page.html("<h2>Download</h2>")
    try:
        registry = data.definition_rows(release, "dim_measure").assign(release_id=release.release_id, as_of=release.as_of)
    except data.TableMissing as missing:
        page.withheld(str(missing).replace("`", ""))
        return
    st.download_button(
        f"Download {len(registry):,} measures as CSV",
        registry.to_csv(index=False, date_format="%Y-%m-%d").encode("utf-8"),
        file_name=f"gatehouse-measures-{release.release_id}.csv",
        mime="text/csv",
        on_click="ignore",
        key="download_measures",
    )


def _measures(measures: pd.DataFrame) -> None:
    for domain, own in measures.groupby("domain", sort=False):
        items = "".join(_one(measure) for measure in own.itertuples(index=False))
        words = str(domain).capitalize()
        page.html(
            f"<details{' open' if domain == measures['domain'].iloc[0] else ''}><summary>{escape(words)}, {len(own)} measures</summary>{items}</details>"
        )


def _one(measure) -> str:
    lines = [escape(str(measure.definition))] if pd.notna(measure.definition) else []
    if pd.notna(measure.numerator_label):
        lines.append(f"<b>Counts</b> {escape(str(measure.numerator_label))}, <b>of</b> {escape(str(measure.denominator_label))}.")
    if pd.notna(measure.comparability_note) and str(measure.comparability_note).strip():
        lines.append(f"<b>Not comparable:</b> {escape(str(measure.comparability_note))}")
    if pd.notna(measure.source):
        lines.append(f"<b>Source:</b> {escape(str(measure.source))}")
    mark = "" if str(measure.verified).lower() in ("true", "1", "yes") else ' <span class="mark">unverified</span>'
    body = "".join(f'<p class="note">{line}</p>' for line in lines)
    return f'<div class="definition" data-note="definition"><h3>{escape(str(measure.measure_id))} {escape(str(measure.label))}{mark}</h3>{body}</div>'


def _whole(release: data.Release, table: str, caption: str) -> None:
    rows = data.definition_rows(release, table)
    if rows.empty:
        page.html('<p class="note">None in this release.</p>')
        return
    shown = pd.DataFrame({name: rows[name].map(_cell) for name in rows.columns})
    page.html(plain_table(shown, {name: str(name).replace("_", " ").capitalize() for name in shown.columns}, caption))


def _cell(value) -> str:
    if value is None or pd.isna(value):
        return ""
    return page.day(str(value)) if isinstance(value, pd.Timestamp) else "yes" if value is True else "no" if value is False else str(value)


show()

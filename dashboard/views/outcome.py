"""What the two outcome pages share: the headline, the three domain cards, one measure across places, over time, by person."""

from collections.abc import Iterable
from html import escape

import pandas as pd

from dashboard.parts import charts, data, filters, page
from dashboard.parts.figure import Figure, card, cards, figure, period_label, table
from edition.folder import Edition
from ground.printing import percent

NATION = "England and Wales"


def words(measure) -> tuple[str, str]:
    """What the numerator and the denominator of a measure count."""
    counted = measure.numerator_label if isinstance(measure.numerator_label, str) else ""
    base = measure.denominator_label if isinstance(measure.denominator_label, str) else "releases"
    return counted, base


def sentence(shown: Figure, measure) -> str:
    """The figure as a headline sentence, counts first; unknown is never left unsaid."""
    counted, base = (text[:1].lower() + text[1:] for text in words(measure))
    if not shown.has_row:
        return f"“{shown.label}” has no figure over all releases for this place and period."
    if not shown.denominator:
        return f"No release has a known, mature outcome for “{shown.label}” in this period."
    n, d = shown.numerator, shown.denominator
    if shown.unit != "share" or n is None:
        return f"{shown.label}: {shown.headline()}, over {shown.part('denominator')} {base}."
    counts = {"numerator": f"{n:,.0f}", "denominator": f"{d:,.0f}", "rest": f"{d - n:,.0f}"}
    own = measure.sentence if isinstance(measure.sentence, str) else ""
    said = own.format(**counts) if own else f"Of {d:,.0f} {base}, {n:,.0f} count: {counted}."
    return said + (f" {shown.unknown:,.0f} more {'is' if shown.unknown == 1 else 'are'} unknown." if shown.unknown else "")


def measure_row(measures: pd.DataFrame, measure_id: str):
    """The registry row of a measure, its columns as attributes."""
    return next(measures[measures["measure_id"] == measure_id].itertuples(index=False))


def row_of(rows: pd.DataFrame, kind: str, geography: str | None = None):
    """The result row of a geography, or None."""
    own = rows[rows["geography_kind"] == kind]
    if geography is not None:
        own = own[own["geography_id"] == geography]
    return next(own.itertuples(index=False), None)


def domain_cards(edition: Edition, measures: pd.DataFrame, kind: str, place: str, names: dict[str, str], grain: str) -> None:
    """One card a domain, each in its own latest full period, for the nation or the chosen place."""
    drawn = []
    reading = data.reading(edition)
    for measure_id in filters.headline_measures(measures).values():
        measure = measure_row(measures, measure_id)
        start = filters.latest_full_period(data.periods(edition, measure_id, grain), reading.full_period_share)
        if not start:
            drawn.append(card(figure(None, measure, names.get(place, NATION), "no period", reading), *words(measure)))
            continue
        rows = data.across(edition, measure_id, grain, start, kind)
        row = row_of(rows, "nation") if place == filters.ALL else row_of(rows, kind, place)
        shown = figure(row, measure, names.get(place, NATION), period_label(start, grain), reading)
        drawn.append(card(shown, *words(measure)))
    page.html(cards(drawn))


def across(
    edition: Edition, measure, chosen: filters.Filters, kind: str, names: dict[str, str]
) -> tuple[Figure, list[tuple[str, Figure]]]:
    """The nation's figure, and that of each place in the order of its name: those with a row in the period, those of today and
    the one chosen, which have none if there is no row."""
    rows = data.across(edition, measure.measure_id, chosen.grain, chosen.period, kind) if chosen.period else None
    period = period_label(chosen.period, chosen.grain) if chosen.period else "no period"
    reading = data.reading(edition)
    nation = figure(row_of(rows, "nation") if rows is not None else None, measure, NATION, period, reading)
    shown = {chosen.place, *(data.current_regions(edition) if kind == "region" else ())}
    if rows is not None:
        shown |= set(rows.loc[rows["geography_kind"] == kind, "geography_id"].astype(str))
    places = [
        (name, figure(row_of(rows, kind, one) if rows is not None else None, measure, name, period, reading))
        for one, name in names.items()
        if one in shown
    ]
    return nation, places


def has_figure(nation: Figure, places: list[tuple[str, Figure]]) -> bool:
    """Whether any place has a value; says so on the page when none has."""
    if nation.value is not None or any(one.value is not None for _, one in places):
        return True
    page.html('<p class="note">No figure over all releases in this period. Where the measure is split by characteristic, see below.</p>')
    return False


def across_table(nation: Figure, places: list[tuple[str, Figure]], caption: str, first: str, chosen: str) -> str:
    """The table twin of a chart over places, the nation first."""
    return table([(NATION, nation), *places], caption, first, chosen=chosen, total=NATION)


def over_time(edition: Edition, measure, chosen: filters.Filters, kind: str, names: dict[str, str], published: pd.DataFrame) -> None:
    """Chart and table of one measure over all periods, for the nation and the chosen place, with `published` figures (published_beside)."""
    rows = data.over_time(edition, measure.measure_id, chosen.grain, kind, chosen.place)
    reading = data.reading(edition)

    def points(found: Iterable, place: str) -> list[tuple[pd.Timestamp, Figure]]:
        return [
            (pd.Timestamp(row.period_start), figure(row, measure, place, period_label(row.period_start, chosen.grain), reading))
            for row in found
        ]

    nation = points(rows[rows["geography_kind"] == "nation"].itertuples(index=False), NATION)
    own = points(rows[rows["geography_kind"] == kind].itertuples(index=False), names.get(chosen.place, ""))
    if not any(one.value is not None for _, one in [*nation, *own]):
        page.html('<p class="note">No period has a figure yet.</p>')
        return
    series = {names[chosen.place]: own, NATION: nation} if own else {NATION: nation}
    lead = own or nation
    breaks = breaks_within(data.policy_breaks(edition), measure.domain, [when for when, _ in lead])
    title = f"{measure.label} over time, {lead[0][1].place}"
    drawn = charts.over_time(series, breaks, chosen.grain, str(measure.label), published[published["mark"] != ""])
    twin = table([(one.period, one) for _, one in lead], title, "Period")
    # A change is only ever told from figures on one side of a break.
    since = lead if breaks.empty else [(when, one) for when, one in lead if when >= breaks["date"].iloc[-1]]
    said = charts.summary_over_time(since)
    page.chart(drawn, title, said if breaks.empty else f"Since the last break: {said[:1].lower()}{said[1:]}", twin, is_open=False)
    if len(breaks):
        listed = " ".join(f"[{row.mark}] {row.date:%-d %B %Y}: {row.label}." for row in breaks.itertuples(index=False))
        page.html(
            f'<p class="note" data-breaks="{len(breaks)}">Breaks: figures before and after are not to be compared. {escape(listed)}</p>'
        )
    if chosen.grain.startswith("roll"):
        page.html(
            '<p class="note">Rolling periods overlap: neighbouring points share most of their releases. Each is placed at its first month.</p>'
        )


def breaks_within(breaks: pd.DataFrame, domain: str, dates: list[pd.Timestamp]) -> pd.DataFrame:
    """Breaks of a domain between the first and the last date, numbered B1, B2 ... in `mark`."""
    rows = breaks.copy()
    rows["date"] = pd.to_datetime(rows["date"])
    concerns = (
        rows["domains"]
        .fillna("all")
        .map(
            lambda listed: (
                listed.strip() in ("", "all") or domain in [one.strip() for one in listed.replace("|", ";").replace(",", ";").split(";")]
            )
        )
    )
    rows = rows[concerns.astype(bool) & (rows["date"] > min(dates)) & (rows["date"] <= max(dates))].reset_index(drop=True)
    rows["mark"] = [f"B{number + 1}" for number in range(len(rows))]
    return rows


def by_characteristic(edition: Edition, measure, chosen: filters.Filters, kind: str, nation: Figure, names: dict[str, str]) -> None:
    """Chart and table of one measure and period by a characteristic of the person."""
    where = ("nation", "EW") if chosen.place == filters.ALL else (kind, chosen.place)
    place = names.get(chosen.place, NATION)
    reading = data.reading(edition)

    def rows_of(grain: str, period: str) -> pd.DataFrame:
        return data.by_characteristic(edition, measure.measure_id, grain, period, *where, chosen.characteristic)

    rows = rows_of(chosen.grain, chosen.period)
    split = data.characteristics(edition, measure.measure_id, kind)[chosen.characteristic]
    year = _year_that_holds(edition, measure.measure_id, chosen.period)
    if rows.empty and year and not (of_year := rows_of("year", year)).empty:
        rows = of_year
        total = data.by_characteristic(edition, measure.measure_id, "year", year, "nation", "EW", "all")
        nation = figure(row_of(total, "nation"), measure, NATION, period_label(year, "year"), reading)
        page.html(f'<p class="note">{escape(place)} by {split.lower()} is printed by quarter and year: here the {nation.period}.</p>')
    if rows.empty:
        page.html(f'<p class="note">No figures by {split.lower()} for {escape(place)} in this period.</p>')
        return
    shown = [
        (str(row.characteristic_value), figure(row, measure, f"{place}: {row.characteristic_value}", nation.period, reading))
        for row in rows.itertuples(index=False)
    ]
    title = f"{measure.label} by {split.lower()}, {place}, {nation.period}"
    summary = charts.summary_intervals(shown, None)
    page.chart(charts.intervals(shown, nation, str(measure.label)), title, summary, table(shown, title, split), is_open=False)


def _year_that_holds(edition: Edition, measure_id: str, period: str) -> str:
    """ISO first day of the printed year (April to March) that a period's first day lies in; '' where there is none."""
    starts = [one for one in data.periods(edition, measure_id, "year")["period_start"] if pd.Timestamp(one) <= pd.Timestamp(period)]
    return f"{pd.Timestamp(starts[-1]):%Y-%m-%d}" if starts else ""


def published_beside(edition: Edition, measure, period: str) -> pd.DataFrame:
    """Published figures and targets for a measure, those to be drawn marked C1, C2: of the comparable ones the target and the
    figure nearest in time to `period`."""
    rows = data.comparators(edition)
    rows = rows[rows["measure_id"] == measure.measure_id].reset_index(drop=True)
    apart = (rows["valid_from"] - pd.Timestamp(period or edition.as_of)).abs()
    # One line of each kind: two figures of one series a year apart would hide one another.
    nearest = rows.assign(apart=apart)[rows["is_comparable"]].sort_values("apart", kind="stable").drop_duplicates("kind").index
    rows["mark"] = ""
    for number, row in enumerate(sorted(nearest)):
        rows.loc[row, "mark"] = f"C{number + 1}"
    return rows


def beside(rows: pd.DataFrame) -> None:
    """Say the published figures and targets beside the headline, then what they may be compared with."""
    if rows.empty:
        return
    lines = [
        published_words(one)
        for one in rows.sort_values("mark", key=lambda marks: marks.replace("", "Z"), kind="stable").itertuples(index=False)
    ]
    lines += [f'<span class="note">{escape(note)}</span>' for note in rows["comparability_note"].drop_duplicates()]
    page.html(f'<div class="beside" data-note="comparator">{"".join(f"<p>{line}</p>" for line in lines)}</div>')


def published_words(row) -> str:
    """A published figure or target in a line of HTML: mark, value, counts, where, when, source."""
    mark = f"[{row.mark}] " if getattr(row, "mark", "") else ""
    counts = ""
    if pd.notna(row.denominator):
        counts = f" ({row.numerator:,.0f} of {row.denominator:,.0f}; 95% interval {percent(row.lower)} to {percent(row.upper)})"
    where = ", ".join(one for one in (row.geography, row.period) if one)
    warning = "" if row.is_comparable else " <b>Not comparable.</b>"
    unsure = "" if row.verified else ' <span class="mark">unverified</span>'
    said = f"{mark}<b>{escape(row.label)}: {percent(row.value)}</b>{counts}, {escape(where)}.{unsure}{warning}"
    return f'{said} <span class="note">{escape(row.source)}.</span>'


def comparability(measure) -> None:
    """The note that goes with a measure, where it has one."""
    note = measure.comparability_note
    if isinstance(note, str) and note.strip():
        page.html(f'<p class="note" data-note="comparability">{escape(note)}</p>')

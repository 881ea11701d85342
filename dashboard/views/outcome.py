"""What the pages of outcomes share: a figure in a sentence, one measure across places, over time and by group, and what others published beside it."""

from collections.abc import Callable
from html import escape
from types import SimpleNamespace

import pandas as pd

from dashboard.parts import charts, data, outcomes, page, results
from dashboard.parts.figure import Figure, Reading, dated, days_of, ends, figure, period_label, straddled, table
from dashboard.parts.over_time import GRAINS, MARKS, Series, drawn_grain, series
from edition.folder import Edition
from ground.printing import percent
from ground.statistics import STABLE_LATEST_WITH_A_SIGNAL, STABLE_POINTS, STABLE_SERIES_WITH_A_SIGNAL, newcombe

NATION = outcomes.NATION


def words(measure) -> tuple[str, str]:
    """What the numerator and the denominator of a measure count."""
    counted = measure.numerator_label if isinstance(measure.numerator_label, str) else ""
    base = measure.denominator_label if isinstance(measure.denominator_label, str) else "releases"
    return counted, base


def counted(measure) -> str:
    """What a chart of units counts: releases or recalls, never people."""
    return f"Counted: {words(measure)[1][:1].lower()}{words(measure)[1][1:]}; somebody released twice counts twice."


def sentence(shown: Figure, measure) -> str:
    """The figure as a headline sentence, counts first; what is unknown or not yet due is never left unsaid."""
    counted, base = (text[:1].lower() + text[1:] for text in words(measure))
    if not shown.has_row:
        return f"“{shown.label}” has no figure over all releases for this place and period."
    waits = f" {shown.not_yet_due:,.0f} {'is' if shown.not_yet_due == 1 else 'are'} not yet due." if shown.not_yet_due else ""
    many = f"{shown.unknown or 0:,.0f}{{}} {'is' if shown.unknown == 1 else 'are'} unknown."
    if shown.denominator is None and shown.is_controlled:
        return f"“{shown.label}” is left empty for this place and period, so that nobody can be identified."
    if not shown.denominator:
        none = "None or up to 4 releases have" if shown.is_controlled else "No release has"
        return f"{none} an outcome of “{shown.label}” that is due and known in this period." + (f" {many.format('')}" if shown.unknown else "") + waits
    n, d = shown.numerator, shown.denominator
    if shown.unit != "share" or n is None:
        return f"{shown.label}: {shown.headline()}, over {shown.part('denominator')} {base}.{waits}"
    counts = {"numerator": f"{n:,.0f}", "denominator": f"{d:,.0f}", "rest": f"{d - n:,.0f}"}
    own = measure.sentence if isinstance(measure.sentence, str) else ""
    # Of rounded counts the rest is no count: it may be off by what both are off.
    said = own.format(**counts) if own and not (shown.is_controlled and "{rest}" in own) else f"Of {d:,.0f} {base}, {n:,.0f} count: {counted}."
    return said + (f" {many.format(' more')}" if shown.unknown else "") + waits


def measure_row(measures: pd.DataFrame, measure_id: str):
    """The registry row of a measure, its columns as attributes."""
    return _as_attributes(measures[measures["measure_id"] == measure_id].iloc[0])


def _as_attributes(row: pd.Series) -> SimpleNamespace:
    return SimpleNamespace(**{str(name): value for name, value in row.items()})


def row_of(rows: pd.DataFrame, kind: str, geography: str | None = None):
    """The result row of a geography, or None."""
    places = zip(rows["geography_kind"], rows["geography_id"], strict=True)
    found = next((at for at, (its, one) in enumerate(places) if its == kind and geography in (None, one)), None)
    return None if found is None else _as_attributes(rows.iloc[found])


def across_table(nation: Figure, places: list[tuple[str, Figure]], caption: str, first: str, chosen: str) -> str:
    """The table twin of a chart over places, the nation first."""
    return table([(NATION, nation), *places], caption, first, chosen=chosen, total=NATION)


def charted(draw: Callable, of: tuple, finding: str, about: str, summary: str, twin: str, is_open: bool = False) -> None:
    """A chart (`draw` of the figures `of`) under a title that says what it shows; `about` is the measure, the place and the time. The words and the table beside say it too."""
    page.html(f'<h3>{escape(finding[:1].upper() + finding[1:])}</h3><p class="note about">{escape(about)}</p>')
    page.chart(draw, of, f"{finding}. {about}", summary, twin, is_open=is_open)


def course(
    edition: Edition, measure, kind: str, place: str, name: str, target: float | None, until: str = ""
) -> tuple[Series | None, list[tuple[pd.Timestamp, Figure]]]:
    """A measure at a place over time, and all its figures in the length of period that is drawn, to the one that begins on `until`."""
    ids = [place] if kind != "nation" else []
    rows = outcomes.over_time(edition, [measure.measure_id], kind, ids, GRAINS)
    return data.made(drawn, rows, measure, kind, place, name, target, list(outcomes.breaks_of(edition, measure.domain)["date"]), data.reading(edition), until)


def drawn(
    rows: pd.DataFrame, measure, kind: str, place: str, name: str, target: float | None, breaks: list[pd.Timestamp], reading: Reading, until: str = ""
) -> tuple[Series | None, list[tuple[pd.Timestamp, Figure]]]:
    """As `course`, of result rows by month and quarter that are at hand."""
    own = rows[(rows["geography_kind"] == kind) & (rows["geography_id"] == place)]
    grain = drawn_grain(own, reading.low_rate_denominator)
    length = grain or "quarter"
    own = own[own["period_grain"] == length]
    if until:
        last = ends(pd.Timestamp(until), "month")
        own = own[pd.to_datetime(own["period_start"]).map(lambda start: ends(start, length) <= last).astype(bool)]
    shown = outcomes.figures(own, measure, name, length, reading)
    return (series(shown, grain, breaks, measure.direction, target, days_of(measure)) if grain else None), shown


def over_time(edition: Edition, measure, kind: str, place: str, name: str, target: float | None, until: str = "") -> None:
    """The XmR chart of a measure at a place to the period shown, in words, as a table, and how it is made."""
    made, shown = course(edition, measure, kind, place, name, target, until)
    if made is None:
        page.html('<p class="note">Too few releases in most months and quarters to draw: the table alone.</p>')
        if shown:
            page.html(table([(one.period, one) for _, one in shown], f"{measure.label} over time, {name}", "Period"))
        return
    breaks = outcomes.breaks_of(edition, measure.domain)
    inside = breaks[breaks["date"].isin(made.cuts)]
    kinds = "months" if made.grain == "month" else "quarters"
    about = f"{measure.label}, {name}, {kinds} of release from {made.points[0][1].period} to {made.latest.period}"
    finding, said, twin = data.made(_told, made, about)
    charted(charts.xmr, (made, inside, str(measure.label)), f"{measure.label}, {name}: {finding}", about, said, twin)
    if len(inside):
        listed = " ".join(f"[{row.mark}] {row.date:%-d %B %Y}: {row.label}." for row in inside.itertuples(index=False))
        days = f" A release and the day it is looked at, {days_of(measure)} days later, have to stand on one side." if days_of(measure) else ""
        page.html(f'<p class="note" data-breaks="{len(inside)}">Breaks: figures before and after are not compared, and limits are made anew.{days} {escape(listed)}</p>')
    if made.left_out:
        why: dict[str, list[str]] = {}
        for _, one, reason in made.left_out:
            why.setdefault(reason, []).append(one.period)
        said = "; ".join(f"{reason}: {', '.join(periods[-6:])}{f' and {len(periods) - 6} earlier' if len(periods) > 6 else ''}" for reason, periods in why.items())
        page.html(f'<p class="note" data-left-out="{len(made.left_out)}">Not drawn: {escape(said)}.</p>')
    page.html(page.folded("How this chart is made, and how often it is wrong", f'<div data-note="xmr">{XMR_HELP}</div>'))


def _told(made: Series, about: str) -> tuple[str, str, str]:
    """What a course shows in a line and in sentences, and its table (HTML)."""
    return made.finding(), made.sentences(), course_table(made, about)


XMR_HELP = (
    "<p>Each point is a whole period by day of release, in which every release is due. The last may be provisional and still change; that is said where it is so. The line through the middle is the mean since the last break; the limits "
    f"lie 2.66 average steps from one point to the next away from it. A point stands out if it lies beyond a limit, is one of seven or more that rise or fall without a break or lie on one side "
    "of the mean, or one of two in three close to a limit.</p>"
    f"<p>Chance alone does this too: of series of {STABLE_POINTS} points in which nothing changes, about {round(100 * STABLE_SERIES_WITH_A_SIGNAL)} in 100 show some sign somewhere, and "
    f"about {100 * STABLE_LATEST_WITH_A_SIGNAL:.1f} in 100 show one at their latest point (measured on invented series). Ask what happened before you act on one point.</p>"
)


def course_table(made: Series, caption: str) -> str:
    """The points of an XmR chart as a table: each figure with all it rests on, its mark and why."""
    rows = [(f"{one.period}: {MARKS[point.mark][1].lower()}", one) for (_, one), point in zip(made.points, made.made.points, strict=True)]
    return table(rows[::-1], caption, "Period and mark")


def latest_year(edition: Edition, measure, kind: str, place: str) -> str:
    """First day of the latest year, April to March, in which every release is due and which lies on one side of every break; '' where there is none."""
    rows = outcomes.over_time(edition, [measure.measure_id], kind, [place], ["year"])
    return data.made(_latest_year, rows, edition.as_of, list(outcomes.breaks_of(edition, measure.domain)["date"]), days_of(measure))


def _latest_year(rows: pd.DataFrame, as_of: str, breaks: list[pd.Timestamp], days: int) -> str:
    years = [one for one in outcomes.mature(rows, "year", as_of) if not straddled(pd.Timestamp(one), "year", breaks, days)]
    return years[-1] if years else ""


def of_year(edition: Edition, measure, kind: str, place: str, why: str) -> str:
    """The latest whole year in words with why it is a year, for the heading of a part; '' where there is none."""
    year = latest_year(edition, measure, kind, place)
    return f"{period_label(year, 'year')}, the latest year in which all is due on one side of every break: {why}." if year else ""


SMALL_GROUPS = "groups of people are too small in shorter periods"


def gaps(edition: Edition, measure, kind: str, place: str, name: str, ways: tuple[str, ...] = ("sex", "ethnicity", "age_band")) -> None:
    """One measure by characteristics of people in the latest whole year, with the difference of each group from the largest."""
    reading, year = data.reading(edition), latest_year(edition, measure, kind, place)
    known = results.characteristics(edition, measure.measure_id, kind)
    if not year:
        page.html('<p class="note">No year is due whole and on one side of every break yet.</p>')
        return
    period, drawn = period_label(year, "year"), 0
    for way in (one for one in ways if one in known):
        rows = results.by_characteristic(edition, measure.measure_id, "year", year, kind, place, way)
        if rows.empty:
            continue
        drawn += 1
        shown, about, finding, said, twin = data.made(_groups, rows, measure, known[way], name, period, reading)
        charted(charts.intervals, (shown, None, str(measure.label)), finding, about, said, twin)
    if not drawn:
        page.html(f'<p class="note">Nothing is split by characteristic for {escape(name)} in {period}.</p>')


def _groups(rows: pd.DataFrame, measure, way: str, name: str, period: str, reading: Reading) -> tuple[list[tuple[str, Figure]], str, str, str, str]:
    """The figures of groups of people; what they are of, what they show in a line and in sentences; and their table (HTML)."""
    shown = [(str(row.characteristic_value), figure(row, measure, f"{name}: {row.characteristic_value}", period, reading)) for row in rows.itertuples(index=False)]
    about = f"{measure.label} by {way.lower()}, {name}, {dated(shown[0][1])}"
    finding, said = _gaps(shown, way, name)
    return shown, about, finding, said, table(shown, about, way)


def _gaps(shown: list[tuple[str, Figure]], way: str, place: str) -> tuple[str, str]:
    """Title and sentence of a chart of groups: the difference of each group from the largest, with Newcombe's interval where counts are exact."""
    held = [(name, one) for name, one in shown if one.denominator and one.denominator >= one.reading.low_rate_denominator and one.value is not None and name != "Not recorded"]
    if len(held) < 2:
        return f"by {way.lower()} too few groups in {place} are large enough to compare", "Fewer than two groups have enough releases."
    if any(one.unit != "share" for _, one in held):
        return f"by {way.lower()}, {place}: medians are not tested against one another", "No difference is worked out of medians."
    base, largest = max(held, key=lambda pair: pair[1].denominator or 0)
    told, apart = [], []
    for name, one in held:
        if name == base or one.value is None or largest.value is None or one.numerator is None or largest.numerator is None:
            continue
        if one.is_controlled:
            told.append(f"{name} {one.value - largest.value:+.3f}")
            continue
        gap, low, high = newcombe(one.numerator, float(one.denominator or 0), largest.numerator, float(largest.denominator or 0))
        told.append(f"{name} {_points(gap)} points ({_points(low)} to {_points(high)})")
        if low > 0 or high < 0:
            apart.append(name)
    if any(one.is_controlled for _, one in held):
        return f"by {way.lower()}, {place}: differences of rounded figures", f"Against {base}, the largest group, in shares: {'; '.join(told)}. Counts are rounded, so no interval is made."
    finding = f"By {way.lower()}, {place}: {_and(apart)} {'differs' if len(apart) == 1 else 'differ'} from {base}" if apart else f"by {way.lower()}, {place}: no group can be told apart from {base}"
    return finding, f"Against {base}, the largest group, with 95 per cent intervals: {'; '.join(told)}. Groups do not overlap; releases of one person are taken as if of several. Of twenty such gaps one would stand out by chance."


def _points(share: float) -> str:
    return f"{100 * share:+.1f}"


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def published_beside(edition: Edition, measure, period: str, grain: str) -> pd.DataFrame:
    """Published figures and targets for a measure, those to be drawn marked C1, C2: of the comparable ones the target and the
    figure nearest in time to the period that begins on `period`, on its side of every break. `between`: the breaks that part a figure from it."""
    breaks = list(outcomes.breaks_of(edition, measure.domain)["date"])
    return data.made(_published_beside, results.comparators(edition), measure.measure_id, pd.Timestamp(period or edition.as_of), grain, breaks, days_of(measure))


def _published_beside(rows: pd.DataFrame, measure_id: str, start: pd.Timestamp, grain: str, breaks: list[pd.Timestamp], days: int) -> pd.DataFrame:
    rows = rows[rows["measure_id"] == measure_id].reset_index(drop=True)
    apart = (rows["valid_from"] - start).abs()
    rows["between"] = [", ".join(f"{one:%-d %B %Y}" for one in _between(row, start, grain, breaks, days)) for row in rows.itertuples(index=False)]
    # One line of each kind: two figures of one series a year apart would hide one another.
    nearest = rows.assign(apart=apart)[rows["is_comparable"] & (rows["between"] == "")].sort_values("apart", kind="stable").drop_duplicates("kind").index
    rows["mark"] = ""
    for number, row in enumerate(sorted(nearest)):
        rows.loc[row, "mark"] = f"C{number + 1}"
    return rows


def _between(row, start: pd.Timestamp, grain: str, breaks: list[pd.Timestamp], days: int) -> list[pd.Timestamp]:
    """The breaks between what others published of some days and a period of ours, or inside either; none of what is of no days, such as a target."""
    if pd.isna(row.valid_from):
        return []
    last = max(ends(start, grain) + pd.Timedelta(days=days), row.valid_from if pd.isna(row.valid_to) else row.valid_to)
    return [one for one in breaks if min(start, row.valid_from) < one <= last]


def beside(rows: pd.DataFrame) -> None:
    """Say the published figures and targets beside the headline, then what they may be compared with."""
    if not rows.empty:
        page.html(data.made(_beside, rows))


def _beside(rows: pd.DataFrame) -> str:
    lines = [
        published_words(one)
        for one in rows.sort_values("mark", key=lambda marks: marks.replace("", "Z"), kind="stable").itertuples(index=False)
    ]
    lines += [f'<span class="note">{escape(note)}</span>' for note in rows["comparability_note"].drop_duplicates()]
    return f'<div class="beside" data-note="comparator">{"".join(f"<p>{line}</p>" for line in lines)}</div>'


def published_words(row) -> str:
    """A published figure or target in a line of HTML: mark, value, counts, where, when, source."""
    mark = f"[{row.mark}] " if getattr(row, "mark", "") else ""
    counts = ""
    if pd.notna(row.denominator):
        counts = f" ({row.numerator:,.0f} of {row.denominator:,.0f}; 95% interval {percent(row.lower)} to {percent(row.upper)})"
    where = ", ".join(one for one in (row.geography, row.period) if one)
    warning = "" if row.is_comparable else " <b>Not comparable.</b>"
    if row.is_comparable and (between := getattr(row, "between", "")):
        warning = f" <b>Not to be compared: a break lies between ({escape(between)}).</b>"
    unsure = "" if row.verified else ' <span class="mark">unverified</span>'
    said = f"{mark}<b>{escape(row.label)}: {percent(row.value)}</b>{counts}, {escape(where)}.{unsure}{warning}"
    return f'{said} <span class="note">{escape(row.source)}.</span>'


def comparability(measure) -> None:
    """The note that goes with a measure, where it has one."""
    note = measure.comparability_note
    if isinstance(note, str) and note.strip():
        page.html(f'<p class="note" data-note="comparability">{escape(note)}</p>')

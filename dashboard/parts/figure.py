"""One figure and a table of figures, as HTML. There is no other way to put a rate or a count of releases on a page.

A figure never appears without what it rests on: numerator, denominator, unknown, not yet due, out of scope, stale and
its interval. Each is marked (`data-figure`, `data-part`), so that a test can walk the pages and find one that lacks a part.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape

import pandas as pd

from ground.printing import percent

PARTS = {
    "numerator": "Counted",
    "denominator": "Of",
    "unknown": "Unknown",
    "not_yet_due": "Not yet due",
    "out_of_scope": "Out of scope",
    "stale": "Not confirmed of late",
    "interval": "95% interval",
}
GRAINS = {
    "month": "Month",
    "quarter": "Quarter",
    "year": "Year, April to March",
    "roll3": "Rolling 3 months",
    "roll12": "Rolling 12 months",
}
# Word for word, wherever protected figures stand (definition: disclosure).
# A mark of the pages: files hold each month of their own, and say in their rows what is not yet due.
PART, PART_MEANING = "[part]", "Part of its period only: fewer months than all are covered by what was delivered, or due"
ROUNDED = "Counts are rounded at random to a multiple of 5. 0 means none or up to 4. Parts may not add up to totals."
_MONTHS = {"month": 1, "quarter": 3, "year": 12, "roll3": 3, "roll12": 12}


@dataclass(frozen=True)
class Reading:
    """How the figures of one edition are to be read: `exactness` (exact, controlled, or own: exact in the reader's own places), what the marks
    mean, the thresholds in force as of the edition (counts of releases or units, days, shares; each named as in `dim_threshold`), the breaks in the
    series, oldest first: first day and the domains concerned, as the edition lists them, and of each measure the first month and the last that is due."""

    exactness: str
    marks: dict[str, str] = field(hash=False)
    stale_days: int
    final_after_days: int
    low_rate_denominator: int
    low_reliability_denominator: int
    protected_rate_min: int
    protected_low_reliability: int
    funnel_min_units: int
    funnel_alert_level: float
    funnel_action_level: float
    funnel_trim_share: float
    finance_day: int
    claim_accommodation_day: int
    claim_employment_day: int
    due_within_days: int
    breaks: tuple[tuple[pd.Timestamp, str], ...] = field(default=(), repr=False)
    covered: dict[str, tuple[pd.Timestamp, pd.Timestamp]] = field(default_factory=dict, hash=False, repr=False)

    def breaks_of(self, domain: str) -> list[pd.Timestamp]:
        """First days of what came to be counted otherwise in a domain, oldest first."""
        return [day for day, domains in self.breaks if concerns(domains, domain)]

    def few(self, of: str = "") -> str:
        """In words, from how many on a figure can be relied on; it takes more where counts are rounded. `of`: what is counted."""
        exact, rounded = f"{self.low_reliability_denominator} {of}".strip(), f"{self.protected_low_reliability}"
        match self.exactness:
            case "exact":
                return exact
            case "own":
                return f"{exact}, {rounded} where counts are rounded"
            case _:
                return f"{rounded} {of}".strip()

    def legend(self, shown: str) -> str:
        """What the marks mean that stand beside and in place of figures in what is shown (HTML), and how counts are rounded where they are."""
        said = {
            "[u]": f"fewer than {self.few()}",
            "[p]": f"less than {self.final_after_days} days since it fell due",
        }
        marks = [f"{mark} {meaning}{f' ({said[mark]})' if mark in said else ''}." for mark, meaning in self.marks.items() if mark in shown]
        rounded = "" if self.exactness == "exact" else f" {ROUNDED}"
        stale = f"Not confirmed of late: counted, though nobody has confirmed it for {self.stale_days} days."
        return f"{' '.join([*marks, stale])}{rounded}"


def period_end(start, grain: str) -> pd.Timestamp:
    """The last day of a period, from its first day and its grain."""
    return pd.Timestamp(start) + pd.DateOffset(months=_MONTHS[grain]) - pd.Timedelta(days=1)


@lru_cache(maxsize=4096)
def ends(start: pd.Timestamp, grain: str) -> pd.Timestamp:
    """The last day of a period, as `period_end`; asked for the same periods again and again."""
    return period_end(start, grain)


def concerns(domains: str | None, domain: str) -> bool:
    """Whether a break that lists these domains is one of `domain`; one that lists none, or all, is a break of every domain."""
    named = [one.strip() for one in str(domains or "all").replace("|", ";").replace(",", ";").split(";")]
    return named == [""] or "all" in named or domain in named


def straddled(start: pd.Timestamp, grain: str, breaks: Sequence[pd.Timestamp], days: int) -> list[pd.Timestamp]:
    """The breaks that the figure of a period stands on both sides of. A release and the day on which it is looked at, `days` later, have to stand on one
    side (definition: rate_over_time): what is counted otherwise from a day on may be the release or what is recorded that day, and which is not said."""
    last = ends(start, grain) + pd.Timedelta(days=days)
    return [one for one in breaks if start < one <= last]


def is_partial(start, grain: str, first_month, due_to) -> bool:
    """Whether fewer than all months of a longer period are covered and due. `first_month`: first day of the first month with a release of the measure;
    `due_to`: of the last in which all are due; None or empty where that is not known."""
    if _MONTHS.get(grain, 1) == 1 or pd.isna(first_month) or pd.isna(due_to):
        return False
    begins = pd.Timestamp(start)
    return begins < pd.Timestamp(first_month) or ends(begins, grain) > ends(pd.Timestamp(due_to), "month")


def days_of(measure) -> int:
    """How many days after release a measure is looked at; 0 where it names none."""
    days = getattr(measure, "days", None)
    return 0 if days is None or pd.isna(days) else int(days)


@lru_cache(maxsize=4096)
def period_label(start, grain: str) -> str:
    """A period in words, from its first day and its grain."""
    first, last = pd.Timestamp(start), period_end(start, grain)
    if grain == "month":
        return f"{first:%B %Y}"
    between = f"{first:%b} to {last:%b %Y}" if first.year == last.year else f"{first:%b %Y} to {last:%b %Y}"
    return between if grain in ("quarter", "year") else f"{_MONTHS[grain]} months, {between}"


def _number(value) -> float | None:
    return None if value is None or pd.isna(value) else float(value)


@dataclass(frozen=True)
class Figure:
    """One result row made ready to show. Counts are releases; shares lie between 0 and 1; None is not published."""

    label: str
    place: str
    period: str
    unit: str
    reading: Reading
    numerator: float | None = None
    denominator: float | None = None
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    all_in: float | None = None
    unknown: float | None = None
    not_yet_due: float | None = None
    out_of_scope: float | None = None
    stale: float | None = None
    if_good: float | None = None
    if_bad: float | None = None
    method: str = ""
    status: str = ""
    vintage: str = ""
    has_row: bool = False
    is_controlled: bool = False
    is_broken: bool = False
    is_partial: bool = False

    @property
    def gap(self) -> str:
        """The shorthand for a value that is not there."""
        return "[c]" if self.is_controlled and self.has_row else "[x]"

    @property
    def is_thin(self) -> bool:
        """Too small a denominator to be relied on: shown, but marked [u]."""
        least = self.reading.protected_low_reliability if self.is_controlled else self.reading.low_reliability_denominator
        return self.denominator is not None and self.denominator < least

    def count(self, value: float | None) -> str:
        """A count as text."""
        return self.gap if value is None else f"{value:,.0f}"

    def amount(self, value: float | None) -> str:
        """A value in the measure's unit as text."""
        if value is None:
            return self.gap
        if self.unit == "share":
            return percent(value)
        return f"{value:,.1f} days" if self.unit == "days" else f"{value:,.0f}"

    def headline(self) -> str:
        """The number to print large. On too few releases for a rate a percentage misleads, so the counts lead."""
        if not self.has_row:
            # What is not printed is what would print as 0.
            return "None or up to 4" if self.is_controlled else "No releases"
        if not self.denominator:
            return "Not yet due" if self.not_yet_due else self.gap if self.denominator is None else "No figure"
        if self.is_controlled:
            return self.amount(self.value)
        if self.unit == "share" and self.denominator < self.reading.low_rate_denominator and self.numerator is not None:
            return f"{self.numerator:,.0f} of {self.denominator:,.0f}"
        return self.amount(self.value)

    def part(self, name: str) -> str:
        """The text of one of PARTS."""
        if name == "interval":
            if self.lower is None or self.upper is None:
                return "[z]" if self.unit != "share" else self.gap
            # Whether it allows for people who were released more than once stands in the definitions.
            return f"{self.amount(self.lower)} to {self.amount(self.upper)}"
        if name == "numerator" and self.unit != "share" and self.numerator is None:
            return "[z]"
        return self.count(getattr(self, name))

    def marks(self) -> list[str]:
        """Shorthand marks that go with the value."""
        marks = []
        if self.has_row and self.is_thin and self.denominator and not (self.is_controlled and self.value is None):
            marks.append("[u]")
        return marks + self.period_marks()

    def period_marks(self) -> list[str]:
        """Those of them that are about the period: it is not final, holds a break, or is covered or due in part only."""
        marks = []
        if self.status == "provisional":
            marks.append("[p]")
        if self.is_broken:
            marks.append("[b]")
        if self.is_partial:
            marks.append(PART)
        return marks


def dated(shown: Figure) -> str:
    """The period of a figure with the marks that are about it, for a heading."""
    return " ".join([shown.period, *shown.period_marks()])


def figure(row, measure, place: str, period: str, reading: Reading) -> Figure:
    """A Figure from a result row (None when there is none) and its measure (both with attributes named as columns)."""
    # Where some places are exact, what has no row is not known to be: the weaker words are true of both.
    is_absent_controlled = reading.exactness != "exact"
    base = Figure(
        label=str(measure.label), place=place, period=period, unit=str(measure.unit), reading=reading, is_controlled=is_absent_controlled
    )
    if row is None:
        return base
    return Figure(
        label=base.label,
        place=place,
        period=period,
        unit=base.unit,
        reading=reading,
        numerator=_number(row.numerator),
        denominator=_number(row.denominator),
        value=_number(row.value),
        lower=_number(row.lower),
        upper=_number(row.upper),
        all_in=_number(row.value_all_in),
        unknown=_number(row.unknown),
        not_yet_due=_number(row.not_yet_due),
        out_of_scope=_number(row.out_of_scope),
        stale=_number(row.stale),
        if_good=_number(row.value_if_unknown_all_good),
        if_bad=_number(row.value_if_unknown_all_bad),
        method=str(row.interval_method or ""),
        status=str(row.status or ""),
        vintage=str(row.vintage)[:10],
        has_row=True,
        is_controlled=reading.exactness == "controlled" or reading.exactness == "own" and bool(row.is_protected),
        is_broken=_is_broken(row, measure, reading),
        is_partial=is_partial(row.period_start, str(row.period_grain), *reading.covered.get(getattr(row, "measure_id", ""), (None, None))),
    )


def _is_broken(row, measure, reading: Reading) -> bool:
    breaks = reading.breaks_of(str(getattr(measure, "domain", "")))
    return bool(breaks and straddled(pd.Timestamp(row.period_start), str(row.period_grain), breaks, days_of(measure)))


def _lower(text: str) -> str:
    """First letter small, for use inside a sentence; an abbreviation keeps its letters."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _marks(shown: Figure) -> str:
    words = shown.reading.marks
    return "".join(f' <span class="mark" title="{escape(words.get(mark, ""))}">{mark}</span>' for mark in shown.marks())


def _bar(shown: Figure) -> str:
    if shown.unit != "share" or shown.value is None or shown.lower is None or shown.upper is None:
        return ""
    width = max(0.0, shown.upper - shown.lower) * 100
    return (
        f'<div class="bar" aria-hidden="true"><i style="left:{shown.lower * 100:.2f}%;width:{width:.2f}%"></i>'
        f'<b style="left:{shown.value * 100:.2f}%"></b></div>'
    )


def card(shown: Figure, counted: str, base: str) -> str:
    """A figure card. `counted` and `base` say what numerator and denominator count; `counted` is empty for a median."""
    parts = "".join(f'<dt>{title}</dt><dd data-part="{name}">{escape(shown.part(name))}</dd>' for name, title in PARTS.items())
    if shown.unit == "share" and shown.all_in is not None:
        parts += f'<dt>Rate with unknown in the base</dt><dd data-part="all_in">{shown.amount(shown.all_in)}</dd>'
    if shown.if_bad is not None and shown.if_good is not None:
        parts += f"<dt>At worst and at best, whatever is unknown</dt><dd>{shown.amount(shown.if_bad)}, {shown.amount(shown.if_good)}</dd>"
    if shown.status:
        parts += f"<dt>Status</dt><dd>{escape(shown.status)}</dd>"
    of = f"{'None or up to 4' if shown.is_controlled else 'No'} releases in this period."
    if shown.has_row:
        over = f"{shown.part('denominator')} {escape(_lower(base))}"
        of = f"{shown.part('numerator')} {escape(_lower(counted))}, of {over}" if counted else f"Over {over}"
    return (
        f'<article class="card" data-figure="{escape(shown.label)}"><h3>{escape(shown.label)}</h3>'
        f'<p class="where">{escape(shown.place)}, {escape(shown.period)}</p>'
        f'<p class="big">{shown.headline()}{_marks(shown)}</p><p class="of">{of}</p>{_bar(shown)}'
        f'<dl class="parts">{parts}</dl></article>'
    )


def cards(items: list[str]) -> str:
    """Cards side by side, one below another on a narrow screen."""
    return f'<div class="cards">{"".join(items)}</div>'


def table(shown: list[tuple[str, Figure]], caption: str, first: str, chosen: str = "", total: str = "") -> str:
    """An HTML table of figures, one a row: [(row name, figure)]. `chosen` and `total` name rows to set apart."""
    head = "".join(f'<th scope="col" class="n">{title}</th>' for title in ("Value", *PARTS.values(), "Status"))
    body = []
    for name, one in shown:
        css = "total" if name == total else "chosen" if name == chosen else ""
        cells = "".join(f'<td class="n" data-part="{part}">{escape(one.part(part))}</td>' for part in PARTS)
        body.append(
            f'<tr class="{css}" data-figure="{escape(one.label)}"><th scope="row">{escape(name)}</th>'
            f'<td class="n">{one.headline()}{_marks(one)}</td>{cells}<td class="n">{escape(one.status) or "[x]"}</td></tr>'
        )
    whole = f"<table><caption>{escape(caption)}</caption><thead><tr><th scope='col'>{escape(first)}</th>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"
    return _scrolling(whole, caption) + f'<p class="note">{escape(shown[0][1].reading.legend(whole))}</p>'


def plain_table(rows: pd.DataFrame, headings: dict[str, str], caption: str, right: tuple[str, ...] = (), is_grouped: bool = False, leads: Mapping[tuple[int, str], str] | None = None) -> str:
    """An HTML table of things that are not measured results (accounts, claims, checks). Numbers are aligned right.

    `right` names columns of text that are numbers to the eye (money). `is_grouped`: rows that share the first column are
    headed by it once. `leads`: place of the row and name of the column -> the address that a cell leads to.
    """
    numeric = {name for name in headings if pd.api.types.is_numeric_dtype(rows[name]) and rows[name].dtype != bool}
    head = "".join(
        f'<th scope="col"{" class=n" if name in numeric or name in right else ""}>{escape(title)}</th>' for name, title in headings.items()
    )
    body = []
    key = next(iter(headings))
    spans: pd.Series | dict[str, int] = rows[key].value_counts() if is_grouped else {}
    last = None
    for place, record in enumerate(rows[list(headings)].to_dict("records")):
        cells = []
        if is_grouped and record[key] == last:
            record.pop(key)
        last = record.get(key, last)
        for name, value in record.items():
            text = "[x]" if pd.isna(value) else f"{value:,.0f}" if name in numeric else str(value)
            tag = (
                _row_head(spans[value] if is_grouped else 1)
                if name == key
                else '<td class="n">{}</td>'
                if name in numeric or name in right
                else "<td>{}</td>"
            )
            lead = (leads or {}).get((place, str(name)))
            cells.append(tag.format(f'<a href="{escape(lead)}" target="_self">{escape(text)}</a>' if lead and text else escape(text)))
        body.append(f"<tr>{''.join(cells)}</tr>")
    return _scrolling(
        f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>",
        caption,
    )


def _row_head(rows: int) -> str:
    return '<th scope="row">{}</th>' if rows == 1 else f'<th scope="rowgroup" rowspan="{rows}">{{}}</th>'


def _scrolling(inner: str, name: str) -> str:
    # Wide tables scroll inside their own region, reachable by keyboard; the page itself never scrolls sideways.
    return f'<div class="scroll" role="group" tabindex="0" aria-label="{escape(name)}">{inner}</div>'

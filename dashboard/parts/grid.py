"""The headline measures of a region, one a row of a table: the figure with all it rests on, its course, what that means, target and nation."""

from dataclasses import dataclass
from html import escape

from dashboard.parts import charts
from dashboard.parts.figure import Figure, Reading
from dashboard.parts.over_time import Series
from ground.printing import percent, points

HEADINGS = ("Measure", "Figure, and what it rests on", "Over time", "What that means", "Target", "England and Wales")


@dataclass(frozen=True)
class Row:
    """One headline measure: its figure here and in the nation in one period, its course, its target, the address that opens it, and a link to what it
    counts (HTML)."""

    shown: Figure
    nation: Figure
    course: Series | None
    target: float | None
    address: str
    definition: str = ""
    is_open: bool = False

    @property
    def is_told(self) -> bool:
        """Whether the course ends with the figure shown: of a period that is in none, nothing is said."""
        return self.course is not None and not self.course.why_not(self.shown.period)


def difference(here: Figure, nation: Figure) -> str:
    """How far apart two figures are, in words; nothing is tested, since one is a part of the other. None where one rests on too few releases for a share."""
    if here.value is None or nation.value is None or any(one.unit == "share" and (one.denominator or 0) < one.reading.low_rate_denominator for one in (here, nation)):
        return ""
    apart = here.value - nation.value
    if here.unit != "share":
        return f"{abs(apart):,.1f} {'more' if apart > 0 else 'fewer'} here"
    said = points(abs(apart))
    return "the same here" if not apart else f"{said} {'higher' if apart > 0 else 'lower'} here"


def table(rows: list[str], reading: Reading, caption: str) -> str:
    """The grid as HTML, of its rows (`row`)."""
    head = "".join(f'<th scope="col">{one}</th>' for one in HEADINGS)
    body = "".join(rows)
    legend = escape(reading.legend(body)) if rows else ""
    return (
        f'<div class="scroll" role="group" tabindex="0" aria-label="{escape(caption)}"><table class="headlines"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        f'<p class="note">{legend}</p>'
    )


def row(one: Row) -> str:
    """One row of the grid as HTML."""
    shown = one.shown
    parts = [
        f'<span data-part="numerator">{escape(shown.part("numerator"))}</span> of <span data-part="denominator">{escape(shown.part("denominator"))}</span>',
        f'95% interval <span data-part="interval">{escape(shown.part("interval"))}</span>',
        f'unknown <span data-part="unknown">{escape(shown.part("unknown"))}</span>',
        f'not yet due <span data-part="not_yet_due">{escape(shown.part("not_yet_due"))}</span>',
        f'out of scope <span data-part="out_of_scope">{escape(shown.part("out_of_scope"))}</span>',
        f'not confirmed of late <span data-part="stale">{escape(shown.part("stale"))}</span>',
    ]
    marks = "".join(f' <span class="mark">{mark}</span>' for mark in shown.marks())
    marks_there = "".join(f' <span class="mark">{mark}</span>' for mark in one.nation.period_marks())
    course, means, target = '<span class="note">Too few releases to draw</span>', "Not said", "None set"
    if one.course and not one.is_told:
        course = charts.sparkline(one.course)
        means = f"<span class='note'>Nothing can be said of {escape(shown.period)}: {escape(one.course.why_not(shown.period))}</span>"
    elif one.course:
        shape, word = one.course.made.points[-1].mark, one.course.mark()[1]
        course = charts.sparkline(one.course)
        means = f"{charts.glyph(shape)} {word}<br><span class='note'>{escape(one.course.finding())}</span>"
        if not one.course.made.has_limits:
            means = f"<span class='note'>{escape(one.course.finding())}</span>"
    if one.target is not None:
        sign, words = one.course.assurance() if one.course and one.is_told else ("", "Too early or too few to say")
        target = f"{percent(one.target)}<br>{f'<b aria-hidden=true>{sign}</b> ' if sign else ''}{escape(words)}"
    of_nation = f"{one.nation.part('numerator')} of {one.nation.part('denominator')}, unknown {one.nation.part('unknown')}"
    if one.nation.is_controlled and not shown.is_controlled:
        of_nation += "; rounded, so the difference is near, not exact"
    nation = f"{one.nation.headline()}{marks_there}<br><span class='note'>{escape(of_nation)}</span><br><span class='note'>{escape(difference(shown, one.nation))}</span>"
    current = ' aria-current="true"' if one.is_open else ""
    return (
        f'<tr data-figure="{escape(shown.label)}"{" class=chosen" if one.is_open else ""}><th scope="row"><a href="{escape(one.address)}" target="_self"{current}>{escape(shown.label)}</a><br><span class="note">{one.definition}</span></th>'
        f'<td><b class="value">{shown.headline()}</b>{marks}<br><span class="note">{"; ".join(parts)}</span></td>'
        f"<td>{course}</td><td>{means}</td><td>{target}</td><td>{nation}</td></tr>"
    )

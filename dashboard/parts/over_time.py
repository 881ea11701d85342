"""One measure at one place over its periods, as an XmR chart (definition: rate_over_time): which periods stand in it, where it is cut, what it says.

No Streamlit, no SQL, no drawing. Arithmetic is that of `ground/statistics.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.parts.figure import Figure, period_end, period_label, straddled
from ground import statistics
from ground.statistics import Xmr

BETTER = {"good": "higher", "bad": "lower"}
# How long a line of points may be made of: windows that overlap are none.
GRAINS = ("month", "quarter")
MARKS = {
    "common_cause": ("●", "Common cause"),
    "improvement": ("◆", "Improvement"),
    "concern": ("■", "Concern"),
    "neutral_high": ("▲", "High"),
    "neutral_low": ("▼", "Low"),
}
CAUSES = {
    "above_upper_limit": "above the upper limit",
    "below_lower_limit": "below the lower limit",
    "seven_increasing": "one of seven or more rising without a break",
    "seven_decreasing": "one of seven or more falling without a break",
    "two_of_three_high": "two of three near the upper limit",
    "two_of_three_low": "two of three near the lower limit",
    "seven_above_mean": "one of seven or more above the mean",
    "seven_below_mean": "one of seven or more below the mean",
    "common": "within the limits, and no run",
}
ASSURANCE = {
    "consistently_meets": ("✓", "Target consistently met"),
    "consistently_misses": ("✗", "Target consistently missed"),
    "hit_or_miss": ("?", "Target within reach of chance: met in some periods, missed in others"),
}
NOT_DUE, STRADDLES, FEW, PROVISIONAL = "not all due yet", "holds a break [b]", "too few releases", "provisional [p] and may still change"


@dataclass(frozen=True)
class Series:
    """What is drawn of a measure over time: its points in order of time, each by the first day of its period, the XmR chart over them, what was left
    out and why, the first days of breaks inside the span or of what was left out, and in what lengths the points are."""

    grain: str
    points: tuple[tuple[pd.Timestamp, Figure], ...]
    made: Xmr
    left_out: tuple[tuple[pd.Timestamp, Figure, str], ...]
    cuts: tuple[pd.Timestamp, ...]
    target: float | None

    @property
    def provisional(self) -> list[str]:
        """The points that may still change, in words: nothing is said of the latest without saying so of it."""
        return [one.period for _, one in self.points if one.status == "provisional"]

    @property
    def latest(self) -> Figure:
        """The figure of the last point."""
        return self.points[-1][1]

    def mark(self) -> tuple[str, str]:
        """Shape and word of the latest point."""
        return MARKS[self.made.points[-1].mark]

    def why_not(self, period: str) -> str:
        """Why nothing is said of a period; '' where the course ends with it."""
        if period == self.latest.period:
            return ""
        return {one.period: reason for _, one, reason in self.left_out}.get(period, FEW)

    def assurance(self) -> tuple[str, str]:
        """Shape and words of the last piece against its target; empty where nothing may be said."""
        if self.target is None:
            return "", "No target"
        if self.made.is_trial or not self.made.assurance:
            return "", "Too few points to say"
        return ASSURANCE[self.made.assurance]

    def finding(self) -> str:
        """What the chart shows, in a few words without a number of a rate."""
        last = self.made.points[-1]
        if not self.made.has_limits:
            return f"too few points {self._piece()} to say whether it changes"
        since = self.points[self.made.since()][1].period
        if last.mark == "common_cause":
            return f"no sign of change in {self._stretch()}"
        many = len(self.points) - self.made.since()
        when = f"since {since}" if many > 1 else f"in {since}"
        waits = "; provisional" if self.latest.status == "provisional" else ""
        return f"{MARKS[last.mark][1].lower()} {when}, {CAUSES[last.cause]}{waits}"

    def _stretch(self) -> str:
        """The unbroken stretch that ends with the latest point, in periods drawn."""
        many = len(self.points) - self.made.since()
        return f"the last {many} {self.grain}s drawn" if many > 1 else f"this {self.grain}"

    def _piece(self) -> str:
        before = [one for one in self.cuts if one <= self.points[-1][0]]
        return f"since the break of {before[-1]:%-d %B %Y}" if before else "in all"

    def sentences(self) -> str:
        """What the chart shows in words: mark, since when, target, how many points, how the limits were made."""
        last, n = self.made.points[-1], len(self.made.last_segment)
        kind = "month" if self.grain == "month" else "quarter"
        waits = f" {', '.join(self.provisional)}: {PROVISIONAL}." if self.provisional else ""
        if not self.made.has_limits:
            return f"{n} {kind}{'' if n == 1 else 's'} {self._piece()}: a plain line, without limits, and nothing is said of the latest.{waits}"
        said = [f"{self.latest.period}: {MARKS[last.mark][1].lower()}, {CAUSES[last.cause]}."]
        since = self.points[self.made.since()][1].period
        said.append(f"No sign of change in {self._stretch()}, since {since}." if last.mark == "common_cause" else f"So since {since}.")
        trial = "; fewer than 12, so these are trial limits" if self.made.is_trial else ""
        said.append(f"Mean and limits are made of the {n} {kind}s {self._piece()}{trial}.")
        if self.target is not None:
            said.append(f"{self.assurance()[1]}.")
        return " ".join(said) + waits


def better(direction: str) -> str:
    """A measure's direction as the XmR rules name it."""
    return BETTER.get(direction, "none")


def series(
    figures: Sequence[tuple[pd.Timestamp, Figure]], grain: str, breaks: Sequence[pd.Timestamp], direction: str, target: float | None = None, days: int = 0
) -> Series | None:
    """The XmR series of figures in order of time; None where no period can be drawn. `breaks`: first days of what came to be counted
    otherwise, of the domain; `days`: how long after release a release is looked at. Left out: periods not all due, those that stand on both sides of
    a break, and those with too few releases."""
    points: list[tuple[pd.Timestamp, Figure]] = []
    cuts: set[pd.Timestamp] = set()
    left: list[tuple[pd.Timestamp, Figure, str]] = []
    for start, one in figures:
        if one.not_yet_due:
            left.append((start, one, NOT_DUE))
        elif one.value is None or not one.denominator or one.denominator < one.reading.low_rate_denominator:
            left.append((start, one, FEW))
        elif crossed := straddled(start, grain, breaks, days):
            left.append((start, one, STRADDLES))
            cuts |= set(crossed)
        else:
            points.append((start, one))
    if not points:
        return None
    starts = [start for start, _ in points]
    inside = [one for one in breaks if starts[0] < one <= starts[-1]]
    # What was left out before the first point is no part of the picture.
    cuts = {one for one in cuts if one > starts[0]} | {one for one in breaks if starts[0] < one <= starts[-1]}
    places = [next(place for place, start in enumerate(starts) if start >= one) for one in inside]
    made = statistics.xmr([float(one.value) for _, one in points if one.value is not None], places, better(direction), target)
    return Series(grain, tuple(points), made, tuple(left), tuple(sorted(cuts)), target)


def window(grain: str, start: str, breaks: Sequence[pd.Timestamp], days: int) -> tuple[str, str, str]:
    """The twelve months that end with the period, or what of them lies after the last break: first day, last day, and that in words. No days, and why,
    where releases of the period and what is known of them `days` later stand on both sides of a break."""
    last = period_end(start, grain)
    if crossed := straddled(pd.Timestamp(start), grain, breaks, days):
        looked = f" and what is known of them {days} days later" if days else ""
        return "", "", f"Not told of {period_label(start, grain)}: its releases{looked} stand on both sides of the break of {crossed[-1]:%-d %B %Y}. Choose a period on one side."
    first = last.replace(day=1) - pd.DateOffset(months=11)
    breaks = [one for one in breaks if first < one <= last]
    if breaks:
        first = breaks[-1]
    words = f"{'Since the break of' if breaks else 'Twelve months, from'} {first:%-d %B %Y} to {last:%-d %B %Y}: one {grain} has too few releases for it."
    return f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}", words


def drawn_grain(rows: pd.DataFrame, least: int) -> str:
    """The shortest length of period, 'month' or 'quarter', in which most of what is due can be drawn; '' where a table alone is shown. `rows`: result
    rows of one place, with period_grain, value, denominator, unknown and not_yet_due; `least`: releases for a point."""
    waits, n, unknown = (np.nan_to_num(rows[name].to_numpy(float, na_value=np.nan)) for name in ("not_yet_due", "denominator", "unknown"))
    is_due, enough, grains = (waits == 0) & (n + unknown > 0), rows["value"].notna().to_numpy() & (n >= least), rows["period_grain"].to_numpy()
    for grain in GRAINS:
        own = is_due & (grains == grain)
        if own.any() and 2 * int((own & enough).sum()) > int(own.sum()):
            return grain
    return ""

"""The statistics of the pages: pure functions over counts, shares and days, each returning the numbers that a chart draws or a table prints.

No page, no SQL and no second writing of any of it in Python (definition: rate_interval, rate_funnel, rate_over_time, rate_difference, rate_incidence,
rate_standardised). Shares lie between 0 and 1, times are whole days. What cannot be computed is None, never nought.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np

Z = NormalDist().inv_cdf(0.975)  # of a two-sided 95%
_HAIR = 1e-12  # numbers that are equal may differ in their last digit


# ------------------------------------------------------------------------------------------------------------------ one share, two shares


def wilson_limit(share: np.ndarray, n: np.ndarray, z: float, sign: int) -> np.ndarray:
    """One limit of a Wilson interval without continuity correction; `sign` -1 the lower, 1 the upper. `n` may be any number above 0."""
    centre = share + z * z / (2 * n)
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    limit = (centre + sign * half) / (1 + z * z / n)
    return np.clip(np.minimum(share, limit) if sign < 0 else np.maximum(share, limit), 0, 1)


def wilson(numerator: float, denominator: float) -> tuple[float, float]:
    """The 95% Wilson interval of a share of counts; `denominator` above 0."""
    share, n = np.array(numerator / denominator), np.array(float(denominator))
    return float(wilson_limit(share, n, Z, -1)), float(wilson_limit(share, n, Z, 1))


def newcombe(numerator_1: float, denominator_1: float, numerator_2: float, denominator_2: float) -> tuple[float, float, float]:
    """The first share less the second, with Newcombe's hybrid score interval (definition: rate_difference). For groups that do not overlap only."""
    first, second = numerator_1 / denominator_1, numerator_2 / denominator_2
    (low_1, high_1), (low_2, high_2) = wilson(numerator_1, denominator_1), wilson(numerator_2, denominator_2)
    difference = first - second
    return (
        difference,
        difference - math.hypot(first - low_1, high_2 - second),
        difference + math.hypot(high_1 - first, second - low_2),
    )


# ------------------------------------------------------------------------------------------------------------------------- observed, expected


@dataclass(frozen=True)
class Standardised:
    """Observed over expected counts with Byar's 95% limits, and z = (observed - expected) / sqrt(variance); z None where no variance is known."""

    ratio: float
    lower: float
    upper: float
    z: float | None


def standardised(observed: float, expected: float, variance: float | None = None) -> Standardised | None:
    """What is observed of what is expected of people like these (definition: rate_standardised); None where nothing is expected."""
    if expected <= 0:
        return None

    def limit(count: float, sign: int) -> float:
        return max(0.0, count * (1 - 1 / (9 * count) + sign * Z / (3 * math.sqrt(count))) ** 3 / expected)

    return Standardised(
        observed / expected,
        limit(observed, -1) if observed else 0.0,
        limit(observed + 1, 1),
        (observed - expected) / math.sqrt(variance) if variance else None,
    )


# ------------------------------------------------------------------------------------------------------------------------------ between units


@dataclass(frozen=True)
class Funnel:
    """Pooled share, over-dispersion factor phi, whether the limits are widened by it, and the sizes at which to draw limits."""

    pooled: float
    phi: float
    is_overdispersed: bool
    sizes: tuple[int, ...]

    def at(self, level: float, n: int) -> tuple[float, float]:
        """Lower and upper limit of `level` (0.95, 0.998) for a unit of n releases, as shares: by whole counts, the smallest whose
        cumulative probability reaches the tail."""
        low, high = (count / n for count in _binomial(level, n, self.pooled))
        widen = math.sqrt(self.phi) if self.is_overdispersed else 1.0
        return max(0.0, self.pooled - (self.pooled - low) * widen), min(1.0, self.pooled + (high - self.pooled) * widen)

    def is_outside(self, level: float, events: int, n: int) -> bool:
        """Whether a unit with `events` of n lies beyond the limits."""
        low, high = self.at(level, n)
        return events / n < low - _HAIR or events / n > high + _HAIR


@lru_cache(maxsize=50_000)
def _binomial(level: float, n: int, share: float) -> tuple[float, float]:
    """Smallest counts of n whose cumulative probability reaches the tail and the rest of `level`; kept, for a page asks of the same units at each look."""
    # scipy.stats takes half a second to import, which a refresh need not wait for.
    from scipy.stats import binom

    tail = (1 - level) / 2
    low, high = binom.ppf([tail, 1 - tail], n, share)
    return float(low), float(high)


def funnel(units: list[tuple[int, int]], smallest: int, trim: float) -> Funnel | None:
    """Exact binomial limits around the pooled share for [(numerator, denominator)], one a unit (definition: rate_funnel; Spiegelhalter 2005). None
    with fewer than `smallest` units, or a pooled share of 0 or 1.

    phi is the mean squared z after pulling in the share `trim` of each tail; it widens the limits where it is above 1 and phi times the
    units is above the chi-squared 95% point."""
    from scipy.stats import chi2

    units = [(events, n) for events, n in units if n > 0]
    if len(units) < smallest:
        return None
    events, n = (np.array(column, float) for column in zip(*units, strict=True))
    pooled = float(events.sum() / n.sum())
    if pooled in (0.0, 1.0):
        return None
    z = (events / n - pooled) / np.sqrt(pooled * (1 - pooled) / n)
    phi = float(np.mean(np.clip(z, *np.quantile(z, [trim, 1 - trim])) ** 2))
    is_overdispersed = phi > 1 and phi * len(units) > float(chi2.ppf(0.95, len(units) - 1))
    largest = int(n.max())
    sizes = sorted({max(1, round(largest * step / 40)) for step in range(1, 43)})
    return Funnel(pooled, phi, is_overdispersed, tuple(sizes))


# ------------------------------------------------------------------------------------------------------------------------------------ over time

_LIMIT, _LEFT_OUT, _RUN, _FULL = 2.66, 3.267, 7, 12
HIGH, LOW = "high", "low"
# Measured on stable normal series of so many points (tests/golden/test_statistics.py): what share of series shows some signal somewhere, and what
# share of latest points does. Limits are made from the points themselves, so that a short series alarms more often than a long one.
STABLE_POINTS, STABLE_SERIES_WITH_A_SIGNAL, STABLE_LATEST_WITH_A_SIGNAL = 24, 0.18, 0.016


@dataclass(frozen=True)
class XmrPoint:
    """One point of an XmR chart: its value, the segment it lies in (0 the first), that segment's mean and limits (None where there are none), why
    it stands out (`cause`, `common` where it does not) and what that means (`mark`)."""

    value: float
    segment: int
    mean: float
    lower: float | None
    upper: float | None
    cause: str
    mark: str


@dataclass(frozen=True)
class Xmr:
    """An XmR chart. `assurance` is of the last segment against the target: consistently_meets, consistently_misses, hit_or_miss, or '' where there
    is no target or no limits; on trial limits (`is_trial`: fewer than 12 points since the last cut) it is not to be told."""

    points: tuple[XmrPoint, ...]
    assurance: str
    is_trial: bool

    @property
    def last_segment(self) -> tuple[XmrPoint, ...]:
        """The points since the last cut."""
        return tuple(one for one in self.points if one.segment == self.points[-1].segment)

    @property
    def has_limits(self) -> bool:
        """Whether the last segment has limits; a plain line is drawn where it has none."""
        return bool(self.points) and self.points[-1].lower is not None

    def since(self) -> int:
        """Index of the first point of the unbroken stretch that carries the mark of the latest point, inside its segment."""
        first = len(self.points) - 1
        while first and (before := self.points[first - 1]).segment == self.points[-1].segment and before.mark == self.points[-1].mark:
            first -= 1
        return first


def xmr(values: Sequence[float], cuts: Sequence[int] = (), better: str = "none", target: float | None = None) -> Xmr:
    """Individuals and moving range chart as public-sector analysts are trained on it (definition: rate_over_time).

    `values` in order of time; `cuts` the indices at which a new segment begins (dated series breaks), each computed on its own; `better`: 'higher',
    'lower', 'none'. Limits are mean +- 2.66 average moving ranges, ranges of 3.267 averages or more left out once, and are not clipped."""
    starts = sorted({0, *(one for one in cuts if 0 < one < len(values))})
    points: list[XmrPoint] = []
    for number, (first, end) in enumerate(zip(starts, [*starts[1:], len(values)], strict=True)):
        points += _segment(np.array(values[first:end], float), number, better)
    last = [one for one in points if one.segment == len(starts) - 1]
    return Xmr(tuple(points), _assurance(last[-1], better, target) if last else "", len(last) < _FULL)


def _segment(values: np.ndarray, number: int, better: str) -> list[XmrPoint]:
    mean = float(values.mean()) if len(values) else math.nan
    ranges = np.abs(np.diff(values))
    kept = ranges[ranges < _LEFT_OUT * ranges.mean()] if len(ranges) else ranges
    reach = _LIMIT * float(kept.mean()) if len(kept) else None
    hair = _HAIR * max(1.0, abs(mean))
    off = np.where(np.abs(values - mean) <= hair, 0.0, values - mean)
    causes = [_cause(off, place, np.sign(np.diff(values)), reach, hair) for place in range(len(values))]
    lower, upper = (None, None) if reach is None else (mean - reach, mean + reach)
    return [
        XmrPoint(float(value), number, mean, lower, upper, cause, _mark(cause, better)) for value, cause in zip(values, causes, strict=True)
    ]


def _cause(off: np.ndarray, place: int, steps: np.ndarray, reach: float | None, hair: float) -> str:
    """The first reason that applies for one point of a segment; `off`: points less the mean, `steps`: signs of the steps between them."""
    own = off[place]
    if reach is not None and abs(own) > reach + hair:
        return "above_upper_limit" if own > 0 else "below_lower_limit"
    if direction := _trend(steps, place):
        return "seven_increasing" if direction > 0 else "seven_decreasing"
    if reach is not None and _is_near(own, reach, hair):
        for first in range(max(0, place - 2), min(place, len(off) - 3) + 1):
            three = off[first : first + 3]
            if (three * own > 0).all() and sum(_is_near(one, reach, hair) for one in three) >= 2:
                return "two_of_three_high" if own > 0 else "two_of_three_low"
    if own and _longest(np.sign(off) == np.sign(own), place) >= _RUN:
        return "seven_above_mean" if own > 0 else "seven_below_mean"
    return "common"


def _is_near(own: float, reach: float, hair: float) -> bool:
    return reach * 2 / 3 + hair < abs(own) <= reach + hair


def _trend(steps: np.ndarray, place: int) -> int:
    """1 or -1 where the point is one of seven or more strictly rising or falling, else 0. A point at which a rise ends and a fall begins goes by the
    step after it, if that is of a trend."""
    for step in (place, place - 1):
        if 0 <= step < len(steps) and steps[step] and _longest(steps == steps[step], step) >= _RUN - 1:
            return int(steps[step])
    return 0


def _longest(holds: np.ndarray, place: int) -> int:
    """Length of the stretch round `place` in which `holds` is true."""
    first = last = place
    while first > 0 and holds[first - 1]:
        first -= 1
    while last < len(holds) - 1 and holds[last + 1]:
        last += 1
    return last - first + 1


def _mark(cause: str, better: str) -> str:
    if cause == "common":
        return "common_cause"
    is_high = cause in ("above_upper_limit", "seven_increasing", "two_of_three_high", "seven_above_mean")
    match better:
        case "higher":
            return "improvement" if is_high else "concern"
        case "lower":
            return "concern" if is_high else "improvement"
        case _:
            return f"neutral_{HIGH if is_high else LOW}"


def _assurance(last: XmrPoint, better: str, target: float | None) -> str:
    if target is None or last.lower is None or last.upper is None or better not in ("higher", "lower"):
        return ""
    hair = _HAIR * max(1.0, abs(target))
    if target > last.upper + hair:
        return "consistently_misses" if better == "higher" else "consistently_meets"
    if target < last.lower - hair:
        return "consistently_meets" if better == "higher" else "consistently_misses"
    return "hit_or_miss"


# ------------------------------------------------------------------------------------------------------------------------------ time to an event

RECALL, OTHER, CENSORED = "recall", "other", "censored"


@dataclass(frozen=True)
class Incidence:
    """Cumulative incidence by day, from day 0 to the last: shares recalled and otherwise out by the end of that day (Aalen-Johansen), those that
    are neither, the limits of the first by the log(-log) transform (NaN where the share is 0 or 1), and how many were at risk that day."""

    recalled: np.ndarray
    other: np.ndarray
    neither: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    at_risk: np.ndarray


def incidence(days: Sequence[int], kinds: Sequence[str], last: int) -> Incidence | None:
    """Aalen-Johansen estimates to day `last` (definition: rate_incidence). One entry a person: the whole day on which, and whether, `recall`, `other`
    or `censored` ended what is known. Events of a day are taken among those whose day is that one or later. None where there is nobody."""
    times, what = np.asarray(days, int), np.asarray(kinds)
    if not len(times):
        return None
    grid = np.arange(last + 1)
    at_risk = (len(times) - np.searchsorted(np.sort(times), grid, side="left")).astype(float)
    one, two = (np.bincount(times[(what == kind) & (times <= last)], minlength=last + 1).astype(float) for kind in (RECALL, OTHER))
    safe = np.where(at_risk > 0, at_risk, 1.0)
    stays = 1 - (one + two) / safe
    neither = np.cumprod(stays)
    before = np.concatenate(([1.0], neither[:-1]))
    recalled, other = np.cumsum(before * one / safe), np.cumsum(before * two / safe)
    error = np.sqrt(np.maximum(_variance(recalled, before, one, one + two, safe), 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = Z * error / (recalled * np.log(recalled))
        low, high = recalled ** np.exp(-reach), recalled ** np.exp(reach)
    inside = (recalled > 0) & (recalled < 1)
    return Incidence(recalled, other, neither, np.where(inside, low, np.nan), np.where(inside, high, np.nan), at_risk.astype(int))


def _variance(recalled: np.ndarray, before: np.ndarray, one: np.ndarray, both: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Variance of the cumulative incidence by the delta method (Marubini and Valsecchi 1995): sums over the days up to each."""
    # The squares of (F(t) - F(i)) are opened up, so that running sums do. Where all that are left go, nothing comes after.
    left = np.where(n > both, n - both, 1.0)
    weight = np.where(n > both, both / (n * left), 0.0)
    first = recalled**2 * np.cumsum(weight) - 2 * recalled * np.cumsum(weight * recalled) + np.cumsum(weight * recalled**2)
    own = np.cumsum(before**2 * one * (n - one) / n**3)
    cross = before * one / n**2
    return first + own - 2 * (recalled * np.cumsum(cross) - np.cumsum(cross * recalled))


# -------------------------------------------------------------------------------------------------------------------------------------- case mix

INTERCEPT = "intercept"
_TOO_RARE = 30  # releases of a level of which nothing can be said apart


@dataclass(frozen=True)
class CaseMix:
    """A logistic regression of an answer on what people are like: `coefficients` (term, level, log odds, standard error; a level that is not named is
    the one set against), the fitted chance of each release, how well chances tell yes from no (`c_statistic`), and by tenth of the chance how many
    releases there are, how many count and how many were expected to."""

    terms: tuple[str, ...]
    coefficients: tuple[tuple[str, str, float, float], ...]
    fitted: np.ndarray
    c_statistic: float
    tenths: tuple[tuple[int, int, float], ...]


def case_mix(levels: Mapping[str, Sequence[str]], is_yes: Sequence[bool], least_events: float) -> CaseMix | None:
    """The chance of yes by level of each term (definition: rate_case_mix); one entry a release, missing a level of its own. Terms are dropped from the
    end until there are `least_events` of the rarer answer for each parameter; None where not even the first two stand. Levels of few releases count
    with the commonest, against which the others are set."""
    import warnings

    import pandas as pd

    y = np.asarray(is_yes, float)
    rarer = min(y.sum(), len(y) - y.sum())
    kept: list[tuple[str, str, np.ndarray]] = []
    terms: list[str] = []
    alike = np.zeros(len(y), np.int64)
    for place, (term, values) in enumerate(levels.items()):
        codes, named = pd.factorize(np.asarray(values, object), sort=True)
        counts = np.bincount(codes)
        commonest = int(np.argmax(counts))
        own = [(term, str(named[code]), codes == code) for code, n in enumerate(counts) if code != commonest and n >= _TOO_RARE]
        if rarer < least_events * (1 + len(kept) + len(own)):
            if place < 2:
                return None
            break
        kept += own
        terms.append(term)
        alike = alike * len(named) + codes
        if place == 1 and not kept:  # too few releases of any level to tell people apart by the first two
            return None
    # These take a second to import, which a refresh of few releases need not wait for.
    from scipy.stats import rankdata
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    # Those who are alike in every term have one chance: a row for each kind, with how many say yes and no.
    _, first, kind = np.unique(alike, return_index=True, return_inverse=True)
    counted = np.column_stack([np.bincount(kind, y), np.bincount(kind, 1 - y)])
    design = np.column_stack([np.ones(len(first)), *(column[first] for _, _, column in kept)])
    # A level of which nearly all say yes has a coefficient without end: after so many steps its chances are as near to 1 as need be.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = GLM(counted, design, family=Binomial()).fit(method="newton", maxiter=25, disp=0, start_params=np.zeros(design.shape[1]))
    fitted = np.asarray(made.predict())[kind]
    yes = y > 0
    ranks = rankdata(fitted)
    pairs = float(yes.sum() * (~yes).sum())
    c_statistic = float((ranks[yes].sum() - yes.sum() * (yes.sum() + 1) / 2) / pairs)
    order = np.argsort(fitted, kind="stable")
    tenths = tuple((len(part), int(y[part].sum()), float(fitted[part].sum())) for part in np.array_split(order, 10))
    names = [(INTERCEPT, ""), *((term, level) for term, level, _ in kept)]
    coefficients = tuple((term, level, float(value), float(error)) for (term, level), value, error in zip(names, made.params, made.bse, strict=True))
    return CaseMix(tuple(terms), coefficients, fitted, c_statistic, tenths)

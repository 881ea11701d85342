"""Funnel limits: exact binomial limits around the pooled rate (Spiegelhalter 2005), widened for over-dispersion
(definition: rate_funnel).

Pure arithmetic on counts; no drawing, no page.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

_ULP = 1e-12  # a limit and a share that are equal may differ in their last digit


@dataclass(frozen=True)
class Funnel:
    """Pooled rate, over-dispersion factor phi, whether the limits are widened by it, and the sizes at which to draw them."""

    pooled: float
    phi: float
    is_overdispersed: bool
    sizes: tuple[int, ...]

    def at(self, level: float, n: int) -> tuple[float, float]:
        """Lower and upper limit of `level` (0.95, 0.998) for a unit of n releases, as shares: by whole counts, the smallest whose
        cumulative probability reaches the tail."""
        tail = (1 - level) / 2
        low, high = (float(count) / n for count in stats.binom.ppf([tail, 1 - tail], n, self.pooled))
        widen = math.sqrt(self.phi) if self.is_overdispersed else 1.0
        return max(0.0, self.pooled - (self.pooled - low) * widen), min(1.0, self.pooled + (high - self.pooled) * widen)

    def is_outside(self, level: float, events: int, n: int) -> bool:
        """Whether a unit with `events` of n lies beyond the limits."""
        low, high = self.at(level, n)
        return events / n < low - _ULP or events / n > high + _ULP


def funnel(units: list[tuple[int, int]], smallest: int, trim: float) -> Funnel | None:
    """Limits for [(numerator, denominator)], one a unit; None with fewer than `smallest` units or a pooled rate of 0 or 1.

    phi is the mean squared z after pulling in the share `trim` of each tail; it widens the limits where it is above 1 and phi times the
    units is above the chi-squared 95% point."""
    units = [(events, n) for events, n in units if n > 0]
    if len(units) < smallest:
        return None
    events, n = (np.array(column, float) for column in zip(*units, strict=True))
    pooled = float(events.sum() / n.sum())
    if pooled in (0.0, 1.0):
        return None
    z = (events / n - pooled) / np.sqrt(pooled * (1 - pooled) / n)
    phi = float(np.mean(np.clip(z, *np.quantile(z, [trim, 1 - trim])) ** 2))
    is_overdispersed = phi > 1 and phi * len(units) > float(stats.chi2.ppf(0.95, len(units) - 1))
    largest = int(n.max())
    sizes = sorted({max(1, round(largest * step / 40)) for step in range(1, 43)})
    return Funnel(pooled, phi, is_overdispersed, tuple(sizes))

"""Funnel limits: exact binomial limits around the pooled rate (Spiegelhalter 2005), widened for over-dispersion
(definition: rate_funnel).

Pure arithmetic on counts; no drawing, no page.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

_ULP = 1e-12  # a limit and a share that are equal may differ in their last digit


@dataclass(frozen=True)
class Funnel:
    """Pooled rate, over-dispersion factor phi (1 when not significant) and the sizes at which to draw the limits."""

    pooled: float
    phi: float
    sizes: tuple[int, ...]

    def at(self, level: float, n: int) -> tuple[float, float]:
        """Lower and upper limit of `level` (0.95, 0.998) for a unit of n releases, as they are drawn."""
        tail = (1 - level) / 2
        return self._widened(_quantile(self.pooled, n, tail)[1] / n, _quantile(self.pooled, n, 1 - tail)[1] / n)

    def is_outside(self, level: float, events: int, n: int) -> bool:
        """Whether a unit with `events` of n lies outside the limits. By whole counts: between two of them the line is drawn only."""
        tail = (1 - level) / 2
        low, high = self._widened(_quantile(self.pooled, n, tail)[0] / n, _quantile(self.pooled, n, 1 - tail)[0] / n)
        return events / n < low - _ULP or events / n > high + _ULP

    def _widened(self, low: float, high: float) -> tuple[float, float]:
        widen = math.sqrt(self.phi)
        return max(0.0, self.pooled - (self.pooled - low) * widen), min(1.0, self.pooled + (high - self.pooled) * widen)


def _quantile(p: float, n: int, probability: float) -> tuple[int, float]:
    """Binomial quantile: the count, and the same interpolated from the count before it, so that limits are smooth. Where no count
    lies beyond it (0 or n) nothing is interpolated: the limit leaves nobody out."""
    log_p, log_q = math.log(p), math.log1p(-p)
    below = 0.0
    for k in range(n):
        mass = math.exp(math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) + k * log_p + (n - k) * log_q)
        if below + mass >= probability:
            return k, max(0.0, k - 1 + (probability - below) / mass) if k else 0.0
        below += mass
    return n, float(n)


def _phi(units: list[tuple[int, int]], pooled: float, trim: float) -> float:
    """Mean squared z after pulling in the share `trim` of each tail; 1 unless it is above 1 and significant at 5%."""
    z = sorted((events / n - pooled) / math.sqrt(pooled * (1 - pooled) / n) for events, n in units)
    cut = int(len(z) * trim)
    low, high = z[cut], z[-1 - cut]
    phi = sum(min(max(score, low), high) ** 2 for score in z) / len(z)
    degrees = len(z) - 1
    # Wilson-Hilferty: the chi-squared 95% point without another library.
    critical = degrees * (1 - 2 / (9 * degrees) + NormalDist().inv_cdf(0.95) * math.sqrt(2 / (9 * degrees))) ** 3
    return phi if phi > 1 and phi * len(z) > critical else 1.0


def funnel(units: list[tuple[int, int]], smallest: int, trim: float) -> Funnel | None:
    """Limits for [(numerator, denominator)], one a unit; None with fewer than `smallest` units or a pooled rate of 0 or 1."""
    units = [(events, n) for events, n in units if n > 0]
    if len(units) < smallest:
        return None
    pooled = sum(events for events, _ in units) / sum(n for _, n in units)
    if pooled in (0.0, 1.0):
        return None
    largest = max(n for _, n in units)
    sizes = sorted({max(1, round(largest * step / 40)) for step in range(1, 43)})
    return Funnel(pooled=pooled, phi=_phi(units, pooled, trim), sizes=tuple(sizes))

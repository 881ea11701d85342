"""Funnel limits: exact binomial limits around the pooled rate (Spiegelhalter 2005), widened for over-dispersion.

Pure arithmetic on counts; no drawing, no page.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist


@dataclass(frozen=True)
class Funnel:
    """Pooled rate, over-dispersion factor phi (1 when not significant) and the sizes at which to draw the limits."""

    pooled: float
    phi: float
    sizes: tuple[int, ...]

    def at(self, level: float, n: int) -> tuple[float, float]:
        """Lower and upper limit of `level` (0.95, 0.998) for a unit of n releases."""
        tail = (1 - level) / 2
        widen = math.sqrt(self.phi)
        return (
            max(0.0, self.pooled - (self.pooled - _quantile(self.pooled, n, tail)) * widen),
            min(1.0, self.pooled + (_quantile(self.pooled, n, 1 - tail) - self.pooled) * widen),
        )


def _quantile(p: float, n: int, probability: float) -> float:
    """Binomial quantile as a share of n, interpolated between the two counts around it, so that limits are smooth."""
    log_p, log_q = math.log(p), math.log1p(-p)
    below = 0.0
    for k in range(n + 1):
        mass = math.exp(math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) + k * log_p + (n - k) * log_q)
        if below + mass >= probability:
            return min(1.0, max(0.0, (k - 1 + (probability - below) / mass) / n)) if k else 0.0
        below += mass
    return 1.0


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

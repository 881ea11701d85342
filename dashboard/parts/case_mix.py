"""Observed over expected, with Byar's limits (definition: payment_case_mix). Pure arithmetic; no drawing, no page."""

import math

from scipy import stats

Z = float(stats.norm.isf(0.025))


def byar(observed: float, expected: float) -> tuple[float, float, float] | None:
    """Ratio of `observed` to `expected` counts with its lower and upper 95% limit; None where nothing is expected."""
    if expected <= 0:
        return None

    def limit(count: float, sign: int) -> float:
        return max(0.0, count * (1 - 1 / (9 * count) + sign * Z / (3 * math.sqrt(count))) ** 3 / expected)

    return observed / expected, limit(observed, -1) if observed else 0.0, limit(observed + 1, 1)

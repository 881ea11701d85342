"""What is printed beside printed counts, from these alone: rates and their intervals, amounts, numbers of claims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ground.statistics import wilson_limit

COUNTS = ("numerator", "denominator", "unknown", "not_yet_due", "out_of_scope", "stale")
POUNDS = 10
PENCE = 100


@dataclass(frozen=True)
class Rates:
    """Figures of printed counts, float64, NaN where there is none, each an entry a row; `is_hidden`: a count or the figure is left empty,
    `is_thin`: low reliability."""

    value: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    value_all_in: np.ndarray
    value_if_unknown_all_good: np.ndarray
    value_if_unknown_all_bad: np.ndarray
    is_hidden: np.ndarray
    is_thin: np.ndarray


@dataclass(frozen=True)
class Limits:
    """The thresholds in force (seed threshold): `base` rounding_base, `rate_min` protected_rate_min, `low_reliability`
    protected_low_reliability, `allowance` rounding_allowance, `most_values` recovered_values_max, `money_people_min`, `money_share_max`, and `z`,
    the normal quantile of an interval."""

    base: int
    rate_min: int
    low_reliability: int
    allowance: int
    most_values: int
    money_people_min: int
    money_share_max: float
    z: float


def beside_counts(
    counts: Mapping[str, np.ndarray], is_share: np.ndarray, direction: np.ndarray, effect: np.ndarray, median_days: np.ndarray, limits: Limits
) -> Rates:
    """Every figure that is printed beside printed counts, from these alone (definition: disclosure_rate, rate_interval). `counts`: float64, NaN
    where left empty; `direction` good, bad or none; `effect` the design effect of the measure and grain; `median_days` NaN for a share."""
    numerator, base, unknown = (counts[name] for name in ("numerator", "denominator", "unknown"))
    enough = base >= limits.rate_min
    share = np.where(is_share & enough, numerator / np.where(enough, base, 1), np.nan)
    value = np.where(is_share, share, np.where(enough, np.floor(median_days + 0.5), np.nan))
    has_share = ~np.isnan(share)
    whole = np.where(has_share, base, 1)
    counted = np.where(has_share, numerator, 0)
    least, most = np.maximum(counted - limits.allowance, 0), np.minimum(counted + limits.allowance, whole)
    size = whole / np.maximum(effect, 1)
    lower = np.where(counted == 0, 0.0, wilson_limit(least / whole, size, limits.z, -1))
    upper = np.where(counted == whole, 1.0, wilson_limit(most / whole, size, limits.z, 1))
    everyone = np.where(has_share, base + unknown, np.nan)
    all_in = counted / everyone
    with_unknown = np.minimum(counted + unknown, everyone) / everyone
    is_good, is_bad = direction == "good", direction == "bad"
    # Every count of the row: a mark says where one is missing.
    empty = np.any([np.isnan(counts[name]) & (is_share if name == "numerator" else True) for name in COUNTS], axis=0)
    is_hidden = empty | (np.isnan(value) & (base != 0))
    is_thin = ~np.isnan(value) & (base < limits.low_reliability)
    return Rates(
        value,
        np.where(has_share, lower, np.nan),
        np.where(has_share, upper, np.nan),
        all_in,
        np.where(is_good, with_unknown, np.where(is_bad, all_in, np.nan)),
        np.where(is_good, all_in, np.where(is_bad, with_unknown, np.nan)),
        is_hidden,
        is_thin,
    )


def amounts(pence: np.ndarray, people: np.ndarray, printed_people: np.ndarray) -> np.ndarray:
    """Amounts as printed (definition: disclosure_money): the exact one, in `pence` (whole numbers), by head of the exact `people`, times the
    printed ones, half up to 10 pounds. In pounds; 0 where there is nobody."""
    return _by_head(pence, people, printed_people, POUNDS * PENCE) * POUNDS


def claims(counted: np.ndarray, people: np.ndarray, printed_people: np.ndarray, base: int) -> np.ndarray:
    """Claims as printed: the same, half up to a multiple of `base` (definition: disclosure_money)."""
    return _by_head(counted, people, printed_people, base) * base


def _by_head(total: np.ndarray, people: np.ndarray, printed_people: np.ndarray, unit: int) -> np.ndarray:
    """total / people x printed people in whole units, half up; whole-number arithmetic only."""
    heads = np.maximum(people, 1).astype(np.int64) * unit
    return np.where(people > 0, (2 * total.astype(np.int64) * printed_people + heads) // (2 * heads), 0)


def is_money_hidden(printed_people: np.ndarray, total: np.ndarray, largest: np.ndarray, limits: Limits) -> np.ndarray:
    """Where no amount is printed (definition: disclosure_money): too few printed people, or one of them, with `largest`, makes too much of the
    `total`; nothing is by head where the total is not above 0."""
    return (printed_people < limits.money_people_min) | (total <= 0) | (largest > limits.money_share_max * total)

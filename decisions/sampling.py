"""Samples of claims, and what they say of all of them (definition: payment_sample): monetary-unit, where a pound is as likely as another to be looked at,
and stratified attribute, where a claim is.

Nothing here reads or keeps anything: a frame, a seed and a size give the same sample for anybody who has them. Money is whole pence, and
what is concluded Decimal pounds; shares are between 0 and 1.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache

from decisions.store import DecisionError

LARGEST = 1_000_000


class SamplingError(DecisionError):
    """A sample that cannot be drawn or concluded from. The text says what to do."""


@dataclass(frozen=True)
class FrameClaim:
    """A tested claim in scope: `pence` is its net, above 0; `stratum` is used by attribute samples only."""

    source: str
    claim_id: str
    pence: int
    stratum: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.source, self.claim_id


@dataclass(frozen=True)
class MoneyDraw:
    """`interval` J and `start` are pence. `top`: claims of an interval or more, all examined; `chosen`: those of the rest that hold a point."""

    frame_hash: str
    interval: int
    start: int
    top: tuple[FrameClaim, ...]
    chosen: tuple[FrameClaim, ...]


@dataclass(frozen=True)
class AttributeDraw:
    """`sizes`: claims drawn and claims there are, by stratum."""

    frame_hash: str
    chosen: tuple[FrameClaim, ...]
    sizes: dict[str, tuple[int, int]]


@dataclass(frozen=True)
class MoneyResult:
    """Pounds. `projected` of overstatements; `understated`, at most 0, stands apart and is never netted against them."""

    found: Decimal
    projected: Decimal
    basic: Decimal
    incremental: Decimal
    upper_limit: Decimal
    understated: Decimal
    proposed_recovery: Decimal


@dataclass(frozen=True)
class AttributeResult:
    """Shares of claims that deviate."""

    share: float
    upper_limit: float


def frame(claims: Iterable[FrameClaim]) -> tuple[FrameClaim, ...]:
    """The claims in the order of a frame: by source, then claim id, as bytes. Raises SamplingError for what belongs in no frame."""
    ordered = tuple(sorted(claims, key=lambda one: (one.source.encode(), one.claim_id.encode())))
    if not ordered:
        raise SamplingError("there is no claim to draw from: widen the scope")
    if any(one.pence <= 0 for one in ordered):
        raise SamplingError("a claim of which nothing is left is in no frame: take tested claims whose net is above 0")
    if any(sign in text for one in ordered for text in one.key for sign in "|\n"):
        raise SamplingError("a source or claim id holds | or a line feed, so that two claims could read as one")
    if len({one.key for one in ordered}) < len(ordered):
        raise SamplingError("a claim is in the frame twice: take each source and claim id once")
    return ordered


def frame_text(ordered: Sequence[FrameClaim]) -> str:
    """What the hash of a frame is of: `source|claim_id|pence` and a line feed, a claim."""
    return "".join(f"{one.source}|{one.claim_id}|{one.pence}\n" for one in ordered)


def frame_hash(ordered: Sequence[FrameClaim]) -> str:
    """SHA-256 of the frame's text, in hexadecimal."""
    return _sha256(frame_text(ordered))


def draw_money(claims: Iterable[FrameClaim], seed: str, size: int) -> MoneyDraw:
    """A monetary-unit sample. Raises SamplingError."""
    ordered = frame(claims)
    total = sum(one.pence for one in ordered)
    if not 1 <= size <= total:
        raise SamplingError(f"a sample of {size} cannot be drawn from {total} pence: take 1 or more, and no more than there are pence")
    interval = total // size
    hashed = frame_hash(ordered)
    start = int(_sha256(f"{seed}|{hashed}")[:16], 16) % interval
    top, chosen = [], []
    end, point = 0, start
    for one in ordered:
        if one.pence >= interval:
            top.append(one)
            continue
        end += one.pence
        if point < end:
            chosen.append(one)
            # The rest are shorter than an interval, so none holds two points.
            point += interval
    return MoneyDraw(hashed, interval, start, tuple(top), tuple(chosen))


def conclude_money(
    interval: int, examined: Iterable[tuple[int, int]], confidence: float = 0.95, *, may_extrapolate: bool = False
) -> MoneyResult:
    """What a monetary-unit sample says: `examined` are net and supported pence of each claim that was looked at, those of the top stratum among
    them. `may_extrapolate`: the contract lets a projection be recovered; the upper limit never is. Raises SamplingError."""
    _must_be_share("confidence", confidence)
    top_over = top_under = found = 0
    taints: list[Fraction] = []
    under = Fraction(0)
    for net, supported in examined:
        if net <= 0 or supported < 0:
            raise SamplingError("what is supported of a claim is 0 or more, and its net above 0")
        error = net - supported
        found += max(error, 0)
        if net >= interval:
            top_over, top_under = top_over + max(error, 0), top_under + min(error, 0)
        elif error > 0:
            taints.append(Fraction(error, net))
        else:
            under += Fraction(error, net)
    taints.sort(reverse=True)
    projected = top_over + interval * sum(taints, Fraction(0))
    basic = interval * Fraction(_factor(confidence, 0))
    incremental = interval * sum(
        (Fraction(_factor(confidence, n) - _factor(confidence, n - 1) - 1) * taint for n, taint in enumerate(taints, 1)), Fraction(0)
    )
    return MoneyResult(
        found=_pounds(found),
        projected=_pounds(projected),
        basic=_pounds(basic),
        incremental=_pounds(incremental),
        upper_limit=_pounds(projected + basic + incremental),
        understated=_pounds(top_under + interval * under),
        proposed_recovery=_pounds(projected if may_extrapolate else found),
    )


def confidence_factor(confidence: float, errors: int) -> float:
    """F(i): how many intervals `errors` whole errors may stand for."""
    _must_be_share("confidence", confidence)
    return _factor(confidence, errors)


def money_factor(ratio: float, confidence: float = 0.95) -> float:
    """m: how many intervals the tolerable error is worth, where `ratio` of it is expected. Raises SamplingError where that is too near to all of it."""
    from scipy.stats import gamma

    _must_be_share("confidence", confidence)
    if not 0 <= ratio < 1:
        raise SamplingError("what is expected has to lie below what is tolerable")
    m = float(gamma.ppf(confidence, 1))
    for _ in range(10_000):
        before, m = m, float(gamma.ppf(confidence, 1 + ratio * m))
        if abs(m - before) < 1e-10:
            return m
        if m > LARGEST:
            break
    raise SamplingError("what is expected lies too near to what is tolerable for any sample: examine every claim")


def money_size(expected: float, tolerable: float, confidence: float = 0.95) -> int:
    """Size of a monetary-unit sample; shares of the money."""
    _must_be_share("tolerable", tolerable)
    return _up(money_factor(expected / tolerable, confidence) / tolerable)


def attribute_size(expected: float, tolerable: float, confidence: float = 0.95, claims: int | None = None) -> int:
    """The least size at which as many deviations as are expected, and no more, say that the tolerable share is not reached. With `claims`, of
    that many without putting any back. Raises SamplingError."""
    from scipy.stats import binom, hypergeom

    _must_be_share("confidence", confidence)
    _must_be_share("tolerable", tolerable)
    if not 0 <= expected < tolerable:
        raise SamplingError("what is expected has to lie below what is tolerable")
    for size in range(1, (claims or LARGEST) + 1):
        allowed = _up(size * expected)
        if claims is None:
            risk = binom.cdf(allowed, size, tolerable)
        else:
            risk = hypergeom.cdf(allowed, claims, _up(claims * tolerable), size)
        if risk <= 1 - confidence:
            return size
    raise SamplingError("no sample is large enough: examine every claim")


def draw_attribute(claims: Iterable[FrameClaim], seed: str, size: int) -> AttributeDraw:
    """A stratified attribute sample: of each stratum those first whose hash is lowest. Raises SamplingError."""
    ordered = frame(claims)
    hashed = frame_hash(ordered)
    by_stratum: dict[str, list[FrameClaim]] = {}
    for one in ordered:
        by_stratum.setdefault(one.stratum, []).append(one)
    counts = {stratum: len(own) for stratum, own in by_stratum.items()}
    sizes = allocate(counts, size)
    chosen: list[FrameClaim] = []
    for stratum, own in sorted(by_stratum.items()):
        chosen += sorted(own, key=lambda one: _sha256(f"{seed}|{hashed}|{one.source}|{one.claim_id}"))[: sizes[stratum]]
    return AttributeDraw(hashed, frame(chosen), {stratum: (sizes[stratum], counts[stratum]) for stratum in sorted(counts)})


def allocate(counts: Mapping[str, int], size: int) -> dict[str, int]:
    """How many of each stratum, `size` in all: by proportion and largest remainder, at least 2 or all there are. Raises SamplingError."""
    least = {stratum: min(2, n) for stratum, n in counts.items()}
    if not sum(least.values()) <= size <= sum(counts.values()):
        raise SamplingError(f"a sample of {size} of {len(counts)} strata: take at least 2 of each, and no more than there are claims")
    # Those too small for their share to come to 2 are given 2, and the others share what is left.
    small: set[str] = set()
    while True:
        rest = {stratum: n for stratum, n in counts.items() if stratum not in small}
        left = size - sum(least[stratum] for stratum in small)
        shares = {stratum: Fraction(left * n, sum(rest.values())) for stratum, n in rest.items()}
        given = {stratum: math.floor(share) for stratum, share in shares.items()}
        over = sorted(rest, key=lambda stratum: (given[stratum] - shares[stratum], stratum))
        for stratum in over[: left - sum(given.values())]:
            given[stratum] += 1
        fewer = {stratum for stratum, n in given.items() if n < least[stratum]}
        if not fewer:
            return {stratum: least[stratum] if stratum in small else given[stratum] for stratum in counts}
        small |= fewer


def conclude_attribute(strata: Sequence[tuple[int, int, int]], confidence: float = 0.95) -> AttributeResult:
    """What an attribute sample says: of each stratum, the claims there are, those examined, and those of them that deviate. Raises SamplingError."""
    from scipy.stats import beta, norm

    _must_be_share("confidence", confidence)
    if not strata or any(not 0 <= deviating <= n <= claims or n < 1 for claims, n, deviating in strata):
        raise SamplingError("of each stratum at least one claim is examined, and no more deviate than are")
    if len(strata) == 1:
        _, n, deviating = strata[0]
        upper = 1.0 if deviating == n else float(beta.ppf(confidence, deviating + 1, n - deviating))
        return AttributeResult(deviating / n, upper)
    everything = sum(claims for claims, _, _ in strata)
    examined = sum(n for _, n, _ in strata)
    if not any(deviating for _, _, deviating in strata):
        return AttributeResult(0.0, float(1 - (1 - confidence) ** (1 / examined)))
    share, variance = 0.0, 0.0
    for claims, n, deviating in strata:
        weight, own = claims / everything, deviating / n
        share += weight * own
        if n < claims:
            if n < 2:
                raise SamplingError("a stratum of which one claim is examined does not say how much it varies: examine 2 or all")
            variance += weight**2 * (1 - n / claims) * own * (1 - own) / (n - 1)
    # To four places: 1.6449 at 95%.
    z = round(float(norm.ppf(confidence)), 4)
    return AttributeResult(share, min(1.0, share + z * math.sqrt(variance)))


@cache
def _factor(confidence: float, errors: int) -> float:
    from scipy.stats import gamma

    return float(gamma.ppf(confidence, errors + 1))


def _must_be_share(what: str, share: float) -> None:
    if not 0 < share < 1:
        raise SamplingError(f"{what} is a share between 0 and 1, such as 0.95")


def _up(number: float) -> int:
    """The next whole number, where a float that should be whole may lie a hair above it."""
    return math.ceil(round(number, 9))


def _pounds(pence: Fraction | int) -> Decimal:
    """To the penny, half up, away from 0."""
    whole = math.floor(abs(Fraction(pence)) + Fraction(1, 2))
    return Decimal(whole if pence >= 0 else -whole).scaleb(-2)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

"""How a share and a sum of money are printed. There is no other place where one is rounded (definition: rate_rounding)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

TENTH, PENNY, POUND = Decimal("0.1"), Decimal("0.01"), Decimal(1)


def percent(share: float) -> str:
    """A share between 0 and 1 with one decimal, half up. One that would print as 0 or 100 and is not is `[low]` or `[high]`
    (definition: rate_near_nought)."""
    exact = _decimal(share)
    shown = (exact * 100).quantize(TENTH, ROUND_HALF_UP)
    if (shown == 0 and exact != 0) or (shown == 100 and exact != 1):
        return "[low]" if shown == 0 else "[high]"
    return f"{shown}%"


def points(apart: float) -> str:
    """How far two shares are apart, in percentage points with one decimal, half up."""
    return f"{(_decimal(apart) * 100).quantize(TENTH, ROUND_HALF_UP)} points"


def pounds(amount: float | Decimal | None) -> str:
    """Money in whole pounds, half up; with pence where it is under ten pounds. `[x]` where none is known (None, not a number)."""
    if amount is None or amount != amount:
        return "[x]"
    exact = abs(_decimal(amount))
    shown = exact.quantize(PENNY if 0 < exact < 10 else POUND, ROUND_HALF_UP)
    return f"{'-' if amount < 0 else ''}£{shown:,}"


def _decimal(value: float | Decimal) -> Decimal:
    # The shortest decimal of a float is rounded, not its binary tail.
    return value if isinstance(value, Decimal) else Decimal(repr(float(value)))

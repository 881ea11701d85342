"""The numbers and names under which each system knows the invented people."""

from __future__ import annotations

from worlds.lives import OTHER_CODES, OTHER_ETHNICITY, WOMEN, Life

CHECK_LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY"
SECOND_CRN = 75
OLD_NUMBER = {77, 78}  # nDelius still holds the number from before a NOMIS merge; 77 has no PNC there to fall back on
NO_NUMBER = 79         # nDelius has the PNC alone
ALIAS_BOOKING = 80     # booked under another name
PLACEHOLDER_BIRTH = 82
OTHER_SURNAME = 83


def noms_number(number: int) -> str:
    """A1234BC: the current NOMS number."""
    return f"A{9000 + number}ZT"


def old_noms_number(number: int) -> str:
    """The number that was merged away."""
    return f"A{8000 + number}ZT"


def crn(number: int, second: bool = False) -> str:
    """X123456."""
    return f"X{(980000 if second else 990000) + number}"


def pnc(number: int, is_short: bool = False) -> str:
    """Police number yyyy/nnnnnnnX. The check letter is letter number (yynnnnnnn mod 23) of CHECK_LETTERS, counted from 0."""
    year, serial = 1980 + number % 40, 9_000_000 + number * 731
    letter = CHECK_LETTERS[int(f"{year % 100:02d}{serial:07d}") % 23]
    return f"{year % 100:02d}/{serial}{letter}" if is_short else f"{year}/{serial:07d}{letter}"


def sex_codes(number: int) -> tuple[str, str]:
    """NOMIS SEX_CODE and nDelius gender code. 61: recorded as not known; 63: nowhere; 85: nDelius alone."""
    known = "F" if number in WOMEN else "M"
    return {61: ("NK", "N"), 63: ("", ""), 85: ("", "M")}.get(number, (known, known))


def ethnicity_codes(number: int) -> tuple[str, str]:
    """NOMIS RACE_CODE and nDelius ethnicity code. 88 and 89: nowhere; 90: not stated; 91: NOMIS alone; 92: they differ."""
    code = OTHER_CODES[number % len(OTHER_CODES)] if number in OTHER_ETHNICITY else ("W1", "W1", "W2", "W9")[number % 4]
    special = {88: ("", ""), 89: ("", ""), 90: ("NS", "NS"), 91: (code, ""), 92: ("B1", code)}
    return special.get(number, (code, code))


def booking_number(person: Life, booking: int) -> str:
    """NOMIS BOOKING_NO."""
    return f"{38000 + person.number}{'ABC'[booking - 1]}"


def booking_id(person: Life, booking: int) -> int:
    """NOMIS OFFENDER_BOOK_ID."""
    return 1_200_000 + person.number * 10 + booking


def nomis_id(person: Life) -> int:
    """NOMIS ROOT_OFFENDER_ID."""
    return 2_600_000 + person.number * 10


def delius_id(person: Life, second: bool = False) -> int:
    """nDelius OFFENDER_ID."""
    return 2_500_300_000 + person.number * 10 + second


def event_id(person: Life, booking: int) -> int:
    """nDelius EVENT_ID of the sentence served in the booking."""
    return 2_500_400_000 + person.number * 10 + booking

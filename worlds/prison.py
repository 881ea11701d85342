"""What NOMIS delivers about the invented people."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from worlds import identity
from worlds.ledger import Ledger, Row
from worlds.lives import Life, Sentence
from worlds.places import OTHER_AGENCIES, PRISONS

NOMIS = "nomis"


def write_prison(ledger: Ledger, people: dict[int, Life]) -> None:
    """Add every NOMIS table to the ledger."""
    for code, name in sorted(PRISONS.items()):
        ledger.add(NOMIS, "AGENCY_LOCATIONS", {"AGY_LOC_ID": code, "DESCRIPTION": name, "AGENCY_LOCATION_TYPE": "INST"})
    for code, name, kind in OTHER_AGENCIES:
        ledger.add(NOMIS, "AGENCY_LOCATIONS", {"AGY_LOC_ID": code, "DESCRIPTION": name, "AGENCY_LOCATION_TYPE": kind})
    for person in people.values():
        who(ledger, person)
        bookings(ledger, person)
        movements(ledger, person)
        for sentence in person.sentences:
            sentenced(ledger, person, sentence)
        addresses(ledger, person)
        reception_and_release(ledger, person)


def who(ledger: Ledger, person: Life) -> None:
    """OFFENDERS and OFFENDER_IDENTIFIERS."""
    n, root = person.number, identity.nomis_id(person)
    started = min(m.at.date() for m in person.moves)
    row: Row = {
        "OFFENDER_ID": root, "ROOT_OFFENDER_ID": root, "OFFENDER_ID_DISPLAY": identity.noms_number(n),
        "LAST_NAME": person.last.upper(), "FIRST_NAME": person.first.upper(), "BIRTH_DATE": person.birth,
        "SEX_CODE": identity.sex_codes(n)[0], "RACE_CODE": identity.ethnicity_codes(n)[0], "ALIAS_NAME_TYPE": "CN",
        "CREATE_DATE": started,
    }
    if n == identity.PLACEHOLDER_BIRTH:
        row["BIRTH_DATE"] = date(1900, 1, 1)
    if n == identity.OTHER_SURNAME:
        row["LAST_NAME"] = "TESTMARRIED"
    ledger.add(NOMIS, "OFFENDERS", row, known=started)
    if n == identity.ALIAS_BOOKING:
        ledger.add(NOMIS, "OFFENDERS", row | {"OFFENDER_ID": root + 1, "LAST_NAME": "TESTALIAS", "ALIAS_NAME_TYPE": "A"}, known=started)
    identifiers = [("PNC", identity.pnc(n, is_short=n % 5 == 0))]
    if n in identity.OLD_NUMBER:
        identifiers.append(("MERGED" if n == 77 else "NOMS", identity.old_noms_number(n)))
    for turn, (kind, value) in enumerate(identifiers, start=1):
        ledger.add(NOMIS, "OFFENDER_IDENTIFIERS",
                   {"OFFENDER_ID": root, "OFFENDER_ID_SEQ": turn, "IDENTIFIER_TYPE": kind, "IDENTIFIER": value}, known=started)


def bookings(ledger: Ledger, person: Life) -> None:
    """OFFENDER_BOOKINGS as they stood on the day of the delivery."""
    root = identity.nomis_id(person)
    all_bookings = sorted({m.booking for m in person.moves})
    for booking in all_bookings:
        moves = sorted((m for m in person.moves if m.booking == booking), key=lambda m: m.at)

        def version(day: date, booking: int = booking, moves: list = moves) -> Row | None:
            seen = [m for m in moves if m.at.date() <= day]
            if not seen:
                return None
            started = [b for b in all_bookings if any(m.booking == b and m.at.date() <= day for m in person.moves)]
            inside = seen[-1].direction == "IN"
            gone = seen[-1].kind == "REL"
            return {
                "OFFENDER_BOOK_ID": identity.booking_id(person, booking), "ROOT_OFFENDER_ID": root,
                "OFFENDER_ID": root + (person.number == identity.ALIAS_BOOKING and booking == 2),
                "BOOKING_NO": identity.booking_number(person, booking), "BOOKING_BEGIN_DATE": moves[0].at.date(),
                "BOOKING_END_DATE": seen[-1].at.date() if gone and booking != started[-1] else None,
                "BOOKING_SEQ": len(started) - started.index(booking), "ACTIVE_FLAG": not gone,
                "IN_OUT_STATUS": "IN" if inside else "OUT", "AGY_LOC_ID": seen[-1].target,
            }
        ledger.add_versions(NOMIS, "OFFENDER_BOOKINGS", version)


def movements(ledger: Ledger, person: Life) -> None:
    """OFFENDER_EXTERNAL_MOVEMENTS; every ninth person's MOVEMENT_SEQ runs against the clock."""
    for booking in sorted({m.booking for m in person.moves}):
        moves = sorted((m for m in person.moves if m.booking == booking), key=lambda m: m.at)
        for turn, move in enumerate(moves, start=1):
            created = move.recorded or move.at + timedelta(minutes=35)
            ledger.add(NOMIS, "OFFENDER_EXTERNAL_MOVEMENTS", {
                "OFFENDER_BOOK_ID": identity.booking_id(person, booking),
                "MOVEMENT_SEQ": len(moves) + 1 - turn if person.number % 9 == 0 else turn,
                "MOVEMENT_DATE": move.at.date(), "MOVEMENT_TIME": move.at, "MOVEMENT_TYPE": move.kind,
                "MOVEMENT_REASON_CODE": move.reason, "DIRECTION_CODE": move.direction, "FROM_AGY_LOC_ID": move.origin,
                "TO_AGY_LOC_ID": move.target, "CREATE_DATETIME": created,
            }, known=created.date())
    for booking, returned, days in person.fixed_terms:
        ledger.add(NOMIS, "OFFENDER_FIXED_TERM_RECALLS", {
            "OFFENDER_BOOK_ID": identity.booking_id(person, booking), "RETURN_TO_CUSTODY_DATE": returned, "RECALL_LENGTH": days},
            known=returned)


def sentenced(ledger: Ledger, person: Life, sentence: Sentence) -> None:
    """Sentence, status, calculations and planned release of one booking."""
    n, book = person.number, identity.booking_id(person, sentence.booking)
    start, end = sentence.start, None if sentence.length is None else sentence.start + timedelta(days=sentence.length - 1)
    calculated = start + timedelta(days=12)
    if n != 93:
        ledger.add(NOMIS, "OFFENDER_SENTENCES", {
            "OFFENDER_BOOK_ID": book, "SENTENCE_SEQ": 1, "SENTENCE_CALC_TYPE": sentence.calculation, "SENTENCE_STATUS": "A",
            "START_DATE": start, "END_DATE": end}, known=start)
    if n % 6 == 1 and sentence.length and n != 93:  # a shorter one beside it
        ledger.add(NOMIS, "OFFENDER_SENTENCES", {
            "OFFENDER_BOOK_ID": book, "SENTENCE_SEQ": 2, "SENTENCE_CALC_TYPE": sentence.calculation, "SENTENCE_STATUS": "A",
            "START_DATE": start, "END_DATE": start + timedelta(days=sentence.length // 2)}, known=start)
    if n % 7 == 0:
        ledger.add(NOMIS, "OFFENDER_IMPRISON_STATUSES", {
            "OFFENDER_BOOK_ID": book, "IMPRISON_STATUS_SEQ": 1, "IMPRISONMENT_STATUS": "JR", "EFFECTIVE_DATE": start - timedelta(days=30)}, known=start)
    ledger.add(NOMIS, "OFFENDER_IMPRISON_STATUSES", {
        "OFFENDER_BOOK_ID": book, "IMPRISON_STATUS_SEQ": 2, "IMPRISONMENT_STATUS": sentence.imprisonment, "EFFECTIVE_DATE": start}, known=start)

    def calculation(turn: int, day: date, led: date | None, override: date | None = None) -> None:
        ledger.add(NOMIS, "OFFENDER_SENT_CALCULATIONS", {
            "OFFENDER_SENT_CALCULATION_ID": book * 10 + turn, "OFFENDER_BOOK_ID": book, "CALCULATION_DATE": datetime.combine(day, time(14, 5)),
            "CRD_CALCULATED_DATE": sentence.release, "LED_CALCULATED_DATE": led, "LED_OVERRIDED_DATE": override,
            "SED_CALCULATED_DATE": end, "TUSED_CALCULATED_DATE": sentence.pss_end if n % 2 == 0 else None}, known=day)

    led = sentence.led if sentence.nomis_led else None
    if n == 37 and sentence.booking == 2:
        calculation(1, calculated, person.day(-5), override=led)
    else:
        calculation(1, calculated, led)
    if n == 91:
        calculation(0, start + timedelta(days=2), led and led + timedelta(days=40))
    if n == 39:  # worked out again after the release, and wrongly
        calculation(2, person.day(10), person.day(-1))
    planned = sentence.release
    if planned is None:
        return
    move = next(m for m in person.moves if m.at.date() == planned and m.kind == "REL" and m.booking == sentence.booking)
    ledger.add(NOMIS, "OFFENDER_RELEASE_DETAILS", {
        "OFFENDER_BOOK_ID": book, "RELEASE_DATE": planned + timedelta(days=1 if n % 10 == 6 else 0), "MOVEMENT_TYPE": "REL",
        "MOVEMENT_REASON_CODE": move.reason, "MODIFY_DATETIME": datetime.combine(planned - timedelta(days=20), time(11))},
        known=planned - timedelta(days=20))
    for back, shift in ((150, 14), (20, 0)) if n % 4 == 1 else ((20, 0),):
        changed = planned - timedelta(days=back)
        ledger.add(NOMIS, "OFFENDER_RELEASE_DETAILS_HTY", {
            "OFFENDER_BOOK_ID": book, "MODIFY_DATETIME": datetime.combine(changed, time(11)), "RELEASE_DATE": planned + timedelta(days=shift)},
            known=changed)


def addresses(ledger: Ledger, person: Life) -> None:
    """ADDRESSES and ADDRESS_USAGES: reception, and discharge where there was one."""
    key = 700_000 + person.number * 10
    ledger.add(NOMIS, "ADDRESSES", {"ADDRESS_ID": key, "OWNER_CLASS": "OFF", "OWNER_ID": identity.nomis_id(person),
                                    "POSTAL_CODE": "ZZ1 1ZZ", "NO_FIXED_ADDRESS_FLAG": False,
                                    "START_DATE": person.admitted - timedelta(days=200)}, known=person.admitted)
    ledger.add(NOMIS, "ADDRESS_USAGES", {"ADDRESS_ID": key, "ADDRESS_USAGE": "RECEP", "ACTIVE_FLAG": True}, known=person.admitted)
    for turn, home in enumerate(person.discharge, start=1):
        ledger.add(NOMIS, "ADDRESSES", {
            "ADDRESS_ID": key + turn, "OWNER_CLASS": "OFF", "OWNER_ID": identity.nomis_id(person),
            "POSTAL_CODE": "" if home.is_homeless_flag else f"ZZ{person.number} 2ZZ", "NO_FIXED_ADDRESS_FLAG": home.is_homeless_flag,
            "START_DATE": home.start, "END_DATE": home.end}, known=home.start)
        ledger.add(NOMIS, "ADDRESS_USAGES", {"ADDRESS_ID": key + turn, "ADDRESS_USAGE": home.usage, "ACTIVE_FLAG": home.is_active}, known=home.start)


def reception_and_release(ledger: Ledger, person: Life) -> None:
    """Employment at reception, an alert or a course for some, and the release checklist."""
    n, book = person.number, identity.booking_id(person, 2)
    ledger.add(NOMIS, "OFFENDER_EMPLOYMENTS", {
        "OFFENDER_BOOK_ID": book, "EMPLOY_SEQ": 1, "EMPLOYMENT_POST_CODE": ("UNEMP", "FT", "SEMP", "NK", "UNAV", "PT")[n % 6],
        "EMPLOYMENT_DATE": person.admitted - timedelta(days=100), "TERMINATION_DATE": person.admitted, "SCHEDULE_TYPE": "FTNIGHT" if n % 2 else None},
        known=person.admitted)
    if n % 7 == 3:
        ledger.add(NOMIS, "OFFENDER_ALERTS", {"OFFENDER_BOOK_ID": book, "ALERT_SEQ": 1, "ALERT_TYPE": "H", "ALERT_CODE": "HA",
                                              "ALERT_DATE": person.admitted + timedelta(days=3)}, known=person.admitted + timedelta(days=3))
    if n % 6 == 2:
        start = person.admitted + timedelta(days=30)
        ledger.add(NOMIS, "OFFENDER_PROGRAM", {
            "OFF_PRGREF_ID": 50_000 + n, "OFFENDER_BOOK_ID": book, "PROGRAM_ID": 9000 + n % 4, "OFFENDER_START_DATE": start,
            "OFFENDER_END_DATE": start + timedelta(days=40), "OFFENDER_PROGRAM_STATUS": "END"}, known=start + timedelta(days=40))
    if person.inspected is None or n % 9 == 8:
        return
    day = (-3, 0, 7, 10)[n % 4]  # day 7 is the last that counts for finance
    yes = (True, False, None)
    claimed = person.day(4) if n % 5 == 1 and day >= 4 else None
    ledger.add(NOMIS, "RELEASE_CHECKLIST", {
        "OFFENDER_BOOK_ID": book, "PHOTO_ID": yes[n % 3], "BANK_ACCOUNT": yes[(n + 1) % 3] if n % 2 else False,
        "BANK_ACCOUNT_AT_RECEPTION": n % 4 == 0, "EXPECTS_TO_CLAIM": n % 3 != 0, "BENEFIT_CLAIM_DATE": claimed,
        "BENEFIT_FIRST_PAYMENT_DATE": claimed and claimed + timedelta(days=35), "HDC_ADDRESS_POSTCODE": "ZZ5 5ZZ" if n % 11 == 5 else "",
        "RECORDED_DATETIME": datetime.combine(person.day(day), time(15, 30))}, known=person.day(day))

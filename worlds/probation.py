"""What nDelius delivers about the invented people."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from worlds import identity
from worlds.ledger import Ledger, Row
from worlds.lives import Life, Record, Sentence
from worlds.places import PRISONS, REGIONS

NDELIUS = "ndelius"
CRC_CONTRACTS_END = date(2021, 6, 25)

_STANDARD: dict[str, tuple[tuple[str, str], ...]] = {
    "GENDER": (("M", "Male"), ("F", "Female"), ("N", "Not Known/Not Recorded")),
    "ETHNICITY": (
        ("W1", "White: British/English/Welsh/Scottish/Northern Irish"), ("W2", "White: Irish"), ("W9", "White: Other"),
        ("B1", "Black or Black British: Caribbean"), ("B2", "Black or Black British: African"), ("B9", "Black or Black British: Other"),
        ("A1", "Asian or Asian British: Indian"), ("A2", "Asian or Asian British: Pakistani"), ("A9", "Asian or Asian British: Other"),
        ("M1", "Mixed: White and Black Caribbean"), ("M9", "Mixed: Other"), ("O9", "Other: Other"), ("NS", "Not stated")),
    "ADDRESS STATUS": (
        ("M", "Main"), ("P", "Previous"), ("PR", "Proposed"), ("PR1", "Proposed for Resettlement"), ("RJ", "Rejected"),
        ("RT", "ROTL"), ("B", "Bail"), ("MA", "Postal"), ("S", "Secondary")),
    "ADDRESS TYPE": (
        ("A01A", "Householder (Owner - freehold or leasehold)"), ("A01C", "Rental accommodation - private rental"),
        ("A01D", "Rental accommodation - social rental (LA or other)"), ("A02", "Approved Premises"),
        ("A03", "Transient/short term accommodation"), ("A04", "Supported Housing"), ("A06", "No information"), ("A07", "Friends/Family"),
        ("A07A", "Friends/Family (transient)"), ("A07B", "Friends/Family (settled)"), ("A08", "Homeless - Squat"),
        ("A08A", "Homeless - Rough Sleeping"), ("A08C", "Homeless - Shelter/Emergency Hostel/Campsite"),
        ("A10", "BASS accommodation 13 weeks or more"), ("A11", "BASS accommodation less than 13 weeks"),
        ("A12", "Long Term Residential Healthcare"), ("A13", "HOIE Section 4"), ("A14", "HOIE Section 10"), ("A15", "Immigration Detention"),
        ("A16", "Awaiting Assessment"), ("A17", "CAS3"), ("A99", "Historic Accommodation Record"), ("CS04", "Hospital / Institution")),
    "CUSTODIAL STATUS": (
        ("A", "Sentenced - In Custody"), ("B", "Released - On Licence"), ("C", "Recalled"), ("D", "In Custody"),
        ("P", "Post Sentence Supervision"), ("T", "Terminated")),
    "KEY DATE TYPE": (
        ("LED", "Licence Expiry Date"), ("ACR", "Conditional Release Date"), ("SED", "Sentence Expiry Date"), ("PSSED", "PSS End Date")),
    "ADDITIONAL IDENTIFIER": (("MFCRN", "Merged from CRN"), ("XNOMS", "Previous NOMS number")),
    "REGISTER LEVEL": (("M1", "MAPPA Level 1"), ("HREG", "High Risk of Serious Harm")),
}
_WORK = (
    ("B01C", "Full-time employed (30 or more hours per week)"), ("B01D", "FULL-TIME EMPLOYED  (30 or more hours per week)"),
    ("B02C", "Part-time employed (15 hours per week)"), ("B02A", "Part-time employed (under 16 hours per week)"),
    ("B03A", "Temporary/casual work (30 or more hours per week)"), ("B05A", "Full-time education or training"),
    ("B06A", "Part-time education or training"), ("B07A", "Unavailable for work"), ("B08A", "Retired (receiving a pension)"),
    ("B09A", "Not employed"), ("B99", "Invented code of no known meaning"),
)
STANDARD_ID = {(kind, code): 545 + 100 * k + i for k, (kind, codes) in enumerate(_STANDARD.items()) for i, (code, _) in enumerate(codes)}
RELEASE_TYPES = {"ADL": (101, "Adult Licence"), "ROTL": (102, "Released on Temporary Licence")}
RECALL_REASONS = {"NN": (201, "Notified by Custodial Establishment"), "EOTL": (202, "End of Temporary Licence"), "TSH": (203, "Transfer to Secure Hospital")}
CIRCUMSTANCES = {"A": (307, "Accommodation"), "B": (308, "Employment")}
SUB_TYPE_ID = {code: 400 + i for i, (code, _) in enumerate((*_STANDARD["ADDRESS TYPE"], *_WORK))}
INSTITUTION_ID = {code: 800 + i for i, code in enumerate(sorted(PRISONS))}
NO_SUCH_ENTRY = 999_999
OLD_AREAS = {cpa: f"Contract package area {cpa}" for cpa in sorted(region[4] for region in REGIONS.values())}
AREAS = {**{code: region[0] for code, region in REGIONS.items()}, **OLD_AREAS, "MCG": "Greater Manchester (old code)", "T01": "Do not use"}
AREA_ID = {code: 1000 + i for i, code in enumerate(AREAS)}
UNITS = [(code, pdu, name) for code, region in REGIONS.items() for pdu, name in region[3]]
UNIT_ID = {pdu: 2000 + i for i, (_, pdu, _) in enumerate(UNITS)}


def noon(day: date | None) -> datetime | None:
    """A recorded time on the day."""
    return None if day is None else datetime.combine(day, time(12, 10))


def lists(ledger: Ledger) -> None:
    """The reference lists, areas, delivery units, teams and staff."""
    for master, (kind, codes) in enumerate(_STANDARD.items()):
        for code, name in codes:
            ledger.add(NDELIUS, "R_STANDARD_REFERENCE_LIST", {"STANDARD_REFERENCE_LIST_ID": STANDARD_ID[kind, code], "CODE_VALUE": code,
                                                              "CODE_DESCRIPTION": name, "REFERENCE_DATA_MASTER_ID": 10 + master})
    for code, (key, name) in RELEASE_TYPES.items():
        ledger.add(NDELIUS, "R_RELEASE_TYPE", {"RELEASE_TYPE_ID": key, "CODE": code, "DESCRIPTION": name})
    for code, (key, name) in RECALL_REASONS.items():
        ledger.add(NDELIUS, "R_RECALL_REASON", {"RECALL_REASON_ID": key, "CODE": code, "DESCRIPTION": name})
    for code, key in INSTITUTION_ID.items():
        ledger.add(NDELIUS, "R_INSTITUTION", {"INSTITUTION_ID": key, "CODE": code, "DESCRIPTION": PRISONS[code]})
    for code, (key, name) in CIRCUMSTANCES.items():
        ledger.add(NDELIUS, "R_CIRCUMSTANCE_TYPE", {"CIRCUMSTANCE_TYPE_ID": key, "CODE_VALUE": code, "CODE_DESCRIPTION": name})
    for code, name in (*_STANDARD["ADDRESS TYPE"], *_WORK):
        ledger.add(NDELIUS, "R_CIRCUMSTANCE_SUB_TYPE", {"CIRCUMSTANCE_SUB_TYPE_ID": SUB_TYPE_ID[code], "CODE_VALUE": code, "CODE_DESCRIPTION": name})
    ledger.add(NDELIUS, "R_REGISTER_TYPE", {"REGISTER_TYPE_ID": 1, "CODE": "RHRH", "DESCRIPTION": "High RoSH"})
    for code, name in AREAS.items():
        ledger.add(NDELIUS, "PROBATION_AREA", {"PROBATION_AREA_ID": AREA_ID[code], "CODE": code, "DESCRIPTION": name})
        ledger.add(NDELIUS, "TEAM", {"TEAM_ID": 3000 + AREA_ID[code], "CODE": f"{code}UAT", "DESCRIPTION": "Unallocated", "PROBATION_AREA_ID": AREA_ID[code]})
    for area, pdu, name in UNITS:
        ledger.add(NDELIUS, "LOCAL_DELIVERY_UNIT", {"LOCAL_DELIVERY_UNIT_ID": UNIT_ID[pdu], "CODE": pdu, "DESCRIPTION": name})
        ledger.add(NDELIUS, "TEAM", {"TEAM_ID": UNIT_ID[pdu], "CODE": f"{area}A{UNIT_ID[pdu] % 100:02d}", "DESCRIPTION": f"Invented team, {name}",
                                     "PROBATION_AREA_ID": AREA_ID[area], "LOCAL_DELIVERY_UNIT_ID": UNIT_ID[pdu]})
    for turn in range(1, 7):
        ledger.add(NDELIUS, "STAFF", {"STAFF_ID": 60 + turn, "OFFICER_CODE": f"N00A{turn:03d}", "STAFF_GRADE_ID": 1 + turn % 3})


def write_probation(ledger: Ledger, people: dict[int, Life]) -> None:
    """Add every nDelius table to the ledger."""
    lists(ledger)
    for person in people.values():
        who(ledger, person)
        for sentence in person.sentences:
            supervised(ledger, person, sentence)
        managers(ledger, person)
        for turn, record in enumerate((*person.homes, *person.work)):
            circumstance(ledger, person, turn, record)


def who(ledger: Ledger, person: Life) -> None:
    """OFFENDER, with the second CRN, the old number and the deleted duplicate where there is one."""
    n, key = person.number, identity.delius_id(person)
    gender, ethnicity = identity.sex_codes(n)[1], identity.ethnicity_codes(n)[1]
    number = {77: identity.old_noms_number(77), 78: identity.old_noms_number(78), 79: ""}.get(n, identity.noms_number(n))
    row: Row = {
        "OFFENDER_ID": key, "CRN": identity.crn(n), "NOMS_NUMBER": number,
        "PNC_NUMBER": "" if n == 77 or n % 10 == 6 else identity.pnc(n, is_short=n == 79),
        "FIRST_NAME": person.first, "SURNAME": person.last, "PREVIOUS_SURNAME": "Testmarried" if n == identity.OTHER_SURNAME else "",
        "DATE_OF_BIRTH_DATE": person.birth, "GENDER_ID": STANDARD_ID.get(("GENDER", gender)),
        "ETHNICITY_ID": None if n == identity.SECOND_CRN else STANDARD_ID.get(("ETHNICITY", ethnicity)),
        "DECEASED_DATE": None, "SOFT_DELETED": 0, "ROW_VERSION": 3, "LAST_UPDATED_DATETIME": noon(person.admitted + timedelta(days=n)),
    }
    changed = date(2023, 5, 2) if n % 4 == 0 else person.died if person.died else None
    ledger.add(NDELIUS, "OFFENDER", row, until=changed)
    if changed:
        ledger.add(NDELIUS, "OFFENDER", row | {"DECEASED_DATE": person.died, "ROW_VERSION": 5, "LAST_UPDATED_DATETIME": noon(changed)}, known=changed)
    if n == identity.SECOND_CRN:
        ledger.add(NDELIUS, "OFFENDER", row | {"OFFENDER_ID": key + 1, "CRN": identity.crn(n, second=True),
                                               "ETHNICITY_ID": STANDARD_ID["ETHNICITY", ethnicity]})
    if n == 79:  # opened twice; the duplicate was deleted and its address with it
        ledger.add(NDELIUS, "OFFENDER", row | {"OFFENDER_ID": key + 1, "CRN": identity.crn(n, second=True), "SOFT_DELETED": 1})
        ledger.add(NDELIUS, "OFFENDER_ADDRESS", {
            "OFFENDER_ADDRESS_ID": 2_500_990_000, "OFFENDER_ID": key + 1, "ADDRESS_STATUS_ID": STANDARD_ID["ADDRESS STATUS", "M"],
            "ADDRESS_TYPE_ID": STANDARD_ID["ADDRESS TYPE", "A08A"], "NO_FIXED_ABODE": "N", "START_DATE": person.day(30), "SOFT_DELETED": 0,
            "CREATED_DATETIME": noon(person.day(31)), "LAST_UPDATED_DATETIME": noon(person.day(31))})
    if n in (identity.ALIAS_BOOKING, identity.OTHER_SURNAME):
        ledger.add(NDELIUS, "ALIAS", {"ALIAS_ID": 40_000 + n, "OFFENDER_ID": key, "FIRST_NAME": person.first,
                                      "SURNAME": "Testalias" if n == identity.ALIAS_BOOKING else "Testmarried",
                                      "DATE_OF_BIRTH_DATE": person.birth, "SOFT_DELETED": 0})
    if n == identity.SECOND_CRN:
        ledger.add(NDELIUS, "ADDITIONAL_IDENTIFIER", {
            "ADDITIONAL_IDENTIFIER_ID": 45_000 + n, "OFFENDER_ID": key, "IDENTIFIER_NAME_ID": STANDARD_ID["ADDITIONAL IDENTIFIER", "MFCRN"],
            "IDENTIFIER": identity.crn(n, second=True), "SOFT_DELETED": 0})
    if n % 9 == 2:
        ledger.add(NDELIUS, "REGISTRATION", {
            "REGISTRATION_ID": 47_000 + n, "OFFENDER_ID": key, "REGISTER_TYPE_ID": 1, "REGISTER_LEVEL_ID": STANDARD_ID["REGISTER LEVEL", "HREG"],
            "REGISTRATION_DATE": person.admitted, "SOFT_DELETED": 0})


def supervised(ledger: Ledger, person: Life, sentence: Sentence) -> None:
    """EVENT, DISPOSAL, CUSTODY, KEY_DATE and the releases and recalls of one sentence."""
    n, offender, event = person.number, identity.delius_id(person), identity.event_id(person, sentence.booking)
    disposal, custody = event + 100_000, event + 200_000
    start = sentence.start
    ledger.add(NDELIUS, "EVENT", {"EVENT_ID": event, "OFFENDER_ID": offender, "EVENT_NUMBER": sentence.booking, "CONVICTION_DATE": start,
                                  "IN_BREACH": 0, "SOFT_DELETED": 0}, known=start)
    row: Row = {"DISPOSAL_ID": disposal, "EVENT_ID": event, "OFFENDER_ID": offender, "DISPOSAL_DATE": start,
                "LENGTH_IN_DAYS": None if n == 92 and sentence.booking == 2 else sentence.length, "SOFT_DELETED": 0}
    ledger.add(NDELIUS, "DISPOSAL", row, known=start, until=sentence.ended)
    if sentence.ended:
        ledger.add(NDELIUS, "DISPOSAL", row | {"TERMINATION_DATE": sentence.ended}, known=sentence.ended)
    mine = sorted((r for r in person.releases if r.booking == sentence.booking), key=lambda r: r.day)

    def custody_row(day: date) -> Row | None:
        if day < start:
            return None
        status, since = "A", start
        for release in mine:
            if release.kind == "ADL" and not release.is_deleted and release.probation_day <= day:
                status, since = "B", release.probation_day
                if release.revoked and release.revoked <= day:
                    status, since = "C", release.revoked
        if sentence.ended and start < sentence.ended <= day:
            status, since = "T", sentence.ended
        return {"CUSTODY_ID": custody, "DISPOSAL_ID": disposal, "OFFENDER_ID": offender, "CUSTODIAL_STATUS_ID": STANDARD_ID["CUSTODIAL STATUS", status],
                "STATUS_CHANGE_DATE": since, "PRISONER_NUMBER": identity.booking_number(person, sentence.booking),
                "PSS_START_DATE": sentence.led if sentence.pss_end and sentence.led and sentence.led <= day else None, "SOFT_DELETED": 0}
    ledger.add_versions(NDELIUS, "CUSTODY", custody_row)
    end = None if sentence.length is None else start + timedelta(days=sentence.length - 1)
    keys = (("LED", sentence.led if sentence.delius_led else None), ("PSSED", sentence.pss_end), ("SED", end), ("ACR", sentence.release))
    for turn, (kind, day) in enumerate(keys):
        if day is not None:
            ledger.add(NDELIUS, "KEY_DATE", {"KEY_DATE_ID": custody * 10 + turn, "CUSTODY_ID": custody,
                                             "KEY_DATE_TYPE_ID": STANDARD_ID["KEY DATE TYPE", kind], "KEY_DATE": day, "SOFT_DELETED": 0}, known=start)
    if n == 54 and sentence.booking == 2:
        ledger.add(NDELIUS, "KEY_DATE", {"KEY_DATE_ID": custody * 10 + 9, "CUSTODY_ID": custody, "KEY_DATE_TYPE_ID": STANDARD_ID["KEY DATE TYPE", "PSSED"],
                                         "KEY_DATE": person.day(400), "SOFT_DELETED": 1}, known=start)
    for turn, release in enumerate(mine):
        key = custody * 10 + turn
        created = release.probation_day + timedelta(days=1)
        ledger.add(NDELIUS, "RELEASE", {
            "RELEASE_ID": key, "CUSTODY_ID": custody, "OFFENDER_ID": offender, "ACTUAL_RELEASE_DATE": release.probation_day,
            "RELEASE_TYPE_ID": RELEASE_TYPES[release.kind][0], "INSTITUTION_ID": INSTITUTION_ID[release.prison],
            "SOFT_DELETED": int(release.is_deleted), "CREATED_DATETIME": noon(created), "LAST_UPDATED_DATETIME": noon(created)}, known=created)
        if release.revoked:
            recorded = release.recall_recorded or max(release.revoked, release.day) + timedelta(days=1)
            ledger.add(NDELIUS, "RECALL", {
                "RECALL_ID": key, "RELEASE_ID": key, "OFFENDER_ID": offender, "RECALL_DATE": release.revoked,
                "RECALL_REASON_ID": RECALL_REASONS[release.revoked_reason][0], "SOFT_DELETED": int(release.recall_is_deleted),
                "CREATED_DATETIME": noon(recorded), "LAST_UPDATED_DATETIME": noon(recorded)}, known=recorded)


def managers(ledger: Ledger, person: Life) -> None:
    """OFFENDER_MANAGER: who supervised, and from which region."""
    n, turn = person.number, 0

    def allocate(day: date, area: str, pdu: str | None, end: date | None = None) -> None:
        nonlocal turn
        turn += 1
        row: Row = {"OFFENDER_MANAGER_ID": 2_500_800_000 + n * 10 + turn, "OFFENDER_ID": identity.delius_id(person), "ALLOCATION_DATE": day,
                    "TEAM_ID": UNIT_ID[pdu] if pdu else 3000 + AREA_ID[area], "PROBATION_AREA_ID": AREA_ID[area],
                    "ALLOCATION_STAFF_ID": 61 + n % 6, "SOFT_DELETED": 0}
        ledger.add(NDELIUS, "OFFENDER_MANAGER", row, known=day, until=end)
        if end:
            ledger.add(NDELIUS, "OFFENDER_MANAGER", row | {"END_DATE": end}, known=end)

    now = person.admitted + timedelta(days=5)
    for sentence in person.sentences:
        if sentence.booking == 1 and sentence.ended:
            ended = min(sentence.ended, CRC_CONTRACTS_END, now - timedelta(days=1))
            allocate(sentence.start + timedelta(days=5), REGIONS[person.region][4], None, ended)
    if n == 92:
        allocate(now, "N07", "N07CROY")
    if n == 87:
        allocate(now, person.region, person.pdu, person.day(30))
        allocate(person.day(30), "N58", "N58SOM")
    else:
        area = {86: "MCG", 94: "T01"}.get(n, person.region)
        allocate(now, area, None if area == "T01" else person.pdu)


def circumstance(ledger: Ledger, person: Life, turn: int, record: Record) -> None:
    """One OFFENDER_ADDRESS or PERSONAL_CIRCUMSTANCE, open until its end was recorded."""
    n = person.number
    offender = identity.delius_id(person, second=record.on_second_crn)
    created = record.created or record.start
    ended = record.end_recorded or record.end
    assert created is not None, n

    def version(day: date) -> Row | None:
        if created > day or (record.gone_from and record.gone_from <= day):
            return None
        times = [created] + [t for t in (record.updated, ended) if t and t <= day]
        code = record.was_code if record.was_code and record.updated and record.updated > day else record.code
        shared: Row = {
            "OFFENDER_ID": offender, "START_DATE": record.start, "END_DATE": record.end if ended and ended <= day else None,
            "SOFT_DELETED": int(record.is_deleted), "CREATED_DATETIME": noon(created), "LAST_UPDATED_DATETIME": noon(max(times))}
        if record.how == "address":
            open_home = record.status == "P" and record.end and shared["END_DATE"] is None
            return shared | {
                "OFFENDER_ADDRESS_ID": 2_500_700_000 + n * 100 + turn,
                "ADDRESS_STATUS_ID": STANDARD_ID["ADDRESS STATUS", "M" if open_home else record.status],
                "ADDRESS_TYPE_ID": None if code is None else STANDARD_ID.get(("ADDRESS TYPE", code), NO_SUCH_ENTRY),
                "TYPE_VERIFIED": "Y" if n % 3 else "N", "NO_FIXED_ABODE": "Y" if record.is_homeless_flag else "N",
                "POSTCODE": record.postcode or (None if code in ("A08A", None) else f"ZZ{n} {turn % 9 + 1}ZZ")}
        return shared | {
            "PERSONAL_CIRCUMSTANCE_ID": 2_500_600_000 + n * 100 + turn,
            "CIRCUMSTANCE_TYPE_ID": CIRCUMSTANCES["A" if record.how == "circumstance" else "B"][0],
            "CIRCUMSTANCE_SUB_TYPE_ID": None if code is None else SUB_TYPE_ID.get(code, NO_SUCH_ENTRY), "EVIDENCED": "Y" if n % 2 else "N"}
    ledger.add_versions(NDELIUS, "OFFENDER_ADDRESS" if record.how == "address" else "PERSONAL_CIRCUMSTANCE", version)

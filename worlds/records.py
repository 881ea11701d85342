"""Where the invented people live and work, as records that the two systems hold of it."""

from __future__ import annotations

from datetime import date, timedelta

from worlds.lives import (
    AWAY_HOUSING,
    HOUSING_FLOWS,
    RECALLS,
    WORK_FLOWS,
    Discharge,
    Life,
    Record,
    spread,
)

# The inspection's categories, each with the nDelius codes that mean it.
HOUSING_CODES: dict[str, tuple[str, ...]] = {
    "ind": ("A01A", "A01C", "A01D"),
    "ffs": ("A07B",),
    "hs": ("A04", "A04", "A12"),
    "fft": ("A07A",),
    "ht": ("A02", "A03", "A17", "A11", "A02", "A10", "A13", "A14"),
    "hm": ("A08A", "A08C", "A08"),
    "unk": ("A16", "A06", "A07", "A99"),
}
WORK_CODES: dict[str, tuple[str, ...]] = {
    "ft": ("B01C", "B01D", "B03A"), "pt": ("B02C", "B02A"), "fte": ("B05A",), "pte": ("B06A",),
    "un": ("B09A",), "na": ("B07A", "B08A"), "unk": ("B99",),
}
FIXED_CODE = {6: "A08A", 11: "A08C", 13: "A08", 21: "A08A", 60: "A08A"}
UNKNOWN_CODE = {44: "A16", 90: "A06", 53: "A07", 91: "A99", 51: "A16"}
AWAY = (*range(1, 9), 12, 13, 14)
IN_SCOPE = (*range(9, 12), *range(15, 97))
BY_CIRCUMSTANCE = {4, 69, 82, 56, 73, 89}
# Records from before custody that still stand: brought up to date so many days before release. 28 is the last that counts.
KEPT_HOMES = {81: 10, 88: 28, 67: 29}


def housing_code(number: int, label: str, turn: int = 0) -> str:
    """The recorded type for a category."""
    if label == "hm" and number in FIXED_CODE:
        return FIXED_CODE[number]
    if label == "unk" and number in UNKNOWN_CODE:
        return UNKNOWN_CODE[number]
    codes = HOUSING_CODES[label]
    return codes[(number // 3 + turn) % len(codes)]


def assign_status(people: dict[int, Life]) -> None:
    """Give every inspected person the categories of day 0 and day 91 (the second empty in custody)."""
    for number, label in zip(AWAY, AWAY_HOUSING, strict=True):
        people[number].housing, people[number].job = (label, None), ("na" if number == 14 else "un", None)
    for number, housing, job in zip(IN_SCOPE, spread(HOUSING_FLOWS, 37), spread(WORK_FLOWS, 23), strict=True):
        people[number].housing, people[number].job = housing, job


def segments(person: Life) -> list[tuple[int, int | None, str]]:
    """(first day, last day or None, category) for the homes after the inspected release."""
    n, (before, after) = person.number, person.housing
    moved = 20 + n * 7 % 64

    def in_force(*laid: tuple[int, int | None, str | None]) -> list[tuple[int, int | None, str]]:
        return [(first, last, label) for first, last, label in laid if label is not None]

    _, returned, _, again = RECALLS.get(n, (None, None, None, None))
    if returned is not None and returned <= 91:
        found = in_force((0, returned, before))
        if again is not None:
            found.append((again, None, after or "ht"))
        return found
    if before == after:
        found = in_force((0, None, before))
    else:
        found = in_force((0, moved if n % 2 or after is None else moved - 1, before), (moved, None, after))
    if not found or found[-1][1] is not None:
        found.append((118 + n % 20, None, "ffs"))
    if returned is not None:
        found[-1] = (found[-1][0], returned, found[-1][2]) if found[-1][0] < returned else found[-1]
        if again is not None:
            found.append((again, None, "ht"))
    elif n % 5 == 0 and n not in (50, 55) and found[-1][0] < 130:
        found[-1] = (found[-1][0], 140, found[-1][2])
        found.append((140, None, "ind"))
    return found


def house(person: Life) -> None:
    """Homes before custody, proposed, and from the day of release on."""
    n, admitted = person.number, person.admitted
    codes = ("A07B", "A03", "A01D", "A08A", "A07A")
    if n not in KEPT_HOMES:
        person.homes.append(Record(admitted - timedelta(days=400 + n), admitted, codes[n % 5], "M" if n % 4 == 1 else "P",
                                   created=admitted - timedelta(days=380), end_recorded=admitted + timedelta(days=3)))
    if person.inspected is None:
        person.homes.append(Record(admitted - timedelta(days=1200), admitted - timedelta(days=401 + n), "A07A", "P",
                                   created=admitted - timedelta(days=1190)))
        person.homes.append(Record(date(2022, 3, 1), None, "A02", "PR", created=date(2022, 3, 2)))
        return
    person.homes.append(Record(person.day(-40), None, codes[(n + 2) % 5], ("PR", "PR1", "RJ")[n % 3], created=person.day(-40)))
    pieces = segments(person)
    for turn, (first, last, label) in enumerate(pieces):
        start, end = person.day(first), None if last is None else person.day(last)
        how = "circumstance" if n in BY_CIRCUMSTANCE and first == 0 else "address"
        superseded = end is not None and turn + 1 < len(pieces) and n % 6 and how == "address"
        person.homes.append(Record(start, end, housing_code(n, label, turn), "P" if superseded else "M", how,
                                   created=start + timedelta(days=n % 4), end_recorded=end and end + timedelta(days=n % 5)))
    if n in KEPT_HOMES:
        home = next(r for r in person.homes if r.start == person.inspected)
        home.start, home.created = admitted - timedelta(days=500), admitted - timedelta(days=495)
        home.updated, home.code = person.day(-KEPT_HOMES[n]), "A07B"
    while sum(r.how == "address" for r in person.homes) < 3:
        person.homes.append(Record(person.day(5), None, "A01C", "MA", created=person.day(6)))


def employ(person: Life) -> None:
    """Employment circumstances."""
    n = person.number
    if person.inspected is None:
        person.work.append(Record(person.admitted, None, "B09A", how="work", created=person.admitted))
        return
    before, after = person.job
    changed = 18 + n * 11 % 68
    if before is not None:
        start = -6 if n % 4 == 0 else 0
        end = changed - 1 if after not in (None, before) and n % 3 else None
        codes = WORK_CODES[before]
        person.work.append(Record(person.day(start), None if end is None else person.day(end), codes[n % len(codes)], how="work",
                                  created=person.day(start + 2), end_recorded=None if end is None else person.day(end + 3)))
    if after is not None and after != before:
        codes = WORK_CODES[after]
        person.work.append(Record(person.day(changed), None, codes[n % len(codes)], how="work", created=person.day(changed + 4)))
    if n % 10 == 4 and n not in AWAY:
        person.work.append(Record(person.day(130), None, "B01C", how="work", created=person.day(135)))


def first_home(person: Life) -> Record:
    """The home that starts on the day of the inspected release."""
    return next(r for r in person.homes if r.start == person.inspected)


def plant_records(people: dict[int, Life]) -> None:
    """Records that a hasty reader gets wrong; none of them changes the category laid out for days 0 and 91."""
    for n, usage in {35: "DPH", 57: "DAP", 66: "DOH", 93: "DSH", 76: "DNF"}.items():  # stands in on day 0
        person = people[n]
        home = first_home(person)
        home.start, home.created = person.day(3), person.day(4)
        person.discharge.append(Discharge(usage, person.day(-5), is_homeless_flag=usage == "DNF"))
    for n in (40, 49, 63, 79):  # contradicted by nDelius, which wins
        people[n].discharge.append(Discharge("DNF", people[n].day(-2), is_homeless_flag=True))
    people[28].discharge.append(Discharge("RECEP", people[28].day(-30)))
    people[51].discharge.append(Discharge("DST", people[51].day(-6), is_active=False))
    people[74].discharge.append(Discharge("DOH", people[74].day(-60), end=people[74].day(-1)))
    people[67].discharge.append(Discharge("DPH", people[67].day(-3)))

    def also(n: int, start: int | None, code: str | None, **more: object) -> Record:
        person = people[n]
        day = None if start is None else person.day(start)
        record = Record(day, None, code, created=day or person.day(10))
        for name, value in more.items():
            setattr(record, name, value)
        person.homes.append(record)
        return record

    for n in (31, 38, 42, 61, 77):
        also(n, 20, "A08A", is_deleted=True)
    for n in (33, 58, 65):
        first_home(people[n]).created = date(2023, 4, 20)
    for n in (62, 85):  # recorded as awaiting assessment, put right in May 2023
        record = next(r for r in people[n].homes if r.code in HOUSING_CODES["ind"] and r.start and r.start > people[n].day(0))
        record.was_code, record.updated = "A16", date(2023, 5, 10)
    for n in (65, 72):
        also(n, 30, "A08A", gone_from=date(2023, 5, 1))
    also(95, None, "A08A")
    also(43, 50, "A01A", status="P")
    also(47, 60, "A07B", status="B")
    also(29, 70, "A07B", status="RT")
    also(90, 66, "A07B", status="S")

    home = first_home(people[17])  # same day: the circumstance was recorded later
    home.code = "A08A"
    also(17, 0, "A07B", how="circumstance", end=home.end, end_recorded=home.end_recorded and home.end_recorded + timedelta(days=5))
    home = first_home(people[49])  # same day, same time: the address comes first
    also(49, 0, "A02", how="circumstance", created=home.created)
    home = first_home(people[26])  # two addresses alike: the higher key
    home.code = "A02"
    also(26, 0, "A07B", created=home.created, end=home.end, end_recorded=home.end_recorded)
    first_home(people[54]).is_homeless_flag = True
    first_home(people[37]).code, first_home(people[37]).is_homeless_flag = None, True
    first_home(people[83]).code, first_home(people[83]).postcode = "A06", "NF1 1NF"
    next(r for r in people[20].homes if r.code in HOUSING_CODES["unk"]).code = None
    next(r for r in people[30].homes if r.code in HOUSING_CODES["unk"]).code = "no such entry"
    for record in people[75].homes[1:]:
        record.on_second_crn = True
    hospital = people[57]
    also(57, 150, "CS04", end=hospital.day(200), end_recorded=hospital.day(201))

    work = people[35].work[0]  # a job from before custody that nobody asked about again
    work.start, work.created, work.updated = people[35].admitted - timedelta(days=90), people[35].admitted - timedelta(days=80), people[35].day(-40)
    people[45].work[-1].code = "no such entry"
    people[82].work[-1].code = None
    for n in (22, 48, 66):
        people[n].work[-1].created = date(2023, 5, 4)
    people[55].work.append(Record(people[55].day(40), None, "B09A", how="work", created=people[55].day(40), is_deleted=True))

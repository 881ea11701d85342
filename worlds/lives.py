"""The 100 invented people of the inspection sample: what happened to them, before anybody recorded it.

96 are released at least once from 1 February to 31 August 2022, four are not. Where they lived and worked on the day of
release and 91 days later, and who was recalled when, are laid out so that the tables of the 2023 inspection come out
(definition: invented_layout). Nothing here is drawn at random: every choice is the person's number or a named row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from worlds.places import REGIONS, pdu_of, prison_of

WINDOW_START = date(2022, 2, 1)
WINDOW_DAYS = 212
LAST_DELIVERY = date(2023, 6, 30)
COLOURS = ("Amber", "Blue", "Coral", "Dun", "Ecru", "Fawn", "Green", "Hazel", "Indigo", "Jade")
NUMBERS = ("Testone", "Testtwo", "Testthree", "Testfour", "Testfive", "Testsix", "Testseven", "Testeight", "Testnine", "Testten")
WOMEN = {5, 14, 20, 30, 33, 35, 38, 47, 49}
OTHER_ETHNICITY = ({*range(3, 94, 5)} - {88}) | {1, 16}
OTHER_CODES = ("B1", "A1", "M1", "O9", "B2", "A2", "M9", "A9", "B9")
# Earlier sentences: every fifth person, and those with an old movement that looks like a release and is not.
EARLIER = {*range(1, 97, 5)} | {*range(65, 74)}

# (status on day 0, status on day 91) -> people, for the 85 who are in scope on day 91. None: nothing in force.
HOUSING_FLOWS: tuple[tuple[str | None, str | None, int], ...] = (
    ("ind", "ind", 2),
    ("ffs", "ffs", 16), ("ffs", "ind", 1), ("ffs", "fft", 1), ("ffs", None, 1),
    ("hs", "hs", 8), ("hs", "ind", 2), ("hs", "ffs", 2), ("hs", "unk", 1), ("hs", None, 1),
    ("fft", "fft", 3), ("fft", "ffs", 3), ("fft", "unk", 1), ("fft", None, 1),
    ("ht", "ht", 9), ("ht", "hs", 5), ("ht", "ffs", 5), ("ht", "ind", 5), ("ht", "fft", 4), ("ht", "unk", 2),
    ("hm", "hm", 2), ("hm", "ht", 2), ("hm", "fft", 1), ("hm", "ind", 1),
    ("unk", "unk", 2), ("unk", None, 1),
    (None, None, 1), (None, "unk", 1), (None, "hm", 1),
)
WORK_FLOWS: tuple[tuple[str | None, str, int], ...] = (
    ("ft", "ft", 4), ("pt", "pt", 2), ("na", "na", 13), ("unk", "unk", 1),
    ("un", "un", 31), ("un", "ft", 16), ("un", "pt", 6), ("un", "fte", 1), ("un", "pte", 1), ("un", "na", 4), ("un", "unk", 3),
    (None, "un", 2), (None, "unk", 1),
)
# The eleven in custody on day 91: where they were on day 0.
AWAY_HOUSING = ("ht", "ht", "ht", "ht", "ffs", "hm", "ht", "ht", "ffs", "hm", "ht")

# Recalled people: day revoked, day returned (None: still at large), days of a fixed term (None: standard), day released again.
RECALLS: dict[int, tuple[int, int | None, int | None, int | None]] = {
    1: (1, 1, None, 150), 2: (2, 3, None, None), 3: (3, 3, None, 120), 4: (4, 4, None, None),
    5: (5, 5, None, 200), 6: (6, 6, None, None), 7: (7, 9, None, 160), 8: (7, 7, None, None),
    9: (8, 8, 14, 22), 10: (9, 10, 14, 24), 11: (10, 10, 14, 27),
    12: (60, 61, None, 200), 13: (75, 78, 28, 106), 14: (91, 91, None, None),
    15: (29, 29, 28, 57), 16: (33, 40, 28, 68), 17: (40, 50, 28, 78), 18: (63, 63, 28, 91),
    19: (95, 95, None, None), 20: (100, 130, None, 240), 21: (110, None, None, None), 22: (130, 131, 28, 159),
    23: (150, 152, None, None), 24: (170, 170, None, 260), 25: (190, 190, 28, 218), 26: (210, 212, None, None),
    27: (240, 241, None, None), 28: (274, 274, None, None),
}
# Sentence lengths in days; the half served is 40 days at least. Recalled people under twelve months: 9, 10, 11.
LENGTHS = (600, 720, 900, 1095, 1460, 640, 1280, 1826, 760, 2190, 850, 1000)
SHORT = {9: 330, 10: 340, 11: 364, 40: 160, 41: 182, 42: 183, 43: 300, 44: 320, 45: 364}


@dataclass(frozen=True)
class Move:
    """One external movement. `recorded` is empty where it was keyed within the hour."""

    booking: int
    at: datetime
    kind: str
    reason: str
    direction: str
    origin: str
    target: str
    recorded: datetime | None = None


@dataclass
class Release:
    """A release to the community with what nDelius holds of it; `probation_day` is its date there."""

    booking: int
    day: date
    reason: str
    prison: str
    probation_day: date
    kind: str = "ADL"
    revoked: date | None = None
    revoked_reason: str = "NN"
    recall_recorded: date | None = None
    is_deleted: bool = False
    recall_is_deleted: bool = False


@dataclass
class Sentence:
    """One sentence and its booking. Length in days, None where not recorded; dates None where not known."""

    booking: int
    start: date
    length: int | None
    release: date | None
    led: date | None
    pss_end: date | None = None
    ended: date | None = None
    calculation: str = "ADIMP_ORA"
    imprisonment: str = "SENT03"
    nomis_led: bool = True
    delius_led: bool = True


@dataclass
class Record:
    """A recorded home or job. `end_recorded` is when the end date came in; before it the delivery shows the row open."""

    start: date | None
    end: date | None
    code: str | None
    status: str = "M"
    how: str = "address"
    created: date | None = None
    updated: date | None = None
    end_recorded: date | None = None
    is_homeless_flag: bool = False
    postcode: str = ""
    is_deleted: bool = False
    gone_from: date | None = None
    was_code: str | None = None
    on_second_crn: bool = False


@dataclass
class Discharge:
    """A NOMIS address."""

    usage: str
    start: date
    end: date | None = None
    is_active: bool = True
    is_homeless_flag: bool = False


@dataclass
class Life:
    """One person. `inspected` is the first release inside the window, None for the four who have none."""

    number: int
    first: str
    last: str
    birth: date
    region: str
    pdu: str
    prison: str
    inspected: date | None = None
    admitted: date = WINDOW_START
    died: date | None = None
    moves: list[Move] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)
    sentences: list[Sentence] = field(default_factory=list)
    homes: list[Record] = field(default_factory=list)
    work: list[Record] = field(default_factory=list)
    discharge: list[Discharge] = field(default_factory=list)
    fixed_terms: list[tuple[int, date, int]] = field(default_factory=list)
    housing: tuple[str | None, str | None] = (None, None)
    job: tuple[str | None, str | None] = (None, None)

    @property
    def is_woman(self) -> bool:
        """Held in a women's prison."""
        return self.number in WOMEN

    def day(self, k: int) -> date:
        """Day k of the inspected release."""
        if self.inspected is None:
            raise ValueError(f"person {self.number} has no inspected release")
        return self.inspected + timedelta(days=k)

    def move(self, booking: int, day: date, at: str, kind: str, reason: str, direction: str, origin: str, target: str) -> None:
        """Add a movement at HH:MM."""
        self.moves.append(Move(booking, datetime.combine(day, time.fromisoformat(at)), kind, reason, direction, origin, target))

    def enter(self, booking: int, day: date, reason: str, at: str = "17:40") -> None:
        """Admission from outside."""
        self.move(booking, day, at, "ADM", reason, "IN", "OUT", self.prison)

    def leave(self, booking: int, day: date, reason: str, at: str = "09:15") -> Release:
        """Release to the community, known to both systems."""
        self.move(booking, day, at, "REL", reason, "OUT", self.prison, "OUT")
        release = Release(booking, day, reason, self.prison, day)
        self.releases.append(release)
        return release


def spread(flows: tuple, step: int, people: int = 85) -> list[tuple]:
    """The flows as one pair a person, interleaved so that neighbours differ; `step` is coprime to `people`."""
    pairs = [(before, after) for before, after, n in flows for _ in range(n)]
    return [pairs[(i * step) % people] for i in range(people)]


def inspected_day(number: int) -> date:
    """Release date: both edges of the window are used; those recalled soon are released early enough to show it all."""
    if number == 29:
        return WINDOW_START
    if number == 30:
        return date(2022, 8, 31)
    if number <= 28:
        return WINDOW_START + timedelta(days=(number * 37) % 150)
    return WINDOW_START + timedelta(days=(number * 37) % WINDOW_DAYS)


def born(number: int) -> date:
    """Date of birth; person 84 on 29 February."""
    return date(1988, 2, 29) if number == 84 else date(1962 + number * 7 % 38, number % 12 + 1, number % 28 + 1)


def life(number: int) -> Life:
    """The person's name, place and prison."""
    region = list(REGIONS)[number % 12]
    woman = number in WOMEN
    return Life(number, COLOURS[(number - 1) % 10], NUMBERS[(number - 1) // 10], born(number), region,
                pdu_of(region, number // 12), prison_of(region, woman, number // 12))


def sentence_and_release(person: Life) -> None:
    """The sentence behind the inspected release: admission, transfer or ROTL on the way, release, dates."""
    n, day = person.number, inspected_day(person.number)
    person.inspected = day
    length = SHORT.get(n, LENGTHS[n % len(LENGTHS)])
    served = min(length // 2, 900)
    person.admitted = day - timedelta(days=served)
    led = person.admitted + timedelta(days=length)
    recall_day = RECALLS.get(n, (0,))[0]
    assert led > day + timedelta(days=recall_day), n
    pss = day + timedelta(days=365) if length < 731 else None
    person.sentences.append(Sentence(2, person.admitted, length, day, led, pss))
    if 31 <= n <= 33:  # released the week before the window, recalled, and released again inside it
        first = WINDOW_START - timedelta(days=1 + 3 * (n - 31))
        person.admitted = first + timedelta(days=30)
        started = first - timedelta(days=400)
        person.sentences[-1] = Sentence(2, started, 1460, first, started + timedelta(days=1460))
        person.enter(2, started, "I")
        person.leave(2, first, "CR").revoked = first + timedelta(days=29)
        person.enter(2, person.admitted, "L")
        if n == 32:
            person.fixed_terms.append((2, person.admitted, 28))
        person.leave(2, day, "PD")
        return
    person.enter(2, person.admitted, "V" if n % 7 == 0 else "I")
    inside = person.prison
    if n % 3 == 0 and n != 64:
        halfway = day - timedelta(days=served // 2)
        other = prison_of(person.region, person.is_woman, n // 12 + 1)
        person.moves[-1] = Move(2, person.moves[-1].at, "ADM", person.moves[-1].reason, "IN", "OUT", other)
        person.move(2, halfway, "08:05", "TRN", "NOTR", "OUT", other, "TRN")
        person.move(2, halfway, "13:20", "ADM", "INT", "IN", "TRN", inside)
    if n % 8 == 3:
        for back, reason in ((30, "YRDR"), (16, "RO"), (9, "R15")):
            out = day - timedelta(days=back)
            person.move(2, out, "08:30", "TAP", reason, "OUT", inside, "OUT")
            person.move(2, out + timedelta(days=2 if reason == "RO" else 0), "18:10", "TAP", reason, "IN", "OUT", inside)
    reason = "PX" if n in (52, 56, 60, 96) else "HR" if n % 11 == 5 else "CR"
    person.leave(2, day, reason)


def recall_and_return(person: Life) -> None:
    """Revocation, return and the release after it."""
    revoked, returned, term, again = RECALLS[person.number]
    release = person.releases[-1]
    release.revoked = person.day(revoked)
    if returned is None:
        return
    person.enter(2, person.day(returned), "B" if release.reason == "HR" else "L", "15:25")
    if term:
        person.fixed_terms.append((2, person.day(returned), term))
    if again:
        person.leave(2, person.day(again), "PD", "09:50")


def earlier_sentence(person: Life) -> None:
    """A short sentence ending between 2015 and spring 2021, the years of the first contracts."""
    n = person.number
    latest = min(person.sentences[0].start - timedelta(days=260), date(2021, 3, 26))
    released = max(latest - timedelta(days=(n * 61) % 1400), date(2015, 6, 5) + timedelta(days=n))
    served = 60 + (n * 17) % 200
    started = released - timedelta(days=served)
    person.sentences.append(Sentence(1, started, served * 2, released, released + timedelta(days=served),
                                     released + timedelta(days=365), released + timedelta(days=min(365, served + 40))))
    person.enter(1, started, "I")
    person.leave(1, released, "AR" if released < date(2018, 1, 1) else "CR")

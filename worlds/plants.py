"""Lives that do not run as planned: exits, dates and movements that a hasty reader takes for something else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from worlds.lives import (
    EARLIER,
    RECALLS,
    Life,
    Release,
    Sentence,
    earlier_sentence,
    life,
    recall_and_return,
    sentence_and_release,
)
from worlds.records import assign_status, employ, house, plant_records


def world() -> dict[int, Life]:
    """The 100 lives by number."""
    people = {n: life(n) for n in range(1, 101)}
    for n in range(1, 97):
        sentence_and_release(people[n])
        if n in RECALLS:
            recall_and_return(people[n])
    never_inspected(people)
    for n in sorted(EARLIER):
        earlier_sentence(people[n])
    assign_status(people)
    for person in people.values():
        house(person)
        employ(person)
    plant_records(people)
    after_release(people)
    dates(people)
    old_movements(people)
    return people


def never_inspected(people: dict[int, Life]) -> None:
    """In custody throughout (97), died in custody (98), removed (99), released only after the window (100)."""
    for n, start, length in ((97, date(2009, 5, 6), None), (98, date(2016, 2, 3), None), (99, date(2020, 1, 8), 1800), (100, date(2020, 9, 9), 1500)):
        person = people[n]
        person.admitted = start
        person.sentences.append(Sentence(2, start, length, None, None if length is None else start + timedelta(days=length),
                                         calculation="ADIMP_ORA" if length else "MLP", imprisonment="SENT03" if length else "LIFE"))
        person.enter(2, start, "I")
    rotl = people[97]
    rotl.move(2, date(2022, 4, 4), "08:30", "TAP", "YRDR", "OUT", rotl.prison, "OUT")
    rotl.move(2, date(2022, 4, 4), "17:30", "TAP", "YRDR", "IN", "OUT", rotl.prison)
    people[98].move(2, date(2022, 5, 20), "03:10", "REL", "DEC", "OUT", people[98].prison, "OUT")
    people[98].died = date(2022, 5, 20)
    people[99].move(2, date(2022, 3, 14), "08:30", "TAP", "RO", "OUT", people[99].prison, "OUT")
    people[99].move(2, date(2022, 3, 16), "17:30", "TAP", "RO", "IN", "OUT", people[99].prison)
    people[99].move(2, date(2022, 6, 15), "05:45", "REL", "DL", "OUT", people[99].prison, "OUT")
    moved = people[100]
    moved.moves[0] = replace(moved.moves[0], target="LEI")
    moved.move(2, date(2022, 5, 11), "08:00", "TRN", "NOTR", "OUT", "LEI", "TRN")
    moved.move(2, date(2022, 5, 11), "14:00", "ADM", "INT", "IN", "TRN", moved.prison)
    moved.leave(2, date(2022, 10, 3), "CR")
    moved.sentences[0].release = date(2022, 10, 3)


def after_release(people: dict[int, Life]) -> None:
    """Other exits after the inspected release, and recalls that are not, or not as recorded."""
    people[50].enter(3, people[50].day(120), "N")
    people[51].died = people[51].day(200)
    removed = people[55]
    removed.enter(3, removed.day(130), "I")
    removed.sentences.append(Sentence(3, removed.day(130), 400, None, removed.day(530)))
    removed.move(3, removed.day(200), "06:10", "REL", "DL", "OUT", removed.prison, "OUT")
    inspected = {n: next(r for r in p.releases if r.day == p.inspected) for n, p in people.items() if p.inspected}
    inspected[4].revoked = None  # only the prison knows of the recall
    inspected[5].revoked = people[5].day(-2)
    inspected[23].recall_recorded = date(2023, 5, 10)
    inspected[53].revoked = people[53].day(200)  # after the licence ended
    inspected[38].revoked, inspected[38].revoked_reason = people[38].day(275), "TSH"  # to hospital, after the last day that is asked about
    inspected[61].revoked, inspected[61].recall_is_deleted = people[61].day(40), True
    people[26].moves[-1] = replace(people[26].moves[-1], recorded=datetime(2023, 4, 12, 10))  # the return was keyed months later
    people[77].releases.append(Release(2, people[77].day(0), "CR", people[77].prison, people[77].day(1), is_deleted=True,
                                       revoked=people[77].day(45)))  # a recall that hangs on a deleted release
    for n, days in ((58, 1), (62, 3), (64, 5)):
        inspected[n].probation_day = people[n].day(days)
    for n in (35, 43, 59):  # the two days out that end with "end of temporary licence"
        person = people[n]
        person.releases.append(Release(2, person.day(-16), "RO", person.prison, person.day(-16), "ROTL",
                                       revoked=person.day(-14), revoked_reason="EOTL"))


def dates(people: dict[int, Life]) -> None:
    """Licence and supervision ends that are not where they are first looked for."""
    def inspected(n: int) -> Sentence:
        return next(s for s in people[n].sentences if s.booking == 2)

    inspected(53).led, inspected(53).pss_end = people[53].day(150), people[53].day(365)
    inspected(54).led, inspected(54).pss_end = people[54].day(120), None
    inspected(59).ended = people[59].day(220)
    inspected(68).ended = people[68].day(-3)
    inspected(36).nomis_led = False
    inspected(45).delius_led = False
    inspected(93).length = None
    inspected(95).led, inspected(95).pss_end = people[95].day(0), people[95].day(365)
    life_licence = inspected(96)
    life_licence.length, life_licence.led, life_licence.pss_end = None, None, None
    life_licence.calculation, life_licence.imprisonment = "MLP", "LIFE"


def old_movements(people: dict[int, Life]) -> None:
    """Movements that look like releases: one kind a person, most in the earlier sentence."""
    def earlier(n: int) -> tuple[Life, date, date]:
        person = people[n]
        start, release = next((s.start, s.release) for s in person.sentences if s.booking == 1 and s.release)
        return person, start, release

    def out_and_back(n: int, out: int, reason: str, back: int, returned: str, target: str = "OUT") -> None:
        person, start, _ = earlier(n)
        person.move(1, start + timedelta(days=out), "10:00", "REL", reason, "OUT", person.prison, target)
        person.move(1, start + timedelta(days=back), "16:00", "ADM", returned, "IN", target, person.prison)

    out_and_back(65, 20, "CR", 20, "I")      # on to another sentence the same day
    out_and_back(66, 12, "ESCP", 19, "RECA")
    out_and_back(68, 15, "HP", 35, "R", "INVHSP")
    out_and_back(69, 14, "AV", 16, "R")
    out_and_back(70, 9, "BL", 21, "I")
    out_and_back(71, 11, "ZZ9", 30, "I")     # a reason in no list
    out_and_back(72, 18, "CR", 18, "L")      # recalled before the day was out
    out_and_back(73, 16, "CR", 40, "I", "DVI")
    person, _, released = earlier(67)
    person.move(1, released - timedelta(days=10), "12:00", "REL", "MRG", "OUT", person.prison, "OUT")
    twice = people[46]
    twice.move(2, twice.day(0), "08:40", "REL", "CR", "OUT", twice.prison, "OUT")
    moved = people[48]
    transfers = [m for m in moved.moves if m.kind == "TRN" or m.reason == "INT"]
    moved.moves = [m for m in moved.moves if m not in transfers]
    moved.move(2, moved.day(0), "06:30", "TRN", "OVCROW", "OUT", moved.moves[0].target, "TRN")
    moved.move(2, moved.day(0), "08:50", "ADM", "INT", "IN", "TRN", moved.prison)

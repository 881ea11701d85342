"""Which record speaks for a day: the latest in force, the prison's stand-in on day 0, and when a record is too old to speak."""

from .answers import day
from .scenario import number_of, scenario
from .test_status import DAYS, HOSTEL, INDEPENDENT, NO_RECORD, SUPPORTED, UNCLEAR, four

# Which record


@scenario
def test_the_latest_start_in_force_wins_and_both_ends_count(w):
    p = w.released()
    p.address(-10, "A01A")
    p.address(28, "A08A", end=42)
    p.address(43, "A02", end=90)
    early = w.released()
    early.address(1, "A01A", end=27)
    a = yield
    assert [a.status(p, k) for k in DAYS[:4]] == ["settled", "homeless_rough", "homeless_rough", "settled"]
    assert day(a.status_row(p, 28)["evidence_date"]) == p.on(28)
    assert [a.status(early, k) for k in (0, 28)] == [NO_RECORD, NO_RECORD]


@scenario
def test_ties_go_to_the_latest_update_then_the_address_then_the_higher_key(w):
    update, table, key = w.released(), w.released(), w.released()
    update.address(-5, "A01A", updated=-3)
    update.circumstance("A", -5, "A08A", updated=-2)
    table.circumstance("A", -5, "A08A")
    table.address(-5, "A01A")
    table.circumstance("A", -5, "A08C")
    key.address(-5, "A08A")
    key.address(-5, "A02")
    a = yield
    assert [a.status(p, 0) for p in (update, table, key)] == ["homeless_rough", "settled", "temporary"]


@scenario
def test_only_main_addresses_and_closed_previous_ones_are_the_home(w):
    never = {}
    for code in "PR PR1 RJ RT B MA S".split():
        never[code] = w.released()
        never[code].address(-1, "A01A", status=code)
    both, no_end, no_start, undated = w.released(), w.released(), w.released(), w.released()
    both.address(-1, "A01A", status="P", end=28)
    no_end.address(-1, "A01A", status="P")
    no_start.address(None, "A01A", status="P", end=28, updated=-1)
    undated.address(None, "A01A", updated=-1)
    a = yield
    assert {code: a.status(p, 0) for code, p in never.items()} == dict.fromkeys(never, NO_RECORD)
    assert [a.status(both, k) for k in (0, 28, 42)] == ["settled", "settled", NO_RECORD]
    assert [a.status(p, 0) for p in (no_end, no_start, undated)] == [NO_RECORD] * 3


@scenario
def test_records_of_all_the_persons_crns_are_pooled(w):
    p = w.released()
    second = p.on_probation(crn="Y900001")
    p.address(-5, "A08A")
    p.address(-2, "A07B", record=second)
    p.employment(-2, record=second)
    a = yield
    assert (a.status(p, 0), a.work(p, 42)) == ("settled", "employed")


@scenario
def test_soft_deleted_records_are_out(w):
    p = w.released()
    p.address(-5, "A01A")
    p.address(-2, "A08A", SOFT_DELETED=1)
    p.employment(-2, SOFT_DELETED=1)
    a = yield
    assert (a.status(p, 0), a.work(p, 0)) == ("settled", NO_RECORD)


# The prison's discharge address stands in on day 0


@scenario
def test_discharge_usages_stand_in_on_day_0_only(w):
    expected = {
        "DPH": (INDEPENDENT, "settled", "observed", ""), "DSH": (SUPPORTED, "settled", "observed", ""),
        **dict.fromkeys("DAP DBA DBH DOH DST".split(), (HOSTEL, "temporary", "observed", "")),
        "DNF": ("Homeless", "homeless_other", "observed", ""), "DUT": UNCLEAR,
        "HOME": ("Unknown or unclear", "unknown", "unknown", "no_record"),
    }  # fmt: skip
    people = {}
    for usage in expected:
        people[usage] = w.released()
        people[usage].prison_address(-1, usage)
    a = yield
    assert {usage: four(a.status_row(p, 0)) for usage, p in people.items()} == expected
    assert {a.status(p, 28) for p in people.values()} == {NO_RECORD}
    assert {a.work(p, 0) for p in people.values()} == {NO_RECORD}


@scenario
def test_a_discharge_address_needs_its_owner_an_active_usage_and_to_be_in_force(w):
    inactive, ended, later, staff, other = (w.released() for _ in range(5))
    inactive.prison_address(-1, "DPH", active="N")
    ended.prison_address(-20, "DPH", end=-1)
    later.prison_address(1, "DPH")
    staff.prison_address(-1, "DPH", owner_class="STF")
    other.prison_address(-1, "DPH", owner=999999)
    a = yield
    assert [a.status(p, 0) for p in (inactive, ended, later, staff, other)] == [NO_RECORD] * 5


@scenario
def test_probation_is_never_overridden_by_the_prison(w):
    p, unclear, old = w.released(), w.released(), w.released()
    p.address(-30, "A08A")
    unclear.address(-30, "A06")
    old.address(-300, "A01A")
    for person in (p, unclear, old):
        person.prison_address(-1, "DPH")
    a = yield
    assert [a.status(person, 0) for person in (p, unclear, old)] == ["homeless_rough", "unknown: unknown_code", "unknown: pre_custody_record"]


@scenario
def test_without_probation_the_discharge_address_is_observed_and_the_rest_not_linked(w):
    p, nothing = w.released(probation=False), w.released(probation=False)
    p.prison_address(-300, "DSH")
    a = yield
    assert [a.status(p, k) for k in DAYS] == ["settled"] + ["unknown: not_linked"] * 5
    assert [a.status(nothing, k) for k in DAYS] == ["unknown: not_linked"] * 6
    assert [a.work(p, k) for k in DAYS] == ["unknown: not_linked"] * 6


@scenario
def test_of_several_discharge_addresses_the_latest_start_then_the_higher_id_then_the_first_usage(w):
    start, ident, usage, alias = (w.released(probation=False) for _ in range(4))
    start.prison_address(-1, "DPH")
    start.prison_address(-9, "DNF")
    ident.prison_address(-9, "DNF")
    ident.prison_address(-9, "DPH")
    usage.prison_address(-9, "DSH", "DAP", "DNF")
    alias.booking["OFFENDER_ID"] = alias.alias_in_prison(w.next_id(), "Inventother", alias.last, alias.born)["OFFENDER_ID"]
    alias.prison_address(-9, "DPH")
    a = yield
    assert [a.status(p, 0) for p in (start, ident, usage, alias)] == ["settled", "settled", "temporary", "settled"]


@scenario
def test_a_no_fixed_address_flag_speaks_for_an_unknown_discharge_type(w):
    p = w.released(probation=False)
    p.prison_address(-1, "DUT", nfa="Y")
    a = yield
    assert a.status(p, 0) == "homeless_other"


# No fixed abode


@scenario
def test_no_fixed_abode_overrides_only_what_is_empty_or_unknown(w):
    cases = [(None, {"nfa": "Y"}), ("A06", {"nfa": "Y"}), ("A16", {"nfa": "Y"}), ("A99", {"postcode": "NF1 1NF"}), (None, {"postcode": "NF1 1FA"}),
             ("A06", {"postcode": "nf11nf"})]  # fmt: skip
    people = []
    for kind, marks in cases:
        people.append(w.released())
        people[-1].address(-1, kind, **marks)
    rough = w.released()
    rough.address(-1, "A08A", nfa="Y")
    a = yield
    assert [four(a.status_row(p, 0)) for p in people] == [("Homeless", "homeless_other", "observed", "")] * len(people)
    assert a.status(rough, 0) == "homeless_rough"


@scenario
def test_beside_a_housed_type_the_type_wins_and_the_conflict_is_listed(w):
    flag, postcode, plain = w.released(), w.released(), w.released()
    rows = [flag.address(-1, "A01A", nfa="Y"), postcode.address(-1, "A02", postcode="NF1 1NF"), plain.address(-1, "A01A")]
    a = yield
    assert (a.status(flag, 0), a.status(postcode, 0)) == ("settled", "temporary")
    assert ["conflicting_address" in a.listed(number_of(w, row)) for row in rows] == [True, True, False]


# A record from before custody


@scenario
def test_a_record_from_before_custody_counts_only_if_touched_within_28_days_of_release(w):
    untouched, just, too_early, created, after, opened_that_day = (w.released() for _ in range(6))
    untouched.address(-201, "A01A")
    just.address(-300, "A01A", updated=-28)
    too_early.address(-300, "A01A", updated=-29)
    created.address(-300, "A01A", updated=None, created=-28)
    after.address(-300, "A01A", updated=10)
    opened_that_day.address(-200, "A01A")
    a = yield
    old = "unknown: pre_custody_record"
    assert [a.status(p, 28) for p in (untouched, just, too_early, created, after, opened_that_day)] == [
        old, "settled", old, "settled", "settled", "settled"]  # fmt: skip
    assert [a.status(untouched, k) for k in DAYS] == [old] * 6
    assert day(a.status_row(untouched, 0)["evidence_date"]) == untouched.on(-201)


@scenario
def test_the_test_is_made_on_the_record_picked_and_before_its_meaning_is_read(w):
    no_older, abroad, newer = w.released(), w.released(), w.released()
    no_older.address(-400, "A01A", updated=-5)
    no_older.address(-300, "A08A")
    abroad.address(-300, "A15")
    newer.address(-300, "A08A")
    newer.address(-100, "A01A")
    work = w.released()
    work.employment(-300)
    a = yield
    assert [a.status(p, 0) for p in (no_older, abroad, newer)] == ["unknown: pre_custody_record", "unknown: pre_custody_record", "settled"]
    assert a.work(work, 42) == "unknown: pre_custody_record"


@scenario
def test_the_episode_opens_at_the_first_admission_after_the_last_time_in_the_community(w):
    def episode(*middle):
        p = w.person()
        p.custody(-200)
        for step, *details in middle:
            getattr(p, step)(*details[:-1], **details[-1])
        p.release(0, licence_end=400)
        p.address(-150, "A01A")
        return p

    escape = episode(("leave", -160, "ESCP", {}), ("admit", -140, "RECA", {}))
    undone = episode(("leave", -100, "CR", {"time": "09:00:00"}), ("admit", -100, "L", {"time": "15:00:00"}))
    another = episode(("leave", -100, "CR", {"time": "09:00:00"}), ("admit", -100, "I", {"time": "15:00:00"}))
    twice = episode(("admit", -120, "N", {}))
    outside = episode(("leave", -160, "BL", {}), ("admit", -100, "I", {}))
    a = yield
    assert [a.status(p, 0) for p in (escape, undone, another, twice)] == ["settled"] * 4
    assert a.status(outside, 0) == "unknown: pre_custody_record"


# Stale


@scenario
def test_stale_is_more_than_180_days_after_start_and_last_update_and_still_counts(w):
    edge, past, updated, later, created = (w.released() for _ in range(5))
    edge.address(2, "A01A")
    past.address(1, "A01A")
    updated.address(1, "A01A", updated=2)
    later.address(1, "A01A", updated=183)
    created.address(1, "A01A", created=100)
    a = yield
    rows = [a.status_row(p, 182) for p in (edge, past, updated, later, created)]
    assert [r["is_stale"] for r in rows] == [False, True, False, True, True]
    assert {r["official_class"] for r in rows} == {"settled"}
    assert [day(r["evidence_date"]) for r in rows] == [p.on(n) for p, n in ((edge, 2), (past, 1), (updated, 1), (later, 1), (created, 1))]


@scenario
def test_unknown_rows_keep_the_date_of_the_record_that_was_found(w):
    p, nothing = w.released(), w.released()
    p.address(-1, "A06")
    a = yield
    row, empty = a.status_row(p, 182), a.status_row(nothing, 182)
    assert (day(row["evidence_date"]), row["is_stale"]) == (p.on(-1), True)
    assert (day(empty["evidence_date"]), empty["is_stale"]) == (None, False)
    assert four(empty) == ("Unknown or unclear", "unknown", "unknown", "no_record")


def booked(w, p, start, end, **columns):
    return w.row("cas", "BookingsReportRow", bookingId=f"BK{w.next_id()}", crn=p.crn, startDate=p.on(start), endDate=p.on(end), **columns)


@scenario
def test_a_stay_is_of_its_nights_the_day_of_departure_is_none_and_a_booking_nobody_came_to_is_none(w):
    moved, left, never, still, none = (w.released() for _ in range(5))
    for p in (moved, left):
        p.address(0, "A02", end=27)
        p.address(28, "A01C")
    w.row("cas", "AP_PLACEMENT", placement_id=f"PL{w.next_id()}", crn=moved.crn, service="CAS1", arrived_on=moved.on(0), departed_on=moved.on(28))
    booked(w, left, 0, 84, actualEndDate=left.on(28))
    for p in (never, still, none):
        p.address(-1, "A01C")
    booked(w, never, 0, 84)
    booked(w, still, 0, 84, currentNightsStayed=30)
    booked(w, none, 0, 84, currentNightsStayed=0, actualNightsStayed=0)
    a = yield
    contradicted = [p for p in (moved, left, never, still, none) if "stay_contradicts_status" in a.listed(p=p)]
    assert contradicted == [still]


@scenario
def test_a_bed_booked_is_no_evidence_but_a_stay_that_contradicts_is_listed(w):
    alone, against, cancelled, kept = (w.released() for _ in range(4))
    for p in (against, cancelled, kept):
        p.address(-1, "A08A")
    for p, is_cancelled in ((cancelled, "Yes"), (kept, "No")):
        booked(w, p, 0, 84, isCancelled=is_cancelled, actualNightsStayed=84)
    for p in (alone, against):
        w.row("cas", "AP_PLACEMENT", placement_id=f"PL{w.next_id()}", crn=p.crn, service="CAS1", referred_on=p.on(-60), arrived_on=p.on(0),
              departed_on=p.on(80))  # fmt: skip
    a = yield
    assert (a.status(alone, 0), a.status(against, 0)) == (NO_RECORD, "homeless_rough")
    assert a.listed(p=against) and a.listed(p=kept)
    assert not a.listed(p=cancelled)

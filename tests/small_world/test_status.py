"""Where people sleep and whether they work on days 0, 28, 42, 91, 182 and 274."""

import datetime as dt

import pytest

from .answers import day, text
from .conftest import WATERMARK
from .scenario import number_of, scenario

END = dt.date.fromisoformat(WATERMARK)
DAYS = (0, 28, 42, 91, 182, 274)
INDEPENDENT, FAMILY, SUPPORTED = "Settled, independent", "Settled, with friends/family", "Settled, hostel/supported accommodation"
STAYING, HOSTEL = "Transient, with friends/family", "Transient, hostel/supported accommodation"
UNCLEAR = ("Unknown or unclear", "unknown", "unknown", "unknown_code")
TYPES = {
    **dict.fromkeys("A01 A01A A01B A01C A01D".split(), (INDEPENDENT, "settled", "observed", "")),
    "A07B": (FAMILY, "settled", "observed", ""),
    **dict.fromkeys(("A04", "A12"), (SUPPORTED, "settled", "observed", "")),
    "A07A": (STAYING, "temporary", "observed", ""),
    **dict.fromkeys("A02 A03 A10 A11 A13 A14 A17".split(), (HOSTEL, "temporary", "observed", "")),
    "A08A": ("Homeless", "homeless_rough", "observed", ""),
    **dict.fromkeys("A05 A08 A08B A08C".split(), ("Homeless", "homeless_other", "observed", "")),
    "A16": ("Unknown or unclear", "unknown", "unknown", "awaiting_assessment"),
    **dict.fromkeys("A06 A07 A96 A97 A98 A99 CS02 CS03 CS06 ZZ99".split(), UNCLEAR),
    **dict.fromkeys("A09 A15 CS04 CS05".split(), ("", "", "out_of_scope", "out_of_scope_address")),
}
NO_RECORD = "unknown: no_record"


def four(row):
    return tuple(text(row[c]) for c in ("status", "official_class", "state", "state_reason"))


def housed(w, **more):
    """Released on licence and settled with friends or family from the day before; stays in scope for 400 days."""
    p = w.released(**more)
    p.address(-1, "A07B")
    p.employment(-1)
    return p


# What the codes mean


@scenario
def test_each_address_type_has_its_label_and_class(w):
    people = {}
    for code in TYPES:
        people[code] = w.released()
        people[code].address(-1, code)
    a = yield
    assert {code: four(a.status_row(p, 0)) for code, p in people.items()} == TYPES


@scenario
def test_a_type_a_circumstance_has_the_same_codes(w):
    people = {}
    for code in ("A01C", "A08A", "A16", "A15"):
        people[code] = w.released()
        people[code].circumstance("A", -1, code)
    other = w.released()
    other.circumstance("D", -1, "A01C")
    a = yield
    assert {code: four(a.status_row(p, 0)) for code, p in people.items()} == {code: TYPES[code] for code in people}
    assert a.status(other, 0) == NO_RECORD


@scenario
def test_employment_matches_on_the_description_and_only_then_on_the_code(w):
    full, part = "Full-time employed or self-employed", "Part-time employed or self-employed"
    cases = {
        ("B01C", None): (full, "employed", "observed", ""),
        ("B02C", None): (part, "employed", "observed", ""),
        ("B09A", None): ("Unemployed", "unemployed", "observed", ""),
        ("Q1", "  full-TIME employed (30 or more hours per week) "): (full, "employed", "observed", ""),
        ("Q2", "Part-time employed (under 16 hours per week)"): (part, "employed", "observed", ""),
        ("Q3", "Temporary/casual work (30 or more hours per week)"): (full, "employed", "observed", ""),
        ("Q4", "Full-time education or training"): ("Full-time education or training", "education", "observed", ""),
        ("Q5", "Part-time education or training"): ("Part-time education or training", "education", "observed", ""),
        ("Q6", "Unavailable for work"): ("Not available for work", "not_available", "observed", ""),
        ("Q7", "Retired (receiving a pension)"): ("Not available for work", "not_available", "observed", ""),
        ("B09A", "Part-time employed (under 16 hours per week)"): (part, "employed", "observed", ""),
        ("B09A", "A description nobody has seen"): ("Unemployed", "unemployed", "observed", ""),
        ("Q8", "A description nobody has seen"): UNCLEAR,
    }
    people = {}
    for case in cases:
        people[case] = w.released()
        people[case].employment(-1, *case)
    a = yield
    assert {case: four(a.status_row(p, 42, "employment")) for case, p in people.items()} == cases


@scenario
def test_prison_employment_is_no_outcome(w):
    p = w.released()
    w.row("nomis", "OFFENDER_EMPLOYMENTS", OFFENDER_BOOK_ID=p.booking["OFFENDER_BOOK_ID"], EMPLOY_SEQ=1, EMPLOYMENT_POST_CODE="FT",
          EMPLOYMENT_DATE=p.on(-100))  # fmt: skip
    a = yield
    assert [a.work(p, k) for k in DAYS] == [NO_RECORD] * 6


@scenario
def test_ids_in_no_list_are_unclear_and_listed_and_an_empty_type_is_an_unknown_code(w):
    stray, empty, status = w.released(), w.released(), w.released()
    address = stray.address(-1, None, type_id=987654)
    empty.address(-1, None)
    status.address(-1, "A01A", status=None)["ADDRESS_STATUS_ID"] = 987655
    a = yield
    assert four(a.status_row(stray, 0)) == four(a.status_row(empty, 0)) == UNCLEAR
    assert a.listed(number_of(w, address), p=stray)
    assert a.status(status, 0) == NO_RECORD


# Maturity and the order of states


@scenario
def test_a_day_is_due_once_its_fourteen_days_have_passed_and_not_a_day_earlier(w):
    last, first = {}, {}
    for k in DAYS:
        last[k] = housed(w, day0=END - dt.timedelta(days=14 + k), prison="OWI")
        first[k] = housed(w, day0=END - dt.timedelta(days=13 + k), prison="PBI")
    a = yield
    assert {k: (a.status(last[k], k), a.work(last[k], k)) for k in DAYS} == dict.fromkeys(DAYS, ("settled", "employed"))
    assert {k: (a.status(first[k], k), a.work(first[k], k)) for k in DAYS} == dict.fromkeys(DAYS, ("not_yet_due", "not_yet_due"))


@scenario
def test_not_yet_due_comes_before_out_of_scope_and_both_leave_the_rest_empty(w):
    young = housed(w, day0=END - dt.timedelta(days=30))
    young.probation["DECEASED_DATE"] = young.on(3)
    dead = housed(w)
    dead.probation["DECEASED_DATE"] = dead.on(3)
    a = yield
    assert (a.status(young, 0), a.status(young, 28)) == ("settled", "not_yet_due")
    for p, state in ((young, "not_yet_due"), (dead, "out_of_scope")):
        row = a.status_row(p, 28)
        assert four(row)[:3] == ("", "", state)
        assert (day(row["evidence_date"]), row["is_stale"]) == (None, False)


# Out of scope


def back(w, on=20, reason="I", out=None, out_reason=None, **more):
    """Housed and working, admitted again on `on`, and out again with `out_reason` on `out`."""
    p = housed(w)
    p.admit(on, reason)
    if out is not None:
        p.leave(out, out_reason, **more)
    return p


@scenario
def test_dead_from_the_day_of_death(w):
    p = housed(w)
    p.probation["DECEASED_DATE"] = p.on(42)
    inside = back(w, 20, out=30, out_reason="DEC")
    a = yield
    assert [a.status(p, k) for k in (28, 42, 91)] == ["settled", "out_of_scope: died", "out_of_scope: died"]
    assert a.work(p, 42) == "out_of_scope: died"
    assert [a.status(inside, k) for k in (28, 42)] == ["out_of_scope: in_custody_other", "out_of_scope: died"]


@scenario
def test_the_place_after_an_exit_that_is_no_release(w):
    after = {
        "DD": "out_of_scope: removed", "ESCP": "out_of_scope: in_custody_other", "HO": "out_of_scope: in_custody_other",
        "99": "out_of_scope: in_custody_other", "MRG": "out_of_scope: in_custody_other", "BL": "settled", "QQ9": "settled",
    }  # fmt: skip
    people = {reason: back(w, 20, out=24, out_reason=reason) for reason in after}
    detained = back(w, 20, out=24, out_reason="CR", to="IMMDET")
    merged_outside = housed(w)
    merged_outside.leave(10, "MRG")
    a = yield
    assert {reason: a.status(p, 28) for reason, p in people.items()} == after
    assert a.status(detained, 28) == "out_of_scope: removed"
    assert a.status(merged_outside, 28) == "settled"


@scenario
def test_admitted_on_the_day_is_out_and_released_on_the_day_is_in(w):
    p = back(w, 28, out=42, out_reason="CR")
    a = yield
    assert [a.status(p, k) for k in DAYS] == ["settled", "out_of_scope: in_custody_other", "settled", "settled", "settled", "settled"]
    assert a.status(p, 0, of=42) == "settled"


@scenario
def test_temporary_release_court_and_transfer_are_custody(w):
    for_day = back(w, 20, out=28, out_reason="RO", kind="TAP")
    court = back(w, 20, out=28, out_reason="CA", kind="CRT", to="CRTX")
    moved = back(w, 20, out=28, out_reason="NOTR", kind="TRN", to="TRN")
    a = yield
    assert [a.status(p, 28) for p in (for_day, court, moved)] == ["out_of_scope: in_custody_other"] * 3


@scenario
def test_recalled_at_large_then_in_custody_on_recall_then_out_again(w):
    p = housed(w)
    p.recall(20, returned=40)
    p.release(60, "PD")
    a = yield
    assert [a.status(p, k) for k in (0, 28, 42, 91)] == [
        "settled", "out_of_scope: recalled_at_large", "out_of_scope: in_custody_recall", "settled"]  # fmt: skip
    assert a.work(p, 28) == "out_of_scope: recalled_at_large"


@scenario
def test_recalled_and_released_again_by_the_day_is_in_scope(w):
    p = housed(w)
    p.recall(9, returned=10)
    p.release(28, "PD")
    a = yield
    assert a.status(p, 28) == "settled"


@scenario
def test_a_spell_opened_by_another_admission_is_other_custody_though_a_recall_exists(w):
    p = housed(w)
    p.recall(20, returned=22, admission="I")
    a = yield
    assert a.status(p, 28) == "out_of_scope: in_custody_other"


@scenario
def test_supervision_ends_after_the_later_of_licence_and_post_sentence_supervision(w):
    licence = housed(w, licence_end=28)
    probation = housed(w, licence_end=20)
    probation.key_date("PSSED", 42)
    probation.calculation(-30, led=20, tused=200)
    prison = w.person()
    prison.custody(-200)
    prison.calculation(-30, led=20, tused=42)
    prison.release(0)
    prison.address(-1, "A07B")
    a = yield
    ended = "out_of_scope: supervision_ended"
    assert [a.status(licence, k) for k in (0, 28, 42)] == ["settled", "settled", ended]
    assert [a.status(probation, k) for k in (28, 42, 91)] == ["settled", "settled", ended]
    assert [a.status(prison, k) for k in (28, 42, 91)] == ["settled", "settled", ended]


@scenario
def test_a_termination_ends_supervision_earlier_never_later_and_one_before_release_is_listed(w):
    early, late, before = housed(w), housed(w, licence_end=30), housed(w)
    early.sentence["disposal"]["TERMINATION_DATE"] = early.on(42)
    late.sentence["disposal"]["TERMINATION_DATE"] = late.on(200)
    before.sentence["disposal"]["TERMINATION_DATE"] = before.on(-5)
    a = yield
    ended = "out_of_scope: supervision_ended"
    assert [a.status(early, k) for k in (42, 91)] == ["settled", ended]
    assert [a.status(late, k) for k in (28, 42)] == ["settled", ended]
    assert [a.status(before, k) for k in DAYS] == ["settled"] * 6
    assert a.listed(number_of(w, before.sentence["disposal"]), p=before)


@scenario
def test_day_0_is_always_supervised_and_nothing_known_means_supervised_and_listed(w):
    over, nothing = housed(w, licence_end=-1), housed(w, licence_end=None)
    a = yield
    assert (a.status(over, 0), a.status(over, 28)) == ("settled", "out_of_scope: supervision_ended")
    assert [a.status(nothing, k) for k in DAYS] == ["settled"] * 6
    assert a.listed(p=nothing)


@scenario
def test_the_first_reason_in_the_order_listed_is_given(w):
    dead_inside = back(w, 20)
    dead_inside.probation["DECEASED_DATE"] = dead_inside.on(25)
    inside_over = housed(w, licence_end=30)
    inside_over.recall(20, returned=25)
    large_over = housed(w, licence_end=30)
    large_over.recall(20)
    over_deported = w.released(licence_end=30)
    over_deported.address(-1, "A09")
    a = yield
    assert a.status(dead_inside, 28) == "out_of_scope: died"
    assert a.status(inside_over, 42) == "out_of_scope: in_custody_recall"
    assert a.status(large_over, 42) == "out_of_scope: recalled_at_large"
    assert a.status(over_deported, 42) == "out_of_scope: supervision_ended"
    assert a.status(over_deported, 28) == "out_of_scope: out_of_scope_address"


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
    flag.address(-1, "A01A", nfa="Y")
    postcode.address(-1, "A02", postcode="NF1 1NF")
    plain.address(-1, "A01A")
    a = yield
    assert (a.status(flag, 0), a.status(postcode, 0)) == ("settled", "temporary")
    assert any("conflict" in f for f in a.listed(p=flag)), a.listed(p=flag)
    assert any("conflict" in f for f in a.listed(p=postcode)), a.listed(p=postcode)
    assert not any("conflict" in f for f in a.listed(p=plain))


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


@scenario
def test_a_bed_booked_is_no_evidence_but_a_stay_that_contradicts_is_listed(w):
    alone, against = w.released(), w.released()
    against.address(-1, "A08A")
    for p in (alone, against):
        w.row("cas", "AP_PLACEMENT", placement_id=f"PL{w.next_id()}", crn=p.crn, service="CAS1", referred_on=p.on(-60), arrived_on=p.on(0),
              departed_on=p.on(80))  # fmt: skip
    a = yield
    assert (a.status(alone, 0), a.status(against, 0)) == (NO_RECORD, "homeless_rough")
    assert a.listed(p=against)


def test_states_reasons_and_classes_are_the_published_words(answers):
    rows = answers.table("fct_release_status")
    states = {"observed": {""}, "not_yet_due": {""}, "unknown": {"no_record", "unknown_code", "awaiting_assessment", "pre_custody_record", "not_linked",
              "table_missing"}, "out_of_scope": {"died", "removed", "in_custody_recall", "in_custody_other", "recalled_at_large", "supervision_ended",
              "out_of_scope_address"}}  # fmt: skip
    assert [r for r in rows if text(r["state_reason"]) not in states[r["state"]]] == []
    assert {r["official_class"] for r in rows if r["state"] == "unknown"} == {"unknown"}
    assert all(text(r["official_class"]) == text(r["status"]) == "" for r in rows if r["state"] in ("not_yet_due", "out_of_scope"))


@pytest.mark.parametrize("domain", ["accommodation", "employment"])
def test_no_record_carries_no_evidence_and_observed_always_does(answers, domain):
    rows = [r for r in answers.table("fct_release_status") if r["domain"] == domain]
    assert all(r["evidence_date"] is None and r["is_stale"] is False for r in rows if text(r["state_reason"]) in ("no_record", "not_linked"))
    assert all(r["evidence_date"] is not None for r in rows if r["state"] == "observed")

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
    before = housed(w)
    before.probation["DECEASED_DATE"] = before.on(-1)
    a = yield
    assert [a.status(p, k) for k in (28, 42, 91)] == ["settled", "out_of_scope: died", "out_of_scope: died"]
    assert [a.status(before, k) for k in DAYS] == ["settled"] * 6
    assert ["death_before_release" in a.listed(p=one) for one in (p, before)] == [False, True]
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
    assert a.status(p, 0, of=42) == "unknown: pre_custody_record"


@scenario
def test_temporary_release_court_and_transfer_are_custody(w):
    for_day = back(w, 20, out=28, out_reason="RO", kind="TAP")
    court = back(w, 20, out=28, out_reason="CA", kind="CRT", to="CRTX")
    moved = back(w, 20, out=28, out_reason="NOTR", kind="TRN", to="TRN")
    a = yield
    assert [a.status(p, 28) for p in (for_day, court, moved)] == ["out_of_scope: in_custody_other"] * 3


@scenario
def test_the_return_from_an_absence_that_a_release_ended_is_not_custody(w):
    # Released while out at court or on temporary licence; the return is written down all the same.
    people, returns = {}, []
    for kind, reason in {"TAP": "RO", "CRT": "CA"}.items():
        people[kind] = housed(w)
        people[kind].leave(0, reason, kind=kind, time="07:00:00")
        returns.append(people[kind].move(0, kind, reason, "IN", to=people[kind].prison, time="20:00:00"))
    # An absence after the release is of somebody whose admission is missing.
    received = housed(w)
    received.leave(0, "CA", kind="CRT", to="CRTX", time="14:00:00")
    received.move(0, "CRT", "CA", "IN", "CRTX", received.prison, time="18:00:00")
    # So is a return with no absence before it, or after one that was over before the release.
    brought = housed(w)
    brought.leave(-1, "CA", kind="CRT", to="CRTX", time="07:00:00")
    brought.move(-1, "CRT", "CA", "IN", "CRTX", brought.prison, time="18:00:00")
    brought.move(14, "CRT", "CA", "IN", "CRTX", brought.prison, time="18:00:00")
    without_admission = {}
    for kind, reason in {"TAP": "RO", "TRN": "INT", "CRT": "CA"}.items():
        without_admission[kind] = housed(w)
        without_admission[kind].move(14, kind, reason, "IN", to=without_admission[kind].prison)
    a = yield
    assert a.status(brought, 28) == "out_of_scope: in_custody_other"
    assert {kind: a.status(p, 28) for kind, p in without_admission.items()} == dict.fromkeys(without_admission, "out_of_scope: in_custody_other")
    assert {kind: [a.status(p, k) for k in DAYS] for kind, p in people.items()} == dict.fromkeys(people, ["settled"] * 6)
    assert [a.listed(number_of(w, row)) for row in returns] == [["return_after_release"]] * 2
    assert a.status(received, 28) == "out_of_scope: in_custody_other"


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


def under_two_sentences(w, ends, licence_end=None, tused=None):
    """Housed, released under two sentences; `ends` gives of each (licence, post-sentence supervision, termination)."""
    p = w.person()
    p.custody(-200)
    if licence_end or tused:
        p.calculation(-30, led=licence_end, tused=tused)
    p.leave(0, "CR")
    p.address(-1, "A07B", updated=90)
    for sentence, (led, pssed, terminated) in zip((p.sentence, p.sentenced(-200)), ends):
        p.released_by_probation(0, sentence=sentence)
        for kind, on in (("LED", led), ("PSSED", pssed)):
            if on is not None:
                p.key_date(kind, on, sentence)
        sentence["disposal"]["TERMINATION_DATE"] = p.on(terminated)
    return p


@scenario
def test_supervision_ends_with_the_last_sentence_each_by_its_own_dates(w):
    nothing = (None, None, None)
    last_day = {
        28: under_two_sentences(w, [(20, None, None), (28, None, None)]),
        42: under_two_sentences(w, [(20, 42, None), (30, None, None)]),
        91: under_two_sentences(w, [(300, None, 42), (91, None, 200)]),
        # One goes on, so the prison's dates are not cut; once both are over they are.
        182: under_two_sentences(w, [(None, None, 42), nothing], licence_end=182),
        43: under_two_sentences(w, [(None, None, 42), (None, None, 43)], licence_end=182),
        # Of one nothing says when it ends.
        274: under_two_sentences(w, [(20, None, None), nothing]),
    }
    a = yield
    for last, p in last_day.items():
        assert [k for k in DAYS if a.status(p, k) == "settled"] == [k for k in DAYS if k <= last], last
        assert {a.status(p, k) for k in DAYS if k > last} <= {"out_of_scope: supervision_ended"}, last


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


def test_states_reasons_and_classes_are_the_published_words(answers):
    rows = answers.table("fct_release_status")
    states = {"observed": {""}, "not_yet_due": {""}, "unknown": {"no_record", "unknown_code", "awaiting_assessment", "pre_custody_record", "not_linked",
              "table_missing", "unreadable_record"}, "out_of_scope": {"died", "removed", "in_custody_recall", "in_custody_other", "recalled_at_large", "supervision_ended",
              "out_of_scope_address"}}  # fmt: skip
    assert [r for r in rows if text(r["state_reason"]) not in states[r["state"]]] == []
    assert {r["official_class"] for r in rows if r["state"] == "unknown"} == {"unknown"}
    assert all(text(r["official_class"]) == text(r["status"]) == "" for r in rows if r["state"] in ("not_yet_due", "out_of_scope"))


@pytest.mark.parametrize("domain", ["accommodation", "employment"])
def test_no_record_carries_no_evidence_and_observed_always_does(answers, domain):
    rows = [r for r in answers.table("fct_release_status") if r["domain"] == domain]
    assert all(r["evidence_date"] is None and r["is_stale"] is False for r in rows if text(r["state_reason"]) in ("no_record", "not_linked"))
    assert all(r["evidence_date"] is not None for r in rows if r["state"] == "observed")

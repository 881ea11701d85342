"""Who is on the list of those due out in the next 12 weeks, and what is said to be known of them. As of 31 December 2024."""

import datetime as dt

from .answers import day
from .scenario import scenario

AS_OF = dt.date(2024, 12, 31)


def due(w, in_days=30, probation=True, **known):
    """Somebody in custody since day -200 whose release is planned so many days after the last delivery."""
    p = w.person(day0=AS_OF + dt.timedelta(days=in_days), probation=probation, **known)
    p.custody(-250)
    p.planned(0)
    return p


@scenario
def test_only_people_in_custody_with_a_planned_date_in_the_next_twelve_weeks_are_due(w):
    today, last, past, beyond = due(w, 0), due(w, 84), due(w, -1), due(w, 85)
    gone = due(w, 20)
    gone.leave(-40, "CR")
    back_on_another_booking = due(w, 21)
    back_on_another_booking.leave(-60, "CR")
    back_on_another_booking.custody(-30)
    on_temporary_release = due(w, 22)
    on_temporary_release.leave(-23, "RO", kind="TAP")
    dead = due(w, 23)
    dead.probation["DECEASED_DATE"] = dead.on(-30)
    a = yield
    assert [a.due(p)["days_to_go"] for p in (today, last, on_temporary_release)] == [0, 84, 22]
    assert [a.due(p) for p in (past, beyond, gone, back_on_another_booking, dead)] == [None] * 5


@scenario
def test_the_newest_plan_counts_and_the_prison_is_the_one_last_moved_to(w):
    p = due(w, 15)
    p.move(-100, "TRN", "NOTR", "OUT", p.prison, "TRN")
    elsewhere = w.agency("WRI")
    p.move(-100, "ADM", "INT", "IN", "TRN", elsewhere, time="15:00:00")
    a = yield
    (found,) = [r for r in a.table("fct_due_release") if r["releasing_prison"] == elsewhere]
    assert day(found["planned_date"]) == p.on(0) and found["days_to_go"] == 15


@scenario
def test_a_home_is_told_by_kind_and_source_and_what_is_not_known_says_why(w):
    proposed, homeless, old, nothing, by_prison = (due(w) for _ in range(5))
    apart = due(w, probation=False)
    proposed.address(-40, "A07B", status="PR")
    homeless.address(-35, "A08", status="PR1")
    old.address(-900, "A01A", updated=-900, created=-900)
    by_prison.prison_address(-35, "DPH")
    a = yield

    def home(p):
        row = a.due(p)
        return row["home_state"], row["home_source"], row["home_reason"], row["urgency"]

    assert home(proposed) == ("settled", "proposed", None, 4)
    assert home(homeless) == ("homeless", "proposed", None, 1)
    assert home(old) == ("unconfirmed", "main", "pre_custody_record", 2)
    assert home(nothing) == ("none", None, "no_record", 1)
    assert home(by_prison)[1] == "prison"
    assert home(apart) == ("unknown", None, "not_linked", 2)


@scenario
def test_a_proposal_from_before_custody_that_nobody_has_confirmed_comes_last(w):
    alone, rough_since, on_record, undated = (due(w, days) for days in range(40, 44))
    confirmed = due(w, 20)
    for p in (alone, rough_since, on_record):
        p.address(-3000, "A01C", status="PR", updated=-3000, created=-3000)
    rough_since.address(-60, "A08A")
    on_record.address(-900, "A08A", updated=-900, created=-900)
    confirmed.address(-3000, "A01C", status="PR", updated=-25, created=-3000)
    undated.address(None, "A01C", status="PR", updated=-3000, created=-3000)
    a = yield

    def home(row):
        return row["home_state"], row["home_source"], row["home_status"], row["home_reason"], row["urgency"]

    assert home(a.due(alone)) == home(a.due(undated)) == ("unconfirmed", "proposed", None, "pre_custody_record", 2)
    assert home(a.due(rough_since)) == ("homeless", "main", "Homeless", None, 1)
    assert home(a.due(on_record)) == ("unconfirmed", "main", None, "pre_custody_record", 2)
    assert home(a.due(confirmed)) == ("settled", "proposed", "Settled, independent", None, 4)


@scenario
def test_no_fixed_abode_stands_in_for_a_proposal_without_a_kind_and_a_cell_or_ward_is_no_proposal(w):
    awaiting, empty, housed, in_custody, unknown = (due(w, days) for days in range(45, 50))
    awaiting.address(-60, "A16", status="PR", nfa="Y")
    empty.address(-60, "", status="PR", nfa="Y")
    housed.address(-60, "A07B", status="PR", nfa="Y")
    in_custody.address(-60, "CS05", status="PR", nfa="Y")
    unknown.address(-60, "A16", status="PR")
    a = yield

    def home(row):
        return row["home_state"], row["home_status"], row["home_reason"]

    assert home(a.due(awaiting)) == home(a.due(empty)) == ("homeless", "Homeless", None)
    assert home(a.due(housed)) == ("settled", "Settled, with friends/family", None)
    assert home(a.due(in_custody)) == ("none", None, "no_record")
    assert home(a.due(unknown)) == ("unknown", "Unknown or unclear", "unknown_kind")


@scenario
def test_only_plans_of_a_release_into_the_community_are_due(w):
    deported, to_hospital, bailed, not_listed, not_said = (due(w, days) for days in range(50, 55))
    for p, reason in ((deported, "dd"), (to_hospital, "HO"), (bailed, "BL"), (not_listed, "ZZ9"), (not_said, "")):
        (plan,) = [r for r in w.rows["nomis", "OFFENDER_RELEASE_DETAILS"] if r["OFFENDER_BOOK_ID"] == p.booking["OFFENDER_BOOK_ID"]]
        plan["MOVEMENT_REASON_CODE"] = reason
    a = yield
    assert a.due(deported) is None and a.due(to_hospital) is None
    assert [a.due(p)["release_type"] for p in (bailed, not_listed, not_said)] == ["BL", "ZZ9", None]


@scenario
def test_papers_officer_and_handover_are_yes_no_or_unknown(w):
    full, bare, waiting = due(w, 31), due(w, 32), due(w, 33)
    full.checklist(-60, photo="Y", bank="N")
    full.manager("N07", -90, pdu="N07CROY", staff="N07A123")
    full.handover(-45, done=-50)
    waiting.manager("N56", -80, staff="N56UATU")
    waiting.handover(-40)
    a = yield
    row = a.due(full)
    assert (row["photo_id"], row["bank_account"], row["officer"], row["handover"]) == ("yes", "no", "yes", "done")
    assert day(row["officer_since"]) == full.on(-90) and (row["supervising_region"], row["pdu"]) == ("N07", "N07CROY")
    assert day(row["handover_done_on"]) == full.on(-50)
    row = a.due(waiting)
    assert (row["officer"], row["officer_reason"], row["officer_since"], row["handover"]) == ("no", "unallocated", None, "overdue")
    row = a.due(bare)
    assert (row["photo_id"], row["bank_account"], row["handover"]) == ("unknown", "unknown", "unknown")
    assert (row["officer"], row["officer_reason"], row["unknowns"]) == ("no", "no_allocation", 3)


@scenario
def test_a_handover_of_another_prisoners_number_is_not_taken(w):
    p, other = due(w, 34), due(w, 35)
    p.handover(-40, noms=other.noms)
    a = yield
    assert a.due(p)["handover"] == "unknown" and a.due(other)["handover"] == "unknown"


@scenario
def test_every_row_of_the_list_is_walked_back_to_the_records_it_rests_on(w):
    p = due(w, 36)
    p.address(-40, "A07B", status="PR")
    p.checklist(-60, photo="Y")
    p.manager("N07", -90, staff="N07A124")
    p.handover(-45, done=-50)
    a = yield
    booking = a.due(p)["booking_id"]
    files = sorted(e["file"] for e in a.table("fct_evidence") if e["subject_kind"] == "due_release" and e["subject_id"] == booking)
    assert [file.split(".")[0] for file in files] == [
        "HANDOVER", "OFFENDER_ADDRESS", "OFFENDER_EXTERNAL_MOVEMENTS", "OFFENDER_MANAGER", "OFFENDER_RELEASE_DETAILS", "RELEASE_CHECKLIST",
    ]  # fmt: skip


@scenario
def test_the_list_holds_no_identifier(w):
    p = due(w, 37)
    a = yield
    held = {str(value) for value in a.due(p).values()}
    assert not held & {p.noms, p.crn, p.booking["BOOKING_NO"], str(p.booking["OFFENDER_BOOK_ID"]), p.first, p.last}

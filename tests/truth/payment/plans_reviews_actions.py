"""R13 to R33: plans, reviews, actions (rules section 2)."""

from __future__ import annotations

import datetime as dt

from tests.truth.payment.claims import NOT_DUE, PASS, VALUE, Book, Claim, fail, not_testable
from tests.truth.payment.lives import ADDRESSES, CASES, CIRCUMSTANCES, MOVEMENTS
from tests.truth.payment.records import Fields, View
from tests.truth.payment.terms import (
    When,
    bank_holidays,
    before,
    complete_statuses,
    covers,
    day,
    days,
    is_day,
    need_domains,
    seed,
    within_hours,
    working_day_after,
    working_days_between,
)  # fmt: skip
from tests.truth.payment.text import LEAST_WORDS, near_identical

SCREENINGS, SCREENED = "oasys.BCS_SCREENING", "oasys.BCS_NEED"
ASSESSMENTS, ASSESSED = "oasys.ASSESSMENT", "oasys.ASSESSMENT_NEED"
MANAGERS, STAFF = "ndelius.OFFENDER_MANAGER", "ndelius.STAFF"
ACTIONS, HISTORY = "provider.PLAN_ACTION", "provider.PLAN_ACTION_HISTORY"
PLANS, REVIEWS = "provider.PLAN", "provider.PLAN_REVIEW"
SENT, MET, MESSAGES = "provider.REFERRAL", "provider.CONTACT", "provider.MESSAGE"
Result = tuple | None


def screenings(book: Book, c: Claim, view: View) -> list[Fields]:
    """The completed screenings of the booking, the first of them first."""
    number = book.people.book[c.booking]["booking_no"] if c.booking in book.people.book else None
    found = [s for s in view.find(SCREENINGS, "booking_no", number) if s["completed_ts"] is not None]
    return sorted(found, key=lambda s: (s["completed_ts"], s["screening_id"]))


def screening(book: Book, c: Claim, view: View) -> Fields | None:
    """`s`: the screening that the plan names if of the booking, else the last at or before the work."""
    e, ts = book.e(c, view), book.ts(c, view)
    if e is None:
        return None
    plan = e if c.evidence == "PLAN" else plan_of(book, c, view)
    found = screenings(book, c, view)
    if plan is not None:
        for one in found:
            if plan["screening_id"] is not None and one["screening_id"] == plan["screening_id"]:
                return one
    earlier = [s for s in found if ts is not None and not before(ts, s["completed_ts"])]
    return earlier[-1] if earlier else None


def r13(book: Book, c: Claim, view: View) -> Result:
    if c.evidence != "PLAN":
        return None
    if gap := book.gap(c, view, SCREENINGS, linked=True):
        return gap
    if c.booking is None:
        return VALUE
    if not book.is_due(c, view, SCREENINGS):
        return NOT_DUE
    return PASS if screenings(book, c, view) else fail()


def r14(book: Book, c: Claim, view: View) -> Result:
    if c.evidence != "PLAN" or not book.passes("R13", c, view):
        return None
    if gap := book.gap(c, view, SCREENINGS, linked=True, source=True):
        return gap
    ts = book.ts(c, view)
    if ts is None:
        return VALUE
    if not book.is_due(c, view, SCREENINGS, source=True):
        return NOT_DUE
    return fail() if before(ts, screenings(book, c, view)[0]["completed_ts"]) else PASS


def plan_due(book: Book, c: Claim, view: View) -> dt.date | None:
    s = screening(book, c, view)
    return due_after(s) if s else None


def due_after(s: Fields) -> dt.date | None:
    """The fifth working day after a screening; None where the calendar of bank holidays does not reach back so far."""
    return working_day_after(day(s["completed_ts"]), 5) if day(s["completed_ts"]) >= min(bank_holidays()) else None


def r15(book: Book, c: Claim, view: View) -> Result:
    if c.evidence != "PLAN" or not book.passes("R14", c, view):
        return None
    due = plan_due(book, c, view)
    if due is None:
        return VALUE
    if not book.is_due(c, view, SCREENINGS, source=True):
        return NOT_DUE
    return fail() if day(book.ts(c, view)) > due else PASS


def r16(book: Book, c: Claim, view: View) -> Result:
    if c.evidence != "PLAN" or not book.passes("R13", c, view):
        return None
    if gap := book.gap(c, view, SCREENINGS, linked=True, source=True):
        return gap
    s = screening(book, c, view)
    if s is None:
        return VALUE
    received: When | None = s["reception_ts"]
    tables: tuple[str, ...] = (SCREENINGS,)
    if received is None:
        if gap := book.gap(c, view, MOVEMENTS):
            return gap
        tables = (SCREENINGS, MOVEMENTS)
        received = next((m.at for m in book.people.movements(c.person, view) if m.is_admission and m.book == c.booking), None)
    if received is None:
        return VALUE
    if not book.is_due(c, view, *tables, source=True):
        return NOT_DUE
    if is_day(received) or is_day(s["completed_ts"]):
        return fail() if (day(s["completed_ts"]) - day(received)).days > 3 else PASS
    return PASS if within_hours(received, s["completed_ts"], 72) else fail()


def r17(book: Book, c: Claim, view: View) -> Result:
    if c.evidence != "PLAN" or not book.passes("R13", c, view):
        return None
    if not book.landing[PLANS].is_ever_filled("counted_in_sl", c.source):
        return not_testable("no_column")
    if gap := book.gap(c, view, SCREENINGS, MOVEMENTS, linked=True, source=True):
        return gap
    counted = book.e(c, view)["counted_in_sl"]
    if counted == "N":
        return PASS if book.is_due(c, view, SCREENINGS, MOVEMENTS, source=True) else NOT_DUE
    s, due = screening(book, c, view), plan_due(book, c, view)
    if counted is None or due is None:
        return VALUE
    if not book.is_due(c, view, SCREENINGS, MOVEMENTS, source=True):
        return NOT_DUE
    left = [day(m.at) for m in book.people.movements(c.person, view) if (m.leaves or m.is_transfer) and not before(m.at, s["completed_ts"])]
    return fail() if left and left[0] < due else PASS


# Reviews


def plan_of(book: Book, c: Claim, view: View) -> Fields | None:
    e = book.e(c, view)
    return view.one(PLANS, e["plan_ref"], c.source) if e is not None and c.evidence == "PLAN_REVIEW" else None


def reviews_before(book: Book, c: Claim, view: View) -> list[Fields]:
    """The plan's other reviews that came before, in order."""
    e = book.e(c, view)
    me = (e["review_ts"] or dt.datetime.max, e["review_ref"])
    found = [v for v in view.find(REVIEWS, "plan_ref", e["plan_ref"], c.source) if v["review_ts"] is not None]
    return sorted((v for v in found if (v["review_ts"], v["review_ref"]) < me), key=lambda v: (v["review_ts"], v["review_ref"]))


def _review_gap(book: Book, c: Claim, view: View, *tables: str) -> Result | str:
    """What keeps a rule on a review's plan from being tested; 'none' where the review has no plan; None where it can be tested."""
    if c.evidence != "PLAN_REVIEW":
        return "none"
    if gap := book.gap(c, view, PLANS, *tables, source=True):
        if gap != not_testable("no_source_row") and _is_without_plan(book, c, view):
            return "none"
        return gap
    return "none" if plan_of(book, c, view) is None else None


def _is_without_plan(book: Book, c: Claim, view: View) -> bool:
    return book.landing[PLANS].is_delivered(c.source) and book.e(c, view) is not None and plan_of(book, c, view) is None


def r18(book: Book, c: Claim, view: View) -> Result:
    if gap := _review_gap(book, c, view):
        return None if gap == "none" else gap
    made, ts = plan_of(book, c, view)["completed_ts"], book.ts(c, view)
    if made is None or ts is None:
        return VALUE
    if not book.is_due(c, view, PLANS, source=True):
        return NOT_DUE
    return fail() if day(made) == day(ts) else PASS


def r19(book: Book, c: Claim, view: View) -> Result:
    if gap := _review_gap(book, c, view):
        return None if gap == "none" else gap
    ts = book.ts(c, view)
    if ts is None:
        return VALUE
    if not book.is_due(c, view, PLANS, source=True):
        return NOT_DUE
    return fail() if any(day(v["review_ts"]) == day(ts) for v in reviews_before(book, c, view)) else PASS


def r20(book: Book, c: Claim, view: View) -> Result:
    gap = _review_gap(book, c, view, ACTIONS, HISTORY)
    if gap == "none":
        return None
    if gap == not_testable("no_source_row") or (gap and book.e(c, view) is None):
        return gap
    ts = book.ts(c, view)
    if ts is None:
        return VALUE
    earlier = [day(v["review_ts"]) for v in reviews_before(book, c, view) if day(v["review_ts"]) < day(ts)]
    if not earlier:
        return None
    if gap:
        return gap
    if not book.is_due(c, view, PLANS, ACTIONS, HISTORY, source=True):
        return NOT_DUE
    return fail() if working_days_between(earlier[-1], day(ts)) < 5 and nothing_changed(book, c, view) else PASS


def nothing_changed(book: Book, c: Claim, view: View) -> bool:
    """No change of any action of the plan by the review or, naming none, that day; and no action first recorded that day."""
    e = book.e(c, view)
    on = day(e["review_ts"])
    for action in view.find(ACTIONS, "plan_ref", e["plan_ref"], c.source):
        row = book.landing[ACTIONS].rows[c.source, action["action_ref"]]
        if row.first is not None and day(row.first) == on:
            return False
        for change in view.find(HISTORY, "action_ref", action["action_ref"], c.source):
            by_it = change["review_ref"] == e["review_ref"] if change["review_ref"] is not None else day(change["change_ts"]) == on
            if by_it and change["old_value"] != change["new_value"]:
                return False
    return True


def r21(book: Book, c: Claim, view: View) -> Result:
    if c.evidence != "PLAN_REVIEW":
        return None
    if gap := book.gap(c, view, PLANS, source=True):
        return gap
    plan, ts = plan_of(book, c, view), book.ts(c, view)
    if plan is not None and (plan["completed_ts"] is None or ts is None):
        return VALUE
    if not book.is_due(c, view, PLANS, source=True):
        return NOT_DUE
    return fail() if plan is None or before(ts, plan["completed_ts"]) else PASS


def r22(book: Book, c: Claim, view: View) -> Result:
    if gap := _review_gap(book, c, view):
        return None if gap == "none" else gap
    plan, e = plan_of(book, c, view), book.e(c, view)
    mine = book.texts.of_review(c.source, e, plan)
    if not mine:
        return VALUE
    of_plan = book.texts.of_plan(c.source, plan)
    others = [of_plan, *(book.texts.of_review(c.source, v, plan) for v in reviews_before(book, c, view))]
    if not of_plan and mine not in others:
        return VALUE
    if not book.is_due(c, view, PLANS, source=True):
        return NOT_DUE
    return fail() if mine in others else PASS


def r23(book: Book, c: Claim, view: View) -> Result:
    if c.evidence != "PLAN_REVIEW" or not book.passes("R22", c, view):
        return None
    plan, e = plan_of(book, c, view), book.e(c, view)
    mine = book.texts.of_review(c.source, e, plan)
    others = [book.texts.of_plan(c.source, plan), *(book.texts.of_review(c.source, v, plan) for v in reviews_before(book, c, view))]
    others = [o for o in others if len(o) >= LEAST_WORDS]
    if len(mine) < LEAST_WORDS or not others:
        return None
    if gap := book.gap(c, view, PLANS, ACTIONS, HISTORY, source=True):
        return gap
    if not book.is_due(c, view, PLANS, ACTIONS, HISTORY, source=True):
        return NOT_DUE
    return fail() if any(near_identical(mine, o) for o in others) and nothing_changed(book, c, view) else PASS


def r24(book: Book, c: Claim, view: View) -> Result:
    if c.evidence not in ("PLAN", "PLAN_REVIEW"):
        return None
    # The texts of both tables are compared; whether a text is long enough is told by its own, and of a review by its plan.
    gap, e = book.gap(c, view, PLANS, REVIEWS, source=True), book.e(c, view)
    if gap and (e is None or not book.landing[PLANS].is_delivered(c.source)):
        return gap
    mine = book.texts.of_plan(c.source, e) if c.evidence == "PLAN" else book.texts.of_review(c.source, e, plan_of(book, c, view))
    if len(mine) < LEAST_WORDS:
        return None
    if gap:
        return gap
    ts = book.ts(c, view)
    if e["author_ref"] is None or ts is None:
        return VALUE
    if not book.is_due(c, view, source=True):
        return NOT_DUE
    return fail() if book.texts.is_stock(c.source, e["author_ref"], mine, day(ts), view) else PASS


# Needs


def needs(book: Book, c: Claim, view: View) -> tuple[dict[str, frozenset[str]], bool, list[dt.datetime], bool]:
    """(flagged needs as written -> need domains, whether anything is known of needs, when needs of accommodation were recorded,
    whether accommodation is flagged)."""
    ts = book.ts(c, view)
    flagged: dict[str, frozenset[str]] = {}
    is_known, recorded, is_housing = False, [], False
    s = screening(book, c, view)
    if s is not None:
        for need in view.find(SCREENED, "screening_id", s["screening_id"]):
            is_known = True
            if need["need_flag"] == "Y":
                domains = need_domains("screening").get(need["domain"].lower(), frozenset())
                flagged[f"screening {need['domain'].lower()}"] = domains
                if "accommodation" in domains:
                    is_housing = True
                    recorded += [need["recorded_ts"]] if need["recorded_ts"] else []
    if (assessment := last_assessment(book, c, view)) is not None:
        for need in view.find(ASSESSED, "assessment_id", assessment["assessment_id"]):
            is_known = True
            if need["need_flag"] == "Y":
                domains = need_domains("assessment").get(need["domain"].lower(), frozenset())
                flagged[f"assessment {need['domain'].lower()}"] = domains
                if "accommodation" in domains:
                    is_housing = True
    if c.person is not None and ts is not None and (home := book.people.home(c.person, day(ts), view)) is not None and home[1]:
        flagged["no fixed abode"] = frozenset({"accommodation"})
        is_housing = True
    return flagged, is_known, recorded, is_housing


def last_assessment(book: Book, c: Claim, view: View) -> Fields | None:
    """The last assessment completed in the booking by the time of the work."""
    ts = book.ts(c, view)
    booking = book.people.book.get(c.booking or "")
    if ts is None or booking is None or booking["booking_begin_date"] is None:
        return None
    found = [
        a
        for row in book.assessments.get(c.person, ())
        if (a := view.of(row)) is not None and a["completed_ts"] is not None
        and not before(ts, a["completed_ts"]) and not before(a["completed_ts"], booking["booking_begin_date"])
    ]  # fmt: skip
    return max(found, key=lambda a: (a["completed_ts"], a["assessment_id"]), default=None)


def _needs_are_delivered(book: Book) -> bool:
    return all(book.landing[t].is_delivered() for t in (SCREENINGS, SCREENED, ASSESSMENTS, ASSESSED))


def _needs_tables(book: Book) -> tuple[str, ...]:
    every = (SCREENINGS, SCREENED, ASSESSMENTS, ASSESSED, CASES, ADDRESSES, CIRCUMSTANCES)
    return tuple(t for t in every if t not in (CASES,) and book.landing[t].is_delivered())


def actions(book: Book, c: Claim, view: View) -> list[Fields]:
    e = book.e(c, view)
    return view.find(ACTIONS, "plan_ref", e["plan_ref"], c.source)


def r25(book: Book, c: Claim, view: View) -> Result:
    if c.evidence != "PLAN":
        return None
    if gap := book.gap(c, view, ACTIONS, linked=True, source=True):
        return gap if _needs_are_delivered(book) else not_testable("table_missing")
    flagged, is_known, _, _ = needs(book, c, view)
    done = actions(book, c, view)
    if not _needs_are_delivered(book) and (done or not flagged):
        return not_testable("table_missing")
    if done:
        return PASS if book.is_due(c, view, ACTIONS, source=True) else NOT_DUE
    if not flagged and not is_known:
        return VALUE
    # A flag that is there is a fact; only that there is none needs complete tables.
    if flagged:
        return fail() if book.is_due(c, view, ACTIONS, source=True) else NOT_DUE
    return PASS if book.is_due(c, view, ACTIONS, *_needs_tables(book), source=True) else NOT_DUE


def r26(book: Book, c: Claim, view: View) -> Result:
    if c.evidence != "PLAN":
        return None
    gap = book.gap(c, view, ACTIONS, linked=True, source=True)
    done = actions(book, c, view) if book.e(c, view) is not None else []
    if not done and book.e(c, view) is not None and gap in (None, not_testable("not_linked")):
        return None
    if gap:
        return gap if _needs_are_delivered(book) else not_testable("table_missing")
    if book.ts(c, view) is None:
        return VALUE if _needs_are_delivered(book) else not_testable("table_missing")
    flagged, is_known, _, _ = needs(book, c, view)
    if not flagged and not is_known:
        return VALUE if _needs_are_delivered(book) else not_testable("table_missing")
    served = [need_domains("plan_action").get((a["domain"] or "").lower(), frozenset()) for a in done]
    met = frozenset().union(*served)
    known = {d for domains in flagged.values() for d in domains}
    is_unclear_action = any(not s for s in served)
    is_bare = bool(known - met)
    if not is_bare and not _needs_are_delivered(book):
        return not_testable("table_missing")
    if is_bare and not is_unclear_action:
        return fail() if book.is_due(c, view, ACTIONS, source=True) else NOT_DUE
    if not is_known:
        return VALUE  # of the other needs nothing is known
    if is_bare or any(not domains for domains in flagged.values()):
        return VALUE
    return PASS if book.is_due(c, view, ACTIONS, *_needs_tables(book), source=True) else NOT_DUE


# Actions and their referrals


def _referral_gap(book: Book, c: Claim, view: View, *tables: str) -> Result | str:
    """'none' where the claim is for no completed referral."""
    if c.evidence != "PLAN_ACTION":
        return "none"
    if book.landing["provider.PLAN_ACTION"].is_delivered(c.source) and (e := book.e(c, view)) is not None:
        if (e["action_type"] or "") != "referral" or complete_statuses().get((e["status"] or "").lower()) is False:
            return "none"
    if gap := book.gap(c, view, *tables, source=True):
        return gap
    return None


def _is_unclear(book: Book, c: Claim, view: View) -> bool:
    return complete_statuses().get((book.e(c, view)["status"] or "").lower()) is None


def sent(book: Book, c: Claim, view: View) -> list[Fields]:
    return [f for f in view.find(SENT, "action_ref", book.e(c, view)["action_ref"], c.source)]


def r27(book: Book, c: Claim, view: View) -> Result:
    gap = _referral_gap(book, c, view, SENT, MET)
    if gap == "none":
        return None
    is_there = book.landing[SENT].is_delivered(c.source) and book.landing["provider.PLAN_ACTION"].is_delivered(c.source)
    if is_there and book.e(c, view) is not None and not sent(book, c, view):
        return None
    if gap:
        return gap
    e, referrals = book.e(c, view), sent(book, c, view)
    first = min((f["sent_ts"] for f in referrals if f["sent_ts"]), default=None)
    if e["status_ts"] is None or first is None or _is_unclear(book, c, view):
        return VALUE
    if not book.is_due(c, view, SENT, MET, source=True):
        return NOT_DUE
    by = e["status_ts"]
    met = [
        k
        for k in view.find(MET, "action_ref", e["action_ref"], c.source)
        if k["attended"] == "Y" and k["contact_ts"] and not before(by, k["contact_ts"])
    ]
    answered = [f for f in referrals if f["response_ts"] is not None and not before(by, f["response_ts"])]
    return fail() if _within_a_day(first, by) and not met and not answered else PASS


def _within_a_day(first: dt.datetime, by: dt.datetime) -> bool:
    return by <= first or within_hours(first, by, 24)


def r28(book: Book, c: Claim, view: View) -> Result:
    gap = _referral_gap(book, c, view, SENT, MOVEMENTS)
    if gap == "none":
        return None
    is_there = book.landing[SENT].is_delivered(c.source) and book.landing["provider.PLAN_ACTION"].is_delivered(c.source)
    if is_there and book.e(c, view) is not None and not sent(book, c, view):
        return None
    if gap:
        return gap
    referrals = sent(book, c, view)
    first = min((f["sent_ts"] for f in referrals if f["sent_ts"]), default=None)
    if first is None or _is_unclear(book, c, view):
        return VALUE
    deadline, release = day(first) + days(28), book.r(c, view)
    if release is not None and day(first) <= release.date < deadline:
        deadline = release.date
    if not book.is_due(c, view, SENT, MOVEMENTS, on=deadline, source=True) or not _reaches(book, c, view, deadline, SENT):
        return NOT_DUE
    return PASS if any(f["response_ts"] is not None and day(f["response_ts"]) <= deadline for f in referrals) else fail()


def _reaches(book: Book, c: Claim, view: View, on: dt.date, *tables: str) -> bool:
    """Whether the sender's tables are complete to a day that a rule names itself."""
    now = [book.landing[t].watermark(c.source) for t in tables]
    return all(w is not None and w >= on for w in now) and (view.moment is None or on <= view.moment.date())


def r29(book: Book, c: Claim, view: View) -> Result:
    gap = _referral_gap(book, c, view, SENT)
    if gap == "none":
        return None
    if gap:
        return gap
    if _is_unclear(book, c, view):
        return VALUE
    if not book.is_due(c, view, SENT, source=True):
        return NOT_DUE
    return PASS if sent(book, c, view) else fail()


def r30(book: Book, c: Claim, view: View) -> Result:
    if gap := _review_gap(book, c, view):
        if gap != "none" and not book.landing[MET].is_delivered(c.source):
            return not_testable("table_missing")
        return None if gap == "none" else gap
    e, plan, ts = book.e(c, view), plan_of(book, c, view), book.ts(c, view)
    if not book.landing[MET].is_delivered(c.source):
        return fail() if e["person_contacted"] == "N" else not_testable("table_missing")
    if ts is None or plan["person_ref"] is None:
        return VALUE
    if not book.is_due(c, view, PLANS, MET, source=True):
        return NOT_DUE
    met = any(
        k["attended"] == "Y" and k["contact_with"] == "person" and k["contact_ts"] and abs((day(k["contact_ts"]) - day(ts)).days) <= 2
        for k in view.find(MET, "person_ref", plan["person_ref"], c.source)
    )
    return PASS if met else fail()


def r31(book: Book, c: Claim, view: View) -> Result:
    if c.evidence != "PLAN":
        return None
    if book.landing[PLANS].is_delivered(c.source) and not book.landing[PLANS].is_ever_filled("issued_date", c.source):
        return not_testable("no_column")
    if gap := book.gap(c, view, MOVEMENTS, linked=True, source=True):
        return gap
    release = book.r(c, view)
    if release is None:
        return NOT_DUE
    if not book.is_due(c, view, MOVEMENTS, on=release.date, source=True):
        return NOT_DUE
    issued = book.e(c, view)["issued_date"]
    return fail() if issued is None or issued > release.date else PASS


def r32(book: Book, c: Claim, view: View) -> Result:
    if c.evidence != "MESSAGE":
        return None
    if c.person is None:
        return book.gap(c, view, MESSAGES, MANAGERS, STAFF, MOVEMENTS, linked=True)
    release = book.r(c, view)
    has_messages = book.landing[MESSAGES].is_delivered(c.source)
    has_officers = book.gap(c, view, MANAGERS, STAFF) is None
    if release is not None:
        if has_messages and book.is_due(c, view, MESSAGES, MOVEMENTS, on=release.date) and not _handed_over(book, c, view, release.date):
            return fail()
        if has_officers and book.is_due(c, view, MANAGERS, MOVEMENTS, on=release.date) and not _has_officer(book, c, view, release.date):
            return fail()
    if gap := book.gap(c, view, MESSAGES, MANAGERS, STAFF, MOVEMENTS, linked=True):
        return gap
    if release is None:
        return NOT_DUE
    return PASS if book.is_due(c, view, MESSAGES, MANAGERS, MOVEMENTS, on=release.date) else NOT_DUE


def _handed_over(book: Book, c: Claim, view: View, on: dt.date) -> bool:
    return any(
        m["kind"] == "handover" and m["sent_ts"] is not None and on - days(84) <= day(m["sent_ts"]) <= on
        for m in view.find(MESSAGES, "person_ref", c["person_ref"], c.source)
    )


def _has_officer(book: Book, c: Claim, view: View, on: dt.date) -> bool:
    endings = tuple(row["code_ending"] for row in seed("officer_code") if row["is_officer"] == "false")
    for case in book.people.cases.get(c.person, ()):
        for manager in view.find(MANAGERS, "offender_id", case["offender_id"]):
            if manager["allocation_date"] is None or not covers(manager, on, "allocation_date", "end_date"):
                continue
            staff = book.landing[STAFF].find("staff_id", manager["allocation_staff_id"])
            if staff and staff[0]["officer_code"] and not staff[0]["officer_code"].upper().endswith(endings):
                return True
    return False


def r33(book: Book, c: Claim, view: View) -> Result:
    if c.evidence != "PLAN_REVIEW":
        return None
    if gap := book.gap(c, view, ACTIONS, HISTORY, MOVEMENTS, linked=True, source=True):
        return gap if _needs_are_delivered(book) else not_testable("table_missing")
    release = book.r(c, view)
    e = book.e(c, view)
    of_plan = view.find(ACTIONS, "plan_ref", e["plan_ref"], c.source)
    homes = [a for a in of_plan if "accommodation" in need_domains("plan_action").get((a["domain"] or "").lower(), frozenset())]
    flagged, _, recorded, is_housing = needs(book, c, view)
    if release is None:
        return NOT_DUE if homes or is_housing or _needs_are_delivered(book) else not_testable("table_missing")
    is_due = book.is_due(c, view, ACTIONS, HISTORY, MOVEMENTS, *_needs_tables(book), on=release.date, source=True)
    if not homes and not is_housing:
        # In a complete table an absent row is a fact; a word that no list knows is none.
        is_unclear = any(not domains for domains in flagged.values()) or any(
            not need_domains("plan_action").get((a["domain"] or "").lower()) for a in of_plan
        )
        if is_unclear:
            return VALUE
        if not _needs_are_delivered(book):
            return not_testable("table_missing")
        return PASS if is_due else NOT_DUE
    statuses = [complete_statuses().get((a["status"] or "").lower()) for a in homes]
    done = any(s and a["status_ts"] is not None and day(a["status_ts"]) <= release.date for s, a in zip(statuses, homes, strict=True))
    stamps: list[When] = list(recorded)
    for a in homes:
        stamps += [at for at in (a["recorded_ts"], a["status_ts"]) if at is not None]
        stamps += [h["change_ts"] for h in view.find(HISTORY, "action_ref", a["action_ref"], c.source)]
    is_fresh = any(day(at) >= release.date - days(28) for at in stamps)
    if not done and not is_fresh and (None in statuses or not stamps):
        return VALUE
    if not is_due:
        return NOT_DUE
    return PASS if done or is_fresh else fail()


RULES = {f"R{n:02d}": rule for n, rule in enumerate(
    (r13, r14, r15, r16, r17, r18, r19, r20, r21, r22, r23, r24, r25, r26, r27, r28, r29, r30, r31, r32, r33), start=13)}  # fmt: skip

"""Every rule of every claim, now and then, and what it puts at risk (rules section 1)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from tests.truth.payment import commissioned_results_outcomes, duplicates_controls, person_place_time, plans_reviews_actions, prices
from tests.truth.payment.claims import APPOINTMENTS, Book, Claim, Release
from tests.truth.payment.lives import MOVEMENTS, People
from tests.truth.payment.reconciliation import account
from tests.truth.payment.records import Landing, Row, View
from tests.truth.payment.terms import seed
from tests.truth.payment.text import Texts

RULES = {
    **person_place_time.RULES, **plans_reviews_actions.RULES, **duplicates_controls.RULES, **prices.RULES, **commissioned_results_outcomes.RULES,
}  # fmt: skip
ORDER = sorted(RULES)
# Told from agreements, the claim itself and who is who alone: the same now and then.
TIMELESS = {"R01", "R02", "R06", "R38", "R39", "R41", "R42", "R43", "R44", "R45"}
TABLES = (
    *(f"nomis.{t}" for t in ("OFFENDERS", "OFFENDER_IDENTIFIERS", "OFFENDER_BOOKINGS", "OFFENDER_EXTERNAL_MOVEMENTS", "OFFENDER_RELEASE_DETAILS",
                             "OFFENDER_RELEASE_DETAILS_HTY", "OFFENDER_SENTENCES", "AGENCY_LOCATIONS", "ADDRESSES", "ADDRESS_USAGES", "RELEASE_CHECKLIST")),
    *(f"ndelius.{t}" for t in ("OFFENDER", "EVENT", "DISPOSAL", "CUSTODY", "RELEASE", "RECALL", "KEY_DATE", "OFFENDER_ADDRESS", "PERSONAL_CIRCUMSTANCE",
                               "OFFENDER_MANAGER", "STAFF", "PROBATION_AREA")),
    *(f"oasys.{t}" for t in ("BCS_SCREENING", "BCS_NEED", "ASSESSMENT", "ASSESSMENT_NEED")),
    *(f"refer_and_monitor.crs_performance_report-v2-{t}" for t in ("referrals", "appointments", "complexity", "outcomes")),
    "decisions.AUDIT_NOTICE",
    *(f"other.{t}" for t in ("TREATMENT", "BARRED_ADDRESS")),
    *(f"provider.{t}" for t in ("PERSON", "PLAN", "PLAN_ACTION", "PLAN_ACTION_HISTORY", "PLAN_REVIEW", "REFERRAL", "CONTACT", "SERVICE", "MESSAGE",
                                "ROSTER", "EVIDENCE", "CLAIM")),
    *(f"contracts.{t}" for t in ("CONTRACT", "CONTRACT_PRISON", "SUBCONTRACTOR", "TASK", "RATE_CARD", "PERIOD", "SERVICE_LEVEL", "SERVICE_LEVEL_REPORT",
                                 "ELIGIBILITY", "VOLUME_BASELINE", "INVOICE", "PAYMENT", "CREDIT_LINE", "PBR_COHORT", "PBR_RESULT", "LATE_APPROVAL")),
)  # fmt: skip
SEVERITIES = ("S1", "S2", "S3", "S4")
PENNY = Decimal("0.01")


def audit(
    landing: Path,
    as_of: dt.date,
    who: Iterable[tuple],
    releases: Iterable[dict],
    statuses: Iterable[tuple],
    recalls: Iterable[tuple],
    refused: Iterable[tuple[str, str]] = (),
) -> dict[str, list[dict]]:
    """The audit of the deliveries in `landing` that are complete to a day on or before `as_of`.

    who: (source, key of a record, person), of prison by the root offender, of probation by the case, of providers by person_ref, and
    ('crn', crn, person). releases: release_id, person_id, release_date, book_id, movement_seq, contract_id, is_on_licence. statuses:
    (release_id, domain, day, state, official_class), and of `finance` day 7 (achieved, not_achieved). recalls: (release_id, days_to_recall).
    refused: (delivery, file) that the door did not let in.
    Returns claim_test, contract_test, claim, reconciliation; pounds are Decimal.
    """
    book = open_book(landing, as_of, who, releases, statuses, recalls, refused)
    tests, claims = [], []
    for c in book.claims:
        mine = _tested(book, c) if c.waterfall == "tested" else []
        tests += mine
        claims.append(_told(c, mine))
    of_levels = prices.judge_levels(book)
    of_contracts = [
        *of_levels, *duplicates_controls.judge_authors(book), *duplicates_controls.judge_periods(book), *commissioned_results_outcomes.judge_cohorts(book),
        *commissioned_results_outcomes.judge_results(book), *commissioned_results_outcomes.judge_addresses(book),
    ]  # fmt: skip
    return {
        "claim_test": tests,
        "contract_test": [_contract_row(row) for row in of_contracts],
        "claim": claims,
        "reconciliation": account(book, as_of, of_levels),
    }


def open_book(
    landing: Path,
    as_of: dt.date,
    who: Iterable[tuple],
    releases: Iterable[dict],
    statuses: Iterable[tuple],
    recalls: Iterable[tuple],
    refused: Iterable[tuple[str, str]] = (),
) -> Book:
    """The deliveries as all rules read them."""
    delivered = Landing(landing, as_of, TABLES, refused)
    people = People(delivered, {(source, key.upper()): person for source, key, person in who})
    rows = delivered[MOVEMENTS].rows
    known = [_release(r, rows.get(("nomis", f"{r['book_id']}|{r['movement_seq']}"))) for r in releases]
    book = Book(delivered, people, known, {(r, d, n): (state, named) for r, d, n, state, named in statuses}, dict(recalls))
    _index(book)
    return book


def _release(given: dict, row: Row | None) -> Release:
    at = given["release_date"]
    if row is not None and row.live is not None and row.live["movement_time"] is not None:
        at = row.live["movement_time"]
    contract = given["contract_id"].upper() if given["contract_id"] else None
    return Release(
        given["release_id"], given["person_id"], given["release_date"], at, given["book_id"], row, contract, given["is_on_licence"]
    )


def _index(book: Book) -> None:
    """What several rules look for, found once."""
    book.rules = RULES
    book.texts = Texts(book.landing)
    book.levels = prices.Levels(book)
    for c in book.tested:
        if (key := duplicates_controls.same_key(c)) is not None:
            book.same[key].append(c)
            book.same_task[duplicates_controls.task_key(c)].append(c)
        if c.evidence == "PLAN" and c.person and c.booking:
            book.plans_of_booking[c.person, c.booking].append(c)
        if c.task is not None and c.person:
            book.entitled[duplicates_controls.entitlement_key(c)].append(c)
        if c["task_ref"] is not None:
            book.same_work[duplicates_controls.work_key(c)].append(c)
        if c["contract_id"] and c["period"]:
            book.by_period[c["contract_id"], c["period"].upper()].append(c)
    for c in book.claims:
        if c["invoice_ref"] and c.waterfall != "reversal":
            book.by_invoice[c["invoice_ref"]].append(c)
    for table, kept, numbers in (
        ("oasys.ASSESSMENT", book.assessments, lambda f: (f["noms_no"], f["crn"])),
        ("other.TREATMENT", book.treatments, lambda f: (f["noms_no"], f["crn"], f["pnc"])),
        (f"{APPOINTMENTS.rsplit('-', 1)[0]}-referrals", book.referrals_of, lambda f: (None, f["service_user_crn"])),
    ):
        for row in book.landing[table].rows.values():
            person = book.people.by_numbers(*numbers(row.versions[-1][1]))
            if person:
                kept[person].append(row)


def _tested(book: Book, c: Claim) -> list[dict]:
    then = [View(book.landing, c["submitted_ts"], with_doubtful) for with_doubtful in (True, False)] if c["submitted_ts"] else None
    # What was worked out for one claim is not needed for the next; volumes are.
    book.now._kept = {k: v for k, v in book.now._kept.items() if k[0] == "volume"}
    rows = []
    for rule in ORDER:
        now = book.result(rule, c, book.now)
        known = _known_then(book, rule, c, now, then)
        if now is None and known is None:
            continue
        rows.append(_row(book, c, rule, now, known))
    return rows


def _known_then(book: Book, rule: str, c: Claim, now: tuple | None, then: list[View] | None) -> tuple | None:
    if then is None:
        return ("not_testable", "value_missing") if now is not None else None
    if rule in TIMELESS:
        return now
    seen, unseen = then
    seen.is_doubtful = False
    result = book.result(rule, c, seen)
    if not seen.is_doubtful:
        return result
    other = book.result(rule, c, unseen)
    return result if _name(result) == _name(other) else ("not_testable", "no_version")


def _name(result: tuple | None) -> str | None:
    return result[0] if result else None


def _row(book: Book, c: Claim, rule: str, now: tuple | None, then: tuple | None) -> dict:
    severity, amount = _at_risk(book, c, rule, now)
    return {
        "source": c.source, "claim_id": c.id, "rule_id": rule, "result": _name(now),
        "reason": now[1] if now and now[0] == "not_testable" else None,
        "known_then": _name(then), "then_reason": then[1] if then and then[0] == "not_testable" else None, "severity": severity, "amount_at_risk": amount,
    }  # fmt: skip


def _at_risk(book: Book, c: Claim, rule: str, now: tuple | None) -> tuple[str | None, Decimal]:
    """(severity, pounds): class E moves money, Q only where the task is paid for it, O never."""
    row = registry()[rule]
    severity = row["severity"]
    if rule == "R15" and c.task is not None and c.task["timeliness_pays"] != "Y":
        severity = "S3"
    moves = row["class"] == "E"
    if row["class"] == "Q":
        moves = rule in re.findall(r"R\d+", (c.task.get("paid_for_rules") or "").upper() if c.task else "")
        if not moves:
            severity = max(severity, "S3")
        elif rule == "R47" and _name(now) == "fail" and duplicates_controls.is_after_closing(book, c):
            severity = "S2"
    if _name(now) != "fail" or not moves or severity == "S4":
        return severity, Decimal(0)
    part = c.net if now[1] is None else now[1]
    return severity, max(Decimal(0), min(part, c.net)).quantize(PENNY)


def registry() -> dict[str, dict[str, str]]:
    return {row["rule_id"]: row for row in seed("rule")}


def _told(c: Claim, rows: list[dict]) -> dict:
    """The claim's money: each pound once, at the gravest severity that reaches it."""
    fails = [r for r in rows if r["result"] == "fail"]
    most = {s: max((r["amount_at_risk"] for r in fails if r["severity"] == s), default=Decimal(0)) for s in SEVERITIES}
    s1 = most["S1"]
    s2 = max(Decimal(0), most["S2"] - s1)
    s3 = max(Decimal(0), most["S3"] - s1 - s2)
    if c.waterfall != "tested":
        s1 = s2 = s3 = None
    primary = min(fails, key=lambda r: (r["severity"], r["rule_id"]), default=None)
    cured = [r["rule_id"] for r in rows if r["result"] == "pass" and r["known_then"] == "fail"]
    applied = [r for r in rows if r["result"] is not None]
    return {
        "source": c.source, "claim_id": c.id, "net": c.net, "waterfall": c.waterfall, "paid_amount": c.paid, "s1_amount": s1, "s2_amount": s2, "s3_amount": s3,
        "primary_rule": primary["rule_id"] if primary else None, "cured_rules": ";".join(cured) or None, "rules_applied": len(applied),
        "rules_passed": sum(r["result"] == "pass" for r in applied),
    }  # fmt: skip


def _contract_row(row: dict) -> dict:
    result = row["result"]
    rule = registry()[row["rule_id"]]
    amount = result[1] if result[0] == "fail" and result[1] is not None and rule["class"] == "E" else Decimal(0)
    severity = rule["severity"] or None
    return row | {
        "result": result[0],
        "reason": result[1] if result[0] == "not_testable" else None,
        "severity": severity,
        "amount_at_risk": amount.quantize(PENNY),
    }

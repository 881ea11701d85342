"""R56 to R72: commissioned services, mentoring, results, outcomes (rules section 2)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal

from tests.truth.payment.claims import (
    APPOINTMENTS,
    COMPLEXITY,
    NOT_DUE,
    OUTCOMES,
    PASS,
    PAYMENT,
    VALUE,
    Book,
    Claim,
    fail,
    not_testable,
)  # fmt: skip
from tests.truth.payment.lives import ADDRESSES, CIRCUMSTANCES, MOVEMENTS
from tests.truth.payment.outcomes_then import status
from tests.truth.payment.plans_reviews_actions import MET
from tests.truth.payment.prices import CARDS
from tests.truth.payment.records import Fields, View
from tests.truth.payment.terms import LAG, before, complete_statuses, covers, day, days, need_domains, price, seed

SERVICES = "provider.SERVICE"
TREATMENT, BARRED = "other.TREATMENT", "other.BARRED_ADDRESS"
COHORTS, COHORT_RESULTS = "contracts.PBR_COHORT", "contracts.PBR_RESULT"
MANAGERS, AREAS = "ndelius.OFFENDER_MANAGER", "ndelius.PROBATION_AREA"
RANKS = {"low": 1, "medium": 2, "high": 3}
# The event tables that recall is told from; each is complete 14 days after a day.
RECALL_TABLES = tuple(
    "{}.{}".format(row["source"], row["table_name"].split("__")[1].upper()) for row in seed("domain_source") if row["domain"] == "recall"
)  # fmt: skip
Result = tuple | None


def r56(book: Book, c: Claim, view: View) -> Result:
    if not c.is_crs_fee:
        return None
    if gap := book.gap(c, view, APPOINTMENTS, source=True):
        return gap
    e = book.e(c, view)
    assessed = [at for at in book.sessions(e["referral_id"], view, "saa") if at]
    met = [at for at in book.sessions(e["referral_id"], view, "delivery") if at]
    planned, approved, reported = (
        e["date_first_action_plan_submitted"], e["date_of_first_action_plan_approval"], e["date_end_of_service_report_submitted"],
    )  # fmt: skip
    legs = []
    if planned and assessed:
        legs.append(day(planned) < day(min(assessed)))
    if met and approved:
        legs.append(day(min(met)) < day(approved))
    if reported and met:
        legs.append(day(reported) < day(max(met)))
    if not legs:
        return VALUE
    if not book.is_due(c, view, APPOINTMENTS, source=True):
        return NOT_DUE
    return fail() if any(legs) else PASS


def r57(book: Book, c: Claim, view: View) -> Result:
    if not c.is_crs_fee:
        return None
    e = book.e(c, view)
    if e is not None and e["date_end_of_service_report_submitted"] is None:
        return None
    if gap := book.gap(c, view, APPOINTMENTS, source=True):
        return gap
    counted, held = e["count_of_sessions_attended"], len(book.sessions(e["referral_id"], view, "delivery"))
    if not book.is_due(c, view, APPOINTMENTS, source=True):
        return NOT_DUE
    return fail() if max(counted or 0, held) == 0 else PASS


def r58(book: Book, c: Claim, view: View) -> Result:
    if not c.is_crs_fee or c.domain != "accommodation":
        return None
    tables = (OUTCOMES, ADDRESSES, CIRCUMSTANCES)
    if gap := book.gap(c, view, OUTCOMES):
        return gap
    if book.e(c, view) is None:
        return book.gap(c, view, *tables, linked=True, source=True)
    means_home = {row["description"].lower(): row["means_home"] == "true" for row in seed("crs_outcome")}
    achieved = [
        means_home.get((o["desired_outcome"] or "").strip().lower())
        for o in view.find(OUTCOMES, "referral_id", c["task_ref"])
        if o["achievement_level"] == "ACHIEVED"
    ]
    if not achieved or (True not in achieved and None not in achieved):
        return None
    if gap := book.gap(c, view, *tables, linked=True, source=True):
        return gap
    e = book.e(c, view)
    on = e["date_end_of_service_report_submitted"] or e["date_intervention_ended"]
    if True not in achieved or on is None:
        return VALUE
    homes = [book.people.home(c.person, day(on) + days(n), view) for n in (0, 7)]
    named = [None if h is None or h[0] in ("unknown", "out_of_scope") else h[0].startswith("homeless") for h in homes]
    if False not in named and None in named:
        return VALUE
    if not book.is_due(c, view, *tables, on=day(on) + days(7), source=True):
        return NOT_DUE
    return PASS if False in named else fail()


def r59(book: Book, c: Claim, view: View) -> Result:
    if not c.is_crs_fee:
        return None
    if gap := book.gap(c, view, source=True):
        return gap
    e = book.e(c, view)
    reason = (e["intervention_end_reason"] or "").lower()
    if e["date_intervention_ended"] is not None and not reason:
        return VALUE
    if not book.is_due(c, view, source=True):
        return NOT_DUE
    return fail() if reason == "cancelled" else PASS


def r60(book: Book, c: Claim, view: View) -> Result:
    if c.contract is None or not c.is_crs or c.task is None or c["billed_level"] is None:
        return None
    if gap := book.gap(c, view, COMPLEXITY):
        return gap
    billed = RANKS.get(c["billed_level"].strip().lower().split()[0])
    agreed = agreed_rank(book, c, view)
    if billed is None or agreed is None:
        return VALUE
    if not book.is_due(c, view, COMPLEXITY):
        return NOT_DUE
    return fail(_level_part(book, c, billed, agreed)) if billed > agreed else PASS


def agreed_rank(book: Book, c: Claim, view: View) -> int | None:
    """The highest level of the referral's categories, in the version of the day of the task, else today's."""
    end = dt.datetime.combine(c["task_date"], dt.time.max)
    ranks = []
    for row in book.landing[COMPLEXITY].by("referral_id").get(c["task_ref"], ()):
        now = view.of(row)
        if now is None:
            continue
        versions = [f for recorded, f, _ in row.versions if (f.get("set_at") or recorded) <= end]
        title = ((versions[-1] if versions else now)["complexity_level_title"] or "").lower().split()
        ranks.append(RANKS.get(title[0]) if title else None)
    return None if not ranks or None in ranks else max(ranks)


def _level_part(book: Book, c: Claim, billed: int, agreed: int) -> Decimal:
    """Quantity times the difference of the rates where the card has levels; else nothing is lost."""
    if not book.landing[CARDS].is_ever_filled("level") or c["qty"] is None:
        return Decimal(0)
    rates: dict[int, Decimal] = {}
    for row in book.landing[CARDS].find("contract_id", c["contract_id"]):
        if (row["task_code"] or "").upper() == c["task_code"].upper() and row["level"] and covers(row, c["task_date"]):
            rates[RANKS.get(row["level"].lower().split()[0], 0)] = row["rate"]
    if billed not in rates or agreed not in rates:
        return Decimal(0)
    return max(Decimal(0), price(c["qty"], rates[billed] - rates[agreed]))


def r61(book: Book, c: Claim, view: View) -> Result:
    if not c.is_crs_fee:
        return None
    if gap := book.gap(c, view, APPOINTMENTS, linked=True, source=True):
        return gap
    e = book.e(c, view)
    if e["date_referral_received"] is None:
        return VALUE
    if not book.is_due(c, view, APPOINTMENTS, source=True):
        return NOT_DUE
    if _never_counts(book, e, view):
        return PASS
    received, domain = day(e["date_referral_received"]), _service(e)
    ended = e["date_intervention_ended"]
    for row in book.referrals_of.get(c.person, ()):
        other = view.of(row)
        if (
            other is None
            or other["referral_id"] == e["referral_id"]
            or other["date_referral_received"] is None
            or _service(other) != domain
        ):
            continue
        one, two = other["date_referral_received"], e["date_referral_received"]
        is_earlier = before(one, two) or (not before(two, one) and other["referral_id"] < e["referral_id"])
        starts, stops = day(other["date_referral_received"]), other["date_intervention_ended"]
        overlaps = (stops is None or day(stops) >= received) and (ended is None or starts <= day(ended))
        if is_earlier and overlaps and not _never_counts(book, other, view):
            return fail()
    return PASS


def _service(referral: Fields) -> str | None:
    kind = (referral["crs_contract_type"] or "").upper()
    named = {row["crs_contract_type"]: row["domain"] for row in seed("crs_contract_domain")}
    return named.get(kind, kind.lower() or None)


def _never_counts(book: Book, referral: Fields, view: View) -> bool:
    """Cancelled without a session."""
    if (referral["intervention_end_reason"] or "").lower() != "cancelled":
        return False
    return not (referral["count_of_sessions_attended"] or 0) and not book.sessions(referral["referral_id"], view, "delivery")


def r62(book: Book, c: Claim, view: View) -> Result:
    if c.domain != "mentoring":
        return None
    if c.person is None:
        return book.gap(c, view, MET, SERVICES, MOVEMENTS, linked=True)
    release = book.r(c, view)
    has_met, has_services = (book.landing[t].is_delivered(c.source) for t in (MET, SERVICES))
    end = release.date + days(14) if release else None
    is_due = end is not None and book.is_due(
        c, view, *((MET,) if has_met else ()), *((SERVICES,) if has_services else ()), MOVEMENTS, on=end
    )
    if end is not None and is_due and has_met:
        meetings = [
            k
            for k in view.find(MET, "person_ref", c["person_ref"], c.source)
            if (k["domain"] or "").lower() == "mentoring" and k["contact_ts"]
        ]
        was_met = any(
            k["attended"] == "Y" and k["contact_with"] in ("person", "mentor") and release.date - days(84) <= day(k["contact_ts"]) <= end
            for k in meetings
        )
        if not was_met:
            return fail()
        if has_services and any(_withdrawn(s, meetings) for s in view.find(SERVICES, "person_ref", c["person_ref"], c.source)):
            return fail()
    if gap := book.gap(c, view, MET, SERVICES, MOVEMENTS, linked=True):
        return gap
    if release is None:
        return NOT_DUE if view.moment is not None and c.release is not None else VALUE
    return PASS if is_due else NOT_DUE


def _withdrawn(service: Fields, meetings: list[Fields]) -> bool:
    """Whether a mentor was withdrawn after one or two missed meetings since the offer."""
    if (service["service"] or "").lower() != "mentoring" or service["withdrawn_on"] is None or service["offered_on"] is None:
        return False
    missed = [k for k in meetings if k["attended"] == "N" and service["offered_on"] <= day(k["contact_ts"]) <= service["withdrawn_on"]]
    return 1 <= len(missed) <= 2


# Outcomes


def _outcome(book: Book, c: Claim, view: View, domain: str, on: int, last: int, *tables: str) -> tuple[str, str | None] | tuple | None:
    """(state, class) of a claim's release on a day; a result where it cannot be told; None where the rule does not apply."""
    if c.domain != domain:
        return None
    if c.person is None:
        return book.gap(c, view, *tables, linked=True)
    release = c.release
    if release is None and c.setting != "custody":
        return None
    if release is not None and c["task_date"] > release.date + days(last):
        return None
    if gap := book.gap(c, view, *tables):
        return gap
    if release is None:
        return NOT_DUE  # it lies ahead
    state, named = status(book, release, domain, on, view)
    if state == "not_yet_due" or (view.moment is not None and release.date + days(on + LAG) > view.moment.date()):
        return NOT_DUE
    if state == "out_of_scope":
        return None
    return state, named


def r65(book: Book, c: Claim, view: View) -> Result:
    found = _outcome(book, c, view, "accommodation", 0, 0, ADDRESSES, CIRCUMSTANCES)
    if found is None or found[0] == "not_testable":
        return found
    state, named = found
    if state == "unknown" or named in (None, "unknown"):
        return VALUE
    return fail() if named.startswith("homeless") else PASS


def r66(book: Book, c: Claim, view: View) -> Result:
    found = _outcome(book, c, view, "accommodation", 0, 0, ADDRESSES, CIRCUMSTANCES)
    if found is None or found[0] == "not_testable":
        return found
    return fail() if found[0] == "unknown" else PASS


def r67(book: Book, c: Claim, view: View) -> Result:
    found = _outcome(book, c, view, "employment", 42, 42, CIRCUMSTANCES)
    if found is None or found[0] == "not_testable":
        return found
    state, named = found
    if named == "not_available":
        return None
    if state == "unknown" or named in (None, "unknown"):
        return VALUE
    return fail() if named == "unemployed" else PASS


def r68(book: Book, c: Claim, view: View) -> Result:
    if c.domain != "finance":
        return None
    if c.person is not None and c.release is None and c.setting != "custody":
        return None
    if c.release is not None and c["task_date"] > c.release.date + days(7):
        return None
    if gap := book.gap(c, view, "nomis.RELEASE_CHECKLIST", linked=True):
        return gap
    if c.release is None:
        return NOT_DUE
    state, named = status(book, c.release, "finance", 7, view)
    if state == "not_yet_due" or (view.moment is not None and c.release.date + days(7 + LAG) > view.moment.date()):
        return NOT_DUE
    if state == "unknown":
        return VALUE
    return fail() if named == "not_achieved" else PASS


def r69(book: Book, c: Claim, view: View) -> Result:
    if c.domain not in ("drugs", "dependency and recovery"):
        return None
    release = book.r(c, view) if c.person is not None and book.landing[MOVEMENTS].is_delivered() else None
    if release is not None and (c["task_date"] > release.date or not _is_outside(book, c, view, release.date + days(21))):
        return None
    if gap := book.gap(c, view, TREATMENT, MOVEMENTS, linked=True):
        return gap
    if release is None:
        return NOT_DUE if c.setting == "custody" or (c.release is not None and c["task_date"] <= c.release.date) else None
    found = [
        t
        for row in book.treatments.get(c.person, ())
        if (t := view.of(row)) is not None
        and t["prison_end"] is not None
        and release.date - days(84) <= t["prison_end"] <= release.date + days(3)
    ]
    if not found:
        return VALUE
    end = release.date + days(21)
    if not book.is_due(c, view, TREATMENT, MOVEMENTS, on=end):
        return NOT_DUE
    return fail() if any(t["community_start"] is None or t["community_start"] > end for t in found) else PASS


def _is_outside(book: Book, c: Claim, view: View, on: dt.date) -> bool:
    """In the community at the end of a day, and not recalled and at large: revoked and not yet returned."""
    if c.release is not None and (after := book.recalls.get(c.release.release_id)) is not None:
        revoked = c.release.date + days(after)
        # A recall is told as of today, and so is the return from it.
        if revoked <= on and not any(m.is_admission and revoked <= day(m.at) <= on for m in book.people.movements(c.person, book.now)):
            return False
    place = "custody"
    for m in book.people.movements(c.person, view):
        if day(m.at) <= on:
            if m.is_in:
                place = "custody"
            elif m.leaves and m.leaves != "hospital":
                place = m.leaves
    return place in ("release", "community")


def r70(book: Book, c: Claim, view: View) -> Result:
    if c.setting != "custody" or not book.is_paid(c, view):
        return None
    release = book.r(c, view) if c.person is not None else None
    if release is not None and release.licence is False:
        return None
    if gap := book.gap(c, view, *RECALL_TABLES, linked=True):
        return gap
    if release is None:
        return NOT_DUE
    if release.licence is None:
        return VALUE
    if not book.is_due(c, view, *RECALL_TABLES, on=release.date + days(28)):
        return NOT_DUE
    after = book.recalls.get(release.release_id)
    return fail() if after is not None and 0 <= after <= 28 else PASS


# Contract rules


def judge_cohorts(book: Book) -> list[dict]:
    """R63 of each cohort and person."""
    table = book.landing[COHORTS]
    senders: dict[str, set[str]] = defaultdict(set)
    for (source, key), row in book.landing["provider.PERSON"].rows.items():
        if row.live is not None:
            senders[key].add(source)
    person_of: dict[str, str | None] = {}
    of_person: dict[tuple, set[str]] = defaultdict(set)
    for row in table.all():
        ref = row["person_ref"]
        asked = senders.get(ref, set())
        person_of[ref] = book.people.who.get((next(iter(asked)), ref)) if len(asked) == 1 else None
        if person_of[ref]:
            of_person[person_of[ref], quarter_of(row["cohort"])].add(row["cohort"])
    found = []
    for row in table.all():
        cohort, ref = row["cohort"], row["person_ref"]
        name, _, contract = cohort.partition("/")
        said = {
            "subject_kind": "cohort_person",
            "subject_id": f"{cohort}|{ref}",
            "contract_id": contract or None,
            "period": quarter_of(cohort),
            "rule_id": "R63",
        }
        found.append(said | {"result": _cohort(book, cohort, ref, person_of[ref], len(senders.get(ref, ())), of_person)})
    return found


def quarter_of(cohort: str) -> str:
    return cohort.partition("/")[0]


def _cohort(book: Book, cohort: str, ref: str, person: str | None, senders: int, of_person: dict) -> tuple:
    pays = book.landing[PAYMENT].is_ever_filled("cohort")
    first = _first_day(quarter_of(cohort))
    if person is not None:
        if len(of_person[person, quarter_of(cohort)]) > 1:
            return fail(Decimal(0))
        if first is not None and _is_nps(book, person, first):
            return fail(Decimal(0))
    if pays:
        paid = [p["amount"] for p in book.landing[PAYMENT].all() if p["cohort"] == cohort]
        finals = [r["is_final"] for r in book.landing[COHORT_RESULTS].find("cohort", cohort)]
        if paid and (not finals or any(f != "Y" for f in finals)):
            return fail(sum(paid, Decimal(0)))
    else:
        return not_testable("no_column")
    if not book.landing[MANAGERS].is_delivered():
        return not_testable("table_missing")
    if senders > 1:
        return VALUE
    if person is None:
        return not_testable("not_linked")
    return VALUE if first is None else PASS


def _first_day(quarter: str) -> dt.date | None:
    year, _, n = quarter.partition("-Q")
    return dt.date(int(year), 3 * int(n) - 2, 1) if year.isdigit() and n in ("1", "2", "3", "4") else None


def _is_nps(book: Book, person: str, on: dt.date) -> bool:
    """Whether the manager's area that day was one of the National Probation Service."""
    best = None
    for case in book.people.cases.get(person, ()):
        for manager in book.landing[MANAGERS].find("offender_id", case["offender_id"]):
            if manager["allocation_date"] and covers(manager, on, "allocation_date", "end_date"):
                rank = (manager["allocation_date"], int(manager["offender_manager_id"]))
                if best is None or rank > best[0]:
                    best = rank, manager["probation_area_id"]
    if best is None:
        return False
    area = book.landing[AREAS].find("probation_area_id", best[1])
    code = (area[0]["code"] or "") if area else ""
    return any(
        code.startswith(row["area_prefix"])
        and row["era"] == "nps"
        and row["valid_from"] <= on.isoformat()
        and on.isoformat() <= (row["valid_to"] or "9999")
        for row in seed("probation_era")
    )


def judge_results(book: Book) -> list[dict]:
    """R64 of each payment that names a cohort."""
    found = []
    for payment in book.landing[PAYMENT].all():
        cohort = payment.get("cohort")
        if cohort is None:
            continue
        results = book.landing[COHORT_RESULTS].find("cohort", cohort)
        said = {"subject_kind": "payment", "subject_id": payment["payment_ref"], "contract_id": cohort.partition("/")[2] or None,
                "period": quarter_of(cohort), "rule_id": "R64"}  # fmt: skip
        if not results:
            result = not_testable("no_term")
        elif any(r["upper"] is None or r["baseline"] is None for r in results):
            result = VALUE
        else:
            result = fail(payment["amount"]) if any(r["upper"] >= r["baseline"] for r in results) else PASS
        found.append(said | {"result": result})
    return found


def judge_addresses(book: Book) -> list[dict]:
    """R71 of each accommodation action that is complete."""
    table = book.landing["provider.PLAN_ACTION"]
    has_column = table.is_ever_filled("address_postcode") and book.landing[BARRED].is_delivered()
    found = []
    for (source, key), row in table.rows.items():
        action = row.live
        if action is None or not complete_statuses().get((action["status"] or "").lower()):
            continue
        if "accommodation" not in need_domains("plan_action").get((action["domain"] or "").lower(), ()):
            continue
        said = {"subject_kind": "action", "subject_id": f"{source}|{key}", "contract_id": None, "period": None, "rule_id": "R71"}
        found.append(said | {"result": _address(book, source, action) if has_column else not_testable("no_column")})
    return found


def _address(book: Book, source: str, action: Fields) -> tuple:
    plan = book.now.one("provider.PLAN", action["plan_ref"], source)
    person = book.people.who.get((source, plan["person_ref"])) if plan and plan["person_ref"] else None
    if person is None:
        return not_testable("not_linked")
    postcode = (action["address_postcode"] or "").replace(" ", "").upper()
    if not postcode or action["status_ts"] is None:
        return VALUE
    on = day(action["status_ts"])
    for row in book.landing[BARRED].all():
        named = book.people.by_numbers(row.get("noms_no"), row.get("crn"), row.get("pnc"))
        if named == person and (row["postcode"] or "").replace(" ", "").upper() == postcode and covers(row, on):
            return fail(Decimal(0))
    return PASS


RULES = {"R56": r56, "R57": r57, "R58": r58, "R59": r59, "R60": r60, "R61": r61, "R62": r62, "R65": r65, "R66": r66, "R67": r67, "R68": r68,
         "R69": r69, "R70": r70}  # fmt: skip

"""Tiny worlds: one invented person and one claim each, written as deliveries that a product or a truth can read.

A case starts from a claim that stands and says what is otherwise. All cases of a group share one landing; each has ids of its own, so that
none meets another. The frames beside it (who is who, releases, statuses, recalls) are what the deliveries say.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml

from tests.truth.payment.records import TABLES

AS_OF, EARLIER = dt.date(2021, 12, 31), dt.date(2020, 1, 3)
SENDER = "provider_cases"
TTG, CRS = "TTGCASE", "CRSCASE"
R_AND_M = "crs_performance_report-v2-"
Row = dict[str, str]

# What is not delivered in the landing of a group; all else is.
GROUPS: dict[str, tuple[str, ...]] = {
    "all": (),
    "optional columns": (),
    "without movements": ("nomis.OFFENDER_EXTERNAL_MOVEMENTS",),
    "without screenings": ("oasys.BCS_SCREENING", "oasys.BCS_NEED", "oasys.ASSESSMENT", "oasys.ASSESSMENT_NEED"),
    "without agreements": (
        "contracts.PERIOD", "contracts.RATE_CARD", "contracts.SUBCONTRACTOR", "contracts.CONTRACT_PRISON", "contracts.CONTRACT",
    ),
    "without probation": ("ndelius.OFFENDER_MANAGER", "ndelius.STAFF", "ndelius.OFFENDER_ADDRESS", "ndelius.PERSONAL_CIRCUMSTANCE"),
    "without services": tuple(f"refer_and_monitor.{R_AND_M}{t}" for t in ("appointments", "complexity", "outcomes")),
    "without referrals": (f"refer_and_monitor.{R_AND_M}referrals",),
    "without treatment": ("other.TREATMENT", "nomis.OFFENDER_SENTENCES", "nomis.OFFENDER_RELEASE_DETAILS", "nomis.OFFENDER_RELEASE_DETAILS_HTY"),
    "with late approvals": (),
}  # fmt: skip
# Tables that only the landings of these groups hold.
ONLY_IN = {"contracts.LATE_APPROVAL": "with late approvals", "other.BARRED_ADDRESS": "optional columns"}


@dataclass(frozen=True)
class Case:
    """A claim of `kind` that is as the base has it but for `set` (TABLE.column -> value), `drop` (tables whose base row does not come; TABLE#n: the
    n-th) and `add` (further rows). `lacks`: tables that its sender never sends. `expected`: pass, fail, none (the rule does not apply), or
    why it cannot be tested; of a fail, `amount` at risk. `then`: the same of what was known when it was made, where that is held. `subject`: of a
    contract rule."""

    rule: str
    kind: str
    name: str
    expected: str
    set: Mapping[str, str] = field(default_factory=dict)
    drop: Sequence[str] = ()
    add: Sequence[tuple[str, Mapping[str, str]]] = ()
    lacks: tuple[str, ...] = ()
    group: str = "all"
    amount: str | None = None
    then: str | None = None
    subject: str | None = None
    status: Mapping[tuple[str, int], tuple[str, str | None]] = field(default_factory=dict)
    recalled_on: str | None = None
    licence: bool | None = True
    earlier: Sequence[tuple[str, Mapping[str, str]]] = ()  # rows of a provider's tables as an earlier full delivery had them


# task: domain, setting, evidence table, linked to a release, timeliness pays, at most, window
TASKS = {
    "K-PLAN": ("planning", "custody", "PLAN", "N", "Y", "1", "", ""),
    "K-PLANX": ("planning", "custody", "PLAN", "N", "N", "", "", ""),
    "K-REV": ("planning", "custody", "PLAN_REVIEW", "N", "N", "", "-84", "0"),
    "K-REVX": ("planning", "custody", "PLAN_REVIEW", "N", "N", "", "", ""),
    "K-ACC": ("accommodation", "custody", "PLAN_ACTION", "N", "N", "2", "-84", "0"),
    "K-ETE": ("employment", "custody", "PLAN_ACTION", "N", "N", "", "-84", "0"),
    "K-FBD": ("finance", "custody", "PLAN_ACTION", "N", "N", "", "-84", "0"),
    "K-DRG": ("drugs", "custody", "PLAN_ACTION", "N", "N", "", "-84", "0"),
    "K-SVC": ("other", "custody", "SERVICE", "N", "N", "", "", ""),
    "K-MSG": ("coordination", "custody", "MESSAGE", "Y", "N", "1", "-28", "0"),
    "K-MEN": ("mentoring", "community", "CONTACT", "Y", "N", "6", "0", "28"),
    "K-ASM": ("assessment", "community", f"{R_AND_M}appointments", "N", "N", "1", "", ""),
    "K-FEE": ("accommodation", "community", f"{R_AND_M}referrals", "N", "N", "1", "", ""),
    "K-PAID": ("planning", "custody", "PLAN_ACTION", "N", "N", "", "", ""),
}
KINDS = {
    "plan": ("K-PLAN", "{p}PL", "2019-06-07"), "review": ("K-REV", "{p}RV", "2019-11-11"), "action": ("K-ACC", "{p}AC", "2019-11-05"),
    "service": ("K-SVC", "{p}SV", "2019-11-05"), "message": ("K-MSG", "{p}MS", "2019-11-18"), "contact": ("K-MEN", "{p}CT", "2019-12-05"),
    "assessment": ("K-ASM", "{p}RF", "2019-12-10"), "fee": ("K-FEE", "{p}RF", "2019-12-16"),
}  # fmt: skip
PLAN_TEXT = (
    "Needs a room for the first night and asked for help with the forms of the council because the last tenancy ended in arrears and the landlord "
    "kept the deposit while the brother who lives nearby can offer a sofa for some weeks until work in the bakery begins again in spring"
)
REVIEW_TEXT = (
    "Has heard from the council that a room is likely and will see them on the morning of release while the bakery has written to say that work "
    "can begin in the second week and the bank has opened an account so that wages can be paid without delay into it"
)


def base(kind: str) -> list[tuple[str, Row]]:
    """The rows of a claim that stands, with placeholders for ids."""
    task, ref, on = KINDS[kind]
    month_after = (dt.date.fromisoformat(on).replace(day=1) + dt.timedelta(days=32)).replace(day=5)
    is_crs = kind in ("assessment", "fee")
    rows = [
        ("nomis.OFFENDERS", {"OFFENDER_ID": "{off}", "ROOT_OFFENDER_ID": "{off}", "OFFENDER_ID_DISPLAY": "{noms}", "LAST_NAME": "{last}", "FIRST_NAME": "{first}",
                             "BIRTH_DATE": "{born}", "SEX_CODE": "M", "CREATE_DATE": "2019-06-03 09:30:00"}),
        ("nomis.OFFENDER_BOOKINGS", {"OFFENDER_BOOK_ID": "{book}", "OFFENDER_ID": "{off}", "ROOT_OFFENDER_ID": "{off}", "BOOKING_NO": "{bno}",
                                     "BOOKING_BEGIN_DATE": "2019-06-03 09:00:00", "BOOKING_SEQ": "1", "ACTIVE_FLAG": "N", "AGY_LOC_ID": "OUT"}),
        ("nomis.OFFENDER_EXTERNAL_MOVEMENTS", _move("1", "2019-06-03 09:00:00", "ADM", "N", "IN", "CRTX", "MDI")),
        ("nomis.OFFENDER_EXTERNAL_MOVEMENTS", _move("2", "2019-12-02 10:00:00", "REL", "CR", "OUT", "MDI", "OUT")),
        ("nomis.OFFENDER_SENTENCES", {"OFFENDER_BOOK_ID": "{book}", "SENTENCE_SEQ": "1", "SENTENCE_CALC_TYPE": "ADIMP_ORA", "SENTENCE_STATUS": "A",
                                      "START_DATE": "2019-06-03", "END_DATE": "2020-06-02"}),
        ("nomis.OFFENDER_RELEASE_DETAILS", {"OFFENDER_BOOK_ID": "{book}", "RELEASE_DATE": "2019-12-02", "MOVEMENT_TYPE": "REL", "MOVEMENT_REASON_CODE": "CR",
                                            "MODIFY_DATETIME": "2019-06-20 12:00:00"}),
        ("nomis.OFFENDER_SENT_CALCULATIONS", {"OFFENDER_SENT_CALCULATION_ID": "{book}", "OFFENDER_BOOK_ID": "{book}", "CALCULATION_DATE": "2019-06-20 12:00:00",
                                              "CRD_CALCULATED_DATE": "2019-12-02", "LED_CALCULATED_DATE": "2020-12-01", "SED_CALCULATED_DATE": "2020-12-01"}),
        ("ndelius.OFFENDER", {"OFFENDER_ID": "{case}", "CRN": "{crn}", "NOMS_NUMBER": "{noms}", "FIRST_NAME": "{first}", "SURNAME": "{last}",
                              "DATE_OF_BIRTH_DATE": "{born}", "GENDER_ID": "500", "SOFT_DELETED": "0", "ROW_VERSION": "1",
                              "LAST_UPDATED_DATETIME": "2019-06-10 12:00:00"}),
        ("ndelius.OFFENDER_MANAGER", {"OFFENDER_MANAGER_ID": "{case}", "OFFENDER_ID": "{case}", "ALLOCATION_DATE": "2019-06-10", "TEAM_ID": "1",
                                      "PROBATION_AREA_ID": "2", "ALLOCATION_STAFF_ID": "1", "SOFT_DELETED": "0"}),
        ("ndelius.OFFENDER_ADDRESS", {"OFFENDER_ADDRESS_ID": "{case}", "OFFENDER_ID": "{case}", "ADDRESS_STATUS_ID": "520", "ADDRESS_TYPE_ID": "530", "NO_FIXED_ABODE": "N",
                                      "POSTCODE": "ZZ1 1ZZ", "START_DATE": "2019-12-02", "SOFT_DELETED": "0", "LAST_UPDATED_DATETIME": "2019-12-03 09:00:00",
                                      "CREATED_DATETIME": "2019-12-03 09:00:00"}),
        ("PERSON", {"person_ref": "{p}P", "noms_no": "{noms}", "crn": "{crn}", "first_name": "{first}", "last_name": "{last}", "birth_date": "{born}",
                    "recorded_ts": "2019-06-05 09:00:00"}),
        ("EVIDENCE", {"evidence_ref": "{p}E", "sha256": "00", "received_ts": "2019-06-10 09:00:00", "kind": "signed form"}),
        ("CLAIM", {"claim_id": "{p}", "contract_id": CRS if is_crs else TTG, "prime_code": "CRSPRIME" if is_crs else "TTGPRIME", "person_ref": "{p}P", "booking_no": "{bno}",
                   "prison_code": "MDI", "task_code": task, "task_ref": ref, "task_date": on, "period": on[:7], "qty": "1", "rate": "70.00", "band_used": "1",
                   "amount": "70.00", "submitted_ts": f"{month_after} 09:00:00", "evidence_ref": "{p}E", "status": "approved"}),
    ]  # fmt: skip
    if kind in ("plan", "review", "action"):
        rows += [
            ("oasys.BCS_SCREENING", {"screening_id": "{p}S", "noms_no": "{noms}", "booking_no": "{bno}", "reception_ts": "2019-06-03 09:00:00",
                                     "completed_ts": "2019-06-04 10:00:00", "author": "BCS1"}),
            ("oasys.BCS_NEED", {"screening_id": "{p}S", "domain": "finance", "need_flag": "Y", "recorded_ts": "2019-06-04 10:00:00"}),
            ("PLAN", {"plan_ref": "{p}PL", "person_ref": "{p}P", "noms_no": "{noms}", "booking_no": "{bno}", "prison_code": "MDI", "screening_id": "{p}S",
                      "completed_ts": "2019-06-07 14:00:00", "author_ref": "{p}A", "issued_date": "2019-06-10", "plan_text": PLAN_TEXT, "recorded_ts": "2019-06-07 15:00:00"}),
            ("PLAN_ACTION", {"action_ref": "{p}AF", "plan_ref": "{p}PL", "domain": "finance", "action_type": "advice", "action_text": "Invented", "owner": "provider",
                             "due_date": "2019-07-01", "status": "open", "status_ts": "2019-06-07 14:00:00", "recorded_ts": "2019-06-07 15:00:00"}),
            ("ROSTER", {"author_ref": "{p}A", "from_date": "2018-01-01", "employer_code": "TTGPRIME"}),
        ]  # fmt: skip
    if kind == "review":
        rows += [
            ("PLAN_REVIEW", {"review_ref": "{p}RV", "plan_ref": "{p}PL", "review_ts": "2019-11-11 11:00:00", "author_ref": "{p}A", "review_text": REVIEW_TEXT,
                             "person_contacted": "Y", "recorded_ts": "2019-11-11 12:00:00"}),
            ("CONTACT", {"contact_ref": "{p}CR", "person_ref": "{p}P", "contact_ts": "2019-11-11 10:30:00", "setting": "custody", "mode": "face_to_face",
                         "domain": "planning", "attended": "Y", "contact_with": "person", "author_ref": "{p}A", "recorded_ts": "2019-11-11 12:00:00"}),
        ]  # fmt: skip
    if kind == "action":
        rows += [
            ("PLAN_ACTION", {"action_ref": "{p}AC", "plan_ref": "{p}PL", "domain": "accommodation", "action_type": "referral", "action_text": "Invented",
                             "owner": "provider", "due_date": "2019-11-20", "status": "complete", "status_ts": "2019-11-05 15:00:00", "recorded_ts": "2019-11-05 16:00:00"}),
            ("REFERRAL", {"referral_ref": "{p}RE", "action_ref": "{p}AC", "sent_ts": "2019-11-01 10:00:00", "sent_to": "Invented agency",
                          "response_ts": "2019-11-04 10:00:00", "response": "accepted", "recorded_ts": "2019-11-01 11:00:00"}),
            ("CONTACT", {"contact_ref": "{p}CA", "person_ref": "{p}P", "action_ref": "{p}AC", "contact_ts": "2019-11-01 09:00:00", "setting": "custody",
                         "mode": "face_to_face", "domain": "accommodation", "attended": "Y", "contact_with": "person", "author_ref": "{p}A",
                         "recorded_ts": "2019-11-01 12:00:00"}),
        ]  # fmt: skip
    if kind == "service":
        rows += [
            (
                "SERVICE",
                {"service_ref": "{p}SV", "person_ref": "{p}P", "service": "other", "offered_on": "2019-11-01", "started_on": "2019-11-05"},
            )
        ]
    if kind == "message":
        rows += [
            (
                "MESSAGE",
                {"message_ref": "{p}MS", "person_ref": "{p}P", "sent_ts": "2019-11-18 10:00:00", "kind": "handover", "sent_to": "officer"},
            )
        ]
    if kind == "contact":
        rows += [
            ("CONTACT", {"contact_ref": "{p}CT", "person_ref": "{p}P", "contact_ts": "2019-12-05 11:00:00", "setting": "community", "mode": "telephone", "domain": "mentoring",
                         "attended": "Y", "contact_with": "person", "author_ref": "{p}A", "recorded_ts": "2019-12-05 12:00:00"}),
            ("SERVICE", {"service_ref": "{p}SV", "person_ref": "{p}P", "service": "mentoring", "offered_on": "2019-11-01", "started_on": "2019-11-05"}),
            ("ROSTER", {"author_ref": "{p}A", "from_date": "2018-01-01", "employer_code": "TTGPRIME"}),
        ]  # fmt: skip
    if is_crs:
        rows += [
            (f"refer_and_monitor.{R_AND_M}referrals", {
                "referral_id": "{p}RF", "service_user_crn": "{crn}", "crs_contract_reference": CRS, "crs_contract_type": "ACC", "date_referral_received": "2019-11-20 09:00:00",
                "date_first_action_plan_submitted": "2019-12-12 09:00:00", "date_of_first_action_plan_approval": "2019-12-16 09:00:00", "count_of_sessions_expected": "4",
                "count_of_sessions_attended": "2", "date_intervention_ended": "2020-03-02 09:00:00", "intervention_end_reason": "completed",
                "date_end_of_service_report_submitted": "2020-03-03 09:00:00", "intervention_concluded_at": "2020-03-04 09:00:00"}),
            (f"refer_and_monitor.{R_AND_M}appointments", _met("0", "2019-12-10 09:00:00", "saa")),
            (f"refer_and_monitor.{R_AND_M}appointments", _met("1", "2019-12-18 09:00:00", "delivery")),
            (f"refer_and_monitor.{R_AND_M}appointments", _met("2", "2020-02-18 09:00:00", "delivery")),
            (f"refer_and_monitor.{R_AND_M}complexity", {"referral_id": "{p}RF", "service_category_id": "acc", "service_category_name": "Accommodation",
                                                         "complexity_level_title": "Medium complexity"}),
        ]  # fmt: skip
    return rows


def _move(seq: str, at: str, kind: str, reason: str, way: str, from_: str, to: str, book: str = "{book}") -> Row:
    recorded = (dt.datetime.fromisoformat(at) + dt.timedelta(hours=1)).isoformat(" ") if len(at) > 10 else f"{at} 12:00:00"
    return {"OFFENDER_BOOK_ID": book, "MOVEMENT_SEQ": seq, "MOVEMENT_DATE": at[:10], "MOVEMENT_TIME": at if len(at) > 10 else "", "MOVEMENT_TYPE": kind,
            "MOVEMENT_REASON_CODE": reason, "DIRECTION_CODE": way, "FROM_AGY_LOC_ID": from_, "TO_AGY_LOC_ID": to, "CREATE_DATETIME": recorded}  # fmt: skip


def moved(seq: int, at: str, how: str, where: str = "MDI") -> tuple[str, Row]:
    """A further movement: in (new), recalled, out (released), died, deported, detained, hospital, court out, court in, to (transfer out), from."""
    kind, reason, way, from_, to = {
        "in": ("ADM", "N", "IN", "CRTX", where), "recalled": ("ADM", "L", "IN", "OUT", where), "out": ("REL", "CR", "OUT", where, "OUT"),
        "died": ("REL", "DEC", "OUT", where, "OUT"), "deported": ("REL", "DE", "OUT", where, "OUT"), "detained": ("REL", "CR", "OUT", where, "IRCX"),
        "hospital": ("REL", "HO", "OUT", where, "HOSPX"), "bailed": ("REL", "BL", "OUT", where, "OUT"), "court out": ("CRT", "CRT", "OUT", where, "CRTX"),
        "court in": ("CRT", "CRT", "IN", "CRTX", where), "to": ("TRN", "NOTR", "OUT", "MDI", where), "from": ("ADM", "INT", "IN", "MDI", where),
        "rotl out": ("TAP", "SE", "OUT", where, "OUT"), "rotl in": ("TAP", "SE", "IN", "OUT", where),
    }[how]  # fmt: skip
    return ("nomis.OFFENDER_EXTERNAL_MOVEMENTS", _move(str(seq), at, kind, reason, way, from_, to))


def _met(n: str, at: str, reason: str) -> Row:
    return {
        "referral_id": "{p}RF",
        "appointmentId": "{p}M" + n,
        "appointment_time": at,
        "attended": "YES",
        "reason_for_appointment": reason,
    }


def met(n: int, at: str, reason: str = "delivery", attended: str = "YES", **more: str) -> tuple[str, Row]:
    return (f"refer_and_monitor.{R_AND_M}appointments", _met(str(n), at, reason) | {"attended": attended} | more)


def shared(group: str) -> list[tuple[str, Row]]:
    """What all cases of a landing rest on: places, lists, staff, agreements."""
    rows: list[tuple[str, Row]] = [
        ("nomis.AGENCY_LOCATIONS", {"AGY_LOC_ID": code, "DESCRIPTION": code, "AGENCY_LOCATION_TYPE": kind})
        for code, kind in (
            ("MDI", "INST"),
            ("LEI", "INST"),
            ("HMI", "INST"),
            ("CRTX", "CRT"),
            ("HOSPX", "HOSPITAL"),
            ("IRCX", "IMDC"),
            ("OUT", "OUT"),
        )
    ]
    lists = {"STANDARD_REFERENCE_LIST": {"500": "M", "501": "F", "502": "N", "520": "M", "521": "P", "522": "PR", "530": "A01C", "531": "A08A", "532": "A16", "533": "A02"},
             "CIRCUMSTANCE_TYPE": {"594": "A", "595": "B"}, "CIRCUMSTANCE_SUB_TYPE": {"554": "A01C", "555": "A08A", "560": "B01C", "561": "B08A"},
             "RECALL_REASON": {"570": "NN"}, "RELEASE_TYPE": {"580": "ADL"}}  # fmt: skip
    descriptions = {"B01C": "Full-time employed (30 or more hours per week)", "B08A": "Unemployed"}
    for name, codes in lists.items():
        rows += [
            (f"ndelius.R_{name}", {f"{name}_ID": key, "CODE_VALUE": code, "CODE_DESCRIPTION": descriptions.get(code, code)})
            for key, code in codes.items()
        ]
    rows += [("ndelius.STAFF", {"STAFF_ID": "1", "OFFICER_CODE": "C01A001"}), ("ndelius.STAFF", {"STAFF_ID": "2", "OFFICER_CODE": "C01A00U"}),
             ("ndelius.TEAM", {"TEAM_ID": "1", "CODE": "C01T01", "DESCRIPTION": "Invented", "PROBATION_AREA_ID": "2"}),
             ("ndelius.PROBATION_AREA", {"PROBATION_AREA_ID": "1", "CODE": "N01", "DESCRIPTION": "Invented division"}),
             ("ndelius.PROBATION_AREA", {"PROBATION_AREA_ID": "2", "CODE": "C01", "DESCRIPTION": "Invented area"})]  # fmt: skip
    for contract, kind in ((TTG, "ttg"), (CRS, "crs")):
        rows += contract_rows(contract, kind, "TTGPRIME" if kind == "ttg" else "CRSPRIME")
    rows += [("contracts.TASK", task_row(code)) for code in TASKS]
    return rows


def task_row(code: str, like: str | None = None, **changes: str) -> Row:
    domain, setting, evidence, linked, timely, most, first, last = TASKS[like or code]
    return {"task_code": code, "from_date": "2015-01-01", "task_name": code, "domain": domain, "setting": setting, "evidence_table": evidence,
            "is_release_linked": linked, "timeliness_pays": timely, "max_per_booking": most, "window_from_days": first, "window_to_days": last,
            "standard_minutes": "45"} | changes  # fmt: skip


def contract_rows(
    contract: str, kind: str, provider: str, prison: str = "MDI", periods: Iterable[str] = (), cards: bool = True
) -> list[tuple[str, Row]]:
    """An agreement with its periods (all months from April 2019), prison and card."""
    rows = [("contracts.CONTRACT", {"contract_id": contract, "contract_type": kind, "provider_code": provider, "provider_name": "Invented", "area_kind": "prisons",
                                    "area_code": prison, "from_date": "2015-05-01", "to_date": "2022-12-31"})]  # fmt: skip
    if kind == "ttg":
        rows.append(
            (
                "contracts.CONTRACT_PRISON",
                {"contract_id": contract, "prison_code": prison, "from_date": "2015-05-01", "to_date": "2022-12-31"},
            )
        )
    months = list(periods) or [f"{y}-{m:02d}" for y in (2019, 2020, 2021) for m in range(1, 13)]
    for month in months:
        first = dt.date.fromisoformat(f"{month}-01")
        after = (first + dt.timedelta(days=32)).replace(day=1)
        rows.append(("contracts.PERIOD", {"contract_id": contract, "period": month, "start_date": str(first), "end_date": str(after - dt.timedelta(days=1)),
                                          "closes_ts": f"{after.replace(day=15)} 17:00:00"}))  # fmt: skip
    if cards:
        for code, task in TASKS.items():
            if (task[2].startswith("crs")) == (kind == "crs"):
                rows.append(("contracts.RATE_CARD", card(contract, code)))
    return rows


def card(contract: str, task: str, rate: str = "70.00", low: str = "0", high: str = "", **more: str) -> Row:
    return {"contract_id": contract, "task_code": task, "band_low": low, "from_date": "2015-01-01", "band_high": high, "rate": rate} | more


@dataclass
class Told:
    """A landing of cases, and what its deliveries say of people."""

    landing: Path
    who: list[tuple[str, str, str]]
    releases: list[dict]
    statuses: list[tuple]
    recalls: list[tuple]


def ids(n: int) -> dict[str, str]:
    """The ids of the n-th case, a name and a birth date that no other has."""
    born = dt.date(1962, 1, 5) + dt.timedelta(days=9 * n)
    return {"p": f"K{n:04d}", "n": str(n), "off": str(5_000_000 + n), "book": str(7_000_000 + n), "bno": f"B{n:05d}", "noms": f"A{n:04d}AA", "crn": f"X{n:06d}",
            "case": str(9_000_000 + n), "first": _invented(n * 7919).capitalize(), "last": f"{_invented(n * 104_729 + 31)}test".capitalize(), "born": str(born)}  # fmt: skip


def _invented(n: int) -> str:
    """A word of four syllables that is nobody's name."""
    word = ""
    for _ in range(4):
        word += "bdfgklmnprstvz"[n % 14] + "aeiou"[n // 14 % 5]
        n //= 70
    return word


def rows_of(case: Case, n: int) -> list[tuple[str, Row]]:
    """The rows of a case, ids filled in; a provider's tables by their bare names."""
    names = ids(n)
    seen: dict[str, int] = defaultdict(int)
    rows: list[tuple[str, Row]] = []
    used: set[str] = set()
    for table, row in base(case.kind):
        seen[table] += 1
        short = table.split(".")[-1].removeprefix(R_AND_M)
        labels = {short, f"{short}#{seen[table]}"}
        if labels & set(case.drop):
            used |= labels & set(case.drop)
            continue
        row = dict(row)
        for at, value in case.set.items():
            name, _, column = at.partition(".")
            # Without a number the last row of a table, which is the claim's own.
            is_last = seen[table] == sum(t == table for t, _ in base(case.kind))
            if name == f"{short}#{seen[table]}" or (name == short and is_last):
                row[column] = value
                used.add(at)
        rows.append((table, row))
    if unused := set(case.set) | set(case.drop) - used:
        unused -= used
        assert not unused, f"{case.rule} {case.name}: {unused} are in no row"
    rows += [(table, dict(row)) for table, row in case.add]
    return [(table, {k: v.format(**names) for k, v in row.items()}) for table, row in rows]


def write(folder: Path, cases: Iterable[tuple[int, Case]]) -> Told:
    """Write the cases of one group, numbered, as one full delivery, and tell of people what it says."""
    cases = list(cases)
    (group,) = {case.group for _, case in cases}
    files: dict[tuple[str, str], list[Row]] = defaultdict(list)
    told = Told(folder, [], [], [], [])
    senders = {SENDER}
    before: dict[tuple[str, str], list[Row]] = defaultdict(list)
    provider = _declared("provider")
    for table, row in shared(group):
        files[tuple(table.split(".", 1))].append(row)
    for n, case in cases:
        sender = SENDER if not case.lacks else f"{SENDER}_without_{'_'.join(case.lacks).lower()}"
        senders.add(sender)
        rows = rows_of(case, n)
        for table, row in case.earlier:
            before[sender, table].append({k: v.format(**ids(n)) for k, v in row.items()})
        for table, row in rows:
            source, name = table.split(".", 1) if "." in table else (sender, table)
            if name not in case.lacks:
                files[source, name].append(row)
        _tell(told, case, n, sender, rows)
    for sender in senders:
        lacking = {c for _, case in cases for c in case.lacks if sender == f"{SENDER}_without_{'_'.join(case.lacks).lower()}"}
        for table in provider:
            if table not in lacking:
                files[sender, table] += []
    for source in ("nomis", "ndelius", "oasys", "refer_and_monitor", "contracts", "other"):
        for table in _declared(source):
            name = f"{source}.{table}"
            if table != "REFERENCE_LIST" and name not in GROUPS[group] and ONLY_IN.get(name, group) == group:
                files[source, table] += []
    for (source, name), rows in files.items():
        if f"{source}.{name}" in GROUPS[group] or ONLY_IN.get(f"{source}.{name}", group) != group:
            continue
        _write_file(folder / source / AS_OF.isoformat() / f"{name}.csv", source, name, rows)
    for (source, name), rows in before.items():
        _write_file(folder / source / EARLIER.isoformat() / f"{name}.csv", source, name, rows)
    return told


@cache
def _declared(source: str) -> dict[str, dict]:
    return yaml.safe_load((TABLES / f"{source}.yml").read_text("utf-8"))


def _write_file(path: Path, source: str, name: str, rows: list[Row]) -> None:
    declared = _declared("provider" if source.startswith("provider_") else source)
    columns = list(declared[name]["columns"]) if name in declared else []
    columns += [c for row in rows for c in row if c not in columns]
    columns = list(dict.fromkeys(columns))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _tell(told: Told, case: Case, n: int, sender: str, rows: list[tuple[str, Row]]) -> None:
    by_noms, by_crn = {}, {}
    root_of = {row["OFFENDER_ID_DISPLAY"]: row["ROOT_OFFENDER_ID"] for table, row in rows if table == "nomis.OFFENDERS"}
    merged = {
        root_of[row["IDENTIFIER"]]: row["OFFENDER_ID"] for table, row in rows if table == "nomis.OFFENDER_IDENTIFIERS" and row["IDENTIFIER_TYPE"] == "MERGED"
    }
    for table, row in rows:
        if table == "nomis.OFFENDERS":
            person = f"person{merged.get(row['ROOT_OFFENDER_ID'], row['ROOT_OFFENDER_ID'])}"
            by_noms[row["OFFENDER_ID_DISPLAY"]] = person
            told.who.append(("nomis", row["ROOT_OFFENDER_ID"], person))
    for table, row in rows:
        if table == "ndelius.OFFENDER":
            person = by_noms.get(row.get("NOMS_NUMBER", ""), f"person-{row['OFFENDER_ID']}")
            by_crn[row["CRN"]] = person
            told.who += [("ndelius", row["OFFENDER_ID"], person), ("crn", row["CRN"], person)]
    person_of_book = {
        row["OFFENDER_BOOK_ID"]: f"person{merged.get(row['ROOT_OFFENDER_ID'], row['ROOT_OFFENDER_ID'])}"
        for table, row in rows
        if table == "nomis.OFFENDER_BOOKINGS"
    }
    for table, row in rows:
        if table == "PERSON" and "PERSON" not in case.lacks:
            found = {by[row[c]] for by, c in ((by_noms, "noms_no"), (by_crn, "crn")) if row.get(c) in by}
            if len(found) == 1:
                told.who.append((sender, row["person_ref"], found.pop()))
    movements = [row for table, row in rows if table == "nomis.OFFENDER_EXTERNAL_MOVEMENTS"]
    if "nomis.OFFENDER_EXTERNAL_MOVEMENTS" in GROUPS[case.group]:
        return
    prisons = [row for table, row in [*contract_rows(TTG, "ttg", "TTGPRIME"), *rows] if table == "contracts.CONTRACT_PRISON"]
    kept = set()
    for row in movements:
        day = row["MOVEMENT_DATE"]
        if (
            row["MOVEMENT_TYPE"] != "REL"
            or row["MOVEMENT_REASON_CODE"] not in ("CR", "AR")
            or row["TO_AGY_LOC_ID"] != "OUT"
            or row["OFFENDER_BOOK_ID"] not in person_of_book
        ):
            continue
        release_id = f"{ids(n)['p']}-{row['OFFENDER_BOOK_ID']}-{row['MOVEMENT_SEQ']}"
        held = {
            p["contract_id"]
            for p in prisons
            if p["prison_code"] == row["FROM_AGY_LOC_ID"] and p["from_date"] <= day <= (p.get("to_date") or "9999")
        }
        told.releases.append({"release_id": release_id, "person_id": person_of_book[row["OFFENDER_BOOK_ID"]], "release_date": dt.date.fromisoformat(day),
                              "book_id": row["OFFENDER_BOOK_ID"], "movement_seq": row["MOVEMENT_SEQ"], "is_on_licence": case.licence,
                              "contract_id": held.pop() if len(held) == 1 and day <= "2021-06-25" else None})  # fmt: skip
        for (domain, on), (state, named) in (
            {("accommodation", 0): ("observed", "settled"), ("employment", 42): ("unknown", None)} | dict(case.status)
        ).items():
            told.statuses.append((release_id, domain, on, state, named))
        if case.recalled_on and release_id not in kept:
            told.recalls.append((release_id, (dt.date.fromisoformat(case.recalled_on) - dt.date.fromisoformat(day)).days))
        kept.add(release_id)

"""R01 to R12: person, place, time (rules section 2)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation

from tests.truth.payment.claims import APPOINTMENTS, NOT_DUE, PASS, VALUE, Book, Claim, fail, not_testable
from tests.truth.payment.lives import CASES, IDENTIFIERS, MOVEMENTS, OFFENDERS
from tests.truth.payment.records import View
from tests.truth.payment.terms import before, covers, day, days, is_day, seed

PRISONS, ELIGIBILITY = "contracts.CONTRACT_PRISON", "contracts.ELIGIBILITY"
SENTENCES = "nomis.OFFENDER_SENTENCES"
PLANNED, PLANNED_BEFORE = "nomis.OFFENDER_RELEASE_DETAILS", "nomis.OFFENDER_RELEASE_DETAILS_HTY"
Result = tuple | None


def r01(book: Book, c: Claim, view: View) -> Result:
    if c["person_ref"] is None:
        return fail()
    return book.gap(c, view, "provider.PERSON") or (PASS if c.person else fail())


def r02(book: Book, c: Claim, view: View) -> Result:
    row = c.linked_row
    if row is None:
        return None
    led: set[str] = set()
    for kind, column in (("noms", "noms_no"), ("crn", "crn"), ("pnc", "pnc")):
        if row[column]:
            led |= book.people.numbers.get((kind, row[column]), set())
    if len(led) > 1:
        return fail()
    if gap := book.gap(c, view, OFFENDERS, IDENTIFIERS, CASES):
        return gap
    return PASS if row["noms_no"] or row["crn"] or row["pnc"] else VALUE


def r03(book: Book, c: Claim, view: View) -> Result:
    if c.task is None:
        return None
    asked = [e for e in book.landing[ELIGIBILITY].find("contract_id", c["contract_id"]) if covers(e, c["task_date"])]
    if not asked:
        return None
    asks_case = any((e["rule"] or "").lower() == "case_type" and (e["value"] or "").strip().lower() != "any" for e in asked)
    tables = (OFFENDERS, SENTENCES) if asks_case else (OFFENDERS,)
    if c.person is None:
        return book.gap(c, view, *tables, linked=True)
    answers = [_is_eligible(book, c, view, (e["rule"] or "").lower(), (e["value"] or "").strip().lower()) for e in asked]
    if False in answers:
        return fail()
    if gap := book.gap(c, view, *tables):
        return gap
    if None in answers:
        return VALUE
    return PASS if not asks_case or book.is_due(c, view, SENTENCES) else NOT_DUE


def _is_eligible(book: Book, c: Claim, view: View, rule: str, value: str) -> bool | None:
    match rule:
        case "minimum_age" | "maximum_age" | "sex" if value != "any" and not book.landing[OFFENDERS].is_delivered():
            return None
        case "minimum_age" | "maximum_age":
            age = _age(book, c, day(book.at(c, view)))
            try:
                limit = Decimal(value)
            except InvalidOperation:
                return None
            return None if age is None else age >= limit if rule == "minimum_age" else age <= limit
        case "sex":
            if value == "any":
                return True
            sex = _sex(book, c)
            return None if sex is None or value not in ("male", "female") else sex.lower() == value
        case "case_type":
            wanted = {w.strip() for w in value.split(";")}
            if "any" in wanted or wanted >= {"sentenced", "unsentenced"}:
                return True
            if not wanted <= {"sentenced", "unsentenced"}:
                return None
            is_sentenced = _is_sentenced(book, c, view)
            return None if is_sentenced is None else ("sentenced" if is_sentenced else "unsentenced") in wanted
    return None


def _is_sentenced(book: Book, c: Claim, view: View) -> bool | None:
    if not book.landing["nomis.OFFENDER_BOOKINGS"].is_delivered():
        return None
    if c.setting == "community" and book.r(c, view) is not None:
        return True
    if c.booking is None or not book.landing[SENTENCES].is_delivered():
        return None
    found = view.find(SENTENCES, "offender_book_id", c.booking)
    return any(s["start_date"] is not None and s["start_date"] <= c["task_date"] for s in found)


def _age(book: Book, c: Claim, on: dt.date) -> int | None:
    """By the booking's own row; a placeholder falls to the probation record."""
    own = _booked_as(book, c)
    born = [own["birth_date"]] if own else []
    born += [case["date_of_birth_date"] for case in book.people.cases.get(c.person, ())]
    for one in born:
        if one is not None and one not in _placeholders():
            age = on.year - one.year - ((on.month, on.day) < (one.month, one.day))
            if 10 <= age <= 110:
                return age
    return None


def _placeholders() -> set[dt.date]:
    return {dt.date.fromisoformat(row["placeholder_date"]) for row in seed("placeholder_date")}


def _booked_as(book: Book, c: Claim):
    booking = book.people.book.get(c.booking or "")
    found = book.landing[OFFENDERS].find("offender_id", booking["offender_id"]) if booking else []
    return found[0] if found else None


def _sex(book: Book, c: Claim) -> str | None:
    own = _booked_as(book, c)
    codes = {(row["system"], row["code"]): row["sex"] for row in seed("sex_code")}
    if own and own["sex_code"]:
        return codes.get(("nomis", own["sex_code"].upper()))
    for case in book.people.cases.get(c.person, ()):
        if (code := book.people.code("GENDER", case["gender_id"])) and ("ndelius", code) in codes:
            return codes["ndelius", code]
    return None


def r04(book: Book, c: Claim, view: View) -> Result:
    if c.setting != "custody":
        return None
    if gap := book.gap(c, view, MOVEMENTS, linked=True):
        return gap
    if not book.is_due(c, view, MOVEMENTS):
        return NOT_DUE
    at = book.at(c, view)
    return PASS if any(s.holds(at) for s in book.people.spells(c.person, view)) else fail()


def r05(book: Book, c: Claim, view: View) -> Result:
    if c.setting != "custody" or not book.passes("R04", c, view):
        return None
    if c["prison_code"] is None:
        return VALUE
    spells = book.people.spells(c.person, view)
    return PASS if any((s.prison or "").upper() == c["prison_code"].upper() and s.on(c["task_date"]) for s in spells) else fail()


def r06(book: Book, c: Claim, view: View) -> Result:
    if c.setting != "custody":
        return None
    rows = book.landing[PRISONS].find("contract_id", c["contract_id"])
    is_ttg = c.contract is not None and (c.contract["contract_type"] or "").lower() == "ttg"
    if not rows and not is_ttg:
        return None
    if gap := book.gap(c, view, PRISONS):
        return gap
    if c["prison_code"] is None:
        return VALUE
    is_held = any((p["prison_code"] or "").upper() == c["prison_code"].upper() and covers(p, c["task_date"]) for p in rows)
    return PASS if is_held else fail()


def r07(book: Book, c: Claim, view: View) -> Result:
    if c.evidence not in ("PLAN", "PLAN_REVIEW"):
        return None
    if gap := book.gap(c, view, MOVEMENTS, linked=True, source=True):
        return gap
    ts = book.ts(c, view)
    if ts is None:
        return VALUE
    if not book.is_due(c, view, MOVEMENTS, source=True):
        return NOT_DUE
    last = None
    for m in book.people.movements(c.person, view):
        if not before(ts, m.at):
            last = m
    is_release = last is not None and last.leaves == "release" and day(last.at) in {r.date for r in book.releases_of[c.person]}
    return fail() if is_release and before(last.at, ts) else PASS


def r08(book: Book, c: Claim, view: View) -> Result:
    if c.setting != "custody" or c.evidence not in ("PLAN_ACTION", "SERVICE"):
        return None
    tables = ("provider.CONTACT", "provider.REFERRAL") if c.evidence == "PLAN_ACTION" else ()
    if gap := book.gap(c, view, MOVEMENTS, *tables, linked=True, source=True):
        return gap
    release = book.r(c, view)
    if release is None:
        return NOT_DUE  # its day is not reached
    if not book.is_due(c, view, MOVEMENTS, *tables, on=release.date, source=True):
        return NOT_DUE
    e = book.e(c, view)
    if c.evidence == "SERVICE":
        signs = [e["started_on"]]
    else:
        signs = [k["contact_ts"] for k in view.find("provider.CONTACT", "action_ref", e["action_ref"], c.source) if k["attended"] == "Y"]
        signs += [f["sent_ts"] for f in view.find("provider.REFERRAL", "action_ref", e["action_ref"], c.source)]
    signs = [s for s in signs if s is not None]
    return PASS if any(not before(release.at, s) for s in signs) else fail()


def r09(book: Book, c: Claim, view: View) -> Result:
    if c.task is None or c.task["is_release_linked"] != "Y":
        return None
    if gap := book.gap(c, view, MOVEMENTS, linked=True):
        return gap
    start = c["task_date"] - days((c.task["window_to_days"] or 0) + 3)
    end = c["task_date"] - days((c.task["window_from_days"] or 0) - 3)
    if not book.is_due(c, view, MOVEMENTS, on=end):
        return NOT_DUE
    known = [r for r in book.releases_of[c.person] if view.moment is None or r.row is None or view.of(r.row) is not None]
    return PASS if any(start <= r.date <= end for r in known) else fail()


def r10(book: Book, c: Claim, view: View) -> Result:
    if c.task is None:
        return None
    if c.person is not None:
        died = [case["deceased_date"] for case in book.people.cases.get(c.person, ()) if case.get("deceased_date")]
        last_release = max((r.date for r in book.releases_of[c.person]), default=dt.date.min)
        if any(last_release <= d < c["task_date"] for d in died):
            return fail()
    if gap := book.gap(c, view, MOVEMENTS, linked=True):
        return gap
    if not book.is_due(c, view, MOVEMENTS):
        return NOT_DUE
    at, last = day(book.at(c, view)), None
    for m in book.people.movements(c.person, view):
        if m.leaves and day(m.at) < at:
            last = m.leaves
        elif m.is_in and day(m.at) <= at:
            last = None
    wrong = {"died", "removal", "immigration_detention"} | ({"hospital"} if c.setting == "custody" else set())
    return fail() if last in wrong else PASS


def r11(book: Book, c: Claim, view: View) -> Result:
    if c.setting != "community":
        return None
    if c.contract is not None and c.is_crs:
        return _r11_of_service(book, c, view)
    if c.evidence != "CONTACT":
        return None
    if gap := book.gap(c, view, MOVEMENTS, linked=True, source=True):
        return gap
    e = book.e(c, view)
    if e["setting"] == "custody" or (e["mode"] is not None and e["mode"].lower() != "face_to_face"):
        return PASS if book.is_due(c, view, MOVEMENTS, source=True) else NOT_DUE
    if e["setting"] is None or e["mode"] is None:
        return VALUE
    if not book.is_due(c, view, MOVEMENTS, source=True):
        return NOT_DUE
    at = book.at(c, view)
    return fail() if any(s.holds_strictly(at) for s in book.people.spells(c.person, view)) else PASS


def _r11_of_service(book: Book, c: Claim, view: View) -> Result:
    """In the order of the text: column, tables, person, source row, value, then whether it is due."""
    if not book.landing[APPOINTMENTS].is_ever_filled("appointment_delivery_type"):
        return not_testable("no_column")
    if gap := book.gap(c, view, APPOINTMENTS, MOVEMENTS, linked=True, source=True):
        return gap
    e = book.e(c, view)
    attended = [
        a
        for a in view.find(APPOINTMENTS, "referral_id", e["referral_id"], "refer_and_monitor")
        if a["attended"] in ("YES", "LATE") and a["appointment_time"]
    ]
    if not attended:
        return VALUE
    first = min(attended, key=lambda a: (a["appointment_time"], a["appointmentid"]))
    mode = first["appointment_delivery_type"]
    if mode is None:
        return VALUE
    if not book.is_due(c, view, APPOINTMENTS, MOVEMENTS, source=True):
        return NOT_DUE
    is_inside = any(s.holds_strictly(first["appointment_time"]) for s in book.people.spells(c.person, view))
    return fail() if mode.upper().startswith("IN_PERSON") and is_inside else PASS


def r12(book: Book, c: Claim, view: View) -> Result:
    if c.evidence != "PLAN_REVIEW" or not book.passes("R07", c, view):
        return None
    release = book.r(c, view)
    if release is None or release.book != c.booking:
        return None
    ts = book.ts(c, view)
    window = c.task["window_from_days"] if c.task["window_from_days"] is not None else -84
    if not (book.landing[PLANNED].is_delivered() and book.landing[PLANNED_BEFORE].is_delivered()):
        return not_testable("table_missing")
    by_release = day(ts) >= release.date + days(window)
    planned = planned_release(book, c.booking, ts, view)
    if planned is None and not by_release:
        return VALUE
    if not book.is_due(c, view, MOVEMENTS, PLANNED, PLANNED_BEFORE, source=True):
        return NOT_DUE
    return PASS if by_release or day(ts) >= planned + days(window) else fail()


def planned_release(book: Book, booking: str, at: dt.datetime, view: View) -> dt.date | None:
    """The release date as it was planned at a moment."""
    if is_day(at):
        at = dt.datetime.combine(day(at), dt.time.max)
    best = None
    for table in (PLANNED_BEFORE, PLANNED):
        for row in book.landing[table].by("offender_book_id").get(booking, ()):
            shown = view.of(row)
            versions = [shown] if table == PLANNED_BEFORE else [f for _, f, _ in row.versions] if shown is not None else []
            for fields in versions:
                planned_at = None if fields is None else fields["modify_datetime"] or fields["create_datetime"]
                if planned_at is not None and planned_at <= at:
                    rank = (planned_at, fields.get("release_detail_seq") or 0)
                    if best is None or rank > best[0]:
                        best = rank, fields["release_date"]
        if best:
            return best[1]
    return None


RULES = {f"R{n:02d}": rule for n, rule in enumerate((r01, r02, r03, r04, r05, r06, r07, r08, r09, r10, r11, r12), start=1)}

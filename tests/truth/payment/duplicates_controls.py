"""R34 to R40 and R44 to R53: duplicates and controls (rules section 2)."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter, defaultdict
from decimal import Decimal

from tests.truth.payment.claims import CONTRACT, EVIDENCE_TS, NOT_DUE, PASS, PERIOD, TASK, VALUE, Book, Claim, fail, first_of, not_testable
from tests.truth.payment.prices import CARDS, band_used, cards, is_volume_untold, right_band
from tests.truth.payment.records import Fields, View
from tests.truth.payment.terms import before, covers, day, days, is_working_day, price, working_day_after

SUBS, LATE = "contracts.SUBCONTRACTOR", "contracts.LATE_APPROVAL"
ROSTER, KEPT = "provider.ROSTER", "provider.EVIDENCE"
NOTICES = "decisions.AUDIT_NOTICE"
# What may change without the work being another.
MAY_CHANGE = {"recorded_ts", "issued_date", "owner", "due_date"}
Result = tuple | None


def _code(text: str | None) -> str | None:
    return text.upper() if text else None


def r34(book: Book, c: Claim, view: View) -> Result:
    if c.who is None:
        return VALUE
    return fail() if any(o.order < c.order for o in book.same.get(same_key(c), ())) else PASS


def same_key(c: Claim) -> tuple | None:
    if c.who is None:
        return None
    of_service = c["task_ref"] if c.is_crs else None
    return (
        c["contract_id"],
        c.who,
        c.booking,
        _code(c["task_code"]),
        c["task_date"],
        _code(c["prime_code"]),
        _code(c["sub_code"]),
        of_service,
    )


def task_key(c: Claim) -> tuple | None:
    return None if c.who is None else (c.who, c.booking, _code(c["task_code"]), c["task_ref"] if c.is_crs else None)


def r35(book: Book, c: Claim, view: View) -> Result:
    if gap := book.gap(c, view, SUBS):
        return gap
    if c.who is None or c["task_date"] is None:
        return VALUE
    mine, on = _code(c["prime_code"]), c["task_date"]
    for o in book.same_task.get(task_key(c), ()):
        theirs = _code(o["prime_code"])
        if o.order >= c.order or not mine or not theirs or mine == theirs or on is None or o["task_date"] is None:
            continue
        if abs((on - o["task_date"]).days) <= 3 and (
            _is_approved(book, o["contract_id"], mine, on) or _is_approved(book, c["contract_id"], theirs, on)
        ):
            return fail()
    return PASS


def _is_approved(book: Book, contract: str | None, code: str, on: dt.date) -> bool:
    return any(_code(s["sub_code"]) == code and covers(s, on) for s in book.landing[SUBS].find("contract_id", contract))


def r36(book: Book, c: Claim, view: View) -> Result:
    if c.evidence != "PLAN":
        return None
    if c.person is None:
        return not_testable("not_linked")
    if c.booking is None:
        return VALUE
    others = book.plans_of_booking.get((c.person, c.booking), ())
    return fail() if any(o.order < c.order and o["contract_id"] != c["contract_id"] for o in others) else PASS


def entitlement_key(c: Claim) -> tuple:
    if c.is_crs:
        return (c["contract_id"], _code(c["task_code"]), c.person, c["task_ref"])
    return (c["contract_id"], _code(c["task_code"]), c.person, c.booking, c.release.release_id if c.release else None)


def r37(book: Book, c: Claim, view: View) -> Result:
    if c.task is None or c.task["max_per_booking"] is None:
        return None
    if c.person is None:
        return not_testable("not_linked")
    if not c.is_crs and c.booking is None:
        return VALUE
    if _is_duplicate(book, c, view):
        return PASS
    earlier = [
        o
        for o in book.entitled.get(entitlement_key(c), ())
        if (o["task_date"], o.order) < (c["task_date"], c.order)
        and (view.moment is None or (o["submitted_ts"] or dt.datetime.max) <= view.moment)
        and not _is_duplicate(book, o, view)
    ]
    return fail() if len(earlier) >= c.task["max_per_booking"] else PASS


def _is_duplicate(book: Book, c: Claim, view: View) -> bool:
    return any((book.result(rule, c, view) or PASS)[0] == "fail" for rule in ("R34", "R35", "R36"))


def period_of(book: Book, c: Claim) -> Fields | None:
    if c["period"] is None:
        return None
    return next((p for p in book.landing[PERIOD].find("contract_id", c["contract_id"]) if _code(p["period"]) == _code(c["period"])), None)


def r38(book: Book, c: Claim, view: View) -> Result:
    if gap := book.gap(c, view, PERIOD):
        return gap
    period = period_of(book, c)
    if period is None:
        return not_testable("no_term")
    if period["closes_ts"] is None or c["submitted_ts"] is None:
        return VALUE
    if not before(period["closes_ts"], c["submitted_ts"]):
        return PASS
    ref = c["late_approval_ref"]
    if ref is None:
        return fail()
    if not book.landing[LATE].is_delivered():
        return PASS
    approved = book.landing[LATE].find("late_approval_ref", ref)
    return PASS if any(a["approved_on"] is not None and a["approved_on"] <= day(c["submitted_ts"]) for a in approved) else fail()


def r39(book: Book, c: Claim, view: View) -> Result:
    if gap := book.gap(c, view, PERIOD):
        return gap
    if not book.landing[PERIOD].find("contract_id", c["contract_id"]):
        return None
    period = period_of(book, c)
    if period is None:
        return fail()
    if c["task_date"] is None:
        return VALUE
    return PASS if covers(period, c["task_date"], "start_date", "end_date") else fail()


def r40(book: Book, c: Claim, view: View) -> Result:
    if c["task_date"] is not None and c["task_date"] > c.first_day:
        return fail()
    if c["submitted_ts"] is None:
        return VALUE
    if book.e(c, view) is None:
        if c["task_date"] is None:
            return VALUE
        return fail() if day(c["submitted_ts"]) < c["task_date"] else PASS
    ts = book.ts(c, view)
    if ts is None:
        return VALUE
    return fail() if before(c["submitted_ts"], ts) else PASS


def r44(book: Book, c: Claim, view: View) -> Result:
    has_contracts, has_tasks = book.landing[CONTRACT].is_delivered(), book.landing[TASK].is_delivered()
    on = c["task_date"]
    if has_contracts and (c.contract is None or (on is not None and not covers(c.contract, on))):
        return fail()
    if has_tasks and on is not None and c.task is None:
        return fail()
    if not (has_contracts and has_tasks):
        return not_testable("table_missing")
    return VALUE if on is None else PASS


def r45(book: Book, c: Claim, view: View) -> Result:
    provider = _code(c.contract["provider_code"]) if c.contract else None
    named = _code(c["sub_code"])
    if named is None:
        prime = _code(c["prime_code"])
        if prime is None or provider is None or prime == provider:
            return None
        named = prime
    if gap := book.gap(c, view, SUBS):
        return gap
    if c["task_date"] is None:
        return VALUE
    return PASS if _is_approved(book, c["contract_id"], named, c["task_date"]) else fail()


def r46(book: Book, c: Claim, view: View) -> Result:
    if c.evidence not in ("PLAN", "PLAN_REVIEW", "CONTACT"):
        return None
    if gap := book.gap(c, view, ROSTER, source=True):
        return gap
    author, ts = book.e(c, view)["author_ref"], book.ts(c, view)
    if author is None or ts is None:
        return VALUE
    if not book.is_due(c, view, ROSTER, source=True):
        return NOT_DUE
    return PASS if any(covers(a, day(ts)) for a in book.landing[ROSTER].find("author_ref", author, c.source)) else fail()


def r47(book: Book, c: Claim, view: View) -> Result:
    if c.evidence not in ("PLAN", "PLAN_REVIEW", "PLAN_ACTION", "CONTACT"):
        return None
    if gap := book.gap(c, view, source=True):
        return gap
    row = book.landing[f"provider.{c.evidence}"].rows[c.source, c["task_ref"]]
    ts = book.ts(c, view)
    if row.first is None or ts is None:
        return VALUE
    if not book.is_due(c, view, source=True):
        return NOT_DUE
    return fail() if day(row.first) > working_day_after(day(ts), 5) else PASS


def is_after_closing(book: Book, c: Claim) -> bool:
    """Of a fail of R47: whether it was recorded after the period had closed too, or after a notice of audit."""
    first, period = book.landing[f"provider.{c.evidence}"].rows[c.source, c["task_ref"]].first, period_of(book, c)
    if period is not None and period["closes_ts"] is not None and before(period["closes_ts"], first):
        return True
    return any(
        (n["contract_id"] is None or n["contract_id"] == c["contract_id"])
        and (n["period"] is None or _code(n["period"]) == _code(c["period"]))
        and covers(n, c["task_date"])
        and n["noted_on"] < day(first)
        for n in book.landing[NOTICES].all()
    )


def r48(book: Book, c: Claim, view: View) -> Result:
    if c.evidence not in EVIDENCE_TS or not book.is_paid(c, view):
        return None
    if gap := book.gap(c, view, f"provider.{c.evidence}"):
        return gap
    row = book.landing[f"provider.{c.evidence}"].rows.get((c.source, c["task_ref"])) if c["task_ref"] else None
    if row is None:
        return not_testable("no_source_row")
    first_paid = min((on for on, _ in c.payments if on is not None), default=None)
    if row.live is None and view.moment is None:
        closed = [turn.date() for turn, is_open in row.turns if not is_open]
        is_since = first_paid is not None and closed and closed[-1] >= first_paid
        return fail() if is_since else not_testable("no_source_row")
    if c["submitted_ts"] is None:
        return VALUE
    then, is_doubtful = row.at(c["submitted_ts"])
    if then is None and not is_doubtful and view.moment is not None:
        return not_testable("no_source_row")
    if then is None or is_doubtful:
        return not_testable("no_version")
    if not book.is_due(c, view, source=True):
        return NOT_DUE
    # What stands today, or stood when the view looks: then that is the version of the submission itself.
    seen = row.live if view.moment is None else then
    columns = [k for k in seen if k not in MAY_CHANGE and not k.startswith("_")]
    return PASS if all(then.get(k) == seen[k] for k in columns) else fail()


def r49(book: Book, c: Claim, view: View) -> Result:
    if c["evidence_ref"] is None:
        return fail()
    if gap := book.gap(c, view, KEPT):
        return gap
    if not book.is_due(c, view, KEPT):
        return NOT_DUE
    return PASS if view.one(KEPT, c["evidence_ref"], c.source) is not None else fail()


def r53(book: Book, c: Claim, view: View) -> Result:
    if c.task is None:
        return None
    if c["task_ref"] is None or any(o.order < c.order for o in book.same_work.get(work_key(c), ())):
        return fail()
    if c.evidence not in EVIDENCE_TS and c.evidence not in ("referrals", "appointments"):
        return VALUE
    of_work = _is_done(book, c, view)
    if of_work[0] == "fail":
        return of_work
    of_band = _band(book, c, view)
    return of_band if of_band[0] == "fail" else first_of(of_work, of_band)


def _is_done(book: Book, c: Claim, view: View) -> tuple:
    """(a): whether the work is there and done."""
    if gap := book.gap(c, view, *book.table_of_evidence(c)):
        return gap
    if not book.is_due(c, view, source=True):
        return NOT_DUE
    if book.e(c, view) is None:
        return fail()
    is_done = book.is_done(c, view)
    return VALUE if is_done is None else PASS if is_done else fail()


def work_key(c: Claim) -> tuple:
    return (c["contract_id"], _code(c["task_code"]), c["task_ref"])


def _band(book: Book, c: Claim, view: View) -> tuple:
    """(b): whether the band is that of the volume."""
    if not book.landing[CARDS].is_delivered():
        return not_testable("table_missing")
    bands = cards(book, c)
    if not bands:
        return not_testable("no_term")
    used = band_used(c, bands)
    if len(bands) > 1 and c["period"] is not None and is_volume_untold(book, c["contract_id"], c["period"]):
        return not_testable("table_missing")
    if used is None or c["period"] is None:
        return VALUE
    right = right_band(book, c, bands, view)
    if right is None:
        return not_testable("no_term")
    if used == right:
        return PASS
    if c["qty"] is None or len(bands[right - 1]) != 1:
        return fail()
    return fail(max(Decimal(0), c["amount"] - price(c["qty"], bands[right - 1][0]["rate"])))


# Contract rules about authors and periods


def source_rows(book: Book) -> list[tuple[str, str | None, dt.date]]:
    """(sender, author, day) of every plan, review and attended contact, claimed or not."""
    found = []
    for table, column in (("PLAN", "completed_ts"), ("PLAN_REVIEW", "review_ts"), ("CONTACT", "contact_ts")):
        for (source, _), row in book.landing[f"provider.{table}"].rows.items():
            if row.live and row.live[column] and (table != "CONTACT" or row.live["attended"] == "Y"):
                found.append((source, row.live["author_ref"], day(row.live[column])))
    return found


def judge_authors(book: Book) -> list[dict]:
    """R50 of each sender, author and day; R52 of each sender, author and year from April."""
    minutes: dict[tuple, Decimal] = defaultdict(Decimal)
    for c in book.tested:
        if (
            c.evidence in ("PLAN", "PLAN_REVIEW", "CONTACT")
            and (e := book.e(c, book.now)) is not None
            and (ts := book.ts(c, book.now)) is not None
        ):
            minutes[c.source, e["author_ref"], day(ts)] += c.task["standard_minutes"] or 0
    rows = source_rows(book)
    lacking = {
        source
        for source in {at[0] for at in minutes} | {row[0] for row in rows}
        if not all(book.landing[f"provider.{t}"].is_delivered(source) for t in ("PLAN", "PLAN_REVIEW", "CONTACT"))
    }
    by_day = Counter(rows)
    found = []
    for source, author, on in sorted(by_day.keys() | minutes.keys(), key=str):
        said = {
            "subject_kind": "author_day",
            "subject_id": f"{source}|{author or ''}|{on}",
            "contract_id": None,
            "period": None,
            "rule_id": "R50",
        }
        is_too_many = by_day[source, author, on] > 15 or minutes.get((source, author, on), 0) > 600
        # Too many of what is there is too many; that there are no more can only be told of complete tables.
        is_too_many = is_too_many and author is not None
        missing = not_testable("table_missing") if source in lacking else VALUE if author is None else PASS
        found.append(said | {"result": fail(Decimal(0)) if is_too_many else missing})
    by_year: dict[tuple, list[dt.date]] = defaultdict(list)
    for source, author, on in rows:
        by_year[source, author, on.year - (on.month < 4)].append(on)
    for (source, author, year), on in by_year.items():
        said = {
            "subject_kind": "author_year",
            "subject_id": f"{source}|{author or ''}|{year}",
            "contract_id": None,
            "period": None,
            "rule_id": "R52",
        }
        off = sum(not is_working_day(one) for one in on)
        result = VALUE if author is None or len(on) < 20 else fail(Decimal(0)) if Decimal(off) / len(on) > Decimal("0.10") else PASS
        found.append(said | {"result": not_testable("table_missing") if source in lacking else result})
    return found


def judge_periods(book: Book) -> list[dict]:
    """R51 of each contract, period and task."""
    groups: dict[tuple, list[Claim]] = defaultdict(list)
    for c in book.tested:
        groups[c["contract_id"], c["period"], c["task_code"]].append(c)
    found = []
    for (contract, name, task), claims in groups.items():
        said = {
            "subject_kind": "task_period",
            "subject_id": f"{contract}|{name or ''}|{task}",
            "contract_id": contract,
            "period": name,
            "rule_id": "R51",
        }
        found.append(said | {"result": _spike(book, claims)})
    return found


def _spike(book: Book, claims: list[Claim]) -> tuple:
    if not (book.landing[PERIOD].is_delivered() and book.landing[CONTRACT].is_delivered()):
        return not_testable("table_missing")
    period, contract = period_of(book, claims[0]), claims[0].contract
    if period is None or contract is None or period["start_date"] is None or period["end_date"] is None:
        return not_testable("no_term")
    first = max(d for d in (period["start_date"], contract["from_date"]) if d)
    last = min(d for d in (period["end_date"], contract["to_date"]) if d)
    working = [one for n in range((last - first).days + 1) if is_working_day(one := first + days(n))]
    on = Counter(c["task_date"] for c in claims)
    n, x = sum(on[d] for d in working), sum(on[d] for d in working[-3:])
    if n < 10:
        return VALUE
    if min(book.landing["provider.CLAIM"].complete_to.values()) < last:
        return NOT_DUE  # claims of the period may still come
    p = min(3, len(working)) / len(working)
    chance = sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(x, n + 1))
    return fail(Decimal(0)) if chance < 0.001 else PASS


RULES = {"R34": r34, "R35": r35, "R36": r36, "R37": r37, "R38": r38, "R39": r39, "R40": r40, "R44": r44, "R45": r45, "R46": r46, "R47": r47,
         "R48": r48, "R49": r49, "R53": r53}  # fmt: skip

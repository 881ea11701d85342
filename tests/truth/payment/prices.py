"""Cards, volumes and service levels (rules section 4): what R41 to R43, R53 to R55 rest on."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from tests.truth.payment.claims import EVIDENCE_TS, PASS, PERIOD, VALUE, WHOSE, Book, Claim, fail, not_testable
from tests.truth.payment.lives import MOVEMENTS
from tests.truth.payment.person_place_time import PRISONS, planned_release
from tests.truth.payment.plans_reviews_actions import PLANS, REVIEWS, SCREENINGS, due_after
from tests.truth.payment.records import Fields, View
from tests.truth.payment.terms import LAG, covers, day, days, price, seed

CARDS, BASELINES = "contracts.RATE_CARD", "contracts.VOLUME_BASELINE"
LEVELS, REPORTS, CREDITS = "contracts.SERVICE_LEVEL", "contracts.SERVICE_LEVEL_REPORT", "contracts.CREDIT_LINE"


def cards(book: Book, c: Claim) -> list[list[Fields]]:
    """Bands of the card in force, from the lowest; more than one row where the card has two of a band."""
    rows = [
        r
        for r in book.landing[CARDS].find("contract_id", c["contract_id"])
        if (r["task_code"] or "").upper() == (c["task_code"] or "").upper() and c["task_date"] and covers(r, c["task_date"])
    ]
    if book.landing[CARDS].is_ever_filled("level"):
        rows = [r for r in rows if r["level"] is None or r["level"].lower() == (c["billed_level"] or "").lower()]
    by_band: dict[Decimal, list[Fields]] = defaultdict(list)
    for row in rows:
        by_band[row["band_low"] if row["band_low"] is not None else Decimal(0)].append(row)
    return [by_band[low] for low in sorted(by_band)]


def band_used(c: Claim, bands: list[list[Fields]]) -> int | None:
    """The ordinal of the band that was used; 0 where it is none; None where it is not said and there are several."""
    if c["band_used"] is None:
        return 1 if len(bands) <= 1 else None
    text = c["band_used"].strip()
    text = text.split(".")[0] if text.replace(".", "", 1).isdigit() and text.rstrip("0").endswith(".") else text
    return int(text) if text.isdigit() else 0


def card_of(c: Claim, bands: list[list[Fields]]) -> list[Fields] | None:
    n = band_used(c, bands)
    if n is None:
        return None
    return bands[n - 1] if 1 <= n <= len(bands) else []


def is_in_force(c: Claim) -> bool:
    return c.contract is not None and c.task is not None and covers(c.contract, c["task_date"])


def r41(book: Book, c: Claim, view: View):
    if not book.passes("R42", c, view):
        return None
    (card,) = card_of(c, cards(book, c))
    if c["rate"] is None:
        return VALUE
    if c["rate"] == card["rate"]:
        return PASS
    return fail() if c["qty"] is None or c["amount"] is None else fail(max(Decimal(0), c["amount"] - price(c["qty"], card["rate"])))


def r42(book: Book, c: Claim, view: View):
    if not is_in_force(c):
        return None
    if gap := book.gap(c, view, CARDS):
        return gap
    found = card_of(c, cards(book, c))
    if found is None:
        return VALUE
    return PASS if len(found) == 1 else fail()


def r43(book: Book, c: Claim, view: View):
    qty, rate, amount = c["qty"], c["rate"], c["amount"]
    if qty is not None and qty <= 0:
        return fail()
    if amount < 0:
        return fail(Decimal(0) if qty is None or rate is None else max(Decimal(0), amount - price(qty, rate)))
    if qty is None or rate is None:
        return VALUE
    right = price(qty, rate)
    return PASS if amount == right else fail(max(Decimal(0), amount - right))


# Volumes


def volume(book: Book, contract: str, period: str, view: View) -> int:
    return view.kept(("volume", contract, period), lambda: _volume(book, contract, period, view))


def is_volume_untold(book: Book, contract: str, period: str) -> bool:
    """A table of the work behind one of the period's claims never came: how much was done is not known."""
    claims = [c for c in book.by_period.get((contract, period.upper()), ()) if c.task is not None and c.evidence in (*EVIDENCE_TS, "referrals", "appointments")]
    return any(book.gap(c, book.now, *book.table_of_evidence(c)) for c in claims)


def _volume(book: Book, contract: str, period: str, view: View) -> int:
    """Each piece of work done once, by the weight of its task, else of its domain, else 1."""
    weights = {
        (b["weight_group"] or "").upper(): b["weight"]
        for b in book.landing[BASELINES].find("contract_id", contract)
        if (b["period"] or "").upper() == period.upper() and b["weight"] is not None
    }
    pieces: dict[tuple[str, str], set[str]] = defaultdict(set)
    for c in book.by_period.get((contract, period.upper()), ()):
        if view.moment is not None and (c["submitted_ts"] is None or c["submitted_ts"] > view.moment):
            continue
        if c.task is not None and c["task_ref"] is not None and book.e(c, view) is not None and book.is_done(c, view):
            pieces[(c["task_code"] or "").upper(), (c.domain or "").upper()].add(c["task_ref"])
    total = sum((Decimal(len(refs)) * _weight(weights, *named) for named, refs in pieces.items()), Decimal(0))
    return int(total.quantize(Decimal(1), ROUND_HALF_UP))


def _weight(weights: dict[str, Decimal], code: str, domain: str) -> Decimal:
    """Of the group of the task's code, of its domain, the standard one, or the only one; no row: 1."""
    for group in (code, domain, "STANDARD"):
        if group in weights:
            return weights[group]
    return next(iter(weights.values())) if len(weights) == 1 else Decimal(1)


def right_band(book: Book, c: Claim, bands: list[list[Fields]], view: View) -> int | None:
    total = volume(book, c["contract_id"], c["period"], view)
    for n, rows in enumerate(bands, start=1):
        if (rows[0]["band_low"] or 0) <= total and (rows[0]["band_high"] is None or total <= rows[0]["band_high"]):
            return n
    return None


# Service levels


class Level:
    """One service level of a contract and period: what it comes to when worked out again."""

    def __init__(self, book: Book, row: Fields, period: Fields) -> None:
        self.row, self.period = row, period
        defined = next((s for s in seed("service_level") if s["code"] == (row["code"] or "").upper()), None)
        self.is_defined = defined is not None
        self.tables: tuple[str, ...] = ()
        self.numerator = self.n = 0
        if defined:
            self.tables = (SCREENINGS, MOVEMENTS) if defined["kind"] == "plan_in_working_days" else (MOVEMENTS,)
            counted = book.levels.plans if defined["kind"] == "plan_in_working_days" else book.levels.reviews
            for on, is_met in counted.get(row["contract_id"], ()):
                if period["start_date"] <= on <= period["end_date"]:
                    self.n += 1
                    self.numerator += is_met
        self.value = _per_cent(self.numerator, self.n)

    def credit(self, value: Decimal) -> Decimal:
        points = max(Decimal(0), (self.row["threshold"] - value).to_integral_value(ROUND_CEILING))
        due = points * (self.row["credit_per_point"] or Decimal(0))
        return due if self.row["credit_cap"] is None else min(self.row["credit_cap"], due)


def _per_cent(numerator: int, n: int) -> Decimal | None:
    return (Decimal(100) * numerator / n).quantize(Decimal("0.1"), ROUND_HALF_UP) if n else None


class Levels:
    """By contract, the days on which a plan or a review was due, and whether there was one."""

    def __init__(self, book: Book) -> None:
        self.plans: dict[str, list[tuple[dt.date, bool]]] = defaultdict(list)
        self.reviews: dict[str, list[tuple[dt.date, bool]]] = defaultdict(list)
        landing, people, now = book.landing, book.people, book.now
        by_prison: dict[str, list[Fields]] = defaultdict(list)
        contracts = {k["contract_id"]: k for k in landing["contracts.CONTRACT"].all()}
        for row in landing[PRISONS].all():
            by_prison[(row["prison_code"] or "").upper()].append(row)
        plans_of: dict[str, list[tuple[str, Fields]]] = defaultdict(list)
        for (source, _), row in landing[PLANS].rows.items():
            if row.live and row.live["booking_no"] and row.live["completed_ts"]:
                plans_of[row.live["booking_no"]].append((source, row.live))
        books = {b["booking_no"]: b for b in people.book.values() if b["booking_no"]}
        for s in landing[SCREENINGS].all():
            if s["completed_ts"] is None or s["booking_no"] not in books:
                continue
            book_id = books[s["booking_no"]]["offender_book_id"]
            person = people.person_of_book.get(book_id)
            if person is None:
                continue
            due = due_after(s)
            if due is None:
                continue
            # Of two stays on the day the later; held on the day and not gone before it.
            held = [p for p in people.spells(person, now) if p.on(due)]
            if not held:
                continue
            prison = (held[-1].prison or "").upper()
            covering = {
                p["contract_id"]
                for p in by_prison.get(prison, ())
                if covers(p, due) and p["contract_id"] in contracts and covers(contracts[p["contract_id"]], due)
            }
            if len(covering) != 1:
                continue
            is_met = any(day(p["completed_ts"]) <= due for _, p in plans_of.get(s["booking_no"], ()))
            self.plans[covering.pop()].append((due, is_met))
        for release in book.releases.values():
            booking = people.book.get(release.book)
            if release.contract_id is None or booking is None:
                continue
            made = [(source, p) for source, p in plans_of.get(booking["booking_no"], []) if day(p["completed_ts"]) <= release.date]
            if not made or not _served(people.movements(release.person, now), release, booking):
                continue
            self.reviews[release.contract_id.upper()].append(
                (release.date, any(_is_reviewed(book, source, p, release, now) for source, p in made))
            )


def _served(movements, release, booking: Fields) -> bool:
    """84 days or more in custody: since the admission that opened the stay. Out and in again on one day is no end of it."""
    opened = left = None
    for m in movements:
        if m.leaves in ("release", "community", "died", "removal", "immigration_detention") and day(m.at) < release.date:
            left = day(m.at)
        elif m.is_admission and day(m.at) <= release.date and (opened is None or left not in (None, day(m.at))):
            opened, left = day(m.at), None
    if opened is None:
        return False
    return (release.date - opened).days >= 84


def _is_reviewed(book: Book, source: str, plan: Fields, release, now: View) -> bool:
    for review in now.find(REVIEWS, "plan_ref", plan["plan_ref"], source):
        at = review["review_ts"]
        if at is None or day(at) > release.date:
            continue
        planned = planned_release(book, release.book, at, now) or release.date
        if day(at) >= planned - days(84):
            return True
    return False


def levels(book: Book) -> list[Level]:
    """Every level in force on the last day of every period of its contract."""
    found = []
    for row in book.landing[LEVELS].all():
        for period in book.landing[PERIOD].find("contract_id", row["contract_id"]):
            if period["start_date"] and period["end_date"] and covers(row, period["end_date"]):
                found.append(Level(book, row, period))
    return found


def judge_levels(book: Book) -> list[dict]:
    """R54 and R55 of each contract, code and period."""
    given = {(c["contract_id"], (c["code"] or "").upper(), (c["period"] or "").upper()): abs(c["amount"]) for c in book.landing[CREDITS].all()}
    reported = {
        (c["contract_id"], (c["code"] or "").upper(), (c["period"] or "").upper()): c["reported_value"] for c in book.landing[REPORTS].all()
    }
    rows = []
    for level in levels(book):
        contract, code, period = level.row["contract_id"], level.row["code"], level.period["period"]
        key = (contract, code.upper(), period.upper())
        said = {"subject_kind": "service_level", "subject_id": f"{contract}|{code}|{period}", "contract_id": contract, "period": period}
        gap = _level_gap(book, level)
        credit_given = given.get(key, Decimal(0))
        lacking = Decimal(0)
        if gap is None:
            due = level.credit(level.value)
            lacking = max(Decimal(0), due - credit_given)
        result = gap or (fail(lacking) if lacking else PASS)
        if gap is None and not book.landing[CREDITS].is_delivered():
            result, lacking = not_testable("table_missing"), Decimal(0)
        rows.append(said | {"rule_id": "R54", "result": result})
        if key in reported and reported[key] is not None:
            result = gap
            if gap is None:
                value = reported[key]
                is_over = value - level.value > 1 and value * level.n / 100 - level.numerator >= 1
                part = Decimal(0) if lacking else max(Decimal(0), level.credit(level.value) - level.credit(value))
                result = fail(part) if is_over else PASS
            rows.append(said | {"rule_id": "R55", "result": result})
    return rows


def _level_gap(book: Book, level: Level):
    if not level.is_defined:
        return VALUE
    for table in (*level.tables, *(owner for one in level.tables for owner in WHOSE.get(one, ()))):
        if not book.landing[table].is_delivered():
            return not_testable("table_missing")
    if not book.landing[PLANS].is_delivered() or (level.tables == (MOVEMENTS,) and not book.landing[REVIEWS].is_delivered()):
        return not_testable("table_missing")
    if level.value is None or level.row["threshold"] is None:
        return VALUE
    for table in level.tables:
        if book.landing[table].watermark() < level.period["end_date"] + days(LAG):
            return not_testable("not_due")
    return None


RULES = {"R41": r41, "R42": r42, "R43": r43}

"""The claims: which are tested, what is left of each, what was paid, and what the rules read beside them (rules sections 1 and 3)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from tests.truth.payment.lives import People
from tests.truth.payment.records import Fields, Landing, Row, View
from tests.truth.payment.terms import LAG, When, complete_statuses, covers, day, days, to_pennies

CONTRACT, TASK, PERIOD = "contracts.CONTRACT", "contracts.TASK", "contracts.PERIOD"
PAYMENT, INVOICE = "contracts.PAYMENT", "contracts.INVOICE"
CRS = "refer_and_monitor.crs_performance_report-v2-"
REFERRALS, APPOINTMENTS = f"{CRS}referrals", f"{CRS}appointments"
COMPLEXITY, OUTCOMES = f"{CRS}complexity", f"{CRS}outcomes"
# Whose a record is stands in another table: before that came, the record says nothing of anybody.
WHOSE = {"nomis.OFFENDER_EXTERNAL_MOVEMENTS": ("nomis.OFFENDERS", "nomis.OFFENDER_BOOKINGS"),
         **dict.fromkeys(("ndelius.OFFENDER_MANAGER", "ndelius.OFFENDER_ADDRESS", "ndelius.PERSONAL_CIRCUMSTANCE"), ("ndelius.OFFENDER",))}  # fmt: skip
# The provider's evidence tables: key, and the column that says when the work was done.
EVIDENCE_TS = {"PLAN": "completed_ts", "PLAN_REVIEW": "review_ts", "PLAN_ACTION": "status_ts", "CONTACT": "contact_ts", "SERVICE": "started_on",
               "MESSAGE": "sent_ts"}  # fmt: skip
MILESTONES = {"plan_submitted": "date_first_action_plan_submitted", "plan_approved": "date_of_first_action_plan_approval",
              "report_submitted": "date_end_of_service_report_submitted", "concluded": "intervention_concluded_at"}  # fmt: skip
PASS = ("pass", None)


def not_testable(reason: str) -> tuple[str, str]:
    return ("not_testable", reason)


VALUE, NOT_DUE = not_testable("value_missing"), not_testable("not_due")


def fail(amount: Decimal | None = None) -> tuple[str, Decimal | None]:
    """A fail; `amount`: the part of the claim it puts at risk, None for all."""
    return ("fail", amount)


REASONS = ("no_column", "table_missing", "not_linked", "no_source_row", "no_term", "value_missing", "no_version", "not_due")


def first_of(*results: tuple) -> tuple:
    """Of legs none of which fails, the first reason for which one cannot be tested; else a pass."""
    reasons = [reason for result, reason in results if result == "not_testable"]
    return not_testable(min(reasons, key=REASONS.index)) if reasons else PASS


def evidence_of(name: str) -> str:
    """An evidence table: a provider's by its name, a commissioned service's by the last word."""
    name = name.strip()
    return name.rsplit("-", 1)[-1].lower() if name.lower().startswith("crs_performance_report") else name.upper()


@dataclass(frozen=True)
class Release:
    """A release: `at` its moment or day, `licence` whether on licence (None: not known)."""

    release_id: str
    person: str
    date: dt.date
    at: When
    book: str
    row: Row | None
    contract_id: str | None
    licence: bool | None


@dataclass
class Claim:
    """A claim and what does not hang on when it is looked at."""

    fields: Fields
    source: str
    person: str | None
    linked_row: Fields | None
    contract: Fields | None
    task: Fields | None
    net: Decimal
    waterfall: str
    paid: Decimal | None
    payments: list[tuple[dt.date | None, Decimal]]
    first_day: dt.date  # of the delivery that first held it
    booking: str | None = None
    release: Release | None = None
    is_before_agreements: bool = False

    def __getitem__(self, name: str):
        return self.fields[name]

    @property
    def id(self) -> str:
        return self.fields["claim_id"]

    @property
    def evidence(self) -> str | None:
        """The evidence table: a provider's by its name, a commissioned service's by the last word."""
        return evidence_of(self.task["evidence_table"]) if self.task is not None and self.task["evidence_table"] else None

    @property
    def is_crs(self) -> bool:
        # Before agreements came nothing tells a service's claims from others.
        return (self.contract["contract_type"] or "").lower() == "crs" if self.contract is not None else self.is_before_agreements

    @property
    def is_crs_fee(self) -> bool:
        return self.contract is not None and self.is_crs and self.evidence == "referrals"

    @property
    def setting(self) -> str | None:
        return (self.task["setting"] or "").lower() or None if self.task else None

    @property
    def domain(self) -> str | None:
        return (self.task["domain"] or "").lower() or None if self.task else None

    @property
    def order(self) -> tuple:
        """First and later."""
        return (self["submitted_ts"] or dt.datetime.max, self.id, self.source)

    @property
    def who(self) -> tuple[str, ...] | None:
        if self.person:
            return (self.person,)
        return (self.source, self["person_ref"]) if self["person_ref"] else None


class Book:
    """Every claim with what belongs to it, and what all rules ask of a claim in a view."""

    def __init__(self, landing: Landing, people: People, releases: list[Release], statuses: dict, recalls: dict) -> None:
        self.landing, self.people = landing, people
        self.statuses, self.recalls = statuses, recalls
        # What the rules look for, put in by audit.open_book.
        self.rules: dict[str, Callable[[Book, Claim, View], tuple | None]] = {}
        self.same: dict[tuple, list[Claim]] = defaultdict(list)
        self.same_task: dict[tuple, list[Claim]] = defaultdict(list)
        self.plans_of_booking: dict[tuple, list[Claim]] = defaultdict(list)
        self.entitled: dict[tuple, list[Claim]] = defaultdict(list)
        self.same_work: dict[tuple, list[Claim]] = defaultdict(list)
        self.by_period: dict[tuple, list[Claim]] = defaultdict(list)
        self.by_invoice: dict[str, list[Claim]] = defaultdict(list)
        self.assessments: dict[str, list[Row]] = defaultdict(list)
        self.treatments: dict[str, list[Row]] = defaultdict(list)
        self.referrals_of: dict[str, list[Row]] = defaultdict(list)
        self.releases = {r.release_id: r for r in releases}
        self.releases_of: dict[str, list[Release]] = defaultdict(list)
        for release in sorted(releases, key=lambda r: (r.date, str(r.at))):
            self.releases_of[release.person].append(release)
        self.now = View(landing)
        self.claims: list[Claim] = []
        self._chains()
        self._payments()
        self._make()
        self._of_row = {(c.source, c.id): c for c in self.claims}
        self.tested = [c for c in self.claims if c.waterfall == "tested"]

    # What is left of a claim, and what was paid

    def _chains(self) -> None:
        self.rows = {(r.source, r.key): r for r in self.landing["provider.CLAIM"].rows.values() if r.live is not None}
        below: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
        for (source, key), row in self.rows.items():
            if row.live["reverses_claim_id"]:
                below[source, row.live["reverses_claim_id"]].append((source, key))
        self.net: dict[tuple[str, str], tuple[Decimal, bool]] = {}  # what is left, whether something reverses it
        self.root: dict[tuple[str, str], tuple[str, str]] = {}
        for at, row in self.rows.items():
            if row.live["reverses_claim_id"] is None:
                net, level, sign = row.live["amount"], below.get(at, []), -1
                self.root[at] = at
                is_reversed = bool(level)
                while level:
                    for one in level:
                        amount = self.rows[one].live["amount"]
                        self.root[one] = at
                        net = None if net is None or amount is None else net + sign * abs(amount)
                    level, sign = [b for one in level for b in below.get(one, []) if b not in self.root], -sign
                self.net[at] = (net, is_reversed)

    def signed(self, c: Claim) -> Decimal:
        """What a reversal takes away; what reverses a reversal gives back."""
        depth, at, seen = 0, c, set()
        while at is not None and at["reverses_claim_id"] and at.id not in seen:
            seen.add(at.id)
            depth += 1
            row = self.rows.get((c.source, at["reverses_claim_id"]))
            at = self._of_row.get((c.source, at["reverses_claim_id"])) if row else None
        return -abs(c["amount"]) if depth % 2 else abs(c["amount"])

    def is_fully_reversed(self, at: tuple[str, str]) -> bool:
        net, is_reversed = self.net[at]
        return is_reversed and (net is None or net <= 0)

    def _payments(self) -> None:
        self.loose: list[Fields] = []  # payments that reach no claim
        sources: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for at in self.rows:
            sources[at[1]].append(at)
        billed: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for at, row in self.rows.items():
            if row.live["invoice_ref"] and not row.live["reverses_claim_id"] and not self.is_fully_reversed(at):
                billed[row.live["invoice_ref"]].append(at)
        self.paid: dict[tuple[str, str], list[tuple[dt.date | None, Decimal, str]]] = defaultdict(list)
        self.shares: dict[str, dict[tuple[str, str], Decimal]] = {}
        invoices = self.landing[INVOICE]
        for payment in self.landing[PAYMENT].all():
            ref, paid_on, amount = payment["payment_ref"], payment["paid_on"], payment["amount"]
            shares: dict[tuple[str, str], Decimal] = {}
            if payment.get("claim_id"):
                shares = {at: amount for at in sources.get(payment["claim_id"], [])[:1]}
            elif payment.get("invoice_ref"):
                invoice = invoices.find("invoice_ref", payment["invoice_ref"])
                contract = invoice[0]["contract_id"] if invoice else None
                asked = [
                    at for at in billed.get(payment["invoice_ref"], []) if contract is None or self.rows[at].live["contract_id"] == contract
                ]
                shares = _shared(amount, {at: self.rows[at].live["amount"] for at in asked})
            for at, share in shares.items():
                self.paid[at].append((paid_on, share, ref))
            self.shares[ref] = shares
            if not shares:
                self.loose.append(payment)

    def _make(self) -> None:
        contracts = {c["contract_id"]: c for c in self.landing[CONTRACT].all()}
        tasks: dict[str, list[Fields]] = defaultdict(list)
        for task in self.landing[TASK].all():
            tasks[(task["task_code"] or "").upper()].append(task)
        persons = self.landing["provider.PERSON"]
        for (source, key), row in sorted(self.rows.items()):
            fields = row.live
            at = (source, key)
            task_date = fields["task_date"]
            in_force = [t for t in tasks.get((fields["task_code"] or "").upper(), []) if task_date and covers(t, task_date)]
            task = max(in_force, key=lambda t: t["from_date"]) if in_force else None
            person = self.people.who.get((source, fields["person_ref"])) if fields["person_ref"] else None
            net, _ = self.net.get(at, (Decimal(0), False))
            payments = [(on, amount) for on, amount, _ in self.paid.get(at, [])]
            if fields["reverses_claim_id"]:
                waterfall, net = "reversal", Decimal(0)
            elif self.is_fully_reversed(at):
                waterfall, net = "fully_reversed", Decimal(0)
            elif (fields["status"] or "").lower() == "rejected" and not payments:
                waterfall = "refused"
            else:
                waterfall = "tested"
            known = persons.rows.get((source, fields["person_ref"])) if fields["person_ref"] else None
            claim = Claim(
                fields, source, person, known.live if known else None, contracts.get(fields["contract_id"]), task, net, waterfall,
                sum((a for _, a in payments), Decimal(0)) if payments else None, payments, row.first_day,
                is_before_agreements=not self.landing[CONTRACT].is_delivered(),
            )  # fmt: skip
            claim.release = self._release(claim, at)
            claim.booking = self._booking(claim)
            self.claims.append(claim)

    def _release(self, claim: Claim, at: tuple[str, str]) -> Release | None:
        """The release of a claim (definition: claim_release): forwards from custody, backwards from the community, within the claimed booking first."""
        if claim.person is None or claim.task is None:
            return None
        mine = self.releases_of.get(claim.person, [])
        own = self.people.booking_of(claim.person, claim["booking_no"])
        for asked in ([r for r in mine if own and r.book == own["offender_book_id"]], mine):
            if claim.setting == "custody":
                found = next((r for r in asked if r.date >= claim["task_date"]), None)
            elif claim.setting == "community":
                found = next((r for r in reversed(asked) if r.date <= claim["task_date"]), None)
            else:
                found = None
            if found:
                return found
        return None

    def _booking(self, claim: Claim) -> str | None:
        """b: the claimed booking if the person's; else that of the spell on task_date; else of the release. A booking id; a link, as of today."""
        if claim.person is None:
            return None
        own = self.people.booking_of(claim.person, claim["booking_no"])
        if own:
            return own["offender_book_id"]
        if claim["task_date"]:
            held = [s for s in self.people.spells(claim.person, self.now) if s.on(claim["task_date"])]
            if held:
                return held[-1].book
        return claim.release.book if claim.release else None

    # What every rule asks of a claim

    def e(self, c: Claim, view: View) -> Fields | None:
        """The source row: the one task_ref names in the sender's own table; of a commissioned service the referral."""
        if c.evidence in EVIDENCE_TS:
            return view.one(f"provider.{c.evidence}", c["task_ref"], c.source)
        if c.evidence in ("referrals", "appointments"):
            return view.one(REFERRALS, c["task_ref"], "refer_and_monitor")
        return None

    def sessions(self, referral: str, view: View, reason: str) -> list[dt.datetime | None]:
        """When the attended appointments of a kind were."""
        found = view.find(APPOINTMENTS, "referral_id", referral, "refer_and_monitor")
        return [
            a["appointment_time"]
            for a in found
            if (a["reason_for_appointment"] or "").lower() == reason and (a["attended"] or "") in ("YES", "LATE")
        ]

    def ts(self, c: Claim, view: View) -> When | None:
        return view.kept(("ts", c.source, c.id), lambda: self._ts(c, view))

    def _ts(self, c: Claim, view: View) -> When | None:
        e = self.e(c, view)
        if e is None:
            return None
        if c.evidence in EVIDENCE_TS:
            return e[EVIDENCE_TS[c.evidence]]
        milestone = (c.task.get("milestone") or "").lower()
        if milestone in MILESTONES:
            return e[MILESTONES[milestone]]
        if milestone in ("assessment_attended", "first_session") or c.evidence == "appointments":
            kind = "delivery" if milestone == "first_session" else "saa"
            return min((at for at in self.sessions(e["referral_id"], view, kind) if at), default=None)
        return e["date_of_first_action_plan_approval"]

    def at(self, c: Claim, view: View) -> When | None:
        ts = self.ts(c, view)
        return ts if ts is not None and day(ts) == c["task_date"] else c["task_date"]

    def is_done(self, c: Claim, view: View) -> bool | None:
        """Whether the work was done; None where its status is in no list. Asked of a source row that is there."""
        e = self.e(c, view)
        assert e is not None
        match c.evidence:
            case "PLAN_ACTION":
                return complete_statuses().get((e["status"] or "").lower())
            case "CONTACT":
                return e["attended"] == "Y"
            case _:
                return self.ts(c, view) is not None

    def table_of_evidence(self, c: Claim) -> tuple[str, ...]:
        """The tables that the work is looked for in."""
        if c.evidence in EVIDENCE_TS:
            return (f"provider.{c.evidence}",)
        if c.evidence == "appointments" or (c.task.get("milestone") or "").lower() in ("assessment_attended", "first_session"):
            return (REFERRALS, APPOINTMENTS)
        return (REFERRALS,)

    def gap(self, c: Claim, view: View, *tables: str, linked: bool = False, source: bool = False) -> tuple[str, str] | None:
        """The first of table_missing, not_linked, no_source_row that applies. Tables of a provider: the sender's."""
        if source:
            tables = (*self.table_of_evidence(c), *tables)
        for table in (*tables, *(owner for one in tables for owner in WHOSE.get(one, ()))):
            if not self.landing[table].is_delivered(c.source if table.startswith("provider.") else None):
                return not_testable("table_missing")
        if linked and c.person is None:
            return not_testable("not_linked")
        if source and self.e(c, view) is None:
            return not_testable("no_source_row")
        return None

    def is_due(self, c: Claim, view: View, *tables: str, on: dt.date | None = None, source: bool = False) -> bool:
        """Whether the tables read are complete to the day tested. Agreements and ROSTER need only be delivered."""
        tested = on or c["task_date"]
        if source:
            tables = (*self.table_of_evidence(c), *tables)
        submitted = c["submitted_ts"]
        for table in tables:
            if table.startswith("provider."):
                if table == "provider.ROSTER" or submitted is None:
                    continue
                watermark, needed = self.landing[table].watermark(c.source), day(submitted)
            elif table in (INVOICE, PAYMENT):
                watermark, needed = self.landing[table].watermark(), day(submitted) if submitted else None
            elif table.startswith("contracts."):
                continue
            else:
                if tested is None:
                    continue
                watermark, needed = self.landing[table].watermark(), tested + days(LAG)
            if view.moment is not None and watermark is not None:
                watermark = min(watermark, view.moment.date())
            if needed is not None and (watermark is None or watermark < needed):
                return False
        return True

    def r(self, c: Claim, view: View) -> Release | None:
        """The claim's release, where it was known: in the view of then neither what lay ahead nor what was written down later."""
        release = c.release
        if release is None or view.moment is None:
            return release
        if release.date > view.moment.date():
            return None
        if release.row is not None and view.of(release.row) is None:
            return None
        return release

    def result(self, rule: str, c: Claim, view: View) -> tuple | None:
        """What a rule says of a claim in a view; None where it does not apply."""
        return view.kept((rule, c.source, c.id), lambda: self.rules[rule](self, c, view))

    def passes(self, rule: str, c: Claim, view: View) -> bool:
        return self.result(rule, c, view) == PASS

    def is_paid(self, c: Claim, view: View) -> bool:
        known = [a for on, a in c.payments if view.moment is None or (on is not None and on <= view.moment.date())]
        return sum(known, Decimal(0)) > 0


def _shared(amount: Decimal, claims: dict[tuple[str, str], Decimal]) -> dict[tuple[str, str], Decimal]:
    """A payment over claims by amount, half-up pennies, the remainder to the highest claim id."""
    total = sum(claims.values(), Decimal(0))
    if not claims or total == 0:
        return {}
    shares = {at: to_pennies(amount * part / total) for at, part in claims.items()}
    last = max(shares, key=lambda at: (at[1], at[0]))
    shares[last] += amount - sum(shares.values(), Decimal(0))
    return shares

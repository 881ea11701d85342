"""The account of each contract and period, to the penny (rules section 5)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal

from tests.truth.payment.claims import EVIDENCE_TS, INVOICE, PAYMENT, REFERRALS, TASK, Book, Claim, evidence_of
from tests.truth.payment.prices import CREDITS
from tests.truth.payment.terms import complete_statuses, day, days

NONE = Decimal(0)
DUE_DAYS = 30
# Lines in which each claim stands once; the others are sums.
OF_A_CLAIM = ("reversed", "reversed_but_paid", "refused", "unpaid_due", "unpaid_overdue", "paid_in_full", "short_paid", "over_paid")


def line_of(c: Claim, paid: Decimal, as_of: dt.date) -> str | None:
    """The one line a claim stands in, by what was paid on it and its reversals; a reversal stands in none."""
    if c.waterfall == "reversal":
        return None
    if c.waterfall == "fully_reversed":
        return "reversed_but_paid" if paid > 0 else "reversed"
    if c.waterfall == "refused":
        return "refused"
    if paid <= 0:
        submitted = c["submitted_ts"]
        return "unpaid_due" if submitted is not None and day(submitted) + days(DUE_DAYS) >= as_of else "unpaid_overdue"
    return "paid_in_full" if paid == c.net else "short_paid" if paid < c.net else "over_paid"


def account(book: Book, as_of: dt.date, levels: list[dict]) -> list[dict]:
    """Rows of contract_id, period, line, n, amount."""
    sums: dict[tuple[str, str, str], list] = defaultdict(lambda: [0, NONE])

    def add(contract: str | None, period: str | None, line: str, amount: Decimal, n: int = 1) -> None:
        at = sums[contract or "", period or "", line]
        at[0] += n
        at[1] += amount

    places = {(c.source, c.id.upper()): c for c in book.claims}
    paid: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for at, c in places.items():
        paid[book.root.get(at, at)] += c.paid or NONE
    for c in book.claims:
        at = (c["contract_id"], c["period"])
        if c.waterfall == "reversal":
            add(*at, "reversals", book.signed(c))
        else:
            add(*at, "claimed", c["amount"])
            add(*at, line_of(c, paid[c.source, c.id.upper()], as_of), c.net)
        if c.payments:
            add(*at, "paid", c.paid)
    invoices = {i["invoice_ref"]: i for i in book.landing[INVOICE].all()}
    for payment in book.landing[PAYMENT].all():
        shares = book.shares[payment["payment_ref"]]
        for key, share in shares.items():
            add(places[key]["contract_id"], places[key]["period"], "payments", share)
        invoice = invoices.get(payment["invoice_ref"]) if payment.get("invoice_ref") and not payment.get("claim_id") else None
        if not shares:
            at = (invoice["contract_id"], invoice["period"]) if invoice else (None, None)
            add(*at, "payments", payment["amount"])
            add(*at, "payments_without_claim", payment["amount"])
        if invoice:
            add(invoice["contract_id"], invoice["period"], "invoice_paid", payment["amount"])
    for invoice in invoices.values():
        at = (invoice["contract_id"], invoice["period"])
        mine = [c for c in book.by_invoice.get(invoice["invoice_ref"], ()) if c["contract_id"] == invoice["contract_id"]]
        net = sum((c.net for c in mine), NONE)
        add(*at, "invoiced", invoice["total"])
        add(*at, "invoice_net", net)
        add(*at, "invoice_difference", invoice["total"] - net, 0)
    for credit in book.landing[CREDITS].all():
        given = -abs(credit["amount"])  # a credit gives, whatever its sign
        add(credit["contract_id"], credit["period"], "credits_given", given)
        add(credit["contract_id"], credit["period"], "credits_due", -given)
    for level in levels:
        if level["rule_id"] == "R54" and level["result"][0] == "fail":
            add(level["contract_id"], level["period"], "credits_omitted", level["result"][1])
            add(level["contract_id"], level["period"], "credits_due", level["result"][1])
    signs = {
        "difference": {"claimed": 1, "reversals": 1, "paid": -1},
        "invoice_open": {"invoiced": 1, "credits_given": 1, "invoice_paid": -1},
    }
    for contract, period in sorted({(k, p) for k, p, _ in sums}):
        for line, parts in signs.items():
            there = [(sums[contract, period, part][1], sign) for part, sign in parts.items() if (contract, period, part) in sums]
            if there:
                add(contract, period, line, sum((sign * amount for amount, sign in there), NONE), 0)
    add(None, None, "not_claimed", NONE, _never_claimed(book))
    return [{"contract_id": k, "period": p, "line": line, "n": n, "amount": amount} for (k, p, line), (n, amount) in sums.items()]


def _never_claimed(book: Book) -> int:
    """Work that was done and that no claim names: source rows of the evidence tables that a task names, and of commissioned services each
    referral once for its assessment and once for its fee."""
    claimed = {(c.evidence, c.source, c["task_ref"]) for c in book.claims}
    of_service = {(c.evidence, c["task_ref"]) for c in book.claims}
    named = {evidence_of(t["evidence_table"]) for t in book.landing[TASK].all() if t["evidence_table"]}
    n = 0
    for table in named & EVIDENCE_TS.keys():
        for (source, key), row in book.landing[f"provider.{table}"].rows.items():
            e = row.live
            if e is None or (table, source, key) in claimed:
                continue
            if table == "PLAN_ACTION":
                n += bool(complete_statuses().get((e["status"] or "").lower()))
            elif table == "CONTACT":
                n += e["attended"] == "Y"
            else:
                n += e[EVIDENCE_TS[table]] is not None
    for referral in book.landing[REFERRALS].all():
        key = referral["referral_id"]
        if "referrals" in named and ("referrals", key) not in of_service:
            n += referral["date_of_first_action_plan_approval"] is not None
        if "appointments" in named and ("appointments", key) not in of_service:
            n += any(book.sessions(key, book.now, "saa"))
    return n

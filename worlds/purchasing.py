"""Contracts of both eras and the provider's own files: who was paid for which task, and what went wrong with the claim.

Until 25 June 2021 the twelve invented "Through the Gate" contracts buy tasks in custody; after it the invented
commissioned services are billed against Refer and Monitor referrals. All prices are invented.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from worlds import identity
from worlds.ledger import Ledger, Row, Value
from worlds.lives import Life
from worlds.places import REGIONS

CONTRACTS = "contracts"
TTG_FROM, TTG_TO, CRS_FROM = date(2015, 5, 1), date(2021, 6, 25), date(2021, 6, 26)
PROVIDERS = {"alder": "Alder Resettlement (invented)", "birch": "Birch Futures (invented)", "cedar": "Cedar Partnership (invented)",
             "damson": "Damson Trust (invented)"}
OWNER = {"C10": "cedar", "C17": "alder", "C07": "birch", "C02": "birch", "C11": "cedar", "C08": "cedar", "C01": "birch", "C05": "birch",
         "C14": "cedar", "C21": "alder", "C15": "cedar", "C16": "damson"}
SUB = {"alder": "SUB_ASH", "birch": "SUB_BAY", "cedar": "SUB_COB", "damson": "SUB_DOG"}
# task: name, domain, setting, evidence table, release-linked, price
TASKS: dict[str, tuple[str, str, str, str, bool, str]] = {
    "T-PLAN": ("Resettlement plan", "planning", "custody", "PLAN", False, "41.37"),
    "T-REV": ("Pre-release review", "planning", "custody", "PLAN_REVIEW", False, "18.05"),
    "T-ACC": ("Accommodation support", "accommodation", "custody", "PLAN", True, "96.49"),
    "T-ETE": ("Employment brokerage", "employment", "custody", "PLAN", True, "88.20"),
    "T-FBD": ("Finance, benefit and debt", "finance", "custody", "PLAN", True, "54.15"),
    "T-MEN": ("Meeting at the gate", "mentoring", "community", "PLAN", True, "33.33"),
    "C-ACC": ("Accommodation service", "accommodation", "community", "crs_performance_report-v2-referrals", False, "412.75"),
    "C-PRE": ("Accommodation service before release", "accommodation", "custody", "crs_performance_report-v2-referrals", False, "120.08"),
    "C-ETE": ("Employment service", "employment", "community", "crs_performance_report-v2-referrals", False, "377.01"),
    "C-FBD": ("Finance service", "finance", "community", "crs_performance_report-v2-referrals", False, "205.99"),
    "C-PWB": ("Personal wellbeing service", "wellbeing", "community", "crs_performance_report-v2-referrals", False, "298.40"),
}
CRS_TASK = {"ACC": "C-ACC", "ETE": "C-ETE", "FBD-NW": "C-FBD", "PWB": "C-PWB"}


@dataclass(frozen=True)
class Referral:
    """A Refer and Monitor referral that can be billed: the number of its person, and the day it was received."""

    person: int
    referral_id: str
    kind: str
    received: date


@dataclass(frozen=True)
class Claim:
    """One claim as it is written, `row`, with what others are made from."""

    claim_id: str
    contract: str
    provider: str
    ref: str
    task: str
    when: date
    period: str
    amount: Decimal
    row: Row


@dataclass
class Book:
    """The claims so far, by provider, and what the register tables need from them."""

    ledger: Ledger
    claims: list[Claim] = field(default_factory=list)
    persons: set[tuple[str, str]] = field(default_factory=set)
    periods: set[tuple[str, str]] = field(default_factory=set)

    def person(self, provider: str, person: Life, **other: Value) -> str:
        """Register the person with the provider under its own reference."""
        ref = f"{provider[:2].upper()}{7000 + person.number}"
        if (provider, ref) not in self.persons:
            self.persons.add((provider, ref))
            n = person.number
            row: Row = {
                "person_ref": ref, "noms_no": identity.noms_number(n) if n % 3 else "", "crn": identity.crn(n) if n % 4 else "",
                "pnc": identity.pnc(n) if n % 3 == 0 or n % 4 == 0 else "", "first_name": person.first, "last_name": person.last,
                "birth_date": person.birth, "postcode": f"ZZ{n} 2ZZ", "recorded_ts": datetime.combine(person.sentences[-1].start, time(9))}
            self.ledger.add(f"provider_{provider}", "PERSON", row | other)
        return ref

    def claim(self, contract: str, provider: str, ref: str, task: str, when: date, *, amount: str | None = None, qty: str = "1",
              **other: Value) -> None:
        """Write one claim, priced from the task unless said otherwise, submitted within the month after."""
        period = when.strftime("%Y-%m")
        rate = Decimal(TASKS[task][5] if task in TASKS else "10.00")
        if task in ("T-ACC", "T-ETE") and when >= date(2019, 4, 1):
            rate += Decimal("6.66")
        price = Decimal(amount) if amount else (rate * Decimal(qty)).quantize(Decimal("0.01"), ROUND_HALF_UP)
        claim_id = f"{provider[0].upper()}{len(self.claims) + 100001}"
        row: Row = {
            "claim_id": claim_id, "contract_id": contract, "prime_code": provider,
            "person_ref": ref, "task_code": task, "task_date": when, "period": period, "qty": Decimal(qty), "rate": rate, "band_used": 1,
            "amount": price, "submitted_ts": datetime.combine(when + timedelta(days=9), time(16, 45)), "evidence_ref": f"EV{len(self.claims) + 1:05d}",
            "status": "submitted", **other}
        self.claims.append(Claim(claim_id, contract, provider, ref, task, when, period, price, row))
        self.periods.add((contract, period))


def write_purchasing(ledger: Ledger, people: dict[int, Life], referrals: list[Referral]) -> None:
    """Contracts, providers' files and payments."""
    book = Book(ledger)
    register(ledger)
    through_the_gate(book, people)
    commissioned(book, people, referrals)
    odd_claims(book, people)
    settle(book)


def register(ledger: Ledger) -> None:
    """CONTRACT, CONTRACT_PRISON, SUBCONTRACTOR, TASK, RATE_CARD and the tables about service levels and results."""
    def add(table: str, **row: Value) -> None:
        ledger.add(CONTRACTS, table, row)

    for region, (_, men, women, _, cpa) in REGIONS.items():
        owner, contract = OWNER[cpa], f"TTG-{cpa}"
        add("CONTRACT", contract_id=contract, contract_type="ttg", provider_code=owner, provider_name=PROVIDERS[owner], area_kind="cpa",
            area_code=cpa, from_date=TTG_FROM, to_date=TTG_TO)
        for prison in (*men, *women, *(("WWI",) if cpa == "C21" else ())):  # one London prison serves two contracts
            add("CONTRACT_PRISON", contract_id=contract, prison_code=prison, from_date=TTG_FROM, to_date=TTG_TO)
        add("SUBCONTRACTOR", contract_id=contract, sub_code=SUB[owner], from_date=TTG_FROM, to_date=TTG_TO)
        for task, values in TASKS.items():
            if not task.startswith("T-"):
                continue
            price = Decimal(values[5])
            rises = task in ("T-ACC", "T-ETE")
            add("RATE_CARD", contract_id=contract, task_code=task, band_low=1, from_date=TTG_FROM, band_high=500, rate=price,
                to_date=date(2019, 3, 31) if rises else TTG_TO)
            if rises:
                add("RATE_CARD", contract_id=contract, task_code=task, band_low=1, from_date=date(2019, 4, 1), band_high=500,
                    rate=price + Decimal("6.66"), to_date=TTG_TO)
        add("SERVICE_LEVEL", contract_id=contract, code="PLAN5", from_date=TTG_FROM, threshold=90, credit_per_point=Decimal("12.50"),
            credit_cap=Decimal("500.00"), to_date=TTG_TO)
        add("SERVICE_LEVEL_REPORT", contract_id=contract, code="PLAN5", period="2018-05", reported_value=89)
        add("ELIGIBILITY", contract_id=contract, rule="minimum_age", from_date=TTG_FROM, value=18, to_date=TTG_TO)
        add("VOLUME_BASELINE", contract_id=contract, period="2018-05", baseline=120, weight_group="standard", weight=Decimal("1.00"))
        for kind, task in CRS_TASK.items():
            crs, owner = crs_contract(region, kind)
            add("CONTRACT", contract_id=crs, contract_type="crs", provider_code=owner, provider_name=PROVIDERS[owner],
                area_kind="probation_region", area_code=region, from_date=CRS_FROM, to_date=None)
            for code in (task, "C-PRE") if kind == "ACC" else (task,):
                add("RATE_CARD", contract_id=crs, task_code=code, band_low=1, from_date=CRS_FROM, band_high=None, rate=Decimal(TASKS[code][5]))
            add("SUBCONTRACTOR", contract_id=crs, sub_code=SUB[owner], from_date=CRS_FROM, to_date=None)
    for task, (name, domain, setting, evidence, linked, _) in TASKS.items():
        since, until = (TTG_FROM, TTG_TO) if task.startswith("T-") else (CRS_FROM, None)
        changed = date(2019, 4, 1) if task == "T-ACC" else None
        shared: Row = {"task_code": task, "domain": domain, "setting": setting, "evidence_table": evidence, "is_release_linked": linked,
                  "timeliness_pays": task == "T-PLAN", "max_per_booking": 1, "window_anchor": "release" if linked else None,
                  "window_from_days": -84 if linked else None, "window_to_days": 30 if linked else None, "standard_minutes": 45}
        ledger.add(CONTRACTS, "TASK", shared | {"from_date": since, "task_name": name, "to_date": date(2019, 3, 31) if changed else until})
        if changed:
            ledger.add(CONTRACTS, "TASK", shared | {"from_date": changed, "task_name": f"{name}, enhanced", "to_date": until})
    add("PBR_RESULT", cohort="2016-Q1", measure="binary", result=Decimal("41.2"), baseline=Decimal("43.0"), lower=Decimal("39.5"),
        upper=Decimal("42.8"), is_final=True)
    add("PBR_RESULT", cohort="2016-Q2", measure="binary", result=Decimal("43.9"), baseline=Decimal("43.0"), lower=Decimal("42.1"),
        upper=Decimal("45.7"), is_final=False)


def crs_contract(region: str, kind: str) -> tuple[str, str]:
    """(contract reference, provider) of a commissioned service."""
    providers = ("alder", "birch", "cedar")
    return f"INV_{region}_{kind.split('-')[0]}", providers[(list(REGIONS).index(region) + len(kind)) % 3]


def through_the_gate(book: Book, people: dict[int, Life]) -> None:
    """Plans, reviews and claims for the sentences before June 2021."""
    for person in people.values():
        release = next((r for r in person.releases if r.booking == 1), None)
        if release is None:
            continue
        n, cpa = person.number, REGIONS[person.region][4]
        provider, contract = OWNER[cpa], f"TTG-{cpa}"
        ref = book.person(provider, person)
        started = next(s.start for s in person.sentences if s.booking == 1)
        shared = {"booking_no": identity.booking_number(person, 1), "prison_code": release.prison,
                  "sub_code": SUB[provider] if n % 5 == 0 else ""}
        plan = f"PL{n:04d}"
        completed = datetime.combine(started + timedelta(days=4 + n % 6), time(10, 20))
        book.ledger.add(f"provider_{provider}", "PLAN", {
            "plan_ref": plan, "person_ref": ref, "noms_no": identity.noms_number(n), "booking_no": shared["booking_no"],
            "prison_code": release.prison, "completed_ts": completed, "author_ref": f"AU{n % 5}", "issued_date": completed.date(),
            "plan_text": f"Invented plan number {n}: find somewhere to live, open an account.", "recorded_ts": completed + timedelta(hours=3)})
        reviewed = datetime.combine(release.day - timedelta(days=25 + n % 40), time(14))
        book.ledger.add(f"provider_{provider}", "PLAN_REVIEW", {
            "review_ref": f"RV{n:04d}", "plan_ref": plan, "review_ts": reviewed, "author_ref": f"AU{n % 5}",
            "review_text": f"Invented plan number {n}: find somewhere to live, open an account." if n % 3 == 0 else f"Reviewed with person {n}.",
            "person_contacted": n % 3 != 0, "recorded_ts": reviewed + timedelta(hours=1)})
        book.claim(contract, provider, ref, "T-PLAN", completed.date(), task_ref=plan, **shared)
        if n % 3 == 1:
            book.claim(contract, provider, ref, "T-REV", reviewed.date(), task_ref=f"RV{n:04d}", **shared)
        for task, back in (("T-ACC", 40), ("T-ETE", 38), ("T-FBD", 30))[: 1 + n % 3]:
            book.claim(contract, provider, ref, task, release.day - timedelta(days=back), task_ref=plan, **shared)
        if n % 4 == 2 and release.day < date(2021, 5, 1):
            book.claim(contract, provider, ref, "T-MEN", release.day + timedelta(days=n % 3), **shared)
        if n % 9 == 0:
            book.ledger.add(CONTRACTS, "PBR_COHORT", {"cohort": "2016-Q1", "person_ref": ref})


def commissioned(book: Book, people: dict[int, Life], referrals: list[Referral]) -> None:
    """Claims against Refer and Monitor referrals, on the inspected release."""
    for turn, referral in enumerate(referrals):
        person, kind = people[referral.person], referral.kind
        contract, provider = crs_contract(person.region, kind)
        ref = book.person(provider, person)
        after = max(referral.received, person.day(0)) + timedelta(days=20)
        shared = {"task_ref": referral.referral_id, "booking_no": identity.booking_number(person, 2), "billed_level": ("low", "medium", "high")[turn % 3],
                  "sub_code": SUB[provider] if turn % 4 == 0 else ""}
        book.claim(contract, provider, ref, CRS_TASK[kind], after, **shared)
        if kind == "ACC" and referral.received < person.day(-10):
            book.claim(contract, provider, ref, "C-PRE", person.day(-8), prison_code=person.prison, **shared)


def odd_claims(book: Book, people: dict[int, Life]) -> None:
    """Reversals, mistyped and contradictory ids, people and tasks nobody knows, and three claims that share a penny."""
    for claim in [c for c in book.claims if int(c.claim_id[1:]) % 17 == 3]:
        book.claim(claim.contract, claim.provider, claim.ref, claim.task, claim.when, amount=str(-claim.amount), qty="-1",
                   booking_no=claim.row.get("booking_no"), reverses_claim_id=claim.claim_id, task_ref=claim.row.get("task_ref"),
                   sub_code=claim.row.get("sub_code"))
    when = date(2022, 5, 18)
    contract, provider = crs_contract("N57", "FBD-NW")
    folder = f"provider_{provider}"
    stranger: Row = {"person_ref": "NO1", "noms_no": "A7001ZT", "crn": "X970001", "first_name": "Nobody", "last_name": "Testnowhere",
                     "birth_date": date(1980, 1, 2), "recorded_ts": datetime(2022, 5, 1, 9)}
    mistyped: Row = {"person_ref": "NO2", "noms_no": "A90290ZT", "crn": "X99O029", "first_name": people[29].first, "last_name": people[29].last,
                     "birth_date": people[29].birth, "recorded_ts": datetime(2022, 5, 1, 9)}
    torn: Row = {"person_ref": "NO3", "noms_no": identity.noms_number(30), "crn": identity.crn(31), "first_name": people[30].first,
                 "last_name": people[30].last, "birth_date": people[30].birth, "recorded_ts": datetime(2022, 5, 1, 9)}
    other: Row = {"person_ref": "NO4", "noms_no": identity.noms_number(32), "first_name": "Wrong", "last_name": "Testperson",
                  "birth_date": date(1999, 9, 9), "recorded_ts": datetime(2022, 5, 1, 9)}
    for row in (stranger, mistyped, torn, other):
        book.ledger.add(folder, "PERSON", row)
        book.claim(contract, provider, str(row["person_ref"]), "C-FBD", when)
    book.claim(contract, provider, "NO5", "C-FBD", when)      # no PERSON row at all
    book.claim(contract, provider, "", "C-FBD", when)
    late = book.person(provider, people[34])
    book.claim(contract, provider, late, "C-ZZZ", when)       # a task in no list
    book.claim("TTG-C16", "damson", book.person("damson", people[44]), "T-ACC", date(2021, 8, 2))  # after the contract's end
    book.claim("TTG-C17", "alder", book.person("alder", people[100]), "T-ETE", date(2021, 6, 1),
               booking_no=identity.booking_number(people[100], 2), prison_code="LEI")  # released long after
    for turn in range(3):  # an invoice of three equal claims paid as 100.00: the last penny goes to the highest claim_id
        person = people[(36, 40, 48)[turn]]
        book.claim("INV_N59_PWB", crs_contract("N59", "PWB")[1], book.person(crs_contract("N59", "PWB")[1], person), "C-PWB",
                   date(2022, 10, 3), amount="33.34", invoice_ref="INV-PENNY")


def settle(book: Book) -> None:
    """Invoices, payments and periods: a third of the claims is paid by name, a third by invoice, a third not."""
    ledger = book.ledger
    invoices: dict[tuple[str, str], list[Claim]] = {}
    paid = 0
    for turn, claim in enumerate(book.claims):
        if claim.row.get("invoice_ref") == "INV-PENNY" or claim.row.get("reverses_claim_id"):
            continue
        if turn % 3 == 0:
            paid += 1
            ledger.add(CONTRACTS, "PAYMENT", {"payment_ref": f"PAY{paid:05d}", "claim_id": claim.claim_id,
                                              "paid_on": claim.when + timedelta(days=41), "amount": claim.amount})
        elif turn % 3 == 1:
            claim.row["invoice_ref"] = f"INV-{claim.contract}-{claim.period}"
            invoices.setdefault((claim.contract, claim.period), []).append(claim)
    for (contract, period), billed in sorted(invoices.items()):
        total = sum((c.amount for c in billed), Decimal("0.00"))
        issued = max(c.when for c in billed) + timedelta(days=12)
        invoice = billed[0].row["invoice_ref"]
        ledger.add(CONTRACTS, "INVOICE", {"invoice_ref": invoice, "contract_id": contract, "period": period, "issued_on": issued, "total": total})
        if len(period + contract) % 5:  # some invoices are still open, one is paid in two parts
            paid += 1
            ledger.add(CONTRACTS, "PAYMENT", {"payment_ref": f"PAY{paid:05d}", "invoice_ref": invoice,
                                              "paid_on": issued + timedelta(days=30), "amount": total})
    ledger.add(CONTRACTS, "INVOICE", {"invoice_ref": "INV-PENNY", "contract_id": "INV_N59_PWB", "period": "2022-10", "issued_on": date(2022, 10, 20),
                                      "total": Decimal("100.02")})
    for part, amount in enumerate(("60.00", "40.00"), start=1):
        ledger.add(CONTRACTS, "PAYMENT", {"payment_ref": f"PAYPENNY{part}", "invoice_ref": "INV-PENNY", "paid_on": date(2022, 11, 15 + part),
                                          "amount": Decimal(amount)})
    for contract, period in sorted(book.periods):
        first = date.fromisoformat(f"{period}-01")
        last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        ledger.add(CONTRACTS, "PERIOD", {"contract_id": contract, "period": period, "start_date": first, "end_date": last,
                                         "closes_ts": datetime.combine(last + timedelta(days=14), time(17))})
    ledger.add(CONTRACTS, "CREDIT_LINE", {"contract_id": "TTG-C17", "period": "2018-05", "code": "PLAN5", "amount": Decimal("-12.50")})
    for claim in book.claims:
        ledger.add(f"provider_{claim.provider}", "CLAIM", claim.row)

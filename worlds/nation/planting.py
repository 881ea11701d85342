"""Writes invented people, work and claims into a nation's deliveries, row by row, for claims whose every value is chosen.

The people are nobody's else: numbers, prisons, contracts and the sender are their own. Records are put at the end of files that are there
already; the sender's files are new. What a planted claim must come to is kept beside it and goes to the truth folder as plant.parquet.
"""

from __future__ import annotations

import csv
import hashlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from expectations.contract import find_table
from ground.sql import literal
from worlds.ledger import Row, Value, as_text
from worlds.nation.world import World

SENDER, PROVIDER = "provider_planted", "PLANTED"
GENERAL, COMMISSIONED = "PLANTED-TTG", "PLANTED-CRS"
NAMES = ("Arbor", "Bryony", "Cedric", "Dahlia", "Elmer", "Fennel", "Garth", "Hazelle", "Ivor", "Juniper", "Kelp", "Larch", "Myrtle")
# Everybody planted comes in and goes out on these days, unless said otherwise.
CAME_IN, SCREENED, PLANNED = datetime(2020, 9, 7, 10), datetime(2020, 9, 8, 12), datetime(2020, 9, 11, 10)
WENT_OUT, AFTER = datetime(2020, 12, 4, 10), date(2020, 12, 10)
TEN = Decimal("10.00")
Expected = tuple[str, str, str | None, Decimal, str | None]


def fails(rule: str, severity: str, pounds: Decimal | str | int = TEN) -> Expected:
    """A rule that fails a claim, with the pounds at risk of its row."""
    return (rule, "fail", severity, Decimal(pounds).quantize(Decimal("0.01")), None)


def untested(rule: str, reason: str) -> Expected:
    """A rule that cannot be tested on a claim, and why."""
    return (rule, "not_testable", None, Decimal("0.00"), reason)


@dataclass
class Planted:
    """One planted person and the stay that the plant is about."""

    n: int
    came_in: datetime
    went_out: datetime | None
    prison: str

    @property
    def ref(self) -> str:
        return f"PLA{self.n:04d}"

    @property
    def noms(self) -> str:
        return f"P{self.n:04d}ZZ"

    @property
    def crn(self) -> str:
        return f"W{900000 + self.n}"

    @property
    def offender(self) -> str:
        return str(70_000_000 + self.n * 10)

    @property
    def case(self) -> int:
        return 70_000_000 + self.n * 10

    @property
    def book(self) -> str:
        return str(71_000_000 + self.n * 10)

    @property
    def booking(self) -> str:
        return f"PL{self.n:05d}"

    @property
    def author(self) -> str:
        return f"PLW{self.n}"


class Planting:
    """Collects rows and what is expected of claims and subjects; `write` puts them into the deliveries.

    Methods that add a row give its reference. Moments are local times, days are dates; `over` sets or changes any column.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.rows: dict[tuple[str, str], list[Row]] = defaultdict(list)
        self.later: dict[tuple[str, str], list[Row]] = defaultdict(list)
        self.truth: list[tuple[object, ...]] = []
        self._last = 0
        self._people = 0
        self._ids = {(kind, code): n for kind, code, n in world.con.execute("select kind || '|' || list, code, cast(id as int) from code.list").fetchall()}
        [(self._area,)] = world.con.execute("select id from code.area_no where area = 'C17'").fetchall()
        [(self._national,)] = world.con.execute("select id from code.area_no where area = 'N07'").fetchall()
        self.add("ndelius", "STAFF", STAFF_ID=79_000_001, OFFICER_CODE="C17P001")
        self.add("ndelius", "TEAM", TEAM_ID=79_000_001, CODE="C17PLA", DESCRIPTION="Planted team", PROBATION_AREA_ID=self._area)
        self.add("ndelius", "TEAM", TEAM_ID=79_000_002, CODE="N07PLA", DESCRIPTION="Planted team", PROBATION_AREA_ID=self._national)

    def add(self, source: str, table: str, **row: Value) -> None:
        """Add one row as delivered; columns not named stay empty."""
        self.rows[source, table].append(row)

    def next(self) -> int:
        """A number that no other row has."""
        self._last += 1
        return self._last

    # People

    def person(
        self,
        came_in: datetime = CAME_IN,
        went_out: datetime | None = WENT_OUT,
        prison: str = "QPA",
        moved: tuple[tuple[datetime, str], ...] = (),
        born: date = date(1988, 5, 17),
        sex: str = "M",
        left_by: str = "CR",
        sentenced: date | None = None,
        home: str | None = "A01B",
        managed: tuple[date, date | None] | None = (date(2019, 1, 2), None),
        is_national: bool = False,
        returned: datetime | None = None,
        died: date | None = None,
        is_on_record: bool = True,
    ) -> Planted:
        """Someone in custody from `came_in` to `went_out`, known to prison, probation and, unless `is_on_record` is false, the sender.

        moved: arrivals in other prisons. home: the type of the address from the day of release, None: none is known. managed: who the
        case was allocated to, from and to. returned: a recall.
        """
        self._people += 1
        n = self._people
        p = Planted(n, came_in, went_out, prison)
        letters = "".join(chr(97 + n * 7 // 26**k % 26) for k in (2, 1, 0))
        first, last = NAMES[n % len(NAMES)] + letters[::-1], f"Testplant{letters}{'aeiou'[n % 5]}"
        self.add("nomis", "OFFENDERS", OFFENDER_ID=p.offender, ROOT_OFFENDER_ID=p.offender, OFFENDER_ID_DISPLAY=p.noms, LAST_NAME=last.upper(), FIRST_NAME=first.upper(),
                 BIRTH_DATE=born, SEX_CODE=sex, RACE_CODE="W1", ALIAS_NAME_TYPE="CN", CREATE_DATE=came_in)  # fmt: skip
        self.add("nomis", "OFFENDER_BOOKINGS", OFFENDER_BOOK_ID=p.book, OFFENDER_ID=p.offender, ROOT_OFFENDER_ID=p.offender, BOOKING_NO=p.booking,
                 BOOKING_BEGIN_DATE=came_in, BOOKING_SEQ=1, ACTIVE_FLAG="N", AGY_LOC_ID="OUT", IN_OUT_STATUS="OUT")  # fmt: skip
        moves: list[tuple[datetime, str, str, str, str, str]] = [(came_in, "ADM", "N", "IN", "CRT01", prison)]
        for at, to in moved:
            moves += [(at - timedelta(hours=3), "TRN", "NOTR", "OUT", prison, to), (at, "ADM", "INT", "IN", prison, to)]
            prison = to
        if went_out is not None:
            moves.append((went_out, "REL", left_by, "OUT", prison, "OUT"))
            self.planned_release(p, came_in + timedelta(days=3), went_out.date())
        if returned is not None:
            moves.append((returned, "ADM", "L", "IN", "OUT", prison))
        for seq, (at, kind, reason, direction, origin, target) in enumerate(moves, 1):
            self.add("nomis", "OFFENDER_EXTERNAL_MOVEMENTS", OFFENDER_BOOK_ID=p.book, MOVEMENT_SEQ=seq, MOVEMENT_DATE=at.date(), MOVEMENT_TIME=at, MOVEMENT_TYPE=kind,
                     MOVEMENT_REASON_CODE=reason, DIRECTION_CODE=direction, FROM_AGY_LOC_ID=origin, TO_AGY_LOC_ID=target, CREATE_DATETIME=at)  # fmt: skip
        started = sentenced or came_in.date()
        self.add("nomis", "OFFENDER_SENTENCES", OFFENDER_BOOK_ID=p.book, SENTENCE_SEQ=1, SENTENCE_CALC_TYPE="ADIMP", SENTENCE_STATUS="A", START_DATE=started,
                 END_DATE=started + timedelta(days=400))  # fmt: skip
        self.add("nomis", "OFFENDER_SENT_CALCULATIONS", OFFENDER_SENT_CALCULATION_ID=72_000_000 + n, OFFENDER_BOOK_ID=p.book, CALCULATION_DATE=came_in + timedelta(days=1),
                 CRD_CALCULATED_DATE=went_out and went_out.date(), LED_CALCULATED_DATE=started + timedelta(days=400), SED_CALCULATED_DATE=started + timedelta(days=400))  # fmt: skip
        self.add("ndelius", "OFFENDER", OFFENDER_ID=p.case, CRN=p.crn, NOMS_NUMBER=p.noms, FIRST_NAME=first, SURNAME=last, DATE_OF_BIRTH_DATE=born,
                 GENDER_ID=self._id("gender", sex), ETHNICITY_ID=self._id("ethnicity", "W1"), SOFT_DELETED=0, ROW_VERSION=1, LAST_UPDATED_DATETIME=came_in,
                 DECEASED_DATE=died)  # fmt: skip
        if managed is not None:
            self.add("ndelius", "OFFENDER_MANAGER", OFFENDER_MANAGER_ID=73_000_000 + n, OFFENDER_ID=p.case, ALLOCATION_DATE=managed[0], END_DATE=managed[1],
                     TEAM_ID=79_000_002 if is_national else 79_000_001, PROBATION_AREA_ID=self._national if is_national else self._area,
                     ALLOCATION_STAFF_ID=79_000_001, SOFT_DELETED=0)  # fmt: skip
        if home is not None and went_out is not None:
            self.home(p, home, went_out.date())
        if is_on_record:
            self.on_record(p.ref, p, first, last, born)
        self.add(SENDER, "ROSTER", author_ref=p.author, from_date=date(2019, 1, 1), employer_code=PROVIDER)
        return p

    def on_record(self, ref: str, p: Planted, first: str, last: str, birth: date, **over: Value) -> None:
        """The sender's own record of a person."""
        row: Row = {"person_ref": ref, "noms_no": p.noms, "crn": p.crn, "first_name": first, "last_name": last, "birth_date": birth, "recorded_ts": p.came_in}
        self.add(SENDER, "PERSON", **(row | over))

    def planned_release(self, p: Planted, known: datetime, on: date) -> None:
        """The planned date of release, as it stood from `known`."""
        self.add("nomis", "OFFENDER_RELEASE_DETAILS", OFFENDER_BOOK_ID=p.book, RELEASE_DATE=on, MOVEMENT_TYPE="REL", MOVEMENT_REASON_CODE="CR", MODIFY_DATETIME=known)
        self.add("nomis", "OFFENDER_RELEASE_DETAILS_HTY", OFFENDER_BOOK_ID=p.book, MODIFY_DATETIME=known, RELEASE_DATE=on)

    def home(self, p: Planted, kind: str, start: date, end: date | None = None) -> None:
        """An address of an nDelius type, written down the next morning."""
        written = datetime.combine(start, time(9)) + timedelta(days=1)
        self.add("ndelius", "OFFENDER_ADDRESS", OFFENDER_ADDRESS_ID=74_000_000 + self.next(), OFFENDER_ID=p.case, ADDRESS_STATUS_ID=self._id("address status", "M"),
                 ADDRESS_TYPE_ID=self._id("address type", kind), TYPE_VERIFIED="Y", NO_FIXED_ABODE="N", POSTCODE=f"ZZ{p.n % 90 + 1} 8PL", START_DATE=start, END_DATE=end,
                 SOFT_DELETED=0, LAST_UPDATED_DATETIME=written, CREATED_DATETIME=written)  # fmt: skip

    def work(self, p: Planted, official_class: str, start: date) -> None:
        """A state of work of an official class."""
        [(code,)] = self.world.con.execute(
            "select min(code) from code.list where kind = 'employment' and list = 'CIRCUMSTANCE_SUB_TYPE' and official_class = ?", [official_class]
        ).fetchall()
        written = datetime.combine(start, time(9)) + timedelta(days=1)
        self.add("ndelius", "PERSONAL_CIRCUMSTANCE", PERSONAL_CIRCUMSTANCE_ID=75_000_000 + self.next(), OFFENDER_ID=p.case, CIRCUMSTANCE_TYPE_ID=self._id("circumstance type", "B", "CIRCUMSTANCE_TYPE"),
                 CIRCUMSTANCE_SUB_TYPE_ID=self._id("employment", code, "CIRCUMSTANCE_SUB_TYPE"), START_DATE=start, EVIDENCED="Y", SOFT_DELETED=0,
                 LAST_UPDATED_DATETIME=written, CREATED_DATETIME=written)  # fmt: skip

    def _id(self, kind: str, code: str, of: str = "STANDARD_REFERENCE_LIST") -> int:
        return self._ids[f"{kind}|{of}", code]

    # What prison and provider wrote down

    def screening(self, p: Planted, at: datetime = SCREENED, received: datetime | None = None, needs: dict[str, str] | None = None) -> str:
        """A completed screening of the booking, with its needs flagged Y or N (accommodation Y unless said otherwise)."""
        ref = f"PBC{self.next()}"
        self.add("oasys", "BCS_SCREENING", screening_id=ref, noms_no=p.noms, booking_no=p.booking, reception_ts=received or p.came_in, completed_ts=at, author="BCSP")
        for domain, flag in (needs if needs is not None else {"accommodation": "Y"}).items():
            self.add("oasys", "BCS_NEED", screening_id=ref, domain=domain, need_flag=flag, description_text="Invented", recorded_ts=at)
        return ref

    def plan(self, p: Planted, at: datetime = PLANNED, screening: str | None = None, actions: tuple[str, ...] = ("accommodation",), **over: Value) -> str:
        """A plan with one completed action a domain, each met for."""
        ref = f"PPL{self.next()}"
        row: Row = {"plan_ref": ref, "person_ref": p.ref, "noms_no": p.noms, "booking_no": p.booking, "prison_code": p.prison, "screening_id": screening, "completed_ts": at,
                    "author_ref": p.author, "issued_date": at.date() + timedelta(days=1), "plan_text": text(p.n), "recorded_ts": at + timedelta(hours=1), "counted_in_sl": "N"}  # fmt: skip
        self.add(SENDER, "PLAN", **(row | over))
        for domain in actions:
            self.action(p, ref, at.replace(hour=9) + timedelta(days=14), domain=domain)
        return ref

    def action(self, p: Planted, plan: str | None, done: datetime, kind: str = "advice", met: datetime | None = None, is_met: bool = True, **over: Value) -> str:
        """An action, complete at `done`, with an attended contact a quarter of an hour before unless said otherwise."""
        ref = f"PAC{self.next()}"
        row: Row = {"action_ref": ref, "plan_ref": plan, "domain": "accommodation", "action_type": kind, "action_text": "Invented", "owner": "provider",
                    "status": "complete", "status_ts": done, "recorded_ts": done + timedelta(hours=1)}  # fmt: skip
        self.add(SENDER, "PLAN_ACTION", **(row | over))
        if is_met:
            self.contact(p, met or done - timedelta(minutes=15), action_ref=ref)
        return ref

    def referral(self, action: str, sent: datetime, answered: datetime | None) -> None:
        """A referral of an action, and its answer."""
        self.add(SENDER, "REFERRAL", referral_ref=f"PRF{self.next()}", action_ref=action, sent_ts=sent, sent_to="Invented agency", response_ts=answered,
                 response="accepted" if answered else None, recorded_ts=sent + timedelta(minutes=5))  # fmt: skip

    def contact(self, p: Planted, at: datetime, **over: Value) -> str:
        """An attended meeting with the person in custody, by telephone."""
        ref = f"PCT{self.next()}"
        row: Row = {"contact_ref": ref, "person_ref": p.ref, "contact_ts": at, "setting": "custody", "mode": "telephone", "domain": "planning", "attended": "Y",
                    "contact_with": "person", "author_ref": p.author, "recorded_ts": at + timedelta(hours=1)}  # fmt: skip
        self.add(SENDER, "CONTACT", **(row | over))
        return ref

    def review(self, p: Planted, plan: str, at: datetime, is_met: bool = True, **over: Value) -> str:
        """A review of a plan, with a contact with the person at the time."""
        n = self.next()
        ref = f"PRV{n:05d}"
        row: Row = {"review_ref": ref, "plan_ref": plan, "review_ts": at, "author_ref": p.author, "review_text": text(5000 + n), "person_contacted": "Y",
                    "recorded_ts": at + timedelta(hours=1)}  # fmt: skip
        self.add(SENDER, "PLAN_REVIEW", **(row | over))
        if is_met:
            self.contact(p, at - timedelta(minutes=20))
        return ref

    def service(self, p: Planted, started: date | None, **over: Value) -> str:
        """A service that began on a day."""
        ref = f"PSV{self.next()}"
        row: Row = {"service_ref": ref, "person_ref": p.ref, "service": "invented", "offered_on": started and started - timedelta(days=3), "started_on": started}
        self.add(SENDER, "SERVICE", **(row | over))
        return ref

    def message(self, p: Planted, sent: datetime, kind: str = "handover") -> str:
        """A message of hand-over to the responsible officer."""
        ref = f"PMS{self.next()}"
        self.add(SENDER, "MESSAGE", message_ref=ref, person_ref=p.ref, sent_ts=sent, kind=kind, sent_to="responsible officer")
        return ref

    def commissioned(self, p: Planted, sessions: tuple[datetime, ...] = (datetime(2020, 12, 18, 11), datetime(2021, 1, 5, 11)), level: str = "Medium", **over: Value) -> str:
        """A referral to a commissioned service of December 2020, step by step in order, reported and ended on 10 February 2021."""
        n = self.next()
        ref = f"{n:08x}-0000-4000-8000-00000000f1a7"
        row: Row = {"referral_ref": f"PL{n:04d}ET", "referral_id": ref, "crs_contract_reference": COMMISSIONED, "crs_contract_type": "ETE", "crs_provider_id": "Planted",
                    "service_user_crn": p.crn, "date_referral_received": datetime(2020, 12, 7, 9), "date_first_action_plan_submitted": datetime(2020, 12, 14, 10),
                    "date_of_first_action_plan_approval": datetime(2020, 12, 16, 10), "outcomes_to_be_achieved_count": 1, "count_of_sessions_expected": 2,
                    "count_of_sessions_attended": len(sessions), "date_intervention_ended": datetime(2021, 2, 10, 15), "intervention_end_reason": "completed",
                    "date_end_of_service_report_submitted": datetime(2021, 2, 10, 16), "intervention_concluded_at": datetime(2021, 2, 10, 17)}  # fmt: skip
        self.add("refer_and_monitor", "crs_performance_report-v2-referrals", **(row | over))
        for k, at in enumerate((datetime(2020, 12, 10, 11), *sessions)):
            self.add("refer_and_monitor", "crs_performance_report-v2-appointments", referral_id=ref, appointmentId=f"PAP{n}-{k}", appointment_time=at, attended="YES",
                     reason_for_appointment="delivery" if k else "saa")  # fmt: skip
        self.add("refer_and_monitor", "crs_performance_report-v2-complexity", referral_id=ref, service_category_id="planted", service_category_name="Planted",
                 complexity_level_title=f"{level} complexity")  # fmt: skip
        return ref

    # What was agreed, claimed and paid

    def contract(self, contract: str, kind: str = "ttg", ends: date = date(2022, 12, 31), prisons: tuple[str, ...] = (), periods: tuple[str, ...] | None = None) -> None:
        """A contract of the planted provider from 2019, with its prisons and months (2020 and 2021 unless named); a month closes two weeks on."""
        self.add("contracts", "CONTRACT", contract_id=contract, contract_type=kind, provider_code=PROVIDER, provider_name="Planted provider", area_kind="prisons",
                 area_code=contract, from_date=date(2019, 1, 1), to_date=ends)  # fmt: skip
        for prison in prisons:
            self.add("contracts", "CONTRACT_PRISON", contract_id=contract, prison_code=prison, from_date=date(2019, 1, 1))
        for period in periods or tuple(f"{year}-{month:02d}" for year in (2020, 2021) for month in range(1, 13)):
            start = date.fromisoformat(f"{period}-01")
            end = (start + timedelta(days=31)).replace(day=1) - timedelta(days=1)
            self.add("contracts", "PERIOD", contract_id=contract, period=period, start_date=start, end_date=end, closes_ts=closing(end))

    def price(self, contract: str, task: str, rate: str = "10.00", low: int = 0, high: int | None = None, since: date = date(2019, 1, 1)) -> None:
        """A row of the rate card."""
        self.add("contracts", "RATE_CARD", contract_id=contract, task_code=task, band_low=low, from_date=since, band_high=high, rate=Decimal(rate))

    def claim(self, p: Planted, task: str, ref: str | None, at: date | datetime, contract: str = GENERAL, **over: Value) -> str:
        """A claim for work done at `at`, submitted on the fifth of the next month at noon; ten pounds, in evidence."""
        n = self.next()
        claim_id = f"PLANT{n:05d}"
        day = at.date() if isinstance(at, datetime) else at
        submitted = datetime.combine((day.replace(day=1) + timedelta(days=32)).replace(day=5), time(12))
        row: Row = {"claim_id": claim_id, "contract_id": contract, "prime_code": PROVIDER, "person_ref": p.ref, "booking_no": p.booking,
                    "prison_code": p.prison, "task_code": task, "task_ref": ref, "task_date": day, "period": f"{day:%Y-%m}", "qty": Decimal("1"), "rate": TEN,
                    "band_used": 1, "submitted_ts": submitted, "evidence_ref": f"PEV{n}", "status": "approved"} | over  # fmt: skip
        if "amount" not in row:
            row["amount"] = (Decimal(str(row["qty"])) * Decimal(str(row["rate"]))).quantize(Decimal("0.01"), ROUND_HALF_UP)
        self.add(SENDER, "CLAIM", **row)
        if row["evidence_ref"] == f"PEV{n}":
            self.add(SENDER, "EVIDENCE", evidence_ref=f"PEV{n}", sha256=hashlib.sha256(claim_id.encode()).hexdigest(), received_ts=datetime.combine(day, time(8)), kind="signed form")
        return claim_id

    def pay(self, claim: str, on: date, amount: Decimal = TEN) -> None:
        """A payment of a claim."""
        self.add("contracts", "PAYMENT", payment_ref=f"PPY{self.next()}", claim_id=claim, paid_on=on, amount=amount)

    # The truth

    def expect(self, kind: str, rule: str, side: str, claim: str, *rows: Expected) -> None:
        """All that the product must list for a claim; none: that it passes everything that applies."""
        assert (side == "fail") == any(row[0] == rule and row[1] == "fail" for row in rows), (kind, side)
        for found, result, severity, pounds, reason in rows or ((rule, "pass", None, Decimal("0.00"), None),):
            self.truth.append((kind, rule, side, SENDER, claim, None, found, result, severity, pounds, reason))

    def expect_subject(self, kind: str, rule: str, side: str, subject: str, *rows: Expected) -> None:
        """All that the product must list of the rule for a subject that is no claim."""
        for found, result, severity, pounds, reason in rows or ((rule, "pass", None, Decimal("0.00"), None),):
            self.truth.append((kind, rule, side, SENDER, None, subject, found, result, severity, pounds, reason))

    # Into the deliveries

    def write(self) -> None:
        """Write the rows and plant.parquet. Call it after all tables are written and before the manifests are."""
        first = self.world.days[0]
        for (source, table), rows in self.rows.items():
            days = [first]
            # A table that comes again in full on another day would close what it does not hold.
            if not self.world.in_one and any((s, t, d) == (source, table, self.world.second_full_day) for s, t, d, *_ in self.world.delivered):
                days.append(self.world.second_full_day)  # type: ignore[arg-type]
            for day in days:
                self._append(source, table, day, rows)
        if not self.world.in_one:
            for (source, table), rows in self.later.items():
                self._append(source, table, self.world.change_days[0], rows)
        self.world.truth_folder.mkdir(parents=True, exist_ok=True)
        con = self.world.con
        con.execute("create table truth.plant (kind varchar, rule varchar, side varchar, source varchar, claim_id varchar, subject varchar, listed_rule varchar, result varchar, "
                    "severity varchar, amount_at_risk decimal(18,2), reason varchar)")  # fmt: skip
        con.executemany("insert into truth.plant values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", self.truth)
        con.execute(f"copy (select * from truth.plant order by all) to {literal(self.world.truth_folder / 'plant.parquet')} (format parquet, compression zstd)")

    def _append(self, source: str, table: str, day: date, rows: list[Row]) -> None:
        folder = self.world.out / source / day.isoformat()
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{table}.csv"
        at = next((i for i, (s, t, d, *_) in enumerate(self.world.delivered) if (s, t, d) == (source, table, day)), None)
        if path.exists():
            with path.open(encoding="utf-8", newline="") as file:
                header = next(csv.reader(file))
        else:
            declared = find_table(source, table)
            assert declared is not None, (source, table)
            given = {name for row in rows for name in row}
            header = [declared.written_as(c, table, given) for c in declared.columns if c.is_required or c.label in given]
        with path.open("a", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            if file.tell() == 0:
                writer.writerow(header)
            for row in rows:
                unknown = row.keys() - set(header)
                if unknown:
                    raise KeyError(f"{source}/{table}: no such columns: {', '.join(sorted(unknown))}")
                writer.writerow([as_text(row.get(column)) for column in header])
        if at is None:
            self.world.delivered.append((source, table, day, path.name, len(rows)))
        else:
            self.world.delivered[at] = (source, table, day, path.name, self.world.delivered[at][4] + len(rows))


def closing(end: date) -> datetime:
    """When a month of a planted contract closes."""
    return datetime.combine(end + timedelta(days=14), time(17))


_WORDS = (
    "alder birch cedar dogwood elder fir gorse hazel ivy juniper kelp larch maple nettle oak pine quince rowan sorrel thyme umber vetch willow yarrow zinnia acorn bramble clover"
).split()


def text(n: int, words: int = 60) -> str:
    """A text of invented words that is no other number's."""
    chosen = [_WORDS[(n // 27 ** (k % 4) + 5 * k + k * k) % len(_WORDS)] for k in range(words)]
    return " ".join(chosen)

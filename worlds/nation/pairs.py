"""Claims planted in pairs, one on each side of every bound of every payment rule, each with all that the product must list for it.

A kind is a bound; `pass` and `fail` say on which side of it the claim lies. What other rules say of the same claim is listed too: no rule
masks another (definition: payment_money). Amounts are those of the rule's own row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from worlds.nation.planting import (
    AFTER,
    CAME_IN,
    COMMISSIONED,
    GENERAL,
    PLANNED,
    SCREENED,
    SENDER,
    WENT_OUT,
    Expected,
    Planted,
    Planting,
    closing,
    fails,
    text,
    untested,
)
from worlds.nation.world import World

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
OUT = WENT_OUT.date()
# Nobody says how people met, in commissioned services.
UNSAID = untested("R11", "no_column")
# task: domain, setting, evidence table, linked to a release, timeliness pays, at most a booking, window, minutes, signals paid for
TASKS: dict[str, tuple[str, str, str, str, str, int | None, tuple[int, int] | None, int, str | None]] = {
    "P-PLAN": ("planning", "custody", "PLAN", "N", "Y", None, None, 45, None),
    "P-PLANS": ("planning", "custody", "PLAN", "N", "N", None, None, 45, None),
    "P-REV": ("planning", "custody", "PLAN_REVIEW", "N", "N", None, (-84, 0), 45, None),
    "P-ACT": ("other", "custody", "PLAN_ACTION", "N", "N", None, None, 45, None),
    "P-ACC": ("accommodation", "custody", "PLAN_ACTION", "N", "N", None, None, 45, None),
    "P-ETE": ("employment", "custody", "PLAN_ACTION", "N", "N", None, None, 45, None),
    "P-FBD": ("finance", "custody", "PLAN_ACTION", "N", "N", None, None, 45, None),
    "P-DRG": ("drugs", "custody", "PLAN_ACTION", "N", "N", None, None, 45, None),
    "P-CONC": ("other", "custody", "CONTACT", "N", "N", None, None, 45, None),
    "P-CON": ("other", "community", "CONTACT", "N", "N", None, None, 45, None),
    "P-CON47": ("other", "community", "CONTACT", "N", "N", None, None, 45, "R47"),
    "P-300": ("other", "community", "CONTACT", "N", "N", None, None, 300, None),
    "P-301": ("other", "community", "CONTACT", "N", "N", None, None, 301, None),
    "P-SVC": ("other", "community", "SERVICE", "N", "N", None, None, 45, None),
    "P-SVC2": ("other", "community", "SERVICE", "N", "N", 2, None, 45, None),
    "P-SVCC": ("other", "custody", "SERVICE", "N", "N", None, None, 45, None),
    "P-HRS": ("other", "community", "SERVICE", "N", "N", None, None, 45, None),
    "P-TWO": ("other", "community", "SERVICE", "N", "N", None, None, 45, None),
    "P-PRE": ("coordination", "custody", "MESSAGE", "Y", "N", None, (-28, 0), 45, None),
    "P-MSG": ("coordination", "custody", "MESSAGE", "N", "N", None, None, 45, None),
    "P-MEN": ("mentoring", "community", "CONTACT", "N", "N", None, None, 45, None),
    "P-FEE": ("other", "community", "crs_performance_report-v2-referrals", "N", "N", None, None, 45, None),
    "P-FEEA": ("accommodation", "community", "crs_performance_report-v2-referrals", "N", "N", None, None, 45, None),
    "P-FEEP": ("accommodation", "community", "crs_performance_report-v2-referrals", "N", "N", None, None, 45, "R58"),
}  # fmt: skip
SIDES = ("pass", "fail")


def plant_pairs(world: World) -> None:
    """Plant every pair in the written deliveries and list what they come to in plant.parquet."""
    b = Planting(world)
    _agree(b)
    for plant in _KINDS:
        plant(b)
    b.write()


def _agree(b: Planting) -> None:
    for code, (domain, setting, evidence, linked, timely, most, window, minutes, paid_for) in TASKS.items():
        b.add("contracts", "TASK", task_code=code, from_date=date(2019, 1, 1), task_name=f"Planted {code}", domain=domain, setting=setting, evidence_table=evidence,
              is_release_linked=linked, timeliness_pays=timely, max_per_booking=most, window_anchor="release" if window else None, window_from_days=window and window[0],
              window_to_days=window and window[1], standard_minutes=minutes, paid_for_rules=paid_for)  # fmt: skip
        b.price(COMMISSIONED if code.startswith("P-FEE") else GENERAL, code, "33.33" if code == "P-HRS" else "10.00")
    for n, prison in enumerate(("QPA", "QPB", "QPC", "QPE", "QPF", "QPG", "QPH")):
        b.add("nomis", "AGENCY_LOCATIONS", AGY_LOC_ID=prison, DESCRIPTION=f"Planted prison {n}", AGENCY_LOCATION_TYPE="INST")
    b.contract(GENERAL, prisons=("QPA", "QPB"))
    b.contract(COMMISSIONED, "crs")
    b.add("contracts", "CONTRACT_PRISON", contract_id=GENERAL, prison_code="QPC", from_date=date(2019, 1, 1), to_date=date(2020, 11, 16))
    b.add("contracts", "SUBCONTRACTOR", contract_id=GENERAL, sub_code="PLANTED_SUB", from_date=date(2019, 1, 1), to_date=AFTER)


def _served(b: Planting, day: date = AFTER, person: Planted | None = None, contract: str = GENERAL, task: str = "P-SVC", **over: Any) -> str:
    """A claim for a service outside that began on a day: the plainest there is."""
    p = person or b.person()
    return b.claim(p, task, b.service(p, day), day, contract, **over)


def _met(b: Planting, at: datetime, task: str = "P-CONC", person: Planted | None = None, claimed: dict[str, Any] | None = None, **over: Any) -> str:
    """A claim for a meeting at a moment."""
    p = person or b.person()
    setting = TASKS[task][1]
    return b.claim(p, task, b.contact(p, at, **({"setting": setting, "domain": TASKS[task][0]} | over)), at, **(claimed or {}))


def _sided(passes: Any, fails_: Any) -> Iterator[tuple[str, Any]]:
    yield from zip(SIDES, (passes, fails_), strict=True)


# R01 to R03: the person


def _unlinked(b: Planting) -> None:
    unknown = (fails("R01", "S1"), untested("R10", "not_linked"))
    for kind in ("reference in no row", "reference empty"):
        b.expect(kind, "R01", "pass", _served(b))
        p = b.person()
        ref = "NOT-ON-RECORD" if kind == "reference in no row" else None
        also = () if ref else (untested("R34", "value_missing"), untested("R35", "value_missing"))
        b.expect(kind, "R01", "fail", b.claim(p, "P-SVC", b.service(p, AFTER), AFTER, person_ref=ref), *unknown, *also)


def _ambiguous(b: Planting) -> None:
    b.expect("numbers of two people", "R02", "pass", _served(b))
    p, other = b.person(is_on_record=False), b.person()
    b.on_record(p.ref, p, "Arbor", "Testplantelsewhere", date(1960, 3, 4), crn=other.crn)
    b.expect("numbers of two people", "R02", "fail", b.claim(p, "P-SVC", b.service(p, AFTER), AFTER), fails("R02", "S2"), fails("R01", "S1"), untested("R10", "not_linked"))


def _not_eligible(b: Planting) -> None:
    contract = "PLANTED-ELIGIBLE"
    b.contract(contract, prisons=("QPA",))
    for task in ("P-SVC", "P-CONC"):
        b.price(contract, task)
    for rule, value in (("minimum_age", "18"), ("maximum_age", "25"), ("sex", "Male"), ("case_type", "sentenced")):
        b.add("contracts", "ELIGIBILITY", contract_id=contract, rule=rule, from_date=date(2019, 1, 1), value=value)
    twenty = date(2000, 6, 1)
    for side, born in _sided(date(2002, 12, 10), date(2002, 12, 11)):
        b.expect("eighteenth birthday", "R03", side, _served(b, person=b.person(born=born), contract=contract), *_if(side, fails("R03", "S2")))
    for side, born in _sided(date(1994, 12, 11), date(1994, 12, 10)):
        b.expect("over the highest age", "R03", side, _served(b, person=b.person(born=born), contract=contract), *_if(side, fails("R03", "S2")))
    for side, sex in _sided("M", "F"):
        b.expect("other sex", "R03", side, _served(b, person=b.person(born=twenty, sex=sex), contract=contract), *_if(side, fails("R03", "S2")))
    met = datetime(2020, 10, 8, 11)
    for side, day in _sided(met.date(), met.date() + DAY):
        p = b.person(born=twenty, sentenced=day)
        b.expect("sentenced that day", "R03", side, _met(b, met, person=p, claimed={"contract": contract}), *_if(side, fails("R03", "S2")))


def _if(side: str, *rows: Expected) -> tuple[Expected, ...]:
    return rows if side == "fail" else ()


# R04 to R11: place and time


def _in_custody(b: Planting) -> None:
    for side, at in _sided(CAME_IN, CAME_IN - MINUTE):
        b.expect("minute of admission", "R04", side, _met(b, at), *_if(side, fails("R04", "S1")))
    for side, at in _sided(WENT_OUT - MINUTE, WENT_OUT):
        b.expect("minute of release", "R04", side, _met(b, at), *_if(side, fails("R04", "S1")))
    for side, day in _sided(CAME_IN.date(), CAME_IN.date() - DAY):
        b.expect("day of admission", "R04", side, _served(b, day, task="P-SVCC"), *_if(side, fails("R04", "S1")))
    moved = datetime(2020, 10, 14, 13)
    for side, at in _sided(moved + timedelta(hours=2), moved + DAY):
        p = b.person(moved=((moved, "QPB"),))
        b.expect("prison left that day", "R05", side, _met(b, at, person=p), *_if(side, fails("R05", "S1")))
    for side, at in _sided(moved - timedelta(hours=4), moved - DAY):
        p = b.person(moved=((moved, "QPB"),))
        b.expect("prison entered that day", "R05", side, _met(b, at, person=p, claimed={"prison_code": "QPB"}), *_if(side, fails("R05", "S1")))
    for side, at in _sided(datetime(2020, 11, 16, 11), datetime(2020, 11, 17, 11)):
        b.expect("last day of the prison", "R06", side, _met(b, at, person=b.person(prison="QPC")), *_if(side, fails("R06", "S1")))


def _after_release(b: Planting) -> None:
    for side, at in _sided(WENT_OUT - MINUTE, WENT_OUT + MINUTE):
        p, plan = _planned_person(b)
        claim = b.claim(p, "P-REV", b.review(p, plan, at), at)
        b.expect("review a minute after release", "R07", side, claim, *_if(side, fails("R04", "S1"), fails("R07", "S1")))
    for side, met in _sided(WENT_OUT, WENT_OUT + MINUTE):
        p = b.person()
        done = datetime(2020, 10, 8, 10)
        claim = b.claim(p, "P-ACT", b.action(p, None, done, met=met), done)
        b.expect("first met after release", "R08", side, claim, *_if(side, fails("R08", "S1")))
    for side, sent in _sided(WENT_OUT - 31 * DAY, WENT_OUT - 32 * DAY):
        p = b.person()
        b.expect("release after the window", "R09", side, b.claim(p, "P-PRE", b.message(p, sent), sent), *_if(side, fails("R09", "S1")))
    for side, day in _sided(OUT, OUT + DAY):
        b.expect("day after removal", "R10", side, _served(b, day, person=b.person(left_by="DD")), *_if(side, fails("R10", "S1")))
        b.expect("day after death", "R10", side, _served(b, day, person=b.person(died=OUT)), *_if(side, fails("R10", "S1")))
    for side, at in _sided(WENT_OUT, WENT_OUT - MINUTE):
        b.expect("met in the minute of release", "R11", side, _met(b, at, "P-CON", mode="face_to_face"), *_if(side, fails("R11", "S1")))
    for side, mode in _sided("telephone", "face_to_face"):
        b.expect("met in person inside", "R11", side, _met(b, WENT_OUT - 3 * DAY, "P-CON", mode=mode), *_if(side, fails("R11", "S1")))


# R12 to R33: plans, reviews, actions


def _planned_person(b: Planting, **person: Any) -> tuple[Planted, str]:
    p = b.person(**person)
    return p, b.plan(p, screening=b.screening(p))


def _plan_claim(b: Planting, at: datetime = PLANNED, screened: datetime | None = SCREENED, task: str = "P-PLAN", person: Planted | None = None, **over: Any) -> str:
    p = person or b.person()
    received = over.pop("received", None)
    needs = over.pop("needs", None)
    screening = b.screening(p, screened, received, needs) if screened else None
    return b.claim(p, task, b.plan(p, at, screening, **over), at)


def _window(b: Planting) -> None:
    early = datetime(2020, 5, 4, 10)
    for side, days in _sided(84, 85):
        p = b.person(came_in=early)
        plan = b.plan(p, early + 4 * DAY, b.screening(p, early + DAY))
        at = datetime(2020, 12, 4, 9, 30) - days * DAY
        b.expect("84 days before release", "R12", side, b.claim(p, "P-REV", b.review(p, plan, at), at), *_if(side, fails("R12", "S2")))


def _screened(b: Planting) -> None:
    b.expect("no screening", "R13", "pass", _plan_claim(b))
    b.expect("no screening", "R13", "fail", _plan_claim(b, screened=None), fails("R13", "S2"), untested("R26", "value_missing"))
    for side, at in _sided(SCREENED, SCREENED - MINUTE):
        b.expect("a minute before the screening", "R14", side, _plan_claim(b, at), *_if(side, fails("R14", "S2")))
    for task, severity, kind in (("P-PLAN", "S2", "sixth working day, paid for"), ("P-PLANS", "S3", "sixth working day")):
        for side, at in _sided(datetime(2020, 9, 15, 16), datetime(2020, 9, 16, 9)):
            b.expect(kind, "R15", side, _plan_claim(b, at, task=task), *_if(side, fails("R15", severity)))
    easter = datetime(2020, 4, 7, 10)
    for side, at in _sided(datetime(2020, 4, 17, 10), datetime(2020, 4, 20, 10)):
        p = b.person(came_in=easter)
        claim = _plan_claim(b, at, easter + DAY, person=p)
        b.expect("sixth working day over Easter", "R15", side, claim, *_if(side, fails("R15", "S2")))
    for side, more in _sided(0, 1):
        at = CAME_IN + timedelta(hours=72) + more * MINUTE
        b.expect("72 hours", "R16", side, _plan_claim(b, screened=at, at=PLANNED), *_if(side, fails("R16", "S4", 0)))
    # The clocks go back in the night to 25 October 2020: an hour more.
    autumn = datetime(2020, 10, 24, 12)
    for side, more in _sided(0, 1):
        p = b.person(came_in=autumn)
        at = datetime(2020, 10, 27, 11) + more * MINUTE
        b.expect("72 hours when clocks go back", "R16", side, _plan_claim(b, at=datetime(2020, 10, 29, 10), screened=at, person=p), *_if(side, fails("R16", "S4", 0)))
    for side, days in _sided(3, 4):
        received = datetime(2020, 9, 7)
        at = received + days * DAY + timedelta(hours=9)
        b.expect("three days, where no time is known", "R16", side, _plan_claim(b, screened=at, at=datetime(2020, 9, 14, 10), received=received), *_if(side, fails("R16", "S4", 0)))
    # Counted in the service level, and gone by the day on which the plan was due.
    for side, out in _sided(datetime(2020, 9, 15, 16), datetime(2020, 9, 14, 16)):
        p = b.person(went_out=out)
        claim = _plan_claim(b, person=p, counted_in_sl="Y", needs={"accommodation": "N"}, actions=())
        b.expect("gone before the plan was due", "R17", side, claim, *_if(side, fails("R17", "S3")))


def _reviewed(b: Planting) -> None:
    for side, at in _sided(datetime(2020, 9, 14, 15), datetime(2020, 9, 11, 15)):
        p, plan = _planned_person(b)
        b.expect("review of the same day", "R18", side, b.claim(p, "P-REV", b.review(p, plan, at), at), *_if(side, fails("R18", "S2")))
    day = datetime(2020, 11, 16, 10)
    p, plan = _planned_person(b)
    one, two = b.review(p, plan, day), b.review(p, plan, day + timedelta(hours=3))
    b.expect("second review of a day", "R19", "pass", b.claim(p, "P-REV", one, day))
    b.expect("second review of a day", "R19", "fail", b.claim(p, "P-REV", two, day, sub_code="PLANTED_SUB"), fails("R19", "S1"))
    for side, second in _sided(datetime(2020, 11, 9, 10), datetime(2020, 11, 6, 10)):
        p, plan = _planned_person(b)
        b.review(p, plan, datetime(2020, 11, 2, 10))
        claim = b.claim(p, "P-REV", b.review(p, plan, second), second)
        b.expect("five working days", "R20", side, claim, *_if(side, fails("R20", "S3", 0)))
    for side, changes in _sided("2020-11-30", "2020-11-20"):
        p, plan = _planned_person(b)
        action = b.action(p, plan, datetime(2020, 10, 8, 10), domain="employment")
        b.review(p, plan, datetime(2020, 11, 2, 10))
        at = datetime(2020, 11, 4, 10)
        ref = b.review(p, plan, at)
        b.add(SENDER, "PLAN_ACTION_HISTORY", action_ref=action, change_ts=at, field="due_date", old_value="2020-11-20", new_value=changes, review_ref=ref)
        b.expect("a change that is none", "R20", side, b.claim(p, "P-REV", ref, at), *_if(side, fails("R20", "S3", 0)))
    for side, at in _sided(PLANNED, PLANNED - MINUTE):
        p, plan = _planned_person(b)
        claim = b.claim(p, "P-REV", b.review(p, plan, at), at)
        b.expect("a minute before the plan", "R21", side, claim, fails("R18", "S2"), *_if(side, fails("R21", "S1")))
    p, plan = _planned_person(b)
    b.expect("no plan of that reference", "R21", "pass", b.claim(p, "P-REV", b.review(p, plan, day), day))
    p = b.person()
    b.expect("no plan of that reference", "R21", "fail", b.claim(p, "P-REV", b.review(p, "NO-SUCH-PLAN", day), day), fails("R21", "S1"))


def _texts(b: Planting) -> None:
    day = datetime(2020, 11, 16, 10)
    words = text(9001).split()
    for kind, rule, row, same, other in (
        ("only the date changed", "R22", fails("R22", "S2"), "Seen on 16 November 2020. " + " ".join(words), " ".join(words[:30]) + " " + text(9002, 30)),
        ("one word edited", "R23", fails("R23", "S3", 0), " ".join(words[:30] + ["harbour"] + words[31:]), " ".join(words[:15] + ["harbour"] + words[16:45] + ["pilot"] + words[46:])),
    ):  # fmt: skip
        for side, review_text in _sided(other, same):
            p = b.person()
            plan_text = ("Seen on 11 September 2020. " if rule == "R22" and side == "fail" else "") + " ".join(words)
            if rule == "R22" and side == "fail":
                review_text = str(review_text).replace("November", "September")
            plan = b.plan(p, screening=b.screening(p), plan_text=plan_text)
            b.expect(kind, rule, side, b.claim(p, "P-REV", b.review(p, plan, day, review_text=review_text), day), *_if(side, row))
    for kind, last in (("a text for five people", (4, 5)), ("five people within 90 days", (90, 89))):
        for side, n in _sided(*last):
            author = f"PLB{len(kind)}{side}"
            b.add(SENDER, "ROSTER", author_ref=author, from_date=date(2019, 1, 1), employer_code="PLANTED")
            stock = text(9100 + len(kind) * 2 + SIDES.index(side))
            dates = [PLANNED] * n if n < 10 else [PLANNED] * 4 + [PLANNED + n * DAY]
            for at in dates:
                p = b.person(came_in=at - 4 * DAY, went_out=at + 80 * DAY)
                claim = _plan_claim(b, at, at - 3 * DAY + timedelta(hours=2), person=p, author_ref=author, plan_text=stock)
                b.expect(kind, "R24", side, claim, *_if(side, fails("R24", "S3", 0)))


def _needs(b: Planting) -> None:
    for side, flag in _sided("N", "Y"):
        b.expect("need and no action", "R25", side, _plan_claim(b, needs={"accommodation": flag}, actions=()), *_if(side, fails("R25", "S2")))
    for side, flag in _sided("N", "Y"):
        b.expect("need without action of its own", "R26", side, _plan_claim(b, needs={"accommodation": "Y", "drugs": flag}), *_if(side, fails("R26", "S3", 0)))
    for side, issued in _sided(OUT, OUT + DAY):
        b.expect("issued after release", "R31", side, _plan_claim(b, issued_date=issued), *_if(side, fails("R31", "S3", 0)))
    for side, issued in _sided(OUT, None):
        b.expect("never issued", "R31", side, _plan_claim(b, issued_date=issued), *_if(side, fails("R31", "S3", 0)))


def _actions(b: Planting) -> None:
    sent = datetime(2020, 10, 7, 10)

    def referred(done: datetime, sent: datetime, answered: datetime | None, met: datetime | None, is_sent: bool = True) -> str:
        p = b.person()
        action = b.action(p, None, done, "referral", met=met, is_met=met is not None)
        if is_sent:
            b.referral(action, sent, answered)
        return b.claim(p, "P-ACT", action, done)

    later = sent + 13 * DAY
    for side, more in _sided(1, 0):
        claim = referred(sent + DAY + more * MINUTE, sent, later, None)
        b.expect("closed within 24 hours of sending", "R27", side, claim, *_if(side, fails("R27", "S3", 0)))
    for side, more in _sided(0, 1):
        done = sent + 10 * MINUTE
        b.expect("met first", "R27", side, referred(done, sent, later, done + more * MINUTE), *_if(side, fails("R27", "S3", 0)))
        b.expect("answered first", "R27", side, referred(done, sent, done + more * MINUTE, None), *_if(side, fails("R27", "S3", 0)))
    done = datetime(2020, 10, 9, 10)
    for side, days in _sided(28, 29):
        b.expect("answered after 28 days", "R28", side, referred(done, sent, sent + days * DAY, done - MINUTE), *_if(side, fails("R28", "S3", 0)))
    late = datetime(2020, 11, 20, 10)
    for side, answered in _sided(WENT_OUT, WENT_OUT + DAY):
        claim = referred(late + 3 * DAY, late, answered, late + DAY)
        b.expect("answered after release", "R28", side, claim, *_if(side, fails("R28", "S3", 0)))
    b.expect("never sent", "R29", "pass", referred(done, sent, later, done - MINUTE))
    b.expect("never sent", "R29", "fail", referred(done, sent, None, done - MINUTE, is_sent=False), fails("R29", "S1"))


def _seen(b: Planting) -> None:
    day = datetime(2020, 11, 16, 10)
    for side, days in _sided(2, 3):
        p, plan = _planned_person(b)
        b.contact(p, day - days * DAY)
        b.expect("met two days before", "R30", side, b.claim(p, "P-REV", b.review(p, plan, day, is_met=False), day), *_if(side, fails("R30", "S3", 0)))
    for side, days in _sided(2, 3):
        p, plan = _planned_person(b)
        b.contact(p, day + days * DAY)
        b.expect("met two days after", "R30", side, b.claim(p, "P-REV", b.review(p, plan, day, is_met=False), day), *_if(side, fails("R30", "S3", 0)))
    for side, days in _sided(84, 85):
        p = b.person(came_in=datetime(2020, 9, 1, 10))
        sent = WENT_OUT - days * DAY
        b.expect("handed over 84 days before", "R32", side, b.claim(p, "P-MSG", b.message(p, sent), sent), *_if(side, fails("R32", "S2")))
    for side, until in _sided(OUT, OUT - DAY):
        p = b.person(managed=(date(2019, 1, 2), until))
        b.expect("no officer on the day of release", "R32", side, b.claim(p, "P-MSG", b.message(p, day), day), *_if(side, fails("R32", "S2")))
    for side, days in _sided(28, 29):
        p = b.person()
        plan = b.plan(p, screening=b.screening(p), actions=())
        b.action(p, plan, WENT_OUT - days * DAY, is_met=False, status="open", recorded_ts=WENT_OUT - days * DAY)
        b.expect("need not looked at for 28 days", "R33", side, b.claim(p, "P-REV", b.review(p, plan, day), day), *_if(side, fails("R33", "S3", 0)))


# R34 to R40: duplicates and controls


def _duplicates(b: Planting) -> None:
    p = b.person()
    b.expect("claimed twice", "R34", "pass", _served(b, person=p))
    b.expect("claimed twice", "R34", "fail", _served(b, person=p, booking_no=p.booking), fails("R34", "S1"))
    for side, days in _sided(4, 3):
        p = b.person()
        first = AFTER - 5 * DAY
        _served(b, first, person=p)
        again = _served(b, first + days * DAY, person=p, prime_code="PLANTED_SUB")
        b.expect("prime and sub within three days", "R35", side, again, *_if(side, fails("R35", "S1")))
    b.contract("PLANTED-SECOND", prisons=("QPA",))
    b.price("PLANTED-SECOND", "P-PLAN")
    p = b.person()
    screening = b.screening(p)
    b.expect("a plan under two contracts", "R36", "pass", b.claim(p, "P-PLAN", b.plan(p, screening=screening), PLANNED))
    second = b.claim(p, "P-PLAN", b.plan(p, PLANNED + timedelta(hours=1), screening, plan_text=text(9300)), PLANNED, "PLANTED-SECOND")
    b.expect("a plan under two contracts", "R36", "fail", second, fails("R36", "S2"))
    p = b.person()
    _served(b, AFTER, person=p, task="P-SVC2")
    b.expect("third of two", "R37", "pass", _served(b, AFTER + 5 * DAY, person=p, task="P-SVC2"))
    b.expect("third of two", "R37", "fail", _served(b, AFTER + 10 * DAY, person=p, task="P-SVC2"), fails("R37", "S1"))


def _in_time(b: Planting) -> None:
    closes = closing(date(2020, 12, 31))
    for side, more in _sided(0, 1):
        at = closes + timedelta(seconds=more)
        b.expect("a second after closing", "R38", side, _served(b, submitted_ts=at), *_if(side, fails("R38", "S1")))
    for side, days in _sided(0, 1):
        late = closes + 3 * DAY
        ref = f"PLA{days}"
        b.add("contracts", "LATE_APPROVAL", late_approval_ref=ref, contract_id=GENERAL, approved_on=(late + days * DAY).date(), approved_by="COMMISSIONER")
        b.expect("approved too late", "R38", side, _served(b, submitted_ts=late, late_approval_ref=ref), *_if(side, fails("R38", "S1")))
    for side, day in _sided(date(2020, 12, 31), date(2021, 1, 1)):
        b.expect("day after the period", "R39", side, _served(b, day, period="2020-12", submitted_ts=datetime(2021, 1, 5, 12)), *_if(side, fails("R39", "S2")))
    b.expect("no such period", "R39", "pass", _served(b))
    b.expect("no such period", "R39", "fail", _served(b, period="2020-99"), fails("R39", "S2"), untested("R38", "no_term"))
    met = datetime(2020, 12, 10, 11)
    for side, more in _sided(0, 1):
        claim = _met(b, met, "P-CON", claimed={"submitted_ts": met - more * MINUTE})
        b.expect("a minute before the work", "R40", side, claim, *_if(side, fails("R40", "S1")))


# R41 to R53: prices, contracts, records


def _prices(b: Planting) -> None:
    for kind, rate, part in (("a pound over the card", "11.00", "1.00"), ("a penny over the card", "10.01", "0.01")):
        b.expect(kind, "R41", "pass", _served(b))
        b.expect(kind, "R41", "fail", _served(b, rate=Decimal(rate)), fails("R41", "S1", part))
    b.expect("no such band", "R42", "pass", _served(b))
    b.expect("no such band", "R42", "fail", _served(b, band_used=2), fails("R42", "S2"), fails("R53", "S1", 0))
    b.price(GENERAL, "P-TWO", since=date(2020, 12, 11))
    for side, day in _sided(AFTER, AFTER + DAY):
        b.expect("two rates in force", "R42", side, _served(b, day, task="P-TWO"), *_if(side, fails("R42", "S2")))
    for side, amount in _sided("41.66", "41.67"):
        claim = _served(b, task="P-HRS", qty=Decimal("1.25"), rate=Decimal("33.33"), amount=Decimal(str(amount)))
        b.expect("a penny over the sum", "R43", side, claim, *_if(side, fails("R43", "S1", "0.01")))
    b.expect("a quantity of nothing", "R43", "pass", _served(b))
    b.expect("a quantity of nothing", "R43", "fail", _served(b, qty=Decimal("0"), amount=Decimal("10.00")), fails("R43", "S1"))
    b.contract("PLANTED-ENDED", ends=AFTER)
    b.price("PLANTED-ENDED", "P-SVC")
    for side, day in _sided(AFTER, AFTER + DAY):
        b.expect("day after the contract", "R44", side, _served(b, day, contract="PLANTED-ENDED"), *_if(side, fails("R44", "S1")))
    b.add("contracts", "TASK", task_code="P-ENDED", from_date=date(2019, 1, 1), to_date=AFTER, task_name="Planted", domain="other", setting="community", evidence_table="SERVICE",
          is_release_linked="N", timeliness_pays="N", standard_minutes=45)  # fmt: skip
    b.price(GENERAL, "P-ENDED")
    for side, day in _sided(AFTER, AFTER + DAY):
        b.expect("day after the task's terms", "R44", side, _served(b, day, task="P-ENDED"), *_if(side, fails("R44", "S1")))
    for side, day in _sided(AFTER, AFTER + DAY):
        b.expect("approved until that day", "R45", side, _served(b, day, sub_code="PLANTED_SUB"), *_if(side, fails("R45", "S2")))


def _records(b: Planting) -> None:
    met = datetime(2020, 12, 10, 11)
    for side, left in _sided(met.date(), met.date() - DAY):
        p = b.person()
        author = f"PLL{p.n}"
        b.add(SENDER, "ROSTER", author_ref=author, from_date=date(2019, 1, 1), employer_code="PLANTED", to_date=left)
        b.expect("left the day before", "R46", side, _met(b, met, "P-CON", p, author_ref=author), *_if(side, fails("R46", "S2")))
    for side, day in _sided(date(2020, 12, 17), date(2020, 12, 18)):
        written = datetime.combine(day, met.time())
        b.expect("written on the sixth working day", "R47", side, _met(b, met, "P-CON", recorded_ts=written), *_if(side, fails("R47", "S3", 0)))
    closes = closing(date(2020, 12, 31))
    b.add("contracts", "LATE_APPROVAL", late_approval_ref="PLA47", contract_id=GENERAL, approved_on=date(2021, 1, 4), approved_by="COMMISSIONER")
    for side, more in _sided(-1, 1):
        late = {"submitted_ts": closes + 5 * DAY, "late_approval_ref": "PLA47"}
        written = closes + timedelta(seconds=more) if side == "fail" else met + timedelta(hours=1)
        b.expect("written after closing, and paid for", "R47", side, _met(b, met, "P-CON47", claimed=late, recorded_ts=written), *_if(side, fails("R47", "S2")))
    for side, is_rewritten in _sided(False, True):
        claim = _plan_claim(b)
        b.pay(claim, date(2020, 11, 20))
        if is_rewritten:
            plan = dict(b.rows[SENDER, "PLAN"][-1])
            b.later[SENDER, "PLAN"].append(plan | {"plan_text": text(9400), "recorded_ts": datetime(2024, 4, 10, 10)})
        b.expect("rewritten after payment", "R48", side, claim, *_if(side, fails("R48", "S1")))
    for kind, ref in (("no evidence named", None), ("evidence not kept", "PEV-LOST")):
        b.expect(kind, "R49", "pass", _served(b))
        b.expect(kind, "R49", "fail", _served(b, evidence_ref=ref), fails("R49", "S2"))


def _work(b: Planting) -> None:
    done = datetime(2020, 10, 8, 10)
    for side, status in _sided("complete", "open"):
        p = b.person()
        claim = b.claim(p, "P-ACT", b.action(p, None, done, status=status), done)
        b.expect("action still open", "R53", side, claim, *_if(side, fails("R53", "S1")))
    b.expect("no such piece of work", "R53", "pass", _served(b))
    p = b.person()
    b.expect("no such piece of work", "R53", "fail", b.claim(p, "P-SVC", "NO-SUCH-SERVICE", AFTER), fails("R53", "S1"))
    p = b.person()
    ref = b.service(p, AFTER)
    b.expect("one piece of work twice", "R53", "pass", b.claim(p, "P-SVC", ref, AFTER))
    b.expect("one piece of work twice", "R53", "fail", b.claim(p, "P-SVC", ref, AFTER + 5 * DAY), fails("R53", "S1"))
    for side, n in _sided(9, 10):
        contract = f"PLANTED-BAND-{n}"
        b.contract(contract)
        b.price(contract, "P-SVC", "10.00", 0, 9)
        b.price(contract, "P-SVC", "9.00", 10)
        for _ in range(n):
            b.expect("a tenth in the month", "R53", side, _served(b, contract=contract), *_if(side, fails("R53", "S1", "1.00")))
    # Half a point each: nineteen weigh nine and a half, which is ten.
    for side, n in _sided(18, 19):
        contract = f"PLANTED-WEIGHT-{n}"
        b.contract(contract)
        b.price(contract, "P-SVC", "10.00", 0, 9)
        b.price(contract, "P-SVC", "9.00", 10)
        b.add("contracts", "VOLUME_BASELINE", contract_id=contract, period="2020-12", baseline=20, weight_group="standard", weight=Decimal("0.5"))
        for _ in range(n):
            b.expect("a weight of nine and a half", "R53", side, _served(b, contract=contract), *_if(side, fails("R53", "S1", "1.00")))


# R50 to R55, R63: authors, months, levels, cohorts


def _authors(b: Planting) -> None:
    day = datetime(2020, 12, 9, 9)
    for side, n in _sided(15, 16):
        p = b.person()
        author = f"PLD{n}"
        for k in range(n):
            b.contact(p, day + 10 * k * MINUTE, author_ref=author)
        b.expect_subject("sixteen records in a day", "R50", side, f"{SENDER}|{author}|{day.date()}", *_if(side, fails("R50", "S3", 0)))
    for side, tasks in _sided(("P-300", "P-300"), ("P-300", "P-301")):
        author = f"PLM{side.upper()}"
        b.add(SENDER, "ROSTER", author_ref=author, from_date=date(2019, 1, 1), employer_code="PLANTED")
        for task in tasks:
            _met(b, day, task, author_ref=author)
        b.expect_subject("more minutes than a day has", "R50", side, f"{SENDER}|{author}|{day.date()}", *_if(side, fails("R50", "S3", 0)))
    # November 2020 has 21 working days; the last three are the 26th, 27th and 30th.
    for side, late in _sided(13, 14):
        contract = f"PLANTED-LAST-{late}"
        b.contract(contract)
        b.price(contract, "P-SVC")
        for k in range(40):
            at = (date(2020, 11, 26), date(2020, 11, 27), date(2020, 11, 30))[k % 3] if k < late else date(2020, 11, 2 + k % 5)
            _served(b, at, contract=contract)
        b.expect_subject("fourteen of forty on the last days", "R51", side, f"{contract}|2020-11|P-SVC", *_if(side, fails("R51", "S4", 0)))
    for side, saturdays in _sided(2, 3):
        p = b.person()
        author = f"PLS{saturdays}"
        for k in range(20):
            at = datetime(2020, 10, 10, 11) + 7 * k * DAY if k < saturdays else datetime(2020, 11, 2, 11) + (k // 5 * 7 + k % 5) * DAY
            b.contact(p, at, author_ref=author)
        b.expect_subject("three of twenty on days off", "R52", side, f"{SENDER}|{author}|2020", *_if(side, fails("R52", "S4", 0)))


def _levels(b: Planting) -> None:
    """Eight of ten plans in time, against 90: ten points, 125 pounds."""
    for kind, rule, prison, side, credit, reported, rows in (
        ("credit a point short", "R54", "QPE", "pass", "125.00", None, ()),
        ("credit a point short", "R54", "QPF", "fail", "112.50", None, (fails("R54", "S1", "12.50"),)),
        ("one case more reported", "R55", "QPG", "pass", "125.00", "89.9", ()),
        ("one case more reported", "R55", "QPH", "fail", "125.00", "90.0", (fails("R55", "S2", "125.00"),)),
    ):
        contract = f"PLANTED-LEVEL-{prison}"
        b.contract(contract, prisons=(prison,), periods=("2020-09",))
        b.add("contracts", "SERVICE_LEVEL", contract_id=contract, code="PLAN5", from_date=date(2019, 1, 1), threshold=90, credit_per_point=Decimal("12.50"), credit_cap=Decimal("500.00"))
        b.add("contracts", "CREDIT_LINE", contract_id=contract, period="2020-09", code="PLAN5", amount=-Decimal(credit))
        if reported:
            b.add("contracts", "SERVICE_LEVEL_REPORT", contract_id=contract, code="PLAN5", period="2020-09", reported_value=Decimal(reported))
        for k in range(10):
            p = b.person(prison=prison)
            screening = b.screening(p)
            # One on the last day, one a day late, one never.
            if k < 9:
                b.plan(p, datetime(2020, 9, 15, 15) if k == 7 else datetime(2020, 9, 16, 9) if k == 8 else PLANNED, screening)
        b.expect_subject(kind, rule, side, f"{contract}|PLAN5|2020-09", *rows)


def _cohorts(b: Planting) -> None:
    for side, cohorts in _sided(("2020-Q4",), ("2020-Q4", f"2020-Q4/{GENERAL}")):
        p = b.person()
        for cohort in cohorts:
            b.add("contracts", "PBR_COHORT", cohort=cohort, person_ref=p.ref)
        b.expect_subject("two cohorts of a quarter", "R63", side, f"{cohorts[0]}|{p.ref}", fails("R63", "S1", 0) if side == "fail" else untested("R63", "no_column"))
    for side, is_national in _sided(False, True):
        p = b.person(is_national=bool(is_national))
        b.add("contracts", "PBR_COHORT", cohort="2020-Q4", person_ref=p.ref)
        b.expect_subject("supervised by the national service", "R63", side, f"2020-Q4|{p.ref}", fails("R63", "S1", 0) if side == "fail" else untested("R63", "no_column"))


# R56 to R62: commissioned services, mentors


def _commissioned(b: Planting) -> None:
    at = datetime(2020, 12, 16, 10)

    def fee(task: str = "P-FEE", person: Planted | None = None, claimed: dict[str, Any] | None = None, **over: Any) -> str:
        p = person or b.person()
        return b.claim(p, task, b.commissioned(p, **over), at, COMMISSIONED, **(claimed or {}))

    for side, day in _sided(10, 9):
        claim = fee(date_first_action_plan_submitted=datetime(2020, 12, day, 10))
        b.expect("plan the day before the assessment", "R56", side, claim, UNSAID, *_if(side, fails("R56", "S2")))
    for side, day in _sided(16, 15):
        claim = fee(sessions=(datetime(2020, 12, day, 9),))
        b.expect("session the day before approval", "R56", side, claim, UNSAID, *_if(side, fails("R56", "S2")))
    for side, day in _sided(5, 4):
        claim = fee(date_end_of_service_report_submitted=datetime(2021, 1, day, 9))
        b.expect("report the day before the last session", "R56", side, claim, UNSAID, *_if(side, fails("R56", "S2")))
    for side, sessions in _sided((datetime(2020, 12, 18, 11),), ()):
        b.expect("report and no session", "R57", side, fee(sessions=sessions), UNSAID, *_if(side, fails("R57", "S1")))
    for task, severity, pounds, kind in (("P-FEEA", "S3", 0, "homeless when housed"), ("P-FEEP", "S2", 10, "homeless when housed, and paid for")):
        for side, day in _sided(date(2021, 2, 17), date(2021, 2, 18)):
            p = b.person(home=None)
            b.home(p, "A08A", OUT, day - DAY)
            b.home(p, "A01B", day)
            claim = fee(task, p)
            ref = b.rows[SENDER, "CLAIM"][-1]["task_ref"]
            b.add("refer_and_monitor", "crs_performance_report-v2-outcomes", referral_id=ref, desired_outcome="Service User is helped to secure social or supported housing.", achievement_level="ACHIEVED")
            b.expect(kind, "R58", side, claim, UNSAID, *_if(side, fails("R58", severity, pounds)))
    for side, reason in _sided("ended", "cancelled"):
        b.expect("cancelled", "R59", side, fee(intervention_end_reason=reason), UNSAID, *_if(side, fails("R59", "S1")))
    for side, billed in _sided("medium", "high"):
        b.expect("a level higher than agreed", "R60", side, fee(claimed={"billed_level": billed}), UNSAID, *_if(side, fails("R60", "S1", 0)))
    for side, ended in _sided(date(2020, 12, 6), date(2020, 12, 7)):
        p = b.person()
        b.commissioned(p, date_referral_received=datetime(2020, 11, 2, 9), date_intervention_ended=datetime.combine(ended, datetime.min.time().replace(hour=15)))
        b.expect("an earlier referral still open", "R61", side, fee(person=p), UNSAID, *_if(side, fails("R61", "S3")))


def _mentors(b: Planting) -> None:
    for side, days in _sided(14, 15):
        at = WENT_OUT + days * DAY + timedelta(hours=1)
        b.expect("met on the fifteenth day", "R62", side, _met(b, at, "P-MEN"), *_if(side, fails("R62", "S3")))
    for side, missed in _sided(3, 2):
        p = b.person()
        b.service(p, OUT + 2 * DAY, service="mentoring", offered_on=OUT + DAY, withdrawn_on=OUT + 12 * DAY, withdrawn_reason="did not attend")
        for k in range(missed):
            b.contact(p, WENT_OUT + (3 + k) * DAY, attended="N", domain="mentoring", setting="community")
        b.expect("given up after two missed meetings", "R62", side, _met(b, WENT_OUT + 2 * DAY, "P-MEN", p), *_if(side, fails("R62", "S3")))


# R65 to R70: what happened afterwards


def _outcomes(b: Planting) -> None:
    done = datetime(2020, 10, 8, 10)

    def acted(task: str, p: Planted) -> str:
        return b.claim(p, task, b.action(p, None, done, domain=TASKS[task][0]), done)

    for side, home in _sided("A01B", "A08A"):
        b.expect("on the street the first night", "R65", side, acted("P-ACC", b.person(home=home)), *_if(side, fails("R65", "S4", 0)))
    for side, home in _sided("A01B", None):
        claim = acted("P-ACC", b.person(home=home))
        b.expect("nobody knows where", "R66", side, claim, *_if(side, fails("R66", "S4", 0), untested("R65", "value_missing")))
    for side, state in _sided("employed", "unemployed"):
        p = b.person()
        b.work(p, str(state), OUT + 30 * DAY)
        b.expect("without work after six weeks", "R67", side, acted("P-ETE", p), *_if(side, fails("R67", "S4", 0)))
    for side, photo in _sided("Y", "N"):
        p = b.person()
        b.add("nomis", "RELEASE_CHECKLIST", OFFENDER_BOOK_ID=p.book, PHOTO_ID=photo, BANK_ACCOUNT="N", EXPECTS_TO_CLAIM="N", RECORDED_DATETIME=WENT_OUT + 7 * DAY)
        b.expect("nothing held after a week", "R68", side, acted("P-FBD", p), *_if(side, fails("R68", "S4", 0)))
    for side, days in _sided(21, 22):
        p = b.person()
        b.add("other", "TREATMENT", noms_no=p.noms, prison_end=OUT, community_start=OUT + days * DAY)
        b.expect("treatment on day 22", "R69", side, acted("P-DRG", p), *_if(side, fails("R69", "S4", 0)))
    for side, days in _sided(29, 28):
        p = b.person(returned=WENT_OUT + days * DAY)
        claim = acted("P-ACT", p)
        b.pay(claim, date(2020, 11, 20))
        b.expect("recalled on day 28", "R70", side, claim, *_if(side, fails("R70", "S4", 0)))


def _unsafe(b: Planting) -> None:
    done = datetime(2020, 10, 8, 10)
    for side, since in _sided(done.date() + DAY, done.date()):
        p = b.person()
        plan = b.plan(p, screening=b.screening(p))
        action = b.action(p, plan, done, address_postcode=f"ZZ{p.n % 90 + 1} 5PL")
        b.add("other", "BARRED_ADDRESS", noms_no=p.noms, postcode=f"ZZ{p.n % 90 + 1} 5PL", from_date=since)
        b.expect_subject("barred from that day", "R71", side, f"{SENDER}|{action}", *_if(side, ("R71", "fail", None, Decimal("0.00"), None)))


_KINDS: tuple[Callable[[Planting], None], ...] = (
    _unlinked, _ambiguous, _not_eligible, _in_custody, _after_release, _window, _screened, _reviewed, _texts, _needs, _actions, _seen, _duplicates, _in_time,
    _prices, _records, _work, _authors, _levels, _cohorts, _commissioned, _mentors, _outcomes, _unsafe,
)  # fmt: skip

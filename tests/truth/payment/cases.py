"""Cases of every payment rule: both sides of each bound, and why it cannot be tested (rules section 2, last column)."""

from __future__ import annotations

from tests.truth.payment.worlds import (
    CRS,
    PLAN_TEXT,
    R_AND_M,
    REVIEW_TEXT,
    TTG,
    Case,
    card,
    contract_rows,
    moved,
    task_row,
)  # fmt: skip

CASES: list[Case] = []
T = "table_missing"
V = "value_missing"
LINKED, SOURCE, TERM, DUE, COLUMN = "not_linked", "no_source_row", "no_term", "not_due", "no_column"
UNLINKED = {
    "PERSON.noms_no": "Z{n:0>4}ZZ",
    "PERSON.crn": "",
    "PERSON.first_name": "Nobody{last}",
    "PERSON.last_name": "Nowhere{first}",
    "PERSON.birth_date": "1951-01-02",
}
NO_MOVES = "without movements"
OUT = "OFFENDER_EXTERNAL_MOVEMENTS#2"
IN = "OFFENDER_EXTERNAL_MOVEMENTS#1"
REF = f"refer_and_monitor.{R_AND_M}"
# A claim of the last days: no other source is complete to it.
LATELY = {"CLAIM.task_date": "2021-12-20", "CLAIM.period": "2021-12", "CLAIM.submitted_ts": "2021-12-28 09:00:00"}


def case(rule: str, kind: str, name: str, expected: str, s=None, drop=(), add=(), **more) -> None:
    CASES.append(Case(rule, kind, name, expected, dict(s or {}), tuple(drop), tuple(add), **more))


def at(on: str, **more: str) -> dict[str, str]:
    """The claim's day and period."""
    return {"CLAIM.task_date": on, "CLAIM.period": on[:7]} | more


# R01 to R12

case("R01", "action", "the reference leads to a person", "pass")
case("R01", "action", "spaces and case do not matter", "pass", {"CLAIM.person_ref": " {p}p "})
case("R01", "action", "no reference", "fail", {"CLAIM.person_ref": ""}, amount="70.00")
case("R01", "action", "a reference in no row", "fail", {"CLAIM.person_ref": "{p}NOBODY"})
case("R01", "action", "a row of somebody nobody knows", "fail", UNLINKED)
case("R01", "action", "a reference that a spreadsheet shortened names nobody", "fail", {"CLAIM.person_ref": "1.5E+11"})
case("R01", "action", "the sender never sent PERSON", T, lacks=("PERSON",))
case("R01", "action", "no reference, and no PERSON", "fail", {"CLAIM.person_ref": ""}, lacks=("PERSON",))

OTHER = (
    ("nomis.OFFENDERS", {"OFFENDER_ID": "8{off}", "ROOT_OFFENDER_ID": "8{off}", "OFFENDER_ID_DISPLAY": "B{n:0>4}BB", "LAST_NAME": "Other{last}", "FIRST_NAME": "Else{first}",
                         "BIRTH_DATE": "1960-05-06", "SEX_CODE": "M"}),
    ("nomis.OFFENDER_BOOKINGS", {"OFFENDER_BOOK_ID": "8{book}", "OFFENDER_ID": "8{off}", "ROOT_OFFENDER_ID": "8{off}", "BOOKING_NO": "O{bno}", "BOOKING_BEGIN_DATE": "2019-05-01",
                                 "BOOKING_SEQ": "1", "ACTIVE_FLAG": "N", "AGY_LOC_ID": "OUT"}),
    ("ndelius.OFFENDER", {"OFFENDER_ID": "8{case}", "CRN": "Y{n:0>6}", "NOMS_NUMBER": "B{n:0>4}BB", "FIRST_NAME": "Else{first}", "SURNAME": "Other{last}", "DATE_OF_BIRTH_DATE": "1960-05-06",
                          "GENDER_ID": "500", "SOFT_DELETED": "0", "ROW_VERSION": "1", "LAST_UPDATED_DATETIME": "2019-06-10 12:00:00"}),
)  # fmt: skip
case("R02", "action", "both numbers lead to one person", "pass")
case("R02", "action", "the CRN of one, the prison number of another", "fail", {"PERSON.noms_no": "B{n:0>4}BB"}, add=OTHER)
case("R02", "action", "a number of nobody leads nowhere", "pass", {"PERSON.crn": "Z999999"})
case("R02", "action", "names only", V, {"PERSON.noms_no": "", "PERSON.crn": ""})
case("R02", "action", "no row of the person", "none", {"CLAIM.person_ref": "{p}NOBODY"})


def eligible(rule: str, value: str, **more: str):
    """The claim under a contract of its own with one condition."""
    return ({"CLAIM.contract_id": "E{n}"}, [*contract_rows("E{n}", "ttg", "TTGPRIME", periods=("2019-11",)),
            ("contracts.ELIGIBILITY", {"contract_id": "E{n}", "rule": rule, "from_date": "2015-01-01", "value": value} | more)])  # fmt: skip


def r03(name: str, expected: str, rule: str, value: str, s=None, drop=(), add=(), kind="action", **more) -> None:
    changes, agreed = eligible(rule, value)
    case("R03", kind, name, expected, changes | (s or {}), drop, [*agreed, *add], **more)


BORN = {"OFFENDERS.BIRTH_DATE": "1985-03-17", "OFFENDER.DATE_OF_BIRTH_DATE": "1985-03-17", "PERSON.birth_date": "1985-03-17"}
r03("34, no younger than 18", "pass", "minimum_age", "18", BORN)
r03(
    "17, no younger than 18",
    "fail",
    "minimum_age",
    "18",
    {"OFFENDERS.BIRTH_DATE": "2001-11-06", "OFFENDER.DATE_OF_BIRTH_DATE": "2001-11-06", "PERSON.birth_date": "2001-11-06"},
)
r03(
    "18 that day",
    "pass",
    "minimum_age",
    "18",
    {"OFFENDERS.BIRTH_DATE": "2001-11-05", "OFFENDER.DATE_OF_BIRTH_DATE": "2001-11-05", "PERSON.birth_date": "2001-11-05"},
)
r03("34, no older than 34", "pass", "maximum_age", "34", BORN)
r03("34, no older than 33", "fail", "maximum_age", "33", BORN)
r03(
    "a placeholder of a birth date, and probation has none",
    V,
    "minimum_age",
    "18",
    {"OFFENDERS.BIRTH_DATE": "1900-01-01", "OFFENDER.DATE_OF_BIRTH_DATE": ""},
)
r03("a placeholder falls to probation", "pass", "minimum_age", "18", {"OFFENDERS.BIRTH_DATE": "1900-01-01"})
r03("a man, women only", "fail", "sex", "Female")
r03("a man, men only", "pass", "sex", "Male")
r03("a sex in no list", V, "sex", "Male", {"OFFENDERS.SEX_CODE": "X"})
r03("sentenced", "pass", "case_type", "sentenced")
r03("sentenced the day after", "fail", "case_type", "sentenced", {"OFFENDER_SENTENCES.START_DATE": "2019-11-06"}, then="fail")
r03("sentenced that day", "pass", "case_type", "sentenced", {"OFFENDER_SENTENCES.START_DATE": "2019-11-05"})
r03("either kind", "pass", "case_type", "sentenced;unsentenced", drop=["OFFENDER_SENTENCES"])
r03("unsentenced only", "fail", "case_type", "unsentenced", then="no_version")  # the sentence is dated by its delivery alone
r03("unsentenced only, sentenced in the record by then", "fail", "case_type", "unsentenced", {"OFFENDER_SENTENCES.CREATE_DATETIME": "2019-06-04 10:00:00"}, then="fail")
r03("unsentenced only, sentenced in the record later", "fail", "case_type", "unsentenced", {"OFFENDER_SENTENCES.CREATE_DATETIME": "2020-06-04 10:00:00"}, then="pass")
r03("a rule in no list", V, "shoe_size", "9")
r03(
    "a rule in no list, and another fails",
    "fail",
    "shoe_size",
    "9",
    add=[("contracts.ELIGIBILITY", {"contract_id": "E{n}", "rule": "sex", "from_date": "2015-01-01", "value": "Female"})],
)
r03("not linked", LINKED, "minimum_age", "18", UNLINKED)
r03("no sentences delivered, and nobody asks", "pass", "minimum_age", "18", group="without treatment")
r03("no sentences delivered", T, "case_type", "sentenced", group="without treatment")
case("R03", "action", "no condition", "none")
case("R03", "action", "a condition of before", "none", eligible("sex", "Female")[0], add=eligible("sex", "Female", to_date="2019-11-04")[1])

case("R04", "action", "inside", "pass")
case(
    "R04",
    "action",
    "out the day before",
    "fail",
    {f"{OUT}.MOVEMENT_DATE": "2019-11-04", f"{OUT}.MOVEMENT_TIME": "2019-11-04 10:00:00"},
    amount="70.00",
)
case("R04", "action", "out an hour before", "fail", {f"{OUT}.MOVEMENT_DATE": "2019-11-05", f"{OUT}.MOVEMENT_TIME": "2019-11-05 14:00:00"})
case("R04", "action", "out at that minute", "fail", {f"{OUT}.MOVEMENT_DATE": "2019-11-05", f"{OUT}.MOVEMENT_TIME": "2019-11-05 15:00:00"})
case("R04", "action", "out a minute later", "pass", {f"{OUT}.MOVEMENT_DATE": "2019-11-05", f"{OUT}.MOVEMENT_TIME": "2019-11-05 15:01:00"})
case("R04", "action", "out that day, no time known", "pass", {f"{OUT}.MOVEMENT_DATE": "2019-11-05", f"{OUT}.MOVEMENT_TIME": ""})
case(
    "R04",
    "action",
    "in that day, no time of the work",
    "pass",
    {f"{IN}.MOVEMENT_DATE": "2019-11-05", f"{IN}.MOVEMENT_TIME": "2019-11-05 18:00:00", "PLAN_ACTION.status_ts": "2019-11-05"},
)
case("R04", "action", "in an hour later", "fail", {f"{IN}.MOVEMENT_DATE": "2019-11-05", f"{IN}.MOVEMENT_TIME": "2019-11-05 16:00:00"})
case(
    "R04",
    "action",
    "at court that day",
    "pass",
    add=[moved(3, "2019-11-05 08:00:00", "court out"), moved(4, "2019-11-05 17:00:00", "court in")],
)
case(
    "R04",
    "action",
    "on the way to another prison",
    "pass",
    add=[moved(3, "2019-11-05 14:00:00", "to", "LEI"), moved(4, "2019-11-05 16:00:00", "from", "LEI")],
)
case("R04", "action", "a record of another day says nothing of the time", "pass", {"PLAN_ACTION.status_ts": "2019-12-03 15:00:00"})
case("R04", "action", "not linked", LINKED, UNLINKED)
case("R04", "action", "no movements delivered", T, group=NO_MOVES)
case("R04", "action", "13 days of lag", DUE, LATELY | {"CLAIM.task_date": "2021-12-18"}, [OUT])
case("R04", "action", "14 days of lag", "pass", LATELY | {"CLAIM.task_date": "2021-12-17"}, [OUT])
case("R04", "contact", "a task in the community", "none")

case("R05", "action", "the prison claimed", "pass")
case(
    "R05",
    "action",
    "a week after the move",
    "fail",
    {"CLAIM.prison_code": "MDI"},
    add=[moved(3, "2019-10-28 08:00:00", "to", "LEI"), moved(4, "2019-10-28 12:00:00", "from", "LEI")],
)
for prison in ("MDI", "LEI"):
    case(
        "R05",
        "action",
        f"moved that day, {prison}",
        "pass",
        {"CLAIM.prison_code": prison},
        add=[moved(3, "2019-11-05 08:00:00", "to", "LEI"), moved(4, "2019-11-05 12:00:00", "from", "LEI")],
    )
case("R05", "action", "no prison", V, {"CLAIM.prison_code": ""})
case(
    "R05", "action", "not in custody at all", "none", {f"{OUT}.MOVEMENT_DATE": "2019-11-04", f"{OUT}.MOVEMENT_TIME": "2019-11-04 10:00:00"}
)
# Whether the release stood there then cannot be told; who came in elsewhere had left all the same.
case(
    "R05",
    "action",
    "out of the prison claimed and recalled to another, the release put right since",
    "fail",
    {f"{OUT}.MOVEMENT_DATE": "2019-10-20", f"{OUT}.MOVEMENT_TIME": "2019-10-20 10:00:00", f"{OUT}.MODIFY_DATETIME": "2020-01-15 09:00:00"},
    add=[moved(3, "2019-10-25 09:00:00", "recalled", "LEI"), moved(4, "2019-12-02 10:00:00", "out", "LEI")],
    then="fail",
)


def held(to: str):
    agreed = contract_rows("H{n}", "ttg", "TTGPRIME", periods=("2019-11",))
    return {"CLAIM.contract_id": "H{n}"}, [
        (t, row | {"to_date": to}) if t == "contracts.CONTRACT_PRISON" else (t, row) for t, row in agreed
    ]


case("R06", "action", "the last day", "pass", held("2019-11-05")[0], add=held("2019-11-05")[1])
case("R06", "action", "the day after", "fail", held("2019-11-04")[0], add=held("2019-11-04")[1])
case("R06", "action", "a prison of no row", "fail", {"CLAIM.prison_code": "LEI"})
case("R06", "action", "no prison", V, {"CLAIM.prison_code": ""})
case("R06", "action", "no table", "none", group="without agreements")
case("R06", "contact", "in the community", "none")
case(
    "R06",
    "action",
    "another contract without prisons",
    "none",
    {"CLAIM.contract_id": "OC{n}"},
    add=contract_rows("OC{n}", "other", "TTGPRIME", periods=("2019-11",)),
)

LATE_REVIEW = at("2019-12-03") | {"PLAN_REVIEW.review_ts": "2019-12-03 11:00:00"}
DAY_OUT = at("2019-12-02")
case("R07", "review", "at 09:00, out at 10:00", "pass", DAY_OUT | {"PLAN_REVIEW.review_ts": "2019-12-02 09:00:00"})
case("R07", "review", "at 11:00, out at 10:00", "fail", DAY_OUT | {"PLAN_REVIEW.review_ts": "2019-12-02 11:00:00"})
case("R07", "review", "that day, no time", "pass", DAY_OUT | {"PLAN_REVIEW.review_ts": "2019-12-02"})
case("R07", "review", "the next day", "fail", LATE_REVIEW, amount="70.00")
case(
    "R07",
    "review",
    "the next day, back by then",
    "pass",
    at("2019-12-04") | {"PLAN_REVIEW.review_ts": "2019-12-04 11:00:00"},
    add=[moved(3, "2019-12-03 09:00:00", "recalled")],
)
case("R07", "review", "not linked", LINKED, UNLINKED)
case("R07", "review", "no review", SOURCE, {"CLAIM.task_ref": "{p}NONE"})
case("R07", "review", "no movements", T, group=NO_MOVES)
case("R07", "action", "no plan, no review", "none")

SENT = "REFERRAL.sent_ts"
case("R08", "action", "sent before", "pass")
case("R08", "action", "begun after", "fail", {SENT: "2019-12-03 10:00:00", "CONTACT.attended": "N"}, amount="70.00")
case("R08", "action", "met before, sent after", "pass", {SENT: "2019-12-03 10:00:00"})
case("R08", "action", "nothing at all", "fail", drop=["REFERRAL", "CONTACT"])
case("R08", "action", "sent on the day, after the gate", "fail", {SENT: "2019-12-02 11:00:00", "CONTACT.attended": "N"})
case("R08", "action", "sent on the day, no time", "pass", {SENT: "2019-12-02", "CONTACT.attended": "N"})
case("R08", "action", "inside still", DUE, drop=[OUT])
case("R08", "action", "not linked", LINKED, UNLINKED)
case("R08", "action", "no action", SOURCE, {"CLAIM.task_ref": "{p}NONE"})
case("R08", "action", "no referrals sent by the sender", T, lacks=("REFERRAL",))
case("R08", "service", "started before", "pass")
case("R08", "service", "started after", "fail", {"SERVICE.started_on": "2019-12-03"})
case("R08", "service", "never started", "fail", {"SERVICE.started_on": ""})
case("R08", "contact", "in the community", "none")
case("R08", "action", "out in the last days", DUE, {f"{OUT}.MOVEMENT_DATE": "2021-12-20", f"{OUT}.MOVEMENT_TIME": "2021-12-20 10:00:00"})

# Window -28 to 0: from 31 days before the release to 3 days after it.
for on, expected in (("2019-11-01", "pass"), ("2019-10-31", "fail"), ("2019-12-05", "pass"), ("2019-12-06", "fail")):
    case("R09", "message", f"claimed for {on}", expected, at(on))
case("R09", "contact", "within 31 days after", "pass", at("2020-01-02"))
case("R09", "contact", "32 days after", "fail", at("2020-01-03"))
case("R09", "message", "not reached", DUE, LATELY | {"CLAIM.task_date": "2021-11-25"})
case("R09", "message", "reached, not released", "fail", LATELY | {"CLAIM.task_date": "2021-11-10"})
case("R09", "message", "not linked", LINKED, UNLINKED)
case("R09", "message", "no movements", T, group=NO_MOVES)
case("R09", "action", "no fee for a release", "none")

for how in ("died", "deported", "detained", "hospital"):
    case("R10", "action", f"{how} the day before", "fail", drop=[OUT], add=[moved(3, "2019-11-04 10:00:00", how)])
    case("R10", "action", f"{how} that day", "pass", drop=[OUT], add=[moved(3, "2019-11-05 10:00:00", how)])
case(
    "R10", "action", "back from hospital", "pass", add=[moved(3, "2019-10-04 10:00:00", "hospital"), moved(4, "2019-10-08 10:00:00", "in")]
)
case("R10", "contact", "in hospital, a task in the community", "pass", drop=[OUT], add=[moved(3, "2019-11-20 10:00:00", "hospital")])
case("R10", "contact", "died, says probation", "fail", {"OFFENDER.DECEASED_DATE": "2019-12-04"})
case("R10", "contact", "died that day, says probation", "pass", {"OFFENDER.DECEASED_DATE": "2019-12-05"})
case("R10", "action", "not linked", LINKED, UNLINKED)
case("R10", "action", "no movements", T, group=NO_MOVES)
case("R10", "action", "too soon to say", DUE, LATELY, [OUT])

FACE = {"CONTACT.mode": "face_to_face"}
BACK = [moved(3, "2019-12-04 09:00:00", "recalled")]
case("R11", "contact", "met in the community", "pass", FACE)
case("R11", "contact", "telephone, recalled", "pass", add=BACK)
case("R11", "contact", "met while recalled", "fail", FACE, add=BACK)
case(
    "R11",
    "contact",
    "met on the day of the recall, no time",
    "pass",
    FACE | {"CONTACT.contact_ts": "2019-12-05"},
    add=[moved(3, "2019-12-05 09:00:00", "recalled")],
)
case("R11", "contact", "met before the recall that day", "pass", FACE, add=[moved(3, "2019-12-05 15:00:00", "recalled")])
case("R11", "contact", "met after the recall that day", "fail", FACE, add=[moved(3, "2019-12-05 09:00:00", "recalled")])
case("R11", "contact", "met in custody", "pass", FACE | {"CONTACT.setting": "custody"}, add=BACK)
case("R11", "contact", "how is not said", V, {"CONTACT.mode": ""})
case("R11", "contact", "not linked", LINKED, UNLINKED | FACE)
case("R11", "contact", "no contact", SOURCE, {"CLAIM.task_ref": "{p}NONE"})
case("R11", "fee", "a service, and nobody says how they met", COLUMN)
HOW = "appointments#1.appointment_delivery_type"
case("R11", "fee", "a service, by telephone", "pass", {HOW: "PHONE_CALL"}, group="optional columns")
case(
    "R11",
    "fee",
    "a service, met while inside",
    "fail",
    {HOW: "IN_PERSON_MEETING_PROBATION_OFFICE"},
    add=[moved(3, "2019-12-09 09:00:00", "recalled")],
    group="optional columns",
)
case("R11", "fee", "a service, met outside", "pass", {HOW: "IN_PERSON_MEETING_OTHER"}, group="optional columns")
case("R11", "fee", "a service, how is not said", V, group="optional columns")
case("R11", "fee", "a service, not linked", LINKED, UNLINKED, group="optional columns")

for on, expected in (("2019-09-09", "pass"), ("2019-09-08", "fail")):
    case(
        "R12",
        "review",
        f"{(84 if expected == 'pass' else 85)} days before both",
        expected,
        at(on) | {"PLAN_REVIEW.review_ts": f"{on} 11:00:00"},
    )
EARLY = at("2019-08-20") | {"PLAN_REVIEW.review_ts": "2019-08-20 11:00:00"}
case("R12", "review", "in the window of the day then planned", "pass", EARLY | {"OFFENDER_RELEASE_DETAILS.RELEASE_DATE": "2019-11-01"})
HISTORY = (
    "nomis.OFFENDER_RELEASE_DETAILS_HTY",
    {"OFFENDER_BOOK_ID": "{book}", "MODIFY_DATETIME": "2019-06-20 12:00:00", "RELEASE_DATE": "2019-11-01"},
)
MOVED_ON = {"OFFENDER_RELEASE_DETAILS.MODIFY_DATETIME": "2019-09-20 12:00:00"}
case("R12", "review", "planned otherwise since", "pass", EARLY | MOVED_ON, add=[HISTORY])
case("R12", "review", "what was planned then is not known", V, EARLY | MOVED_ON)
NEVER_MOVED = {"OFFENDER_RELEASE_DETAILS.MODIFY_DATETIME": "", "OFFENDER_RELEASE_DETAILS.RELEASE_DATE": "2019-11-01"}
case("R12", "review", "planned then and never otherwise", "pass", EARLY | NEVER_MOVED | {"OFFENDER_RELEASE_DETAILS.CREATE_DATETIME": "2019-06-20 12:00:00"})
case("R12", "review", "planned later and never otherwise", V, EARLY | NEVER_MOVED | {"OFFENDER_RELEASE_DETAILS.CREATE_DATETIME": "2019-08-20 12:00:00"})
case(
    "R12",
    "review",
    "not known, in the window of the release",
    "pass",
    at("2019-09-10") | {"PLAN_REVIEW.review_ts": "2019-09-10 11:00:00"} | MOVED_ON,
)
case("R12", "review", "a window that the task does not say is 84 days", "fail", EARLY | {"CLAIM.task_code": "K-REVX"})
case("R12", "review", "no planned dates delivered", T, EARLY, group="without treatment")
case("R12", "review", "not released", "none", drop=[OUT])
case("R12", "review", "after release: R07", "none", LATE_REVIEW)

# R13 to R17

case("R13", "plan", "screened", "pass")
case("R13", "plan", "screened later", "pass", {"BCS_SCREENING.completed_ts": "2019-09-04 10:00:00"})
case("R13", "plan", "never screened", "fail", drop=["BCS_SCREENING"], amount="70.00")
case("R13", "plan", "begun, not completed", "fail", {"BCS_SCREENING.completed_ts": ""})
case("R13", "plan", "another booking was screened", "fail", {"BCS_SCREENING.booking_no": "ANOTHER"})
case("R13", "plan", "not linked", LINKED, UNLINKED)
case("R13", "plan", "no table", T, group="without screenings")
case("R13", "plan", "too soon to say", DUE, LATELY, [OUT])
case("R13", "review", "no plan claimed", "none")

DONE = "BCS_SCREENING.completed_ts"
case("R14", "plan", "the same minute", "pass", {DONE: "2019-06-07 14:00:00"})
case("R14", "plan", "a minute earlier", "fail", {DONE: "2019-06-07 14:01:00"})
case("R14", "plan", "the same day, no time", "pass", {DONE: "2019-06-07 15:00:00", "PLAN.completed_ts": "2019-06-07"})
case("R14", "plan", "no time of the plan", V, {"PLAN.completed_ts": ""})
case("R14", "plan", "no plan", SOURCE, {"CLAIM.task_ref": "{p}NONE"})
case("R14", "plan", "never screened: R13", "none", drop=["BCS_SCREENING"])

# Easter 2016: the fifth working day after Thursday 24 March is Monday 4 April.
EASTER = {f"{IN}.MOVEMENT_DATE": "2016-03-23", f"{IN}.MOVEMENT_TIME": "2016-03-23 09:00:00", DONE: "2016-03-24 10:00:00", "BCS_SCREENING.reception_ts": "2016-03-23 09:00:00",
          "OFFENDER_BOOKINGS.BOOKING_BEGIN_DATE": "2016-03-23 09:00:00"}  # fmt: skip
case("R15", "plan", "24 March to 4 April 2016", "pass", EASTER | at("2016-04-04") | {"PLAN.completed_ts": "2016-04-04 14:00:00"})
case(
    "R15",
    "plan",
    "24 March to 5 April 2016",
    "fail",
    EASTER | at("2016-04-05") | {"PLAN.completed_ts": "2016-04-05 14:00:00"},
    amount="70.00",
)
case("R15", "plan", "fifth working day", "pass", at("2019-06-11") | {"PLAN.completed_ts": "2019-06-11 14:00:00"})
case("R15", "plan", "sixth working day", "fail", at("2019-06-12") | {"PLAN.completed_ts": "2019-06-12 14:00:00"})
case("R15", "plan", "the plan names a later one", "pass", at("2019-06-12") | {"PLAN.completed_ts": "2019-06-12 14:00:00", "PLAN.screening_id": "{p}S2"},
     add=[("oasys.BCS_SCREENING", {"screening_id": "{p}S2", "noms_no": "{noms}", "booking_no": "{bno}", "reception_ts": "2019-06-03 09:00:00", "completed_ts": "2019-06-10 10:00:00"})])  # fmt: skip
case(
    "R15",
    "plan",
    "it names one of another booking: the last before it",
    "fail",
    at("2019-06-12") | {"PLAN.completed_ts": "2019-06-12 14:00:00", "PLAN.screening_id": "OTHER"},
)
case("R15", "plan", "undated", "none", {"PLAN.completed_ts": ""})

for done, expected in (("2019-06-06 09:00:00", "pass"), ("2019-06-06 09:01:00", "fail"), ("2019-06-06", "pass"), ("2019-06-07", "fail")):
    case("R16", "plan", f"screened {done}", expected, {DONE: done}, amount="0.00" if expected == "fail" else None)
CLOCKS = {f"{IN}.MOVEMENT_DATE": "2019-10-25", f"{IN}.MOVEMENT_TIME": "2019-10-25 09:00:00", "BCS_SCREENING.reception_ts": "2019-10-25 09:00:00",
          "OFFENDER_BOOKINGS.BOOKING_BEGIN_DATE": "2019-10-25 09:00:00", "PLAN.completed_ts": "2019-10-29 14:00:00"} | at("2019-10-29")  # fmt: skip
case("R16", "plan", "the clocks went back: 73 hours by the wall clock's 72", "fail", CLOCKS | {DONE: "2019-10-28 09:00:00"})
case("R16", "plan", "the clocks went back: 72 hours", "pass", CLOCKS | {DONE: "2019-10-28 08:00:00"})
case("R16", "plan", "no reception: the admission", "pass", {"BCS_SCREENING.reception_ts": "", DONE: "2019-06-06 09:00:00"})
case("R16", "plan", "no reception: too long after the admission", "fail", {"BCS_SCREENING.reception_ts": "", DONE: "2019-06-06 09:01:00"})
case("R16", "plan", "no reception, no movements", T, {"BCS_SCREENING.reception_ts": ""}, group=NO_MOVES)
case("R16", "plan", "no plan", SOURCE, {"CLAIM.task_ref": "{p}NONE"})

case("R17", "plan", "nobody says what counts", COLUMN)
COUNTED = {"PLAN.counted_in_sl": "Y"}
SOON = {f"{OUT}.MOVEMENT_TIME": "2019-06-11 10:00:00", f"{OUT}.MOVEMENT_DATE": "2019-06-11"}
case("R17", "plan", "left on the due day", "pass", COUNTED | SOON, group="optional columns")
case(
    "R17",
    "plan",
    "left the day before",
    "fail",
    COUNTED | {f"{OUT}.MOVEMENT_TIME": "2019-06-10 10:00:00", f"{OUT}.MOVEMENT_DATE": "2019-06-10"},
    group="optional columns",
    amount="70.00",
)
case(
    "R17",
    "plan",
    "moved the day before",
    "fail",
    COUNTED,
    add=[moved(3, "2019-06-10 08:00:00", "to", "LEI"), moved(4, "2019-06-10 12:00:00", "from", "LEI")],
    group="optional columns",
)
case(
    "R17",
    "plan",
    "left the day before, not counted",
    "pass",
    {"PLAN.counted_in_sl": "N", f"{OUT}.MOVEMENT_TIME": "2019-06-10 10:00:00", f"{OUT}.MOVEMENT_DATE": "2019-06-10"},
    group="optional columns",
)
case("R17", "plan", "not said of this one", V, group="optional columns")

# R18 to R24


def review(on: str, ref: str, text: str = "Another meeting about other things", plan: str = "{p}PL") -> tuple[str, dict[str, str]]:
    return (
        "PLAN_REVIEW",
        {
            "review_ref": ref,
            "plan_ref": plan,
            "review_ts": on,
            "author_ref": "{p}A",
            "review_text": text,
            "person_contacted": "Y",
            "recorded_ts": on,
        },
    )


SAME_DAY = at("2019-06-07") | {"PLAN_REVIEW.review_ts": "2019-06-07 16:00:00"}
case("R18", "review", "the day after the plan", "pass", at("2019-06-08") | {"PLAN_REVIEW.review_ts": "2019-06-08 09:00:00"})
case("R18", "review", "the day of the plan", "fail", SAME_DAY, amount="70.00")
case("R18", "review", "an undated plan", V, {"PLAN.completed_ts": ""})
case("R18", "review", "no plan: R21", "none", drop=["PLAN"])
case("R18", "review", "no review", SOURCE, {"CLAIM.task_ref": "{p}NONE"})
case("R18", "review", "no plans delivered", T, lacks=("PLAN",))

case("R19", "review", "the first that day", "pass", add=[review("2019-11-11 15:00:00", "{p}R2")])
case("R19", "review", "the second that day", "fail", add=[review("2019-11-11 09:00:00", "{p}R2")], amount="70.00")
case("R19", "review", "the same minute, a higher reference came before", "pass", add=[review("2019-11-11 11:00:00", "{p}RW")])
case("R19", "review", "the same minute, a lower reference came before", "fail", add=[review("2019-11-11 11:00:00", "{p}RA")])
case("R19", "review", "one of the day before", "pass", add=[review("2019-11-10 09:00:00", "{p}R2")])
case("R19", "review", "no review", SOURCE, {"CLAIM.task_ref": "{p}NONE"})
case("R19", "review", "no plan: R21", "none", drop=["PLAN"])


def changed(on: str, field: str = "due_date", ref: str = "", old: str = "a", new: str = "b") -> tuple[str, dict[str, str]]:
    return (
        "PLAN_ACTION_HISTORY",
        {"action_ref": "{p}AF", "change_ts": on, "field": field, "old_value": old, "new_value": new, "review_ref": ref},
    )


FIFTH, FOURTH = [review("2019-11-04 09:00:00", "{p}R2")], [review("2019-11-05 09:00:00", "{p}R2")]
case("R20", "review", "five working days", "pass", add=FIFTH)
case("R20", "review", "four working days", "fail", add=FOURTH, amount="0.00")
case("R20", "review", "four, something changed by the review", "pass", add=[*FOURTH, changed("2019-11-12 09:00:00", ref="{p}RV")])
case("R20", "review", "four, something changed that day", "pass", add=[*FOURTH, changed("2019-11-11 09:00:00")])
case("R20", "review", "four, changed by another review that day", "fail", add=[*FOURTH, changed("2019-11-11 09:00:00", ref="{p}R2")])
case("R20", "review", "four, the same value again", "fail", add=[*FOURTH, changed("2019-11-11 09:00:00", old="a", new="a")])
case("R20", "review", "four, an action added that day", "pass", add=[*FOURTH, (
    "PLAN_ACTION", {"action_ref": "{p}AN", "plan_ref": "{p}PL", "domain": "finance", "action_type": "advice", "status": "open", "recorded_ts": "2019-11-11 12:00:00"})])  # fmt: skip
case("R20", "review", "no history", T, add=FOURTH, lacks=("PLAN_ACTION_HISTORY",))
case("R20", "review", "the first of the plan", "none")
case("R20", "review", "no review", SOURCE, {"CLAIM.task_ref": "{p}NONE"})

case("R21", "review", "later than the plan", "pass")
case("R21", "review", "the same minute", "pass", at("2019-06-07") | {"PLAN_REVIEW.review_ts": "2019-06-07 14:00:00"})
case("R21", "review", "a minute before the plan", "fail", at("2019-06-07") | {"PLAN_REVIEW.review_ts": "2019-06-07 13:59:00"})
case("R21", "review", "no plan", "fail", drop=["PLAN"], amount="70.00")
case("R21", "review", "names no plan", "fail", {"PLAN_REVIEW.plan_ref": ""})
case("R21", "review", "an undated plan", V, {"PLAN.completed_ts": ""})
case("R21", "review", "no review", SOURCE, {"CLAIM.task_ref": "{p}NONE"})
case("R21", "review", "no plans delivered", T, lacks=("PLAN",))

TEXT = "PLAN_REVIEW.review_text"
case("R22", "review", "new words", "pass")
case("R22", "review", "the text of the plan", "fail", {TEXT: PLAN_TEXT}, amount="70.00")
case(
    "R22",
    "review",
    "only a date changed",
    "fail",
    {TEXT: PLAN_TEXT + " 11/11/2019", "PLAN.plan_text": "7 June 2019: ".replace("June", "") + PLAN_TEXT},
)
case("R22", "review", "capitals, accents and commas", "fail", {TEXT: PLAN_TEXT.upper().replace("A ROOM", "Á, ROOM")})
case("R22", "review", "the person's name and the form's heading", "fail", {TEXT: "Resettlement plan review: {first} {last}. " + PLAN_TEXT})
case("R22", "review", "the text of an earlier review", "fail", add=[review("2019-10-01 09:00:00", "{p}R2", REVIEW_TEXT)])
case("R22", "review", "the text of a later review", "pass", add=[review("2019-11-20 09:00:00", "{p}R2", REVIEW_TEXT)])
case("R22", "review", "the text of another plan's review", "pass", add=[review("2019-10-01 09:00:00", "{p}R2", REVIEW_TEXT, "{p}OTHER")])
case("R22", "review", "no text", V, {TEXT: ""})
case("R22", "review", "nothing left of it", V, {TEXT: "Signed 11/11/2019"})
case("R22", "review", "no plan: R21", "none", drop=["PLAN"])

WORDS = PLAN_TEXT.split()


def edited(*places: int) -> str:
    return " ".join("another" if n in places else word for n, word in enumerate(WORDS))


def cut(text: str, n: int) -> str:
    return " ".join(text.split()[:n])


case("R23", "review", "one word edited", "fail", {TEXT: edited(20)}, amount="0.00")
case("R23", "review", "two words edited", "pass", {TEXT: edited(10, 30)})
case("R23", "review", "two neighbours edited: six shingles", "pass", {TEXT: edited(20, 21)})
case("R23", "review", "the last two words: two shingles", "fail", {TEXT: edited(len(WORDS) - 1, len(WORDS) - 2)})
case("R23", "review", "one word edited, something changed", "pass", {TEXT: edited(20)}, add=[changed("2019-11-11 09:00:00")])
case("R23", "review", "29 words", "none", {TEXT: cut(edited(20), 29), "PLAN.plan_text": cut(PLAN_TEXT, 29)})
case("R23", "review", "30 words", "fail", {TEXT: cut(edited(20), 30), "PLAN.plan_text": cut(PLAN_TEXT, 30)})
case(
    "R23",
    "review",
    "near to an earlier review",
    "fail",
    add=[review("2019-10-01 09:00:00", "{p}R2", REVIEW_TEXT.replace("council", "landlord"))],
)
case("R23", "review", "no history", T, {TEXT: edited(20)}, lacks=("PLAN_ACTION_HISTORY",))
case("R23", "review", "identical: R22", "none", {TEXT: PLAN_TEXT})
LONG = [f"word{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(205)]
for length, expected in ((204, "fail"), (190, "pass")):
    long = LONG[:length]
    case(
        "R23",
        "review",
        f"two of {length} words edited",
        expected,
        {TEXT: " ".join("else" if n in (50, 120) else word for n, word in enumerate(long)), "PLAN.plan_text": " ".join(long)},
    )


def stock(people: int, days: int = 89, author: str = "{p}A"):
    """One text for so many further people, the last `days` before the plan."""
    rows = []
    for n in range(people):
        on = f"2019-03-{10 + n:02d}" if n or days == 89 else "2019-03-09"
        rows.append(("PLAN", {"plan_ref": "{p}PX" + str(n), "person_ref": "{p}Q" + str(n), "completed_ts": f"{on} 10:00:00", "author_ref": author,
                              "plan_text": PLAN_TEXT + " wholly stock", "recorded_ts": f"{on} 11:00:00"}))  # fmt: skip
    return rows


STOCK = {"PLAN.plan_text": PLAN_TEXT + " wholly stock"}
case("R24", "plan", "one text for four", "pass", STOCK, add=stock(3))
case("R24", "plan", "one text for five", "fail", STOCK, add=stock(4), amount="0.00")
case("R24", "plan", "one text for five, the first 90 days before", "pass", STOCK, add=stock(4, 90))
case("R24", "plan", "five, another author", "pass", STOCK, add=stock(4, author="{p}B"))
case("R24", "plan", "four and twice for one", "pass", STOCK, add=[*stock(3), ("PLAN", stock(3)[0][1] | {"plan_ref": "{p}PY"})])
case("R24", "plan", "no author", V, {"PLAN.author_ref": ""})
case("R24", "plan", "a short text", "none", {"PLAN.plan_text": cut(PLAN_TEXT, 29)})
case("R24", "plan", "no plan", SOURCE, {"CLAIM.task_ref": "{p}NONE"})

# R25 to R33

NO_ACTION = ["PLAN_ACTION"]
case("R25", "plan", "a need and an action", "pass")
case("R25", "plan", "a need, no action", "fail", drop=NO_ACTION, amount="70.00")
case("R25", "plan", "no need, no action", "pass", {"BCS_NEED.need_flag": "N"}, NO_ACTION)
case("R25", "plan", "neither known", V, drop=["PLAN_ACTION", "BCS_NEED"])
HOME = [("ndelius.OFFENDER_ADDRESS", {"OFFENDER_ADDRESS_ID": "8{case}", "OFFENDER_ID": "{case}", "ADDRESS_STATUS_ID": "520", "ADDRESS_TYPE_ID": "532", "NO_FIXED_ABODE": "Y",
                                      "START_DATE": "2019-05-01", "SOFT_DELETED": "0", "LAST_UPDATED_DATETIME": "2019-05-02 09:00:00", "CREATED_DATETIME": "2019-05-02 09:00:00"})]  # fmt: skip
case("R25", "plan", "no fixed abode, no action", "fail", {"BCS_NEED.need_flag": "N"}, NO_ACTION, HOME)
FULL = [("oasys.ASSESSMENT", {"assessment_id": "{p}OA", "crn": "{crn}", "noms_no": "{noms}", "completed_ts": "2019-06-06 10:00:00"}),
        ("oasys.ASSESSMENT_NEED", {"assessment_id": "{p}OA", "domain": "drugs", "need_flag": "Y"})]  # fmt: skip
case("R25", "plan", "a need of the full assessment", "fail", {"BCS_NEED.need_flag": "N"}, NO_ACTION, FULL)
case(
    "R25",
    "plan",
    "an assessment after the plan",
    "pass",
    {"BCS_NEED.need_flag": "N"},
    NO_ACTION,
    [(FULL[0][0], FULL[0][1] | {"completed_ts": "2019-06-08 10:00:00"}), FULL[1]],
)
case(
    "R25",
    "plan",
    "an assessment before the booking",
    "pass",
    {"BCS_NEED.need_flag": "N"},
    NO_ACTION,
    [(FULL[0][0], FULL[0][1] | {"completed_ts": "2019-06-01 10:00:00"}), FULL[1]],
)
case("R25", "plan", "not linked", LINKED, UNLINKED)
case("R25", "plan", "no plan", SOURCE, {"CLAIM.task_ref": "{p}NONE"})
case("R25", "plan", "no actions delivered", T, lacks=("PLAN_ACTION",))
case("R25", "plan", "no needs delivered, no action", T, drop=NO_ACTION, group="without screenings")

case("R26", "plan", "all needs have an action", "pass")
DRUGS = [("oasys.BCS_NEED", {"screening_id": "{p}S", "domain": "drugs", "need_flag": "Y", "recorded_ts": "2019-06-04 10:00:00"})]
case("R26", "plan", "drugs bare", "fail", add=DRUGS, amount="0.00")
case(
    "R26",
    "plan",
    "drugs served by dependency and recovery",
    "pass",
    {"PLAN_ACTION.domain": "dependency and recovery", "BCS_NEED.domain": "drugs"},
)
case("R26", "plan", "needs unknown", V, drop=["BCS_NEED"])
case("R26", "plan", "no actions", "none", drop=NO_ACTION)
case("R26", "plan", "a need of no list", V, {"BCS_NEED.domain": "gardening"})
case("R26", "plan", "a need of no list, and another bare", "fail", {"BCS_NEED.domain": "gardening"}, add=DRUGS)
case("R26", "plan", "not linked", LINKED, UNLINKED)
case("R26", "plan", "no fixed abode", "fail", add=HOME)

NOT_MET = {"CONTACT.attended": "N", "REFERRAL.response_ts": ""}
SHUT = "PLAN_ACTION.status_ts"
case("R27", "action", "met first", "pass", {"REFERRAL.response_ts": "", SENT: "2019-11-05 14:50:00"})
case("R27", "action", "closed 10 minutes after sending", "fail", NOT_MET | {SENT: "2019-11-05 14:50:00"}, amount="0.00")
case("R27", "action", "closed 24 hours after sending", "fail", NOT_MET | {SENT: "2019-11-04 15:00:00"})
case("R27", "action", "closed 24 hours and a minute after", "pass", NOT_MET | {SENT: "2019-11-04 14:59:00"})
case("R27", "action", "answered by then", "pass", NOT_MET | {SENT: "2019-11-05 14:00:00", "REFERRAL.response_ts": "2019-11-05 15:00:00"})
case(
    "R27",
    "action",
    "answered a minute later",
    "fail",
    NOT_MET | {SENT: "2019-11-05 14:00:00", "REFERRAL.response_ts": "2019-11-05 15:01:00"},
)
case("R27", "action", "no contacts delivered", T, lacks=("CONTACT",))
case("R27", "action", "a status in no list", V, {"PLAN_ACTION.status": "pending"})
case("R27", "action", "undated", V, {SHUT: ""})
case("R27", "action", "no referral: R29", "none", drop=["REFERRAL"])
case("R27", "action", "advice", "none", {"PLAN_ACTION.action_type": "advice"})
case("R27", "action", "open", "none", {"PLAN_ACTION.status": "open"})
case("R27", "action", "no action", SOURCE, {"CLAIM.task_ref": "{p}NONE"})
PAID_FOR = [("contracts.TASK", task_row("KP{n}", "K-ACC", paid_for_rules="R27;R16")), ("contracts.RATE_CARD", card(TTG, "KP{n}"))]
case(
    "R27",
    "action",
    "where the task pays for it, pounds move",
    "fail",
    NOT_MET | {SENT: "2019-11-05 14:50:00", "CLAIM.task_code": "KP{n}"},
    add=PAID_FOR,
    group="optional columns",
    amount="70.00",
)

REPLY = "REFERRAL.response_ts"
case("R28", "action", "answered on day 28", "pass", {REPLY: "2019-11-29 10:00:00"})
case("R28", "action", "answered on day 29", "fail", {REPLY: "2019-11-30 10:00:00"}, amount="0.00")
case("R28", "action", "never", "fail", {REPLY: ""})
case("R28", "action", "out before day 28, answered by then", "pass", {SENT: "2019-11-20 10:00:00", REPLY: "2019-12-02 18:00:00"})
case("R28", "action", "out before day 28, answered after", "fail", {SENT: "2019-11-20 10:00:00", REPLY: "2019-12-03 10:00:00"})
case("R28", "action", "sent after the release", "pass", {SENT: "2019-12-05 10:00:00", REPLY: "2020-01-02 10:00:00"})
AHEAD = LATELY | {SHUT: "2021-12-20 15:00:00", SENT: "2021-12-10 10:00:00", REPLY: ""}
case("R28", "action", "the deadline lies ahead", DUE, AHEAD, [OUT])
case("R28", "action", "a status in no list", V, {"PLAN_ACTION.status": "pending"})
case("R28", "action", "no referral: R29", "none", drop=["REFERRAL"])

case("R29", "action", "a referral", "pass")
case("R29", "action", "none", "fail", drop=["REFERRAL"], amount="70.00")
case("R29", "action", "one of another action", "fail", {"REFERRAL.action_ref": "{p}AF"})
case("R29", "action", "no table", T, lacks=("REFERRAL",))
case("R29", "action", "contact, not referral", "none", {"PLAN_ACTION.action_type": "contact"}, ["REFERRAL"])
case("R29", "action", "a status in no list", V, {"PLAN_ACTION.status": "pending"})
case("R29", "action", "no action", SOURCE, {"CLAIM.task_ref": "{p}NONE"})

SEEN = "CONTACT.contact_ts"
for on, expected in (("2019-11-09", "pass"), ("2019-11-08", "fail"), ("2019-11-13", "pass"), ("2019-11-14", "fail")):
    case("R30", "review", f"seen on {on}", expected, {SEEN: f"{on} 09:00:00"}, amount="0.00" if expected == "fail" else None)
case("R30", "review", "came not", "fail", {"CONTACT.attended": "N"})
case("R30", "review", "with the family", "fail", {"CONTACT.contact_with": "family"})
case("R30", "review", "another person was seen", "fail", {"CONTACT.person_ref": "{p}OTHER"})
case("R30", "review", "no table, seen it says", T, lacks=("CONTACT",))
case("R30", "review", "no table, not seen it says", "fail", {"PLAN_REVIEW.person_contacted": "N"}, lacks=("CONTACT",))
case("R30", "review", "no review", SOURCE, {"CLAIM.task_ref": "{p}NONE"})
case("R30", "review", "no plan: R21", "none", drop=["PLAN"])

case("R31", "plan", "issued that day", "pass", {"PLAN.issued_date": "2019-12-02"})
case("R31", "plan", "issued the day after", "fail", {"PLAN.issued_date": "2019-12-03"}, amount="0.00")
case("R31", "plan", "never issued", "fail", {"PLAN.issued_date": ""})
case("R31", "plan", "not released yet", DUE, drop=[OUT])
case("R31", "plan", "not linked", LINKED, UNLINKED)
case("R31", "plan", "no plan", SOURCE, {"CLAIM.task_ref": "{p}NONE"})
case("R31", "plan", "the sender keeps no log", COLUMN, {"PLAN.issued_date": ""}, lacks=("SERVICE",))
case("R31", "plan", "out in the last days", DUE, {f"{OUT}.MOVEMENT_DATE": "2021-12-20", f"{OUT}.MOVEMENT_TIME": "2021-12-20 10:00:00"})

MAIL = "MESSAGE.sent_ts"
case("R32", "message", "sent, and an officer", "pass")
case("R32", "message", "an allocation only", "fail", {"MESSAGE.kind": "allocation"}, amount="70.00")
case("R32", "message", "84 days before", "pass", {MAIL: "2019-09-09 10:00:00"})
case("R32", "message", "85 days before", "fail", {MAIL: "2019-09-08 10:00:00"})
case("R32", "message", "on the day", "pass", {MAIL: "2019-12-02 18:00:00"})
case("R32", "message", "the day after", "fail", {MAIL: "2019-12-03 10:00:00"})
case("R32", "message", "nobody allocated", "fail", {"OFFENDER_MANAGER.ALLOCATION_STAFF_ID": "2"})
case("R32", "message", "allocated the day after", "fail", {"OFFENDER_MANAGER.ALLOCATION_DATE": "2019-12-03"})
case("R32", "message", "allocated that day", "pass", {"OFFENDER_MANAGER.ALLOCATION_DATE": "2019-12-02"})
case("R32", "message", "ended the day before", "fail", {"OFFENDER_MANAGER.END_DATE": "2019-12-01"})
case("R32", "message", "no probation tables, sent", T, group="without probation")
case("R32", "message", "no probation tables, not sent", "fail", {"MESSAGE.kind": "other"}, group="without probation")
case("R32", "message", "not linked", LINKED, UNLINKED)
case("R32", "message", "not released yet", DUE, drop=[OUT])

HOUSING = {"PLAN_ACTION.domain": "accommodation"}
OPEN = {"PLAN_ACTION.domain": "housing", "BCS_NEED.domain": "accommodation"}
case("R33", "review", "no need of a home, no action", "pass")
case("R33", "review", "looked at on day 28", "pass", OPEN | {"PLAN_ACTION.recorded_ts": "2019-11-04 10:00:00"})
case("R33", "review", "looked at on day 29", "fail", OPEN | {"PLAN_ACTION.recorded_ts": "2019-11-03 10:00:00"}, amount="0.00")
case("R33", "review", "a change on day 28", "pass", OPEN, add=[changed("2019-11-04 10:00:00")])
case("R33", "review", "complete by then", "pass", OPEN | {"PLAN_ACTION.status": "complete"})
case("R33", "review", "a need and no action", "fail", {"BCS_NEED.domain": "accommodation"}, NO_ACTION)
case("R33", "review", "no history", T, OPEN, lacks=("PLAN_ACTION_HISTORY",))
case("R33", "review", "a need of no list", V, {"BCS_NEED.domain": "gardening"})
case("R33", "review", "a status of no list, stale", V, OPEN | {"PLAN_ACTION.status": "pending"})
case("R33", "review", "not linked", LINKED, UNLINKED)
case("R33", "review", "not released yet", DUE, OPEN, [OUT])
case("R33", "review", "no review", SOURCE, {"CLAIM.task_ref": "{p}NONE"})

# R34 to R40


def claim(kind: str, s=None, **changes: str) -> tuple[str, dict[str, str]]:
    """Another claim like the base's, submitted a day before it, under an id of its own."""
    from tests.truth.payment.worlds import base

    row = dict(next(row for table, row in base(kind) if table == "CLAIM"))
    before = row["submitted_ts"].replace("-05 09", "-04 09")
    return ("CLAIM", row | {"claim_id": "{p}0", "submitted_ts": before} | changes)


case("R34", "action", "the first", "pass", add=[claim("action", submitted_ts="2019-12-06 09:00:00")])
case("R34", "action", "the second", "fail", add=[claim("action")], amount="70.00")
case(
    "R34",
    "action",
    "submitted with another, a higher claim id",
    "fail",
    add=[claim("action", claim_id="{p}"[:-3] + "J{n:0>4}", submitted_ts="2019-12-05 09:00:00")],
)
case("R34", "action", "another day", "pass", add=[claim("action", task_date="2019-11-04")])
case("R34", "action", "another sub-contractor", "pass", add=[claim("action", sub_code="SUBONE")])
case("R34", "action", "another task", "pass", add=[claim("action", task_code="K-ETE")])
case(
    "R34",
    "action",
    "the first was taken back",
    "pass",
    add=[claim("action"), claim("action", claim_id="{p}1", amount="-70.00", reverses_claim_id="{p}0")],
)
case("R34", "action", "the first was refused", "pass", add=[claim("action", status="Rejected")])
case(
    "R34",
    "action",
    "the first was refused and paid",
    "fail",
    add=[
        claim("action", status="rejected"),
        ("contracts.PAYMENT", {"payment_ref": "{p}Y", "claim_id": "{p}0", "paid_on": "2019-12-20", "amount": "70.00"}),
    ],
)
case("R34", "action", "not linked, the same reference", "fail", UNLINKED, add=[claim("action")])
case("R34", "action", "no reference", V, {"CLAIM.person_ref": ""})
case("R34", "assessment", "a service, another referral", "pass", add=[claim("assessment", task_ref="{p}RX")])
case("R34", "assessment", "a service, the same referral", "fail", add=[claim("assessment")])

SUB = ("contracts.SUBCONTRACTOR", {"contract_id": "S{n}", "sub_code": "SUB{n}", "from_date": "2019-11-05", "to_date": "2019-11-05"})
UNDER = {"CLAIM.contract_id": "S{n}"}
OF_SUB = contract_rows("S{n}", "ttg", "TTGPRIME", periods=("2019-11",))
case("R35", "action", "another firm", "pass", UNDER, add=[*OF_SUB, claim("action", contract_id="S{n}", prime_code="OTHERFIRM")])
case(
    "R35", "action", "its sub", "fail", UNDER, add=[*OF_SUB, SUB, claim("action", contract_id="S{n}", prime_code="SUB{n}")], amount="70.00"
)
case(
    "R35",
    "action",
    "its sub, three days before",
    "fail",
    UNDER,
    add=[*OF_SUB, SUB, claim("action", contract_id="S{n}", prime_code="SUB{n}", task_date="2019-11-02")],
)
case(
    "R35",
    "action",
    "its sub, four days before",
    "pass",
    UNDER,
    add=[*OF_SUB, SUB, claim("action", contract_id="S{n}", prime_code="SUB{n}", task_date="2019-11-01")],
)
case(
    "R35",
    "action",
    "its sub claimed later",
    "pass",
    UNDER,
    add=[*OF_SUB, SUB, claim("action", contract_id="S{n}", prime_code="SUB{n}", submitted_ts="2019-12-06 09:00:00")],
)
case(
    "R35",
    "action",
    "a sub of before",
    "pass",
    UNDER,
    add=[
        *OF_SUB,
        (SUB[0], SUB[1] | {"from_date": "2018-01-01", "to_date": "2019-11-04"}),
        claim("action", contract_id="S{n}", prime_code="SUB{n}"),
    ],
)
case(
    "R35",
    "action",
    "no payee",
    "pass",
    UNDER | {"CLAIM.prime_code": ""},
    add=[*OF_SUB, SUB, claim("action", contract_id="S{n}", prime_code="SUB{n}")],
)
case("R35", "action", "no table", T, group="without agreements")
case("R35", "action", "no reference", V, {"CLAIM.person_ref": ""})

case("R36", "plan", "one contract", "pass")
case("R36", "plan", "another contract first", "fail", add=[*OF_SUB, claim("plan", contract_id="S{n}")], amount="70.00")
case("R36", "plan", "another contract later", "pass", add=[*OF_SUB, claim("plan", contract_id="S{n}", submitted_ts="2019-07-06 09:00:00")])
case("R36", "plan", "no booking", V, at("2019-05-07") | {"CLAIM.booking_no": ""}, [OUT])
case("R36", "plan", "not linked", LINKED, UNLINKED)
case("R36", "action", "no plan", "none")

TWICE = [claim("action", task_date="2019-11-03", task_ref="{p}AF")]
case("R37", "action", "the second of two", "pass", add=TWICE)
THRICE = [*TWICE, claim("action", claim_id="{p}1", task_date="2019-11-02", task_ref="{p}AF")]
case("R37", "action", "the third of two", "fail", add=THRICE, amount="70.00")
case(
    "R37",
    "action",
    "three, ours the earliest day",
    "pass",
    add=[claim("action", task_date="2019-11-13"), claim("action", claim_id="{p}1", task_date="2019-11-12")],
)
case(
    "R37",
    "action",
    "two and one billed twice",
    "pass",
    add=[*TWICE, claim("action", claim_id="{p}1", task_date="2019-11-03", task_ref="{p}AF", submitted_ts="2019-12-04 10:00:00")],
)
case("R37", "action", "a stay after recall counts anew", "pass", add=[moved(3, "2020-01-10 09:00:00", "recalled"), moved(4, "2020-03-10 10:00:00", "out"),
     claim("action", task_date="2020-02-03", period="2020-02"), claim("action", claim_id="{p}1", task_date="2020-02-02", period="2020-02")])  # fmt: skip
case("R37", "action", "no booking", V, at("2019-05-05") | {"CLAIM.booking_no": ""}, [OUT])
case("R37", "action", "not linked", LINKED, UNLINKED)
case("R37", "review", "no limit", "none")
case("R37", "assessment", "a service, two referrals", "pass", add=[claim("assessment", task_ref="{p}RX", task_date="2019-12-09")])
case("R37", "assessment", "a service, twice for one referral", "fail", add=[claim("assessment", task_date="2019-12-09")])

SENT_IN = "CLAIM.submitted_ts"
case("R38", "action", "at closing", "pass", {SENT_IN: "2019-12-15 17:00:00"})
case("R38", "action", "a second later", "fail", {SENT_IN: "2019-12-15 17:00:01"}, amount="70.00")
case("R38", "action", "approved, no list", "pass", {SENT_IN: "2019-12-16 09:00:00", "CLAIM.late_approval_ref": "{p}L"})
case("R38", "action", "no such period", TERM, {"CLAIM.period": "2018-01"})
case("R38", "action", "no period", TERM, {"CLAIM.period": ""})
case("R38", "action", "no moment", V, {SENT_IN: ""})
case("R38", "action", "no table", T, group="without agreements")
LATE = {SENT_IN: "2019-12-16 09:00:00", "CLAIM.late_approval_ref": "{p}L"}
for on, expected in (("2019-12-16", "pass"), ("2019-12-17", "fail")):
    case("R38", "action", f"approved {on}", expected, LATE, group="with late approvals",
         add=[("contracts.LATE_APPROVAL", {"late_approval_ref": "{p}L", "contract_id": TTG, "approved_on": on, "approved_by": "INVENTED"})])  # fmt: skip
case("R38", "action", "an approval in no list", "fail", LATE, group="with late approvals")

case("R39", "action", "the last day", "pass", at("2019-11-30"))
case("R39", "action", "the next", "fail", {"CLAIM.task_date": "2019-12-01", "CLAIM.period": "2019-11"}, amount="70.00")
case("R39", "action", "the first day", "pass", at("2019-11-01"))
case("R39", "action", "the day before", "fail", {"CLAIM.task_date": "2019-10-31"})
case("R39", "action", "no period", "fail", {"CLAIM.period": ""})
case("R39", "action", "no day", V, {"CLAIM.task_date": ""})
case("R39", "action", "no table", T, group="without agreements")
case(
    "R39",
    "action",
    "a contract without periods",
    "none",
    {"CLAIM.contract_id": "NP{n}"},
    add=[r for r in contract_rows("NP{n}", "ttg", "TTGPRIME") if r[0] != "contracts.PERIOD"],
)

case("R40", "action", "the same minute", "pass", {SENT_IN: "2019-11-05 15:00:00"})
case("R40", "action", "a minute before", "fail", {SENT_IN: "2019-11-05 14:59:00"}, amount="70.00")
case("R40", "action", "the day before", "fail", {SENT_IN: "2019-11-04 15:00:00"})
case("R40", "action", "that day, no time of the work", "pass", {SENT_IN: "2019-11-05 09:00:00", SHUT: "2019-11-05"})
case("R40", "action", "no action, submitted that day", "pass", {SENT_IN: "2019-11-05 00:30:00", "CLAIM.task_ref": "{p}NONE"})
case("R40", "action", "no action, submitted the day before", "fail", {SENT_IN: "2019-11-04 23:30:00", "CLAIM.task_ref": "{p}NONE"})
case("R40", "action", "undated", V, {SHUT: ""})
case(
    "R40",
    "action",
    "a day after the delivery",
    "fail",
    {"CLAIM.task_date": "2022-01-01", "CLAIM.period": "2021-12", SENT_IN: "2021-12-28 09:00:00", "CLAIM.task_ref": "{p}NONE"},
)
case("R40", "action", "no moment", V, {SENT_IN: ""})

# R41 to R53

case("R41", "action", "the card's rate", "pass")
case("R41", "action", "1.00 over", "fail", {"CLAIM.rate": "71.00", "CLAIM.amount": "71.00"}, amount="1.00")
case("R41", "action", "1.00 under", "fail", {"CLAIM.rate": "69.00", "CLAIM.amount": "69.00"}, amount="0.00")
case("R41", "action", "a fraction of a penny over", "fail", {"CLAIM.rate": "70.000001"}, amount="0.00")
case("R41", "action", "no rate", V, {"CLAIM.rate": ""})
case(
    "R41",
    "action",
    "no card: R42",
    "none",
    {"CLAIM.contract_id": "X{n}"},
    add=contract_rows("X{n}", "ttg", "TTGPRIME", periods=("2019-11",), cards=False),
)


def banded(*rows):
    return [*contract_rows("C{n}", "ttg", "TTGPRIME", periods=("2019-11",), cards=False), *[("contracts.RATE_CARD", r) for r in rows]]


BANDED = {"CLAIM.contract_id": "C{n}"}
TWO = (card("C{n}", "K-ACC", "70.00", "0", "1"), card("C{n}", "K-ACC", "60.00", "2", ""))
case("R42", "action", "one", "pass")
case("R42", "action", "none", "fail", BANDED, add=banded(), amount="70.00")
case("R42", "action", "the second band", "pass", BANDED | {"CLAIM.band_used": "2"}, add=banded(*TWO))
case("R42", "action", "a third band of two", "fail", BANDED | {"CLAIM.band_used": "3"}, add=banded(*TWO))
case("R42", "action", "no band, one row", "pass", BANDED | {"CLAIM.band_used": ""}, add=banded(TWO[0]))
case("R42", "action", "no band, several", V, BANDED | {"CLAIM.band_used": ""}, add=banded(*TWO))
case("R42", "action", "two rows of one band", "fail", BANDED, add=banded(TWO[0], TWO[0] | {"from_date": "2019-01-01"}))
case("R42", "action", "the last day of the card", "pass", BANDED, add=banded(TWO[0] | {"to_date": "2019-11-05"}))
case("R42", "action", "the day after the card", "fail", BANDED, add=banded(TWO[0] | {"to_date": "2019-11-04"}))
case("R42", "action", "no contract", "none", {"CLAIM.contract_id": "NONE"})
case("R42", "action", "no table", "none", group="without agreements")

for amount, expected in (("41.66", "pass"), ("41.67", "fail"), ("41.65", "fail")):
    case("R43", "contact", f"1.25 x 33.33 is not {amount}" if expected == "fail" else "1.25 x 33.33 is 41.66", expected,
         {"CLAIM.qty": "1.25", "CLAIM.rate": "33.33", "CLAIM.amount": amount}, amount={"41.67": "0.01", "41.65": "0.00"}.get(amount))  # fmt: skip
case("R43", "contact", "half a penny goes up", "pass", {"CLAIM.qty": "0.5", "CLAIM.rate": "33.33", "CLAIM.amount": "16.67"})
case("R43", "contact", "no quantity", V, {"CLAIM.qty": ""})
case("R43", "contact", "no rate", V, {"CLAIM.rate": ""})
case("R43", "contact", "a quantity of nothing", "fail", {"CLAIM.qty": "0", "CLAIM.amount": "70.00"}, amount="70.00")
case("R43", "contact", "below nothing", "fail", {"CLAIM.amount": "-70.00"}, amount="0.00")
case("R43", "contact", "a float", "pass", {"CLAIM.qty": "1.2500000000000002", "CLAIM.rate": "33.33", "CLAIM.amount": "41.66"})

ENDS = [
    (t, row | {"to_date": "2019-11-05"}) if t == "contracts.CONTRACT" else (t, row)
    for t, row in contract_rows("F{n}", "ttg", "TTGPRIME", periods=("2019-11",))
]
case("R44", "action", "the last day", "pass", {"CLAIM.contract_id": "F{n}"}, add=ENDS)
case("R44", "action", "the day after", "fail", {"CLAIM.contract_id": "F{n}"} | at("2019-11-06"), add=ENDS, amount="70.00")
case("R44", "action", "the day before", "fail", at("2015-04-30"))
case("R44", "action", "no contract", "fail", {"CLAIM.contract_id": "NONE"})
case("R44", "action", "no task", "fail", {"CLAIM.task_code": "K-NONE"})
case(
    "R44",
    "action",
    "a task of before",
    "fail",
    {"CLAIM.task_code": "KF{n}"},
    add=[("contracts.TASK", task_row("KF{n}", "K-ACC", to_date="2019-11-04"))],
)
case("R44", "action", "no table", T, group="without agreements")
case("R44", "action", "no day", V, {"CLAIM.task_date": ""})

case("R45", "action", "the prime itself", "none")
case("R45", "action", "a sub, approved that day only", "pass", UNDER | {"CLAIM.sub_code": "SUB{n}"}, add=[*OF_SUB, SUB])
case(
    "R45",
    "action",
    "a sub, approved till the day before",
    "fail",
    UNDER | {"CLAIM.sub_code": "SUB{n}"},
    add=[*OF_SUB, (SUB[0], SUB[1] | {"from_date": "2019-01-01", "to_date": "2019-11-04"})],
    amount="70.00",
)
case("R45", "action", "a sub in no row", "fail", {"CLAIM.sub_code": "NOBODY"})
case("R45", "action", "another prime", "fail", {"CLAIM.prime_code": "NOBODY"})
case("R45", "action", "another prime, approved", "pass", UNDER | {"CLAIM.prime_code": "SUB{n}"}, add=[*OF_SUB, SUB])
case("R45", "action", "no table", T, {"CLAIM.sub_code": "NOBODY"}, group="without agreements")
case("R45", "action", "a sub, no day", V, {"CLAIM.sub_code": "NOBODY", "CLAIM.task_date": ""})

case("R46", "contact", "on the roster", "pass")
case("R46", "contact", "the last day", "pass", {"ROSTER.to_date": "2019-12-05"})
case("R46", "contact", "left the day before", "fail", {"ROSTER.to_date": "2019-12-04"}, amount="70.00")
case("R46", "contact", "not yet there", "fail", {"ROSTER.from_date": "2019-12-06"})
case("R46", "contact", "no author", V, {"CONTACT.author_ref": ""})
case("R46", "contact", "no roster", T, lacks=("ROSTER",))
case("R46", "contact", "no contact", SOURCE, {"CLAIM.task_ref": "{p}NONE"})
case("R46", "action", "an action has no author", "none")

WRITTEN = "CONTACT.recorded_ts"
for on, expected in (("2019-12-12", "pass"), ("2019-12-13", "fail")):
    case("R47", "contact", f"written {on}", expected, {WRITTEN: f"{on} 09:00:00"}, amount="0.00" if expected == "fail" else None)
case("R47", "contact", "when is not said", V, {WRITTEN: ""})
case("R47", "contact", "no contact", SOURCE, {"CLAIM.task_ref": "{p}NONE"})
case("R47", "service", "a service has none", "none")

PAID = [("contracts.PAYMENT", {"payment_ref": "{p}Y", "claim_id": "{p}", "paid_on": "2020-01-20", "amount": "70.00"})]
case("R48", "contact", "the same", "pass", add=PAID)
FIRST_SENT = ("CONTACT", {"contact_ref": "{p}CT", "person_ref": "{p}P", "contact_ts": "2019-12-05 11:00:00", "setting": "community", "mode": "telephone", "domain": "mentoring",
                          "attended": "Y", "contact_with": "person", "author_ref": "{p}A", "recorded_ts": "2019-12-05 12:00:00"})  # fmt: skip
AGAIN = {WRITTEN: "2020-02-05 12:00:00"}
case("R48", "contact", "sent again as it was", "pass", AGAIN, add=PAID, earlier=[FIRST_SENT])
case("R48", "contact", "rewritten", "fail", AGAIN | {"CONTACT.mode": "face_to_face"}, add=PAID, earlier=[FIRST_SENT], amount="70.00")
PAID_THAT_DAY = [("contracts.PAYMENT", {"payment_ref": "{p}Y", "claim_id": "{p}", "paid_on": "2020-01-05", "amount": "70.00"})]
case("R48", "contact", "paid the day it was claimed, rewritten since", "fail", AGAIN | {"CONTACT.mode": "face_to_face"}, add=PAID_THAT_DAY, earlier=[FIRST_SENT], then="pass")
case("R48", "contact", "paid the day it was claimed, and gone since", "fail", drop=["CONTACT"], add=PAID_THAT_DAY, earlier=[FIRST_SENT], then="pass")
case("R48", "contact", "gone since it was paid", "fail", drop=["CONTACT"], add=PAID, earlier=[FIRST_SENT])
case("R48", "contact", "none kept: written down after it was claimed", "no_version", {WRITTEN: "2020-02-05 12:00:00"}, add=PAID)
case("R48", "service", "none kept: a table that says not when", "no_version", add=PAID)
case("R48", "contact", "not paid", "none")
PAID_NOBODY_KNOWS_WHEN = [(PAID[0][0], PAID[0][1] | {"paid_on": "next week"})]
case("R48", "contact", "paid, nobody knows when, and rewritten", "fail", AGAIN | {"CONTACT.mode": "face_to_face"}, add=PAID_NOBODY_KNOWS_WHEN, earlier=[FIRST_SENT])
case(
    "R48",
    "contact",
    "paid and paid back",
    "none",
    add=[*PAID, ("contracts.PAYMENT", {"payment_ref": "{p}Z", "claim_id": "{p}", "paid_on": "2020-02-20", "amount": "-70.00"})],
)
case("R48", "fee", "a service", "none", add=PAID)
case("R48", "contact", "no contact", SOURCE, {"CLAIM.task_ref": "{p}NONE"}, add=PAID)

case("R49", "action", "found", "pass")
case("R49", "action", "empty", "fail", {"CLAIM.evidence_ref": ""}, amount="70.00")
case("R49", "action", "in no row", "fail", drop=["EVIDENCE"])
case("R49", "action", "no table", T, lacks=("EVIDENCE",))
case("R49", "action", "empty, and no table", "fail", {"CLAIM.evidence_ref": ""}, lacks=("EVIDENCE",))

case("R53", "action", "done", "pass")
case("R53", "action", "open", "fail", {"PLAN_ACTION.status": "open"}, amount="70.00")
case("R53", "action", "a status in no list", V, {"PLAN_ACTION.status": "pending"})
case("R53", "action", "no reference", "fail", {"CLAIM.task_ref": ""})
case("R53", "action", "no such action", "fail", {"CLAIM.task_ref": "{p}NONE"})
case("R53", "action", "claimed before", "fail", add=[claim("action", task_date="2019-11-04")])
case("R53", "action", "claimed later too", "pass", add=[claim("action", task_date="2019-11-04", submitted_ts="2019-12-06 09:00:00")])
case("R53", "action", "no table", T, lacks=("PLAN_ACTION",))
case("R53", "plan", "an undated plan", "fail", {"PLAN.completed_ts": ""})
case("R53", "contact", "came not", "fail", {"CONTACT.attended": "N"})
case("R53", "service", "never started", "fail", {"SERVICE.started_on": ""})
case("R53", "assessment", "attended", "pass")
case("R53", "assessment", "late", "pass", {"appointments#1.attended": "LATE"})
case("R53", "assessment", "not attended", "fail", {"appointments#1.attended": "NO"})
case("R53", "fee", "not approved", "fail", {"referrals.date_of_first_action_plan_approval": ""})
PIECES = [claim("action", contract_id="C{n}", task_ref="{p}AD", task_date="2019-11-04"),
          ("PLAN_ACTION", {"action_ref": "{p}AD", "plan_ref": "{p}PL", "domain": "accommodation", "action_type": "advice", "status": "complete",
                           "status_ts": "2019-11-04 15:00:00", "recorded_ts": "2019-11-04 16:00:00"})]  # fmt: skip
case("R53", "action", "one piece, the first band", "pass", BANDED, add=banded(*TWO))
case("R53", "action", "two pieces, the first band used", "fail", BANDED, add=[*banded(*TWO), *PIECES], amount="10.00")
case(
    "R53",
    "action",
    "two pieces, the second band used",
    "pass",
    BANDED | {"CLAIM.band_used": "2", "CLAIM.rate": "60.00", "CLAIM.amount": "60.00"},
    add=[*banded(*TWO), *PIECES],
)
case(
    "R53",
    "action",
    "two claims for one piece are one",
    "fail",
    BANDED | {"CLAIM.band_used": "2"},
    add=[*banded(*TWO), claim("action", contract_id="C{n}", submitted_ts="2019-12-06 09:00:00")],
)
WEIGHT = ("contracts.VOLUME_BASELINE", {"contract_id": "C{n}", "period": "2019-11", "weight_group": "K-ACC", "baseline": "1"})
for weight, used, expected in (("1.5", "2", "pass"), ("1.49", "1", "pass"), ("1.49", "2", "fail")):
    case(
        "R53",
        "action",
        f"a piece that weighs {weight}, band {used}",
        expected,
        BANDED | {"CLAIM.band_used": used},
        add=[*banded(*TWO), (WEIGHT[0], WEIGHT[1] | {"weight": weight})],
    )

# R56 to R62

DATES = "referrals."
SUBMITTED, APPROVED, REPORTED = (
    f"{DATES}date_first_action_plan_submitted",
    f"{DATES}date_of_first_action_plan_approval",
    f"{DATES}date_end_of_service_report_submitted",
)
ENDED, REASON, RECEIVED = f"{DATES}date_intervention_ended", f"{DATES}intervention_end_reason", f"{DATES}date_referral_received"
case("R56", "fee", "in order", "pass")
case(
    "R56",
    "fee",
    "all on the same days",
    "pass",
    {SUBMITTED: "2019-12-10 08:00:00", APPROVED: "2019-12-18 23:00:00", REPORTED: "2020-02-18 08:00:00"},
)
case("R56", "fee", "the plan first", "fail", {SUBMITTED: "2019-12-09 09:00:00"}, amount="70.00")
case("R56", "fee", "a session before approval", "fail", {APPROVED: "2019-12-19 09:00:00"})
case("R56", "fee", "the report before the last session", "fail", {REPORTED: "2020-02-17 09:00:00"})
case("R56", "fee", "a session nobody came to", "pass", {REPORTED: "2020-02-17 09:00:00", "appointments#3.attended": "NO"})
case("R56", "fee", "no dates", V, {SUBMITTED: "", APPROVED: "", REPORTED: ""})
case("R56", "fee", "no referral", SOURCE, {"CLAIM.task_ref": "{p}NONE"})
case("R56", "fee", "no appointments", T, group="without services")
case("R56", "fee", "no referrals", T, group="without referrals")
case("R56", "assessment", "no fee", "none")

SESSIONS = f"{DATES}count_of_sessions_attended"
NOBODY = {"appointments#2.attended": "NO", "appointments#3.attended": "NO"}
case("R57", "fee", "one", "pass", NOBODY | {SESSIONS: "1"})
case("R57", "fee", "none", "fail", NOBODY | {SESSIONS: "0"}, amount="70.00")
case("R57", "fee", "none is counted, one is known", "pass", {SESSIONS: "0"})
case("R57", "fee", "no count, none known", "fail", NOBODY | {SESSIONS: ""})
case("R57", "fee", "no count, no appointments", T, {SESSIONS: ""}, group="without services")
case("R57", "fee", "no report yet", "none", {REPORTED: ""})
case("R57", "fee", "no referral", SOURCE, {"CLAIM.task_ref": "{p}NONE"})

MEANS = "Service User is helped to secure social or supported housing."
WON = [(f"{REF}outcomes", {"referral_id": "{p}RF", "desired_outcome": MEANS, "achievement_level": "ACHIEVED"})]
STREET = {"OFFENDER_ADDRESS.ADDRESS_TYPE_ID": "531"}
MOVED_IN = ("ndelius.OFFENDER_ADDRESS", {"OFFENDER_ADDRESS_ID": "8{case}", "OFFENDER_ID": "{case}", "ADDRESS_STATUS_ID": "520", "ADDRESS_TYPE_ID": "530", "NO_FIXED_ABODE": "N",
                                         "SOFT_DELETED": "0", "LAST_UPDATED_DATETIME": "2020-04-03 09:00:00", "CREATED_DATETIME": "2020-04-03 09:00:00"})  # fmt: skip
case("R58", "fee", "housed", "pass", add=WON)
case(
    "R58",
    "fee",
    "homeless on both days",
    "fail",
    STREET,
    add=WON,
    amount="0.00",
    status={("accommodation", 0): ("observed", "homeless_rough")},
)
case(
    "R58",
    "fee",
    "housed on day 7",
    "pass",
    STREET,
    add=[*WON, (MOVED_IN[0], MOVED_IN[1] | {"START_DATE": "2020-03-10"})],
    status={("accommodation", 0): ("observed", "homeless_rough")},
)
case(
    "R58",
    "fee",
    "housed on day 8",
    "fail",
    STREET,
    add=[*WON, (MOVED_IN[0], MOVED_IN[1] | {"START_DATE": "2020-03-11"})],
    status={("accommodation", 0): ("observed", "homeless_rough")},
)
case(
    "R58",
    "fee",
    "where is not known",
    V,
    {"OFFENDER_ADDRESS.ADDRESS_TYPE_ID": "532"},
    add=WON,
    status={("accommodation", 0): ("unknown", "unknown")},
)
case("R58", "fee", "an outcome in no list", V, add=[(f"{REF}outcomes", WON[0][1] | {"desired_outcome": "Is content."})])
case(
    "R58",
    "fee",
    "an outcome that means no home",
    "none",
    add=[(f"{REF}outcomes", WON[0][1] | {"desired_outcome": "Service User makes progress in obtaining accommodation."})],
)
case("R58", "fee", "achieved in part", "none", add=[(f"{REF}outcomes", WON[0][1] | {"achievement_level": "PARTIALLY_ACHIEVED"})])
case("R58", "fee", "not linked", LINKED, UNLINKED, add=WON)
case("R58", "fee", "no outcomes delivered", T, group="without services")
case("R58", "fee", "no homes delivered", T, add=WON, group="without probation")

case("R59", "fee", "completed", "pass")
case("R59", "fee", "ended", "pass", {REASON: "ended"})
case("R59", "fee", "cancelled", "fail", {REASON: "cancelled"}, amount="70.00")
case("R59", "fee", "ended, no reason", V, {REASON: ""})
case("R59", "fee", "not ended", "pass", {REASON: "", ENDED: ""})
case("R59", "fee", "no referral", SOURCE, {"CLAIM.task_ref": "{p}NONE"})
case("R59", "fee", "no table", T, group="without referrals")

BILLED = "CLAIM.billed_level"
case("R60", "fee", "equal", "pass", {BILLED: "medium"})
case("R60", "fee", "lower", "pass", {BILLED: "Low"})
case("R60", "fee", "high for medium", "fail", {BILLED: "high"}, amount="0.00")
case(
    "R60",
    "fee",
    "high for one of two",
    "pass",
    {BILLED: "high"},
    add=[(f"{REF}complexity", {"referral_id": "{p}RF", "service_category_id": "ete", "complexity_level_title": "High complexity"})],
)
case("R60", "fee", "no row", V, {BILLED: "high"}, ["complexity"])
case("R60", "fee", "a level of no list", V, {BILLED: "extreme"})
case("R60", "fee", "no level billed", "none")
case("R60", "fee", "no table", T, {BILLED: "high"}, group="without services")
LEVELLED = [*contract_rows("V{n}", "crs", "CRSPRIME", periods=("2019-12",), cards=False),
            ("contracts.RATE_CARD", card("V{n}", "K-FEE", "70.00", level="high")), ("contracts.RATE_CARD", card("V{n}", "K-FEE", "50.00", low="1", level="medium"))]  # fmt: skip
case(
    "R60",
    "fee",
    "the card has levels",
    "fail",
    {BILLED: "high", "CLAIM.contract_id": "V{n}"},
    add=LEVELLED,
    group="optional columns",
    amount="20.00",
)

OTHER_REFERRAL = (f"{REF}referrals", {"referral_id": "{p}R0", "service_user_crn": "{crn}", "crs_contract_reference": CRS, "crs_contract_type": "ACC",
                                      "date_referral_received": "2019-10-20 09:00:00", "date_intervention_ended": "2019-11-20 09:00:00", "intervention_end_reason": "completed"})  # fmt: skip


def another(**changes: str):
    return [(OTHER_REFERRAL[0], OTHER_REFERRAL[1] | changes)]


case("R61", "fee", "the only one", "pass")
case("R61", "fee", "another ended the day before", "pass", add=another(date_intervention_ended="2019-11-19 09:00:00"))
case("R61", "fee", "another ended that day", "fail", add=another(), amount="70.00")
case("R61", "fee", "another is open", "fail", add=another(date_intervention_ended="", intervention_end_reason=""))
case("R61", "fee", "another came later", "pass", add=another(date_referral_received="2019-11-21 09:00:00", date_intervention_ended=""))
case("R61", "fee", "another of another kind", "pass", add=another(crs_contract_type="ETE"))
case("R61", "fee", "another that was cancelled without a session", "pass", add=another(intervention_end_reason="cancelled"))
case(
    "R61",
    "fee",
    "another that was cancelled after a session",
    "fail",
    add=another(intervention_end_reason="cancelled", count_of_sessions_attended="1"),
)
case("R61", "fee", "the same moment, a lower id", "fail", add=another(date_referral_received="2019-11-20 09:00:00"))
for received, number, expected in (("08:59:00", "RZ", "fail"), ("09:01:00", "R0", "pass"), ("", "R0", "fail"), ("", "RZ", "pass")):
    case(
        "R61",
        "fee",
        f"another of that day, {f'at {received}' if received else 'no time known'}, {'a higher' if number == 'RZ' else 'a lower'} id",
        expected,
        add=another(referral_id="{p}" + number, date_referral_received=f"2019-11-20 {received}".strip(), date_intervention_ended=""),
    )
case("R61", "fee", "no date", V, {RECEIVED: ""})
case("R61", "fee", "not linked", LINKED, UNLINKED)
case("R61", "fee", "no referral", SOURCE, {"CLAIM.task_ref": "{p}NONE"})

case("R62", "contact", "met", "pass")
for on, expected in (("2019-12-16", "pass"), ("2019-12-17", "fail"), ("2019-09-09", "pass"), ("2019-09-08", "fail")):
    case(
        "R62",
        "contact",
        f"met on {on} alone",
        expected,
        {"CONTACT.contact_ts": f"{on} 09:00:00"},
        amount="70.00" if expected == "fail" else None,
    )
case("R62", "contact", "never", "fail", {"CONTACT.attended": "N"})
case("R62", "contact", "with the family", "fail", {"CONTACT.contact_with": "family"})
case("R62", "contact", "with the mentor", "pass", {"CONTACT.contact_with": "mentor"})
WITHDRAWN = {"SERVICE.withdrawn_on": "2019-12-10"}


def missed(n: int):
    return [("CONTACT", {"contact_ref": "{p}C" + str(k), "person_ref": "{p}P", "contact_ts": f"2019-12-0{6 + k} 11:00:00", "setting": "community", "mode": "telephone",
                         "domain": "mentoring", "attended": "N", "contact_with": "person", "author_ref": "{p}A"}) for k in range(n)]  # fmt: skip


for n, expected in ((0, "pass"), (1, "fail"), (2, "fail"), (3, "pass")):
    case("R62", "contact", f"withdrawn after {n} missed", expected, WITHDRAWN, add=missed(n))
case("R62", "contact", "no release", V, drop=[OUT])
case(
    "R62",
    "contact",
    "day 14 lies ahead",
    DUE,
    {f"{OUT}.MOVEMENT_DATE": "2021-12-10", f"{OUT}.MOVEMENT_TIME": "2021-12-10 10:00:00"}
    | at("2021-12-15")
    | {"CONTACT.contact_ts": "2021-12-15 11:00:00", "CONTACT.recorded_ts": "2021-12-15 12:00:00", SENT_IN: "2021-12-20 09:00:00"},
)
case("R62", "contact", "not linked", LINKED, UNLINKED)
case("R62", "contact", "no services delivered, met", T, lacks=("SERVICE",))
case("R62", "contact", "no services delivered, never met", "fail", {"CONTACT.attended": "N"}, lacks=("SERVICE",))
case("R62", "action", "no mentoring", "none")

# R65 to R70

FIRST = ("accommodation", 0)
case("R65", "action", "housed", "pass")
case("R65", "action", "street", "fail", STREET, status={FIRST: ("observed", "homeless_rough")}, amount="0.00")
case("R65", "action", "not known", V, drop=["OFFENDER_ADDRESS"], status={FIRST: ("unknown", None)})
case(
    "R65",
    "action",
    "too soon",
    DUE,
    LATELY | {f"{OUT}.MOVEMENT_DATE": "2021-12-20", f"{OUT}.MOVEMENT_TIME": "2021-12-20 18:00:00"},
    status={FIRST: ("not_yet_due", None)},
)
case("R65", "action", "not linked", LINKED, UNLINKED)
case("R65", "action", "not released yet", DUE, drop=[OUT])
case("R65", "message", "another domain", "none")
MERGED_INTO_ANOTHER = (
    ("nomis.OFFENDERS", {"OFFENDER_ID": "8{off}", "ROOT_OFFENDER_ID": "8{off}", "OFFENDER_ID_DISPLAY": "B{n:0>4}BB", "LAST_NAME": "{last}", "FIRST_NAME": "{first}",
                         "BIRTH_DATE": "{born}", "SEX_CODE": "M"}),
    ("nomis.OFFENDER_IDENTIFIERS", {"OFFENDER_ID": "8{off}", "OFFENDER_ID_SEQ": "1", "IDENTIFIER_TYPE": "MERGED", "IDENTIFIER": "{noms}"}),
    ("nomis.ADDRESSES", {"ADDRESS_ID": "8{off}", "OWNER_CLASS": "OFF", "OWNER_ID": "8{off}", "START_DATE": "2019-11-20"}),
    ("nomis.ADDRESS_USAGES", {"ADDRESS_ID": "8{off}", "ADDRESS_USAGE": "DAP", "ACTIVE_FLAG": "Y"}),
)  # fmt: skip
case("R66", "action", "known", "pass")
case("R66", "action", "not known", "fail", drop=["OFFENDER_ADDRESS"], status={FIRST: ("unknown", None)}, amount="0.00")
case(
    "R66",
    "action",
    "too soon",
    DUE,
    LATELY | {f"{OUT}.MOVEMENT_DATE": "2021-12-20", f"{OUT}.MOVEMENT_TIME": "2021-12-20 18:00:00"},
    status={FIRST: ("not_yet_due", None)},
)
case("R66", "action", "not linked", LINKED, UNLINKED)
# Where the person went to is known of the number that this one was merged into, and only by its delivery; the home of probation came later.
case(
    "R66",
    "action",
    "not known, and of another number an address that may have stood there then",
    "fail",
    {"OFFENDER_ADDRESS.ADDRESS_TYPE_ID": "", "OFFENDER_ADDRESS.CREATED_DATETIME": "2020-02-01 09:00:00", "OFFENDER_ADDRESS.LAST_UPDATED_DATETIME": "2020-02-01 09:00:00"}
    | {SENT_IN: "2020-01-05 09:00:00"},
    add=MERGED_INTO_ANOTHER,
    status={FIRST: ("unknown", "unknown")},
    then="no_version",
)

WORK = {"CLAIM.task_code": "K-ETE"}
SIXTH = ("employment", 42)


def worked(code: str):
    return [("ndelius.PERSONAL_CIRCUMSTANCE", {"PERSONAL_CIRCUMSTANCE_ID": "{case}", "OFFENDER_ID": "{case}", "CIRCUMSTANCE_TYPE_ID": "595", "CIRCUMSTANCE_SUB_TYPE_ID": code,
             "START_DATE": "2019-12-10", "EVIDENCED": "Y", "SOFT_DELETED": "0", "LAST_UPDATED_DATETIME": "2019-12-11 09:00:00", "CREATED_DATETIME": "2019-12-11 09:00:00"})]  # fmt: skip


case("R67", "action", "in work", "pass", WORK, add=worked("560"), status={SIXTH: ("observed", "employed")})
case("R67", "action", "unemployed", "fail", WORK, add=worked("561"), status={SIXTH: ("observed", "unemployed")}, amount="0.00")
case("R67", "action", "not known", V, WORK)
case(
    "R67",
    "action",
    "too soon",
    DUE,
    WORK | LATELY | {f"{OUT}.MOVEMENT_DATE": "2021-12-20", f"{OUT}.MOVEMENT_TIME": "2021-12-20 18:00:00"},
    status={SIXTH: ("not_yet_due", None)},
)
case("R67", "action", "not linked", LINKED, WORK | UNLINKED)

MONEY = {"CLAIM.task_code": "K-FBD"}
WEEK = ("finance", 7)


def holds(photo: str, bank: str, claimed: str = "", on: str = "2019-12-09 09:00:00"):
    return [
        (
            "nomis.RELEASE_CHECKLIST",
            {"OFFENDER_BOOK_ID": "{book}", "PHOTO_ID": photo, "BANK_ACCOUNT": bank, "BENEFIT_CLAIM_DATE": claimed, "RECORDED_DATETIME": on},
        )
    ]


case("R68", "action", "an identity card", "pass", MONEY, add=holds("Y", "N"), status={WEEK: ("observed", "achieved")})
case("R68", "action", "nothing", "fail", MONEY, add=holds("N", "N"), status={WEEK: ("observed", "not_achieved")}, amount="0.00")
case("R68", "action", "not known", V, MONEY, status={WEEK: ("unknown", "unknown")})
case(
    "R68",
    "action",
    "too soon",
    DUE,
    MONEY | LATELY | {f"{OUT}.MOVEMENT_DATE": "2021-12-20", f"{OUT}.MOVEMENT_TIME": "2021-12-20 18:00:00"},
    status={WEEK: ("not_yet_due", None)},
)
case("R68", "action", "not linked", LINKED, MONEY | UNLINKED)

CLINIC = {"CLAIM.task_code": "K-DRG"}


def treated(start: str, end: str = "2019-12-02"):
    return [("other.TREATMENT", {"noms_no": "{noms}", "crn": "{crn}", "prison_end": end, "community_start": start})]


for start, expected in (("2019-12-23", "pass"), ("2019-12-24", "fail"), ("", "fail")):
    case(
        "R69",
        "action",
        f"treatment from {start or 'never'}",
        expected,
        CLINIC,
        add=treated(start),
        amount="0.00" if expected == "fail" else None,
    )
for end, expected in (("2019-12-05", "pass"), ("2019-12-06", V), ("2019-09-09", "pass"), ("2019-09-08", V)):
    case("R69", "action", f"treatment in prison till {end}", expected, CLINIC, add=treated("2019-12-10", end))
case("R69", "action", "no row", V, CLINIC)
case("R69", "action", "back inside by day 21", "none", CLINIC, add=[*treated(""), moved(3, "2019-12-20 09:00:00", "recalled")])
AND_BACK = [moved(3, "2019-12-09 09:00:00", "recalled"), moved(4, "2019-12-20 09:00:00", "out")]
case("R69", "action", "recalled, and out again by day 21", "fail", CLINIC, add=[*treated(""), *AND_BACK], recalled_on="2019-12-09")
# Recall and return lay ahead when the claim was made; both are told as of today.
case("R69", "action", "recalled, and out again by day 21, and no row", V, CLINIC, add=AND_BACK, recalled_on="2019-12-09", then=V)
case("R69", "action", "not linked", LINKED, CLINIC | UNLINKED)
case("R69", "action", "no table", T, CLINIC, group="without treatment")

RECALL = [("ndelius.EVENT", {"EVENT_ID": "{case}", "OFFENDER_ID": "{case}", "EVENT_NUMBER": "1", "SOFT_DELETED": "0"}),
          ("ndelius.DISPOSAL", {"DISPOSAL_ID": "{case}", "EVENT_ID": "{case}", "OFFENDER_ID": "{case}", "DISPOSAL_DATE": "2019-06-03", "LENGTH_IN_DAYS": "365", "SOFT_DELETED": "0"}),
          ("ndelius.CUSTODY", {"CUSTODY_ID": "{case}", "DISPOSAL_ID": "{case}", "OFFENDER_ID": "{case}", "SOFT_DELETED": "0"}),
          ("ndelius.RELEASE", {"RELEASE_ID": "{case}", "CUSTODY_ID": "{case}", "OFFENDER_ID": "{case}", "ACTUAL_RELEASE_DATE": "2019-12-02", "RELEASE_TYPE_ID": "580", "SOFT_DELETED": "0"})]  # fmt: skip


def revoked(on: str):
    return [
        *PAID,
        *RECALL,
        (
            "ndelius.RECALL",
            {
                "RECALL_ID": "{case}",
                "RELEASE_ID": "{case}",
                "OFFENDER_ID": "{case}",
                "RECALL_DATE": on,
                "RECALL_REASON_ID": "570",
                "SOFT_DELETED": "0",
            },
        ),
    ]


for on, expected in (("2019-12-30", "fail"), ("2019-12-31", "pass"), ("2019-12-11", "fail")):
    case("R70", "action", f"revoked {on}", expected, add=revoked(on), recalled_on=on, amount="0.00" if expected == "fail" else None)
case("R70", "action", "never revoked", "pass", add=PAID)
case("R69", "action", "revoked and not back by day 21", "none", CLINIC, add=[*treated(""), *revoked("2019-12-09")], recalled_on="2019-12-09")
case("R70", "action", "not paid", "none")
case("R70", "action", "paid, nobody knows when", "fail", add=[*revoked("2019-12-29")[1:], *PAID_NOBODY_KNOWS_WHEN], recalled_on="2019-12-29")
case("R70", "action", "licence not known", V, drop=["OFFENDER_SENT_CALCULATIONS"], add=PAID, licence=None)
case("R70", "action", "off licence", "none", {"OFFENDER_SENT_CALCULATIONS.LED_CALCULATED_DATE": "2019-11-30"}, add=PAID, licence=False)
case(
    "R70",
    "action",
    "day 28 lies ahead",
    DUE,
    {
        f"{OUT}.MOVEMENT_DATE": "2021-11-25",
        f"{OUT}.MOVEMENT_TIME": "2021-11-25 10:00:00",
        "OFFENDER_SENT_CALCULATIONS.LED_CALCULATED_DATE": "2022-11-25",
    },
    add=PAID,
)
case("R70", "action", "not linked", LINKED, UNLINKED, add=PAID)
case("R70", "contact", "in the community", "none", add=PAID)

# Contract rules


def met_people(n: int, on: str, author: str = "{p}D"):
    return [("CONTACT", {"contact_ref": "{p}D" + str(k), "person_ref": "{p}Q" + str(k), "contact_ts": f"{on} 09:{k:02d}:00", "setting": "custody", "mode": "face_to_face",
                         "domain": "planning", "attended": "Y", "contact_with": "person", "author_ref": author}) for k in range(n)]  # fmt: skip


AUTHOR = "PROVIDER_CASES|{p}D|"
case("R50", "service", "15 in a day", "pass", add=met_people(15, "2019-11-06"), subject=AUTHOR + "2019-11-06")
case("R50", "service", "16 in a day", "fail", add=met_people(16, "2019-11-06"), subject=AUTHOR + "2019-11-06", amount="0.00")
case(
    "R50",
    "service",
    "16, one came not",
    "pass",
    add=[*met_people(16, "2019-11-06")[:-1], ("CONTACT", met_people(16, "2019-11-06")[-1][1] | {"attended": "N"})],
    subject=AUTHOR + "2019-11-06",
)
MINUTES = [("contracts.TASK", task_row("KM{n}", "K-MEN", standard_minutes="601")), ("contracts.RATE_CARD", card(TTG, "KM{n}"))]
case(
    "R50",
    "contact",
    "600 minutes of claims",
    "pass",
    {"CLAIM.task_code": "KM{n}"},
    add=[(MINUTES[0][0], MINUTES[0][1] | {"standard_minutes": "600"}), MINUTES[1]],
    subject="PROVIDER_CASES|{p}A|2019-12-05",
)
case("R50", "contact", "601 minutes of claims", "fail", {"CLAIM.task_code": "KM{n}"}, add=MINUTES, subject="PROVIDER_CASES|{p}A|2019-12-05")


def spread(last: int, other: int):
    """Claims of a month of 21 working days (November 2019) on its last three and before."""
    days = [("2019-11-28", n) for n in range(last)] + [(f"2019-11-{4 + n % 5:02d}", 100 + n) for n in range(other)]
    return [
        *OF_SUB,
        *[
            claim(
                "service", claim_id="{p}N" + str(n), contract_id="S{n}", task_date=on, task_ref="{p}T" + str(n), person_ref="{p}Q" + str(n)
            )
            for on, n in days
        ],
    ]


SPIKE = "S{n}|2019-11|K-SVC"
case("R51", "action", "13 of 40 on the last three days", "pass", add=spread(13, 27), subject=SPIKE)
case("R51", "action", "14 of 40 on the last three days", "fail", add=spread(14, 26), subject=SPIKE, amount="0.00")
case("R51", "action", "nine claims", V, add=spread(9, 0), subject=SPIKE)
case("R51", "action", "ten claims", "fail", add=spread(10, 0), subject=SPIKE)

YEAR = "PROVIDER_CASES|{p}D|2019"


def in_a_year(work: int, off: int):
    rows = []
    for k in range(work + off):
        on = f"2019-11-{4 + k % 5:02d}" if k < work else "2019-11-09"
        rows.append(("CONTACT", met_people(1, on)[0][1] | {"contact_ref": "{p}D" + str(k)}))
    return rows


case("R52", "service", "2 of 20 on days off", "pass", add=in_a_year(18, 2), subject=YEAR)
case("R52", "service", "3 of 20 on days off", "fail", add=in_a_year(17, 3), subject=YEAR, amount="0.00")
case("R52", "service", "19 rows", V, add=in_a_year(10, 9), subject=YEAR)
case(
    "R52",
    "service",
    "a bank holiday is a day off",
    "fail",
    add=[*in_a_year(17, 2), ("CONTACT", met_people(1, "2019-12-25")[0][1] | {"contact_ref": "{p}DX"})],
    subject=YEAR,
)
case(
    "R52",
    "service",
    "31 March is the year before",
    V,
    add=[*in_a_year(17, 2), ("CONTACT", met_people(1, "2019-03-31")[0][1] | {"contact_ref": "{p}DX"})],
    subject=YEAR,
)


def level(code: str, threshold: str = "90", report: str = "", credit: str = "", cap: str = "500.00", period: str = "2019-06"):
    """A contract for a prison of its own with one level, and the case's person held there."""
    rows = [*contract_rows("L{n}", "ttg", "TTGPRIME", prison="L{n}I", periods=(period,), cards=False),
            ("nomis.AGENCY_LOCATIONS", {"AGY_LOC_ID": "L{n}I", "DESCRIPTION": "Invented", "AGENCY_LOCATION_TYPE": "INST"}),
            ("contracts.SERVICE_LEVEL", {"contract_id": "L{n}", "code": code, "from_date": "2015-05-01", "threshold": threshold, "credit_per_point": "12.50", "credit_cap": cap})]  # fmt: skip
    rows += (
        [("contracts.SERVICE_LEVEL_REPORT", {"contract_id": "L{n}", "code": code, "period": period, "reported_value": report})]
        if report
        else []
    )
    rows += [("contracts.CREDIT_LINE", {"contract_id": "L{n}", "code": code, "period": period, "amount": credit})] if credit else []
    return rows


THERE = {f"{IN}.TO_AGY_LOC_ID": "L{n}I", f"{OUT}.FROM_AGY_LOC_ID": "L{n}I"}
PLAN5, REVIEW = "L{n}|PLAN5|2019-06", "L{n}|REVIEW12W|2019-12"
ON_TIME, TOO_LATE = {}, {"PLAN.completed_ts": "2019-06-12 14:00:00"}
case(
    "R54",
    "plan",
    "a plan on the fifth day",
    "pass",
    THERE | {"PLAN.completed_ts": "2019-06-11 14:00:00"},
    add=level("PLAN5"),
    subject=PLAN5,
)
case("R54", "plan", "a plan on the sixth day", "fail", THERE | TOO_LATE, add=level("PLAN5"), subject=PLAN5, amount="500.00")
case("R54", "plan", "up to the cap", "fail", THERE | TOO_LATE, add=level("PLAN5", cap="40.00"), subject=PLAN5, amount="40.00")
case("R54", "plan", "given", "pass", THERE | TOO_LATE, add=level("PLAN5", credit="-500.00"), subject=PLAN5)
case("R54", "plan", "given, with the other sign", "pass", THERE | TOO_LATE, add=level("PLAN5", credit="500.00"), subject=PLAN5)
case("R54", "plan", "given in part", "fail", THERE | TOO_LATE, add=level("PLAN5", credit="-450.00"), subject=PLAN5, amount="50.00")
case(
    "R54",
    "plan",
    "gone on the due day",
    V,
    THERE | {f"{OUT}.MOVEMENT_DATE": "2019-06-10", f"{OUT}.MOVEMENT_TIME": "2019-06-10 10:00:00"},
    add=level("PLAN5"),
    subject=PLAN5,
)
case("R54", "plan", "of two stays on the day the later counts", V, THERE | TOO_LATE,
     add=[*level("PLAN5"), ("nomis.OFFENDER_EXTERNAL_MOVEMENTS", moved(3, "2019-06-11 08:00:00", "to", "LEI")[1] | {"FROM_AGY_LOC_ID": "L{n}I"}), moved(4, "2019-06-11 12:00:00", "from", "LEI")], subject=PLAN5)  # fmt: skip
case("R54", "plan", "an unknown code", V, THERE, add=level("GARDEN"), subject="L{n}|GARDEN|2019-06")
case("R54", "plan", "nobody due", V, add=level("PLAN5"), subject=PLAN5)
case("R54", "review", "reviewed in the window", "pass", THERE, add=level("REVIEW12W", period="2019-12"), subject=REVIEW)
case(
    "R54",
    "review",
    "reviewed 85 days before",
    "fail",
    THERE | {"PLAN_REVIEW.review_ts": "2019-09-08 11:00:00"},
    add=level("REVIEW12W", period="2019-12"),
    subject=REVIEW,
    amount="500.00",
)
case(
    "R54",
    "review",
    "83 days inside",
    V,
    THERE | {f"{IN}.MOVEMENT_DATE": "2019-09-10", f"{IN}.MOVEMENT_TIME": "2019-09-10 09:00:00"},
    add=level("REVIEW12W", period="2019-12"),
    subject=REVIEW,
)
case(
    "R54",
    "review",
    "84 days inside",
    "pass",
    THERE | {f"{IN}.MOVEMENT_DATE": "2019-09-09", f"{IN}.MOVEMENT_TIME": "2019-09-09 09:00:00", "PLAN.completed_ts": "2019-09-12 14:00:00"},
    add=level("REVIEW12W", period="2019-12"),
    subject=REVIEW,
)
case("R55", "plan", "reported as it is", "pass", THERE, add=level("PLAN5", report="100.0"), subject=PLAN5)
case("R55", "plan", "95 for none", "pass", THERE | TOO_LATE, add=level("PLAN5", report="95.0"), subject=PLAN5)
case("R55", "plan", "100 for none", "fail", THERE | TOO_LATE, add=level("PLAN5", report="100.0"), subject=PLAN5, amount="0.00")
case(
    "R55",
    "plan",
    "100 for none, credited",
    "fail",
    THERE | TOO_LATE,
    add=level("PLAN5", report="100.0", credit="-500.00"),
    subject=PLAN5,
    amount="500.00",
)
case("R55", "plan", "an unknown code", V, THERE, add=level("GARDEN", report="100.0"), subject="L{n}|GARDEN|2019-06")
case("R55", "plan", "not reported", "none", THERE, add=level("PLAN5"), subject=PLAN5)


def cohort(*names: str):
    return [("contracts.PBR_COHORT", {"cohort": name, "person_ref": "{p}P"}) for name in names]


Q3 = "2019-Q3/G{n}"
case("R63", "service", "once, and nobody says what was paid for", COLUMN, add=cohort(Q3), subject=Q3 + "|{p}P")
case("R63", "service", "in two of a quarter", "fail", add=cohort(Q3, "2019-Q3/GG{n}"), subject=Q3 + "|{p}P", amount="0.00")
case("R63", "service", "in two quarters", COLUMN, add=cohort(Q3, "2019-Q4/G{n}"), subject=Q3 + "|{p}P")
case(
    "R63",
    "service",
    "managed by the national service",
    "fail",
    {"OFFENDER_MANAGER.PROBATION_AREA_ID": "1"},
    add=cohort(Q3),
    subject=Q3 + "|{p}P",
)
case(
    "R63",
    "service",
    "since the day after only",
    COLUMN,
    {"OFFENDER_MANAGER.PROBATION_AREA_ID": "1", "OFFENDER_MANAGER.ALLOCATION_DATE": "2019-07-02"},
    add=cohort(Q3),
    subject=Q3 + "|{p}P",
)
RESULT = (
    "contracts.PBR_RESULT",
    {"cohort": Q3, "measure": "binary", "result": "40.0", "baseline": "42.1", "lower": "38.6", "upper": "41.4", "is_final": "Y"},
)
FOR_COHORT = (
    "contracts.PAYMENT",
    {"payment_ref": "{p}YC", "claim_id": "", "invoice_ref": "", "paid_on": "2021-02-20", "amount": "1000.00", "cohort": Q3},
)
case(
    "R63",
    "service",
    "paid on a final result",
    "pass",
    add=[*cohort(Q3), RESULT, FOR_COHORT],
    subject=Q3 + "|{p}P",
    group="optional columns",
)
case(
    "R63",
    "service",
    "paid on an interim result",
    "fail",
    add=[*cohort(Q3), (RESULT[0], RESULT[1] | {"is_final": "N"}), FOR_COHORT],
    subject=Q3 + "|{p}P",
    group="optional columns",
    amount="1000.00",
)
case("R63", "service", "not linked", LINKED, UNLINKED, add=cohort(Q3), subject=Q3 + "|{p}P", group="optional columns")
case("R64", "service", "41.4 under 42.1", "pass", add=[RESULT, FOR_COHORT], subject="{p}YC", group="optional columns")
case(
    "R64",
    "service",
    "42.2 over 41.9",
    "fail",
    add=[(RESULT[0], RESULT[1] | {"upper": "42.2", "baseline": "41.9"}), FOR_COHORT],
    subject="{p}YC",
    group="optional columns",
    amount="1000.00",
)
case(
    "R64",
    "service",
    "equal",
    "fail",
    add=[(RESULT[0], RESULT[1] | {"upper": "42.1"}), FOR_COHORT],
    subject="{p}YC",
    group="optional columns",
)

PLACE = {"PLAN_ACTION.address_postcode": "ZZ9 9ZZ"}
BARRED = [
    (
        "other.BARRED_ADDRESS",
        {"noms_no": "{noms}", "crn": "", "pnc": "", "postcode": "zz99zz", "from_date": "2019-11-01", "to_date": "2019-11-05"},
    )
]
ACTION = "PROVIDER_CASES|{p}AC"
case("R71", "action", "nobody says where", COLUMN, subject=ACTION)
case(
    "R71",
    "action",
    "another address",
    "pass",
    {"PLAN_ACTION.address_postcode": "ZZ8 8ZZ"},
    add=BARRED,
    subject=ACTION,
    group="optional columns",
)
case("R71", "action", "barred that day", "fail", PLACE, add=BARRED, subject=ACTION, group="optional columns", amount="0.00")
case(
    "R71",
    "action",
    "barred till the day before",
    "pass",
    PLACE,
    add=[(BARRED[0][0], BARRED[0][1] | {"to_date": "2019-11-04"})],
    subject=ACTION,
    group="optional columns",
)

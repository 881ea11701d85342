"""What was claimed and paid, the release it belongs to, and whether the outcome came."""

import datetime as dt
from decimal import Decimal

from .answers import text
from .conftest import WATERMARK
from .scenario import number_of, scenario

END = dt.date.fromisoformat(WATERMARK)
HOUSING, WORK, MONEY, FAMILY, HOUSING_OUTSIDE = "MADEUP-ACC", "MADEUP-EMP", "MADEUP-FIN", "MADEUP-FAM", "MADEUP-ACC-COM"


def cell(a, row):
    return a.claim(row)["outcome_cell"]


def paid(a, row):
    amount = a.claim(row)["paid_amount"]
    return None if amount is None else Decimal(str(amount))


def belongs(a, row, p, of=0):
    return a.claim(row)["release_id"] == a.release(p, of)["release_id"]


# Which release


@scenario
def test_a_custody_task_belongs_to_the_next_release_and_a_community_task_to_the_last(w):
    p = w.released()
    p.admit(60, "I")
    p.release(100)
    custody = {0: p.claim(-10, HOUSING), 1: p.claim(0, HOUSING), 2: p.claim(1, HOUSING), 3: p.claim(100, HOUSING)}
    community = {0: p.claim(0, HOUSING_OUTSIDE), 1: p.claim(99, HOUSING_OUTSIDE), 2: p.claim(100, HOUSING_OUTSIDE), 3: p.claim(150, HOUSING_OUTSIDE)}
    none_yet, none_before = p.claim(101, HOUSING), p.claim(-1, HOUSING_OUTSIDE)
    a = yield
    assert [belongs(a, custody[n], p, of) for n, of in enumerate((0, 0, 100, 100))] == [True] * 4
    assert [belongs(a, community[n], p, of) for n, of in enumerate((0, 0, 100, 100))] == [True] * 4
    for row in (none_yet, none_before):
        assert (a.claim(row)["release_id"], cell(a, row)) == (None, "not_yet_due")
        assert a.claim(row)["person_id"] == a.release(p)["person_id"]


@scenario
def test_a_booking_of_the_person_narrows_it_and_another_persons_booking_does_not(w):
    stranger, p = w.released(), w.released()
    first = p.booking["BOOKING_NO"]
    p.custody(60)
    p.release(100)
    mine = p.claim(-10, HOUSING, booking_no=p.booking["BOOKING_NO"])
    old = p.claim(-10, HOUSING, booking_no=first)
    theirs = p.claim(-10, HOUSING, booking_no=stranger.booking["BOOKING_NO"])
    a = yield
    assert belongs(a, mine, p, 100)
    assert belongs(a, old, p)
    assert belongs(a, theirs, p)
    assert not any("claim_booking_without_release" in a.listed(number_of(w, row)) for row in (mine, old, theirs))


@scenario
def test_where_the_claimed_booking_has_no_release_on_that_side_of_the_task_the_persons_is_taken_and_listed(w):
    p = w.released()
    first = p.booking["BOOKING_NO"]
    p.custody(60)
    p.release(100)
    after_it = p.claim(90, HOUSING, booking_no=first)
    before_it = p.claim(50, HOUSING_OUTSIDE, booking_no=p.booking["BOOKING_NO"])
    neither = p.claim(101, HOUSING, booking_no=first)
    a = yield
    assert belongs(a, after_it, p, 100)
    assert belongs(a, before_it, p)
    assert [a.listed(number_of(w, row)) for row in (after_it, before_it)] == [["claim_booking_without_release"]] * 2
    assert (a.claim(neither)["release_id"], cell(a, neither), a.listed(number_of(w, neither))) == (None, "not_yet_due", [])


@scenario
def test_references_are_compared_in_upper_case_without_blanks_and_printed_as_delivered(w):
    p = w.released()
    p.address(-1, "A07B")
    p.provider_row = p.provider_person(person_ref="Ref-Made-Up")
    other = w.released()
    other.custody(30)
    other.release(60)
    w.contract("Ctr-Case", "MADECASE", kind="other")
    w.row("contracts", "INVOICE", invoice_ref="Inv-Case", contract_id="CTR-CASE", period="2022-02", issued_on="2022-03-01", total="100.00")
    row = p.claim(-10, " madeup-acc", contract="CTR-CASE\u200b", claim_id="Case-1", invoice_ref="INV-case", booking_no=p.booking["BOOKING_NO"].lower())
    row["person_ref"] = "\u00a0REF-made-up\ufeff"
    by_name = p.claim(-10, HOUSING, contract="ctr-case", claim_id="Case-2")
    back = p.claim(-10, HOUSING, contract="ctr-case", claim_id="Case-3", paid="100.00")
    undone = p.claim(-10, HOUSING, contract="ctr-case", claim_id="Case-4", amount="-100.00", reverses_claim_id="cASE-3 ")
    narrowed = other.claim(-10, HOUSING, booking_no=other.booking["BOOKING_NO"].lower())
    w.payment("60.00", claim="case-2\u2009")
    w.payment("40.00", invoice="inv-CASE")
    a = yield
    for claim in (row, by_name):
        assert belongs(a, claim, p) and cell(a, claim) == "achieved" and a.claim(claim)["provider"] == "MADECASE"
    assert (paid(a, row), paid(a, by_name)) == (Decimal("40.00"), Decimal("60.00"))
    assert (a.claim(back)["is_reversed"], a.claim(undone)["reverses_claim_id"]) == (True, "cASE-3")
    assert belongs(a, narrowed, other, 60)
    assert (a.claim(row)["claim_id"], a.claim(row)["task_code"], a.claim(row)["booking_no"]) == ("Case-1", "madeup-acc", row["booking_no"])
    assert [a.listed(number_of(w, claim)) for claim in (row, by_name, back, undone, narrowed)] == [[]] * 5


# Cells


@scenario
def test_housing_is_achieved_by_any_housing_on_the_first_night(w):
    expected = {"A07B": "achieved", "A02": "achieved", "A08A": "not_achieved", "A05": "not_achieved", "A06": "unknown", "A15": "out_of_scope"}
    claims = {}
    for kind in expected:
        p = w.released()
        p.address(-1, kind)
        claims[kind] = p.claim(-10, HOUSING)
    nothing, unlinked_probation = w.released().claim(-10, HOUSING), w.released(probation=False).claim(-10, HOUSING)
    later = w.released()
    later.address(1, "A01A")
    late = later.claim(-10, HOUSING)
    a = yield
    assert {kind: cell(a, row) for kind, row in claims.items()} == expected
    assert (cell(a, nothing), cell(a, unlinked_probation), cell(a, late)) == ("unknown", "unknown", "unknown")


@scenario
def test_work_is_work_or_education_on_day_42(w):
    expected = {
        ("B01C", None): "achieved", ("Q4", "Full-time education or training"): "achieved", ("B09A", None): "not_achieved",
        ("Q6", "Unavailable for work"): "out_of_scope", ("Q8", "A description nobody has seen"): "unknown",
    }  # fmt: skip
    claims = {}
    for case in expected:
        p = w.released()
        p.employment(42, *case)
        claims[case] = p.claim(-10, WORK)
    inside = w.released()
    inside.employment(-1)
    inside.admit(42, "I")
    custody = inside.claim(-10, WORK)
    a = yield
    assert {case: cell(a, row) for case, row in claims.items()} == expected
    assert cell(a, custody) == "out_of_scope"


@scenario
def test_money_is_any_of_identity_account_or_benefit_by_day_7(w):
    expected = {
        (7, "Y", "", None): "achieved", (3, "N", "Y", None): "achieved", (3, "N", "N", 7): "achieved",
        (7, "N", "N", None): "not_achieved", (6, "N", "N", None): "unknown", (20, "N", "N", 8): "not_achieved",
        (7, "", "N", None): "unknown", (8, "Y", "", None): "unknown", (8, "N", "N", None): "not_achieved",
    }  # fmt: skip
    claims = {}
    for case in expected:
        p = w.released()
        p.checklist(case[0], photo=case[1], bank=case[2], benefit=case[3])
        claims[case] = p.claim(-10, MONEY)
    nothing = w.released().claim(-10, MONEY)
    inside = w.released()
    inside.checklist(1, photo="Y")
    inside.admit(7, "I")
    custody = inside.claim(-10, MONEY)
    outside_probation = w.released(probation=False)
    outside_probation.checklist(1, photo="Y")
    prison_only = outside_probation.claim(-10, MONEY)
    a = yield
    assert {case: cell(a, row) for case, row in claims.items()} == expected
    assert (cell(a, nothing), cell(a, custody), cell(a, prison_only)) == ("unknown", "out_of_scope", "achieved")


@scenario
def test_a_cell_waits_for_its_own_day(w):
    def claimed(days_before_end, task):
        p = w.released(day0=END - dt.timedelta(days=days_before_end))
        p.address(-1, "A07B")
        p.employment(-1)
        p.checklist(1, photo="Y")
        return p.claim(-10, task)

    due = [claimed(14, HOUSING), claimed(56, WORK), claimed(21, MONEY)]
    early = [claimed(13, HOUSING), claimed(55, WORK), claimed(20, MONEY)]
    a = yield
    assert [cell(a, row) for row in due] == ["achieved"] * 3
    assert [cell(a, row) for row in early] == ["not_yet_due"] * 3


@scenario
def test_other_and_unknown_domains_have_no_outcome_whoever_the_person_is(w):
    w.task("MADEUP-LATE", "accommodation", start="2023-01-01")
    w.task("MADEUP-DATED", "accommodation", start="2010-01-01", end="2022-01-31")
    w.task("MADEUP-DATED", "family", start="2022-02-01")
    p = w.released(day0="2022-02-10")
    p.address(-1, "A07B")
    rows = [p.claim(-5, FAMILY), p.claim(-5, "NO-SUCH-TASK"), p.claim(-5, "MADEUP-LATE"), p.claim(-9, "MADEUP-DATED"), p.claim(-10, "MADEUP-DATED")]
    nobody = w.row("provider_madeup", "PERSON", person_ref="PR-NOBODY", recorded_ts="2021-06-01 09:00:00")
    stranger = [w.claim_single(nobody, task_code=t, task_date="2022-03-01", contract_id="CTR-MADEUP") for t in (FAMILY, HOUSING)]
    a = yield
    assert [cell(a, row) for row in rows] == ["no_outcome_defined"] * 4 + ["achieved"]
    assert [cell(a, row) for row in stranger] == ["no_outcome_defined", "unknown"]
    assert a.claim(stranger[0])["person_id"] is None


@scenario
def test_a_claim_whose_day_task_or_person_cannot_be_read_is_unknown_and_listed(w):
    p = w.released()
    p.address(-1, "A08A")
    day, task, person = (p.claim(-10, HOUSING) for _ in range(3))
    day["task_date"], task["task_code"], person["person_ref"] = "2022-02-30", "#REF!", "#N/A"
    gone = p.claim(-10, "NO-SUCH-TASK")
    a = yield
    assert [cell(a, row) for row in (day, task, person, gone)] == ["unknown", "unknown", "unknown", "no_outcome_defined"]
    assert [a.claim(row)["release_id"] for row in (day, task, person, gone)] == [None] * 4
    assert [a.claim(row)["person_id"] is None for row in (day, task, person)] == [False, False, True]
    assert a.listed(number_of(w, day)) == ["claim_task_not_in_force", "unreadable_date"]
    assert a.listed(number_of(w, task)) == ["claim_task_not_in_force", "spreadsheet_error"]
    assert a.listed(number_of(w, person)) == ["claim_person_not_linked", "spreadsheet_error"]


@scenario
def test_two_people_whom_a_program_calls_by_the_same_word_for_none_are_nobody_and_neither_are_their_claims(w):
    claims = []
    for word in ("#N/A", "NULL"):
        homeless, housed = w.released(), w.released()
        homeless.address(-1, "A08A")
        housed.address(-1, "A07B")
        for p in (homeless, housed):
            p.provider_row = p.provider_person(person_ref=word)
            w.spoil(None, p.provider_row)
            claims.append(p.claim(-10, HOUSING))
    a = yield
    assert [(a.claim(row)["person_id"], cell(a, row)) for row in claims] == [(None, "unknown")] * 4
    assert all("claim_person_not_linked" in a.listed(number_of(w, row)) for row in claims)


# Money


def set_aside(a, row, w):
    """The rows of fct_money_set_aside about this record: (reason, money)."""
    _, table, number = number_of(w, row)
    return [(r["reason"], r["money"]) for r in a.table("fct_money_set_aside") if (r["file"].upper(), r["row_number"]) == (f"{table}.CSV", number)]


@scenario
def test_of_a_claim_delivered_twice_the_last_is_used_and_the_money_of_the_other_is_told(w):
    one, two = w.released(), w.released()
    first = one.claim(-10, HOUSING, claim_id="TWICE-1", amount="100.00")
    last = two.claim(-10, HOUSING, claim_id="twice-1", amount="250.00")
    words = one.claim(-10, HOUSING, amount="a lot")
    w.spoil(None, first, words)
    a = yield
    assert (a.claim(last)["amount"], belongs(a, last, two)) == (Decimal("250.00"), True)
    assert set_aside(a, first, w) == [("key_twice:claim_id", Decimal("100.00"))]
    assert set_aside(a, words, w) == [("unreadable_money:amount", None)]
    assert set_aside(a, last, w) == []


@scenario
def test_a_reversal_takes_away_whatever_its_sign_and_what_reverses_it_gives_back(w):
    p = w.released()

    def chain(*amounts):
        rows = []
        for amount in amounts:
            rows.append(p.claim(-10, HOUSING, amount=amount, **({"reverses_claim_id": rows[-1]["claim_id"]} if rows else {})))
        return rows

    plus, minus, part, given_back, more = chain("100.00", "100.00"), chain("100.00", "-100.00"), chain("100.00", "-40.00"), chain("100.00", "-100.00", "100.00"), chain("100.00", "-150.00")
    again = chain("100.00", "-100.00", "-100.00", "100.00")
    nothing = p.claim(-10, HOUSING, amount="0.00")
    a = yield
    net = [sum(a.claim(row)["amount"] for row in rows) for rows in (plus, minus, part, given_back, more, again)]
    assert net == [Decimal(n) for n in ("0", "0", "60", "100", "-50", "0")]
    assert [a.claim(rows[0])["is_reversed"] for rows in (plus, minus, part, given_back, more, again)] == [True, True, False, False, True, True]
    assert not a.claim(nothing)["is_reversed"]
    assert [a.listed(number_of(w, row)) for row in (plus[1], minus[1], given_back[1], given_back[2])] == [["reversal_of_wrong_sign"], [], [], []]
    assert all(a.listed(number_of(w, row)) == ["reversal_of_wrong_sign"] for row in again[2:])


@scenario
def test_a_claim_is_paid_when_its_payments_come_to_more_than_nothing(w):
    rows = {}
    for amounts in (("100.00", "-100.00"), ("100.00", "-40.00"), ("-5.00",), ("0.00",), ()):
        p = w.released()
        rows[amounts] = p, p.claim(-10, HOUSING, contract="CTR-MADEUP")
        for amount in amounts:
            w.payment(amount, claim=rows[amounts][1]["claim_id"])
    a = yield
    assert [a.claim(row)["is_paid"] for _, row in rows.values()] == [False, True, False, False, False]
    counted = {r["release_id"] for r in a.table("fct_measure_person") if r["measure_id"] == "P06"}
    assert [a.release(p)["release_id"] in counted for p, _ in rows.values()] == [False, True, False, False, False]
    assert [bool(related(a, p)) for p, _ in rows.values()] == [False, True, False, False, False]


@scenario
def test_money_paid_on_a_reversed_claim_and_not_given_back_can_be_summed(w):
    p = w.released()
    kept, back, part, stands = (p.claim(-10, HOUSING, paid="100.00") for _ in range(4))
    for row, amount in ((kept, "-100.00"), (back, "-100.00"), (part, "-100.00")):
        p.claim(-10, HOUSING, amount=amount, reverses_claim_id=row["claim_id"], paid={id(back): "-100.00"}.get(id(row)))
    w.payment("-30.00", claim=part["claim_id"])
    a = yield

    def on_reversed(row):
        rows = [r for r in a.table("fct_claim") if row["claim_id"] in (r["claim_id"], r["reverses_claim_id"])]
        return sum(r["paid_on_reversed"] or 0 for r in rows)

    assert [on_reversed(row) for row in (kept, back, part, stands)] == [Decimal("100.00"), 0, Decimal("70.00"), 0]
    assert a.claim(stands)["paid_on_reversed"] is None


def account(a, contract):
    return {r["line"]: (r["n"], Decimal(str(r["amount"]))) for r in a.table("fct_reconciliation") if r["contract_id"] == contract}


@scenario
def test_what_comes_back_by_way_of_a_reversal_comes_back_on_its_claim(w):
    w.contract("CTR-BACK", "MADEBACK", kind="other")
    p = w.released()
    whole, part, kept = (p.claim(-10, HOUSING, contract="CTR-BACK", paid="100.00") for _ in range(3))
    for row, amount, back in ((whole, "-100.00", "-100.00"), (part, "-40.00", "-40.00"), (kept, "-100.00", None)):
        p.claim(-10, HOUSING, contract="CTR-BACK", amount=amount, reverses_claim_id=row["claim_id"], paid=back)
    a = yield
    lines = account(a, "CTR-BACK")
    assert {line: lines[line] for line in lines.keys() - {"claimed", "reversals", "paid", "payments", "difference"}} == {
        "reversed": (1, Decimal("0.00")), "paid_in_full": (1, Decimal("60.00")), "reversed_but_paid": (1, Decimal("0.00"))
    }  # fmt: skip


@scenario
def test_a_credit_gives_whatever_its_sign(w):
    w.contract("CTR-CREDIT", "MADECREDIT", kind="other")
    minus = w.row("contracts", "CREDIT_LINE", contract_id="CTR-CREDIT", period="2022-10", code="PLAN5", amount="-12.50")
    plus = w.row("contracts", "CREDIT_LINE", contract_id="CTR-CREDIT", period="2022-11", code="PLAN5", amount="37.50")
    a = yield
    given = [Decimal(str(r["amount"])) for r in a.table("fct_reconciliation") if r["contract_id"] == "CTR-CREDIT" and r["line"] == "credits_given"]
    assert sorted(given) == [Decimal("-37.50"), Decimal("-12.50")]
    assert [a.listed(number_of(w, row)) for row in (minus, plus)] == [[], ["credit_line_of_wrong_sign"]]


@scenario
def test_an_invoice_of_another_contract_pays_no_share_of_a_claim(w):
    w.contract("CTR-OTHER", "MADEOTHER", kind="other")
    own, *_ = invoiced(w, "INV-Z", ["10.00"])
    astray = w.released().claim(-10, HOUSING, amount="30.00", contract="CTR-OTHER", invoice_ref="INV-Z")
    w.payment("10.00", invoice="INV-Z")
    a = yield
    assert (paid(a, own), paid(a, astray)) == (Decimal("10.00"), None)
    assert a.listed(number_of(w, astray)) == ["claim_on_invoice_of_another_contract"]
    assert a.listed(number_of(w, own)) == []


@scenario
def test_paid_sums_the_payments_that_name_the_claim_and_none_is_empty(w):
    p = w.released()
    twice, never, back = p.claim(-10, HOUSING, paid="60.00"), p.claim(-10, HOUSING), p.claim(-10, HOUSING, paid="80.10")
    w.payment("40.05", claim=twice["claim_id"])
    w.payment("-80.10", claim=back["claim_id"])
    a = yield
    assert (paid(a, twice), paid(a, never), paid(a, back)) == (Decimal("100.05"), None, Decimal("0.00"))


def invoiced(w, name, amounts, ids=None):
    w.row("contracts", "INVOICE", invoice_ref=name, contract_id="CTR-MADEUP", period="2022-02", issued_on="2022-03-01", total="0.00")
    p = w.released()
    return [p.claim(-10, HOUSING, amount=amount, invoice_ref=name, claim_id=f"{name}-{ident}")
            for ident, amount in zip(ids or range(1, 10), amounts)]  # fmt: skip


@scenario
def test_an_invoice_is_shared_by_amount_to_the_penny_and_the_highest_id_takes_the_rest(w):
    thirds = invoiced(w, "INV-A", ["10.00"] * 3)
    w.payment("100.00", invoice="INV-A")
    unequal = invoiced(w, "INV-B", ["50.00", "30.00", "20.00"])
    w.payment("33.33", invoice="INV-B")
    half = invoiced(w, "INV-C", ["1.00", "1.00"])
    w.payment("0.05", invoice="INV-C")  # half of 5p is 2.5p: up to 3p, and the rest is 2p
    as_text = invoiced(w, "INV-D", ["10.00"] * 3, ids=("10", "11", "9"))  # as text 9 is the highest
    w.payment("100.00", invoice="INV-D")
    a = yield
    assert [paid(a, row) for row in thirds] == [Decimal("33.33"), Decimal("33.33"), Decimal("33.34")]
    assert [paid(a, row) for row in unequal] == [Decimal("16.67"), Decimal("10.00"), Decimal("6.66")]
    assert [paid(a, row) for row in half] == [Decimal("0.03"), Decimal("0.02")]
    assert [paid(a, row) for row in as_text] == [Decimal("33.33"), Decimal("33.33"), Decimal("33.34")]


@scenario
def test_each_invoice_payment_is_shared_apart_and_one_naming_both_goes_to_the_claim(w):
    apart = invoiced(w, "INV-E", ["10.00"] * 3)
    w.payment("50.00", invoice="INV-E")
    w.payment("50.00", invoice="INV-E")
    both = invoiced(w, "INV-F", ["10.00", "10.00"])
    w.payment("12.00", invoice="INV-F", claim="INV-F-1")
    nil = invoiced(w, "INV-G", ["0.00", "0.00"])
    w.payment("12.00", invoice="INV-G")
    a = yield
    assert [paid(a, row) for row in apart] == [Decimal("33.34"), Decimal("33.34"), Decimal("33.32")]
    assert [paid(a, row) for row in both] == [Decimal("12.00"), None]
    assert [paid(a, row) for row in nil] == [None, None]


@scenario
def test_a_reversed_claim_takes_no_share_and_its_reversal_carries_person_release_and_cell(w):
    one, two, three = invoiced(w, "INV-H", ["10.00"] * 3)
    w.payment("20.00", invoice="INV-H")
    unknown = w.row("provider_madeup", "PERSON", person_ref="PR-UNSAID", recorded_ts="2021-06-01 09:00:00")
    reversal = w.claim_single(unknown, task_code=HOUSING, task_date="2022-06-01", contract_id="CTR-MADEUP", amount="-10.00",
                              reverses_claim_id=two["claim_id"])  # fmt: skip
    a = yield
    assert [paid(a, row) for row in (one, two, three)] == [Decimal("10.00"), None, Decimal("10.00")]
    undone, undoing = a.claim(two), a.claim(reversal)
    assert undone["release_id"] is not None
    assert {c: undoing[c] for c in ("person_id", "release_id", "outcome_cell")} == {c: undone[c] for c in ("person_id", "release_id", "outcome_cell")}
    assert (undone["is_reversal"], undoing["is_reversal"]) == (False, True)
    assert Decimal(str(undoing["amount"])) == Decimal("-10.00")


@scenario
def test_the_provider_is_the_contracts_provider_and_the_parties_stay_beside(w):
    p = w.released()
    known = p.claim(-10, HOUSING, prime_code="PRIMEX", sub_code="SUBY")
    stray = p.claim(-10, HOUSING, contract="CTR-NOBODY", prime_code="PRIMEX")
    a = yield
    assert (a.claim(known)["provider"], a.claim(known)["sub_provider"], a.claim(known)["contract_id"]) == ("MADEUP", "SUBY", "CTR-MADEUP")
    assert text(a.claim(stray)["provider"]) == ""


def test_a_claim_is_tested_or_says_why_it_is_not(answers):
    claims = answers.table("fct_claim")
    tested = [one for one in claims if one["waterfall"] == "tested"]
    assert tested and all(int(one["rules_applied"]) > 0 for one in tested)
    assert all(int(one["rules_applied"]) == 0 for one in claims if one["waterfall"] != "tested")
    assert {one["claim_id"] for one in answers.table("fct_claim_test")} <= {one["claim_id"] for one in tested}


# Provider and contract of a release


def related(a, p, of=0):
    release = a.release(p, of)["release_id"]
    return sorted((r["basis"], text(r["contract_id"]), text(r["provider"]), text(r["domain"])) for r in a.table("fct_release_provider")
                  if r["release_id"] == release)  # fmt: skip


def contracted(w, day0, prison, *contracts, area="N07"):
    p = w.released(day0=day0, prison=prison)
    for row in w.rows["ndelius", "OFFENDER_MANAGER"]:
        if row["OFFENDER_ID"] == p.probation["OFFENDER_ID"]:
            row["TEAM_ID"], row["PROBATION_AREA_ID"] = w.area(area)[::-1]
    for contract, provider, more in contracts:
        w.contract(contract, provider, prisons=[prison], **more)
    return p


def attributed(a, p):
    return text(a.release(p)["provider"]), text(a.release(p)["contract_id"])


@scenario
def test_the_one_resettlement_contract_of_the_prison_that_day_is_the_releases_own(w):
    p = contracted(w, "2019-05-01", "PYI", ("TTG-ONE", "MADEONE", {}))
    last = contracted(w, "2021-06-25", "PYI")
    after = contracted(w, "2021-06-26", "PYI")
    ended = contracted(w, "2019-05-02", "RCI", ("TTG-END", "MADEONE", {"end": "2019-05-01"}))
    last_day = contracted(w, "2019-05-01", "RCI")
    later = contracted(w, "2019-05-03", "RHI", ("TTG-NEW", "MADEONE", {"start": "2019-05-04"}))
    crs = contracted(w, "2019-05-04", "RNI", ("CRS-ONE", "MADEONE", {"kind": "crs"}), ("OTH-ONE", "MADEONE", {"kind": "other"}))
    a = yield
    assert (attributed(a, p), related(a, p)) == (("MADEONE", "TTG-ONE"), [("prison_contract", "TTG-ONE", "MADEONE", "")])
    assert attributed(a, last) == ("MADEONE", "TTG-ONE")
    assert attributed(a, last_day) == ("MADEONE", "TTG-END")
    for release in (after, ended, later, crs):
        assert (attributed(a, release), related(a, release)) == (("", ""), []), release.day0


@scenario
def test_of_several_contracts_the_one_for_the_supervising_area_else_none(w):
    two = [("TTG-L", "MADETWO", {"area": "N07"}), ("TTG-K", "MADETHREE", {"area": "C21"})]
    mine = contracted(w, "2019-06-01", "RSI", *two, area="N07")
    other = contracted(w, "2019-06-02", "RSI", area="N54")
    cpa = contracted(w, "2019-06-03", "RSI", area="C21")
    both = [("prison_contract", "TTG-K", "MADETHREE", ""), ("prison_contract", "TTG-L", "MADETWO", "")]
    a = yield
    assert [attributed(a, p) for p in (mine, other, cpa)] == [("MADETWO", "TTG-L"), ("", ""), ("MADETHREE", "TTG-K")]
    assert [related(a, p) for p in (mine, other, cpa)] == [both] * 3


@scenario
def test_a_contract_needs_its_prison_that_day_too(w):
    p = contracted(w, "2019-06-04", "SDI", ("TTG-P", "MADETWO", {}))
    w.rows["contracts", "CONTRACT_PRISON"][-1]["to_date"] = "2019-06-03"
    a = yield
    assert (attributed(a, p), related(a, p)) == (("", ""), [])


def referred(w, p, received, kind="ACC", contract="PRJ_MADE"):
    n = w.next_id()
    w.row("refer_and_monitor", "crs_performance_report-v2-referrals", referral_id=f"ref-{n}", referral_ref=f"AB{n}", crs_contract_reference=contract,
          crs_contract_type=kind, crs_provider_id="Invented", service_user_crn=p.crn, date_referral_received=p.on(received))  # fmt: skip


@scenario
def test_a_referral_belongs_to_the_nearest_release_within_its_window(w):
    w.contract("PRJ_MADE", "MADECRS", kind="crs", area="N07")
    days = {-84: True, -85: False, 274: True, 275: False, 0: True}
    people = {n: w.released() for n in days}
    for n, p in people.items():
        referred(w, p, n)
    nearest, tied = w.released(), w.released()
    for p in (nearest, tied):
        p.admit(10, "I")
        p.release(40)
    referred(w, nearest, 21)
    referred(w, tied, 20)
    a = yield
    row = [("crs_referral", "PRJ_MADE", "MADECRS", "accommodation")]
    assert {n: related(a, p) for n, p in people.items()} == {n: row if inside else [] for n, inside in days.items()}
    assert (related(a, nearest), related(a, nearest, 40)) == ([], row)
    assert (related(a, tied), related(a, tied, 40)) == (row, [])
    assert attributed(a, people[0]) == ("", "")


@scenario
def test_a_referral_names_its_contract_and_person_in_any_case(w):
    w.contract("PRJ_Case", "MADECRS", kind="crs", area="N07")
    p = w.released()
    referred(w, p, -10, contract="prj_cASE")
    referral = w.rows["refer_and_monitor", "crs_performance_report-v2-referrals"][-1]
    referral["service_user_crn"] = p.crn.lower()
    a = yield
    assert related(a, p) == [("crs_referral", "PRJ_Case", "MADECRS", "accommodation")]
    assert a.listed(number_of(w, referral)) == []


@scenario
def test_the_domain_of_a_referral_comes_from_its_contract_type(w):
    w.contract("PRJ_KINDS", "MADECRS", kind="crs", area="N07")
    people = {kind: w.released() for kind in ("ACC", "ETE", "FBD-L", "FBD-NW")}
    for kind, p in people.items():
        referred(w, p, -10, kind, "PRJ_KINDS")
    a = yield
    assert {kind: [d for *_, d in related(a, p)] for kind, p in people.items()} == {
        "ACC": ["accommodation"], "ETE": ["employment"], "FBD-L": ["finance"], "FBD-NW": ["finance"]}  # fmt: skip


@scenario
def test_a_paid_task_relates_its_release_and_an_unpaid_or_reversed_one_does_not(w):
    paid_one, unpaid, reversed_one = w.released(), w.released(), w.released()
    paid_one.claim(-10, WORK, paid="10.00")
    paid_one.claim(-9, WORK, paid="10.00")
    unpaid.claim(-10, WORK)
    row = reversed_one.claim(-10, WORK, paid="10.00")
    reversed_one.claim(-10, WORK, reverses_claim_id=row["claim_id"], amount="-100.00")
    a = yield
    assert related(a, paid_one) == [("paid_task", "CTR-MADEUP", "MADEUP", "employment")]
    assert (related(a, unpaid), related(a, reversed_one)) == ([], [])


# Supervising region


@scenario
def test_the_region_is_the_area_in_force_on_day_0_and_later_moves_change_nothing(w):
    def supervised(*allocations):
        p = w.person()
        p.custody(-200)
        for area, start, end in allocations:
            p.manager(area, start, end, pdu="N07CROY" if area == "N07" else "")
        p.release(0)
        return p

    cases = [
        (supervised(("N07", -100, 1), ("N54", 2, None)), "N07"),
        (supervised(("N54", -100, None), ("N07", 0, None)), "N07"),
        (supervised(("N54", -50, None), ("N07", -50, None)), "N07"),
        (supervised(("MCG", -50, None)), "N50"),
        (supervised(("T01", -50, None)), ""),
        (supervised(("XXX", -50, None)), ""),
        (supervised(("N21", -50, None)), "N07"),
        (supervised(("N28", -50, None)), "N50"),
        (supervised(("N22", -50, None)), ""),
        (supervised(("UNK", -50, None)), ""),
        (supervised(("N07", -50, -1)), ""),
        (supervised(), ""),
    ]
    a = yield
    assert [text(a.release(p)["supervising_region"]) for p, _ in cases] == [area for _, area in cases]
    assert [text(a.release(p)["pdu"]) for p, _ in cases[:3]] == ["N07CROY"] * 3

"""Who is recalled, when, for how long and for what."""

import datetime as dt

from .answers import day, text
from .conftest import WATERMARK
from .scenario import number_of, scenario

END = dt.date.fromisoformat(WATERMARK)


@scenario
def test_a_revocation_counts_from_day_0_and_falls_in_its_band(w):
    bands = {0: "0-7", 7: "0-7", 8: "8-28", 28: "8-28", 29: "29+", 300: "29+"}
    people = {}
    for n in bands:
        people[n] = w.released()
        people[n].recall(n, returned=n + 3)
    a = yield
    assert {n: (a.recall(p)["days_to_recall"], a.recall(p)["band"]) for n, p in people.items()} == {n: (n, b) for n, b in bands.items()}
    assert [day(a.recall(p)["recall_date"]) for n, p in people.items()] == [p.on(n) for n, p in people.items()]
    assert a.listed(p=people[0])


@scenario
def test_end_of_temporary_licence_secure_hospital_and_immigration_removal_are_no_recalls(w):
    people = {}
    for reason in ("EOTL", "TSH", "IRC", "NN", "ZZ8"):
        people[reason] = w.released()
        people[reason].recall(10, reason=reason)
    a = yield
    assert {reason: a.recalled_after(p) for reason, p in people.items()} == {"EOTL": None, "TSH": None, "IRC": None, "NN": 10, "ZZ8": 10}


@scenario
def test_after_a_recall_that_is_none_the_person_is_in_hospital_or_removed_until_the_next_movement(w):
    people = {}
    for reason in ("EOTL", "TSH", "IRC"):
        people[reason] = w.released()
        people[reason].address(-1, "A07B", updated=60)
        people[reason].recall(10, reason=reason)
    back = w.released()
    back.address(-1, "A07B", updated=60)
    back.recall(10, reason="TSH")
    back.admit(30, "I")
    back.release(60)
    a = yield
    after = {"EOTL": "settled", "TSH": "out_of_scope: in_custody_other", "IRC": "out_of_scope: removed"}
    assert {reason: a.status(p, 0) for reason, p in people.items()} == dict.fromkeys(people, "settled")
    assert {reason: a.status(p, 28) for reason, p in people.items()} == {reason: a.status(p, 274) for reason, p in people.items()} == after
    assert [a.status(back, k) for k in (28, 42, 91)] == ["out_of_scope: in_custody_other"] * 2 + ["settled"]


@scenario
def test_nothing_soft_deleted_above_a_recall(w):
    people = {}
    for parent in ("recall", "release", "custody", "disposal", "event"):
        people[parent] = p = w.released()
        recall = p.recall(10)
        row = {"recall": recall, "release": p.probation_release}.get(parent) or p.sentence[parent]
        row["SOFT_DELETED"] = 1
    a = yield
    assert {parent: a.recall(p) for parent, p in people.items()} == dict.fromkeys(people)


@scenario
def test_a_return_on_a_recall_code_alone_is_a_recall_dated_by_the_return(w):
    people = {}
    for code in ("L", "B", "24", "Y", "ELR", "ETRLR", "ETRRIE", "ETB", "ETRB", "ETL23R", "I", "H", "PD"):
        people[code] = w.released()
        people[code].admit(12, code)
    a = yield
    assert {code: a.recalled_after(p) for code, p in people.items()} == {c: None if c in ("I", "H", "PD") else 12 for c in people}
    row = a.recall(people["L"])
    assert (day(row["returned_date"]), row["days_at_large"], row["recall_type"]) == (people["L"].on(12), 0, "standard")


@scenario
def test_a_return_after_the_next_release_belongs_to_that_release(w):
    p = w.released()
    p.admit(10, "I")
    p.release(20)
    p.admit(30, "L")
    a = yield
    assert a.recall(p) is None
    assert a.recalled_after(p, 20) == 10


@scenario
def test_a_revocation_before_the_release_is_as_if_absent_and_the_return_speaks(w):
    returned, not_returned = w.released(), w.released()
    rows = [returned.recall(-3, returned=10), not_returned.recall(-3)]
    a = yield
    assert a.recalled_after(returned) == 10
    assert a.recall(not_returned) is None
    assert a.listed(number_of(w, rows[0]), p=returned)
    assert a.listed(number_of(w, rows[1]), p=not_returned)


@scenario
def test_of_several_revocations_the_earliest_valid_one_wins(w):
    p = w.released()
    for n in (20, -2, 10):
        p.recall(n)
    a = yield
    assert a.recalled_after(p) == 10


@scenario
def test_after_the_licence_there_is_no_recall_but_a_finding(w):
    last_day, after, by_return = w.released(licence_end=30), w.released(licence_end=30), w.released(licence_end=30)
    last_day.recall(30)
    row = after.recall(31)
    by_return.admit(31, "L")
    a = yield
    assert a.recalled_after(last_day) == 30
    assert (a.recall(after), a.recall(by_return)) == (None, None)
    assert a.listed(number_of(w, row), p=after)
    assert a.listed(p=by_return)


@scenario
def test_without_a_licence_nobody_is_recalled(w):
    p = w.released(licence_end=0)
    p.recall(10, returned=12)
    a = yield
    assert a.recall(p) is None


@scenario
def test_the_clocks_run_from_the_revocation_to_the_first_return(w):
    cases = {
        "recall code": (w.released(), [(20, "L")], 20, 5),
        "any admission after": (w.released(), [(18, "N")], 18, 3),
        "another admission before is no return": (w.released(), [(10, "I"), (22, "L")], 22, 7),
        "a recall code before": (w.released(), [(11, "L"), (25, "I")], 11, 0),
        "not returned": (w.released(), [], None, None),
    }
    for p, returns, *_ in cases.values():
        p.recall(15)
        for n, code in returns:
            p.admit(n, code)
    a = yield
    for name, (p, _, returned, at_large) in cases.items():
        row = a.recall(p)
        assert (day(row["recall_date"]), day(row["returned_date"]), row["days_at_large"]) == (
            p.on(15), None if returned is None else p.on(returned), at_large), name  # fmt: skip


@scenario
def test_a_return_after_the_next_release_is_no_return(w):
    p = w.released()
    p.admit(5, "I")
    p.recall(8)
    p.release(20)
    p.admit(40, "I")
    a = yield
    row = a.recall(p)
    assert (row["days_to_recall"], row["returned_date"], row["days_at_large"]) == (8, None, None)


@scenario
def test_the_type_is_the_fixed_term_of_the_booking_returned_to(w):
    people = {}
    for length in (14, 28, 56):
        people[f"fixed_term_{length}"] = w.released()
        people[f"fixed_term_{length}"].recall(10, returned=12, fixed_term=length)
    people["standard"] = w.released()
    people["standard"].recall(10, returned=12)
    people["unknown"] = w.released()
    people["unknown"].recall(10)
    other_day, other_booking = w.released(), w.released()
    other_day.recall(10, returned=12, fixed_term=28)
    w.rows["nomis", "OFFENDER_FIXED_TERM_RECALLS"][-1]["RETURN_TO_CUSTODY_DATE"] = other_day.on(16)
    near = {}
    for gap in (-3, -1, 3):
        near[gap] = w.released()
        near[gap].recall(3, returned=5, fixed_term=56)
        w.rows["nomis", "OFFENDER_FIXED_TERM_RECALLS"][-1]["RETURN_TO_CUSTODY_DATE"] = near[gap].on(5 + gap)
    other_booking.recall(10)
    other_booking.custody(12, reason="L")
    w.row("nomis", "OFFENDER_FIXED_TERM_RECALLS", OFFENDER_BOOK_ID=other_booking.booking["OFFENDER_BOOK_ID"],
          RETURN_TO_CUSTODY_DATE=other_booking.on(12), RECALL_LENGTH=14)  # fmt: skip
    a = yield
    assert {name: a.recall(p)["recall_type"] for name, p in people.items()} == {name: name for name in people}
    assert a.recall(other_day)["recall_type"] == "standard"
    assert {gap: a.recall(p)["recall_type"] for gap, p in near.items()} == dict.fromkeys(near, "fixed_term_56")
    assert a.recall(other_booking)["recall_type"] == "fixed_term_14"


@scenario
def test_a_fixed_term_row_without_a_day_or_length_that_can_be_read_leaves_the_type_unknown(w):
    people, table = {}, w.rows["nomis", "OFFENDER_FIXED_TERM_RECALLS"]
    for case in ("no day", "a day ahead of the delivery", "no length", "a length in words", "no length, far off"):
        people[case] = w.released()
        people[case].recall(10, returned=12, fixed_term=28)
    rows = dict(zip(people, table[-len(people) :], strict=True))
    w.spoil("RETURN_TO_CUSTODY_DATE", rows["no day"])
    w.spoil(None, rows["a day ahead of the delivery"])
    rows["a day ahead of the delivery"]["RETURN_TO_CUSTODY_DATE"] = END + dt.timedelta(days=9)
    rows["no length"]["RECALL_LENGTH"] = ""
    rows["a length in words"]["RECALL_LENGTH"] = "twenty-eight"
    rows["no length, far off"].update(RECALL_LENGTH="", RETURN_TO_CUSTODY_DATE=people["no length, far off"].on(30))
    a = yield
    types = {case: a.recall(p)["recall_type"] for case, p in people.items()}
    assert types == dict.fromkeys(people, "unknown") | {"no length, far off": "standard"}


@scenario
def test_a_recall_is_that_of_the_person_of_its_sentence_where_no_row_of_it_but_one_names_the_person(w):
    people = {}
    for unnamed in (["release"], ["release", "custody"], ["release", "custody", "disposal"], ["recall"], ["recall", "release"]):
        people[tuple(unnamed)] = p = w.released()
        rows = p.sentence | {"release": p.probation_release, "recall": p.recall(10)}
        for name in unnamed:
            rows[name]["OFFENDER_ID"] = ""
    a = yield
    assert {unnamed: a.recalled_after(p) for unnamed, p in people.items()} == dict.fromkeys(people, 10)


@scenario
def test_rereleased_by_day_28_counts_from_the_first_release(w):
    people = {}
    for n in (20, 28, 29):
        people[n] = w.released()
        people[n].recall(5, returned=6)
        people[n].release(n, "PD")
    inside = w.released()
    inside.recall(5, returned=6)
    a = yield
    assert {n: a.recall(p)["rereleased_by_day_28"] for n, p in people.items()} == {20: True, 28: True, 29: False}
    assert a.recall(inside)["rereleased_by_day_28"] is False


@scenario
def test_a_second_release_is_its_own_event_and_the_first_keeps_its_recall(w):
    p = w.released()
    p.recall(5, returned=6)
    p.release(20, "PD")
    p.recall(50, returned=55)
    a = yield
    assert (a.recalled_after(p), a.recalled_after(p, 20)) == (5, 30)


@scenario
def test_reasons_are_distinct_codes_in_order(w):
    p = w.released()
    for n, reason in ((10, "NN"), (10, "BRC"), (12, "NN")):
        p.recall(n, reason=reason)
    a = yield
    assert text(a.recall(p)["reasons"]) == "BRC;NN"


@scenario
def test_a_reason_in_no_list_is_a_reason_unknown_or_unclear_and_counted_as_that(w):
    p, without, known = (w.released(day0=f"2022-05-0{n}", prison="VDI") for n in (2, 3, 4))
    row = p.recall(10)
    row["RECALL_REASON_ID"] = 999999
    without.recall(10, reason=None)
    known.recall(10)
    a = yield
    assert [text(a.recall(x)["reasons"]) for x in (p, without, known)] == ["Unknown or unclear", "", "NN"]
    assert a.listed(number_of(w, row)) == ["unknown_code"]
    unclear = a.result("M74", "VDI", characteristic=("recall_reason", "Unknown or unclear"))
    assert (unclear["numerator"], unclear["denominator"], unclear["unknown"]) == (1, 2, 1)


@scenario
def test_an_immature_recall_is_an_event_all_the_same(w):
    p = w.released(day0=END - dt.timedelta(days=20))
    p.recall(5)
    a = yield
    assert a.recalled_after(p) == 5


@scenario
def test_a_recall_hangs_on_the_release_it_was_matched_to(w):
    near, far = w.person(), w.person()
    for p, gap in ((near, 3), (far, 4)):
        p.custody(-200)
        p.release(0, licence_end=400, probation_day=gap)
        p.recall(20)
    a = yield
    assert (a.recalled_after(near), a.recall(far)) == (20, None)


def on_two_sentences(w, days=(0, 0), **more):
    """Released on day 0 under two sentences, with a probation release of each; the rows of the two releases."""
    p = w.released(probation_day=None, **more)
    return p, [p.released_by_probation(on, sentence=sentence) for on, sentence in zip(days, (p.sentence, p.sentenced(-200)))]


@scenario
def test_a_recall_on_any_sentence_that_the_release_is_of_counts_and_the_earliest_does(w):
    people = {}
    for name, recalled in {"lower": (10, None), "higher": (None, 12), "both": (20, 15), "before": (-5, 8)}.items():
        people[name], releases = on_two_sentences(w, (0, 3))
        people[name].address(-1, "A07B")
        for release, on in zip(releases, recalled):
            if on is not None:
                people[name].probation_release = release
                people[name].recall(on)
    a = yield
    assert {name: a.recalled_after(p) for name, p in people.items()} == {"lower": 10, "higher": 12, "both": 15, "before": 8}
    assert {a.status(p, 28) for p in people.values()} == {"out_of_scope: recalled_at_large"}


@scenario
def test_an_impossible_change_or_end_of_a_sentence_takes_no_recall_with_it(w):
    people = {}
    for table, column, on in (("custody", "STATUS_CHANGE_DATE", "2025-06-01"), ("disposal", "TERMINATION_DATE", -900)):
        people[table] = p = w.released()
        p.address(-1, "A07B")
        p.recall(10)
        p.sentence[table][column] = p.on(on)
    a = yield
    assert {table: a.recalled_after(p) for table, p in people.items()} == dict.fromkeys(people, 10)
    assert {table: a.status(p, 28) for table, p in people.items()} == dict.fromkeys(people, "out_of_scope: recalled_at_large")
    assert [a.listed(number_of(w, people[table].sentence[table])) for table in people] == [["after_complete_to"], ["end_before_start"]]


def test_bands_types_and_days_agree_in_every_row(answers):
    released = {r["release_id"]: r for r in answers.table("fct_release")}
    for row in answers.table("fct_recall"):
        release, n = released[row["release_id"]], row["days_to_recall"]
        # Unknown where the end of the licence cannot be read: the recall tells of it.
        assert release["is_on_licence"] is not False
        assert n == (day(row["recall_date"]) - day(release["release_date"])).days >= 0
        assert row["band"] == ("0-7" if n <= 7 else "8-28" if n <= 28 else "29+")
        assert release["is_on_licence"] is None or day(row["recall_date"]) <= day(release["licence_end_date"])
        assert row["recall_type"] == "unknown" or row["returned_date"] is not None

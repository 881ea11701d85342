"""A record that cannot be read is never a no: what it would have said of the release it hangs on is unknown."""

from .answers import day, text
from .scenario import number_of, scenario

DAYS = (0, 28, 42, 91, 182, 274)
UNREADABLE = "unknown: unreadable_record"


def housed(w, **more):
    p = w.released(**more)
    p.address(-1, "A07B", updated=200)
    p.employment(-1)
    return p


def told(a, p, of=0):
    return [a.status(p, k, of=of) for k in DAYS]


def counted(a, prison, measure="M72_274"):
    row = a.result(measure, prison)
    return tuple(row[c] for c in ("numerator", "denominator", "unknown"))


def why(a, p, measure="M72_274"):
    rows = [r for r in a.table("fct_measure_person") if (r["measure_id"], r["release_id"]) == (measure, a.release(p)["release_id"])]
    return [(r["state"], text(r["reason"])) for r in rows]


@scenario
def test_a_recall_without_its_day_leaves_recall_and_status_unknown_and_the_rate_says_so(w):
    lost, kept, never, later = (housed(w, day0=f"2022-06-0{n}", prison="VEI") for n in (6, 7, 8, 9))
    lost_row = lost.recall(10)
    kept.recall(10)
    later_row = later.recall(5)
    later.recall(30)
    w.spoil("RECALL_DATE", lost_row, later_row)
    a = yield
    assert [a.recalled_after(p) for p in (lost, kept, never, later)] == [None, 10, None, 30]
    assert counted(a, "VEI") == (2, 3, 1)
    # Of the one recalled on day 30 it is not known whether it was sooner.
    assert counted(a, "VEI", "M71") == (1, 2, 2)
    assert (why(a, lost), why(a, later)) == ([("unknown", "unreadable_record")], [("observed", "")])
    assert counted(a, "VEI", "M76_days_to_recall")[1:] == (2, 1)
    assert told(a, lost) == [UNREADABLE] * 6
    assert told(a, later) == [UNREADABLE] * 2 + ["out_of_scope: recalled_at_large"] * 4
    assert told(a, never) == ["settled"] * 6
    assert "unreadable_record" in a.listed(number_of(w, lost_row), p=lost)


@scenario
def test_what_a_recall_without_its_day_cannot_change_stays_known(w):
    no_licence, temporary, again = housed(w, licence_end=0), housed(w), housed(w)
    rows = [no_licence.recall(10), temporary.recall(10, reason="EOTL"), again.recall(10)]
    again.admit(20, "L")
    again.release(60, "PD")
    hospital = housed(w)
    w.spoil("RECALL_DATE", *rows, hospital.recall(10, reason="TSH"))
    a = yield
    assert (a.release(no_licence)["is_on_licence"], told(a, no_licence)[0]) == (False, "settled")
    assert told(a, temporary) == ["settled"] * 6
    assert why(a, temporary) == [("observed", "")]
    # Back in custody on a recall, and out again: only the days before the return are not known.
    assert told(a, again) == [UNREADABLE, "out_of_scope: in_custody_recall", "out_of_scope: in_custody_recall", "settled", "settled", "settled"]
    assert a.recalled_after(again) == 20
    assert (told(a, hospital), why(a, hospital)) == ([UNREADABLE] * 6, [("observed", "")])


@scenario
def test_a_probation_release_without_its_day_leaves_unknown_what_hangs_on_it(w):
    recalled, unrecalled, other, unnamed = housed(w), housed(w), housed(w), housed(w)
    recalled.recall(10)
    unnamed.recall(10)["RELEASE_ID"] = "1.2E+11"
    other.admit(60, "I")
    other.release(90)
    other.recall(100)
    w.spoil("ACTUAL_RELEASE_DATE", *(p.probation_release for p in (recalled, unrecalled, other)))
    a = yield
    assert (a.recall(recalled), a.recall(other, 90)) == (None, None)
    assert (told(a, recalled), why(a, recalled)) == ([UNREADABLE] * 6, [("unknown", "unreadable_record")])
    assert (told(a, unrecalled), why(a, unrecalled)) == (["settled"] * 6, [("observed", "")])
    assert (told(a, unnamed), why(a, unnamed)) == ([UNREADABLE] * 6, [("unknown", "unreadable_record")])
    # It hangs on the release that has no other.
    assert why(a, other) == [("observed", "")]
    assert told(a, other)[:3] == ["settled", "settled", "settled"]
    assert a.status(other, 28, of=90) == UNREADABLE


@scenario
def test_a_recall_without_its_day_is_that_of_the_person_of_its_release(w):
    lost, of_lost = housed(w), housed(w)
    rows = [lost.recall(10), of_lost.recall(10)]
    for row in rows:
        row["OFFENDER_ID"] = ""
    of_lost.probation_release["OFFENDER_ID"] = ""
    w.spoil("RECALL_DATE", rows[0])
    w.spoil("ACTUAL_RELEASE_DATE", of_lost.probation_release)
    a = yield
    assert (told(a, lost), why(a, lost)) == ([UNREADABLE] * 6, [("unknown", "unreadable_record")])
    assert (told(a, of_lost), why(a, of_lost)) == ([UNREADABLE] * 6, [("unknown", "unreadable_record")])


@scenario
def test_a_home_without_a_day_is_unknown_on_every_day_that_its_other_day_does_not_rule_out(w):
    cases = {
        "no start": (("A01C", -1, None), "START_DATE", [UNREADABLE] * 6),
        "no start, over on day 42": (("A01C", -1, 42), "START_DATE", [UNREADABLE] * 3 + ["settled"] * 3),
        "no end, from day 42": (("A01C", 42, None), "END_DATE", ["settled"] * 2 + [UNREADABLE] * 4),
        "ends before it starts": (("A01C", 42, 30), None, ["settled"] * 6),
        "proposed": (("A01C", -1, None, "PR"), "START_DATE", ["settled"] * 6),
        "previous, no end": (("A01C", 42, None, "P"), "END_DATE", ["settled"] * 2 + [UNREADABLE] * 4),
    }
    people = {}
    for name, ((kind, start, end, *status), spoilt, _) in cases.items():
        people[name] = housed(w)
        w.spoil(spoilt, people[name].address(start, kind, *status, end=end))
    newer, deleted = housed(w), housed(w)
    w.spoil("END_DATE", newer.address(10, "A01C"))
    newer.address(60, "A08A", updated=200)
    w.spoil("START_DATE", deleted.address(-1, "A01C", SOFT_DELETED=1))
    a = yield
    assert {name: told(a, p) for name, p in people.items()} == {name: days for name, (_, _, days) in cases.items()}
    assert told(a, deleted) == ["settled"] * 6
    # One that began later stands.
    assert told(a, newer) == ["settled", UNREADABLE, UNREADABLE] + ["homeless_rough"] * 3
    row = a.status_row(people["no start"], 0)
    assert (row["status"], row["official_class"], row["evidence_date"], row["is_stale"]) == ("Unknown or unclear", "unknown", None, False)
    assert day(a.status_row(people["no end, from day 42"], 91)["evidence_date"]) == people["no end, from day 42"].on(42)


@scenario
def test_a_circumstance_without_a_day_is_unknown_in_its_own_domain(w):
    home, work = housed(w), housed(w)
    w.spoil("START_DATE", home.circumstance("A", -1, "A08A"))
    w.spoil("END_DATE", work.employment(30, "B09A"))
    a = yield
    assert (a.status(home, 28), a.work(home, 28)) == (UNREADABLE, "employed")
    assert [a.work(work, k) for k in (28, 42, 91)] == ["employed", UNREADABLE, UNREADABLE]
    assert a.status(work, 42) == "settled"


@scenario
def test_a_record_that_does_not_say_whether_it_is_a_home_or_work_leaves_unknown_the_days_that_it_is_in_force(w):
    state, kind = housed(w), housed(w)
    state.address(30, "A08A", end=60)["ADDRESS_STATUS_ID"] = "~~"
    kind.employment(30, "B09A", end=60)["CIRCUMSTANCE_TYPE_ID"] = ""
    a = yield
    unknown = "unknown: unknown_code"
    assert [a.status(state, k) for k in (0, 28, 42, 91)] == ["settled", "settled", unknown, "settled"]
    assert [a.work(state, k) for k in (28, 42)] == ["employed", "employed"]
    assert [a.status(kind, k) for k in (28, 42, 91)] == ["settled", unknown, "settled"]
    assert [a.work(kind, k) for k in (28, 42, 91)] == ["employed", unknown, "employed"]


@scenario
def test_a_record_without_its_key_is_never_a_no_about_whom_it_names(w):
    recalled, moved, working, back, licensed, allocated = (housed(w, licence_end=400) for _ in range(6))
    rows = {
        "RECALL_ID": recalled.recall(10),
        "OFFENDER_ADDRESS_ID": moved.address(30, "A08A", end=60),
        "PERSONAL_CIRCUMSTANCE_ID": working.employment(30, "B09A", end=60),
        "MOVEMENT_SEQ": back.admit(10, "L"),
        "OFFENDER_SENT_CALCULATION_ID": licensed.calculation(-5, led=20),
        "OFFENDER_MANAGER_ID": allocated.manager("N03", -5),
    }
    for n, (key, row) in enumerate(rows.items()):
        row[key] = ("", "?", "#N/A")[n % 3]
        w.spoil(None, row)
    a = yield
    assert (a.recall(recalled), told(a, recalled), why(a, recalled)) == (None, [UNREADABLE] * 6, [("unknown", "unreadable_record")])
    assert [a.status(moved, k) for k in (28, 42, 91)] == ["settled", UNREADABLE, "settled"]
    assert [a.work(working, k) for k in (28, 42, 91)] == ["employed", UNREADABLE, "employed"]
    assert (told(a, back), why(a, back)) == ([UNREADABLE] * 6, [("unknown", "unreadable_record")])
    assert why(a, licensed) == [("unknown", "unreadable_record")]
    assert text(a.release(allocated)["supervising_region"]) == ""


@scenario
def test_a_discharge_address_without_a_day_is_unknown_on_the_first_night_where_probation_holds_nothing(w):
    alone, before, beside, over = w.released(), w.released(), housed(w), w.released()
    w.spoil("START_DATE", *(p.prison_address(-1, "DPH") for p in (alone, before, beside)), over.prison_address(-30, "DPH", end=-2))
    before.prison_address(-1, "DPH")
    a = yield
    assert [a.status(p, 0) for p in (alone, before, beside, over)] == [UNREADABLE, UNREADABLE, "settled", "unknown: no_record"]
    assert a.status(alone, 28) == "unknown: no_record"


@scenario
def test_a_movement_without_its_day_leaves_the_place_unknown_and_recall_where_it_may_be_one(w):
    back, remanded, out, court, dead = housed(w), housed(w), housed(w), housed(w), housed(w)
    rows = [back.admit(10, "L"), remanded.admit(10, "I"), court.leave(10, "CA", kind="CRT", to="CRTX")]
    out.recall(10, returned=12)
    rows.append(out.release(20, "PD", probation_day=None))
    rows.append(dead.admit(10, "L"))
    dead.probation["DECEASED_DATE"] = dead.on(42)
    w.spoil("MOVEMENT_DATE", *rows)
    a = yield
    assert {n: told(a, p) for n, p in enumerate((back, remanded, out))} == dict.fromkeys(range(3), [UNREADABLE] * 6)
    assert told(a, court) == ["settled"] * 6
    assert told(a, dead) == [UNREADABLE] * 2 + ["out_of_scope: died"] * 4
    assert [why(a, p) for p in (back, remanded, out, court)] == [
        [("unknown", "unreadable_record")], [("observed", "")], [("observed", "")], [("observed", "")]]  # fmt: skip
    assert why(a, remanded, "M72_274_returned") == why(a, out, "M77") == [("unknown", "unreadable_record")]


@scenario
def test_a_date_of_licence_that_cannot_be_read_leaves_licence_and_the_days_after_the_last_one_known_unknown(w):
    key_date, beside, calculation = housed(w, licence_end=None), housed(w, licence_end=42), housed(w, licence_end=42)
    w.spoil("KEY_DATE", key_date.key_date("LED", 400), beside.key_date("PSSED", 400))
    w.spoil("CALCULATION_DATE", calculation.calculation(-5, led=300))
    a = yield
    assert [a.release(p)["is_on_licence"] for p in (key_date, beside, calculation)] == [None, True, None]
    assert why(a, key_date) == why(a, calculation) == [("unknown", "unreadable_record")]
    assert told(a, key_date) == ["settled"] * 6
    assert told(a, beside) == told(a, calculation) == ["settled"] * 3 + [UNREADABLE] * 3


@scenario
def test_an_end_that_a_calculation_lost_leaves_licence_and_the_days_after_the_last_one_known_unknown_where_it_counts(w):
    licence, supervision, override, overridden, older = (housed(w, licence_end=42) for _ in range(5))
    licence.calculation(-5)["LED_CALCULATED_DATE"] = "no day at all"
    supervision.calculation(-5, led=42)["TUSED_CALCULATED_DATE"] = "31/02/2024"
    override.calculation(-5, led=42)["LED_OVERRIDED_DATE"] = "#REF!"
    overridden.calculation(-5, override=300)["LED_CALCULATED_DATE"] = "no day at all"
    older.calculation(-10)["LED_CALCULATED_DATE"] = "no day at all"
    older.calculation(-5, led=300)
    a = yield
    assert [a.release(p)["is_on_licence"] for p in (licence, supervision, override, overridden, older)] == [None, None, None, True, True]
    assert [told(a, p)[3:] for p in (supervision, override)] == [[UNREADABLE] * 3] * 2
    # With no end known at all, supervision goes on.
    assert told(a, licence) == told(a, overridden) == told(a, older) == ["settled"] * 6
    assert why(a, licence) == [("unknown", "unreadable_record")] and why(a, older) == [("observed", "")]


@scenario
def test_a_recall_tells_of_a_licence_whose_end_cannot_be_read(w):
    p = housed(w, licence_end=42)
    p.calculation(-5)["LED_CALCULATED_DATE"] = "no day at all"
    p.recall(60)
    a = yield
    assert why(a, p) == [("unknown", "unreadable_record")] and a.recall(p) is not None
    assert told(a, p) == ["settled"] * 3 + ["out_of_scope: recalled_at_large"] * 3


@scenario
def test_a_movement_without_a_type_is_listed_and_so_is_a_release_from_a_prison_in_no_list(w):
    untyped, nowhere = w.released(), w.released()
    for row in w.rows["nomis", "OFFENDER_EXTERNAL_MOVEMENTS"]:
        is_out = row["DIRECTION_CODE"] == "OUT"
        if is_out and row["OFFENDER_BOOK_ID"] == untyped.booking["OFFENDER_BOOK_ID"]:
            row["MOVEMENT_TYPE"] = ""
        if is_out and row["OFFENDER_BOOK_ID"] == nowhere.booking["OFFENDER_BOOK_ID"]:
            row["FROM_AGY_LOC_ID"] = "QQ9"
    a = yield
    assert a.release(untyped) is None and [reason for reason, _ in a.excluded(untyped)] == ["unclassified_reason"]
    (release,) = [r for r in a.table("fct_release") if r["releasing_prison"] == "QQ9"]
    assert ("prison_unlisted", release["release_id"]) in {(r["finding"], r["subject_id"]) for r in a.table("fct_finding")}


@scenario
def test_an_allocation_without_its_day_leaves_the_region_empty_and_not_that_of_the_one_before(w):
    moved, over, later = w.released(), w.released(), w.released()
    w.spoil("ALLOCATION_DATE", moved.manager("N03", -5), over.manager("N03", -60, -30))
    w.spoil("END_DATE", later.manager("N03", 5, 40))
    a = yield
    assert [text(a.release(p)["supervising_region"]) for p in (moved, over, later)] == ["", "N07", "N07"]
    assert "unreadable_record" in a.listed(p=moved)

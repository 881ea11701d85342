"""Which movements are releases, which are not and why, and what is said about the person at release."""

import csv
import datetime as dt
import re
from pathlib import Path

from .answers import day, text
from .scenario import number_of, scenario

RELEASE_REASONS = "CR CE FR1 FR2 HR HU HD HE ECSL ERCG ER PX NP PD SC AR D1 D2 D3 D4 D5 D6 IF IR DISC".split()
NOT_RELEASES = {
    "died": "DEC", "escape": "ESCP UAL UAL_ECL", "hospital": "HP HO HQ", "removal": "DD DE DL EX RE ETR FR DEIRC ECSLIRC", "merge": "MRG",
    "unsentenced": "BL BD NCS NG DS AU DA PF RW HC", "not_a_release": "99 AS AV", "unclassified_reason": "QQ9",
}  # fmt: skip


def left(w, reason, **more):
    """Someone in custody since day -200 whose first movement out is this one, and nothing else."""
    p = w.person()
    p.custody(-200)
    p.leave(0, reason, **more)
    return p


@scenario
def test_every_release_reason_is_a_release_with_its_own_code(w):
    people = {code: w.released(reason=code) for code in RELEASE_REASONS}
    a = yield
    assert {code: text((a.release(p) or {}).get("release_type")) for code, p in people.items()} == {c: c for c in RELEASE_REASONS}
    assert all(a.excluded(p) == [] for p in people.values())


@scenario
def test_a_movement_that_is_no_release_has_one_row_with_its_reason_and_no_release(w):
    people = {code: (reason, left(w, code)) for reason, codes in NOT_RELEASES.items() for code in codes.split()}
    a = yield
    assert {code: a.excluded(p) for code, (_, p) in people.items()} == {c: [(reason, p.prison)] for c, (reason, p) in people.items()}
    assert all(a.release(p) is None for _, p in people.values())


@scenario
def test_temporary_absence_transfer_and_the_agency_moved_to_decide_in_the_order_listed(w):
    expected = {
        ("TAP", "RO", "OUT"): "rotl", ("TAP", "CR", "OUT"): "rotl", ("TAP", "DEC", "GENHSP"): "rotl",
        ("TRN", "NOTR", "TRN"): "transfer", ("TRN", "NOTR", "IMMDET"): "transfer", ("TRN", "QQ9", "OUT"): "transfer",
        ("REL", "DEC", "GENHSP"): "died", ("REL", "ESCP", "IMMDET"): "escape", ("REL", "CR", "GENHSP"): "hospital",
        ("REL", "CR", "SECHSP"): "hospital", ("REL", "DD", "IMMDET"): "removal", ("REL", "DE", "GENHSP"): "hospital",
        ("REL", "CR", "IMMDET"): "immigration_detention", ("REL", "MRG", "IMMDET"): "immigration_detention",
        ("REL", "BL", "IMMDET"): "immigration_detention", ("REL", "QQ9", "SECHSP"): "hospital",
    }  # fmt: skip
    people = {case: left(w, case[1], kind=case[0], to=case[2]) for case in expected}
    a = yield
    assert {case: a.reasons(p) for case, p in people.items()} == {case: [reason] for case, reason in expected.items()}
    assert all(a.release(p) is None for p in people.values())


@scenario
def test_court_movements_are_neither_released_nor_listed(w):
    p = left(w, "CA", kind="CRT", to="CRTX")
    a = yield
    assert a.release(p) is None
    assert a.excluded(p) == []


@scenario
def test_a_recall_admission_later_the_same_day_undoes_the_release_and_counts_for_no_other_release(w):
    p = w.released(licence_end=400)
    p.admit(20, "N")
    p.release(60, time="09:00:00")
    p.admit(60, "L", time="15:00:00")
    a = yield
    assert a.reasons(p, 60) == ["same_day_recall"]
    assert a.release(p, 60) is None
    assert a.recall(p) is None
    assert a.status(p, 91) == "out_of_scope: in_custody_other"


@scenario
def test_a_recall_admission_earlier_the_same_day_does_not_undo_the_release(w):
    p = w.released(licence_end=400)
    p.admit(60, "L", time="08:00:00")
    p.release(60, "PD", time="15:00:00")
    a = yield
    assert a.release(p, 60)["release_type"] == "PD"
    assert a.recalled_after(p) == 60


@scenario
def test_an_admission_on_another_sentence_later_the_same_day_undoes_the_release(w):
    p = w.person()
    p.custody(-200)
    p.release(0, time="09:00:00")
    p.admit(0, "I", time="15:00:00")
    both = w.person()
    both.custody(-200)
    both.release(0, time="09:00:00")
    both.admit(0, "I", time="12:00:00")
    both.admit(0, "L", time="15:00:00")
    bail = w.person()
    bail.custody(-200)
    bail.leave(0, "BL", time="09:00:00")
    bail.admit(0, "I", time="15:00:00")
    a = yield
    assert a.reasons(p) == ["another_sentence"]
    assert a.reasons(both) == ["same_day_recall"]
    assert a.reasons(bail) == ["unsentenced"]


@scenario
def test_of_two_releases_on_a_day_the_latest_time_then_sequence_then_booking_stands(w):
    by_time, by_sequence, by_booking = w.person(), w.person(), w.person()
    w.agency("OLI")
    for p in (by_time, by_sequence, by_booking):
        p.custody(-200)
    by_time.leave(0, "CR", time="09:00:00", seq=8, prison="OLI")
    by_time.leave(0, "CR", time="11:00:00", seq=3)
    by_sequence.leave(0, "CR", seq=4, prison="OLI")
    by_sequence.leave(0, "CR", seq=7)
    first = by_booking.booking
    second = by_booking.custody(-190, probation=False)
    by_booking.leave(0, "CR", seq=5, booking=first, prison="OLI")
    by_booking.leave(0, "CR", seq=5, booking=second)
    a = yield
    for p in (by_time, by_sequence, by_booking):
        assert a.release(p) is not None, p.on(0)
        assert a.release(p, prison="OLI") is None
        duplicates = [r for r in a.table("fct_release_excluded") if day(r["date"]) == p.day0 and r["prison"] == "OLI"]
        assert [r["reason"] for r in duplicates] == ["same_day_duplicate"]
        assert duplicates[0]["person_id"] == a.release(p)["person_id"]


@scenario
def test_duplicates_are_sought_only_among_what_the_other_reasons_leave(w):
    p = w.released()
    p.leave(0, "MRG", time="23:00:00")
    a = yield
    assert a.reasons(p) == ["merge"]
    assert a.release(p) is not None


@scenario
def test_a_sequence_number_is_no_order_of_time(w):
    p = w.person()
    p.custody(-200)
    p.world.rows["nomis", "OFFENDER_EXTERNAL_MOVEMENTS"][-1]["MOVEMENT_SEQ"] = 9
    p.leave(0, "CR", seq=2)
    p.admit(30, "L", seq=1)
    p.calculation(-30, led=400)
    a = yield
    assert a.release(p) is not None
    assert a.recalled_after(p) == 30


@scenario
def test_a_person_keeps_one_id_over_releases_and_exclusions_and_ids_give_nothing_away(w):
    p = w.released()
    p.admit(50, "I")
    p.release(100)
    p.leave(100, "MRG", time="23:00:00")
    a = yield
    people = {r["person_id"] for r in (a.release(p), a.release(p, 100))}
    people |= {r["person_id"] for r in a.table("fct_release_excluded") if day(r["date"]) == p.on(100) and r["prison"] == p.prison}
    assert len(people) == 1
    keys = [r["exclusion_id"] for r in a.table("fct_release_excluded")]
    assert len(set(keys)) == len(keys)
    shown = " ".join(str(v) for t in ("fct_release", "fct_release_excluded") for r in a.table(t) for v in r.values())
    assert not re.search(r"\b(Z\d{5}|A\d{4}ZZ|X\d{6})\b|Invent|Madeup[a-z]", shown)


@scenario
def test_age_is_counted_at_release_and_29_february_has_its_birthday_on_1_march(w):
    cases = [
        (w.released("2022-09-05", born=dt.date(1990, 9, 5)), 32),
        (w.released("2022-09-06", born=dt.date(1990, 9, 7)), 31),
        (w.released("2023-02-28", born=dt.date(2000, 2, 29)), 22),
        (w.released("2023-03-01", born=dt.date(2000, 2, 29)), 23),
        (w.released("2020-02-29", born=dt.date(2000, 2, 29)), 20),
    ]
    a = yield
    assert [a.release(p)["age_at_release"] for p, _ in cases] == [age for _, age in cases]


@scenario
def test_a_placeholder_birth_date_gives_way_to_probation_and_then_to_nothing(w):
    p = w.released("2022-09-07", born=dt.date(1970, 1, 1))
    p.probation["DATE_OF_BIRTH_DATE"] = dt.date(1980, 5, 5)
    nobody = w.released("2022-09-08", born=dt.date(1900, 1, 1))
    a = yield
    assert a.release(p)["age_at_release"] == 42
    assert a.release(nobody)["age_at_release"] is None


@scenario
def test_a_birth_date_that_gives_an_impossible_age_is_a_placeholder_and_is_listed(w):
    ahead, ancient, young, oldest, youngest, both = (
        w.released(f"2022-09-{15 + n}", born=dt.date.fromisoformat(born))
        for n, born in enumerate(("2061-02-03", "1911-02-03", "2013-01-01", "1911-10-01", "2012-09-01", "2013-01-01"))
    )
    for p in (ahead, ancient, young):
        p.probation["DATE_OF_BIRTH_DATE"] = dt.date(1961, 2, 3)
    a = yield
    assert [a.release(p)["age_at_release"] for p in (ahead, ancient, young, oldest, youngest, both)] == [61, 61, 61, 110, 10, None]
    assert all("impossible_birth_date" in a.listed(number_of(w, p.offender)) for p in (ahead, ancient, young, both))
    assert "impossible_birth_date" in a.listed(number_of(w, both.probation))
    assert not any("impossible_birth_date" in a.listed(p=p) for p in (oldest, youngest))


@scenario
def test_an_admission_without_a_direction_is_in_and_a_release_out(w):
    p = w.released()
    p.address(-1, "A07B", updated=60)
    rows = [p.admit(20, "I"), p.release(60), p.move(70, "CRT", "CA", "", p.prison, "CRTX")]
    for row in rows:
        row["DIRECTION_CODE"] = ""
    a = yield
    assert a.release(p, 60) is not None
    assert [a.status(p, k) for k in (28, 42, 91)] == ["out_of_scope: in_custody_other"] * 2 + ["settled"]
    assert all("movement_without_direction" in a.listed(number_of(w, row)) for row in rows)


@scenario
def test_age_and_sex_come_from_the_row_the_booking_names(w):
    p = w.person(day0=dt.date(2022, 9, 9), born=dt.date(1990, 1, 1), sex="M")
    alias = p.alias_in_prison(w.next_id(), p.first, p.last, dt.date(1992, 1, 1), SEX_CODE="F")
    p.custody(-200, offender=alias)
    p.release(0)
    a = yield
    assert (a.release(p)["age_at_release"], a.release(p)["sex"]) == (30, "Female")


@scenario
def test_sex_is_from_prison_then_probation_and_other_codes_are_not_recorded(w):
    cases = [("M", "F", "Male"), ("F", "M", "Female"), ("NK", "", "Not recorded"), ("REF", "", "Not recorded"), ("", "F", "Female"),
             ("", "N", "Not recorded"), ("", "", None)]  # fmt: skip
    people = [w.released(sex=sex, gender=gender) for sex, gender, _ in cases]
    a = yield
    assert [a.release(p)["sex"] for p in people] == [expected for *_, expected in cases]


@scenario
def test_ethnicity_is_from_probation_then_prison_by_the_first_letter(w):
    cases = [("W1", "B1", "White"), ("M3", "", "Mixed"), ("A9", "", "Asian"), ("B2", "W1", "Black"), ("O9", "", "Other"), ("NS", "", "Not recorded"),
             ("", "B1", "Black"), ("", "NS", "Not recorded"), ("", "MERGE", "Not recorded"), ("", "", None)]  # fmt: skip
    people = [w.released(ethnicity=probation, race=prison) for probation, prison, _ in cases]
    stray, nothing = w.released(race="B1"), w.released(race="")
    for p in (stray, nothing):
        p.probation["ETHNICITY_ID"] = 99999992
    a = yield
    assert [a.release(p)["ethnicity"] for p in (stray, nothing)] == ["Black", "Not recorded"]
    assert [a.release(p)["ethnicity"] for p in people] == [expected for *_, expected in cases]


@scenario
def test_sentence_band_edges_by_the_length_of_the_disposal(w):
    cases = {1: "under 6 months", 182: "under 6 months", 183: "6 to under 12 months", 364: "6 to under 12 months", 365: "1 to under 4 years",
             1460: "1 to under 4 years", 1461: "4 years or more"}  # fmt: skip
    people = {}
    for days in cases:
        people[days] = p = w.person()
        p.custody(-200, length=days)
        p.prison_sentence(-200, 3000)
        p.release(0)
    a = yield
    assert {days: a.release(p)["sentence_band"] for days, p in people.items()} == cases


@scenario
def test_sentence_band_without_a_length_spans_the_sentences_of_the_booking_or_is_unknown(w):
    spanned = w.person()
    spanned.custody(-200, length=None)
    spanned.prison_sentence(-200, -100, seq=1)
    spanned.prison_sentence(-150, -19, seq=2)  # -200 to -19, both days counted: 182
    spanned.release(0)
    longer = w.person()
    longer.custody(-200, length=None)
    longer.prison_sentence(-200, -18)
    longer.release(0)
    unknown = w.person()
    unknown.custody(-200, length=None)
    unknown.release(0)
    a = yield
    assert [a.release(p)["sentence_band"] for p in (spanned, longer, unknown)] == ["under 6 months", "6 to under 12 months", "unknown"]


@scenario
def test_an_indeterminate_sentence_comes_before_any_length(w):
    seed = Path(__file__).parents[2] / "seeds" / "indeterminate_code.csv"
    listed = {r["kind"]: r["code"] for r in csv.DictReader(seed.open())} if seed.exists() else {}
    by_status, by_type, no_longer = w.released(), w.released(), w.released()
    by_status.imprisonment_status(-200, "SENT03", seq=1)
    by_status.imprisonment_status(-100, listed.get("imprisonment_status", "LIFE"), seq=2)
    by_type.prison_sentence(-200, 100, kind=listed.get("sentence_calc_type", "LIFE"))
    no_longer.imprisonment_status(-200, listed.get("imprisonment_status", "LIFE"), seq=1)
    no_longer.imprisonment_status(-100, "SENT03", seq=2)
    a = yield
    assert [a.release(p)["sentence_band"] for p in (by_status, by_type, no_longer)] == ["indeterminate", "indeterminate", "1 to under 4 years"]


@scenario
def test_every_public_code_of_an_indeterminate_sentence_is_known(w):
    received, mixed, legacy, numbered, withdrawn = (w.released() for _ in range(5))
    received.imprisonment_status(-200, "RECEP_IND", seq=1)
    mixed.prison_sentence(-200, 100, kind="LIFE/IPP")
    legacy.prison_sentence(-200, 100, kind="LEGACY")
    numbered.prison_sentence(-200, 100, kind="20")
    withdrawn.prison_sentence(-200, 100, kind="60")
    a = yield
    assert {a.release(p)["sentence_band"] for p in (received, mixed, legacy, numbered, withdrawn)} == {"indeterminate"}


@scenario
def test_a_time_without_a_date_and_other_ways_to_write_a_day_are_read(w):
    clock, slashes, digits = w.person(), w.person(), w.person()
    for p, written, time in ((clock, "%Y-%m-%d", "09:30"), (slashes, "%d/%m/%Y", "{} 09:30:00"), (digits, "%Y%m%d", "{} 09:30:00.0000000")):
        p.custody(-200)
        row = p.leave(0, "CR")
        row["MOVEMENT_DATE"] = p.day0.strftime(written)
        row["MOVEMENT_TIME"] = time.format(row["MOVEMENT_DATE"])
    clock.admit(0, "L", time="09:45:00")
    a = yield
    assert a.reasons(clock) == ["same_day_recall"]
    assert a.release(slashes) is not None
    assert a.release(digits) is not None


@scenario
def test_a_prison_in_no_list_still_releases_people(w):
    p = w.released(prison="QQI")
    w.rows["nomis", "AGENCY_LOCATIONS"][:] = [r for r in w.rows["nomis", "AGENCY_LOCATIONS"] if r["AGY_LOC_ID"] != "QQI"]
    a = yield
    assert a.release(p)["releasing_prison"] == "QQI"


@scenario
def test_licence_is_the_override_of_the_last_calculation_up_to_the_release(w):
    def calculated(*calculations):
        p = w.person()
        p.custody(-200)
        for calculation in calculations:
            p.calculation(**calculation)
        p.release(0)
        p.key_date("LED", 500)
        return p

    cases = [
        (calculated({"day": -10, "led": 100, "override": 120}), 120),
        (calculated({"day": -10, "led": 100}, {"day": 0, "led": 110}), 110),
        (calculated({"day": -10, "led": 100}, {"day": 1, "led": 130}), 100),
        (calculated(), 500),
        (calculated({"day": -20, "led": 100}, {"day": -10}), 500),
    ]
    a = yield
    assert [day(a.release(p)["licence_end_date"]) for p, _ in cases] == [p.on(n) for p, n in cases]
    assert all(a.release(p)["is_on_licence"] is True for p, _ in cases)


@scenario
def test_a_licence_that_ends_on_the_release_date_is_no_licence_and_an_unknown_one_is_unknown(w):
    ends_today, ends_tomorrow, unknown = w.released(licence_end=0), w.released(licence_end=1), w.released(licence_end=None)
    a = yield
    assert [a.release(p)["is_on_licence"] for p in (ends_today, ends_tomorrow, unknown)] == [False, True, None]
    assert a.release(unknown)["licence_end_date"] is None


def paired(w, *probation_days, licence_end=None):
    """A release on day 0 without a prison licence; each probation release sits on its own sentence, licence ending 100, 101, ..."""
    p = w.person()
    p.custody(-200, probation=False)
    p.leave(0, "CR")
    rows = []
    for n, (on, kind) in enumerate(probation_days):
        sentence = p.sentenced(-200)
        p.key_date("LED", 100 + n, sentence)
        rows.append(p.released_by_probation(on, kind, sentence))
    return p, rows


@scenario
def test_a_probation_release_within_three_days_is_the_same_release(w):
    three, four, before, rotl = (paired(w, case)[0] for case in ((3, "ADL"), (4, "ADL"), (-3, "ADL"), (0, "ROTL")))
    a = yield
    assert [day(a.release(p)["licence_end_date"]) for p in (three, four, before, rotl)] == [three.on(100), None, before.on(100), None]


@scenario
def test_the_nearest_probation_release_wins_then_the_higher_id_and_the_rest_is_listed(w):
    nearest, rows = paired(w, (2, "ADL"), (-1, "ADL"))
    tied, tied_rows = paired(w, (1, "ADL"), (-1, "ADL"))
    a = yield
    assert day(a.release(nearest)["licence_end_date"]) == nearest.on(101)
    assert day(a.release(tied)["licence_end_date"]) == tied.on(101)
    assert a.listed(number_of(w, rows[0]))
    assert a.listed(number_of(w, tied_rows[0]))
    assert not a.listed(number_of(w, rows[1]))


@scenario
def test_a_probation_release_between_two_releases_belongs_to_both_and_is_paired_with_the_nearer_then_the_earlier(w):
    between, closer = paired(w, (2, "ADL"))[0], paired(w, (3, "ADL"))[0]
    for p in (between, closer):
        p.admit(1, "I")
        p.leave(4, "CR")
    a = yield
    assert {day(a.release(p, of)["licence_end_date"]) - p.day0 for p in (between, closer) for of in (0, 4)} == {dt.timedelta(days=100)}
    unpaired = "prison_release_unmatched"
    assert [unpaired in a.listed(p=p, of=of) for p, of in ((between, 0), (between, 4), (closer, 0), (closer, 4))] == [False, True, True, False]


def test_every_release_has_twelve_status_rows_and_no_key_comes_twice(answers):
    releases = [r["release_id"] for r in answers.table("fct_release")]
    assert len(set(releases)) == len(releases)
    keys = sorted((r["release_id"], r["domain"], r["day"]) for r in answers.table("fct_release_status"))
    assert keys == sorted((r, d, k) for r in releases for d in ("accommodation", "employment") for k in (0, 28, 42, 91, 182, 274))
    assert {r["release_id"] for r in answers.table("fct_recall")} <= set(releases)
    assert len({r["release_id"] for r in answers.table("fct_recall")}) == len(answers.table("fct_recall"))


def test_evidence_names_files_and_records_that_were_read(answers):
    files = {(r["delivery"], text(r["file"]).rsplit("/", 1)[-1]): r["rows_read"] for r in answers.table("fct_row_account")}
    evidence = answers.table("fct_evidence")
    assert {r["subject_kind"] for r in evidence} - {"due_release"} == {"release", "status", "recall", "claim"}
    beyond = [r for r in evidence if not 1 <= r["row_number"] <= files.get((r["delivery"], text(r["file"]).rsplit("/", 1)[-1]), 0)]
    assert beyond == []

"""Pairs of records that people should look at, and what hangs on them."""

from .scenario import scenario
from .test_persons import claimed

COMPARED = ("name", "born", "home", "sentence", "prison_number", "case_number", "police_number", "record_office_number")


@scenario
def test_a_provider_record_that_is_nobody_for_want_of_a_number_is_to_be_looked_at_with_its_claims(w):
    p, row = claimed(w, crn="", noms_no="")
    _, well_joined = claimed(w)
    a = yield
    pairs = [r for r in a.table("fct_link_review") if row["claim_id"] in f"{r['left_claims']};{r['right_claims']}".split(";")]
    person = a.release(p)["person_id"]
    assert {r["left_person_id"] or r["right_person_id"] for r in pairs} == {person}
    assert {source for r in pairs for source in (r["left_source"], r["right_source"])} == {"nomis", "ndelius", "provider_madeup"}
    for r in pairs:
        assert None in (r["left_person_id"], r["right_person_id"]) and not r["is_one_person"]
        assert [r[f"{name}_agreement"] for name in COMPARED[:2]] == ["agrees", "agrees"]
        assert {r[f"{name}_agreement"] for name in COMPARED[4:]} == {"not known"}
        assert (str(r["money"]), r["outcomes"], r["releases"], r["decision"]) == ("100.00", 1, 1, None)
        files = {r["left_file"], r["right_file"]}
        assert "PERSON.csv" in files and files & {"OFFENDERS.csv", "OFFENDER.csv"}
        assert r["left_record"] < r["right_record"] and r["pair_id"] == f"{r['left_record']}-{r['right_record']}"
    assert not any(well_joined["claim_id"] in f"{r['left_claims']};{r['right_claims']}".split(";") for r in a.table("fct_link_review"))


@scenario
def test_a_case_that_fits_a_prisoner_badly_is_to_be_looked_at_for_the_outcomes_nobody_knows(w):
    """One number, yet another family name and another year of birth."""
    p = w.released(probation=False)
    record = p.on_probation(last="Otherwise", born=p.born.replace(year=p.born.year + 3))
    p.address(-1, "A07B", record=record)
    a = yield
    person = a.release(p)["person_id"]
    (pair,) = [r for r in a.table("fct_link_review") if person in (r["left_person_id"], r["right_person_id"])]
    assert {pair["left_source"], pair["right_source"]} == {"nomis", "ndelius"} and not pair["is_one_person"]
    assert (pair["name_agreement"], pair["born_agreement"], pair["prison_number_agreement"]) == ("agrees partly", "agrees partly", "agrees")
    unknown = [r for r in a.table("fct_release_status") if r["release_id"] == a.release(p)["release_id"] and r["state"] == "unknown"]
    assert pair["outcomes"] == len(unknown) > 0


@scenario
def test_a_doubtful_pair_that_holds_a_person_together_is_to_be_looked_at_and_one_beside_a_surer_link_is_not(w):
    """One number and birth date, and another name: theirs, renamed, or somebody else's under a mistaken number."""
    held = w.released(probation=False)
    held.address(-1, "A07B", record=held.on_probation(first="Unlike", last="Otherwise"))
    sure, row = claimed(w)
    sure.provider_row |= {"first_name": "Unlike", "last_name": "Otherwise", "crn": ""}
    sure.provider_person(first_name="Unlike", last_name="Otherwise")  # the same names, with a CRN
    a = yield
    (pair,) = [r for r in a.table("fct_link_review") if a.release(held)["person_id"] in (r["left_person_id"], r["right_person_id"])]
    assert pair["is_one_person"] and a.status(held, 0) == "settled"
    assert pair["outcomes"] == len(
        [r for r in a.table("fct_release_status") if r["release_id"] == a.release(held)["release_id"] and r["state"] == "observed"]
    )
    pairs = [r for r in a.table("fct_link_review") if a.release(sure)["person_id"] in (r["left_person_id"], r["right_person_id"])]
    assert pairs == [] and a.claim(row)["person_id"] == a.release(sure)["person_id"]


@scenario
def test_pairs_are_ranked_by_money_then_outcomes(w):
    w.released()
    a = yield
    rows = sorted(a.table("fct_link_review"), key=lambda r: r["rank"])
    assert [r["rank"] for r in rows] == list(range(1, len(rows) + 1))
    assert [(r["money"], r["outcomes"]) for r in rows] == sorted(((r["money"], r["outcomes"]) for r in rows), reverse=True)

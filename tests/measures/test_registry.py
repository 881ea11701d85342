"""The registry and the models agree both ways, and the limits and rounding in SQL are those of the vectors."""

import csv
import re
import shutil
from pathlib import Path

import duckdb
import jinja2
import pytest

from expectations import registry as door

REPOSITORY = Path(__file__).parents[2]
MODELS = REPOSITORY / "dbt_project" / "models" / "measures"


def rows(path: Path) -> list[dict]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def macro(file: str):
    """The macros of a portable file, which need nothing of dbt."""
    text = (REPOSITORY / "dbt_project" / "macros" / "portable" / file).read_text(encoding="utf-8")
    return jinja2.Environment().from_string(text).module


@pytest.fixture(scope="module")
def registry() -> list[dict]:
    return rows(REPOSITORY / "seeds" / "measures.csv")


def unioned_kinds() -> set[str]:
    text = (MODELS / "int_measure_person.sql").read_text(encoding="utf-8")
    return set(re.findall(r"'(\w+)'", text.split("%}")[0]))


def test_every_kind_has_its_model_and_every_model_of_a_kind_has_a_measure(registry):
    kinds = {row["kind"] for row in registry}
    assert kinds == unioned_kinds() == set(door.KINDS)
    for kind in kinds:
        assert f"kind = '{kind}'" in (MODELS / f"int_measure_{kind}.sql").read_text() + (MODELS / "int_measure_recalled.sql").read_text()


def words_of(model: str, pattern: str) -> set[str]:
    return set(re.findall(pattern, (MODELS / f"{model}.sql").read_text(encoding="utf-8")))


def test_the_door_of_the_registry_allows_what_the_models_read():
    assert {*door.RELEASES} == words_of("int_measure_cohort", r"'(\w+)' as cohort")
    of_recalls = {kind for kind, columns in door.KINDS.items() if columns["cohort"] == ("recalls",)}
    assert of_recalls == {kind for kind in door.KINDS if "int_measure_recalled" in (MODELS / f"int_measure_{kind}.sql").read_text(encoding="utf-8")}
    for kind in ("share_of_recalls", "median_days"):
        assert {*door.KINDS[kind]["numerator_classes"]} == words_of(f"int_measure_{kind}", r"when '(\w+)' then")
    assert {*door.KINDS["composition"]["split_by"]} == words_of("int_measure_category", r"'(\w+)' as split_by")
    assert {*door.SPLITS} <= {"", *words_of("int_measure_characteristic", r"'(\w+)' as characteristic\b")}


# What is done to the row of a measure, and the sentence it is refused with.
SPOILT = [
    ("M50", {"measure_id": "M51"}, "measure M51: measure_id is M51, which another measure has too; each needs its own"),
    ("M50", {"measure_id": ""}, "measure (no id): measure_id is empty, and has to say something"),
    ("M50", {"kind": "status_on"}, "measure M50: kind is status_on, and has to be status_at, unknown_at, recall_within"),
    ("M50", {"label": ""}, "measure M50: label is empty, and has to say something"),
    ("M50", {"name": "settled_first_night"}, "measure M50: name is settled_first_night, which another measure has too"),
    ("M50", {"numerator_label": ""}, "measure M50: numerator_label is empty, and has to say what is counted"),
    ("M50", {"sentence": "Of {denominator}, {housed}."}, "measure M50: sentence is Of {denominator}, {housed}., and housed stands for nothing; what does is {numerator}"),
    ("M50", {"domain": "recall"}, "measure M50: domain is recall, and has to be accommodation or employment for status_at"),
    ("M71", {"domain": "finance"}, "measure M71: domain is finance, and has to be recall for recall_within"),
    ("M50", {"cohort": "recalls"}, "measure M50: cohort is recalls, and has to be releases, paid_accommodation, paid_employment or paid_custody for status_at"),
    ("M73", {"cohort": "releases"}, "measure M73: cohort is releases, and has to be recalls for composition"),
    ("M50", {"day": "60"}, "measure M50: day is 60, and no status is taken on it; one is on 0, "),
    ("M55", {"day": ""}, "measure M55: day is empty, and no status is taken on it"),
    ("M72_42_competing", {"day": "43"}, "measure M72_42_competing: day is 43, and no status is taken on it"),
    ("M71", {"day": ""}, "measure M71: day is empty, and has to be a whole number of days"),
    ("M76_at_large", {"day": "28"}, "measure M76_at_large: day is 28, and has to be empty for at_large"),
    ("L01", {"day": "0"}, "measure L01: day is 0, and has to be empty for linked"),
    ("M50", {"cohort_day": "274"}, "measure M50: cohort_day is 274, and has to be empty for status_at"),
    ("M71_of_recalls", {"cohort_day": "7"}, "measure M71_of_recalls: cohort_day is 7, and the day is 28; no recall that late is looked at"),
    ("M50", {"clock": "return"}, "measure M50: clock is return, and has to be empty for status_at"),
    ("M71", {"clock": ""}, "measure M71: clock is empty, and has to be revocation or return for recall_within"),
    ("M72_42_competing", {"clock": "return"}, "measure M72_42_competing: clock is return, and has to be revocation for exit_before_recall"),
    ("M50", {"numerator_classes": "settled; temporary"}, "measure M50: numerator_classes is settled; temporary, and ' temporary' is never counted; what can be is settled, "),
    ("M61", {"numerator_classes": "not_available"}, "measure M61: numerator_classes is not_available, and 'not_available' is never counted; what can be is employed, "),
    ("M61", {"numerator_classes": ""}, "measure M61: numerator_classes is empty, and has to be one or more of employed, "),
    ("M71", {"numerator_classes": "settled"}, "measure M71: numerator_classes is settled, and has to be empty for recall_within"),
    ("M77", {"numerator_classes": "rereleased"}, "measure M77: numerator_classes is rereleased, and has to be within_day, rereleased_by_day_28 or at_large for share_of_recalls"),
    ("M76_days_to_recall", {"numerator_classes": "days"}, "measure M76_days_to_recall: numerator_classes is days, and has to be days_to_recall or days_at_large"),
    ("M75", {"split_by": "sex"}, "measure M75: split_by is sex, and has to be empty or first_night_status for recall_within"),
    ("M74", {"split_by": ""}, "measure M74: split_by is empty, and has to be recall_type or recall_reason for composition"),
    ("M50", {"unit": "days"}, "measure M50: unit is days, and has to be share for status_at"),
    ("M76_days_to_recall", {"unit": "share"}, "measure M76_days_to_recall: unit is share, and has to be days for median_days"),
    ("M50", {"direction": "up"}, "measure M50: direction is up, and has to be good, bad or none"),
    ("P06", {"is_payment": "false"}, "measure P06: is_payment is false, and the cohort is paid_accommodation; true goes with a cohort paid_..., false with the others"),
    ("M51", {"is_headline": "true"}, "measure M51: is_headline is true, and another of accommodation is too; one measure stands for a domain"),
    ("M50", {"headline_order": "2"}, "measure M50: headline_order is 2, which another measure has too"),
    ("P06", {"headline_order": "9"}, "measure P06: headline_order is 9, and has to be empty, or a whole number from 1 for a share of releases"),
    ("M50", {"sort_order": "2"}, "measure M50: sort_order is 2, which another measure has too"),
    ("M50", {"sort_order": "first"}, "measure M50: sort_order is first, and has to be a whole number from 1"),
    ("M50", {"valid_from": "2024"}, "measure M50: valid_from is 2024, and has to be a date such as 1900-01-01"),
    ("M50", {"valid_to": "1899-12-31"}, "measure M50: valid_to is 1899-12-31, and has to be empty or a date from 1900-01-01"),
    ("M50", {"verified": "yes"}, "measure M50: verified is yes, and has to be true or false"),
    ("M51", {"part_of": "M62"}, "measure M51: part_of is M62, which is no measure of the cohort releases and the domain accommodation"),
    ("M50", {"adds_up_to": "P06"}, "measure M50: adds_up_to is P06, which is no measure of the cohort releases"),
]  # fmt: skip


def test_no_measure_of_ours_is_refused():
    assert door.refused() == []


@pytest.fixture
def seeds(tmp_path) -> Path:
    return shutil.copytree(door.SEEDS, tmp_path / "seeds", ignore=shutil.ignore_patterns("linkage"))


def write(path: Path, changed: list[dict]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, changed[0])
        writer.writeheader()
        writer.writerows(changed)


@pytest.mark.parametrize(("measure", "change", "told"), SPOILT, ids=[f"{one} {next(iter(change))}" for one, change, _ in SPOILT])
def test_a_measure_that_cannot_be_counted_is_refused_with_a_sentence(seeds, registry, measure, change, told):
    write(seeds / "measures.csv", [row | change if row["measure_id"] == measure else row for row in registry])
    assert any(one.startswith(told) for one in door.refused(seeds)), door.refused(seeds)


def test_a_measure_on_a_new_day_needs_no_more_than_the_day(seeds, registry):
    write(seeds / "measures.csv", [row | {"day": "60"} if row["measure_id"] == "M50" else row for row in registry])
    days = rows(seeds / "status_day.csv")
    write(seeds / "status_day.csv", [*days, days[0] | {"day": "60", "label": "60 days"}])
    assert door.refused(seeds) == []


def test_a_split_that_is_no_breakdown_is_refused(seeds):
    write(seeds / "breakdowns.csv", [row for row in rows(seeds / "breakdowns.csv") if row["characteristic"] != "recall_type"])
    assert door.refused(seeds) == ["measure M73: split_by is recall_type, which is no row of seeds/breakdowns.csv"]


def test_a_refresh_refuses_before_anything_is_landed(tmp_path, monkeypatch):
    from orchestration.settings import Settings
    from orchestration.warehouse.dbt_run import TransformError, manifest

    monkeypatch.setattr(door, "refused", lambda: ["measure M50: day is 60, and no status is taken on it"])
    with pytest.raises(TransformError, match="seeds/measures.csv has measures that cannot be counted:\n  measure M50: day is 60"):
        manifest(Settings(tmp_path / "home", tmp_path / "landing"))
    assert not (tmp_path / "home").exists()


def test_no_model_names_a_measure(registry):
    named = {
        (path.name, row["measure_id"])
        for path in MODELS.glob("*.sql")
        for row in registry
        if re.search(rf"\b{row['measure_id']}\b", path.read_text(encoding="utf-8"))
    }
    assert not named


def test_every_definition_is_a_sentence(registry):
    assert [row["measure_id"] for row in registry if not re.fullmatch(r"[A-Z][^\n]{30,}\.", row["definition"])] == []


def test_every_recall_rate_has_a_twin_on_the_return_clock(registry):
    by_id = {row["measure_id"]: row for row in registry}
    for measure in ("M70", "M71", "M72_42", "M72_274"):
        twin = by_id[f"{measure}_returned"]
        assert (twin["clock"], twin["day"], twin["kind"]) == ("return", by_id[measure]["day"], by_id[measure]["kind"])


def test_every_way_to_split_people_is_a_breakdown():
    breakdowns = {row["characteristic"] for row in rows(REPOSITORY / "seeds" / "breakdowns.csv")}
    assert {"all", "sex", "ethnicity", "age_band", "sentence_band", "sex_x_ethnicity"} <= breakdowns


@pytest.mark.parametrize("vector", rows(Path(__file__).parent / "wilson_vectors.csv"), ids=lambda row: row["label"])
def test_the_interval_is_wilson_without_continuity_correction(vector):
    wilson = macro("wilson.sql")
    number, n = int(vector["number"]), int(vector["denominator"])
    sql = f"select {wilson.wilson_lower('p', 'n', 'z')} * 100, {wilson.wilson_upper('p', 'n', 'z')} * 100"
    lower, upper = duckdb.sql(
        f"{sql} from (select cast({number} as double) / {n} as p, cast({n} as double) as n, 1.959963984540054::double as z)"
    ).fetchall()[0]
    assert lower == pytest.approx(float(vector["lower_percent"]), abs=5e-5)
    assert upper == pytest.approx(float(vector["upper_percent"]), abs=5e-5)
    assert lower <= 100 * number / n <= upper

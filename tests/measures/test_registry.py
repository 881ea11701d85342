"""The registry and the models agree both ways, and the limits and rounding in SQL are those of the vectors."""

import csv
import re
from pathlib import Path

import duckdb
import jinja2
import pytest

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
    assert kinds == unioned_kinds()
    for kind in kinds:
        assert f"kind = '{kind}'" in (MODELS / f"int_measure_{kind}.sql").read_text() + (MODELS / "int_measure_recalled.sql").read_text()


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


def test_every_split_a_measure_names_is_a_breakdown(registry):
    breakdowns = {row["characteristic"] for row in rows(REPOSITORY / "seeds" / "breakdowns.csv")}
    assert {row["split_by"] for row in registry if row["split_by"]} <= breakdowns
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

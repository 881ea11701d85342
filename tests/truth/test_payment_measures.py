"""What became of those for whom a provider was paid, and what would be expected of people like them, counted a second time from an edition's own rows."""

import shutil
from collections import Counter, defaultdict
from pathlib import Path

import duckdb
import pytest

from tests.compiled import dbt

# Outcome -> domain, day, the classes that count and those that do not (rules section 12).
OUTCOMES = {
    "P06": ("accommodation", 0, {"homeless_rough", "homeless_other"}, {"settled", "temporary"}),
    "P07": ("accommodation", 91, {"settled"}, {"temporary", "homeless_rough", "homeless_other"}),
    "P08": ("employment", 42, {"employed"}, {"unemployed", "education"}),
}


@pytest.mark.parametrize("least", [10, 1])
def test_outcomes_after_paid_tasks_and_what_is_expected_are_those_of_the_releases_behind_the_claims(small_home: Path, tmp_path: Path, least: int) -> None:
    shutil.copy(small_home / "work" / "warehouse.duckdb", tmp_path / "warehouse.duckdb")
    if least != 10:
        with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as con:
            con.execute("update seeds.threshold set value = ? where threshold = 'case_mix_least_events'", [least])
        dbt(tmp_path, tmp_path / "warehouse.duckdb", "run", "--select", "int_payment_outcome", "int_payment_release", "fct_payment_measure")
    shown, told = _shown_and_told(tmp_path / "warehouse.duckdb", least)
    assert shown == told and len(shown) > 20
    # A small nation has too few of each kind of people, unless one event is enough.
    assert any(expected is not None for _, _, expected in told.values()) == (least == 1)


def _shown_and_told(warehouse: Path, least: int) -> tuple[dict, dict]:
    """By outcome, provider and year: how many count, of how many, and how many are expected; of the warehouse, and as counted here."""
    con = duckdb.connect(str(warehouse), read_only=True)

    def rows(table: str, columns: str) -> list[tuple]:
        return con.execute(f"select {columns} from {table}").fetchall()

    ages = rows("seeds.age_band", "age_band, age_from, coalesce(age_to, 999)")
    year, kinds = {}, {}
    for release, day, age, sex, sentence, kind in rows("marts.fct_release", "release_id, release_date, age_at_release, sex, sentence_band, release_type"):
        band = next((name for name, low, high in ages if age is not None and low <= age <= high), None)
        year[release] = day.year - (day.month < 4)
        kinds[release] = [(band, sex), (band, sex, sentence or "unknown"), (band, sex, sentence or "unknown", kind)]
    claims = rows("marts.fct_claim", "provider, release_id, domain, is_paid, waterfall")
    held = {(release, domain, day): official for release, domain, day, official, state in rows("marts.fct_release_status", "release_id, domain, day, official_class, state") if state == "observed"}  # fmt: skip
    shown = {
        (measure, place, period.year): (numerator, denominator, expected)
        for measure, cohort, grain, period, kind, place, numerator, denominator, expected in rows(
            "measures.fct_payment_measure", "measure_id, cohort, period_grain, period_start, geography_kind, geography_id, numerator, denominator, expected"
        )
        if measure in OUTCOMES and cohort == "paid" and grain == "year" and kind == "provider" and denominator
    }
    told = {}
    for measure, (domain, day, good, bad) in OUTCOMES.items():
        answer = {release: one in good for release in year if (one := held.get((release, domain, day))) in good | bad}
        of_year = defaultdict(list)
        for release in answer:
            of_year[year[release]].append(release)
        chance: dict[str, float] = {}
        for released in of_year.values():
            events = min(Counter(answer[one] for one in released)[which] for which in (True, False))
            close = [n for n in range(3) if len({kinds[one][n] for one in released}) * least <= events]
            if close:
                alike = defaultdict(list)
                for one in released:
                    alike[kinds[one][close[-1]]].append(answer[one])
                chance |= {one: sum(alike[kinds[one][close[-1]]]) / len(alike[kinds[one][close[-1]]]) for one in released}
        of_provider = defaultdict(set)
        for provider, release, of, is_paid, stands in claims:
            if is_paid and stands == "tested" and of == domain and release in answer and provider:
                of_provider[provider, year[release]].add(release)
        for (provider, when), released in of_provider.items():
            expected = [chance.get(one) for one in released]
            told[measure, provider, when] = (
                sum(answer[one] for one in released), len(released), None if None in expected else pytest.approx(sum(expected))
            )  # fmt: skip
    return shown, told

"""What a refresh does not run again: the unit tests of models and the tests of seeds, run against the tables of a built home."""

import json
import shutil
from collections import Counter

from orchestration.warehouse.dbt_run import SEEDS
from tests.compiled import dbt


def test_every_model_and_every_seed_is_what_its_tests_say(inspection_home, tmp_path):
    shutil.copy(inspection_home / "work" / "warehouse.duckdb", tmp_path / "warehouse.duckdb")
    target = dbt(tmp_path, tmp_path / "warehouse.duckdb", "test", "--select", "test_type:unit", f"fqn:gatehouse.{SEEDS}")
    results = json.loads((target / "run_results.json").read_text())["results"]
    results = [result for result in results if not result["unique_id"].startswith("operation.")]
    ran = Counter(result["unique_id"].split(".")[0] for result in results)
    assert ran["unit_test"] >= 20 and ran["test"] >= 90, ran
    assert {result["status"] for result in results} == {"pass"}

"""What a refresh does not run again: the unit tests of models and the tests of seeds, run against the tables of a built home."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter

from orchestration.warehouse.dbt_run import SEEDS
from tests.conftest import REPOSITORY


def test_every_model_and_every_seed_is_what_its_tests_say(inspection_home, tmp_path):
    shutil.copy(inspection_home / "work" / "warehouse.duckdb", tmp_path / "warehouse.duckdb")
    done = subprocess.run(
        [sys.executable, "-P", str(REPOSITORY / "orchestration" / "warehouse" / "dbt_process.py"), "test", "--select", "test_type:unit",
         f"fqn:gatehouse.{SEEDS}", "--profiles-dir", ".", "--log-path", str(tmp_path / "logs")],
        cwd=REPOSITORY / "dbt_project", capture_output=True, text=True,
        env=os.environ | {"GATEHOUSE_WAREHOUSE": str(tmp_path / "warehouse.duckdb"), "DBT_TARGET_PATH": str(tmp_path / "target"), "DO_NOT_TRACK": "1", "DBT_LOG_LEVEL_FILE": "info"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:]
    results = json.loads((tmp_path / "target" / "run_results.json").read_text())["results"]
    results = [result for result in results if not result["unique_id"].startswith("operation.")]
    ran = Counter(result["unique_id"].split(".")[0] for result in results)
    assert ran["unit_test"] >= 20 and ran["test"] >= 90, ran
    assert {result["status"] for result in results} == {"pass"}

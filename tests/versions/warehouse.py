"""A warehouse as far as staging: the door, landing and the staging models of one as-of day, without the rest of a refresh."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

import duckdb

from orchestration.landing import land
from tests.conftest import REPOSITORY


def build(landing: Path, base: Path, as_of: dt.date, models: list[str]) -> duckdb.DuckDBPyConnection:
    """Lands and stages; the files are kept and typed once for all the days asked for below `base`."""
    warehouse = base / f"{as_of}.duckdb"
    result = land(landing, base / "home", as_of, warehouse, lambda _: None)
    assert not result.refused, [(f.delivery_id, f.file, f.reason) for f in result.refused]
    done = subprocess.run(
        [sys.executable, "-P", str(REPOSITORY / "orchestration" / "dbt_step.py"), "build", "--exclude-resource-type", "test", "unit_test",
         "--select", *(f"+{model}" for model in models), "--profiles-dir", ".", "--vars", f"{{as_of: {as_of}}}",
         "--log-path", str(base / "logs")],
        cwd=REPOSITORY / "dbt_project", capture_output=True, text=True,
        env=os.environ | {"GATEHOUSE_WAREHOUSE": str(warehouse), "DBT_TARGET_PATH": str(base / "target"), "DO_NOT_TRACK": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:]
    return duckdb.connect(str(warehouse), read_only=True)

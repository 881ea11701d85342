"""A warehouse as far as staging: the door, landing and the staging models on many as-of days, without the rest of a refresh."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb

from orchestration.landing.land import land
from orchestration.landing.schema import write_as_of
from tests.conftest import REPOSITORY

RECORDS = 10_000_000_000  # what the number of a file counts in a pointer
SEED = REPOSITORY / "seeds" / "pseudo_postcode.csv"


class Staging:
    """The staging models, compiled once by dbt. Starting dbt for every as-of day would take far longer than the models do."""

    def __init__(self, base: Path, models: list[str]):
        self.base = base
        done = subprocess.run(
            [sys.executable, "-P", str(REPOSITORY / "orchestration" / "warehouse" / "dbt_process.py"), "compile", "--select", *models,
             "--profiles-dir", ".", "--log-path", str(base / "logs")],
            cwd=REPOSITORY / "dbt_project", capture_output=True, text=True,
            env=os.environ | {"GATEHOUSE_WAREHOUSE": str(base / "warehouse.duckdb"), "DBT_TARGET_PATH": str(base / "target"), "DO_NOT_TRACK": "1"},
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-4000:]
        graph = json.loads((base / "target" / "manifest.json").read_text())["nodes"]
        nodes = {uid: node for uid, node in graph.items() if node["resource_type"] == "model" and node["name"] in models}
        self._sql: dict[str, str] = {}
        while len(self._sql) < len(nodes):
            for uid, node in nodes.items():
                parents = {graph[parent]["name"] for parent in node["depends_on"]["nodes"] if parent in nodes}
                if node["name"] not in self._sql and parents <= set(self._sql):
                    self._sql[node["name"]] = (base / "target" / "compiled" / "gatehouse" / node["original_file_path"]).read_text()

    def build(self, landing: Path, as_of: dt.date, home: str = "home") -> dict[str, list[tuple[str, str, int]]]:
        """Model -> (delivery, file, record number) of its rows. Files are kept and typed once for all days of one `home`."""
        warehouse = self.base / "warehouse.duckdb"
        warehouse.unlink(missing_ok=True)
        result = land(landing, self.base / home, as_of, warehouse, lambda _: None)
        assert not result.refused, [(f.delivery_id, f.file, f.reason) for f in result.refused]
        write_as_of(warehouse, as_of)
        with duckdb.connect(str(warehouse)) as con:
            con.execute(f"create schema staging; create schema seeds; create table seeds.pseudo_postcode as from read_csv('{SEED}')")
            for model, sql in self._sql.items():
                con.execute(f"create table staging.{model} as {sql}")
            named = f"landing.delivery on file_number = _pointer // {RECORDS}"
            query = f"select delivery_id, file, _pointer % {RECORDS} from staging.{{}} left join {named}"
            return {model: sorted(con.execute(query.format(model)).fetchall()) for model in self._sql}

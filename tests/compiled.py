"""Models as dbt compiles them, to be run on tables made here: starting dbt for every case would take far longer than the models do."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
from filelock import FileLock

from orchestration.settings import DBT_PROJECT as PROJECT
from orchestration.settings import QUIET, Settings
from orchestration.warehouse.dbt_run import DBT_STEP, manifest


def project_read(folder: Path) -> Path:
    """The target folder, below `folder`, with the project as dbt has read it: once for all tests and refreshes."""
    settings = Settings(folder, folder / "landing")
    with FileLock(Path(tempfile.gettempdir()) / f"gatehouse-{settings.dbt_target.name}.lock"):
        return manifest(settings).parent


def dbt(folder: Path, warehouse: Path, *arguments: str) -> Path:
    """Run dbt on `warehouse` as a refresh does; its target folder, below `folder`."""
    target = project_read(folder)
    done = subprocess.run(
        [sys.executable, "-P", str(DBT_STEP), *arguments, "--profiles-dir", str(PROJECT), "--log-path", str(folder / "logs")],
        cwd=PROJECT, capture_output=True, text=True,
        env=os.environ | QUIET | {"GATEHOUSE_WAREHOUSE": str(warehouse), "DBT_TARGET_PATH": str(target)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:]
    return target


class Models:
    """What `selected` (of dbt's --select) holds, in an order in which it can be built."""

    def __init__(self, base: Path, *selected: str):
        self.base = base
        target = dbt(base, base / "warehouse.duckdb", "compile", "--select", *selected)
        graph = json.loads((target / "manifest.json").read_text())["nodes"]
        chosen = {line["unique_id"] for line in json.loads((target / "run_results.json").read_text())["results"]}
        waiting = {uid: graph[uid] for uid in sorted(chosen) if graph[uid]["resource_type"] == "model"}
        self._nodes: dict[str, dict] = {}
        while waiting:
            for uid, node in list(waiting.items()):
                if not set(node["depends_on"]["nodes"]) & set(waiting):
                    self._nodes[node["name"]] = waiting.pop(uid)
        self._compiled = target / "compiled" / "gatehouse"

    def build(self, con: duckdb.DuckDBPyConnection, *names: str) -> None:
        """Make the models `names`, or all, in the catalog `warehouse` that `con` uses, in dbt's schemas."""
        for name, node in self._nodes.items():
            if names and name not in names:
                continue
            made = f"{node['config']['schema']}.{name}"
            con.execute(f"create schema if not exists {node['config']['schema']}")
            if node["language"] == "python":
                rows = python_model(PROJECT / node["original_file_path"])(NoDbt(), con)
                con.register("made", rows)
                con.execute(f"create or replace table {made} as from made")
                con.unregister("made")
            else:
                kind = "view" if node["config"]["materialized"] == "view" else "table"
                con.execute(f"create or replace {kind} {made} as {(self._compiled / node['original_file_path']).read_text()}")

    def resting_on(self, *names: str) -> list[str]:
        """The models that read tables of landing or models called `names`, and all that rest on those, in an order in which they can be built."""
        touched = {f"{kind}.gatehouse.{name}" for name in names for kind in ("source", "model")}
        for node in self._nodes.values():
            if touched & set(node["depends_on"]["nodes"]):
                touched.add(node["unique_id"])
        return [name for name, node in self._nodes.items() if node["unique_id"] in touched]

    def __iter__(self):
        return iter(self._nodes)


class NoDbt:
    """Stands for what dbt hands to a Python model: here the tables are there already."""

    def config(self, **_: object) -> None: ...

    def ref(self, _: str) -> None: ...

    def source(self, *_: str) -> None: ...


def python_model(path: Path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.model

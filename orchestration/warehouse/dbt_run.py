"""dbt as Dagster assets and asset checks: builds everything after the landing schema, the linkage of persons included."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, DbtProject, dbt_assets

from expectations import registry
from ground.log import without_values
from orchestration.failure import only_type_and_step
from orchestration.settings import DBT_PROJECT, Settings, say
from orchestration.warehouse.patches import NothingAskedTwice, count_assets_once, version_no_tables

DBT_STEP = Path(__file__).with_name("dbt_process.py")
BAD = ("error", "fail", "runtime error", "partial success")
# The tests of seeds judge the code, as unit tests do, not a refresh: both belong to `make test`.
SEEDS = "seeds"
STEP = "warehouse"
BUILD = ("build", "--exclude-resource-type", "unit_test")
RESULTS = "run_results.json"


class TransformError(Exception):
    """The dbt project cannot be read, or a model or test failed. The text names it and says what to do."""


class Dbt(NothingAskedTwice, DbtCliResource):
    """The installed dbt-core, run through dbt_process.py."""


class AfterLanding(DagsterDbtTranslator):
    """Dagster's own names, grouped by layer; what depends on nothing, such as a seed, waits for landing, which makes the warehouse file anew."""

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> dg.AssetSpec:
        spec = super().get_asset_spec(manifest, unique_id, project)
        spec = spec.replace_attributes(group_name=spec.key.path[0])
        return spec if list(spec.deps) else spec.replace_attributes(deps=[dg.AssetKey(["landing", "delivery"])])


def dbt_resource() -> Dbt:
    return Dbt(
        project_dir=str(DBT_PROJECT),
        profiles_dir=str(DBT_PROJECT),
        dbt_executable=sys.executable,
        # -P: this folder's module names must not hide others in the child process.
        global_config_flags=["-P", str(DBT_STEP)],
    )


def manifest(settings: Settings) -> Path:
    """manifest.json of the dbt project as it is now; parsed when its files have changed. Raises TransformError, also where the registry
    has a measure that cannot be counted: before anything is landed, whoever starts the run."""
    if wrong := registry.refused():
        raise TransformError("seeds/measures.csv has measures that cannot be counted:\n  " + "\n  ".join(wrong))
    made = settings.dbt_target / "manifest.json"
    if made.exists():
        return made
    part = settings.dbt_target.with_name(f".{settings.dbt_target.name}.{os.getpid()}")
    shared = DBT_PROJECT / "target" / settings.dbt_target.name
    if (shared / "manifest.json").exists():
        shutil.copytree(shared, part)
        return _put(part, settings.dbt_target) / "manifest.json"
    say("dbt: its project is new or has changed: reading it")
    command = [sys.executable, "-P", str(DBT_STEP), "--quiet", "parse", "--profiles-dir", str(DBT_PROJECT)]
    environment = {**os.environ, "DBT_TARGET_PATH": str(part), "DBT_LOG_PATH": str(part)}
    # dbt resolves the paths of seeds and tests against where it runs.
    done = subprocess.run(command, cwd=DBT_PROJECT, env=environment, capture_output=True, text=True)
    if done.returncode or not (part / "manifest.json").exists():
        shutil.rmtree(part, ignore_errors=True)
        raise TransformError(f"the dbt project cannot be read: {without_values(done.stdout + done.stderr)[-2000:].strip()}")
    try:  # for the next home; from a project that cannot be written to, each home reads for itself
        shutil.copytree(part, shared.with_name(part.name))
        _put(shared.with_name(part.name), shared)
    except OSError:
        say("dbt: what was read cannot be kept for other homes")
    return _put(part, settings.dbt_target) / "manifest.json"


def _put(part: Path, place: Path) -> Path:
    """Move the folder `part` to `place`, unless another process was first: what it has read is the same."""
    try:
        os.replace(part, place)
    except OSError:
        shutil.rmtree(part, ignore_errors=True)
    return place


def warehouse_assets(settings: Settings) -> dg.AssetsDefinition:
    """One asset for each seed and model, one asset check for each dbt test, all in one run of dbt."""

    graph = json.loads(manifest(settings).read_text())
    count_assets_once()
    version_no_tables()

    @dbt_assets(
        manifest=graph,
        name=STEP,
        exclude=f"fqn:gatehouse.{SEEDS}",
        dagster_dbt_translator=AfterLanding(),
        required_resource_keys={"dbt", "home_lock"},
    )
    def warehouse(context: dg.AssetExecutionContext):
        yield from only_type_and_step(context.op_execution_context.op.name, build(context))

    def build(context: dg.AssetExecutionContext) -> Iterator[Any]:
        (settings.dbt_target / RESULTS).unlink(missing_ok=True)
        arguments = [*BUILD, *not_this_folder(graph, {key.path[-1] for key in context.selected_asset_keys})]
        total = len(context.selected_asset_keys) + len(context.selected_asset_check_keys)
        say(f"dbt: {total} tables and tests to build")
        invocation = context.resources.dbt.cli(arguments, context=context, target_path=settings.dbt_target, raise_on_error=False)
        last, done = time.monotonic(), 0
        for event in invocation.stream():
            done += 1
            if time.monotonic() - last > 2:
                say(f"dbt: {done} of {total}")
                last = time.monotonic()
            yield event
        judge(settings, context.op_execution_context.op.name, invocation.process.wait())

    return warehouse


def build_again(settings: Settings, dbt: Dbt) -> None:
    """Build everything once more, after a delivery was held. What Dagster has been told of tables and checks stays that of the first
    build; the manifest counts the checks of this one. Raises dg.Failure."""
    (settings.dbt_target / RESULTS).unlink(missing_ok=True)
    say("dbt: building everything again")
    arguments = [*BUILD, "--exclude", f"fqn:gatehouse.{SEEDS}"]
    invocation = dbt.cli(arguments, target_path=settings.dbt_target, raise_on_error=False).wait()
    judge(settings, STEP, invocation.process.returncode)


def judge(settings: Settings, step: str, code: int) -> None:
    """Keep which tests the dbt that has just ended with `code` ran and which failed. Raises dg.Failure, which says why it failed."""
    results = settings.dbt_target / RESULTS
    if not results.exists():
        raise dg.Failure(f"dbt stopped before it built anything. Its log: {settings.dbt_target / 'dbt.log'}", allow_retries=False)
    outcomes = json.loads(results.read_text())["results"]
    tests = {r["unique_id"]: r["status"] for r in outcomes if r["unique_id"].startswith("test.")}
    report = {
        "executed": sorted(name for name, status in tests.items() if status != "skipped"),
        "failed": sorted(name for name, status in tests.items() if status in (*BAD, "warn")),
    }
    (settings.checks / f"{step}.json").write_text(json.dumps(report))
    if code != 0:
        raise dg.Failure(why_dbt_failed(outcomes, settings.dbt_target), allow_retries=False)


def tests_of_a_refresh(graph: dict[str, Any]) -> set[str]:
    """The dbt tests that every refresh runs, by unique id."""
    return {name for name, node in graph["nodes"].items() if node["resource_type"] == "test" and node["fqn"][1] != SEEDS}


def not_this_folder(graph: dict[str, Any], selected: set[str]) -> list[str]:
    """Arguments that keep dbt from building a whole folder of models because a seed of the same name is selected.

    Dagster selects by qualified name, and dbt reads `gatehouse.measures` as the seed and as everything in models/measures.
    """
    models = [node["fqn"] for node in graph["nodes"].values() if node["resource_type"] == "model"]
    needed = {fqn[1] for fqn in models if fqn[-1] in selected}
    folders = sorted({fqn[1] for fqn in models if fqn[1] in selected} - needed)
    return [word for folder in folders for word in ("--exclude", f"gatehouse.{folder}.*")]


def why_dbt_failed(outcomes: list[dict[str, Any]], target: Path) -> str:
    """Which models and tests failed, in the order of the build, with a hint for each. No value of a row is repeated."""
    lines = []
    for result in outcomes:
        if result["status"] not in BAD:
            continue
        kind, _, name = result["unique_id"].split(".")[:3]
        message = without_values(result.get("message") or "").strip()
        if kind == "test":
            lines.append(f"test {name} failed: {message}\n  hint: its SQL under {target / 'compiled'} lists the rows at fault")
        else:
            lines.append(f"{kind} {name} failed: {message}\n  hint: correct the {kind}, then run `gatehouse refresh` again")
    return "\n".join(lines) or f"dbt failed without naming a table. Its log: {target / 'dbt.log'}"

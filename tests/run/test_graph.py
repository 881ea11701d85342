"""The asset graph: what Dagster loads, and that every way to start a refresh starts the same job."""

from __future__ import annotations

import runpy

import dagster as dg
import pytest

from expectations.contract import declared_tables
from expectations.published import may_leave
from orchestration import settings as place
from orchestration.landing.assets import DOOR

MODELS, SEEDS = place.DBT_PROJECT / "models", place.REPOSITORY / "seeds"


@pytest.fixture(scope="session")
def defs(inspection_home, inspection_landing):
    from orchestration.definitions import load

    return load(place.Settings(inspection_home, inspection_landing))


def keys(defs) -> set[str]:
    return {key.to_user_string() for key in defs.resolve_all_asset_keys()}


def test_every_table_is_an_asset_of_its_name_and_there_are_no_others(defs):
    landing = {f"landing/{name}" for name in (*(table.landing_name for table in declared_tables()), *DOOR)}
    models = {f"{path.relative_to(MODELS).parts[0]}/{path.stem}" for path in MODELS.rglob("*") if path.suffix in (".sql", ".py")}
    seeds = {f"seeds/{path.stem}" for path in SEEDS.rglob("*.csv")}
    steps = {"fetched/delivery", "linkage/held_delivery", "published/edition"}
    assert keys(defs) == landing | models | seeds | steps


def test_every_published_table_is_an_asset_of_that_name(defs):
    assert {table.model.replace(".", "/") for table in may_leave()} <= keys(defs)


def test_every_delivered_table_has_its_check_and_its_freshness(defs):
    graph = defs.resolve_asset_graph()
    for table in declared_tables():
        key = dg.AssetKey(["landing", table.landing_name])
        assert dg.AssetCheckKey(key, "delivery_is_acceptable") in graph.asset_check_keys
        assert graph.get(key).freshness_policy is not None


def test_dbt_tests_are_asset_checks(defs):
    graph = defs.resolve_asset_graph()
    assert dg.AssetCheckKey(dg.AssetKey(["marts", "fct_release"]), "relationships_fct_release_releasing_prison__prison__ref_dim_prison_") in graph.asset_check_keys


def test_schedule_sensor_and_command_line_start_the_same_job(defs):
    assert [job.name for job in defs.jobs] == ["refresh"]
    (schedule,), (sensor,) = defs.schedules, defs.sensors
    assert schedule.job_name == "refresh" and sensor.job_name == "refresh"
    everything = set(defs.resolve_all_asset_keys()) - {k for k in defs.resolve_all_asset_keys() if not defs.resolve_asset_graph().get(k).is_materializable}
    assert set(defs.resolve_job_def("refresh").asset_layer.executable_asset_keys) == everything


def test_whoever_only_imports_the_definitions_touches_no_home(tmp_path, monkeypatch):
    monkeypatch.setenv("GATEHOUSE_HOME", str(tmp_path / "home"))
    assert "defs" in runpy.run_module("orchestration.definitions")
    assert list(tmp_path.iterdir()) == []


def test_a_refresh_by_hand_is_in_the_run_history_of_the_ui(inspection_home, monkeypatch):
    monkeypatch.setenv("DAGSTER_HOME", str(inspection_home / "dagster"))
    with dg.DagsterInstance.get() as instance:
        runs = instance.get_runs()
        assert {run.job_name for run in runs} == {"refresh"}
        assert not instance.telemetry_enabled and not instance.nux_enabled


def test_the_sensor_waits_until_nothing_more_arrives(tmp_path, inspection_home):
    from orchestration.definitions import landing_sensor

    landing = tmp_path / "landing"
    landing.mkdir()
    job = dg.define_asset_job("refresh")
    sensor = landing_sensor(place.Settings(inspection_home, landing), job)

    def look(cursor):
        context = dg.build_sensor_context(cursor=cursor)
        return sensor(context), context.cursor

    said, cursor = look(None)
    assert isinstance(said, dg.SkipReason) and cursor is None
    (landing / "OFFENDERS.csv").write_text("half a fi")
    said, cursor = look(cursor)
    assert isinstance(said, dg.SkipReason)
    said, cursor = look(cursor)
    assert isinstance(said, dg.RunRequest) and said.run_key == cursor


def test_an_error_nobody_foresaw_is_told_by_type_and_step_only():
    from orchestration.failure import only_type_and_step

    def work():
        yield dg.Output(1)
        try:
            raise KeyError("Invented Person")
        except KeyError as error:
            raise ValueError("born 1900-01-01") from error

    @dg.op
    def step():
        yield from only_type_and_step("linkage", work())

    @dg.job
    def job():
        step()

    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(instance=instance, raise_on_error=False)
        logged = str([entry for entry in instance.all_logs(result.run_id)])
    assert "step linkage stopped on ValueError" in logged
    assert "Invented Person" not in logged and "1900-01-01" not in logged

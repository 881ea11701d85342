"""Each patch of dbt and of Dagster still changes what it is meant to change. Where upstream has moved, one of these fails: take the patch
out, or fit it anew."""

import inspect
import subprocess
import sys

import dagster as dg
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster_dbt import DbtCliResource

from orchestration.warehouse.dbt_run import dbt_resource
from tests.conftest import REPOSITORY

# In a process of its own: the patches are for good. How often a debug event is worded before and after, and whether a warning still is.
WORDED = """
from dbt_common.events.base_types import EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.events.types import Note
from orchestration.warehouse import patches

worded = []
Note.message = lambda self: worded.append(self) or "told"

def is_worded(level):
    worded.clear()
    Note.level_tag = lambda self: level
    EventManager().fire_event(Note(msg="told"))
    return bool(worded)

print(is_worded(EventLevel.DEBUG), is_worded(EventLevel.WARN))
patches.drop_debug_events()
print(is_worded(EventLevel.DEBUG), is_worded(EventLevel.WARN))
"""

KEYS = """
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from orchestration.warehouse import patches

one = DuckDBCredentials(path="one.duckdb", schema="main")
before = one._connection_keys()
patches.read_once_for_all_homes()
after = one._connection_keys()
print(sorted(set(before) - set(after)), len(before) - len(after))
"""


def ran(program: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_debug_events_that_no_logger_takes_are_dropped_before_they_are_worded_and_warnings_are_not():
    assert ran(WORDED) == ["True True", "False True"]


def test_the_path_of_the_warehouse_and_nothing_else_is_left_out_of_what_makes_a_project():
    assert ran(KEYS) == ["['path'] 1"]


def test_dagster_is_told_the_version_of_dbt_and_makes_no_adapter_of_its_own(monkeypatch):
    for name, does in (("_cli_version", "--version"), ("_initialize_dbt_core_adapter", "register_adapter")):
        inherited = inspect.getattr_static(DbtCliResource, name)
        assert does in inspect.getsource(getattr(inherited, "func", inherited)), f"{name}: upstream no longer does what is patched"
    monkeypatch.setattr("dagster_dbt.core.resource.check_output", lambda *_, **__: b"dbt 9.9.9")
    ours = dbt_resource()
    assert ours._cli_version.major == 1 and ours._initialize_dbt_core_adapter([]) is None


def test_what_dagster_keeps_of_a_run_is_kept_open_and_plain_dagster_reads_it(inspection_home, monkeypatch):
    monkeypatch.setenv("DAGSTER_HOME", str(inspection_home / "dagster"))
    with dg.DagsterInstance.get() as instance:
        (run,) = instance.get_runs()
        store = instance.event_log_storage
        assert type(store).__name__ == "KeptOpen", "dagster.yaml no longer decides on the store of events"
        told = [record.event_log_entry for record in store.get_records_for_run(run.run_id).records]
    plain = SqliteEventLogStorage(str(inspection_home / "dagster" / "history" / "runs"))
    assert told and [record.event_log_entry for record in plain.get_records_for_run(run.run_id).records] == told


def test_a_run_opens_its_file_of_events_once(tmp_path, monkeypatch):
    from orchestration import run_history

    opened = []
    make = run_history.create_engine
    monkeypatch.setattr(run_history, "create_engine", lambda *a, **k: opened.append(a) or make(*a, **k))
    store = run_history.KeptOpen(str(tmp_path))
    for _ in range(3):
        for shard in ("index", "invented-run"):
            with store._connect(shard):
                pass
    assert len(opened) == 2
    with store._connect("another-run"):
        pass
    assert sorted(store._engines) == ["another-run", "index"], "no more than the index and one run are held open"
    store.dispose()

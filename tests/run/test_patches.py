"""Each patch of dbt and of Dagster still changes what it is meant to change. Where upstream has moved, one of these fails: take the patch
out, or fit it anew."""

import inspect
import subprocess
import sys

import dagster as dg
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster_dbt import DbtCliResource

from orchestration.warehouse import patches
from orchestration.warehouse.dbt_run import dbt_resource
from tests.conftest import REPOSITORY

# In a process of its own, for the patches are for good: dbt's events, with two logs set up as for a refresh.
EVENTS = """
import os, tempfile
from types import SimpleNamespace
os.environ["DBT_ENV_SECRET_INVENTED"] = "hush"
from dbt.events.logging import setup_event_logger
from dbt_common.events import base_types, functions
from dbt_common.events.base_types import EventLevel
from dbt_common.events.event_manager_client import get_event_manager
from dbt_common.events.types import Note
from orchestration.warehouse import patches

parts = dict(LOG_LEVEL="info", LOG_LEVEL_FILE="info", LOG_FORMAT="json", LOG_FORMAT_FILE="json", LOG_FILE_MAX_BYTES=0)
parts |= dict.fromkeys(("QUIET", "DEBUG", "USE_COLORS", "USE_COLORS_FILE", "LOG_CACHE_EVENTS"), False)
setup_event_logger(SimpleNamespace(LOG_PATH=tempfile.mkdtemp(), **parts))
lines = [logger._python_logger.handlers[0] for logger in get_event_manager().loggers]
for line in lines:
    line.emit = lambda record, line=line: written.append(record.getMessage())
parse, to_dict, word = base_types.ParseDict, functions.msg_to_dict, Note.message
written, built, worded, worked_out = [], [], [], []
base_types.ParseDict = lambda given, message: built.append(given) or parse(given, message)
functions.msg_to_dict = lambda msg: worked_out.append(msg) or to_dict(msg)
Note.message = lambda self: worded.append(self) or word(self)

def fire(level):
    written.clear(), built.clear(), worded.clear(), worked_out.clear()
    Note.level_tag = lambda self: level
    get_event_manager().fire_event(Note(msg="a hush told"))
"""
# How often a debug event is built and worded, and whether a warning still is.
DROPPED = (
    EVENTS
    + """
for patch in (lambda: None, patches.drop_debug_events):
    patch()
    for level in (EventLevel.DEBUG, EventLevel.WARN):
        fire(level)
        print(level.value, bool(built), bool(worded), len(written))
Note.level_tag = lambda self: EventLevel.DEBUG
print(Note(msg="looked at").msg)
"""
)
# How often a line is worked out, and that it is the same in both logs, without secrets.
ONCE = (
    EVENTS
    + """
for patch in (lambda: None, patches.word_events_once):
    patch()
    fire(EventLevel.INFO)
    print(len(worked_out), len(written), len(set(written)), "hush" in written[0], "a ***** told" in written[0])
"""
)

# Of five dictionaries of macros the first that has a name counts.
MACROS = """
from dbt.context.macros import MacroNamespace
from orchestration.warehouse import patches

def found():
    return MacroNamespace({"a": 1, "b": 1}, {"a": 2}, {"a": 3, "b": 3, "c": 3, "d": 3}, {"d": 4, "e": 4})

before, calls = dict(found()), []
patches.find_macros_once()
search = MacroNamespace._search_order
MacroNamespace._search_order = lambda self: calls.append(self) or search(self)
after = dict(found())
print(before == after, before["a"], before["b"], before["d"], len(found()) == len(before), len(calls))
"""

EMPTY = """
from dbt_common.clients import agate_helper
from orchestration.warehouse import patches

before = agate_helper.empty_table(), agate_helper.empty_table()
patches.answer_nothing_once()
after = agate_helper.empty_table(), agate_helper.empty_table()
print(before[0] is before[1], after[0] is after[1], len(after[0].rows), len(after[0].columns))
"""

MANIFEST = """
import tempfile
from pathlib import Path
from dbt.parser import manifest
from dbt.task import runnable
from orchestration.warehouse import patches

class Read:
    def write(self, path):
        written.append(path)
        Path(path).touch()

manifest.add_artifact_produced = manifest.write_semantic_manifest = lambda *_, **__: None
for patch in (lambda: None, patches.write_manifest_once):
    patch()
    written, folder = [], tempfile.mkdtemp()
    for of in (manifest, runnable):
        of.write_manifest(Read(), folder)
    print(len(written))
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


def test_debug_events_that_no_log_takes_are_neither_built_nor_worded_and_warnings_are():
    before, after = ["debug True True 0", "warn True True 2"], ["debug False False 0", "warn True True 2"]
    assert ran(DROPPED) == [*before, *after, "looked at"]


def test_a_line_for_two_logs_is_worked_out_once_and_holds_no_secret():
    assert ran(ONCE) == ["2 2 1 False True", "1 2 1 False True"]


def test_macros_of_one_name_are_found_in_the_same_order_in_one_look():
    assert ran(MACROS) == ["True 2 1 4 True 2"]


def test_what_a_statement_without_an_answer_answers_is_made_once():
    assert ran(EMPTY) == ["False True 0 0"]


def test_what_was_read_of_the_project_is_written_once():
    assert ran(MANIFEST) == ["2", "1"]


def test_the_path_of_the_warehouse_and_nothing_else_is_left_out_of_what_makes_a_project():
    assert ran(KEYS) == ["['path'] 1"]


def test_dagster_is_told_the_version_of_dbt_and_makes_no_adapter_of_its_own(monkeypatch):
    for name, does in (("_cli_version", "--version"), ("_initialize_dbt_core_adapter", "register_adapter")):
        inherited = inspect.getattr_static(DbtCliResource, name)
        assert does in inspect.getsource(getattr(inherited, "func", inherited)), f"{name}: upstream no longer does what is patched"
    monkeypatch.setattr("dagster_dbt.core.resource.check_output", lambda *_, **__: b"dbt 9.9.9")
    ours = dbt_resource()
    assert ours._cli_version.major == 1 and ours._initialize_dbt_core_adapter([]) is None


def test_dagster_counts_the_tables_of_a_step_once(monkeypatch):
    counted = []

    class Counting:
        @property
        def asset_and_check_keys(self):
            counted.append(self)
            return {"a table"}

        def get_output_asset_keys(self):
            counted.append(self)
            return {"a table"}

    for of in ("dagster.AssetsDefinition", "dagster._core.execution.context.system.StepExecutionContext"):
        monkeypatch.setattr(of, Counting)
    patches.count_assets_once()
    patches.count_assets_once()
    for one in (Counting(), Counting()):
        assert one.asset_and_check_keys == one.asset_and_check_keys == one.get_output_asset_keys() == one.get_output_asset_keys() == {"a table"}
    assert len(counted) == 4


def test_dagster_makes_out_no_versions_of_tables(inspection_home, monkeypatch):
    from dagster._core.execution.context import data_version_cache
    from dagster._core.execution.plan import execute_step

    assert "self.is_external_input_asset_version_info_loaded = True" in inspect.getsource(data_version_cache), "upstream no longer does what is patched"
    assert "step_context.is_external_input_asset_version_info_loaded" in inspect.getsource(execute_step._get_output_asset_events)
    monkeypatch.setenv("DAGSTER_HOME", str(inspection_home / "dagster"))
    with dg.DagsterInstance.get() as instance:
        (run,) = instance.get_runs()
        kept = instance.event_log_storage.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION).records
    assert len(kept) > 300 and not any(one.asset_materialization.tags for one in kept), "versions of tables are made out again"


def test_what_dagster_keeps_of_a_run_is_kept_open_and_plain_dagster_reads_it(inspection_home, monkeypatch):
    monkeypatch.setenv("DAGSTER_HOME", str(inspection_home / "dagster"))
    with dg.DagsterInstance.get() as instance:
        (run,) = instance.get_runs()
        store = instance.event_log_storage
        assert type(store).__name__ == "KeptOpen", "dagster.yaml no longer decides on the store of events"
        told = [record.event_log_entry for record in store.get_records_for_run(run.run_id).records]
        for name in ("asset_key_index_columns", "no such index"):
            assert store.has_secondary_index(name) == store.has_secondary_index(name) == (name != "no such index")
        assert store.has_asset_key_index_cols() and store.can_read_asset_status_cache() and not store.has_asset_key_col("no such column")
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

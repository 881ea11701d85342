"""What tests share: one home, built once through the command line from the invented inspection world."""

from __future__ import annotations

import gc
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import ModuleType
from unittest import mock

import pytest
from filelock import FileLock

from edition.folder import Edition, current

REPOSITORY = Path(__file__).resolve().parents[1]
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


# Folders whose files take longest. A file stays with one worker, and none of these should be left alone at the end.
# Transport waits more than it works: beside refreshes, which ask for more than their processor, and not at the end.
LONG = ("truth", "transport", "versions", "run", "change_costs", "decisions", "golden", "small_world")


# Files that wait for a home which another makes: at the beginning one worker would stand still meanwhile.
WAITING = ("test_rights.py", "test_graph.py", "test_patches.py", "test_payment_worlds.py", "test_planted_faults.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def turn(item: pytest.Item) -> int:
        folder = item.path.parent.name
        return LONG.index(folder) if folder in LONG and item.path.name not in WAITING else len(LONG)

    items.sort(key=turn)


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: looking for rubbish in it again and again took an eighth of the tests of pages, decisions and links."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


# Each command runs in a process of its own, forked from one that has imported what commands import: that is a fifth of a small refresh.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    ["dagster", "dagster._core.storage.event_log", "dagster_dbt", "dbt.contracts.graph.manifest", "dbt.graph.cli", "great_expectations",
     "orchestration.cli", "orchestration.landing.land", "orchestration.linkage.thresholds", "orchestration.publishing.publish"]
)  # fmt: skip


def gatehouse(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command line of this working copy to its end."""
    if arguments[:1] == ("refresh",):
        _read_project()
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        process = FORKS.Process(target=_command, args=([*map(str, arguments)], dict(os.environ), out, err))
        # Nothing of the main module is needed there, and AppTest puts a page in its place.
        with mock.patch.dict(sys.modules, {"__main__": ModuleType("__main__")}):
            process.start()
        process.join()
        return subprocess.CompletedProcess(arguments, process.exitcode, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))


@cache
def _read_project() -> None:
    """Two refreshes that begin together would each have dbt read the whole project."""
    from tests.compiled import project_read

    with tempfile.TemporaryDirectory() as folder:
        project_read(Path(folder))


def _command(arguments: list[str], environment: dict[str, str], out: Path, err: Path) -> None:
    for path, of in ((out, 1), (err, 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), of)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(REPOSITORY)
    from orchestration.cli import main

    main(arguments, prog_name="gatehouse")


def made_once(tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that all workers of one test run share: whoever asks first has it made, the others wait. Not to be written to."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with FileLock(base / f"{name}.lock"):
        if not (base / f"{name}.made").exists():
            (base / name).mkdir()
            make(base / name)
            (base / f"{name}.made").touch()
    return base / name


def edition_of(home: Path) -> Edition:
    """The edition in force in a home."""
    return current(home)


def file_of(home: Path, table: str, side: str = "restricted") -> Path:
    """The Parquet file of a table of the edition in force."""
    (path,) = current(home).files(table, side)
    return path


@pytest.fixture(scope="session")
def inspection_landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The inspection world as deliveries. Not to be written to."""

    def make(folder: Path) -> None:
        done = gatehouse("generate", "--inspection", "--out", folder / "landing")
        assert done.returncode == 0, done.stderr

    return made_once(tmp_path_factory, "inspection", make) / "landing"


@pytest.fixture(scope="session")
def inspection_home(tmp_path_factory: pytest.TempPathFactory, inspection_landing: Path) -> Path:
    """A home with one edition of the inspection world. Not to be written to: copy it first."""

    def make(folder: Path) -> None:
        done = gatehouse("refresh", "--landing", inspection_landing, "--home", folder / "home")
        assert done.returncode == 0, done.stderr

    return made_once(tmp_path_factory, "inspected", make) / "home"

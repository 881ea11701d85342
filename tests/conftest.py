"""What tests share: one home, built once through the command line from the invented inspection world."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from filelock import FileLock

from edition.folder import Edition, current

REPOSITORY = Path(__file__).resolve().parents[1]
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


# Folders whose files take longest. A file stays with one worker, and none of these should be left alone at the end.
LONG = ("truth", "versions", "run", "change_costs", "decisions", "golden", "small_world")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: LONG.index(item.path.parent.name) if item.path.parent.name in LONG else len(LONG))


def gatehouse(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command line of this working copy to its end."""
    return subprocess.run(
        [sys.executable, "-m", "orchestration.cli", *map(str, arguments)], cwd=REPOSITORY, capture_output=True, text=True
    )


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

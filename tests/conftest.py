"""What tests share: one home, built once through the command line from the invented inspection world."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edition.folder import Edition, current

REPOSITORY = Path(__file__).resolve().parents[1]
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


def gatehouse(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command line of this working copy to its end."""
    return subprocess.run(
        [sys.executable, "-m", "orchestration.cli", *map(str, arguments)], cwd=REPOSITORY, capture_output=True, text=True
    )


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
    landing = tmp_path_factory.mktemp("inspection") / "landing"
    done = gatehouse("generate", "--inspection", "--out", landing)
    assert done.returncode == 0, done.stderr
    return landing


@pytest.fixture(scope="session")
def inspection_home(inspection_landing: Path) -> Path:
    """A home with one edition of the inspection world. Not to be written to: copy it first."""
    home = inspection_landing.parent / "home"
    done = gatehouse("refresh", "--landing", inspection_landing, "--home", home)
    assert done.returncode == 0, done.stderr
    return home

"""What tests of linkage share: its models, compiled once, and for the slow ones a small invented nation and its home, refreshed once."""

import pytest

from tests.compiled import Models
from tests.conftest import gatehouse


@pytest.fixture(scope="session")
def linkage(tmp_path_factory) -> Models:
    return Models(tmp_path_factory.mktemp("linkage"), "tag:linkage")


@pytest.fixture(scope="session")
def nation(tmp_path_factory):
    """A folder with `landing`, `landing-truth` and `home`. Not to be written to, but for new folders."""
    folder = tmp_path_factory.mktemp("nation")
    assert gatehouse("generate", "--out", folder / "landing", "--releases", 700, "--seed", 5).returncode == 0
    done = gatehouse("refresh", "--landing", folder / "landing", "--home", folder / "home")
    assert done.returncode == 0, done.stderr
    return folder

"""What the slow tests of linkage share: a small invented nation and its home, refreshed once."""

import pytest

from tests.conftest import gatehouse


@pytest.fixture(scope="session")
def nation(tmp_path_factory):
    """A folder with `landing`, `landing-truth` and `home`. Not to be written to, but for new folders."""
    folder = tmp_path_factory.mktemp("nation")
    assert gatehouse("generate", "--out", folder / "landing", "--releases", 700, "--seed", 5).returncode == 0
    done = gatehouse("refresh", "--landing", folder / "landing", "--home", folder / "home")
    assert done.returncode == 0, done.stderr
    return folder

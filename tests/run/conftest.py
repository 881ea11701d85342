"""What tests of running a home share."""

import pytest

from tests.run.small_home import furnish


@pytest.fixture
def home(tmp_path):
    """A small home with something of everything that is kept."""
    return furnish(tmp_path / "home")

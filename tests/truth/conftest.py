"""Nations with their truth, and one refresh of a small one for the fast tests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import gatehouse, made_once
from worlds.nation import build_nation
from worlds.nation.world import World


def refreshed(landing: Path, home: Path, as_of: object = None) -> Path:
    """Refresh `home` from `landing` through the command line; fails the test when nothing was published."""
    done = gatehouse("refresh", "--landing", landing, "--home", home, *(("--as-of", as_of) if as_of else ()))
    assert done.returncode == 0, done.stderr[-3000:]
    return home


@dataclass(frozen=True)
class Nation:
    """Invented deliveries, and what is true of them. Not to be written to."""

    out: Path

    @property
    def truth_folder(self) -> Path:
        return self.out.with_name(f"{self.out.name}-truth")


def generated(tmp_path_factory: pytest.TempPathFactory, name: str, *how: object) -> Nation:
    def make(folder: Path) -> None:
        done = gatehouse("generate", "--out", folder / "landing", *how)
        assert done.returncode == 0, done.stderr[-3000:]

    return Nation(made_once(tmp_path_factory, name, make) / "landing")


@pytest.fixture(scope="session")
def small_nation(tmp_path_factory: pytest.TempPathFactory) -> Nation:
    return generated(tmp_path_factory, "small_nation", "--releases", 1000)


@pytest.fixture(scope="session")
def small_home(tmp_path_factory: pytest.TempPathFactory, small_nation: Nation) -> Path:
    """A home with one edition of the small nation. Not to be written to."""
    return made_once(tmp_path_factory, "small_home", lambda folder: refreshed(small_nation.out, folder / "home")) / "home"


@pytest.fixture(scope="session")
def tiny_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one edition of the tiny worlds to which everything was delivered. Not to be written to."""
    from tests.truth.payment.cases import CASES
    from tests.truth.payment.worlds import AS_OF, write

    def make(folder: Path) -> None:
        cases = [(n, case) for n, case in enumerate(CASES, start=1) if case.group == "all"]
        refreshed(write(folder / "landing", cases).landing, folder / "home", AS_OF)

    return made_once(tmp_path_factory, "tiny_worlds", make) / "home"


@pytest.fixture(scope="session")
def planted_nation(tmp_path_factory: pytest.TempPathFactory) -> Nation:
    """Honest providers, and every fault and pair that can be planted."""
    return generated(tmp_path_factory, "planted_nation", "--releases", 300, "--seed", 5, "--honest", "--faults")


@pytest.fixture(scope="session")
def planted_home(tmp_path_factory: pytest.TempPathFactory, planted_nation: Nation) -> Path:
    """A home with one edition of the planted nation. Not to be written to."""
    return made_once(tmp_path_factory, "planted_home", lambda folder: refreshed(planted_nation.out, folder / "home")) / "home"


@pytest.fixture(scope="session", params=[11, 12, 13], ids="seed {}".format)
def large_nation(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Path]:
    """20,000 releases with ordinary providers, and a home with one edition of them. For slow tests; not to be written to."""
    folder = tmp_path_factory.mktemp(f"nation_{request.param}")
    world = World(folder / "landing", seed=request.param, releases=20_000)
    build_nation(world)
    world.con.close()
    return world, refreshed(world.out, folder / "home")

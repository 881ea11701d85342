"""The generated nation: lives first, then what was bought for them, then the truth."""

from __future__ import annotations

from pathlib import Path

from orchestration.worlds.nation.interim import publish_interim
from orchestration.worlds.nation.lives import simulate_lives
from orchestration.worlds.nation.world import World, write_manifests


def write_nation(out: Path, releases: int, seed: int, faults: bool = False) -> None:
    """Write an invented nation's deliveries to `out` and its truth beside it. The same seed gives the same bytes.

    releases: how many releases the pipeline should find at the last day. Raises FileExistsError when `out` is not empty.
    """
    world = World(out, seed, releases, faults=faults)
    simulate_lives(world)
    publish_interim(world)
    write_manifests(world)

"""The generated nation: lives first, then what was bought for them, then the truth."""

from __future__ import annotations

from pathlib import Path

from orchestration.worlds.nation.community import simulate_community
from orchestration.worlds.nation.faults import plant_faults
from orchestration.worlds.nation.home_records import record_homes
from orchestration.worlds.nation.lives import publish_lives, simulate_lives
from orchestration.worlds.nation.prison import deliver_prison
from orchestration.worlds.nation.prison_records import record_prison
from orchestration.worlds.nation.probation import deliver_probation
from orchestration.worlds.nation.probation_records import record_probation
from orchestration.worlds.nation.purchase import purchase
from orchestration.worlds.nation.truth import work_out_truth, write_truth
from orchestration.worlds.nation.world import World, write_manifests


def write_nation(out: Path, releases: int, seed: int, faults: bool = False) -> None:
    """Write an invented nation's deliveries to `out` and its truth beside it. The same seed gives the same bytes.

    releases: how many releases the pipeline should find at the last day. Raises FileExistsError when `out` is not empty.
    """
    build_nation(World(out, seed, releases, faults=faults))


def build_nation(world: World) -> None:
    """Fill a new world: its lives, deliveries and truth, all written."""
    simulate_lives(world)
    simulate_community(world)
    record_probation(world)
    record_homes(world)
    record_prison(world)
    deliver_prison(world)
    deliver_probation(world)
    work_out_truth(world, world.last_day)
    publish_lives(world)
    purchase(world)
    if world.faults:
        plant_faults(world)
    write_manifests(world)
    write_truth(world)

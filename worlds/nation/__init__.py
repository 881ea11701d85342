"""The generated nation: lives first, then what was bought for them, then the truth."""

from __future__ import annotations

from pathlib import Path

from worlds.nation.community import simulate_community
from worlds.nation.faults import plant_faults
from worlds.nation.home_records import record_homes
from worlds.nation.lives import publish_lives, simulate_lives
from worlds.nation.pairs import plant_pairs
from worlds.nation.prison import deliver_prison
from worlds.nation.prison_records import record_prison
from worlds.nation.probation import deliver_probation
from worlds.nation.probation_records import record_probation
from worlds.nation.purchase import purchase
from worlds.nation.truth import work_out_truth, write_truth
from worlds.nation.world import World, write_manifests


def write_nation(out: Path, releases: int, seed: int, faults: bool = False, honest: bool = False) -> None:
    """Write an invented nation's deliveries to `out` and its truth beside it. The same seed gives the same bytes.

    releases: how many releases the pipeline should find at the last day. honest: the providers do what they are paid for and bill no more;
    faults: faults are planted, each with the result that the product must give it. Raises FileExistsError when `out` is not empty.
    """
    build_nation(World(out, seed, releases, faults=faults, honest=honest))


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
        plant_pairs(world)
    write_manifests(world)
    write_truth(world)

"""Where an invented nation is written to."""

from __future__ import annotations

from pathlib import Path

from worlds.nation.world import World


def test_a_nation_can_be_written_below_a_folder_that_is_not_there_yet_even_where_it_does_not_fit_into_memory(tmp_path: Path) -> None:
    world = World(tmp_path / "not" / "there" / "yet" / "landing", seed=1, releases=10)
    world.con.execute("set memory_limit = '60MB'; set threads = 1")
    spilled = "select max(n) from (select hash(range) as h, row_number() over (order by hash(range)) as n from range(6000000))"
    assert world.con.execute(spilled).fetchall() == [(6_000_000,)]

"""One world, one refresh, for every scenario that was collected."""

import pytest

from tests.conftest import made_once

from .answers import Answers, refresh
from .builder import World
from .scenario import write_all

WATERMARK = "2024-12-31"


def furnish(w: World) -> None:
    """An ordinary person with a record in every event table, so that every domain has its watermark whatever else is run."""
    p = w.released()
    p.prison_sentence(-200, 400)
    p.imprisonment_status(-200, "SENT03")
    p.address(-1, "A07B")
    p.employment(-1)
    p.prison_address(-1, "DPH")
    p.key_date("LED", 400)
    p.recall(60, returned=65, fixed_term=28)
    p.checklist(-1, photo="Y")
    p.claim(-10, w.task("MADEUP-ACC", "accommodation"), w.contract("CTR-MADEUP", "MADEUP", kind="other"), paid="100.00")
    w.task("MADEUP-EMP", "employment")
    w.task("MADEUP-FIN", "finance")
    w.task("MADEUP-FAM", "family")
    w.task("MADEUP-ACC-COM", "accommodation", "community")


@pytest.fixture(scope="session")
def answers(tmp_path_factory):
    w = World()
    furnish(w)
    # Every worker writes the same world, for each scenario waits in the middle of its own telling; one refresh answers all.
    write_all(w)
    base = made_once(tmp_path_factory, "small_world", lambda base: refresh(w.write(base / "landing", WATERMARK), base / "home"))
    return Answers(base / "home")

"""The inspection-sample world: 100 invented people, 96 of them released, whose deliveries give back the 2023 tables."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from orchestration.worlds.ledger import Ledger
from orchestration.worlds.lives import LAST_DELIVERY
from orchestration.worlds.plants import world
from orchestration.worlds.prison import write_prison
from orchestration.worlds.probation import write_probation

EARLY_DELIVERY = date(2023, 3, 31)


def write_inspection_world(out: Path) -> None:
    """Write the deliveries to `<out>/<source>/<complete_to>/<TABLE>.csv`, full ones, always the same bytes.

    nomis and ndelius are complete to 31 March and to 30 June 2023, the others to 30 June. Raises OSError if `out`
    cannot be written.
    """
    ledger = Ledger({"nomis": (EARLY_DELIVERY, LAST_DELIVERY), "ndelius": (EARLY_DELIVERY, LAST_DELIVERY)})
    people = world()
    write_prison(ledger, people)
    write_probation(ledger, people)
    ledger.write(out)

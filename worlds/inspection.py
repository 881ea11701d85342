"""The inspection-sample world: 100 invented people, 96 of them released, whose deliveries give back the 2023 tables."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from worlds.ledger import Ledger
from worlds.lives import LAST_DELIVERY
from worlds.plants import world
from worlds.prison import write_prison
from worlds.probation import write_probation
from worlds.purchasing import PROVIDERS, write_purchasing
from worlds.referrals import write_accommodation, write_referrals

EARLY_DELIVERY = date(2023, 3, 31)


def write_inspection_world(out: Path) -> None:
    """Write the deliveries to `<out>/<source>/<complete_to>/<TABLE>.csv`, full ones, always the same bytes.

    nomis and ndelius are complete to 31 March and to 30 June 2023, the others to 30 June. Raises OSError if `out`
    cannot be written.
    """
    late_only = ("contracts", "refer_and_monitor", "cas", *(f"provider_{code}" for code in PROVIDERS))
    ledger = Ledger({"nomis": (EARLY_DELIVERY, LAST_DELIVERY), "ndelius": (EARLY_DELIVERY, LAST_DELIVERY),
                     **{source: (LAST_DELIVERY,) for source in late_only}})
    people = world()
    write_prison(ledger, people)
    write_probation(ledger, people)
    write_purchasing(ledger, people, write_referrals(ledger, people))
    write_accommodation(ledger, people)
    ledger.write(out)

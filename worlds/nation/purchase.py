"""The nation, second half: what was bought around each release, claimed for and paid, and what else the providers and boards hold."""

from __future__ import annotations

from worlds.nation.claims import claim_and_pay, claim_truth, write_claims
from worlds.nation.contracts import agree, open_periods, write_register
from worlds.nation.provider import keep_records, write_records
from worlds.nation.services import write_services
from worlds.nation.temperament import set_temperament
from worlds.nation.work import do_work
from worlds.nation.world import World

__all__ = ["claim_truth", "purchase"]


def purchase(world: World) -> None:
    """Simulate and deliver what was bought: contracts, provider_<code>, refer_and_monitor, cas, oasys, workforce, inspection, other.

    Reads schema `life`; leaves what happened in schema `buy` and the truth of the claims on the last day in truth.fct_claim.
    """
    world.con.execute("create schema buy")
    set_temperament(world)
    agree(world)
    open_periods(world)
    do_work(world)
    keep_records(world)
    claim_and_pay(world)
    senders = [sender for (sender,) in world.con.execute("select distinct sender from buy.work order by sender").fetchall()]
    write_register(world)
    write_records(world, senders)
    write_claims(world, senders)
    write_services(world)
    claim_truth(world)

"""The step after the warehouse is built and before anything is published: may its links stand, or must a delivery be held?

It comes after the whole build, because a delivery is seldom held: an ordinary refresh starts dbt once.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import duckdb

from orchestration.failure import only_type_and_step
from orchestration.landing.assets import Asked, load_deliveries
from orchestration.settings import Settings, say
from orchestration.warehouse.dbt_run import build_again

HELD = dg.AssetKey(["linkage", "held_delivery"])
CHECK = "nothing_is_held"
# What the step reads in the warehouse.
READ = ("landing.delivery", "linkage.link_change_limit", "linkage.link_hold", "linkage.link_new_file")


def held_asset(settings: Settings) -> dg.AssetsDefinition:
    @dg.asset(
        key=HELD,
        deps=[dg.AssetKey(table.split(".")) for table in READ],
        group_name="linkage",
        description="One row per delivery that is held, because it would change who is who for too many people. Where the links just made "
        "show that one must be, the warehouse is built again without it.",
        check_specs=[
            dg.AssetCheckSpec(
                CHECK,
                asset=HELD,
                description="No delivery is held; else each with the reason. docs/how-to.md, A delivery is held, says what to do.",
            )
        ],
        required_resource_keys={"asked", "dbt", "home_lock"},
    )
    def held_delivery(context: dg.AssetExecutionContext):
        yield from only_type_and_step("held_delivery", judged(context.resources.dbt, context.resources.asked))

    def judged(dbt: Any, asked: Asked) -> Iterator[Any]:
        from orchestration.linkage.held import hold_what_changes_too_many
        from orchestration.linkage.history import HistoryError

        try:
            # Each build can show one delivery more; the next goes without it.
            while told := hold_what_changes_too_many(settings.warehouse, settings.home):
                say(f"linkage: {told}")
                say("linkage: once more without it; docs/how-to.md, A delivery is held, says what to do")
                load_deliveries(settings, asked)
                build_again(settings, dbt)
        except HistoryError as error:
            raise dg.Failure(str(error), allow_retries=False) from None
        held = held_now(settings)
        yield dg.MaterializeResult(asset_key=HELD, metadata={"held": len(held)})
        yield dg.AssetCheckResult(
            asset_key=HELD,
            check_name=CHECK,
            passed=not held,
            # Not blocking: what is published stands without it.
            severity=dg.AssetCheckSeverity.ERROR,
            metadata=held,
        )

    return held_delivery


def held_now(settings: Settings) -> dict[str, str]:
    """Why, by delivery, for those of which something is held in the warehouse."""
    with duckdb.connect(str(settings.warehouse), read_only=True) as con:
        return dict(
            con.execute("select distinct delivery_id, reason from landing.delivery where reason like 'held: %' order by delivery_id").fetchall()
        )

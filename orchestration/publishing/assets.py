"""The last step of a run: what may leave is published."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import dagster as dg
from dagster_dbt.asset_utils import default_asset_key_fn

from orchestration.failure import only_type_and_step
from orchestration.settings import Settings, say
from orchestration.warehouse.held import HELD

# What publishing reads in the warehouse beside the tables that leave and the names and numbers of people that must not.
READ = (
    "landing.deleted_key", "landing.delivery", "landing.run", "linkage.link_brought", "linkage.link_evidence", "linkage.link_hold", "linkage.link_record",
    "linkage.person_change", "linkage.person_link", "measures.int_measure_printed", "seeds.disclosure_change", "seeds.published_grid",
    "seeds.threshold",
)  # fmt: skip


def edition_asset(settings: Settings, graph: dict[str, Any]) -> dg.AssetsDefinition:
    from expectations.published import IDENTIFIERS, NAMES, may_leave

    published = {table.model for table in may_leave()}
    read = {*READ, *(f"landing.{table}" for table, *_ in (*IDENTIFIERS, *NAMES))}
    deps = [HELD, *(dg.AssetKey(table.split(".")) for table in sorted(read))]
    deps += [
        default_asset_key_fn(node)
        for node in graph["nodes"].values()
        if node["resource_type"] == "model" and f"{node['config']['schema']}.{node['name']}" in published
    ]

    @dg.asset(
        key=["published", "edition"],
        deps=deps,
        group_name="published",
        description="The folder of the edition: what may leave, checked at the exit door, with its manifest; the pointer then names it.",
        required_resource_keys={"home_lock"},
    )
    def edition(context: dg.AssetExecutionContext):
        yield from only_type_and_step("edition", publish_edition(context))

    def publish_edition(context: dg.AssetExecutionContext) -> Iterator[Any]:
        from orchestration.publishing.publish import PublishError, publish

        started = context.instance.get_run_record_by_id(context.run.run_id).create_timestamp
        try:
            edition_id = publish(settings, started.astimezone(), say)
        except PublishError as error:
            raise dg.Failure(str(error), allow_retries=False) from None
        taken = None
        # An edition made to be compared has a home of its own, and what people decide may still be in the same database.
        if not settings.is_of_thresholds:
            taken = bring_cases_up_to_date(settings, edition_id, context.run.run_id, started)
        yield dg.MaterializeResult(metadata={"edition_id": edition_id, **({"payment_cases": taken} if taken is not None else {})})

    return edition


def bring_cases_up_to_date(settings: Settings, edition_id: str, run_id: str, started: datetime) -> dict[str, int] | None:
    """Hold the payment cases against an edition that is published; returns how many took each step. It is published whatever happens here:
    where they cannot be, that is said, None is returned, and the next refresh sees to it."""
    from decisions.case_edition import results
    from decisions.case_records import Run
    from decisions.case_run import apply_run
    from decisions.store import DecisionError, StoreError
    from edition.access import Use
    from edition.folder import EditionError, edition
    from edition.rights import the_product
    from sign_in.identity import account

    now = started.astimezone()
    try:
        made = edition(settings.home, edition_id)
        run = Run(run_id, edition_id, date.fromisoformat(made.as_of), now.replace(tzinfo=None, microsecond=0))
        use = Use(made, now, the_product(account()), "refresh: payment cases held against the results")
        taken = apply_run(settings.home, run, results(made, use))
    except (DecisionError, StoreError, EditionError) as error:
        why = str(error)
    except Exception as error:  # whatever it is, the edition is there; what it says may quote a record
        why = type(error).__name__
    else:
        if taken:
            say(f"payment cases: {', '.join(f'{n:,} {what}' for what, n in taken.items())}")
        return taken
    say(f"payment cases: warning: the edition is published, and its payment cases are as they were before: {why}. The next refresh sees to them")
    return None

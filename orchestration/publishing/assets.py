"""The last step of a run: what may leave is published."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
from dagster_dbt.asset_utils import default_asset_key_fn

from orchestration.failure import only_type_and_step
from orchestration.settings import Settings, say
from orchestration.warehouse.held import HELD

# What publishing reads in the warehouse beside the tables that leave and the names and numbers of people that must not.
READ = (
    "landing.deleted_key", "landing.delivery", "landing.run", "linkage.link_brought", "linkage.link_evidence", "linkage.link_hold", "linkage.link_record",
    "linkage.person_change", "linkage.person_link", "seeds.threshold",
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
        yield dg.MaterializeResult(metadata={"edition_id": edition_id})

    return edition

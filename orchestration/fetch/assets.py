"""The first step of a run: what has come since the last one."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import dagster as dg

from orchestration.failure import only_type_and_step
from orchestration.landing.assets import DECISIONS, FETCHED
from orchestration.settings import Settings, say


def fetched_asset(settings: Settings) -> dg.AssetsDefinition:
    """What has come from the sources declared in sources.yml, and what people decided. One that is down fails the check; the refresh
    goes on."""

    @dg.asset(
        key=FETCHED,
        group_name="landing",
        description="Files that came into the landing folder in this run: from the sources declared in sources.yml, and from the decisions store.",
        check_specs=[
            dg.AssetCheckSpec(
                "sources_answered",
                asset=FETCHED,
                description="Every declared source, and the decisions store, was there and gave all it had; else the reason.",
            )
        ],
        required_resource_keys={"home_lock"},
    )
    def fetched(context: dg.AssetExecutionContext):
        yield from only_type_and_step("fetched", fetch_deliveries(context))

    def fetch_deliveries(context: dg.AssetExecutionContext) -> Iterator[Any]:
        from decisions import case_delivery
        from decisions.store import StoreError, deliver, has_store

        accounts: list[Any] = []
        if settings.sources.exists():
            from orchestration.fetch.transport import fetch

            started = context.instance.get_run_record_by_id(context.run.run_id).create_timestamp
            accounts = fetch(settings, started.isoformat(timespec="seconds"), say)
        told: dict[str, dg.MetadataValue] = {account.source: dg.MetadataValue.json(asdict(account)) for account in accounts}
        why_not = {account.source: account.why_not for account in accounts if not account.is_complete}
        if has_store(settings.home):
            try:
                told[DECISIONS] = dg.MetadataValue.int(deliver(settings.home, settings.landing) + case_delivery.deliver(settings.home, settings.landing))
            except StoreError as error:
                # What was delivered of it before is kept, and goes on counting.
                why_not[DECISIONS] = str(error)
                say(f"fetch: warning: {error}; decisions made since the last refresh are left out")
        yield dg.MaterializeResult(asset_key=FETCHED, metadata=told)
        yield dg.AssetCheckResult(
            asset_key=FETCHED,
            check_name="sources_answered",
            passed=not why_not,
            severity=dg.AssetCheckSeverity.ERROR,
            metadata=why_not,
        )

    return fetched

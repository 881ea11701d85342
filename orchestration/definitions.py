"""Everything Dagster loads: the assets, one job `refresh` over all of them, its schedule and its sensor.

Asset = table: [fetched, delivery] -> [landing, <source>__<table>] -> dbt [everything between] -> [published, edition].
"""

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt.asset_utils import default_asset_key_fn

from orchestration import settings as place
from orchestration.failure import only_type_and_step
from orchestration.settings import say
from orchestration.warehouse import dbt_run as transform

CHECK = "delivery_is_acceptable"
DECISIONS = "decisions"
FETCHED = dg.AssetKey(["fetched", "delivery"])
# A refresh is due every day; a delivery's own age is its watermark, which `gatehouse status` shows.
FRESHNESS = dg.FreshnessPolicy.time_window(fail_window=timedelta(days=3), warn_window=timedelta(days=2))

# What the landing door keeps beside the tables that were delivered.
DOOR = {
    "delivery": "One row per file that came, with its hash, its verdict and its rows.",
    "record": "One row per record of an accepted file, with the hash of what it holds.",
    "rejected_row": "One row per record the parser could not read, with the reason.",
    "finding": "One row per cell that was emptied or is odd, and was loaded all the same.",
    "deleted_key": "One row per key that a delivery of changes names as deleted.",
    "quarantined_row": "One row per row set aside, with its reason.",
    "run": "One row: the as-of day, up to which everything is known.",
}


class Delivered(dg.Config):
    """`as_of`: ISO date; what was delivered complete to a later day is not seen. Empty: the latest day delivered that is not
    after `today`, an ISO date that the command line fills in. Empty: the day Dagster made the run."""

    as_of: str | None = None
    today: str | None = None


def load(settings: place.Settings) -> dg.Definitions:
    """The definitions for one home. Parses the dbt project if it has changed. Raises transform.TransformError."""
    graph = json.loads(transform.manifest(settings).read_text())
    refresh = dg.define_asset_job(
        "refresh", selection=dg.AssetSelection.all(), description="Check, load, link, build, publish.", executor_def=dg.in_process_executor
    )
    return dg.Definitions(
        assets=[
            fetched_asset(settings),
            landing_assets(settings, graph),
            transform.warehouse_assets(settings),
            edition_asset(settings, graph),
        ],
        jobs=[refresh],
        schedules=[
            dg.ScheduleDefinition(
                name="every_morning",
                job=refresh,
                cron_schedule="0 5 * * *",
                execution_timezone="Europe/London",
                description="A refresh at five in the morning. Off until switched on here.",
            )
        ],
        sensors=[landing_sensor(settings, refresh)],
        resources={"dbt": transform.dbt_resource(), "home_lock": home_lock(settings)},
        # Two processes cannot write to one DuckDB file.
        executor=dg.in_process_executor,
    )


def home_lock(settings: place.Settings) -> dg.ResourceDefinition:
    """Held for a whole run, whoever started it: by hand, from the UI, by the schedule or the sensor."""

    @dg.resource
    def hold(_context: dg.InitResourceContext) -> Iterator[None]:
        with settings.locked():
            yield

    return hold


def fetched_asset(settings: place.Settings) -> dg.AssetsDefinition:
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
        from decisions.store import StoreError, deliver, has_store

        accounts: list[Any] = []
        if settings.sources.exists():
            from orchestration.fetch.transport import fetch

            started = context.instance.get_run_record_by_id(context.run.run_id).create_timestamp
            accounts = fetch(settings, started.isoformat(timespec="seconds"), say)
        told = {account.source: dg.MetadataValue.json(asdict(account)) for account in accounts}
        why_not = {account.source: account.why_not for account in accounts if not account.is_complete}
        if has_store(settings.home):
            try:
                told[DECISIONS] = deliver(settings.home, settings.landing)
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


def landing_assets(settings: place.Settings, graph: dict[str, Any]) -> dg.AssetsDefinition:
    """One asset for each declared table, with its check, and one for each table that dbt reads about the door itself."""
    from expectations.contract import declared_tables

    declared = {table.landing_name: table for table in declared_tables()}
    tables = sorted(declared)
    read = {node["name"] for node in graph["sources"].values() if node["source_name"] == "landing"}
    keys = {name: dg.AssetKey(["landing", name]) for name in (*tables, *sorted(read - set(tables)))}

    @dg.multi_asset(
        name="landing",
        specs=[
            dg.AssetSpec(
                key,
                deps=[FETCHED],
                group_name="landing",
                description=f"Rows of {declared[name].delivered_as} of {declared[name].source}, typed once, every version of each."
                if name in tables
                else DOOR[name],
                freshness_policy=FRESHNESS if name in tables else None,
            )
            for name, key in keys.items()
        ],
        check_specs=[
            dg.AssetCheckSpec(
                CHECK, asset=keys[name], description="Every file of this table was acceptable; a refused one is named with its reason."
            )
            for name in tables
        ],
        required_resource_keys={"home_lock"},
    )
    def landing(context: dg.AssetExecutionContext, config: Delivered):
        yield from only_type_and_step("landing", load_deliveries(context, config))

    def load_deliveries(context: dg.AssetExecutionContext, config: Delivered) -> Iterator[Any]:
        from expectations.contract import DeclarationError
        from orchestration.landing.land import land
        from orchestration.landing.row_account import RowAccountError
        from orchestration.landing.schema import write_as_of
        from orchestration.linkage.history import HistoryError
        from orchestration.linkage.identity import IdentityKeyError, identity_key

        # Rebuilt from nothing: what is in the warehouse comes from the deliveries and from nowhere else.
        work = settings.warehouse.parent
        work.mkdir(parents=True, exist_ok=True, mode=place.OWNER_ONLY)
        for old in (settings.spill, *work.glob("warehouse.duckdb*"), *settings.checks.glob("*.json")):
            # A run that was killed may leave a folder of what did not fit into memory.
            shutil.rmtree(old) if old.is_dir() else old.unlink(missing_ok=True)
        settings.checks.mkdir(exist_ok=True)
        say(f"landing: reading {settings.landing}")
        try:
            asked = date.fromisoformat(config.as_of) if config.as_of else None
            today = date.fromisoformat(config.today) if config.today else day_of_run(context)
        except ValueError:
            raise dg.Failure("as_of and today are days, such as 2024-03-31: correct the run's configuration", allow_retries=False) from None
        try:
            # Read first, although used last: without it nothing may be published, and a whole build would be for nothing.
            identity_key(settings.home)
            result = land(settings.landing, settings.home, asked or today, settings.warehouse, say)
        except (NotADirectoryError, RowAccountError, IdentityKeyError, HistoryError, DeclarationError) as error:
            raise dg.Failure(str(error), allow_retries=False) from None
        except OSError as error:
            if error.errno is not None:
                raise
            # Our own words: a file changed while it was being copied.
            raise dg.Failure(str(error), allow_retries=False) from None
        if asked is None:
            for folder in later_deliveries(settings, today):
                say(
                    f"landing: warning: {folder} says it is complete to a day after today ({today}), so it was left out: see docs/how-to.md, Withdraw a delivery"
                )
        # What was decided was decided on an edition, so it never makes a day of its own.
        complete = [file.complete_to for file in result.files if file.is_accepted and file.source != DECISIONS]
        if not complete:
            raise dg.Failure(nothing_accepted(settings.landing, result.refused, asked or today), allow_retries=False)
        as_of = asked or max(complete)
        write_as_of(settings.warehouse, as_of)
        verdicts: dict[str, list[dict[str, Any]]] = {}
        for file in result.files:
            verdicts.setdefault(file.table_name, []).append(
                {"delivery": file.delivery_id, "file": file.file, "accepted": not file.is_turned_away, "reason": file.reason}
            )
        report = {"as_of": as_of.isoformat(), "declared": result.checks_declared, "executed": result.checks_executed, "seconds": result.seconds}
        (settings.checks / "landing.json").write_text(json.dumps(report))
        say(f"landing: {len(result.files)} files as of {as_of}, {len(result.refused)} refused")
        for name, key in keys.items():
            files = verdicts.get(name, [])
            yield dg.MaterializeResult(asset_key=key, metadata={"files": len(files)})
            if name in tables:
                turned_away = [file for file in files if not file["accepted"]]
                yield dg.AssetCheckResult(
                    asset_key=key,
                    check_name=CHECK,
                    passed=not turned_away,
                    # Not blocking: the last good delivery stands, and the other tables are not held up.
                    severity=dg.AssetCheckSeverity.ERROR,
                    metadata={"files": files, "refused": turned_away},
                )

    return landing


def day_of_run(context: dg.AssetExecutionContext) -> date:
    """The day Dagster made this run, when the schedule, the sensor or the UI did."""
    return context.instance.get_run_record_by_id(context.run.run_id).create_timestamp.date()


def later_deliveries(settings: place.Settings, today: date) -> list[str]:
    """<source>/<complete_to> of the kept deliveries that say they are complete to a day after `today`."""
    kept = [path for path in settings.home.glob("landed/*/*") if path.name > today.isoformat()]
    return sorted(f"{path.parent.name}/{path.name}" for path in kept)


def nothing_accepted(landing: Path, refused: Any, last: date) -> str:
    if not refused and any(landing.glob("*/*/*")):
        return f"nothing was delivered on or before {last}: ask for a later day, or leave --as-of out"
    if not refused:
        return f"no delivery was found in {landing}: files belong in <source>/<complete_to>/<TABLE>.csv, such as nomis/2024-03-31/OFFENDERS.csv"
    told = "\n".join(f"  {file.delivery_id}/{file.file}: {file.reason}" for file in refused)
    return f"no delivery was accepted from {landing}:\n{told}"


def edition_asset(settings: place.Settings, graph: dict[str, Any]) -> dg.AssetsDefinition:
    from expectations.published import may_leave

    published = {table.model for table in may_leave()}
    deps = [
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

        try:
            started = context.instance.get_run_record_by_id(context.run.run_id).create_timestamp
            edition_id = publish(settings, started.astimezone(), say)
        except PublishError as error:
            raise dg.Failure(str(error), allow_retries=False) from None
        yield dg.MaterializeResult(metadata={"edition_id": edition_id})

    return edition


def landing_sensor(settings: place.Settings, job: Any) -> dg.SensorDefinition:
    @dg.sensor(
        name="new_delivery",
        job=job,
        minimum_interval_seconds=60,
        description="A refresh when the landing folder has changed and nothing more arrives. Off until switched on here.",
    )
    def new_delivery(context: dg.SensorEvaluationContext):
        """A refresh once for each state of the landing folder, when it has not changed since the last look."""
        seen = listing_fingerprint(settings.landing)
        if seen is None:
            return dg.SkipReason("Nothing has been delivered yet.")
        if seen != context.cursor:
            context.update_cursor(seen)
            return dg.SkipReason("The landing folder has changed: waiting until nothing more arrives.")
        return dg.RunRequest(run_key=seen)

    return new_delivery


def listing_fingerprint(landing: Path) -> str | None:
    """Changes when a file below `landing` comes, goes or changes; cheap: name, size and time only. None: there is no file."""
    # A hidden name is a file that is still on its way.
    files = sorted(p for p in landing.rglob("*") if p.is_file() and not any(n.startswith(".") for n in p.relative_to(landing).parts))
    if not files:
        return None
    lines = [f"{p.relative_to(landing).as_posix()}|{(s := p.stat()).st_size}|{s.st_mtime_ns}" for p in files]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


defs = load(place.current())

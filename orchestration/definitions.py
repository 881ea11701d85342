"""Everything Dagster loads: the assets, one job `refresh` over all of them, its schedule and its sensor.

Asset = table: [fetched, delivery] -> [landing, <source>__<table>] -> dbt [everything between] -> [linkage, held_delivery]
-> [published, edition]. Each stands beside its work: fetch/assets.py, landing/assets.py,
warehouse/dbt_run.py, warehouse/held.py, publishing/assets.py.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg

from orchestration import settings as place
from orchestration.fetch.assets import fetched_asset
from orchestration.landing.assets import Asked, landing_assets
from orchestration.linkage import thresholds as link_thresholds
from orchestration.publishing.assets import edition_asset
from orchestration.warehouse import dbt_run as transform
from orchestration.warehouse.held import held_asset


class HomeLock(dg.ConfigurableResource):
    """Held for a whole run, whoever started it: by hand, from the UI, by the schedule or the sensor."""

    home: str

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["HomeLock"]:
        home = Path(self.home)
        settings = place.Settings(home, home / "landing")
        with settings.locked():
            link_thresholds.clear(settings)
            yield self


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
            held_asset(settings),
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
        resources={"asked": Asked(), "dbt": transform.dbt_resource(), "home_lock": HomeLock(home=str(settings.home))},
        # Two processes cannot write to one DuckDB file.
        executor=dg.in_process_executor,
    )


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


@dg.definitions
def defs() -> dg.Definitions:
    """Those of the home of this process, made when Dagster asks for them: whoever only imports this module touches no home."""
    return load(place.current())

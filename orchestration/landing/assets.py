"""The step that fills schema landing: what was delivered, typed and judged at the door, and what else a run is made of."""

import json
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import PrivateAttr

from orchestration.failure import only_type_and_step
from orchestration.settings import DEFAULT_LINK_THRESHOLD, LINK_THRESHOLDS, OWNER_ONLY, Settings, say

if TYPE_CHECKING:  # heavy, and the graph is loaded by many who land nothing
    from orchestration.landing.land import LandingResult

CHECK = "delivery_is_acceptable"
DECISIONS = "decisions"
FETCHED = dg.AssetKey(["fetched", "delivery"])
# A refresh is due every day; a delivery's own age is its watermark, which `gatehouse status` shows.
FRESHNESS = dg.FreshnessPolicy.time_window(fail_window=timedelta(days=3), warn_window=timedelta(days=2))

# What landing holds beside the tables that were delivered.
DOOR = {
    "delivery": "One row per file that came, with its hash, its verdict and its rows.",
    "record": "One row per record of an accepted file, with the hash of what it holds.",
    "rejected_row": "One row per record the parser could not read, with the reason.",
    "finding": "One row per cell that was emptied or is odd, and was loaded all the same.",
    "deleted_key": "One row per key that a delivery of changes names as deleted.",
    "lost_key": "One row per key of which every row that came was set aside, with the day of the last.",
    "quarantined_row": "One row per row set aside, with its reason.",
    "run": "One row: the as-of day, up to which everything is known, the threshold from which records are joined, and by which rules they were before and are now.",
    "earlier_link": "One row per record and its person, as the refresh of the latest day before the as-of day published them.",
    "earlier_evidence": "One row per record with what it was linked by then, as numbers that only tell whether it has changed since.",
    "earlier_change": "One row per refresh, person before and person after, of the refreshes before.",
    "earlier_brought": "One row per file or deletions that links of any day rest on; is_seen where the earlier links of this run do.",
    "accepted_delivery": "One row per delivery that may change who is who for as many people as it does.",
}


class Asked(dg.ConfigurableResource):
    """What a run is asked for; every field may be left out.

    `as_of`: ISO date; what was delivered complete to a later day is not seen. Without it: the latest day delivered that is not after
    `today`, an ISO date that the command line fills in. Without that: the day Dagster made the run. `link_threshold`: one of
    settings.LINK_THRESHOLDS, from which records are joined."""

    as_of: str | None = None
    today: str | None = None
    link_threshold: str = DEFAULT_LINK_THRESHOLD
    _day_of_run: date = PrivateAttr()

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        instance, run = context.instance, context.run
        record = instance.get_run_record_by_id(run.run_id) if instance and run else None
        if record is None:
            raise dg.Failure("Dagster has no record of this run, so its day is not known: start it again", allow_retries=False)
        self._day_of_run = record.create_timestamp.astimezone().date()

    def days(self) -> tuple[date | None, date]:
        """The as-of day, where one was asked for, and today. Raises dg.Failure."""
        try:
            return date.fromisoformat(self.as_of) if self.as_of else None, date.fromisoformat(
                self.today
            ) if self.today else self._day_of_run
        except ValueError:
            raise dg.Failure("as_of and today are days, such as 2024-03-31: correct the run's configuration", allow_retries=False) from None

    def threshold(self, settings: Settings) -> str:
        """The threshold for the home in `settings`: another than usual in those of `gatehouse thresholds` alone. Raises dg.Failure."""
        if self.link_threshold not in (LINK_THRESHOLDS if settings.is_of_thresholds else [DEFAULT_LINK_THRESHOLD]):
            raise dg.Failure(
                f"link_threshold {self.link_threshold}: leave it out. No edition of a home is made at another than {DEFAULT_LINK_THRESHOLD}; "
                "`gatehouse thresholds` compares the rates at each",
                allow_retries=False,
            )
        return self.link_threshold


def landing_assets(settings: Settings, graph: dict[str, Any]) -> dg.AssetsDefinition:
    """One asset for each declared table, with its check, and one for each other table of landing that dbt reads."""
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
                description=f"Rows of {' or '.join(declared[name].delivered_as)} of {declared[name].source}, typed once, every version of each."
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
        required_resource_keys={"asked", "home_lock"},
    )
    def landing(context: dg.AssetExecutionContext):
        yield from only_type_and_step("landing", loaded(context.resources.asked))

    def loaded(asked: Asked) -> Iterator[Any]:
        verdicts: dict[str, list[dict[str, Any]]] = {}
        for file in load_deliveries(settings, asked).files:
            verdicts.setdefault(file.table_name, []).append(
                {"delivery": file.delivery_id, "file": file.file, "accepted": not file.is_turned_away, "reason": file.reason}
            )
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


def load_deliveries(settings: Settings, asked: Asked) -> "LandingResult":
    """Make the warehouse file anew with schema landing in it. Raises dg.Failure."""
    import duckdb

    from expectations.contract import DeclarationError
    from orchestration.landing.land import land
    from orchestration.landing.row_account import RowAccountError
    from orchestration.landing.schema import write_run
    from orchestration.linkage.held import accepted
    from orchestration.linkage.history import HistoryError, earlier
    from orchestration.linkage.identity import IdentityKeyError, identity_key

    as_of, today = asked.days()
    threshold = asked.threshold(settings)
    # Rebuilt from nothing: what is in the warehouse comes from the deliveries and from nowhere else.
    work = settings.warehouse.parent
    work.mkdir(parents=True, exist_ok=True, mode=OWNER_ONLY)
    for old in (settings.spill, *work.glob("warehouse.duckdb*"), *settings.checks.glob("*.json")):
        # A run that was killed may leave a folder of what did not fit into memory.
        shutil.rmtree(old) if old.is_dir() else old.unlink(missing_ok=True)
    settings.checks.mkdir(exist_ok=True)
    say(f"landing: reading {settings.landing}")
    try:
        # Read first, although used last: without it nothing may be published, and a whole build would be for nothing.
        identity_key(settings.home)
        result = land(settings.landing, settings.home, as_of or today, settings.warehouse, say)
        # What was decided was decided on an edition, so it never makes a day of its own.
        complete = [file.complete_to for file in result.files if file.is_accepted and file.complete_to and file.source != DECISIONS]
        if as_of is None:
            for folder in later_deliveries(settings, today):
                say(
                    f"landing: warning: {folder} says it is complete to a day after today ({today}), so it was left out: see docs/how-to.md, Withdraw a delivery"
                )
        if not complete:
            raise dg.Failure(nothing_accepted(settings.landing, result.refused, as_of or today), allow_retries=False)
        as_of = as_of or max(complete)
        with duckdb.connect(str(settings.warehouse)) as con:
            write_run(con, as_of, threshold, earlier(settings.home, as_of), accepted(settings.home))
    except (NotADirectoryError, RowAccountError, IdentityKeyError, HistoryError, DeclarationError) as error:
        raise dg.Failure(str(error), allow_retries=False) from None
    report = {"as_of": as_of.isoformat(), "declared": result.checks_declared, "executed": result.checks_executed, "seconds": result.seconds}
    (settings.checks / "landing.json").write_text(json.dumps(report))
    say(f"landing: {len(result.files)} files as of {as_of}, {len(result.refused)} refused")
    return result


def later_deliveries(settings: Settings, today: date) -> list[str]:
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

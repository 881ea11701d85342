"""The landing door: is this file acceptable as a delivery of its table?

Each file is judged once, on a one-row profile of all its rows and on a systematic sample of them (design: Shape, point 4).
Single rows are not judged here: typing has already quarantined the bad ones, so a fact is checked once.
An expectation of severity `critical` refuses the table; a `warning` is reported with it.
"""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations.contract import Table

if TYPE_CHECKING:
    import pandas as pd

# A change here means every file is judged again.
SUITE_VERSION = "1"
_PERSON_TYPES = ("noms_number", "crn")


@dataclass(frozen=True)
class Verdict:
    """`reason` says why a table is refused, what was wrong and what to do; `executed` must equal `declared`."""

    is_accepted: bool
    reason: str | None
    warnings: tuple[str, ...]
    declared: int
    executed: int


@cache
def door_limits() -> dict[str, str]:
    """The limits of seeds/door_limit.csv by name, as text."""
    path = Path(__file__).parents[1] / "seeds" / "door_limit.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["limit"]: row["value"] for row in csv.DictReader(file)}


def sample_columns(table: Table) -> tuple[str, ...]:
    """Warehouse names of the columns the sample is judged on: keys of persons and parents, and event days."""
    person = [c.name for c in table.columns if c.type in _PERSON_TYPES]
    return tuple(dict.fromkeys([*person, *(p[0] for p in table.parents), *table.events]))


def judge(table: Table, sample: pd.DataFrame, profile: pd.DataFrame) -> Verdict:
    """Judges a file on `sample` (columns of sample_columns) and `profile`, one row:

    missing_columns (names joined, empty: none), bad_share, missing_key_share, unreadable_share, future_share (of all records,
    0-1; bad_share null when there are too few), volume_share (of the median full delivery; null when not compared).
    """
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    suites = ((_profile_expectations(), profile), (_sample_expectations(table, sample), sample))
    declared, executed, failed = 0, 0, []
    for expectations, frame in suites:
        declared += len(expectations)
        for result in _run(expectations, frame):
            if _raised(result):
                continue
            executed += 1
            if not result.success:
                failed.append(result.expectation_config)
    refusals = sorted(c.meta["reason"] for c in failed if c.severity == "critical")
    if executed != declared:
        refusals.append(f"checks_not_executed: {declared - executed} of {declared} checks did not run; report this")
    missing = profile["missing_columns"].iloc[0]
    refusals = [r.replace("{missing}", str(missing)) for r in refusals]
    warnings = tuple(sorted(c.meta["reason"] for c in failed if c.severity != "critical"))
    return Verdict(not refusals, "; ".join(refusals) or None, warnings, declared, executed)


def _profile_expectations() -> list[Any]:
    import great_expectations.expectations as gxe

    limits = door_limits()

    def at_most(column: str, limit: str, severity: str, reason: str) -> Any:
        return gxe.ExpectColumnValuesToBeBetween(
            column=column, max_value=float(limits[limit]), severity=severity, meta={"reason": reason}
        )

    drift = float(limits["volume_drift_warning"])
    return [
        gxe.ExpectColumnValuesToBeInSet(
            column="missing_columns",
            value_set=[""],
            severity="critical",
            meta={"reason": "missing_column: {missing} must be in the file and is not; send it again with all required columns"},
        ),
        at_most(
            "bad_share",
            "bad_share_max",
            "critical",
            "mostly_bad_rows: more than half of the records cannot be read or are quarantined; see their reasons and send it again",
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="volume_share",
            min_value=float(limits["volume_share_min"]),
            severity="critical",
            meta={"reason": "volume_collapse: far fewer rows than the median of the earlier full deliveries; check for a cut extract"},
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="volume_share",
            min_value=1 - drift,
            max_value=1 + drift,
            severity="warning",
            meta={"reason": "volume_drift: the number of rows is away from the median of the earlier full deliveries"},
        ),
        at_most("missing_key_share", "missing_key_share_warning", "warning", "missing_keys: more rows without a key than usual"),
        at_most("unreadable_share", "unreadable_share_warning", "warning", "unreadable_values: more unreadable values than usual"),
        at_most("future_share", "future_share_warning", "warning", "future_events: more events after the delivery's day than usual"),
    ]


def _sample_expectations(table: Table, sample: pd.DataFrame) -> list[Any]:
    import great_expectations.expectations as gxe

    limits = door_limits()
    label = {c.name: c.label for c in table.columns}
    filled = [
        gxe.ExpectColumnValuesToNotBeNull(
            column=n,
            mostly=float(limits["filled_share_warning"]),
            severity="warning",
            meta={"reason": f"mostly_empty: {label[n]} is empty in more than half of the rows"},
        )
        for n in sample_columns(table)
        if n in sample and n not in table.events
    ]
    plausible = [
        gxe.ExpectColumnValuesToBeBetween(
            column=n,
            min_value=datetime.fromisoformat(limits["earliest_plausible_day"]),
            severity="warning",
            meta={"reason": f"placeholder_days: {label[n]} holds days before {limits['earliest_plausible_day']}"},
        )
        for n in table.events
        if n in sample
    ]
    return filled + plausible


def _run(expectations: list[Any], frame: pd.DataFrame) -> list[Any]:
    if not expectations:
        return []
    import great_expectations as gx

    batch = _batches().get_batch({"dataframe": frame})
    return batch.validate(gx.ExpectationSuite(name="landing", expectations=expectations)).results


@cache
def _batches() -> Any:
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context.data_sources.add_pandas("door").add_dataframe_asset("table").add_batch_definition_whole_dataframe("file")


def _raised(result: Any) -> bool:
    info = result.exception_info or {}
    return bool(info.get("raised_exception")) or any(isinstance(v, dict) and v.get("raised_exception") for v in info.values())

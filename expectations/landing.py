"""The landing door: is this file acceptable as a delivery of its table?

Each file is judged once, on a one-row profile of all its rows and on a systematic sample of them (design: Shape, point 4).
An expectation costs the same whether it judges one row or a thousand, so the profiles of many files are judged as one frame.
Single rows are not judged here: typing has already quarantined the bad ones, so a fact is checked once.
An expectation of severity `critical` refuses the table; a `warning` is reported with it.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Sequence
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
_SHARES = ("bad_share", "missing_key_share", "unreadable_share", "future_share", "volume_share")
_FILE = "file"


@dataclass(frozen=True)
class Verdict:
    """`reason` says why a table is refused, what was wrong and what to do; `executed` must equal `declared`."""

    is_accepted: bool
    reason: str | None
    warnings: tuple[str, ...]
    declared: int
    executed: int


@dataclass(frozen=True)
class Candidate:
    """A typed file before the door. `profile`, of all its records:

    missing_columns (names joined, empty: none), bad_share, missing_key_share, unreadable_share, future_share (of all records,
    0-1; bad_share null when there are too few), volume_share (of the median full delivery; null when not compared).
    `sampled`: those sample_columns that were delivered; `read_sample` returns them, and is called only when they are judged.
    """

    table: Table
    profile: dict[str, Any]
    sampled: tuple[str, ...]
    read_sample: Callable[[], pd.DataFrame]


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


def judge(files: Sequence[Candidate]) -> list[Verdict]:
    """One verdict a file, in their order. A profile check that raises has judged no file: it refuses them all."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    of_profiles = _judge_profiles([f.profile for f in files])
    return [_verdict(f.profile, checks + _judge_sample(f)) for f, checks in zip(files, of_profiles, strict=True)]


@dataclass(frozen=True)
class _Check:
    """What one expectation says about one file; `is_met` is None when it did not run."""

    reason: str
    is_critical: bool
    is_met: bool | None


def _verdict(profile: dict[str, Any], checks: list[_Check]) -> Verdict:
    executed = sum(c.is_met is not None for c in checks)
    failed = [c for c in checks if c.is_met is False]
    refusals = sorted(c.reason.replace("{missing}", profile["missing_columns"]) for c in failed if c.is_critical)
    if executed != len(checks):
        refusals.append(f"checks_not_executed: {len(checks) - executed} of {len(checks)} checks did not run; report this")
    warnings = tuple(sorted(c.reason for c in failed if not c.is_critical))
    return Verdict(not refusals, "; ".join(refusals) or None, warnings, len(checks), executed)


def _judge_profiles(profiles: list[dict[str, Any]]) -> list[list[_Check]]:
    """One list of checks a profile: each expectation judges every row, and names the rows that fail."""
    import pandas as pd

    frame = pd.DataFrame(profiles).astype({n: "float64" for n in _SHARES})
    frame[_FILE] = range(len(frame))
    checks: list[list[_Check]] = [[] for _ in profiles]
    rows_named = {"result_format": "COMPLETE", "unexpected_index_column_names": [_FILE]}
    for expectation, result in _run(_profile_expectations(), frame, rows_named):
        failing: set[int] | None = None
        if result is not None and result.result.get("element_count") == len(frame):
            failing = {int(row[_FILE]) for row in result.result.get("unexpected_index_list") or ()}
            if result.success == bool(failing):  # it failed and names no file, or the reverse: it cannot be relied on
                failing = None
        for i, of_file in enumerate(checks):
            of_file.append(_check(expectation, None if failing is None else i not in failing))
    return checks


def _judge_sample(file: Candidate) -> list[_Check]:
    expectations = _sample_expectations(file.table, file.sampled)
    if not expectations:
        return []
    results = _run(expectations, file.read_sample(), "BOOLEAN_ONLY")
    return [_check(expectation, None if result is None else bool(result.success)) for expectation, result in results]


def _check(expectation: Any, is_met: bool | None) -> _Check:
    return _Check(expectation.meta["reason"], expectation.severity == "critical", is_met)


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


def _sample_expectations(table: Table, sampled: tuple[str, ...]) -> list[Any]:
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
        for n in sampled
        if n not in table.events
    ]
    plausible = [
        gxe.ExpectColumnValuesToBeBetween(
            column=n,
            min_value=datetime.fromisoformat(limits["earliest_plausible_day"]),
            severity="warning",
            meta={"reason": f"placeholder_days: {label[n]} holds days before {limits['earliest_plausible_day']}"},
        )
        for n in sampled
        if n in table.events
    ]
    return filled + plausible


def _run(expectations: list[Any], frame: pd.DataFrame, result_format: Any) -> list[tuple[Any, Any]]:
    """Each expectation with its result on `frame`, or None where it raised or has none. Results come back in any order."""
    import great_expectations as gx

    for n, expectation in enumerate(expectations):
        expectation.meta["number"] = n
    batch = _batches().get_batch({"dataframe": frame})
    suite = gx.ExpectationSuite(name="landing", expectations=expectations)
    results = batch.validate(suite, result_format=result_format).results
    ran = {r.expectation_config.meta["number"]: r for r in results if not _raised(r)}
    return [(expectation, ran.get(n)) for n, expectation in enumerate(expectations)]


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

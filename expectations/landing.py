"""The landing door: is this file acceptable as a delivery of its table?

Each file is judged once, on two profiles that DuckDB makes of all its rows: one of the file, one of each of its columns that
matter. An expectation costs the same whether it judges one row or a thousand, so the profiles of many files are judged as one
frame; a sample of the rows themselves took nine times as long at 300,000 releases and saw less.
Single rows are not judged here: typing has already quarantined the bad ones, so a fact is checked once.
An expectation of severity `critical` refuses the table; a `warning` is reported with it.
"""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations.contract import Table

if TYPE_CHECKING:
    import pandas as pd

# A change here means every file is judged again.
SUITE_VERSION = "2"
_PERSON_TYPES = ("noms_number", "crn")
_SHARES = ("bad_share", "missing_key_share", "unreadable_share", "future_share", "volume_share")
_ROW = "row"


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
    `columns`: of each of judged_columns that was delivered, the share of records where it is filled (0-1; null: no records)
    and its first day (null: none, or it holds no days).
    """

    table: Table
    profile: dict[str, Any]
    columns: dict[str, tuple[float | None, date | None]]


@cache
def door_limits() -> dict[str, str]:
    """The limits of seeds/door_limit.csv by name, as text."""
    path = Path(__file__).parents[1] / "seeds" / "door_limit.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["limit"]: row["value"] for row in csv.DictReader(file)}


def judged_columns(table: Table) -> tuple[str, ...]:
    """Warehouse names of the columns that are judged on their own: keys of persons and parents, and event days."""
    person = [c.name for c in table.columns if c.type in _PERSON_TYPES]
    return tuple(dict.fromkeys([*person, *(p[0] for p in table.parents), *table.events]))


def judge(files: Sequence[Candidate]) -> list[Verdict]:
    """One verdict a file, in their order. A check that raises has judged no file: it refuses all it was to judge."""
    load_door()
    of_columns = _judge_columns(files)
    return [_verdict(f.profile, checks + of_columns[i]) for i, (f, checks) in enumerate(zip(files, _judge_profiles(files), strict=True))]


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


def _judge_profiles(files: Sequence[Candidate]) -> list[list[_Check]]:
    """One list of checks a file: each expectation judges every profile."""
    import pandas as pd

    frame = pd.DataFrame([f.profile for f in files]).astype({n: "float64" for n in _SHARES})
    judged = _run(_profile_expectations(), frame)
    return [[_check(expectation, failing, i) for expectation, failing in judged] for i in range(len(files))]


def _judge_columns(files: Sequence[Candidate]) -> dict[int, list[_Check]]:
    """The checks of each file's columns, by the place of the file: a day must be plausible, any other must be filled."""
    import pandas as pd

    checks: dict[int, list[_Check]] = defaultdict(list)
    columns = [(i, n, *facts) for i, f in enumerate(files) for n, facts in f.columns.items()]
    if columns:
        frame = pd.DataFrame(columns, columns=["file", "column", "filled_share", "first_day"])
        frame = frame.astype({"filled_share": "float64", "first_day": "datetime64[s]"})
        (filled, not_filled), (plausible, not_plausible) = _run(_column_expectations(), frame)
        for row, (i, name, *_) in enumerate(columns):
            is_event = name in files[i].table.events
            check = _check(plausible, not_plausible, row) if is_event else _check(filled, not_filled, row)
            label = next(c.label for c in files[i].table.columns if c.name == name)
            checks[i].append(replace(check, reason=check.reason.replace("{column}", label)))
    return checks


def _check(expectation: Any, failing: set[int] | None, row: int) -> _Check:
    return _Check(expectation.meta["reason"], expectation.severity == "critical", None if failing is None else row not in failing)


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


def _column_expectations() -> list[Any]:
    import great_expectations.expectations as gxe

    limits = door_limits()
    return [
        gxe.ExpectColumnValuesToBeBetween(
            column="filled_share",
            min_value=float(limits["filled_share_warning"]),
            severity="warning",
            meta={"reason": "mostly_empty: {column} is empty in more than half of the rows"},
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="first_day",
            min_value=datetime.fromisoformat(limits["earliest_plausible_day"]),
            severity="warning",
            meta={"reason": f"placeholder_days: {{column}} holds days before {limits['earliest_plausible_day']}"},
        ),
    ]


def _run(expectations: list[Any], frame: pd.DataFrame) -> list[tuple[Any, set[int] | None]]:
    """Each expectation with the rows of `frame` that fail it, or None where it raised or cannot be relied on."""
    import great_expectations as gx

    for n, expectation in enumerate(expectations):
        expectation.meta["number"] = n
    frame[_ROW] = range(len(frame))
    batch = _batches().get_batch({"dataframe": frame})
    suite = gx.ExpectationSuite(name="landing", expectations=expectations)
    rows_named = {"result_format": "COMPLETE", "unexpected_index_column_names": [_ROW]}
    # Results come back in any order.
    ran = {r.expectation_config.meta["number"]: r for r in batch.validate(suite, result_format=rows_named).results if not _raised(r)}
    return [(expectation, _failing(ran.get(n), len(frame))) for n, expectation in enumerate(expectations)]


def _failing(result: Any, rows: int) -> set[int] | None:
    if result is None or result.result.get("element_count") != rows:
        return None
    failing = {int(row[_ROW]) for row in result.result.get("unexpected_index_list") or ()}
    # It failed and names no row, or the reverse: it cannot be relied on.
    return None if result.success == bool(failing) else failing


def load_door() -> None:
    """Great Expectations takes seconds to be imported, on one core: another thread can do it while files are typed."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    _batches()


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

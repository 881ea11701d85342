"""The landing door: is this file acceptable as a delivery of its table?

Each file is judged once, on a profile that DuckDB makes of all its rows: facts about the file and about its columns. What is expected of
them is declared in every_table.yml and tables/*.yml, one suite a table. An expectation costs the same whether it judges one value or a
thousand, so those that tables share in the same words are put before Great Expectations together, over the files of all of them, and each
table is given its part of what was found; a sample of the rows themselves took nine times as long at 300,000 releases and saw less.
Single rows are not judged here: typing has already quarantined the bad ones, so a fact is checked once.
An expectation of severity `critical` refuses the table; a `warning` is reported with it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from expectations import validation
from expectations.contract import DeclarationError, Expected, Table, declared_tables, door_limits

_FRAME_TYPES = {"missing_columns": "object", "first_day": "datetime64[s]"}  # of a fact; the others are shares
_ACROSS_ROWS = {"expect_column_values_to_be_unique"}


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
    """A typed file before the door, `name` as the results call it.

    `profile`: each of contract.FILE_FACTS. `columns`: by warehouse name, of each of Table.judged_columns that was delivered, its facts
    (filled_share null: no records; first_day null: no days).
    """

    table: Table
    name: str
    profile: dict[str, Any]
    columns: dict[str, dict[str, float | date | None]]

    @property
    def judged(self) -> list[tuple[Expected, Any]]:
        """What is expected of it, and the fact that it is expected of."""
        facts = [(e, self.profile if e.column is None else self.columns.get(e.column)) for e in self.table.expectations]
        return [(expected, of[expected.fact]) for expected, of in facts if of is not None]


def judge(files: Sequence[Candidate], results: Path) -> list[Verdict]:
    """One verdict a file, in their order. A check that raises has judged no file: it refuses all it was to judge. What was found of the files
    of each table is written to the folder `results`, in place of what was found before (validation.keep)."""
    load_door()
    outcomes = _find(files)
    by_table: dict[str, list[tuple[Candidate, list[_Outcome]]]] = defaultdict(list)
    for file, of_file in zip(files, outcomes, strict=True):
        by_table[file.table.landing_name].append((file, of_file))
    for of_table in by_table.values():
        _keep(results, of_table[0][0].table, of_table)
    return [_verdict(of_file) for of_file in outcomes]


def load_door() -> None:
    """Great Expectations takes seconds to be imported, on one core: another thread can do it while files are typed. Raises DeclarationError
    for an expectation that it does not know."""
    validation.load()
    _know_types()


@cache
def _know_types() -> None:
    from great_expectations.exceptions.exceptions import ExpectationNotFoundError
    from great_expectations.expectations.registry import get_expectation_impl

    said: dict[str, Expected] = {e.words: e for table in reversed(declared_tables()) for e in reversed(table.expectations)}
    for expected in said.values():
        kind, kwargs = expected.config["type"], expected.config["kwargs"]
        if kind in _ACROSS_ROWS:
            raise DeclarationError(f"{expected.where}: an expectation must judge each value by itself")
        try:
            get_expectation_impl(kind)(**kwargs)
        except ExpectationNotFoundError:
            raise DeclarationError(f"{expected.where}: Great Expectations knows no {kind}") from None
        except ValueError as error:
            raise DeclarationError(f"{expected.where}: Great Expectations does not take these kwargs: {error}") from None


@dataclass(frozen=True)
class _Outcome:
    """What one expectation found of one file: whether it is met (None: it did not run), and what Great Expectations said of it and all
    that was judged with it."""

    expected: Expected
    value: Any
    is_met: bool | None
    said: Any


def _find(files: Sequence[Candidate]) -> list[list[_Outcome]]:
    """The outcomes of each file, in the order in which its expectations are declared."""
    together: dict[str, list[tuple[int, int]]] = defaultdict(list)  # words -> (file, its how-manieth expectation)
    judged = [file.judged for file in files]
    for i, of_file in enumerate(judged):
        for n, (expected, _) in enumerate(of_file):
            together[expected.words].append((i, n))
    outcomes: dict[tuple[int, int], _Outcome] = {}
    for places in together.values():
        expected = judged[places[0][0]][places[0][1]][0]
        said, failing = _run(expected, [judged[i][n][1] for i, n in places])
        for row, (i, n) in enumerate(places):
            outcomes[i, n] = _Outcome(*judged[i][n], None if failing is None else row not in failing, said)
    return [[outcomes[i, n] for n in range(len(of_file))] for i, of_file in enumerate(judged)]


def _run(expected: Expected, values: list[Any]) -> tuple[Any, set[int] | None]:
    """What Great Expectations says of these values, and which of them fail; None where it raised or cannot be relied on."""
    import pandas as pd

    frame = pd.DataFrame({validation.PLACE: range(len(values)), expected.fact: values})
    frame = frame.astype({expected.fact: _FRAME_TYPES.get(expected.fact, "float64")})
    config = expected.config | {"kwargs": expected.config["kwargs"] | {"column": expected.fact}}
    (said,) = validation.run("landing", [config], frame, _limits()).results
    if not validation.has_run(said) or said.result.get("element_count") != len(values):
        return said, None
    failing = {int(row) for row in validation.unexpected_places(said)}
    # It failed and names no row, or the reverse: it cannot be relied on.
    return said, None if said.success == bool(failing) else failing


def _limits() -> dict[str, float | datetime]:
    def parsed(value: str) -> float | datetime:
        return datetime.fromisoformat(value) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) else float(value)

    return {name: parsed(value) for name, value in door_limits().items()}


def _verdict(outcomes: list[_Outcome]) -> Verdict:
    executed = sum(o.is_met is not None for o in outcomes)
    failed = [o for o in outcomes if o.is_met is False]
    refusals = sorted(_reason(o.expected, o.value) for o in failed if o.expected.config["severity"] == "critical")
    if executed != len(outcomes):
        refusals.append(f"checks_not_executed: {len(outcomes) - executed} of {len(outcomes)} checks did not run; report this")
    warnings = tuple(sorted(_reason(o.expected, o.value) for o in failed if o.expected.config["severity"] == "warning"))
    return Verdict(not refusals, "; ".join(refusals) or None, warnings, len(outcomes), executed)


def _reason(expected: Expected, value: Any) -> str:
    """What the supplier is told. `value`: the fact it is expected of, if it names that."""
    known = door_limits() | {expected.fact: str(value), "column": expected.label}
    return re.sub(r"{(\w+)}", lambda word: known[word[1]], expected.config["meta"]["reason"])


def _keep(folder: Path, table: Table, files: list[tuple[Candidate, list[_Outcome]]]) -> None:
    """Write what was found of the files of one table as the validation result of its suite."""
    from great_expectations.core import ExpectationSuiteValidationResult

    found: dict[int, list[tuple[str, _Outcome]]] = defaultdict(list)
    for file, outcomes in files:
        for outcome in outcomes:
            found[id(outcome.expected)].append((file.name, outcome))
    results = [_result(found[id(expected)]) for expected in table.expectations if id(expected) in found]
    met = sum(bool(r.success) for r in results)
    statistics = {
        "evaluated_expectations": len(results),
        "successful_expectations": met,
        "unsuccessful_expectations": len(results) - met,
        "success_percent": 100 * met / len(results),
    }
    result = ExpectationSuiteValidationResult(
        success=met == len(results), results=results, suite_name=table.landing_name, statistics=statistics
    )
    about = "What was found at the landing door when files of this table were last judged: one value a file, a fact about all its rows."
    validation.keep(folder, result, f"{len(files)} {'file' if len(files) == 1 else 'files'}", about)


def _result(found: list[tuple[str, _Outcome]]) -> Any:
    """A table's own part of what one expectation found, in the form of Great Expectations: each file with its value."""
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    expected, said = found[0][1].expected, found[0][1].said
    column = expected.config["kwargs"]["column"]
    failing = [(name, _shown(o.value)) for name, o in found if o.is_met is False]
    did_run = all(o.is_met is not None for _, o in found)
    return ExpectationValidationResult(
        success=did_run and not failing,
        expectation_config=ExpectationConfiguration(
            type=expected.config["type"],
            kwargs=said.expectation_config.kwargs | {"column": column},
            meta={"reason": _reason(expected, "; ".join(sorted({str(value) for _, value in failing})))},
            severity=expected.config["severity"],
        ),
        result=_counted(column, failing, len(found), sum(o.value is None for _, o in found)) if did_run else {},
        exception_info=said.exception_info,
    )


def _counted(column: str, failing: list[tuple[str, Any]], rows: int, missing: int) -> dict[str, Any]:
    of_filled = 100 * len(failing) / (rows - missing) if missing < rows else 0.0
    counts = {
        "element_count": rows,
        "missing_count": missing,
        "missing_percent": 100 * missing / rows,
        "unexpected_count": len(failing),
        "unexpected_percent": of_filled,
    }
    if not failing:
        return counts
    values, index = [value for _, value in failing], [{column: value, validation.PLACE: name} for name, value in failing]
    return counts | {
        "unexpected_percent_nonmissing": of_filled,
        "unexpected_percent_total": 100 * len(failing) / rows,
        "unexpected_list": values,
        "unexpected_index_column_names": [validation.PLACE],
        "unexpected_index_list": index,
        "partial_unexpected_list": values[:20],
        "partial_unexpected_counts": [{"value": value, "count": n} for value, n in Counter(values).most_common(20)],
        "partial_unexpected_index_list": index[:20],
    }


def _shown(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value

"""Payment rules performed again from their evidence alone: the condition `fails_when` of seeds/rule.csv, over the names in the evidence of a claim.

Needs no home and no warehouse, so that whoever is given an evidence pack can do the same. Of a rule without a condition the evidence does not hold all
that it rests on, and nothing is said.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import duckdb
import pyarrow as pa

# Every value of the evidence is text; these read it. A value without a time of day, or at midnight, is a day (definition: payment_days). Clock
# hours count in UTC; of an hour that occurs twice, the first.
FUNCTIONS = {
    "number(x)": "cast(x as decimal(18, 6))",
    "moment(x)": "cast(x as timestamp)",
    "day(x)": "cast(cast(x as timestamp) as date)",
    "days(x)": "cast(x as integer)",
    "is_day(x)": "day(x) = moment(x)",
    "comes_before(x, y)": "case when is_day(x) or is_day(y) then day(x) < day(y) else moment(x) < moment(y) end",
    "comes_no_later(x, y)": "case when is_day(x) or is_day(y) then day(x) <= day(y) else moment(x) <= moment(y) end",
    "in_utc(x)": """case
        when timezone('Europe/London', timezone('Europe/London', moment(x)) - interval 1 hour) = moment(x)
            then timezone('UTC', timezone('Europe/London', moment(x)) - interval 1 hour)
        else timezone('UTC', timezone('Europe/London', moment(x)))
    end""",
    "comes_after_hours(x, y, hours)": """case
        when is_day(x) or is_day(y) then day(x) > day(y) + cast(number(hours) / 24 as integer)
        else in_utc(x) > in_utc(y) + to_hours(cast(number(hours) as integer))
    end""",
}


class Unperformable(Exception):
    """A condition that DuckDB cannot evaluate. The text says which and why."""


def performed(rows: Iterable[tuple[str, str]], conditions: Mapping[str, str]) -> list[str | None]:
    """The result that each row has by its condition, `fail` or `pass`; None where its rule has none.

    `rows`: rule, evidence as JSON (all values text or null); `conditions`: by rule, as in the seed. Raises Unperformable.
    """
    told = list(rows)
    results: list[str | None] = [None] * len(told)
    by_rule: dict[str, list[int]] = {}
    for n, (rule, _) in enumerate(told):
        if conditions.get(rule):
            by_rule.setdefault(rule, []).append(n)
    with duckdb.connect(config={"enable_external_access": "false", "threads": 1}) as con:
        for called, means in FUNCTIONS.items():
            con.execute(f"create macro {called} as {means}")
        con.execute("set lock_configuration = true")
        for rule, places in by_rule.items():
            try:
                evidence = [json.loads(told[n][1]) for n in places]
                names = list(dict.fromkeys(name for one in evidence for name in one))
                values = ", ".join(f"json_extract_string(evidence, {_path(name)}) as {_quoted(name)}" for name in names)
                con.register("given", pa.table({"n": pa.array(places, pa.int64()), "evidence": [told[n][1] for n in places]}))
                found = con.execute(
                    f"select n, coalesce({conditions[rule]}, false) from (select n, {values} from given) as told order by n"
                ).fetchall()
            except (duckdb.Error, ValueError, TypeError) as error:
                raise Unperformable(
                    f"{rule}: its evidence does not fit the condition `{conditions[rule]}` ({type(error).__name__})"
                ) from error
            for n, fails in found:
                results[n] = "fail" if fails else "pass"
    return results


def _path(name: str) -> str:
    return "'$." + '"' + name.replace("'", "''") + '"' + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

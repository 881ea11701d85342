"""The product's audit of a landing folder beside the truth's: what the truth is given of the product, and where the two differ."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from tests.conftest import edition_of, file_of
from tests.truth.payment.audit import audit
from tests.truth.payment.reconciliation import OF_A_CLAIM

TESTED = ("result", "reason", "known_then", "severity", "amount_at_risk")
OF_CLAIM = (
    "waterfall",
    "net",
    "paid_amount",
    "s1_amount",
    "s2_amount",
    "s3_amount",
    "primary_rule",
    "cured_rules",
    "rules_applied",
    "rules_passed",
)
Rows = dict[tuple, tuple]


@dataclass(frozen=True)
class Difference:
    """One row that differs: `rule` a rule, or a column of fct_claim, or a line of the account."""

    table: str
    rule: str
    key: tuple
    found: Any
    true: Any


def known_to_the_product(home: Path, landing: Path) -> dict[str, list]:
    """Who is who, the releases, statuses, recalls and refused files of the edition in force: they have truths of their own."""
    with duckdb.connect(str(home / "work" / "warehouse.duckdb"), read_only=True) as con:
        who = con.execute("select source, source_key, person_id from linkage.person_link").fetchall()
    with duckdb.connect() as con:
        known = known_of_people(con, lambda table: f"'{file_of(home, table)}'", landing)
    refused = [(row["delivery"], row["file"]) for row in edition_of(home).manifest["refused"]]
    return {"who": who, **known, "refused": refused}


def known_of_people(con: duckdb.DuckDBPyConnection, of: Callable[[str], str], landing: Path) -> dict[str, list]:
    """Releases, statuses and recalls as tables say them that `of` names in SQL."""
    con.execute("create or replace temp table delivered (delivery varchar, row_number bigint, book_id varchar, movement_seq bigint)")
    for file in sorted((landing / "nomis").glob("*/OFFENDER_EXTERNAL_MOVEMENTS.csv")):
        con.execute(
            f"""insert into delivered select 'nomis/{file.parent.name}', row_number() over (), OFFENDER_BOOK_ID, cast(MOVEMENT_SEQ as bigint)
            from read_csv('{file}', all_varchar = true, header = true, parallel = false)"""
        )
    releases = con.execute(
        f"""select release_id, person_id, release_date, contract_id, is_on_licence, book_id, movement_seq
        from {of("fct_release")} inner join {of("fct_evidence")} on subject_id = release_id
        inner join delivered using (delivery, row_number) where subject_kind = 'release' and source = 'nomis'"""
    )
    names = [column[0] for column in releases.description]
    found = [dict(zip(names, row, strict=True)) for row in releases.fetchall()]
    statuses = con.execute(
        f"""select release_id, domain, day, state, official_class from {of("fct_release_status")}
        union all
        select release_id, 'finance', 7, case when outcome_cell in ('achieved', 'not_achieved') then 'observed' else outcome_cell end, outcome_cell
        from {of("fct_claim")} where domain = 'finance' and release_id is not null
        group by all"""
    ).fetchall()
    recalls = con.execute(f"select release_id, days_to_recall from {of('fct_recall')}").fetchall()
    return {"releases": found, "statuses": statuses, "recalls": recalls}


def found_by_the_product(home: Path) -> dict[str, Rows]:
    with duckdb.connect() as con:
        return found_in(con, lambda table: f"'{file_of(home, table)}'")


def found_in(con: duckdb.DuckDBPyConnection, of: Callable[[str], str]) -> dict[str, Rows]:
    """What the product made, in tables that `of` names in SQL."""

    def rows(table: str, key: str, columns: str, where: str = "true") -> Rows:
        n = len(key.split(", "))
        return {r[:n]: r[n:] for r in con.execute(f"select {key}, {columns} from {of(table)} where {where}").fetchall()}

    return {
        "claim_test": rows("fct_claim_test", "source, claim_id, rule_id", ", ".join(TESTED)),
        # R72 is an account of the others, not a test.
        "contract_test": rows("fct_contract_test", "rule_id, upper(subject_id)", "result, reason, severity, amount_at_risk", "rule_id <> 'R72'"),
        "claim": rows("fct_claim", "source, claim_id", ", ".join(OF_CLAIM)),
        "reconciliation": rows("fct_reconciliation", "contract_id, period, line", "n, amount"),
    }


def told_by_the_truth(told: dict[str, list[dict]]) -> dict[str, Rows]:
    """The truth's tables in the form of the product's: no row where a rule passes."""
    return {
        "claim_test": {
            (r["source"], r["claim_id"], r["rule_id"]): tuple(r[c] for c in TESTED)
            for r in told["claim_test"]
            if r["result"] in ("fail", "not_testable")
        },
        "contract_test": {
            (r["rule_id"], r["subject_id"].upper()): (r["result"], r["reason"], r["severity"], r["amount_at_risk"])
            for r in told["contract_test"]
            if r["result"] != "pass"
        },
        "claim": {(r["source"], r["claim_id"]): tuple(r[c] for c in OF_CLAIM) for r in told["claim"]},
        "reconciliation": {(r["contract_id"], r["period"], r["line"]): (r["n"], r["amount"]) for r in told["reconciliation"]},
    }


def differences(found: dict[str, Rows], true: dict[str, Rows]) -> list[Difference]:
    """Every row and column that differs. What no text defines, how many rows a sum of the account is made of, is not compared."""
    differ = []
    for table in ("claim_test", "contract_test"):
        for key in found[table].keys() | true[table].keys():
            one, other = found[table].get(key), true[table].get(key)
            if one != other:
                differ.append(Difference(table, key[2] if table == "claim_test" else key[0], key, one, other))
    for key in found["claim"].keys() | true["claim"].keys():
        one, other = found["claim"].get(key), true["claim"].get(key)
        if one is None or other is None:
            differ.append(Difference("claim", "row", key, one, other))
            continue
        differ += [Difference("claim", column, key, a, b) for column, a, b in zip(OF_CLAIM, one, other, strict=True) if a != b]
    for key in found["reconciliation"].keys() | true["reconciliation"].keys():
        one, other = (rows["reconciliation"].get(key, (0, Decimal(0))) for rows in (found, true))
        if one[1] != other[1] or (key[2] in (*OF_A_CLAIM, "not_claimed") and one[0] != other[0]):
            differ.append(Difference("reconciliation", key[2], key, one, other))
    return sorted(differ, key=lambda d: (d.table, d.rule, d.key))


def report(differ: list[Difference], examples: int = 3) -> str:
    """How many by table and rule, and some of each kind."""
    by_rule: dict[tuple[str, str], list[Difference]] = defaultdict(list)
    for d in differ:
        by_rule[d.table, d.rule].append(d)
    lines = []
    for (table, rule), rows in sorted(by_rule.items()):
        lines.append(f"{table} {rule}: {len(rows)}")
        kinds = Counter((_kind(d.found), _kind(d.true)) for d in rows)
        for (one, other), n in kinds.most_common(8):
            example = next(d for d in rows if (_kind(d.found), _kind(d.true)) == (one, other))
            lines.append(f"    {n} x found {one}, true {other}: {'|'.join(map(str, example.key))}")
        for d in rows[:examples] if table in ("claim", "reconciliation") else ():
            lines.append(f"    {'|'.join(map(str, d.key))}: found {d.found}, true {d.true}")
    return "\n".join(lines)


def _kind(row: Any) -> str:
    return "no row" if row is None else "/".join(str(v) for v in row[:3] if v is not None) if isinstance(row, tuple) else str(row)


def compare(landing: Path, home: Path) -> tuple[list[Difference], dict[str, Rows]]:
    """The product's edition in `home` beside the truth; and the truth itself."""
    as_of = dt.date.fromisoformat(edition_of(home).manifest["as_of"])
    true = told_by_the_truth(audit(landing, as_of, **known_to_the_product(home, landing)))
    return differences(found_by_the_product(home), true), true

"""An evidence pack: claims with all that was tested of them, the rows behind, what was decided, and how to check it without this house
(definition: payment_pack).

What is published comes through `edition`, cut to what the reader may see. Passes are not published: they come from the warehouse of the last
refresh, if it made the edition in force. Rows behind a claim are read again from the kept files. Who a person is stays out for everybody but a reader
who may see all; their rows have their pointer and hash, and no columns.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from decisions import case_edition, case_records, samples
from edition.access import Use
from edition.folder import Edition
from edition.reading import opened
from edition.rights import is_whole
from expectations.contract import PERSONAL_COLUMN, Table
from ground.sql import literal
from orchestration.audit import pack_file, readme
from orchestration.audit.book import workbook
from orchestration.audit.pack_file import Sheet
from orchestration.landing.delivered import Delivered, delivered
from orchestration.landing.deliveries import kept_delivery
from orchestration.landing.records import UnreadableFileError
from orchestration.settings import Settings

TABLES = ("fct_claim", "fct_claim_test", "fct_evidence", "dim_rule")
# Types of columns that say who somebody is, or may: numbers of people, and whatever is written freely.
_OF_A_PERSON = {"noms_number", "crn", "pnc", "cro", "identifier", "text"}
RESULT_COLUMNS = (
    "source", "claim_id", "rule_id", "rule_version", "class", "severity", "result", "reason", "known_now", "known_then", "then_reason",
    "is_changed_since", "amount_at_risk", "evidence",
)  # fmt: skip
ROW_COLUMNS = ("claim_source", "claim_id", "source", "delivery", "file", "table", "row_number", "row_hash", "is_withheld", "columns")
STEP_COLUMNS = (
    "case_id", "source", "claim_id", "rule_id", "step_no", "from_state", "to_state", "edition_id", "as_of", "rule_version", "input_hash", "at_risk", "amount", "reason",
    "evidence", "due_on", "proposed_by", "approved_by", "made_at",
)  # fmt: skip
PAYMENT_COLUMNS = ("source", "claim_id", "payment_ref", "named_by", "paid_on", "amount")
SAMPLE_COLUMNS = (
    "sample_id", "method", "contract_id", "seed", "size", "interval", "start", "confidence", "frame_hash", "frame_claims", "frame_pounds", "as_of",
    "edition_id", "source", "claim_id", "net", "stratum", "is_top", "supported",
)  # fmt: skip
_FEW = 200  # claims whose cases are looked up one by one


class PackError(Exception):
    """No pack was made. The text says why and what to do."""


@dataclass(frozen=True)
class Scope:
    """One claim, by source and claim id; or the claims of a provider, further only of a period, and only those that a rule does not pass."""

    source: str = ""
    claim_id: str = ""
    provider: str = ""
    period: str = ""
    rule: str = ""

    def __str__(self) -> str:
        return ", ".join(f"{what} {value}" for what, value in asdict(self).items() if value)


@dataclass(frozen=True)
class Made:
    """What a pack holds, by member, and the hash of its manifest."""

    rows: dict[str, int]
    sha256: str


def make(settings: Settings, edition: Edition, use: Use, scope: Scope, out: Path) -> Made:
    """Write the pack of `scope` to `out`, with its hash beside. The use is in the access record before anything is written. Raises PackError,
    EditionError, StoreError, OSError."""
    with opened(edition, use, TABLES, is_entered_later=True) as con:
        _choose(con, scope)
        claims = _sheet(
            con, "claims", "select fct_claim.* from fct_claim semi join chosen using (source, claim_id) order by source, claim_id"
        )
        if not claims.rows:
            raise PackError(f"there is no claim of {scope} that you may see: look for it with `gatehouse sql`")
        tests = con.execute(f"select {', '.join(RESULT_COLUMNS)} from fct_claim_test semi join chosen using (source, claim_id)").fetchall()
        rules = _sheet(
            con, "rules",
            f"select * from dim_rule where date '{edition.as_of}' between valid_from and coalesce(valid_to, date '9999-12-31') order by rule_id",
        )  # fmt: skip
        pointers = con.execute(
            """select chosen.source, chosen.claim_id, row.source, row.delivery, row.file, row.row_number, row.row_hash
            from fct_evidence as row inner join chosen on chosen.source = row.subject_source and chosen.claim_id = row.subject_id
            where row.subject_kind = 'claim'
            order by all"""
        ).fetchall()
    keys = [(row[claims.columns.index("source")], row[claims.columns.index("claim_id")]) for row in claims.rows]
    results, payments = _of_the_run(settings.warehouse, edition, keys, tests, rules)
    rows = _source_rows(settings, pointers, is_whole(use.reader, "fct_evidence"))
    steps = _steps(settings.home, edition, use, keys)
    drawn = _drawn(settings.home, use, keys)
    sheets = [claims, rules, results, rows, steps, payments, drawn]
    counted = {sheet.name: len(sheet.rows) for sheet in sheets}
    use.enter(sum(counted.values()), [*TABLES, "landed"])
    facts = _facts(edition, use, scope, claims, results, payments)
    members = {sheet.member: pack_file.as_csv(sheet) for sheet in sheets}
    members[pack_file.WORKBOOK] = workbook(facts, sheets)
    members[pack_file.README] = readme.text(facts, counted).encode()
    return Made(counted, pack_file.write_pack(out, facts, members))


def _choose(con: duckdb.DuckDBPyConnection, scope: Scope) -> None:
    # In words, not as parameters: for these DuckDB loads pandas, which takes longer than all the rest.
    where = [f"{what} = {literal(value)}" for what, value in asdict(scope).items() if value and what != "rule"]
    if scope.rule:
        where.append(f"(source, claim_id) in (select (source, claim_id) from fct_claim_test where rule_id = {literal(scope.rule)})")
    con.execute(f"create temp table chosen as select source, claim_id from fct_claim where {' and '.join(where)}")


def _sheet(con: duckdb.DuckDBPyConnection, name: str, query: str) -> Sheet:
    found = con.execute(query)
    return Sheet(name, tuple(column[0] for column in found.description), found.fetchall())


# ---------------------------------------------------------------- the run's own results


def _of_the_run(
    warehouse: Path, edition: Edition, keys: Sequence[tuple[str, str]], tests: Sequence[tuple], rules: Sheet
) -> tuple[Sheet, Sheet]:
    """Every result of the claims, passes too, and their payments. Raises PackError where the warehouse is of another edition."""
    stale = PackError(
        f"the home no longer holds the run that made edition {edition.edition_id}, so what passed in it is not known: "
        "run `gatehouse refresh`, or `gatehouse audit rerun` for an edition of before"
    )
    if not warehouse.is_file():
        raise stale
    try:
        con = duckdb.connect(str(warehouse), read_only=True)
    except duckdb.Error as error:
        raise PackError("the warehouse of the home is in use, by a refresh most likely: try again when it has ended") from error
    with con:
        try:
            if not _made(con, edition):
                raise stale
            named = ", ".join(f"({literal(source)}, {literal(claim_id)})" for source, claim_id in keys)
            con.execute(f"create temp table wanted as select * from (values {named}) as named (source, claim_id)")
            listed = {(row[0], row[1], row[2]): row for row in tests}
            # As the run has it, what is published among it: so that a warehouse of another run is told, whatever it says of itself.
            told = con.execute(
                """select source, claim_id, rule_id, result, reason, known_then, then_reason, amount_at_risk, evidence
                from payment.payment_result semi join wanted using (source, claim_id) where result <> 'pass'"""
            ).fetchall()
            names = {name: n for n, name in enumerate(RESULT_COLUMNS)}
            same = ("source", "claim_id", "rule_id", "result", "reason", "known_then", "then_reason", "amount_at_risk", "evidence")
            if sorted(told, key=str) != sorted((tuple(row[names[name]] for name in same) for row in tests), key=str):
                raise stale
            rows = list(tests) + [row for row in _passes(con, rules) if row[:3] not in listed]
            payments = con.execute(
                """select source, claim_id, payment_ref, named_by, paid_on, paid_amount from claim.int_claim_payment
                semi join wanted using (source, claim_id) order by all"""
            ).fetchall()
        except duckdb.Error as error:
            raise stale from error
    return Sheet("results", RESULT_COLUMNS, sorted(rows, key=lambda row: tuple(map(str, row[:3])))), Sheet(
        "payments", PAYMENT_COLUMNS, payments
    )


def _made(con: duckdb.DuckDBPyConnection, edition: Edition) -> bool:
    """Whether a warehouse was built from what the edition is made of."""
    ((as_of, threshold),) = con.execute("select cast(as_of as varchar), link_threshold from landing.run").fetchall()
    files = con.execute("select delivery_id, file, sha256, is_accepted from landing.delivery").fetchall()
    of_edition = {(one["delivery"], one["file"], one["sha256"], one["accepted"]) for one in edition.manifest["files"]}
    return as_of == edition.as_of and threshold == edition.manifest["link_threshold"] and set(files) == of_edition


def _passes(con: duckdb.DuckDBPyConnection, rules: Sheet) -> list[tuple]:
    """Each rule that a claim passes, with what was known then, in the columns of the results."""
    at = {name: n for n, name in enumerate(rules.columns)}
    in_force = {row[at["rule_id"]]: row for row in rules.rows}
    columns: dict[str, list[str]] = defaultdict(list)
    for model, column in con.execute(
        "select table_name, column_name from information_schema.columns where table_schema = 'payment' and starts_with(table_name, 'rule_') order by all"
    ).fetchall():
        columns[model].append(column)
    found = []
    for model, names in columns.items():
        told = [name.removesuffix("_evidence") for name in names if name.endswith("_evidence")]
        values = ", ".join(f"said.{r}_now, said.{r}_then, said.{r}_perhaps, said.{r}_evidence" for r in told)
        for source, claim_id, is_dated, *rest in con.execute(
            f"""select claim.source, claim.claim_id, said.is_dated, {values}
            from payment.payment_claim as claim
            inner join wanted on wanted.source = claim.source and wanted.claim_id = claim.claim_id
            inner join payment.{model} as said on said.claim_no = claim.claim_no"""
        ).fetchall():
            for n, r in enumerate(told):
                now, surely, perhaps, evidence = rest[4 * n : 4 * n + 4]
                rule = in_force.get(r.upper())
                if now != "pass" or rule is None:
                    continue
                # As payment_result has it (definition: claim_known_then).
                then = "value_missing" if not is_dated else surely if surely == perhaps else "no_version"
                reason = then if then not in ("pass", "fail") else None
                found.append(
                    (source, claim_id, r.upper(), int(rule[at["rule_version"]]), rule[at["class"]], rule[at["severity"]], "pass", None, "pass",
                     "not_testable" if reason else then, reason, False, Decimal("0.00"), evidence)
                )  # fmt: skip
    return found


# ---------------------------------------------------------------- the rows behind


def _source_rows(settings: Settings, pointers: Sequence[tuple], sees_all: bool) -> Sheet:
    """The rows behind the claims as they came. Raises PackError for one that is not as it was when it was typed."""
    wanted: dict[tuple[str, str], dict[int, str]] = defaultdict(dict)
    for _, _, _, delivery, file, number, row_hash in pointers:
        wanted[delivery, file][number] = row_hash
    found: dict[tuple[str, str], tuple[Table, dict[int, Delivered]]] = {}
    settings.spill.mkdir(parents=True, exist_ok=True)
    for (delivery, file), hashes in wanted.items():
        kept = next((one for one in kept_delivery(settings.home / "landed", delivery) if one.path.name == file), None)
        if kept is None:
            raise PackError(f"{delivery} {file} is no longer among the kept files: put it back from a backup")
        try:
            found[delivery, file] = kept.table, delivered(kept, hashes, settings.spill)
        except (UnreadableFileError, OSError) as error:
            raise PackError(f"{delivery} {file} cannot be read again ({type(error).__name__}): put it back from a backup") from error
    rows = []
    for claim_source, claim_id, source, delivery, file, number, row_hash in pointers:
        table, records = found[delivery, file]
        record = records.get(number)
        if record is None or record.row_hash != row_hash:
            raise PackError(f"{delivery} {file}, record {number}, is not what was delivered: put the file back from a backup")
        # A reader who may not see who people are: of others' systems the pointer only, and of what the provider or the contract holds no
        # number, name or text.
        is_own = source == claim_source or source == "contracts"
        shown = [
            [column.label, value]
            for column, value in zip(table.columns, record.values, strict=True)
            if sees_all or (is_own and not is_of_a_person(column.name, column.type))
        ]
        is_withheld = len(shown) < len(table.columns)
        rows.append(
            (
                claim_source,
                claim_id,
                source,
                delivery,
                file,
                table.landing_name,
                number,
                row_hash,
                is_withheld,
                json.dumps(shown, ensure_ascii=False),
            )
        )
    return Sheet("source_rows", ROW_COLUMNS, rows)


def is_of_a_person(column: str, kind: str) -> bool:
    """Whether a declared column says, or may say, who somebody is."""
    return kind in _OF_A_PERSON or re.search(PERSONAL_COLUMN, column) is not None


# ---------------------------------------------------------------- what was decided


def _steps(home: Path, edition: Edition, use: Use, keys: Sequence[tuple[str, str]]) -> Sheet:
    few = keys if len(keys) <= _FEW else None
    cases = {case.case_id: case for case in case_edition.listed(home, edition, use, few) if (case.source, case.claim_id) in set(keys)}
    rows = [
        (step.case_id, (of := cases[step.case_id]).source, of.claim_id, of.rule_id, step.step_no, step.from_state, step.to_state, step.edition_id, step.as_of,
         step.rule_version, step.input_hash, step.at_risk, step.amount, step.reason, step.evidence, step.due_on, step.proposed_by, step.approved_by, step.made_at)
        for step in case_records.steps(home, list(cases))
    ]  # fmt: skip
    return Sheet("decisions", STEP_COLUMNS, rows)


def _drawn(home: Path, use: Use, keys: Sequence[tuple[str, str]]) -> Sheet:
    rows = [
        (one.sample_id, one.method, one.contract_id, one.seed, one.size, one.interval, one.start, one.confidence, one.frame_hash, one.frame_claims,
         one.frame_pounds, one.as_of, one.edition_id, claim.source, claim.claim_id, claim.net, claim.stratum, claim.is_top, claim.supported)
        for one in samples.drawn_of(home, use.reader, keys)
        for claim in one.claims
    ]  # fmt: skip
    return Sheet("sample", SAMPLE_COLUMNS, rows)


def _facts(edition: Edition, use: Use, scope: Scope, claims: Sheet, results: Sheet, payments: Sheet) -> dict[str, Any]:
    def total(sheet: Sheet, column: str) -> str:
        n = sheet.columns.index(column)
        return pack_file.text(sum((Decimal(row[n]) for row in sheet.rows if row[n] is not None), Decimal("0.00")))

    counted: dict[str, int] = defaultdict(int)
    for row in results.rows:
        counted[row[RESULT_COLUMNS.index("result")]] += 1
    return {
        "pack": 1,
        "scope": {what: value for what, value in asdict(scope).items() if value},
        "edition_id": edition.edition_id,
        "as_of": edition.as_of,
        "code_version": edition.manifest["code_version"],
        "for": str(use.reader),
        "results": dict(sorted(counted.items())),
        "totals": {
            "claims": len(claims.rows),
            **{column: total(claims, column) for column in ("net", "s1_amount", "s2_amount", "s3_amount", "paid_amount")},
            "payments": total(payments, "amount"),
        },
    }

"""An edition's audit done again from the kept deliveries that its manifest names, as of its day (definition: payment_rerun).

In a home of its own below `work`, which sees those files and the links before that day and nothing later. Three questions: is each record that was used
still as it was delivered, does every row of the audit come out the same, and does every step taken on the edition rest on what comes out.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from decisions import case_edition, case_records, cases
from edition.access import Use
from edition.folder import Edition, current, edition
from edition.reading import opened, show
from edition.rights import the_product
from orchestration.landing.delivered import delivered
from orchestration.landing.deliveries import KeptFile, kept_delivery, kept_lines
from orchestration.landing.land import hashes_when_typed
from orchestration.landing.records import UnreadableFileError
from orchestration.linkage.history import day_of
from orchestration.settings import OWNER_ONLY, Settings
from sign_in.identity import account

# By what a row is named; all other columns are compared.
COMPARED = {
    "fct_claim": ("source", "claim_id"),
    "fct_claim_test": ("source", "claim_id", "rule_id"),
    "fct_contract_test": ("rule_id", "subject_kind", "subject_id", "contract_id", "period"),
    "fct_reconciliation": ("contract_id", "period", "line"),
    "fct_evidence": ("subject_kind", "subject_id", "subject_source", "source", "delivery", "file", "row_number"),
}
_COPIED = ("identity.key", "accepted.txt", "links/held.json")
_MOST_NAMED = 20  # differences of a table


class RerunError(Exception):
    """The audit could not be done again. The text says why and what to do."""


@dataclass
class Again:
    """What was done again: files and records held against what was delivered, rows by table, steps of cases. `differences`: in words, the first of
    each kind; empty where all is the same. `edition_id`: of what came out."""

    edition_id: str = ""
    files: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    steps: int = 0
    differences: list[str] = field(default_factory=list)


def rerun(settings: Settings, edition_id: str, now: datetime, say: Callable[[str], None]) -> Again:
    """Do the audit of an edition again. `now` goes into the access record. Raises RerunError, EditionError, StoreError. Takes a refresh."""
    made = edition(settings.home, edition_id)
    found = Again()
    say("audit: holding kept files against what was delivered")
    purpose = f"audit rerun: {made.edition_id} held against the same deliveries"
    use = Use(made, now, the_product(account()), purpose)
    for told in altered(settings.home, made, use, found):
        found.differences.append(told)
    home = settings.home / "work" / "audited_again"
    try:
        _lay_out(settings.home, home, made)
        say("audit: building the edition again")
        again = _refreshed(home, made)
        found.edition_id = again.edition_id
        say("audit: comparing")
        of_again = Use(again, now, the_product(account()), purpose)
        found.differences += _compared((made, use), (again, of_again), found)
        found.differences += steps_again(settings.home, made, again, of_again, found)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return found


# ---------------------------------------------------------------- what was delivered


def altered(home: Path, made: Edition, use: Use, found: Again | None = None) -> Iterator[str]:
    """Each file and record of the edition that is no longer as it was delivered, by source, delivery, file and record."""
    of_edition = _hashes(made, use)
    for one in made.manifest["files"]:
        if not one["accepted"] or not one["sha256"]:
            continue
        where = f"{one['source']}, delivery {one['delivery']}, {one['file']}"
        kept = next((file for file in kept_delivery(home / "landed", one["delivery"]) if file.path.name == one["file"]), None)
        if kept is None or not kept.path.is_file():
            yield f"{where}: the kept file is missing: put it back from a backup"
            continue
        if found is not None:
            found.files += 1
        with kept.path.open("rb") as file:
            now = hashlib.file_digest(file, "sha256").hexdigest()
        if now == one["sha256"]:
            continue
        told = list(_altered_records(home, kept, one["sha256"], of_edition.get((one["delivery"], one["file"]), {})))
        yield from (f"{where}, {record}" for record in told)
        if not told:
            yield f"{where}: not the file that was delivered, though every record whose hash is known is as it was"


def _altered_records(home: Path, kept: KeptFile, sha256: str, published: dict[int, str]) -> Iterator[str]:
    hashes = hashes_when_typed(home, kept, sha256)
    said = published if hashes is None else hashes
    try:
        records = delivered(kept, said, home / "work")
    except (UnreadableFileError, OSError) as error:
        yield f"the whole file: it cannot be read any more ({error})"
        return
    for number, row_hash in sorted(said.items()):
        if number not in records:
            yield f"record {number}: it is gone"
        elif records[number].row_hash != row_hash:
            yield f"record {number}: not what was delivered"


def _hashes(made: Edition, use: Use) -> dict[tuple[str, str], dict[int, str]]:
    """Of each file the hashes that the edition itself publishes, of records that something rests on."""
    found: dict[tuple[str, str], dict[int, str]] = defaultdict(dict)
    with opened(made, use, ["fct_evidence"]) as con:
        for delivery, file, number, row_hash in con.execute(
            "select distinct delivery, file, row_number, row_hash from fct_evidence"
        ).fetchall():
            found[delivery, file][number] = row_hash
    return found


# ---------------------------------------------------------------- the same again


def _lay_out(home: Path, other: Path, made: Edition) -> None:
    """A home that sees what the edition was made of, as links to the kept files."""
    shutil.rmtree(other, ignore_errors=True)
    (other / "landing").mkdir(parents=True, mode=OWNER_ONLY)
    (other / "links").mkdir(mode=OWNER_ONLY)
    used = {(one["delivery"], one["sha256"]) for one in made.manifest["files"]}
    for delivery in sorted({one["delivery"] for one in made.manifest["files"]}):
        lines = [
            (sha256, name) for sha256, name, is_note in kept_lines(home / "landed" / delivery) if is_note or (delivery, sha256) in used
        ]
        if not lines:
            continue
        folder = other / "landed" / delivery
        folder.mkdir(parents=True, mode=OWNER_ONLY)
        for _, name in lines:
            (folder / name).symlink_to(home / "landed" / delivery / name)
        (folder / "SHA256SUMS").write_text("".join(f"{sha256}  {name}\n" for sha256, name in lines), encoding="utf-8")
    day = date.fromisoformat(made.as_of)
    for path in (home / "links").glob("[!.]*.parquet"):
        try:
            is_before = day_of(path) < day
        except ValueError:
            continue
        if is_before:
            shutil.copy2(path, other / "links" / path.name)
    for file in _COPIED:
        if (home / file).exists():
            shutil.copy2(home / file, other / file)


def _refreshed(home: Path, made: Edition) -> Edition:
    # Its own store: what was decided comes with the deliveries.
    environment = {name: value for name, value in os.environ.items() if name != "GATEHOUSE_DECISIONS_URL"}
    where = ["--landing", str(home / "landing"), "--home", str(home), "--as-of", made.as_of]
    command = [sys.executable, "-m", "orchestration.cli", "refresh", *where]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        raise RerunError(f"the edition could not be built again: {lines[-1] if lines else 'no reason given'}")
    return current(home)


def _compared(made: tuple[Edition, Use], again: tuple[Edition, Use], found: Again) -> Iterator[str]:
    with duckdb.connect() as con:
        for schema, (one, use) in (("made", made), ("again", again)):
            con.execute(f"create schema {schema}")
            show(con, one, use, COMPARED, schema)
        for table, key in COMPARED.items():
            columns = [[name for name, *_ in con.execute(f"describe {schema}.{table}").fetchall()] for schema in ("made", "again")]
            if columns[0] != columns[1]:
                yield f"{table}: its columns are others now ({', '.join(sorted(set(columns[0]) ^ set(columns[1])))}): the product has changed since"
            both = [name for name in columns[0] if name in columns[1]]
            found.rows[table] = con.execute(f"select count(*) from made.{table}").fetchall()[0][0]
            yield from _different_rows(con, table, key, both)


def _different_rows(con: duckdb.DuckDBPyConnection, table: str, key: tuple[str, ...], columns: list[str]) -> Iterator[str]:
    listed = ", ".join(f'"{name}"' for name in columns)
    rows: dict[tuple, dict[str, tuple]] = defaultdict(dict)
    at = [columns.index(name) for name in key]
    n = 0
    for one, other in (("made", "again"), ("again", "made")):
        found = con.execute(f"select {listed} from {one}.{table} except all select {listed} from {other}.{table} order by all")
        for row in found.fetchall():
            n += 1
            rows[tuple(row[place] for place in at)][one] = row
    for named, sides in sorted(rows.items(), key=str)[:_MOST_NAMED]:
        where = ", ".join(f"{name} {value}" for name, value in zip(key, named, strict=True) if value is not None)
        if len(sides) < 2:
            yield f"{table}, {where}: " + ("only in the edition" if "made" in sides else "not in the edition")
        else:
            differ = [name for name, one, other in zip(columns, sides["made"], sides["again"], strict=True) if one != other]
            yield f"{table}, {where}: another {', '.join(differ)}"
    if len(rows) > _MOST_NAMED:
        yield f"{table}: {len(rows) - _MOST_NAMED} more rows that differ"


# ---------------------------------------------------------------- what was decided


def steps_again(home: Path, made: Edition, again: Edition, use: Use, found: Again) -> Iterator[str]:
    """Each step taken on the edition: rule version, inputs, result and money as they come out again."""
    results = case_edition.results(again, use)
    fails = {fail.key: fail for fail in results.fails}
    untestable = set(results.untestable)
    for step in case_records.steps(home, edition_id=made.edition_id):
        found.steps += 1
        told = f"case {step.case_id}, step {step.step_no} ({step.rule_id}, {step.claim_id or step.subject})"
        if step.key in untestable:
            # What was seen of it before stands: nobody could know.
            continue
        fail = fails.get(step.key)
        if fail is None:
            if step.result == cases.FAIL:
                yield f"{told}: it rests on a failure, and the rule does not fail"
            continue
        said: dict[str, tuple[Any, Any]] = {
            "result": (step.result, cases.FAIL), "rule version": (step.rule_version, fail.rule_version), "input hash": (step.input_hash, fail.input_hash),
            "at risk": (step.at_risk, fail.at_risk),
        }  # fmt: skip
        if differ := [what for what, (was, now) in said.items() if was != now]:
            yield f"{told}: another {', '.join(differ)}"


def as_lines(found: Again, made: str) -> Iterator[str]:
    """What was done again, for whoever asked."""
    yield f"{found.files} kept files held against what was delivered"
    for table, rows in found.rows.items():
        yield f"{table}: {rows:,} rows"
    yield f"{found.steps:,} steps of cases"
    if not found.differences:
        yield f"{made}: all the same again" + (
            "" if found.edition_id == made else f" (now built as {found.edition_id}, for the product has changed since)"
        )

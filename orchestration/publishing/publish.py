"""Publish: an immutable folder for each edition, and one pointer `current` that names the one in force (edition/folder.py;
definition: edition, edition_current).

The tables of an edition are a pure function of the deliveries, the as-of day, the code, the identity key and the links before: there is no
clock in them, and a second run makes the same bytes. Its manifest also holds where the access record stood when it was first made. It is built in `.building-<edition_id>` and moved into place whole, so that being killed at
any moment leaves the edition before it as it was.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Collection
from dataclasses import asdict
from datetime import date, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import duckdb

from edition.access import NotRecorded, Use, head
from edition.extract.extract import Asking, write_standing
from edition.folder import FILE_MODE, FOLDER_MODE, MANIFEST, MANIFEST_MODE, Edition, EditionError, current, current_id, edition, pointer
from edition.reading import view
from edition.rights import the_product
from expectations.published import Published, Verdict, at_once, columns_with_identifier, gather_texts, judge, may_leave, name_identifiers
from ground.files import sync, write_whole
from ground.sql import literal
from orchestration.failure import HELD_BACK
from orchestration.landing.row_account import NO_REFUSAL
from orchestration.linkage import history as person_history
from orchestration.linkage.identity import identity_key
from orchestration.publishing import disclosure, revision
from orchestration.settings import DBT_PROJECT, REPOSITORY, Settings, digest, source_files
from orchestration.warehouse.dbt_run import tests_of_a_refresh
from sign_in.identity import account

BUILDING = ".building-"
# Stands in the place of a number or name of a person: with a number of its own for each, so that rows that belong together still do.
WITHHELD = "[withheld"
# Texts of so many values, at most, are sorted and written by number.
FEW = 1000
# The first rows of a table; few tables have more.
FIRST = 100_000
# A column of more different values than this in a row group is written as it is: to look for repeats costs more than it saves.
PARQUET = "format parquet, compression zstd, compression_level 1, dictionary_size_limit 2000"


class PublishError(Exception):
    """Nothing was published and the pointer was not moved. The text says why and what to do."""


def publish(settings: Settings, now: datetime, say: Callable[[str], None]) -> str:
    """Publish what is in the warehouse; returns the edition id. `now` goes into the access record only. Raises PublishError."""
    published = settings.published
    published.mkdir(parents=True, exist_ok=True)
    for stale in published.glob(f"{BUILDING}*"):
        shutil.rmtree(stale)
    checks = _checks_so_far(settings)
    # No cache of files: the exit door sees what is on the disk, also of a table that was written twice.
    with duckdb.connect(config={"temp_directory": str(settings.spill), "enable_external_file_cache": False}) as con:
        con.execute(f"attach {literal(settings.warehouse)} as warehouse (read_only)")
        # Rows in order fall into the same row groups, byte for byte, with any number of threads.
        con.execute("set preserve_insertion_order = true")
        _nothing_waits_to_be_held(con)
        facts = _facts(con, settings, checks["as_of"])
        edition_id = facts["edition_id"]
        building = published / f"{BUILDING}{edition_id}"
        # Nobody else may read it before it is judged.
        building.mkdir(mode=0o700)
        for folder in FOLDER_MODE:
            (building / folder).mkdir()
            (building / folder).chmod(FOLDER_MODE[folder])
            con.execute(f'create schema "{folder}"')
        say(f"publish: writing {len(may_leave())} tables")
        # The last are the large ones, which should not be left to the end.
        written = at_once(con, reversed(may_leave()), lambda one, table: (table, _write(one, table, building)))
        tables = {table: dict(written)[table] for table in may_leave()}
        say("publish: exit door")
        name_identifiers(con)
        gather_texts(con, may_leave())
        for table, withheld in columns_with_identifier(con).items():
            tables[table] = _write(con, table, building, withheld)
            gather_texts(con, [table])
        limits = _limits(con, checks["as_of"])
        before = _before(settings.home)
        undecided = _undecided(con, facts["disclosure"], before.manifest.get("disclosure") if before else None)
        verdict = judge(con, before.rows if before else {}, limits, undecided, settings.doors / "edition")
        links = _match_rates(con)
        if not verdict.errors:
            person_history.write_links(con, settings.home, date.fromisoformat(checks["as_of"]))
    for warning in verdict.warnings:
        say(f"publish: warning: {warning}")
    if verdict.errors:
        shutil.rmtree(building)
        raise PublishError(f"{HELD_BACK}:\n  " + "\n  ".join(verdict.errors))
    try:
        access = asdict(head(settings.home))
    except NotRecorded as error:
        shutil.rmtree(building)
        raise PublishError(str(error)) from error
    manifest = {**facts, "links": links, "tables": list(tables.values()), "checks": _all_checks(checks, verdict), "access": access}
    write_whole(building / MANIFEST, json.dumps(manifest, indent=1, sort_keys=True) + "\n", MANIFEST_MODE, synced=True)
    made = published / edition_id
    if made.exists():
        _must_equal(settings.home, Edition(settings.home, building, manifest), edition_id)
        shutil.rmtree(building)
        say(f"publish: edition {edition_id} is already there, byte for byte")
    else:
        say("publish: moving the edition into place")
        building.chmod(FOLDER_MODE["protected"])
        os.replace(building, made)
        sync(published)
    _say_what_changed(settings, edition(settings.home, edition_id), limits, now, say)
    _write_standing_tables(edition(settings.home, edition_id), now, say)
    say("publish: moving the pointer")
    write_whole(pointer(settings.home), edition_id + "\n", 0o644, synced=True)
    person_history.keep_links(settings.home, date.fromisoformat(checks["as_of"]))
    return edition_id


def roll_back(settings: Settings, edition_id: str) -> None:
    """Put an edition of before in force again, once each of its tables is found as it was published. Raises PublishError, EditionError."""
    chosen = edition(settings.home, edition_id)
    for where, sha256 in chosen.hashes.items():
        path = chosen.folder / f"{where}.parquet"
        if not path.is_file() or _sha256(path) != sha256:
            raise PublishError(f"{where} of edition {chosen.edition_id} is not what was published: put the edition back from a backup")
    write_whole(pointer(settings.home), chosen.edition_id + "\n", 0o644, synced=True)


def _nothing_waits_to_be_held(con: duckdb.DuckDBPyConnection) -> None:
    """Links that change too many people are judged by a step of their own, which somebody who starts steps by hand may have left out. Raises
    PublishError."""
    for (delivery,) in con.execute("select delivery_id from warehouse.linkage.link_hold").fetchall():
        raise PublishError(f"{delivery} changes who is who for too many people, and nobody has judged it: start the whole job `refresh`")


def _say_what_changed(settings: Settings, made: Edition, limits: dict[str, float], now: datetime, say: Callable[[str], None]) -> None:
    """Before the pointer moves, so that being killed in between does it again the next time."""
    say("publish: comparing with the edition before")
    use = Use(made, now, the_product(account()), "refresh: what this edition changed in figures published before")
    try:
        changed = revision.record(made, current_id(settings.home), limits, settings.spill, use)
    except NotRecorded as error:
        raise PublishError(f"what the edition changed could not be worked out: {error}") from error
    except (duckdb.Error, EditionError) as error:
        # The edition itself is right; what it changed in an older one's figures can be worked out for no shape but today's.
        say(f"publish: warning: the edition before cannot be compared with this one ({type(error).__name__}); no revisions were listed")
        return
    if changed is not None:
        say(f"publish: {changed} figures published before are others now")


def _write_standing_tables(made: Edition, now: datetime, say: Callable[[str], None]) -> None:
    """Beside the editions, since `changes` is of two of them. Before the pointer moves, so that an edition in force always has them."""
    say("publish: standing tables")
    try:
        write_standing(made, Asking(the_product(account()), now, now.date()), say)
    except (EditionError, OSError) as error:
        raise PublishError(f"the standing tables of edition {made.edition_id} could not be written: {error}") from error


def code_version() -> str:
    """Version of the package and a hash over everything that decides what comes out."""
    folders = [*(REPOSITORY / name for name in ("decisions", "edition", "expectations", "ground", "orchestration", "seeds")), DBT_PROJECT]
    # The lock too: the bytes of a Parquet file depend on the version of DuckDB that wrote it.
    files = [*source_files(*folders), REPOSITORY / "requirements.lock"]
    return f"{metadata.version('gatehouse')}+{digest(files, REPOSITORY)[:10]}"


def _facts(con: duckdb.DuckDBPyConnection, settings: Settings, as_of: str) -> dict[str, Any]:
    """What the edition is made of, and the id that follows from it."""
    # The kind comes from delivery.json: the same file means something else when it is all of a table or only its changes.
    files = _rows(con, """select source, delivery_id as delivery, kind, table_name as "table", file, sha256, is_accepted as accepted,
            reason from warehouse.landing.delivery order by all""")  # fmt: skip
    # Decisions come when there are any: their last day is no sign of how old the data is.
    watermarks = con.execute(
        """select table_name, max(complete_to) from warehouse.landing.delivery
        where is_accepted and source <> 'decisions' group by all order by all"""
    ).fetchall()
    deleted = con.execute("select source, table_name, key, complete_to from warehouse.landing.deleted_key order by all").fetchall()
    version = code_version()
    # Only its fingerprint: the key itself never leaves the home.
    key = hashlib.sha256(b"gatehouse identity key" + identity_key(settings.home)).hexdigest()
    ((link_threshold, links),) = con.execute("select link_threshold, links_fingerprint from warehouse.landing.run").fetchall()
    made_of = json.dumps([files, deleted, version, key, links, link_threshold], default=str, sort_keys=True)
    return {
        "edition_id": f"{as_of}-{hashlib.sha256(made_of.encode()).hexdigest()[:10]}",
        "as_of": as_of,
        "code_version": version,
        "link_threshold": link_threshold,
        "disclosure": {
            "key": disclosure.fingerprint(disclosure.disclosure_key(identity_key(settings.home))),
            "base": str(int(_limits(con, as_of)["rounding_base"])),
            "rules": disclosure.RULES,
            "grid": _grid(con),
        },
        "watermarks": {table: day.isoformat() for table, day in watermarks if table},
        "files": files,
        "refused": [
            {k: f[k] for k in ("delivery", "table", "file", "reason")}
            for f in files
            if not f["accepted"] and not (f["reason"] or "").startswith(NO_REFUSAL)
        ],
    }


def _grid(con: duckdb.DuckDBPyConnection) -> str:
    """What stands for the grid of what is printed: the first 16 characters of a hash of its rows."""
    rows = con.execute("select characteristic, geography_kind, period_grain from warehouse.seeds.published_grid order by all").fetchall()
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:16]


def _undecided(con: duckdb.DuckDBPyConnection, made_by: dict[str, str], before: dict[str, str] | None) -> dict[str, bool]:
    """By what protected figures are made by (key, base, rules, grid): whether it is another than in the edition `before` (None: there is none,
    or none with protected figures as now) and no decision of seeds/disclosure_change.csv says so (definition: disclosure_audit)."""
    decided = set(con.execute("select changed, is_now from warehouse.seeds.disclosure_change").fetchall())
    return {what: before is not None and before.get(what) != value and (what, value) not in decided for what, value in made_by.items()}


def _match_rates(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """How many records of each source belong to a person who has one of another, exactly, for operators alone; and the published measure L01
    of the latest year for the nation, each region and each provider."""
    by_source = _rows(
        con,
        """with person as (
            select person_id, count(distinct source) > 1 as is_linked from warehouse.linkage.person_link where source <> 'crn' group by person_id
        )
        select record.source, count(*) as records, count(*) filter (where coalesce(person.is_linked, false)) as linked
        from warehouse.linkage.link_record as record
        left join warehouse.linkage.person_link as link on link.source = record.source and link.source_key = record.source_key
        left join person on person.person_id = link.person_id
        group by record.source
        order by record.source""",
    )
    releases = _rows(
        con,
        """select geography_kind, geography_id, cast(period_start as varchar) as period_start, numerator, denominator, value
        from "protected"."fct_measure_result"
        where measure_id = 'L01' and period_grain = 'year' and characteristic = 'all' and geography_kind in ('nation', 'region', 'provider')
            and period_start = (select max(period_start) from "protected"."fct_measure_result" where measure_id = 'L01' and period_grain = 'year')
        order by all""",
    )
    return {"records": by_source, "releases": releases}


def _write(con: duckdb.DuckDBPyConnection, table: Published, building: Path, withheld: Collection[str] = ()) -> dict[str, Any]:
    """Write one table, in a total order, and make its view. Returns its entry in the manifest."""
    path = building / f"{table.where}.parquet"
    con.execute(f"copy ({_rows_in_order(con, table, withheld)}) to {literal(path)} ({PARQUET})")
    path.chmod(FILE_MODE[table.folder])
    sync(path)
    view(con, table.view, [path])
    n = con.execute(f"select count(*) from {table.view}").fetchall()[0][0]
    return {"table": table.name, "folder": table.folder, "rows": n, "sha256": _sha256(path)}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _rows_in_order(con: duckdb.DuckDBPyConnection, table: Published, withheld: Collection[str]) -> str:
    """The rows of a table as SQL, ordered by its key (the exit door lets no two rows share one), else by all columns.

    A number or name of a person that a supplier has typed into some other field, one of `withheld`, is not shown, so that one slip neither
    leaks nor stops the edition; the provider's own references go as they are (definition: identity).
    """
    try:
        kinds = {column: kind for column, kind, *_ in con.execute(f"describe warehouse.{table.model}").fetchall()}
    except duckdb.CatalogException as error:
        raise PublishError(f"{table.where}: the warehouse has no table {table.model}. Build it, or take it out of published.yml") from error
    hidden = set(table.order) - set(table.key)
    shown = {column: f'"{column}"' for column in kinds if column not in hidden}
    for column in withheld:
        n = f'(select n from personal where v = trim("{column}"))'
        shown[column] = f"""coalesce('{WITHHELD} ' || {n} || ']', "{column}")"""
    key = [column for column in table.key if column in kinds] or list(kinds)
    texts = {column: value for column, value in shown.items() if kinds[column] == "VARCHAR"}
    for column, enum in _enums(con, table, texts).items():
        shown[column] = f"cast({shown[column]} as {enum})"
    inner = ", ".join(f'{value} as "{column}"' for column, value in shown.items())
    by = ", ".join(f'"{column}"' for column in table.order or key)
    # The first as it is: then each row group knows its own bounds, and a reader passes over the groups it does not need.
    return f"""select * replace (cast("{key[0]}" as {kinds[key[0]]}) as "{key[0]}")
        from (select {inner} from warehouse.{table.model} order by {by})"""


def _enums(con: duckdb.DuckDBPyConnection, table: Published, texts: dict[str, str]) -> dict[str, str]:
    """For each of the texts (SQL by column) that has few values, an enum of them in their order: less work to sort and to write,
    the same order, and text all the same in a Parquet file. The bytes depend on which have few, so that is counted in all rows;
    only what has many in the first rows already is not counted further."""
    few = list(texts)
    values: dict[str, list[str]] = {}
    for rows in (f"(from warehouse.{table.model} limit {FIRST})", f"warehouse.{table.model}"):
        if not few:
            return {}
        n, *found = con.execute(f"select count(*), {', '.join(f'list(distinct {texts[c]})' for c in few)} from {rows}").fetchall()[0]
        values = {column: sorted(v for v in some or () if v is not None) for column, some in zip(few, found, strict=True)}
        few = [column for column in few if len(values[column]) <= FEW]
        if n < FIRST:
            break
    return {column: "enum(" + ", ".join(literal(v) for v in values[column]) + ")" for column in few if values[column]}


def _checks_so_far(settings: Settings) -> dict[str, Any]:
    """What the landing door and dbt declared and ran. Raises PublishError when a declared check was not run."""
    try:
        landing = json.loads((settings.checks / "landing.json").read_text())
        graph = json.loads((settings.dbt_target / "manifest.json").read_text())
    except FileNotFoundError as error:
        raise PublishError(f"nothing has been built yet ({error.filename} is missing): run `gatehouse refresh`") from error
    steps = [json.loads(path.read_text()) for path in sorted(settings.checks.glob("warehouse*.json"))]
    executed = {test for step in steps for test in step["executed"]}
    declared = tests_of_a_refresh(graph)
    if missed := sorted(declared - executed):
        raise PublishError("tests that are declared were not run: " + ", ".join(name.split(".")[2] for name in missed))
    return {
        "as_of": landing["as_of"],
        "landing": {"declared": landing["declared"], "executed": landing["executed"], "failed": landing.get("failed", 0)},
        "dbt": {"declared": len(declared), "executed": len(executed), "failed": len({t for s in steps for t in s["failed"]})},
    }


def _all_checks(checks: dict[str, Any], verdict: Verdict) -> dict[str, Any]:
    """Checks declared, executed and failed: in all, and for each of the landing door, dbt and the exit door. What the exit door
    finds odd beside the edition before is said and not written down: an edition does not depend on what was published earlier."""
    by = {
        "landing": checks["landing"],
        "dbt": checks["dbt"],
        "published": {"declared": verdict.declared, "executed": verdict.executed, "failed": len(verdict.errors)},
    }
    return {**{word: sum(part[word] for part in by.values()) for word in ("declared", "executed", "failed")}, "by": by}


def _limits(con: duckdb.DuckDBPyConnection, as_of: str) -> dict[str, float]:
    rows = con.execute(
        """select threshold, value from warehouse.seeds.threshold
        where threshold in ('rounding_base', 'volume_change_share', 'revision_points', 'revision_count_share')
            and cast(? as date) between valid_from and coalesce(valid_to, date '9999-12-31')""",
        [as_of],
    ).fetchall()
    return {name: float(value) for name, value in rows}


def _before(home: Path) -> Edition | None:
    """The edition in force, which this one is held against; None where there is none, or none that can be read."""
    try:
        return current(home)
    except EditionError:
        return None


def _must_equal(home: Path, made: Edition, edition_id: str) -> None:
    """The same inputs and code must give the same edition. Raises PublishError naming the tables that differ."""
    try:
        before = edition(home, edition_id).hashes
    except EditionError as error:
        raise PublishError(f"edition {edition_id} exists and is damaged: move its folder away. {error}") from error
    if different := sorted(where for where in before.keys() | made.hashes.keys() if before.get(where) != made.hashes.get(where)):
        raise PublishError(
            f"not reproducible: edition {edition_id} exists, made of the same files and code, and these tables differ: "
            f"{', '.join(different)}. The edition that exists was kept"
        )


def _rows(con: duckdb.DuckDBPyConnection, sql: str, values: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    found = con.execute(sql, values)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

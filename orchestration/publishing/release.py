"""Reads published releases for the command line: what `gatehouse status` tells and what `gatehouse sql` may ask."""

from __future__ import annotations

import csv
import getpass
import json
import os
from datetime import date, datetime
from pathlib import Path
from typing import Any, TextIO

import duckdb

from orchestration.publishing.revision import register

ACCOUNT = ("rows_read", "rows_loaded", "rows_rejected", "rows_quarantined", "rows_refused")


class ReleaseError(Exception):
    """The question cannot be answered. The text says why and what to do."""


def status(home: Path, today: date) -> dict[str, Any]:
    """The state of a home, from its releases and its last fetch.

    Keys: `releases` (release_id, as_of, code_version, current), `current` (release id or None), `sources` (what the last fetch
    from each declared source came to: orchestration/fetch/transport.py, Account), `revisions` (before, after, figures, revised,
    announced: figures published before that are others after) and, of the current release:
    `tables` (table, watermark, age_days), `row_accounts` (one a file, with `balanced`), `refused` (delivery, table, file,
    reason), `checks` (declared, executed, failed, by).
    """
    published, current = home / "published", _pointer(home / "published")
    manifests = [_manifest(path.parent) for path in sorted(published.glob("[!.]*/manifest.json"))]
    found: dict[str, Any] = {
        "releases": [
            {k: m[k] for k in ("release_id", "as_of", "code_version")} | {"current": m["release_id"] == current} for m in manifests
        ],
        "current": current,
        "sources": _last_fetch(home / "fetch" / "last.json"),
        "revisions": register(published),
        "tables": [],
        "row_accounts": [],
        "refused": [],
        "checks": {},
    }
    if current is None:
        return found
    manifest = _manifest(published / current)
    marks = manifest["watermarks"].items()
    found["tables"] = [{"table": t, "watermark": day, "age_days": (today - date.fromisoformat(day)).days} for t, day in sorted(marks)]
    found["refused"], found["checks"] = manifest["refused"], manifest["checks"]
    with duckdb.connect() as con:
        path = published / current / "restricted" / "fct_row_account.parquet"
        rows = con.execute(f"select delivery, file, {', '.join(ACCOUNT)} from read_parquet(?) order by all", [str(path)]).fetchall()
    for row in rows:
        account = dict(zip(("delivery", "file", *ACCOUNT), row, strict=True))
        found["row_accounts"].append(account | {"balanced": row[2] == sum(row[3:])})
    return found


def as_json(found: dict[str, Any]) -> str:
    return json.dumps(found, indent=1)


def as_text(found: dict[str, Any]) -> str:
    sources = [line for account in found["sources"] for line in _source_lines(account)]
    if found["current"] is None:
        return "\n".join(["Nothing has been published in this home yet: run `gatehouse refresh`.", *sources])
    checks = found["checks"]
    lines = ["Sources, last fetch", *sources, ""] if sources else []
    lines += ["Releases"]
    lines += [f"  {'*' if r['current'] else ' '} {r['release_id']}  as of {r['as_of']}  code {r['code_version']}" for r in found["releases"]]
    lines += ["", "Revisions: figures that had been published and are others now"]
    lines += [
        f"  {r['after']} after {r['before']}: {r['figures']} changed, {r['revised']} of them revised, {r['announced']} by enough to announce"
        for r in found["revisions"]
    ] or ["  none"]
    lines += ["", "Tables: complete to, age in days"]
    lines += [f"  {t['table']:<60} {t['watermark']} {t['age_days']:>6}" for t in found["tables"]]
    lines += ["", "Row accounts: read = loaded + rejected + quarantined + refused"]
    for a in found["row_accounts"]:
        sums = f"{a['rows_read']:>9} = {' + '.join(str(a[word]) for word in ACCOUNT[1:])}"
        lines.append(f"  {a['delivery'] + '/' + a['file']:<60} {sums}{'' if a['balanced'] else '  DOES NOT ADD UP'}")
    lines += ["", "Refused"]
    lines += [f"  {r['delivery']}/{r['file']}: {r['reason']}" for r in found["refused"]] or ["  nothing"]
    lines += ["", f"Checks: {checks['declared']} declared, {checks['executed']} executed, {checks['failed']} failed"]
    return "\n".join(lines)


def _last_fetch(path: Path) -> list[dict[str, Any]]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))["sources"]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError) as error:
        raise ReleaseError(f"{path} cannot be read: remove it, the next refresh writes it again") from error


def _source_lines(account: dict[str, Any]) -> list[str]:
    lines = [
        f"  {account['source']}: {account['offered']} files offered, {account['fetched']} new"
        + (f"; FAILED: {account['reason']}" if account["reason"] else "")
    ]
    lines += [f"    not fetched: {one['file']}: {one['reason']}" for one in account["not_fetched"]]
    return lines + [f"    ignored: {n} times {why}" for why, n in account["ignored"].items()]


def write_csv(home: Path, query: str, out: TextIO, purpose: str | None, now: datetime) -> None:
    """Run one read-only query over the current release and write CSV with a header line; empty means unknown.

    Without `purpose` only protected tables exist. With it the restricted ones do too, and the use is logged before the query
    runs; if it cannot be logged it does not run. Raises ReleaseError.
    """
    current = _pointer(home / "published")
    if current is None:
        raise ReleaseError("nothing has been published in this home yet: run `gatehouse refresh`")
    release = (home / "published" / current).resolve()
    # Restricted last: where both sides have a table, the exact one is meant.
    files = {p.stem: p for side in ("protected", "restricted")[: 2 if purpose else 1] for p in sorted((release / side).glob("*.parquet"))}
    literals = {table: "'" + str(path).replace("'", "''") + "'" for table, path in files.items()}
    # What does not fit into memory stays in the home, where rows about people belong, not in the folder somebody stands in.
    with duckdb.connect(config={"temp_directory": str(home.resolve() / "work" / "spill")}) as con:
        for table, path in literals.items():
            con.execute(f'create view "{table}" as from read_parquet({path})')
        statement = _only_select(con, query)
        # From here on DuckDB opens these files and nothing else, and the query cannot change that.
        con.execute(f"set allowed_paths = [{', '.join(literals.values())}]")
        con.execute("set enable_external_access = false")
        con.execute("set lock_configuration = true")
        if purpose:
            _log_access(home / "access.log", {"time": now.isoformat(timespec="seconds"), "user": _user(),
                                                       "purpose": purpose, "query": query, "release_id": current})  # fmt: skip
        try:
            answer = con.execute(statement)
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow([column[0] for column in answer.description])
            while rows := answer.fetchmany(10_000):
                writer.writerows([["true" if v is True else "false" if v is False else v for v in row] for row in rows])
        except duckdb.Error as error:
            raise ReleaseError(f"the query failed: {error}") from error


def _only_select(con: duckdb.DuckDBPyConnection, query: str) -> duckdb.Statement:
    try:
        statements = con.extract_statements(query)
    except duckdb.Error as error:
        raise ReleaseError(f"the query cannot be read: {error}") from error
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise ReleaseError("only one SELECT is allowed: nothing can be written, attached, installed or set")
    return statements[0]


def _log_access(log: Path, entry: dict[str, str]) -> None:
    try:
        handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, (json.dumps(entry) + "\n").encode())
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise ReleaseError(f"the use cannot be written to {log} ({error.strerror}), so the query was not run") from error


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without a name for this user
        return f"uid {os.getuid()}"


def _pointer(published: Path) -> str | None:
    try:
        return (published / "current").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None


def _manifest(release: Path) -> dict[str, Any]:
    try:
        return json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReleaseError(f"release {release.name} has no readable manifest.json: refresh again") from error

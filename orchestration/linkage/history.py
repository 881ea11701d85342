"""Who was who before: the links of earlier refreshes, which keep people together, and what has changed since.

    <home>/links/<as_of>.parquet            every record and its person, as published for that day
    <home>/links/<as_of>.evidence.parquet   what each record was linked by, as numbers that only tell whether it has changed since
    <home>/links/<as_of>.changed.parquet    what changed at that refresh: linkage.person_change

A refresh sees the links of the latest day before its as-of and none later: a second run sees what the first saw, and a look back does
not know what came after. Links are kept when an edition has come into force, unless those of a later day are there already. Those
that rest on something withdrawn since do not count.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import duckdb

from ground.sql import literal
from orchestration.settings import DBT_PROJECT, OWNER_ONLY, REPOSITORY, digest, source_files

CHANGED, EVIDENCE = ".changed.parquet", ".evidence.parquet"
EVIDENCE_MODEL = DBT_PROJECT / "models" / "linkage" / "link_evidence.sql"

class HistoryError(Exception):
    """A file of the history cannot be read. The text names it and says what to do."""


@dataclass(frozen=True)
class Earlier:
    """What a refresh sees of those before it, with all that it is compared by.

    links, evidence: files, None where there are none; changes: files, by day; as_of, rules, recipe: the day of the links, and by which
    rules and recipe they and the evidence were made; brought: what each delivery had brought that they rest on (`what` of
    linkage.link_brought); ever: the same of the links of all days, later ones too; fingerprint: changes when what is seen does."""

    links: Path | None = None
    evidence: Path | None = None
    changes: tuple[Path, ...] = ()
    as_of: date | None = None
    rules: str | None = None
    recipe: str | None = None
    brought: frozenset[str] = frozenset()
    ever: frozenset[str] = frozenset()
    fingerprint: str = ""


def earlier(home: Path, as_of: date) -> Earlier:
    """What a refresh of `as_of` sees of those before it."""
    standing = list(_standing(home))
    with duckdb.connect() as con:
        ever = frozenset(what for path in standing for what in _brought(con, path))
        links = next((path for path in standing if day_of(path) < as_of), None)
        changes = _changes_of({day_of(path) for path in standing if day_of(path) < as_of}, home)
        seen = [*([links] if links else []), *changes]
        fingerprint = hashlib.sha256("".join(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n" for path in seen).encode()).hexdigest()
        if links is None:
            return Earlier(changes=changes, ever=ever, fingerprint=fingerprint)
        evidence = links.with_name(f"{day_of(links)}{EVIDENCE}")
        return Earlier(
            links=links,
            evidence=evidence if evidence.exists() else None,
            changes=changes,
            as_of=day_of(links),
            rules=_metadata(con, links).get("rules"),
            recipe=_metadata(con, evidence).get("evidence") if evidence.exists() else None,
            brought=frozenset(_brought(con, links)),
            ever=ever,
            fingerprint=fingerprint,
        )


def check_links(home: Path) -> None:
    """Raises HistoryError when a file of the links was cut short."""
    for path in sorted((home / "links").glob("[!.]*.parquet")):
        if _ending(path) is None:
            continue
        with path.open("rb") as file:
            begin = file.read(4)
            file.seek(-min(4, path.stat().st_size), os.SEEK_END)
            end = file.read()
        if not begin == end == b"PAR1":
            raise HistoryError(
                f"{path} is damaged: restore it from backup, or take the files of its day out of {path.parent}; people are then kept "
                "together by the links of the day before"
            )


def write_links(con: duckdb.DuckDBPyConnection, home: Path, as_of: date) -> None:
    """Write the links of the warehouse that `con` has attached as `warehouse`, for `keep_links`, unless those of a later day are kept."""
    if _has_later(home, as_of):
        return
    (home / "links").mkdir(mode=OWNER_ONLY, exist_ok=True)
    brought = "\n".join(sorted(what for (what,) in con.execute("select what from warehouse.linkage.link_brought").fetchall()))
    ((rules, recipe),) = con.execute("select rules, evidence_recipe from warehouse.landing.run").fetchall()
    kept = f"rules: {literal(rules)}, evidence: {literal(recipe)}, brought: {literal(brought)}"
    tables = (
        f"""select as_of, since, person_id_before, person_id, records, change, cause from warehouse.linkage.person_change
        where as_of = date '{as_of}' order by all""",
        "select source, source_key, person, police, home, sentence from warehouse.linkage.link_evidence order by source, source_key",
        "select source, source_key, person_id from warehouse.linkage.person_link where source <> 'crn' order by all",
    )
    for (part, _), query in zip(_parts(home, as_of), tables, strict=True):
        con.execute(f"copy ({query}) to {literal(part)} (format parquet, compression zstd, kv_metadata {{{kept}}})")


def keep_links(home: Path, as_of: date) -> None:
    """Put what `write_links` wrote into its place, once the edition is the current one: a refresh that is killed leaves the links before."""
    if not _has_later(home, as_of):
        for part, kept in _parts(home, as_of):
            os.replace(part, kept)


def rules(threshold: str) -> str:
    """Changes when the rules of linkage do: its model, its SQL and that of what it reads, its code, the threshold from which it joins."""
    return f"{_code()} {threshold}"


@cache
def _code() -> str:
    code = [REPOSITORY / "orchestration" / "linkage" / name for name in ("identity.py", "persons.py", "model.py")]
    seeds = [REPOSITORY / "seeds" / name for name in ("placeholder_date.csv", "pseudo_postcode.csv")]
    sql = [DBT_PROJECT / name for name in ("models/staging", "models/linkage", "macros/portable")]
    return digest([*source_files(REPOSITORY / "seeds" / "linkage", *sql), DBT_PROJECT / "macros" / "linkage.sql", *seeds, *code], REPOSITORY)


def recipe() -> str:
    """Changes when evidence kept before cannot be compared with that of now."""
    return hashlib.sha256(EVIDENCE_MODEL.read_bytes() + duckdb.__version__.encode()).hexdigest()[:16]


def _has_later(home: Path, as_of: date) -> bool:
    return any(day_of(path) > as_of for path in _standing(home))


def _parts(home: Path, as_of: date) -> list[tuple[Path, Path]]:
    """Where the files of a day are written and where they are kept. The links come last: the others without them do not count."""
    return [(home / "links" / f".{name}.part", home / "links" / name) for name in (f"{as_of}{CHANGED}", f"{as_of}{EVIDENCE}", f"{as_of}.parquet")]


def _ending(path: Path) -> str | None:
    """What follows the day in the name of a file of ours; None where the name is another, such as that of a copy somebody has made."""
    try:
        date.fromisoformat(path.name[:10])
    except ValueError:
        return None
    return path.name[10:] if path.name[10:] in (".parquet", CHANGED, EVIDENCE) else None


def _kept(home: Path, ending: str = ".parquet") -> list[Path]:
    return [path for path in (home / "links").glob("*.parquet") if _ending(path) == ending]


def _changes_of(days: set[date], home: Path) -> tuple[Path, ...]:
    return tuple(sorted(path for path in _kept(home, CHANGED) if day_of(path) in days))


def _standing(home: Path) -> Iterator[Path]:
    """The links of all days, the latest first, but for those made of a file or a delivery that is no longer in `landed`: it was withdrawn
    (docs/how-to.md, Withdraw a delivery), and what it joined must not be kept together."""
    landed = {
        f"{sums.parent.parent.name}/{sums.parent.name} {what}"
        for sums in (home / "landed").glob("*/*/SHA256SUMS")
        for what in ("deletes", *(line[:64] for line in sums.read_text(encoding="utf-8").splitlines()))
    }
    with duckdb.connect() as con:
        for path in sorted(_kept(home), reverse=True):
            if {" ".join(what.split(" ")[:2]) for what in _brought(con, path)} <= landed:
                yield path


def _brought(con: duckdb.DuckDBPyConnection, links: Path) -> list[str]:
    return _metadata(con, links).get("brought", "").splitlines()


def day_of(path: Path) -> date:
    return date.fromisoformat(path.name.split(".")[0])


def _metadata(con: duckdb.DuckDBPyConnection, file: Path) -> dict[str, str]:
    found = con.execute("select key, value from parquet_kv_metadata(?)", [str(file)]).fetchall()
    return {bytes(key).decode(): bytes(value).decode() for key, value in found}

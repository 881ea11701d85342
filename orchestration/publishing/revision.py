"""What a new edition changed in figures that were out already, and why.

    published/revisions/<edition before>--<edition>.parquet   one row a changed figure; restricted

A register entry is worked out from the two editions, which are immutable, and the lags of seed domain_source, so the same
pair always gives the same rows. It lies outside the editions: an edition is a function of its deliveries, and not of what was
published before it. The SQL is in the folder revision/, in the order changed, cause, first_published, entry.

A figure is a measure of a month, quarter, year or rolling window in the nation, a region or at a provider. It is in the register
when it had a value before and its counts or its value are others now. Each release that counts otherwise than
before has one cause, the first that applies:

    due         it fell due between the two vintages, or came out of prison, was recalled or returned since
    linkage     it belongs to another person, or its person was joined or parted from probation's records
    rule        the deliveries are the same and the code or a seed is not
    late        a record that was not there before
    corrected   a record that was there was changed, closed or deleted
    rule        nothing behind it has changed but the code or a seed

The figure's main cause is that of most of its releases; where that is `due`, the figure was still filling and has `matured`,
which is no revision.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from edition.access import Use
from edition.folder import REGISTER, Edition, editions, revision_file, revisions
from edition.reading import opened, show
from ground.files import whole
from ground.sql import literal
from orchestration.settings import REPOSITORY

TABLES = ("fct_measure_result", "fct_measure_person", "fct_release", "fct_release_status", "fct_release_provider", "fct_claim",
          "fct_evidence", "fct_recall", "dim_measure")  # fmt: skip
SQL = {path.stem: path.read_text(encoding="utf-8") for path in sorted(Path(__file__).with_suffix("").glob("*.sql"))}


def record(after: Edition, current: str | None, thresholds: dict[str, float], spill: Path, use: Use) -> int | None:
    """Writes the register entry of an edition; returns how many figures changed, None where there is nothing to do: no
    edition before it, or an entry already. `current`: the edition the pointer names.

    `thresholds`: revision_points (0.01 is a percentage point) and revision_count_share of seed threshold; `spill`: folder for
    what does not fit into memory; `use`: what the access record says of it. Both editions lie whole in their folders. Raises duckdb.Error
    and EditionError where an edition was written in a shape that cannot be compared, NotRecorded where the use cannot be recorded.
    """
    before = edition_before(after, current)
    if before is None or any(pair[1] == after.edition_id for pair in revisions(after.home)):
        return None
    entry = revision_file(after.home, before.edition_id, after.edition_id)
    entry.parent.mkdir(mode=0o700, exist_ok=True)
    old, new = before.manifest, after.manifest
    with duckdb.connect(config={"temp_directory": str(spill)}) as con:
        con.execute("set enable_progress_bar = false")  # it would go to the command's output
        for schema, one in (("old", before), ("new", after)):
            con.execute(f"create schema {schema}")
            show(con, one, use, TABLES, schema)
        facts = {
            "edition_before": before.edition_id, "edition": after.edition_id,
            "vintage_before": date.fromisoformat(before.as_of), "vintage": date.fromisoformat(after.as_of),
            "same_files": old["files"] == new["files"], "other_code": old["code_version"] != new["code_version"],
            "moved_to": date.fromisoformat(old["watermarks"].get("nomis__offender_external_movements", before.as_of)),
            "points": thresholds["revision_points"], "share": thresholds["revision_count_share"],
        }  # fmt: skip
        con.execute(f"create temp table fact as select {', '.join(f'${name} as {name}' for name in facts)}", facts)
        con.execute(
            "create temp table watermark as select unnest(cast($tables as varchar[])) as table_name, unnest(cast($days as date[])) as complete_to",
            {"tables": list(old["watermarks"]), "days": list(old["watermarks"].values())},
        )
        con.execute("set variable domain_source = ?", [str(REPOSITORY / "seeds" / "domain_source.csv")])
        con.execute(SQL["changed"] + SQL["cause"])
        con.execute("create schema earlier")
        for one in _chain(before):
            show(con, one, use, ["fct_measure_result"], "earlier")
            con.execute(SQL["first_published"])
        con.execute(f"create temp table revision as {SQL['entry']}")
        with whole(entry, mode=0o600) as part:
            con.execute(f"copy (from revision order by all) to {literal(part)} (format parquet, compression zstd)")
        (n,) = con.execute("select count(*) from revision").fetchone() or (0,)
    return n


def edition_before(after: Edition, current: str | None) -> Edition | None:
    """Of the editions kept, the one of the latest as-of day up to that of `after`, so that a look back at an earlier day comes
    between no two others; of several of one day (other code, a file sent again) the current one, else the last by id."""
    earlier = [one for one in editions(after.home) if one != after and one.as_of <= after.as_of]
    return max(earlier, key=lambda one: (one.as_of, one.edition_id == current, one.edition_id), default=None)


def register(of: Edition, use: Use) -> list[dict[str, Any]]:
    """Every entry of the register as it lies beside an edition: before, after, figures (that changed), revised (not merely matured),
    announced; by edition. Raises NotRecorded where the use cannot be recorded."""
    entries = revisions(of.home)
    if not entries:
        return []
    with opened(of, use, [REGISTER]) as con:
        counted = con.execute(
            f"""select parse_filename(filename, true), count(*), count(*) filter (where main_cause <> 'matured'), count(*) filter (where is_announced)
            from {REGISTER} group by filename"""
        ).fetchall()
    # An entry without a changed figure has no row.
    found = {name: numbers for name, *numbers in counted}
    listed = [(before, after, *found.get(f"{before}--{after}", (0, 0, 0))) for before, after in entries]
    return [dict(zip(("before", "after", "figures", "revised", "announced"), one, strict=True)) for one in listed]


def _chain(before: Edition) -> list[Edition]:
    """The editions that led up to `before` by the entries of the register, the newest first, as far as they are kept."""
    came_after = {after: earlier for earlier, after in revisions(before.home)}
    kept = {one.edition_id: one for one in editions(before.home)}
    chain = [before.edition_id]
    while (earlier := came_after.get(chain[-1])) and earlier not in chain and earlier in kept:
        chain.append(earlier)
    return [kept[one] for one in chain[1:]]

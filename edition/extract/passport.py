"""What an extract says about itself, the same names in every format (definition: extract_passport). It holds no clock and no name of a user, so
that whoever makes the same extract of the same edition again gets the same passport."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from edition.embargo import SERIES, Series
from edition.extract.printed import Printed, columns, thresholds
from edition.extract.selection import CHANGES, DICTIONARY, MONEY, Selection
from edition.folder import Edition

VERSION = 1
# Beside the row of its registry the edition has these of a measure, which are worked out anew with each edition.
WORKED_OUT = "design_effect"
LEGEND = "Counts are rounded at random to a multiple of 5. 0 means none or up to 4. Parts may not add up to totals."
_UNROUNDED = "Counts of 1 to 4 are hidden and marked [c], and every rate is worked out from the counts that are left."


def permalink(of: Edition, selection: Selection, suffix: str, left_out: Sequence[str], grants: Sequence[int] = ()) -> str:
    """The id of an extract: whoever asks for the same of the same edition gets the same. `left_out`: names of series; `grants`: by which embargoed rows are in it."""
    said = {"edition": of.edition_id, **selection.asked(), "format": suffix, "embargo": sorted(left_out), "passport_version": VERSION}
    said |= {"grants": sorted(grants)} if grants else {}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def command(of: Edition, selection: Selection, suffix: str) -> str:
    """The command that makes the same extract."""
    said = ["gatehouse", "extract", "--home", "HOME", "--out", f"{selection.name}.{suffix}", *selection.arguments(), "--edition", of.edition_id]
    return " ".join(said)


def passport(of: Edition, rows: Printed, left_out: Sequence[Series], grants: Sequence[int], content: tuple[str, int]) -> dict[str, Any]:
    """The passport of an extract, whatever its format. `grants` are numbers of the decisions by which embargoed rows are in it; `content`: the
    SHA-256 and number of its rows."""
    selection, con = rows.selection, rows.con
    content_sha256, written = content
    has_figures = selection.table not in (DICTIONARY, CHANGES, MONEY)
    measures = [one for one in _rows(con, "select * from measure order by measure_id") if has_figures and one["measure_id"] in selection.measures]
    broken = []
    if has_figures:
        broken = _rows(con, """select break_id, cast(date as date) as day, label, verified from dim_policy_break where exists (
            select 1 from printed inner join measure on measure.measure_id = printed.measure_id
            where cast(date as date) between period_start and period_end
            and (contains(';' || replace(replace(coalesce(domains, 'all'), '|', ';'), ' ', '') || ';', ';' || domain || ';') or coalesce(domains, 'all') = 'all'))
            order by day, break_id""") if rows.has("dim_policy_break") else []  # fmt: skip
    said = _publication(rows)
    limits = thresholds(con, of)
    is_rounded = "rounding_base" in limits
    unverified = [f"measures {one['measure_id']}" for one in measures if not one.get("verified", True)]
    unverified += [f"policy_break {one['break_id']}" for one in broken if not one["verified"]]
    unverified += [f"publication {item}" for item, (_, verified) in said.items() if not verified]
    unverified += [f"official_series {one.name}" for one in _unverified_series(rows)]
    statuses = dict(con.execute("select status, count(*) from printed where status is not null group by status order by status").fetchall()) if has_figures else {}
    asked = selection.asked()
    return {
        "passport_version": VERSION,
        "title": selection.title,
        **asked,
        "edition": of.edition_id,
        "as_of": of.as_of,
        "vintage": (str(rows.one("select max(vintage) from printed") or of.as_of) if has_figures else of.as_of)[:10],
        "code_version": str(of.manifest.get("code_version", "")),
        "measures": [
            {"id": one["measure_id"], "version": _version(one), "label": one["label"], "unit": one["unit"], "definition": one["definition"],
             "caveat": one.get("comparability_note"), "official_code": one.get("official_code")}
            for one in measures
        ],
        "breaks": [{"day": str(one["day"]), "label": one["label"]} for one in broken],
        "grid_rows": sorted({f"{way}, {kind}, {grain}" for block in selection.blocks for way, kind, grain in block.combinations}),
        "rows_expected": rows.expected,
        "rows_written": written,
        "rows_embargoed": rows.embargoed,
        "embargo": sorted(one.name for one in left_out),
        "grants": sorted(grants),
        "disclosure": {
            "rules": str(of.manifest.get("disclosure", {}).get("rules", "0")),
            "base": int(limits.get("rounding_base", 1)),
            "minimum_base": int(limits.get("protected_rate_min", limits.get("low_rate_denominator", 0))),
            "legend": LEGEND if is_rounded else _UNROUNDED,
        },
        "status_counts": {one: statuses.get(one, 0) for one in ("provisional", "final")},
        "unverified": sorted(unverified),
        "content_sha256": content_sha256,
        "licence": said["licence"][0],
        "contact": said["contact"][0],
        "publication_status": said["status"][0],
    }  # fmt: skip


def as_file(told: dict[str, Any], of: Edition, selection: Selection, suffix: str) -> dict[str, Any]:
    """A passport with what is said of a file in one format alone."""
    return {**told, "permalink": permalink(of, selection, suffix, told["embargo"], told["grants"]), "command": command(of, selection, suffix)}


def notes(selection: Selection, said: dict[str, Any]) -> list[tuple[int, str]]:
    """What has to be said with the rows: the note of a column, by its number in printed.Column, and after them those of the table, by 0."""
    rates = f"Rates and their limits are worked out from the printed counts; there is none on a base under {said['disclosure']['minimum_base']}."
    known = {1: said["disclosure"]["legend"], 2: rates, 3: "An empty cell is never without a mark, and the marks are listed at the end of this sheet."}
    used = {one.note for one in columns(selection)}
    return [(number, text) for number, text in known.items() if number in used] + [(0, text) for text in selection.notes]


def _version(measure: dict[str, Any]) -> str:
    """The first 12 of the SHA-256 of the row of a measure in its registry."""
    row = {name: None if value is None else str(value) for name, value in measure.items() if not name.startswith(WORKED_OUT)}
    return hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()[:12]


def _publication(rows: Printed) -> dict[str, tuple[str, bool]]:
    """What is said of everything that is published, and whether it is confirmed."""
    said = {one: ("Not said", False) for one in ("licence", "contact", "status")}
    if rows.has("dim_publication"):
        said |= {item: (value, bool(verified)) for item, value, verified in rows.con.execute("select item, value, verified from dim_publication").fetchall()}
    return said


def _unverified_series(rows: Printed) -> list[Series]:
    """Series behind the measures of an extract of whose day nobody is sure."""
    if not rows.has(SERIES):
        return []
    found = rows.con.execute(f"select measure_id, official_code, cast(from_month as date), cast(to_month as date), cast(published_on as date) from {SERIES} where not verified order by all").fetchall()
    return [one for one in (Series(*row) for row in found) if rows.selection.concerns(one.measure_id, one.from_month, one.to_month)]


def _rows(con: Any, sql: str) -> list[dict[str, Any]]:
    found = con.execute(sql)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

"""What `gatehouse status` tells of a home: its editions, and what was delivered, refused and checked for the one in force."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

from edition.access import Use
from edition.folder import PROTECTED, Edition, current_id, edition, editions
from edition.reading import opened
from edition.rights import NotGranted, Reader
from orchestration.publishing.revision import register

GAP = ("source", "table", "unread_records", "lost_records", "earlier_stands", "complete_to", "figures")
ACCOUNT = ("rows_read", "rows_loaded", "rows_rejected", "rows_quarantined", "rows_refused")


class StatusError(Exception):
    """The state of the home cannot be told. The text says why and what to do."""


def status(home: Path, now: datetime, reader: Reader) -> dict[str, Any]:
    """The state of a home, from its editions and its last fetch. Raises StatusError, EditionError.

    Keys: `editions` (edition_id, as_of, code_version, current), `current` (edition id or None), `sources` (what the last fetch
    from each declared source came to: orchestration/fetch/transport.py, Account), `revisions` (before, after, figures, revised,
    announced: figures published before that are others after) and, of the edition in force:
    `tables` (table, watermark, age_days), `row_accounts` (one a file, with `balanced`), `refused` (delivery, table, file,
    reason; what is held among them), `gaps` (rows of fct_gap: records that could not be read, by table, and the figures they may touch),
    `suspended` (delivery, file: closed nothing, because not every record could be read), `checks` (declared, executed, failed, by). Revisions and row accounts are restricted: `withheld` says why they are
    empty where they are not for `reader`, or the use cannot be written to the access record.
    """
    current, kept = current_id(home), editions(home)
    found: dict[str, Any] = {
        "editions": [
            {
                "edition_id": one.edition_id,
                "as_of": one.as_of,
                "code_version": one.manifest["code_version"],
                "current": one.edition_id == current,
            }
            for one in kept
        ],
        "current": current,
        "sources": _last_fetch(home / "fetch" / "last.json"),
        "revisions": [],
        "tables": [],
        "row_accounts": [],
        "refused": [],
        "gaps": [],
        "suspended": [],
        "checks": {},
        "withheld": "",
    }
    if current is None:
        return found
    in_force = edition(home, current)
    marks = in_force.manifest["watermarks"].items()
    found["tables"] = [{"table": t, "watermark": day, "age_days": (now.date() - date.fromisoformat(day)).days} for t, day in sorted(marks)]
    found["refused"], found["checks"] = in_force.manifest["refused"], in_force.manifest["checks"]
    found["gaps"] = gaps(in_force)
    use = Use(in_force, now, reader, "status: row accounts and revisions")
    if withheld := use.why_not():
        return found | {"withheld": withheld}
    try:
        return found | {
            "row_accounts": _row_accounts(in_force, use),
            "suspended": _suspended(in_force, use),
            "revisions": register(in_force, use),
        }
    except NotGranted as error:
        return found | {"withheld": str(error).replace("`", "")}


def gaps(of: Edition) -> list[dict[str, Any]]:
    """The rows of fct_gap, `complete_to` as ISO text; none where the edition is older than that table."""
    if not of.has("fct_gap", PROTECTED):
        return []
    with opened(of, None, ["fct_gap"]) as con:
        rows = con.execute(
            """select source, "table", unread_records, lost_records, earlier_stands, cast(complete_to as varchar), figures
            from fct_gap order by all"""
        ).fetchall()
    return [dict(zip(GAP, row, strict=True)) for row in rows]


def _suspended(of: Edition, use: Use) -> list[dict[str, Any]]:
    with opened(of, use, ["fct_finding"]) as con:
        rows = con.execute("select delivery, file from fct_finding where finding = 'closing_suspended' order by all").fetchall()
    return [{"delivery": delivery, "file": file} for delivery, file in rows]


def _row_accounts(of: Edition, use: Use) -> list[dict[str, Any]]:
    with opened(of, use, ["fct_row_account"]) as con:
        rows = con.execute(f"select delivery, file, {', '.join(ACCOUNT)} from fct_row_account order by all").fetchall()
    accounts = [dict(zip(("delivery", "file", *ACCOUNT), row, strict=True)) for row in rows]
    return [one | {"balanced": one["rows_read"] == sum(one[word] for word in ACCOUNT[1:])} for one in accounts]


def as_json(found: dict[str, Any]) -> str:
    return json.dumps(found, indent=1)


def as_text(found: dict[str, Any]) -> str:
    sources = [line for account in found["sources"] for line in _source_lines(account)]
    if found["current"] is None:
        return "\n".join(["Nothing has been published in this home yet: run `gatehouse refresh`.", *sources])
    checks = found["checks"]
    lines = ["Sources, last fetch", *sources, ""] if sources else []
    lines += ["Editions"]
    lines += [
        f"  {'*' if e['current'] else ' '} {e['edition_id']}  as of {e['as_of']}  code {e['code_version']}" for e in found["editions"]
    ]
    empty = f"  not shown, because restricted: {found['withheld']}" if found["withheld"] else "  none"
    lines += ["", "Revisions: figures that had been published and are others now"]
    lines += [
        f"  {r['after']} after {r['before']}: {r['figures']} changed, {r['revised']} of them revised, {r['announced']} by enough to announce"
        for r in found["revisions"]
    ] or [empty]
    lines += ["", "Tables: complete to, age in days"]
    lines += [f"  {t['table']:<60} {t['watermark']} {t['age_days']:>6}" for t in found["tables"]]
    lines += ["", "Row accounts: read = loaded + rejected + quarantined + refused"]
    lines += [] if found["row_accounts"] else [empty]
    for a in found["row_accounts"]:
        sums = f"{a['rows_read']:>9} = {' + '.join(str(a[word]) for word in ACCOUNT[1:])}"
        lines.append(f"  {a['delivery'] + '/' + a['file']:<60} {sums}{'' if a['balanced'] else '  DOES NOT ADD UP'}")
    held = [r for r in found["refused"] if r["reason"].startswith("held: ")]
    for heading, files in (("Refused", [r for r in found["refused"] if r not in held]), ("Held, until it is sent anew or accepted", held)):
        lines += ["", heading]
        lines += [f"  {r['delivery']}/{r['file']}: {r['reason']}" for r in files] or ["  nothing"]
    lines += ["", "Records that could not be read"]
    lines += [f"  {in_words(gap)}. Touches: {gap['figures']}" for gap in found["gaps"]] or ["  none"]
    lines += ["", "Closing suspended: not every record could be read, so nothing that is absent was closed"]
    lines += [f"  {one['delivery']}/{one['file']}" for one in found["suspended"]] or [empty]
    lines += ["", f"Checks: {checks['declared']} declared, {checks['executed']} executed, {checks['failed']} failed"]
    return "\n".join(lines)


def in_words(gap: dict[str, Any]) -> str:
    """One row of fct_gap as a sentence without its stop."""
    said = []
    if gap["unread_records"]:
        after = "what was delivered of them before stands" if gap["earlier_stands"] else "they are in no figure"
        said.append(f"{gap['unread_records']} of the last delivery could not be read as far as their key, and {after}")
    if gap["lost_records"]:
        said.append(f"{gap['lost_records']} lack a value without which they say nothing, and what they would have said is unknown")
    return f"{gap['source']} {gap['table']}, complete to {gap['complete_to']}: {'; '.join(said)}"


def _last_fetch(path: Path) -> list[dict[str, Any]]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))["sources"]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError) as error:
        raise StatusError(f"{path} cannot be read: remove it, the next refresh writes it again") from error


def _source_lines(account: dict[str, Any]) -> list[str]:
    lines = [
        f"  {account['source']}: {account['offered']} files offered, {account['fetched']} new"
        + (f"; FAILED: {account['reason']}" if account["reason"] else "")
    ]
    lines += [f"    not fetched: {one['file']}: {one['reason']}" for one in account["not_fetched"]]
    return lines + [f"    ignored: {n} times {why}" for why, n in account["ignored"].items()]

"""Deliveries that would change who is who for too many people: held at the door until they are sent anew or somebody accepts them.

    <home>/links/held.json   deliveries that are held, with the reason and the files they had
    <home>/accepted.txt      deliveries that may change as many people as they do, one a line; `#` begins a comment

A hold is of a delivery as it was: when a file of it is sent anew, added or withdrawn, it is looked at afresh. What of it was loaded at an
earlier refresh stays loaded.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import duckdb

from ground.files import write_whole
from ground.printing import percent
from orchestration.linkage.history import HistoryError


def hold_what_changes_too_many(warehouse: Path, home: Path) -> str | None:
    """The delivery, with the reason, that the links in `warehouse` show to change too many people, held from now on; None where there is none.

    Which it is says the model linkage.link_hold. Of several it is the one to blame for most: the links made without it show whether that
    was all. Nothing is held where the rules of linkage have changed or where nothing was kept of what records were linked by, nor what
    links of any day rest on: a look back takes nothing from a later day. Raises HistoryError."""
    with duckdb.connect(str(warehouse), read_only=True) as con:
        if con.execute("select is_passed from linkage.link_change_limit").fetchall() != [(True,)]:
            return None
        for delivery, share, most in con.execute("select delivery_id, share, most_share from linkage.link_hold").fetchall():
            reason = f"held: would change who is who for {percent(share)} of the people known before; at most {percent(most)} may change in one go"
            files = con.execute("select file from linkage.link_new_file where delivery_id = ? order by file", [delivery]).fetchall()
            held = {"reason": reason, "files": [file for (file,) in files], "as_it_was": _as_it_is(home, delivery)}
            before = holds(home)
            if before.get(delivery) == held:  # else the warehouse would be built for ever
                raise HistoryError(f"{delivery} is held and changes too many people all the same: withdraw it (docs/how-to.md, Withdraw a delivery)")
            write_whole(home / "links" / "held.json", json.dumps(before | {delivery: held}, indent=1, sort_keys=True))
            return f"{delivery} {reason}"
    return None


def holds(home: Path) -> dict[str, dict[str, Any]]:
    """Every hold there ever was, in force or not, by delivery: `reason`, `files` as in held_files, `as_it_was`. Raises HistoryError."""
    path = home / "links" / "held.json"
    try:
        held = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        # Before, holds were of files, whatever delivery they came in: what they held is looked at afresh.
        return {d: {key: hold[key] for key in ("reason", "files", "as_it_was")} for d, hold in held.items() if "delivery" not in hold}
    except (ValueError, AttributeError, TypeError, KeyError, OSError):
        raise HistoryError(f"{path} cannot be read: remove it and refresh; what changes too many people is then held again") from None


def held_files(home: Path) -> dict[tuple[str, str], str]:
    """The reason by delivery and sha256 of each file that is held: its delivery changed too many people, is as it was then, and nobody
    has accepted it. `delivery.json` in place of a sha256 is what the delivery deletes. Raises HistoryError."""
    may_change = accepted(home)
    in_force = {d: hold for d, hold in holds(home).items() if d not in may_change and hold["as_it_was"] == _as_it_is(home, d)}
    return {(delivery, file): hold["reason"] for delivery, hold in in_force.items() for file in hold["files"]}


def _as_it_is(home: Path, delivery: str) -> str:
    """Changes when a file of a delivery is sent anew, added or withdrawn."""
    listed = home / "landed" / delivery / "SHA256SUMS"
    return hashlib.sha256(listed.read_bytes()).hexdigest() if listed.is_file() else "none"


def accepted(home: Path) -> set[str]:
    """Deliveries that may change as many people as they do. Raises HistoryError."""
    path = home / "accepted.txt"
    try:
        text = path.read_text(encoding="utf-8-sig") if path.exists() else ""
        if "\0" in text:
            raise ValueError
    except (ValueError, OSError):
        raise HistoryError(f"{path} cannot be read: save it as plain text in UTF-8, one delivery a line, such as ndelius/2024-07-31") from None
    return {line.partition("#")[0].replace("\\", "/").strip(" \t/") for line in text.splitlines()} - {""}

"""What has become of an extract since it was made, worked out when its permalink is read (definition: extract_permalink)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from edition import embargo
from edition.extract import shelf
from edition.extract.extract import Asking, Handed, until
from edition.extract.printed import KEY, MONEY_KEY, MONEYS_COLUMNS, PRINTED, number
from edition.extract.selection import MONEY, MONEY_RESULT, Selection
from edition.extract.shelf import Made
from edition.extract.verify import left_out_of, selection_of
from edition.folder import PROTECTED, REGISTER, Edition, EditionError, current, edition, revisions
from edition.reading import opened
from edition.rights import RESULT

WITHDRAWN, NOT_YET, CORRECTED, REVISED, SUPERSEDED, CURRENT = "withdrawn", "not yet released", "corrected", "revised", "superseded", "current"
_CORRECTS = ("corrected", "rule", "linkage")
WORDS = {
    WITHDRAWN: "This extract was withdrawn and is not to be used.",
    NOT_YET: "This extract has figures of an official series that is not published yet.",
    CORRECTED: "A figure of this extract was corrected since: use the extract of the edition in force.",
    REVISED: "A figure of this extract is another now, because records came later or outcomes fell due.",
    SUPERSEDED: "A newer edition is in force; it prints every figure of this extract alike.",
    CURRENT: "This extract is of the edition in force.",
}


@dataclass(frozen=True)
class Differs:
    """A figure of an extract that the edition in force prints otherwise: its key, the column, then and now ('' where nothing), and why."""

    key: str
    column: str
    then: str
    now: str
    cause: str


@dataclass(frozen=True)
class State:
    """The state of an extract, what was made, why it was withdrawn ('' where it was not), and which figures are printed otherwise now."""

    state: str
    made: Made
    reason: str = ""
    differs: tuple[Differs, ...] = ()

    @property
    def words(self) -> str:
        return WORDS[self.state] + (f" {self.reason}" if self.reason else "")


def state(home: Path, permalink: str, asking: Asking) -> State | None:
    """The first state that applies to an extract; None where there is no such extract. Raises EditionError, NotRecorded."""
    made = shelf.made_of(home, permalink)
    if made is None:
        return None
    if permalink in asking.withdrawn:
        return State(WITHDRAWN, made, f"The reason: {asking.withdrawn[permalink]}")
    of = edition(home, made.passport["edition"])
    selection, left_out = selection_of(of, made.passport), left_out_of(made.passport)
    held, _ = asking.left_out(of, selection)
    if {one.name for one in held} - {one.name for one in left_out}:
        days = [str(one.published_on or "a day that nobody has said") for one in held]
        return State(NOT_YET, made, f"It is published on {max(days)}.")
    now = current(home)
    if now.edition_id == of.edition_id:
        return State(CURRENT, made)
    differs = tuple(_differs(of, now, selection, [*left_out, *held], asking))
    if not differs:
        return State(SUPERSEDED, made)
    return State(CORRECTED if any(one.cause in _CORRECTS for one in differs) else REVISED, made, differs=differs)


def hand_out_again(home: Path, permalink: str, asking: Asking) -> Handed:
    """Hand out an extract that was made, with its line in the register. Raises EditionError where it was withdrawn, is embargoed or is not there."""
    found = state(home, permalink, asking)
    kept = shelf.file_of(home, permalink)
    if found is None or kept is None or found.state in (WITHDRAWN, NOT_YET):
        raise EditionError(found.words if found else f"There is no extract {permalink}.")
    if shelf.sha256(kept) != found.made.file_sha256:
        raise EditionError(f"extract {permalink} is not as it was made: put {kept} back from a backup")
    asking.enter(home, found.made)
    of, said = edition(home, found.made.passport["edition"]), found.made.passport
    held = {one.name: one for one in embargo.series(of)}
    left_out = [held.get(one.name, one) for one in left_out_of(said)]
    return Handed(kept, found.made, until(of, selection_of(of, said), left_out) if said["rows_embargoed"] else None)


def _differs(of: Edition, now: Edition, selection: Selection, left_out: Sequence[embargo.Series], asking: Asking) -> list[Differs]:
    key: tuple[str, ...]
    if selection.table == MONEY:
        table, key, cells = MONEY_RESULT, MONEY_KEY, [one.name for one in MONEYS_COLUMNS if one.name not in (*MONEY_KEY, "provider_name", "marks")]
    elif selection.blocks:
        table, key, cells = RESULT, KEY, list(PRINTED)
    else:
        return []
    condition = "true" if selection.table == MONEY else selection.condition()
    if left_out and selection.table != MONEY:
        condition += f" and not {embargo.condition(left_out)}"
    if not now.has(table, PROTECTED):
        return []
    with opened(of, None, [table], embargoed=(), beside={"now": (now, [table])}) as con:
        for name, source in (("then_printed", table), ("now_printed", f"now.{table}")):
            con.execute(f"create temp table {name} as select {_joined(key)} as key, {_texts(con, source, cells)} from {source} where {condition}")
        names = ", ".join(cells)
        rows = con.execute(
            f"""with was as (unpivot then_printed on {names} into name column_name value cell),
            is_now as (unpivot now_printed on {names} into name column_name value cell)
            select key, column_name, was.cell, coalesce(is_now.cell, '') from was left join is_now using (key, column_name)
            where is_now.cell is distinct from was.cell order by key, column_name"""
        ).fetchall()
    causes = _causes(of, now, asking) if rows and table == RESULT else {}
    return [Differs(figure, column, then, is_now, causes.get(figure, "not_listed")) for figure, column, then, is_now in rows]


def _joined(key: Sequence[str]) -> str:
    return f"concat_ws('|', {', '.join('cast(cast(period_start as date) as varchar)' if one == 'period_start' else one for one in key)})"


def _texts(con: duckdb.DuckDBPyConnection, source: str, cells: Sequence[str]) -> str:
    held = {name: kind for name, kind, *_ in con.execute(f"describe {source}").fetchall()}
    shown = []
    for one in cells:
        cell = "null" if one not in held else number(one, 6) if held[one] in ("DOUBLE", "FLOAT") else f"cast({one} as varchar)"
        shown.append(f"coalesce(cast({cell} as varchar), '') as {one}")
    return ", ".join(shown)


def _causes(of: Edition, now: Edition, asking: Asking) -> dict[str, str]:
    """By key of a figure, why it changed between two editions: of several reasons one that corrects it."""
    came_after = {after: before for before, after in revisions(of.home)}
    chain: list[str] = []
    at = now.edition_id
    while at in came_after and at != of.edition_id and len(chain) < 10_000:
        chain.append(f"{came_after[at]}--{at}")
        at = came_after[at]
    if at != of.edition_id or not chain:
        return {}
    with opened(now, asking.use(now), [REGISTER]) as con:
        rows = con.execute(
            f"""select {_joined(KEY[:5])} || '|all|all', main_cause from {REGISTER} where parse_filename(filename, true) in (select unnest(?))""", [chain]
        ).fetchall()
    found: dict[str, str] = {}
    for key, cause in rows:
        if found.get(key) not in _CORRECTS:
            found[key] = cause
    return found

"""From the landing folder to schema landing: keep each file, type it once, judge it at the door, account for every record.

Everything here is a function of the files kept and the as-of day: the order in which deliveries came changes nothing, except
that a file sent again replaces the one before it, once it has been accepted.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import duckdb

from expectations.contract import door_limits
from expectations.landing import Candidate, Verdict, judge, load_door
from ground.files import whole, write_whole
from ground.sql import literal
from orchestration.landing.deliveries import (
    UNREADABLE_NOTE,
    DeliveryNote,
    KeptFile,
    Undeclared,
    delivery_notes,
    keep_deliveries,
    original_name,
    published_name,
)
from orchestration.landing.records import Records, UnreadableFileError, read_carefully, read_records, split_name
from orchestration.landing.row_account import FileAccount, RowAccountError, TypedFile
from orchestration.landing.schema import write_landing_schema
from orchestration.landing.typed import (
    NO_RECORD,
    REPEATED,
    TYPING_VERSION,
    UNREADABLE,
    WRONG,
    Numbers,
    TypingDatabase,
    key_reasons,
    missing_columns,
    says,
    settle,
    type_records,
)
from orchestration.linkage.held import held_files
from orchestration.linkage.history import check_links


@dataclass(frozen=True)
class LandingResult:
    """`as_of`: the day asked for, else the latest complete_to accepted (None: nothing was). `files`: landing.delivery."""

    as_of: date | None
    files: tuple[FileAccount, ...]
    seconds: dict[str, float] = field(default_factory=dict, compare=False)  # what each part of the work took

    @property
    def refused(self) -> tuple[FileAccount, ...]:
        return tuple(f for f in self.files if f.is_turned_away)

    @property
    def checks_declared(self) -> int:
        return sum(f.checks_declared for f in self.files)

    @property
    def checks_executed(self) -> int:
        return sum(f.checks_executed for f in self.files)


@dataclass(frozen=True)
class Judged:
    """A kept file, what typing made of it, and its account so far."""

    file: KeptFile
    typed: TypedFile
    account: FileAccount

    @property
    def name(self) -> str:
        return original_name(self.file.path.name)

    def by(self, verdict: Verdict) -> Judged:
        warnings = "; ".join(verdict.warnings) or None
        account = replace(self.account, checks_declared=verdict.declared, checks_executed=verdict.executed, warnings=warnings)
        return replace(self, account=account if verdict.is_accepted else account.refused(verdict.reason or "refused"))


def land(landing_dir: Path, home: Path, as_of: date | None, warehouse: Path, progress: Callable[[str], None] = print) -> LandingResult:
    """Keeps, types, judges and loads every delivery up to `as_of` (None: all) into schema landing of `warehouse`.

    Kept files lie in <home>/landed, typed ones in <home>/typed, both for good: a second run reads neither again. What the door found
    of each table is in <home>/doors/landing. A table that
    is refused does not stop the others. Raises NotADirectoryError for a missing landing folder, RowAccountError for lost rows,
    HistoryError for a file of the links kept that cannot be read.
    """
    kept_folder, typed_folder = home / "landed", home / "typed"
    for folder in (kept_folder, typed_folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _clear_leftovers(typed_folder)
    seconds: dict[str, float] = {}
    with _timed(seconds, "keep"):
        kept, undeclared = keep_deliveries(landing_dir, kept_folder)
    in_time = [f for f in kept if as_of is None or f.complete_to <= as_of]
    notes = delivery_notes(kept_folder) | {(u.source, u.complete_to): UNREADABLE_NOTE for u in undeclared if u.is_note and u.complete_to}
    notes = {d: note for d, note in notes.items() if as_of is None or d[1] <= as_of}
    check_links(home)
    held = held_files(home)
    with _timed(seconds, "type"):
        typed = _type_all(in_time, typed_folder, progress)
    with _timed(seconds, "door"):
        judged = _judge_all(in_time, typed, notes, held, typed_folder, home / "doors" / "landing")
    accounts = [one.account for one in judged]
    accepted = [one for one in judged if one.account.is_accepted]
    not_placed = [u for u in undeclared if as_of is None or u.complete_to is None or u.complete_to <= as_of]
    accounts += _told_apart([_undeclared_account(u, typed_folder) for u in not_placed])
    for (source, day), note in notes.items():
        if note.deleted and (reason := held.get((f"{source}/{day}", "delivery.json"))):
            notes[source, day] = replace(note, deleted={})
            accounts.append(FileAccount(source, f"{source}/{day}", day, note.kind, "", "delivery.json", None, False, reason))
    accounts += _missing_files(accounts, notes, {(u.source, u.complete_to, u.offered_as.upper()) for u in undeclared})
    accounts.sort(key=lambda a: (a.delivery_id, a.file, a.table_name))
    for account in accounts:
        progress(_line(account))
    with _timed(seconds, "schema"):
        write_landing_schema(warehouse, [(r.file, r.typed, r.account) for r in accepted], accounts, notes)
    days = [a.complete_to for a in accounts if a.is_accepted and a.complete_to]
    return LandingResult(as_of or max(days, default=None), tuple(accounts), seconds)


@contextmanager
def _timed(seconds: dict[str, float], part: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    seconds[part] = seconds.get(part, 0.0) + time.monotonic() - began


def _grouped(files: Iterable[KeptFile], key: Callable[[KeptFile], Any]) -> list[tuple[Any, list[KeptFile]]]:
    groups: dict[Any, list[KeptFile]] = defaultdict(list)
    for file in files:
        groups[key(file)].append(file)
    return sorted(groups.items(), key=lambda item: item[0])


def _table_of(file: KeptFile) -> tuple[str, str]:
    # Reference lists share one declaration, and each is a table of its own.
    return file.source, file.delivered.upper() if file.table.is_reference_list else file.table.landing_name


def _judge_all(
    files: list[KeptFile],
    typed_files: dict[Path, TypedFile],
    notes: dict[tuple[str, date], DeliveryNote],
    held: Mapping[tuple[str, str], str],
    typed_folder: Path,
    results: Path,
) -> list[Judged]:
    """Every file with its verdict, by day. Only those the door has not judged before on the same facts are put before it, and those of a
    table whose results are not there. `held`: why, by delivery and sha256 (held.held_files)."""
    verdicts: dict[Path, Verdict] = {}
    asked: dict[Path, tuple[Path, Candidate]] = {}  # by file: all that were put before the door in this run

    def verdict(file: KeptFile, typed: TypedFile, compared: float | None) -> Verdict | None:
        """None: it is put before the door."""
        place = _verdict_path(file, compared, typed_folder)
        if place not in verdicts and place.is_file() and (results / f"{file.table.landing_name}.json").is_file():
            kept = json.loads(place.read_text(encoding="utf-8"))
            verdicts[place] = Verdict(**kept | {"warnings": tuple(kept["warnings"])})
        if place not in verdicts or file.path in asked:
            asked[file.path] = place, _candidate(file, typed, compared)
        return verdicts.get(place)

    while True:
        judged = _day_by_day(files, typed_files, notes, held, verdict)
        new = {c.table.landing_name for place, c in asked.values() if place not in verdicts}
        if not new:
            return judged
        # With all others of its table, so that the results show them together.
        together = [(place, c) for place, c in asked.values() if c.table.landing_name in new]
        for (place, _), said in zip(together, judge([c for _, c in together], results), strict=True):
            verdicts[place] = said
            if said.executed == said.declared:  # else it is tried again the next time
                write_whole(place, json.dumps(asdict(said)))


def _day_by_day(
    files: list[KeptFile],
    typed_files: dict[Path, TypedFile],
    notes: dict[tuple[str, date], DeliveryNote],
    held: Mapping[tuple[str, str], str],
    verdict: Callable[[KeptFile, TypedFile, float | None], Verdict | None],
) -> list[Judged]:
    """Every file with its verdict, by day: what a delivery is held against is what was accepted on earlier days. A file without a verdict
    yet is taken for accepted: then all of a table can be judged together, and again only those that came after one that is refused."""
    history: dict[tuple[str, str], list[int]] = defaultdict(list)
    in_order: list[Judged] = []
    for _, of_day in _grouped(files, lambda f: f.complete_to):
        judged: dict[Path, Judged] = {}
        for file in of_day:
            note = notes.get((file.source, file.complete_to), DeliveryNote())
            typed = typed_files[file.path]
            seen = Judged(file, typed, _account(file, typed, note))
            problem = note.problem or _broken_promise(file, typed, note) or typed.problem or held.get((file.delivery_id, file.sha256))
            if problem:
                judged[file.path] = replace(seen, account=seen.account.refused(problem))
                continue
            said = verdict(file, typed, _compared_with(history[_table_of(file)]) if note.kind == "full" else None)
            judged[file.path] = seen.by(said) if said else seen
        results = [r for _, versions in _grouped(of_day, _table_of) for r in _choose([judged[f.path] for f in versions])]
        for r in results:
            if r.account.is_accepted and r.account.kind == "full":
                history[_table_of(r.file)].append(r.account.rows_read)
        in_order += results
    return in_order


def _choose(versions: list[Judged]) -> list[Judged]:
    """One table of one delivery: of several files for it the acceptable one that counts most is used."""
    in_order = sorted(versions, key=lambda r: (r.name.lower(), r.file.place))
    winner = max((r for r in versions if r.account.is_accepted), key=lambda r: r.file.place, default=None)

    def settled(result: Judged) -> FileAccount:
        if winner is None or result is winner or not result.account.is_accepted:
            return result.account.balanced()
        why = "superseded: sent again and accepted"
        if result.name != winner.name:
            why = "delivered_twice: the table is already in this delivery"
        return result.account.refused(f"{why} as {winner.file.path.name}").balanced()

    return [replace(r, account=settled(r)) for r in in_order]


def _type_all(files: list[KeptFile], typed_folder: Path, progress: Callable[[str], None]) -> dict[Path, TypedFile]:
    """Every file typed, by its path. One file a core, the largest first: most are too small to keep two cores at work."""
    # Two files of the same bytes and declaration are one typed file.
    distinct = {_typed_name(file): file for file in sorted(files, key=lambda f: -f.path.stat().st_size)}
    waiting = iter(distinct.items())
    typed: dict[str, TypedFile] = {}
    said = time.monotonic()

    def work(scratch: Path) -> None:
        nonlocal said
        with TypingDatabase(scratch) as database:
            for name, file in waiting:
                typed[name] = _type_once(file, typed_folder / name, database)
                if time.monotonic() - said > 2:
                    said = time.monotonic()
                    progress(f"landing: typed {len(typed)} of {len(distinct)} files")

    with tempfile.TemporaryDirectory(dir=typed_folder, prefix=".reading-") as scratch, ThreadPoolExecutor() as workers:
        if not all((typed_folder / name).is_file() for name in distinct):
            workers.submit(load_door)  # if it fails, so does the door
        working = [workers.submit(work, Path(scratch)) for _ in range(os.cpu_count() or 1)]
        try:
            for worker in working:
                worker.result()
        finally:  # where one has failed, the others take no further file
            deque(waiting, maxlen=0)
    return {file.path: typed[_typed_name(file)] for file in files}


def _typed_name(file: KeptFile) -> str:
    recipe = f"{file.table.fingerprint} {TYPING_VERSION} {file.complete_to} {file.delivered.upper()} {file.ext}"
    return f"{file.sha256}-{hashlib.sha256(recipe.encode()).hexdigest()[:16]}.parquet"


def _type_once(file: KeptFile, parquet: Path, database: TypingDatabase) -> TypedFile:
    """Types a file into `parquet`, or returns what was typed before under the same declaration and for the same day. That a
    file could not be read is not kept: a full disk must not refuse a good file for ever."""
    facts_path = parquet.with_suffix(".json")
    facts = None
    if facts_path.is_file():
        facts = json.loads(facts_path.read_text(encoding="utf-8"))
    if facts is None or facts["problem"] or not parquet.is_file():
        facts = _type(file, parquet, database)
        if not facts["problem"]:
            write_whole(facts_path, json.dumps(facts))
    return TypedFile(
        parquet=parquet if facts["problem"] is None else None,
        problem=facts["problem"],
        rows_read=facts["rows_read"],
        rejected=tuple((n, reason) for n, reason in facts["rejected"]),
        profile=facts["profile"],
        columns=tuple(facts["columns"]),
    )


def _type(file: KeptFile, parquet: Path, database: TypingDatabase) -> dict[str, Any]:
    facts: dict[str, Any] = {"problem": None, "rows_read": 0, "rejected": [], "profile": {}, "columns": []}
    with tempfile.TemporaryDirectory(dir=parquet.parent, prefix=".reading-") as scratch:
        try:
            with whole(parquet) as part:
                records = read_records(file.path, file.ext, Path(scratch))
                try:
                    counts = _typed_counts(database.con, records, file, part)
                except duckdb.Error as error:
                    database.close()
                    if records.is_parquet or records.is_clean:
                        raise _unreadable(error) from None
                    counts = None
                if counts is None or counts["rows"] + counts["empty"] != records.rows_read - len(records.rejected):
                    if records.is_parquet or records.is_clean:
                        raise RowAccountError(f"{file.delivery_id} {file.path.name}: records found twice do not agree in number")
                    records = read_carefully(records.path, records.columns, Path(scratch))
                    try:
                        counts = _typed_counts(database.con, records, file, part)
                    except duckdb.Error as error:
                        database.close()
                        raise _unreadable(error) from None
        except UnreadableFileError as error:
            return facts | {"problem": f"unreadable_file: {error}"}
        except OSError as error:
            why = os.strerror(error.errno) if error.errno else "no error number"
            where = f"{file.delivery_id} {file.path.name}"
            raise OSError(error.errno, f"{where} could not be typed ({why}); see to the disk and refresh again") from None
    delivered = [c.name for c in file.table.columns if set(file.table.names_of(c, file.delivered)) & set(records.columns)]
    missing = missing_columns(records, file.table, file.delivered)
    if missing and file.table.is_reference_list:
        facts["problem"] = f"not_used: a list without {', '.join(missing)} names nothing; it is kept and not used"
    return facts | {
        "rows_read": records.rows_read - counts["empty"],
        "rejected": list(records.rejected),
        "profile": counts | {"missing_columns": ", ".join(missing)},
        "columns": delivered,
    }


def _unreadable(error: duckdb.Error) -> Exception:
    """What to raise for a DuckDB error, whose own text may quote the record: the file is at fault, or the machine."""
    if isinstance(error, duckdb.OutOfMemoryException) or "No space left" in str(error):
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return UnreadableFileError("the file is damaged inside; send it again")


def _typed_counts(con: duckdb.DuckDBPyConnection, records: Records, file: KeptFile, part: Path) -> dict[str, Any]:
    """Types `records` into `part` and counts what came out of it; `empty`: records in which nothing is filled, which are none."""
    type_records(con, records, file.table, file.delivered, file.complete_to, part)
    numbers = Numbers.of(file.table)
    good = "_quarantine_reason is null"
    of_parents = "".join(f", count(*) filter (where {good} and {is_odd})" for is_odd in numbers.parents.values())
    ((empty, rows, keys, odd_keys, *odd_parents),) = con.execute(
        f"""select count(*) filter (where _quarantine_reason = {literal(NO_RECORD)}), count(*) filter (where {good}),
            count(distinct _key) filter (where {good}), count(*) filter (where {good} and {numbers.key or "false"}){of_parents}
        from read_parquet({literal(part)})"""
    ).fetchall()
    # Where as many are none, this system writes its keys so.
    odd = Numbers(
        numbers.key if 0 < odd_keys * 2 < rows else None,
        {n: sql for (n, sql), found in zip(numbers.parents.items(), odd_parents, strict=True) if 0 < found * 2 < rows},
    )
    if empty or keys < rows or odd.key or odd.parents:
        settled = part.with_suffix(".settled")
        settle(con, file.table, part, settled, odd)
        os.replace(settled, part)
    of = {"filled_share": 'count("{}")', "first_day": 'cast(cast(min("{}") as date) as varchar)'}
    judged = file.table.judged_columns
    # A row that is its own key cannot be read as far as that where any value of it cannot.
    unread_key = (
        f"_quarantine_reason in ({', '.join(map(literal, key_reasons(file.table)))})"
        if file.table.key
        else (f"wrong is not null and _quarantine_reason is distinct from {literal(REPEATED)}")
    )
    rows, quarantined, without_key, missing_key, wrong, unreadable, future, *facts = con.execute(
        f"""
        select count(*), count(_quarantine_reason), count(*) filter (where {unread_key}), count(*) filter (where {says("wrong", ("missing_key",))}),
            count(*) filter (where {says("wrong", WRONG)}), count(*) filter (where {says("wrong", UNREADABLE)}),
            count(*) filter (where {says("wrong", ("after_complete_to",))})
            {"".join(f", {of[fact].format(column)}" for column, fact in judged)}
        from (select *, nullif(concat_ws(';', _quarantine_reason, _findings), '') as wrong from read_parquet({literal(part)}))
        """
    ).fetchall()[0]
    return {
        "rows": rows,
        "empty": empty,
        "quarantined": quarantined,
        "without_key": without_key,
        "missing_key": missing_key,
        "wrong": wrong,
        "unreadable": unreadable,
        "future": future,
        "of_columns": [[column, fact, found] for (column, fact), found in zip(judged, facts, strict=True)],
    }


def _account(file: KeptFile, typed: TypedFile, note: DeliveryNote) -> FileAccount:
    """The account of a file with nothing against it yet."""
    quarantined = typed.profile.get("quarantined", 0)
    return FileAccount(
        source=file.source,
        delivery_id=file.delivery_id,
        complete_to=file.complete_to,
        kind=note.kind,
        table_name=file.table.landing_name,
        file=file.path.name,
        sha256=file.sha256,
        is_accepted=True,
        reason=None,
        rows_read=typed.rows_read,
        rows_loaded=typed.profile.get("rows", 0) - quarantined,
        rows_rejected=len(typed.rejected),
        rows_quarantined=quarantined,
        rows_without_key=typed.profile.get("without_key", 0),
    )


def _broken_promise(file: KeptFile, typed: TypedFile, note: DeliveryNote) -> str | None:
    """delivery.json names a file as it lies, its sha256, and its rows without the header (definition: delivery_note)."""
    promised = note.files.get(original_name(file.path.name).upper(), {})
    if promised.get("sha256") and str(promised["sha256"]).lower() != file.sha256:
        return "wrong_sha256: the file is not the one delivery.json describes; send both again"
    rows = promised.get("rows")
    if typed.problem is None and rows is not None and rows not in (typed.rows_read, typed.rows_read + typed.profile["empty"]):
        return f"wrong_row_count: delivery.json says {rows} rows, {typed.rows_read} were found; send both again"
    return None


def _compared_with(history: list[int]) -> float | None:
    """The median of the earlier full deliveries, when there are enough to compare with (definition: delivery_volume)."""
    limits = door_limits()
    if len(history) < int(limits["volume_history_min"]) or median(history) < int(limits["volume_rows_min"]):
        return None
    return median(history)


def _verdict_path(file: KeptFile, compared: float | None, typed_folder: Path) -> Path:
    """Where the verdict is kept, beside the typed file; another place when anything it depends on has changed."""
    name = _typed_name(file)
    depends_on = json.dumps([name, door_limits(), compared, file.table.suite_fingerprint], sort_keys=True)
    return typed_folder / f"{Path(name).stem}.verdict-{hashlib.sha256(depends_on.encode()).hexdigest()[:16]}.json"


def _candidate(file: KeptFile, typed: TypedFile, compared: float | None) -> Candidate:
    profile, rows, limits = typed.profile, typed.rows_read, door_limits()
    bad = len(typed.rejected) + profile["wrong"]
    facts = {
        "missing_columns": profile["missing_columns"],
        "loaded_share": (profile["rows"] - profile["quarantined"]) / rows if rows else None,
        "bad_share": bad / rows if rows >= int(limits["bad_share_rows_min"]) else None,
        "missing_key_share": profile["missing_key"] / rows if rows else 0.0,
        "unreadable_share": profile["unreadable"] / rows if rows else 0.0,
        "future_share": profile["future"] / rows if rows else 0.0,
        "volume_share": rows / compared if compared else None,
    }
    columns: dict[str, dict[str, float | date | None]] = defaultdict(dict)
    for column, fact, found in profile["of_columns"]:
        if column in typed.columns:
            if fact == "filled_share":
                found = found / profile["rows"] if profile["rows"] else None
            columns[column][fact] = date.fromisoformat(found) if isinstance(found, str) else found
    return Candidate(file.table, f"{file.delivery_id} {file.path.name}", facts, columns)


def _missing_files(
    accounts: list[FileAccount], notes: dict[tuple[str, date], DeliveryNote], undeclared: set[tuple[str, date | None, str]]
) -> list[FileAccount]:
    """Files a delivery.json names that never came; `undeclared`: those that did and were not placed."""
    there = undeclared | {(a.source, a.complete_to, original_name(a.file).upper()) for a in accounts}
    reason = "file_missing: delivery.json names it and it was not delivered; send it"
    return [
        FileAccount(source, f"{source}/{complete_to}", complete_to, note.kind, "", published_name(source, name), None, False, reason)
        for (source, complete_to), note in notes.items()
        for name in note.files
        if (source, complete_to, name) not in there
    ]


def _undeclared_account(seen: Undeclared, scratch_in: Path) -> FileAccount:
    """Its records are counted where it can be read at all."""
    rows, named = 0, split_name(seen.offered_as)
    if seen.path and named:
        with tempfile.TemporaryDirectory(dir=scratch_in, prefix=".reading-") as scratch, suppress(UnreadableFileError, OSError):
            rows = read_records(seen.path, named[1], Path(scratch)).rows_read
    place = (seen.source, seen.delivery_id, seen.complete_to, None, seen.table_name, seen.file, seen.sha256, False, seen.reason)
    return FileAccount(*place, rows_read=rows, rows_refused=rows)


def _told_apart(accounts: list[FileAccount]) -> list[FileAccount]:
    """Files whose own names or folders may not be shown can look alike; the second of such is numbered, and so on."""
    seen: Counter[tuple[str, str]] = Counter()
    named = []
    for account in accounts:
        seen[account.delivery_id, account.file] += 1
        n = seen[account.delivery_id, account.file]
        named.append(account if n == 1 else replace(account, file=f"{account.file} ({n})"))
    return named


def _line(account: FileAccount) -> str:
    what = f"{account.delivery_id} {account.file}:"
    if not account.is_accepted:
        return f"{what} refused, {account.reason}"
    return f"{what} {account.rows_loaded} loaded, {account.rows_rejected} rejected, {account.rows_quarantined} quarantined"


def _clear_leftovers(typed_folder: Path) -> None:
    """What a run that was stopped left half done."""
    for path in typed_folder.glob(".*"):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()

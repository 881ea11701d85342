"""From the landing folder to schema landing: keep each file, type it once, judge it at the door, account for every record.

Everything here is a function of the files kept and the as-of day: the order in which deliveries came changes nothing, except
that a file sent again replaces the one before it, once it has been accepted.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import duckdb

from expectations.contract import door_limits
from expectations.landing import Candidate, Verdict, judge, load_door
from ground.files import whole, write_whole
from ground.sql import literal
from orchestration.failure import machine_error
from orchestration.landing.apart import Apart, KilledError, OutOfBoundsError
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
from orchestration.landing.records import Records, UnreadableFileError, bound_of, read_carefully, read_records, split_name
from orchestration.landing.row_account import FileAccount, TypedFile
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

_SHARE_OF_DUCKDB = 0.6  # of the memory of a file; at that it goes to the disk


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
    not_placed_notes = {(u.source, u.complete_to) for u in undeclared if u.is_note and u.complete_to}
    notes = delivery_notes(kept_folder) | {(source, day): UNREADABLE_NOTE for source, day in not_placed_notes if day}
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
    accounts += _told_apart(_undeclared_accounts(not_placed, typed_folder))
    for (source, day), note in notes.items():
        reason = None if (source, day) in not_placed_notes else note.problem
        if note.deleted and (reason := held.get((f"{source}/{day}", "delivery.json"))):
            notes[source, day] = replace(note, deleted={})
        if reason:
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
    distinct = {_typed_name(file): file for file in sorted(files, key=lambda f: -_size(f.path))}
    typed = {name: kept for name in distinct if (kept := _typed_before(typed_folder / name))}
    waiting = iter([name for name in distinct if name not in typed])
    said = time.monotonic()

    def work(child: Apart, scratch: Path) -> None:
        nonlocal said
        for name in waiting:
            typed[name] = _type_once(distinct[name], typed_folder / name, child, scratch)
            if time.monotonic() - said > 2:
                said = time.monotonic()
                progress(f"landing: typed {len(typed)} of {len(distinct)} files")

    workers = min(len(distinct) - len(typed), os.cpu_count() or 1)
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=typed_folder, prefix=".reading-")))
        threads = stack.enter_context(ThreadPoolExecutor())
        loading: list[Future[None]] = []
        children = []
        for n in range(workers):
            place = scratch / str(n)
            database = TypingDatabase(place)
            # One that is started later waits until the door is loaded: a child of a process that imports may wait for ever.
            child = stack.enter_context(Apart(partial(_type_named, distinct, typed_folder, database), partial(wait, loading)))
            child.start()
            children.append((child, place))
        if workers:
            loading.append(threads.submit(load_door))  # if it fails, so does the door
        working = [threads.submit(work, *each) for each in children]
        try:
            for worker in working:
                worker.result()
        finally:  # where one has failed, the others take no further file
            deque(waiting, maxlen=0)
    return {file.path: typed[_typed_name(file)] for file in files}


def _type_named(files: dict[str, KeptFile], typed_folder: Path, database: TypingDatabase, name: str) -> dict[str, Any]:
    return _type(files[name], typed_folder / name, database)


def _size(path: Path) -> int:
    """0 for a file that is not there any more: its reader says so."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _typed_name(file: KeptFile) -> str:
    recipe = f"{file.table.fingerprint} {TYPING_VERSION} {file.complete_to} {file.delivered.upper()} {file.ext}"
    return f"{file.sha256}-{hashlib.sha256(recipe.encode()).hexdigest()[:16]}.parquet"


def hashes_when_typed(home: Path, file: KeptFile, sha256: str) -> dict[int, str] | None:
    """By number, what each record was hashed to when `file` was typed, being the bytes of `sha256` then; None where that is not kept, or was
    typed under another declaration."""
    parquet = home / "typed" / _typed_name(replace(file, sha256=sha256))
    if not parquet.is_file():
        return None
    with duckdb.connect() as con:
        return dict(con.execute(f"select _row_number, _row_hash from read_parquet({literal(parquet)})").fetchall())


def _typed_before(parquet: Path) -> TypedFile | None:
    """What was typed before under the same declaration and for the same day."""
    facts_path = parquet.with_suffix(".json")
    if not facts_path.is_file():
        return None
    facts = json.loads(facts_path.read_text(encoding="utf-8"))
    is_whole = not facts["problem"] and (facts["profile"]["missing_columns"] or parquet.is_file())
    return _typed_file(facts, parquet) if is_whole else None


def _type_once(file: KeptFile, parquet: Path, child: Apart, scratch: Path) -> TypedFile:
    """Types a file into `parquet`, in a process of its own. Whatever that does, the file is at fault and refused, where the machine is
    not (definition: delivery_unreadable): raises MachineError. That a file could not be read is not kept: it is tried again."""
    scratch.mkdir(exist_ok=True)
    try:
        facts = child.ask(parquet.name, bound_of(_size(file.path), file.ext))
    except (OutOfBoundsError, KilledError) as error:
        if fault := machine_error(scratch, file.path, f"{_named(file)} could not be typed"):
            raise fault from None
        facts = _no_facts(f"unreadable_file: {_stopped(error)}")
        shutil.rmtree(scratch, ignore_errors=True)
        for left in parquet.parent.glob(f".{parquet.name}*"):
            left.unlink()
    if facts["problem"] is None:
        write_whole(parquet.with_suffix(".json"), json.dumps(facts))
    return _typed_file(facts, parquet)


def _typed_file(facts: dict[str, Any], parquet: Path) -> TypedFile:
    return TypedFile(
        parquet=parquet if facts["problem"] is None else None,
        problem=facts["problem"],
        rows_read=facts["rows_read"],
        rejected=tuple((n, reason) for n, reason in facts["rejected"]),
        profile=facts["profile"],
        columns=tuple(facts["columns"]),
    )


def _no_facts(problem: str, rows_read: int = 0) -> dict[str, Any]:
    return {"problem": problem, "rows_read": rows_read, "rejected": [], "profile": {}, "columns": []}


def _named(file: KeptFile) -> str:
    return f"{file.delivery_id} {file.path.name}"


def _type(file: KeptFile, parquet: Path, database: TypingDatabase) -> dict[str, Any]:
    """Types a file into `parquet`, if it has the columns that it must have: facts about it. Raises MachineError and nothing else."""
    with tempfile.TemporaryDirectory(dir=database.scratch, prefix="reading-") as folder:
        scratch = Path(folder)
        records = None
        try:
            database.limit(int(_SHARE_OF_DUCKDB * bound_of(_size(file.path), file.ext).memory))
            records = read_records(file.path, file.ext, scratch)
            missing = missing_columns(records, file.table, file.delivered)
            if missing:
                counts = _not_typed(records)
            else:
                with whole(parquet) as part:
                    records, counts = _typed_as_counted(database, records, file, part, scratch)
        except UnreadableFileError as error:
            return _no_facts(f"unreadable_file: {error}", records.rows_read if records else 0)
        except Exception as error:
            # Its own text may quote the record.
            why = _unreadable(error)
            if fault := machine_error(scratch, file.path, f"{_named(file)} could not be typed"):
                raise fault from None
            database.close()
            return _no_facts(f"unreadable_file: {why}", records.rows_read if records else 0)
    delivered = [c.name for c in file.table.columns if set(file.table.names_of(c, file.delivered)) & set(records.columns)]
    problem = None
    if missing and file.table.is_reference_list:
        problem = f"not_used: a list without {', '.join(missing)} names nothing; it is kept and not used"
    return {
        "problem": problem,
        "rows_read": records.rows_read - counts["empty"],
        "rejected": list(records.rejected),
        "profile": counts | {"missing_columns": ", ".join(missing)},
        "columns": delivered,
    }


def _unreadable(error: Exception) -> str:
    """What is told of a file whose reader raised `error`."""
    if isinstance(error, (MemoryError, duckdb.OutOfMemoryException)):
        return _stopped(OutOfBoundsError("memory"))
    return "the file is damaged inside; send it again"


def _stopped(error: OutOfBoundsError | KilledError) -> str:
    """What is told of a file whose reader had to be stopped, or broke down."""
    if isinstance(error, KilledError):
        return "its reader broke down on it, so it is damaged inside; send it again, as plain csv"
    return f"it takes far more {error} to read than a file of its size should; send it again, as plain csv"


def _not_typed(records: Records) -> dict[str, Any]:
    """The counts of a file that the door will refuse for its header: nothing of it was typed."""
    counts = ("quarantined", "without_key", "missing_key", "wrong", "unreadable", "future", "empty")
    return dict.fromkeys(counts, 0) | {"rows": records.rows_read - len(records.rejected), "of_columns": []}


def _typed_as_counted(
    database: TypingDatabase, records: Records, file: KeptFile, part: Path, scratch: Path
) -> tuple[Records, dict[str, Any]]:
    """Types `records` into `part`: the records, read carefully where they cannot be read fast, and their counts. Raises
    UnreadableFileError where as many do not come out as were counted, and what DuckDB raises."""
    for is_last in (False, True):
        try:
            counts = _typed_counts(database.con, records, file, part)
            if counts["rows"] + counts["empty"] == records.rows_read - len(records.rejected):
                return records, counts
        except duckdb.OutOfMemoryException:
            raise
        except duckdb.Error:
            database.close()
            if is_last or records.is_parquet or records.is_clean:
                raise
        if is_last or records.is_parquet or records.is_clean:
            break
        records = read_carefully(records.path, records.columns, scratch)
    raise UnreadableFileError("records found twice do not agree in number; send it again")


def _typed_counts(con: duckdb.DuckDBPyConnection, records: Records, file: KeptFile, part: Path) -> dict[str, Any]:
    """Types `records` into `part` and counts what came out of it; `empty`: records in which nothing is filled, which are none."""
    type_records(con, records, file.table, file.delivered, file.complete_to, part)
    numbers = Numbers.of(file.table)
    good = "_quarantine_reason is null"
    of_references = "".join(
        f""", count(*) filter (where {good} and {is_odd}), count("{n}") filter (where {good})""" for n, is_odd in numbers.references.items()
    )
    ((empty, rows, keys, odd_keys, *found),) = con.execute(
        f"""select count(*) filter (where _quarantine_reason = {literal(NO_RECORD)}), count(*) filter (where {good}),
            count(distinct _key) filter (where {good}), count(*) filter (where {good} and {numbers.key or "false"}){of_references}
        from read_parquet({literal(part)})"""
    ).fetchall()
    # Where as many are none, this system writes its keys so.
    odd = Numbers(
        numbers.key if 0 < odd_keys * 2 < rows else None,
        {
            n: sql
            for (n, sql), none, filled in zip(numbers.references.items(), found[::2], found[1::2], strict=True)
            if 0 < none * 2 < filled
        },
    )
    if empty or keys < rows or odd.key or odd.references:
        settled = part.with_suffix(".settled")
        settle(con, file.table, part, settled, odd, is_any_repeated=keys < rows)
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
    profile, limits = typed.profile, door_limits()
    rows = 0 if profile["missing_columns"] else typed.rows_read  # of a file that was not typed nothing else is known
    bad = len(typed.rejected) + profile["wrong"]
    facts = {
        "missing_columns": profile["missing_columns"],
        "loaded_share": (profile["rows"] - profile["quarantined"]) / rows if rows else None,
        "bad_share": bad / rows if rows >= int(limits["bad_share_rows_min"]) else None,
        "missing_key_share": profile["missing_key"] / rows if rows else 0.0,
        "unreadable_share": profile["unreadable"] / rows if rows else 0.0,
        "future_share": profile["future"] / rows if rows else 0.0,
        "volume_share": typed.rows_read / compared if compared else None,
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


def _undeclared_accounts(seen: list[Undeclared], scratch_in: Path) -> list[FileAccount]:
    """Their records are counted where they can be read at all, within the bounds of every file."""
    with tempfile.TemporaryDirectory(dir=scratch_in, prefix=".reading-") as folder:

        def count(path: Path, ext: str) -> int:
            with tempfile.TemporaryDirectory(dir=folder) as scratch, suppress(UnreadableFileError):
                return read_records(path, ext, Path(scratch)).rows_read
            return 0

        with Apart(lambda asked: count(*asked)) as child:
            return [_undeclared_account(one, child) for one in seen]


def _undeclared_account(seen: Undeclared, child: Apart) -> FileAccount:
    rows, named = 0, split_name(seen.offered_as)
    if seen.path and named:
        with suppress(Exception):  # it is refused in any case
            rows = child.ask((seen.path, named[1]), bound_of(_size(seen.path), named[1]))
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
        return f"{what} {'refused' if account.is_turned_away else 'not used'}, {account.reason}"
    return f"{what} {account.rows_loaded} loaded, {account.rows_rejected} rejected, {account.rows_quarantined} quarantined"


def _clear_leftovers(typed_folder: Path) -> None:
    """What a run that was stopped left half done."""
    for path in typed_folder.glob(".*"):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()

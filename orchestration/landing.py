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
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import duckdb
import pyarrow as pa

from expectations.landing import SUITE_VERSION, Verdict, door_limits, judge, sample_columns
from orchestration.deliveries import DeliveryNote, KeptFile, Undeclared, delivery_notes, keep_deliveries, original_name
from orchestration.landing_schema import write_landing_schema
from orchestration.records import Records, UnreadableFileError, read_carefully, read_records
from orchestration.row_account import FileAccount, RowAccountError, TypedFile
from orchestration.typed import TYPING_VERSION, connect_for_typing, missing_columns, type_records


@dataclass(frozen=True)
class LandingResult:
    """`as_of`: the day asked for, else the latest complete_to accepted (None: nothing was). `files`: landing.delivery."""

    as_of: date | None
    files: tuple[FileAccount, ...]

    @property
    def refused(self) -> tuple[FileAccount, ...]:
        return tuple(f for f in self.files if not f.is_accepted)

    @property
    def checks_declared(self) -> int:
        return sum(f.checks_declared for f in self.files)

    @property
    def checks_executed(self) -> int:
        return sum(f.checks_executed for f in self.files)


def land(landing_dir: Path, home: Path, as_of: date | None, warehouse: Path, progress: Callable[[str], None] = print) -> LandingResult:
    """Keeps, types, judges and loads every delivery up to `as_of` (None: all) into schema landing of `warehouse`.

    Kept files lie in <home>/landed, typed ones in <home>/typed, both for good: a second run reads neither again. A table that
    is refused does not stop the others. Raises NotADirectoryError for a missing landing folder, RowAccountError for lost rows.
    """
    kept_folder, typed_folder = home / "landed", home / "typed"
    for folder in (kept_folder, typed_folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _clear_leftovers(typed_folder)
    kept, undeclared = keep_deliveries(landing_dir, kept_folder)
    in_time = [f for f in kept if as_of is None or f.complete_to <= as_of]
    notes = {d: note for d, note in delivery_notes(kept_folder).items() if as_of is None or d[1] <= as_of}
    accounts: list[FileAccount] = []
    accepted: list[tuple[KeptFile, TypedFile, FileAccount]] = []
    for _, files in _grouped(in_time, lambda f: (f.source, f.delivered.upper())):
        history: list[int] = []
        for (_, _, complete_to), versions in _grouped(files, lambda f: (f.source, f.delivered.upper(), f.complete_to)):
            note = notes.get((versions[0].source, complete_to), DeliveryNote())
            results = _judge_delivery(versions, note, history, typed_folder)
            accounts += [account for _, _, account in results]
            used = [r for r in results if r[2].is_accepted]
            accepted += used
            if note.kind == "full":
                history += [account.rows_read for _, _, account in used]
            for _, _, account in results:
                progress(_line(account))
    accounts += [_undeclared_account(u) for u in undeclared if as_of is None or u.complete_to is None or u.complete_to <= as_of]
    accounts += _missing_files(accounts, notes)
    accounts.sort(key=lambda a: (a.delivery_id, a.file, a.table_name))
    write_landing_schema(warehouse, accepted, accounts, notes)
    days = [a.complete_to for a in accounts if a.is_accepted]
    return LandingResult(as_of or max(days, default=None), tuple(accounts))


def _grouped(files: Iterable[KeptFile], key: Callable[[KeptFile], Any]) -> list[tuple[Any, list[KeptFile]]]:
    groups: dict[Any, list[KeptFile]] = defaultdict(list)
    for file in files:
        groups[key(file)].append(file)
    return sorted(groups.items(), key=lambda item: item[0])


def _judge_delivery(
    versions: list[KeptFile], note: DeliveryNote, history: list[int], typed_folder: Path
) -> list[tuple[KeptFile, TypedFile, FileAccount]]:
    """One table of one delivery: of several versions of a file the latest acceptable one is used; of several files for one
    table the first by name."""
    results = []
    for file in sorted(versions, key=lambda f: (original_name(f.path.name).lower(), f.arrival)):
        typed = _type_once(file, typed_folder)
        results.append((file, typed, _judged(file, typed, note, history, typed_folder)))
    used: dict[str, int] = {}
    for i, (file, _, account) in enumerate(results):
        if account.is_accepted:
            used[original_name(file.path.name).lower()] = i
    first = used[min(used)] if used else None
    for i, (file, typed, account) in enumerate(results):
        if account.is_accepted and i != first:
            winner = results[first][0].path.name
            is_resend = original_name(file.path.name).lower() == original_name(results[first][0].path.name).lower()
            why = "superseded: sent again and accepted" if is_resend else "delivered_twice: the table is already in this delivery"
            results[i] = (file, typed, account.refused(f"{why} as {winner}"))
    return [(file, typed, account.balanced()) for file, typed, account in results]


def _type_once(file: KeptFile, typed_folder: Path) -> TypedFile:
    """Types a file, or returns what was typed before under the same declaration and for the same day."""
    recipe = f"{file.table.fingerprint} {TYPING_VERSION} {file.complete_to} {file.delivered.upper()} {file.ext}"
    stem = f"{file.sha256}-{hashlib.sha256(recipe.encode()).hexdigest()[:16]}"
    parquet, facts_path = typed_folder / f"{stem}.parquet", typed_folder / f"{stem}.json"
    facts = None
    if facts_path.is_file():
        facts = json.loads(facts_path.read_text(encoding="utf-8"))
    if facts is None or (facts["problem"] is None and not parquet.is_file()):
        facts = _type(file, parquet)
        _write_json(facts_path, facts)
    return TypedFile(
        parquet=parquet if facts["problem"] is None else None,
        problem=facts["problem"],
        rows_read=facts["rows_read"],
        rejected=tuple((n, reason) for n, reason in facts["rejected"]),
        profile=facts["profile"],
        columns=tuple(facts["columns"]),
    )


def _type(file: KeptFile, parquet: Path) -> dict[str, Any]:
    facts: dict[str, Any] = {"problem": None, "rows_read": 0, "rejected": [], "profile": {}, "columns": []}
    part = parquet.with_name(f".{parquet.name}.part")
    with tempfile.TemporaryDirectory(dir=parquet.parent, prefix=".reading-") as scratch, connect_for_typing(Path(scratch)) as con:
        try:
            records = read_records(file.path, file.ext, Path(scratch))
            try:
                counts = _typed_counts(con, records, file, part)
            except duckdb.Error as error:
                if records.is_parquet or records.is_clean:
                    raise UnreadableFileError("the file is damaged inside; send it again") from error
                counts = None
            if counts is None or counts["rows"] != records.rows_read - len(records.rejected):
                if records.is_parquet or records.is_clean:
                    raise RowAccountError(f"{file.delivery_id} {file.path.name}: records found twice do not agree in number")
                records = read_carefully(records.path, records.columns, Path(scratch))
                counts = _typed_counts(con, records, file, part)
        except UnreadableFileError as error:
            part.unlink(missing_ok=True)
            return facts | {"problem": f"unreadable_file: {error}"}
    os.replace(part, parquet)
    delivered = [
        c.name for c in file.table.columns if set(file.table.names_of(c, file.delivered)) & set(records.columns)
    ]
    missing = missing_columns(records, file.table, file.delivered)
    return facts | {
        "rows_read": records.rows_read,
        "rejected": list(records.rejected),
        "profile": counts | {"missing_columns": ", ".join(missing)},
        "columns": delivered,
    }


def _typed_counts(con: duckdb.DuckDBPyConnection, records: Records, file: KeptFile, part: Path) -> dict[str, int]:
    """Types `records` into `part` and counts what came out of it."""
    type_records(con, records, file.table, file.delivered, file.complete_to, part)
    names = ("rows", "quarantined", "missing_key", "unreadable", "future")
    row = con.execute(
        f"""
        select count(*), count(_quarantine_reason),
            count(*) filter (where _quarantine_reason like 'missing\\_key:%' escape '\\'),
            count(*) filter (where _quarantine_reason like 'unreadable\\_%' escape '\\'),
            count(*) filter (where _quarantine_reason like 'after\\_complete\\_to:%' escape '\\')
        from read_parquet('{str(part).replace("'", "''")}')
        """
    ).fetchall()[0]
    return dict(zip(names, row, strict=True))


def _judged(file: KeptFile, typed: TypedFile, note: DeliveryNote, history: list[int], typed_folder: Path) -> FileAccount:
    quarantined = typed.profile.get("quarantined", 0)
    account = FileAccount(
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
    )
    problem = note.problem or _broken_promise(file, typed, note) or typed.problem
    if problem:
        return account.refused(problem)
    verdict = _verdict(file, typed, history if note.kind == "full" else [], typed_folder)
    account = replace(
        account,
        checks_declared=verdict.declared,
        checks_executed=verdict.executed,
        warnings="; ".join(verdict.warnings) or None,
    )
    return account if verdict.is_accepted else account.refused(verdict.reason or "refused")


def _broken_promise(file: KeptFile, typed: TypedFile, note: DeliveryNote) -> str | None:
    """delivery.json names a file as it lies, its sha256, and its rows without the header (decisions: Fine print)."""
    promised = note.files.get(original_name(file.path.name).upper(), {})
    if promised.get("sha256") and str(promised["sha256"]).lower() != file.sha256:
        return "wrong_sha256: the file is not the one delivery.json describes; send both again"
    rows = promised.get("rows")
    if typed.problem is None and rows is not None and rows != typed.rows_read:
        return f"wrong_row_count: delivery.json says {rows} rows, {typed.rows_read} were found; send both again"
    return None


def _verdict(file: KeptFile, typed: TypedFile, history: list[int], typed_folder: Path) -> Verdict:
    """The door's verdict, kept beside the typed file; made again only when what it depends on has changed."""
    limits = door_limits()
    compared = None
    if len(history) >= int(limits["volume_history_min"]) and median(history) >= int(limits["volume_rows_min"]):
        compared = median(history)
    depends_on = json.dumps([typed.parquet.name, limits, compared, SUITE_VERSION], sort_keys=True)
    path = typed_folder / f"{typed.parquet.stem}.verdict-{hashlib.sha256(depends_on.encode()).hexdigest()[:16]}.json"
    if path.is_file():
        kept = json.loads(path.read_text(encoding="utf-8"))
        return Verdict(**kept | {"warnings": tuple(kept["warnings"])})
    profile, rows = typed.profile, typed.rows_read
    bad = len(typed.rejected) + profile["quarantined"]
    facts = {
        "missing_columns": profile["missing_columns"],
        "bad_share": bad / rows if rows >= int(limits["bad_share_rows_min"]) else None,
        "missing_key_share": profile["missing_key"] / rows if rows else 0.0,
        "unreadable_share": profile["unreadable"] / rows if rows else 0.0,
        "future_share": profile["future"] / rows if rows else 0.0,
        "volume_share": rows / compared if compared else None,
    }
    verdict = judge(file.table, _sample(file, typed, int(limits["sample_rows_max"])), pa.Table.from_pylist([facts]).to_pandas())
    _write_json(path, asdict(verdict))
    return verdict


def _sample(file: KeptFile, typed: TypedFile, most: int) -> Any:
    """Every n-th record, so that a bad tail is seen too; only columns that were delivered."""
    columns = [n for n in sample_columns(file.table) if n in typed.columns]
    step = max(1, -(-typed.rows_read // most))
    names = ", ".join(f'"{n}"' for n in columns) or "_row_number"
    with duckdb.connect() as con:
        return con.execute(
            f"select {names} from read_parquet(?) where (_row_number - 1) % {step} = 0", [str(typed.parquet)]
        ).df()


def _missing_files(accounts: list[FileAccount], notes: dict[tuple[str, date], DeliveryNote]) -> list[FileAccount]:
    """Files a delivery.json names that never came."""
    there = {(a.source, a.complete_to, original_name(a.file).upper()) for a in accounts}
    reason = "file_missing: delivery.json names it and it was not delivered; send it"
    return [
        FileAccount(source, f"{source}/{complete_to}", complete_to, note.kind, "", name, None, False, reason)
        for (source, complete_to), note in notes.items()
        for name in note.files
        if (source, complete_to, name) not in there
    ]


def _undeclared_account(seen: Undeclared) -> FileAccount:
    return FileAccount(
        seen.source, seen.delivery_id, seen.complete_to, None, seen.table_name, seen.file, seen.sha256, False, seen.reason
    )


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


def _write_json(path: Path, content: dict[str, Any]) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(content), encoding="utf-8")
    os.replace(part, path)



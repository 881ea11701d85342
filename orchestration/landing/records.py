"""Reads the records of one delivered file: which columns, how many records, which of them cannot be read.

CSV is comma, RFC 4180 quotes, UTF-8 (BOM or not) or Windows-1252 (how they are told apart: _in_utf8), LF, CRLF or, all through, CR. The
header is the first line in which anything is filled. Two ways through:

* fast: DuckDB reads the file with the dialect given (it never guesses), and the number of records it finds is compared
  with a count made here, without it;
* careful, when they differ or DuckDB stops: a record that cannot be read costs its own physical line and no more; reading
  resumes at the next line. The good records are written to a clean file, each with its number in the delivered one.
"""

from __future__ import annotations

import codecs
import csv
import errno
import gzip
import re
import sys
import zipfile
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from expectations.contract import door_limits
from ground.sql import literal
from orchestration.landing.apart import Bound
from orchestration.landing.workbook import sheet_records

EXTENSIONS = (".csv.gz", ".csv", ".zip", ".parquet", ".xlsx")
_CHUNK = 1 << 22
_ROW_NUMBER = "FILE_ROW_NUMBER"  # under this very name DuckDB numbers the rows of a Parquet file
_MOST_ROWS = 10**12  # more is not meant
_NOT_PLAIN = (b'"', b"#", b"\t", b"\v", b"\f", b"\x1f", b" ,", b", ", b"\n ", b" \n", b" \r")
# Every kind of blank, those without a width included.
BLANKS = "".join(map(chr, (*range(9, 14), 32, 133, 160, 5760, 6158, *range(8192, 8208), 8232, 8233, 8239, 8287, 8288, 12288, 65279)))
# The header line as far as its end, after lines without anything: a quoted name may hold line ends.
_FIRST_LINE = re.compile(rb'[\r\n]*(?:"[^"]*"|[^"\r\n])*(\r\n|\r|\n)?')
_LONGEST = 16_000_000  # bytes of one record; DuckDB stops at a longer one
csv.field_size_limit(min(sys.maxsize, 2**31 - 1))


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", errors="replace"), error.end


codecs.register_error("windows-1252", _as_windows_1252)


class UnreadableFileError(ValueError):
    """The file as a whole cannot be read as a table; the message says why and what to do, and names no person."""


@dataclass(frozen=True)
class Records:
    """A file ready for DuckDB. `columns` are the delivered names, upper case, in file order; `rows_read` counts every
    record after the header, the `rejected` (number, reason) among them."""

    path: Path
    columns: tuple[str, ...]
    rows_read: int
    rejected: tuple[tuple[int, str], ...] = ()
    is_parquet: bool = False
    is_clean: bool = False  # written by the careful reader; first column is the record's number
    is_plain: bool = False  # no value has a blank at an end, a '#', a line end or a character beyond ASCII; where False it is not known

    @property
    def is_numbered(self) -> bool:
        """Whether the relation knows each record's number; else it is the place in the file."""
        return self.is_clean or (self.is_parquet and _ROW_NUMBER not in self.columns)

    def relation(self, wanted: frozenset[str]) -> str:
        """SQL that yields one row a record, in file order: c0, c1, ... as delivered, after _row_number if `is_numbered`. Of a
        Parquet file only the columns `wanted` (upper case): others may be of any type and name."""
        if self.is_parquet:
            names = [n.replace('"', '""') for n in pq.read_schema(self.path).names]
            columns = "".join(f', "{n}" as c{i}' for i, n in enumerate(names) if self.columns[i] in wanted)
            if self.is_numbered:
                return f"select file_row_number + 1 as _row_number{columns} from read_parquet({literal(self.path)}, file_row_number = true)"
            return f"select {columns.removeprefix(', ')} from read_parquet({literal(self.path)})"
        names = [f"c{i}" for i in range(len(self.columns))]
        number, delivered = ("cast(n as bigint) as _row_number, ", ["n", *names]) if self.is_clean else ("", names)
        types = ", ".join(f"'{n}': 'varchar'" for n in delivered)
        return (
            f"select {number}{', '.join(names)} from read_csv({literal(self.path)}, auto_detect = false, header = true, "
            f"delim = ',', quote = '\"', escape = '\"', strict_mode = true, max_line_size = {_LONGEST}, columns = {{{types}}})"
        )


def split_name(file: str) -> tuple[str, str] | None:
    """('OFFENDERS', '.csv.gz') of 'OFFENDERS.csv.gz'; None when the extension is not one that is delivered."""
    ext = next((e for e in EXTENSIONS if file.lower().endswith(e)), None)
    return (file[: -len(ext)], ext) if ext else None


def read_records(path: Path, ext: str, scratch: Path) -> Records:
    """The records of a delivered file. `scratch` is a folder for unpacked copies.

    Raises UnreadableFileError for a file that is not what its extension says, or has no header.
    """
    if ext == ".parquet":
        return _read_parquet(path)
    if ext == ".xlsx":
        return _read_workbook(path, scratch)
    text = _plain_text(path, ext, scratch)
    facts = _Facts.of(text)
    if not facts.is_utf8 or facts.has_nul or facts.ends_in_cr:
        text = _in_utf8(text, scratch, facts)
        facts = _Facts.of(text)
    header, is_first = _header(text)
    if facts.has_lone_cr or not is_first or facts.may_repeat_header:
        return read_carefully(text, header, scratch)
    count = _count_quoted(text) if facts.has_quote else facts.lines - 1
    return read_carefully(text, header, scratch) if count is None else Records(text, header, count, is_plain=facts.is_plain)


def read_carefully(text: Path, header: tuple[str, ...], scratch: Path) -> Records:
    """Reads record by record; a bad record is rejected alone, with its number and reason. Raises UnreadableFileError where the first
    that says anything is not `header`, for what comes before it would be lost."""
    with open(text, encoding="utf-8-sig", newline="\n") as source:
        records = _careful_records(source, len(header))
        first = next((fields for fields, _ in records if any(f.strip() for f in fields)), [])
        if _names(first) != header:
            raise UnreadableFileError("the header line cannot be told from what follows; send the file with one kind of line end")
        return _write_clean(records, header, scratch)


def _write_clean(records: Iterator[tuple[list[str], str | None]], header: tuple[str, ...], scratch: Path) -> Records:
    """The good ones of `records` in a clean file, each with its number; the others rejected. The header again, where files were joined, is
    no record."""
    clean = scratch / "clean.csv"
    rejected: list[tuple[int, str]] = []
    number = 0
    records = (r for r in records if not (r[0] and _names(r[0][:1]) == header[:1] and _names(r[0]) == header))
    with open(clean, "w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\r\n")  # so that a lone CR or LF in a value is quoted
        writer.writerow(["n", *(f"c{i}" for i in range(len(header)))])  # a delivered name may hold line ends
        for number, (fields, reason) in enumerate(records, start=1):
            if reason is None and _is_too_long(fields):
                reason = "record_too_long"
            if reason:
                rejected.append((number, reason))
            else:
                writer.writerow([number, *fields])
    return Records(clean, header, number, tuple(rejected), is_clean=True)


def _is_too_long(fields: list[str]) -> bool:
    """Whether the record, quoted and numbered, is more than DuckDB will read."""
    if sum(map(len, fields)) < _LONGEST // 8:  # four bytes a character, each doubled
        return False
    return sum(len(f.encode()) + f.count('"') + 3 for f in fields) + 32 > _LONGEST


def _careful_records(source: Iterator[str], width: int) -> Iterator[tuple[list[str], str | None]]:
    waiting: deque[str] = deque()

    def lines() -> Iterator[str]:
        while True:
            line = waiting.popleft() if waiting else next(source, None)
            if line is None:
                return
            yield line

    for line in lines():
        body = line.rstrip("\r\n")
        if not body.strip():
            continue
        fields, taken, reason = _quoted_record(line, lines()) if '"' in body else (body.split(","), list[str](), None)
        while len(fields) > width and not fields[-1]:
            fields.pop()  # commas at the end of the line; DuckDB takes them so too
        if reason is None and len(fields) != width:
            reason = f"wrong_field_count: {width} expected, {len(fields)} found"
        if reason:
            waiting.extendleft(reversed(taken))  # resume at the next physical line
        yield fields, reason


def _quoted_record(line: str, more: Iterator[str]) -> tuple[list[str], list[str], str | None]:
    """Fields of the record that starts at `line`, the further lines it took, and why it cannot be read."""
    fields: list[str] = []
    taken: list[str] = []
    at = 0
    while True:
        if line[at : at + 1] != '"':  # plain field; a quote inside it is a character like any other
            end = line.find(",", at)
            if end < 0:
                fields.append(line[at:].rstrip("\r\n"))
                return fields, taken, None
            fields.append(line[at:end])
            at = end + 1
            continue
        parts: list[str] = []
        at += 1
        while True:
            end = line.find('"', at)
            if end < 0:
                parts.append(line[at:])
                further = next(more, None)
                if further is None:
                    return fields, taken, "unterminated_quote"
                taken.append(further)
                line, at = further, 0
            elif line[end + 1 : end + 2] == '"':
                parts.append(line[at : end + 1])
                at = end + 2
            else:
                parts.append(line[at:end])
                at = end + 1
                break
        fields.append("".join(parts))
        rest = line[at:].rstrip("\r\n")
        if not rest:
            return fields, taken, None
        if rest[0] != ",":
            return fields, taken, "text_after_quote"
        at += 1


def _read_parquet(path: Path) -> Records:
    try:
        with pq.ParquetFile(path) as file:
            facts = file.metadata
            groups = [facts.row_group(i) for i in range(facts.num_row_groups)]
            _refuse_bomb(sum(group.total_byte_size for group in groups), path)
            if facts.num_rows != sum(group.num_rows for group in groups) or not 0 <= facts.num_rows < _MOST_ROWS:
                raise UnreadableFileError("the numbers of its rows disagree inside; send it again")
            return Records(path, _names(file.schema_arrow.names), facts.num_rows, is_parquet=True)
    except UnicodeDecodeError:
        raise UnreadableFileError("the name of a column is not UTF-8; send it with plain names") from None
    except (pa.ArrowException, OSError) as error:
        if _is_the_machine(error):
            raise
        raise UnreadableFileError("not a readable Parquet file; send it again") from None


def _read_workbook(path: Path, scratch: Path) -> Records:
    try:
        with zipfile.ZipFile(path) as archive:
            _refuse_bomb(sum(m.file_size for m in archive.infolist()), path)
        records = sheet_records(path)
        first = next(records, None)
        if first is None:
            raise UnreadableFileError("the first sheet is empty; send at least its header line")
        if first[1]:
            raise UnreadableFileError("a column name is a formula; send plain names")
        return _write_clean(records, _names(first[0]), scratch)
    except (UnreadableFileError, MemoryError):
        raise
    except Exception as error:  # openpyxl stops in any way it likes at what is no workbook
        if _is_the_machine(error):
            raise
        raise UnreadableFileError("not a readable xlsx workbook, or one with a password; send it again") from None


def bound_of(size: int, ext: str) -> Bound:
    """What reading and typing a file of `size` bytes may take, before it is refused for that (definition: delivery_bounds)."""
    limits = {name: float(value) for name, value in door_limits().items() if name.startswith("reading_")}
    times = {".csv": 1.0, ".json": 0.0}  # a delivery.json is small
    text = size * times.get(ext, limits["reading_packed_times"])
    seconds = limits["reading_seconds_always"] + text / limits["reading_bytes_a_second"]
    return Bound(seconds, int(limits["reading_memory_always"] + text * limits["reading_memory_times"]))


def _refuse_bomb(size: int, path: Path) -> None:
    """Raises UnreadableFileError when `size`, the bytes unpacked so far, is more than a table packed into `path` can hold."""
    limits = door_limits()
    if size > max(int(limits["unpacked_bytes_always"]), int(limits["unpacked_times_max"]) * path.stat().st_size):
        raise UnreadableFileError("it unpacks to far more than a table would; send it as plain csv")


def _is_the_machine(error: Exception) -> bool:
    """Whether a disk or a permission failed. Readers raise OSError for bad content too: without a number, or EINVAL for an
    offset that cannot be."""
    return isinstance(error, OSError) and error.errno not in (None, errno.EINVAL)


@contextmanager
def _opened(path: Path, ext: str) -> Iterator[IO[bytes] | gzip.GzipFile]:
    if ext == ".csv":
        with open(path, "rb") as file:
            yield file
    elif ext == ".csv.gz":
        with gzip.open(path, "rb") as packed:
            yield packed
    else:
        with zipfile.ZipFile(path) as archive:
            # Nothing is unpacked under the name it has inside, whatever path that is.
            members = [m for m in archive.infolist() if not m.is_dir() and not _is_hidden(PurePosixPath(m.filename))]
            tables = [m for m in members if m.filename.lower().endswith(".csv")]
            if len(members) != 1 or len(tables) != 1:
                raise UnreadableFileError(
                    f"a zip must hold one csv file and no other, this one holds {len(members)} files, {len(tables)} of them csv; send one csv"
                )
            with archive.open(members[0]) as member:
                yield member


def _is_hidden(name: PurePosixPath) -> bool:
    return name.name.startswith(".") or name.parts[:1] == ("__MACOSX",)


def _plain_text(path: Path, ext: str, scratch: Path) -> Path:
    if ext == ".csv":
        return path
    target = scratch / "unpacked.csv"
    try:
        with _opened(path, ext) as source, open(target, "wb") as out:
            while chunk := source.read(_CHUNK):
                out.write(chunk)
                _refuse_bomb(out.tell(), path)
    except (UnreadableFileError, MemoryError):
        raise
    except Exception as error:  # a damaged archive stops its reader in more ways than it says
        if _is_the_machine(error):
            raise
        raise UnreadableFileError(f"{ext[1:]} is damaged, cut short or encrypted; send it again") from None
    return target


@dataclass
class _Facts:
    """What one pass over the bytes shows. `lines` counts lines that are not empty. `ends_in_cr`: the header line ends in a CR alone, as
    all lines then do: a LF beside them stands in a value, or was put at the end. `may_repeat_header`: the header line is there again."""

    is_utf8: bool = True
    has_quote: bool = False
    has_nul: bool = False
    has_lone_cr: bool = False
    ends_in_cr: bool = False
    may_repeat_header: bool = False
    is_plain: bool = True
    lines: int = 0

    @classmethod
    def of(cls, text: Path) -> _Facts:
        facts, decoder, previous, is_first = cls(), codecs.getincrementaldecoder("utf-8")(), b"\n", True
        header, headers, last = b"", 0, b""
        with open(text, "rb") as file:
            while chunk := file.read(_CHUNK):
                if facts.is_utf8:
                    try:
                        decoder.decode(chunk)
                    except UnicodeDecodeError:
                        facts.is_utf8 = False
                if is_first:
                    chunk, is_first = chunk.removeprefix(codecs.BOM_UTF8), False
                    if line := _FIRST_LINE.match(chunk):
                        header, facts.ends_in_cr = line[0].strip(), line[1] == b"\r"
                    if chunk[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) or _is_utf16(chunk):
                        raise UnreadableFileError("the file is UTF-16; send UTF-8 or Windows-1252")
                if header:
                    headers += (last + chunk).count(header)
                    last = chunk[1 - len(header) :]
                facts.has_quote |= b'"' in chunk
                facts.has_nul |= b"\0" in chunk
                facts.is_plain = facts.is_plain and _is_plain(previous + chunk)
                seen = np.frombuffer(previous + chunk, dtype=np.uint8)
                before, now = seen[:-1], seen[1:]
                facts.lines += int(np.count_nonzero((before == 10) & (now != 10) & (now != 13)))
                facts.has_lone_cr |= bool(((before == 13) & (now != 10)).any())
                previous = chunk[-1:] or previous
        if facts.is_utf8:
            try:
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                facts.is_utf8 = False
        facts.is_plain = facts.is_plain and previous != b" "
        facts.may_repeat_header = headers > 1
        return facts


def _is_plain(text: bytes) -> bool:
    """Whether no value in it needs a closer look (typed.is_plain_record): a quote may hold a line end, and a blank at an end of a line or
    beside a comma is at an end of a value."""
    return text.isascii() and not any(sign in text for sign in _NOT_PLAIN)


def _is_utf16(text: bytes) -> bool:
    """Whether every other byte of `text` is NUL, as in UTF-16 and UTF-32 without their mark: of the pairs in which there is anything, most
    hold one. NULs that are strewn in or fill a field up stand otherwise."""
    if b"\0" not in text:
        return False
    pairs = np.frombuffer(text[: len(text) // 2 * 2], dtype=np.uint8).reshape(-1, 2) != 0
    filled = int(np.count_nonzero(pairs.any(axis=1)))
    of_one = (int(np.count_nonzero(pairs[:, n] & ~pairs[:, 1 - n])) for n in (0, 1))
    return filled > 0 and 2 * max(of_one) > filled


def _in_utf8(text: Path, scratch: Path, facts: _Facts) -> Path:
    """The text as UTF-8 without NULs. It is taken for UTF-8 with some stray bytes when it starts with the mark of UTF-8, or when
    it holds more characters beyond ASCII than bytes that are none; then each stray byte is read as Windows-1252, and no other. Else
    all of it is Windows-1252."""
    target = scratch / "utf8.csv"
    is_utf8 = _is_mostly_utf8(text)
    with open(text, "rb") as source, open(target, "wb") as out:
        for line in source:
            line = line.replace(b"\0", b"")
            if facts.ends_in_cr:
                line = line.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            if not line.isascii():
                decoded = line.decode("utf-8", errors="windows-1252") if is_utf8 else line.decode("cp1252", errors="replace")
                line = decoded.encode("utf-8")
            out.write(line)
    return target


def _is_mostly_utf8(text: Path) -> bool:
    stray = others = 0
    with open(text, "rb") as source:
        if source.read(3) == codecs.BOM_UTF8:
            return True
        source.seek(0)
        for line in source:
            if not line.isascii():
                decoded = line.decode("utf-8", errors="replace")
                stray += decoded.count("\ufffd")
                others += len(decoded) - len(decoded.encode("ascii", errors="ignore"))
    return others - stray > stray


def _names(fields: Iterable[str]) -> tuple[str, ...]:
    """Names of columns, upper case, without blanks of any kind at their ends: those without a width too, such as a second mark of UTF-8."""
    return tuple(name.strip(BLANKS).upper() for name in fields)


def _header(text: Path) -> tuple[tuple[str, ...], bool]:
    """The names of the columns, and whether they stand in the very first line: a spreadsheet writes a blank row as commas."""
    with open(text, encoding="utf-8-sig", newline="") as file:
        try:
            rows = enumerate(csv.reader(file, strict=True))
            place, first = next(((n, row) for n, row in rows if any(v.strip() for v in row)), (0, None))
        except csv.Error as error:
            raise UnreadableFileError("the header line cannot be read; send the file with a header") from error
    if first is None:
        raise UnreadableFileError("the file is empty; send at least its header line")
    if any("\n" in n and "," in n for n in first):  # it has swallowed records, which nothing would account for
        raise UnreadableFileError("the header line holds a quote that is never closed; send it again")
    return _names(first), place == 0


def _count_quoted(text: Path) -> int | None:
    """Records after the header by Python's reader; None when it stops at one."""
    with open(text, encoding="utf-8-sig", newline="") as file:
        try:
            return sum(1 for row in csv.reader(file, strict=True) if row) - 1
        except csv.Error:
            return None

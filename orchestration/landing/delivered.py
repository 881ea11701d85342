"""Records of a kept file once more as they came, found again by file and number: for whoever wants to see what a figure or a result rests on."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.landing.deliveries import KeptFile
from orchestration.landing.records import Records, UnreadableFileError, read_carefully, read_records
from orchestration.landing.typed import connect_for_typing, delivered_query

_FEW = 10_000  # records that are named one by one


@dataclass(frozen=True)
class Delivered:
    """One record. `values`: the declared columns in their order, as text, '' where empty or not in the file; `row_hash`: of these."""

    values: tuple[str, ...]
    row_hash: str


def delivered(file: KeptFile, hashes: Mapping[int, str], scratch: Path) -> dict[int, Delivered]:
    """The records of `file` numbered as in `hashes`, which says what each was hashed to when it was typed; one that is no longer there is left
    out, and one that is another now comes with the hash it has now. What does not fit in memory goes to the folder `scratch`. Raises
    UnreadableFileError, OSError."""
    with tempfile.TemporaryDirectory(dir=scratch, prefix="reading-") as folder:
        records = read_records(file.path, file.ext, Path(folder))
        first: dict[int, Delivered] | None = None
        try:
            first = _asked(records, file, hashes, Path(folder))
        except duckdb.Error:
            if records.is_parquet or records.is_clean:
                raise UnreadableFileError("it cannot be read any more") from None
        # As at its typing: what cannot be read fast is read with care, and then records may be numbered otherwise.
        if first is not None and (
            records.is_parquet or records.is_clean or all(n in first and first[n].row_hash == said for n, said in hashes.items())
        ):
            return first
        careful = _asked(read_carefully(records.path, records.columns, Path(folder)), file, hashes, Path(folder))
        if first is None:
            return careful
        return max((careful, first), key=lambda read: sum(n in read and read[n].row_hash == said for n, said in hashes.items()))


def _asked(records: Records, file: KeptFile, hashes: Mapping[int, str], scratch: Path) -> dict[int, Delivered]:
    numbers = ", ".join(str(int(n)) for n in sorted(hashes)) or "null"
    wanted = f"_row_number in ({numbers})" if len(hashes) <= _FEW else "true"
    with connect_for_typing(scratch) as con:
        found = con.execute(delivered_query(con, records, file.table, file.delivered, wanted)).fetchall()
        return {number: Delivered(tuple(values), row_hash) for number, row_hash, *values in found if number in hashes}

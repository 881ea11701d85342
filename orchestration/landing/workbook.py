"""Reads the first sheet of a delivered workbook (xlsx, providers only) as text, record by record.

The first row that is not blank is the header; each further one is a record, blank rows are none. No formula is ever evaluated: the
value the workbook keeps for it is read, an empty text too, and a record with a formula that has none is rejected.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from itertools import repeat
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._reader import WorkSheetParser

_ROWS = 1 << 20  # a sheet of Excel has no more
_FORMULA = re.compile(rb"<(\w+:)?f[ />]")


class TooManyRowsError(ValueError):
    """The sheet claims more rows than a sheet can have."""


class CellTwiceError(ValueError):
    """A row holds one cell twice, and nobody knows which of the two is meant."""


def sheet_records(path: Path) -> Iterator[tuple[list[str], str | None]]:
    """Header, then records: the values as a CSV would hold them, and why the record cannot be read.

    Raises whatever openpyxl does on a file that is no workbook, TooManyRowsError and CellTwiceError.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they quote values
        width = 0
        for row, formulas in zip(_rows(path, data_only=True), _formulas(path), strict=False):
            texts = [_as_text(value) for value in row]
            while texts and not texts[-1].strip():
                texts.pop()
            reason = next((f"formula_without_value: column {get_column_letter(i)}" for i in _without_value(row, formulas)), None)
            if not texts and reason is None:
                continue
            if not width:
                width = len(texts)
            if reason is None and len(texts) > width:
                reason = f"wrong_field_count: {width} expected, {len(texts)} found"
            yield texts + [""] * (width - len(texts)), reason


def _rows(path: Path, data_only: bool) -> Iterator[list[Any]]:
    """The rows in the order of the file, each with its cells in their places. openpyxl's own rows leave out what does not stand in the
    order of its numbers, without a word; so its parser is asked."""
    book = openpyxl.load_workbook(path, read_only=True, data_only=data_only, keep_links=False)
    try:
        sheet = book.worksheets[0]
        kinds = {"date_formats": book._date_formats, "timedelta_formats": book._timedelta_formats}
        with sheet._get_source() as source:
            parser = WorkSheetParser(source, sheet._shared_strings, data_only=data_only, epoch=book.epoch, **kinds)
            for number, cells in parser.parse():
                if number > _ROWS:
                    raise TooManyRowsError
                in_place = {cell["column"]: _kept_value(cell) for cell in cells}
                if len(in_place) < len(cells):
                    raise CellTwiceError
                yield [in_place.get(n) for n in range(1, max(in_place, default=0) + 1)]
    finally:
        book.close()


def _kept_value(cell: dict[str, Any]) -> Any:
    """The value that the workbook keeps for a cell; the text of a formula that gave an empty one is kept, and is not None."""
    return "" if cell["value"] is None and cell["data_type"] == "str" else cell["value"]


def _formulas(path: Path) -> Iterator[list[Any]]:
    """The rows with formulas in place of their values; empty ones where no sheet holds any, for this costs as much again."""
    return _rows(path, data_only=False) if _has_formulas(path) else repeat([])


def _has_formulas(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        for sheet in (n for n in archive.namelist() if n.startswith("xl/worksheets/")):
            with archive.open(sheet) as file:
                before = b""
                while chunk := file.read(1 << 20):
                    if _FORMULA.search(before + chunk):
                        return True
                    before = chunk[-64:]
    return False


def _without_value(row: list[Any], formulas: list[Any]) -> Iterator[int]:
    return (i for i, (value, formula) in enumerate(zip(row, formulas, strict=False), start=1) if value is None and formula is not None)


def _as_text(value: Any) -> str:
    """A cell as a CSV would hold it: days and times as ISO text, a whole number without '.0', other numbers to the 15 digits that
    Excel keeps."""
    return _TEXT.get(type(value), str)(value)


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"


_TEXT: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: "",
    str: str,
    bool: lambda v: "true" if v else "false",
    float: _number,
    datetime: lambda v: v.date().isoformat() if v.time() == time() else v.isoformat(" "),
    date: date.isoformat,
    time: time.isoformat,
}

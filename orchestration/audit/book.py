"""An evidence pack as a workbook: a cover, then a sheet a table, with days, numbers and pounds as what they are."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from orchestration.audit.pack_file import Sheet

_MOST_ROWS = 100_000  # of a sheet: a workbook with more opens slowly, and the CSV holds them all
_FORMATS = {datetime: "yyyy-mm-dd hh:mm:ss", date: "yyyy-mm-dd", Decimal: "#,##0.00##"}
_LONGEST = 32_767  # characters of a cell


def workbook(facts: dict[str, Any], sheets: Sequence[Sheet]) -> bytes:
    """The bytes of an xlsx. Text is never taken for a formula."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Font

    book, bold = Workbook(write_only=True), Font(bold=True)
    book.properties.title, book.properties.creator, book.properties.language = "Evidence pack", "Gatehouse", "en-GB"
    book.properties.created = book.properties.modified = datetime.fromisoformat(facts["as_of"])

    def cell(sheet: Any, value: Any, is_bold: bool = False) -> Any:
        if isinstance(value, str):
            value = ILLEGAL_CHARACTERS_RE.sub(" ", value)[:_LONGEST]
        form = _FORMATS.get(type(value))
        if not (is_bold or form or (isinstance(value, str) and value.startswith("="))):
            return value  # most are, and a cell of its own takes far longer
        made = WriteOnlyCell(sheet, value)
        if isinstance(value, str):
            made.data_type = "s"
        if form:
            made.number_format = form
        if is_bold:
            made.font = bold
        return made

    cover = book.create_sheet("Cover")
    cover.column_dimensions["A"].width, cover.column_dimensions["B"].width = 28, 90
    said: list[tuple[str, Any]] = [
        ("Evidence pack", ""), ("Scope", ", ".join(f"{what} {value}" for what, value in facts["scope"].items())), ("Edition", facts["edition_id"]),
        ("As of", date.fromisoformat(facts["as_of"])), ("Made by code", facts["code_version"]), ("For", facts["for"]),
        ("Claims", facts["totals"]["claims"]),
        *((_LABELS[name], Decimal(facts["totals"][name])) for name in _LABELS),
        *((f"Results: {result}", n) for result, n in facts["results"].items()),
        ("Check it", "gatehouse audit verify PACK.zip needs this file only; README.txt says how to do it without us."),
        ("What counts", "The CSV files. This workbook holds the same, up to 100,000 rows a sheet."),
    ]  # fmt: skip
    for what, value in said:
        cover.append([cell(cover, what, is_bold=True), cell(cover, value)])
    for one in sheets:
        sheet = book.create_sheet(one.name)
        sheet.freeze_panes = "A2"
        sheet.append([cell(sheet, column, is_bold=True) for column in one.columns])
        for row in one.rows[:_MOST_ROWS]:
            sheet.append([cell(sheet, value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


_LABELS = {
    "net": "Net (£)", "s1_amount": "S1, withhold or recover (£)", "s2_amount": "S2, withhold until evidence comes (£)", "s3_amount": "S3, query (£)",
    "paid_amount": "Paid (£)", "payments": "Payments listed (£)",
}  # fmt: skip

"""What a provider is asked, as a workbook to fill in, and what comes back (definition: payment_case).

One sheet holds a row a query, one says how to fill it in. What was asked is kept in the store under the hash of its rows, which the book carries: so
a row that comes back altered, or that was never asked, is told by its sheet and number, and the others count. An answer that comes late is kept and
marked. Read again, a book changes nothing.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from decisions import cases
from decisions.case_edition import listed
from decisions.cases import QUERIED, Refused
from decisions.casework import answer
from decisions.store import Store
from edition.access import Use, enter
from edition.folder import Edition
from edition.reading import opened
from edition.rights import Reader

SHEET, INSTRUCTIONS, TABLE = "Queries", "Instructions", "Queries"
ASKED = ("Case", "Sent by", "Claim", "Rule", "What is asked", "Task", "Task date", "Claimed (£)", "At risk (£)", "Answer by")
ANSWERED = ("Answer", "Reason", "Explanation", "Evidence reference")
ACCEPT, EXPLAIN = ANSWERS = ("Accept", "Explain")
FRAME = "Frame (do not change)"
_DAYS, _POUNDS = {"Task date", "Answer by"}, {"Claimed (£)", "At risk (£)"}
_WIDTHS = {"What is asked": 50, "Claim": 24, "Sent by": 22, "Reason": 44, "Explanation": 60, "Evidence reference": 24}
_LARGEST, _LARGEST_UNPACKED = 10 << 20, 100 << 20


@dataclass
class Read:
    """What came back: cases whose answer was kept, those of them that came late, and what is the matter with other rows."""

    kept: list[int] = field(default_factory=list)
    late: list[int] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def write_book(home: Path, edition: Edition, use: Use, provider: str, at: datetime) -> bytes:
    """The workbook of all that a provider is asked today, of what the reader may see and ask. Raises DecisionError where that is nothing,
    EditionError, StoreError, NotRecorded."""
    reader = use.reader
    asked = [
        case for case in listed(home, edition, use)
        if case.state == QUERIED and case.provider == provider and reader.may_for("propose", case.contract_id, case.provider)
    ]  # fmt: skip
    if not asked:
        raise Refused(f"nothing is asked of {provider or 'nobody'} in the contracts of {reader or 'somebody without a role'}: query a case first")
    with opened(edition, use, ["dim_rule", "fct_claim"], is_entered_later=True) as con:
        questions = dict(con.execute("select rule_id, question from dim_rule order by valid_from").fetchall())
        claims = {(source, claim): rest for source, claim, *rest in con.execute("select source, claim_id, task_name, task_date, amount from fct_claim").fetchall()}
    rows = []
    for case in asked:
        task, task_date, amount = claims.get((case.source, case.claim_id), (None, None, None))
        rows.append(
            [_text(value) for value in (case.case_id, case.source, case.claim_id or case.subject, case.rule_id, questions.get(case.rule_id, ""), task, task_date, amount, case.at_risk, case.due_on)]
        )  # fmt: skip
    frame = json.dumps(rows, ensure_ascii=False)
    frame_hash = hashlib.sha256(f"{provider}\n{frame}".encode()).hexdigest()
    due_on = max(case.due_on for case in asked if case.due_on)
    with Store(home).alone() as con:
        known = con.execute(sa.text("select 1 from case_workbook where frame_hash = :frame_hash"), {"frame_hash": frame_hash}).first()
        enter(home, at.astimezone(), reader.person, {"casework": {"workbook": provider, "rows": len(rows), "frame": frame_hash}})
        if known is None:
            number: int = con.execute(sa.text("select coalesce(max(workbook_id), 0) + 1 from case_workbook")).scalar_one()
            con.execute(
                sa.text("insert into case_workbook (workbook_id, provider, frame_hash, rows, due_on, made_by, made_at) values (:number, :provider, :frame_hash, :frame, :due_on, :made_by, :made_at)"
                ).bindparams(sa.bindparam("due_on", type_=sa.Date), sa.bindparam("made_at", type_=sa.DateTime)),
                {"number": number, "provider": provider, "frame_hash": frame_hash, "frame": frame, "due_on": due_on, "made_by": reader.person, "made_at": at},
            )  # fmt: skip
    return _book(provider, rows, frame_hash)


def read_book(home: Path, reader: Reader, book: bytes, at: datetime) -> Read:
    """Keep the answers in a workbook that came back. Raises DecisionError where it is none that was made here, StoreError, NotRecorded."""
    found, frame_hash = _opened(book)
    with Store(home).alone() as con:
        known = con.execute(sa.text("select rows from case_workbook where frame_hash = :frame_hash"), {"frame_hash": frame_hash}).scalar()
    if known is None:
        raise Refused(f"this workbook was not made here, or its line `{FRAME}` was changed: send it out again")
    asked = {row[0]: row for row in json.loads(known)}
    read, seen = Read(), set[str]()
    for number, values in found:
        told = f"{SHEET}, row {number}: "
        case, *_ = fixed = values[: len(ASKED)]
        if case not in asked:
            read.faults.append(f"{told}there is no case {case or 'without a number'} in what was asked; this row was not read")
        elif case in seen:
            read.faults.append(f"{told}case {case} is there twice; the first was read")
        elif fixed != asked[case]:
            changed = [name for name, now, was in zip(ASKED, fixed, asked[case], strict=True) if now != was]
            read.faults.append(f"{told}what was asked was altered ({', '.join(changed)}); this row was not read")
        elif fault := _fault(said := values[len(ASKED) :]):
            read.faults.append(f"{told}{fault}")
        elif said[0]:
            _keep(home, reader, int(case), said, at, frame_hash, told, read)
        seen.add(case)
    read.faults += [f"{SHEET}: the row of case {case} is missing" for case in asked if case not in seen]
    return read


def _keep(home: Path, reader: Reader, case: int, said: Sequence[str], at: datetime, frame_hash: str, told: str, read: Read) -> None:
    what, reason, explanation, evidence = said
    text = ": ".join(part for part in (what, reason, explanation) if part)
    key = f"book:{frame_hash[:16]}:{case}:{hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]}"
    try:
        kept = answer(home, reader, case, text, evidence, at, key)
    except Refused as refused:
        read.faults.append(f"{told}{refused}")
        return
    read.kept.append(case)
    if kept.has_late_answer:
        read.late.append(case)


def _fault(said: Sequence[str]) -> str:
    """What is the matter with an answer; '' where nothing is. None at all is no fault."""
    what, reason, explanation, evidence = said
    if any(text.startswith("=") for text in said):
        return "an answer is a formula; write it as text"
    if what and what not in ANSWERS:
        return f"the answer is one of {', '.join(ANSWERS)}"
    if not what and (reason or explanation or evidence):
        return f"choose an answer: {' or '.join(ANSWERS)}"
    if reason and reason not in cases.reasons().values():
        return "the reason is none of the list"
    if what == EXPLAIN and not (reason and explanation):
        return "to explain, choose a reason and say what explains it"
    return ""


def _book(provider: str, rows: Sequence[Sequence[str]], frame_hash: str) -> bytes:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation
    from openpyxl.worksheet.table import Table, TableStyleInfo

    book = Workbook()
    book.properties.title = f"Payment queries for {provider}"
    book.properties.language = "en-GB"
    book.properties.creator = "Gatehouse"
    sheet, how = book.worksheets[0], book.create_sheet(INSTRUCTIONS)
    sheet.title = SHEET
    names = [*ASKED, *ANSWERED]
    sheet.append(names)
    for values in rows:
        sheet.append([None] * len(names))
        for column, (name, text) in enumerate(zip(ASKED, values, strict=True), 1):
            _put(sheet.cell(sheet.max_row, column), name, text)
    for number, name in enumerate(names, 1):
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = _WIDTHS.get(name, 14)
        head = sheet[f"{letter}1"]
        head.font, head.alignment = Font(bold=True, color="FFFFFF"), Alignment(wrap_text=True, vertical="top")
        head.fill = PatternFill("solid", fgColor="1D3557" if name in ANSWERED else "404040")
        for row in range(2, len(rows) + 2):
            sheet[f"{letter}{row}"].alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A2"
    last = len(rows) + 1
    table = Table(displayName=TABLE, ref=f"A1:{get_column_letter(len(names))}{last}")
    table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=True)
    sheet.add_table(table)
    for row, reason in enumerate(cases.reasons().values(), 1):
        how.cell(row, 4, reason)
    lists = {"Answer": f'"{",".join(ANSWERS)}"', "Reason": f"{INSTRUCTIONS}!$D$1:$D${len(cases.reasons())}"}
    for name, formula in lists.items():
        letter = get_column_letter(names.index(name) + 1)
        choice = DataValidation(type="list", formula1=formula, allow_blank=True, showErrorMessage=True)
        choice.errorTitle, choice.error = name, "Choose one of the list."
        choice.promptTitle, choice.prompt, choice.showInputMessage = name, "Choose one of the list.", True
        choice.add(f"{letter}2:{letter}{last}")
        sheet.add_data_validation(choice)
    said = [
        ("Payment queries", provider), ("What to do", f"Fill in the last {len(ANSWERED)} columns of the sheet {SHEET}: one row a query."),
        (ACCEPT, "The claim should not have been paid, or not in full."), (EXPLAIN, "The claim is right: choose a reason, say what explains it and name the evidence."),
        ("Answer by", "The day stands in each row. What comes later is kept and marked late."),
        ("Please leave", "The other columns, the rows and their order of columns as they are. A row that was altered is not read."), (FRAME, frame_hash),
    ]  # fmt: skip
    for row, (what, text) in enumerate(said, 1):
        how.cell(row, 1, what).font = Font(bold=True)
        how.cell(row, 2, text).alignment = Alignment(wrap_text=True, vertical="top")
    how.column_dimensions["A"].width, how.column_dimensions["B"].width, how.column_dimensions["D"].width = 24, 80, 60
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _put(cell: Any, name: str, text: str) -> None:
    """What was delivered is text, whatever it looks like to a spreadsheet."""
    if text and name in _DAYS:
        cell.value, cell.number_format = date.fromisoformat(text), "yyyy-mm-dd"
    elif text and name in _POUNDS:
        cell.value, cell.number_format = float(text), "#,##0.00"
    elif text:
        cell.value = text
        cell.data_type, cell.number_format, cell.quotePrefix = "s", "@", text[0] in "=+-@"


def _opened(book: bytes) -> tuple[list[tuple[int, list[str]]], str]:
    """The rows with their numbers, as text, and the hash that the book carries. Raises Refused."""
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(book)) as packed:
            if len(book) > _LARGEST or sum(part.file_size for part in packed.infolist()) > _LARGEST_UNPACKED:
                raise Refused("this workbook is larger than any that is made here")
        loaded = load_workbook(io.BytesIO(book))
        sheet, how = loaded[SHEET], loaded[INSTRUCTIONS]
        frame_hash = next((_text(row[1]) for row in how.iter_rows(values_only=True, max_col=2) if row[0] == FRAME), "")
        rows = [(number, [_cell(name, value) for name, value in zip((*ASKED, *ANSWERED), values, strict=True)])
                for number, values in enumerate(sheet.iter_rows(min_row=2, max_col=len(ASKED) + len(ANSWERED), values_only=True), 2)]  # fmt: skip
        head = [_text(value) for value in next(sheet.iter_rows(max_row=1, max_col=len(ASKED) + len(ANSWERED), values_only=True))]
    except Refused:
        raise
    except Exception as error:  # whatever a spreadsheet library makes of a file that is none
        raise Refused(f"this is no workbook that was made here ({type(error).__name__}): send it as .xlsx, with its sheets {SHEET} and {INSTRUCTIONS}") from None
    if head != [*ASKED, *ANSWERED]:
        raise Refused(f"{SHEET}, row 1: the columns are not those that were sent: {', '.join((*ASKED, *ANSWERED))}")
    return [(number, values) for number, values in rows if any(values)], frame_hash


def _cell(name: str, value: Any) -> str:
    if name in _POUNDS and value is not None:
        try:
            return f"{Decimal(str(value)).quantize(Decimal('0.01'))}"
        except InvalidOperation:
            return _text(value)
    return _text(value)


def _text(value: Any) -> str:
    """On one line and without what no spreadsheet can hold; a day as ISO has it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.date()
    return " ".join("".join(sign if sign.isprintable() else " " for sign in str(value)).split())

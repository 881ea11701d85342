"""Data quality: first what a person should look at, then, folded away, what is in order."""

from decimal import Decimal
from html import escape
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from dashboard.parts import about_deliveries, data, filters, page, revisions
from dashboard.parts.figure import plain_table
from edition.folder import Edition, TableMissing
from ground.printing import pounds

WHERE = {"landing": "Landing door", "dbt": "Tables of the warehouse", "published": "Exit door"}
# The doors as `about_deliveries.at_the_door` names them: what is judged there, one and many.
DOORS = {"landing": ("Landing door", "delivered table", "delivered tables"), "edition": ("Exit door", "suite", "suites")}
ROWS = {
    "rows_read": "Read",
    "rows_loaded": "Loaded",
    "rows_rejected": "Rejected",
    "rows_quarantined": "Quarantined",
    "rows_refused": "Refused",
}


def show() -> None:
    """Lay out the page for the current edition."""
    edition = data.current_edition()
    filters.say_fallbacks()
    manifest = edition.manifest
    refused, checks, marks = manifest.get("refused") or [], manifest.get("checks") or {}, manifest.get("watermarks") or {}
    try:
        accounts, gone = about_deliveries.row_accounts(edition), None
    except TableMissing as missing:
        accounts, gone = pd.DataFrame(), missing

    page.headline(
        "Data quality", "What became of each record cannot be shown." if gone else data.made(_sentence, accounts, refused), "Each record of each file is loaded, rejected, quarantined or refused, and what is not loaded is listed with its reason."
    )
    if gone:
        page.say_missing(gone)
    _asked_for()
    with page.section("What was refused or failed"):
        _refused(refused)
        _checks(checks)
        _unbalanced(accounts)
        _doors()
    with page.section("Rows set aside", "In no figure, each with its reason."):
        _set_aside(edition, accounts)
    with page.section("Money in rows that were set aside", "Claimed, paid, invoiced or credited in rows that are in no figure."):
        _money_set_aside(edition)
    with page.section("Findings", "Worth a look; the largest first. Each says what it means, what it touches, and what to do."):
        _findings(edition)
    revisions.section(edition)
    with page.section("How old the data is"):
        page.html(data.made(_watermarks, marks, edition.as_of))
    with page.section("In full", "Everything that came, in order or not."):
        _deliveries(manifest.get("files") or [])
        page.html(data.made(_accounts, accounts))
    page.html("<h2>Download</h2>")
    page.withheld("Row accounts, quarantine and findings are restricted tables and have no controlled twin.")


def _sentence(accounts: pd.DataFrame, refused: list) -> str:
    if accounts.empty:
        return "No row account was published."
    off = int((~accounts["is_balanced"]).sum())
    read = int(accounts["rows_read"].fillna(0).sum())
    set_aside = int(accounts[["rows_rejected", "rows_quarantined", "rows_refused"]].fillna(0).sum().sum())
    said = f"{read:,} rows were read from {len(accounts):,} files; {set_aside:,} were set aside. "
    said += (
        "Each row that was found is loaded or listed here." if not off else f"{off:,} {'file does' if off == 1 else 'files do'} not add up."
    )
    if refused:
        said += f" {len(refused):,} {'table was' if len(refused) == 1 else 'tables were'} refused at the door."
    return said


def _refused(refused: list) -> None:
    if not refused:
        page.html('<p class="say">No delivered table was refused.</p>')
        return
    rows = pd.DataFrame([one if isinstance(one, dict) else {"what": one} for one in refused]).astype("object")
    headings = {name: str(name).replace("_", " ").capitalize() for name in rows.columns}
    page.html(plain_table(rows.map(_text), headings, "Tables refused at the door; the last good delivery stands in"))


def _text(value) -> str:
    return "; ".join(map(str, value)) if isinstance(value, list) else "[x]" if value is None else str(value)


def _checks(checks: dict) -> None:
    declared, executed, failed = (checks.get(name) for name in ("declared", "executed", "failed"))
    if declared is None or executed is None:
        page.html('<p class="say">The edition does not say how many checks were declared and executed.</p>')
        return
    ran = "All of them ran." if declared == executed else f"{declared - executed:,} did not run: treat this edition with care."
    by = checks.get("by")
    # Only the tables of the warehouse are counted by test: what fails at a door refuses a table, holds the edition or is a warning there.
    of_dbt = by.get("dbt", {}).get("failed", 0) if isinstance(by, dict) and by else failed
    count = len(of_dbt) if isinstance(of_dbt, list) else of_dbt
    went = "How many failed was not published." if count is None else f"Of those of the warehouse {count:,} failed or warned. What was not as expected at the doors is listed below."
    page.html(f'<p class="say" data-checks="{executed}/{declared}">{declared:,} checks declared, {executed:,} executed. {ran} {went}</p>')
    if isinstance(by, dict) and by:
        rows = pd.DataFrame([{"where": WHERE.get(where, where), **counts, "failed": f"{counts['failed']:,}" if where == "dbt" else "listed below"} for where, counts in by.items()])
        headings = {"where": "Where", "declared": "Declared", "executed": "Executed", "failed": "Failed or warned"}
        twin = plain_table(rows, {name: title for name, title in headings.items() if name in rows}, "Checks by place", right=("failed",))
        page.html(page.folded("Checks by place", twin, is_open=bool(count) or declared != executed))


def _asked_for() -> None:
    """The Data Docs page that the address asks for."""
    door, suite = st.query_params.get("door", ""), st.query_params.get("suite", "")
    if door in DOORS and suite in about_deliveries.at_the_door(door):
        with page.section(f"{DOORS[door][0]}: {suite}", "What Great Expectations found at the last refresh that judged it."):
            page.document(about_deliveries.door_page(door, suite))


def _doors() -> None:
    """For each door a list that leads to the Data Docs page of every suite, those first that are not all as expected."""
    here = st.query_params.to_dict()
    for door, (name, one, many) in DOORS.items():
        found = about_deliveries.at_the_door(door)
        if not found:
            page.html(f'<p class="say">{name}: no results are kept in this home yet. They come with the next refresh.</p>')
            continue
        links = [
            f'<li><a href="quality?{escape(urlencode(here | {"door": door, "suite": suite}))}" target="_self">{escape(suite)}</a>'
            f"{'' if good else ': not all as expected'}</li>"
            for suite, good in sorted(found.items(), key=lambda item: item[1])
        ]
        odd = sum(not good for good in found.values())
        title = f"{name}: results of Great Expectations for {len(found):,} {one if len(found) == 1 else many}, {odd:,} not all as expected"
        page.html(page.folded(title, f'<ul data-door="{door}">{"".join(links)}</ul>'))


def _unbalanced(accounts: pd.DataFrame) -> None:
    if accounts.empty:
        return
    off = accounts[~accounts["is_balanced"]]
    if off.empty:
        page.html(f'<p class="say">The row account of each of {len(accounts):,} files adds up.</p>')
    else:
        page.html(_account_table(off, "Files whose rows do not add up: rows read are not those loaded, rejected, quarantined and refused"))


def _set_aside(edition: Edition, accounts: pd.DataFrame) -> None:
    if len(accounts):
        page.html(data.made(_files_set_aside, accounts))
    reasons = {"table_name": "Table", "reason": "Reason", "n": "Rows"}
    rows = about_deliveries.quarantine(edition)
    _listed(rows.assign(reason=[_why(str(one)) for one in rows["reason"]]), reasons, "Quarantined rows by table and reason", "No row was quarantined.")


def _files_set_aside(accounts: pd.DataFrame) -> str:
    off = accounts[accounts[["rows_rejected", "rows_quarantined", "rows_refused"]].fillna(0).sum(axis=1) > 0]
    if off.empty:
        return '<p class="say">No row of any file was rejected, quarantined or refused.</p>'
    return page.folded(f"{len(off):,} {'file' if len(off) == 1 else 'files'} with rows set aside", _account_table(off, "Files with rows set aside"))


def _why(reason: str) -> str:
    """Why a row was set aside, in words, with the column that it was for."""
    what, _, column = reason.partition(":")
    return f"{page.spoken(what)}: {column}" if column else page.spoken(what)


def _money_set_aside(edition: Edition) -> None:
    rows = about_deliveries.money_set_aside(edition)
    if rows.empty:
        page.html('<p class="say">No row with an amount was set aside.</p>')
        return
    total, unread = rows["money"].sum(), int(rows["unread"].sum())
    said = f"{pounds(total)} in rows that were set aside ({int(rows['n'].sum()):,}) and have not come again."
    if unread:
        said += f" Of {unread:,} of them the amount cannot be read."
    page.html(f'<p class="say">{escape(said)}</p>')
    rows["money"], rows["reason"] = rows["money"].map(pounds), [_why(str(one)) for one in rows["reason"]]
    headings = {"table_name": "Table", "reason": "Reason", "n": "Rows", "unread": "Amount unreadable", "money": "Pounds"}
    page.html(plain_table(rows, headings, "Money set aside by table and reason", right=("money",)))


# Of one kind at a time; the next are a link away.
ROWS_OF_A_FINDING = 200


def _findings(edition: Edition) -> None:
    found = about_deliveries.findings(edition)
    if found.empty:
        page.html('<p class="say">There is no finding.</p>')
        return
    here = st.query_params.to_dict()
    asked = here.get("finding", "")
    for one in found.to_dict("records"):
        said = f"<p>{escape(one['meaning'])}</p><p><b>Touches:</b> {escape(one['figures'])}</p><p><b>To resolve it:</b> {escape(one['how_to_resolve'])}</p>"
        if not one["meaning"]:
            said = "<p>This edition does not say what it means.</p>"
        if one["finding"] == asked:
            said += _finding_rows(edition, one["finding"], here)
        else:
            link = urlencode(here | {"finding": one["finding"], "from": "0"})
            said += f'<p><a href="quality?{escape(link)}" target="_self">List its rows, by file and record</a></p>'
        title = f"{page.spoken(one['finding'])}: {one['n']:,}{_reach(one)}"
        page.html(f'<div data-finding="{escape(one["finding"])}">{page.folded(title, said, is_open=one["finding"] == asked)}</div>')


def _reach(one: dict[Any, Any]) -> str:
    parts = [f"{one['releases']:,} {'release' if one['releases'] == 1 else 'releases'}"] if one["releases"] else []
    if one["claims"]:
        parts.append(
            f"{one['claims']:,} {'claim' if one['claims'] == 1 else 'claims'}"
            + (f" of {pounds(Decimal(one['pounds']))}" if one["pounds"] else "")
        )
    return f"; rests under {' and '.join(parts)}" if parts else ""


def _finding_rows(edition: Edition, finding: str, here: dict[str, str]) -> str:
    asked = here.get("from", "0")
    first = int(asked) if asked.isdecimal() and len(asked) < 12 else 0
    rows = about_deliveries.finding_rows(edition, finding, first, ROWS_OF_A_FINDING)
    if rows.empty and first:
        first, rows = 0, about_deliveries.finding_rows(edition, finding, 0, ROWS_OF_A_FINDING)
    if rows.empty:
        return "<p>Its rows are about people under restriction or exclusion: they are listed for named readers only.</p>"
    n = int(rows["listed"].iloc[0])
    said = f"<p>Rows {first + 1:,} to {first + len(rows):,} of {n:,}.</p>"
    for word, start in (("Those before", max(0, first - ROWS_OF_A_FINDING)), ("The next", first + ROWS_OF_A_FINDING)):
        if start != first and start < n:
            said += f'<p><a href="quality?{escape(urlencode(here | {"from": str(start)}))}" target="_self">{word}</a></p>'
    rows = rows.assign(row_number=rows["row_number"].map(lambda record: "[x]" if pd.isna(record) else f"{int(record):,}"))
    return said + plain_table(
        rows, {"delivery": "Delivery", "file": "File", "row_number": "Record", "subject_kind": "About"}, page.spoken(finding)
    )


def _watermarks(marks: dict, as_of: str) -> str:
    if not marks:
        return '<p class="say">To which day the data is complete was not published.</p>'
    rows = pd.DataFrame({"table": list(marks), "day": [str(one)[:10] if one else None for one in marks.values()]})
    stamps = pd.to_datetime(rows["day"], errors="coerce")
    rows["age"] = (pd.Timestamp(as_of) - stamps).dt.days
    rows["complete"] = [page.day(one) if isinstance(one, str) else "Never delivered" for one in rows["day"]]
    rows = rows.sort_values(["age", "table"], ascending=[False, True], na_position="first")
    never, behind = int(rows["age"].isna().sum()), rows[rows["age"].isna() | (rows["age"] > 0)]
    said = f"Age is counted from the as-of date, {page.day(as_of)}. {len(rows) - len(behind):,} of {len(rows):,} tables are complete to that day."
    if never:
        said += f" {never:,} {'was' if never == 1 else 'were'} never delivered."
    headings = {"table": "Table", "complete": "Complete to", "age": "Days before as-of"}
    drawn = f'<p class="say">{said}</p>'
    if len(behind):
        listed = plain_table(behind, headings, "Tables that are behind the as-of date, oldest first")
        drawn += page.folded(f"{len(behind):,} {'table' if len(behind) == 1 else 'tables'} behind it", listed, is_open=len(behind) <= 12)
    whole = plain_table(rows, headings, "To which day each table is complete, oldest first")
    return drawn + page.folded(f"To which day each of {len(rows):,} tables is complete", whole)


def _deliveries(files: list) -> None:
    judged = [one for one in files if isinstance(one, dict) and "accepted" in one]
    if judged:
        accepted = sum(bool(one["accepted"]) for one in judged)
        page.html(f'<p class="say">{len(judged):,} files came, {accepted:,} were accepted, {len(judged) - accepted:,} refused.</p>')


def _accounts(accounts: pd.DataFrame) -> str:
    if accounts.empty:
        return '<p class="note">There is no row account to show.</p>'
    source = accounts["delivery"].astype(str).str.partition("/")[0]
    by = accounts.groupby(source)[list(ROWS)].sum().assign(files=source.value_counts()).rename_axis("source").reset_index()
    whole = _account_table(accounts, "Row account of each file, any that does not add up first")
    return plain_table(by, {"source": "Source", "files": "Files", **ROWS}, "Row accounts by source") + page.folded(f"Row account of each of {len(accounts):,} files", whole)


def _account_table(accounts: pd.DataFrame, caption: str) -> str:
    rows = accounts.assign(
        balanced=accounts["is_balanced"].map({True: "Yes", False: "No: does not add up"}),
        file=accounts["delivery"].astype(str) + " " + accounts["file"].astype(str),
    ).sort_values(["is_balanced", "file"])
    return plain_table(rows, {"file": "File", **ROWS, "balanced": "Adds up"}, caption)


def _listed(rows: pd.DataFrame, headings: dict[str, str], caption: str, none: str) -> None:
    page.html(plain_table(rows, headings, caption) if len(rows) else f'<p class="say">{escape(none)}</p>')


show()

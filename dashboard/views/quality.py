"""Data quality: what came, what was refused, whether every row is accounted for, how old it is, what to look at."""

from html import escape

import pandas as pd

from dashboard import data, filters, page, revisions
from dashboard.figure import plain_table

WHERE = {"landing": "Landing door", "dbt": "Tables of the warehouse", "published": "Exit door"}


def show() -> None:
    """Lay out the page for the current release."""
    release = data.current_release()
    filters.say_fallbacks()
    manifest = release.manifest
    refused = manifest.get("refused") or []
    try:
        accounts, gone = data.row_accounts(release), None
    except data.TableMissing as missing:
        accounts, gone = pd.DataFrame(), missing

    page.headline("Data quality", _sentence(accounts, refused), "Each row of each file is loaded, rejected, quarantined or refused; nothing vanishes.")
    if gone:
        page.say_missing(gone)
    with page.section("Checks"):
        _checks(manifest.get("checks") or {})
    revisions.section(release)
    with page.section("At the landing door"):
        _refused(refused, manifest.get("files") or [])
    with page.section("How old the data is"):
        _watermarks(manifest.get("watermarks") or {}, release.as_of)
    with page.section("Row accounts", "Rows read = loaded + rejected + quarantined + refused, file by file."):
        _accounts(accounts)
    with page.section("Quarantine", "Rows set aside with a reason, and therefore in no figure."):
        _listed(data.quarantine(release), {"table_name": "Table", "reason": "Reason", "n": "Rows"}, "Quarantined rows by table and reason", "No row was quarantined.")
    with page.section("Findings", "Loaded, but worth a look."):
        _listed(data.findings(release), {"finding": "Finding", "subject_kind": "About", "n": "How many"}, "Findings", "There is no finding.")
    page.html("<h2>Download</h2>")
    page.withheld("Row accounts, quarantine and findings are restricted tables and have no controlled twin.")


def _sentence(accounts: pd.DataFrame, refused: list) -> str:
    if accounts.empty:
        return "No row account was published."
    off = int((~accounts["is_balanced"]).sum())
    read = int(accounts["rows_read"].fillna(0).sum())
    set_aside = int(accounts[["rows_rejected", "rows_quarantined", "rows_refused"]].fillna(0).sum().sum())
    said = f"{read:,} rows were read from {len(accounts):,} files; {set_aside:,} were set aside. "
    said += "Every row is accounted for." if not off else f"{off:,} {'file does' if off == 1 else 'files do'} not add up."
    if refused:
        said += f" {len(refused):,} {'table was' if len(refused) == 1 else 'tables were'} refused at the door."
    return said


def _checks(checks: dict) -> None:
    declared, executed, failed = (checks.get(name) for name in ("declared", "executed", "failed"))
    if declared is None or executed is None:
        page.html('<p class="say">The release does not say how many checks were declared and executed.</p>')
        return
    ran = "All of them ran." if declared == executed else f"{declared - executed:,} did not run: treat this release with care."
    went = "How many failed was not published." if failed is None else f"{_count(failed)} failed."
    page.html(f'<p class="say" data-checks="{executed}/{declared}">{declared:,} checks declared, {executed:,} executed. {ran} {went}</p>')
    by = checks.get("by")
    if isinstance(by, dict) and by:
        rows = pd.DataFrame([{"where": WHERE.get(where, where), **counts} for where, counts in by.items()])
        headings = {"where": "Where", "declared": "Declared", "executed": "Executed", "failed": "Failed or warned"}
        page.html(plain_table(rows, {name: title for name, title in headings.items() if name in rows}, "Checks by place"))


def _count(failed) -> str:
    return f"{len(failed) if isinstance(failed, list) else failed:,}"


def _refused(refused: list, files: list) -> None:
    judged = [one for one in files if isinstance(one, dict) and "accepted" in one]
    if judged:
        accepted = sum(bool(one["accepted"]) for one in judged)
        page.html(f'<p class="say">{len(judged):,} files came, {accepted:,} were accepted, {len(judged) - accepted:,} refused.</p>')
    if not refused:
        page.html('<p class="say">No delivered table was refused.</p>')
        return
    rows = pd.DataFrame([one if isinstance(one, dict) else {"what": one} for one in refused]).astype("object")
    headings = {name: str(name).replace("_", " ").capitalize() for name in rows.columns}
    page.html(plain_table(rows.map(_text), headings, "Tables refused at the door; the last good delivery stands in"))


def _text(value) -> str:
    return "; ".join(map(str, value)) if isinstance(value, list) else "[x]" if value is None else str(value)


def _watermarks(marks: dict, as_of: str) -> None:
    if not marks:
        page.html('<p class="say">No watermark was published.</p>')
        return
    rows = pd.DataFrame({"table": list(marks), "day": [str(one)[:10] if one else None for one in marks.values()]})
    stamps = pd.to_datetime(rows["day"], errors="coerce")
    rows["age"] = (pd.Timestamp(as_of) - stamps).dt.days
    rows["complete"] = [page.day(one) if isinstance(one, str) else "Never delivered" for one in rows["day"]]
    rows = rows.sort_values(["age", "table"], ascending=[False, True], na_position="first")
    oldest = rows["age"].max()
    page.html(
        f'<p class="say">Age is counted from the as-of date, {page.day(as_of)}. The oldest table is {oldest:,.0f} days behind it.</p>'
        + plain_table(rows, {"table": "Table", "complete": "Complete to", "age": "Days before as-of"}, "Watermark and age of each table, oldest first")
    )


def _accounts(accounts: pd.DataFrame) -> None:
    if accounts.empty:
        page.html('<p class="note">There is no row account to show.</p>')
        return
    rows = accounts.assign(balanced=accounts["is_balanced"].map({True: "Yes", False: "No: does not add up"}))
    rows["file"] = rows["delivery"].astype(str) + " " + rows["file"].astype(str)
    rows = rows.sort_values(["is_balanced", "file"])
    page.html(
        plain_table(
            rows,
            {"file": "File", "rows_read": "Read", "rows_loaded": "Loaded", "rows_rejected": "Rejected", "rows_quarantined": "Quarantined", "rows_refused": "Refused", "balanced": "Adds up"},
            f"Row account of each of {len(rows):,} files, any that do not add up first",
        )
    )


def _listed(rows: pd.DataFrame, headings: dict[str, str], caption: str, none: str) -> None:
    page.html(plain_table(rows, headings, caption) if len(rows) else f'<p class="say">{escape(none)}</p>')


show()

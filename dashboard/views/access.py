"""Who may see what, and who looked: what is granted to the reader, the access record as far as it is theirs to see, and the grants of all, which
an administrator makes here."""

from datetime import date, timedelta
from itertools import islice
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.parts import data, filters, page
from dashboard.parts.figure import plain_table
from dashboard.views import PAGES
from decisions import grants
from decisions.grants import Granted
from decisions.store import DecisionError, StoreError
from edition.access import NotRecorded, entries
from edition.rights import SCOPES, Grant, roles

MOST = 200  # entries on the page, the newest first; the whole record is a file of the home
OF_A_YEAR = 365


def show() -> None:
    """Lay out the page for whoever looks."""
    reader = data.reader()
    filters.say_fallbacks()
    page.headline("Who may see what", f"You are here as {reader.person}: {reader}.", "What nobody has granted is not shown. Each look at rows about people is kept.")
    with page.section("What is yours to see"):
        page.html(plain_table(_own(reader.grants), {"role": "Role", "what": "Of what", "tables": "Restricted tables", "named": "People under restriction or exclusion"}, "Your roles"))
    if reader.may("who_looked"):
        with page.section("Who looked", _looked_about(reader.regions)):
            _looked(reader.regions)
    if reader.may("grant") or reader.may("see_grants"):
        with page.section("What is granted", "In force today. A grant is never taken out: it is ended by another."):
            try:
                _granted(may_grant=reader.may("grant"))
            except StoreError as error:
                page.notice(f"{error}.")


def _own(own: tuple[Grant, ...]) -> pd.DataFrame:
    listed = []
    for one in own:
        tables = roles()[one.role].tables
        said = "All" if tables is None else ", ".join(page.named_table(one) for one in tables) or "None: controlled figures only"
        listed.append(
            {
                "role": roles()[one.role].name,
                "what": f"{one.scope_kind.capitalize()} {one.scope_id}".strip(),
                "tables": said if roles()[one.role].sees_protected else "None, nor any figure",
                "named": "Listed" if one.is_named else "Counted, not listed",
            }
        )
    return pd.DataFrame(listed)


def _looked_about(regions: frozenset[str] | None) -> str:
    if regions is None:
        return "Every look at restricted rows, every decision, every step of casework and every grant, the newest first."
    return "Every look at rows that may hold people of your regions, the newest first."


def _looked(regions: frozenset[str] | None) -> None:
    found = list(islice(entries(data.home(), regions), MOST))
    if not found:
        page.html('<p class="note">Nobody has looked yet.</p>')
        return
    rows = pd.DataFrame([_line(one, is_whole=regions is None) for one in found])
    headings = {"when": "When", "who": "Who", "role": "Role", "purpose": "What for", "what": "What", "rows": "Rows", "edition": "Edition"}
    page.html(plain_table(rows, headings, f"{len(rows):,} {'entry' if len(rows) == 1 else 'entries'}, the newest first", right=("rows",)))


def _line(entry: dict[str, Any], is_whole: bool) -> dict[str, str]:
    if "decision" in entry:
        what = f"Decision {entry['decision']['number']} on a pair of records"
    elif "grant" in entry:
        what = f"Grant to {entry['grant']['person']}: {entry['grant']['role']}, {entry['grant']['from']} to {entry['grant']['to']}"
    elif "casework" in entry:
        what = "Casework: " + ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in entry["casework"].items() if name != "frame")
    elif "query" in entry:
        # A question may hold the id of somebody of another region.
        what = f"Query: {entry['query']}" if is_whole else "A query"
    else:
        tables, shown = ", ".join(map(page.named_table, entry.get("tables", []))), entry.get("page", "")
        # What no page asked for is named by what it was for.
        what = f"Page {PAGES.get(shown, shown)}: {tables or 'exact figures'}" if shown else tables or "Exact figures"
    return {
        "when": str(entry["time"]).replace("T", " ")[:16], "who": str(entry["user"]), "role": str(entry.get("role", "")),
        "purpose": str(entry.get("purpose", "")), "what": what, "rows": f"{entry['rows']:,}" if "rows" in entry else "",
        "edition": str(entry.get("edition_id", "")),
    }  # fmt: skip


def _granted(may_grant: bool) -> None:
    today = data.now().date()
    held = sorted(grants.in_force(grants.all_grants(data.root()), today), key=lambda one: one.what)
    if held:
        rows = pd.DataFrame(
            [
                {
                    "person": one.person, "role": roles()[one.role].name, "what": f"{one.scope_kind.capitalize()} {one.scope_id}".strip(),
                    "named": "Yes" if one.is_named else "No", "from": page.day(str(one.valid_from)), "to": page.day(str(one.valid_to)),
                    "by": one.granted_by,
                }
                for one in held
            ]
        )  # fmt: skip
        headings = {"person": "Who", "role": "Role", "what": "Of what", "named": "Named reader", "from": "From", "to": "To", "by": "Granted by"}
        page.html(plain_table(rows, headings, f"{len(rows):,} in force"))
    else:
        page.html('<p class="note">Nothing is granted to anybody.</p>')
    if not may_grant:
        return
    if told := st.session_state.pop("granted", ""):
        page.notice(told)
    _grant(today)
    if held:
        _end(held, today)


def _grant(today: date) -> None:
    with st.form("grant"):
        person = st.text_input("Who, by the name under which they sign in")
        role = st.selectbox("Role", list(roles()), index=None, format_func=lambda one: roles()[one].name)
        kinds = list(dict.fromkeys(kind for several in SCOPES.values() for kind in several))
        kind = st.selectbox("Of what", kinds, format_func=str.capitalize)
        scope = st.text_input("Code of the region, contract or provider; empty for all")
        is_named = st.checkbox("May read lists of people under restriction or exclusion")
        first, last = st.date_input("From", today), st.date_input("To, the last day", today + timedelta(days=OF_A_YEAR))
        is_sent = st.form_submit_button("Grant")
    if is_sent:
        _keep(person, role or "", kind, scope, is_named, first, last)


def _end(held: list[Granted], today: date) -> None:
    with st.form("end"):
        chosen = st.selectbox("A grant in force", held, index=None, format_func=lambda one: f"{one.person}: {one.grant}")
        is_sent = st.form_submit_button("End it")
    if is_sent and chosen:
        _keep(chosen.person, chosen.role, chosen.scope_kind, chosen.scope_id, chosen.is_named, chosen.valid_from, today - timedelta(days=1))


def _keep(person: str, role: str, kind: str, scope: str, is_named: bool, first: date, last: date) -> None:
    new = Granted(0, person, role, kind, scope, is_named, first, last, data.reader().person, data.now())
    try:
        kept = grants.grant(data.root(), new)
    except (DecisionError, StoreError, NotRecorded) as error:
        page.notice(f"Not kept: {error}.")
        return
    st.session_state["granted"] = f"Kept: {kept.person} is {kept.grant} from {kept.valid_from} to {kept.valid_to}."
    st.rerun()


show()

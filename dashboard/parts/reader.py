"""Who reads, in which role and what for: the first lines of the sidebar."""

from dataclasses import replace
from datetime import date
from html import escape

import streamlit as st

from dashboard.parts import data, page, visitor
from decisions import grants
from edition.access import is_purpose
from edition.folder import Edition
from edition.rights import Grant, Reader, roles

DEMONSTRATION = "Demonstration"
PURPOSES = (
    "Preparing releases",
    "Looking into outcomes of a region",
    "Auditing claims",
    "Deciding who is who",
    "Checking what was delivered",
    "Answering a question put to the department",
    "Looking into a complaint or an incident",
)
# The role in which the demonstration opens: the one that sees most.
FIRST = "auditor"


def choose(edition: Edition, person: str, day: date) -> Reader:
    """The person who has signed in, with what is granted to them on `day`; in the demonstration an invented one of the role chosen, which the links of
    a page carry, for nobody is signed in there. Raises StoreError."""
    if visitor.is_demonstration():
        asked = st.query_params.get("as", FIRST)
        st.session_state.setdefault("look_as", asked if asked in roles() else FIRST)
        with st.sidebar:
            role = st.selectbox("Look as", list(roles()), format_func=lambda one: roles()[one].invented, key="look_as")
        if role == FIRST:
            st.query_params.pop("as", None)
        else:
            st.query_params["as"] = role
        return Reader(roles()[role].invented, (_invented_grant(edition, role),))
    st.query_params.pop("as", None)
    return Reader(person, grants.of(data.root(), person, day))


def _invented_grant(edition: Edition, role: str) -> Grant:
    grant = Grant(role, is_named=role == FIRST)
    match roles()[role].scope:
        case "region":
            return replace(grant, scope_kind="region", scope_id=data.largest(edition, "region"))
        case "contract":
            return replace(grant, scope_kind="provider", scope_id=data.largest(edition, "provider"))
    return grant


def purpose(reader: Reader, wants_people: bool) -> str:
    """What rows about people are read for: asked once a task, '' until it is said. `wants_people`: the page is a list of them."""
    if visitor.is_demonstration():
        return DEMONSTRATION
    if not reads_people(reader):
        return ""
    with st.sidebar:
        if said := st.session_state.get("task", ""):
            page.html(f'<p class="say" data-task="begun">Your task: <b>{escape(said)}</b></p>')
            st.button("End this task", on_click=lambda: st.session_state.pop("task", None))
            return said
        with st.expander("Begin a task", expanded=wants_people), st.form("begin_task", border=False):
            st.selectbox("What do you read rows about people for?", PURPOSES, index=None, key="task_kind")
            st.text_input("In a line, if there is more to say. No names or numbers of people.", max_chars=200, key="task_line")
            st.form_submit_button("Begin this task", on_click=_begin)
            if st.session_state.pop("task_untold", False):
                page.html('<p class="say" role="alert" data-refused="task">Nothing was chosen: choose what you read rows about people for.</p>')
    return ""


def _begin() -> None:
    """Before the run that shows the first row."""
    kind, line = st.session_state.get("task_kind"), st.session_state.get("task_line", "").strip()
    if kind:
        st.session_state["task"] = f"{kind}: {line}" if is_purpose(line) else kind
    st.session_state["task_untold"] = not kind


def why_not(reader: Reader, shown: str) -> tuple[str, str] | None:
    """Why the page named so is not for the reader, as a sentence and what to do; None where it is."""
    if not reader.grants:
        return f"Nothing is granted to {reader.person}.", "Ask the administrator of this home for a role. Until then nothing is shown."
    if not reader.sees_figures and shown != "access":
        return "This page is not for you.", f"You are here as {reader}: see the page Who may see what."
    return None


def reads_people(reader: Reader) -> bool:
    """Whether any role of theirs reaches rows about people."""
    return any(roles()[grant.role].tables != {} for grant in reader.grants) and reader.sees_figures

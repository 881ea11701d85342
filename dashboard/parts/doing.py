"""What a page is asked to do, done once however often it is sent, and on the edition in force only; a refusal is a sentence beside the form."""

import uuid
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from html import escape

import streamlit as st

from dashboard.parts import data, page
from decisions.store import DecisionError, StoreError
from edition.folder import EditionError

REFUSALS = (DecisionError, StoreError, EditionError)


def closed() -> str:
    """Why nothing is decided in this run of a page; '' where the edition that is open is the one in force."""
    run = data.this_run()
    if run.newest == run.edition.edition_id:
        return ""
    return f"edition {run.edition.edition_id} is not the one in force, and decisions rest on what the last run saw"


def say_closed() -> None:
    """Say why nothing is decided, where that is so; the forms below it cannot be sent then."""
    if why := closed():
        read_only(f"Nothing is decided here: {why}.")


def send(label: str) -> bool:
    """The button of a form that decides. Streamlit takes no click on a disabled one, not even of a form that was open before."""
    return st.form_submit_button(label, disabled=bool(closed()))


def once(name: str, work: Callable[[str], str]) -> None:
    """Do `work` under a key of its own and lay the page out anew with what it says was done; where it is refused say why, and the same key
    holds for the next try."""
    key = st.session_state.setdefault(f"request_{name}", uuid.uuid4().hex)
    try:
        done = work(key)
    except REFUSALS as refused:
        say_refused(refused)
        return
    st.session_state.pop(f"request_{name}", None)
    st.session_state["done"] = done
    st.rerun()


def say_refused(refused: Exception) -> None:
    """Why something was not done, as a sentence."""
    page.notice(f"Refused: {str(refused).replace('`', '')}.")


def say_done() -> None:
    """What was done in the run before, once."""
    if done := st.session_state.pop("done", ""):
        page.notice(done)


def pounds_of(text: str) -> Decimal:
    """An amount as somebody writes it, such as £1,071.20. Raises DecisionError."""
    try:
        amount = Decimal(text.strip().removeprefix("£").replace(",", ""))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        raise DecisionError("the amount is no number: write it as 71.20")
    return amount


def read_only(said: str) -> None:
    """Say that somebody may read and not decide here."""
    page.html(f'<div class="missing" role="note" data-decide="no"><strong>Read only.</strong> {escape(said)}</div>')

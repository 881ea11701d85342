"""A part of a page that is laid out by itself when somebody acts inside it; the rest of the page stays as it is.

It runs later than the page that it stands on. So before anything of an edition is read it is asked anew who looks, what is granted to them, which
edition is in force and what the address asks for; where any of these is another than when the page was laid out, the whole page is, which says so.
What it shows is of the edition that the frame names, and each run of it is a use of its own in the access record.
"""

from collections.abc import Callable
from datetime import datetime

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.parts import data, page, visitor
from decisions import grants
from decisions.store import StoreError


def apart(lay_out: Callable[[], None], *choices: str) -> None:
    """Lay out a part now, and by itself at each act inside it. `choices`: those of the address that are made in it. One that also stands elsewhere on
    the page, such as in the bar, is no part of it."""
    of_page, beside = data.this_run(), _beside(choices)

    @st.fragment
    def part() -> None:
        if _is_alone():
            # Of two acts that come at once the second may not know of the first: then the page follows the address.
            if beside != _beside(choices) or not _is_as_it_was(of_page, of_page.clock()):
                st.rerun()
            data.begin(of_page.edition, of_page.use.reader, of_page.use.purpose, of_page.use.page, of_page.clock, of_page.newest)
        page.part(lay_out)

    part()


def _beside(choices: tuple[str, ...]) -> dict[str, str]:
    """What the address asks for beside the choices of a part: the edition and the world also where it is silent of them."""
    asked = {"edition": data.current_edition().edition_id, "world": data.world()} | st.query_params.to_dict()
    return {name: value for name, value in asked.items() if name not in choices}


def _is_alone() -> bool:
    context = get_script_run_ctx()
    return bool(context and context.fragment_ids_this_run)


def _is_as_it_was(of_page: data.Run, now: datetime) -> bool:
    """Whether the same person may still see the same of the same edition."""
    who = of_page.use.reader
    if visitor.why_not_here() or data.newest() != of_page.newest:
        return False
    if visitor.is_demonstration():
        return True
    try:
        return visitor.person(now) == who.person and grants.of(data.root(), who.person, now.date()) == who.grants
    except StoreError:
        return False

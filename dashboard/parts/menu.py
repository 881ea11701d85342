"""The menu: every page by section, as links that carry the edition and what was chosen, and the way to a newer edition."""

from html import escape

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dashboard.parts import data, filters, page
from edition.folder import Edition
from edition.folder import edition as edition_of

# The page at the bare address.
FIRST = "start"


def pages(sections: dict[str, dict[str, str]]) -> dict[str, dict[str, StreamlitPage]]:
    """The pages of views/__init__.py as Streamlit takes them, by section and name."""
    return {
        section: {
            name: st.Page(f"views/{name}.py", title=title, url_path=name, default=name == FIRST) for name, title in titles.items()
        }
        for section, titles in sections.items()
    }


def show(sections: dict[str, dict[str, StreamlitPage]], shown: str) -> None:
    """Lay out the menu; the page that is shown is marked as such."""
    st.session_state["menu"] = {name: one for listed in sections.values() for name, one in listed.items()}
    for section, listed in sections.items():
        if section:
            page.html(f'<p class="section">{escape(section)}</p>')
        for name, one in listed.items():
            st.page_link(one, label=f"**{one.title}**" if name == shown else one.title, query_params=filters.carried(name))


def lead(name: str, words: str, **choices: str) -> None:
    """A link to a page, named as in views/__init__.py, with what was chosen and these choices. A page that is not in the menu has none."""
    if name in st.session_state["menu"]:
        st.page_link(st.session_state["menu"][name], label=words, query_params=filters.carried(name) | choices)


def say_newer(chosen: StreamlitPage, edition: Edition, newest: str) -> None:
    """Where the edition that is shown is no longer the one in force: say so, and lead to the newer one. A session never moves to it unsaid."""
    if newest == edition.edition_id:
        return
    newer = edition_of(data.home(), newest)
    page.html(
        f'<div class="banner" role="status" data-newer="{escape(newest)}"><strong>A newer edition is in force</strong>, '
        f"{escape(newest)}, as of {page.day(newer.as_of)}. What you see stays of edition {escape(edition.edition_id)} until you switch.</div>"
    )
    switch(chosen, newer)


def switch(chosen: StreamlitPage, newer: Edition) -> None:
    """The link to the same view of another edition."""
    here = {name: value for name, value in st.query_params.to_dict().items() if name != "edition"}
    st.page_link(chosen, label=f"Switch to edition {newer.edition_id}, as of {newer.as_of}", query_params=here | {"edition": newer.edition_id})

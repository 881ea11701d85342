"""What the reader has chosen: a bar of choices above each page, held in the query string and nowhere else.

The address says it all: a link opens the same view, a change of one choice is a step of the browser's history, and Back takes it back. What
was chosen on a page is remembered for the links of the menu, which carry it in their addresses. A link that names an unknown value falls back
to the default and says so.
"""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from dashboard.parts import data, page

ALL = "all"
# Values that choose nothing. A link need not say them, and another page may not know them.
NOTHING = (ALL, "none", "headlines")
MOST_WRITTEN = 60  # characters in a box of text

# Every name that a choice has in an address: what it means wherever it stands, and the pages that have it. One name never means two things.
NAMES = {
    "measure": ("a measure of the registry", "region compare figures"),
    "grain": ("how long a period is", "region compare figures"),
    "period": ("the last month of the period shown", "region compare"),
    "by": ("the characteristic by which figures are split", "region compare figures"),
    "region": ("a supervising region", "region compare due figures"),
    "provider": ("a provider", "audit claims casework samples figures"),
    "of": ("whether regions or providers are compared", "compare"),
    "pointed": ("the provider that is pointed at among all", "compare"),
    "part": ("one part of a measure that is made of parts", "compare"),
    "which": ("which of the releases behind a figure are listed", "region"),
    "release": ("one release", "region"),
    "prison": ("a releasing prison", "due figures"),
    "pdu": ("a delivery unit", "figures"),
    "nation": ("the nation, as a place of an extract", "figures"),
    "contract": ("a contract", "audit claims figures"),
    "domain": ("the domain of tasks", "audit claims"),
    "when": ("the first and last month of the tasks: all, a year or a quarter", "audit claims"),
    "rule": ("a payment rule", "audit casework"),
    "claim": ("one claim, by who sent it and its number", "audit claims"),
    "against": ("the outcome beside verified work", "audit"),
    "cell": ("which claims are listed", "claims"),
    "state": ("the state of payment cases", "casework"),
    "answer": ("when an answer is due", "casework"),
    "least": ("the least money at risk of a case", "casework"),
    "case": ("one payment case", "casework"),
    "sample": ("one sample of claims", "samples"),
    "days": ("how many days ahead planned releases are listed", "due"),
    "lacks": ("what people due for release lack", "due"),
    "show": ("which pairs of records are listed", "links"),
    "pair": ("one pair of records", "links"),
    "at": ("the place of rates at three thresholds of linkage", "links"),
    "year": ("the year of rates at three thresholds of linkage", "links"),
    "table": ("a standing table of extracts", "figures"),
    "geography": ("the kind of place of an extract", "figures"),
    "from": ("the first month of an extract", "figures"),
    "to": ("the last month of an extract", "figures"),
    "format": ("the format of a file", "figures"),
    "find": ("words looked for in definitions", "definitions"),
}


def begin(shown: str) -> None:
    """Begin the choices of a run of the page named `shown`: what its address says is what the menu carries from now on."""
    kept = st.session_state.setdefault("chosen", {})
    if st.session_state.setdefault("world_shown", data.world()) != data.world():
        # What was chosen in one world means nothing in the other.
        st.session_state["world_shown"] = data.world()
        kept.clear()
    for name in _names_of(shown):
        kept.pop(name, None)
        if name in st.query_params:
            kept[name] = st.query_params[name]
    for name in ("said", "fallen", "fallbacks"):
        st.session_state[name] = []
    st.session_state["shown"] = {}


def bar() -> None:
    """Lay out the bar; the choices of the page stand in it, wherever in its module they are asked for."""
    st.session_state["bar"] = st.container(key="filters", horizontal=True)


def carried(shown: str) -> dict[str, str]:
    """The choices that a link to the page named `shown` takes along, with the edition and the world."""
    kept = st.session_state.get("chosen", {})
    return {name: kept[name] for name in _names_of(shown) if name in kept} | page.frame_of_address()


def _names_of(shown: str) -> list[str]:
    return [name for name, (_, pages) in NAMES.items() if shown in pages.split()]


def choose(
    name: str,
    label: str,
    options: list[str],
    default: str,
    words: Callable[[str], str],
    inside: AbstractContextManager | None = None,
    meant: Callable[[str], str] | None = None,
) -> str:
    """One select box bound to the query string parameter `name` (one of NAMES), in the bar or `inside` another place; returns the option
    chosen. Where the address is silent it is the default. `meant`: the option that a value means which is none of them, '' for none."""
    asked = st.query_params.get(name, default)
    if asked not in options and meant:
        asked = meant(asked) or asked
    if asked not in options:
        st.session_state["fallen"].append(name)
        st.session_state.setdefault("fallbacks", []).append(
            f"This link asks for {label.lower()} “{asked[:40]}”, which is not in this edition, not on this page or not yours to see. "
            f"Showing {words(default)} instead."
        )
        asked = default
    st.session_state["said"].append((label, words(asked)))
    show(name, asked)
    key = f"choose_{name}"
    st.session_state[key] = asked

    def follow() -> None:
        chosen = st.session_state[key]
        if chosen not in options:
            # Chosen while the page was laid out anew: Streamlit then hands over the words of the option.
            chosen = next((one for one in options if words(one) == chosen), default)
        go({name: chosen if chosen != default else ""})

    with inside or st.session_state["bar"]:
        st.selectbox(label, options, key=key, format_func=words, on_change=follow, width="stretch" if inside else _wide(label, words(asked)))
    return asked


def _wide(label: str, shown: str) -> int:
    """How many pixels a box of the bar needs to show its label and what is chosen whole; the bar gives it more where there is room."""
    return max(len(label) * 7, 50 + round(7.4 * len(shown)))


def write(name: str, label: str) -> str:
    """One box of text in the bar, bound to the query string parameter `name` (one of NAMES); returns what is in it, '' for nothing."""
    asked = st.query_params.get(name, "")[:MOST_WRITTEN]
    if asked:
        st.session_state["said"].append((label, asked))
    key = f"choose_{name}"
    st.session_state[key] = asked

    def follow() -> None:
        go({name: st.session_state[key].strip()})

    with st.session_state["bar"]:
        st.text_input(label, key=key, max_chars=MOST_WRITTEN, on_change=follow, width=_wide(label, "w" * (MOST_WRITTEN // 2)))
    return asked


def go(changed: dict[str, str]) -> None:
    """Change choices in the address, '' for none: one step of the browser's history. From then on the address names the edition too."""
    st.query_params.from_dict(_with(here(), changed))


def here() -> dict[str, str]:
    """What the address of this view says, with the edition, and without what it asks for in vain."""
    asked = {name: value for name, value in st.query_params.to_dict().items() if name not in st.session_state.get("fallen", ())}
    return asked | page.frame_of_address()


def leading(here: dict[str, str], changed: dict[str, str]) -> str:
    """The address of a view with other choices, '' for none, for a link in it."""
    return f"?{urlencode(_with(here, changed))}"


def _with(here: dict[str, str], changed: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in (here | changed).items() if value}


def choose_world() -> None:
    """The switch between the worlds of the home, where it holds two. What was chosen in one means nothing in the other."""
    if not data.has_sample():
        return
    st.session_state["choose_world"] = data.world()

    def follow() -> None:
        chosen = st.session_state["choose_world"]
        st.query_params.from_dict({} if chosen == "nation" else {"world": chosen})

    with st.sidebar:
        st.selectbox("Data", list(data.WORLDS), key="choose_world", format_func=lambda one: data.WORLDS[one], on_change=follow)


def say_fallbacks() -> None:
    """Print what a link asked for in vain."""
    for text in st.session_state.pop("fallbacks", []):
        page.notice(text)


def said() -> list[tuple[str, str]]:
    """The choices of this run so far, each as its label and its value in words."""
    return st.session_state.get("said", [])


def show(name: str, asked: str) -> None:
    """Note what is shown of a choice of which the address is silent, or asks in vain: what a part of the page changes by itself stands in the address alone."""
    if name not in st.query_params or name in st.session_state["fallen"]:
        st.session_state["shown"][name] = asked


def shown() -> dict[str, str]:
    """What this run has shown so far of each choice, for a link that says it all: what is at its default today may be at another one later."""
    return {name: asked for name, asked in st.session_state["shown"].items() if asked not in NOTHING}


def headline_measures(measures: pd.DataFrame) -> dict[str, str]:
    """domain -> the measure that stands for it: the one the registry marks; where it marks none at all, the first of each."""
    marked = measures[measures["is_headline"].astype(bool)]
    first = (measures if marked.empty else marked).drop_duplicates("domain").sort_index()
    return dict(zip(first["domain"], first["measure_id"], strict=True))


def same_time(asked: str, starts: dict[str, str]) -> str:
    """The period that holds the month asked for, of a link for another length, else the last there is; '' where it asks for no month. Links
    from before named the first day."""
    if by_first_day := [month for month, start in starts.items() if start == asked]:
        return by_first_day[0]
    if not re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", asked):
        return ""
    return min((month for month in starts if month >= asked[:7]), default=max(starts))

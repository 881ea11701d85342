"""What the reader has chosen. The query string holds it, so that a link opens the same view; the widgets follow it.

A link that names an unknown value falls back to the default and says so.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from dashboard.parts import data, page
from dashboard.parts.figure import GRAINS, period_label
from edition.folder import Edition

ALL = "all"


@dataclass(frozen=True)
class Filters:
    """One view. Ids as in the published tables; `period` is an ISO date, '' when there is none; 'all' for no choice."""

    measure: str = ""
    grain: str = ""
    period: str = ""
    place: str = ALL
    characteristic: str = ""


def choose(name: str, label: str, options: list[str], default: str, words: Callable[[str], str]) -> str:
    """One select box in the sidebar bound to the query string parameter `name`; returns the option chosen.

    The address wins; where it is silent, what the reader chose on the page before; then the default.
    """
    kept = st.session_state.setdefault("chosen", {})
    asked = st.query_params.get(name, kept.get(name, default))
    if asked not in options:
        if name in st.query_params:
            st.session_state.setdefault("fallbacks", []).append(
                f"This link asks for {label.lower()} “{asked[:40]}”, which is not in this edition or not yours to see. Showing {words(default)} instead."
            )
        asked = default
    key = f"choose_{name}"
    st.session_state[key] = asked

    def follow() -> None:
        st.query_params[name] = st.session_state[key]
        st.session_state["chosen"][name] = st.session_state[key]

    with st.sidebar:
        st.selectbox(label, options, key=key, format_func=words, on_change=follow)
    kept[name] = asked
    if asked == default:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = asked
    return asked


def choose_world() -> None:
    """The switch between the worlds of the home, where it holds two. What was chosen in one means nothing in the other."""
    if not data.has_sample():
        return
    shown = choose("world", "Data", list(data.WORLDS), "nation", lambda one: data.WORLDS[one])
    if st.session_state.setdefault("world_shown", shown) != shown:
        st.session_state["world_shown"] = shown
        st.session_state["chosen"] = {"world": shown}
        for name in [name for name in st.query_params if name != "world"]:
            del st.query_params[name]


def say_fallbacks() -> None:
    """Print what a link asked for in vain, once."""
    for text in st.session_state.pop("fallbacks", []):
        page.notice(text)


def latest_full_period(periods: pd.DataFrame, share: float) -> str:
    """ISO date of the period to open with: the latest whose matured releases are at least `share` of the recent peak.

    The newest windows hold only the releases that have matured so far; to open on such a fragment would mislead.
    """
    recent = periods.dropna(subset=["denominator"]).tail(24)
    recent = recent[recent["denominator"] > 0]
    if recent.empty:
        return ""
    full = recent[recent["denominator"] >= share * recent["denominator"].max()]
    return f"{pd.Timestamp(full['period_start'].iloc[-1]):%Y-%m-%d}"


def headline_measures(measures: pd.DataFrame) -> dict[str, str]:
    """domain -> the measure that stands for it: the one the registry marks; where it marks none at all, the first of each."""
    marked = measures[measures["is_headline"].astype(bool)]
    first = (measures if marked.empty else marked).drop_duplicates("domain").sort_index()
    return dict(zip(first["domain"], first["measure_id"], strict=True))


def choose_outcome(edition: Edition, measures: pd.DataFrame, kind: str, names: dict[str, str]) -> Filters:
    """The choices of an outcome page for geographies of `kind`."""
    labels = dict(zip(measures["measure_id"], measures["label"], strict=True))
    domains = dict(zip(measures["measure_id"], measures["domain"], strict=True))
    leads = headline_measures(measures)
    measure = choose(
        "measure",
        "Measure",
        list(labels),
        next(iter(leads.values()), next(iter(labels))),
        lambda one: f"{domains[one].capitalize()}: {labels[one]}",
    )
    grain, period = choose_period(edition, measure, shown=kind)
    place = choose(
        "region" if kind == "region" else "provider", kind.title(), [ALL, *names], ALL, lambda one: names.get(one, f"All {kind}s")
    )
    ways = data.characteristics(edition, measure, kind)
    way = choose("by", "Split by", list(ways), next(iter(ways)), lambda one: ways[one]) if ways else ""
    return Filters(measure=measure, grain=grain, period=period, place=place, characteristic=way)


def choose_period(edition: Edition, measure: str, kind: str = "nation", shown: str = "") -> tuple[str, str]:
    """Period grain and period of a measure: (grain, ISO first day or '').

    `kind` is the geography whose rows say which periods there are; payment measures may have none for the nation. `shown`: the kind of
    geography that is shown, which may be printed for fewer lengths.
    """
    available = data.grains(edition, shown or kind)
    grains = [one for one in ("roll12", "year", "roll3", "quarter", "month") if one in available]
    if not grains:
        return "", ""
    grain = choose("grain", "Period length", grains, grains[0], lambda one: GRAINS[one])
    periods = data.periods(edition, measure, grain, kind)
    starts = [f"{pd.Timestamp(one):%Y-%m-%d}" for one in reversed(list(periods["period_start"]))]
    if not starts:
        return grain, ""
    default = latest_full_period(periods, data.reading(edition).full_period_share) or starts[0]
    return grain, choose("period", "Period", starts, default, lambda one: period_label(one, grain))

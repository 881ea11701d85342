"""The frame round every page, and the few pieces each is laid out from: headline, section, chart with its twin, download."""

from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from urllib.parse import urlencode

import altair as alt
import pandas as pd
import streamlit as st
from altair.typing import ChartType
from streamlit.components import v1 as components

from dashboard.parts import data, theme
from dashboard.parts.figure import ROUNDED, plain_table
from edition.folder import PROTECTED, Edition, TableMissing
from edition.rights import NoPurpose, NotGranted


def html(body: str) -> None:
    """Put our own HTML on the page. Callers escape whatever comes from data."""
    st.html(f'<div class="gh">{body}</div>')


def style() -> None:
    """House style; once a run."""
    alt.theme.enable("gatehouse")
    st.html(theme.CSS)


def frame(edition: Edition, is_demonstration: bool) -> None:
    """Which figures these are, of which edition, as at which day, from data complete to when, and who looks."""
    banner = _exactness(edition, is_demonstration)
    if withheld := data.withheld():
        banner += f'<div class="missing" role="note" data-withheld="restricted"><strong>Restricted rows are not shown.</strong> {escape(withheld)}.</div>'
    if data.world():
        banner = f'<div class="banner controlled" role="note" data-world="{data.world()}"><strong>{data.WORLDS[data.world()]}.</strong> Nobody in it exists.</div>{banner}'
    marks = {str(table): str(day)[:10] for table, day in edition.manifest.get("watermarks", {}).items() if day}
    oldest = f"Data complete to <b>{day(min(marks.values()))}</b> at the earliest" if marks else "No watermark was published"
    rows = pd.DataFrame({"table": list(marks), "day": [day(one) for one in marks.values()]})
    watermarks = (
        f"<details><summary>Watermark of each of {len(marks)} tables</summary>"
        + plain_table(rows, {"table": "Table", "day": "Complete to"}, "Each delivered table is complete to this day")
        + "</details>"
        if marks
        else ""
    )
    gaps = _gaps(edition) if data.reader().sees_figures else ""
    html(
        f'{banner}{gaps}<div class="frame">Edition <b>{escape(edition.edition_id)}</b>, as of <b>{day(edition.as_of)}</b>. {oldest}.{watermarks}</div>'
    )


def _exactness(edition: Edition, is_demonstration: bool) -> str:
    """Which figures these are, whose they are, and in which role somebody looks."""
    who = data.reader()
    looks = f' <span data-reader="{escape(who.person)}">You look as {escape(str(who))}.</span>'
    demonstration = (
        '<div class="banner controlled" role="note" data-demonstration="yes"><strong>Demonstration.</strong> Nobody signs in here, and whoever '
        "looks is invented. Choose in the sidebar as whom to look.</div>"
        if is_demonstration
        else ""
    )
    match data.exactness(edition):
        case _ if not who.sees_figures:
            said = "<strong>No figures.</strong> Your role sees none; you see who may."
        case "exact":
            said = "<strong>Exact figures, not for publication.</strong> Small numbers are shown. Extracts hold controlled figures only."
        case "own":
            said = (
                f"<strong>Exact figures of your own places, not for publication.</strong> There small numbers are shown. Elsewhere: {ROUNDED} "
                "Extracts hold controlled figures only."
            )
        case _:
            said = f"<strong>Controlled figures.</strong> {ROUNDED}"
    css = "banner controlled" if data.exactness(edition) == "controlled" else "banner"
    return f'{demonstration}<div class="{css}" role="note">{said}{looks}</div>'


def _gaps(edition: Edition) -> str:
    """What could not be read of the deliveries, before any figure that may be off by it; '' where all could."""
    try:
        rows = data.gaps(edition)
    except TableMissing:  # an edition from before it was counted
        return ""
    if rows.empty:
        return ""
    n = int(rows[["unread_records", "lost_records"]].to_numpy().sum())
    said = (
        f"{n:,} delivered {'record' if n == 1 else 'records'} in {len(rows):,} {'table' if len(rows) == 1 else 'tables'} could not be read. "
        "What was delivered of them before stands; where nothing was, the figures named below may be off by as many."
    )
    rows = rows.assign(earlier=rows["earlier_stands"].map({True: "Stands", False: "There is none"}))
    headings = {"source": "Source", "table": "Table", "unread_records": "Not read", "lost_records": "Read in part, what they say is unknown",
                "earlier": "What came before", "figures": "Figures they touch"}  # fmt: skip
    table = plain_table(rows, headings, "Records that could not be read, by table")
    return f'<div class="banner" role="note" data-gaps="{n}"><strong>Not everything could be read.</strong> {said}{folded("Which tables and figures", table)}</div>'


def day(text: str) -> str:
    """An ISO date in words; what is no date as it is."""
    stamp = pd.to_datetime(str(text)[:10], errors="coerce")
    return escape(str(text)) if pd.isna(stamp) else f"{stamp.day} {stamp:%B %Y}"


def headline(eyebrow: str, sentence: str, lede: str = "") -> None:
    """What the page says, as its one first-level heading."""
    after = f'<p class="lede">{escape(lede)}</p>' if lede else ""
    html(f'<p class="eyebrow">{escape(eyebrow)}</p><h1>{escape(sentence)}</h1>{after}')


def notice(text: str) -> None:
    """Tell the reader something, word for word: Streamlit's own boxes take what they are given for Markdown, links and pictures included."""
    html(f'<div class="banner controlled" role="status" data-notice="told">{escape(text)}</div>')


def restricted(what: str) -> None:
    """Warn that a page shows rows about people; `what` says who may use them."""
    html(f'<div class="banner" role="note" data-restricted="rows"><strong>Restricted.</strong> {escape(what)}</div>')


def hidden(count: int, one: str, many: str) -> None:
    """Say how many are counted and not listed, where there are any; `one` and `many` are what they are, with is or are."""
    if count:
        html(
            f'<p class="note" data-hidden="{count}">{count:,} more {one if count == 1 else many} of people under restriction or exclusion: '
            "counted here, and listed for named readers only.</p>"
        )


def own_only(table: str, what: str) -> None:
    """Say that `what` is counted of the reader's own places only, where it is."""
    if who := data.own_only(table):
        html(f'<p class="note" data-own="{escape(table)}">{what} counted here are those of your own places only, as {escape(who)}.</p>')


@contextmanager
def section(title: str, about: str = "") -> Iterator[None]:
    """A part of a page. Where a table it needs is missing it says so, and the rest of the page still loads."""
    said = f'<p class="say">{escape(about)}</p>' if about else ""
    html(f"<h2>{escape(title)}</h2>{said}")
    try:
        yield
    except TableMissing as missing:
        say_missing(missing)


def folded(title: str, inner: str, is_open: bool = False) -> str:
    """HTML that the reader opens; closed at first unless it holds what must be seen."""
    return f"<details{' open' if is_open else ''}><summary>{escape(title)}</summary>{inner}</details>"


def document(whole: str) -> None:
    """A page of its own, such as one of Great Expectations', in a frame that can reach nothing outside it."""
    components.html(whole, height=900, scrolling=True)


def spoken(code: str) -> str:
    """A code of our own as words: recall_before_release is Recall before release."""
    words = [one.upper() if one in ("crn", "noms", "pnc", "cro") else one for one in code.split("_")]
    return " ".join(words)[:1].upper() + " ".join(words)[1:]


def cannot_be_shown(title: str, missing: TableMissing) -> None:
    """A page that lacks what it is made of, or whose reader does: its headline, and what can be done."""
    match missing:
        case NoPurpose():
            headline(title, "Say first what you read this page for.")
        case NotGranted():
            headline(title, "This page is not for you.")
        case _:
            headline(title, "This page cannot be shown.")
    say_missing(missing)


def say_missing(missing: TableMissing) -> None:
    """Name the missing table and what to do about it."""
    text = str(missing).replace("`", "")
    match missing:
        case NoPurpose():
            advice = "Begin a task in the sidebar."
        case NotGranted() | data.Withheld():
            advice = ""
        case _:
            advice = "Run gatehouse status to see what was published, then refresh."
    html(f'<div class="missing" role="note" data-missing="table"><strong>This part cannot be shown.</strong> {escape(text)} {advice}</div>')


def chart(drawn: ChartType, title: str, summary: str, twin: str, is_open: bool = True) -> None:
    """A chart, what it is (`title`) and says in words, and the same figures as an HTML table (`twin`)."""
    html(f'<p class="say" data-summary="chart">{escape(summary)}</p>')
    st.altair_chart(drawn, width="stretch", theme=None, alt=f"{title}. {summary}")
    state = " open" if is_open else ""
    html(f'<details{state} data-twin="chart"><summary>The same figures as a table</summary>{twin}</details>')


def extract_link(edition: Edition, measure_id: str, kind: str, grain: str) -> None:
    """Lead to the page where the controlled figures behind this one are taken out, or say why they are withheld."""
    html("<h2>Download</h2>")
    if not edition.has("fct_measure_result", PROTECTED):
        withheld("fct_measure_result is not in this edition under disclosure control.")
        return
    asked = query({"table": "own", "measure": measure_id, "geography": kind, "grain": grain})
    html(
        f'<p class="say"><a href="/figures?{escape(asked)}" target="_self" data-extract="{escape(measure_id)}">Take these figures out</a> as CSV, Parquet, '
        "Excel, OpenDocument or JSON: controlled figures, with names, marks, definitions and what they are made of.</p>"
    )


def query(asked: dict[str, str]) -> str:
    """Choices as the end of an address, in the world that is looked at."""
    return urlencode(asked | ({"world": data.world()} if data.world() else {}))


def withheld(reason: str) -> None:
    """Say why a download is not offered."""
    html(f'<div class="missing" role="note" data-withheld="download"><strong>Download withheld.</strong> {escape(reason)}</div>')

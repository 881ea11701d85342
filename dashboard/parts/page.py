"""The frame round every page, and the few pieces each is laid out from: headline, section, chart with its twin, download."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from html import escape
from typing import Any
from urllib.parse import urlencode

import altair as alt
import pandas as pd
import streamlit as st
from altair.typing import ChartType
from streamlit.components import v1 as components
from streamlit.dataframe_util import convert_anything_to_arrow_bytes

from dashboard.parts import about_deliveries, charts, data, theme
from dashboard.parts.figure import GRAINS, ROUNDED, plain_table
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
    """In one line: which world and edition, as at which day, exact or controlled, and who looks. The rest is folded, but for what must be
    seen: that restricted rows cannot be shown, and that records could not be read."""
    who = data.reader()
    kind, said = _exactness(edition)
    world = f'<span data-world="{data.world()}">{data.WORLDS[data.world()]}.</span> ' if data.world() else ""
    nobody = f"<p>{data.WORLDS[data.world()]}: nobody in it exists.</p>" if data.world() else ""
    demonstration = (
        '<p data-demonstration="yes"><strong>Demonstration.</strong> Nobody signs in here, and whoever looks is invented. Choose in the sidebar '
        "as whom to look.</p>"
        if is_demonstration
        else ""
    )
    complete = data.kept(edition, "complete", (), lambda: _complete(edition))
    gaps = data.kept(edition, "gaps", (), lambda: _gaps(edition)) if who.sees_figures else ""
    withheld = ""
    if why := data.withheld():
        withheld = f'<div class="missing" role="note" data-withheld="restricted"><strong>Restricted rows are not shown.</strong> {escape(why)}.</div>'
    css = "kind controlled" if data.exactness(edition) == "controlled" else "kind"
    html(
        f'<div class="frame" role="note"><span class="line">{world}Edition <b>{escape(edition.edition_id)}</b>, as of <b>{day(edition.as_of)}</b>. '
        f'<strong class="{css}">{kind}</strong> <span data-reader="{escape(who.person)}">You look as {escape(str(who))}.</span></span>'
        f"<div><details><summary>About these figures</summary>{nobody}<p>{said}</p>{demonstration}{complete}</details>"
        f"{gaps}</div></div>{withheld}"
    )


def _complete(edition: Edition) -> str:
    """To which day each delivered table is complete."""
    marks = {str(table): str(day)[:10] for table, day in edition.manifest.get("watermarks", {}).items() if day}
    if not marks:
        return "<p>To which day the data is complete was not published.</p>"
    rows = pd.DataFrame({"table": list(marks), "day": [day(one) for one in marks.values()]})
    table = plain_table(rows, {"table": "Table", "day": "Complete to"}, "Each delivered table is complete to this day")
    return f"<p>Data complete to <b>{day(min(marks.values()))}</b> at the earliest.</p>{table}"


def tools(edition: Edition) -> None:
    """Copy the address of this view, with its edition and all that is chosen, and print it."""
    st.html(
        f'<div class="gh tools" data-edition="{escape(edition.edition_id)}"><button type="button" data-tool="copy">Copy link</button>'
        f'<button type="button" data-tool="print">Print</button><span role="status"></span></div>{_TOOLS}',
        unsafe_allow_javascript=True,
    )


# The link names the edition and what is at its default (`printed`), so that it shows the same figures for as long as the edition is kept. Folds are opened for the print.
_TOOLS = """<script>
for (const link of document.querySelectorAll("[data-testid=stPageLink-NavLink]")) {
  link.pathname === location.pathname ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
}
for (const tools of document.querySelectorAll(".gh.tools")) {
  const said = tools.querySelector("[role=status]");
  tools.querySelector("[data-tool=copy]").onclick = async () => {
    const address = new URL(location.href);
    address.searchParams.set("edition", tools.dataset.edition);
    const shown = new URLSearchParams(document.querySelector(".gh .printed")?.dataset.address);
    for (const [name, value] of shown) address.searchParams.set(name, value);
    try { await navigator.clipboard.writeText(address.href); said.textContent = "Copied"; }
    catch { said.textContent = address.href; }
  };
  tools.querySelector("[data-tool=print]").onclick = () => {
    for (const fold of document.querySelectorAll("details")) fold.open = true;
    window.print();
  };
}
</script>"""


def frame_of_address() -> dict[str, str]:
    """What every link carries: the edition of this run, the world where the home holds two, and in the demonstration as whom somebody looks."""
    looks = {"as": st.query_params["as"]} if "as" in st.query_params else {}
    run = data.this_run()
    return {"edition": run.edition.edition_id} | ({"world": run.world} if run.world else {}) | looks


def printed(edition: Edition, choices: list[tuple[str, str]], shown: dict[str, str]) -> None:
    """For the print, where the bar of choices is left out: what was chosen, in words; and for the link to copy what is `shown`, at its default or not."""
    chosen = "; ".join(f"{label}: {words}" for label, words in choices) or "none"
    html(f'<p class="printed" data-address="{escape(query(shown))}">Choices: {escape(chosen)}. Edition {escape(edition.edition_id)}, as of {day(edition.as_of)}.</p>')


def _exactness(edition: Edition) -> tuple[str, str]:
    """Which figures these are, in a word and at length."""
    who = data.reader()
    match data.exactness(edition):
        case _ if not who.sees_figures:
            return "No figures.", "Your role sees none; you see who may."
        case "exact":
            return "Exact figures, not for publication.", "Small numbers are shown. Extracts hold controlled figures only."
        case "own":
            return (
                "Exact figures of your own places, not for publication.",
                f"There small numbers are shown. Elsewhere: {ROUNDED} Extracts hold controlled figures only.",
            )
    return "Controlled figures.", ROUNDED


def _gaps(edition: Edition) -> str:
    """What could not be read of the deliveries, before any figure that may be off by it; '' where all could."""
    try:
        rows = about_deliveries.gaps(edition)
    except TableMissing:  # an edition from before it was counted
        return ""
    if rows.empty:
        return ""
    n = int(rows[["unread_records", "lost_records"]].to_numpy().sum())
    title = f"Not everything could be read: {n:,} {'record' if n == 1 else 'records'} in {len(rows):,} {'table' if len(rows) == 1 else 'tables'}"
    said = (
        f"{n:,} delivered {'record' if n == 1 else 'records'} in {len(rows):,} {'table' if len(rows) == 1 else 'tables'} could not be read. "
        "What was delivered of them before stands; where nothing was, the figures named below may be off by as many."
    )
    rows = rows.assign(earlier=rows["earlier_stands"].map({True: "Stands", False: "There is none"}))
    headings = {"source": "Source", "table": "Table", "unread_records": "Not read", "lost_records": "Read in part, what they say is unknown",
                "earlier": "What came before", "figures": "Figures they touch"}  # fmt: skip
    table = plain_table(rows, headings, "Records that could not be read, by table")
    return f'<details class="unread" data-gaps="{n}"><summary>{title}</summary><p>{said}</p>{table}</details>'


@lru_cache(maxsize=10_000)
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


def working(what: str) -> AbstractContextManager:
    """Say what is being worked out, for as long as it takes more than a moment."""
    return st.spinner(f"{what} …", show_time=True)


def part(lay_out: Callable[[], None]) -> None:
    """A piece of a section. Where a table it needs is missing it says so, and the rest still loads."""
    try:
        lay_out()
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


def named_table(table: str) -> str:
    """A published table in words: fct_claim_test is Claim test."""
    return spoken(table.removeprefix("fct_").removeprefix("dim_"))


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


def _compiled(draw: Callable[..., ChartType], of: tuple) -> dict[str, Any]:
    """The specification of a chart, and its frames as they are sent."""
    spec = charts.compiled(draw(*of))
    return spec | {"datasets": {rows: convert_anything_to_arrow_bytes(frame) for rows, frame in spec["datasets"].items()}}


def chart(draw: Callable[..., ChartType], of: tuple, title: str, summary: str, twin: str, is_open: bool = True) -> None:
    """A chart, as `draw` (of `charts.py`) makes it of these figures, what it is (`title`) and says in words, and the same figures as an HTML table (`twin`)."""
    spec = data.made(_compiled, draw, of)
    html(f'<p class="say" data-summary="chart">{escape(summary)}</p>')
    st.vega_lite_chart(spec=spec, width="stretch", theme=None, alt=f"{title}. {summary}")
    state = " open" if is_open else ""
    html(f'<details{state} data-twin="chart"><summary>The same figures as a table</summary>{twin}</details>')


def legend(marks: dict[str, str], shown: str) -> str:
    """What the marks mean that stand in a table of things that are no figures (HTML)."""
    return "".join(f'<p class="note" data-note="mark"><span class="mark">{escape(mark)}</span> {escape(meaning)}</p>' for mark, meaning in marks.items() if mark in shown)


def extract_link(edition: Edition, measure_id: str, kind: str, grain: str, shown: str) -> None:
    """Lead to the page where the controlled figures behind this one are taken out, or say why they are withheld. `grain`: the length of period that is
    printed for this kind of geography; `shown`: the one of the page."""
    html("<h2>Download</h2>")
    if not edition.has("fct_measure_result", PROTECTED):
        withheld("fct_measure_result is not in this edition under disclosure control.")
        return
    asked = query({"table": "own", "measure": measure_id, "geography": kind, "grain": grain})
    other = "" if grain == shown else f" {GRAINS[shown]} is printed for no {kind}: the file is by {grain}."
    html(
        f'<p class="say"><a href="/figures?{escape(asked)}" target="_self" data-extract="{escape(measure_id)}">Take these figures out</a> as CSV, Parquet, '
        f"Excel, OpenDocument or JSON: controlled figures, with names, marks, definitions and what they are made of.{other}</p>"
    )


def defined(measure_id: str, label: str) -> str:
    """The name of a measure as a link to its entry among the definitions."""
    return f'<a href="definitions?{escape(query({"find": measure_id}))}" target="_self" data-definition="{escape(measure_id)}">{escape(label)}</a>'


def query(asked: dict[str, str]) -> str:
    """Choices as the end of an address, in the world and the edition that are looked at."""
    return urlencode(asked | frame_of_address())


def withheld(reason: str) -> None:
    """Say why a download is not offered."""
    html(f'<div class="missing" role="note" data-withheld="download"><strong>Download withheld.</strong> {escape(reason)}</div>')

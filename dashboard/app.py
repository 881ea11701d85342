"""The frame of every page, and the clock of the pages; nothing else. Run with `gatehouse dashboard --home DIR`."""

import sys
from datetime import datetime
from pathlib import Path

import scipy.stats  # noqa: F401  some charts need it, and it takes a second in which no page is laid out
import streamlit as st

# Streamlit puts this file's folder on the path, not the one the package lies in.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from dashboard.parts import data, filters, menu, page, payment, reader, visitor
from dashboard.views import LISTS, SECTIONS
from decisions.store import StoreError, decisions_url
from edition.folder import EditionError, TableMissing
from ground import log

sections = menu.pages(SECTIONS)
# The menu is our own (parts/menu.py): its links carry what was chosen.
chosen = st.navigation({section: list(pages.values()) for section, pages in sections.items()}, position="hidden")
shown = chosen.url_path or menu.FIRST
st.set_page_config(page_title=f"{chosen.title}, Gatehouse", layout="wide", initial_sidebar_state="auto")
page.style()



def clock() -> datetime:
    """The moment, asked when the page is laid out and whenever a part of it is by itself."""
    return datetime.now().astimezone()


now = clock()
place = st.sidebar.container()
name = visitor.enter(now)
try:
    filters.choose_world()
    edition, newest = data.choose_edition()
    who = reader.choose(edition, name, now.date())
except data.EditionGone as gone:
    page.headline("Gatehouse", f"{gone}.", "Figures of another edition are not shown in its place. The one in force may print them otherwise.")
    menu.switch(chosen, gone.newest)
    st.stop()
except EditionError as nothing:
    page.headline("Gatehouse", "There is nothing to show yet.", str(nothing).replace("`", ""))
    st.stop()
except StoreError as error:
    page.headline("Gatehouse", "What is granted to you cannot be read.", f"{str(error)[:1].upper()}{str(error)[1:]}.")
    st.stop()
if who.grants:
    data.begin(edition, who, reader.purpose(who, shown in LISTS), shown, clock, newest)
    filters.begin(shown)
    if who.may("see_cases"):
        payment.read_ahead(data.home(), decisions_url())
    with place:
        menu.show(sections, shown)
if why := reader.why_not(who, shown):
    page.headline("Gatehouse", *why)
    st.stop()
with st.container(key="frame", horizontal=True):
    page.frame(edition, visitor.is_demonstration())
    page.tools(edition)
menu.say_newer(chosen, edition, newest)
filters.bar()
printed = st.container()
try:
    chosen.run()
except TableMissing as missing:
    page.cannot_be_shown(chosen.title, missing)
with printed:
    page.printed(edition, filters.said(), filters.shown())
if log.is_json():
    seconds = (clock() - now).total_seconds()
    log.tell("page", page=shown, edition=edition.edition_id, seconds=round(seconds, 3))

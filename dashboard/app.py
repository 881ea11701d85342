"""The frame of every page, and the clock of the pages; nothing else. Run with `gatehouse dashboard --home DIR`."""

import gc
import sys
from datetime import datetime
from pathlib import Path

import streamlit as st

# Streamlit puts this file's folder on the path, not the one the package lies in.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from dashboard.parts import data, filters, page, reader, visitor
from dashboard.views import LISTS, PAGES
from decisions.store import StoreError
from edition.folder import EditionError, TableMissing
from ground import log

# Streamlit looks for garbage in all that there is after each run, for as long as that takes nobody else's page is drawn; none of what was imported
# is garbage.
if not gc.get_freeze_count():
    gc.freeze()

# The page at "/" has no address of its own in Streamlit. A hidden one there leads on, so that /regions is a link that works.
start = st.Page(lambda: None, title="Gatehouse", url_path="start", default=True, visibility="hidden")
views = [st.Page(f"views/{name}.py", title=title, url_path=name) for name, title in PAGES.items()]
chosen = st.navigation([start, *views])
if chosen == start:
    st.switch_page(views[0], query_params=st.query_params.to_dict())
st.set_page_config(page_title=f"{chosen.title}, Gatehouse", layout="wide", initial_sidebar_state="auto")
page.style()

now = datetime.now().astimezone()
name = visitor.enter(now)
try:
    filters.choose_world()
    edition = data.current_of_world()
    who = reader.choose(edition, name, now.date())
except EditionError as nothing:
    page.headline("Gatehouse", "There is nothing to show yet.", str(nothing).replace("`", ""))
    st.stop()
except StoreError as error:
    page.headline("Gatehouse", "What is granted to you cannot be read.", f"{str(error)[:1].upper()}{str(error)[1:]}.")
    st.stop()
if why := reader.why_not(who, chosen.url_path):
    page.headline("Gatehouse", *why)
    st.stop()
data.begin(edition, who, reader.purpose(who, chosen.url_path in LISTS), chosen.url_path, now)
page.frame(edition, visitor.is_demonstration())
try:
    chosen.run()
except TableMissing as missing:
    page.cannot_be_shown(chosen.title, missing)
if log.is_json():
    seconds = (datetime.now().astimezone() - now).total_seconds()
    log.tell("page", page=chosen.url_path, edition=edition.edition_id, seconds=round(seconds, 3))

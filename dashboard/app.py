"""Page list and frame, and the clock of the pages; nothing else. Run with `gatehouse dashboard --home DIR`."""

import sys
from datetime import datetime
from pathlib import Path

import streamlit as st

# Streamlit puts this file's folder on the path, not the one the package lies in.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from dashboard.parts import data, filters, page, visitor
from edition.folder import EditionError

# The page at "/" has no address of its own in Streamlit. A hidden one there leads on, so that /regions is a link that works.
start = st.Page(lambda: None, title="Gatehouse", url_path="start", default=True, visibility="hidden")
views = [
    st.Page("views/regions.py", title="Outcomes by region", url_path="regions"),
    st.Page("views/providers.py", title="Outcomes by provider", url_path="providers"),
    st.Page("views/claims.py", title="Paid and achieved", url_path="claims"),
    st.Page("views/due.py", title="Due for release", url_path="due"),
    st.Page("views/links.py", title="Who is who", url_path="links"),
    st.Page("views/quality.py", title="Data quality", url_path="quality"),
    st.Page("views/definitions.py", title="Definitions", url_path="definitions"),
]
chosen = st.navigation([start, *views])
if chosen == start:
    st.switch_page(views[0], query_params=st.query_params.to_dict())
st.set_page_config(page_title=f"{chosen.title}, Gatehouse", layout="wide", initial_sidebar_state="auto")
page.style()

try:
    filters.choose_world()
    edition = data.open_edition(chosen.title, chosen.url_path, visitor.name() or "not signed in", datetime.now().astimezone())
except EditionError as nothing:
    page.headline("Gatehouse", "There is no edition to show yet.", str(nothing).replace("`", ""))
    st.stop()
page.frame(edition)
try:
    chosen.run()
except data.TableMissing as missing:
    page.say_missing(missing)

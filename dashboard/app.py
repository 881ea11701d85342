"""The frame of every page; nothing else. Run with `gatehouse dashboard --home DIR`."""

import sys
from pathlib import Path

import streamlit as st

# Streamlit puts this file's folder on the path, not the one the package lies in.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from dashboard.parts import data, filters, page
from dashboard.views import PAGES

# The page at "/" has no address of its own in Streamlit. A hidden one there leads on, so that /regions is a link that works.
start = st.Page(lambda: None, title="Gatehouse", url_path="start", default=True, visibility="hidden")
views = [st.Page(f"views/{name}.py", title=title, url_path=name) for name, title in PAGES.items()]
chosen = st.navigation([start, *views])
if chosen == start:
    st.switch_page(views[0], query_params=st.query_params.to_dict())
st.set_page_config(page_title=f"{chosen.title}, Gatehouse", layout="wide", initial_sidebar_state="auto")
page.style()

try:
    filters.choose_world()
    release = data.current_release()
except data.NoRelease as nothing:
    page.headline("Gatehouse", "There is no release to show yet.", str(nothing).replace("`", ""))
    st.stop()
page.frame(release)
try:
    chosen.run()
except data.TableMissing as missing:
    page.say_missing(missing)

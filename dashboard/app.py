"""Page list and frame; nothing else. Run with `gatehouse dashboard --home DIR`."""

import sys
from pathlib import Path

import streamlit as st

# Streamlit puts this file's folder on the path, not the one the package lies in.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from dashboard import data, page  # noqa: E402
from dashboard.views import claims, definitions, providers, quality, regions  # noqa: E402

st.set_page_config(page_title="Gatehouse", layout="wide", initial_sidebar_state="auto")
page.style()

views = [
    st.Page(regions.show, title="Outcomes by region", url_path="regions", default=True),
    st.Page(providers.show, title="Outcomes by provider", url_path="providers"),
    st.Page(claims.show, title="Paid and achieved", url_path="claims"),
    st.Page(quality.show, title="Data quality", url_path="quality"),
    st.Page(definitions.show, title="Definitions", url_path="definitions"),
]
chosen = st.navigation(views)

with st.sidebar:
    page.html('<p class="brand">Gatehouse</p><p class="strap">Outcomes for people leaving prison</p>')
try:
    release = data.current_release()
except data.NoRelease as nothing:
    page.headline("Gatehouse", "There is no release to show yet.", str(nothing).replace("`", ""))
    st.stop()
page.frame(release)
try:
    chosen.run()
except data.TableMissing as missing:
    page.say_missing(missing)

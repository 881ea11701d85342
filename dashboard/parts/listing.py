"""A long list, of which a part is loaded: sorted by a click on a column's head, and one row or several chosen with the mouse or Shift and Space."""

from collections.abc import Sequence
from html import escape

import pandas as pd
import streamlit as st

from dashboard.parts import filters, page

# As many as are loaded; the choices of the page reach the others.
MOST = 500
# Characters of a text whose column is held to a width.
LONG = 28


def chosen_by_address(name: str, rows: pd.DataFrame, keys: Sequence[str], headings: dict[str, str], caption: str, money: Sequence[str] = ()) -> None:
    """A list of which one row is chosen: its key (in the order of the rows) is then the choice `name` of the address."""
    # Other rows are another list: what was chosen in one would be marked at its place in the next.
    key = f"list_{name}_{hash(tuple(keys))}"

    def follow() -> None:
        picked = st.session_state[key].selection.rows
        filters.go({name: str(keys[picked[0]]) if picked else ""})

    _lay_out(rows, headings, caption, money, key=key, on_select=follow, selection_mode="single-row")


def chosen_rows(name: str, rows: pd.DataFrame, headings: dict[str, str], caption: str, money: Sequence[str] = ()) -> list[int]:
    """A list of which several rows may be chosen: their places, none at first."""
    shown = _lay_out(rows, headings, caption, money, key=f"list_{name}", on_select="rerun", selection_mode="multi-row")
    return list(shown.selection.rows)


def plain(name: str, rows: pd.DataFrame, headings: dict[str, str], caption: str, money: Sequence[str] = (), empty: str = "") -> None:
    """A list to read and sort; `empty` stands in a cell that is."""
    _lay_out(rows, headings, caption, money, empty, key=f"list_{name}")


def _lay_out(rows: pd.DataFrame, headings: dict[str, str], caption: str, money: Sequence[str], empty: str = "", **how):
    page.html(f'<p class="note" data-list="{how["key"]}">{escape(caption)}</p>')
    shown = rows[list(headings)].rename(columns=headings)
    # A long name is cut off in its cell, and whole when the cell is opened: the pounds at the end of a row are in sight.
    columns = {title: st.column_config.Column(title, width="medium") for title in headings.values() if _is_long(shown[title])}
    columns |= {title: st.column_config.NumberColumn(title, format="£%.2f") for name, title in headings.items() if name in money}
    # Streamlit's own word for an empty cell is None, which reads as nought.
    return st.dataframe(shown, hide_index=True, width="stretch", height=min(35 * (len(shown) + 1) + 3, 420), column_config=columns, placeholder=empty, **how)


def _is_long(column: pd.Series) -> bool:
    """Whether any text of a column is long; numbers never are."""
    return not pd.api.types.is_numeric_dtype(column) and bool(column.astype("str").str.len().max() > LONG)

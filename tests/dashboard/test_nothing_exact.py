"""Nothing exact reaches a reader without the right to it: in two homes with the same protected tables and other restricted ones, every page, table,
chart, tooltip, download and answer is the same to the letter."""

from __future__ import annotations

import datetime as dt
import io
import re
import shutil
from pathlib import Path

import pytest
import streamlit as st

from dashboard.views import PAGES
from edition import embargo, reading
from edition.extract import formats
from edition.extract.extract import selected, write
from edition.extract.selection import tables
from edition.folder import PROTECTED, RESTRICTED, current
from tests.dashboard import invented
from tests.dashboard.test_roles import ANALYST, AUDITOR, House
from tests.edition.extracts import asking

TAKEN = [name for name in tables() if name != "claimed_paid_achieved"]


@pytest.fixture(scope="module")
def homes(tmp_path_factory) -> tuple[House, House]:
    """The same home twice; the second with the restricted tables of a nation three times as large."""
    folder = tmp_path_factory.mktemp("exact")
    one, other = House(folder / "one"), House(folder / "other")
    larger = invented.publish(folder / "larger", "edition1", scale=3)
    shutil.rmtree(current(other.home).folder / RESTRICTED)
    shutil.copytree(larger / RESTRICTED, current(other.home).folder / RESTRICTED)
    return one, other


def walk(house: House, who: str) -> dict[str, str]:
    """Everything on every page, whatever is hidden behind a pointer or a button included."""
    with pytest.MonkeyPatch.context() as patch:
        offer = st.download_button
        patch.delenv("GATEHOUSE_DECISIONS_URL", raising=False)
        patch.setenv("GATEHOUSE_HOME", str(house.home))
        patch.setattr("dashboard.parts.visitor.is_demonstration", lambda: False)
        patch.setattr("dashboard.parts.visitor.person", lambda now: house.who)
        patch.setattr("streamlit.download_button", lambda label, data, *args, **more: (house.offered.append(data.decode()), offer(label, data, *args, **more))[1])
        desk = house.at_work(who)
        return {page: desk.look(page).everything for page in PAGES}


def test_no_page_of_a_reader_without_the_right_depends_on_an_exact_count(homes):
    one, other = (walk(house, ANALYST) for house in homes)
    assert one == other
    assert sum(len(re.findall(r'data-part="\w+">\d', page)) for page in one.values()) > 50, "there is hardly a figure on these pages"
    # Who may see exact figures sees that they are others.
    mine, theirs = (walk(house, AUDITOR) for house in homes)
    assert [page for page in ("region", "compare") if mine[page] == theirs[page]] == []


def test_no_answer_to_a_question_depends_on_an_exact_count(homes):
    def answers(house: House, question: str) -> str:
        edition, out = current(house.home), io.StringIO()
        reading.write_csv(edition, question, out, None, embargo.unpublished(edition, dt.date(2026, 11, 27)))
        return out.getvalue()

    held = current(homes[0].home).tables(PROTECTED)
    assert "fct_measure_result" in held and len(held) > 5
    for question in ["show tables", *(f"select * from {table} order by all" for table in held)]:
        assert answers(homes[0], question) == answers(homes[1], question) != "", question


@pytest.mark.parametrize("form", formats.FORMATS)
def test_no_file_that_is_taken_out_depends_on_an_exact_count(homes, tmp_path, form):
    for table in TAKEN:
        files = []
        for number, house in enumerate(homes):
            out = tmp_path / str(number) / f"{table}.{form}"
            out.parent.mkdir(exist_ok=True)
            handed = write(current(house.home), asking(), selected(current(house.home), table), out, lambda _: None)
            files.append((handed.passport, cells(out)))
        assert files[0] == files[1], table


def cells(path: Path) -> object:
    """What is in a file, but for when an XLSX was written."""
    if path.suffix != ".xlsx":
        return path.read_bytes()
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(str(path))
    return [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]

"""What is worked out once for all sessions (`data.kept`): for whom it is the same, and for whom it is not."""

import datetime as dt
import time
from threading import Event, Thread
from types import SimpleNamespace

import pandas as pd
import pytest

from dashboard.parts import data
from edition.access import Use
from edition.folder import current
from edition.reading import SHARED_QUESTIONS, opened
from edition.rights import Grant, Reader
from tests.dashboard import invented

NOW = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)
MANAGER, NAMED = Grant("contract_manager", "provider", "aster"), Grant("contract_manager", "provider", "aster", is_named=True)


@pytest.fixture
def ask(tmp_path, monkeypatch):
    """ask(person, grant, purpose, newest): the number of times that the same was worked out before it."""
    invented.publish(tmp_path)
    edition, made = current(tmp_path), []

    def answered(person="mia", grant=MANAGER, purpose="audit", newest="invented-1", choices=("R01",), is_printed=False):
        monkeypatch.setattr(data, "this_run", lambda: SimpleNamespace(newest=newest))
        use = None if is_printed else Use(edition, NOW, Reader(person, (grant,)), purpose, page="audit")
        return data.kept(edition, "claims", choices, lambda: made.append(1) or len(made), use)

    return answered


def test_the_same_is_worked_out_once_for_whoever_has_the_same_grants(ask):
    assert [ask(), ask(), ask(person="another")] == [1, 1, 1]


def test_nothing_is_shared_across_grants_purposes_choices_or_a_newer_edition_that_may_restrict_more(ask):
    others = [{"grant": NAMED}, {"grant": Grant("auditor")}, {"purpose": ""}, {"newest": "invented-2"}, {"choices": ("R02",)}, {"is_printed": True}]
    assert [ask(), *(ask(**other) for other in others)] == [1, 2, 3, 4, 5, 6, 7]
    assert [ask(), *(ask(**other) for other in others)] == [1, 2, 3, 4, 5, 6, 7]


def test_of_many_questions_at_once_eight_are_answered_and_the_others_wait(tmp_path):
    invented.publish(tmp_path)
    edition, asking, most, answers, eight = current(tmp_path), [], [], [], Event()

    def ask():
        with opened(edition, tables=["dim_measure"], is_shared=True) as con:
            asking.append(1)
            most.append(len(asking))
            if most[-1] == SHARED_QUESTIONS:
                time.sleep(0.1)  # a ninth would come in meanwhile
                eight.set()
            # Nobody goes before eight are in, however slowly they come.
            eight.wait(timeout=30)
            answers.append(con.execute("select count(*) from dim_measure").fetchall())
            asking.pop()

    threads = [Thread(target=ask) for _ in range(12)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(answers) == 12 and max(most) == SHARED_QUESTIONS == 8


def test_what_is_made_of_the_same_figures_is_made_once_and_shares_nothing_with_them():
    asked = []

    def told(rows: pd.DataFrame, words: list[str]) -> tuple[int, list[str]]:
        asked.append(len(rows))
        return int(rows["n"].sum()), words

    rows, words = pd.DataFrame({"n": [1, 2]}), ["claims"]
    first = data.made(told, rows, words)
    words.append("of another page")
    assert data.made(told, pd.DataFrame({"n": [1, 2]}), ["claims"]) is first == (3, ["claims"])
    assert data.made(told, rows.assign(n=2), ["claims"]) == (4, ["claims"]) and asked == [2, 2]

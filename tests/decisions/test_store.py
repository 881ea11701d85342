"""The decisions store: rows are only added, the newest of a pair is in force, and those in force never contradict each other."""

import datetime as dt
import itertools
import multiprocessing
import sqlite3
import sys
import tempfile
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from decisions import store as decisions
from decisions.store import ContradictionError, Decision, DecisionError, Store, StoreError, in_force
from tests.decisions.conftest import DAY, URL, decision, put_back, record


def force(store: Store) -> dict[str, str]:
    return {f"{left[0]}{right[0]}": one.decision for (left, right), one in in_force(store.all()).items()}


def test_what_was_decided_is_there_when_the_store_is_opened_again(home, store):
    kept = store.decide(decision("a", "b", "same"))
    assert Store(home).all() == [kept] == [replace(decision("a", "b", "same"), decision_id=1)]


COLUMNS = "left_record, right_record, 'different', note, decided_by, decided_at, as_of, edition_id"
STATEMENTS = {
    "update": "update link_decision set decision = 'different'",
    "delete": "delete from link_decision",
    "upsert": "insert into link_decision select * from link_decision where true on conflict (decision_id) do update set decision = 'different'",
    "replace": f"insert or replace into link_decision select decision_id, {COLUMNS} from link_decision",
    "truncate": "truncate link_decision",
}
ONLY_IN = {"replace": "sqlite", "truncate": "postgresql"}


@pytest.mark.parametrize("kind", STATEMENTS)
def test_no_statement_changes_or_removes_a_decision(store, kind):
    engine = store._engine
    if engine.dialect.name != ONLY_IN.get(kind, engine.dialect.name):
        pytest.skip("the database has no such statement")
    store.decide(decision("a", "b", "same"))
    before = store.all()
    with pytest.raises(sa.exc.DBAPIError, match="a decision is never changed or taken out"), engine.begin() as con:
        con.exec_driver_sql(STATEMENTS[kind])
    assert store.all() == before


def test_a_store_from_when_editions_were_called_releases_is_renamed_and_keeps_its_rows_and_its_locks(home, store):
    before = [store.decide(decision("a", "b", "same")), store.decide(decision("a", "b", "unsure"))]
    put_back(home, "0001")
    with store._engine.begin() as con:
        con.exec_driver_sql("alter table link_decision rename column edition_id to release_id")
    again = Store(home)
    assert again.all() == before and again.decide(decision("a", "b", "same")).decision_id == 3
    for kind, statement in STATEMENTS.items():
        if ONLY_IN.get(kind, again._engine.dialect.name) == again._engine.dialect.name:
            with pytest.raises(sa.exc.DBAPIError, match="a decision is never changed or taken out"), again._engine.begin() as con:
                con.exec_driver_sql(statement)


def test_another_decision_takes_the_first_back_and_both_are_kept(store):
    for answer in ("same", "different", "unsure", "same"):
        store.decide(decision("a", "b", answer))
        assert force(store) == {"ab": answer}
    assert [one.decision for one in store.all()] == ["same", "different", "unsure", "same"]


CONTRADICTED = {
    "same, same, then different": (["ab same", "bc same"], "ac different", [1, 2]),
    "different, same, then same": (["ac different", "ab same"], "bc same", [2, 1]),
    "different, then same twice": (["ab same", "ac different", "cd same"], "bd same", [1, 2, 3]),
    "two people whose records were found the same by way of four others": (
        ["ab same", "bc same", "cd same", "ef same", "af different"], "de same", [3, 2, 1, 5, 4],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("made", "then", "numbers"), CONTRADICTED.values(), ids=CONTRADICTED)
def test_a_contradiction_is_refused_with_the_decisions_that_lead_to_it(store, made, then, numbers):
    for (a, b), answer in (one.split() for one in made):
        store.decide(decision(a, b, answer))
    before = store.all()
    (a, b), answer = then.split()
    with pytest.raises(ContradictionError, match="Decide one of those pairs again first") as refused:
        store.decide(decision(a, b, answer))
    assert [one.decision_id for one in refused.value.decisions] == numbers
    assert store.all() == before
    # As it says: one of those taken back, it is accepted.
    taken_back = refused.value.decisions[0]
    store.decide(replace(taken_back, decision="unsure"))
    store.decide(decision(a, b, answer))


def test_a_decision_is_held_against_what_any_later_edition_sees(store):
    early, late = DAY - dt.timedelta(days=91), DAY
    store.decide(decision("a", "b", "same", early))
    store.decide(decision("b", "c", "same", early))
    store.decide(decision("a", "b", "unsure", late))
    # As of the later day nothing speaks against it; as of the earlier one, two decisions do.
    with pytest.raises(ContradictionError) as refused:
        store.decide(decision("a", "c", "different", early))
    assert {one.decision_id for one in refused.value.decisions} == {1, 2}
    store.decide(decision("a", "c", "different", late))


@pytest.mark.parametrize(
    "wrong",
    [
        {"left_record": record("b"), "right_record": record("a")}, {"right_record": record("a")}, {"left_record": "A1234BC"},
        {"decision": "maybe"}, {"note": "  "}, {"decided_by": ""},
    ],
    ids=["order", "itself", "no token", "answer", "no note", "nobody"],
)  # fmt: skip
def test_what_is_no_decision_is_not_kept(store, wrong):
    with pytest.raises(DecisionError):
        store.decide(replace(decision("a", "b", "same"), **wrong))
    assert store.all() == []
    store.decide(decision("a", "b", "unsure", note=""))


def contradicts(answers: dict[tuple[str, str], str]) -> bool:
    """Whether a pair that is different is linked by pairs that are the same, tried out in full."""
    same = {pair for pair, answer in answers.items() if answer == "same"}
    reach = {(a, b) for a, b in same} | {(b, a) for a, b in same}
    while more := {(a, d) for a, b in reach for c, d in reach if b == c} - reach:
        reach |= more
    return any(answer == "different" and pair in reach for pair, answer in answers.items())


PAIRS = list(itertools.combinations("abcde", 2))
DAYS = (DAY - dt.timedelta(days=91), DAY)


@pytest.mark.parametrize("examples", [20, pytest.param(60, marks=pytest.mark.slow)])
def test_whatever_is_decided_in_whatever_order_what_is_in_force_never_contradicts(examples):
    @settings(max_examples=examples, deadline=None)
    @given(st.lists(st.tuples(st.sampled_from(PAIRS), st.sampled_from(decisions.ANSWERS), st.sampled_from(DAYS)), max_size=14))
    def holds(asked):
        with tempfile.TemporaryDirectory() as folder:
            store = Store(Path(folder))
            made: list[tuple[tuple[str, str], str, dt.date]] = []

            def seen(rows, day) -> dict[tuple[str, str], str]:
                return {pair: answer for pair, answer, as_of in rows if as_of <= day}

            for pair, answer, day in asked:
                would = any(contradicts(seen([*made, (pair, answer, day)], other)) for other in DAYS)
                try:
                    store.decide(decision(*pair, answer, day))
                    made.append((pair, answer, day))
                    assert not would
                except ContradictionError as refused:
                    assert would
                    chain = {tuple(record[0] for record in one.pair): one.decision for one in refused.decisions}
                    assert contradicts(chain | {pair: answer}) and pair not in chain
            for day in DAYS:
                kept = [one for one in store.all() if one.as_of <= day]
                assert not contradicts({tuple(r[0] for r in pair): one.decision for pair, one in in_force(kept).items()})

    holds()


def _reviewer(home: Path, begin, asked: list[Decision], refused) -> None:
    begin.wait()
    store = Store(home)
    for one in asked:
        try:
            store.decide(one)
        except ContradictionError:
            refused.put(one.pair)


def test_two_reviewers_at_once_make_the_store_together_and_cannot_contradict_each_other(home, monkeypatch):
    # A new process begins with the main module of this one, and a test of a page has put the dashboard in its place.
    monkeypatch.setitem(sys.modules, "__main__", sys.modules[__name__])
    names = "abcdef"
    triangles = [(f"{x}{y}" * 12, f"{x}{z}" * 12, f"{y}{z}" * 12) for x, y, z in itertools.combinations(names, 3)]

    def asked(last: str) -> list[Decision]:
        template = decision("a", "b", "same")
        made = []
        for records in triangles:
            a, b, c = sorted(records)
            made += [replace(template, left_record=a, right_record=b), replace(template, left_record=b, right_record=c),
                     replace(template, left_record=a, right_record=c, decision=last)]  # fmt: skip
        return made

    processes = multiprocessing.get_context("spawn")
    begin, refused = processes.Barrier(2), processes.Queue()
    lists = asked("different"), list(reversed(asked("different")))
    at_work = [processes.Process(target=_reviewer, args=(home, begin, one, refused)) for one in lists]
    for process in at_work:
        process.start()
    for process in at_work:
        process.join(120)
        assert process.exitcode == 0
    made = Store(home).all()
    assert not contradicts({pair: one.decision for pair, one in in_force(made).items()})
    turned_down = 0
    while not refused.empty():
        refused.get()
        turned_down += 1
    assert turned_down and len(made) + turned_down == 2 * len(lists[0])
    assert [one.decision_id for one in made] == sorted({one.decision_id for one in made})


def test_the_file_is_its_owners_alone_and_is_not_made_by_looking(tmp_path, monkeypatch):
    monkeypatch.delenv(URL, raising=False)
    assert not decisions.has_store(tmp_path)
    Store(tmp_path)
    assert decisions.has_store(tmp_path) and (tmp_path / "decisions.sqlite").stat().st_mode & 0o777 == 0o600


def test_a_database_that_does_not_answer_is_told_without_its_address(tmp_path, monkeypatch):
    monkeypatch.setenv(URL, "postgresql+psycopg://invented_user:invented_secret@127.0.0.1:1/invented_name")
    assert decisions.has_store(tmp_path)
    with pytest.raises(StoreError, match="GATEHOUSE_DECISIONS_URL") as failed:
        Store(tmp_path)
    assert "invented" not in str(failed.value)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://invented_user:top@secret:hush99@db.invented/name", "postgresql+psycopg://invented_user:secret@db.invented:54x/name",
        "postgresql://invented_user:top/secret:hush99@db.invented/name", "invented_rubbish:secret",
        "postgresql+psycopg://invented_user:secret@db..invented/name", "postgresql+invented://user:secret@db/name", "mysql://invented_user:secret@db/name",
        "postgresql+psycopg://invented_user:secret@127.0.0.1:1/name?invented_option=secret", "postgresql+psycopg://inv\0ented:secret@127.0.0.1:1/name",
    ],
)  # fmt: skip
def test_no_part_of_an_address_is_told_whatever_is_wrong_with_it(tmp_path, monkeypatch, address):
    monkeypatch.setattr(decisions, "decisions_url", lambda: address)
    with pytest.raises(StoreError, match="GATEHOUSE_DECISIONS_URL") as failed:
        Store(tmp_path)
    told = "".join(traceback.format_exception(failed.value))
    assert not [part for part in ("invented", "secret", "hush99", "54x") if part in told.split("StoreError: ")[-1]]
    # Nor behind it, where a log would have it.
    assert failed.value.__cause__ is None and (failed.value.__suppress_context__ or failed.value.__context__ is None)


def test_a_store_of_a_newer_version_is_told_and_left_as_it_is(home, store):
    store.decide(decision("a", "b", "same"))
    with store._engine.begin() as con:
        con.exec_driver_sql("update alembic_version set version_num = '9999'")
    with pytest.raises(StoreError, match="another version of Gatehouse"):
        Store(home)
    with store._engine.begin() as con:
        assert con.exec_driver_sql("select version_num from alembic_version").scalar_one() == "9999"


def test_a_file_that_is_no_database_is_told(tmp_path, monkeypatch):
    monkeypatch.delenv(URL, raising=False)
    (tmp_path / "decisions.sqlite").write_bytes(b"invented" * 1000)
    with pytest.raises(StoreError, match="cannot be used"):
        Store(tmp_path)


def test_a_store_that_somebody_else_holds_says_so_and_what_to_do(tmp_path, monkeypatch):
    monkeypatch.delenv(URL, raising=False)
    monkeypatch.setattr(decisions, "SECONDS_TO_WAIT", 0)
    mine = Store(tmp_path)
    with sqlite3.connect(tmp_path / "decisions.sqlite", isolation_level=None) as other:
        other.execute("begin immediate")
        with pytest.raises(StoreError, match="try again in a minute"):
            mine.decide(decision("a", "b", "same"))
        other.execute("rollback")
    assert mine.decide(decision("a", "b", "same")).decision_id == 1


def test_a_full_disk_is_told_and_nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.delenv(URL, raising=False)
    store = Store(tmp_path)
    store.decide(decision("a", "b", "same"))

    def full(connection, _record):
        connection.execute("pragma max_page_count = 1")  # as many as there are, and no more

    sa.event.listen(store._engine, "connect", full)
    with pytest.raises(StoreError, match="the disk is full"):
        for _ in range(200):
            store.decide(decision("a", "c", "unsure", note="long " * 500))
    sa.event.remove(store._engine, "connect", full)
    kept = len(store.all())
    store.decide(decision("a", "c", "unsure"))
    assert len(store.all()) == kept + 1


def test_stores_of_several_homes_are_opened_by_many_readers_of_one_dashboard_at_once(tmp_path, monkeypatch):
    monkeypatch.delenv(URL, raising=False)
    homes = [tmp_path / f"100% of home {number}" for number in range(8)]
    with ThreadPoolExecutor(16) as readers:
        assert [one.all() for one in readers.map(Store, homes * 4)] == [[]] * 32

"""A store that is lost, moved or put back from a backup holds what was delivered of it, and what is decided then comes after."""

import datetime as dt
from dataclasses import replace

import pytest

from decisions import store as decisions
from decisions.store import ContradictionError, Store, StoreError, deliver
from tests.decisions.conftest import DAY, decision, land

EARLY = DAY - dt.timedelta(days=91)


def delivered(home) -> dict[str, bytes]:
    return {path.parent.name: path.read_bytes() for path in (home / "landing").rglob("*.csv")}


def test_a_new_store_takes_in_what_was_delivered_and_counts_on_from_it(home, store, lose):
    store.decide(decision("a", "b", "same", EARLY, note='Two "quotes", a comma,\nand a second line'))
    store.decide(decision("c", "d", "different", DAY))
    land(home)
    store.decide(replace(decision("e", "f", "unsure", EARLY, note=""), decided_at=dt.datetime(2026, 11, 22, 14, 5, 6, 789)))
    land(home)  # as a file sent again
    before = [replace(one, note=" ".join(one.note.split())) for one in store.all()]
    lose()
    new = Store(home)
    assert new.all() == before
    with pytest.raises(ContradictionError):
        new.decide(decision("c", "d", "different", EARLY))
        new.decide(decision("a", "c", "same", DAY))
        new.decide(decision("a", "d", "same", DAY))
    assert [one.decision_id for one in new.all()] == [1, 2, 3, 4, 5]


def test_a_new_store_takes_in_what_was_delivered_when_editions_were_called_releases(home, store, lose):
    store.decide(decision("a", "b", "same"))
    land(home)
    before = store.all()
    (kept,) = (home / "landed").rglob("*.csv")
    kept.chmod(0o600)
    kept.write_text(kept.read_text().replace("edition_id", "release_id"))
    lose()
    assert Store(home).all() == before


def test_after_a_new_store_is_delivered_everything_that_was(home, store, lose):
    for pair in ("ab", "cd", "ef"):
        store.decide(decision(*pair, "same", EARLY))
    land(home)
    before = delivered(home)
    lose()
    assert deliver(home, home / "landing") == 0 and delivered(home) == before
    Store(home).decide(decision("a", "c", "different", EARLY))
    Store(home).decide(decision("e", "f", "different", DAY))
    land(home)
    after = delivered(home)
    assert after[f"{EARLY}"].startswith(before[f"{EARLY}"]) and after[f"{EARLY}"].count(b"\n") == 5
    assert after[f"{DAY}"].splitlines()[1].startswith(b"5,")


def test_a_store_from_a_backup_takes_in_what_was_delivered_since(tmp_path, monkeypatch):
    monkeypatch.delenv("GATEHOUSE_DECISIONS_URL", raising=False)
    file = tmp_path / "decisions.sqlite"
    Store(tmp_path).decide(decision("a", "b", "same"))
    backup = file.read_bytes()
    Store(tmp_path).decide(decision("c", "d", "same"))
    land(tmp_path)
    whole = Store(tmp_path).all()
    file.write_bytes(backup)
    assert Store(tmp_path).all() == whole


def test_decisions_go_from_the_file_into_a_database_once_they_are_delivered(tmp_path, monkeypatch, new_database):
    monkeypatch.delenv("GATEHOUSE_DECISIONS_URL", raising=False)
    Store(tmp_path).decide(decision("a", "b", "same"))
    land(tmp_path)
    in_the_file = Store(tmp_path).all()
    new_database()
    assert Store(tmp_path).all() == in_the_file
    assert Store(tmp_path).decide(decision("c", "d", "same")).decision_id == 2


def test_the_store_of_another_home_is_refused_and_left_as_it_is(home, store, lose):
    store.decide(decision("a", "b", "same"))
    store.decide(decision("c", "d", "same"))
    land(home)
    lose()
    elsewhere = home.with_name("elsewhere")
    (home if decisions.decisions_url() else elsewhere).mkdir(exist_ok=True)
    other = Store(elsewhere)
    other.decide(decision("a", "b", "different"))
    if not decisions.decisions_url():
        (elsewhere / "decisions.sqlite").rename(home / "decisions.sqlite")
    before = delivered(home)
    with pytest.raises(StoreError, match=rf"decision 1 in landed/decisions/{DAY}/LINK_DECISION.csv .* Decide who is who") as refused:
        Store(home)
    assert "invented" not in str(refused.value) and "Looked" not in str(refused.value)
    with pytest.raises(StoreError):
        deliver(home, home / "landing")
    assert delivered(home) == before
    (home / "landed").rename(home / "put away")
    assert [one.decision for one in Store(home).all()] == ["different"]


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe", b"decision_id\n1\n", b"", None,
        b"decision_id,left_record,right_record,decision,note,decided_by,decided_at,as_of,edition_id\n1,Invented,Name,same,n,b,2026-11-22,2023-06-30,r\n",
    ],
    ids=["no text", "columns", "empty", "folder", "no tokens"],
)  # fmt: skip
def test_a_kept_file_that_is_none_of_ours_is_named_and_nothing_of_it_is_told(tmp_path, monkeypatch, content):
    monkeypatch.delenv("GATEHOUSE_DECISIONS_URL", raising=False)
    file = tmp_path / "landed" / "decisions" / f"{DAY}" / "LINK_DECISION.csv"
    file.parent.mkdir(parents=True)
    file.mkdir() if content is None else file.write_bytes(content)
    with pytest.raises(StoreError, match=rf"landed/decisions/{DAY}/LINK_DECISION.csv cannot be read as decisions") as told:
        Store(tmp_path)
    assert "Invented" not in str(told.value)

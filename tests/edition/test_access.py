"""The access record: each use of restricted rows is there before the first row is shown, and nothing that was written can be changed unseen."""

import datetime as dt
import io
import json
import os
import random

import pytest

from edition import access, reading
from edition.access import NotRecorded, Use, head, verify
from edition.folder import EditionError, current
from edition.rights import the_product
from tests.conftest import gatehouse
from tests.dashboard import invented

NOW = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)


@pytest.fixture
def home(tmp_path):
    invented.publish(tmp_path)
    return tmp_path


def use(home, query="select 1", purpose="audit of claims"):
    return Use(current(home), NOW, the_product("invented.person"), purpose, query=query)


def written(home, *queries):
    for query in queries:
        use(home, query).enter()
    return (home / "access.log").read_bytes().splitlines(keepends=True)


def test_each_use_is_a_line_that_stands_for_all_before_it(home):
    lines = [json.loads(line) for line in written(home, "first", "second", "third")]
    assert [one["entry"] for one in lines] == [1, 2, 3] and [one["query"] for one in lines] == ["first", "second", "third"]
    assert [one["before"] for one in lines[1:]] == [one["sha256"] for one in lines[:-1]]
    assert verify(home) == (3, "") and head(home).sha256 == lines[-1]["sha256"]


def test_the_record_from_before_lines_were_numbered_is_gone_on_with_and_cannot_be_changed_either(home):
    log = home / "access.log"
    log.write_text('{"time": "2025-01-01", "user": "invented", "purpose": "of old"}\n')
    assert written(home, "first")[0].endswith(b'"of old"}\n') and verify(home) == (1, "")
    log.write_text(log.read_text().replace("of old", "of new"))
    assert verify(home) == (1, "what stands before entry 1 was altered")


def anew(line, **said):
    """A line rewritten by somebody who knows how its hash is made."""
    entry = json.loads(line) | said
    del entry["sha256"]
    return json.dumps(entry | {"sha256": access._hash(json.dumps(entry).encode())}).encode() + b"\n"


def damaged(lines, rng):
    """The lines with one thing changed, and the number of the first entry that is not there as it was."""
    n = rng.randrange(len(lines))
    line, others = lines[n], lines[:n] + lines[n + 1 :]
    match rng.choice(("byte", "deleted", "repeated", "swapped", "anew", "cut", "cut within", "foreign", "all anew")):
        case "byte":
            at = rng.randrange(len(line) - 1)
            changed = line[:at] + bytes([rng.choice([b for b in range(256) if b != line[at]])]) + line[at + 1 :]
            return [*lines[:n], changed, *lines[n + 1 :]], n + 1
        case "deleted":
            return others, n + 1
        case "repeated":
            to = rng.randrange(n + 1, len(lines) + 1)
            return [*lines[:to], line, *lines[to:]], n + 1
        case "swapped":
            m = rng.choice([m for m in range(len(lines)) if m != n])
            swapped = list(lines)
            swapped[n], swapped[m] = lines[m], line
            return swapped, min(n, m) + 1
        case "anew":
            return [*lines[:n], anew(line, user="somebody.else"), *lines[n + 1 :]], n + 1
        case "cut":
            return lines[:n], n + 1
        case "cut within":
            return [*lines[:n], line[: rng.randrange(1, len(line))]], n + 1
        case "foreign":
            return [*lines[:n], anew(line, query="never asked"), *lines[n:]], n + 1
        case _:  # from there on, so that all follows; only what is kept elsewhere tells
            before, made = json.loads(line)["before"], []
            for old in lines[n:]:
                made.append(anew(old, user="somebody.else", before=before))
                before = json.loads(made[-1])["sha256"]
            return [*lines[:n], *made], None


@pytest.mark.parametrize("times", [1_000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_whatever_is_changed_is_found_by_its_entry(home, times):
    lines, rng = written(home, *(f"select {n}" for n in range(12))), random.Random(times)
    log = home / "access.log"
    assert verify(home) == (12, "")
    for _ in range(times):
        changed, first = damaged(lines, rng)
        log.write_bytes(b"".join(changed))
        _, fault = verify(home)
        named = [int(word.rstrip(":")) for word in fault.split() if word.rstrip(":").isdigit()]
        assert fault and (first is None or named[0] == first), (first, fault)
        # And nothing is shown on the strength of a record whose end is not the one that was written.
        if b"".join(changed[-1:]) != lines[-1]:
            with pytest.raises(NotRecorded):
                use(home).enter()
            assert log.read_bytes() == b"".join(changed)


def test_a_record_written_anew_as_a_whole_with_its_head_is_told_by_the_editions_made_since(home):
    lines = written(home, "first", "second")
    manifest = home / "published" / "invented-1" / "manifest.json"
    known = head(home)
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"access": {"entry": known.entry, "sha256": known.sha256}}))
    assert verify(home) == (2, "")
    for name in ("access.log", "access.head"):
        (home / name).unlink()
    written(home, "first", "another", "third")
    assert len(lines) == 2 and verify(home) == (3, "entry 2 is not the one that stood there when edition invented-1 was made")


def test_an_edition_says_where_the_record_stood(inspection_home):
    assert current(inspection_home).manifest["access"] == {"entry": 0, "sha256": access._hash(b"")}


@pytest.mark.parametrize("content", ["", "nonsense", "2 " + "0" * 64, "9 " + "0" * 64])
def test_a_head_that_is_changed_or_lost_is_told_and_nothing_is_shown(home, content):
    written(home, "first", "second")
    (home / "access.head").write_text(content)
    with pytest.raises(NotRecorded):
        use(home).enter()
    assert "access.head" in verify(home)[1]


def test_being_stopped_between_line_and_head_or_within_a_line_costs_nothing(home):
    written(home, "first", "second")
    before = (home / "access.head").read_bytes()
    written(home, "third")
    (home / "access.head").write_bytes(before)
    written(home, "fourth")
    with (home / "access.log").open("ab") as log:
        log.write(b'{"entry": 5, "time": ')
    assert "a line that is not whole" in verify(home)[1]
    assert len(written(home, "fifth")) == 5 and verify(home) == (5, "")


def test_on_a_full_disk_nothing_is_shown_and_the_next_use_is_recorded(home, monkeypatch):
    written(home, "first")
    out, write = io.StringIO(), os.write
    with monkeypatch.context() as full:
        full.setattr(os, "write", lambda handle, data: write(handle, data[:20]))
        with pytest.raises(NotRecorded, match="see to the disk"):
            reading.write_csv(current(home), "select count(*) from fct_release", out, use(home))
    assert out.getvalue() == ""
    reading.write_csv(current(home), "select 1 as n", out, use(home))
    assert out.getvalue() == "n\n1\n" and verify(home) == (2, "")


def test_an_answer_is_recorded_with_its_rows_and_a_question_without_one_too(home):
    reading.write_csv(current(home), "select release_id from fct_release limit 3", io.StringIO(), use(home))
    with pytest.raises(EditionError):
        reading.write_csv(current(home), "select cast(release_id as date) from fct_release", io.StringIO(), use(home))
    entries = [json.loads(line) for line in (home / "access.log").read_text().splitlines()]
    assert [one.get("rows") for one in entries] == [3, None]


@pytest.mark.parametrize(
    ("bound", "query", "told"),
    [
        ({"QUERY_ROWS": 1_000}, "select * from range(1_001)", "more than 1,000 rows"),
        ({"QUERY_SECONDS": 0.5}, "select count(*) from range(100_000_000) a, range(100_000_000) b", "more than 0.5 seconds"),
        ({"QUERY_MEMORY": "20MB"}, "select list(range) from range(100_000_000)", "[Mm]emory"),
    ],
)
def test_an_answer_that_asks_too_much_is_refused_in_plain_words_and_nothing_of_it_is_written(home, monkeypatch, bound, query, told):
    for name, value in bound.items():
        monkeypatch.setattr(reading, name, value)
    out = io.StringIO()
    with pytest.raises(EditionError, match=told):
        reading.write_csv(current(home), query, out, None)
    assert out.getvalue() == ""


@pytest.mark.parametrize("purpose", ["", "  ", "\u200b", "\u2060\ufeff", "...", "\u00a0-"])
def test_a_purpose_says_something(home, purpose):
    with pytest.raises(EditionError, match="say in words"):
        use(home, purpose=purpose)


def test_the_command_names_the_first_entry_that_is_not_as_it_was_written(home):
    lines = written(home, "first", "second", "third")
    done = gatehouse("access", "verify", "--home", home)
    assert done.returncode == 0 and "3 entries, all as they were written" in done.stdout
    (home / "access.log").write_bytes(lines[0] + lines[2])
    done = gatehouse("access", "verify", "--home", home)
    assert done.returncode == 1 and "entry 2 is missing" in done.stderr and done.stdout == ""


def test_entries_come_the_newest_first_however_long_the_record_is(home):
    lines = written(home, *(f"query {number} {'long ' * (number % 7) * 40}" for number in range(700)))
    assert sum(map(len, lines)) > 4 * access._READ
    assert [one["entry"] for one in access.entries(home, None)] == list(range(700, 0, -1))
    with (home / "access.log").open("ab") as record:
        record.write(b'{"entry": 701, "not": "to its end')
    assert next(access.entries(home, None))["entry"] == 700

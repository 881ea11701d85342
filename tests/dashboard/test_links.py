"""Who is who: doubtful pairs are shown without a name, and decided on by those who may, once and for all to see."""

import datetime as dt
import re
from html import unescape

import duckdb
import pytest

from decisions.store import Decision, Store, in_force
from edition.folder import threshold_file
from tests.dashboard import invented
from tests.dashboard.conftest import body, granted, lists, notice, uses, words

A, B, C, D, E, F = invented.TOKENS
FIRST, SECOND, THIRD, GONE = f"{A}-{B}", f"{B}-{C}", f"{A}-{C}", f"{E}-{F}"
STEWARD = "Invented Data Steward"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home of its own, in which nobody signs in."""
    monkeypatch.delenv("GATEHOUSE_DECISIONS_URL", raising=False)
    invented.publish(tmp_path)
    return tmp_path


@pytest.fixture
def as_steward(opened):
    """Open the page as opened(home, **query), as somebody who may decide."""

    def open_page(home, **query):
        app = opened(home, "links", **query)
        return app.selectbox(key="look_as").set_value("data_steward").run()

    return open_page


def made(home, left, right, answer, note="Looked both up", at=dt.datetime(2026, 11, 22, 14, 5)):
    return Store(home).decide(Decision(0, left, right, answer, note, "invented.reviewer", at, dt.date(2023, 6, 30), "invented-1"))


def decide(app, answer, note=""):
    app.radio[0].set_value(answer)
    app.text_area[0].set_value(note)
    return next(one for one in app.button if one.label == "Decide").click().run()


def table(app, caption) -> list[list[str]]:
    """The cells of the rows of the table whose caption begins so."""
    (found,) = re.findall(rf"<caption>{caption}.*?</table>", body(app))
    rows = re.findall(r"<tr.*?</tr>", found.split("<tbody>")[1])
    return [[unescape(re.sub(r"<[^>]+>", "", cell)) for cell in re.findall(r"<t[hd].*?</t[hd]>", row)] for row in rows]


def test_pairs_wait_in_the_order_of_what_hangs_on_them_and_the_first_is_open(opened, home):
    app = opened(home, "links")
    said = words(app)
    assert "4 pairs of records wait for a decision; £1,311 of claims hang on the first." in said
    listed = lists(app)["Pair"]
    assert [row["Pair"] for row in listed] == [1, 2, 3, 4] and listed[0]["Records of"] == "Prison and Probation" and listed[0]["Match weight"] == 11.4 and listed[0]["Claims"] == 1310.5
    assert "Pair 1. Prison and Probation" in said and "9 outcomes hang on it" in said
    assert table(app, "What agrees")[:2] == [["Name", "Agrees"], ["Birth date", "Agrees partly"]]
    assert [row[:4] for row in table(app, "Where to look")] == [
        ["Prison", "nomis/2023-06-15", "INVENTED.csv", "1,201"],
        ["Probation", "ndelius/2023-06-15", "INVENTED.csv", "1,201"],
    ]
    assert [row[:2] for row in table(app, "Releases of either")] == [
        ["1 July 2022", "Invented Moorland"],
        ["1 February 2022", "Invented Brixton"],
    ]
    assert "Nobody has decided on this pair yet" in said and "Rows about people, without their names" in said


def test_a_link_opens_its_pair_whatever_the_list_shows(opened, home):
    app = opened(home, "links", pair=GONE, show="decided")
    assert (
        "Pair 5. Birch and Bramble" in words(app) and "No longer delivered" in words(app) and "They are no longer compared." in words(app)
    )
    assert {row[1] for row in table(app, "What agrees")} == {"Not compared"}
    assert "This edition counts a decision, the same person, which the store does not hold." in words(app)


def test_whoever_looks_waits_for_nobody_who_is_deciding(opened, home):
    made(home, A, B, "same")
    with Store(home).alone():
        app = opened(home, "links", pair=FIRST, show="decided")
    assert [row[1] for row in table(app, "The newest is in force")] == ["The same person"]


def test_a_decision_is_kept_and_the_next_pair_opens(as_steward, home):
    app = decide(as_steward(home, pair=FIRST), "same", "  Looked both up  ")
    (kept,) = Store(home).all()
    assert (kept.pair, kept.decision, kept.note, kept.decided_by) == ((A, B), "same", "Looked both up", STEWARD)
    assert (kept.as_of, kept.edition_id) == (dt.date(2023, 6, 30), "invented-1")
    assert notice(app) == "Decision 1 on the pair before is kept: the same person. It counts from the next refresh."
    assert "3 pairs of records wait" in words(app) and "Pair 2. Probation and Aster" in words(app)
    # It can be read and taken back.
    app = as_steward(home, pair=FIRST, show="decided")
    assert [row[:4] for row in table(app, "The newest is in force")] == [["1", "The same person", "Looked both up", STEWARD]]
    decide(app, "unsure")
    assert [one.decision for one in in_force(Store(home).all()).values()] == ["unsure"]


@pytest.mark.parametrize(
    ("answer", "note", "said"), [("different", " ", "say in a note why"), (None, "Why", "Choose one of the three answers")]
)
def test_what_is_lacking_is_asked_for_and_nothing_is_kept(as_steward, home, answer, note, said):
    app = decide(as_steward(home), answer, note)
    assert said in notice(app)
    assert Store(home).all() == [] and app.text_area[0].value == note


def test_a_contradiction_is_refused_and_shown_with_all_that_speaks_against_it(as_steward, home):
    made(home, A, B, "same", note="First <b>note</b>")
    made(home, B, C, "same", note="Second note")
    app = decide(as_steward(home, pair=THIRD), "different", "I think so")
    assert notice(app).startswith("Refused: “two people” contradicts what is in force")
    assert [row[:4] for row in table(app, "In force, and together")] == [
        ["1", "The same person", "First <b>note</b>", "invented.reviewer"],
        ["2", "The same person", "Second note", "invented.reviewer"],
    ]
    assert "<b>note" not in body(app) and f"pair={FIRST}" in body(app) and f"pair={SECOND}" in body(app)
    assert len(Store(home).all()) == 2


def test_whether_the_edition_counts_a_decision_is_told(opened, home):
    made(home, E, F, "same")
    assert 'data-counted="yes"' in body(opened(home, "links", pair=GONE, show="all"))
    made(home, E, F, "unsure", at=dt.datetime(2026, 11, 23, 9, 0))
    assert 'data-counted="no"' in body(opened(home, "links", pair=GONE, show="decided"))


def read_only(app) -> str:
    assert 'data-decide="no"' in body(app) and not app.radio
    assert not [one for one in app.button if one.label not in ("Sign out", "End this task")]
    return words(app)


def test_who_may_not_decide_reads_only(opened, home):
    assert "Invented Auditor may read this page and not decide: who is who is decided by a data steward." in read_only(opened(home, "links"))


@pytest.mark.parametrize(("who", "may"), [("invented.steward@example.org", True), ("invented.auditor@example.org", False)])
def test_where_people_sign_in_it_is_who_signed_in_that_decides_for_a_purpose(opened, home, monkeypatch, who, may):
    granted(home, "invented.steward@example.org", "data_steward")
    granted(home, "invented.auditor@example.org", "auditor")
    monkeypatch.setattr("dashboard.parts.visitor.is_demonstration", lambda: False)
    monkeypatch.setattr("dashboard.parts.visitor.person", lambda now: who)
    app = opened(home, "links", pair=FIRST)
    assert "say first what they are read for" in words(app) and "Pair 1" not in words(app)
    app.selectbox(key="task_kind").set_value("Deciding who is who")
    app = next(one for one in app.button if one.label == "Begin this task").click().run()
    if not may:
        read_only(app)
        return
    decide(app, "unsure")
    assert [one.decided_by for one in Store(home).all()] == [who]
    assert {one["purpose"] for one in uses(home) if "rows" in one} == {"Deciding who is who"}


def test_a_decision_is_in_the_access_record_before_it_is_kept_and_not_kept_where_it_cannot_be(as_steward, home):
    decide(as_steward(home, pair=FIRST), "same", "Looked both up")
    (entry,) = [one for one in uses(home) if "decision" in one]
    assert entry["user"] == STEWARD and entry["decision"] == {"number": 1, "pair": FIRST, "answer": "same"}
    head = (home / "access.head").read_text()
    app = as_steward(home, pair=SECOND)
    (home / "access.head").write_text("9 " + "0" * 64)
    assert not [one for one in decide(app, "different", "Looked both up").get("html") if "is kept" in one.value]
    assert len(Store(home).all()) == 1
    (home / "access.head").write_text(head)


def test_a_store_that_does_not_answer_leaves_the_page_readable(opened, home, monkeypatch):
    monkeypatch.setenv("GATEHOUSE_DECISIONS_URL", "postgresql+psycopg://invented_user:invented_secret@127.0.0.1:1/invented_name")
    app = opened(home, "links")
    assert "Decisions cannot be read or made" in words(app) and "invented_secret" not in words(app)
    assert "4 pairs of records wait" in words(app) and not app.radio


def test_looking_makes_no_store(opened, home):
    opened(home, "links")
    assert not (home / "decisions.sqlite").exists()


def test_without_a_doubtful_pair_the_page_says_so(opened, home, monkeypatch):
    none = invented._links().iloc[:0]
    monkeypatch.setattr(invented, "_links", lambda: none)
    invented.publish(home)
    app = opened(home, "links")
    assert "No link between records is doubtful, and none was decided on." in words(app) and not app.radio


def test_each_world_has_its_own_decisions(as_steward, home):
    invented.publish(home / "inspection")
    decide(as_steward(home, world="inspection"), "unsure")
    assert len(Store(home / "inspection").all()) == 1 and not (home / "decisions.sqlite").exists()


def test_rates_at_three_thresholds_are_shown_with_how_far_they_lie_apart(opened, home):
    columns = (
        "measure_id, period_grain, period_start, geography_kind, geography_id, strict, default_, loose, of_strict, of_default, of_loose"
    )
    rows = "('M50', 'year', date '2021-04-01', 'nation', 'EW', 22, 36, 47, 30, 44, 55), ('M50', 'year', date '2022-04-01', 'nation', 'EW', 1, 1, 1, 1, 1, 1), ('M50', 'month', date '2021-05-01', 'nation', 'EW', 2, 3, 4, 5, 6, 7), ('M50', 'year', date '2021-04-01', 'region', 'N07', 1, 2, null, 20, 20, 0)"
    shown = ", ".join(
        f"{own} as numerator_{name}, of_{name} as denominator_{name}, {own} / nullif(of_{name}, 0) as value_{name}"
        for name, own in (("strict", "strict"), ("default", "default_"), ("loose", "loose"))
    )
    made = threshold_file(home, "invented-1")
    made.parent.mkdir()
    duckdb.sql(
        f"copy (select * exclude (strict, default_, loose, of_strict, of_default, of_loose), {shown} from (values {rows}) as t({columns})) to '{made}'"
    )
    nation, region = (opened(home, "links", at=at) for at in ("nation", "region:N07"))
    assert table(nation, "England and Wales, Apr 2021 to Mar 2022") == [
        ["Housed on the first night", "73.3% (22 of 30)", "81.8% (36 of 44)", "85.5% (47 of 55)", "12.1 points"]
    ]
    assert [row[1:] for row in table(region, "London")] == [["5.0% (1 of 20)", "10.0% (2 of 20)", "[x]", "5.0 points"]]


def test_who_became_whom_is_told_by_refresh_with_the_reason(opened, home):
    assert table(opened(home, "links"), "People by what became of them") == [
        ["31 May 2023 to 30 June 2023", "Parted", "A decision", "1", "4"],
        ["31 May 2023 to 30 June 2023", "The same, under another id", "What was delivered", "1", "2"],
    ]

"""Three deliveries into one home. Each figure that changed says why, what was not touched did not change, and an earlier as-of
day is still what was published on it.

Every cause has a month of releases to itself: March 2022 a record that comes late, April a correction, May a person who is joined
with their probation record, February two people who had been taken for one, November 2021 a recall that is taken back, December
2021 one that comes late, March 2023 releases that were not yet due, December 2022 somebody recalled since, one recalled too shortly
before and one who has come back since.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from types import SimpleNamespace

import duckdb
import pytest

from edition.access import NotRecorded, Use
from edition.folder import MANIFEST, edition, revision_file, revisions
from edition.rights import the_product
from orchestration.publishing import revision
from tests.conftest import NOW
from tests.small_world.answers import gatehouse, refresh
from tests.small_world.builder import World
from tests.small_world.conftest import furnish

# Three refreshes of one home and more: too long for the fast tests.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(2400)]

FIRST, SECOND, THIRD = "2023-03-31", "2023-04-30", "2023-05-31"
LIMITS = {"revision_points": 0.01, "revision_count_share": 0.05}


def recorded(home, after, current):
    made = edition(home, after)
    return revision.record(made, current, LIMITS, home, Use(made, NOW, the_product("tests"), "refresh: test"))


def entry(edition):
    """Rows of the register entry of one edition as dicts."""
    (path,) = edition.files("revision", "restricted")
    rows = duckdb.sql(f"select * from read_parquet('{path}') order by all")
    return [dict(zip(rows.columns, row, strict=True)) for row in rows.fetchall()]


def figure(rows, measure, start, grain="month", kind="nation"):
    found = [
        r
        for r in rows
        if (r["measure_id"], str(r["period_start"]), r["period_grain"], r["geography_kind"]) == (measure, start, grain, kind)
    ]
    return found[0] if found else None


def counts(row):
    return tuple(row[c] for c in ("numerator_before", "denominator_before", "numerator", "denominator"))


def causes(rows, start):
    return {r["main_cause"] for r in rows if str(r["period_start"]) == start and r["period_grain"] == "month"}


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    base, w, s = tmp_path_factory.mktemp("revision"), World(), SimpleNamespace()
    s.landing, s.home = base / "landing", base / "home"
    furnish(w)

    def released(day0, **more):
        p = w.released(day0=day0)
        if more:
            p.address(-1, **more)
        return p

    for month in ("2022-03", "2022-04", "2022-05", "2022-02"):
        for n in range(1, 9):
            released(f"{month}-{n:02d}", kind="A07B")
    late = released("2022-03-20")
    corrected = released("2022-04-20")
    address = corrected.address(-1, "A07B")
    apart = released("2022-05-20", kind="A07B")
    s.touched, s.corrected = (late, corrected, apart), address
    number, apart.probation["NOMS_NUMBER"] = apart.probation["NOMS_NUMBER"], "A9999XX"
    s.one, s.other = released("2022-02-20", kind="A07B"), released("2022-02-25", kind="A08A")
    s.other.offender["ROOT_OFFENDER_ID"] = s.one.root
    s.other.booking["ROOT_OFFENDER_ID"] = s.one.root
    for month in ("2021-11", "2021-12"):
        for n in range(1, 9):
            released(f"{month}-{n:02d}", kind="A07B")
    no_recall, recalled_late = (released(f"2021-{month}-20", kind="A07B") for month in ("11", "12"))
    taken_back = no_recall.recall(10)
    released("2021-11-21", kind="A07B").recall(12)
    released("2021-12-21", kind="A07B").recall(12)
    s.touched += (no_recall, recalled_late)
    came_back, recalled_since, too_young = (released(f"2022-12-{n:02d}") for n in (5, 6, 7))
    came_back.recall("2023-01-10")
    too_young.recall("2023-03-25")
    released("2023-03-05", kind="A07B")
    released("2023-03-25", kind="A08A")
    w.write(s.landing, FIRST)
    s.first = refresh(s.landing, s.home)
    s.entries_after_first = revisions(s.home)

    came_late = late.address(-1, "A07B", updated="2023-04-10", created="2023-04-10")
    address.update(ADDRESS_TYPE_ID=w.reference("ADDRESS TYPE", "A08A"), LAST_UPDATED_DATETIME="2023-04-10 10:00:00")
    apart.probation.update(NOMS_NUMBER=number, LAST_UPDATED_DATETIME="2023-04-10 10:00:00")
    s.other.offender["ROOT_OFFENDER_ID"] = s.other.root
    s.other.booking["ROOT_OFFENDER_ID"] = s.other.root
    taken_back["SOFT_DELETED"] = 1
    recalled_late.recall(10)
    came_back.admit("2023-04-02", "L")
    recalled_since.recall("2023-03-25")
    w.write(s.landing, SECOND)
    s.second = refresh(s.landing, s.home)
    s.to_second = entry(s.second.edition)

    came_late.update(ADDRESS_TYPE_ID=w.reference("ADDRESS TYPE", "A08A"), LAST_UPDATED_DATETIME="2023-05-10 10:00:00")
    w.write(s.landing, THIRD, kind="changes", rows={("ndelius", "OFFENDER_ADDRESS"): [came_late]})
    s.third = refresh(s.landing, s.home)
    s.to_third, s.world = entry(s.third.edition), w
    return s


def test_a_first_edition_revises_nothing(story):
    assert story.entries_after_first == []


def test_a_record_that_came_late(story):
    row = figure(story.to_second, "M51", "2022-03-01")
    assert counts(row) == (8, 8, 9, 9)
    assert (row["releases_late"], row["main_cause"], row["is_announced"]) == (1, "late", True)
    assert (row["vintage_before"], row["vintage"], row["status"]) == (dt.date(2023, 3, 31), dt.date(2023, 4, 30), "final")
    assert causes(story.to_second, "2022-03-01") == {"late"}


def test_a_record_that_was_corrected(story):
    row = figure(story.to_second, "M51", "2022-04-01", kind="region")
    assert (*counts(row), row["geography_id"]) == (9, 9, 8, 9, "N07")
    assert causes(story.to_second, "2022-04-01") == {"corrected"}


@pytest.mark.parametrize(("month", "recalls", "cause"), [("2021-11-01", (2, 1), "corrected"), ("2021-12-01", (1, 2), "late")])
def test_a_recall_taken_back_is_a_correction_and_a_new_one_of_an_old_release_is_late(story, month, recalls, cause):
    """In whatever it changes: what is counted of recalls, of releases, and of homes while the person was out of scope."""
    before, now = recalls
    assert counts(figure(story.to_second, "M76_at_large", month)) == (before, before, now, now)
    assert counts(figure(story.to_second, "M77", month))[1::2] == recalls
    assert counts(figure(story.to_second, "M53", month)) == (10 - before, 10 - before, 10 - now, 10 - now)
    assert causes(story.to_second, month) == {cause}
    assert {r["is_announced"] for r in story.to_second if str(r["period_start"]) == month and r["period_grain"] == "month"} == {True}


def test_a_recall_or_a_return_since_is_no_revision(story):
    assert counts(figure(story.to_second, "M76_at_large", "2022-12-01")) == (1, 1, 2, 3)
    assert causes(story.to_second, "2022-12-01") == {"matured"}


def test_a_correction_tells_what_was_published_first(story):
    row = figure(story.to_third, "M51", "2022-03-01")
    assert counts(row) == (9, 9, 8, 9)
    assert (row["first_value"], row["first_vintage"], row["main_cause"]) == (1.0, dt.date(2023, 3, 31), "corrected")
    assert {str(r["period_start"])[:7] for r in story.to_third if r["period_grain"] == "month"} == {"2022-03"}


def test_a_person_who_was_joined_with_their_probation_record(story):
    assert counts(figure(story.to_second, "M51", "2022-05-01")) == (8, 8, 9, 9)
    assert causes(story.to_second, "2022-05-01") == {"linkage"}


def test_two_people_who_had_been_taken_for_one_are_parted_and_nobody_else_is_touched(story):
    before, now = ({r["release_id"]: r["person_id"] for r in a.table("fct_release")} for a in (story.first, story.second))
    one, other = (story.second.release(p)["release_id"] for p in (story.one, story.other))
    assert before[one] == before[other] == now[one] != now[other]
    assert {r for r in before if before[r] != now[r]} == {other} and set(before) == set(now)
    assert causes(story.to_second, "2022-02-01") == {"linkage"}
    statuses = [
        {(r["release_id"], r["domain"], r["day"]): (r["official_class"], r["state_reason"]) for r in a.table("fct_release_status")
         if r["state"] != "not_yet_due"}
        for a in (story.first, story.second)
    ]  # fmt: skip
    touched = {key[0] for key in statuses[0].keys() & statuses[1].keys() if statuses[0][key] != statuses[1][key]}
    assert touched - {one, other} == {story.second.release(p)["release_id"] for p in story.touched}


def test_a_figure_that_was_still_filling_has_matured_and_is_no_revision(story):
    row = figure(story.to_second, "M51", "2023-03-01")
    assert (*counts(row), row["releases_due"], row["main_cause"], row["is_announced"]) == (1, 1, 1, 2, 1, "matured", False)


def test_nothing_but_the_months_that_were_touched_is_in_the_register(story):
    assert {str(r["period_start"])[:7] for r in story.to_second if r["period_grain"] == "month" and r["main_cause"] != "matured"} == {
        "2022-03", "2022-04", "2022-05", "2022-02", "2021-11", "2021-12",
    }  # fmt: skip


def test_another_rule_is_told_from_other_data(story, tmp_path):
    """An edition of the same deliveries and other code, in which the homeless of M51 count as settled."""
    before = story.third.edition.edition_id
    after = before[:10] + "-ffffffffff"
    for edition_id in (before, after):
        shutil.copytree(story.third.edition.folder, tmp_path / "published" / edition_id)
    manifest = edition(tmp_path, after).folder / MANIFEST
    manifest.write_text(manifest.read_text().replace(before, after).replace('"code_version": "', '"code_version": "other'))
    for table, change in {
        "fct_measure_person": "replace(in_numerator or (measure_id = 'M51' and in_denominator) as in_numerator)",
        "fct_measure_result": "replace(case when measure_id = 'M51' then denominator else numerator end as numerator)",
    }.items():
        of, to = (edition(tmp_path, one).files(table, "restricted")[0] for one in (before, after))
        to.unlink()
        duckdb.sql(f"copy (select * {change} from read_parquet('{of}')) to '{to}' (format parquet)")
    assert recorded(tmp_path, after, before) > 0
    assert {(r["measure_id"], r["main_cause"]) for r in entry(edition(tmp_path, after))} == {("M51", "rule")}


def test_the_register_is_restricted_and_listed_by_status(story):
    listed = json.loads(gatehouse("status", "--home", story.home, "--json").stdout)["revisions"]
    chain = [a.edition.edition_id for a in (story.first, story.second, story.third)]
    assert [(r["before"], r["after"]) for r in listed] == list(zip(chain, chain[1:], strict=False))
    assert all(r["figures"] >= r["revised"] >= r["announced"] > 0 for r in listed)
    folder = revision_file(story.home, *chain[:2]).parent
    assert folder.stat().st_mode & 0o777 == 0o700 and {p.stat().st_mode & 0o777 for p in folder.iterdir()} == {0o600}


def test_a_pair_is_compared_again_with_the_same_rows(story, tmp_path):
    first, second = (a.edition.edition_id for a in (story.first, story.second))
    for a in (story.first, story.second):
        shutil.copytree(a.edition.folder, tmp_path / "published" / a.edition.edition_id)
    recorded(tmp_path, second, None)
    assert revision_file(tmp_path, first, second).read_bytes() == revision_file(story.home, first, second).read_bytes()
    assert recorded(tmp_path, first, second) is None


def test_working_out_what_changed_is_a_use_of_restricted_rows_and_stands_in_the_record(story, tmp_path):
    first, second = (a.edition.edition_id for a in (story.first, story.second))
    for a in (story.first, story.second):
        shutil.copytree(a.edition.folder, tmp_path / "published" / a.edition.edition_id)
    (tmp_path / "access.log").mkdir()
    with pytest.raises(NotRecorded):
        recorded(tmp_path, second, None)
    assert revisions(tmp_path) == []
    written = [json.loads(line) for line in (story.home / "access.log").read_text().splitlines()]
    assert [line["edition_id"] for line in written if line["purpose"].startswith("refresh: ")][:1] == [second]


@pytest.mark.parametrize(("as_of", "then"), [(FIRST, "first"), ("2023-04-29", "first"), (SECOND, "second")])
def test_an_earlier_as_of_day_is_what_was_published_on_it(story, as_of, then):
    """With every later delivery there. Only the days between two deliveries have a name of their own."""
    was = getattr(story, then)
    again = refresh(story.landing, story.home, "--as-of", as_of)
    if as_of in (FIRST, SECOND):
        assert again.edition == was.edition
    for table in ("fct_release", "fct_release_status", "fct_recall", "fct_claim", "fct_evidence", "fct_finding"):
        assert again.table(table) == was.table(table), table


def test_a_full_delivery_then_changes_is_what_one_full_delivery_is(story, tmp_path):
    w, parts = story.world, tmp_path / "parts"
    shutil.copytree(story.landing, parts, ignore=shutil.ignore_patterns(THIRD))
    w.drop(story.corrected)
    w.write(
        parts,
        THIRD,
        kind="changes",
        rows=w.rows,
        deleted={"ndelius": {"OFFENDER_ADDRESS": [[str(story.corrected["OFFENDER_ADDRESS_ID"])]]}},
    )
    w.write(tmp_path / "whole", THIRD)
    answers = []
    for landing in (parts, tmp_path / "whole"):
        home = tmp_path / f"home_{landing.name}"
        home.mkdir()
        shutil.copy(story.home / "identity.key", home)
        answers.append(refresh(landing, home))
    for table in ("fct_release", "fct_release_status", "fct_recall", "fct_claim", "fct_evidence", "fct_measure_result"):
        assert answers[0].table(table) == answers[1].table(table), table

"""Several deliveries of one world: the newest version counts, what is gone is closed, and an earlier as-of shows what was there then.

Three deliveries: full on 31 March 2023 (without circumstances, recalls and checklists), full on 30 June (without the prison's
addresses), and on 31 July only changes to probation addresses.
"""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from decisions.store import Store
from tests.decisions.conftest import decision

from .answers import day, gatehouse, refresh
from .builder import World
from .conftest import furnish

FIRST, SECOND, THIRD = "2023-03-31", "2023-06-30", "2023-07-31"
NOT_YET = ("PERSONAL_CIRCUMSTANCE", "RECALL", "RELEASE_CHECKLIST")


def person_with(w, *args, **more):
    p = w.released()
    return p, p.address(*args, **more)


def decide(home: Path, as_of: dt.date) -> tuple[str, str]:
    """Two records of the edition are said to be different people; so are, for another day, records of another home."""
    with duckdb.connect(str(home / "work" / "warehouse.duckdb"), read_only=True) as con:
        tokens = con.execute("select record_token from linkage.record_token order by record_id limit 2").fetchall()
    left, right = sorted(token for (token,) in tokens)
    store = Store(home)
    store.decide(replace(decision("a", "b", "different", as_of), left_record=left, right_record=right))
    # As on an edition of a later day, whose deliveries were withdrawn since; and on records of another home.
    store.decide(decision("c", "d", "same", as_of + dt.timedelta(days=40)))
    store.decide(decision("a", "b", "same", as_of))
    return left, right


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    base, w = tmp_path_factory.mktemp("deliveries"), World()
    landing, s = base / "landing", SimpleNamespace()
    furnish(w)
    s.updated, updated = person_with(w, -1, "A08A")
    s.stale_copy, stale_copy = person_with(w, -1, "A07B", updated=40)
    s.gone, gone = person_with(w, -1, "A07B")
    s.soft, soft = person_with(w, -1, "A07B")
    s.stays, _ = person_with(w, -1, "A07B")
    s.deleted, deleted = person_with(w, -1, "A07B")
    s.replaced, replaced = person_with(w, -1, "A08A")
    s.orphan, _ = person_with(w, -1, "A07B")
    s.unparented = w.released()
    s.unparented.recall(20)
    s.prison_address = w.released()
    s.prison_address.prison_address(-1, "DPH")
    s.same_key = w.released()
    s.same_key.address(-1, "A08A", updated=-1)
    twin = dict(s.same_key.address(-1, "A07B", updated=-1))
    twin_of = w.rows["ndelius", "OFFENDER_ADDRESS"][-2]
    w.rows["ndelius", "OFFENDER_ADDRESS"][-1].update(twin, OFFENDER_ADDRESS_ID=twin_of["OFFENDER_ADDRESS_ID"])
    s.version = w.released(ethnicity="B1")
    w.row("ndelius", "OFFENDER", **(dict(s.version.probation) | {"ROW_VERSION": 0, "ETHNICITY_ID": w.reference("ETHNICITY", "A1")}))
    s.late = w.released()  # what is recorded late counts when it comes
    w.row("contracts", "INVOICE", invoice_ref="INV-X", contract_id="CTR-MADEUP", period="2022-02", issued_on="2022-03-01", total="20.00")
    s.billed = w.released()
    s.kept, s.closed = (s.billed.claim(-10, "MADEUP-ACC", amount="10.00", invoice_ref="INV-X") for _ in range(2))
    w.payment("100.00", invoice="INV-X")
    s.nameless = w.released()
    s.nameless_claim = s.nameless.claim(-10, "MADEUP-ACC")
    s.money = w.released()
    s.money_claim = s.money.claim(-10, "MADEUP-FIN")
    s.money.checklist(7, photo="Y")
    s.worker = w.released()
    s.worker.employment(-1)
    s.twice = w.released()
    s.twice.recall(returned=65, fixed_term=14)
    s.twice.release(79, "PD")
    term = w.rows["nomis", "OFFENDER_FIXED_TERM_RECALLS"][-1]
    # Two of one name whom prison has merged, until it saw that they are two. The case is the other's.
    s.merged, s.unmerged = w.released(probation=False), w.released(probation=False)
    prisoner, booking, number = s.unmerged.offender, s.unmerged.booking, s.merged.noms
    prisoner |= {"FIRST_NAME": s.merged.first, "LAST_NAME": s.merged.last}
    s.unmerged.address(-9, "A07B", record=s.unmerged.on_probation(first=s.merged.first, last=s.merged.last))
    merged = w.row(
        "nomis", "OFFENDER_IDENTIFIERS", OFFENDER_ID=s.merged.root, OFFENDER_ID_SEQ=1, IDENTIFIER_TYPE="MERGED", IDENTIFIER=s.unmerged.noms
    )
    apart = {"ROOT_OFFENDER_ID": s.unmerged.root, "OFFENDER_ID_DISPLAY": s.unmerged.noms}
    prisoner |= {"ROOT_OFFENDER_ID": s.merged.root, "OFFENDER_ID_DISPLAY": number}
    booking |= {"ROOT_OFFENDER_ID": s.merged.root}
    # Two more, by the identifier alone.
    s.called, s.uncalled = w.released(probation=False), w.released(probation=False, born=dt.date(1981, 2, 4))
    s.uncalled.address(-9, "A07B", record=s.uncalled.on_probation())
    called = w.row(
        "nomis", "OFFENDER_IDENTIFIERS", OFFENDER_ID=s.called.root, OFFENDER_ID_SEQ=1, IDENTIFIER_TYPE="MERGED", IDENTIFIER=s.uncalled.noms
    )
    w.write(landing, FIRST, without=NOT_YET)
    w.drop(merged)
    w.drop(called)
    prisoner |= apart
    booking |= {"ROOT_OFFENDER_ID": s.unmerged.root}

    s.twice.recall(returned=200)
    term.update(RETURN_TO_CUSTODY_DATE=s.twice.on(200), RECALL_LENGTH=28)
    updated.update(ADDRESS_TYPE_ID=w.reference("ADDRESS TYPE", "A07B"), LAST_UPDATED_DATETIME="2023-04-02 10:00:00")
    stale_copy.update(ADDRESS_TYPE_ID=w.reference("ADDRESS TYPE", "A08A"), LAST_UPDATED_DATETIME=s.stale_copy.at(30))
    soft.update(SOFT_DELETED=1, LAST_UPDATED_DATETIME="2023-04-02 10:00:00")
    for row in (gone, s.orphan.probation, s.unparented.sentence["disposal"], s.closed, s.nameless.provider_row):
        w.drop(row)
    s.late.address(-1, "A07B", updated="2023-05-05", created="2023-05-05")
    for row in w.rows["contracts", "TASK"]:
        row["from_date"] = "01 Jan 2010"
    s.edges = {}
    for on in ("2023-03-17", "2023-03-18", "2023-06-16", "2023-06-17"):
        s.edges[on] = w.released(day0=on)
        s.edges[on].address(-1, "A07B")
        s.edges[on].employment(-1)
    w.write(landing, SECOND, without=("ADDRESSES",))

    replaced.update(ADDRESS_TYPE_ID=w.reference("ADDRESS TYPE", "A07B"), LAST_UPDATED_DATETIME="2023-07-02 10:00:00")
    w.write(landing, THIRD, kind="changes", rows={("ndelius", "OFFENDER_ADDRESS"): [replaced]},
            deleted={"ndelius": {"OFFENDER_ADDRESS": [[str(deleted["OFFENDER_ADDRESS_ID"])]]}})  # fmt: skip
    s.landing, s.base = landing, base
    s.then = refresh(landing, base / "home", "--as-of", FIRST)
    s.decided = decide(base / "home", dt.date.fromisoformat(THIRD))
    s.now = refresh(landing, base / "home")
    return s


def both(s, p, on=0):
    return s.then.status(p, on), s.now.status(p, on)


def test_the_version_recorded_last_wins_and_an_earlier_as_of_shows_the_one_before(story):
    assert both(story, story.updated) == ("homeless_rough", "settled")
    assert both(story, story.replaced) == ("homeless_rough", "settled")


def test_an_older_copy_delivered_later_does_not_win(story):
    assert both(story, story.stale_copy) == ("settled", "settled")


def test_a_row_missing_from_a_full_delivery_or_soft_deleted_is_out(story):
    assert both(story, story.gone) == ("settled", "unknown: no_record")
    assert both(story, story.soft) == ("settled", "unknown: no_record")


def test_a_delivery_of_changes_deletes_only_what_it_names(story):
    assert both(story, story.deleted) == ("settled", "unknown: no_record")
    assert both(story, story.stays) == ("settled", "settled")


def test_what_hangs_on_a_closed_parent_is_out(story):
    assert both(story, story.orphan) == ("settled", "unknown: not_linked")
    assert story.now.recall(story.unparented) is None
    assert story.now.release(story.unparented) is not None


def test_a_fixed_term_that_was_overwritten_is_still_the_type_of_its_own_recall(story):
    assert [story.now.recall(story.twice, of)["recall_type"] for of in (0, 79)] == ["fixed_term_14", "fixed_term_28"]


def test_a_table_absent_from_a_full_delivery_keeps_its_rows(story):
    assert both(story, story.prison_address) == ("settled", "settled")


def test_numbers_merged_by_mistake_part_again_with_all_that_hangs_on_them_and_the_history_says_so(story):
    then, now = ([a.release(p)["person_id"] for p in (story.merged, story.unmerged)] for a in (story.then, story.now))
    assert then[0] == then[1] and both(story, story.merged) == ("settled", "unknown: not_linked")
    assert now[0] != now[1] and both(story, story.unmerged) == ("settled", "settled")
    changes = [c for c in story.now.table("fct_person_change") if c["person_id_before"] == then[0]]
    assert [(c["change"], c["cause"], c["person_id"]) for c in changes] == [("parted", "delivery", now[1])]


def test_a_number_is_merged_as_long_as_the_identifier_is_delivered(story):
    then, now = ([a.release(p)["person_id"] for p in (story.called, story.uncalled)] for a in (story.then, story.now))
    assert then[0] == then[1] and both(story, story.called) == ("settled", "unknown: not_linked")
    assert now[0] == then[0] != now[1] and both(story, story.uncalled) == ("settled", "settled")
    changes = [c for c in story.now.table("fct_person_change") if c["person_id_before"] == then[0]]
    assert [(c["change"], c["cause"], c["person_id"]) for c in changes] == [("parted", "delivery", now[1])]


def test_of_two_rows_with_one_key_in_one_file_the_last_counts_whatever_its_version(story):
    assert story.now.status(story.same_key, 0) == "settled"
    assert story.now.release(story.version)["ethnicity"] == "Asian"


def test_a_late_record_counts_when_it_comes(story):
    assert both(story, story.late) == ("unknown: no_record", "settled")


def test_a_table_never_delivered_makes_its_answers_unknown_and_nothing_else(story):
    assert story.then.work(story.worker, 0) == "unknown: table_missing"
    assert story.now.work(story.worker, 0) == "employed"
    assert story.then.work(story.orphan, 42) == "unknown: table_missing"
    cells = [a.claim(story.money_claim)["outcome_cell"] for a in (story.then, story.now)]
    assert cells == ["unknown", "achieved"]


def test_recall_rates_are_unknown_until_recalls_are_delivered(story):
    row = story.then.result("M70", "EW", "nation", start="2021-04-01")
    assert row is None or (row["denominator"] == 0 and row["unknown"] > 0)
    assert story.now.result("M70", "EW", "nation", start="2021-04-01")["denominator"] > 0


def test_each_domain_waits_for_its_slowest_table(story):
    housing = {on: story.now.status(p, 0) for on, p in story.edges.items()}
    work = {on: story.now.work(p, 0) for on, p in story.edges.items()}
    assert housing == {"2023-03-17": "settled", "2023-03-18": "not_yet_due", "2023-06-16": "not_yet_due", "2023-06-17": "not_yet_due"}
    assert work == {"2023-03-17": "employed", "2023-03-18": "employed", "2023-06-16": "employed", "2023-06-17": "not_yet_due"}


def test_a_closed_claim_leaves_its_share_to_the_rest_and_a_claim_without_its_person_stays(story):
    assert Decimal(str(story.then.claim(story.kept)["paid_amount"])) == Decimal("50.00")
    assert Decimal(str(story.now.claim(story.kept)["paid_amount"])) == Decimal("100.00")
    assert story.closed["claim_id"] not in {r["claim_id"] for r in story.now.table("fct_claim")}
    assert story.then.claim(story.nameless_claim)["person_id"] is not None
    assert (story.now.claim(story.nameless_claim)["person_id"], story.now.claim(story.nameless_claim)["outcome_cell"]) == (None, "unknown")


def test_a_list_of_tasks_sent_again_with_its_days_written_otherwise_leaves_the_terms_of_a_claim(story):
    for claims in (story.then, story.now):
        assert [claims.claim(story.money_claim)[column] for column in ("task_name", "domain")] == ["Invented MADEUP-FIN", "finance"]


def test_releases_in_a_later_delivery_are_hidden_by_the_as_of(story):
    assert all(story.then.release(p) is None for p in story.edges.values())
    assert max(day(r["release_date"]) for r in story.then.table("fct_release")) <= dt.date.fromisoformat(FIRST)
    assert {str(r["vintage"])[:10] for r in story.then.table("fct_measure_result")} == {FIRST}
    assert {str(r["vintage"])[:10] for r in story.now.table("fct_measure_result")} == {THIRD}


def test_nothing_was_refused_or_set_aside_but_keys_that_came_twice_and_a_person_can_ask_by_sql(story):
    for a in (story.then, story.now):
        set_aside = [r["reason"] for r in a.table("fct_quarantine")]
        assert {reason.split(":")[0] for reason in set_aside} == {"key_twice"}
        read, loaded = (sum(r[rows] for r in a.table("fct_row_account")) for rows in ("rows_read", "rows_loaded"))
        assert read - loaded == len(set_aside)
    asked = gatehouse("sql", "--home", story.base / "home", "SELECT count(*) AS n FROM fct_release")
    assert asked.returncode != 0, "a restricted table answered without a purpose"
    asked = gatehouse(
        "sql", "--home", story.base / "home", "--restricted", "--purpose", "checking", "SELECT count(*) AS n FROM fct_release"
    )
    assert asked.stdout.split() == ["n", str(len(story.now.table("fct_release")))]


@pytest.mark.slow
def test_a_second_refresh_of_the_same_deliveries_publishes_the_same_tables(story):
    again = refresh(story.landing, story.base / "home")
    for table in ("fct_release", "fct_release_status", "fct_recall", "fct_claim", "fct_measure_result", "fct_finding"):
        assert sorted(map(str, again.table(table))) == sorted(map(str, story.now.table(table))), table


def test_a_decision_goes_through_a_refresh_and_moves_no_day(story):
    manifest = story.now.edition.manifest
    assert manifest["as_of"] == THIRD and set(manifest["watermarks"].values()) <= {FIRST, SECOND, THIRD}
    decided = [r for r in story.now.table("fct_link_review") if r["decision"] is not None]
    assert [(r["left_record"], r["right_record"]) for r in decided] == [story.decided]
    (row,) = decided
    assert row["left_source"] is not None and row["left_person_id"] != row["right_person_id"] and row["rank"] is not None
    assert (row["decision"], row["decided_at"]) == ("different", dt.datetime(2026, 11, 22, 14, 5))

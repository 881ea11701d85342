"""What the generated nation promises, read back from the files it writes."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from worlds.nation import build_nation
from worlds.nation.world import World

RELEASES = 2000


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("nation") / "landing", seed=7, releases=RELEASES)
    build_nation(world)
    return world


def _hashes(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.rglob("*")) if p.is_file()}


def _share(world: World, condition: str, of: str, table: str) -> float:
    return world.con.execute(f"select count(*) filter (where {condition}) / count(*) from truth.{table} where {of}").fetchone()[0]


def test_the_same_seed_gives_the_same_bytes_whatever_the_number_of_threads(nation: World, tmp_path: Path) -> None:
    again = World(tmp_path / "landing", seed=7, releases=RELEASES)
    again.con.execute("set threads = 1")
    build_nation(again)
    assert _hashes(again.out) == _hashes(nation.out)
    assert _hashes(again.truth_folder) == _hashes(nation.truth_folder)


def test_another_seed_gives_another_nation(nation: World, tmp_path: Path) -> None:
    other = World(tmp_path / "landing", seed=8, releases=50)
    build_nation(other)
    name = "ndelius/2024-03-31/OFFENDER.csv"
    assert (other.out / name).read_bytes() != (nation.out / name).read_bytes()


def test_a_nation_can_be_put_into_a_folder_of_any_name(tmp_path: Path) -> None:
    build_nation(world := World(tmp_path / "the governor's" / "landing", seed=7, releases=20))
    assert list(world.out.glob("*/*/*.csv*")) and list(world.truth_folder.glob("*.parquet"))


def test_as_many_releases_as_asked_for_are_in_the_truth(nation: World) -> None:
    assert nation.con.execute("select count(*) from truth.fct_release").fetchone() == (RELEASES,)


def test_every_release_has_a_row_for_each_domain_and_day(nation: World) -> None:
    rows = nation.con.execute(
        "select count(*), count(distinct (book_id, movement_seq, domain, day)) from truth.fct_release_status"
    ).fetchone()
    assert rows == (12 * RELEASES, 12 * RELEASES)


@pytest.mark.parametrize(
    ("what", "condition", "of", "table", "low", "high"),
    [
        ("housed on the first night, of known (MoJ: 86%)", "official_class in ('settled', 'temporary')", "domain = 'accommodation' and day = 0 and state = 'observed'", "status", 0.83, 0.89),
        ("in work after six weeks, of known and available (MoJ: 19%)", "official_class = 'employed'", "domain = 'employment' and day = 42 and state = 'observed' and official_class <> 'not_available'", "status", 0.15, 0.25),
        ("in work after six months (MoJ: 31%)", "official_class = 'employed'", "domain = 'employment' and day = 182 and state = 'observed' and official_class <> 'not_available'", "status", 0.25, 0.39),
        ("women", "sex = 'Female'", "sex is not null", "release", 0.04, 0.10),
        ("white, of known (HMI Probation: 78%)", "ethnicity = 'White'", "ethnicity <> 'Not recorded'", "release", 0.67, 0.82),
        ("sentenced to less than twelve months", "sentence_band in ('under 6 months', '6 to under 12 months')", "true", "release", 0.30, 0.60),
    ],
)  # fmt: skip
def test_rates_look_like_the_published_ones(nation: World, what: str, condition: str, of: str, table: str, low: float, high: float) -> None:
    assert low < _share(nation, condition, of, table) < high, what


def test_three_in_ten_on_licence_are_recalled_within_nine_months(nation: World) -> None:
    """HMI Probation 2023: 28 of 94, and 11 of the 28 within 28 days."""
    within_nine_months, within_four_weeks = nation.con.execute(
        """
        select count(c.release_no) filter (where c.days_to_recall <= 274) / count(*), count(c.release_no) filter (where c.days_to_recall <= 28) / count(*)
        from truth.release as r left join truth.recall as c using (release_no)
        where r.is_on_licence and r.release_date < date '2023-09-01'
        """
    ).fetchone()
    assert 0.24 < within_nine_months < 0.37
    assert 0.09 < within_four_weeks < 0.21


def test_all_twelve_regions_and_both_contract_eras_appear(nation: World) -> None:
    regions = nation.con.execute(
        "select count(distinct supervising_region) filter (where supervising_region like 'N%'), "
        "bool_or(supervising_region like 'C%' and release_date < date '2021-06-26'), "
        "bool_or(supervising_region like 'C%' and release_date >= date '2021-07-26') from truth.release"
    ).fetchone()
    assert regions == (12, True, False)


def test_every_kind_of_exit_that_is_no_release_happens(tmp_path: Path, nation: World) -> None:
    reasons = {reason for (reason,) in nation.con.execute("select distinct reason from truth.fct_release_excluded").fetchall()}
    assert reasons >= {"rotl", "transfer", "died", "escape", "hospital", "removal", "immigration_detention", "merge", "unsentenced", "not_a_release",
                       "same_day_recall", "another_sentence", "same_day_duplicate"}  # fmt: skip


@pytest.mark.parametrize(
    ("what", "query"),
    [
        ("merged by an identifier alone", "select count(*) from truth.merged"),
        ("merged in a chain", "select count(*) from life.merge where older_book_no is not null"),
        ("taken for a stranger by mistake, and still", "select count(*) from truth.same"),
        ("taken for a stranger by mistake, and parted again", "select count(*) from record.nomis_identifier where _deleted_on <= date '2024-06-30'"),
        ("a movement stamped by the night run", "select count(*) from record.movement where cast(_stamp as date) > _day"),
        ("an address stamped by the night run", "select count(*) from record.delius_address where cast(_stamp as date) > _day"),
        ("a fixed term overwritten by another", "select count(*) from (select book_no from record.nomis_recall_term group by book_no having count(distinct returned_on) > 1)"),
        ("a release of two sentences", "select count(*) from (select release_no from truth.belonging group by release_no having count(distinct sentence_no) > 1)"),
        ("a recall on the other sentence", "select count(*) from truth.delius_recall as c join truth.delius_release as r using (release_row) where r.sentence_no in (select sentence_no from life.beside)"),
        ("a private record whose reference was shortened", "select count(*) from buy.client where is_shortened"),
        ("a reversal taken back", "select count(*) from buy.claim as c join buy.claim as r on r.claim_id = c.reverses_claim_id where r.reverses_claim_id is not null"),
        ("a reversal with the sign of a claim", "select count(*) from buy.claim where reverses_claim_id is not null and amount < 0 and billed_amount > 0"),
        ("supervised by an external provider", "select count(*) from truth.manager where area between 'N27' and 'N37'"),
        ("supervised by an external provider of an old division", "select count(*) from truth.manager where area between 'N22' and 'N26'"),
    ],
)  # fmt: skip
def test_what_systems_do_to_records_happens(nation: World, what: str, query: str) -> None:
    assert nation.con.execute(query).fetchone()[0] > 0, what


def test_few_releases_are_of_people_who_need_probabilistic_linkage(nation: World) -> None:
    share = nation.con.execute(
        "select count(*) / (select count(*) from truth.fct_release) from truth.fct_release where offender_id in (select offender_id from truth.needs_linkage)"
    ).fetchone()[0]
    assert 0 < share <= 0.02


def test_people_due_out_in_the_next_twelve_weeks_have_a_planned_date_and_are_in_custody(nation: World) -> None:
    due, planned = nation.con.execute(
        """
        select count(*), count(p.book_no) from life.due as d join life.booking as b using (book_id)
        left join (select distinct book_no from record.nomis_plan) as p on p.book_no = b.book_no
        where d.planned_release <= date '2024-06-30' + 84
        """
    ).fetchone()
    assert due > 0.02 * RELEASES
    assert planned > 0.9 * due


def test_a_stay_that_is_not_over_began_when_the_person_last_came_in(nation: World) -> None:
    begun, before = nation.con.execute(
        """
        select count(*), count(*) filter (where admission_ts <> came_in) from buy.stay
        inner join (select person_no, max(came_in) as came_in from life.stay group by person_no) using (person_no) where not is_released
        """
    ).fetchone()
    assert begun > 0.05 * RELEASES
    assert before == 0


def test_a_plan_made_by_the_fifth_working_day_answers_what_an_assessment_had_found_by_then(nation: World) -> None:
    found, left_out = nation.con.execute(
        """
        select count(*), count(*) filter (where flagged.stay_no is null)
        from buy.assessment as assessment inner join buy.screening as screening on screening.stay_no = assessment.stay_no
        inner join buy.need as need on need.stay_no = assessment.stay_no
        left join buy.flagged as flagged on flagged.stay_no = need.stay_no and flagged.domain = need.domain
        where screening.admission_ts >= date '2015-01-01' and cast(assessment.completed_ts as date) <= work_after(cast(screening.completed_ts as date), 5)
        """
    ).fetchone()
    assert found > 0
    assert left_out == 0


def test_every_file_of_a_changes_delivery_is_listed_with_its_rows_and_hash(nation: World) -> None:
    import json

    for manifest in nation.out.glob("*/*/delivery.json"):
        listed = json.loads(manifest.read_text(encoding="utf-8"))
        files = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in manifest.parent.iterdir() if p.name != "delivery.json"}
        assert {name: entry["sha256"] for name, entry in listed["files"].items()} == files
        for name, entry in listed["files"].items():
            if name.endswith(".csv"):
                rows = duckdb.sql(
                    f"select count(*) from read_csv('{manifest.parent / name}', all_varchar = true, header = true)"
                ).fetchone()[0]
                assert rows == entry["rows"], name


def test_a_folder_with_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "something.txt").write_text("x", encoding="utf-8")
    with pytest.raises(FileExistsError, match="not empty"):
        World(tmp_path, seed=1, releases=10)


def test_the_nation_imports_nothing_of_the_pipeline() -> None:
    program = (
        "import sys, worlds.nation; "
        "print([m for m in sys.modules if m.split('.')[0] in ('orchestration', 'edition', 'decisions', 'dashboard', 'dbt', 'dagster')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=Path(__file__).resolve().parents[2])
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


@pytest.mark.slow
def test_twenty_thousand_releases_take_at_most_twenty_seconds(tmp_path: Path) -> None:
    began = time.monotonic()
    build_nation(World(tmp_path / "landing", seed=1, releases=20_000))
    assert time.monotonic() - began < 20

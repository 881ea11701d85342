"""An edition is whole, exact and repeatable, and being killed never costs the one before it."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from edition.folder import revisions
from expectations.published import may_leave
from orchestration.publishing import publish as publishing
from orchestration.publishing.publish import PublishError, publish
from orchestration.settings import Settings
from tests.conftest import NOW, REPOSITORY, edition_of, gatehouse

LATER_DAY = "2023-04-30"  # between two deliveries of the invented world: another edition than the latest
COMPARING = "publish: comparing with the edition before"

LAST_STEP = """
import datetime, pathlib, sys
from orchestration.publishing.publish import publish
from orchestration.settings import Settings, say
home = pathlib.Path(sys.argv[1])
publish(Settings(home, home / "landing"), datetime.datetime.fromisoformat(sys.argv[2]), say)
"""


def edition(home: Path) -> Path:
    return edition_of(home).folder


def contents(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def own_home(inspection_home, tmp_path):
    shutil.copytree(inspection_home, tmp_path / "home", ignore=shutil.ignore_patterns("dagster", "logs"))
    return tmp_path / "home"


def test_links_that_nobody_has_judged_are_not_published(own_home):
    """As when somebody starts the last step by itself, after a run that was stopped before the one that judges."""
    settings = Settings(own_home, own_home / "landing")
    before = contents(own_home / "published")
    with duckdb.connect(str(settings.warehouse)) as con:
        con.execute("create or replace view linkage.link_hold as select 'ndelius/2024-07-31' as delivery_id, 60 as persons, 0.6 as share, 0.05 as most_share")
    with pytest.raises(PublishError, match="ndelius/2024-07-31 changes who is who for too many people"):
        publish(settings, NOW, print)
    assert contents(own_home / "published") == before


def test_the_edition_holds_every_published_table_where_it_belongs(inspection_home):
    folder = edition(inspection_home)
    files = {str(p.relative_to(folder)) for p in folder.rglob("*.parquet")}
    assert files == {f"{table.where}.parquet" for table in may_leave()}
    assert stat.S_IMODE((folder / "restricted").stat().st_mode) == 0o700
    assert {stat.S_IMODE(p.stat().st_mode) for p in (folder / "restricted").iterdir()} == {0o600}
    assert {stat.S_IMODE(p.stat().st_mode) for p in (folder / "protected").iterdir()} == {0o644}


def test_the_manifest_says_what_the_edition_is_made_of(inspection_home):
    folder = edition(inspection_home)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert "release_id" not in manifest and manifest["edition_id"] == folder.name and folder.name.startswith(manifest["as_of"])
    for table in manifest["tables"]:
        path = folder / table["folder"] / f"{table['table']}.parquet"
        assert table["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert table["rows"] == duckdb.sql(f"select count(*) from '{path}'").fetchall()[0][0]
    assert all(len(file["sha256"]) == 64 for file in manifest["files"])
    assert str(inspection_home) not in json.dumps(manifest)


def test_refreshing_again_changes_no_byte(own_home, inspection_landing):
    before = contents(own_home / "published")
    done = gatehouse("refresh", "--landing", inspection_landing, "--home", own_home)
    assert done.returncode == 0, done.stderr
    assert contents(own_home / "published") == before
    assert any(line.endswith("is already there, byte for byte") for line in done.stderr.splitlines())


def test_whether_a_text_has_few_values_is_counted_in_all_rows_of_a_table_that_is_long(monkeypatch):
    monkeypatch.setattr(publishing, "FIRST", 3)
    monkeypatch.setattr(publishing, "FEW", 2)
    with duckdb.connect() as con:
        con.execute("attach ':memory:' as warehouse; create schema warehouse.marts")
        con.execute("create table warehouse.marts.of_three as select * from (values ('b', 'x'), ('a', 'y'), ('b', 'x')) as t (few, many)")
        con.execute("create table warehouse.marts.of_five as from warehouse.marts.of_three union all from (values ('b', 'z'), (null, 'x'))")
        told = [publishing._enums(con, SimpleNamespace(model=f"marts.{name}"), {"few": "few", "many": "many"}) for name in ("of_three", "of_five")]
    assert told == [{"few": "enum('a', 'b')", "many": "enum('x', 'y')"}, {"few": "enum('a', 'b')"}]


def test_an_edition_of_before_is_put_in_force_again_if_it_is_what_was_published(own_home):
    now = edition(own_home)
    before = now.with_name("2000-01-01-invented")
    shutil.copytree(now, before)
    done = gatehouse("rollback", "--home", own_home, before.name)
    assert (done.returncode, done.stdout.strip()) == (0, before.name) and edition(own_home) == before
    for path in ("restricted/fct_release.parquet", "manifest.json"):
        (now / path).unlink()
        done = gatehouse("rollback", "--home", own_home, now.name)
        assert done.returncode == 1 and path.removesuffix(".parquet") in done.stderr and "Traceback" not in done.stderr
        assert edition(own_home) == before


def test_an_edition_that_cannot_be_made_again_is_not_replaced(own_home):
    folder = edition(own_home)
    manifest = json.loads((folder / "manifest.json").read_text())
    next(t for t in manifest["tables"] if t["table"] == "fct_recall")["sha256"] = "0" * 64
    (folder / "manifest.json").write_text(json.dumps(manifest))
    before = contents(own_home / "published")
    with pytest.raises(PublishError, match="not reproducible.*restricted/fct_recall"):
        publish(Settings(own_home, own_home / "landing"), NOW, print)
    assert {k: v for k, v in contents(own_home / "published").items() if ".building-" not in k} == before


# What can be wrong with an edition, and what the exit door says of it.
FAULTS = [
    ("insert into marts.fct_release select * from marts.fct_release limit 1", "restricted/fct_release has rows that share a key"),
    ("insert into marts.fct_evidence select * from marts.fct_evidence where subject_kind = 'claim' limit 1", "restricted/fct_evidence has rows that share a key"),
    ("update marts.dim_region set name = 'AB1 ' || (rowid % 9) || 'CD'", "protected/dim_region.name holds values in the shape of a postcode"),
    ("create table measures.shown as from measures.fct_measure_result_protected; drop view measures.fct_measure_result_protected; "
     "alter table measures.shown rename to fct_measure_result_protected; "
     "update measures.fct_measure_result_protected set denominator = 3 where rowid = 0", "protected/fct_measure_result.denominator shows counts that are not rounded"),
    ("update measures.int_measure_printed set is_recovered = true where rowid = 0", "protected/fct_measure_result leaves counts of 1 to 4 of which a reader can tell"),
    ("delete from seeds.published_grid where period_grain = 'year'", "protected/fct_measure_result has rows that are not on the grid"),
    ("update marts.fct_row_account set rows_loaded = rows_loaded + 1 where rowid = 0", "restricted/fct_row_account has files whose rows do not add up"),
    ("alter table marts.fct_release add column surname varchar", "restricted/fct_release.surname is a column about a person"),
    ("delete from marts.dim_prison", "protected/dim_prison is empty although files were delivered"),
    ("update marts.fct_release set supervising_region = (select upper(first_name || ' ' || last_name) from landing.nomis__offenders as o where o._row_number = 1 + fct_release.rowid % 50 limit 1)", "restricted/fct_release.supervising_region holds the full names of people"),
]  # fmt: skip


def test_the_exit_door_holds_back_an_edition_with_faults_and_names_each(own_home):
    with duckdb.connect(str(own_home / "work" / "warehouse.duckdb")) as con:
        for fault, _ in FAULTS:
            con.execute(fault)
    before = contents(own_home / "published")
    with pytest.raises(PublishError) as held:
        publish(Settings(own_home, own_home / "landing"), NOW, print)
    assert [told for _, told in FAULTS if told not in str(held.value)] == []
    assert contents(own_home / "published") == before


def test_figures_made_otherwise_than_before_leave_by_a_dated_decision_alone(own_home):
    folder = edition(own_home)
    manifest = json.loads((folder / "manifest.json").read_text())
    made_by = manifest["disclosure"]
    assert set(made_by) == {"key", "base", "rules", "grid"} and made_by["base"] == "5"
    (folder / "manifest.json").write_text(json.dumps({**manifest, "disclosure": dict.fromkeys(made_by, "another")}))
    with duckdb.connect(str(own_home / "work" / "warehouse.duckdb")) as con:
        con.execute("delete from seeds.disclosure_change")
        decide = "insert into seeds.disclosure_change values (?, ?, date '2023-01-01', 'invented', 'invented', true)"
        con.execute(decide, ["grid", made_by["grid"]])
    with pytest.raises(PublishError) as held:
        publish(Settings(own_home, own_home / "landing"), NOW, print)
    assert set(re.findall(r"disclosure, (\w+) is not that of the edition before", str(held.value))) == {"key", "base", "rules"}
    with duckdb.connect(str(own_home / "work" / "warehouse.duckdb")) as con:
        con.executemany(decide, [[what, made_by[what]] for what in ("key", "base", "rules")])
    publish(Settings(own_home, own_home / "landing"), NOW, print)


def test_the_disclosure_key_is_nowhere_outside_and_the_manifest_is_for_operators(own_home):
    from orchestration.linkage.identity import identity_key
    from orchestration.publishing.disclosure import disclosure_key
    folder = edition(own_home)
    assert stat.S_IMODE((folder / "manifest.json").stat().st_mode) == 0o640
    key = disclosure_key(identity_key(own_home))
    told = [path for part in ("published", "logs", "doors", "work/checks") for path in (own_home / part).rglob("*") if path.is_file()]
    assert told and not [path for path in told if key in (held := path.read_bytes()) or key.hex().encode() in held]


@pytest.fixture(scope="module")
def spoilt(inspection_home, tmp_path_factory):
    """An edition of a warehouse with much in it that may not leave, and what was put there; published once."""
    home = tmp_path_factory.mktemp("spoilt") / "home"
    shutil.copytree(inspection_home, home, ignore=shutil.ignore_patterns("dagster", "logs"))
    put = SimpleNamespace()
    with duckdb.connect(str(home / "work" / "warehouse.duckdb")) as con:
        put.typed = con.execute("select crn from landing.ndelius__offender order by 1 limit 1").fetchall()[0][0]
        con.execute("update marts.fct_release_excluded set prison = ? where rowid = 0", [put.typed])
        noms, crn, first, last = con.execute(
            """select noms_number, crn, first_name, surname from landing.ndelius__offender
            where regexp_full_match(noms_number, '[A-Z][0-9]{4}[A-Z]{2}') and length(first_name) > 2 and length(surname) > 2 order by 1 limit 1"""
        ).fetchall()[0]
        year, figures, letter, other, ours = con.execute(
            """select pnc_number[:4], pnc_number[6:12], pnc_number[13:], first_name || ' ' || surname, surname || ' ' || first_name
            from landing.ndelius__offender where regexp_full_match(pnc_number, '[0-9]{4}/[0-9]{7}[A-Z]') and noms_number <> ? order by pnc_number[6:] limit 1""",
            [noms],
        ).fetchall()[0]
        short = figures.lstrip("0")
        put.personal = [
            noms.lower(), f"{noms[:5]} {noms[5:]}", f"{noms[0]}.{noms[1:]}", f"re {noms}", f"MADEUP_{crn}", f"{crn.lower()}/1",
            f"{year}/{figures}{letter}", f"{year[2:]}/{short}{letter}", f"{year[2:]}{figures}{letter}", f"{year}{figures}{letter.lower()}",
            f"see {year} - {short} {letter} (old)", f"{first} {last}", f"{last.lower()},  {first}", f"{last} {first}", other,
        ]  # fmt: skip
        put.kept = ["MADEUP 2001", "Z9999ZZ", "99/7654321Z", f"{crn}0", f"X{noms}", first, f"{first} {last} Trust", ours]
        assert len({*put.personal, *put.kept}) == len(put.personal) + len(put.kept)
        # A name that our own list of providers has is that of a provider.
        con.execute("insert into seeds.provider (provider, name) values ('MADE_UP', ?)", [ours])
        for number, text in enumerate((*put.personal, *put.kept)):
            con.execute(
                "insert into marts.dim_provider (provider, name, source, verified) values (?, ?, 'named by claims only', false)", [f"CODE_{number}", text]
            )
        con.execute("update marts.fct_claim set sub_provider = ? where rowid = 0", [put.personal[3]])
        con.execute("update marts.fct_claim set sub_provider = ? where rowid = 1", [put.kept[0]])
        put.odd = ["ask Ms Made-Up, room 4", "![x](http://pictures.invalid/a.png)", "A" * 41, "<b>X</b>", "07700 900123", "madeup@example.org"]
        put.codes = ["TTG-C10-2", "a.b/c_d", "R&M", "7", "A" * 40]
        for text in (*put.odd, *put.codes):
            # As a code that nobody explains: it is its own name.
            con.execute("insert into marts.dim_provider (provider, name, source, verified) values ($1, $1, 'named by claims only', false)", [text])
        con.execute("update marts.fct_claim set prime_provider = ? where rowid = 0", [put.odd[0]])
        con.execute("update marts.dim_provider set name = 'Ms Made-Up & Daughters (2001) Ltd' where provider = 'R&M'")
        put.providers = con.execute("select count(*) from marts.dim_provider").fetchall()[0][0]
        # Another edition: the same files and code would have to give the same bytes.
        con.execute("insert into landing.delivery (source, delivery_id, file, is_accepted) values ('other', 'other/2023-06-30', 'NOTE.csv', false)")
    publish(Settings(home, home / "landing"), NOW, print)
    put.shown = dict(duckdb.sql(f"select provider, name from '{edition(home) / 'protected/dim_provider.parquet'}'").fetchall())
    put.home = home
    return put


def values(home: Path, table: str, column: str) -> set[str]:
    return {v for (v,) in duckdb.sql(f"select {column} from '{edition(home) / 'restricted' / table}.parquet' where {column} is not null").fetchall()}


def test_a_number_of_a_person_typed_into_another_field_is_withheld_and_stops_nothing(spoilt):
    prisons = values(spoilt.home, "fct_release_excluded", "prison")
    assert len([p for p in prisons if re.fullmatch(rf"{re.escape(publishing.WITHHELD)} [0-9]+\]", p)]) == 1 and spoilt.typed not in prisons


def test_a_number_written_otherwise_or_within_a_text_and_a_full_name_are_withheld_and_stop_nothing(spoilt):
    names = {code: name for code, name in spoilt.shown.items() if code not in (*spoilt.odd, *spoilt.codes) and not code.startswith(publishing.WITHHELD)}
    assert not [text for text in spoilt.personal if text in spoilt.shown.values()]
    assert {*spoilt.kept} <= {*names.values()}
    # Each text keeps a sign of its own, so that rows that belong together still do.
    assert len(spoilt.shown) == spoilt.providers
    assert len({one for one in names.values() if one.startswith(publishing.WITHHELD)}) == len(spoilt.personal)
    subs = values(spoilt.home, "fct_claim", "sub_provider")
    assert spoilt.kept[0] in subs and spoilt.personal[3] not in subs
    assert any(sub.startswith(publishing.WITHHELD) and sub in names.values() for sub in subs)


def test_what_stands_in_the_place_of_a_code_and_does_not_look_like_one_is_withheld_where_it_would_be_seen(spoilt):
    withheld = {one for one in spoilt.shown if one.startswith(publishing.WITHHELD)}
    assert not {*spoilt.odd} & {*spoilt.shown, *spoilt.shown.values()}
    assert len(withheld) == len(spoilt.odd) and all(spoilt.shown[one] == one for one in withheld)
    assert {*spoilt.codes} <= {*spoilt.shown} and spoilt.shown["R&M"] == "Ms Made-Up & Daughters (2001) Ltd"
    primes = values(spoilt.home, "fct_claim", "prime_provider")
    assert primes & withheld and spoilt.odd[0] not in primes


def test_the_exit_door_finds_a_number_of_a_person_that_the_writer_has_not_withheld(own_home, monkeypatch):
    from orchestration.publishing import publish as module
    with duckdb.connect(str(own_home / "work" / "warehouse.duckdb")) as con:
        crn = con.execute("select crn from landing.ndelius__offender order by 1 limit 1").fetchall()[0][0]
        con.execute("update marts.fct_release_excluded set prison = ' ' || lower(?) where rowid = 0", [crn])
    monkeypatch.setattr(module, "columns_with_identifier", lambda con: {})
    with pytest.raises(module.PublishError, match="restricted/fct_release_excluded.prison holds the NOMS number"):
        module.publish(Settings(own_home, own_home / "landing"), NOW, print)
    kept = {path.name: path.read_text() for path in (own_home / "doors" / "edition").iterdir()}
    assert len(kept) == 8 and not [name for name, said in kept.items() if crn.lower() in said.lower()]
    found = json.loads(kept["published_columns.json"])
    (failed,) = [one["result"]["unexpected_index_list"] for one in found["results"] if not one["success"]]
    assert failed == [{"identifier": 1, "place": "restricted/fct_release_excluded.prison"}]
    assert "restricted/fct_release_excluded.prison" in kept["published_columns.html"]


def test_every_table_has_the_columns_of_its_contract_and_its_rows_in_the_order_of_its_key(inspection_home):
    for table in may_leave():
        path = edition(inspection_home) / f"{table.where}.parquet"
        assert duckdb.sql(f"select * from '{path}'").columns == list(table.columns), table.where
        key = ", ".join(f'"{column}"' for column in table.key)
        rows = f"select row({key}) as this, lag(row({key})) over () as before, row_number() over () as n from '{path}'"
        assert duckdb.sql(f"select count(*) from ({rows}) where n > 1 and this <= before").fetchall() == [(0,)], table.where


def test_what_may_never_be_empty_cannot_be_emptied_in_the_warehouse(own_home):
    with duckdb.connect(str(own_home / "work" / "warehouse.duckdb")) as con:
        for column in ("release_id", "person_id", "release_date"):
            with pytest.raises(duckdb.ConstraintException, match=f"NOT NULL constraint failed: fct_release.{column}"):
                con.execute(f"update marts.fct_release set {column} = null where rowid = 0")


def kill_at(home: Path, landing: Path, stage: str) -> None:
    """Start a refresh to another day and kill it, without warning, when it says `stage`."""
    kill("-m", "orchestration.cli", "refresh", "--landing", landing, "--home", home, "--as-of", LATER_DAY, at=stage)


def kill(*command: object, at: str) -> None:
    """Run Python and kill it, without warning, when it says `at`."""
    command = [sys.executable, *map(str, command)]
    with subprocess.Popen(command, cwd=REPOSITORY, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as running:
        for line in running.stderr:
            if at in line:
                os.kill(running.pid, signal.SIGKILL)
                return
    pytest.fail(f"the refresh never said {at!r}")


def kept_links(home: Path) -> dict[str, str]:
    """What was kept of who was who, by file; a hidden one is on its way."""
    return {name: content for name, content in contents(home / "links").items() if not name.startswith(".")}


@pytest.mark.parametrize("stage", [pytest.param("landing: reading", marks=pytest.mark.slow), pytest.param("dbt: ", marks=pytest.mark.slow), COMPARING])
def test_being_killed_leaves_the_edition_and_the_links_before_it_whole(own_home, inspection_landing, stage):
    before, pointer, links = contents(edition(own_home)), edition_of(own_home).edition_id, kept_links(own_home)
    if stage == COMPARING:  # the last step alone, of a warehouse with something else in it
        with duckdb.connect(str(own_home / "work" / "warehouse.duckdb")) as con:
            con.execute("update landing.delivery set kind = 'changes' where table_name = 'provider__claim'")
        kill("-c", LAST_STEP, own_home, NOW.isoformat(), at=stage)
    else:
        kill_at(own_home, inspection_landing, stage)
    assert edition_of(own_home).edition_id == pointer and contents(edition(own_home)) == before and kept_links(own_home) == links
    assert json.loads(gatehouse("status", "--home", own_home, "--json").stdout)["current"] == pointer


@pytest.mark.slow
@pytest.mark.timeout(3600)  # twenty refreshes killed on the way, and two whole ones
def test_a_refresh_after_twenty_kills_publishes_the_same_edition_as_one_without(own_home, inspection_landing, tmp_path):
    # With the same edition before it: the manifest counts what the exit door found odd beside the last edition.
    clean = shutil.copytree(own_home, tmp_path / "clean")
    whole = gatehouse("refresh", "--landing", inspection_landing, "--home", clean, "--as-of", LATER_DAY)
    assert whole.returncode == 0
    # How far dbt has come when it says so differs from run to run.
    lines = [line for line in whole.stderr.splitlines() if not re.match(r"  |dbt: (\d+ of|its project)", line)]
    before, pointer = contents(edition(own_home)), edition_of(own_home).edition_id
    links = kept_links(own_home)
    for stage in random.Random(0).sample(lines[:-2], 20):
        kill_at(own_home, inspection_landing, stage.rsplit(" ", 2)[0])
        assert edition_of(own_home).edition_id == pointer and contents(edition(own_home)) == before and kept_links(own_home) == links
    done = gatehouse("refresh", "--landing", inspection_landing, "--home", own_home, "--as-of", LATER_DAY)
    assert done.returncode == 0, done.stderr
    assert not list((own_home / "published").glob(".building-*"))
    assert contents(edition(own_home)) == contents(edition(clean))
    # The home knows who was who on a later day, so those of this one are not kept.
    assert kept_links(own_home) == kept_links(clean) == links != {}


def test_what_is_odd_beside_the_edition_before_is_not_written_into_the_edition():
    from expectations.published import Verdict
    from orchestration.publishing.publish import _all_checks

    before = {"landing": {"declared": 3, "executed": 3, "failed": 1}, "dbt": {"declared": 2, "executed": 2, "failed": 0}}
    calm, odd = Verdict(12, 12, (), ()), Verdict(12, 12, (), ("restricted/fct_claim has changed much in size since the last edition",))
    assert _all_checks(before, calm) == _all_checks(before, odd)
    assert _all_checks(before, odd)["failed"] == 1


def test_two_refreshes_of_one_home_do_not_mix(own_home, inspection_landing):
    with Settings(own_home, inspection_landing).locked():
        done = gatehouse("refresh", "--landing", inspection_landing, "--home", own_home)
    assert done.returncode == 1 and f"process {os.getpid()}" in done.stderr


def test_a_delivery_that_turns_out_to_hold_changes_only_gives_another_edition(own_home):
    from orchestration.publishing.publish import publish
    before = edition_of(own_home).edition_id
    with duckdb.connect(str(own_home / "work" / "warehouse.duckdb")) as con:
        con.execute("update landing.delivery set kind = 'changes' where table_name = 'provider__claim'")
        con.execute("update marts.fct_recall set days_to_recall = days_to_recall + 1")
    assert publish(Settings(own_home, own_home / "landing"), NOW, print) != before


def test_an_edition_whose_comparison_cannot_be_recorded_is_not_put_in_force(own_home):
    before, log = edition_of(own_home).edition_id, own_home / "access.log"
    for name in ("access.log", "access.head"):
        (own_home / name).unlink(missing_ok=True)
    log.mkdir()
    with duckdb.connect(str(own_home / "work" / "warehouse.duckdb")) as con:
        con.execute("update landing.delivery set kind = 'changes' where table_name = 'provider__claim'")
    with pytest.raises(PublishError, match="access.log"):
        publish(Settings(own_home, own_home / "landing"), NOW, print)
    assert edition_of(own_home).edition_id == before and not revisions(own_home)
    log.rmdir()
    made = publish(Settings(own_home, own_home / "landing"), NOW, print)
    assert edition_of(own_home).edition_id == made and revisions(own_home) == [(before, made)]
    # The comparison with the edition before, and why figures changed, for the list of changes.
    assert [json.loads(line)["edition_id"] for line in log.read_text().splitlines()] == [made, made]


def test_another_set_of_locked_libraries_is_another_code_version(tmp_path, monkeypatch):
    from orchestration.publishing import publish

    for folder in ("orchestration", "expectations", "dbt_project", "seeds"):
        (tmp_path / folder).mkdir()
    monkeypatch.setattr(publish, "REPOSITORY", tmp_path)
    monkeypatch.setattr(publish, "DBT_PROJECT", tmp_path / "dbt_project")
    versions = set()
    for duckdb_version in ("1.5.0", "1.5.1"):
        (tmp_path / "requirements.lock").write_text(f"duckdb=={duckdb_version}\n")
        versions.add(publish.code_version())
    assert len(versions) == 2

"""A delivery that would make other people of very many is held, named, and loaded once somebody has accepted it, whoever starts the run."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from tests.conftest import REPOSITORY, edition_of, gatehouse
from tests.small_world.answers import Answers
from tests.small_world.builder import World as SmallWorld
from tests.small_world.conftest import furnish
from tests.small_world.test_persons import pnc
from tests.truth.conftest import Nation

WHO = ("CRN", "NOMS_NUMBER", "PNC_NUMBER", "CRO_NUMBER", "FIRST_NAME", "SURNAME", "PREVIOUS_SURNAME", "DATE_OF_BIRTH_DATE")
LATE = "ndelius/2024-07-31"


def deliver_everybody_under_the_next_ones_number(landing: Path) -> None:
    """All probation records once more, each with the names, numbers and birth date of the record after it."""
    with (landing / "ndelius" / "2024-03-31" / "OFFENDER.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    shifted = [row | {name: other[name] for name in WHO if name in row} for row, other in zip(rows, rows[1:] + rows[:1])]
    to = landing / LATE
    to.mkdir()
    with (to / "OFFENDER.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(shifted)


def changes(home: Path) -> list[dict[str, str]]:
    query = "select change, cause, count(*) as n from fct_person_change group by change, cause"
    done = gatehouse("sql", "--home", home, "--restricted", "--purpose", "test", query)
    return list(csv.DictReader(done.stdout.splitlines()))


# What Dagster's daemon does: it looks twice, and starts the job that the sensor asks for.
SENSOR = """
import dagster as dg
from orchestration.definitions import defs

defs = defs()
sensor, cursor = defs.get_sensor_def("new_delivery"), None
with dg.DagsterInstance.get() as instance:
    for _ in range(2):
        context = dg.build_sensor_context(instance=instance, cursor=cursor)
        asked = sensor(context)
        cursor = context.cursor
    assert asked.run_key == cursor
    defs.resolve_job_def("refresh").execute_in_process(instance=instance, run_config=asked.run_config, tags=asked.tags)
"""
STARTED_BY = {
    "command": lambda landing, home: ["orchestration.cli", "refresh", "--landing", landing, "--home", home],
    "job": lambda *_: ["dagster", "job", "execute", "-m", "orchestration.definitions", "-j", "refresh"],
    "sensor": lambda *_: [],
}


def run(way: str, landing: Path, home: Path) -> list[str]:
    """What a refresh that is started in that way says of links."""
    arguments = ["-m", *map(str, STARTED_BY[way](landing, home))] if way != "sensor" else ["-c", SENSOR]
    where = {"GATEHOUSE_HOME": home, "GATEHOUSE_LANDING": landing, "DAGSTER_HOME": home / "dagster"}
    environment = os.environ | {name: str(path) for name, path in where.items()}
    done = subprocess.run([sys.executable, *arguments], cwd=REPOSITORY, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return [line for line in done.stderr.splitlines() if line.startswith("linkage:")]


def told_by_dagster(home: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Why, by delivery, the check of the last run says something is held; nothing where it passed."""
    monkeypatch.setenv("DAGSTER_HOME", str(home / "dagster"))
    with dg.DagsterInstance.get() as instance:
        (record,) = instance.event_log_storage.get_asset_check_execution_history(
            dg.AssetCheckKey(dg.AssetKey(["linkage", "held_delivery"]), "nothing_is_held"), limit=1
        )
        check = record.event.dagster_event.asset_check_evaluation_data
    assert check.passed is not bool(check.metadata) and check.severity is dg.AssetCheckSeverity.ERROR
    return {delivery: reason.value for delivery, reason in check.metadata.items()}


@pytest.mark.slow  # seven builds of the warehouse
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("ways", [("command", "job", "sensor")], ids="-".join)
def test_a_delivery_that_changes_too_many_people_is_held_whoever_starts_the_run_until_accepted(
    ways: tuple[str, ...], small_nation: Nation, small_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing = tmp_path / "landing"
    shutil.copytree(small_nation.out, landing)
    deliver_everybody_under_the_next_ones_number(landing)
    # Something right of the same day, so that there is a day to publish.
    (landing / "nomis" / "2024-07-31").mkdir()
    shutil.copy(landing / "nomis" / "2024-03-31" / "AGENCY_LOCATIONS.csv", landing / "nomis" / "2024-07-31")

    told = {}
    for way in ways:
        shutil.copytree(small_home, home := tmp_path / way)
        said = run(way, landing, home)
        refused = json.loads(gatehouse("status", "--home", home, "--json").stdout)["refused"]
        held = {file["delivery"]: file["reason"] for file in refused if file["reason"].startswith("held:")}
        told[way] = (said, held, told_by_dagster(home, monkeypatch), edition_of(home).edition_id)
    said, held, checked, current = told["command"]
    assert set(held) == {LATE} and "held: would change who is who" in held[LATE] and current.startswith("2024-07-31-")
    assert checked == held and said[0] == f"linkage: {LATE} {held[LATE]}" and "docs/how-to.md" in said[1] and len(said) == 2
    assert all(told[way] == told["command"] for way in ways)
    assert changes(tmp_path / "command") == []

    home = tmp_path / "command"
    (home / "accepted.txt").write_text(f"{LATE}\n", encoding="utf-8")
    assert run("command", landing, home) == [] and told_by_dagster(home, monkeypatch) == {}
    assert {row["cause"] for row in changes(home)} == {"delivery"} and sum(int(row["n"]) for row in changes(home)) > 50


def refused(home: Path) -> set[str]:
    return {file["delivery"] for file in Answers(home).status_json["refused"] if file["reason"].startswith("held:")}


def refreshed(landing: Path, home: Path, as_of: str) -> Answers:
    done = gatehouse("refresh", "--landing", landing, "--home", home, "--as-of", as_of)
    assert done.returncode == 0, done.stderr[-3000:]
    return Answers(home)


@pytest.mark.slow  # six refreshes
@pytest.mark.timeout(3600)
def test_only_the_wrong_delivery_is_held_and_only_until_it_is_sent_anew(tmp_path: Path) -> None:
    landing, home = tmp_path / "landing", tmp_path / "home"
    world = SmallWorld()
    furnish(world)
    people = [linked_by_police_number(world, n) for n in range(60)]
    world.write(landing, "2023-03-31")
    before = statuses(refreshed(landing, home, "2023-03-31"), people)
    assert len(set(before)) == 1 and "unknown" not in before[0]

    # Everything once more, with somebody new, and the probation records under each other's names: most files are what they were.
    new = linked_by_police_number(world, 60)
    records = world.rows["ndelius", "OFFENDER"]
    right = [dict(row) for row in records]
    for row, other in zip(records, right[1:] + right[:1], strict=True):
        row.update({name: other[name] for name in WHO if name in other})
    world.write(landing, "2023-06-30")
    answers = refreshed(landing, home, "2023-06-30")
    assert refused(home) == {"ndelius/2023-06-30"}
    assert statuses(answers, people) == before
    assert answers.release(new) is not None

    for row, good in zip(records, right, strict=True):
        row.update(good)
    world.write(landing, "2023-06-30")
    answers = refreshed(landing, home, "2023-06-30")
    assert refused(home) == set()
    assert statuses(answers, [*people, new]) == [*before, before[0]]

    # A delivery without a file, which takes from everybody the number they are linked by.
    numbers = world.rows["nomis", "OFFENDER_IDENTIFIERS"]
    keys = [[str(row["OFFENDER_ID"]), str(row["OFFENDER_ID_SEQ"])] for row in numbers]
    world.write(landing, "2023-09-30", kind="changes", rows={}, deleted={"nomis": {"OFFENDER_IDENTIFIERS": keys}})
    answers = refreshed(landing, home, "2023-09-30")
    assert refused(home) == {"nomis/2023-09-30"}
    assert statuses(answers, people) == before


def linked_by_police_number(world: SmallWorld, n: int) -> object:
    """Somebody whom prison and probation know by other names, with a home."""
    person, number = world.released(probation=False), pnc(2001, 700000 + n * 37)
    world.row("nomis", "OFFENDER_IDENTIFIERS", OFFENDER_ID=person.root, OFFENDER_ID_SEQ=world.next_id(), IDENTIFIER_TYPE="PNC", IDENTIFIER=number)
    person.probation = person.on_probation(noms="", first="Unlike", last="Otherwise", PNC_NUMBER=number)
    person.address(-1, "A07B", record=person.probation, postcode="")
    return person


def statuses(answers: Answers, people: list) -> list[str]:
    return [answers.status(person, 0) for person in people]

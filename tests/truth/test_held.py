"""A delivery that would make other people of very many is held, named, and loaded once somebody has accepted it."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

from orchestration.worlds.nation.world import World
from tests.conftest import gatehouse

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


def test_a_delivery_that_changes_too_many_people_is_held_until_accepted(small_nation: World, small_home: Path, tmp_path: Path) -> None:
    landing, home = tmp_path / "landing", tmp_path / "home"
    shutil.copytree(small_nation.out, landing)
    shutil.copytree(small_home, home)
    deliver_everybody_under_the_next_ones_number(landing)

    held = gatehouse("refresh", "--landing", landing, "--home", home, "--as-of", "2024-07-31")
    assert held.returncode == 0, held.stderr[-3000:]
    assert f"{LATE} held: would change who is who" in held.stderr
    refused = json.loads(gatehouse("status", "--home", home, "--json").stdout)["refused"]
    assert [file["reason"][:5] for file in refused if file["delivery"] == LATE] == ["held:"]
    assert changes(home) == []

    (home / "accepted.txt").write_text(f"{LATE}\n", encoding="utf-8")
    taken = gatehouse("refresh", "--landing", landing, "--home", home, "--as-of", "2024-07-31")
    assert taken.returncode == 0, taken.stderr[-3000:]
    assert {row["cause"] for row in changes(home)} == {"delivery"} and sum(int(row["n"]) for row in changes(home)) > 50

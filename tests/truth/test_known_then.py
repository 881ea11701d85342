"""What the audit says was known when a claim was made is what it says now on deliveries that stood on that day.

The providers of an ordinary nation send in their claims of some weeks together, at the last second of a day; what every source would have sent that
day is cut from the deliveries by what had been recorded (`standing`). Every rule that applies to such a claim is asked of both.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from tests.compiled import dbt
from tests.truth.audited import answers, audit, models
from tests.truth.standing import Deliveries
from worlds.nation import build_nation
from worlds.nation.world import World

# Each day of submission, and whether what nobody can date had been recorded by then: known_then must hold either way.
DAYS = {dt.date(2019, 10, 7): False, dt.date(2020, 3, 10): True, dt.date(2020, 8, 10): False, dt.date(2021, 4, 10): True, dt.date(2024, 1, 10): False}
WEEKS_TOGETHER = dt.timedelta(80)
# First, later and how many are told among the claims tested today: one taken back since makes a difference (second writing, `then: claims`).
AMONG_CLAIMS = {"R34", "R35", "R36", "R37", "R53"}


def send_together(landing: Path) -> dict[tuple[str, str], dt.date]:
    """Give the claims of the weeks before each day the last second of it; (sender, claim) -> its day."""
    days: dict[tuple[str, str], dt.date] = {}
    for file in sorted(landing.glob("provider_*/*/CLAIM.csv")):
        with file.open(encoding="utf-8", newline="") as opened:
            reader = csv.DictReader(opened)
            rows, columns = list(reader), list(reader.fieldnames or ())
        for row in rows:
            sent = dt.date.fromisoformat(row["submitted_ts"][:10]) if row["submitted_ts"] else None
            day = next((day for day in DAYS if sent and day - WEEKS_TOGETHER < sent <= day), None)
            if day:
                row["submitted_ts"] = f"{day} 23:59:59"
                days[file.parts[-3], row["claim_id"].upper()] = day
        with file.open("w", encoding="utf-8", newline="") as opened:
            writer = csv.DictWriter(opened, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    for note in landing.glob("provider_*/*/delivery.json"):
        told = json.loads(note.read_text("utf-8"))
        told.get("files", {}).pop("CLAIM.csv", None)  # its hash is that of the file before
        note.write_text(json.dumps(told), encoding="utf-8")
    return days


def tested(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], str | None]:
    """The claims tested, and to whom each leads."""
    return {(source, claim_id): person for source, claim_id, person in con.execute("select source, claim_id, person_id from payment.payment_claim where waterfall = 'tested'").fetchall()}


def taken_back_since(con: duckdb.DuckDBPyConnection, day: dt.date) -> set[str]:
    """Who has a claim that was made by a day and is not among the claims tested today."""
    rows = con.execute("select who from payment.payment_claim where waterfall in ('fully_reversed', 'refused') and submitted_on <= ?", [day]).fetchall()
    return {who for (who,) in rows}


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_known_then_is_what_a_refresh_of_the_day_of_submission_says_now(tmp_path: Path) -> None:
    world = World(tmp_path / "landing", seed=3, releases=1500)
    build_nation(world)
    world.con.close()
    on = send_together(world.out)
    dbt(tmp_path, tmp_path / "warehouse.duckdb", "seed")
    made = models(tmp_path)

    full = audit(made, tmp_path / "full", world.out, world.last_day)
    with duckdb.connect(str(full), read_only=True) as con:
        then, perhaps, now, people = answers(con, "then"), answers(con, "perhaps"), answers(con), tested(con)
        since = {day: taken_back_since(con, day) for day in DAYS}
        who = dict(con.execute("select (source, claim_id), who from payment.payment_claim").fetchall())
        published = con.execute("select source, claim_id, rule_id, coalesce(then_reason, known_then) from payment.payment_result").fetchall()
    known = {key: then.get(key) if then.get(key) == perhaps.get(key) else "no_version" for key in then.keys() | perhaps.keys()}
    # What is compared is what is published.
    assert [row for row in published if row[:2] in on and known.get(row[:3]) != row[3]] == []

    counts: Counter[str] = Counter()
    compared, differ = set(), []
    deliveries = Deliveries(world.out)
    for day, with_doubtful in DAYS.items():
        stood = audit(made, tmp_path / day.isoformat(), deliveries.stand(day, tmp_path / f"landing-{day}", with_doubtful), day)
        with duckdb.connect(str(stood), read_only=True) as con:
            told, led = answers(con), tested(con)
        for claim in (claim for claim, its in on.items() if its == day and claim in people and claim in led):
            if (people[claim] is None) != (led[claim] is None):
                counts["claims that lead to another today"] += 1
                continue
            compared.add(claim)
            for rule in sorted({rule for *of, rule in known.keys() | told.keys() if tuple(of) == claim}):
                key = (*claim, rule)
                if known.get(key) == "no_version":
                    counts["no_version"] += 1
                elif known.get(key) == told.get(key):
                    counts["same"] += 1
                    counts["same, and not as now"] += known.get(key) != now.get(key)
                elif rule in AMONG_CLAIMS and who[claim] in since[day]:
                    counts["a claim taken back since"] += 1
                else:
                    differ.append((day, *key, known.get(key), told.get(key), now.get(key)))
    print(len(compared), "claims", dict(counts), len(differ), "differ")
    assert differ == []
    assert len(compared) >= 500
    assert counts["same"] > 10_000 and counts["same, and not as now"] > 200
    assert counts["claims that lead to another today"] <= 5 and counts["a claim taken back since"] <= 5

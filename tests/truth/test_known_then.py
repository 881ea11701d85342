"""What the audit says was known when a claim was made is what it says now on deliveries that stood on that day.

The providers of an ordinary nation send in their claims of some weeks together, at the last second of a day; what every source would have sent that
day is cut from the deliveries by what had been recorded (`standing`). Every rule that applies to such a claim is asked of both.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections import Counter
from dataclasses import dataclass, field
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


def answered(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], frozenset]:
    """The claims tested, and the records of prison and probation of the person to whom each leads."""
    rows = con.execute("""
        select claim.source, claim.claim_id, list((link.source, link.source_key)) filter (where link.source in ('nomis', 'ndelius'))
        from payment.payment_claim as claim left join linkage.person_link as link on link.person_id = claim.person_id
        where claim.waterfall = 'tested' group by all""").fetchall()
    return {(source, claim_id): frozenset(records or ()) for source, claim_id, records in rows}


def taken_back_since(con: duckdb.DuckDBPyConnection, day: dt.date) -> set[str]:
    """Who has a claim that was made by a day and is not among the claims tested today."""
    rows = con.execute("select who from payment.payment_claim where waterfall in ('fully_reversed', 'refused') and submitted_on <= ?", [day]).fetchall()
    return {who for (who,) in rows}


@dataclass
class Held:
    """Claims that were compared, how often what was known then came to each end, and each (day, claim, rule, known then, told that day) that differs."""

    claims: set[tuple[str, str]] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    differ: list[tuple] = field(default_factory=list)


def hold(full: Path, stood: dict[dt.date, Path], on: dict[tuple[str, str], dt.date]) -> Held:
    """What was known then in the warehouse of all that was delivered, beside what each day's own says now."""
    held = Held()
    with duckdb.connect(str(full), read_only=True) as con:
        then, perhaps, now, people = answers(con, "then"), answers(con, "perhaps"), answers(con), answered(con)
        since = {day: taken_back_since(con, day) for day in stood}
        who = {(source, claim): one for source, claim, one in con.execute("select source, claim_id, who from payment.payment_claim").fetchall()}
        published = con.execute("select source, claim_id, rule_id, coalesce(then_reason, known_then) from payment.payment_result").fetchall()
    known = {key: then.get(key) if then.get(key) == perhaps.get(key) else "no_version" for key in then.keys() | perhaps.keys()}
    # What is compared is what is published.
    assert [row for row in published if row[:2] in on and known.get(row[:3]) != row[3]] == []
    for day, warehouse in stood.items():
        with duckdb.connect(str(warehouse), read_only=True) as con:
            told, led = answers(con), answered(con)
        for claim in (claim for claim, its in on.items() if its == day and claim in people and claim in led):
            if people[claim] != led[claim]:
                held.counts["claims of whom the day knew otherwise who it is"] += 1
                continue
            held.claims.add(claim)
        for key in sorted(key for key in known.keys() | told.keys() if key[:2] in held.claims and on[key[:2]] == day):
            if known.get(key) == "no_version":
                held.counts["no_version"] += 1
            elif known.get(key) == told.get(key):
                held.counts["same"] += 1
                held.counts["same, and not as now"] += known.get(key) != now.get(key)
            elif key[2] in AMONG_CLAIMS and who[key[:2]] in since[day]:
                held.counts["a claim taken back since"] += 1
            else:
                held.differ.append((day, *key, known.get(key), told.get(key)))
    return held


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_known_then_is_what_a_refresh_of_the_day_of_submission_says_now(tmp_path: Path) -> None:
    world = World(tmp_path / "landing", seed=3, releases=1500)
    build_nation(world)
    world.con.close()
    on = send_together(world.out)
    dbt(tmp_path, tmp_path / "warehouse.duckdb", "seed")
    made = models(tmp_path)
    deliveries = Deliveries(world.out)
    stood = {
        day: audit(made, tmp_path / day.isoformat(), deliveries.stand(day, tmp_path / f"landing-{day}", with_doubtful), day)
        for day, with_doubtful in DAYS.items()
    }
    held = hold(audit(made, tmp_path / "full", world.out, world.last_day), stood, on)
    print(len(held.claims), "claims", dict(held.counts), len(held.differ), "differ")
    assert held.differ == []
    assert len(held.claims) >= 500
    assert held.counts["same"] > 10_000 and held.counts["same, and not as now"] > 200
    assert held.counts["claims of whom the day knew otherwise who it is"] <= 10 and held.counts["a claim taken back since"] <= 5

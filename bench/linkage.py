"""Linkage of a million records: the models that a refresh runs, from staging tables to persons, timed as one run of dbt.

What it is held to: at least a million records and 20 million candidate pairs, at most 120 seconds and 8 GiB on two cores, pair
precision of 99.7% and recall of 97.5%.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import duckdb

from bench.caseload import make_caseload
from bench.watch import Run, watched
from orchestration.settings import DBT_PROJECT, Settings, enter
from orchestration.warehouse import dbt_run as transform
from tests.truth.linkage import Pairs, pairs

PEOPLE, SEED, AS_OF = 400_000, 1, "2024-12-31"
LEAST_RECORDS, LEAST_PAIRS, MOST_SECONDS, MOST_BYTES = 1_000_000, 20_000_000, 120, 8 << 30
LEAST_PRECISION, LEAST_RECALL = 0.997, 0.975
SEEDS = ("first_name_form", "placeholder_date", "pseudo_postcode", "threshold")
# As the refresh runs it, of the schema linkage only what persons are made from.
BUILD = ("build", "--exclude-resource-type", "unit_test", "--select", "+person_link,tag:linkage")

CANDIDATES = """
select count(*)
from (
    select distinct one.record_id, other.record_id
    from linkage.link_key as one inner join linkage.link_key as other using (key)
    where one.record_id < other.record_id
)
"""


def linkage(scratch: Path) -> tuple[list[str], list[str]]:
    """The lines of the report, and what missed its limit. `scratch` gets a home with the invented caseload."""
    home, truth = scratch / "linkage", scratch / "linkage-truth"
    shutil.rmtree(home, ignore_errors=True)
    truth.mkdir(parents=True, exist_ok=True)
    settings = enter(home, home / "landing")
    make_caseload(settings.warehouse, truth / "person_record.parquet", PEOPLE, SEED, AS_OF)
    transform.manifest(settings)
    watched(dbt("seed", "--select", *SEEDS), DBT_PROJECT, environment(settings))
    run = watched(dbt(*BUILD), DBT_PROJECT, environment(settings))
    with duckdb.connect(str(settings.warehouse), read_only=True) as con:
        [(records,)] = con.execute("select count(*) from linkage.link_record").fetchall()
        [(scored,)] = con.execute("select count(*) from linkage.link_pair").fetchall()
        [(persons,)] = con.execute("select count(distinct person_id) from linkage.person_link").fetchall()
        [(candidates,)] = con.execute(CANDIDATES).fetchall()
    found = pairs(home, truth)
    text = [
        f"`make bench`, {PEOPLE:,} invented people: {records:,} records, {candidates:,} candidate pairs, {scored:,} of them doubtful or better, "
        f"{persons:,} persons. dbt from start to end {run.seconds:.0f} s ({run.cpu_seconds:.0f} processor seconds), peak {run.peak / (1 << 30):.1f} GiB.",
        "",
        "| Step | Seconds |",
        "|---|---|",
        *(f"| {step} | {seconds:.1f} |" for step, seconds in steps(settings).items()),
        "",
        "| Precision / recall | records | product | a number and an agreement | name and birth date |",
        "|---|---|---|---|---|",
        *_judged(found),
        "",
    ]
    return text, _missed(records, candidates, run, found["product", "all"])


def _judged(found: dict[tuple[str, str], Pairs]) -> list[str]:
    ways, groups = (list(dict.fromkeys(key[n] for key in found)) for n in (0, 1))

    def shares(one: Pairs) -> str:
        return " / ".join("none" if share is None else f"{share:.2%}" for share in (one.precision, one.recall))

    return [
        f"| {group} | {found[ways[0], group].records:,} | {' | '.join(shares(found[way, group]) for way in ways)} |" for group in groups
    ]


def _missed(records: int, candidates: int, run: Run, product: Pairs) -> list[str]:
    limits = (
        (records >= LEAST_RECORDS, f"{records:,} records, {LEAST_RECORDS:,} are asked for"),
        (candidates >= LEAST_PAIRS, f"{candidates:,} candidate pairs, {LEAST_PAIRS:,} are asked for"),
        (run.seconds <= MOST_SECONDS, f"{run.seconds:.0f} s, {MOST_SECONDS} are allowed"),
        (run.peak <= MOST_BYTES, f"{run.peak / (1 << 30):.1f} GiB of memory, {MOST_BYTES >> 30} are allowed"),
        ((product.precision or 0) >= LEAST_PRECISION, f"precision {product.precision:.2%}, {LEAST_PRECISION:.1%} is asked for"),
        ((product.recall or 0) >= LEAST_RECALL, f"recall {product.recall:.2%}, {LEAST_RECALL:.1%} is asked for"),
    )
    return [f"linkage: {words}" for kept, words in limits if not kept]


def dbt(*arguments: str) -> list[str]:
    """dbt as a refresh runs it."""
    return [sys.executable, "-P", str(transform.DBT_STEP), "--quiet", *arguments, "--profiles-dir", str(DBT_PROJECT)]


def environment(settings: Settings) -> dict[str, str]:
    """What dbt needs to know of a home."""
    return {**os.environ, "DBT_TARGET_PATH": str(settings.dbt_target), "DBT_LOG_PATH": str(settings.home / "logs")}


def steps(settings: Settings) -> dict[str, float]:
    """Seconds of each model and test, in the order they were started. Two may run at once."""
    results = json.loads((settings.dbt_target / "run_results.json").read_text())["results"]
    took = [
        (timing["started_at"], result["unique_id"].split(".")[2], result["execution_time"])
        for result in results
        for timing in result["timing"]
        if timing["name"] == "execute" and not result["unique_id"].startswith("operation.")
    ]
    return {name: seconds for _, name, seconds in sorted(took)}

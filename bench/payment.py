"""The payment audit at millions of claims: the models that a refresh runs, over a warehouse of bench/ledger.py, timed as one run of dbt; then a pack.

What it is held to: 5,000,000 claims with 500,000 texts, all payment rules in at most 240 seconds, of which text 80, and 8 GiB on two cores; a pack
of one claim in at most 3 seconds. What the rules read of providers is built before the clock starts and shown apart. The claims of the large
warehouse have no kept files to be read again, so the pack is made from the home of the nation, published as it is.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import duckdb

from bench.ledger import make_ledger
from bench.linkage import dbt, environment, steps
from bench.watch import Run, watched
from orchestration.settings import DBT_PROJECT, REPOSITORY, enter
from orchestration.warehouse import dbt_run as transform

CLAIMS, TEXTS = 5_000_000, 500_000
MOST_SECONDS, MOST_TEXT_SECONDS, MOST_BYTES, MOST_PACK_SECONDS = 240, 80, 8 << 30, 3
OF_PROVIDERS = ("staging.provider", "claim", "link_claim_person", "link_provider_numbers", "link_barred_action")
OF_TEXTS = ("link_words", "link_text", "answer_text")
RULES = ("payment", "link_words", "link_text")
BUILD = ("build", "--exclude-resource-type", "unit_test", "--select")


def payment(nation: Path, scratch: Path, claims_wanted: int = CLAIMS) -> tuple[list[str], list[str]]:
    """The lines of the report, and what missed its limit. `nation`: a home that a refresh has filled; `scratch` gets a home with the large
    warehouse, of fewer claims where the bench itself is tried."""
    home = scratch / "payment"
    shutil.rmtree(home, ignore_errors=True)
    settings = enter(home, home / "landing")
    copies = make_ledger(nation / "work" / "warehouse.duckdb", transform.manifest(settings), settings.warehouse, claims_wanted, claims_wanted * TEXTS // CLAIMS)
    before = watched(dbt(*BUILD, *OF_PROVIDERS), DBT_PROJECT, environment(settings))
    run = watched(dbt(*BUILD, *RULES), DBT_PROJECT, environment(settings))
    took = steps(settings)
    of_texts = sum(took.get(name, 0) for name in OF_TEXTS)
    with duckdb.connect(str(settings.warehouse), read_only=True) as con:
        [(claims, tested)] = con.execute("select count(*), count(*) filter (where waterfall = 'tested') from payment.payment_claim").fetchall()
        [(texts,)] = con.execute("select count(*) from linkage.link_text").fetchall()
        [(results,)] = con.execute("select count(*) from payment.payment_result").fetchall()
    pack = _pack(nation)
    text = [
        f"{copies} copies of {nation.name}: {claims:,} claims, {tested:,} of them tested, {texts:,} texts, {results:,} results that are no pass. "
        f"All payment rules took {run.seconds:.0f} s from start to end of dbt ({run.cpu_seconds:.0f} processor seconds), text {of_texts:.0f} s, "
        f"peak {run.peak / (1 << 30):.1f} GiB; what they read of providers, before: {before.seconds:.0f} s ({before.cpu_seconds:.0f} processor seconds). "
        f"A pack of one claim of {nation.name}: {pack:.1f} s.",
        "",
        "| Model or test | Seconds |",
        "|---|---|",
        *(f"| {name} | {seconds:.1f} |" for name, seconds in sorted(took.items(), key=lambda one: -one[1]) if seconds >= 1),
        "",
    ]
    return text, _missed(claims, texts, run, of_texts, pack)


def _pack(nation: Path) -> float:
    """Seconds of `gatehouse audit pack` for one claim."""
    with duckdb.connect(str(nation / "work" / "warehouse.duckdb"), read_only=True) as con:
        [(claim,)] = con.execute("select min(source || '|' || claim_id) from marts.fct_claim where waterfall = 'tested'").fetchall()
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "orchestration.cli", "audit", "pack", "--home", str(nation), "--purpose", "bench", "--claim", claim]
        return watched([*command, "--out", f"{out}/pack.zip"], REPOSITORY, {**os.environ}).seconds


def _missed(claims: int, texts: int, run: Run, of_texts: float, pack: float) -> list[str]:
    limits = (
        (claims >= CLAIMS, f"{claims:,} claims, {CLAIMS:,} are asked for"),
        (texts >= TEXTS, f"{texts:,} texts, {TEXTS:,} are asked for"),
        (run.seconds <= MOST_SECONDS, f"{run.seconds:.0f} s, {MOST_SECONDS} are allowed"),
        (of_texts <= MOST_TEXT_SECONDS, f"{of_texts:.0f} s for texts, {MOST_TEXT_SECONDS} are allowed"),
        (run.peak <= MOST_BYTES, f"{run.peak / (1 << 30):.1f} GiB of memory, {MOST_BYTES >> 30} are allowed"),
        (pack <= MOST_PACK_SECONDS, f"{pack:.1f} s for a pack of one claim, {MOST_PACK_SECONDS} are allowed"),
    )
    return [f"payment audit: {words}" for kept, words in limits if not kept]

"""`make bench`: what every layer of a refresh takes, beside the floor measured in the same run; then the payment audit of five million claims,
linkage of a million records, extracts of many rows, and the pages with twenty people at once.

Seconds on a shared machine say little; their ratio to the floor says more. The ratios of the last accepted run are in
ratios.json. Exit 1 when a layer or the whole takes 25% more of the floor than there, or when the refresh of the large nation
takes more than 8 floors and 60 seconds, or 8 GiB. Layers under half a floor are shown and not judged: they are noise. Linkage has limits of
its own (bench/linkage.py) and its section in the evidence of linkage; so has the payment audit (bench/payment.py), with a section here.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import median

from bench.claims import grown
from bench.extracts import extracts
from bench.floor import floor_seconds
from bench.linkage import linkage
from bench.pages import pages
from bench.payment import CLAIMS, payment
from bench.watch import Watched, watched_refresh
from edition.folder import current_id

REPOSITORY = Path(__file__).resolve().parents[1]
RATIOS = Path(__file__).with_name("ratios.json")
REPORT = REPOSITORY / "docs" / "evidence" / "bench.md"
LINKAGE_REPORT, LINKAGE_SECTION = REPOSITORY / "docs" / "evidence" / "linkage.md", "## A million records"
PAYMENT_SECTION = "## The payment audit of millions of claims"
EXTRACTS_SECTION = "## Extracts of many rows"
PAGES_SECTION = "## Twenty people look at once"
LARGE = 300_000
FLOORS, FIXED_SECONDS, MOST_BYTES = 8, 60, 8 << 30
WORSE, JUDGED_FROM = 1.25, 0.5
WHOLE = "whole"


def main() -> int:
    asked = argparse.ArgumentParser(prog="bench", description=__doc__.splitlines()[0])
    asked.add_argument("--releases", type=int, nargs="+", default=[20_000, LARGE])
    asked.add_argument("--scratch", type=Path, required=True, help="Folder for invented deliveries and homes; kept deliveries are used again.")
    asked.add_argument("--accept", action="store_true", help="Write the ratios of this run to ratios.json.")
    asked.add_argument("--linkage", action="store_true", help="Only linkage of a million records.")
    asked.add_argument("--payment", action="store_true", help="Only the payment audit.")
    asked.add_argument("--claims", type=int, default=CLAIMS, help="Claims of the payment audit and of the pages; fewer to try the bench itself.")
    asked.add_argument("--pages", action="store_true", help="Only the pages, of the largest nation that is asked for.")
    asked.add_argument("--extracts", action="store_true", help="Only extracts of many rows.")
    given = asked.parse_args()
    given.scratch.mkdir(parents=True, exist_ok=True)
    every = not (given.linkage or given.payment or given.extracts or given.pages)
    problems = refreshes(given) if every else []
    if every or given.payment:
        problems += millions_of_claims(given)
    if every or given.linkage:
        problems += million_records(given.scratch)
    if every or given.extracts:
        problems += many_rows(given.scratch)
    if every or given.pages:
        problems += twenty_people(given)
    return 1 if problems else 0


def refreshes(given: argparse.Namespace) -> list[str]:
    known = json.loads(RATIOS.read_text()) if RATIOS.exists() else {}
    text, problems = ["# Bench", "", __doc__.split("\n\n")[1].replace("\n", " "), ""], []
    for releases in given.releases:
        floor, run = measure(releases, given.scratch)
        ratios = {layer: seconds / floor for layer, (seconds, _) in run.layers.items()} | {WHOLE: run.seconds / floor}
        text += table(releases, floor, run, ratios, known.get(str(releases), {}))
        problems += faults(releases, floor, run, ratios, known.get(str(releases), {}))
        if given.accept:
            known[str(releases)] = {layer: round(ratio, 2) for layer, ratio in ratios.items()}
    if given.accept:
        RATIOS.write_text(json.dumps(known, indent=1) + "\n")
    text += ["Too slow:" if problems else "Nothing is too slow.", *(f"- {problem}" for problem in problems), ""]
    print("\n".join(text))
    REPORT.write_text("\n".join(text))
    return problems


def millions_of_claims(given: argparse.Namespace) -> list[str]:
    """Over the smallest nation that is asked for, refreshed first if it is not there."""
    nation = given.scratch / f"home-{min(given.releases)}"
    if not (nation / "work" / "warehouse.duckdb").exists():
        measure(min(given.releases), given.scratch)
    lines, problems = payment(nation, given.scratch, given.claims)
    _write_section(REPORT, PAYMENT_SECTION, lines, problems)
    return problems


def twenty_people(given: argparse.Namespace) -> list[str]:
    """Over the largest nation that is asked for, refreshed first if it is not there, with its claims as often as there are to be."""
    nation, home = (given.scratch / f"{what}-{max(given.releases)}" for what in ("home", "pages"))
    if current_id(nation) is None:
        measure(max(given.releases), given.scratch)
    copies = grown(nation, home, given.claims)
    lines, problems = pages(home, copies)
    _write_section(REPORT, PAGES_SECTION, lines, problems)
    return problems


def million_records(scratch: Path) -> list[str]:
    lines, problems = linkage(scratch)
    _write_section(LINKAGE_REPORT, LINKAGE_SECTION, lines, problems)
    return problems


def many_rows(scratch: Path) -> list[str]:
    lines, problems = extracts(scratch)
    _write_section(REPORT, EXTRACTS_SECTION, lines, problems)
    return problems


def _write_section(report: Path, heading: str, lines: list[str], problems: list[str]) -> None:
    """Print the section and put it in the place of the one of that heading, or at the end."""
    section = "\n".join([heading, "", *lines, *(f"Missed: {problem}" for problem in problems)]).rstrip() + "\n"
    print(section)
    was = report.read_text()
    found = re.sub(rf"{heading}\n.*?(?=^## |\Z)", lambda _: section + "\n", was, flags=re.DOTALL | re.MULTILINE)
    report.write_text((found if heading in was else was.rstrip() + "\n\n" + section).rstrip() + "\n")


def measure(releases: int, scratch: Path) -> tuple[float, Watched]:
    """Seconds of the floor and the refresh of an invented nation into a new home. The floor is the median of four, two before the refresh and
    two after it: what other machines take of the processors changes from minute to minute."""
    landing, home, typed = (scratch / f"{what}-{releases}" for what in ("landing", "home", "floor"))
    if not landing.is_dir():
        command = [sys.executable, "-m", "orchestration.cli", "generate", "--out", str(landing), "--releases", str(releases), "--seed", "1"]
        subprocess.run(command, cwd=REPOSITORY, check=True)
    shutil.rmtree(home, ignore_errors=True)
    before = [floor_seconds(landing, typed) for _ in range(2)]
    run = watched_refresh(landing, home, REPOSITORY)
    after = [floor_seconds(landing, typed) for _ in range(2)]
    shutil.rmtree(typed)
    return median(before + after), run


def table(releases: int, floor: float, run: Watched, ratios: dict[str, float], before: dict[str, float]) -> list[str]:
    head = f"Floor: {floor:.1f} s. Refresh: {run.cpu_seconds:.0f} processor seconds; other machines took {run.stolen:.0%} of the processors meanwhile."
    lines = [f"## {releases:,} releases", "", head, "", "| Layer | Seconds | Floors | Before | Peak MiB |", "|---|---|---|---|---|"]
    rows = {**run.layers, WHOLE: (run.seconds, run.peak)}
    for layer, (seconds, peak) in rows.items():
        was = f"{before[layer]:.2f}" if layer in before else ""
        lines.append(f"| {layer} | {seconds:.1f} | {ratios[layer]:.2f} | {was} | {peak >> 20 if peak else ''} |")
    return [*lines, ""]


def faults(releases: int, floor: float, run: Watched, ratios: dict[str, float], before: dict[str, float]) -> list[str]:
    found = [
        f"{releases:,} releases, {layer}: {ratio:.2f} floors, {before[layer]:.2f} before"
        for layer, ratio in ratios.items()
        if layer in before and ratio > JUDGED_FROM and ratio > before[layer] * WORSE
    ]
    if releases >= LARGE and run.seconds > FLOORS * floor + FIXED_SECONDS:
        found.append(f"{releases:,} releases: {run.seconds:.0f} s, {FLOORS} floors and {FIXED_SECONDS} s are {FLOORS * floor + FIXED_SECONDS:.0f} s")
    if releases >= LARGE and run.peak > MOST_BYTES:
        found.append(f"{releases:,} releases: {run.peak / (1 << 30):.1f} GiB of memory, {MOST_BYTES >> 30} are allowed")
    return found


if __name__ == "__main__":
    sys.exit(main())

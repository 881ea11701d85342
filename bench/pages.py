"""The pages of 300,000 releases and 5,000,000 claims: twenty open sessions, an action of each every five seconds, timed from the question to the end of the page's script; the
memory of the dashboard; and what a new browser loads.

An action is a page at random, or a choice on it. It is cold where nobody has asked for that page with those choices since the dashboard began. Seconds
are by the clock of the reader: waiting for other sessions is in them.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import statistics
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from playwright.sync_api import sync_playwright

from dashboard.views import PAGES
from edition.folder import RESTRICTED, current
from tests.dashboard.session import Tab
from tests.sign_in.serving import served

RELEASES, CLAIMS = 300_000, 5_000_000
SESSIONS, EVERY, SECONDS = 20, 5, 300
MOST_WARM, MOST_COLD, MOST_BYTES, MOST_LOADED = 0.3, 1.5, 1 << 30, 5 << 20


@dataclass
class Timed:
    """Seconds of every action, apart where it was the first of its kind, by page."""

    asked: set[tuple[str, str]] = field(default_factory=set)
    cold: list[tuple[str, float]] = field(default_factory=list)
    warm: list[tuple[str, float]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def add(self, page: str, tab: Tab) -> None:
        key = page, tab.query
        (self.warm if key in self.asked else self.cold).append((page, tab.shown.seconds))
        self.asked.add(key)
        if tab.shown.of("exception"):
            self.failed.append(page)


def pages(home: Path, copies: int) -> tuple[list[str], list[str]]:
    """The lines of the report, and what missed its limit. `home`: one with each claim `copies` times (bench/claims.py); the demonstration's readers look at it."""
    rows = current(home).rows
    with served(home, None) as dashboard:
        loaded = _loaded(dashboard.address)
        timed = Timed()
        asyncio.run(_all(dashboard.address, timed))
        memory, processor, why = _peak(dashboard.pid), _processor(dashboard.pid), _errors(dashboard.logged())
    warm, cold = (_p95([seconds for _, seconds in of]) for of in (timed.warm, timed.cold))
    text = [
        f"{SESSIONS} sessions for {SECONDS} s on {rows[f'{RESTRICTED}/fct_release']:,} releases and {rows[f'{RESTRICTED}/fct_claim']:,} claims (each {copies} times): {len(timed.warm)} warm actions, median {statistics.median(s for _, s in timed.warm):.2f} s, p95 {warm:.2f} s; "
        f"{len(timed.cold)} cold, median {statistics.median(s for _, s in timed.cold):.2f} s, p95 {cold:.2f} s; peak {memory / (1 << 20):.0f} MiB; {processor / len([*timed.warm, *timed.cold]):.2f} processor seconds an action; "
        f"a new browser loads {loaded / (1 << 20):.1f} MB.",
        "",
        "| Page | Warm: actions | p95, s | Cold: actions | p95, s |",
        "|---|---|---|---|---|",
        *(_line(page, timed) for page in PAGES),
        "",
    ]
    limits = (
        (rows[f"{RESTRICTED}/fct_release"] >= RELEASES and rows[f"{RESTRICTED}/fct_claim"] >= CLAIMS, f"{RELEASES:,} releases and {CLAIMS:,} claims are asked for"),
        (not timed.failed, f"pages failed: {sorted(set(timed.failed))}: {'; '.join(why)}"),
        (warm <= MOST_WARM, f"{warm:.2f} s warm at the 95th of 100, {MOST_WARM} are allowed"),
        (cold <= MOST_COLD, f"{cold:.2f} s cold at the 95th of 100, {MOST_COLD} are allowed"),
        (memory <= MOST_BYTES, f"{memory / (1 << 20):.0f} MiB, {MOST_BYTES >> 20} are allowed"),
        (loaded <= MOST_LOADED, f"{loaded / (1 << 20):.1f} MB for a new browser, {MOST_LOADED >> 20} are allowed"),
    )
    return text, [f"pages: {words}" for kept, words in limits if not kept]


def _line(page: str, timed: Timed) -> str:
    warm, cold = ([seconds for of, seconds in found if of == page] for found in (timed.warm, timed.cold))
    return f"| {PAGES[page]} | {len(warm)} | {_p95(warm):.2f} | {len(cold)} | {_p95(cold):.2f} |"


def _p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20, method="inclusive")[-1] if len(seconds) > 1 else sum(seconds)


async def _all(address: str, timed: Timed) -> None:
    until = asyncio.get_running_loop().time() + SECONDS
    await asyncio.gather(*(_session(address, random.Random(number), timed, until) for number in range(SESSIONS)))


async def _session(address: str, chance: random.Random, timed: Timed, until: float) -> None:
    async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=60) as browser:
        await browser.get("/_stcore/health")
        tab = Tab(address, browser.cookies)
    now = asyncio.get_running_loop().time
    await asyncio.sleep(chance.uniform(0, EVERY))
    page = chance.choice([*PAGES])
    await tab.open(page)
    timed.add(page, tab)
    while now() < until:
        began = now()
        boxes = [box for box in tab.shown.of("selectbox") if not box.form_id and len(box.options) > 1 and box.label != "Look as"]
        if boxes and chance.random() < 0.5:
            box = chance.choice(boxes)
            await tab.choose(box, chance.choice(list(box.options)))
        else:
            page = chance.choice([*PAGES])
            await tab.look(page)
        timed.add(page, tab)
        await asyncio.sleep(max(0.0, EVERY - (now() - began)))
    await tab.close()


def _loaded(address: str) -> int:
    """Bytes that a browser which was never here takes to show the first page with figures."""
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page, bytes_of = browser.new_page(), [0]
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")
        network.on("Network.loadingFinished", lambda told: bytes_of.append(int(told["encodedDataLength"])))
        page.goto(f"{address}/region")
        page.wait_for_selector(".gh h1", timeout=120_000)
        page.wait_for_load_state("networkidle")
        browser.close()
    return sum(bytes_of)


def _errors(log: str) -> list[str]:
    """What went wrong, as the log of the dashboard says it: readers are not told. A traceback ends with a line, and below it stands the error."""
    return sorted(set(re.findall(r"^─+\n(\S+: .*)$", re.sub(r"\x1b\[[\d;]*m", "", log), re.MULTILINE)))


def _processor(pid: int) -> float:
    """Seconds of user and system that a process has used."""
    spent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, spent)) / os.sysconf("SC_CLK_TCK")


def _peak(pid: int) -> int:
    (line,) = [one for one in Path(f"/proc/{pid}/status").read_text().splitlines() if one.startswith("VmHWM:")]
    return int(line.split()[1]) << 10

"""Fifty people look at once, in several roles, while new editions come into force: nothing breaks, nothing mixes, and memory stays bounded.

GATEHOUSE_SESSION_SECONDS says for how long (60 unless it is set).
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import statistics
import sys
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from html import unescape
from pathlib import Path

import httpx
import pandas as pd
import pytest

from dashboard.parts.reader import PURPOSES
from dashboard.views import PAGES
from edition.access import verify
from edition.rights import roles
from tests.conftest import REPOSITORY
from tests.dashboard import invented
from tests.dashboard.conftest import granted
from tests.dashboard.session import Shown, Tab, sign_in
from tests.sign_in.provider import provided
from tests.sign_in.serving import served

SECONDS = int(os.environ.get("GATEHOUSE_SESSION_SECONDS", "60"))
SESSIONS = 50
NEW_EDITION_EVERY = min(60, SECONDS // 4)
THINKS = (10, 40)  # seconds between two looks of one person
MOST_MEMORY = 1 << 20  # kB


@dataclass(frozen=True)
class Person:
    """Somebody, what is granted to them, and what of an invented edition may be on their pages."""

    sub: str
    role: str
    kind: str
    code: str
    says: str
    people: frozenset[int]  # numbers of those due out, or in doubtful pairs
    claims: str | None  # which claims, as pandas asks; None for no count of them
    places: str = ""  # names of those whose small counts they may see, as a regular expression

    @property
    def name(self) -> str:
        return f"{self.sub}.invented@example.org"


def person(sub: str, role: str, kind: str, code: str, people=(), claims: str | None = None, places: str = "(?!)") -> Person:
    of = f" ({kind} {code})" if code else ""
    return Person(sub, role, kind, code, f"{roles()[role].name.lower()}{of}", frozenset(people), claims, places)


PEOPLE = [
    person("alma", "regional_director", "region", "N07", {3}, "release_id == 'r0'", "London"),
    person("bram", "regional_director", "region", "N56", {1, 4}, "release_id == 'r2'", "East of England"),
    person("cora", "contract_manager", "provider", "aster", (), "provider == 'aster'", "Aster.*"),
    person("dina", "approver", "contract", "C-birch", (), "contract_id == 'C-birch'"),
    person("emil", "analyst", "all", ""),
    person("finn", "data_steward", "all", "", {1, 2, 3}),
    person("gero", "auditor", "all", "", range(6), "provider == provider", ".*"),
    person("hedy", "administrator", "all", ""),
]
CHOICES = {
    "region": [*invented.REGIONS, "none", "all", "N99"],
    "provider": [*invented.PROVIDERS, "all"],
    "measure": [one[0] for one in invented.MEASURES],
    "grain": list(invented.PERIODS),
    "by": ["sex", "ethnicity"],
    "pair": [f"{invented.TOKENS[0]}-{invented.TOKENS[1]}", f"{invented.TOKENS[3]}-{invented.TOKENS[4]}"],
    "show": ["all", "decided"],
    "finding": ["unknown_code"],
    "domain": ["all", "employment"],
}


def scale(edition: int) -> float:
    return 1 + 0.37 * edition


@cache
def counts(edition: int, side: str) -> set[tuple[str, str]]:
    """Every numerator with its denominator of an edition, as they are printed; `side` is exact or controlled."""
    exact = invented.results(invented.PROVIDERS, scale(edition))
    rows = (exact if side == "exact" else invented.controlled(exact)).dropna(subset=["numerator", "denominator"])
    return {(f"{one.numerator:,.0f}", f"{one.denominator:,.0f}") for one in rows.itertuples()}


@cache
def signals() -> set[tuple[str, str]]:
    """What a signal was told of among what was tested: of one provider, and of all. The same in each edition."""
    tested = invented._rule_counts(invented.PROVIDERS)
    told = pd.concat([tested.groupby(by)[["failed", "passed"]].sum() for by in ("rule_id", ["rule_id", "provider"])])
    return {(f"{one.failed:,}", f"{one.failed + one.passed:,}") for one in told.itertuples()}


@dataclass
class Seen:
    """What became of all looks together."""

    seconds: list[float] = field(default_factory=list)
    editions: Counter[str] = field(default_factory=Counter)
    figures: int = 0
    lists: int = 0
    downloads: int = 0
    wrong: list[str] = field(default_factory=list)

    def look(self, who: Person, page: str, shown: Shown) -> None:
        self.seconds.append(shown.seconds)
        self.wrong += [f"{who.role}, {page}: {one}" for one in self._faults(who, page, shown)]

    def _faults(self, who: Person, page: str, shown: Shown) -> list[str]:
        if shown.of("exception"):
            return [f"an exception: {shown.of('exception')[0]}"]
        html, all_of_it = unescape(shown.html), shown.everything
        marks = set(re.findall(r"-(edition\d+)", all_of_it))
        if who.role == "administrator" and page != "access":
            return [] if "This page is not for you." in html and not marks else [f"something of {marks}"]
        in_force = re.search(r"Edition <b>(edition(\d+))</b>", html)
        if not in_force:
            return ["no edition is named: " + shown.words[:300]]
        self.editions[in_force[1]] += 1
        faults = [f"{in_force[1]} with rows of {marks}"] if marks - {in_force[1]} else []
        if f"You look as {who.says}." not in html:
            faults.append("another reader's banner")
        people = {int(one) for one in re.findall(r"invented-?(\d+)-edition", all_of_it)}
        self.lists += bool(people)
        if people - who.people:
            faults.append(f"people {people - who.people} of another scope")
        if re.search("is not as agreed|Restricted rows are not shown|Decisions cannot be read", html):
            faults.append(f"a table is missing: {shown.words[-300:]}")
        for row in re.findall(r"<tr[^>]*data-figure.*?</tr>", html, re.S):
            of = re.search(r'<th scope="row">(.*?)</th>', row)
            parts = dict(re.findall(r"data-part=[\"'](\w+)[\"'][^>]*>([^<]*)<", row))
            pair = parts.get("numerator", ""), parts.get("denominator", "")
            if not all(one.replace(",", "").isdigit() for one in pair):
                continue
            self.figures += 1
            name = of[1].partition("-edition")[0] if of else ""
            if page == "audit" and re.match(r"R\d\d, ", name):
                faults += [] if pair in signals() else [f"{pair} is no count of {name}"]
                continue
            # Of places that are another's, the controlled figure and no other.
            sides = ["controlled"] if name in {*invented.REGIONS.values(), *invented.PROVIDERS.values()} and not re.fullmatch(who.places, name) else ["exact", "controlled"]
            if not any(pair in counts(int(in_force[2]), side) for side in sides):
                faults.append(f"{pair} is no {' or '.join(sides)} figure of {in_force[1]}, {name}")
            if (
                name in {*invented.REGIONS.values(), *invented.PROVIDERS.values()}
                and pair[0] in ("1", "2", "3", "4")
                and not re.fullmatch(who.places, name)
            ):
                faults.append(f"a small count of {name}")
        if page == "claims" and "all task domains, all providers" in html:
            faults += self._claims(who, html)
        return faults

    def _claims(self, who: Person, html: str) -> list[str]:
        table = re.search(r"<caption>Claims and money by provider and outcome.*?</table>", html, re.S)
        if (table is not None) != (who.claims is not None):
            return ["claims" if table else "no claims"]
        if table is None:
            return []
        cells = [re.findall(r"<td[^>]*>([^<]*)</td>", row) for row in re.findall(r"<tr.*?</tr>", table[0].split("<tbody>")[1], re.S)]
        shown = sum(int(row[-5].replace(",", "")) for row in cells)
        mine = len(all_claims().query(str(who.claims)))
        return [] if shown == mine else [f"{shown} claims in place of {mine}"]


@cache
def all_claims() -> pd.DataFrame:
    return invented._claims()


def of_process(pid: int, what: str) -> int:
    """kB of memory of a process, VmRSS now or VmHWM at the highest."""
    (line,) = [one for one in Path(f"/proc/{pid}/status").read_text().splitlines() if one.startswith(f"{what}:")]
    return int(line.split()[1])


async def walk(address: str, cookies: httpx.Cookies, who: Person, seen: Seen, rng: random.Random, until: float) -> None:
    """One person: signed in, a task begun, then pages and choices at random, and now and then the newer edition."""
    now = asyncio.get_running_loop().time
    await asyncio.sleep(rng.uniform(0, THINKS[0]))
    tab, page = Tab(address, cookies), rng.choice([*PAGES])
    try:
        seen.look(who, page, await tab.open(page))
        while now() < until:
            if any(one.label == "Begin this task" for one in tab.shown.of("button")) and rng.random() < 0.7:
                shown = await tab.begin_task(rng.choice(PURPOSES))
            elif (newer := re.search(r'data-newer="(edition\d+)"', tab.shown.html)) and rng.random() < 0.3:
                # A session stays on its edition until somebody follows the link to the newer one.
                shown = await tab.look(page, edition=newer[1])
            elif (boxes := [one for one in tab.shown.of("selectbox") if not one.form_id]) and rng.random() < 0.4:
                box = rng.choice(boxes)
                shown = await tab.choose(box, rng.choice(list(box.options)))
            else:
                page = rng.choice([*PAGES])
                asked = rng.sample([*CHOICES], rng.choice((0, 0, 1, 2)))
                shown = await tab.look(page, **{one: rng.choice(CHOICES[one]) for one in asked})
            seen.look(who, page, shown)
            for offered in shown.of("download_button"):
                if rng.random() < 0.2:
                    await download(address, cookies, offered.url, seen, shown)
            await asyncio.sleep(rng.uniform(*THINKS))
        await tab.close()
    except Exception as error:
        seen.wrong.append(f"{who.role}, {page}: {type(error).__name__}: {error}"[:600])


async def download(address: str, cookies: httpx.Cookies, url: str, seen: Seen, shown: Shown) -> None:
    async with httpx.AsyncClient(base_url=address, cookies=cookies, trust_env=False, timeout=60) as browser:
        text = (await browser.get(url)).text
    seen.downloads += 1
    marks, (in_force,) = set(re.findall(r"edition\d+", text)), re.findall(r"Edition <b>(edition\d+)</b>", shown.html)
    if marks != {in_force}:
        seen.wrong.append(f"a download of {marks} on a page of {in_force}")


async def publish(home: Path, until: float) -> int:
    """Another process puts new editions into force, one at a time; returns how many."""
    now, made = asyncio.get_running_loop().time, 1
    while now() + NEW_EDITION_EVERY < until:
        await asyncio.sleep(NEW_EDITION_EVERY)
        made += 1
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.dashboard.invented", str(home), f"edition{made}", str(scale(made)), cwd=REPOSITORY
        )
        assert await process.wait() == 0
    return made


async def all_at_once(address: str, home: Path, seen: Seen) -> int:
    cookies = {who.sub: await sign_in(address, who.sub) for who in PEOPLE}
    until = asyncio.get_running_loop().time() + SECONDS
    walks = [
        walk(address, cookies[who.sub], who, seen, random.Random(number), until)
        for number, who in enumerate((PEOPLE * SESSIONS)[:SESSIONS])
    ]  # fmt: skip
    made, *_ = await asyncio.gather(publish(home, until), *walks)
    return made


@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 300)
def test_fifty_people_in_eight_scopes_see_one_edition_a_page_and_nothing_of_each_other_while_editions_come(tmp_path):
    home, seen = tmp_path / "home", Seen()
    invented.publish(home, "edition1", scale=scale(1), mark="-edition1")
    for who in PEOPLE:
        granted(home, who.name, who.role, who.kind, who.code, is_named=who.role == "auditor")
    with provided() as provider, served(home, provider) as dashboard:
        at_first = of_process(dashboard.pid, "VmRSS")
        made = asyncio.run(all_at_once(dashboard.address, home, seen))
        at_last, highest = of_process(dashboard.pid, "VmRSS"), of_process(dashboard.pid, "VmHWM")
        logged = dashboard.logged()
    entries, fault = verify(home)
    print(
        f"{SESSIONS} sessions, {SECONDS} s, {len(seen.seconds)} pages, {seen.figures} figures, {seen.lists} lists of people, {seen.downloads} downloads, "
        f"{made} editions ({len(seen.editions)} seen), wrong {len(seen.wrong)}; seconds a page: median {statistics.median(seen.seconds):.2f}, "
        f"p95 {statistics.quantiles(seen.seconds, n=20)[-1]:.2f}; memory {at_first >> 10} MiB at first, {at_last >> 10} at last, {highest >> 10} at most; "
        f"{entries} entries in the access record"
    )
    assert not seen.wrong, "\n".join(seen.wrong[:20])
    assert "Traceback" not in logged, logged[-3000:]
    assert len(seen.editions) == made > 1 and seen.figures and seen.lists and seen.downloads
    assert not fault
    assert highest <= MOST_MEMORY

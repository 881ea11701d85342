"""Parts of a page that are laid out by themselves: of the edition that the frame names, each look in the access record, and for nobody who may no longer look."""

import asyncio
import json
import re
from dataclasses import replace
from datetime import date

import httpx
import pytest

from dashboard.parts.reader import PURPOSES
from decisions import grants
from tests.dashboard import invented
from tests.dashboard.conftest import granted, uses
from tests.dashboard.session import Tab, sign_in
from tests.dashboard.test_browser import served as demonstration
from tests.sign_in.provider import provided
from tests.sign_in.serving import served

ROW = {"string_value": json.dumps({"selection": {"rows": [0], "columns": [], "cells": []}})}


async def somebody(address: str) -> Tab:
    """A tab on the demonstration, where nobody signs in."""
    async with httpx.AsyncClient(base_url=address, trust_env=False) as browser:
        await browser.get("/_stcore/health")
        return Tab(address, browser.cookies)


def listed(shown) -> str:
    """The id of the list of people or claims on the page, of which rows are chosen."""
    return [one.id for one in shown.of("dataframe") if one.id and one.selection_mode][-1]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("apart")
    invented.publish(folder)
    return folder


@pytest.fixture(scope="module")
def address(home):
    with demonstration(home) as root:
        yield root


def test_an_act_inside_a_part_lays_that_part_out_alone_and_enters_its_list_again(home, address):
    async def look():
        tab = await somebody(address)
        page = await tab.open("due", days="84")
        before = uses(home)
        part = await tab.act(listed(page), ROW)
        await tab.close()
        return page, part, uses(home)[len(before) :], before

    page, part, entered, before = asyncio.run(look())
    assert not page.is_part and part.is_part and "<h1>" in page.html and "<h1>" not in part.html
    assert "Reference invented2" in part.words and "delivered rows" in part.words and "Person by person" not in part.words
    assert not [one for one in part.of("exception")]
    # The list and what is found of the one chosen, as a run of the whole page would enter them, at the time of the act.
    of_people = [(one["tables"], one["rows"]) for one in entered if "tables" in one]
    assert of_people[0] == (["fct_due_release"], 6) and ["fct_evidence"] in [tables for tables, _ in of_people]
    assert {(one["page"], one["edition_id"], one["user"], one["purpose"]) for one in entered} == {(one["page"], one["edition_id"], one["user"], one["purpose"]) for one in before[-2:]}
    assert all(one["time"] >= before[-1]["time"] for one in entered)


def test_a_choice_inside_a_part_is_in_the_address_and_a_link_opens_it_again(home, address):
    async def look():
        tab = await somebody(address)
        page = await tab.open("claims")
        part = await tab.act(listed(page), ROW)
        query = tab.query
        again = await tab.look("claims", **dict(httpx.QueryParams(query)))
        await tab.close()
        return part, query, again

    part, query, again = asyncio.run(look())
    assert part.is_part and "<h2>One claim</h2>" in part.html and "edition=invented-1" in query
    (claim,) = [one for name, one in httpx.QueryParams(query).items() if name == "claim"]
    assert claim.partition("|")[2] in part.words and not again.is_part and "<h2>One claim</h2>" in again.html


def test_where_the_address_asks_for_something_else_meanwhile_the_whole_page_follows_it(home, address):
    async def look():
        tab = await somebody(address)
        page = await tab.open("due", days="84")
        tab.query = "days=28"
        after = await tab.act(listed(page), ROW)
        await tab.close()
        return after

    after = asyncio.run(look())
    assert not after.is_part and "in the next 28 days" in after.words and "in the next 84 days" not in after.words


def test_a_part_never_shows_another_edition_than_the_frame(tmp_path):
    invented.publish(tmp_path)
    invented.publish(tmp_path, "invented-2", as_of="2023-07-31", scale=2)

    async def look(address):
        tab = await somebody(address)
        page = await tab.open("due", days="84", edition="invented-2")
        part = await tab.act(listed(page), ROW)
        tab.query = "days=84&edition=invented-1"
        after = await tab.act(listed(page), ROW)
        await tab.close()
        return part, after

    with demonstration(tmp_path) as root:
        part, after = asyncio.run(look(root))
    assert part.is_part and not after.is_part and "Edition invented-1" in after.words


def test_where_a_newer_edition_is_in_force_the_whole_page_says_so_and_stays_on_its_own(tmp_path):
    invented.publish(tmp_path)

    async def look(address):
        tab = await somebody(address)
        page = await tab.open("due", days="84")
        invented.publish(tmp_path, "invented-2", as_of="2023-07-31", scale=2)
        after = await tab.act(listed(page), ROW)
        await tab.close()
        return after

    with demonstration(tmp_path) as root:
        after = asyncio.run(look(root))
    assert not after.is_part and "A newer edition is in force" in after.words and "Edition invented-1" in after.words


def test_nothing_more_is_shown_in_a_part_once_what_was_granted_is_taken_back(tmp_path):
    home = tmp_path / "home"
    invented.publish(home)
    who = "alma.invented@example.org"
    granted(home, who, "regional_director", "region", "N07")

    async def look(address):
        tab = Tab(address, await sign_in(address, "alma"))
        await tab.open("due", days="84")
        page = await tab.begin_task(PURPOSES[0])
        part = await tab.act(listed(page), ROW)
        (held,) = [one for one in grants.all_grants(home) if one.person == who]
        grants.grant(home, replace(held, valid_to=date(2020, 12, 31)))
        before = uses(home)
        after = await tab.act(listed(page), ROW)
        await tab.close()
        return part, after, uses(home)[len(before) :]

    with provided() as provider, served(home, provider) as dashboard:
        part, after, entered = asyncio.run(look(dashboard.address))
    assert part.is_part and "delivered rows" in part.words
    assert not after.is_part and f"Nothing is granted to {who}." in after.words and "delivered rows" not in after.words
    assert not [one for one in entered if "tables" in one] and not re.search("invented[0-9]", after.everything)

"""What each page shows of an invented edition to somebody of each role: their rows and exact counts, and nobody else's, by lists that are written
out here a second time."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from html import unescape
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.views import PAGES
from decisions import case_records, grants, samples
from decisions.grants import in_force
from edition.access import Use, verify
from edition.folder import current
from edition.reading import write_csv
from edition.rights import Grant, Reader, roles
from tests.conftest import NOW
from tests.dashboard import invented
from tests.dashboard.conftest import ROOT, body, granted, uses

PURPOSE = "Preparing releases"
A, B, C, D, E, F = invented.TOKENS
ALL = set(invented.REGIONS.values()) | set(invented.PROVIDERS.values()) | {"England and Wales"}


@dataclass(frozen=True)
class Reads:
    """What is granted to somebody, and what of the edition is theirs: `due`, the numbers of bookings and people that are listed, `counted` of
    them; `pairs` of records that are listed; `claims`, as pandas asks for them, None for no count; `places` whose small counts are shown;
    `cases`, how many payment cases are listed."""

    role: str
    kind: str = "all"
    code: str = ""
    is_named: bool = False
    due: tuple[int, ...] | None = None
    counted: int = 0
    pairs: tuple[str, ...] | None = None
    claims: str | None = None
    places: frozenset[str] = frozenset()
    accounts: bool = False
    cases: int = 0

    @property
    def says(self) -> str:
        return roles()[self.role].name.lower() + (f" ({self.kind} {self.code})" if self.code else "")


# A case for each claim that fails, and for the service level of each contract.
AUDITED = int(invented._claim_tests().eval("result == 'fail' and `class` == 'E'").sum()) + len(invented.PROVIDERS)
EVERY_PAIR = (f"{A}-{B}", f"{B}-{C}", f"{A}-{C}", f"{D}-{E}", f"{E}-{F}")
LONDON = {"kind": "region", "code": "N07", "counted": 2, "claims": "release_id == 'r0'", "places": frozenset({"London"})}
READERS = {
    "dora.director@example.org": Reads("regional_director", due=(3,), **LONDON),
    "nora.named@example.org": Reads("regional_director", due=(3, 0), is_named=True, **LONDON),
    "elsa.east@example.org": Reads("regional_director", "region", "N56", due=(1, 4), counted=2, claims="release_id == 'r2'", places=frozenset({"East of England"})),
    "mia.manager@example.org": Reads("contract_manager", "provider", "aster", claims="provider == 'aster'", cases=17, places=frozenset({invented.PROVIDERS["aster"]})),
    "amy.approver@example.org": Reads("approver", "contract", "C-birch", claims="contract_id == 'C-birch'", cases=17),
    "ann.analyst@example.org": Reads("analyst"),
    "stan.steward@example.org": Reads("data_steward", pairs=EVERY_PAIR, accounts=True),
    # Not a named reader: 0 and 5 are under restriction.
    "otto.auditor@example.org": Reads("auditor", due=(2, 1, 3, 4), counted=6, pairs=EVERY_PAIR, claims="amount > 0", cases=AUDITED, places=frozenset({*ALL, "all providers"}), accounts=True),
    "ada.administrator@example.org": Reads("administrator"),
}  # fmt: skip
DIRECTOR, NAMED, EAST, MANAGER, APPROVER, ANALYST, STEWARD, AUDITOR, ADMINISTRATOR = READERS
# Whose grants differ from the first director's in little look at what differs.
FEW = {NAMED: ("due",), EAST: ("due", "claims", "region", "compare")}


@dataclass
class Page:
    """What stood on a page: our HTML, the data of its charts, what it offered for download, what could be chosen."""

    html: str
    drawn: list[dict]
    offered: list[str]
    options: list[str]
    lists: list[dict]

    @property
    def words(self) -> str:
        return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", self.html)))

    @property
    def everything(self) -> str:
        return " ".join([self.html, json.dumps([*self.drawn, *self.lists], default=str), *self.offered, *self.options])

    def ids(self) -> dict[str, set[str]]:
        """Every id of a person, booking, claim, release or record that stands anywhere on it."""
        looks = {"people": r"invented-?(\d+)(?![\d-])", "bookings": r"booking\d+", "claims": r"\b(?:aster|birch|cedar|dogwood)-[\w-]+-\d+|\bK\d\b",
                 "releases": r"\br\d+\b(?!\.)", "records": r"\b([a-f])\1{7,23}\b"}  # fmt: skip
        return {kind: {one[0] for one in re.finditer(pattern, self.everything)} for kind, pattern in looks.items()}

    def tables(self, caption: str) -> list[list[str]]:
        found = [one for one in re.findall(r"<table>.*?</table>", self.html, re.S) if re.search(f"<caption>{caption}", one)]
        rows = re.findall(r"<tr.*?</tr>", found[0].split("<tbody>")[1], re.S) if found else []
        return [[unescape(re.sub(r"<[^>]+>", "", cell)) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)] for row in rows]


@dataclass
class Desk:
    """Somebody at a browser of their own: `app` as it stands, and what was offered for download since the page was asked for."""

    app: AppTest
    offered: list[str]

    def look(self, page: str, **query: str) -> Page:
        self.app.query_params = dict(query)
        self.app.switch_page(f"views/{page}.py")
        return self.run()

    def run(self) -> Page:
        self.offered.clear()
        self.app.run()
        assert not self.app.exception, [one.stack_trace for one in self.app.exception]
        drawn = []
        for chart in self.app.get("vega_lite_chart"):
            for data in chart.proto.datasets:
                drawn += pa.ipc.open_stream(data.data.data).read_all().to_pandas().astype(object).to_dict("records")
        listed = [row for one in self.app.dataframe for row in one.value.astype(object).to_dict("records")]
        return Page(body(self.app), drawn, [*self.offered], [str(one) for box in self.app.selectbox for one in box.options], listed)

    def begin(self, purpose: str = PURPOSE) -> None:
        self.app.selectbox(key="task_kind").set_value(purpose)
        self.press("Begin this task")

    def press(self, label: str) -> Page:
        next(one for one in self.app.button if one.label == label).click()
        return self.run()


class House:
    """A home with an invented edition where all of READERS may sign in."""

    def __init__(self, home: Path) -> None:
        self.home, self.who, self.offered = home, "", []
        invented.publish(home, "edition1")
        for person, one in READERS.items():
            granted(home, person, one.role, one.kind, one.code, one.is_named)
        invented.open_cases(home)
        self.before = len(uses(home))

    def sit(self, who: str) -> Desk:
        self.who = who
        return Desk(AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=120), self.offered)

    def at_work(self, who: str) -> Desk:
        """The same, a task begun where they are asked for one."""
        desk = self.sit(who)
        desk.look("access")
        if any(one.key == "task_kind" for one in desk.app.selectbox):
            desk.begin()
        return desk

    def entries(self) -> list[dict]:
        return uses(self.home)[self.before :]


@pytest.fixture(scope="module")
def house(tmp_path_factory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("roles") / "home")
    offer = st.download_button

    def keep(label, data, *args, **more):
        house.offered.append(data.decode())
        return offer(label, data, *args, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("GATEHOUSE_DECISIONS_URL", raising=False)
        patch.setenv("GATEHOUSE_HOME", str(house.home))
        patch.setattr("dashboard.parts.visitor.is_demonstration", lambda: False)
        patch.setattr("dashboard.parts.visitor.person", lambda now: house.who)
        patch.setattr("streamlit.download_button", keep)
        yield house


@pytest.fixture(scope="module")
def walks(house) -> dict[str, dict[str, Page]]:
    """Every page as each of READERS sees it, a task begun."""
    found = {}
    for who in READERS:
        desk = house.at_work(who)
        found[who] = {page: desk.look(page, **({"days": "84"} if page == "due" else {})) for page in FEW.get(who, PAGES)}
    return found


def small_counts_of_others(page: Page, own: frozenset[str]) -> list[str]:
    """Counts of 1 to 4 in figures, or in the data of charts, of places that are not `own`."""
    found = []
    for caption, table in re.findall(r"<caption>(.*?)</caption>(.*?)</table>", page.html, re.S):
        for row in re.findall(r"<tr[^>]*data-figure.*?</tr>", table, re.S):
            name = re.search(r'<th scope="row">(.*?)</th>', row)
            place = unescape(name[1]) if name and unescape(name[1]) in ALL else unescape(caption)
            found += [place for part in re.findall(r'data-part="\w+">(\d+)<', row) if part in "1 2 3 4".split()]
    for card in re.findall(r'<article class="card".*?</article>', page.html, re.S):
        where = re.search(r'<p class="where">(.*?), ', card)
        found += [unescape(where[1]) if where else "?" for part in re.findall(r'data-part="\w+">(\d+)<', card) if part in "1 2 3 4".split()]
    for one in page.drawn:
        if "stale" in one:
            name = one["name"] if one["name"] in ALL else "England and Wales"
            found += [
                name
                for part in ("numerator", "denominator", "unknown", "not_yet_due", "out_of_scope", "stale")
                if str(one[part]) in "1 2 3 4".split()
            ]
    return [place for place in found if not any(mine in place for mine in own)]


def failing_claims(mine: str) -> set[str]:
    """The ids of the claims that fail a condition of the contract, of those that are the reader's."""
    tests = invented._claim_tests()
    return set(tests.loc[(tests["result"] == "fail") & (tests["class"] == "E"), "claim_id"]) & set(invented._claims().query(mine)["claim_id"])


def paid_claims(mine: str) -> set[str]:
    """The ids of the claims that were paid and whose outcome was not achieved, of those that are the reader's."""
    return set(invented._claims().query(f"({mine}) and outcome_cell == 'not_achieved' and paid_amount > 0")["claim_id"])


@pytest.mark.parametrize(("who", "page"), [(who, page) for who in READERS for page in FEW.get(who, PAGES)])
def test_a_page_shows_the_ids_and_small_counts_of_its_reader_and_no_others(walks, who, page):
    shown, mine = walks[who][page], READERS[who]
    people = {f"invented{n}" for n in mine.due or ()} if page == "due" else set()
    records, claims = set(), set()
    if page == "links" and mine.pairs:
        # The pair that is open names two records, two people and the claims of a side; the list names none.
        people, records = {"invented1", "invented2"}, {A[:8], B[:8]}
    if page == "audit" and mine.claims or page == "casework" and mine.cases:
        claims = failing_claims(mine.claims)
    if page == "claims" and mine.claims:
        claims = paid_claims(mine.claims)
    ids = shown.ids()
    if page == "links" and mine.pairs:
        ids["records"] = {one for one in ids["records"] if len(one) == 8}
    assert ids == {"people": people, "bookings": set(), "claims": claims, "releases": set(), "records": records}
    assert small_counts_of_others(shown, mine.places | {"your own contracts"}) == []
    for text in shown.offered:
        rows = pd.read_csv(io.StringIO(text))
        counts = [one for one in ("numerator", "denominator", "unknown", "not_yet_due", "out_of_scope", "stale") if one in rows]
        assert len(rows) and not rows[counts].isin([1, 2, 3, 4]).any().any() and len(counts) == (0 if page == "definitions" else 6)
        assert not {"person_id", "claim_id", "booking_id", "release_id"} & set(rows)


def test_small_counts_of_ones_own_places_are_shown_and_of_others_hidden(house, walks):
    # In a year, which is printed for every place.
    years = {who: house.at_work(who).look("compare", grain="year", period="2023-03") for who in (DIRECTOR, EAST, AUDITOR, ANALYST, MANAGER)}

    def value(who: str, place: str) -> str:
        (row,) = [one for one in years[who].tables("Housed on the first night, by region") if one[0] == place]
        return row[1]

    assert value(DIRECTOR, "London").startswith("4 of 4") and "[c]" in value(DIRECTOR, "Wales")
    assert "[c]" in value(EAST, "London") and value(AUDITOR, "Wales").startswith("3 of 3")
    assert "[c]" in value(ANALYST, "London") and "[c]" in value(MANAGER, "London")
    assert small_counts_of_others(walks[AUDITOR]["compare"], frozenset()), "the walk finds none where there are"


@pytest.mark.parametrize("who", [who for who in READERS if who != NAMED])
def test_claims_are_counted_as_far_as_they_are_the_readers(walks, who):
    shown, mine = walks[who]["claims"], READERS[who].claims
    listed = shown.tables("Claims and money by domain and outcome")
    wanted = 0 if mine is None else len(invented._claims().query(mine))
    assert sum(int(row[-5].replace(",", "")) for row in listed) == wanted


# Of each page what is not theirs, in the words of the page; the rest of it is there.
NOT_THEIRS = {
    "due": "fct_due_release is not for",
    "links": "fct_link_review is not for",
    "quality": "fct_row_account is not for",
    "claims": "fct_claim is",
    "casework": "Payment cases and samples are not for",
    "samples": "Payment cases and samples are not for",
}


@pytest.mark.parametrize("who", [who for who in READERS if who != ADMINISTRATOR and who not in FEW])
def test_what_is_not_theirs_says_so_and_the_rest_is_shown(walks, who):
    mine = READERS[who]
    theirs = {"due": mine.due, "links": mine.pairs, "quality": mine.accounts or None, "claims": mine.claims, "casework": mine.cases or None, "samples": mine.cases or None}
    for page, said in NOT_THEIRS.items():
        shown = walks[who][page]
        assert (said in shown.words) == (theirs[page] is None), f"{page}: {shown.words[-600:]}"
        assert "gatehouse status" not in shown.words, f"{page} sends the reader to a command that cannot help"
    assert ("What became of each record cannot be shown." in walks[who]["quality"].words) != mine.accounts
    assert "To which day each table is complete" in walks[who]["quality"].html
    for page, shown in walks[who].items():
        assert shown.html.count("<h1>") == 1, page
        assert f"You look as {mine.says}." in shown.words, page


def test_counts_of_ones_own_places_are_not_taken_for_those_of_all(house, walks):
    said = {who: [walks[who]["claims"].words, house.at_work(who).look("compare", of="provider").words] for who in (DIRECTOR, AUDITOR, ANALYST)}
    assert all("of your own places only, as regional director (region N07)." in one for one in said[DIRECTOR])
    assert not [one for who in (AUDITOR, ANALYST) for one in said[who] if "of your own places only" in one]
    assert "next 84 days, your region, all prisons" in walks[DIRECTOR]["due"].words
    assert "next 84 days, all regions, all prisons" in walks[AUDITOR]["due"].words


def test_an_analyst_sees_controlled_figures_and_nothing_else(walks):
    for page in ("region", "compare", "claims", "definitions"):
        said = walks[ANALYST][page].words
        assert "Controlled figures." in said and "Exact figures" not in said and "Edition edition1" in said
    # What leaves is made on the page Figures, when it is asked for.
    assert [page for page, shown in walks[ANALYST].items() if shown.offered] == ["definitions"]
    assert [page for page, shown in walks[ANALYST].items() if "data-extract=" in shown.html] == ["compare"]


def test_an_administrator_sees_nothing_but_the_page_who_may_see_what(walks):
    for page, shown in walks[ADMINISTRATOR].items():
        if page == "access":
            assert "What is granted" in shown.words and "No figures." in shown.words and "Controlled figures" not in shown.words
        else:
            assert shown.words.strip().startswith("Gatehouse This page is not for you.") and not shown.drawn and not shown.offered
            assert "edition1" not in shown.everything


def test_from_a_page_that_is_not_for_the_reader_the_menu_leads_to_one_that_is(house):
    desk = house.at_work(ADMINISTRATOR)
    assert "This page is not for you." in desk.look("region").words
    assert "Who may see what" in [one.proto.label for one in desk.app.get("page_link")]


@pytest.mark.parametrize("who", [DIRECTOR, NAMED, EAST, AUDITOR])
def test_people_under_restriction_are_counted_and_listed_for_named_readers_only(walks, who):
    mine, shown = READERS[who], walks[who]["due"]
    assert f"Of {mine.counted} planned releases" in shown.words
    assert [row["Reference"] for row in shown.lists if "Reference" in row] == [f"invented{n}" for n in mine.due]
    hidden = re.findall(r'data-hidden="(\d+)"', shown.html)
    assert hidden == ([str(mine.counted - len(mine.due))] if mine.counted > len(mine.due) else [])
    assert sum(one["n"] for one in shown.drawn if "week" in one) == mine.counted


@pytest.mark.parametrize("page", ["due", "links"])
def test_without_a_purpose_no_row_about_a_person_is_shown_and_the_counts_are(house, page):
    who = DIRECTOR if page == "due" else STEWARD
    began = len(house.entries())
    shown = house.sit(who).look(page, **({"days": "84"} if page == "due" else {}))
    assert not any(shown.ids().values())
    assert "say first what they are read for" in shown.words and "Begin a task in the sidebar." in shown.words
    if page == "due":
        assert "Of 2 planned releases" in shown.words
    assert [one for one in house.entries()[began:] if "rows" in one or "purpose" in one] == []


def test_a_task_is_begun_by_its_kind_holds_on_every_page_and_ends(house):
    desk = house.sit(DIRECTOR)
    assert not desk.look("due", days="84").ids()["people"]
    shown = desk.press("Begin this task")
    assert not shown.ids()["people"], "nothing was said"
    desk.app.text_input(key="task_line").set_value("for the board of July")
    desk.begin()
    shown = desk.run()
    assert shown.ids()["people"] == {"invented3"} and "Your task: Preparing releases: for the board of July" in shown.words
    assert "Your task" in desk.look("region").words
    shown = desk.press("End this task")
    assert "Your task" not in shown.words and not desk.look("due", days="84").ids()["people"]
    last = [one for one in house.entries() if one.get("tables") == ["fct_due_release"]][-1]
    assert last["purpose"] == "Preparing releases: for the board of July"


def test_each_list_is_in_the_access_record_with_its_rows_who_in_which_role_and_what_for(house, walks):
    lists = [one for one in house.entries() if "rows" in one and one["user"] in READERS]
    # What each saw first; the other tests look again.
    for who, mine in READERS.items():
        own = {(one["page"], *one["tables"]): one for one in lists if one["user"] == who and one["rows"]}
        wanted = {("due", "fct_due_release"): len(mine.due)} if mine.due else {}
        if mine.pairs and who not in FEW:
            wanted |= {("links", "fct_link_review"): 5, ("links", "fct_release"): 2}
        if mine.claims and who not in FEW:
            wanted |= {("audit", "fct_claim", "fct_claim_test"): len(failing_claims(mine.claims))}
        if mine.claims and who != NAMED:
            wanted |= {("claims", "fct_claim"): len(paid_claims(mine.claims))}
        if mine.cases:
            wanted |= {("casework", "payment_case"): mine.cases}
        assert {what: one["rows"] for what, one in own.items()} == wanted, who
        for one in own.values():
            assert (one["role"], one["edition_id"]) == (mine.says, "edition1") and one["purpose"].startswith(PURPOSE)
            assert one["regions"] == ([mine.code] if mine.kind == "region" else ["all"])
    assert verify(house.home)[1] == ""


def test_a_director_reads_who_looked_at_what_may_concern_the_region_and_no_query(house, walks):
    edition, auditor = current(house.home), Reader(AUDITOR, (Grant("auditor"),))
    query = "select person_id from fct_due_release where person_id = 'invented4'"
    write_csv(edition, query, io.StringIO(), Use(edition, NOW, auditor, "Invented audit", query=query))
    london, east = ({*(row[1] for row in house.sit(who).look("access").tables("\\d+ entr"))} for who in (DIRECTOR, EAST))
    assert {DIRECTOR, NAMED, AUDITOR} <= london and EAST not in london
    assert {EAST, AUDITOR} <= east and not {DIRECTOR, NAMED} & east
    shown = house.sit(DIRECTOR).look("access")
    assert "A query" in shown.words and "invented4" not in shown.words and "Invented audit" in shown.words
    whole = house.sit(AUDITOR).look("access")
    assert "invented4" in whole.words and "Grant to" in whole.words
    assert "Grant to" not in shown.words and "Who looked" not in walks[ANALYST]["access"].words


def test_what_cannot_be_known_of_authors_is_not_nought(walks):
    flagged = {who: {row[0][:3]: row[4] for row in walks[who]["audit"].tables("Limits, and how many were looked at")} for who in (MANAGER, APPROVER, AUDITOR)}
    assert [flagged[who]["R50"] for who in (MANAGER, APPROVER, AUDITOR)] == ["1", "[x]", "4"]
    assert not [who for who in (MANAGER, APPROVER, AUDITOR) if "author-of-" in walks[who]["audit"].everything]


def test_a_link_to_the_case_or_sample_of_another_contract_opens_nothing_of_it(house):
    (theirs,) = [one for one in case_records.all_cases(house.home) if one.claim_id == "birch-finance-unknown-0"]
    manager = Reader("Invented Manager of Birch", (Grant("contract_manager", "provider", "birch"),))
    edition = current(house.home)
    use = Use(edition, NOW, manager, "Invented audit")
    drawn = samples.draw(house.home, edition, use, samples.Scope("C-birch"), "attribute", "invented words", 4, NOW.replace(tzinfo=None), "invented")
    desk = house.at_work(MANAGER)
    for page, query in (("casework", {"case": str(theirs.case_id)}), ("casework", {"provider": "birch"}), ("samples", {"sample": str(drawn.sample_id)})):
        shown = desk.look(page, **query)
        assert "birch" not in re.sub(r"<div class=\"banner controlled\".*?</div>", "", shown.html) and "not yours to see" in shown.words, page
        assert not [one for one in shown.lists if "birch" in str(one).lower()], page
    desk = house.at_work(APPROVER)
    assert len(desk.look("samples", sample=str(drawn.sample_id)).ids()["claims"]) == 4
    assert "a contract manager of the contract draws it" in desk.look("samples").words


@pytest.mark.parametrize("page", ["casework", "samples"])
def test_without_a_purpose_no_case_or_claim_of_a_sample_is_shown(house, page):
    shown = house.sit(MANAGER).look(page)
    assert not any(shown.ids().values())
    assert page == "samples" or "say first what they are read for" in shown.words


@pytest.mark.parametrize(
    ("who", "page", "query"),
    [(DIRECTOR, "due", {"days": "84", "region": "N56"}), (DIRECTOR, "due", {"days": "84", "region": "none"}), (DIRECTOR, "region", {"region": "N56"}),
     (DIRECTOR, "links", {"pair": f"{A}-{B}"}), (EAST, "due", {"days": "84", "region": "N07", "prison": "MDI"}), (ANALYST, "links", {"pair": f"{A}-{B}", "show": "all"}),
     (ANALYST, "due", {"days": "84", "region": "N07"}), (MANAGER, "claims", {"provider": "birch"}), (MANAGER, "compare", {"of": "provider", "pointed": "birch"}),
     (DIRECTOR, "quality", {"finding": "unknown_code", "from": "0"})],
)  # fmt: skip
def test_a_link_to_what_is_anothers_gives_nothing_of_it(house, who, page, query):
    shown, mine = house.at_work(who).look(page, **query), READERS[who]
    own = {f"invented{n}" for n in mine.due or ()}
    assert shown.ids()["people"] <= own and not shown.ids()["records"]
    assert shown.ids()["claims"] == (paid_claims(mine.claims) if (who, page) == (MANAGER, "claims") else set())
    assert small_counts_of_others(shown, mine.places) == []
    if (who, page) == (MANAGER, "claims"):
        assert "not yours to see. Showing All providers instead." in shown.words


def test_an_administrator_grants_and_ends_on_the_page_and_it_counts_from_the_next_run(house):
    new = "nina.new@example.org"
    hers = house.sit(new)
    assert "Nothing is granted to nina.new@example.org." in hers.look("region").words
    house.who = ADMINISTRATOR
    desk = house.sit(ADMINISTRATOR)
    desk.look("access")
    assert "There is none" not in _grant(desk, new, "analyst").words
    house.who = new
    assert "Controlled figures." in hers.run().words
    house.who = ADMINISTRATOR
    ending = next(one for one in desk.app.selectbox if one.label == "A grant in force")
    ending.set_value(next(one for one in in_force(grants.all_grants(house.home), date.today()) if one.person == new))
    assert f"Kept: {new} is analyst" in desk.press("End it").words
    house.who = new
    assert "Nothing is granted" in hers.run().words
    made = [one for one in house.entries() if "grant" in one and one["grant"]["person"] == new]
    assert [(one["user"], one["grant"]["role"]) for one in made] == [(ADMINISTRATOR, "analyst")] * 2


def _grant(desk: Desk, person: str, role: str) -> Page:
    next(one for one in desk.app.text_input if one.label.startswith("Who")).set_value(person)
    next(one for one in desk.app.selectbox if one.label == "Role").set_value(role)
    return desk.press("Grant")


def test_nobody_grants_to_themselves(house):
    desk = house.sit(ADMINISTRATOR)
    desk.look("access")
    said = _grant(desk, f" {ADMINISTRATOR.upper()} ", "auditor").words
    assert "Not kept: nobody grants anything to themselves" in said
    assert [one.role for one in grants.all_grants(house.home) if one.person == ADMINISTRATOR] == ["administrator"]


@pytest.mark.parametrize("who", [who for who in READERS if who != ADMINISTRATOR])
def test_nobody_but_an_administrator_can_grant(walks, house, who):
    desk = house.sit(who)
    desk.look("access")
    assert "Grant" not in [one.label for one in desk.app.button]

"""Nobody gets a row, a column or an exact count that is not theirs, however they ask: held against roles and rules written out a second time."""

import csv
import datetime as dt
import io
import random
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from edition import reading, rights
from edition.access import Use
from edition.folder import Edition, EditionError, current, threshold_file
from edition.rights import Grant, Reader
from tests.conftest import made_once

NOW = dt.datetime(2026, 11, 28, 12, tzinfo=dt.UTC)
PEOPLE = {"fct_release", "fct_release_provider", "fct_release_status", "fct_recall", "fct_measure_person", "fct_claim", "fct_claim_test",
          "fct_due_release", "fct_evidence", "fct_finding", "fct_release_excluded", "fct_person_change", "fct_link_review", "fct_limited_access",
          "fct_contract_test", "fct_credit"}  # fmt: skip
RESTRICTED = PEOPLE | {"fct_case_mix", "fct_case_mix_model", "fct_reconciliation", "fct_what_if", "fct_rule_count", "fct_payment_measure", "fct_measure_result", "fct_row_account", "fct_quarantine", "fct_money_set_aside"}
OF_CONTRACT = {
    **dict.fromkeys(("fct_measure_result", "fct_release_provider", "fct_release_status", "fct_recall", "fct_claim", "fct_claim_test", "fct_evidence", "fct_contract_test", "fct_reconciliation", "fct_what_if", "fct_rule_count", "fct_payment_measure")),
    "fct_release": {"release_id", "person_id", "release_date", "release_type", "releasing_prison", "supervising_region", "provider", "contract_id",
                    "is_on_licence", "licence_end_date"},
}  # fmt: skip
# Role -> table -> columns, None for all of them.
MAY: dict[str, dict[str, set[str] | None]] = {
    "regional_director": dict.fromkeys(RESTRICTED - {"fct_row_account", "fct_quarantine", "fct_money_set_aside", "fct_finding", "fct_release_excluded",
                                                     "fct_person_change", "fct_link_review", "fct_limited_access", "fct_contract_test", "fct_credit", "fct_reconciliation", "fct_what_if", "fct_rule_count", "fct_payment_measure"}),
    "contract_manager": OF_CONTRACT,
    "approver": OF_CONTRACT,
    "analyst": {},
    "data_steward": {**dict.fromkeys(("fct_row_account", "fct_quarantine", "fct_money_set_aside", "fct_finding", "fct_evidence", "fct_link_review", "fct_person_change")),
                     "fct_claim": {"claim_id", "amount"}, "fct_release": {"release_id", "person_id", "release_date", "releasing_prison", "supervising_region"}},
    "auditor": dict.fromkeys(RESTRICTED),
    "administrator": {},
}  # fmt: skip


@pytest.fixture(scope="session")
def edition(small_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Edition:
    """The small nation's edition with the results of one year only, one person in eight under restriction or exclusion, and rows in every table."""

    def make(folder: Path) -> None:
        shutil.copytree(small_home / "published", folder / "home" / "published")
        made = current(folder / "home").folder
        tables = {path.stem: path for path in (made / "restricted").glob("*.parquet")}

        def replace(table: str, query: str, side: str = "restricted") -> None:
            path = made / side / f"{table}.parquet"
            with duckdb.connect() as con:
                for name, file in tables.items():
                    con.execute(f"create view {name} as from read_parquet('{file}')")
                con.execute(f"create view protected_result as from read_parquet('{made}/protected/fct_measure_result.parquet')")
                con.execute(f"create table made as {query}")
                con.execute(f"copy made to '{path}' (format parquet)")

        replace("fct_limited_access", "select distinct person_id, true as is_under_restriction, false as is_under_exclusion from fct_release where hash(person_id) % 8 = 0")
        # A claim for a release of such a person that names nobody, and pairs and changes of which the one or the other is such a person.
        replace("fct_claim", "select * replace (case when hash(claim_id) % 2 = 0 then person_id end as person_id) from fct_claim")
        replace("fct_claim_test", "select source, claim_id, 'R01' as rule_id, 'fail' as result from fct_claim where hash(claim_id) % 5 = 0")
        replace("fct_person_change", """select release_id as change_id, person_id as person_id_before, lag(person_id) over (order by release_id) as person_id, 1 as records
            from fct_release""")
        replace("fct_link_review", """select release_id as pair_id, person_id as left_person_id, lag(person_id) over (order by release_id) as right_person_id
            from fct_release where hash(release_id) % 3 = 0""")
        replace("fct_money_set_aside", "select delivery, file, row_number, \"table\", reason, 10.5 as money from fct_quarantine")
        yearly = "period_grain = 'year' and period_start = date '2022-04-01' and characteristic in ('all', 'sex')"
        replace("fct_measure_result", f"select * from protected_result where {yearly}", "protected")
        replace("fct_measure_result", f"select * from fct_measure_result where {yearly}")
        threshold = threshold_file(folder / "home", made.name)
        threshold.parent.mkdir()
        shutil.copy(made / "restricted" / "fct_measure_result.parquet", threshold)

    return current(made_once(tmp_path_factory, "rights", make) / "home")


@dataclass
class Truth:
    """Who may see which rows, from the tables themselves by sets of Python."""

    edition: Edition

    @cached_property
    def con(self) -> duckdb.DuckDBPyConnection:
        con = duckdb.connect()
        for side in ("restricted", "protected"):
            con.execute(f"create schema {side}")
            for table in self.edition.tables(side):
                con.execute(f"create table {side}.{table} as select row_number() over () as rn, * from read_parquet('{self.edition.files(table, side)[0]}')")
        return con

    def rows(self, table: str, side: str = "restricted") -> pd.DataFrame:
        return self.con.execute(f"from {side}.{table} order by rn").df().astype(object).where(lambda frame: frame.notna(), None)

    @cached_property
    def frames(self) -> dict[str, pd.DataFrame]:
        return {table: self.rows(table) for table in sorted(RESTRICTED)} | {"protected": self.rows("fct_measure_result", "protected")}

    @cached_property
    def limited(self) -> set[str]:
        return set(self.frames["fct_limited_access"]["person_id"])

    @cached_property
    def limited_releases(self) -> set[str]:
        return {one.release_id for one in self.frames["fct_release"].itertuples() if one.person_id in self.limited}

    @cached_property
    def limited_claims(self) -> set[tuple[str, str]]:
        return {(one.source, one.claim_id) for one in self.frames["fct_claim"].itertuples() if one.person_id in self.limited or one.release_id in self.limited_releases}

    @cached_property
    def limited_bookings(self) -> set[str]:
        return {one.booking_id for one in self.frames["fct_due_release"].itertuples() if one.person_id in self.limited}

    def scope(self, grant: Grant) -> tuple[set, set, set, set]:
        """Releases, claims, bookings and places of a grant that is not for all."""
        releases, claims, due = self.frames["fct_release"], self.frames["fct_claim"], self.frames["fct_due_release"]
        if grant.scope_kind == "region":
            regions = {grant.scope_id} | {one.region for one in self.rows("dim_region", "protected").itertuples() if one.current_region == grant.scope_id}
            own = {one.release_id for one in releases.itertuples() if one.supervising_region in regions}
            units: dict[str, set] = {}
            for one in releases.itertuples():
                units.setdefault(one.pdu, set()).add(one.supervising_region)
            places = {("region", one) for one in regions} | {("pdu", unit) for unit, seen in units.items() if seen & regions and seen <= regions | {None}}
            bookings = {one.booking_id for one in due.itertuples() if one.supervising_region in regions}
            return own, {(one.source, one.claim_id) for one in claims.itertuples() if one.release_id in own}, bookings, places
        column = "contract_id" if grant.scope_kind == "contract" else "provider"
        mine = claims[claims[column] == grant.scope_id]
        provided = self.frames["fct_release_provider"]
        own = set(provided.loc[provided[column] == grant.scope_id, "release_id"]) | set(mine["release_id"].dropna())
        places = {(grant.scope_kind, grant.scope_id)}
        if grant.scope_kind == "provider":
            places |= {("contract", one.contract_id) for one in self.rows("dim_contract", "protected").itertuples() if one.provider == grant.scope_id}
        return own, set(zip(mine["source"], mine["claim_id"], strict=True)), set(), places

    def gives(self, grant: Grant, table: str, is_counted: bool = False) -> list[bool]:
        """Row by row, whether a grant gives it."""
        frame = self.frames[table]
        everything = grant.scope_kind == "all"
        releases, claims, bookings, places = (set(),) * 4 if everything else self.scope(grant)

        def subject(one, of_releases, of_claims, of_bookings) -> bool:
            if one.subject_kind == "claim":
                return (one.subject_source, one.subject_id) in of_claims if "subject_source" in frame else one.subject_id in {claim_id for _, claim_id in of_claims}
            if one.subject_kind == "due_release":
                return one.subject_id in of_bookings
            return str(one.subject_id).split(":")[0] in of_releases

        def within(one) -> bool:
            match table:
                case "fct_measure_result" | "fct_payment_measure" | "fct_case_mix" | "protected" | "threshold":
                    return (one.geography_kind, one.geography_id) in places
                case "fct_release_provider" if grant.scope_kind != "region":
                    return getattr(one, "contract_id" if grant.scope_kind == "contract" else "provider") == grant.scope_id
                case "fct_release" | "fct_release_provider" | "fct_release_status" | "fct_recall" | "fct_measure_person":
                    return one.release_id in releases
                case "fct_claim" | "fct_claim_test" | "fct_credit":
                    return (one.source, one.claim_id) in claims
                case "fct_due_release":
                    return one.booking_id in bookings
                case "fct_contract_test" | "fct_rule_count" if grant.scope_kind != "region":
                    return getattr(one, "contract_id" if grant.scope_kind == "contract" else "provider") == grant.scope_id
                case "fct_what_if" if grant.scope_kind == "provider":
                    return one.provider == grant.scope_id
                case "fct_reconciliation" if grant.scope_kind != "region":
                    return one.contract_id == grant.scope_id or ("contract", one.contract_id) in places
                case "fct_evidence" | "fct_finding":
                    return subject(one, releases, claims, bookings)
            return False

        def is_open(one) -> bool:
            match table:
                case "fct_release" | "fct_release_excluded" | "fct_limited_access":
                    return one.person_id not in self.limited
                case "fct_release_provider" | "fct_release_status" | "fct_recall" | "fct_measure_person":
                    return one.release_id not in self.limited_releases
                case "fct_claim" | "fct_claim_test" | "fct_credit":
                    return (one.source, one.claim_id) not in self.limited_claims
                case "fct_due_release":
                    return one.booking_id not in self.limited_bookings
                case "fct_evidence" | "fct_finding":
                    return not subject(one, self.limited_releases, self.limited_claims, self.limited_bookings)
                case "fct_contract_test":
                    return one.subject_kind not in ("author_day", "author_year", "cohort_person", "action")
                case "fct_person_change":
                    return not {one.person_id, one.person_id_before} & self.limited
                case "fct_link_review":
                    return not {one.left_person_id, one.right_person_id} & self.limited
            return True

        return [(everything or within(one)) and (grant.is_named or is_counted or is_open(one)) for one in frame.itertuples()]

    def answers(self, reader: Reader) -> duckdb.DuckDBPyConnection:
        """A database that holds what is the reader's, and nothing else."""
        own = duckdb.connect()
        for table in self.edition.tables("protected"):
            own.register("found", self.con.execute(f"select * exclude (rn) from protected.{table} order by rn").arrow())
            own.execute(f"create table {table} as from found")
        for table in sorted(RESTRICTED):
            if (found := self.seen(reader, table)) is not None:
                own.register("found", found)
                own.execute(f"create or replace table {table} as from found")
        return own

    def seen(self, reader: Reader, table: str, is_counted: bool = False):
        grants = [grant for grant in reader.grants if table in MAY[grant.role]]
        if not grants:
            return None
        flags = pd.DataFrame({f"g{n}": self.gives(grant, table, is_counted) for n, grant in enumerate(grants)})
        flags["rn"] = self.frames[table]["rn"].astype(int)
        self.con.register("flags", flags)
        columns = [name for name in self.frames[table] if name != "rn"]
        shown = []
        for column in columns:
            givers = [f"g{n}" for n, grant in enumerate(grants) if (given := MAY[grant.role][table]) is None or column in given]
            if givers:
                shown.append(f'case when {" or ".join(givers)} then "{column}" end as "{column}"')
        theirs = " or ".join(f"g{n}" for n in range(len(grants)))
        query = f"select {', '.join(shown)} from restricted.{table} join flags using (rn) where {theirs}"
        is_everywhere = any(grant.scope_kind == "all" for grant in grants)
        if table == "fct_measure_result" and not is_everywhere:
            places = pd.DataFrame(sorted(set().union(*(self.scope(grant)[3] for grant in grants))), columns=["kind", "id"])
            self.con.register("places", places)
            query += " union all by name select * exclude (rn) from protected.fct_measure_result where (geography_kind, geography_id) not in (select (kind, id) from places)"
        return self.con.execute(query).arrow().read_all()


@pytest.fixture(scope="session")
def truth(edition) -> Truth:
    return Truth(edition)


def readers(truth: Truth, rng: random.Random) -> Iterator[Reader]:
    """People with one to three grants, over all roles and over scopes that have rows."""
    scopes = {
        "region": sorted(set(truth.frames["fct_release"]["supervising_region"].dropna())),
        "contract": sorted(set(truth.frames["fct_claim"]["contract_id"]) | set(truth.frames["fct_release_provider"]["contract_id"].dropna())),
        "provider": sorted(set(truth.frames["fct_claim"]["provider"].dropna())),
    }
    turns = [*MAY]
    while True:
        rng.shuffle(turns)
        for role in turns:
            grants = []
            for one in [role, *rng.choices([*MAY], k=rng.choice((0, 0, 1, 2)))]:
                kind = {"regional_director": "region", "contract_manager": rng.choice(("contract", "provider")), "approver": rng.choice(("contract", "provider"))}.get(one, "all")
                grants.append(Grant(one, kind, rng.choice(scopes[kind]) if kind != "all" else "", rng.random() < 0.3))
            yield Reader("invented.reader", tuple(dict.fromkeys(grants)))


def asked(truth: Truth, rng: random.Random) -> str:
    """A question somebody might put, or should not."""
    table = rng.choice(sorted(RESTRICTED))
    frame = truth.frames[table]
    columns = [f'"{name}"' for name in frame if name != "rn"]
    one, other = rng.choice(columns), rng.choice(columns)
    value = str(frame[one.strip('"')].iloc[rng.randrange(len(frame))]).replace("'", "''") if len(frame) else ""
    second = rng.choice(["fct_release", "fct_claim", "fct_release_status", "fct_evidence"])
    path = truth.edition.files(table, "restricted")[0]
    return rng.choice(
        [
            f"select * from {table}",
            f"select count(*) as n from {table}",
            f"select count(*) as n from main.{table.upper()}",
            f'select {one}, count(*) as n from "{table}" group by all',
            f"select count(distinct {one}) as n, min({other}) as least, max({other}) as most from {table}",
            f"select {one} from {table} where cast({one} as varchar) = '{value}'",
            f"select {other} from {table} where {one} is not null order by all limit 50",
            f"with found as (select * from {table}) select count(*) as n from found",
            f"select count(*) as n from (select {one} from {table} except select {one} from {table} where cast({one} as varchar) < '{value}')",
            f"select count(*) as n from {table} where exists (select 1 from {second})",
            f"select count(*) as n from {table} as a, (select max(release_id) as most from {second}) as b where cast({one} as varchar) < b.most",
            f"select * from read_parquet('{path}') where (select count(*) from {table}) >= 0 limit 5",
            f"select * from '{path}' limit 5",
            f"select count(*) as n from read_parquet('{path.parent}/*.parquet', union_by_name = true)",
            f"select content from read_text('{truth.edition.folder.parent.parent}/access.log')",
            f"select * from query_table('{table}') limit 5",
            f"attach '{path}' as other",
            f"copy (select 1) to '{path.parent / 'new.csv'}'",
        ]
    )


def table_of(query: str) -> str:
    """The table that a question names by its file or as a text; '' where by neither."""
    found = re.search(r"query_table\('(\w+)'\)|'[^']*/(\w+)\.parquet'", query)
    return found[1] or found[2] if found else ""


def answer(ask, *of) -> list[str] | str:
    """The lines of an answer in an order of their own, or that there is none."""
    try:
        first, *rest = ask(*of)
        return [first, *sorted(rest)]
    except (EditionError, duckdb.Error):
        return "refused"


def of_product(edition: Edition, reader: Reader, query: str) -> list[str]:
    out = io.StringIO()
    reading.write_csv(edition, query, out, Use(edition, NOW, reader, "test of rights", query=query))
    return out.getvalue().splitlines()


def of_truth(own: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    if " read_" in query or "'/" in query or query.startswith(("attach", "copy")):
        raise EditionError("not for anybody")
    out = io.StringIO()
    found = own.execute(query)
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([column[0] for column in found.description])
    writer.writerows([["true" if v is True else "false" if v is False else v for v in row] for row in found.fetchall()])
    return out.getvalue().splitlines()


def differences(truth: Truth, seed: int, requests: int, a_reader: int = 25) -> Iterator[tuple[str, str]]:
    """The requests whose answer is not the one that is theirs."""
    rng = random.Random(seed)
    people = readers(truth, rng)
    for n in range(requests):
        if n % a_reader == 0:
            reader = next(people)
            own = truth.answers(reader)
            sees = any(grant.role != "administrator" for grant in reader.grants)
        match rng.random():
            case draw if draw < 0.8:
                query = asked(truth, rng)
                expected = answer(of_truth, own, query) if sees else "refused"
                if " limit 5" in query and table_of(query):
                    # Whether a question may name a table so is the product's affair; that it gives no other rows is not.
                    got = answer(of_product, truth.edition, reader, query)
                    theirs = answer(of_truth, own, f"select * from {table_of(query)}") if sees else "refused"
                    if got != "refused" and not set(got) <= set(theirs):
                        yield str(reader), query
                elif answer(of_product, truth.edition, reader, query) != expected:
                    yield str(reader), query
            case draw:
                # As the pages ask: a view, with a purpose or without, to list or to count.
                table, is_counted, has_purpose = rng.choice([*sorted(RESTRICTED), "threshold"]), draw < 0.87, draw < 0.95
                if answer(on_page, truth.edition, reader, table, is_counted, has_purpose) != answer(counted, truth, reader, table, is_counted, has_purpose):
                    yield str(reader), f"page: {table}, counted: {is_counted}, purpose: {has_purpose}"


def on_page(edition: Edition, reader: Reader, table: str, is_counted: bool, has_purpose: bool) -> list[str]:
    use = Use(edition, NOW, reader, "test of rights" if has_purpose else "", page="test")
    with reading.opened(edition, use, [table], is_counted=is_counted) as con:
        return ["n", str(con.execute(f"select count(*) from {table}").fetchone()[0])]


def counted(truth: Truth, reader: Reader, table: str, is_counted: bool, has_purpose: bool) -> list[str]:
    if not any(grant.role != "administrator" for grant in reader.grants):
        raise EditionError("nothing")
    if table == "threshold":
        # The rates at three thresholds are a director's and an auditor's; of a place its owner's.
        may = [grant for grant in reader.grants if grant.role in ("regional_director", "auditor")]
        if not may:
            raise EditionError("not theirs")
        return ["n", str(sum(map(any, zip(*(truth.gives(grant, "fct_measure_result") for grant in may), strict=True))))]
    found = truth.seen(reader, table, is_counted)
    if found is None or table in PEOPLE and not has_purpose and not is_counted:
        if table != "fct_measure_result":
            raise EditionError("not theirs")
        return ["n", str(len(truth.frames["protected"]))]
    return ["n", str(found.num_rows)]


@pytest.mark.parametrize("requests", [75, pytest.param(10_000, marks=[pytest.mark.slow, pytest.mark.timeout(3600)])])
def test_nobody_gets_what_is_not_theirs_however_they_ask(truth, requests):
    assert list(differences(truth, requests, requests)) == []


RIGHTS, READING = "edition.rights", "edition.reading"
BROKEN = {
    "a region is any region": (RIGHTS, 'mine, place = f"supervising_region {area}"', 'mine, place = "supervising_region is not null"'),
    "areas of before are another's": (RIGHTS, "f'current_region = {scope}'", "'true'"),
    "a delivery unit of two regions is each one's": (RIGHTS, "and bool_and(coalesce({mine}, true))", ""),
    "a region's figures are all regions'": (RIGHTS, "geography_kind = 'region' and geography_id {area}", "geography_kind = 'region'"),
    "claims are not held against the region": (RIGHTS, 'claimed, bookings = f"release_id in ({releases})"', 'claimed, bookings = "true"'),
    "whoever is due out is everybody's": (RIGHTS, '_ids(edition, "fct_due_release", "booking_id", "false")', '_ids(edition, "fct_due_release", "booking_id", "true")'),
    "a contract is any contract": (RIGHTS, 'claimed, bookings = mine, _ids', 'claimed, bookings = "true", _ids'),
    "a provider's contracts are all contracts": (RIGHTS, '"contract_id", mine, side=PROTECTED', '"contract_id", "true", side=PROTECTED'),
    "other providers of one's people are shown": (RIGHTS, 'case "fct_release_provider", _ if grant.scope_kind != "region":', 'case "nothing", _:'),
    "evidence of all is one's own": (RIGHTS, 'within = _of_subject(releases, _of_claim(edition, claimed, SUBJECT) if SUBJECT[0] in columns else "false", bookings)', 'within = "true"'),
    "nobody is under restriction": (RIGHTS, "if about not in _OF_PEOPLE or grant.is_named or is_counted:", "if True:"),
    "everybody is a named reader": (RIGHTS, "or grant.is_named or is_counted:", "or not grant.is_named or is_counted:"),
    "releases of those under restriction are listed": (RIGHTS, '"release": f"release_id in ({releases})",', '"release": "false",'),
    "a claim that names nobody is nobody's": (RIGHTS, 'f"person_id in ({people}) or release_id in ({releases})"', 'f"person_id in ({people})"'),
    "a pair is judged by one side": (RIGHTS, " or right_person_id in ({people})", ""),
    "who somebody was before is not asked": (RIGHTS, " or person_id_before in ({people})", ""),
    "those under restriction are not counted": (RIGHTS, "or grant.is_named or is_counted:", "or grant.is_named:"),
    "all columns are shown": (RIGHTS, "if (given := _columns(grant, table)) is None or column in given]", "]"),
    "a column of one role is shown in the rows of another": (RIGHTS, "case when {' or '.join(givers)} then {quoted} end as {quoted}", "{quoted}"),
    "what has no rule of its own is whole": (RIGHTS, 'and grant.scope_kind == "all" and (grant.is_named', "and (True or grant.is_named"),
    "exact figures are everybody's": (RIGHTS, "as judged where {' or '", "as judged where true or {' or '"),
    "a controlled figure stands beside the exact one": (RIGHTS, "where not ({' or '.join(gives.values())})", "where true"),
    "every role reaches every table": (RIGHTS, "None if tables == _EVERYTHING else columns", "None if columns or tables == _EVERYTHING else columns"),
    "an administrator sees figures": (READING, "if use and not use.reader.sees_figures:", "if False:"),
    "no purpose is asked for": (RIGHTS, "if is_of_people(table) and not has_purpose:", "if False:"),
    "the files behind a cut table can be read": (READING, "shown += [] if is_copied else files", "shown += files"),
}  # fmt: skip


@contextmanager
def broken(module: str, old: str, new: str) -> Iterator[None]:
    """The module with one rule written otherwise."""
    source = Path(sys.modules[module].__file__).read_text(encoding="utf-8")
    assert source.count(old) == 1, f"{old!r} stands {source.count(old)} times in {module}"
    before = dict(vars(sys.modules[module]))
    classes = {name: value for name, value in before.items() if isinstance(value, type)}
    try:
        exec(compile(source.replace(old, new), module, "exec"), vars(sys.modules[module]))
        vars(sys.modules[module]).update(classes)
        if module == RIGHTS:
            for name in ("granted", "is_whole", "must_be_granted", "reachable", "select"):
                setattr(reading, name, getattr(rights, name))
        yield
    finally:
        vars(sys.modules[module]).update(before)
        for name in ("granted", "is_whole", "must_be_granted", "reachable", "select"):
            setattr(reading, name, getattr(rights, name))


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("rule", BROKEN)
def test_each_rule_that_is_broken_is_found(truth, rule):
    with broken(*BROKEN[rule]):
        assert next(differences(truth, 7, 3_000, a_reader=12), None), f"{rule}: nothing differed"
    assert next(differences(truth, 7, 12), None) is None

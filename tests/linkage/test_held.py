"""Which delivery is held, told on two refreshes of a few invented people: what the rows were, what they are, and which file holds them."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil

import duckdb
import pytest

from orchestration.landing.schema import write_run
from orchestration.linkage import history as person_history
from orchestration.linkage.held import accepted, held_files, hold_what_changes_too_many
from orchestration.linkage.history import HistoryError
from orchestration.settings import REPOSITORY

BEFORE, AS_OF = dt.date(2024, 3, 31), dt.date(2024, 6, 30)
PEOPLE = 60
MARCH = [("nomis", "nomis/2024-03-31", "nomis__offenders"), ("nomis", "nomis/2024-03-31", "nomis__offender_identifiers"),
         ("ndelius", "ndelius/2024-03-31", "ndelius__offender")]  # fmt: skip
JUNE = [(source, delivery.replace("03-31", "06-30"), table) for source, delivery, table in MARCH]
IDENTIFIERS, OFFENDERS = "nomis__offender_identifiers", "nomis__offenders"
SCHEMA = """
create schema linkage; create schema staging; create schema landing; create schema seeds;
create table seeds.threshold (threshold varchar, value double, valid_from date, valid_to date);
insert into seeds.threshold values ('link_change_share', 0.05, '1900-01-01', null), ('link_change_min', 50, '1900-01-01', null);
create table linkage.link_record (record_id integer, source varchar, source_key varchar);
create table linkage.link_identifier (record_id integer, kind varchar, delivered varchar);
create table linkage.link_name (record_id integer, surname varchar, first_name varchar);
create table linkage.link_birth_date (record_id integer, birth_date date);
create table linkage.link_postcode (record_id integer, postcode varchar);
create table linkage.link_sentence_date (record_id integer, sentence_date date);
create table linkage.link_pair (left_id integer, right_id integer);
create table linkage.record_token (record_id integer, record_token varchar);
create table linkage.person_link (source varchar, source_key varchar, person_id varchar);
create table staging.stg_decisions__link_decision (left_record varchar, right_record varchar, _pointer bigint);
create table staging.stg_nomis__offender (offender_id varchar, root_offender_id varchar, _pointer bigint);
create view linkage.link_prisoner as select offender_id, root_offender_id as prisoner from staging.stg_nomis__offender;
create table staging.stg_nomis__offender_identifier (offender_id varchar, identifier_type varchar, _pointer bigint);
create table staging.stg_nomis__address (root_offender_id varchar, _pointer bigint);
create table staging.stg_nomis__offender_booking (offender_book_id varchar, offender_id varchar, root_offender_id varchar);
create table staging.stg_nomis__offender_sentence (offender_book_id varchar, _pointer bigint);
create table staging.stg_ndelius__offender (offender_id varchar, _pointer bigint);
create table staging.stg_ndelius__alias (offender_id varchar, _pointer bigint);
create table staging.stg_ndelius__additional_identifier (offender_id varchar, _pointer bigint);
create table staging.stg_ndelius__offender_address (offender_id varchar, _pointer bigint);
create table staging.stg_ndelius__disposal (offender_id varchar, _pointer bigint);
create table staging.stg_provider__person (_source varchar, person_ref varchar, _pointer bigint);
create table landing.delivery (source varchar, delivery_id varchar, kind varchar, table_name varchar, file_number bigint, sha256 varchar, is_accepted boolean);
create table landing.deleted_key (source varchar, table_name varchar, key varchar, complete_to date);
"""


def sha_of(delivery: str, table: str) -> str:
    return hashlib.sha256(f"{delivery} {table}".encode()).hexdigest()


class Rows:
    """What the deliveries say of people 0 to 59, of whom each is a prisoner and a case: `pnc` and `name` of each record, the file that holds
    its rows, and who is one person."""

    def __init__(self):
        self.files = list(MARCH)
        self.prison = {str(n): (f"MADEUP{n}", f"PNC{n}") for n in range(PEOPLE)}
        self.probation = {str(n): (f"MADEUP{n}", f"PNC{n}") for n in range(PEOPLE)}
        self.held_by = {table: delivery for _, delivery, table in MARCH}
        self.kind: dict[str, str] = {}  # of deliveries that are not full
        self.more = ""  # SQL after all that
        self.deleted: list[tuple[str, str, str, dt.date]] = []
        self.persons = {(source, str(n)): f"person {n}" for n in range(PEOPLE) for source in ("nomis", "ndelius")}

    def come(self, *files: tuple[str, str, str]) -> None:
        """Full extracts: each holds all rows of its table from now on."""
        self.files += files
        self.held_by |= {table: delivery for _, delivery, table in files}

    def part(self) -> None:
        """Everybody's case is another person now."""
        self.persons |= {("ndelius", key): f"case {key}" for key in self.probation}

    def write(self, con: duckdb.DuckDBPyConnection) -> None:
        con.execute(SCHEMA)
        number = {(delivery, table): n for n, (_, delivery, table) in enumerate(self.files, 1)}

        def fill(table: str, rows: list[tuple]) -> None:
            if rows:
                con.executemany(f"insert into {table} values ({', '.join('?' * len(rows[0]))})", rows)

        def pointer(table: str) -> int:
            return number[self.held_by[table], table] * 10_000_000_000

        fill("landing.delivery", [(s, d, self.kind.get(d, "full"), t, number[d, t], sha_of(d, t), True) for s, d, t in self.files])
        fill("landing.deleted_key", self.deleted)
        records = [("nomis", key, *said) for key, said in self.prison.items()] + [("ndelius", key, *said) for key, said in self.probation.items()]
        fill("linkage.link_record", [(n, source, key) for n, (source, key, *_) in enumerate(records)])
        fill("linkage.link_name", [(n, name, "INVENTED") for n, (_, _, name, _) in enumerate(records)])
        fill("linkage.link_identifier", [(n, "pnc", pnc) for n, (*_, pnc) in enumerate(records) if pnc])
        fill("linkage.person_link", [(source, key, self.persons[source, key]) for source, key, *_ in records])
        fill("staging.stg_nomis__offender", [(key, key, pointer("nomis__offenders")) for key in self.prison])
        fill("staging.stg_nomis__offender_identifier", [(key, "PNC", pointer("nomis__offender_identifiers")) for key, (_, pnc) in self.prison.items() if pnc])
        fill("staging.stg_ndelius__offender", [(key, pointer("ndelius__offender")) for key in self.probation])
        con.execute(self.more)


# What a hold is judged by, and what is kept of the links.
HOLDING = (
    "link_moved", "link_decided_person", "person_change", "link_evidence", "link_brought", "link_new_file", "link_changed_person",
    "link_change_limit", "link_blame", "link_hold",
)  # fmt: skip


@pytest.fixture
def refreshed(linkage, tmp_path):
    """refreshed(rows, day): the warehouse of a refresh that knew the rows."""

    def refreshed(rows: Rows, day: dt.date):
        warehouse = tmp_path / "work" / "warehouse.duckdb"
        warehouse.parent.mkdir(exist_ok=True)
        warehouse.unlink(missing_ok=True)
        with duckdb.connect(str(warehouse)) as con:
            rows.write(con)
            write_run(con, day, "join", person_history.earlier(tmp_path, day), accepted(tmp_path))
            linkage.build(con, *HOLDING)
        return warehouse

    return refreshed


@pytest.fixture
def keep(refreshed, tmp_path):
    """keep(rows, day): the links of that refresh."""

    def keep(rows: Rows, day: dt.date) -> None:
        warehouse = refreshed(rows, day)
        with duckdb.connect() as con:
            con.execute(f"attach '{warehouse}' as warehouse (read_only)")
            person_history.write_links(con, tmp_path, day)
        person_history.keep_links(tmp_path, day)

    return keep


def landed(home, files) -> None:
    for _, delivery, table in files:
        (home / "landed" / delivery).mkdir(parents=True, exist_ok=True)
        with (home / "landed" / delivery / "SHA256SUMS").open("a") as sums:
            sums.write(f"{sha_of(delivery, table)}  {table}.csv\n")


@pytest.fixture
def rows(keep, tmp_path) -> Rows:
    """What the refresh of March knew; its links are kept."""
    rows = Rows()
    keep(rows, BEFORE)
    landed(tmp_path, MARCH)
    return rows


@pytest.fixture
def held_by_june(refreshed, tmp_path):
    """held_by_june(rows): the delivery that the refresh of June holds."""

    def held_by_june(rows: Rows) -> str | None:
        told = hold_what_changes_too_many(refreshed(rows, AS_OF), tmp_path)
        return told and told.split(" ")[0]

    return held_by_june


def slip(rows: Rows) -> None:
    """Each case comes under the name and number of the next."""
    said = list(rows.probation.values())
    rows.probation = dict(zip(rows.probation, said[1:] + said[:1], strict=True))
    rows.part()


def test_of_full_extracts_the_one_is_held_that_says_something_else(rows, tmp_path, held_by_june):
    rows.come(*JUNE)
    slip(rows)
    assert held_by_june(rows) == "ndelius/2024-06-30"


def test_extracts_that_say_what_was_known_are_not_to_blame(rows, tmp_path, held_by_june):
    rows.come(*JUNE)
    rows.part()
    assert held_by_june(rows) is None


def test_few_people_are_no_reason_to_hold(rows, tmp_path, held_by_june):
    rows.come(*JUNE)
    slip(rows)
    rows.persons |= {("ndelius", str(n)): f"person {n}" for n in range(20)}
    assert held_by_june(rows) is None


def test_where_the_rules_of_linkage_have_changed_nothing_is_held(rows, tmp_path, monkeypatch, held_by_june):
    rows.come(*JUNE)
    slip(rows)
    monkeypatch.setattr(person_history, "rules", lambda threshold: "others")
    assert held_by_june(rows) is None


@pytest.mark.parametrize("file", ["dbt_project/macros/portable/person.sql", "dbt_project/models/staging/decisions/_decisions.yml", "seeds/placeholder_date.csv"])
def test_what_cleans_a_record_belongs_to_the_rules(file, tmp_path, monkeypatch):
    for part in ("dbt_project/models", "dbt_project/macros", "seeds", "orchestration"):
        shutil.copytree(REPOSITORY / part, tmp_path / part)
    monkeypatch.setattr(person_history, "REPOSITORY", tmp_path)
    monkeypatch.setattr(person_history, "DBT_PROJECT", tmp_path / "dbt_project")
    before = person_history._code.__wrapped__()
    with (tmp_path / file).open("a") as more:
        more.write("\n")
    assert person_history._code.__wrapped__() != before


def test_links_kept_without_evidence_hold_nothing(rows, tmp_path, held_by_june):
    rows.come(*JUNE)
    slip(rows)
    (tmp_path / "links" / "2024-03-31.evidence.parquet").unlink()
    assert held_by_june(rows) is None


def test_where_rows_go_the_delivery_that_left_them_out_is_held(rows, tmp_path, held_by_june):
    rows.come(("nomis", "nomis/2024-05-31", "nomis__offender_identifiers"), ("nomis", "nomis/2024-06-30", "nomis__addresses"))
    rows.prison = {key: (name, None) for key, (name, _) in rows.prison.items()}
    rows.part()
    assert held_by_june(rows) == "nomis/2024-05-31"


@pytest.mark.parametrize(("first", "second"), [(IDENTIFIERS, OFFENDERS), (OFFENDERS, IDENTIFIERS)])
def test_who_is_held_does_not_depend_on_what_came_from_the_same_source_beside_it(rows, tmp_path, first, second, held_by_june):
    day = {first: "nomis/2024-05-31", second: "nomis/2024-06-30"}
    rows.come(("nomis", day[first], first), ("nomis", day[second], second))
    rows.part()
    as_they_were = rows.prison
    rows.prison = {key: (name, None) for key, (name, _) in as_they_were.items()}
    assert held_by_june(rows) == day[IDENTIFIERS]
    rows.prison = {key: ("OTHER" + name, pnc) for key, (name, pnc) in as_they_were.items()}
    assert held_by_june(rows) == day[OFFENDERS]


def test_a_look_back_holds_nothing_that_a_later_day_was_made_with(rows, tmp_path, held_by_june, keep):
    rows.come(*JUNE)
    slip(rows)
    landed(tmp_path, JUNE)
    keep(rows, dt.date(2024, 7, 31))
    assert held_by_june(rows) is None
    rows.come(("ndelius", "ndelius/2024-06-30", "ndelius__alias"))
    rows.more = f"insert into staging.stg_ndelius__alias select offender_id, {7 * 10_000_000_000} from staging.stg_ndelius__offender"
    assert held_by_june(rows) == "ndelius/2024-06-30"
    assert {file for _, file in held_files(tmp_path)} == {sha_of("ndelius/2024-06-30", "ndelius__alias")}


def test_a_delivery_of_changes_is_not_held_for_rows_that_a_full_one_left_out(rows, tmp_path, held_by_june):
    rows.come(("nomis", "nomis/2024-05-31", IDENTIFIERS), ("nomis", "nomis/2024-06-30", IDENTIFIERS))
    rows.kind["nomis/2024-06-30"] = "changes"
    rows.prison = {key: (name, None) for key, (name, _) in rows.prison.items()}
    rows.part()
    assert held_by_june(rows) == "nomis/2024-05-31"


def test_where_rows_are_deleted_the_delivery_that_says_so_is_held(rows, tmp_path, held_by_june):
    rows.deleted = [("nomis", "nomis__offender_identifiers", key, AS_OF) for key in rows.prison]
    rows.come(("nomis", "nomis/2024-06-30", "nomis__addresses"))
    rows.prison = {key: (name, None) for key, (name, _) in rows.prison.items()}
    rows.part()
    assert held_by_june(rows) == "nomis/2024-06-30"
    assert {file for _, file in held_files(tmp_path)} == {"delivery.json", sha_of("nomis/2024-06-30", "nomis__addresses")}


def test_where_all_prison_numbers_are_others_the_extract_is_held(rows, tmp_path, held_by_june):
    rows.come(*JUNE)
    rows.prison = {f"5{key}": said for key, said in rows.prison.items()}
    rows.persons = {("ndelius", key): f"person 5{key}" for key in rows.probation} | {("nomis", key): f"person {key}" for key in rows.prison}
    assert held_by_june(rows) == "nomis/2024-06-30"


def test_people_who_are_delivered_no_more_count_as_changed(rows, tmp_path, held_by_june):
    rows.come(*JUNE)
    rows.prison, rows.probation = ({key: said for key, said in side.items() if key == "7"} for side in (rows.prison, rows.probation))
    assert held_by_june(rows) is not None


def test_records_that_stand_in_the_way_are_to_blame_for_those_they_part(rows, tmp_path, held_by_june):
    """Every prisoner has come twice: no case knows which of the two is its own."""
    rows.come(*JUNE)
    rows.prison |= {f"5{key}": said for key, said in rows.prison.items()}
    rows.persons |= {("nomis", f"5{key}"): f"person 5{key}" for key in rows.probation}
    rows.part()
    rows.more = """insert into linkage.link_pair select one.record_id, two.record_id
        from linkage.link_record as one, linkage.link_record as two
        where one.source = 'nomis' and two.source = 'ndelius' and one.source_key = '5' || two.source_key"""
    assert held_by_june(rows) == "nomis/2024-06-30"


def test_what_somebody_has_accepted_is_not_blamed_on_others_and_links_with_something_withdrawn_blame_nobody(rows, tmp_path, held_by_june):
    rows.come(*JUNE)
    slip(rows)
    rows.prison = {key: (name, "another" + pnc) for key, (name, pnc) in rows.prison.items()}
    (tmp_path / "accepted.txt").write_text("ndelius/2024-06-30\n")
    assert held_by_june(rows) is None
    (tmp_path / "accepted.txt").unlink()
    assert held_by_june(rows) is not None
    shutil.rmtree(tmp_path / "landed" / "nomis" / "2024-03-31")
    assert held_by_june(rows) is None


def test_a_hold_is_of_the_new_files_of_one_delivery_and_ends_when_it_is_sent_anew(rows, tmp_path, held_by_june):
    sums = tmp_path / "landed" / "ndelius" / "2024-03-31" / "SHA256SUMS"
    rows.files += [("ndelius", "ndelius/2024-03-31", "ndelius__alias")]
    rows.held_by["ndelius__alias"] = "ndelius/2024-03-31"
    slip(rows)
    rows.more = f"insert into staging.stg_ndelius__alias select offender_id, {4 * 10_000_000_000} from staging.stg_ndelius__offender"
    assert held_by_june(rows) == "ndelius/2024-03-31"
    assert list(held_files(tmp_path)) == [("ndelius/2024-03-31", sha_of("ndelius/2024-03-31", "ndelius__alias"))]
    sums.write_text(sums.read_text() + f"{sha_of('another', 'file')}  OFFENDER.resend_1.csv\n")
    assert held_files(tmp_path) == {}


def test_links_of_a_later_day_that_was_withdrawn_do_not_stop_links_from_being_kept(rows, tmp_path, keep):
    wrong = ("ndelius", "ndelius/2024-12-31", "ndelius__offender")
    landed(tmp_path, [wrong])
    rows.come(wrong)
    keep(rows, dt.date(2024, 12, 31))
    rows.files, rows.held_by = list(MARCH), {table: delivery for _, delivery, table in MARCH}
    keep(rows, AS_OF)
    assert not (tmp_path / "links" / f"{AS_OF}.parquet").exists()
    shutil.rmtree(tmp_path / "landed" / "ndelius" / "2024-12-31")
    keep(rows, AS_OF)
    assert person_history.earlier(tmp_path, dt.date(2024, 9, 30)).links.name == f"{AS_OF}.parquet"


def test_what_is_held_and_loaded_all_the_same_stops_the_run(rows, tmp_path, held_by_june):
    rows.come(*JUNE)
    slip(rows)
    assert held_by_june(rows)
    with pytest.raises(HistoryError, match="ndelius/2024-06-30 is held and changes too many"):
        held_by_june(rows)


HOLD = {"ndelius/2024-06-30": {"reason": "held: too many", "files": ["sha"], "as_it_was": "none"}}


@pytest.mark.parametrize(
    "accepted",
    [
        b"\xef\xbb\xbfndelius/2024-06-30\r\n", b"# theirs\r\nndelius/2024-06-30  # agreed by phone\r\n",
        b"ndelius/2024-06-30/\n", b"\tndelius\\2024-06-30\r\n",
    ],
)  # fmt: skip
def test_accepted_txt_may_come_from_any_editor(accepted, tmp_path):
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "held.json").write_text(json.dumps(HOLD))
    assert held_files(tmp_path) == {("ndelius/2024-06-30", "sha"): "held: too many"}
    (tmp_path / "accepted.txt").write_bytes(accepted)
    assert held_files(tmp_path) == {}


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("accepted.txt", "ndelius/2024-06-30".encode("utf-16")),
        ("accepted.txt", "ndelius/2024-06-30".encode("utf-16-le")),
        ("links/held.json", b'{"ndelius/2024-06-30": {'),
        ("links/held.json", b'["ndelius/2024-06-30"]'),
        ("links/2024-03-31.parquet", b"PAR1 cut"),
        ("links/2024-03-31.evidence.parquet", b""),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_what_to_do(file, content, tmp_path):
    (tmp_path / "links").mkdir()
    (tmp_path / file).write_bytes(content)
    with pytest.raises(HistoryError, match=file) as told:
        person_history.check_links(tmp_path)
        held_files(tmp_path)
    assert any(advice in str(told.value) for advice in ("save it as", "remove it", "restore it"))


def test_a_copy_under_another_name_is_no_day_of_links(rows, tmp_path):
    links = tmp_path / "links"
    for name in ("copy of 2024-05-31.parquet", "2024-05-31 (1).parquet", "2024-05-31.old.parquet", "2024-02-31.parquet", "notes.changed.parquet"):
        (links / name).write_bytes((links / "2024-03-31.parquet").read_bytes()[:50])
    person_history.check_links(tmp_path)
    assert person_history.earlier(tmp_path, AS_OF).links.name == "2024-03-31.parquet"

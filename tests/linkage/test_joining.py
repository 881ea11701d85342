"""From scored pairs to persons, and from one refresh to the next: on tables made here, without comparing anything."""

import datetime as dt
import itertools
import shutil

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from decisions.store import ANSWERS, Decision, contradiction, in_force
from orchestration.landing.schema import write_run
from orchestration.linkage import history as person_history
from orchestration.linkage import identity
from orchestration.linkage import model as linkage_model
from orchestration.linkage.history import Earlier
from orchestration.linkage.model import COMPARED, model

KEY = b"invented" * 4
JOIN, KEEP, MARGIN = (model()["thresholds"][name] for name in ("join", "keep_together", "margin"))
AGREES = 10.0  # of a name or number: more than the thresholds `agreement` and `twin_rule`


def pair(one: str, other: str, weight: float, **parts: float) -> dict:
    """A scored pair; by default its names, birth dates and NOMS numbers agree."""
    return {"one": one, "other": other, "weight": weight, "name": AGREES, "birth_date": AGREES, "noms_number": AGREES, **parts}


# What persons are made by, from pairs and decisions on.
JOINING = (
    "link_threshold", "link_decision", "link_same_group", "link_decided", "link_before", "link_joinable", "link_towards", "link_spine_pair",
    "link_cluster", "link_spine", "link_provider_group", "link_provider_towards", "link_provider_record",
)  # fmt: skip


@pytest.fixture(scope="session")
def persons(linkage):
    """persons(records, pairs, ...): person by record ('nomis 1'), where a record has one. `before`: person by record at the refresh
    before, kept in `folder`. `decided`: (record, record, decision)."""

    def persons(records, pairs, folder=None, before=None, decided=(), shuffle=lambda rows: rows) -> dict[str, str]:
        with duckdb.connect() as con:
            con.execute("attach ':memory:' as warehouse; use warehouse; create schema landing; create schema linkage; create schema staging")
            number = {record: n for n, record in enumerate(shuffle(list(records)), start=1)}
            con.execute("create table linkage.link_record (record_id integer, source varchar, source_key varchar)")
            con.execute("create table linkage.link_identifier (record_id integer, kind varchar, identifier varchar)")
            con.execute(
                f"create table linkage.link_pair (left_id integer, right_id integer, weight double, {', '.join(f'{c} double' for c in COMPARED)})"
            )
            con.executemany("insert into linkage.link_record values (?, ?, ?)", [(n, *record.split()) for record, n in number.items()])
            rows = [
                (*sorted((number[p["one"]], number[p["other"]])), p["weight"], *(p.get(c, 0.0) for c in COMPARED)) for p in shuffle(list(pairs))
            ]
            if rows:
                con.executemany(f"insert into linkage.link_pair values ({', '.join('?' * (3 + len(COMPARED)))})", rows)
            con.execute(
                "create table linkage.record_token as select record_id, source || ' ' || source_key as record_token, true as is_own from linkage.link_record"
            )
            con.execute(
                """create table staging.stg_decisions__link_decision
                (left_record varchar, right_record varchar, decision varchar, decision_id bigint, was_settled boolean)"""
            )
            # As staging does: of a pair the newest, and whether any was other than unsure.
            made = {frozenset(pair): (*pair, answer, n) for n, (*pair, answer) in enumerate(decided)}
            settled = {frozenset(pair) for *pair, answer in decided if answer != "unsure"}
            if made:
                rows = [(*one, pair in settled) for pair, one in shuffle(list(made.items()))]
                con.executemany("insert into staging.stg_decisions__link_decision values (?, ?, ?, ?, ?)", rows)
            links = None
            if before is not None:
                links = folder / "2023-12-31.parquet"
                con.execute("create or replace temp table kept (source varchar, source_key varchar, person_id varchar)")
                con.executemany("insert into kept values (?, ?, ?)", [(*record.split(), person) for record, person in before.items()])
                con.execute(f"copy kept to '{links}' (format parquet)")
            write_run(con, dt.date(2024, 1, 31), "join", Earlier(links=links), [])
            linkage.build(con, *JOINING)
            con.register("token", identity.person_token(con, KEY))
            con.execute("create table linkage.person_token as from token")
            linkage.build(con, "person_link")
            found = con.execute("select source, source_key, person_id from linkage.person_link").fetchall()
            assert len({(source, key) for source, key, _ in found}) == len(found), "a record belongs to one person"
            return {f"{source} {key}": person for source, key, person in found}

    return persons


def together(person: dict[str, str]) -> set[frozenset[str]]:
    return {frozenset(record for record in person if person[record] == one) for one in person.values()}


RECORDS = [f"{source} {n}" for source, many in (("nomis", 4), ("ndelius", 5), ("provider_invented", 5)) for n in range(1, many + 1)]
WORLDS = st.lists(
    st.tuples(st.sampled_from(RECORDS), st.sampled_from(RECORDS), st.sampled_from([0.0, AGREES]), st.sampled_from([0.0, AGREES])).filter(
        lambda p: p[0] < p[1]
    ),
    max_size=25,
    unique_by=lambda p: p[:2],
)


@pytest.mark.parametrize("examples", [20, pytest.param(60, marks=pytest.mark.slow)])
def test_persons_part_the_records_hold_one_prison_record_and_do_not_depend_on_any_order(persons, examples):
    @settings(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(WORLDS, st.randoms(use_true_random=False))
    def holds(found, random):
        # No two pairs weigh the same: then nothing has to be decided by number.
        weights = random.sample([KEEP + n / 3 for n in range(60)], len(found))
        pairs = [pair(one, other, weight, name=name, noms_number=noms) for (one, other, name, noms), weight in zip(found, weights)]
        person = persons(RECORDS, pairs)
        assert {record for record in RECORDS if not record.startswith("provider")} <= person.keys()
        for records in together(person):
            assert sum(record.startswith("nomis") for record in records) <= 1

        def shuffle(rows):
            random.shuffle(rows)
            return rows

        assert together(persons(RECORDS, [p | {"one": p["other"], "other": p["one"]} for p in pairs], shuffle=shuffle)) == together(person)

    holds()


def test_two_that_were_one_person_stay_together_down_to_the_lower_threshold_and_no_further(persons, tmp_path):
    records, before = ["nomis 1", "ndelius 7"], {"nomis 1": "p", "ndelius 7": "p"}

    def are_one(weight, before=None, **parts):
        person = persons(records, [pair(*records, weight, **parts)], tmp_path, before)
        return person["nomis 1"] == person["ndelius 7"]

    alone = {"noms_number": 0.0}  # a name and a birth date, and nothing else
    assert not are_one(JOIN + 5, **alone) and are_one(KEEP, before, **alone)
    assert not are_one(KEEP) and are_one(KEEP, before)
    assert not are_one(KEEP - 1, before)
    assert not are_one(KEEP, {"nomis 1": "p", "ndelius 7": "q"})


def test_a_providers_record_stays_with_its_person_unless_another_fits_better_by_far(persons, tmp_path):
    records, row = ["nomis 1", "nomis 2", "provider_invented 7"], "provider_invented 7"
    before = {"nomis 1": "p", row: "p", "nomis 2": "q"}

    def belongs_to(ahead, before):
        person = persons(records, [pair("nomis 1", row, JOIN + 1), pair("nomis 2", row, JOIN + 1 + ahead)], tmp_path, before)
        return next((one for one in records[:2] if person[one] == person.get(row)), None)

    assert belongs_to(MARGIN / 2, None) is None and belongs_to(MARGIN / 2, before) == "nomis 1"
    assert belongs_to(MARGIN, None) == "nomis 2" and belongs_to(MARGIN, before) == "nomis 2"


def test_the_id_of_a_person_follows_its_oldest_record_and_no_other(persons):
    records = ["nomis 10", "nomis 9", "ndelius 1", "provider_invented 1"]
    alone = persons(records, [])
    linked = persons(records, [pair("nomis 10", "ndelius 1", JOIN), pair("nomis 10", "provider_invented 1", JOIN)])
    assert linked["nomis 10"] == linked["ndelius 1"] == linked["provider_invented 1"] == alone["nomis 10"]
    assert linked["nomis 9"] == alone["nomis 9"] and "provider_invented 1" not in alone


def test_what_people_decided_stands_above_any_weight(persons):
    case, prisoner, other, row = "ndelius 1", "nomis 1", "nomis 2", "provider_invented 1"
    pairs = [pair(prisoner, case, JOIN + 30), pair(prisoner, row, JOIN + 30)]

    def one(decided, *records):
        person = persons([case, prisoner, other, row], pairs, decided=decided)
        return len({person.get(record, record) for record in records}) == 1

    assert one([], prisoner, case, row)
    assert not one([(case, prisoner, "different")], case, prisoner) and one([(case, prisoner, "unsure")], case, prisoner)
    assert one([(case, other, "same")], case, other) and not one([(case, other, "same")], case, prisoner)
    assert one([(other, row, "same")], other, row) and not one([(prisoner, row, "different")], prisoner, row)
    # Told from the case, it does not come to it through the prisoner either.
    assert not one([(case, row, "different")], case, row) and one([(case, row, "different")], case, prisoner)


def test_two_told_apart_do_not_meet_in_a_third_and_the_one_that_fits_it_better_stays(persons):
    for source in ("ndelius", "provider_invented"):
        better, worse = f"{source} 2", f"{source} 1"
        pairs = [pair("nomis 1", better, JOIN + 30), pair("nomis 1", worse, JOIN + 20)]
        records = ["nomis 1", better, worse]
        assert together(persons(records, pairs)) == {frozenset(records)}
        person = persons(records, pairs, decided=[(worse, better, "different")])
        assert person["nomis 1"] == person[better] != person.get(worse)


def test_what_is_decided_to_be_one_goes_one_way(persons):
    prisoner, other, one, two, three = "nomis 1", "nomis 2", "provider_invented 1", "provider_invented 2", "provider_invented 3"
    records = [prisoner, other, one, two, three]

    def persons_of(pairs, decided):
        person = persons(records, pairs, decided=decided)
        return [next((p for p in (prisoner, other) if person[p] == person.get(row)), None) for row in (one, two, three)]

    chain = [(one, two, "same"), (two, three, "same")]
    weak, strong = pair(prisoner, one, JOIN + 10), pair(other, two, JOIN + 30)
    assert persons_of([weak], chain) == [prisoner] * 3
    assert persons_of([weak, strong], []) == [prisoner, other, None]
    assert persons_of([weak, strong], chain) == [other] * 3
    # Told from the person that one of them fits, none of them is that person.
    assert persons_of([weak], [*chain, (prisoner, three, "different")]) == [None] * 3
    assert persons_of([weak, strong], [*chain, (other, three, "different")]) == [prisoner] * 3


@pytest.mark.parametrize(
    ("decided", "alike"),
    [
        ("C1-P1 same, N1-P1 different", ["C1 P1", "N1"]),
        ("N1-P1 same, C1-P1 different", ["N1 P1", "C1"]),
        ("P1-P2 same, C1-P1 same, N1-P2 different", ["C1 P1 P2", "N1"]),
        ("C2-P1 same, C3-P1 same", ["C2 C3 P1", "N1 C1"]),
        ("N2-P1 same, C2-P1 same", ["N2 C2 P1", "N1 C1"]),
        ("C2-P1 same, P1-P2 same, N2-P2 same", ["N2 C2 P1 P2", "N1 C1"]),
    ],
)
def test_what_follows_from_decisions_holds_as_they_do(persons, decided, alike):
    """A provider's record that is one prisoner or case and not another says so of these too, above what the model says."""
    name = {"N": "nomis", "C": "ndelius", "P": "provider_invented"}

    def record(short):
        return f"{name[short[0]]} {short[1]}"

    made = [(*map(record, pair.split("-")), answer) for pair, answer in map(str.split, decided.split(", "))]
    for order in itertools.permutations(made):
        person = persons([record(f"{s}{n}") for s in name for n in (1, 2, 3)], [pair(record("N1"), record("C1"), JOIN + 30)], decided=order)
        for one in alike:
            assert {frozenset(map(record, one.split()))} <= together(person)


DECISIONS = st.lists(st.tuples(st.sampled_from(RECORDS), st.sampled_from(RECORDS), st.sampled_from(ANSWERS)).filter(lambda d: d[0] < d[1]), max_size=12)


@pytest.mark.parametrize("examples", [20, pytest.param(50, marks=pytest.mark.slow)])
def test_decisions_that_do_not_contradict_each_other_all_hold_whatever_the_model_says(persons, examples):
    @settings(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(WORLDS, DECISIONS, st.randoms(use_true_random=False))
    def holds(found, asked, random):
        made: list[Decision] = []
        for n, (left, right, answer) in enumerate(asked):
            new = Decision(n, left, right, answer, "", "", dt.datetime(2024, 1, 1), dt.date(2024, 1, 1), "")
            same = [one.pair for one in in_force([*made, new]).values() if one.decision == "same"]
            # Prison alone joins its numbers.
            if not contradiction(new, in_force(made)) and all(sum(r.startswith("nomis") for r in one) < 2 for one in components(same)):
                made.append(new)
        pairs = [pair(one, other, KEEP + n, name=name, noms_number=noms) for n, (one, other, name, noms) in enumerate(found)]
        decided = [(*one.pair, one.decision) for one in made]
        person = persons(RECORDS, pairs, decided=decided)
        for one in in_force(made).values():
            left, right = one.pair
            if one.decision == "same":
                assert person.get(left) == person.get(right)
            if one.decision == "different":
                assert person.get(left, left) != person.get(right, right)

        def shuffle(rows):
            random.shuffle(rows)
            return rows

        turned = [(right, left, answer) for left, right, answer in decided]
        assert together(persons(RECORDS, pairs, decided=turned, shuffle=shuffle)) == together(person)

    holds()


def components(pairs):
    found = {}
    for one, other in pairs:
        joined = found.get(one, {one}) | found.get(other, {other})
        found |= dict.fromkeys(joined, joined)
    return found.values()


def test_of_two_prisoners_that_one_record_was_decided_to_be_the_last_holds(persons):
    for record in ("ndelius 1", "provider_invented 1"):
        decided = [("nomis 1", record, "same"), ("nomis 2", record, "same")]
        for first, last, order in (("nomis 1", "nomis 2", decided), ("nomis 2", "nomis 1", decided[::-1])):
            person = persons(["nomis 1", "nomis 2", record], [pair("nomis 1", record, JOIN + 30)], decided=order)
            assert person[record] == person[last] != person[first]


def test_a_decision_taken_back_leaves_the_records_to_the_model(persons, tmp_path):
    prisoner, case, row = records = ["nomis 1", "ndelius 1", "provider_invented 1"]
    alone = {"noms_number": 0.0}  # a name and a birth date, and nothing else
    pairs = [pair(prisoner, case, JOIN + 20), pair(prisoner, row, JOIN, **alone), pair(case, row, JOIN, **alone)]
    same = [(prisoner, row, "same")]
    unsure = [*same, (prisoner, row, "unsure")]
    joined = persons(records, pairs, decided=same)
    assert joined[row] == joined[prisoner]
    assert row not in persons(records, pairs, tmp_path, before=joined, decided=unsure)
    assert persons(records, pairs, tmp_path, before=joined)[row]  # without the decision it is held together as any other


def test_who_was_never_sure_has_changed_nothing(persons, tmp_path):
    records, before = ["nomis 1", "ndelius 7"], {"nomis 1": "p", "ndelius 7": "p"}
    assert len(together(persons(records, [pair(*records, KEEP)], tmp_path, before, decided=[(*records, "unsure")]))) == 1


def test_a_decision_outlives_another_model(persons, monkeypatch):
    records, pairs = ["nomis 1", "ndelius 1", "nomis 2", "ndelius 2"], [pair("nomis 1", "ndelius 1", JOIN + 30)]
    decided = [("nomis 1", "ndelius 1", "different"), ("nomis 2", "ndelius 2", "same")]
    now = together(persons(records, pairs, decided=decided))
    assert now == {frozenset(["nomis 1"]), frozenset(["ndelius 1"]), frozenset(["nomis 2", "ndelius 2"])}
    for join in (JOIN - 10, JOIN + 100):
        monkeypatch.setattr(linkage_model, "model", lambda join=join: {"thresholds": {**model()["thresholds"], "join": join}})
        assert together(persons(records, pairs, decided=decided)) == now


def kept_links(home, day, *made_of):
    (home / "links").mkdir(exist_ok=True)
    for name in (f"{day}.parquet", f"{day}.changed.parquet"):
        duckdb.sql(f"copy (select 1 as n) to '{home / 'links' / name}' (format parquet, kv_metadata {{brought: '{chr(10).join(made_of)}'}})")


def test_links_made_of_a_delivery_that_was_withdrawn_since_are_not_seen(tmp_path):
    right, wrong = "ndelius/2024-01-31 " + "a" * 64, "ndelius/2024-02-29 " + "b" * 64
    for what in (right, wrong):
        delivery, sha256 = what.split()
        (tmp_path / "landed" / delivery).mkdir(parents=True)
        (tmp_path / "landed" / delivery / "SHA256SUMS").write_text(f"{sha256}  OFFENDER.csv\n")
    kept_links(tmp_path, "2024-01-31", right, "ndelius/2024-01-31 deletes 12")
    kept_links(tmp_path, "2024-02-29", right, wrong)
    before = person_history.earlier(tmp_path, dt.date(2024, 3, 31)).fingerprint
    assert person_history.earlier(tmp_path, dt.date(2024, 3, 31)).links.name == "2024-02-29.parquet"
    shutil.rmtree(tmp_path / "landed" / "ndelius" / "2024-02-29")
    assert person_history.earlier(tmp_path, dt.date(2024, 3, 31)).links.name == "2024-01-31.parquet"
    assert person_history.earlier(tmp_path, dt.date(2024, 3, 31)).fingerprint != before


def test_links_made_of_deletions_that_were_withdrawn_since_are_not_seen(tmp_path):
    folder = tmp_path / "landed" / "nomis" / "2024-02-29"
    folder.mkdir(parents=True)
    (folder / "SHA256SUMS").write_text(f"{'c' * 64}  delivery.json\n")
    kept_links(tmp_path, "2024-01-31")
    kept_links(tmp_path, "2024-02-29", "nomis/2024-02-29 deletes 12")
    assert person_history.earlier(tmp_path, dt.date(2024, 3, 31)).links.name == "2024-02-29.parquet"
    shutil.rmtree(folder)
    assert person_history.earlier(tmp_path, dt.date(2024, 3, 31)).links.name == "2024-01-31.parquet"


def test_changes_of_a_day_whose_links_were_not_kept_do_not_count(tmp_path):
    kept_links(tmp_path, "2024-01-31")
    before = person_history.earlier(tmp_path, dt.date(2024, 3, 31)).fingerprint
    kept_links(tmp_path, "2024-02-29")
    assert person_history.earlier(tmp_path, dt.date(2024, 3, 31)).fingerprint != before
    (tmp_path / "links" / "2024-02-29.parquet").unlink()
    assert person_history.earlier(tmp_path, dt.date(2024, 3, 31)).fingerprint == before


def test_only_earlier_links_are_seen(tmp_path):
    for day in ("2024-01-31", "2024-02-29", "2024-03-31"):
        kept_links(tmp_path, day)
    assert person_history.earlier(tmp_path, dt.date(2024, 2, 29)).links.name == "2024-01-31.parquet"
    assert person_history.earlier(tmp_path, dt.date(2024, 1, 31)).links is None

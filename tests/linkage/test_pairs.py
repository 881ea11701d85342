"""Who may be joined with whom: labelled pairs, as short as the cases that linkage goes wrong on."""

import datetime as dt

import duckdb
import pyarrow as pa
import pytest

from orchestration.landing.schema import write_run
from orchestration.linkage.history import Earlier
from orchestration.linkage.model import COMPARED, model, scored_pairs
from orchestration.linkage.persons import joined

BORN, HOME, SENTENCED = dt.date(1985, 3, 7), "ZZ11AA", dt.date(2022, 5, 4)
TEXTS = ("names", "swapped_names", "postcodes", "outcodes", "noms_numbers", "crns", "pncs", "cros", "keys")
DAYS = ("birth_dates", "turned_birth_dates", "sentence_dates")
SCHEMA = pa.schema(
    [("record_id", pa.int32()), ("source", pa.string()), ("source_key", pa.string())]
    + [(name, pa.string()) for name in ("name", "surname", "other_surname", "first_name", "other_first_name")]
    + [("birth_date", pa.date32())] + [(name, pa.list_(pa.string())) for name in TEXTS] + [(name, pa.list_(pa.date32())) for name in DAYS]
)  # fmt: skip


def record(
    number=1,
    source="nomis",
    names=(("INVENTED", "PERSON"),),
    born=(BORN,),
    homes=(),
    sentenced=(),
    noms=(),
    crn=(),
    pnc=(),
    cro=(),
    alias=(),
):
    """One row of linkage.link_feature; `names` are (surname, first name), `alias` such names and birth dates that were given too."""
    own, own_born = sorted(f"{s} {f}" for s, f in names), sorted(born)
    firsts, names = sorted(f for _, f in names), [*names, *((s, f) for s, f, _ in alias)]
    born, surnames = sorted({*born, *(day for *_, day in alias)}), sorted(s for s, _ in names)
    turned = sorted(day.replace(day=day.month, month=day.day) for day in born if day.day <= 12 and day.day != day.month)
    lists = {
        "names": [f"{s} {f}" for s, f in names], "swapped_names": [f"{f} {s}" for s, f in names], "postcodes": homes,
        "outcodes": {home[:-3] for home in homes}, "noms_numbers": noms, "crns": crn, "pncs": pnc, "cros": cro, "keys": ["all"],
        "birth_dates": born, "turned_birth_dates": turned, "sentence_dates": sentenced,
    }  # fmt: skip
    return {
        "record_id": number, "source": source, "source_key": str(number), "name": min(own, default=None),
        "surname": min(surnames, default=None), "other_surname": max(surnames, default=None),
        "first_name": min(firsts, default=None), "other_first_name": max(firsts, default=None),
        "birth_date": min(own_born, default=None), **{name: sorted(values) or None for name, values in lists.items()},
    }  # fmt: skip


def pairs(*records):
    return scored_pairs(pa.Table.from_pylist(list(records), SCHEMA))


@pytest.fixture
def may_be_joined(linkage):
    def joinable(one, other, were_one=False) -> bool:
        records = [{**one, "record_id": 1}, {**other, "record_id": 2, "source": "ndelius"}]
        found = pairs(*records)
        with duckdb.connect() as con:
            con.execute("attach ':memory:' as warehouse; use warehouse; create schema landing; create schema linkage")
            write_run(con, BORN, "join", Earlier(), [])
            con.register("pair", found)
            con.register("record", pa.Table.from_pylist(records, SCHEMA))
            con.execute("create table linkage.link_pair as from pair; create table linkage.link_record as from record")
            con.execute("create table linkage.link_before (record_id integer, person_id varchar)")
            if were_one:
                con.execute("insert into linkage.link_before values (1, 'invented'), (2, 'invented')")
            linkage.build(con, "link_threshold", "link_joinable")
            return con.execute("select count(*) from linkage.link_joinable").fetchone() == (1,)

    return joinable


NOMS = {"noms": ["A1234BC"]}
SAME = {
    "a number and a name": (record(**NOMS), record(born=(dt.date(1999, 9, 9),), **NOMS)),
    "a number and a birth date, the name changed": (record(**NOMS), record(names=(("OTHERWISE", "UNLIKE"),), **NOMS)),
    "a number and an alias": (record(alias=[("KNOWNAS", "FORMERLY", BORN)], **NOMS), record(names=(("KNOWNAS", "FORMERLY"),), born=(), **NOMS)),
    "a number, given and family name swapped": (record(**NOMS), record(names=(("PERSON", "INVENTED"),), **NOMS)),
    "name, birth date and home": (record(homes=[HOME]), record(homes=[HOME])),
    "name, birth date and a day of sentence": (record(sentenced=[SENTENCED]), record(sentenced=[SENTENCED])),
    "name and home, day and month turned": (record(homes=[HOME]), record(born=(dt.date(1985, 7, 3),), homes=[HOME])),
    "a number that was merged into another": (record(noms=["A1234BC", "B1234BC"]), record(noms=["B1234BC"])),
    "a number and a similar first name, the birth date mistyped": (record(**NOMS), record(names=(("INVENTED", "PERSONA"),), born=(dt.date(1985, 3, 8),), **NOMS)),
    "one NOMS number, another CRN": (record(crn=["X100001"], **NOMS), record(crn=["X100002"], **NOMS)),
    "birth date, home and a former surname": (record(homes=[HOME], alias=[("FORMERLY", "PERSON", BORN)]), record(names=(("FORMERLY", "PERSON"),), homes=[HOME])),
    "a number, the surname and a birth date mistyped, the first name another": (
        record(**NOMS), record(names=(("INVENTED", "UNLIKE"),), born=(dt.date(1985, 3, 8),), **NOMS)
    ),
    "two numbers, and neither name nor birth date quite": (
        record(pnc=["2001/0123451X"], **NOMS), record(names=(("INVEMTED", "PERZON"),), born=(dt.date(1985, 3, 8),), pnc=["2001/0123451X"], **NOMS)
    ),
    "surname married, first name, birth date and PNC kept": (record(pnc=["2001/0123451X"]), record(names=(("MARRIED", "PERSON"),), pnc=["2001/0123451X"])),
    "name mistyped, birth date and home, a former surname known": (
        record(names=(("INVENTED", "PERSON"), ("FORMERLY", "PERSON")), homes=[HOME]), record(names=(("INVEMTED", "PERSON"),), homes=[HOME])
    ),
}  # fmt: skip
DIFFERENT = {
    "name and birth date alone": (record(), record()),
    "twins at one home": (record(homes=[HOME]), record(names=(("INVENTED", "OTHERTWIN"),), homes=[HOME])),
    "twins of similar first names at one home": (record(homes=[HOME]), record(names=(("INVENTED", "PERSONA"),), homes=[HOME])),
    "twins of similar first names, at one home, sentenced on one day, each with a number": (
        record(homes=[HOME], sentenced=[SENTENCED], **NOMS),
        record(names=(("INVENTED", "PERSONA"),), homes=[HOME], sentenced=[SENTENCED], noms=["B1234BC"]),
    ),
    "twins, one known by an initial": (record(homes=[HOME]), record(names=(("INVENTED", "P"),), homes=[HOME])),
    "twins sentenced on one day": (record(sentenced=[SENTENCED]), record(names=(("INVENTED", "OTHERTWIN"),), sentenced=[SENTENCED])),
    "father and son of one name at one home": (record(homes=[HOME]), record(born=(dt.date(1960, 11, 23),), homes=[HOME])),
    "somebody who gave a brother's name and birth date, and the brother, at one home": (
        record(homes=[HOME], alias=[("INVENTED", "BROTHER", dt.date(1988, 8, 8))]),
        record(names=(("INVENTED", "BROTHER"),), born=(dt.date(1988, 8, 8),), homes=[HOME]),
    ),
    "somebody who gave the name of a twin, and the twin, at one home": (
        record(homes=[HOME], alias=[("INVENTED", "OTHERTWIN", BORN)]),
        record(names=(("INVENTED", "OTHERTWIN"),), homes=[HOME]),
    ),
    "a son who gave his father's birth date, and the father, of one name at one home": (
        record(homes=[HOME], alias=[("INVENTED", "PERSON", dt.date(1960, 11, 23))]),
        record(born=(dt.date(1960, 11, 23),), homes=[HOME]),
    ),
    "two of one household": (record(homes=[HOME]), record(names=(("INVENTED", "ELSE"),), born=(dt.date(1990, 1, 2),), homes=[HOME])),
    "somebody else's number": (record(**NOMS), record(names=(("OTHERWISE", "UNLIKE"),), born=(dt.date(1999, 9, 9),), **NOMS)),
    "somebody else's number, the same first name": (
        record(**NOMS),
        record(names=(("OTHERWISE", "PERSON"),), born=(dt.date(1999, 9, 9),), **NOMS),
    ),
    "two numbers of somebody else's": (
        record(pnc=["2001/0123451X"], **NOMS), record(names=(("OTHERWISE", "UNLIKE"),), born=(dt.date(1999, 9, 9),), pnc=["2001/0123451X"], **NOMS)
    ),
    "a number and nothing else known": (record(**NOMS), record(names=(), born=(), **NOMS)),
    "name and home, no birth date": (record(homes=[HOME]), record(born=(), homes=[HOME])),
    "of one name, a number no longer merged": (record(**NOMS), record(born=(dt.date(1960, 11, 23),), noms=["B1234BC"])),
    "one name and birth date, numbers that differ": (record(homes=[HOME], **NOMS), record(noms=["A9999ZZ"], pnc=["1999/7654321B"])),
}


@pytest.mark.parametrize("case", SAME)
def test_joined(case, may_be_joined):
    assert may_be_joined(*SAME[case]) and may_be_joined(*reversed(SAME[case]))


@pytest.mark.parametrize("case", DIFFERENT)
def test_kept_apart(case, may_be_joined):
    assert not may_be_joined(*DIFFERENT[case]) and not may_be_joined(*reversed(DIFFERENT[case]))


def test_two_that_were_one_person_stay_so_on_less_but_not_against_the_evidence(may_be_joined):
    assert may_be_joined(*DIFFERENT["name and birth date alone"], were_one=True)
    for case in ("twins at one home", "somebody else's number", "of one name, a number no longer merged"):
        assert not may_be_joined(*DIFFERENT[case], were_one=True)


def test_the_order_of_records_changes_no_weight():
    records = [record(n, names=(("INVENTED", f"PERSON{n % 3}"),), homes=[HOME], noms=[f"A{n % 4}234BC"]) for n in range(1, 9)]
    assert pairs(*records).equals(pairs(*reversed(records)))


def test_a_name_that_many_prisoners_bear_is_worth_less():
    def weight(others):
        rest = [
            record(n, names=(("INVENTED" if others else f"RARE{n}", "PERSON"),), born=(dt.date(1950, 1, 1 + n % 28),))
            for n in range(3, 400)
        ]
        found = pairs(record(1, **NOMS), record(2, **NOMS), *rest).to_pylist()
        return next(p["name"] for p in found if (p["left_id"], p["right_id"]) == (1, 2))

    assert weight(others=True) < weight(others=False) - 3


def test_every_level_of_the_model_has_its_weight():
    for comparison in model()["settings"]["comparisons"]:
        for level in comparison["comparison_levels"]:
            assert level.get("is_null_level") or {"m_probability", "u_probability"} <= level.keys(), level["label_for_charts"]
    assert {c["output_column_name"] for c in model()["settings"]["comparisons"]} == set(COMPARED)


def test_clusters_share_no_record_and_hold_one_prison_record_at_most_the_heavier_pair_first():
    case_of_both = [(1, 10, True, False), (2, 10, True, False), (2, 11, True, False), (10, 11, False, False)]
    assert sorted(map(sorted, joined(case_of_both).values())) == [[1, 10], [2, 11]]
    assert sorted(map(sorted, joined([case_of_both[1], case_of_both[0]]).values())) == [[1], [2, 10]]

"""Merged prison numbers: which number is whose now, before any records are compared."""

import duckdb
import pytest

from orchestration.linkage.persons import followed

STAGING = """
create schema landing; create schema linkage; create schema staging;
create table staging.stg_nomis__offender (offender_id varchar, root_offender_id varchar, offender_id_display varchar);
create table staging.stg_nomis__offender_identifier (offender_id varchar, identifier_type varchar, identifier varchar, _recorded_at timestamp, _pointer bigint);
create table staging.stg_nomis__offender_booking (offender_book_id varchar, offender_id varchar, root_offender_id varchar);
"""


@pytest.fixture
def prisoners(linkage):
    """prisoners({offender: number}, [(offender, merged number, day)]): prisoner by offender, for offenders that are each their own root."""

    def prisoners(numbers: dict[str, str], told: list[tuple[str, str, str]]) -> dict[str, str]:
        with duckdb.connect() as con:
            con.execute("attach ':memory:' as warehouse; use warehouse;" + STAGING)
            con.executemany("insert into staging.stg_nomis__offender values (?, ?, ?)", [(key, key, number) for key, number in numbers.items()])
            con.executemany("insert into staging.stg_nomis__offender_identifier values (?, 'Merged', ?, cast(? as timestamp), ?)",
                            [(*row, n) for n, row in enumerate(told)])  # fmt: skip
            linkage.build(con, "link_merge", "link_merged", "link_prisoner")
            return dict(con.execute("from linkage.link_prisoner order by offender_id").fetchall())

    return prisoners


ABC = {"1": "A0001AA", "2": "A0002AA", "3": "A0003AA"}
MERGED = {
    "one into another": ([("1", "A0002AA", "2024-01-01")], "1 1 3"),
    "a higher and a lower one alike": ([("3", "A0001AA", "2024-01-01")], "3 2 3"),
    "a chain": ([("2", "A0001AA", "2024-01-01"), ("3", "A0002AA", "2024-02-01")], "3 3 3"),
    "a chain whose last has all the numbers": (
        [("2", "A0001AA", "2024-01-01"), ("3", "A0001AA", "2024-02-01"), ("3", "A0002AA", "2024-02-01")], "3 3 3"
    ),
    "a number nobody bears": ([("1", "B0009BB", "2024-01-01")], "1 2 3"),
    "one's own number": ([("1", "A0001AA", "2024-01-01")], "1 2 3"),
    "one's own number, told after another's": ([("2", "A0001AA", "2024-01-01"), ("1", "A0001AA", "2024-02-01")], "2 2 3"),
    "into two: the one told last": ([("2", "A0001AA", "2024-02-01"), ("3", "A0001AA", "2024-01-01")], "2 2 3"),
    "in a circle: the lowest": ([("2", "A0001AA", "2024-01-01"), ("1", "A0002AA", "2024-02-01")], "1 1 3"),
    "into a circle": ([("2", "A0003AA", "2024-01-01"), ("3", "A0002AA", "2024-02-01"), ("2", "A0001AA", "2024-02-01")], "2 2 2"),
}  # fmt: skip


@pytest.mark.parametrize("case", MERGED)
def test_a_merged_number_is_the_other_prisoners(case, prisoners):
    told, expected = MERGED[case]
    found = prisoners(ABC, told)
    assert " ".join(found[key] for key in ABC) == expected
    assert prisoners(dict(reversed(ABC.items())), list(reversed(told))) == found


@pytest.mark.timeout(10)
def test_a_chain_of_any_length_and_any_circle_come_to_an_end():
    long = {str(n): str(n + 1) for n in range(10, 100_000)}
    assert set(followed(long).values()) == {("100000", False)}
    assert set(followed(long | {"100000": "50"}).values()) == {("50", True)}

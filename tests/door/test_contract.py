"""The declarations say what they must, and refuse to contradict themselves."""

from __future__ import annotations

import pytest

from expectations.contract import DeclarationError, _table, declared_tables, find_table


def test_every_parent_key_and_event_is_a_column_that_exists() -> None:
    tables = {t.landing_name: t for t in declared_tables()}
    for table in tables.values():
        for _, parent, column in table.parents:
            assert column in {n for n, _ in tables[parent].landing_columns}, table.landing_name
    assert len(tables) == len(declared_tables())


def test_tables_and_columns_match_without_regard_to_case() -> None:
    assert find_table("nomis", "offenders") is find_table("nomis", "OFFENDERS")
    assert find_table("provider_zzz", "Claim") is find_table("provider_yyy", "CLAIM")
    assert find_table("cas", "bookingsreportrow").landing_name == "cas__bookingsreportrow"


def test_every_reference_list_falls_under_one_declaration_and_nothing_else_does() -> None:
    assert find_table("ndelius", "R_INVENTED_LIST").landing_name == "ndelius__reference_list"
    assert find_table("ndelius", "REFERENCE_LIST") is None
    assert find_table("nomis", "R_INVENTED_LIST") is None
    assert find_table("provider_", "CLAIM") is None


@pytest.mark.parametrize(
    "body",
    [
        {"key": ["NO_SUCH"], "columns": {"A": "id"}},
        {"key": ["A"], "columns": {"A": "guess"}},
        {"key": ["A"], "columns": {"A": "id"}, "evnts": ["A"]},
        {"key": ["A"], "columns": {"A": "id"}, "events": ["B"]},
    ],
)
def test_a_declaration_that_contradicts_itself_is_an_error_naming_the_table(body: dict) -> None:
    with pytest.raises(DeclarationError, match=r"tables/invented\.yml, TABLE"):
        _table("invented", "TABLE", body)

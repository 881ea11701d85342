"""The declarations say what they must, and refuse to contradict themselves."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from expectations.contract import DeclarationError, _table, declared_tables, find_table


def contract() -> list[dict[str, str]]:
    """The tables as the contract lists them: names joined by blanks; no key: the whole record is it."""
    with Path(__file__).with_name("contract.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_table_of_the_contract_is_declared_as_it_says_and_no_other() -> None:
    declared = {(t.source, t.name): t for t in declared_tables()}
    assert sorted(declared) == sorted((row["source"], row["table"]) for row in contract())
    for row in contract():
        table = declared[row["source"], row["table"]]
        names = {c.name: c.label for c in table.columns} | {"list": "LIST"}
        assert [names[n] for n in table.key] == row["key"].split(), table.landing_name
        of_key = {n for n in row["key"].split() if n != "LIST"}
        needed = {c.label for c in table.columns if c.is_required}
        may_lack = {names[n] for n in table.may_be_empty}
        assert of_key | set(row["required"].split()) == needed | (of_key & may_lack), table.landing_name
        assert set(row["optional"].split()) == {c.label for c in table.columns} - of_key - needed, table.landing_name


# The end of a column's name says its type, in every source.
TYPES = {
    "_FLAG": {"flag"}, "_DATETIME": {"timestamp"}, "_TS": {"timestamp"}, "_ON": {"date"}, "_DATE": {"date", "timestamp"},
    "_ID": {"id", "code", "text", "flag", "noms_number"}, "_REF": {"id"}, "_CODE": {"code", "text", "id"}, "_NUMBER": {"noms_number", "pnc", "cro", "id", "text"},
    "_NO": {"noms_number", "id"}, "CRN": {"crn"}, "AMOUNT": {"money"}, "TOTAL": {"money"}, "_DELETED": {"flag"}, "_TEXT": {"text"},
}  # fmt: skip


def test_a_column_has_the_type_its_name_promises() -> None:
    for table in declared_tables():
        for column in table.columns:
            for ending, types in TYPES.items():
                if column.label.upper().endswith(ending):
                    assert column.type in types, f"{table.landing_name}.{column.label}"


def test_starts_and_ends_are_checked_and_what_lies_after_the_delivery_is_an_event_or_planned() -> None:
    pairs = [("START_DATE", "END_DATE"), ("FROM_DATE", "TO_DATE"), ("START_DATE", "FINISH_DATE"), ("STARTDATE", "ENDDATE")]
    for table in declared_tables():
        labels = {c.name.upper() for c in table.columns}
        ordered = {(a.upper(), b.upper()) for a, b in (*table.ordered, *([table.evidence_span] if table.evidence_span else []))}
        assert {p for p in pairs if set(p) <= labels} <= ordered, table.landing_name
        assert all(dict(table.landing_columns)[n] in ("DATE", "TIMESTAMP") for n in table.events), table.landing_name


def test_keys_of_people_and_of_parents_and_days_of_events_have_an_expectation() -> None:
    for table in declared_tables():
        filled = {c.name for c in table.columns if c.type in ("noms_number", "crn")} | {p[0] for p in table.parents}
        days = {(n, "first_day") for n in table.events}
        assert {(n, "filled_share") for n in filled - {n for n, _ in days}} | days <= set(table.judged_columns), table.landing_name


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
        {"key": ["A"], "columns": {"A": "id"}, "essential": ["B"]},
        {"key": ["A"], "columns": {"A": "id"}, "evidence_span": ["A", "B"]},
        {"key": ["A"], "columns": {"A": "id"}, "instead": {"A": "B"}},
        {"key": ["A"], "columns": {"A": "id", True: "integer"}},
        {"key": ["A"], "columns": {"A": "code"}, "listed_codes": {"A": [True, "LATE"]}},
    ],
)
def test_a_declaration_that_contradicts_itself_is_an_error_naming_the_table(body: dict) -> None:
    with pytest.raises(DeclarationError, match=r"tables/invented\.yml, TABLE"):
        _table("invented", "TABLE", body)


BETWEEN = {"type": "expect_column_values_to_be_between", "kwargs": {"column": "A.filled_share", "min_value": {"$PARAMETER": "filled_share_warning"}},
           "severity": "warning", "meta": {"reason": "half_empty: {column}"}}  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"kwargs": {"column": "B.filled_share"}}, "B is not one of its columns"),
        ({"kwargs": {"column": "A.first_day"}}, "first_day is no fact that is known of it"),
        ({"kwargs": {"column": "A"}}, "A is no fact that is known of it"),
        ({"kwargs": {"column": "A.filled_share", "min_value": {"$PARAMETER": "no_such"}}}, r"\['no_such'\] is no limit"),
        ({"type": "expect_table_row_count_to_be_between"}, "must be a type expect_column_values_"),
        ({"severity": "info"}, "severity must be critical or warning"),
        ({"meta": {}}, "meta must have a reason"),
        ({"meta": {"reason": "{bad_share} of {column}"}}, r"names \['bad_share'\]"),
        ({"mostly": 0.5}, r"unknown word \['mostly'\]"),
    ],
)
def test_an_expectation_that_cannot_be_judged_is_an_error_naming_the_table(wrong: dict, told: str) -> None:
    body = {"key": ["A"], "columns": {"A": "id"}}
    assert _table("invented", "TABLE", body | {"expectations": [BETWEEN]}).judged_columns == (("a", "filled_share"),)
    with pytest.raises(DeclarationError, match=rf"tables/invented\.yml, TABLE: expect_\w+ of [\w.]+: .*{told}"):
        _table("invented", "TABLE", body | {"expectations": [BETWEEN | wrong]})

"""What is expected of a table is declared with it; what the door found is kept, shown, and says nothing of a person."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
import yaml
from conftest import Door, as_csv, good_rows

from expectations import landing as door_module
from expectations import validation
from expectations.contract import DeclarationError, _table, find_table
from orchestration.landing import land as landing_module

OFFENDER = "ndelius/2023-06-15/OFFENDER.csv"


def found(door: Door, table: str) -> dict:
    return json.loads((door.home / "doors" / "landing" / f"{table}.json").read_text())


def test_what_was_found_of_a_table_is_a_validation_result_of_its_own_suite(door: Door) -> None:
    from great_expectations.core import expectationSuiteValidationResultSchema as form

    door.deliver(OFFENDER, as_csv([row | {"CRN": ""} for row in good_rows("ndelius/OFFENDER")]))
    door.deliver("nomis/2023-06-15/ADDRESSES.csv", as_csv(good_rows("nomis/ADDRESSES")))
    door.land()
    result = form.load(found(door, "ndelius__offender"))
    assert result["suite_name"] == "ndelius__offender"
    judged = [(one.expectation_config.type, one.expectation_config.kwargs["column"]) for one in result["results"]]
    declared = [(e.config["type"], e.config["kwargs"]["column"]) for e in find_table("ndelius", "OFFENDER").expectations]
    assert judged == [one for one in declared if not one[1].startswith("DECEASED_DATE")]  # of a column that was not delivered
    (failed,) = [one for one in result["results"] if not one.success]
    assert failed.expectation_config.kwargs["column"] == "CRN.filled_share"
    assert failed.expectation_config.kwargs["min_value"] == float(door_module.door_limits()["filled_share_warning"])
    assert failed.result["unexpected_index_list"] == [{"CRN.filled_share": 0.0, "place": "ndelius/2023-06-15 OFFENDER.csv"}]
    assert form.load(found(door, "nomis__addresses"))["success"]


def test_its_page_says_what_is_wrong_and_leads_nowhere(door: Door) -> None:
    door.deliver(OFFENDER, as_csv([row | {"CRN": ""} for row in good_rows("ndelius/OFFENDER")]))
    door.land()
    page = (door.home / "doors" / "landing" / "ndelius__offender.html").read_text()
    assert "mostly_empty: CRN is empty in more than half of the rows" in page and "ndelius/2023-06-15 OFFENDER.csv" in page
    assert not re.search(r"<script|<link|<img|<iframe|https?:|@import|url\(", page)
    assert not [a for a in re.findall(r'href="([^"]*)"', page) if not a.startswith(("#", "../"))]


def test_nothing_of_a_row_is_in_what_was_found(door: Door) -> None:
    row = {"CRN": "unheard of", "NOMS_NUMBER": "Qwertyuiop", "SURNAME": "Zyxwvut", "DECEASED_DATE": "1066-10-14"}
    door.deliver(OFFENDER, as_csv([one | row for one in good_rows("ndelius/OFFENDER")]))
    door.land()
    assert "placeholder_days" in door.account("OFFENDER.csv").warnings and "mostly_empty" in door.account("OFFENDER.csv").warnings
    # The first day of a column is no more about a person than its name.
    said = "".join(path.read_text() for path in (door.home / "doors").rglob("*") if path.is_file())
    assert not [value for value in ("unheard", "Qwertyuiop", "Zyxwvut", "INVENTED") if value.lower() in said.lower()]
    assert {path.stat().st_mode & 0o077 for path in (door.home / "doors").rglob("*") if path.is_dir()} == {0}


def test_only_the_newest_result_is_kept_and_one_that_is_lost_is_found_again(door: Door) -> None:
    door.deliver(OFFENDER, as_csv(good_rows("ndelius/OFFENDER")))
    door.deliver("ndelius/2023-06-16/OFFENDER.csv", as_csv(good_rows("ndelius/OFFENDER")))
    door.land()
    assert found(door, "ndelius__offender")["results"][0]["result"]["element_count"] == 2
    door.deliver("ndelius/2023-06-17/OFFENDER.csv", as_csv(good_rows("ndelius/OFFENDER")))
    first = door.land()
    assert found(door, "ndelius__offender")["results"][0]["result"]["element_count"] == 1
    assert sorted(path.name for path in (door.home / "doors" / "landing").iterdir()) == ["ndelius__offender.html", "ndelius__offender.json"]
    shutil.rmtree(door.home / "doors")
    assert door.land() == first
    assert found(door, "ndelius__offender")["results"][0]["result"]["element_count"] == 3


def test_a_file_is_compared_with_those_that_were_accepted_though_all_are_judged_together(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in ("11", "12", "13"):
        door.deliver(f"ndelius/2023-06-{day}/RELEASE.csv", as_csv(good_rows("ndelius/RELEASE", 100)))
    refused = as_csv(good_rows("ndelius/RELEASE", 100)).replace("CUSTODY_ID", "CUSTODY")
    door.deliver("ndelius/2023-06-14/RELEASE.csv", refused)
    # Far fewer than the median of four; but only three were accepted, which are too few to compare with.
    door.deliver("ndelius/2023-06-15/RELEASE.csv", as_csv(good_rows("ndelius/RELEASE", 30)))
    asked, judge = [], landing_module.judge
    monkeypatch.setattr(landing_module, "judge", lambda files, results: asked.append(len(files)) or judge(files, results))
    door.land()
    assert [a.is_accepted for a in door.result.files] == [True, True, True, False, True]
    assert asked == [5, 5]
    assert not [a for a in door.result.files if "volume" in f"{a.reason} {a.warnings}"]


def test_files_are_judged_again_when_more_is_expected_of_them_and_typed_again_only_when_more_must_be_counted() -> None:
    table = find_table("ndelius", "OFFENDER")
    before = table.suite_fingerprint, table.fingerprint

    def with_expectation(column: str, least: float) -> tuple[str, str]:
        body = yaml.safe_load((Path(door_module.__file__).parent / "tables" / "ndelius.yml").read_text())["OFFENDER"]
        every = [e.config for e in table.expectations if e.where == "every_table.yml"]
        more = {"type": "expect_column_values_to_be_between", "kwargs": {"column": column, "min_value": least}, "severity": "critical",
                "meta": {"reason": "too_few: {column} is empty too often"}}  # fmt: skip
        again = _table("ndelius", "OFFENDER", body | {"expectations": [*body["expectations"], more]}, every)
        return again.suite_fingerprint, again.fingerprint

    stricter, wider = with_expectation("CRN.filled_share", 0.9), with_expectation("SURNAME.filled_share", 0.9)
    assert stricter[0] != before[0] and stricter[1] == before[1]
    assert wider[0] != before[0] and wider[1] != before[1]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"type": "expect_column_values_to_be_lovely"}, "Great Expectations knows no expect_column_values_to_be_lovely"),
        ({"kwargs": {"column": "A.filled_share", "at_least": 1}}, "Great Expectations does not take these kwargs: .*at_least"),
        ({"type": "expect_column_values_to_be_unique", "kwargs": {"column": "A.filled_share"}}, "judge each value by itself"),
    ],
)
def test_an_expectation_that_great_expectations_does_not_know_stops_the_door_and_says_where_it_stands(
    wrong: dict, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = {"type": "expect_column_values_to_be_between", "kwargs": {"column": "A.filled_share", "min_value": 1}, "severity": "warning",
             "meta": {"reason": "x"}}  # fmt: skip
    for config, is_wrong in ((right, False), (right | wrong, True)):
        table = _table("invented", "TABLE", {"key": ["A"], "columns": {"A": "id"}, "expectations": [config]})
        monkeypatch.setattr(door_module, "declared_tables", lambda table=table: (table,))
        door_module._know_types.cache_clear()
        if is_wrong:
            with pytest.raises(DeclarationError, match=rf"(?s)tables/invented\.yml, TABLE: .*: .*{told}"):
                door_module.load_door()
        else:
            door_module.load_door()


def test_a_name_that_a_supplier_chose_is_text_on_a_page_and_nothing_else(tmp_path: Path) -> None:
    import pandas as pd

    frame = pd.DataFrame({validation.PLACE: ["ndelius/2024-01-31/R_<meta http-equiv=refresh>.csv"], "bad_share": [1.0]})
    expectation = {"type": "expect_column_values_to_be_between", "kwargs": {"column": "bad_share", "max_value": 0.5}, "severity": "warning",
                   "meta": {"reason": "invented"}}  # fmt: skip
    validation.keep(tmp_path / "doors" / "landing", validation.run("invented", [expectation], frame), "1 file", "Invented.")
    page = (tmp_path / "doors" / "landing" / "invented.html").read_text(encoding="utf-8")
    assert "R_&lt;meta" in page and "<meta http-equiv=refresh>" not in page
    assert "<meta http-equiv=refresh>" in (tmp_path / "doors" / "landing" / "invented.json").read_text(encoding="utf-8")

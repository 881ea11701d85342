"""What was delivered is kept, counted and loaded once, whatever order it came in."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import stat
from datetime import date

import pytest
from conftest import Door, as_csv, good_rows

from expectations.contract import declared_tables, find_table
from orchestration.landing import land as landing_module

RELEASE = "landing.ndelius__release"


def releases(n: int) -> str:
    return as_csv(good_rows("ndelius/RELEASE", n))


def test_every_declared_table_exists_with_its_columns_even_when_nothing_was_delivered(door: Door) -> None:
    result = door.land()
    assert (result.as_of, result.files) == (None, ())
    there: dict[str, list[str]] = {}
    for table, column in door.query("select table_name, column_name from information_schema.columns where table_schema = 'landing' "
                                    "order by table_name, ordinal_position"):  # fmt: skip
        there.setdefault(table, []).append(column)
    for table in declared_tables():
        names = there[table.landing_name]
        assert names[: len(table.landing_columns)] == [n for n, _ in table.landing_columns]
        assert names[-12:-7] == ["_source", "_delivery_id", "_file", "_file_number", "_row_number"]


def test_every_record_is_loaded_rejected_quarantined_or_refused(door: Door) -> None:
    rows = good_rows("ndelius/RELEASE", 30)
    rows[3]["ACTUAL_RELEASE_DATE"] = "soon"
    door.deliver("ndelius/2023-06-14/RELEASE.csv", as_csv(rows) + "too,short\n")
    door.deliver("ndelius/2023-06-15/RELEASE.csv", releases(30).replace("SOFT_DELETED", "HARD_DELETED"))
    door.land()
    columns = "rows_read, rows_loaded, rows_rejected, rows_quarantined, rows_refused"
    assert door.query(f"select {columns} from landing.delivery order by delivery_id") == [(31, 29, 1, 1, 0), (30, 0, 0, 0, 30)]
    assert door.query(f"select count(*) from {RELEASE}") == [(30,)]


def test_a_lost_record_refuses_its_file_and_the_others_load(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    count = landing_module._typed_counts
    lost = lambda con, records, file, part: (c := count(con, records, file, part)) | {"rows": c["rows"] - (file.delivered == "RELEASE")}  # noqa: E731
    monkeypatch.setattr(landing_module, "_typed_counts", lost)
    for table in ("RELEASE", "DISPOSAL"):
        door.deliver(f"ndelius/2023-06-15/{table}.csv", as_csv(good_rows(f"ndelius/{table}")))
    door.land()
    assert door.account("RELEASE.csv").reason == "unreadable_file: records found twice do not agree in number; send it again"
    assert door.account("DISPOSAL.csv").rows_loaded == 30


def test_a_second_run_reads_and_judges_nothing_again_and_gives_the_same(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    door.deliver("ndelius/2023-06-15/RELEASE.csv", releases(30))
    door.deliver("ndelius/2023-06-15/RECALL.csv", "nonsense\n1\n")
    first = door.land()
    rows = door.query(f"select * from {RELEASE}")
    for name in ("_type", "judge"):
        monkeypatch.setattr(landing_module, name, lambda *a: pytest.fail("done twice"))
    assert door.land() == first
    assert door.query(f"select * from {RELEASE}") == rows


def test_what_was_kept_stays_read_only_and_loads_after_the_landing_folder_is_emptied(door: Door) -> None:
    door.deliver("ndelius/2023-06-15/RELEASE.csv", releases(30))
    first = door.land()
    shutil.rmtree(door.landing / "ndelius")
    assert door.land() == first
    kept = door.home / "landed" / "ndelius" / "2023-06-15" / "RELEASE.csv"
    assert kept.read_text() == releases(30)
    assert not stat.S_IMODE(os.stat(kept).st_mode) & 0o377


def test_the_order_of_arrival_changes_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Volume is held against earlier days, not against earlier arrivals."""
    files = [(f"ndelius/2023-06-0{day}/RELEASE.csv", releases(n)) for day, n in enumerate((60, 61, 60, 62, 12), start=1)]
    seen = []
    for order in (files, files[::-1]):
        door = Door(tmp_path_factory.mktemp("order"))
        door.deliver(*order[0])
        door.land()
        for file in order[1:]:
            door.deliver(*file)
        seen.append((door.land(), door.query(f"select * from {RELEASE}"), door.query("select * from landing.delivery")))
    assert seen[0] == seen[1]
    assert [a.reason.split(":")[0] for a in seen[0][0].refused] == ["volume_collapse"]


def test_an_accepted_resend_supersedes_the_first_and_a_refused_one_does_not(door: Door) -> None:
    path = "ndelius/2023-06-15/RELEASE.csv"
    door.deliver(path, releases(30))
    door.land()
    door.deliver(path, releases(31))
    door.land()
    assert door.query(f"select count(*), min(_file) from {RELEASE}") == [(31, "RELEASE.resend_1.csv")]
    assert door.account("RELEASE.csv").reason.startswith("superseded")
    door.deliver(path, "nonsense\n1\n")
    door.land()
    assert door.query(f"select count(*), min(_file) from {RELEASE}") == [(31, "RELEASE.resend_1.csv")]
    door.deliver(path, releases(30))
    door.land()
    assert door.query(f"select count(*), min(_file) from {RELEASE}") == [(30, "RELEASE.csv")]


def test_a_table_that_comes_twice_in_one_delivery_is_loaded_once(door: Door) -> None:
    door.deliver("ndelius/2023-06-15/RELEASE.csv", releases(30))
    door.deliver("ndelius/2023-06-15/release.zip", b"no zip")
    door.deliver("ndelius/2023-06-15/Release.csv.gz", gzip.compress(releases(30).encode()))
    door.land()
    assert door.query(f"select count(*) from {RELEASE}") == [(30,)]
    assert sum(a.is_accepted for a in door.result.files) == 1


def test_as_of_hides_later_deliveries_and_is_otherwise_the_latest_day_accepted(door: Door) -> None:
    door.deliver("ndelius/2023-06-14/RELEASE.csv", releases(30))
    door.deliver("ndelius/2023-06-15/RELEASE.csv", releases(31))
    door.deliver("nomis/2023-06-20/OFFENDERS.csv", "nonsense\n1\n")
    assert door.land().as_of == date(2023, 6, 15)
    result = door.land(as_of=date(2023, 6, 14))
    assert result.as_of == date(2023, 6, 14)
    assert [a.delivery_id for a in result.files] == ["ndelius/2023-06-14"]
    assert door.query(f"select count(*) from {RELEASE}") == [(30,)]


def test_deleted_keys_are_written_as_keys_are(door: Door) -> None:
    history = as_csv(good_rows("nomis/OFFENDER_RELEASE_DETAILS_HTY", 3))
    door.deliver("nomis/2023-06-14/OFFENDER_RELEASE_DETAILS_HTY.csv", history)
    deleted = {
        "offender_release_details_hty": [["1", "2022-01-05T09:00:00"], ["2"]],
        "OFFENDERS": [["7"], "8"],
        "MYSTERY": [["1"]],
    }
    door.deliver("nomis/2023-06-15/delivery.json", json.dumps({"kind": "changes", "deleted": deleted}))
    door.deliver("ndelius/2023-06-15/delivery.json", json.dumps({"kind": "changes", "deleted": {"R_ADDRESS_TYPE": [["4"]]}}))
    door.land()
    keys = door.query("select table_name, key, complete_to from landing.deleted_key order by table_name, key")
    assert keys == [
        ("ndelius__reference_list", "ADDRESS_TYPE|4|", date(2023, 6, 15)),
        ("nomis__offender_release_details_hty", "1|2022-01-05 09:00:00", date(2023, 6, 15)),
        ("nomis__offenders", "7", date(2023, 6, 15)),
        ("nomis__offenders", "8", date(2023, 6, 15)),
    ]
    assert keys[1][1] in door.column("nomis__offender_release_details_hty", "_key")
    assert door.query("select finding, count(*) from landing.finding group by finding") == [("unreadable_deleted_key", 2)]


def test_providers_and_reference_lists_share_a_table_and_keep_their_source(door: Door) -> None:
    for provider in ("provider_zzz", "provider_yyy"):
        door.deliver(f"{provider}/2023-06-15/CLAIM.csv", as_csv(good_rows("provider_zzz/CLAIM", 2)))
    types = as_csv(good_rows("ndelius/R_ADDRESS_TYPE", 1))
    door.deliver("ndelius/2023-06-15/R_ADDRESS_TYPE.csv", types)
    door.deliver("ndelius/2023-06-15/R_CONTACT_TYPE.csv", "CONTACT_TYPE_ID,CODE,DESCRIPTION\n1,C1,Invented contact\n")
    door.land()
    assert door.query("select _source, count(*) from landing.provider__claim group by _source order by 1") == [
        ("provider_yyy", 2),
        ("provider_zzz", 2),
    ]
    assert door.query("select list, id, code, description, _key from landing.ndelius__reference_list order by list") == [
        ("ADDRESS_TYPE", "1", "A1", "Invented type", "ADDRESS_TYPE|1|"),
        ("CONTACT_TYPE", "1", "C1", "Invented contact", "CONTACT_TYPE|1|"),
    ]


def test_what_is_not_declared_is_reported_and_never_stops_a_run(door: Door) -> None:
    door.deliver("ndelius/2023-06-15/RELEASE.csv", releases(30))
    strays = ("readme.txt", "mars/2023-06-15/X.csv", "ndelius/june/RELEASE.csv", "ndelius/2023-06-15/sub/RELEASE.csv", "ndelius/loose.csv")
    for stray in strays:
        door.deliver(stray, "x")
    door.deliver("ndelius/2023-06-15/.hidden.csv", "x")
    door.land()
    refused = {a.delivery_id: a.reason for a in door.result.refused}
    assert all(reason.startswith("not declared: ") for reason in refused.values())
    assert len(door.result.refused) == len(strays)
    assert door.query(f"select count(*) from {RELEASE}") == [(30,)]


def test_every_declared_check_is_executed(door: Door) -> None:
    door.deliver("ndelius/2023-06-15/RELEASE.csv", releases(30))
    door.deliver("ndelius/2023-06-15/RECALL.csv", "RECALL_ID\n")
    door.land()
    assert door.result.checks_declared == door.result.checks_executed > 14


def test_files_judged_together_are_refused_and_warned_about_each_for_its_own_fault(door: Door) -> None:
    early = [r | {"DISPOSAL_DATE": "1899-12-31"} if i == 0 else r for i, r in enumerate(good_rows("ndelius/DISPOSAL"))]
    nameless = [r | {"CRN": ""} for r in good_rows("ndelius/OFFENDER")]
    door.deliver("ndelius/2023-06-15/DISPOSAL.csv", as_csv(early))
    door.deliver("ndelius/2023-06-15/OFFENDER.csv", as_csv(nameless))
    door.deliver("ndelius/2023-06-15/RELEASE.csv", releases(30).replace("CUSTODY_ID", "CUSTODY"))
    door.deliver("nomis/2023-06-15/ADDRESSES.csv", as_csv(good_rows("nomis/ADDRESSES")))
    door.deliver("contracts/2023-06-15/PAYMENT.csv", as_csv([r | {"amount": "?"} for r in good_rows("contracts/PAYMENT")]))
    door.land()
    said = {a.file: (a.reason or "").split(" must")[0].split(": more")[0] for a in door.result.files}
    assert said == {"DISPOSAL.csv": "", "OFFENDER.csv": "", "RELEASE.csv": "missing_column: CUSTODY_ID", "ADDRESSES.csv": "",
                    "PAYMENT.csv": "mostly_bad_rows"}  # fmt: skip
    warned = {a.file: [w.split(":")[0] for w in (a.warnings or "").split("; ")] for a in door.result.files if a.warnings}
    assert warned == {"DISPOSAL.csv": ["placeholder_days"], "OFFENDER.csv": ["mostly_empty"], "PAYMENT.csv": ["unreadable_values"]}


def test_a_check_that_breaks_refuses_every_file_it_should_have_judged_until_it_works(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    door.deliver("ndelius/2023-06-15/RELEASE.csv", releases(30))
    door.deliver("nomis/2023-06-15/ADDRESSES.csv", as_csv(good_rows("nomis/ADDRESSES")))
    (expected,) = [e for e in find_table("ndelius", "RELEASE").expectations if e.fact == "future_share"]
    with monkeypatch.context() as broken:  # a share is no text that could be a date
        broken.setitem(expected.config, "type", "expect_column_values_to_match_strftime_format")
        broken.setitem(expected.config, "kwargs", {"column": "future_share", "strftime_format": "%Y"})
        door.land()
        for account in door.result.files:
            assert account.reason.startswith("checks_not_executed: 1 of "), account
            assert account.checks_executed == account.checks_declared - 1
    door.land()
    assert not door.result.refused


def test_a_real_table_with_blank_dates_dirty_ids_and_more_columns_loses_nothing(door: Door) -> None:
    rows = good_rows("ndelius/OFFENDER", 40)
    for i, row in enumerate(rows):
        row |= {"PNC_NUMBER": "unknown", "DATE_OF_BIRTH_DATE": "", "LAST_UPDATED_DATETIME": "", "CRO_NUMBER": "?"}
        row |= {f"REAL_{n}": str(i) for n in range(30)}
    door.deliver("ndelius/2023-06-15/OFFENDER.csv", as_csv(rows))
    door.land()
    account = door.account("OFFENDER.csv")
    assert (account.is_accepted, account.rows_loaded) == (True, 40)

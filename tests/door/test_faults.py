"""Planted faults: each is caught at the door, by the name it should have, and costs nothing else."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zipfile

import pytest
from conftest import Door, as_csv, good_rows

from orchestration.landing.row_account import FileAccount

DAY = "2023-06-15"
DAYS = [f"2023-06-{n:02d}" for n in range(1, 31)]  # where each case has a delivery of its own
SECRET = "QZX9SECRET"  # a value that must never be seen again

# (table, column, bad value) -> the reason the row is quarantined for: it says nothing without that value
QUARANTINED = [
    ("nomis/OFFENDERS", "OFFENDER_ID", "", "missing_key:OFFENDER_ID"),
    ("nomis/OFFENDERS", "OFFENDER_ID", " \u200b\u00a0 ", "missing_key:OFFENDER_ID"),
    ("nomis/OFFENDERS", "OFFENDER_ID", "#N/A", "missing_key:OFFENDER_ID"),
    ("nomis/OFFENDERS", "OFFENDER_ID", "1.23457E+11", "shortened_key:OFFENDER_ID"),
    ("nomis/OFFENDERS", "OFFENDER_ID", "12x4", "malformed_key:OFFENDER_ID"),
    ("ndelius/RELEASE", "RELEASE_ID", "7?", "malformed_key:RELEASE_ID"),
    ("nomis/OFFENDER_EXTERNAL_MOVEMENTS", "MOVEMENT_SEQ", "", "missing_key:MOVEMENT_SEQ"),
    ("nomis/OFFENDER_EXTERNAL_MOVEMENTS", "MOVEMENT_SEQ", "two", "unreadable_number:MOVEMENT_SEQ"),
    ("nomis/OFFENDER_EXTERNAL_MOVEMENTS", "MOVEMENT_DATE", "10/13/2022", "unreadable_date:MOVEMENT_DATE"),
    ("nomis/OFFENDER_EXTERNAL_MOVEMENTS", "MOVEMENT_DATE", "2023-06-16", "after_complete_to:MOVEMENT_DATE"),
    ("nomis/OFFENDER_EXTERNAL_MOVEMENTS", "MOVEMENT_TYPE", "RELEASED", "code_not_in_list:MOVEMENT_TYPE"),
    ("nomis/OFFENDER_RELEASE_DETAILS_HTY", "MODIFY_DATETIME", "", "missing_key:RELEASE_DETAIL_SEQ"),
    ("nomis/OFFENDER_RELEASE_DETAILS_HTY", "MODIFY_DATETIME", "yesterday", "unreadable_date:MODIFY_DATETIME"),
    ("nomis/ADDRESSES", "END_DATE", "2022-01-31", "end_before_start:START_DATE,END_DATE"),
    ("nomis/ADDRESSES", "END_DATE", "spring", "unreadable_date:END_DATE"),
    ("ndelius/RELEASE", "ACTUAL_RELEASE_DATE", "2031-02-01", "after_complete_to:ACTUAL_RELEASE_DATE"),
    ("ndelius/OFFENDER_ADDRESS", "START_DATE", "2022/13/01", "unreadable_date:START_DATE"),
    ("ndelius/OFFENDER_ADDRESS", "END_DATE", "31/01/2022", "end_before_start:START_DATE,END_DATE"),
    ("ndelius/R_ADDRESS_TYPE", "ADDRESS_TYPE_ID", "", "missing_key:ID"),
    ("provider_zzz/CLAIM", "amount", "12.345", "unreadable_money:amount"),
    ("provider_zzz/CLAIM", "amount", "=1+1", "unreadable_money:amount"),
    ("contracts/PAYMENT", "amount", SECRET, "unreadable_money:amount"),
    ("contracts/TASK", "task_code", "3E+05", "shortened_key:task_code"),
    ("nomis/OFFENDERS", "OFFENDER_ID", "1.234567891E9", "shortened_key:OFFENDER_ID"),
    ("provider_zzz/CLAIM", "claim_id", "--", "shortened_key:claim_id"),
    ("provider_zzz/CLAIM", "claim_id", "NULL", "shortened_key:claim_id"),
    ("contracts/PAYMENT", "payment_ref", "n/a", "shortened_key:payment_ref"),
]

# (table, column, bad value) -> the finding; the row loads with the cell empty
FINDINGS = [
    ("nomis/OFFENDERS", "OFFENDER_ID_DISPLAY", "A12345B", "malformed_noms_number"),
    ("nomis/OFFENDERS", "BIRTH_DATE", SECRET, "unreadable_date"),
    ("nomis/OFFENDERS", "BIRTH_DATE", "1990-02-30", "unreadable_date"),
    ("nomis/OFFENDERS", "ROOT_OFFENDER_ID", "1.2E+07", "shortened_key"),
    ("nomis/OFFENDERS", "ROOT_OFFENDER_ID", "1.2E7", "shortened_key"),
    ("nomis/OFFENDERS", "LAST_NAME", "#REF!", "spreadsheet_error"),
    ("nomis/OFFENDER_IDENTIFIERS", "IDENTIFIER", "12/52494R", "malformed_pnc"),
    ("nomis/OFFENDER_EXTERNAL_MOVEMENTS", "MOVEMENT_TIME", "25:10", "unreadable_date"),
    ("nomis/OFFENDER_EXTERNAL_MOVEMENTS", "DIRECTION_CODE", "SIDEWAYS", "code_not_in_list"),
    ("nomis/ADDRESSES", "NO_FIXED_ADDRESS_FLAG", "X", "unreadable_flag"),
    ("ndelius/OFFENDER", "CRN", "12345X", "malformed_crn"),
    ("ndelius/OFFENDER", "NOMS_NUMBER", SECRET, "malformed_noms_number"),
    ("ndelius/OFFENDER", "PNC_NUMBER", "2012/0052494R", "malformed_pnc"),
    ("ndelius/OFFENDER", "CRO_NUMBER", SECRET, "malformed_cro"),
    ("ndelius/OFFENDER", "CRO_NUMBER", "265416/21H", "malformed_cro"),
    ("ndelius/OFFENDER", "SOFT_DELETED", "perhaps", "unreadable_flag"),
    ("ndelius/OFFENDER", "ROW_VERSION", "3.5", "unreadable_number"),
    ("ndelius/OFFENDER", "LAST_UPDATED_DATETIME", "yesterday", "unreadable_date"),
    ("ndelius/DISPOSAL", "LENGTH_IN_DAYS", "12 months", "unreadable_number"),
    ("ndelius/DISPOSAL", "TERMINATION_DATE", "2020-12-31", "end_before_start"),
    ("ndelius/DISPOSAL", "DISPOSAL_DATE", "2023-06-16", "after_complete_to"),
    ("provider_zzz/CLAIM", "qty", "nan", "unreadable_number"),
    ("provider_zzz/CLAIM", "submitted_ts", "2023-06-16 00:00:00", "after_complete_to"),
    ("provider_zzz/CLAIM", "person_ref", "#####", "spreadsheet_error"),
    ("provider_zzz/CLAIM", "person_ref", "null", "shortened_key"),
    ("provider_zzz/CLAIM", "reverses_claim_id", "N/A", "shortened_key"),
    ("provider_zzz/CLAIM", "sub_code", "-", "shortened_key"),
    ("provider_zzz/CLAIM", "prime_code", "?", "shortened_key"),
    ("provider_zzz/CLAIM", "prison_code", "(null)", "shortened_key"),
    ("contracts/CONTRACT", "contract_type", "barter", "code_not_in_list"),
    ("contracts/CONTRACT", "to_date", "2015-04-30", "end_before_start"),
    ("contracts/TASK", "setting", "moon", "code_not_in_list"),
    ("contracts/PAYMENT", "paid_on", "2023-06-16", "after_complete_to"),
    ("cas/AP_PLACEMENT", "service", "CAS9", "code_not_in_list"),
    ("cas/AP_PLACEMENT", "departed_on", "2022-01-31", "end_before_start"),
]


def landing_name(table: str) -> str:
    source, name = table.lower().split("/")
    return "ndelius__reference_list" if name.startswith("r_") else f"{source.split('_')[0]}__{name}"


@pytest.fixture(scope="module")
def spoiled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Door, dict[tuple, int]]:
    """All of QUARANTINED and FINDINGS in one landing, each in a row of its own; and that row's number."""
    door = Door(tmp_path_factory.mktemp("spoiled"))
    files: dict[str, list[dict[str, str]]] = {}
    number: dict[tuple, int] = {}
    for case in QUARANTINED + FINDINGS:
        table, column, value, _ = case
        rows = files.setdefault(table, good_rows(table))
        number[case] = 7 + sum(other[0] == table for other in number)
        rows[number[case] - 1][column] = value
    for table, rows in files.items():
        source, name = table.split("/")
        door.deliver(f"{source}/{DAY}/{name}.csv", as_csv(rows))
    door.land()
    return door, number


def account_of(door: Door, table: str) -> FileAccount:
    (found,) = [a for a in door.result.files if a.delivery_id == f"{table.split('/')[0]}/{DAY}" and a.file == f"{table.split('/')[1]}.csv"]
    return found


@pytest.mark.parametrize("case", QUARANTINED, ids=str)
def test_a_bad_row_is_quarantined_by_name_and_costs_only_itself(spoiled: tuple[Door, dict[tuple, int]], case: tuple) -> None:
    door, number = spoiled
    table, _, _, reason = case
    bad = door.query(f"select _row_number, _quarantine_reason from landing.{landing_name(table)} where _quarantine_reason is not null")
    assert (number[case], reason) in bad
    assert len(bad) == sum(other[0] == table for other in QUARANTINED)
    account = account_of(door, table)
    assert (account.is_accepted, account.rows_loaded, account.rows_quarantined) == (True, 30 - len(bad), len(bad))


@pytest.mark.parametrize("case", FINDINGS, ids=str)
def test_a_bad_value_is_emptied_and_reported_while_its_row_loads(spoiled: tuple[Door, dict[tuple, int]], case: tuple) -> None:
    door, number = spoiled
    table, column, _, finding = case
    name = landing_name(table)
    found = door.query(
        f"select finding, file, row_number, column_name from landing.finding where table_name = '{name}' and finding <> 'closing_suspended'"
    )
    ((_, file, _, at),) = [row for row in found if (row[0], row[2]) == (finding, number[case])]
    assert file == f"{table.split('/')[1]}.csv" and at.split(",")[-1] == column
    assert len(found) == sum(other[0] == table for other in FINDINGS)
    row = door.query(f'select "{column.lower()}", _quarantine_reason from landing.{name} where _row_number = {number[case]}')
    assert row == [(None, None)]


def zipped(**members: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return out.getvalue()


RELEASES = as_csv(good_rows("ndelius/RELEASE"))
REFUSED = {
    "no record can be read": ("RELEASE.csv", as_csv(good_rows("ndelius/RELEASE", 1)).replace(",0\n", "\n"), "no_row_loads"),
    "a required column is missing": ("RELEASE.csv", RELEASES.replace("ACTUAL_RELEASE_DATE", "RELEASED"), "missing_column: ACTUAL_RELEASE_DATE"),
    "a column is there twice": ("RELEASE.csv", RELEASES.replace("INSTITUTION_ID", "CUSTODY_ID"), "unreadable_file: column CUSTODY_ID"),
    "a quote in the header is never closed": ("RELEASE.csv", RELEASES.replace("SOFT_DELETED\n", 'SOFT_DELETED,"NOTE\n').replace("3,3,3", '3,3",3'),
                                               "unreadable_file: the header line"),
    "the file is empty": ("RELEASE.csv", "", "unreadable_file: the file is empty"),
    "a gzip is cut short": ("RELEASE.csv.gz", gzip.compress(RELEASES.encode())[:-20], "unreadable_file: csv.gz is damaged"),
    "a gzip is no gzip": ("RELEASE.csv.gz", RELEASES, "unreadable_file: csv.gz is damaged"),
    "a zip holds two files": ("RELEASE.zip", zipped(**{"a.csv": RELEASES, "b.csv": RELEASES}), "unreadable_file: a zip must hold one csv"),
    "a zip is no zip": ("RELEASE.zip", RELEASES, "unreadable_file: zip is damaged"),
    "a Parquet is no Parquet": ("RELEASE.parquet", RELEASES, "unreadable_file: not a readable Parquet"),
    "the text is UTF-16": ("RELEASE.csv", RELEASES.encode("utf-16"), "unreadable_file: the file is UTF-16"),
    "no row can be used": ("RELEASE.csv", as_csv(good_rows("ndelius/RELEASE", 2)).replace("2022-02-01", "10/13/2019"), "no_row_loads"),
    "most dates are unreadable": ("RELEASE.csv", RELEASES.replace("2022-02-01", "last spring"), "mostly_bad_rows"),
    "most records are too short": ("RELEASE.csv", RELEASES.replace(",0\n", "\n"), "mostly_bad_rows"),
}  # fmt: skip


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Door:
    """Each of REFUSED on a day of its own, beside a good table."""
    door = Door(tmp_path_factory.mktemp("refused"))
    for day, (file, content, _) in zip(DAYS, REFUSED.values()):
        door.deliver(f"ndelius/{day}/{file}", content)
        door.deliver(f"ndelius/{day}/DISPOSAL.csv", as_csv(good_rows("ndelius/DISPOSAL")))
    door.land()
    return door


@pytest.mark.parametrize(("fault", "day"), zip(REFUSED, DAYS))
def test_a_bad_file_is_refused_by_name_and_the_other_tables_load(refused: Door, fault: str, day: str) -> None:
    file, _, reason = REFUSED[fault]
    (account,) = [a for a in refused.result.files if (a.delivery_id, a.file) == (f"ndelius/{day}", file)]
    assert not account.is_accepted
    assert account.reason.startswith(reason)
    assert account.rows_refused == account.rows_read
    assert refused.query("select count(*) from landing.ndelius__release") == [(0,)]
    assert refused.query(f"select count(*) from landing.ndelius__disposal where _delivery_id = 'ndelius/{day}'") == [(30,)]


PROMISES = [
    ({"rows": 31}, "wrong_row_count"),
    ({"sha256": "0" * 64}, "wrong_sha256"),
    ({"rows": 0}, "wrong_row_count"),
    ({"rows": 30, "sha256": hashlib.sha256(RELEASES.encode()).hexdigest()}, None),
]


def test_a_file_that_is_not_what_delivery_json_promises_is_refused_and_one_that_is_loads(door: Door) -> None:
    for day, (promise, _) in zip(DAYS, PROMISES):
        door.deliver(f"ndelius/{day}/RELEASE.csv", RELEASES)
        door.deliver(f"ndelius/{day}/delivery.json", json.dumps({"files": {"RELEASE.csv": promise}}))
    door.land()
    reasons = [a.reason.split(":")[0] if a.reason else None for a in door.result.files]
    assert reasons == [reason for _, reason in PROMISES]
    assert door.result.files[-1].rows_loaded == 30


def test_a_promised_file_that_never_came_is_reported(door: Door) -> None:
    door.deliver(f"ndelius/{DAY}/RELEASE.csv", RELEASES)
    door.deliver(f"ndelius/{DAY}/delivery.json", json.dumps({"files": {"RECALL.csv": {"rows": 2}}}))
    door.land()
    assert door.account("RECALL.CSV").reason.startswith("file_missing")


def test_an_unreadable_delivery_json_refuses_its_delivery_rather_than_guess_its_kind(door: Door) -> None:
    notes = ["{", "[]", '{"kind": "partial"}', '{"deleted": {"RELEASE": "7"}}']
    for day, content in zip(DAYS, notes):
        door.deliver(f"ndelius/{day}/RELEASE.csv", RELEASES)
        door.deliver(f"ndelius/{day}/delivery.json", content)
    door.land()
    assert [a.reason.split(":")[0] for a in door.result.files] == ["unreadable_delivery_json"] * len(notes) * 2  # the note and the file


def test_a_collapsed_full_delivery_is_refused_from_the_fifth_on_and_not_before(door: Door) -> None:
    for day in range(1, 5):
        door.deliver(f"ndelius/2023-06-0{day}/RELEASE.csv", as_csv(good_rows("ndelius/RELEASE", 40 + day)))
    short = as_csv(good_rows("ndelius/RELEASE", 10))
    door.deliver("ndelius/2023-06-05/RELEASE.csv", short)
    door.deliver("contracts/2023-06-05/PAYMENT.csv", as_csv(good_rows("contracts/PAYMENT", 10)))
    door.land()
    refused = {a.delivery_id: a.reason for a in door.result.refused}
    assert list(refused) == ["ndelius/2023-06-05"]
    assert refused["ndelius/2023-06-05"].startswith("volume_collapse")


def test_a_delivery_of_changes_may_be_as_small_as_it_likes(door: Door) -> None:
    for day in range(1, 5):
        door.deliver(f"ndelius/2023-06-0{day}/RELEASE.csv", as_csv(good_rows("ndelius/RELEASE", 40)))
    door.deliver("ndelius/2023-06-05/RELEASE.csv", as_csv(good_rows("ndelius/RELEASE", 1)))
    door.deliver("ndelius/2023-06-05/delivery.json", '{"kind": "changes"}')
    door.land()
    assert not door.result.refused


def test_nothing_personal_is_in_any_reason_finding_or_progress_line(door: Door) -> None:
    rows = good_rows("ndelius/OFFENDER")
    rows[0] |= {"CRN": SECRET, "PNC_NUMBER": SECRET, "SURNAME": SECRET}
    rows[1] |= {"DATE_OF_BIRTH_DATE": SECRET}
    rows[2] |= {"SURNAME": f'{SECRET},"{SECRET}"x'}
    door.deliver(f"ndelius/{DAY}/OFFENDER.csv", as_csv(rows))
    door.land()
    assert door.account("OFFENDER.csv").rows_rejected == 1
    told = [*door.lines, *map(str, door.result.files)]
    for table in ("delivery", "finding", "rejected_row"):
        told += map(str, door.query(f"select * from landing.{table}"))
    told += map(str, door.column("ndelius__offender", "_quarantine_reason"))
    assert SECRET not in "".join(told)

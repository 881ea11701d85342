"""What a delivery holds counts, and what could not be read of it costs itself and nothing else."""

from __future__ import annotations

import json
from datetime import date, datetime

from conftest import Door, as_csv, good_rows

DAY = "2023-06-15"
MOVEMENTS = "nomis/OFFENDER_EXTERNAL_MOVEMENTS"


def findings(door: Door) -> dict[str, int]:
    return dict(door.query("select finding, count(*) from landing.finding group by finding"))


def test_a_row_stamped_by_a_night_run_counts_from_the_end_of_its_day_and_is_listed(door: Door) -> None:
    rows = [row | {"MODIFY_DATETIME": "2023-06-15 21:00:00"} for row in good_rows(MOVEMENTS)]
    rows[3]["MODIFY_DATETIME"] = "2023-06-16 02:15:00"
    door.deliver(f"nomis/{DAY}/OFFENDER_EXTERNAL_MOVEMENTS.csv", as_csv(rows))
    assert door.land(as_of=date(2023, 6, 15)).files[0].rows_loaded == 30
    assert findings(door) == {"recorded_after_complete_to": 1}
    (stamped,) = door.query("select _recorded_at from landing.nomis__offender_external_movements where _row_number = 4")
    assert stamped == (datetime(2023, 6, 15, 23, 59, 59, 999999),)


def test_a_number_of_prison_dates_from_when_it_was_written_down_or_last_changed(door: Door) -> None:
    rows = [row | {"CREATE_DATETIME": "2022-03-01 09:00:00", "MODIFY_DATETIME": ""} for row in good_rows("nomis/OFFENDER_IDENTIFIERS")]
    rows[0]["MODIFY_DATETIME"] = "2022-03-02 10:00:00"
    door.deliver(f"nomis/{DAY}/OFFENDER_IDENTIFIERS.csv", as_csv(rows))
    door.land()
    days = door.query("select cast(_recorded_at as date), count(*) from landing.nomis__offender_identifiers group by 1 order by 1")
    assert days == [(date(2022, 3, 1), 29), (date(2022, 3, 2), 1)]


def test_days_with_the_month_in_letters_are_read_and_those_of_another_country_are_not(door: Door) -> None:
    written = {
        "10-OCT-19": date(2019, 10, 10), "10-oct-2019": date(2019, 10, 10), "01 Aug 2023": None, "1 Feb 2023": date(2023, 2, 1),
        "31-DEC-50": date(1950, 12, 31), "05-MAY-19 14:30:00": date(2019, 5, 5), "05-MAY-19 02.30.00.000000 PM": date(2019, 5, 5),
        "05-MAY-19 02.30.00.123456789 PM": date(2019, 5, 5), "05-MAY-19 14.30.00.123456789": date(2019, 5, 5), "05-MAY-19 14.30.00.1": date(2019, 5, 5),
        "10/13/2019": None, "30-FEB-2019": None, "10-OKT-19": None,
    }  # fmt: skip
    rows = good_rows("ndelius/RELEASE")
    for row, day in zip(rows, written, strict=False):
        row["ACTUAL_RELEASE_DATE"] = day
    door.deliver(f"ndelius/{DAY}/RELEASE.csv", as_csv(rows))
    door.land()
    read = dict(door.query("select _row_number, actual_release_date from landing.ndelius__release where _quarantine_reason is null"))
    # The first of August lies after the delivery's day: read, and set aside.
    assert [read.get(n) for n in range(1, len(written) + 1)] == list(written.values())
    reasons = [reason for (reason,) in door.query("select reason from landing.quarantined_row order by row_number")]
    assert reasons == ["after_complete_to:ACTUAL_RELEASE_DATE", *["unreadable_date:ACTUAL_RELEASE_DATE"] * 3]


def test_a_time_is_read_as_oracle_writes_it_in_britain_and_in_america(door: Door) -> None:
    """A TIMESTAMP(9), of which every table of NOMIS says when its rows were made and changed."""
    rows = good_rows(MOVEMENTS)
    for row, changed in zip(rows, ["16-SEP-19 14.09.24.123456789", "16-SEP-19 02.09.24.123456789 PM", "16-SEP-19 14:09:24"], strict=False):
        row["MODIFY_DATETIME"] = changed
    door.deliver(f"nomis/{DAY}/OFFENDER_EXTERNAL_MOVEMENTS.csv", as_csv([row | {"MODIFY_DATETIME": row.get("MODIFY_DATETIME", "")} for row in rows]))
    door.land()
    assert findings(door) == {}
    read = door.query("select distinct date_trunc('second', modify_datetime) from landing.nomis__offender_external_movements where _row_number <= 3")
    assert read == [(datetime(2019, 9, 16, 14, 9, 24),)]


def test_the_time_of_a_movement_is_of_its_own_day(door: Door) -> None:
    rows = good_rows(MOVEMENTS)
    for row, (day, time) in zip(
        rows,
        [
            ("2022-07-10", "2022-07-10 23:15:00Z"),  # a summer evening by the clock on the wall, the next day in London
            ("2022-07-10", "2022-07-10 09:00:00+00"),
            ("2022-07-10", "2022-07-12 08:30"),
            ("2022-07-10", "07:05"),
        ],
        strict=False,
    ):
        row |= {"MOVEMENT_DATE": day, "MOVEMENT_TIME": time}
    door.deliver(f"nomis/{DAY}/OFFENDER_EXTERNAL_MOVEMENTS.csv", as_csv(rows))
    door.land()
    read = door.query("select movement_time from landing.nomis__offender_external_movements where _row_number <= 4 order by _row_number")
    assert [f"{time:%m-%d %H:%M}" for (time,) in read] == ["07-10 23:15", "07-10 10:00", "07-10 08:30", "07-10 07:05"]
    assert findings(door) == {"zone_disagrees": 1, "time_on_another_day": 1}


def test_of_one_key_in_one_file_the_last_row_counts_and_what_says_the_same_is_counted_once(door: Door) -> None:
    rows = good_rows("provider_zzz/CLAIM")
    rows[4] |= {"claim_id": " c1 ", "amount": "250.00"}
    rows[9] = dict(rows[8])
    door.deliver(f"provider_zzz/{DAY}/CLAIM.csv", as_csv(rows))
    account = door.land().files[0]
    assert (account.rows_read, account.rows_loaded, account.rows_quarantined, account.is_whole) == (30, 28, 2, True)
    assert door.query("select row_number, reason from landing.quarantined_row order by row_number") == [
        (1, "key_twice:claim_id"),
        (9, "repeated"),
    ]


def test_a_line_without_any_value_is_no_record(door: Door) -> None:
    rows = as_csv(good_rows("ndelius/RELEASE"))
    width = rows.split("\n", 1)[0].count(",")
    door.deliver(f"ndelius/{DAY}/RELEASE.csv", f"{rows}{',' * width}\n\u00a0{',' * width}\n")
    door.deliver(f"ndelius/{DAY}/delivery.json", json.dumps({"files": {"RELEASE.csv": {"rows": 32}}}))
    account = door.land().files[0]
    assert (account.rows_read, account.rows_loaded, account.is_whole) == (30, 30, True)


def test_a_full_file_closes_rows_only_if_every_record_was_read_as_far_as_its_key(door: Door) -> None:
    good = good_rows("ndelius/RELEASE")
    spoilt = {
        "2023-06-01": (as_csv(good), True),
        "2023-06-02": (as_csv(good) + "a line, cut short\n", False),
        "2023-06-03": (as_csv([good[0] | {"RELEASE_ID": ""}, *good[1:]]), False),
        "2023-06-04": (as_csv([good[0] | {"RELEASE_ID": "1.2E+09"}, *good[1:]]), False),
        "2023-06-05": (as_csv([good[0] | {"RELEASE_ID": "x7"}, *good[1:]]), False),
        "2023-06-06": (as_csv([good[0] | {"ACTUAL_RELEASE_DATE": "soon"}, *good[1:]]), True),
        "2023-06-07": (as_csv([*good, good[3]]), True),
    }
    for day, (content, _) in spoilt.items():
        door.deliver(f"ndelius/{day}/RELEASE.csv", content)
    door.land()
    assert dict(door.query("select complete_to, is_whole from landing.delivery")) == {
        date.fromisoformat(day): is_whole for day, (_, is_whole) in spoilt.items()
    }
    assert findings(door)["closing_suspended"] == 4


def test_an_emptied_cell_keeps_what_the_last_delivery_before_held_that_could_be_read(door: Door) -> None:
    good = good_rows("nomis/OFFENDERS")
    delivered = {
        "2023-06-01": {"BIRTH_DATE": "soon"},  # never held before
        "2023-06-02": {"BIRTH_DATE": "1980-01-01", "ROOT_OFFENDER_ID": "1"},
        "2023-06-03": {"BIRTH_DATE": "1981-02-02", "ROOT_OFFENDER_ID": ""},
        "2023-06-04": {"BIRTH_DATE": "soon", "ROOT_OFFENDER_ID": "x7", "LAST_NAME": "#REF!"},
        "2023-06-05": {"BIRTH_DATE": "32/13/1980", "LAST_NAME": "Newinvented"},
        "2023-06-06": {"BIRTH_DATE": "", "ROOT_OFFENDER_ID": "1.2E+07"},
    }
    for day, cells in delivered.items():
        door.deliver(f"nomis/{day}/OFFENDERS.csv", as_csv([good[0] | cells, *good[1:]]))
    door.land()
    read = door.query("select birth_date, root_offender_id, last_name from landing.nomis__offenders where _row_number = 1 order by _complete_to")
    name, root = good[0]["LAST_NAME"], good[0]["ROOT_OFFENDER_ID"]
    assert [(day and day.isoformat(), of, called) for day, of, called in read] == [
        (None, root, name), ("1980-01-01", "1", name), ("1981-02-02", None, name), ("1981-02-02", None, name),
        ("1981-02-02", root, "Newinvented"), (None, root, name),
    ]  # fmt: skip
    assert findings(door)["malformed_key"] == 1
    assert len(door.query("select * from landing.kept_cell")) == 4


def test_tables_as_the_systems_hold_them_are_taken_in(door: Door) -> None:
    door.deliver(f"ndelius/{DAY}/R_DISPOSAL_TYPE.csv", "DISPOSAL_TYPE_ID,DISPOSAL_TYPE_CODE,DESCRIPTION\n1,D1,Invented\n")
    door.deliver(f"ndelius/{DAY}/R_INSTITUTION.csv", "INSTITUTION_ID,ESTABLISHMENT,CODE,DESCRIPTION\n1,Y,I1,Invented\n1,N,I2,Invented\n")
    door.deliver(f"ndelius/{DAY}/R_LINKED_LIST.csv", "LEFT_ID,RIGHT_ID\n1,2\n")
    door.deliver(
        f"ndelius/{DAY}/DEREGISTRATION.csv", "DEREGISTRATION_ID,REGISTRATION_ID,DEREGISTRATION_DATE,SOFT_DELETED\n1,1,2022-01-01,0\n"
    )
    registration = "REGISTRATION_ID,OFFENDER_ID,REGISTER_TYPE_ID,REGISTER_LEVEL_ID,REGISTRATION_DATE,SOFT_DELETED\n1,1,1,1,2021-01-01,0\n"
    door.deliver(f"ndelius/{DAY}/REGISTRATION.csv", registration)
    profile = (
        "OFF_PRGREF_ID,OFFENDER_BOOK_ID,PROGRAM_ID,OFFENDER_START_DATE,OFFENDER_END_DATE,OFFENDER_PROGRAM_STATUS\n1,1,1,2021-01-01,,ALLOC\n"
    )
    door.deliver(f"nomis/{DAY}/OFFENDER_PROGRAM_PROFILES.csv", profile)
    history = "OFFENDER_BOOK_ID,RELEASE_DETAIL_SEQ,RELEASE_DATE\n1,1,2023-01-01\n1,2,2023-02-01\n"
    door.deliver(f"nomis/{DAY}/OFFENDER_RELEASE_DETAILS_HTY.csv", history)
    door.land()
    assert not door.result.refused
    assert door.query("select list, code from landing.ndelius__reference_list order by all") == [
        ("DISPOSAL_TYPE", "D1"), ("INSTITUTION", "I1"), ("INSTITUTION", "I2"),
    ]  # fmt: skip
    assert door.account("R_LINKED_LIST.csv").reason.startswith("not_used: a list without ")
    loaded = {a.file: a.rows_loaded for a in door.result.files if a.is_accepted}
    assert loaded["OFFENDER_PROGRAM_PROFILES.csv"] == loaded["REGISTRATION.csv"] == loaded["DEREGISTRATION.csv"] == 1
    assert loaded["OFFENDER_RELEASE_DETAILS_HTY.csv"] == loaded["R_INSTITUTION.csv"] == 2

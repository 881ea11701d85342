"""What a supplier, a disk or a folder can do to a delivery: it costs the file at fault, says why, and shows no value."""

from __future__ import annotations

from conftest import Door, as_csv, good_rows

DAY = "2023-06-15"
SECRET = "QZX9SECRET"


def rows_of(door: Door, file: str) -> tuple[int, int, int]:
    account = door.account(file)
    return account.rows_read, account.rows_loaded, account.rows_rejected


def test_a_record_too_long_to_read_is_rejected_alone_and_not_shown(door: Door) -> None:
    rows = good_rows("nomis/OFFENDERS")
    rows[6]["LAST_NAME"] = SECRET + "X" * 16_100_000
    door.deliver(f"nomis/{DAY}/OFFENDERS.csv", as_csv(rows))
    door.land()
    assert rows_of(door, "OFFENDERS.csv") == (30, 29, 1)
    assert door.query("select row_number, reason from landing.rejected_row") == [(7, "record_too_long")]
    assert SECRET not in str(door.lines)

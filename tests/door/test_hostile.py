"""What a supplier, a disk or a folder can do to a delivery: it costs the file at fault, says why, and shows no value."""

from __future__ import annotations

import errno
import gzip
from pathlib import Path

import pytest
from conftest import Door, as_csv, good_rows

from orchestration import landing as landing_module
from orchestration import records as records_module
from orchestration.records import UnreadableFileError

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


def test_a_full_disk_is_an_error_without_values_and_the_next_run_loads_the_file(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    door.deliver(f"nomis/{DAY}/OFFENDERS.csv.gz", gzip.compress(as_csv(good_rows("nomis/OFFENDERS")).encode()))

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, SECRET)

    with monkeypatch.context() as patch:
        patch.setattr(records_module, "_opened", full)
        with pytest.raises(OSError, match="OFFENDERS.csv.gz could not be typed") as failed:
            door.land()
    assert failed.value.errno == errno.ENOSPC
    assert SECRET not in str(failed.value)
    door.land()
    assert rows_of(door, "OFFENDERS.csv.gz") == (30, 30, 0)


def test_a_file_that_could_not_be_read_is_tried_again_the_next_time(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    door.deliver(f"nomis/{DAY}/OFFENDERS.csv", as_csv(good_rows("nomis/OFFENDERS")))

    def unreadable(path: Path, ext: str, scratch: Path) -> None:
        raise UnreadableFileError("invented")

    with monkeypatch.context() as patch:
        patch.setattr(landing_module, "read_records", unreadable)
        door.land()
    assert door.account("OFFENDERS.csv").reason == "unreadable_file: invented"
    door.land()
    assert rows_of(door, "OFFENDERS.csv") == (30, 30, 0)

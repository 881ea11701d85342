"""What a supplier, a disk or a folder can do to a delivery: it costs the file at fault, says why, and shows no value."""

from __future__ import annotations

import errno
import gzip
import json
import shutil
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


def test_the_delivery_json_on_offer_counts_though_it_came_before_and_whatever_its_case(door: Door) -> None:
    door.deliver(f"nomis/{DAY}/OFFENDERS.csv", as_csv(good_rows("nomis/OFFENDERS")))
    kinds = []
    for kind in ("changes", "full", "changes"):
        door.deliver(f"nomis/{DAY}/Delivery.JSON", json.dumps({"kind": kind}))
        door.land()
        kinds.append(door.account("OFFENDERS.csv").kind)
    assert kinds == ["changes", "full", "changes"]


def test_a_file_on_offer_goes_before_a_withdrawn_one_of_another_name_and_stays_first(door: Door) -> None:
    door.deliver(f"nomis/{DAY}/OFFENDERS.csv", as_csv(good_rows("nomis/OFFENDERS", 30)))
    door.land()
    (door.landing / "nomis" / DAY / "OFFENDERS.csv").unlink()
    door.deliver(f"nomis/{DAY}/OFFENDERS.csv.gz", gzip.compress(as_csv(good_rows("nomis/OFFENDERS", 31)).encode()))
    for _ in ("on offer", "withdrawn too"):
        door.land()
        assert door.query("select count(*), min(_file) from landing.nomis__offenders") == [(31, "OFFENDERS.csv.gz")]
        shutil.rmtree(door.landing / "nomis", ignore_errors=True)


@pytest.mark.parametrize("n", [30, 31], ids=["the same bytes", "other bytes"])
def test_two_spellings_of_one_name_are_delivered_twice_and_not_sent_again(door: Door, n: int) -> None:
    door.deliver(f"nomis/{DAY}/OFFENDERS.csv", as_csv(good_rows("nomis/OFFENDERS", 30)))
    door.deliver(f"nomis/{DAY}/Offenders.CSV", as_csv(good_rows("nomis/OFFENDERS", n)))
    for _ in ("on offer", "withdrawn"):
        door.land()
        assert [a.reason.split(":")[0] for a in door.result.refused] == ["delivered_twice"]
        assert door.query("select count(*), min(_file) from landing.nomis__offenders") == [(30, "OFFENDERS.csv")]
        shutil.rmtree(door.landing / "nomis", ignore_errors=True)

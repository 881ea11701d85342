"""What a supplier, a disk or a folder can do to a delivery: it costs the file at fault, says why, and shows no value."""

from __future__ import annotations

import errno
import gzip
import io
import json
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import dagster
import duckdb
import monsters
import pandas as pd
import pytest
from conftest import Door, as_csv, good_rows
from monsters import MONSTERS, NAME_NOT_UTF8

from orchestration import failure
from orchestration.landing import land as landing_module
from orchestration.landing import records as records_module
from orchestration.landing.records import UnreadableFileError
from orchestration.settings import enter

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


def full(*_: object) -> object:
    """A disk without room."""
    return shutil._ntuple_diskusage(1 << 40, 1 << 40, 0)


def test_a_full_disk_is_an_error_that_names_delivery_and_file_without_values_and_the_next_run_loads_it(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    door.deliver(f"nomis/{DAY}/OFFENDERS.csv.gz", gzip.compress(as_csv(good_rows("nomis/OFFENDERS")).encode()))

    def fails(*_: object) -> None:
        raise OSError(errno.ENOSPC, SECRET)

    with monkeypatch.context() as patch:
        patch.setattr(records_module, "_opened", fails)
        patch.setattr(failure.shutil, "disk_usage", full)
        with pytest.raises(failure.MachineError, match=rf"nomis/{DAY} OFFENDERS.csv.gz could not be typed \(No space left") as failed:
            door.land()
    assert failed.value.errno == errno.ENOSPC
    assert SECRET not in str(failed.value)
    with pytest.raises(dagster.Failure, match=rf"step landing stopped: nomis/{DAY} OFFENDERS.csv.gz could not be typed"):
        list(failure.only_type_and_step("landing", (_ for _ in [1] if exec("raise e", {"e": failed.value}))))
    door.land()
    assert rows_of(door, "OFFENDERS.csv.gz") == (30, 30, 0)


@pytest.mark.parametrize(
    "raised", [OSError(errno.ENOSPC, SECRET), MemoryError(SECRET), RecursionError(SECRET), ZeroDivisionError(SECRET), UnicodeDecodeError("utf-8", SECRET.encode(), 0, 1, SECRET),
               duckdb.OutOfMemoryException(SECRET), duckdb.IOException(f"No space left on device {SECRET}"), SystemExit(1)],
    ids=lambda e: type(e).__name__)  # fmt: skip
@pytest.mark.parametrize("place", ["read_records", "_typed_counts"])
def test_whatever_one_file_raises_refuses_it_where_this_machine_lacks_nothing(
    door: Door, monkeypatch: pytest.MonkeyPatch, place: str, raised: BaseException
) -> None:
    real = getattr(landing_module, place)

    def fails(*given: object) -> object:
        if any("DISPOSAL" in str(one) for one in given):
            raise raised
        return real(*given)

    monkeypatch.setattr(landing_module, place, fails)
    for table in ("DISPOSAL", "RELEASE"):
        door.deliver(f"ndelius/{DAY}/{table}.csv", as_csv(good_rows(f"ndelius/{table}")))
    door.land()
    assert door.account("DISPOSAL.csv").reason.startswith("unreadable_file: ") and "send it again" in door.account("DISPOSAL.csv").reason
    assert rows_of(door, "RELEASE.csv") == (30, 30, 0)
    assert SECRET not in str((door.lines, door.result))


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


def test_what_is_no_readable_file_is_refused_with_a_reason_and_the_others_load(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = door.deliver(f"nomis/{DAY}/OFFENDERS.csv", as_csv(good_rows("nomis/OFFENDERS"))).parent
    (folder / "ADDRESSES.csv").symlink_to("nowhere")
    os.mkfifo(folder / "OFFENDER_ALERTS.csv")
    locked = door.deliver(f"nomis/{DAY}/OFFENDER_BOOKINGS.csv", "x")
    locked_folder = door.deliver("ndelius/2023-06-16/RELEASE.csv", "x").parent
    open_path, list_folder = Path.open, Path.iterdir

    def denied(self: Path, *a: object, **k: object) -> object:
        if self in (locked, locked_folder):
            raise PermissionError(errno.EACCES, SECRET)
        return (list_folder if self.is_dir() else open_path)(self, *a, **k)

    monkeypatch.setattr(Path, "open", denied)
    monkeypatch.setattr(Path, "iterdir", denied)
    door.land()
    reasons = [a.reason.split(";")[0] for a in door.result.refused]
    assert sorted(reasons) == [
        *["unreadable_file: it cannot be opened (Permission denied)"] * 2,
        "unreadable_file: not a plain file (a pipe or a device)",
        "unreadable_file: not a plain file or folder (a link)",
    ]
    assert rows_of(door, "OFFENDERS.csv") == (30, 30, 0)


def test_a_file_that_is_still_being_written_is_refused_by_name_and_the_others_load(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    door.deliver(f"nomis/{DAY}/OFFENDERS.csv", as_csv(good_rows("nomis/OFFENDERS")))
    growing = door.deliver(f"nomis/{DAY}/ADDRESSES.csv", as_csv(good_rows("nomis/ADDRESSES", 20)))
    copy = shutil.copyfile

    def grows(source: Path, target: Path) -> None:
        if source == growing:
            source.write_text(as_csv(good_rows("nomis/ADDRESSES", 30)))
        copy(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", grows)
        door.land()
    changed = "unreadable_file: it changed while it was being copied; wait until the delivery is complete and refresh again"
    assert door.account("ADDRESSES.csv").reason == changed
    assert rows_of(door, "OFFENDERS.csv") == (30, 30, 0)
    door.land()
    assert rows_of(door, "ADDRESSES.csv") == (30, 30, 0)


def test_a_link_is_named_and_refused_and_never_followed(door: Door, tmp_path: Path) -> None:
    content, elsewhere = as_csv(good_rows("nomis/OFFENDERS")), tmp_path / "elsewhere"
    for name in ("a.csv", "day/OFFENDERS.csv"):
        (elsewhere / name).parent.mkdir(parents=True, exist_ok=True)
        (elsewhere / name).write_text(content)
    folder = door.deliver(f"nomis/{DAY}/OFFENDERS.csv", content).parent
    (folder / "ADDRESSES.csv").symlink_to(elsewhere / "a.csv")
    (folder / "Nobody Madeup.txt").symlink_to(elsewhere / "a.csv")
    (folder / "OFFENDER_ALERTS").symlink_to(elsewhere / "day")
    (folder.parent / "2023-06-18").symlink_to(elsewhere / "day")
    (door.landing / "stray.csv").symlink_to(elsewhere / "a.csv")
    door.land()
    links = [
        a for a in door.result.refused if a.reason == "unreadable_file: not a plain file or folder (a link); send the file or folder itself"
    ]
    assert len(links) == len(door.result.refused) == 5
    assert {(a.delivery_id, a.file) for a in links} >= {(f"nomis/{DAY}", "ADDRESSES.csv"), ("nomis", "2023-06-18")}
    assert {a.sha256 for a in links} == {None}
    assert [(a.delivery_id, a.file) for a in door.result.files if a.is_accepted] == [(f"nomis/{DAY}", "OFFENDERS.csv")]
    kept = [path.name for path in door.home.rglob("*") if path.is_file() and path.suffix == ".csv"]
    assert kept == ["OFFENDERS.csv"]


def test_a_delivery_json_nobody_can_read_refuses_its_delivery_only(door: Door) -> None:
    for day in (DAY, "2023-06-16", "2023-06-17"):
        door.deliver(f"nomis/{day}/OFFENDERS.csv", as_csv(good_rows("nomis/OFFENDERS")))
    door.deliver(f"nomis/{DAY}/delivery.json", '{"deleted": ' + "[" * 100_000)
    (door.landing / "nomis" / "2023-06-16" / "delivery.json").symlink_to("nowhere")
    door.land()
    refused = {a.delivery_id for a in door.result.refused if a.reason.startswith("unreadable_delivery_json")}
    assert refused == {f"nomis/{DAY}", "nomis/2023-06-16"}
    assert door.query("select distinct _delivery_id from landing.nomis__offenders") == [("nomis/2023-06-17",)]


def test_names_that_would_break_pointers_or_pass_for_resends_are_not_declared(door: Door) -> None:
    content = as_csv(good_rows("provider_zzz/CLAIM"))
    names = [f"provider_a|b/{DAY}/CLAIM.csv", f"provider_a\nb/{DAY}/CLAIM.csv", f"provider_a.resend_1/{DAY}/CLAIM.csv",
             f"provider_zzz/{DAY}/CLAIM.resend_1.csv", f"ndelius/{DAY}/R_A|B.csv", f"ndelius/{DAY}/R_A\x07.csv",
             f"provider_zzz/{DAY}|/CLAIM.csv", f"ndelius/{DAY}/R_*.parquet", f"ndelius/{DAY}/R_A?.csv"]  # fmt: skip
    for name in names:
        door.deliver(name, content)
    door.deliver(f"provider_zzz/{DAY}/CLAIM.csv", content)
    door.land()
    assert len(door.result.refused) == len(names)
    assert all(a.reason.startswith("not declared: a name holds '|'") for a in door.result.refused)
    shown = str(door.query("select source, delivery_id, table_name, file from landing.delivery"))
    assert not any(bad in shown for bad in ("|", "\\n", "\\x07", "resend"))
    assert door.query("select count(*) from landing.provider__claim") == [(30,)]


def test_no_name_that_is_not_declared_is_published(door: Door) -> None:
    strays = (f"{SECRET}.csv", f"{SECRET}/{DAY}/X.csv", f"nomis/{SECRET}/OFFENDERS.csv", f"nomis/{DAY}/{SECRET}.xlsx", f"nomis/{DAY}/OFFENDERS.{SECRET}",
              f"nomis/{DAY}/{SECRET}/x.csv", f"nomis/{SECRET}.csv")  # fmt: skip
    for stray in strays:
        door.deliver(stray, stray)
    door.deliver(
        f"nomis/{DAY}/delivery.json", json.dumps({"files": {f"{SECRET}.csv": {}, f"{SECRET}.xlsx": {}}, "deleted": {SECRET: [["1"]]}})
    )
    door.land()
    published = door.query("select * from landing.delivery") + door.query("select * from landing.finding")
    assert SECRET.lower() not in str((published, door.lines)).lower()
    assert sum(a.reason.startswith("not declared: ") for a in door.result.refused) == len(strays)
    assert sum(a.reason.startswith("file_missing: ") for a in door.result.refused) == 1
    (sheet,) = [a for a in door.result.refused if a.file.endswith(".xlsx")]
    assert (sheet.delivery_id, sheet.file) == (f"nomis/{DAY}", f"{sheet.sha256[:8]}.xlsx")


def test_two_files_that_would_be_reported_alike_are_told_apart(door: Door) -> None:
    """The exit door holds back an edition in which two files share a name; that must not be a stranger's to bring about."""
    for source in ("police", "courts"):
        door.deliver(f"{source}/{DAY}/delivery.json", "{}")
    for name in ("the one.csv", "the other.csv"):
        door.deliver(f"nomis/{DAY}/{name}", "the same bytes")
    door.land()
    named = [(a.delivery_id, a.file) for a in door.result.refused]
    assert len(named) == len(set(named)) == 4
    assert sorted(file for delivery, file in named if delivery == f"undeclared/{DAY}") == ["delivery.json", "delivery.json (2)"]


def test_years_below_one_are_unreadable_and_24_00_does_not_move_a_day(door: Door) -> None:
    written = ["0000-01-01", "01/01/0000", "00000101", "0001-01-01T00:00+01:00", "9999-12-31T23:30-01:00", "2020-05-17 24:00",
               "2020-05-17T24:00:00.000", "17/05/2020 24:00", "2020-05-17T24:00:00Z", "2020-05-17T24:00:30", "2020-05-17 23:59"]  # fmt: skip
    rows = good_rows("nomis/OFFENDERS", 100)
    for row, birth_date in zip(rows, written):
        row["BIRTH_DATE"] = birth_date
    door.deliver(f"nomis/{DAY}/OFFENDERS.csv", as_csv(rows))
    door.land()
    meant = [None] * 4 + [None] + [date(2020, 5, 17)] * 4 + [None, date(2020, 5, 17)]
    assert door.column("nomis__offenders", "birth_date")[: len(written)] == meant
    bad = door.query("select row_number from landing.finding where finding = 'unreadable_date' and column_name = 'BIRTH_DATE'")
    assert bad == [(1,), (2,), (3,), (4,), (5,), (10,)]


def test_a_parquet_may_hold_more_columns_of_any_name_and_type(door: Door) -> None:
    frame = pd.DataFrame(good_rows("nomis/OFFENDERS"))
    frame.insert(2, "File_Row_Number", 7)
    frame.insert(1, 'odd "name", from x', [{"a": [1]}] * 30)
    out = io.BytesIO()
    frame.to_parquet(out, index=False)
    door.deliver(f"nomis/{DAY}/OFFENDERS.parquet", out.getvalue())
    door.land()
    assert rows_of(door, "OFFENDERS.parquet") == (30, 30, 0)
    assert door.column("nomis__offenders", "_row_number") == list(range(1, 31))


def test_a_bar_in_a_key_value_does_not_make_two_keys_one(door: Door) -> None:
    rows = good_rows("nomis/OFFENDER_IDENTIFIERS", 4)
    pairs = [("a|b", "c"), ("a", "b|c"), ("a\\", "b"), ("a\\|b", "c")]
    for row, (one, other) in zip(rows, pairs, strict=True):
        row |= {"OFFENDER_ID": one, "OFFENDER_ID_SEQ": other}
    door.deliver(f"nomis/{DAY}/OFFENDER_IDENTIFIERS.csv", as_csv(rows))
    door.deliver(f"nomis/{DAY}/delivery.json", json.dumps({"deleted": {"OFFENDER_IDENTIFIERS": [["a", "b|c"]]}}))
    door.land()
    keys = door.column("nomis__offender_identifiers", "_key")
    assert len(set(keys)) == len(pairs)
    assert door.query("select key from landing.deleted_key") == [(keys[1],)]


@pytest.mark.parametrize("name", [NAME_NOT_UTF8, "a dictionary that repeats 12 MB 4,096 times", "a million columns more",
                                  "12 MB 4,096 times beside a column that is named as rows are numbered"])  # fmt: skip
def test_a_small_file_that_would_become_huge_is_refused_by_name_now_and_when_it_is_only_kept(door: Door, name: str) -> None:
    place, make = MONSTERS[name]
    source, file = place.split("/")
    monster = door.deliver(f"{source}/{DAY}/{file}", make())
    door.deliver(f"ndelius/{DAY}/RELEASE.csv", as_csv(good_rows("ndelius/RELEASE")))
    for _ in ("on offer", "kept"):
        door.land()
        assert door.account(file).reason.startswith("unreadable_file: ")
        assert f"{source}/{DAY} {file}: refused, unreadable_file: " in "".join(door.lines)
        assert rows_of(door, "RELEASE.csv") == (30, 30, 0)
        monster.unlink(missing_ok=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", list(MONSTERS))
def test_what_refusing_a_monster_costs_is_bounded(name: str) -> None:
    """Thirty seconds and 1 GiB on a machine that has nothing else to do; the seconds are those of processors."""
    done = subprocess.run([sys.executable, monsters.__file__, name], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    cost = json.loads(done.stdout.splitlines()[-1])
    assert cost["MB"] < 1024 and cost["worked"] < 30, cost


def test_a_file_without_its_columns_is_refused_for_its_header_with_its_rows_counted_and_nothing_typed(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landing_module, "_typed_counts", lambda *_: pytest.fail("typed"))
    frame = pd.DataFrame({"OFFENDER_ID": [str(n) for n in range(1000)]})
    out = io.BytesIO()
    frame.to_parquet(out, index=False)
    text = as_csv(frame.to_dict("records"))
    door.deliver(f"nomis/{DAY}/OFFENDERS.parquet", out.getvalue())
    door.deliver("nomis/2023-06-16/OFFENDERS.csv", text)
    door.deliver("nomis/2023-06-17/OFFENDERS.csv.gz", gzip.compress(text.encode()))
    book = io.BytesIO()
    frame.rename(columns={"OFFENDER_ID": "claim_id"}).to_excel(book, index=False)
    door.deliver(f"provider_zzz/{DAY}/CLAIM.xlsx", book.getvalue())
    for _ in range(2):
        door.land()
        assert {(a.rows_read, a.rows_refused, a.reason.split(":")[0]) for a in door.result.files} == {(1000, 1000, "missing_column")}
        assert len(door.result.files) == 4


def test_a_kept_file_that_is_gone_is_refused_by_name_and_the_others_load(door: Door) -> None:
    for table in ("DISPOSAL", "RELEASE"):
        door.deliver(f"ndelius/{DAY}/{table}.csv", as_csv(good_rows(f"ndelius/{table}")))
    door.land()
    shutil.rmtree(door.home / "typed")
    (door.home / "landed" / "ndelius" / DAY / "DISPOSAL.csv").unlink()
    shutil.rmtree(door.landing / "ndelius")
    door.land()
    assert door.account("DISPOSAL.csv").reason.startswith("unreadable_file: ")
    assert rows_of(door, "RELEASE.csv") == (30, 30, 0)


def test_the_records_of_an_undeclared_file_are_counted_and_the_log_names_as_many_as_are_refused(door: Door) -> None:
    content = as_csv(good_rows("nomis/OFFENDERS"))
    door.deliver(f"nomis/{DAY}/UNKNOWN_TABLE.csv", content)
    door.deliver(f"nomis/{DAY}/UNKNOWN_OTHER.csv.gz", gzip.compress(content.encode()))
    door.deliver(f"nomis/{DAY}/UNKNOWN_BOMB.parquet", MONSTERS[NAME_NOT_UTF8][1]())
    door.deliver(f"nomis/{DAY}/letter.txt", "x")
    door.deliver("stray.csv", content)
    door.deliver(f"ndelius/{DAY}/RELEASE.csv", as_csv(good_rows("ndelius/RELEASE")))
    door.deliver(f"ndelius/{DAY}/RELEASE.zip", "no zip")
    door.land()
    assert sorted(a.rows_read for a in door.result.refused) == [0, 0, 0, 30, 30, 30]
    assert sum(": refused, " in line for line in door.lines) == len(door.result.refused) == 6


def test_a_home_whose_path_a_tool_would_misread_is_refused_at_once(tmp_path: Path) -> None:
    for odd in ("a#b", "50%", "who?", "[x]", "a*"):
        with pytest.raises(OSError) as refused:
            enter(tmp_path / odd / "home", tmp_path)
        assert "name a home without" in refused.value.strerror
        assert not (tmp_path / odd).exists()

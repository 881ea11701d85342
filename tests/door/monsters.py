"""Small files that would become huge, each of a declared table; `python tests/door/monsters.py` says what refusing each costs."""

from __future__ import annotations

import gzip
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from conftest import Door, as_csv, good_rows

from expectations.landing import load_door

DAY = "2023-06-15"
OFFENDERS = good_rows("nomis/OFFENDERS", 30)
CLAIMS = good_rows("provider_zzz/CLAIM", 25)
MB = 1_000_000
NAME_NOT_UTF8 = "an extra column whose name is not UTF-8"


def parquet(table: pa.Table, times: int = 1, **how: object) -> bytes:
    """`table` as a Parquet file, its rows `times` over, a row group each."""
    out = io.BytesIO()
    with pq.ParquetWriter(out, table.schema, compression="zstd", store_schema=False, write_statistics=False, **how) as writer:
        for _ in range(times):
            writer.write_table(table)
    return out.getvalue()


def offenders(n: int = 30, **columns: pa.Array) -> pa.Table:
    """`n` good rows, all alike beyond the 30th, some columns others."""
    made = {name: pa.array([r[name] for r in OFFENDERS]).take(pa.array(range(n)).cast(pa.int64()) if n <= 30 else pa.array([0]).take(pa.nulls(0, pa.int64()))) for name in OFFENDERS[0]} if n <= 30 else {
        name: pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), n), pa.array([OFFENDERS[0][name]])) for name in OFFENDERS[0]
    }  # fmt: skip
    return pa.table(made | columns)


def repeated(value: str, n: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), n), pa.array([value]))


def with_a_name_not_utf8() -> bytes:
    return parquet(offenders(QQQQ=pa.array(["x"] * 30))).replace(b"QQQQ", b"\xff\xfe\xfd\xfc")


def gz(*parts: tuple[bytes, int]) -> bytes:
    """Each of `parts` as often as it says, packed."""
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=6, mtime=0) as packed:
        for part, times in parts:
            block = part * max(1, MB // len(part))
            for _ in range(times * len(part) // len(block) + 1):
                packed.write(block)
    return out.getvalue()


def book(member: str, *parts: tuple[bytes, int]) -> bytes:
    """A sound workbook of claims, one member replaced by `parts`, each as often as it says."""
    sound = io.BytesIO()
    made = openpyxl.Workbook()
    for row in [list(CLAIMS[0]), *(list(c.values()) for c in CLAIMS)]:
        made.active.append(row)
    made.save(sound)
    out = io.BytesIO()
    with zipfile.ZipFile(sound) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name != member:
                new.writestr(name, old.read(name).replace(b"</Types>", STRINGS_TOLD if member == STRINGS_XML else b"</Types>"))
        with new.open(member, "w", force_zip64=True) as target:
            for part, times in parts:
                block = part * min(times, max(1, MB // len(part)))
                for _ in range(max(1, times * len(part) // len(block))):
                    target.write(block)
    return out.getvalue()


SHEET = (b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>', 1)
HEAD = ("<row>" + "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in CLAIMS[0]) + "</row>").encode()
END = (b"</sheetData></worksheet>", 1)
STRINGS = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
STRINGS_TOLD = b'<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
SHEET_XML, STRINGS_XML = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
_HEADER = (",".join(OFFENDERS[0]) + "\n").encode()
_HEADER_OF = as_csv(OFFENDERS).encode()

MONSTERS: dict[str, tuple[str, Callable[[], bytes]]] = {
    NAME_NOT_UTF8: ("nomis/OFFENDERS.parquet", with_a_name_not_utf8),
    "a dictionary that repeats 12 MB 4,096 times": (
        "nomis/OFFENDERS.parquet", lambda: parquet(offenders(4096, LAST_NAME=repeated("x" * 12 * MB, 4096)))),
    "100 million rows without the columns that must be there": (
        "nomis/OFFENDERS.parquet", lambda: parquet(pa.table({"OFFENDER_ID": repeated("1", MB)}), 100)),
    "100 million rows with them": ("nomis/OFFENDERS.parquet", lambda: parquet(offenders(MB), 100)),
    "a million rows of 200 letters": ("nomis/OFFENDERS.parquet", lambda: parquet(offenders(MB, LAST_NAME=repeated("x" * 200, MB)), 10)),
    "12 MB 4,096 times beside a column that is named as rows are numbered": (
        "nomis/OFFENDERS.parquet",
        lambda: parquet(offenders(4096, LAST_NAME=repeated("x" * 12 * MB, 4096), file_row_number=repeated("x" * 12 * MB, 4096)))),
    "lists of ten million": (
        "nomis/OFFENDERS.parquet",
        lambda: parquet(offenders(30, LAST_NAME=pa.ListArray.from_arrays(pa.array(range(0, 300 * MB, 10 * MB)[:30], pa.int32()).cast(pa.int32()).to_pylist() + [290 * MB + MB], pa.repeat(pa.scalar(1, pa.int8()), 300 * MB))))),
    "1 GB of noughts, gzipped": ("nomis/OFFENDERS.csv.gz", lambda: gz((b"\0", 1000 * MB))),
    "97 million lines of one letter, gzipped": ("nomis/OFFENDERS.csv.gz", lambda: gz((_HEADER_OF, 1), (b"a\n", 97 * MB))),
    "190 MB of quotes, gzipped": ("nomis/OFFENDERS.csv.gz", lambda: gz((_HEADER, 1), (b'"\n', 95 * MB))),
    "190 MB of commas, gzipped": ("nomis/OFFENDERS.csv.gz", lambda: gz((_HEADER, 1), (b",", 190 * MB))),
    "a header of 190 MB of commas": ("nomis/OFFENDERS.csv.gz", lambda: gz((b",", 190 * MB))),
    "a million columns more": ("nomis/OFFENDERS.csv.gz", lambda: gzip.compress(_HEADER[:-1] + b",x" * MB + b"\n" + _HEADER_OF)),
    "190 MB of other letters, gzipped": ("nomis/OFFENDERS.csv.gz", lambda: gz((_HEADER, 1), (b"\xe9\xff\n", 63 * MB))),
    "1 GB of noughts, zipped": ("nomis/OFFENDERS.zip", lambda: zipped_noughts(1000)),
    "190 MB of noughts, zipped": ("nomis/OFFENDERS.zip", lambda: zipped_noughts(190)),
    "180 MB of shared strings": (
        "provider_zzz/CLAIM.xlsx", lambda: book(STRINGS_XML, (STRINGS, 1), (b"<si><t>x</t></si>", 10 * MB), (b"</sst>", 1))),
    "one shared string of 180 MB": (
        "provider_zzz/CLAIM.xlsx", lambda: book(STRINGS_XML, (STRINGS + b"<si><t>", 1), (b"x", 180 * MB), (b"</t></si></sst>", 1))),
    "15 million cells": (
        "provider_zzz/CLAIM.xlsx", lambda: book(SHEET_XML, SHEET, (HEAD, 1), (b"<row>" + b"<c><v>1</v></c>" * 21 + b"</row>", 500_000), END)),
    "17 million cells in one row": (
        "provider_zzz/CLAIM.xlsx", lambda: book(SHEET_XML, SHEET, (HEAD, 1), (b"<row>", 1), (b"<c/>", 40 * MB), (b"</row>", 1), END)),
    "an attribute of 180 MB": ("provider_zzz/CLAIM.xlsx", lambda: book(SHEET_XML, (SHEET[0] + b'<row r="', 1), (b"1", 180 * MB), (b'">', 1))),
    "a sheet that unpacks to 1 GB": ("provider_zzz/CLAIM.xlsx", lambda: book(SHEET_XML, SHEET, (b"<row/>", 170 * MB), END)),
    "40 million elements within elements": ("provider_zzz/CLAIM.xlsx", lambda: book(SHEET_XML, SHEET, (b"<a>", 40 * MB))),
    "a delivery.json of 60 million lists": ("nomis/delivery.json", lambda: b'{"deleted":{"OFFENDERS":[' + b"[]," * 60 * MB + b"[]]}}"),
    "a delivery.json of lists in lists": ("nomis/delivery.json", lambda: b'{"deleted":' + b"[" * MB),
    "a delivery.json with a number of a million digits": ("nomis/delivery.json", lambda: b'{"files":{"OFFENDERS.csv":{"rows":' + b"9" * MB + b"}}}"),
}  # fmt: skip


def zipped_noughts(mb: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("x.csv", "w", force_zip64=True) as member:
        for _ in range(mb):
            member.write(b"\0" * MB)
    return out.getvalue()


def _cost(name: str) -> dict[str, object]:
    """Seconds and memory of the door for one monster beside a sound file, in this process and its children."""
    with tempfile.TemporaryDirectory() as folder:
        door = Door(Path(folder))
        source, file = MONSTERS[name][0].split("/")
        content = MONSTERS[name][1]()
        door.deliver(f"{source}/{DAY}/{file}", content)
        door.deliver(f"ndelius/{DAY}/RELEASE.csv", as_csv(good_rows("ndelius/RELEASE")))
        size = len(content)
        del content
        load_door()
        peak, over = [_held()], threading.Event()
        before = peak[0]
        watching = threading.Thread(target=lambda: [peak.append(max(peak.pop(), _held())) for _ in iter(lambda: over.wait(0.02), True)])
        watching.start()
        began, worked = time.monotonic(), _worked()
        door.land()
        seconds, worked = time.monotonic() - began, _worked() - worked
        over.set()
        watching.join()
        told = [a.reason for a in door.result.files if not a.is_accepted]
        assert door.account("RELEASE.csv").rows_loaded == 30
    return {
        "bytes": size,
        "seconds": round(seconds, 1),
        "worked": round(worked, 1),
        "MB": round((peak[0] - before) / 2**20),
        "said": "; ".join(told) or "accepted",
    }


def _worked() -> float:
    """Seconds of processors that this process and its children that have ended worked."""
    return sum(
        getattr(resource.getrusage(who), of) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN) for of in ("ru_utime", "ru_stime")
    )


def _held() -> int:
    """Bytes of memory that this process and its children hold, what they share counted once."""
    total = 0
    for pid in [str(p) for p in _family()]:
        try:
            total += int(Path(f"/proc/{pid}/smaps_rollup").read_text().split("Pss:")[1].split()[0]) * 1024
        except (OSError, IndexError):
            continue
    return total


def _family() -> list[int]:
    children = []
    for task in Path("/proc/self/task").iterdir():
        with_it = task / "children"
        if with_it.exists():
            children += [int(p) for p in with_it.read_text().split()]
    return [os.getpid(), *children]


if __name__ == "__main__":
    if len(sys.argv) == 2:
        print(json.dumps(_cost(sys.argv[1])))
    else:
        print("| File | Bytes | Seconds | of processors | Memory, MiB | What is said |\n| --- | ---: | ---: | ---: | ---: | --- |")
        for name in MONSTERS:
            done = subprocess.run([sys.executable, __file__, name], capture_output=True, text=True)
            found = (
                json.loads(done.stdout.splitlines()[-1])
                if done.returncode == 0
                else {"bytes": 0, "seconds": 0, "worked": 0, "MB": 0, "said": done.stderr[-300:]}
            )
            print(f"| {name} | {found['bytes']:,} | {found['seconds']} | {found['worked']} | {found['MB']} | {found['said']} |", flush=True)

"""Whatever a delivered file holds, the door goes on: no file stops a run, and the sound ones load as if it were not there."""

from __future__ import annotations

import gzip
import io
import random
import shutil
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import Door, as_csv, good_rows
from corruption import HOSTILE, a_note, odd_parquet, odd_workbook, zip_spoiled
from monsters import DAY, MONSTERS, NAME_NOT_UTF8

from edition.folder import current
from expectations.contract import find_table
from orchestration.landing.row_account import FileAccount
from tests.conftest import gatehouse

CLAIM = find_table("provider", "CLAIM")
ROWS = good_rows("provider_zzz/CLAIM", 25)
SOUND = ("ndelius/RELEASE", "ndelius/DISPOSAL", "nomis/OFFENDERS", "contracts/PAYMENT", "provider_zzz/CLAIM")
FORMATS = ("csv", "csv.gz", "zip", "xlsx", "parquet", "delivery.json")
A_DAY = 50  # mutants in one day


def bent(rng: random.Random, content: bytes) -> bytes:
    """`content` with bytes changed, lost, doubled, put in, or cut short."""
    made = bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 5, 40])):
        at = rng.randrange(len(made) + 1)
        to = min(len(made), at + rng.choice([1, 1, 4, 30, 400]))
        match rng.randrange(6):
            case 0:
                made[at:to] = rng.randbytes(to - at)
            case 1:
                del made[at:to]
            case 2:
                made[at:at] = made[at:to] * rng.choice([1, 2, 50])
            case 3:
                made[at:at] = rng.choice(
                    [b"\0" * 9, b'"', b"\n", b"\xff" * 4, b"\x7f\xff\xff\xff", rng.choice(HOSTILE).encode(errors="replace")]
                )
            case 4 if made:
                made[at % len(made)] ^= 1 << rng.randrange(8)
            case 5 if rng.random() < 0.2:
                del made[at:]
    return bytes(made)


def end_bent(rng: random.Random, content: bytes) -> bytes:
    """Its last part bent alone: what a Parquet file and a zip say of themselves stands there."""
    at = len(content) * 2 // 3
    return content[:at] + bent(rng, content[at:])


def name_bent(rng: random.Random, content: bytes) -> bytes:
    """The name of a column no longer text, in a file that is else as it was."""
    name = rng.choice(list(ROWS[0])).encode()
    return content.replace(name, b"\xff" * len(name))


def packed(text: bytes, members: list[tuple[str, bytes]] | None = None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members or [("x.csv", text)]:
            archive.writestr(name, content)
    return out.getvalue()


def inside_bent(rng: random.Random, content: bytes) -> bytes:
    """A zip or a workbook with one member bent and packed again."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    at = rng.randrange(len(members))
    members[at] = (members[at][0], bent(rng, members[at][1]))
    return packed(b"", members)


def parquet(rng: random.Random) -> bytes:
    out = io.BytesIO()
    how: dict[str, Any] = {"use_dictionary": rng.random() < 0.5, "compression": rng.choice(["none", "snappy", "zstd", "gzip"]), "data_page_version": rng.choice(["1.0", "2.0"])}  # fmt: skip
    pq.write_table(pa.Table.from_pylist(ROWS), out, row_group_size=rng.choice([7, 1000]), store_schema=rng.random() < 0.5, **how)
    return out.getvalue()


def mutant(rng: random.Random, form: str) -> bytes:
    """A sound file of claims, or a delivery.json, spoiled."""
    text = as_csv(ROWS).encode()
    match form:
        case "csv":
            return bent(
                rng,
                text
                if rng.random() < 0.8
                else text.decode().encode(rng.choice(["utf-16", "utf-16-le", "utf-16-be", "utf-32-le", "cp037"])),
            )
        case "csv.gz":
            return bent(rng, gzip.compress(text, mtime=0)) if rng.random() < 0.5 else gzip.compress(bent(rng, text), mtime=0)
        case "zip":
            whole = packed(text)
            return rng.choice([bent, end_bent, inside_bent])(rng, whole) if rng.random() < 0.8 else zip_spoiled(rng, CLAIM, ROWS)[1]
        case "xlsx":
            whole = odd_workbook(rng, CLAIM, ROWS)[1]
            return rng.choice([bent, end_bent, inside_bent, inside_bent, inside_bent])(rng, whole)
        case "parquet":
            whole = parquet(rng) if rng.random() < 0.7 else odd_parquet(rng, CLAIM, [dict(r) for r in ROWS])[1]
            return rng.choice([bent, end_bent, end_bent, name_bent, lambda _, c: c])(rng, whole)
    whole = a_note(rng, "CLAIM.csv") or b"{}"
    return bent(rng, whole) if rng.random() < 0.5 else whole


def deliver_mutants(door: Door, n: int, seed: int) -> None:
    for i in range(n):
        rng, form = random.Random(f"{seed}/{i}"), FORMATS[i % len(FORMATS)]
        at = f"provider_z{i % A_DAY:03d}/{date(2023, 6, 15) + timedelta(days=i // A_DAY)}"
        if form == "delivery.json":
            door.deliver(f"{at}/CLAIM.csv", as_csv(ROWS))
        door.deliver(f"{at}/{form if form == 'delivery.json' else f'CLAIM.{form}'}", mutant(rng, form))


def deliver_sound(door: Door) -> None:
    for name in SOUND:
        source, table = name.split("/")
        door.deliver(f"{source}/{DAY}/{table}.csv", as_csv(good_rows(name)))


def sound(door: Door) -> tuple[list[FileAccount], list[list[tuple]]]:
    """The accounts of the sound files and their rows."""
    places = [name.split("/") for name in SOUND]
    accounts = [a for a in door.result.files if [a.source, a.file.removesuffix(".csv")] in places]
    return accounts, [
        door.query(
            f"select * exclude (_file_number) from landing.{source.split('_')[0]}__{_landed(source, table)} where _source = '{source}' order by _row_number"
        )
        for source, table in places
    ]


def _landed(source: str, table: str) -> str:
    return find_table(source, table).landing_name.split("__")[1]


@pytest.mark.parametrize(
    ("n", "seed"),
    [pytest.param(150, 1, id="150"), *(pytest.param(500, s, id=f"500 of seed {s}", marks=pytest.mark.slow) for s in range(1, 12))],
)
def test_no_mutant_of_any_format_stops_the_door_or_touches_a_sound_file(tmp_path: Path, n: int, seed: int) -> None:
    for name in ("alone", "beside"):
        (tmp_path / name).mkdir()
    alone, beside = Door(tmp_path / "alone"), Door(tmp_path / "beside")
    deliver_sound(alone)
    alone.land()
    deliver_sound(beside)
    deliver_mutants(beside, n, seed)
    first = beside.land()
    landed = dict(((d, f), c) for d, f, c in beside.query("select _delivery_id, _file, count(*) from landing.provider__claim group by all"))
    for account in first.files:
        account.balanced()
        if account.table_name == "provider__claim":
            assert landed.get((account.delivery_id, account.file), 0) == account.rows_loaded + account.rows_quarantined, account
        assert account.is_accepted or account.reason, account
    assert sum(not line.startswith("landing:") and " refused, " in line for line in beside.lines) == len(first.refused)
    assert n / 5 < len(first.refused) < n
    assert sound(beside) == sound(alone)
    # What was kept of them stops no later run either.
    shutil.rmtree(beside.landing)
    beside.landing.mkdir()
    deliver_sound(beside)
    assert beside.land() == first
    assert sound(beside) == sound(alone)


LIGHT = [NAME_NOT_UTF8, "a dictionary that repeats 12 MB 4,096 times", "a million columns more", "a delivery.json of lists in lists",
         "a delivery.json with a number of a million digits", "12 MB 4,096 times beside a column that is named as rows are numbered"]  # fmt: skip


OF_DELIVERIES = ("fct_row_account", "fct_finding", "fct_quarantine")


def hostile_deliveries(folder: Path, n: int) -> list[tuple[str, bytes]]:
    """`n` files that the door refuses, each with its place in a landing folder."""
    found = []
    for i, name in enumerate(LIGHT):
        place, make = MONSTERS[name]
        source, file = place.split("/")
        found.append((f"{source}/{date(2015, 1, 1) + timedelta(days=i)}/{file}", make()))
    folder.mkdir()
    door = Door(folder)
    deliver_mutants(door, 6 * n, seed=99)
    for account in door.land().refused:
        offered = door.landing / account.delivery_id / account.file
        if len(found) < n and offered.is_file() and account.file != "CLAIM.csv":
            found.append((f"{account.delivery_id}/{account.file}", offered.read_bytes()))
    return found


@pytest.mark.slow
def test_a_whole_refresh_beside_a_hundred_hostile_deliveries_publishes_what_it_does_without_them(
    tmp_path: Path, inspection_landing: Path, inspection_home: Path
) -> None:
    landing, home = tmp_path / "landing", tmp_path / "home"
    hostile = hostile_deliveries(tmp_path / "made", 100)
    assert len(hostile) == 100
    shutil.copytree(inspection_landing, landing)
    shutil.copy(inspection_home / "identity.key", _made(home) / "identity.key")
    for place, content in hostile:
        (landing / place).parent.mkdir(parents=True, exist_ok=True)
        (landing / place).write_bytes(content)
    for _ in ("beside them", "after they were taken out"):
        done = gatehouse("refresh", "--landing", landing, "--home", home)
        assert done.returncode == 0, done.stderr[-2000:]
        assert figures(home) == figures(inspection_home)
        for place, _ in hostile:
            (landing / place).unlink(missing_ok=True)


def _made(home: Path) -> Path:
    home.mkdir(mode=0o700)
    return home


def figures(home: Path) -> dict[str, str]:
    """Every published table that is not about deliveries, by its hash."""
    return {table: sha256 for table, sha256 in current(home).hashes.items() if not table.endswith(OF_DELIVERIES)}

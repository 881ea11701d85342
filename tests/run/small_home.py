"""A small home with something of everything that a home keeps, invented."""

import datetime as dt
import hashlib
import json

from decisions.store import Decision, Store
from edition.access import Use
from edition.folder import MANIFEST, current, pointer
from edition.rights import the_product
from ground.files import write_whole
from orchestration.backup import backup, restore
from tests.conftest import NOW
from tests.dashboard import invented

KEPT = {"identity.key", "decisions.sqlite", "access.log", "access.head", "sources.yml", "known_hosts", "accepted.txt", "reviewers.txt", "sign-in.toml"}
MADE_AGAIN = ("typed", "work", "dbt", "dagster", "doors", "logs")


def deliver(home, complete_to, content):
    """A delivered file as a home keeps it."""
    folder = home / "landed" / "nomis" / complete_to
    folder.mkdir(parents=True, mode=0o700)
    write_whole(folder / "OFFENDERS.csv", content, 0o400)
    write_whole(folder / "SHA256SUMS", f"{hashlib.sha256(content).hexdigest()}  OFFENDERS.csv\n")


def decide(home, number):
    return Store(home).decide(
        Decision(0, f"{2 * number:024x}", f"{2 * number + 1:024x}", "same", "an invented reason", "invented.reviewer", dt.datetime(2026, 11, 1), dt.date(2023, 6, 30), "invented-1")  # fmt: skip
    )


def use(home, query):
    Use(current(home), NOW, the_product("invented.person"), "audit of claims", query=query).enter()


def with_hashes(folder):
    """An invented edition whose manifest lists its tables, as that of a real one does."""
    path = folder / MANIFEST
    listed = [
        {"table": p.stem, "folder": p.parent.name, "rows": 1, "sha256": hashlib.sha256(p.read_bytes()).hexdigest()} for p in sorted(folder.rglob("*.parquet"))
    ]  # fmt: skip
    path.write_text(json.dumps(json.loads(path.read_text()) | {"tables": listed}))
    for side, mode in (("protected", 0o755), ("restricted", 0o700)):
        (folder / side).chmod(mode)
    return folder


def backed_up(home, tmp_path, seconds=0):
    return backup(home, tmp_path / "backups", NOW.replace(tzinfo=None) + dt.timedelta(seconds=seconds), lambda text: None)


def put_back(source, home):
    restore(source, home, lambda text: None)
    return home


def one_byte_other(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(bytes(data))


def furnish(home):
    home.mkdir(mode=0o700)
    with_hashes(invented.publish(home))
    pointer(home).write_text("invented-1\n")
    (home / "identity.key").write_text("ab" * 32)
    for name in sorted(KEPT - {"identity.key", "decisions.sqlite", "access.log", "access.head"}):
        (home / name).write_text(f"# an invented {name}\n")
    for path in home.iterdir():
        path.chmod(0o600 if path.is_file() else 0o755)
    deliver(home, "2023-06-15", b"OFFENDER_ID\n1\n")
    (home / "links").mkdir(mode=0o700)
    for name in ("2023-06-30.parquet", "2023-06-30.changed.parquet", "2023-06-30.evidence.parquet", "held.json"):
        (home / "links" / name).write_text("invented")
    for name in MADE_AGAIN:
        (home / name).mkdir(exist_ok=True)
        (home / name / "made.bin").write_bytes(b"made again")
    decide(home, 1)
    for query in ("first", "second"):
        use(home, query)
    return home

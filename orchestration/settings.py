"""Where things are, and what of the environment decides it.

The command line sets the environment (`enter`), so that the refresh it runs, the Dagster UI and the dbt child process all
find the same home. Layout of a home:

    identity.key  refresh.lock  access.log  access.head  sources.yml  known_hosts  accepted.txt
    sign-in.toml        how people sign in (sign_in/configuration.py); may be absent
    decisions.sqlite    what people decided about pairs of records and payment cases, and what is granted to whom, unless GATEHOUSE_DECISIONS_URL names a database; its owner's alone (0600)
    landed/     every delivered file, as it came; kept
    typed/      the same, typed once
    doors/      what Great Expectations last found of each delivered table (landing/) and of the edition (edition/): its validation
                results, and Data Docs pages of them
    links/      who was who at each refresh (orchestration/linkage/history.py)
    work/       the warehouse and what the checks said; rebuilt at every refresh
    dbt/        what dbt compiles, one folder for each state of the project's files
    dagster/    run history of Dagster
    logs/       the full log of the last refresh started by hand, and how it ended (last-refresh.json)
    fetch/      what was ever fetched from the sources in sources.yml, and how the last fetch went
    published/  the editions and the pointer `current`; what revisions and thresholds there are of them (edition/folder.py)

All of it is its owner's alone (0700) but `published/`, whose protected side others may read where they can reach it.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import logging
import os
import shutil
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from edition.folder import published
from ground import log

REPOSITORY = Path(__file__).resolve().parents[1]
DBT_PROJECT = REPOSITORY / "dbt_project"

# No tool may call out: the machines this runs on often cannot, and the data is about people.
QUIET = {
    "DAGSTER_DISABLE_TELEMETRY": "1",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
    # dbt's debug log is long and slow to write; what went wrong is in the shorter one too.
    "DBT_LOG_LEVEL_FILE": "info",
}

OWNER_ONLY = 0o700
# Addresses of databases end at some of these, and others stand for several names.
_NOT_IN_A_HOME = "#%?*[]'\""


class HomeInUse(Exception):
    """Another refresh holds the home. The text says which process."""


_held: set[Path] = set()


@dataclass(frozen=True)
class Settings:
    """`home`: everything we keep. `landing`: the folder deliveries arrive in."""

    home: Path
    landing: Path

    @property
    def warehouse(self) -> Path:
        return self.home / "work" / "warehouse.duckdb"

    @property
    def spill(self) -> Path:
        """Where DuckDB puts what does not fit into memory: rows about people, so nowhere but the home."""
        return self.home / "work" / "spill"

    @property
    def checks(self) -> Path:
        """Folder with one JSON file for each step that checked something, of the last refresh."""
        return self.home / "work" / "checks"

    @property
    def doors(self) -> Path:
        """What Great Expectations found: landing/ and edition/, a validation result and its page for each suite (expectations/validation.py)."""
        return self.home / "doors"

    @property
    def threshold_homes(self) -> Path:
        """Where `gatehouse thresholds` has its homes while it runs."""
        return self.home / "work" / "other_thresholds"

    @property
    def is_of_thresholds(self) -> bool:
        return self.home.parent.parts[-2:] == self.threshold_homes.parts[-2:]

    @property
    def sources(self) -> Path:
        """Where deliveries are pulled from (orchestration/fetch/transport.py). May be absent."""
        return self.home / "sources.yml"

    @property
    def last_fetch(self) -> Path:
        return self.home / "fetch" / "last.json"

    @property
    def last_refresh(self) -> Path:
        """How the last refresh ended that was started by hand or by a timer (orchestration/refresh.py). May be absent."""
        return self.home / "logs" / "last-refresh.json"

    @property
    def published(self) -> Path:
        return published(self.home)

    @cached_property
    def dbt_target(self) -> Path:
        """Keyed by the content and place of the project, so that two clones or versions never share a manifest."""
        files = source_files(DBT_PROJECT, REPOSITORY / "seeds", REPOSITORY / "tests" / "warehouse")
        return self.home / "dbt" / digest(files, REPOSITORY, salt=str(REPOSITORY))[:16]

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the home for one refresh. The lock goes with the process, however it ends. Raises HomeInUse.

        A process that holds it already goes on: the command line takes it before it opens the log, the job for its whole run."""
        if self.home in _held:
            yield
            return
        self.home.mkdir(parents=True, exist_ok=True, mode=OWNER_ONLY)
        with open(self.home / "refresh.lock", "a+", opener=partial(os.open, mode=0o600)) as lock:
            os.fchmod(lock.fileno(), 0o600)  # one of an earlier version was open to all
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                lock.seek(0)
                holder = lock.read().strip() or "unknown"
                raise HomeInUse(
                    f"another refresh is running in {self.home} (process {holder}): wait until it has ended, or stop it"
                ) from None
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            _held.add(self.home)
            try:
                yield
            finally:
                _held.discard(self.home)


def current() -> Settings:
    """The settings of this process: GATEHOUSE_HOME (default `home` in the repository) and GATEHOUSE_LANDING (`<home>/landing`)."""
    home = Path(os.environ.get("GATEHOUSE_HOME") or REPOSITORY / "home").resolve()
    landing = Path(os.environ.get("GATEHOUSE_LANDING") or home / "landing").resolve()
    return enter(home, landing)


def enter(home: Path, landing: Path) -> Settings:
    """Make `home` and `landing` those of this process and its children, with every call home switched off. Raises OSError when
    the home cannot be written, or cannot be named to the tools that write there."""
    settings = Settings(home.resolve(), landing.resolve())
    if found := sorted(set(_NOT_IN_A_HOME) & set(str(settings.home))):
        why = f"its path holds {' '.join(found)}, which Dagster or DuckDB would take for something else; name a home without {' '.join(_NOT_IN_A_HOME)}"
        raise OSError(errno.EINVAL, why, str(settings.home))
    log.stop_in_json()
    os.environ.update(QUIET)
    os.environ["GATEHOUSE_HOME"] = str(settings.home)
    os.environ["GATEHOUSE_LANDING"] = str(settings.landing)
    os.environ["GATEHOUSE_WAREHOUSE"] = str(settings.warehouse)
    os.environ["DAGSTER_HOME"] = str(settings.home / "dagster")
    settings.home.mkdir(parents=True, exist_ok=True, mode=OWNER_ONLY)
    # Set again each time: these may have been made by another tool, and logs and run history can tell of people.
    for name in ("dagster", "dbt", "logs", "work"):
        (settings.home / name).mkdir(exist_ok=True)
        (settings.home / name).chmod(OWNER_ONLY)
    shutil.copyfile(Path(__file__).with_name("dagster.yaml"), settings.home / "dagster" / "dagster.yaml")
    return settings


def source_files(*folders: Path) -> list[Path]:
    """The files of the product in `folders`: code, SQL, declarations and seeds; nothing that a tool has made."""
    kinds = {".py", ".sql", ".yml", ".csv", ".json"}
    made = {"target", "logs", "__pycache__", "dbt_packages"}
    return sorted(p for folder in folders for p in folder.rglob("*") if p.suffix in kinds and not made & set(p.parts))


def digest(files: Iterable[Path], root: Path, salt: str = "") -> str:
    """SHA-256 in hex over the names (below `root`) and contents of `files`, in the order given."""
    sha = hashlib.sha256(salt.encode())
    for path in files:
        sha.update(f"\0{path.relative_to(root).as_posix()}\0".encode())
        sha.update(path.read_bytes())
    return sha.hexdigest()


def secret(variable: str) -> str | None:
    """What the environment holds under the name `variable`. Nothing that is empty."""
    return os.environ.get(variable) or None


# Thresholds of the linkage model from which records may be joined: the middle one, unless rates are compared.
LINK_THRESHOLDS = ("strict", "join", "loose")
DEFAULT_LINK_THRESHOLD = "join"


_said: tuple[str, float] = ("", 0.0)


def say(text: str, **facts: str | int | float) -> None:
    """A line for the person who waits, or for the log that machines read, with `facts` (ground/log.py)."""
    global _said
    _said = (text, time.monotonic())
    log.tell(text, logging.WARNING if "warning: " in text else logging.INFO, **facts)


@contextmanager
def still_saying() -> Iterator[None]:
    """While it lasts nobody waits without a word: what was said last is said again, with the seconds since, after 3, 10, 20, ..."""
    over = threading.Event()

    def repeat() -> None:
        told = ("", 0)
        while not over.wait(0.5):
            text, since = _said
            seconds = int(time.monotonic() - since)
            due = (text, seconds // 10)
            if text and seconds >= 3 and due != told:
                told = due
                log.tell(f"  {text.splitlines()[0]} ... {seconds} s")

    thread = threading.Thread(target=repeat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()

"""A store of each kind: SQLite in the home, and PostgreSQL where its server is installed."""

import datetime as dt
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
import sqlalchemy as sa

from decisions.store import Decision, Store, _engine, decisions_url, deliver
from orchestration.landing.deliveries import keep_deliveries

DAY = dt.date(2023, 6, 30)
URL = "GATEHOUSE_DECISIONS_URL"


def record(letter: str) -> str:
    return letter * 24


def decision(left: str, right: str, answer: str, as_of: dt.date = DAY, note: str = "Looked both up") -> Decision:
    """Of the records that stand for two letters, a to f."""
    left, right = sorted((left, right))
    at = dt.datetime(2026, 11, 22, 14, 5)
    return Decision(0, record(left), record(right), answer, note, "invented.reviewer", at, as_of, "invented-1")


def postgres_tool(name: str) -> str | None:
    return shutil.which(name) or next((str(path) for path in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))), None)


@pytest.fixture(scope="session")
def postgres():
    """The address of a PostgreSQL server of our own: it listens on a socket in a folder only, and need not outlive this machine."""
    initdb, pg_ctl = postgres_tool("initdb"), postgres_tool("pg_ctl")
    if not initdb or not pg_ctl:
        pytest.skip("no PostgreSQL server is installed")
    folder = Path(tempfile.mkdtemp(prefix="gatehouse-postgres-"))
    account = {}
    if os.getuid() == 0:  # the server does not run as root
        account = {"user": "postgres", "group": "postgres"}
        shutil.chown(folder, "postgres", "postgres")

    def run(*command: str) -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, **account)

    run(initdb, "-N", "-D", f"{folder}/data", "-A", "trust", "-U", "gatehouse", "-E", "UTF8")
    run(pg_ctl, "-D", f"{folder}/data", "-o", f"-k {folder} -c listen_addresses='' -c fsync=off", "-w", "-l", f"{folder}/log", "start")
    try:
        yield f"postgresql+psycopg://gatehouse@/postgres?host={folder}"
    finally:
        run(pg_ctl, "-D", f"{folder}/data", "-m", "immediate", "stop")
        shutil.rmtree(folder)


@pytest.fixture
def new_database(postgres, monkeypatch):
    """Makes an empty PostgreSQL schema, which takes a twentieth of what a database takes, and names it as that of the store."""

    def make() -> None:
        name = f"test_{os.urandom(6).hex()}"
        engine = sa.create_engine(postgres, poolclass=sa.NullPool)
        with engine.begin() as con:
            con.exec_driver_sql(f"create schema {name}")
        monkeypatch.setenv(URL, f"{postgres}&options=-csearch_path%3D{name}")

    return make


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request, tmp_path, monkeypatch) -> Path:
    """A home whose decisions go into a store of each kind, empty and not yet made."""
    monkeypatch.delenv(URL, raising=False)
    if request.param == "postgresql":
        request.getfixturevalue("new_database")()
    return tmp_path / "home"


@pytest.fixture
def store(home) -> Store:
    return Store(home)


def land(home: Path) -> None:
    """What is in the store, delivered and kept by the door."""
    deliver(home, home / "landing")
    keep_deliveries(home / "landing", home / "landed")


@pytest.fixture
def lose(request, home):
    """Leaves the home without its store: the file gone, or another database named."""

    def lost() -> None:
        if decisions_url():
            request.getfixturevalue("new_database")()
        else:
            (home / "decisions.sqlite").unlink()

    return lost


# Newest first: what a migration made, by the version before it.
MADE = {
    "0004": ["embargo_grant", "extract_withdrawal"],
    "0003": "case_credit case_mark case_workbook sample_answer sample_claim sample audit_notice case_step case_proposal case_finding case_run payment_case".split(),
    "0002": ["access_grant"],
}  # fmt: skip


def put_back(home: Path, version: str) -> None:
    """The store as a version of before left it."""
    with _engine(home).begin() as con:
        for before, tables in MADE.items():
            if before >= version:
                for table in tables:
                    con.exec_driver_sql(f"drop table {table}{' cascade' if con.dialect.name == 'postgresql' else ''}")
                    if con.dialect.name == "postgresql":
                        con.exec_driver_sql(f"drop function if exists {table}_refuse")
                        con.exec_driver_sql(f"drop function if exists {table}_fits")
        con.exec_driver_sql(f"update alembic_version set version_num = '{version}'")

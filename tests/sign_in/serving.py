"""`gatehouse dashboard` of a home, on loopback."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.sign_in.conftest import write
from tests.sign_in.provider import Provider


@dataclass
class Dashboard:
    """The dashboard of a home as it is served, by which process, and what it has written to its log."""

    address: str
    log: Path
    pid: int

    def logged(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")


@contextmanager
def served(home: Path, provider: Provider | None, rest: str = "") -> Iterator[Dashboard]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    if provider:
        write(home, provider.metadata_url, f"{address}/oauth2callback", rest)
    log = home.parent / f"{home.name}-{port}.log"
    with open(log, "wb") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "orchestration.cli", "dashboard", "--home", str(home), "--port", str(port)],
            cwd=REPOSITORY, stdout=written, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=1)
                break
            except OSError:
                time.sleep(0.25)
        else:
            pytest.fail("The dashboard did not start within 60 seconds.")
        yield Dashboard(address, log, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=20)

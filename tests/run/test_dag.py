"""The Dagster UI answers its own pages on this machine, and no other."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from orchestration.dag import guarded
from tests.conftest import REPOSITORY

OWN = {"host": "127.0.0.1:3000"}
STARTS = {"method": "POST", "path": "/graphql"}


def answered(kind="http", query=b"", headers=OWN, **scope) -> list[dict]:
    async def app(scope, receive, send):
        await send({"type": "answered"})

    sent = []

    async def send(message):
        sent.append(message)

    said = [(name.encode(), value.encode()) for name, value in headers.items()]
    asyncio.run(guarded(app)({"type": kind, "query_string": query, "headers": said, **scope}, None, send))
    return sent


@pytest.mark.parametrize(
    "headers",
    [
        OWN, {"host": "localhost:3000"}, {"host": "[::1]:3000"}, OWN | {"origin": "http://127.0.0.1:3000"},
        OWN | {"origin": "http://127.0.0.1:3000", "sec-fetch-site": "same-origin"}, OWN | {"sec-fetch-site": "none"},
    ],
)  # fmt: skip
def test_its_own_pages_are_answered(headers):
    assert answered(headers=headers, **STARTS) == answered("websocket", headers=headers, path="/graphql") == [{"type": "answered"}]


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"host": ""}, {"host": "attacker.invalid"}, {"host": "127.0.0.1.attacker.invalid:3000"}, {"host": "[::1"}, {"host": "192.0.2.1:3000"},
        OWN | {"origin": "http://attacker.invalid"}, OWN | {"origin": "null"}, OWN | {"origin": "http://127.0.0.1:8501"},
        OWN | {"origin": "https://127.0.0.1:3000"}, OWN | {"sec-fetch-site": "cross-site"}, OWN | {"sec-fetch-site": "same-site"},
    ],
)  # fmt: skip
def test_a_page_of_another_site_or_another_name_of_this_machine_is_refused(headers):
    first, body = answered(headers=headers, **STARTS)
    assert first["status"] == 403 and body["body"]
    assert [one["type"] for one in answered("websocket", headers=headers, path="/graphql")] == ["websocket.close"]


def test_an_address_alone_starts_nothing():
    assert answered(method="GET", path="/graphql", query=b"query={__typename}")[0]["status"] == 403
    assert answered(method="GET", path="/graphql") == answered(method="GET", path="/runs", query=b"q=x") == [{"type": "answered"}]


@pytest.mark.slow  # the server and the daemon of Dagster start
def test_the_server_itself_stands_behind_the_guard(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for name in ("dagster", "landing"):
        (tmp_path / name).mkdir()
    (tmp_path / "dagster" / "dagster.yaml").write_bytes((REPOSITORY / "orchestration" / "dagster.yaml").read_bytes())
    where = {"GATEHOUSE_HOME": str(tmp_path), "GATEHOUSE_LANDING": str(tmp_path / "landing"), "DAGSTER_HOME": str(tmp_path / "dagster"),
             "DAGSTER_DISABLE_TELEMETRY": "1"}  # fmt: skip
    with (tmp_path / "said").open("wb") as said:
        server = subprocess.Popen(
            [sys.executable, "-m", "orchestration.dag", "--port", str(port)], cwd=REPOSITORY, env=os.environ | where, stdout=said, stderr=said
        )

    def ask(**headers) -> int:
        question = json.dumps({"query": "{ __typename }"}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{port}/graphql", question, {"content-type": "application/json", **headers})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as refused:
            return refused.code

    try:
        until = time.monotonic() + 180
        while True:
            try:
                answer = ask()
                break
            except OSError:
                assert server.poll() is None and time.monotonic() < until, (tmp_path / "said").read_text()[-3000:]
                time.sleep(0.2)
        assert answer == 200
        assert ask(origin="http://attacker.invalid") == ask(host="attacker.invalid") == 403
    finally:
        server.terminate()
        server.wait(60)

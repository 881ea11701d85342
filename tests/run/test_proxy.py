"""The dashboard behind Caddy, as deploy/Caddyfile has it: real Caddy, real pages, a real browser."""

import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.dashboard import invented

pytestmark = [pytest.mark.slow, pytest.mark.browser]
CADDY = Path(sys.executable).with_name("caddy")


def free_ports(n):
    held = [socket.socket() for _ in range(n)]
    for one in held:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def answers(port, process, said):
    until = time.monotonic() + 120
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert process.poll() is None and time.monotonic() < until, said.read_text()[-2000:]
            time.sleep(0.1)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The dashboard of an invented edition behind Caddy: the ports of HTTPS and HTTP, and what Caddy has logged. The file is as it is but for the
    ports, which are free ones of this machine, and the certificate, which nobody is asked to trust."""
    folder = tmp_path_factory.mktemp("site")
    invented.publish(folder / "home")
    dashboard, https, http = free_ports(3)
    environment = os.environ | {"GATEHOUSE_SITE": "localhost", "GATEHOUSE_TLS": "tls internal", "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder),
                                "HOME": str(folder)}  # fmt: skip
    adapted = subprocess.run([CADDY, "adapt", "--adapter", "caddyfile", "--config", REPOSITORY / "deploy" / "Caddyfile"], capture_output=True, text=True, check=True, env=environment)  # fmt: skip
    config = json.loads(adapted.stdout.replace("127.0.0.1:8501", f"127.0.0.1:{dashboard}"))
    server = config["apps"]["http"]["servers"]["srv0"]
    assert server["listen"] == [":443"]
    server["listen"] = [f"127.0.0.1:{https}"]
    config["apps"]["http"] |= {"http_port": http, "https_port": https}
    config["apps"]["pki"] = {"certificate_authorities": {"local": {"install_trust": False}}}
    (folder / "caddy.json").write_text(json.dumps(config))
    commands = [
        [sys.executable, "-m", "orchestration.cli", "dashboard", "--home", str(folder / "home"), "--port", str(dashboard)],
        [CADDY, "run", "--config", folder / "caddy.json"],
    ]
    running = []
    try:
        for command, port in zip(commands, (dashboard, https)):
            said = folder / f"{port}.said"
            with said.open("w") as out:
                running.append(subprocess.Popen(command, cwd=REPOSITORY, env=environment, stdout=out, stderr=out))
            answers(port, running[-1], said)
        yield https, http, folder / f"{https}.said"
    finally:
        for one in running:
            one.terminate()
        for one in running:
            one.wait(30)


def get(address):
    """Status and headers; nobody is followed elsewhere."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    untrusted = ssl.create_default_context()
    untrusted.check_hostname, untrusted.verify_mode = False, ssl.CERT_NONE
    opener = urllib.request.build_opener(Stay, urllib.request.HTTPSHandler(context=untrusted))
    try:
        with opener.open(address, timeout=30) as answer:
            return answer.status, answer.headers
    except urllib.error.HTTPError as other:
        return other.code, other.headers


def test_http_leads_to_https_and_every_page_carries_what_a_browser_should_keep_to(site):
    https, http, _ = site
    status, headers = get(f"http://localhost:{http}/region?region=N07")
    assert status == 308 and headers["location"] == "https://localhost/region?region=N07"
    status, headers = get(f"https://localhost:{https}/")
    assert status == 200 and headers["strict-transport-security"].startswith("max-age=") and headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "SAMEORIGIN" and "frame-ancestors 'self'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store" and headers.get("server") is None


def test_pages_work_behind_it_and_the_log_tells_neither_who_nor_what(site):
    from playwright.sync_api import sync_playwright

    https, _, said = site
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_context(ignore_https_errors=True).new_page()
        refused, sockets = [], []
        page.on("console", lambda one: refused.append(one.text) if "Content Security Policy" in one.text else None)
        page.on("websocket", lambda one: sockets.append(one.url))
        for name in ("region", "quality"):
            page.goto(f"https://localhost:{https}/{name}?madeup=jane")
            page.wait_for_selector(".gh h1", timeout=60_000)
            page.wait_for_function("() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'", timeout=60_000)
        page.goto(f"https://localhost:{https}/region")
        page.wait_for_selector(".vega-embed svg, .vega-embed canvas", timeout=60_000)
        browser.close()
    assert sockets and all(one.startswith(f"wss://localhost:{https}/") for one in sockets) and not refused
    lines = [json.loads(line) for line in said.read_text().splitlines()]
    asked = [line["request"] for line in lines if "request" in line]
    assert asked and "jane" not in json.dumps(asked) and not [one for one in asked if "headers" in one]

"""The Dagster UI on this machine, `make dag`: its server, and the daemon that runs schedule and sensor.

Whatever page a browser has open can send requests to this machine, and Dagster's server answers anybody who reaches it: a page of another
site could start runs. So it stands behind a guard that answers nobody but its own pages.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

import click

Scope = MutableMapping[str, Any]
Messages = Callable[..., Awaitable[Any]]
App = Callable[[Scope, Messages, Messages], Awaitable[None]]
LOOPBACK = ("127.0.0.1", "localhost", "::1")
MODULE = "orchestration.definitions"
# What the server of dagster_webserver.cli is made by.
MAKES_APP = "create_app_from_workspace_process_context"


def guarded(app: App) -> App:
    """`app` (ASGI) for requests of its own pages on this machine; others are answered with 403 and the reason."""

    async def guard(scope: Scope, receive: Messages, send: Messages) -> None:
        why = refusal(scope) if scope["type"] in ("http", "websocket") else ""
        if not why:
            await app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": why})
        else:
            await send({"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": why.encode()})

    return guard


def refusal(scope: Scope) -> str:
    """Why a request is none of our own pages' on this machine; '' where it is."""
    said = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    host = said.get("host", "")
    try:
        name = urlsplit(f"//{host}").hostname
    except ValueError:
        name = None
    if name not in LOOPBACK:
        return "this server is for this machine alone: ask for it as 127.0.0.1 or localhost"
    if said.get("origin", f"http://{host}") != f"http://{host}" or said.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return "a page of another site asks: open this one by itself"
    if scope.get("method") == "GET" and scope["path"].endswith("/graphql") and scope.get("query_string"):
        return "questions are posted: an address alone, which anybody can put into a page, starts nothing"
    return ""


@click.command()
@click.option("--port", default=3000, show_default=True, type=click.IntRange(1, 65535))
def main(port: int) -> None:
    """Serve the Dagster UI on this machine until it is interrupted."""
    from dagster_webserver import cli

    made = getattr(cli, MAKES_APP)
    setattr(cli, MAKES_APP, lambda *args, **more: guarded(made(*args, **more)))
    daemon = subprocess.Popen([sys.executable, "-m", "dagster._daemon", "run", "-m", MODULE])
    try:
        sys.argv = ["dagster-webserver", "-m", MODULE, "-h", LOOPBACK[0], "-p", str(port)]
        cli.main()
    finally:
        daemon.terminate()
        daemon.wait()


if __name__ == "__main__":
    main()

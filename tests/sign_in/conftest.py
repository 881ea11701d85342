"""A provider on loopback, and homes where people sign in at it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sign_in.configuration import file
from tests.sign_in.provider import CLIENT, SECRET, Provider, provided

COOKIE_SECRET = "invented-cookie-secret-0123456789-0123456789"


def write(
    home: Path, metadata_url: str, redirect_uri: str = "http://127.0.0.1:8501/oauth2callback", rest: str = "", identity: str = "login"
) -> Path:
    """sign-in.toml of a home, as somebody would write it."""
    home.mkdir(exist_ok=True, parents=True)
    path = file(home)
    path.touch(0o600)
    path.write_text(
        f'[auth]\nredirect_uri = "{redirect_uri}"\ncookie_secret = "{COOKIE_SECRET}"\nclient_id = "{CLIENT}"\n'
        f'client_secret = "{SECRET}"\nserver_metadata_url = "{metadata_url}"\nexpose_tokens = "id"\n[commands]\nidentity = "{identity}"\n{rest}'
    )
    return path


@pytest.fixture(scope="session")
def one_provider():
    with provided() as provider:
        yield provider


@pytest.fixture
def provider(one_provider) -> Provider:
    one_provider.forget()
    return one_provider


@pytest.fixture
def kept(tmp_path, monkeypatch) -> Path:
    """Where the sign-in of a command is kept."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "gatehouse"


@pytest.fixture
def home(tmp_path, provider) -> Path:
    """A home whose commands ask who signed in."""
    write(tmp_path / "home", provider.metadata_url)
    return tmp_path / "home"


@pytest.fixture(autouse=True)
def nothing_but_loopback(monkeypatch):
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)

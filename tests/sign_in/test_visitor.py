"""Who looks at a page, without a browser: the frame asks before anything of an edition is read."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.dashboard.conftest import ROOT, granted, published, words
from tests.sign_in.conftest import write

__all__ = ["published"]  # a fixture of the pages


def opened(home: Path, monkeypatch, user: dict | None = None, headers: dict | None = None, peer: str | None = None) -> AppTest:
    """A page of a home as somebody gets it: what Streamlit says of the user, and the headers of the request; both as on this machine."""
    monkeypatch.setenv("GATEHOUSE_HOME", str(home))
    if user is not None:
        monkeypatch.setattr("streamlit.user_info._get_user_info", lambda: user)
    if headers is not None:
        client = type("Client", (), {"headers": list(headers.items()), "cookies": {}, "remote_ip": peer or "127.0.0.1"})()
        monkeypatch.setattr("streamlit.runtime.context._get_client_context", lambda: client)
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=120)
    app.switch_page("views/definitions.py").run()
    assert not app.exception, [one.stack_trace for one in app.exception]
    return app


@pytest.fixture
def alone(tmp_path, published) -> Path:
    """A home of one's own, without sign-in."""
    shutil.copytree(published, tmp_path / "home")
    (tmp_path / "home" / "access.log").unlink(missing_ok=True)
    (tmp_path / "home" / "access.head").unlink(missing_ok=True)
    granted(tmp_path / "home", "alma.invented@example.org", "auditor")
    for name in ("access.log", "access.head"):
        (tmp_path / "home" / name).unlink()
    return tmp_path / "home"


def shown(app: AppTest) -> bool:
    """Whether anything of an edition is on the page."""
    return "as of" in words(app)


def user_of(token: str, **other) -> dict:
    return {"is_logged_in": True, "tokens": {"id": token}, **other}


def test_whoever_is_signed_in_is_named_and_let_in(alone, provider, monkeypatch):
    write(alone, provider.metadata_url)
    provider.forget()
    app = opened(alone, monkeypatch, user_of(_token(provider)))
    assert shown(app) and [one.value for one in app.sidebar.text] == ["Signed in as alma.invented@example.org"]
    assert "Sign out" in [one.label for one in app.sidebar.button]


def _token(provider, **other) -> str:
    """A token, once the provider was asked for anything: then it has its key."""
    import httpx

    httpx.get(provider.metadata_url)
    return provider.token("alma", **other)


def _said(provider) -> dict:
    return json.loads(base64.urlsafe_b64decode(_token(provider).split(".")[1] + "=="))


NOT_LET_IN = {
    "nobody": lambda provider: {"is_logged_in": False},
    "somebody of whom everything is said and nothing proved": lambda provider: {"is_logged_in": True, **_said(provider)},
    "somebody whose token says other than the page is told": lambda provider: user_of(
        _token(provider, email_verified=False), email_verified=True
    ),
    "somebody whose session is over": lambda provider: user_of(_token(provider, exp=1)),
    "somebody of another application": lambda provider: user_of(_token(provider, aud="another")),
    "somebody whose token nobody has signed": lambda provider: user_of(provider._unsigned(_said(provider))),
    "somebody whose token another has signed": lambda provider: user_of(provider._by_another_key(_said(provider), str(provider.key.kid))),
    "somebody whose token is no token": lambda provider: user_of("alma", **_said(provider)),
    "a word for a yes": lambda provider: user_of(_token(provider)) | {"is_logged_in": "true"},
    "a page that knows of no sign-in": lambda provider: {},
}


@pytest.mark.parametrize("who", NOT_LET_IN)
def test_whoever_is_not_signed_in_sees_and_makes_the_server_read_nothing(alone, provider, monkeypatch, who):
    write(alone, provider.metadata_url)
    user = NOT_LET_IN[who](provider)
    app = opened(alone, monkeypatch, user)
    assert "Nobody is signed in." in words(app) and not shown(app) and "example.org" not in words(app)
    assert [one.label for one in app.button] == (["Sign in"] if user else [])
    assert not (alone / "access.log").exists()


def test_whoever_is_signed_in_and_has_no_role_is_named_and_sees_nothing(alone, provider, monkeypatch):
    write(alone, provider.metadata_url)
    app = opened(alone, monkeypatch, user_of(_token(provider, email="bram.invented@example.org")))
    assert "Nothing is granted to bram.invented@example.org." in words(app) and not shown(app)
    assert not (alone / "access.log").exists()


def test_a_faulty_file_means_that_nobody_is_signed_in_and_never_a_demonstration(alone, provider, monkeypatch):
    write(alone, provider.metadata_url).chmod(0o640)
    app = opened(alone, monkeypatch, user_of(_token(provider)))
    assert "Nobody is signed in." in words(app) and "may be read or written by others" in words(app) and not shown(app)


def test_without_sign_in_it_is_the_account_on_this_machine(alone, monkeypatch):
    app = opened(alone, monkeypatch)
    assert shown(app) and "Nobody signs in here" in words(app) and app.selectbox(key="look_as").value == "auditor"


HERE = {"Host": "127.0.0.1:8501", "Origin": "http://127.0.0.1:8501"}


@pytest.mark.parametrize("headers", [HERE, {"Host": "localhost:8501"}, {"Host": "[::1]:8501"}])
def test_a_demonstration_is_shown_to_a_browser_on_this_machine(alone, monkeypatch, headers):
    assert shown(opened(alone, monkeypatch, headers=headers))


@pytest.mark.parametrize(
    ("headers", "peer"),
    [
        (HERE | {"Host": "dash.example.org"}, None),
        (HERE | {"Origin": "https://dash.example.org"}, None),
        (HERE | {"Origin": "null"}, None),
        (HERE | {"Host": "127.0.0.1.example.org"}, None),
        (HERE | {"Host": "[127.0.0.1"}, None),
        ({"Origin": "http://127.0.0.1:8501"}, None),
        (HERE, "192.0.2.7"),
        *((HERE | {name: "127.0.0.1"}, None) for name in ("X-Forwarded-For", "x-forwarded-host", "Forwarded", "Via", "X-Real-Ip")),
    ],
)
def test_a_demonstration_is_shown_to_nobody_else(alone, monkeypatch, headers, peer):
    app = opened(alone, monkeypatch, headers=headers, peer=peer)
    assert "The demonstration is for this machine alone." in words(app) and not shown(app)
    assert not (alone / "access.log").exists()


def test_where_people_sign_in_a_proxy_may_stand_before_the_dashboard(alone, provider, monkeypatch):
    write(alone, provider.metadata_url)
    headers = {"Host": "dash.example.org", "Origin": "https://dash.example.org", "X-Forwarded-For": "192.0.2.7"}
    assert shown(opened(alone, monkeypatch, user_of(_token(provider)), headers, "192.0.2.7"))

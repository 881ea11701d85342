"""`gatehouse login`: the device grant against a provider on loopback, and the sign-in that is kept."""

import base64
import json
import os
import re
import subprocess
import sys
from datetime import datetime, timedelta

import pytest

from sign_in import tokens
from sign_in.configuration import NotSignedIn, configured
from sign_in.identity import of_command
from sign_in.login import login, logout
from tests.conftest import REPOSITORY, gatehouse
from tests.sign_in.conftest import COOKIE_SECRET, write
from tests.sign_in.provider import PEOPLE, SECRET, SPOILT

ALMA = "alma.invented@example.org"
# Why each is refused. A token of the device grant has no nonce: there is nothing it could differ from.
TOLD = {
    "wrong audience": "another application",
    "wrong audience, though meant for us": "another application",
    "for two, the other being meant": "another application",
    "wrong issuer": "another identity provider",
    "long expired": "has expired",
    "just expired": "has expired",
    "of the future": "begins in the future",
    "replayed ID token": "a sign-in of before",
    "no ID token": "no ID token",
}
KINDS = [kind for kind in SPOILT if kind and "nonce" not in kind]


def now() -> datetime:
    return datetime.now().astimezone()


class Waiting:
    """Somebody who waits without time going by, and agrees as `sub` after some questions. `waits`: the seconds between them."""

    def __init__(self, provider, sub="alma", after=0):
        self.provider, self.sub, self.after = provider, sub, after
        self.waits, self.said = [], []

    def clock(self) -> datetime:
        return now() + timedelta(seconds=sum(self.waits))

    def wait(self, seconds: float) -> None:
        if len(self.waits) == self.after and self.sub:
            self.provider.approve(re.search(r"code (\S+)$", self.said[0])[1], self.sub)
        self.waits.append(seconds)

    def login(self, home) -> str:
        return login(home, lambda: now() if not self.waits else self.clock(), self.wait, self.said.append)


def refused(home, provider, told, **how) -> str:
    """Nobody is signed in after it, and the sentence is one that anybody may see."""
    with pytest.raises(NotSignedIn, match=told) as error:
        Waiting(provider, **how).login(home)
    with pytest.raises(NotSignedIn, match="run `gatehouse login"):
        of_command(home, now())
    for hidden in (*provider.given, SECRET, COOKIE_SECRET, "invented@example.org"):
        assert hidden.casefold() not in str(error.value).casefold()
    return str(error.value)


def test_a_person_signs_in_from_any_browser_and_is_who_asks_by_the_commands_after(home, provider, kept):
    somebody = Waiting(provider)
    assert somebody.login(home) == ALMA
    assert provider.issuer in somebody.said[0] and of_command(home, now()) == ALMA
    (token,) = kept.iterdir()
    assert token.stat().st_mode & 0o777 == 0o600 and kept.stat().st_mode & 0o777 == 0o700


def test_two_homes_of_different_applications_keep_their_sign_ins_apart(home, provider, kept, tmp_path):
    Waiting(provider).login(home)
    other = write(tmp_path / "other", provider.metadata_url)
    other.write_text(other.read_text().replace("gatehouse-invented", "another-application"))
    with pytest.raises(NotSignedIn, match="not signed in"):
        of_command(tmp_path / "other", now())


def test_the_provider_is_asked_no_faster_than_it_wants(home, provider, kept):
    provider.interval, provider.script = 3, ["authorization_pending", "slow_down", "authorization_pending", "slow_down"]
    somebody = Waiting(provider)
    somebody.login(home)
    assert somebody.waits == [3, 3, 8, 8, 13]


def test_whoever_says_no_in_the_browser_is_not_signed_in(home, provider, kept):
    provider.script = ["authorization_pending", "access_denied"]
    refused(home, provider, "denied in the browser")


@pytest.mark.parametrize("script", [["expired_token"], []])
def test_a_code_that_nobody_enters_in_time_signs_nobody_in(home, provider, kept, script):
    provider.script, provider.patience, provider.interval = script, 30, 10
    refused(home, provider, "nobody entered the code in time", sub="")


def test_a_refusal_is_told_by_its_kind_and_by_nothing_else_that_was_sent(home, provider, kept):
    provider.script = ["invalid_grant"]
    assert "(invalid_grant)" in refused(home, provider, "refuses the sign-in")
    provider.script = ["<b>Alma.Invented@example.org</b>"]
    assert "<b>" not in refused(home, provider, "refuses the sign-in")


def test_another_secret_than_the_provider_knows_signs_nobody_in(home, provider, kept):
    path = home / "sign-in.toml"
    path.write_text(path.read_text().replace(SECRET, "another-secret"))
    with pytest.raises(NotSignedIn, match=r"gives no code to sign in with \(invalid_client\)"):
        Waiting(provider).login(home)


def test_a_provider_that_does_not_answer_signs_nobody_in(home, provider, kept):
    provider.is_away = True
    refused(home, provider, "does not say where to sign in", sub="")


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_is_signed_in_by_a_token_that_is_spoilt(home, provider, kept, kind):
    provider.spoil = kind
    refused(home, provider, TOLD.get(kind, "not signed by the identity provider"))
    assert not kept.exists() or not list(kept.iterdir())


@pytest.mark.parametrize("sub", ["unverified", "unsaid", "nameless"])
def test_nobody_is_signed_in_whose_email_is_not_verified_or_not_there(home, provider, kept, sub):
    refused(home, provider, "verified the e-mail address|no e-mail address", sub=sub)


def test_an_expired_sign_in_says_to_sign_in_again(home, provider, kept):
    Waiting(provider).login(home)
    with pytest.raises(NotSignedIn, match="session has expired: run `gatehouse login` again"):
        of_command(home, now() + timedelta(hours=2))


def test_whoever_logs_out_is_not_signed_in_any_more(home, provider, kept):
    Waiting(provider).login(home)
    assert logout(home) and not logout(home)
    with pytest.raises(NotSignedIn, match="you are not signed in"):
        of_command(home, now())


def _another_name(token: str) -> str:
    header, payload, signature = token.split(".")
    said = json.loads(base64.urlsafe_b64decode(payload + "==")) | PEOPLE["bram"]
    return f"{header}.{base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b'=').decode()}.{signature}"


TAMPERED = {
    "another name": _another_name,
    "a longer life": lambda token: token.replace(".", ".e", 1),
    "no signature": lambda token: token.rpartition(".")[0] + ".",
    "cut": lambda token: token[:40],
    "empty": lambda token: "",
    "no token": lambda token: "alma.invented@example.org",
    "no ASCII": lambda token: "ä",
}


@pytest.mark.parametrize("how", TAMPERED)
def test_a_kept_sign_in_that_was_tampered_with_signs_nobody_in(home, provider, kept, how):
    Waiting(provider).login(home)
    (path,) = kept.iterdir()
    path.write_text(TAMPERED[how](path.read_text()))
    with pytest.raises(NotSignedIn, match="run `gatehouse login` again"):
        of_command(home, now())


def test_a_token_by_a_key_of_ones_own_signs_nobody_in_whatever_lies_beside_it(home, provider, kept):
    Waiting(provider).login(home)
    (path,) = kept.iterdir()
    said = json.loads(base64.urlsafe_b64decode(path.read_text().split(".")[1] + "=="))
    path.write_text(provider._by_another_key(said | PEOPLE["bram"], str(provider.key.kid)))
    with pytest.raises(NotSignedIn, match="not signed by the identity provider"):
        of_command(home, now())


def test_a_kept_sign_in_that_others_may_write_or_that_lies_elsewhere_is_none(home, provider, kept):
    Waiting(provider).login(home)
    (path,) = kept.iterdir()
    path.chmod(0o660)
    with pytest.raises(NotSignedIn, match="others may read or write"):
        of_command(home, now())
    path.chmod(0o600)
    path.rename(kept / "elsewhere")
    path.symlink_to(kept / "elsewhere")
    with pytest.raises(NotSignedIn, match="cannot be read"):
        of_command(home, now())


def test_a_sign_in_cannot_be_proved_while_the_provider_is_away(home, provider, kept):
    Waiting(provider).login(home)
    provider.is_away = True
    with pytest.raises(NotSignedIn, match="try again"):
        of_command(home, now())


def test_without_a_place_for_it_the_sign_in_is_kept_in_the_home_of_the_account(home, provider, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", "not/a/whole/path")
    monkeypatch.setenv("HOME", str(tmp_path / "of-the-account"))
    Waiting(provider).login(home)
    assert len(list((tmp_path / "of-the-account" / ".config" / "gatehouse").iterdir())) == 1
    assert tokens.kept(configured(home))


@pytest.mark.parametrize("identity", ["", "account"])
def test_there_is_nothing_to_sign_in_to_where_commands_go_by_the_account(tmp_path, provider, kept, identity):
    if identity:
        write(tmp_path / "home", provider.metadata_url, identity=identity)
    for command in ("login", "logout"):
        done = gatehouse(command, "--home", tmp_path / "home")
        assert done.returncode == 1 and "by the account that runs them" in done.stderr


def test_the_commands_sign_in_and_out_and_show_no_secret(home, provider, kept):
    signing = subprocess.Popen(
        [sys.executable, "-m", "orchestration.cli", "login", "--home", str(home)],
        cwd=REPOSITORY,
        env=dict(os.environ),
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    asked = signing.stderr.readline()
    provider.approve(re.search(r"code (\S+)$", asked)[1], "bram")
    out, err = signing.communicate(timeout=60)
    assert signing.returncode == 0 and "signed in as bram.invented@example.org" in err, err
    assert not any(hidden in asked + out + err for hidden in (*provider.given, SECRET, COOKIE_SECRET))
    assert "signed out" in gatehouse("logout", "--home", home).stderr
    assert "nobody was signed in" in gatehouse("logout", "--home", home).stderr

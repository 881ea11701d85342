"""sign-in.toml: what it may hold, and that a faulty one never means a demonstration."""

import os

import pytest

from sign_in.configuration import ConfigurationError, configured, is_loopback
from tests.conftest import gatehouse
from tests.sign_in.conftest import COOKIE_SECRET, write
from tests.sign_in.provider import CLIENT, SECRET

METADATA = "https://login.example.org/realm/.well-known/openid-configuration"


def test_a_home_without_the_file_is_a_demonstration(tmp_path):
    assert configured(tmp_path) is None and configured(tmp_path / "not there") is None


def test_the_file_says_who_vouches_for_people_and_how_commands_know_who_asks(tmp_path):
    write(tmp_path, METADATA, rest='[person]\nclaim = "sub"\nminutes = 30\n', identity="account")
    found = configured(tmp_path)
    assert (found.issuer, found.client_id, found.identity) == ("https://login.example.org/realm", CLIENT, "account")
    assert (found.claim, found.minutes) == ("sub", 30)
    assert SECRET not in repr(found)


def test_unless_said_a_person_is_named_by_the_email_for_half_a_day_at_most(tmp_path):
    write(tmp_path, METADATA)
    assert (configured(tmp_path).claim, configured(tmp_path).minutes) == ("email", 720)


@pytest.mark.parametrize(
    "key", ["redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url", "expose_tokens", "identity"]
)
def test_a_missing_key_is_named(tmp_path, key):
    path = write(tmp_path, METADATA)
    path.write_text("".join(line for line in path.read_text().splitlines(True) if not line.startswith(key)))
    with pytest.raises(ConfigurationError, match=f"no {key} in "):
        configured(tmp_path)


FAULTS = {
    "a short cookie secret": (COOKIE_SECRET, "short-secret", "shorter than 32"),
    "an address that others can read": (
        "http://127.0.0.1:8501/oauth2callback",
        "http://dash.example.org/oauth2callback",
        "begin with https",
    ),
    "a host that only begins like this machine": ("//127.0.0.1:8501/", "//127.0.0.1.example.org/", "begin with https"),
    "another end of the address": ("/oauth2callback", "/", "/oauth2callback"),
    "a provider that others can overhear": ("https://login", "http://login", "server_metadata_url has to begin with https"),
    "a provider found elsewhere": (
        "openid-configuration",
        "oauth-authorization-server",
        "and to end with /.well-known/openid-configuration",
    ),
    "another way for commands": ('identity = "login"', 'identity = "anybody"', '"login" or "account"'),
    "a key misspelt": ("identity =", "identiy =", "does not know: identiy"),
    "another token than the ID token": ('expose_tokens = "id"', 'expose_tokens = "access"', 'has to be "id"'),
    "a key of Streamlit's that is not agreed": ("[commands]", 'client_kwargs = "x"\n[commands]', "does not know: client_kwargs"),
    "a second provider": ("[commands]", '[auth.other]\nclient_id = "x"\n[commands]', "does not know: other"),
    "another section": ("[commands]", "[comands]", "does not know: comands"),
    "a secret in the place of a key": ("client_secret =", '"s3cret-0815" = 1\nclient_secret =', "one that is no word"),
    "a number for a text": (f'"{CLIENT}"', "4711", "no client_id in"),
    "no TOML": ("[auth]", "[auth", "no file in TOML"),
    "a longer session than there is": ("[commands]", "[person]\nminutes = 721\n[commands]", "from 1 to 720"),
    "no session": ("[commands]", "[person]\nminutes = 0\n[commands]", "from 1 to 720"),
    "another claim": ("[commands]", '[person]\nclaim = "name"\n[commands]', '"email" or "sub"'),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_file_is_told_in_a_sentence_that_holds_no_secret(tmp_path, fault):
    right, wrong, told = FAULTS[fault]
    path = write(tmp_path, METADATA)
    assert right in path.read_text()
    path.write_text(path.read_text().replace(right, wrong, 1))
    with pytest.raises(ConfigurationError, match="sign-in.toml") as error:
        configured(tmp_path)
    assert told in str(error.value) and not any(secret in str(error.value) for secret in (SECRET, COOKIE_SECRET, "short-secret", "s3cret"))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602])
def test_a_file_that_others_may_read_or_write_is_none(tmp_path, mode):
    write(tmp_path, METADATA).chmod(mode)
    with pytest.raises(ConfigurationError, match="by others"):
        configured(tmp_path)


def test_a_file_that_cannot_be_read_is_a_fault_and_no_demonstration(tmp_path):
    (tmp_path / "sign-in.toml").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ConfigurationError, match="leads nowhere"):
        configured(tmp_path)
    os.unlink(tmp_path / "sign-in.toml")
    (tmp_path / "sign-in.toml").symlink_to("sign-in.toml")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        configured(tmp_path)
    os.unlink(tmp_path / "sign-in.toml")
    (tmp_path / "sign-in.toml").mkdir(0o700)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        configured(tmp_path)


@pytest.mark.parametrize(
    ("host", "is_here"),
    [("127.0.0.1", True), ("127.8.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("192.0.2.7", False),
     ("localhost.example.org", False), ("", False), (None, False)],
)  # fmt: skip
def test_this_machine_is_known_by_its_addresses(host, is_here):
    assert is_loopback(host) is is_here


def test_the_dashboard_is_not_served_to_others_where_nobody_signs_in(tmp_path):
    done = gatehouse("dashboard", "--home", tmp_path, "--address", "0.0.0.0")
    assert done.returncode == 1 and "not served on 0.0.0.0: without sign-in.toml" in done.stderr


def test_the_dashboard_is_not_served_where_nobody_could_sign_in(tmp_path):
    write(tmp_path, METADATA).chmod(0o644)
    done = gatehouse("dashboard", "--home", tmp_path)
    assert done.returncode == 1 and "nobody could sign in: sign-in.toml may be read" in done.stderr

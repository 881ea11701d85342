"""Who it is: what the claims of a token have to say, and when a session ends."""

import os
import pwd
from datetime import UTC, datetime, timedelta

import pytest

from sign_in import identity
from sign_in.configuration import NotSignedIn, configured
from sign_in.sessions import Sessions
from tests.sign_in.conftest import write
from tests.sign_in.provider import CLIENT

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
THEN = int(NOW.timestamp())
ISSUER = "https://login.example.org/realm"
CLAIMS = {"iss": ISSUER, "aud": CLIENT, "iat": THEN - 60, "exp": THEN + 3540, "sub": "Ab-17", "email": "Alma.Invented@example.org",
          "email_verified": True}  # fmt: skip


def sign_in(folder, rest=""):
    write(folder, f"{ISSUER}/.well-known/openid-configuration", rest=rest)
    return configured(folder)


def without(*names):
    return {name: value for name, value in CLAIMS.items() if name not in names}


def test_a_person_is_named_by_the_verified_email_in_small_letters(tmp_path):
    assert identity.person(sign_in(tmp_path), CLAIMS, NOW) == "alma.invented@example.org"


def test_a_sub_names_a_person_as_it_is_for_two_may_differ_in_the_size_of_a_letter(tmp_path):
    of = sign_in(tmp_path, '[person]\nclaim = "sub"\n')
    assert identity.person(of, without("email", "email_verified"), NOW) == "Ab-17"


@pytest.mark.parametrize("audience", [CLIENT, [CLIENT]])
def test_an_audience_may_be_a_list(tmp_path, audience):
    assert identity.person(sign_in(tmp_path), CLAIMS | {"aud": audience}, NOW)


def test_of_several_audiences_the_one_that_is_meant_has_to_be_us(tmp_path):
    assert identity.person(sign_in(tmp_path), CLAIMS | {"aud": [CLIENT, "another"], "azp": CLIENT}, NOW)


REFUSED = {
    "another issuer": ({"iss": "https://login.example.com/realm"}, "another identity provider"),
    "an issuer that begins alike": ({"iss": f"{ISSUER}2"}, "another identity provider"),
    "no issuer": ({"iss": None}, "another identity provider"),
    "another audience": ({"aud": "another"}, "another application"),
    "another audience, though meant for us": ({"aud": "another", "azp": CLIENT}, "another application"),
    "several audiences and nobody meant": ({"aud": [CLIENT, "another"]}, "another application"),
    "another is meant": ({"azp": "another"}, "another application"),
    "an audience that only holds our name": ({"aud": f"{CLIENT}-too"}, "another application"),
    "no audience": ({"aud": None}, "another application"),
    "expired": ({"exp": THEN}, "has expired"),
    "older than a session may be": ({"iat": THEN - 720 * 60, "exp": THEN + 60}, "has expired"),
    "from the future": ({"iat": THEN + 61}, "begins in the future"),
    "not yet": ({"nbf": THEN + 61}, "begins in the future"),
    "no end": ({"exp": None}, "from when to when"),
    "no beginning": ({"iat": None}, "from when to when"),
    "an end that is no number": ({"exp": "9999999999"}, "from when to when"),
    "an end that is true": ({"exp": True}, "from when to when"),
    "an end that never comes": ({"exp": float("inf")}, "from when to when"),
    "an end that cannot be compared": ({"exp": float("nan")}, "from when to when"),
    "an email that is not verified": ({"email_verified": False}, "not verified"),
    "an email of which nothing is said": ({"email_verified": None}, "not verified"),
    "verified by a word": ({"email_verified": "true"}, "not verified"),
    "no email": ({"email": None}, "no e-mail address"),
    "an email that is a list": ({"email": ["alma@example.org"]}, "no e-mail address"),
    "an email with a line break": ({"email": "alma@example.org\nbram@example.org"}, "no e-mail address"),
    # Its first letter is the Kelvin sign, a k when it is made small.
    "an email that turns into somebody else's": ({"email": "\u212aarl@example.org"}, "no e-mail address"),
    "an email like the name of an account": ({"email": "account:root@example.org"}, "no e-mail address"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_nobody_is_signed_in_by_claims_that_are_not_for_us_or_not_now_or_name_nobody(tmp_path, what):
    other, told = REFUSED[what]
    with pytest.raises(NotSignedIn, match=told) as error:
        identity.person(sign_in(tmp_path), CLAIMS | other, NOW)
    assert "example.org" not in str(error.value)


@pytest.mark.parametrize("sub", ["account:root", "", None, "a b", "a\x1bb", "a" * 255])
def test_no_person_has_the_name_of_an_account_or_one_that_cannot_be_written(tmp_path, sub):
    with pytest.raises(NotSignedIn, match="no `sub`"):
        identity.person(sign_in(tmp_path, '[person]\nclaim = "sub"\n'), CLAIMS | {"sub": sub}, NOW)


def test_a_session_ends_with_its_token_or_sooner_where_the_file_says_so(tmp_path):
    for rest, minutes in (("", 59), ("[person]\nminutes = 20\n", 19)):
        of = sign_in(tmp_path, rest)
        assert identity.person(of, CLAIMS, NOW + timedelta(minutes=minutes, seconds=-1))
        with pytest.raises(NotSignedIn, match="has expired"):
            identity.person(of, CLAIMS, NOW + timedelta(minutes=minutes))


def test_a_session_that_was_ended_is_ended_in_every_tab_and_for_nobody_else():
    known, first, second, other = Sessions(), CLAIMS | {"nonce": "1"}, CLAIMS | {"nonce": "2"}, CLAIMS | {"nonce": "3", "sub": "other"}
    until = THEN + 3540
    assert not any(known.is_ended("alma", one, until, THEN) for one in (first, second))
    assert not known.is_ended("bram", other, until, THEN)
    known.end("alma")
    assert known.is_ended("alma", first, until, THEN) and known.is_ended("alma", dict(reversed(second.items())), until, THEN)
    assert not known.is_ended("bram", other, until, THEN)
    assert not known.is_ended("alma", CLAIMS | {"nonce": "4"}, until, THEN), "signed in again"


def test_sessions_that_have_expired_take_no_room():
    known = Sessions()
    for n in range(100):
        known.is_ended("alma", {"nonce": n}, THEN + n, THEN + n - 1)
        known.end("alma")
    assert len(known._until) + len(known._ended) + sum(map(len, known._of.values())) <= 6


def test_without_sign_in_a_command_goes_by_the_account_whatever_the_environment_says(tmp_path, monkeypatch):
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "somebody.else")
    assert identity.of_command(tmp_path, NOW) == pwd.getpwuid(os.getuid()).pw_name


def test_a_command_goes_by_the_account_where_the_file_says_so_and_is_named_like_no_person(tmp_path):
    write(tmp_path, f"{ISSUER}/.well-known/openid-configuration", identity="account")
    assert identity.of_command(tmp_path, NOW) == f"account:{pwd.getpwuid(os.getuid()).pw_name}"


def test_by_a_faulty_file_no_command_knows_who_asks(tmp_path):
    write(tmp_path, f"{ISSUER}/.well-known/openid-configuration", identity="account").chmod(0o644)
    with pytest.raises(NotSignedIn, match="by others"):
        identity.of_command(tmp_path, NOW)

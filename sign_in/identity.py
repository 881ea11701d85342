"""Who it is: the name of a person, or of the account that runs a command."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sign_in.configuration import NotSignedIn, SignIn, configured

# Names of accounts, where people sign in too: no person may have one of these.
ACCOUNT = "account:"
# Seconds by which the provider's clock may be before ours.
CLOCKS_APART = 60


def account() -> str:
    """The account this process runs as, by its number: what the environment calls it may be anything."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container without a name for this user
        return f"uid {os.getuid()}"


def of_command(home: Path, now: datetime) -> str:
    """Who asks by a command. Where people do not sign in to the home, the account. Else as sign-in.toml says: `account:` and its name, or the
    person whom `gatehouse login` signed in. Raises NotSignedIn."""
    sign_in = configured(home)
    if sign_in is None:
        return account()
    if sign_in.identity == "account":
        return ACCOUNT + account()
    # Here, because the libraries take half a second that most commands need not wait.
    from sign_in import tokens

    try:
        return person(sign_in, tokens.claims(sign_in, tokens.kept(sign_in)), now)
    except NotSignedIn as error:
        raise NotSignedIn(str(error).replace("sign in again", "run `gatehouse login` again")) from None


def person(sign_in: SignIn, claims: Mapping[str, Any], now: datetime) -> str:
    """The name of whom an ID token vouches for. `claims`: what it says, its signature proved (sign_in/tokens.py); `now` has its time zone.

    An e-mail address is in small letters. A `sub` is as it is: the provider may have two that differ in the size of a letter only. Raises
    NotSignedIn where the token is not for us, not in force now, or does not name anybody."""
    if str(claims.get("iss", "")).rstrip("/") != sign_in.issuer.rstrip("/"):
        raise NotSignedIn("the sign-in is of another identity provider than the one agreed: sign in again")
    for_whom = claims.get("aud")
    readers = for_whom if isinstance(for_whom, list) else [for_whom]
    party = claims.get("azp")
    if sign_in.client_id not in readers or (party is None and len(readers) > 1) or (party is not None and party != sign_in.client_id):
        raise NotSignedIn("the sign-in is for another application than this one: sign in again")
    begins, until = session(sign_in, claims)
    seconds = now.timestamp()
    if max(begins, _number(claims, "nbf", 0)) > seconds + CLOCKS_APART:
        raise NotSignedIn("the sign-in begins in the future: the clock of this machine or of the identity provider is wrong")
    if until <= seconds:
        raise NotSignedIn("the session has expired: sign in again")
    return _email(claims) if sign_in.claim == "email" else _subject(claims)


def session(sign_in: SignIn, claims: Mapping[str, Any]) -> tuple[float, float]:
    """When a session began and when it ends, in seconds since 1970: with its token, or sooner where sign-in.toml says so. Raises NotSignedIn."""
    begins = _number(claims, "iat")
    return begins, min(_number(claims, "exp"), begins + 60 * sign_in.minutes)


def _number(claims: Mapping[str, Any], name: str, default: float | None = None) -> float:
    value = claims.get(name, default)
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) < 1e12:
        raise NotSignedIn("the sign-in does not say from when to when it holds: sign in again")
    return value


def _email(claims: Mapping[str, Any]) -> str:
    email = claims.get("email")
    if claims.get("email_verified") is not True:
        raise NotSignedIn("the identity provider has not verified the e-mail address: it has to be verified there first")
    # Only ASCII: among all other letters some turn into these when they are made small, and two people would have one name.
    if not isinstance(email, str) or not _is_plain(email) or email.count("@") != 1 or email.startswith(ACCOUNT):
        raise NotSignedIn("the identity provider gives no e-mail address that can name a person: ask whoever keeps it")
    return email.casefold()


def _subject(claims: Mapping[str, Any]) -> str:
    subject = claims.get("sub")
    if not isinstance(subject, str) or not _is_plain(subject) or subject.startswith(ACCOUNT):
        raise NotSignedIn("the identity provider gives no `sub` that can name a person: ask whoever keeps it")
    return subject


def _is_plain(name: str) -> bool:
    return 0 < len(name) <= 254 and name.isascii() and name.isprintable() and " " not in name

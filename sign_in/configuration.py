"""How people sign in: one file, `sign-in.toml` in the home, 0600. Without it nobody signs in and the home is a demonstration.

    [auth]                    as Streamlit reads it, which signs people in on the dashboard from the same file
    redirect_uri              address of the dashboard, with /oauth2callback
    cookie_secret             at least 32 characters
    client_id                 what the identity provider knows the dashboard by
    client_secret
    server_metadata_url       the provider's discovery document: its issuer with /.well-known/openid-configuration
    expose_tokens = "id"      so that pages get the ID token itself, whose signature is proved again (docs/adr/0016-sign-in.md)

    [commands]
    identity                  how commands know who asks: `login` (`gatehouse login`) or `account` (the account of this machine)

    [person]                  may be left out
    claim                     what names a person: `email`, which the provider has to have verified, or `sub`; `email` unless said
    minutes                   how long after signing in a session ends at the latest: up to 720, and 720 unless said

A file that is not as agreed means that nobody is signed in, never that the home is a demonstration.
"""

from __future__ import annotations

import ipaddress
import os
import stat
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

DISCOVERY = "/.well-known/openid-configuration"
LONGEST_MINUTES = 720
_SHORTEST_SECRET = 32
_LONGEST = 1 << 16  # bytes of the file
_AUTH = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url", "expose_tokens")
_CHOICES = {("commands", "identity"): ("login", "account"), ("person", "claim"): ("email", "sub")}
_KEYS = {"auth": _AUTH, "commands": ("identity",), "person": ("claim", "minutes")}


class NotSignedIn(Exception):
    """Nobody is signed in. The text says why and what to do, and holds nothing about a person and no secret."""


class ConfigurationError(NotSignedIn):
    """sign-in.toml is not as agreed, so nobody is signed in. The text says what is wrong."""


@dataclass(frozen=True)
class SignIn:
    """How people sign in to one home. `minutes`: how long a session lasts at most."""

    redirect_uri: str
    client_id: str
    client_secret: str = field(repr=False)
    server_metadata_url: str
    identity: str
    claim: str
    minutes: int

    @property
    def issuer(self) -> str:
        """Who issues the tokens: the discovery document lies below it."""
        return self.server_metadata_url.removesuffix(DISCOVERY)


def file(home: Path) -> Path:
    """Where a home says how people sign in."""
    return home / "sign-in.toml"


def configured(home: Path) -> SignIn | None:
    """How people sign in to a home; None where it does not say, as in a demonstration. Raises ConfigurationError."""
    try:
        handle = os.open(file(home), os.O_RDONLY | os.O_NONBLOCK)
        try:
            found, text = os.fstat(handle), os.read(handle, _LONGEST)
        finally:
            os.close(handle)
    except FileNotFoundError:
        if file(home).is_symlink():
            raise ConfigurationError("sign-in.toml is a link that leads nowhere: put the file there, or take the link away") from None
        return None
    except OSError as error:
        raise ConfigurationError(
            f"sign-in.toml cannot be read ({error.strerror}): the account that runs gatehouse has to be able to"
        ) from None
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigurationError("sign-in.toml may be read or written by others, and holds secrets: chmod 600 it, and renew the secrets")
    try:
        said = tomllib.loads(text.decode())
    except ValueError:  # what stands there is secret, so nothing of it is told
        raise ConfigurationError("sign-in.toml is no file in TOML: docs/how-to.md has one to start from") from None
    return _read(said)


def is_loopback(host: str | None) -> bool:
    """Whether a name or address of a host, without a port, is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def is_private(address: str) -> bool:
    """Whether nobody on the way can read what is sent to an address: https, or this machine."""
    try:
        parts = urlsplit(address)
        is_hidden = parts.scheme == "https" or parts.scheme == "http" and is_loopback(parts.hostname)
        return bool(parts.hostname) and parts.port != 0 and not parts.username and is_hidden
    except ValueError:
        return False


def _read(said: dict[str, Any]) -> SignIn:
    for section, rest in said.items():
        if section not in _KEYS:
            raise ConfigurationError(
                f"sign-in.toml has something it does not know: {_short(section)}. It has {', '.join(f'[{one}]' for one in _KEYS)}"
            )
        if not isinstance(rest, dict):
            raise ConfigurationError(f"sign-in.toml: {section} has to be a section, [{section}]")
        if unknown := sorted(set(rest) - set(_KEYS[section])):
            raise ConfigurationError(
                f"sign-in.toml has a key in [{section}] that it does not know: {_short(unknown[0])}. It has {', '.join(_KEYS[section])}"
            )
    auth = {key: said.get("auth", {}).get(key) for key in _AUTH}
    for key, value in auth.items():
        if not isinstance(value, str) or not value.strip():
            raise ConfigurationError(f'sign-in.toml has no {key} in [auth], or one that is no text: write {key} = "..."')
    if len(auth["cookie_secret"]) < _SHORTEST_SECRET:
        raise ConfigurationError(
            f"sign-in.toml: cookie_secret is shorter than {_SHORTEST_SECRET} characters: make a new one with `openssl rand -hex 32`"
        )
    if not is_private(auth["redirect_uri"]) or not auth["redirect_uri"].endswith("/oauth2callback"):
        raise ConfigurationError(
            "sign-in.toml: redirect_uri has to begin with https://, unless it is of this machine, and to end with /oauth2callback"
        )
    if not is_private(auth["server_metadata_url"]) or not auth["server_metadata_url"].endswith(DISCOVERY):
        raise ConfigurationError(
            f"sign-in.toml: server_metadata_url has to begin with https://, unless it is of this machine, and to end with {DISCOVERY}"
        )
    if auth["expose_tokens"] != "id":
        raise ConfigurationError('sign-in.toml: expose_tokens has to be "id": pages prove the signature of the ID token, and need no other')
    if "identity" not in said.get("commands", {}):
        raise ConfigurationError('sign-in.toml has no identity in [commands]: write identity = "login", or "account"')
    chosen = {key: said.get(section, {}).get(key, values[0]) for (section, key), values in _CHOICES.items()}
    for (section, key), values in _CHOICES.items():
        if chosen[key] not in values:
            raise ConfigurationError(f'sign-in.toml: {key} in [{section}] has to be "{values[0]}" or "{values[1]}"')
    minutes = said.get("person", {}).get("minutes", LONGEST_MINUTES)
    if not isinstance(minutes, int) or isinstance(minutes, bool) or not 1 <= minutes <= LONGEST_MINUTES:
        raise ConfigurationError(f"sign-in.toml: minutes in [person] has to be a whole number from 1 to {LONGEST_MINUTES}")
    for key in ("cookie_secret", "expose_tokens"):  # for Streamlit, which reads them there
        del auth[key]
    return SignIn(**auth, identity=chosen["identity"], claim=chosen["claim"], minutes=minutes)


def _short(name: str) -> str:
    """A key as it is told: someone may have put a secret in its place."""
    return name if name.isidentifier() and len(name) <= 24 else "one that is no word"

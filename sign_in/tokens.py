"""ID tokens: proved by the keys of the provider, and kept for the commands after.

The one of a command lies in the configuration folder of whoever signed in, who can write anything there. So its signature is proved at each
command, with keys fetched anew: keys kept beside it could be as false as the token.
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from ground.files import write_whole
from sign_in.configuration import NotSignedIn, SignIn, is_private

# What a token may be signed by: a key that only the provider has. Never `none`, nor by a secret that we know too.
SIGNED_BY = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")
_PATIENCE = 10  # seconds for one answer
_LONGEST_TOKEN = 1 << 16


class Provider:
    """The identity provider of a home: what it says of itself, and what it answers to us. Raises NotSignedIn."""

    def __init__(self, sign_in: SignIn):
        self._sign_in = sign_in
        self._metadata = _read(sign_in.server_metadata_url)
        if str(self._metadata.get("issuer", "")).rstrip("/") != sign_in.issuer.rstrip("/"):
            raise NotSignedIn("the identity provider names another issuer than the address it was found at: see server_metadata_url")

    def answer(self, endpoint: str, **sent: str) -> tuple[dict[str, Any], bool]:
        """What an endpoint answers when we ask as its client, and whether that is an error. Raises httpx.HTTPError where nothing comes."""
        client, secret = self._sign_in.client_id, self._sign_in.client_secret
        if "client_secret_post" in (self._metadata.get("token_endpoint_auth_methods_supported") or []):
            answer = httpx.post(self.address(endpoint), data={**sent, "client_id": client, "client_secret": secret}, timeout=_PATIENCE)
        else:  # the way every provider takes (RFC 6749, 2.3.1)
            auth = (quote(client, safe=""), quote(secret, safe=""))
            answer = httpx.post(self.address(endpoint), data={**sent, "client_id": client}, auth=auth, timeout=_PATIENCE)
        return _table(answer), answer.is_error

    def address(self, endpoint: str) -> str:
        """The address of an endpoint by its name in the discovery document."""
        address = self._metadata.get(endpoint)
        if not isinstance(address, str):
            raise NotSignedIn(f"the identity provider has no {endpoint}: ask whoever keeps it, or set identity to account in sign-in.toml")
        if not is_private(address):
            raise NotSignedIn(f"the {endpoint} of the identity provider is not https: ask whoever keeps it")
        return address

    def claims(self, token: str) -> dict[str, Any]:
        """What an ID token says, once its signature is proved."""
        try:
            keys = KeySet.import_key_set(_read(self.address("jwks_uri")))  # type: ignore[arg-type]
            registry = jws.JWSRegistry(algorithms=list(SIGNED_BY), strict_check_header=False)
            return dict(jwt.decode(token, keys, registry=registry).claims)
        except (JoseError, ValueError, TypeError, KeyError):
            raise NotSignedIn("the sign-in is not signed by the identity provider: sign in again") from None


def claims(sign_in: SignIn, token: str) -> dict[str, Any]:
    """What an ID token says, once its signature is proved by the keys the provider has now. Raises NotSignedIn."""
    return Provider(sign_in).claims(token)


def keep(sign_in: SignIn, token: str) -> None:
    """Keep an ID token for the commands after. Raises NotSignedIn."""
    path = _file(sign_in)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(path, token, 0o600)
    except OSError as error:
        raise NotSignedIn(
            f"the sign-in cannot be kept in {path.parent} ({error.strerror}): see to its rights, or set XDG_CONFIG_HOME"
        ) from None


def kept(sign_in: SignIn) -> str:
    """The ID token kept last. Raises NotSignedIn where there is none, or somebody else could have put it there."""
    path = _file(sign_in)
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as opened:
            found = os.fstat(handle)
            if found.st_uid != os.getuid() or found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise NotSignedIn(f"others may read or write {path}, where the sign-in is kept: run `gatehouse login` again")
            return opened.read(_LONGEST_TOKEN).decode("ascii")
    except FileNotFoundError:
        raise NotSignedIn("you are not signed in: run `gatehouse login --home DIR`") from None
    except (OSError, ValueError):
        raise NotSignedIn(f"the sign-in kept in {path} cannot be read: run `gatehouse login` again") from None


def forget(sign_in: SignIn) -> bool:
    """Throw the kept token away; whether there was one."""
    path = _file(sign_in)
    is_there = path.is_file()
    path.unlink(missing_ok=True)
    return is_there


def _file(sign_in: SignIn) -> Path:
    set_to = Path(os.environ.get("XDG_CONFIG_HOME") or "")
    folder = set_to if set_to.is_absolute() else Path.home() / ".config"
    of = hashlib.sha256(f"{sign_in.issuer}\n{sign_in.client_id}".encode()).hexdigest()[:32]
    return folder / "gatehouse" / f"{of}.token"


def _read(address: str) -> dict[str, Any]:
    try:
        answer = httpx.get(address, timeout=_PATIENCE)
    except httpx.HTTPError:
        raise NotSignedIn("the identity provider cannot be reached: try again, and see server_metadata_url in sign-in.toml") from None
    if answer.is_error:
        raise NotSignedIn("the identity provider does not say where to sign in: try again, and see server_metadata_url in sign-in.toml")
    return _table(answer)


def _table(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise NotSignedIn("the identity provider does not answer as it should: try again, or ask whoever keeps it")
    return found

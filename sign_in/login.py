"""`gatehouse login`: a command is signed in from any browser, by the device authorisation grant (RFC 8628)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from sign_in import tokens
from sign_in.configuration import NotSignedIn, SignIn, configured, is_private
from sign_in.identity import CLOCKS_APART, person

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
# Seconds, of RFC 8628: between two questions where the provider does not say, and more of it when it asks for patience.
_INTERVAL, _SLOWER = 5, 5
_LONGEST_WAIT = 3600
_SCOPE = "openid email"


def login(home: Path, clock: Callable[[], datetime], wait: Callable[[float], object], say: Callable[[str], object]) -> str:
    """Sign in a person at the identity provider and keep that for the commands after; returns the name.

    `clock` gives the time with its zone, `wait` waits for so many seconds, `say` tells the address and the code to whoever waits. Raises
    NotSignedIn."""
    sign_in = _for_commands(home)
    began = clock()
    provider = tokens.Provider(sign_in)
    token = _granted(provider, clock, wait, say)
    claims = provider.claims(token)
    name = person(sign_in, claims, clock())
    # There is no nonce in this grant that would show an answer of an earlier time.
    if claims["iat"] < began.timestamp() - CLOCKS_APART:
        raise NotSignedIn("the identity provider answered with a sign-in of before: run `gatehouse login` again")
    tokens.keep(sign_in, token)
    return name


def logout(home: Path) -> bool:
    """Forget who signed in; whether anybody had. Raises NotSignedIn."""
    return tokens.forget(_for_commands(home))


def _for_commands(home: Path) -> SignIn:
    sign_in = configured(home)
    if sign_in is None:
        raise NotSignedIn(f"nobody signs in to {home}: it has no sign-in.toml, and commands go by the account that runs them")
    if sign_in.identity == "account":
        raise NotSignedIn("sign-in.toml says that commands go by the account that runs them: there is nothing to sign in to")
    return sign_in


def _granted(
    provider: tokens.Provider, clock: Callable[[], datetime], wait: Callable[[float], object], say: Callable[[str], object]
) -> str:
    """The ID token, once the person has agreed."""
    asked = _ask(provider)
    say(f"To sign in, open {asked['verification_uri']} in any browser and enter the code {asked['user_code']}")
    interval = asked["interval"]
    ends = clock() + timedelta(seconds=asked["expires_in"])
    while clock() < ends:
        wait(interval)
        try:
            answer, is_error = provider.answer("token_endpoint", grant_type=GRANT, device_code=asked["device_code"])
        except httpx.HTTPError:
            interval *= 2  # as RFC 8628 asks where an answer does not come
            continue
        if not is_error and "error" not in answer:
            token = answer.get("id_token")
            if not isinstance(token, str) or not token:
                raise NotSignedIn("the identity provider gives no ID token: the scope openid has to be allowed there")
            return token
        match answer.get("error"):
            case "authorization_pending":
                pass
            case "slow_down":
                interval += _SLOWER
            case "access_denied":
                raise NotSignedIn("the sign-in was denied in the browser: nobody is signed in")
            case "expired_token":
                break
            case error:
                raise NotSignedIn(f"the identity provider refuses the sign-in{_word(error)}: see client_id and client_secret")
    raise NotSignedIn("nobody entered the code in time: run `gatehouse login` again")


def _ask(provider: tokens.Provider) -> dict[str, Any]:
    """Ask for a code. Of what comes back, what is shown is fit to be shown: it comes from elsewhere."""
    try:
        found, is_error = provider.answer("device_authorization_endpoint", scope=_SCOPE)
    except httpx.HTTPError:
        raise NotSignedIn("the identity provider cannot be reached: try again") from None
    if is_error:
        raise NotSignedIn(
            f"the identity provider gives no code to sign in with{_word(found.get('error'))}: see client_id and client_secret"
        )
    uri, code, device = (found.get(key) for key in ("verification_uri", "user_code", "device_code"))
    seconds = [found.get("interval", _INTERVAL), found.get("expires_in")]
    is_shown = isinstance(uri, str) and is_private(uri) and uri.isprintable() and re.fullmatch(r"[\w-]{4,32}", str(code), re.A)
    if not is_shown or not isinstance(device, str) or not all(isinstance(one, int) and one > 0 for one in seconds):
        raise NotSignedIn("the identity provider does not answer as RFC 8628 has it: ask whoever keeps it")
    return {
        "verification_uri": uri,
        "user_code": code,
        "device_code": device,
        "interval": seconds[0],
        "expires_in": min(seconds[1], _LONGEST_WAIT),
    }


def _word(error: object) -> str:
    """The kind of an error, where it is a word of the protocol and not whatever was sent."""
    return f" ({error})" if isinstance(error, str) and re.fullmatch(r"[a-z_]{3,40}", error) else ""

"""Who looks at a page, and whether they may look at all: nothing of an edition is read before `enter` has let them in.

Streamlit keeps the sign-in of a browser for 30 days, and that of an open tab for as long as it is open. So each run of a page asks anew
whether it still holds (sign_in/identity.py), and whether it was ended meanwhile (sign_in/sessions.py). Nor does it insist on a signature; what
is said of a person is read from the ID token, once that is proved (sign_in/tokens.py).
"""

import os
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from dashboard.parts import page
from sign_in import identity, tokens
from sign_in.configuration import NotSignedIn, SignIn, configured, is_loopback
from sign_in.sessions import Sessions

# What a proxy writes that passes on what others ask for; with X-Forwarded-For, -Host, -Proto and whatever else begins so.
_PASSED_ON, _PASSED_ON_BEGINS = ("forwarded", "via", "x-real-ip"), "x-forwarded"
_TRY = (
    "Whoever looks at it has to sign in. If you have just tried, what the identity provider sent was not accepted: try again, or ask whoever "
    "runs this dashboard."
)
_sessions = Sessions()


def enter(now: datetime) -> str:
    """Let in whoever looks at this run of a page: shows who that is and a way out, and returns the name. Whom it does not let in, is told
    why, and the run ends here."""
    if why := why_not_here():
        page.headline("Gatehouse", "The demonstration is for this machine alone.", why)
        st.stop()
    if is_demonstration():
        name = identity.account()
    elif name := person(now):
        st.sidebar.text(f"Signed in as {name}")
        with st.sidebar:
            sign_out_button(name)
    else:
        page.headline("Gatehouse", "Nobody is signed in.", why_not(now))
        sign_in_button()
        st.stop()
    return name


def is_demonstration() -> bool:
    """Whether the home has no way to sign in: its people are invented, and it is for this machine alone."""
    try:
        return _configured() is None
    except NotSignedIn:
        return False


def person(now: datetime) -> str:
    """Who is signed in; '' where nobody is, as in a demonstration."""
    try:
        return _person(now)
    except NotSignedIn:
        return ""


def why_not(now: datetime) -> str:
    """Why nobody is signed in, in a sentence or two; '' where somebody is."""
    try:
        return "" if _person(now) else _TRY
    except NotSignedIn as error:
        return f"{str(error)[:1].upper()}{str(error)[1:]}."


def sign_in_button() -> None:
    """The way to the identity provider, where there is one."""
    if "is_logged_in" in st.user and st.button("Sign in", type="primary"):
        st.login()


def sign_out_button(name: str) -> None:
    """Ends every session of the person that this server knows, and the browser's at the identity provider."""
    if st.button("Sign out"):
        _sessions.end(name)
        st.logout()


def why_not_here() -> str:
    """Why a demonstration is not shown to whoever asks; '' where it is, and where people sign in. A browser on this machine asks without a
    proxy, by a name of this machine, for a page of its own. Where there are no headers at all, nothing came over a network."""
    headers = st.context.headers
    if not is_demonstration() or not len(headers):
        return ""
    names = [name.lower() for name in headers]
    hosts = [_host(f"//{host}") for host in headers.get_all("Host") or [""]] + [_host(origin) for origin in headers.get_all("Origin")]
    peer = st.context.ip_address or "127.0.0.1"  # Streamlit leaves out that of this machine
    is_passed_on = any(name in _PASSED_ON or name.startswith(_PASSED_ON_BEGINS) for name in names)
    if is_passed_on or not all(map(is_loopback, hosts)) or not is_loopback(peer):
        return (
            "Without a way to sign in the dashboard answers nobody but a browser on the machine it runs on, as 127.0.0.1 or localhost. "
            "Whoever runs it sets sign-in up as docs/how-to.md says, and others can then be let in."
        )
    return ""


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _configured() -> SignIn | None:
    home = os.environ.get("GATEHOUSE_HOME", "").strip()
    return configured(Path(home)) if home else None


@st.cache_data(max_entries=1000, show_spinner=False)
def _proved(provider: str, application: str, token: str, _sign_in: SignIn) -> dict[str, Any]:
    """What an ID token says. Proved once: that its time is over is another question. Raises NotSignedIn."""
    return tokens.claims(_sign_in, token)


def _person(now: datetime) -> str:
    """Raises NotSignedIn where somebody signed in and it does not hold, or nobody can."""
    sign_in = _configured()
    if sign_in is None or st.user.get("is_logged_in") is not True:
        return ""
    claims = _proved(sign_in.server_metadata_url, sign_in.client_id, st.user.tokens.to_dict().get("id", ""), sign_in)
    name = identity.person(sign_in, claims, now)
    if _sessions.is_ended(name, claims, identity.session(sign_in, claims)[1], now.timestamp()):
        raise NotSignedIn("you have signed out: sign in again")
    return name

"""Who looks at a page."""

import streamlit as st

from edition.access import account


def is_demonstration() -> bool:
    """Whether nobody signs in here."""
    return "is_logged_in" not in st.user


def person() -> str:
    """Who has signed in; '' where nobody has."""
    if is_demonstration():
        return account()
    is_known = st.user.is_logged_in and st.user.get("email_verified", True)
    return str(st.user.get("email") or "") if is_known else ""


def why_not_here() -> str:
    """Why nothing is shown where the request comes from; '' where it is."""
    return ""


def sign_in() -> None:
    """The button that leads to sign-in."""
    st.button("Sign in", on_click=st.login)


def sign_out() -> None:
    """The button that ends it."""
    st.button("Sign out", on_click=st.logout)

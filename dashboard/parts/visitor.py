"""Who looks at a page."""

import streamlit as st

from edition.access import account


def name() -> str:
    """Who has signed in, where that is set up, '' where nobody has; else the account that runs the dashboard, which only this machine
    reaches."""
    if "is_logged_in" not in st.user:
        return account()
    is_known = st.user.is_logged_in and st.user.get("email_verified", True)
    return str(st.user.get("email") or "") if is_known else ""

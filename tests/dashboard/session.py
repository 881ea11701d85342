"""A tab without a browser: it speaks to the dashboard as Streamlit's own page does, and keeps what it is sent."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.Selectbox_pb2 import Selectbox
from websockets.asyncio.client import ClientConnection, connect

XSRF = "_streamlit_xsrf"


@dataclass
class Shown:
    """One run of a page to its end: what it was sent, in the order of its places, and the seconds from the question to the end."""

    seconds: float = 0.0
    elements: dict[tuple[int, ...], ForwardMsg] = field(default_factory=dict)
    is_part: bool = False  # of one part of the page alone, laid out by itself

    def of(self, kind: str) -> list:
        found = (one.delta.new_element for one in self.elements.values())
        return [getattr(one, kind) for one in found if one.WhichOneof("type") == kind]

    @property
    def html(self) -> str:
        return "".join(one.body for one in self.of("html") if "<style>" not in one.body)

    @property
    def words(self) -> str:
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", self.html))

    @property
    def everything(self) -> str:
        """All that was sent: charts with their data, choices, labels."""
        return b"\n".join(one.SerializeToString() for one in self.elements.values()).decode("latin-1")


class Tab:
    """A tab of a browser that has `cookies`."""

    def __init__(self, address: str, cookies: httpx.Cookies) -> None:
        self.address, self.cookies = address, cookies
        self.pages: dict[str, str] = {}
        self.page, self.query = "", ""
        self.shown = Shown()
        self.redirect = ""

    async def open(self, page: str, **query: str) -> Shown:
        """Connect, and look at a page."""
        told = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.socket: ClientConnection = await connect(
            f"ws://{urlsplit(self.address).netloc}/_stcore/stream", origin=self.address, additional_headers={"Cookie": told},
            subprotocols=["streamlit", self.cookies[XSRF]], max_size=None, proxy=None, ping_interval=None,
        )  # fmt: skip
        return await self.look(page, **query)

    async def look(self, page: str, **query: str) -> Shown:
        """Follow a link to a page."""
        self.page, self.query = page, urlencode(query)
        return await self._run()

    async def choose(self, box: Selectbox, option: str) -> Shown:
        return await self._run((box.id, {"string_value": option}))

    async def begin_task(self, kind: str) -> Shown:
        (asked,) = [one for one in self.shown.of("selectbox") if one.label.startswith("What do you read")]
        (begin,) = [one for one in self.shown.of("button") if one.label == "Begin this task"]
        return await self._run((asked.id, {"string_value": kind}), (begin.id, {"trigger_value": True}))

    async def act(self, widget: str, value: dict) -> Shown:
        """Act on a widget (by its id), in the part of the page that it stands in: returns that part, or the whole page where it is laid out anew."""
        (part,) = {
            one.delta.fragment_id for one in self.shown.elements.values() if (kind := one.delta.new_element.WhichOneof("type")) and getattr(getattr(one.delta.new_element, kind), "id", "") == widget
        }  # fmt: skip
        return await self._run((widget, value), part=part)

    async def press(self, label: str) -> Shown:
        (button,) = [one for one in self.shown.of("button") if one.label == label]
        return await self._run((button.id, {"trigger_value": True}))

    async def close(self) -> None:
        await self.socket.close()

    async def _run(self, *widgets: tuple[str, dict], part: str = "") -> Shown:
        asked = BackMsg()
        asked.rerun_script.fragment_id = part
        asked.rerun_script.query_string = self.query
        asked.rerun_script.page_script_hash = self.pages.get(self.page, "")
        asked.rerun_script.page_name = "" if self.pages else self.page
        for widget, value in widgets:
            asked.rerun_script.widget_states.widgets.add(id=widget, **value)
        began = time.monotonic()
        await self.socket.send(asked.SerializeToString())
        shown = Shown()
        while True:
            message = ForwardMsg.FromString(await self.socket.recv())
            match message.WhichOneof("type"):
                case "new_session":
                    shown = Shown()
                case "delta" if message.delta.WhichOneof("type") == "new_element":
                    shown.elements[tuple(message.metadata.delta_path)] = message
                case "navigation":
                    self.pages = {one.url_pathname: one.page_script_hash for one in message.navigation.app_pages}
                case "page_info_changed":
                    self.query = message.page_info_changed.query_string
                case "auth_redirect":
                    self.redirect = message.auth_redirect.url
                case "ref_hash":
                    raise AssertionError("The server thinks that this tab has kept something.")
                case "script_finished" if message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    shown.is_part = message.script_finished == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY
                    assert shown.is_part or message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY, message
                    break
        shown.seconds = time.monotonic() - began
        # Of a part alone the rest stays as it was.
        self.shown = Shown(shown.seconds, self.shown.elements | shown.elements, True) if shown.is_part else shown
        return shown


async def sign_in(address: str, sub: str) -> httpx.Cookies:
    """The cookies of a browser in which somebody has signed in: a click on the dashboard, the name at the provider, and the way back."""
    async with httpx.AsyncClient(base_url=address, follow_redirects=True, trust_env=False, timeout=60) as browser:
        await browser.get("/_stcore/health")
        tab = Tab(address, browser.cookies)
        await tab.open("region")
        await tab.press("Sign in")
        await tab.close()
        asked = await browser.get(tab.redirect)
        await browser.post(asked.url, data={"sub": sub})
        own = httpx.Cookies()
        for one in browser.cookies.jar:
            if one.name.startswith("_streamlit"):
                own.set(one.name, one.value or "")
        return own

"""Nobody waits for more than two seconds without being told for what."""

from __future__ import annotations

import time
from types import SimpleNamespace

from orchestration import settings as place


def test_what_takes_long_is_said_again_with_its_seconds(capsys, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(place, "time", SimpleNamespace(monotonic=lambda: now[0]))
    with place.still_saying():
        place.say("linkage: joining records into persons")
        # It looks every half second: once before it is due, and then twice, to say it once.
        for later in (2.9, 0.9, 0.1):
            now[0] += later
            time.sleep(0.6)
        place.say("publish: exit door")
    assert capsys.readouterr().err.splitlines() == [
        "linkage: joining records into persons", "  linkage: joining records into persons ... 3 s", "publish: exit door"
    ]  # fmt: skip

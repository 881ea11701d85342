"""Nobody waits for more than two seconds without being told for what."""

from __future__ import annotations

import time

from orchestration import settings as place


def test_what_takes_long_is_said_again_with_its_seconds(capsys):
    with place.still_saying():
        place.say("linkage: joining records into persons")
        time.sleep(3.8)
        place.say("publish: exit door")
    assert capsys.readouterr().err.splitlines() == [
        "linkage: joining records into persons", "  linkage: joining records into persons ... 3 s", "publish: exit door"
    ]  # fmt: skip

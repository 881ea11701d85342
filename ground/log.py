"""What a process tells whoever runs it: lines of text for a person who waits, or lines of JSON where GATEHOUSE_LOG=json asks for them, as
under systemd. Neither holds anything about a person."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from datetime import UTC, datetime
from types import TracebackType


def is_json() -> bool:
    """Whether machines read what this process says."""
    return os.environ.get("GATEHOUSE_LOG") == "json"


def tell(event: str, level: int = logging.INFO, **facts: str | int | float) -> None:
    """One line on stderr. `facts` are told in JSON only: numbers, ids of editions and names of our own pages and tables, and never who did
    something, which only the access record tells."""
    _log.log(level, event, extra={"facts": facts})


def stop_in_json() -> None:
    """From now on an error that nobody foresaw is one line with its kind, where machines read what this process says: its message and its
    stack may quote a record."""
    if is_json():
        sys.excepthook = _stopped


def without_values(text: str) -> str:
    """Database errors quote values of rows, which may be about a person; what is quoted is cut out."""
    return re.sub(r'"[^"\n]*:[^"\n]*"', '"..."', re.sub(r"'[^'\n]*'", "'...'", text))


def _stopped(kind: type[BaseException], _error: BaseException, _stack: TracebackType | None) -> None:
    tell(f"stopped on {kind.__name__}", logging.CRITICAL)


class _Stderr(logging.Handler):
    """Of the moment: whoever redirects stderr gets what is said from then on."""

    def emit(self, record: logging.LogRecord) -> None:
        print(_as_json(record) if is_json() else record.getMessage(), file=sys.stderr, flush=True)


def _as_json(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    said = {"time": at, "level": record.levelname.lower(), "event": without_values(record.getMessage().strip())}
    return json.dumps({**said, **getattr(record, "facts", {})})


_log = logging.getLogger("gatehouse")
_log.addHandler(_Stderr())
_log.setLevel(logging.INFO)
_log.propagate = False

"""Which sessions people have ended. A tab that is open keeps the sign-in it began with, and a copied cookie outlives the browser's: neither
knows that somebody has signed out, so the process that serves the pages does."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping
from typing import Any


class Sessions:
    """The sessions of one process, each known by the hash of its claims: a token is issued once, with a nonce of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until: dict[str, float] = {}
        self._of: dict[str, set[str]] = {}
        self._ended: set[str] = set()

    def is_ended(self, person: str, claims: Mapping[str, Any], until: float, now: float) -> bool:
        """Whether the session was ended; one that was not is known from now on. `until`: when it expires, like `now` in seconds since 1970."""
        session = _hash(claims)
        with self._lock:
            for old in [one for one, end in self._until.items() if end <= now]:
                del self._until[old]
                self._ended.discard(old)
            self._of = {name: left for name, all_of in self._of.items() if (left := all_of & self._until.keys())}
            self._until[session] = until
            self._of.setdefault(person, set()).add(session)
            return session in self._ended

    def end(self, person: str) -> None:
        """End every session of a person that is known: also of a tab that was signed in apart from the others."""
        with self._lock:
            self._ended |= self._of.get(person, set())


def _hash(claims: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(claims, sort_keys=True, default=str).encode()).hexdigest()

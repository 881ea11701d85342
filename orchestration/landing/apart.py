"""Work on delivered files in a process of its own, within bounds.

What a file says can make its reader crash, fill the memory or never end, and no thread can be stopped at that. So each file is read in a
child of this process, which is watched and killed; this process goes on.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

_LOOK_EVERY = 0.02  # seconds
_WAITING = 2.5  # a child that takes this many times its seconds, at work or not, has been given enough
_PAGE, _TICKS = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_CLK_TCK")
_forking = threading.Lock()


@dataclass(frozen=True)
class Bound:
    """What the work on one file may take: `seconds` of a processor, `memory` in bytes."""

    seconds: float
    memory: int


class OutOfBoundsError(Exception):
    """The work took more than its bound; the message says of what."""


class KilledError(Exception):
    """The child ended of itself (`signal` is how, else None) while it worked."""

    def __init__(self, how: int | None) -> None:
        super().__init__(how)
        self.signal = how


class Apart:
    """One child for one piece of work after the other; a new one after one that was killed. `work` is run in the child, which is forked
    when it is first asked: it sees what this process holds then. `may_fork` is called before: it waits until no thread imports modules."""

    def __init__(self, work: Callable[[Any], Any], may_fork: Callable[[], Any] = lambda: None) -> None:
        self._work, self._may_fork = work, may_fork
        self._child: Any = None
        self._line: Connection | None = None

    def __enter__(self) -> Apart:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._child is not None and self._line is not None:
            self._child.kill()
            self._child.join()
            self._line.close()
        self._child = self._line = None

    def start(self) -> None:
        """The child, where there is none."""
        if self._child is None:
            self._may_fork()
            with _forking:
                self._line, theirs = multiprocessing.Pipe()
                self._child = multiprocessing.get_context("fork").Process(
                    target=_serve, args=(theirs, self._work, os.getpid()), daemon=True
                )
                self._child.start()
                theirs.close()

    def ask(self, what: Any, bound: Bound) -> Any:
        """What `work` makes of `what`. Raises what it raises, OutOfBoundsError and KilledError."""
        self.start()
        assert self._line is not None
        seconds, memory = _used(self._child.pid)
        began = time.monotonic()
        self._line.send(what)
        try:
            while not self._line.poll(_LOOK_EVERY):
                if not self._child.is_alive() and not self._line.poll():
                    how = self._child.exitcode
                    raise KilledError(-how if how is not None and how < 0 else None)
                now = _used(self._child.pid)
                if now[1] - memory > bound.memory:
                    raise OutOfBoundsError("memory")
                if max(now[0] - seconds, (time.monotonic() - began) / _WAITING) > bound.seconds:
                    raise OutOfBoundsError("time")
            is_good, said = self._line.recv()
        except EOFError:
            self._child.join()
            how = self._child.exitcode
            self.close()
            raise KilledError(-how if how is not None and how < 0 else None) from None
        except BaseException:
            self.close()
            raise
        if not is_good:
            raise said
        return said


def _serve(line: Connection, work: Callable[[Any], Any], parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent's to decide
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    gc.freeze()
    gc.enable()
    while True:
        try:
            what = line.recv()
        except EOFError:
            return
        try:
            said = True, work(what)
        except Exception as error:
            said = False, error
        line.send(said)


def _end_with(parent: int) -> None:
    """Ends this process when `parent` has ended, however: it must not go on and hold what the parent held."""
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)


def _used(pid: int) -> tuple[float, int]:
    """Seconds of a processor and bytes of memory that a process uses. Noughts where the system does not tell."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0, 0
    return (int(after_name[11]) + int(after_name[12])) / _TICKS, pages * _PAGE

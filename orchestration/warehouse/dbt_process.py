"""dbt as a child process that never outlives the refresh that started it.

A refresh that is killed must not leave a dbt behind that still writes to the warehouse of the next one. Run as a file, by
its path: the package is only made known, for the models that are Python.
"""

import atexit
import ctypes
import gc
import os
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1


def drop_debug_events() -> None:
    """dbt words every debug event in full, twice, before its loggers drop it, which is a quarter of a small refresh. Here they
    are dropped first, where no logger takes them."""
    import logging

    from dbt_common.events.base_types import EventLevel
    from dbt_common.events.event_manager import EventManager

    fire = EventManager.fire_event

    def fire_event(self, e, level=None, **more):
        takers = (logger._python_logger for logger in self.loggers)
        kept = self.callbacks or any(t and t.isEnabledFor(logging.DEBUG) for t in takers)
        if (level or e.level_tag()) == EventLevel.DEBUG and not kept:
            return
        fire(self, e, level=level, **more)

    EventManager.fire_event = fire_event


def read_once_for_all_homes() -> None:
    """dbt takes the path of the warehouse for a part of the project and would read that anew for each home, which takes it ten
    seconds."""
    from dbt.adapters.duckdb.credentials import DuckDBCredentials

    keys = DuckDBCredentials._connection_keys
    DuckDBCredentials._connection_keys = lambda self: tuple(key for key in keys(self) if key != "path")


if __name__ == "__main__":
    # One build and then the end: looking for rubbish meanwhile, and tidying up after it, took seconds.
    gc.disable()
    atexit.register(gc.freeze)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == 1 and os.environ.get("DAGSTER_DBT_CLI"):
            sys.exit("the refresh that started this dbt is gone")
    # Behind everything else, so that no name of ours hides one of theirs.
    sys.path.append(str(Path(__file__).resolve().parents[2]))
    from dbt.cli.main import cli

    drop_debug_events()
    read_once_for_all_homes()
    cli()

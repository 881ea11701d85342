"""What of dbt, and of Dagster's way to run it, is other here than upstream has it: each with its reason. tests/run/test_patches.py fails
when upstream has moved, so that a patch is looked at again or taken out."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cached_property
from importlib import metadata
from typing import Any

from packaging import version


def drop_debug_events() -> None:
    """dbt words every debug event in full, twice, before its loggers drop it, which is a quarter of a small refresh. Here they
    are dropped first, where no logger takes them."""
    from dbt_common.events.base_types import BaseEvent, EventLevel
    from dbt_common.events.event_manager import EventManager

    fire = EventManager.fire_event

    def fire_event(self: EventManager, e: BaseEvent, level: EventLevel | None = None, **more: Any) -> None:
        takers = (logger._python_logger for logger in self.loggers)
        kept = self.callbacks or any(t and t.isEnabledFor(logging.DEBUG) for t in takers)
        if (level or e.level_tag()) == EventLevel.DEBUG and not kept:
            return
        fire(self, e, level=level, **more)

    EventManager.fire_event = fire_event  # type: ignore[method-assign, assignment]


def read_once_for_all_homes() -> None:
    """dbt takes the path of the warehouse for a part of the project and would read that anew for each home, which takes it ten
    seconds."""
    from dbt.adapters.duckdb.credentials import DuckDBCredentials

    keys = DuckDBCredentials._connection_keys
    DuckDBCredentials._connection_keys = lambda self: tuple(key for key in keys(self) if key != "path")  # type: ignore[method-assign]


class NothingAskedTwice:
    """Parts of Dagster's DbtCliResource that ask what is known: put before it among the bases."""

    @cached_property
    def _cli_version(self) -> version.Version:
        # The inherited way runs `dbt --version`, which costs two seconds and asks a package index.
        return version.Version(metadata.version("dbt-core"))

    def _initialize_dbt_core_adapter(self, _args: Sequence[str]) -> Any:
        # Only for fetching column and row metadata, which we do not; it would load dbt's macros here once more. Dagster goes on without.
        return None

"""What of dbt, and of Dagster's way to run it, is other here than upstream has it: each with its reason. tests/run/test_patches.py fails
when upstream has moved, so that a patch is looked at again or taken out."""

from __future__ import annotations

import functools
import inspect
import logging
import threading
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging import version


def drop_debug_events() -> None:
    """dbt builds every debug event and words it in full, twice, before its loggers drop it, which is a third of a small refresh. Here
    they are dropped first, where no logger takes them, and built only when somebody looks at them."""
    from dbt.tracking import track_behavior_change_warn
    from dbt_common.events.base_types import BaseEvent, EventLevel
    from dbt_common.events.event_manager import EventManager

    fire, build = EventManager.fire_event, BaseEvent.__init__

    def fire_event(self: EventManager, e: BaseEvent, level: EventLevel | None = None, **more: Any) -> None:
        takers = (logger._python_logger for logger in self.loggers)
        # dbt always hands events to one callback, which looks for one warning.
        told = any(callback is not track_behavior_change_warn for callback in self.callbacks)
        kept = told or any(t and t.isEnabledFor(logging.DEBUG) for t in takers)
        if (level or e.level_tag()) == EventLevel.DEBUG and not kept:
            return
        fire(self, e, level=level, **more)

    def built_later(self: BaseEvent, *given: Any, **named: Any) -> None:
        if self.level_tag() == EventLevel.DEBUG:
            self.__dict__["given"] = given, named
        else:
            build(self, *given, **named)

    def built(self: BaseEvent) -> Any:
        if "built" not in self.__dict__:
            given, named = self.__dict__.pop("given")
            build(self, *given, **named)
        return self.__dict__["built"]

    EventManager.fire_event = fire_event  # type: ignore[method-assign, assignment]
    BaseEvent.__init__ = built_later  # type: ignore[method-assign]
    BaseEvent.pb_msg = property(built, lambda self, made: self.__dict__.update(built=made))


def word_events_once() -> None:
    """Each event becomes a line of JSON twice, for the log and for Dagster, and each time dbt looks through the environment for secrets
    that the line must not hold. Here a line is made once, and the environment, which does not change, looked through once."""
    from dbt_common.events import functions, logger
    from dbt_common.exceptions import env_secrets

    word = logger._JsonLogger.create_line
    last = threading.local()

    def create_line(self: logger._JsonLogger, msg: Any) -> str:
        made = getattr(last, "made", None)
        if made is None or made[0] is not msg or made[1] is not self.scrubber:
            made = last.made = msg, self.scrubber, word(self, msg)
        return made[2]

    logger._JsonLogger.create_line = create_line  # type: ignore[method-assign]
    functions.env_secrets = functools.cache(env_secrets)  # type: ignore[attr-defined]


def find_macros_once() -> None:
    """For each table and test dbt looks every macro up by its name in five dictionaries. Here they are put into one."""
    from dbt.context.macros import MacroNamespace

    def found(self: MacroNamespace) -> dict[str, Any]:
        if "found" not in self.__dict__:
            self.__dict__["found"] = {name: macro for names in reversed([*self._search_order()]) for name, macro in names.items()}
        return self.__dict__["found"]

    MacroNamespace.__getitem__ = lambda self, key: found(self)[key]  # type: ignore[method-assign]
    MacroNamespace.__iter__ = lambda self: iter(found(self))  # type: ignore[method-assign]
    MacroNamespace.__len__ = lambda self: len(found(self))  # type: ignore[method-assign]


def answer_nothing_once() -> None:
    """A statement that answers nothing is answered with an empty table, for which agate learns anew to read dates in words."""
    from dbt_common.clients import agate_helper

    agate_helper.empty_table = functools.cache(agate_helper.empty_table)


def read_once_for_all_homes() -> None:
    """dbt takes the path of the warehouse for a part of the project and would read that anew for each home, which takes it ten
    seconds."""
    from dbt.adapters.duckdb.credentials import DuckDBCredentials

    keys = DuckDBCredentials._connection_keys
    DuckDBCredentials._connection_keys = lambda self: tuple(key for key in keys(self) if key != "path")  # type: ignore[method-assign]


def write_manifest_once() -> None:
    """dbt writes the project it has read to a file twice in every run, a second each time. Here the folder for it is one of this state of the
    project (settings.dbt_target): what is there already is the same."""
    from dbt.constants import MANIFEST_FILE_NAME
    from dbt.parser import manifest
    from dbt.task import runnable

    write = manifest.write_manifest

    def write_manifest(read: Any, target_path: str, which: str | None = None) -> None:
        if not Path(target_path, MANIFEST_FILE_NAME).exists():
            write(read, target_path, which)

    manifest.write_manifest = runnable.write_manifest = write_manifest  # type: ignore[attr-defined, assignment]


def count_assets_once() -> None:
    """Dagster makes out, for each table and check that is done, which tables and checks belong to the step: work that grows with the square of
    their number."""
    from dagster import AssetsDefinition
    from dagster._core.execution.context.system import StepExecutionContext

    for of, name in ((AssetsDefinition, "asset_and_check_keys"), (StepExecutionContext, "get_output_asset_keys")):
        inherited = inspect.getattr_static(of, name)
        if not getattr(inherited, "is_once", False):
            setattr(of, name, Once(name, inherited))


def version_no_tables() -> None:
    """Dagster makes out a version of each table from those of the tables it is made of, which it reads back from its store one at a time. A refresh
    makes every table anew, so that none is ever behind another and nobody asks."""
    from dagster._core.execution.context.data_version_cache import DataVersionCache

    DataVersionCache.fetch_external_input_asset_version_info = lambda self: None  # type: ignore[method-assign]


class Once:
    """In place of a property, or of a method without arguments: it is worked out once for each object."""

    is_once = True

    def __init__(self, name: str, inherited: Any) -> None:
        self.name, self.inherited = f"once {name}", inherited

    def __get__(self, of: Any, kind: Any = None) -> Any:
        if of is None:
            return self
        if self.name not in of.__dict__:
            asked = self.inherited.__get__(of, kind)
            of.__dict__[self.name] = asked if isinstance(self.inherited, property) else asked()
        found = of.__dict__[self.name]
        return found if isinstance(self.inherited, property) else lambda: found


class NothingAskedTwice:
    """Parts of Dagster's DbtCliResource that ask what is known: put before it among the bases."""

    @functools.cached_property
    def _cli_version(self) -> version.Version:
        # The inherited way runs `dbt --version`, which costs two seconds and asks a package index.
        return version.Version(metadata.version("dbt-core"))

    def _initialize_dbt_core_adapter(self, _args: Sequence[str]) -> Any:
        # Only for fetching column and row metadata, which we do not; it would load dbt's macros here once more. Dagster goes on without.
        return None

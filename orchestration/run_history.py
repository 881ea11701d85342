"""Where Dagster keeps the events of a run: its own SQLite store, its files kept open.

Named in dagster.yaml, so that a refresh by hand, the UI, the schedule and the sensor all use it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME, SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event


class KeptOpen(SqliteEventLogStorage):
    """Dagster's store opens its file, prepares each statement and waits for the disk anew for each of 2,000 events, which was half of a
    refresh. This one keeps the index and the file of one run open. A power cut may cost the end of the history; editions are synced on
    their own.

    `base_dir`: DAGSTER_HOME; the files lie where Dagster would put them, in `history/runs`, and are the same."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None):
        self._engines: dict[str, Engine] = {}
        self._tables: set[str] = set()
        self._indexes: set[str] = set()
        self._columns: set[str] = set()
        super().__init__(str(Path(base_dir) / "history" / "runs"), inst_data)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> KeptOpen:
        """As dagster.yaml gives it. The inherited one makes the store it is inherited from."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine, for_index_shard=shard == INDEX_SHARD_NAME)
                self._initialized_dbs.add(shard)
            with engine.begin() as con:
                yield con

    def has_table(self, table_name: str) -> bool:
        """Asked for each event, of tables that are never taken away."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def has_secondary_index(self, name: str) -> bool:
        """Asked twice for each table that is looked up; once made it stays."""
        if name not in self._indexes and super().has_secondary_index(name):
            self._indexes.add(name)
        return name in self._indexes

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        """Asked for each table that is looked up or made, of columns that stay."""
        if column_name not in self._columns and super()._has_asset_key_col_on_connection(conn, column_name):
            self._columns.add(column_name)
        return column_name in self._columns

    def _engine(self, shard: str) -> Engine:
        if shard not in self._engines:
            # The UI looks at one run after the other: no more than two files are held.
            for other in self._engines.keys() - {INDEX_SHARD_NAME}:
                self._engines.pop(other).dispose()
            self._engines[shard] = create_engine(
                self.conn_string_for_shard(shard), connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS}
            )
            event.listen(self._engines[shard], "connect", _without_waiting)
        return self._engines[shard]

    def dispose(self) -> None:
        for engine in self._engines.values():
            engine.dispose()
        super().dispose()


def _without_waiting(connection: Any, _record: Any) -> None:
    connection.execute("pragma synchronous = off")

"""Dagster's history in SQLite, by engines that are kept.

Dagster's own storage makes an SQLAlchemy engine for every event, which compiles each statement anew: a third
of what it takes to note one. The files are the same; either class reads what the other has written.
Connections are not kept: a lock of SQLite's ends when anything in the process closes the file, and a file
may be replaced.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, NullPool, create_engine
from sqlalchemy.event import listens_for

__all__ = ["SqliteEventLog"]

_ENGINES = 16


class SqliteEventLog(SqliteEventLogStorage):
    """Dagster's event log in its usual files."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engine, self._tables = lru_cache(_ENGINES)(_engine), set[str]()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> Self:
        """The log of the home that ``base_dir`` names, where Dagster's own class would put it."""
        home = Path(config_value["base_dir"]).expanduser()
        return cls(str(home / "history" / "runs"), inst_data)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engine(self.conn_string_for_shard(shard))
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection

    def has_table(self, table_name: str) -> bool:
        """Whether the index has a table; one that is there stays."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables


def _engine(url: str) -> Engine:
    engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})

    @listens_for(engine, "connect")
    def sync_once(connection: Any, _: object) -> None:
        # Once, when the last connection is closed; not before that as well. A power cut may take the newest
        # events, never the file, and the tables' commits tell them again: `lakehouse sync`.
        connection.execute("PRAGMA synchronous = NORMAL")

    return engine

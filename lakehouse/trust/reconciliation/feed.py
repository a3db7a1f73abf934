"""How far the changes of a source system have landed, and which rows are certain to have.

A change capture tells its database what lies in the bucket: its slot's ``confirmed_flush_lsn``. All that was
committed before has landed, on an idle database too. The slot's ``catalog_xmin`` is the oldest transaction
that was not over by then, so a row written by an older one has landed for certain (PostgreSQL's manual,
*pg_replication_slots*). Without such a slot only the newest load says how far it is, and of no row whether.
"""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lakehouse.capture.loads import list_loads
from lakehouse.lake import Lake

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["Feed"]

_LOOK_AGAIN = 1.0  # seconds


@dataclass(frozen=True, slots=True)
class Feed:
    """What leads from a source system's database into the bucket of a lake."""

    lake: Lake
    connection: "Connection[Any]"
    system: str

    def reaches(self, position: int, *, until: float = 0.0) -> bool:
        """Whether all that was committed before a log position has landed.

        A capture is waited for until a monotonic time; the next dump may be far away.
        """
        while (landed := self._landed_up_to()) < position and self._slot() and time.monotonic() < until:
            time.sleep(_LOOK_AGAIN)
        return landed >= position

    def horizon(self) -> str | None:
        """The transaction before which all have landed; None where nothing tells."""
        slot = self._slot()
        return slot[1] if slot else None

    def _landed_up_to(self) -> int:
        """A log position; -1 for nothing."""
        slot = self._slot()
        if slot:
            return slot[0]
        bucket, home = self.lake.settings.bucket_dir, self.lake.settings.bucket_dir / self._folder
        tables = [entry.name for entry in home.iterdir() if entry.is_dir()] if home.is_dir() else []
        newest = (list_loads(bucket, self._folder, table).loads[-1:] for table in tables)
        return max((load.position for loads in newest for load in loads), default=-1)

    def _slot(self) -> tuple[int, str] | None:
        """What the capture has confirmed, and its oldest transaction; None without the usual slot."""
        rows = self.connection.execute(
            "SELECT (confirmed_flush_lsn - '0/0')::bigint, catalog_xmin::text FROM pg_replication_slots"
            " WHERE slot_name = %s AND database = current_database()"
            " AND confirmed_flush_lsn IS NOT NULL AND catalog_xmin IS NOT NULL",
            [f"{self._folder}_capture"],
        ).fetchall()
        return next(((int(position), str(oldest)) for position, oldest in rows), None)

    @property
    def _folder(self) -> str:
        """Of the bucket."""
        return self.lake.settings.feeds.get(self.system, self.system)

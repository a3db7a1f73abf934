"""The replication slot: how far the database may forget its log, and how much it still keeps for us."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lakehouse.errors import CaptureError, SlotLost, explain

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = [
    "START_OVER",
    "Slot",
    "check_slot",
    "drop_slot",
    "log_position",
    "lsn_text",
    "read_slot",
    "wait_until_free",
]

START_OVER = (
    "start over with a new snapshot (ChangeCapture.start_over); the tables' full loads then take the place"
    " of what was missed, but the changes in between are gone"
)
_RELEASE_SECONDS = 15.0  # a killed engine's connection lingers for a moment


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot as the database describes it; positions and sizes in bytes of log.

    ``confirmed`` is how far we said that the log is in the bucket, ``current`` where the database
    writes now. ``lag`` lies between; ``retained`` is all the log that is kept on disk for the slot;
    ``safe`` how much more may be written before the slot is lost (None: no limit is set).
    """

    name: str
    plugin: str
    database: str
    active_pid: int | None
    confirmed: int
    current: int
    retained: int
    wal_status: str
    safe: int | None
    why_lost: str | None

    @property
    def lag(self) -> int:
        """Bytes of log that are not known to be in the bucket."""
        return max(self.current - self.confirmed, 0)

    @property
    def in_danger(self) -> bool:
        """Whether less log may still be written than is kept already: time to see what holds it up."""
        return self.wal_status == "unreserved" or (self.safe is not None and self.safe < self.retained)


def lsn_text(position: int) -> str:
    """A log position as PostgreSQL writes it.

    >>> lsn_text(28334888)
    '0/1B05B28'
    """
    return f"{position >> 32:X}/{position & 0xFFFFFFFF:X}"


def log_position(connection: "Connection[Any]") -> int:
    """Where the log ends now: all that is committed lies before."""
    (position,) = connection.execute("SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint").fetchall()[0]
    return int(position)


def read_slot(connection: "Connection[Any]", name: str) -> Slot | None:
    """The slot of that name, or None."""
    row = connection.execute(
        "SELECT slot_name, plugin, database, active_pid, (confirmed_flush_lsn - '0/0')::bigint,"
        " (pg_current_wal_lsn() - '0/0')::bigint,"
        " coalesce((pg_current_wal_lsn() - restart_lsn)::bigint, 0), wal_status, safe_wal_size,"
        # The column came with PostgreSQL 17.
        " to_jsonb(slot) ->> 'invalidation_reason'"
        " FROM pg_replication_slots AS slot WHERE slot_name = %s",
        [name],
    ).fetchone()
    if row is None:
        return None
    return Slot(
        name=row[0],
        plugin=row[1],
        database=row[2],
        active_pid=row[3],
        confirmed=row[4] or 0,
        current=row[5],
        retained=row[6],
        wal_status=row[7] or "lost",
        safe=row[8],
        why_lost=row[9],
    )


def check_slot(slot: Slot | None, name: str, position: int, database: str) -> None:
    """Raise :class:`SlotLost` if changes after ``position`` can no longer be had from the slot."""
    if slot is None:
        raise SlotLost(
            explain(
                "the replication slot is gone, and with it the changes since",
                where=name,
                expected=f"the slot at or before {lsn_text(position)}",
                found="no slot of this name",
                remedy=START_OVER,
            )
        )
    if slot.wal_status == "lost" or slot.why_lost:
        raise SlotLost(
            explain(
                "the database has given up the replication slot, because it kept too much of the log",
                where=name,
                found=f"status {slot.wal_status}, {slot.why_lost or 'max_slot_wal_keep_size exceeded'}",
                remedy=START_OVER,
            )
        )
    if slot.confirmed > position:
        raise SlotLost(
            explain(
                "the replication slot was moved on, or made anew, by somebody else",
                where=name,
                expected=f"a position of at most {lsn_text(position)}",
                found=lsn_text(slot.confirmed),
                remedy=START_OVER,
            )
        )
    if (slot.plugin, slot.database) != ("pgoutput", database):
        raise CaptureError(
            explain(
                "the replication slot is another one's",
                where=name,
                expected=f"pgoutput on {database}",
                found=f"{slot.plugin} on {slot.database}",
                remedy="choose another slot name",
            )
        )


def wait_until_free(connection: "Connection[Any]", name: str) -> Slot | None:
    """The slot once nobody reads from it; a :class:`CaptureError` if somebody goes on doing so."""
    deadline = time.monotonic() + _RELEASE_SECONDS
    while (slot := read_slot(connection, name)) and slot.active_pid:
        if time.monotonic() > deadline:
            raise CaptureError(
                explain(
                    "the replication slot is in use",
                    where=name,
                    found=f"the database's process {slot.active_pid} sends to somebody else",
                    remedy="stop the other capture, or choose another slot name",
                )
            )
        time.sleep(0.2)
    return slot


def drop_slot(connection: "Connection[Any]", name: str) -> bool:
    """Remove the slot, so that the database keeps no log for it; whether there was one."""
    if wait_until_free(connection, name) is None:
        return False
    connection.execute("SELECT pg_drop_replication_slot(%s)", [name])
    return True

"""Keeping an engine at work: started after a look at the database, watched, started again, stopped.

An engine that ends is started again for as long as there is hope: while the database cannot be
reached, up to ``patience_seconds``; otherwise until it has ended five times, with growing pauses,
without getting any further. Whatever has no hope is raised, with its name: nothing ends in silence.
"""

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lakehouse.capture.changes.configuration import engine_properties, properties_text
from lakehouse.capture.changes.declaration import Captured
from lakehouse.capture.changes.engine import Engine
from lakehouse.capture.changes.home import Home
from lakehouse.capture.changes.java import engine_command
from lakehouse.capture.changes.preflight import check_database, check_readable, ready_slot
from lakehouse.capture.changes.reader import Reader
from lakehouse.capture.changes.resnapshot import ask_for_rows
from lakehouse.capture.changes.rolls import Rolls
from lakehouse.capture.changes.slot import Slot, check_slot, lsn_text, read_slot
from lakehouse.capture.changes.status import Phase, Status, write_status
from lakehouse.capture.postgres import connect, plain_errors
from lakehouse.errors import CaptureError, SetupError, SourceError, explain
from lakehouse.telling.logs import get_logger, masked

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["Pace", "Supervisor"]

journal = get_logger(__name__)

_FRUITLESS_STARTS = 5
_PAUSE_SECONDS = 1.0  # before the first start after a fruitless one; doubled each time
_SILENT_SECONDS = 60.0  # beyond three heartbeats
_STOP_SECONDS = 15.0
_WATCH_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How often and how much.

    A roll lands after ``roll_seconds`` or ``roll_bytes`` (unpacked), whatever comes first.
    ``heartbeat_seconds`` bounds how much log an idle database keeps. ``patience_seconds`` is how long
    the database may be away. ``heap_mb`` is the engine's memory.
    """

    roll_seconds: float = 60.0
    roll_bytes: int = 64 << 20
    heartbeat_seconds: float = 10.0
    patience_seconds: float = 300.0
    heap_mb: int = 512


class Supervisor:
    """One capture at work. ``stopping`` may be set from anywhere, also from a signal's handler."""

    def __init__(
        self,
        url: str,
        captured: Captured,
        rolls: Rolls,
        home: Home,
        *,
        jars: Sequence[Path],
        pace: Pace,
        alarm: Callable[[str | None], None],
    ) -> None:
        self._url, self._captured, self._home, self._pace = url, captured, home, pace
        self._command = engine_command(jars, heap_mb=pace.heap_mb)
        properties = engine_properties(url, captured, home, heartbeat_seconds=pace.heartbeat_seconds)
        self._properties = properties_text(properties)
        self._rolls = rolls
        self._engine: Engine | None = None
        self._reader = Reader(captured, rolls, streaming=False)
        self._slot: Slot | None = None
        self._landed_ms: int | None = None
        self._lines: dict[str, int] = {}
        self._fruitless = 0
        self._begun_at: int | None = None
        self._in_danger, self._alarm = False, alarm
        self._watched = self._heard = self._reachable = time.monotonic()
        self._answers = True  # the database, when we last asked
        self.stopping = False

    @property
    def reached(self) -> int:
        """The log position before which everything has come from the engine."""
        return self._reader.reached

    @property
    def engine_pid(self) -> int | None:
        """The engine's process, while there is one."""
        return self._engine.pid if self._engine else None

    def start(self) -> None:
        """Look at the database, then start the engine; every reason not to has a name."""
        with connect(self._url) as connection:
            self._launch(connection)

    def step(self, timeout: float) -> None:
        """Take what the engine has sent, land what is due, look after engine and slot."""
        engine = self._running()
        now = time.monotonic()
        lines = engine.lines(timeout)
        if lines:
            self._heard = now
        for line in lines:
            self._reader.take(line)
        waiting = self._rolls.began
        if waiting is None:
            self._acknowledge()
        elif self._rolls.bytes >= self._pace.roll_bytes or now - waiting >= self._pace.roll_seconds:
            self.land()
        if now - self._watched >= min(_WATCH_SECONDS, self._pace.heartbeat_seconds):
            self._watch(now)
        silent = now - self._heard > _SILENT_SECONDS + 3 * self._pace.heartbeat_seconds
        if engine.ended or (silent and self._reader.streaming and self._answers):
            self._recover()

    def land(self) -> None:
        """Put into the bucket what has come, and let the database forget it."""
        for load in self._rolls.publish(self._reader.reached):
            journal.info("capture.landed", f"{load.rows} lines landed", source=load.load_id, rows=load.rows)
        self._acknowledge()
        if self._reader.read and (state := self._home.state()):
            unread = tuple(name for name in state.unread if name not in self._reader.read)
            self._home.remember(replace(state, unread=unread))
            self._reader.read.clear()

    def read_again(self, tables: Sequence[str]) -> None:
        """Ask for all rows of tables, and remember to, until they are in the bucket."""
        with connect(self._url) as connection, plain_errors(self._captured.source):
            check_readable(connection, self._captured, tables)
            if state := self._home.state():
                self._home.remember(replace(state, unread=tuple(dict.fromkeys((*state.unread, *tables)))))
            ask_for_rows(connection, self._captured, tables)

    def resume(self) -> None:
        """After a time in which nobody called :meth:`step`: the engine's silence was not its own."""
        self._heard = time.monotonic()

    def close(self, error: BaseException | None = None) -> None:
        """Land what has come and end the engine; after an error, end it as it is."""
        broken = isinstance(error, Exception)
        try:
            if self._engine:
                if not broken and self._reader.streaming:
                    self.land()
                self._engine.stop(0 if broken else _STOP_SECONDS)
        finally:
            if self._engine:
                self._engine.kill()
            self._engine = None
            self._rolls.discard()
            with suppress(SetupError):  # a full disk is being told of already
                self._tell("failed" if broken else "stopped", str(error) if broken else None)

    def _running(self) -> Engine:
        if self._engine is None:
            raise CaptureError(explain("the capture is not open", remedy="use it as a context manager"))
        return self._engine

    def _launch(self, connection: "Connection[Any]") -> None:
        with plain_errors(self._captured.source):
            check_database(connection, self._captured)
            asked = ready_slot(connection, self._captured, self._home)
            if unread := [name for name in asked if not self._home.is_reading(name)]:
                ask_for_rows(connection, self._captured, unread)
        self._begun_at = self._home.position()
        self._reader = Reader(
            self._captured, self._rolls, streaming=self._begun_at is not None, lines=self._lines
        )
        self._engine = Engine(self._command, self._properties, self._home.log)
        self._heard = time.monotonic()
        self._tell("starting")
        journal.info("capture.started", "the engine has started", source=self._captured.source)

    def _acknowledge(self) -> None:
        if self._reader.streaming and self._reader.batch > self._reader.acknowledged:
            self._running().acknowledge(self._reader.batch)
            self._reader.acknowledged = self._reader.batch
            self._landed_ms = self._reader.committed_ms or self._landed_ms

    def _recover(self) -> None:
        """Start the engine again, once the database is there."""
        engine = self._running()
        engine.kill()
        why = masked(engine.last_words())
        self._engine = None
        self._rolls.discard()
        further = self._home.position() != self._begun_at
        self._fruitless = 0 if further else self._fruitless + 1
        if self._fruitless >= _FRUITLESS_STARTS:
            raise CaptureError(
                explain(
                    f"the engine ended {self._fruitless} times without getting any further",
                    where=self._captured.source,
                    found=why,
                    remedy=f"see {self._home.log}",
                )
            )
        journal.warning("capture.engine_ended", f"the engine ended: {why}", source=self._captured.source)
        if self._fruitless > 1:
            time.sleep(_PAUSE_SECONDS * 2 ** (self._fruitless - 2))
        deadline = time.monotonic() + self._pace.patience_seconds
        while not self.stopping:
            reachable = False
            try:
                with connect(self._url) as connection:
                    reachable = True
                    self._launch(connection)
                return  # noqa: TRY300  leaving is what the try is for
            except (SetupError, SourceError) as error:
                if time.monotonic() > deadline or (reachable and isinstance(error, SetupError)):
                    raise
            self._tell("waiting", why)
            time.sleep(1.0)

    def _watch(self, now: float) -> None:
        """Look at the slot and write the status; an engine that still waits may not know it is lost."""
        self._watched = now
        try:
            with connect(self._url) as connection, plain_errors(self._captured.source):
                self._slot = read_slot(connection, self._captured.slot)
                database = connection.info.dbname
            self._reachable, self._answers = now, True
        except (SetupError, SourceError):
            self._answers = False
            if now - self._reachable > self._pace.patience_seconds:
                raise
            self._tell("waiting", "the database cannot be reached")
            return
        position = self._home.position()
        if position is not None and self._reader.streaming:
            check_slot(self._slot, self._captured.slot, position, database)
        self._warn_of_danger()
        self._tell("streaming" if self._reader.streaming else "snapshot")

    def _warn_of_danger(self) -> None:
        """Say once that the slot may be lost, and once that it is safe again."""
        before, self._in_danger = self._in_danger, bool(self._slot and self._slot.in_danger)
        if self._slot and self._in_danger and not before:
            message = f"the database may soon give the slot up: it keeps {self._slot.retained:,} bytes of log"
            journal.warning(
                "capture.slot_in_danger",
                message,
                source=self._captured.source,
                safe_bytes=self._slot.safe,
            )
            self._alarm(message)
        elif before and not self._in_danger:
            self._alarm(None)

    def _tell(self, phase: Phase, error: str | None = None) -> None:
        slot, landed = self._slot, self._landed_ms
        now = datetime.now(UTC)
        status = Status(
            source=self._captured.source,
            phase=phase,
            at=now,
            pid=os.getpid(),
            position=lsn_text(self._reader.reached or self._home.position() or 0),
            lag_bytes=slot.lag if slot else None,
            lag_seconds=None if landed is None else max(now.timestamp() - landed / 1000, 0.0),
            retained_bytes=slot.retained if slot else None,
            safe_bytes=slot.safe if slot else None,
            wal_status=slot.wal_status if slot else None,
            lines=dict(self._lines),
            error=error,
        )
        write_status(self._home, status)

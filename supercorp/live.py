"""The company goes on living after its history: small transactions, events and files, at a chosen speed.

Simulated time runs ``speed`` times as fast as the clock. Of each window of it, the events go to the collector
first, then the files are dropped, then everything is written into the database as an application writes
it: a transaction for all that happens at one moment. How far it got stands in the database, changed by
those same transactions. So a process that is killed at any moment goes on where it stopped: the database has
every change once, and events and files may come again, the same ones.
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from psycopg import Connection

from supercorp.clock import DAY, HOUR, date_of, midnight
from supercorp.database import connect, open_shop, progress_of, write_moment, write_position
from supercorp.days import Journal
from supercorp.errors import DatabaseError, explain
from supercorp.events import events_on
from supercorp.exports import exports_of, write_files
from supercorp.refusals import database_refusals
from supercorp.sender import Sender, StoppedError
from supercorp.truths import Truths
from supercorp.world import World, simulate

__all__ = ["Lived", "Pace", "live"]

_LONGEST_WINDOW = HOUR
_TICK_SECONDS = 0.25
_SAY_EVERY_SECONDS = 5.0
_AHEAD_DAYS = 14
_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast simulated time passes (times as fast as the clock), and for how many minutes of the clock."""

    speed: float = 600.0
    minutes: float = math.inf


@dataclass(slots=True)
class Lived:
    """What was done: the moment reached (µs), transactions, rows, and what went elsewhere."""

    until: int
    transactions: int = 0
    rows: int = 0
    events: int = 0
    files: int = 0


def live(
    url: str,
    pace: Pace,
    *,
    stop: threading.Event,
    sender: Sender | None = None,
    exports: Path | None = None,
    truths: Truths | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Lived:
    """Let the company of this database live on until ``stop`` is set or the time is over.

    ``sender`` (with the same ``stop``) takes the events, the folder ``exports`` the files; without them there
    are none. Raises :class:`DatabaseError` when the database holds no whole history or goes away,
    :class:`CollectorError` when the collector refuses the key, :class:`ExportError` when files cannot
    be written. A collector that does not answer is waited for.
    """
    with database_refusals(), connect(url) as connection:
        life = _Life(connection, truths, stop, exports, sender)
        say(f"it is {_clock(life.lived.until)}; {pace.speed:g} times as fast from here")
        begun = said = time.monotonic()
        start, limit = life.lived.until, pace.minutes * 60
        while not stop.is_set():
            passed = min(time.monotonic() - begun, limit)
            try:
                life.reach(start + round(passed * pace.speed * _SECOND))
            except StoppedError:
                break
            if passed == limit:
                break
            if time.monotonic() - said > _SAY_EVERY_SECONDS:
                said = time.monotonic()
                say(_report(life.lived))
            stop.wait(_TICK_SECONDS)
        return life.lived


class _Life:
    """One company, how far it has lived, and whom it tells."""

    def __init__(
        self,
        connection: Connection[Any],
        truths: Truths | None,
        stop: threading.Event,
        exports: Path | None,
        sender: Sender | None,
    ) -> None:
        self._connection, self._stop = connection, stop
        self._exports, self._sender = exports, sender
        with connection.transaction():
            held = progress_of(connection)
        if held is None or held.days_done < held.days:
            raise DatabaseError(
                explain(
                    "there is no whole history to go on from",
                    found=f"{held.days_done} of {held.days} days" if held else "no history",
                    remedy="run `python -m supercorp history` first",
                )
            )
        self._held, self._truths = held, truths
        end = midnight(held.last_day + timedelta(days=1))
        passed = max(held.lived_until - end, 0) // DAY
        self._imagine(passed + _AHEAD_DAYS)
        found = open_shop(connection, self._world)  # from here on nobody else writes
        self.lived = Lived(until=found.lived_until or self._world.end)

    def reach(self, target: int) -> None:
        """Live until ``target``, a window at a time; returns earlier when it is to stop."""
        while self.lived.until < target and not self._stop.is_set():
            if self.lived.until + _LONGEST_WINDOW > self._world.horizon:
                self._imagine(self._world.live_days + _AHEAD_DAYS)
            self._window(self.lived.until, min(target, self.lived.until + _LONGEST_WINDOW))

    def _imagine(self, live_days: int) -> None:
        held = self._held
        self._world: World = simulate(
            held.size,
            held.seed,
            last_day=held.last_day,
            days=held.days,
            truths=self._truths,
            live_days=live_days,
        )
        self._journal = Journal(self._world)

    def _window(self, start: int, end: int) -> None:
        lived = self.lived
        if self._sender:
            self._sender.send(message for _, message in events_on(self._world, start, end))
            lived.events = self._sender.sent.messages
        if self._exports:
            for day in _days_ended(start, end):
                lived.files += len(write_files(exports_of(self._world, day), self._exports))
        for moment in self._journal.moments(start, end).tolist():
            if self._stop.is_set():
                return
            lived.rows += write_moment(self._connection, self._journal, moment)
            lived.transactions += 1
            lived.until = moment + 1
        write_position(self._connection, end)
        lived.until = end


def _days_ended(start: int, end: int) -> list[date]:
    """The company's days whose end lies in (start, end]."""
    days = [date_of(start) + timedelta(days=number) for number in range(-1, (end - start) // DAY + 2)]
    return [day for day in days if start < midnight(day + timedelta(days=1)) <= end]


def _clock(moment: int) -> str:
    seconds = moment // _SECOND % 86_400
    return f"{date_of(moment)} {seconds // 3600:02d}:{seconds // 60 % 60:02d}"


def _report(lived: Lived) -> str:
    return (
        f"{_clock(lived.until)}: {lived.transactions:,} transactions, {lived.rows:,} rows,"
        f" {lived.events:,} events, {lived.files:,} files"
    )

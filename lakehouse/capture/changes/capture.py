"""Change capture of a PostgreSQL database: the front door of the room.

::

    captured = Captured("shop_changes", ["shop.orders", "shop.customers"])
    with ChangeCapture(url, bucket, captured, home=home, jars=engine_jars(settings, print)) as capture:
        capture.drain()   # all that is committed now is in the bucket
        capture.run()     # until SIGTERM, Ctrl-C or stop()

What is in the bucket is on disk before the database hears that it may forget it. So whatever is killed
whenever, nothing committed is lost; some of it may land twice.
"""

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from lakehouse.capture.changes.declaration import Captured
from lakehouse.capture.changes.home import Home
from lakehouse.capture.changes.rolls import Rolls
from lakehouse.capture.changes.slot import drop_slot, log_position, lsn_text
from lakehouse.capture.changes.supervisor import Pace, Supervisor
from lakehouse.capture.postgres import connect, plain_errors
from lakehouse.errors import CaptureError, explain

__all__ = ["ChangeCapture"]

_STEP_SECONDS = 0.5
_DEFAULT_PACE = Pace()


def _nobody(_: str | None) -> None:
    """Who is told where nobody is to be."""


class ChangeCapture:
    """Captures the changes of one database's tables into the bucket.

    The database is prepared with :func:`~lakehouse.capture.changes.setup.setup_sql` and ``url`` names
    its role. ``home`` remembers how far the capture is; it belongs to one slot. ``jars`` are the
    engine's (:func:`~lakehouse.capture.changes.java.engine_jars`). ``alarm`` is called with a sentence when
    the database may soon give the slot up, and with None when that is over.

    As a context manager it looks at the database and starts the engine; on leaving, what has come is
    landed and the engine stopped. It works while :meth:`run`, :meth:`run_until` or :meth:`drain` do.
    Raises :class:`SetupError` when the machine, the database or the role is not fit, with what to do;
    :class:`SlotLost` when changes are gone that were not captured; :class:`CaptureError` for the rest.
    """

    def __init__(
        self,
        url: str,
        bucket: Path,
        captured: Captured,
        *,
        home: Path,
        jars: Sequence[Path],
        pace: Pace = _DEFAULT_PACE,
        alarm: Callable[[str | None], None] = _nobody,
    ) -> None:
        self._url, self._bucket, self._captured, self._home = url, bucket, captured, Home(home)
        self._jars, self._pace, self._alarm = jars, pace, alarm
        self._open = ExitStack()
        self._supervisor: Supervisor | None = None

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            opening.enter_context(self._home.locked())
            rolls = Rolls(self._bucket, self._captured)
            self._supervisor = Supervisor(
                self._url,
                self._captured,
                rolls,
                self._home,
                jars=self._jars,
                pace=self._pace,
                alarm=self._alarm,
            )
            self._supervisor.start()
            self._open = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._open:
            if self._supervisor:
                self._supervisor.close(error)

    @property
    def engine_pid(self) -> int | None:
        """The engine's process, while there is one."""
        return self._working().engine_pid

    def run(self) -> None:
        """Capture until SIGTERM, Ctrl-C or :meth:`stop`; ends otherwise only by an error."""
        with _signals(self.stop):
            self.run_until(lambda: False)

    def run_until(self, done: Callable[[], bool]) -> None:
        """Capture until ``done`` says so; it is asked at least twice a second."""
        supervisor = self._working()
        supervisor.resume()
        while not (supervisor.stopping or done()):
            supervisor.step(_STEP_SECONDS)

    def drain(self, timeout: float = 3600.0) -> int:
        """Capture until all that was committed before the call is in the bucket; how far that is.

        Returns the position in the log. Raises :class:`CaptureError` after ``timeout`` seconds.
        """
        supervisor = self._working()
        supervisor.resume()
        with connect(self._url) as connection, plain_errors(self._captured.source):
            target = log_position(connection)
            connection.execute(self._captured.beat)  # so that something comes even if nothing happens
        deadline = time.monotonic() + timeout
        while supervisor.reached < target:
            if time.monotonic() > deadline or supervisor.stopping:
                raise CaptureError(
                    explain(
                        "the changes have not all come",
                        where=self._captured.source,
                        expected=f"the log up to {lsn_text(target)} within {timeout:.0f} s",
                        found=lsn_text(supervisor.reached),
                        remedy="drain again; what has come is kept",
                    )
                )
            supervisor.step(_STEP_SECONDS)
        supervisor.land()
        return target

    def stop(self) -> None:
        """Have :meth:`run` return soon; may be called from a signal's handler or another thread."""
        if self._supervisor:
            self._supervisor.stopping = True

    def read_again(self, tables: Sequence[str]) -> None:
        """Have all rows of tables (``schema.table``) land again, as ``r`` lines among the changes.

        They come while the capture works, after a kill too. Raises :class:`CaptureError` for a table
        without primary key or with generated columns.
        """
        self._working().read_again(tables)

    def start_over(self) -> None:
        """Drop the slot and forget the offsets; the next start takes a new snapshot. Not while open.

        The way out when the slot is lost, and the way to end a capture for good: the database keeps
        no log for it any more.
        """
        with self._home.locked(), connect(self._url) as connection, plain_errors(self._captured.source):
            drop_slot(connection, self._captured.slot)
            self._home.forget()

    def _working(self) -> Supervisor:
        if self._supervisor is None:
            raise CaptureError(explain("the capture is not open", remedy="use it as a context manager"))
        return self._supervisor


@contextmanager
def _signals(stop: Callable[[], None]) -> Iterator[None]:
    """Stop on SIGTERM and SIGINT while inside; only the main thread may, others are stopped by it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, lambda *_: stop()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

"""Group commit: lines of many requests are written and synced together, then all are acknowledged.

While one group is on its way to disk, in a thread, the next gathers. So a sync is shared by as many
requests as arrive during the one before it: the slower the disk, the larger the groups.
"""

import asyncio
import contextlib
import shutil
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from lakehouse.collector.counts import Counts
from lakehouse.collector.limits import SPARE_BYTES, WAITING_BYTES
from lakehouse.collector.segments import Group, Segment
from lakehouse.telling.logs import get_logger

__all__ = ["EVENTS", "REJECTED", "Spool", "SpoolError"]

EVENTS, REJECTED = "events", "events_rejected"
journal = get_logger(__name__)


class SpoolError(Exception):
    """The lines are not on disk; whoever sent them must send them again."""


class _Gathering:
    """A group in the making: lines of each table, and those who wait for it."""

    def __init__(self, window: int) -> None:
        self.window = window
        self.lines: dict[str, list[str]] = {}
        self.done = asyncio.Event()
        self.problem: str | None = "the group was not written"

    def groups(self) -> dict[str, Group]:
        """The lines of each table as bytes."""
        return {
            table: Group(("\n".join(lines) + "\n").encode(), len(lines))
            for table, lines in self.lines.items()
        }


class Spool:
    """Keeps lines in segments; a segment that is full or whose window is over goes to ``closed``.

    All methods are for one event loop; files are written by one thread.
    """

    def __init__(
        self,
        folder: Path,
        *,
        window_seconds: int,
        segment_bytes: int,
        counts: Counts,
        closed: Callable[[Path], None],
    ) -> None:
        self._folder, self._window_seconds, self._segment_bytes = folder, window_seconds, segment_bytes
        self._counts, self._closed = counts, closed
        self._gathering: deque[_Gathering] = deque()
        self._waiting_bytes = 0
        self._writing: asyncio.Task[None] | None = None
        self._writer = ThreadPoolExecutor(1, "spool")
        self._open: dict[str, Segment] = {}

    async def keep(self, at: float, lines: dict[str, list[str]]) -> int:
        """Return once the lines, received at that time, are on disk; gives their bytes.

        Raises :class:`SpoolError` if they are not: the disk is full, refuses or is too slow.
        """
        size = sum(len(line) for some in lines.values() for line in some)
        if self._waiting_bytes + size > WAITING_BYTES:
            raise SpoolError("more is coming in than the disk takes")
        group = self._group_for(int(at) // self._window_seconds)
        for table, some in lines.items():
            group.lines.setdefault(table, []).extend(some)
        self._waiting_bytes += size
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())
        try:
            await group.done.wait()
        finally:
            self._waiting_bytes -= size
        if group.problem:
            raise SpoolError(group.problem)
        return size

    async def close_windows(self, now: float) -> None:
        """Close the segments whose window is over, though nothing more comes in."""
        await self._in_thread(partial(self._close_other_than, int(now) // self._window_seconds))

    async def close(self) -> None:
        """Write what waits and close every segment."""
        while self._writing is not None:
            await self._writing
        await self._in_thread(partial(self._close_other_than, None))
        self._writer.shutdown()

    def _group_for(self, window: int) -> _Gathering:
        if not self._gathering or self._gathering[-1].window != window:
            self._gathering.append(_Gathering(window))
        return self._gathering[-1]

    async def _write_all(self) -> None:
        try:
            while self._gathering:
                group = self._gathering.popleft()
                try:
                    await self._in_thread(partial(self._commit, group))
                    group.problem = None
                    self._counts.synced()
                except OSError as error:
                    group.problem = self._told(error)
                finally:
                    group.done.set()
        finally:
            self._writing = None

    async def _in_thread(self, work: Callable[[], None]) -> None:
        await asyncio.get_running_loop().run_in_executor(self._writer, work)

    def _told(self, error: OSError) -> str:
        problem = f"the spool cannot be written: {error.strerror or error}"
        if self._counts.disk_problem != problem:
            self._counts.disk_problem = problem
            journal.error("collector.disk", problem)
        return problem

    def _commit(self, gathering: _Gathering) -> None:
        """Write and sync one group, or leave the segments as they were and raise :class:`OSError`."""
        if shutil.disk_usage(self._folder).free < SPARE_BYTES:
            self._close_other_than(None)  # packed into loads they are a tenth
            raise OSError(None, f"less than {SPARE_BYTES >> 20} MiB of disk are free")
        before: list[tuple[Segment, int, int]] = []
        try:
            for table, group in gathering.groups().items():
                segment = self._segment(table, gathering.window)
                before.append((segment, segment.size, segment.rows))
                segment.append(group)
            for segment, _, _ in before:
                segment.sync()
        except OSError:
            for segment, size, rows in before:
                self._cut_back(segment, size, rows)
            raise

    def _cut_back(self, segment: Segment, size: int, rows: int) -> None:
        """Take a group back, and go on in a new segment: closing this one is what may free the disk."""
        try:
            segment.cut_back(size, rows)
        except OSError as error:
            journal.error("collector.disk", "a group that was not acknowledged stays in its segment", error)
        self._close(segment.table)

    def _segment(self, table: str, window: int) -> Segment:
        segment = self._open.get(table)
        if segment and (segment.window != window or segment.size >= self._segment_bytes):
            self._close(table)
        if table not in self._open:
            self._open[table] = Segment(self._folder, table, window)
        return self._open[table]

    def _close_other_than(self, window: int | None) -> None:
        for table, segment in list(self._open.items()):
            if segment.window != window:
                self._close(table)

    def _close(self, table: str) -> None:
        segment = self._open.pop(table)
        with contextlib.suppress(OSError):  # all that counts has been synced
            segment.close()
        self._closed(segment.path)

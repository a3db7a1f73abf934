"""A full segment becomes one load in the bucket, whatever happens in between.

The load bears the segment's name as its id and the segment is removed once the load is there. Killed
in between, the next process finds the load and only removes the segment. So every segment is one load:
never none, never two.
"""

import queue
import threading
from collections.abc import Collection, Iterator
from pathlib import Path

from lakehouse.capture.loads import list_loads, write_load
from lakehouse.collector.counts import Counts
from lakehouse.collector.segments import DAMAGED, SUFFIX, SegmentName, groups, repair
from lakehouse.errors import LakehouseError, SetupError, explain
from lakehouse.files import sync_folder
from lakehouse.telling.logs import bind, bound, get_logger

__all__ = ["Shipper", "ship"]

journal = get_logger(__name__)
_RETRY_SECONDS = 30.0


def ship(segment: Path, bucket: Path, system: str, known: Collection[str] = ()) -> int:
    """Put a closed segment into ``bucket/system/TABLE`` as one load and remove it; gives its rows.

    ``known`` are the ids of loads that are there already, wherever people have moved their folders.
    Raises :class:`SetupError` when the bucket cannot be written; the segment then stays.
    """
    name = SegmentName.of(segment)
    if name is None:
        return 0
    found = repair(segment)
    if found.damaged:
        journal.error(
            "collector.damaged",
            f"{found.damaged} bytes of a segment are unreadable and were set aside",
            source=segment.with_suffix(DAMAGED).name,
            bytes=found.damaged,
        )
    if not found.rows:
        return 0
    if name.load_id not in known and not (bucket / system / name.table / name.load_id).is_dir():
        write_load(
            bucket,
            system,
            name.table,
            _lines(segment),
            kind="incremental",
            position=name.position,
            extracted_at=name.opened_at,
            load_id=name.load_id,
        )
    try:
        segment.unlink()
        sync_folder(segment.parent)
    except OSError as error:
        raise SetupError(
            explain(
                f"a segment that is in the bucket cannot be removed: {error.strerror or error}",
                where=str(segment),
                remedy="fix the folder's permissions; until then it is looked at again and again",
            )
        ) from error
    return found.rows


def _lines(segment: Path) -> Iterator[bytes]:
    for group in groups(segment):
        yield from group.lines.removesuffix(b"\n").split(b"\n")


class Shipper:
    """Ships segments in a thread of its own, one after the other, trying again until it works."""

    def __init__(self, bucket: Path, system: str, counts: Counts) -> None:
        self._bucket, self._system, self._counts = bucket, system, counts
        self._waiting: queue.SimpleQueue[Path | None] = queue.SimpleQueue()
        self._ending = threading.Event()
        self._known: set[str] = set()
        self._context = bound()
        self._thread = threading.Thread(target=self._run, name="shipper", daemon=True)

    def inherit(self, spool: Path) -> int:
        """Take over the segments that an earlier process left in the spool; gives their number."""
        found = {path: name for path in sorted(spool.glob(f"*{SUFFIX}")) if (name := SegmentName.of(path))}
        for table in {name.table for name in found.values()}:
            self._known.update(load.load_id for load in list_loads(self._bucket, self._system, table).loads)
        for path in found:
            self.add(path)
        return len(found)

    def start(self) -> None:
        """Begin to ship."""
        self._thread.start()

    def add(self, segment: Path) -> None:
        """Have a closed segment shipped; callable from any thread."""
        self._waiting.put(segment)

    def close(self) -> None:
        """Ship what waits, each tried once more, and return; what fails stays for the next start."""
        self._waiting.put(None)
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        with bind(**self._context):
            while (segment := self._waiting.get()) is not None:
                while not self._shipped(segment) and not self._ending.is_set():
                    self._ending.wait(_RETRY_SECONDS)

    def _shipped(self, segment: Path) -> bool:
        try:
            rows = ship(segment, self._bucket, self._system, self._known)
        except (LakehouseError, OSError) as error:
            self._counts.shipping_failed(error)
            journal.error("collector.not_shipped", "a segment could not be put into the bucket", error)
            return False
        self._counts.shipped(rows)
        journal.info("collector.shipped", f"{rows} lines are in the bucket", source=segment.stem, rows=rows)
        return True

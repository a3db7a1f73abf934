"""Landing what the engine sends: a load per table and roll, there whole or not at all.

A roll is what came since the last one. Its loads appear one after the other, the transactions last, so
a transaction that is in the bucket is there with all its changes. A table's first snapshot is a load
of its own, of kind ``full``, that appears when the table has been read to its end.

Loads are ordered by ``position``: the log position that was reached, or one more than the last load's
where the log does not say. So the order of loads is the order in which they were written, also when a
capture that was killed repeats what it had already landed.
"""

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from lakehouse.capture.changes.declaration import Captured
from lakehouse.capture.changes.slot import lsn_text
from lakehouse.capture.landing import LoadWriter
from lakehouse.capture.manifest import MANIFEST, Load, load_from_manifest
from lakehouse.errors import SetupError, SourceError, explain

__all__ = ["Rolls", "changes_id"]


def changes_id(table: str, position: int, kind: str) -> str:
    """The id of a load of changes: the same ones, landed again, are the same load."""
    return f"{table}-{position:016x}-{'snapshot' if kind == 'full' else 'changes'}"


class Rolls:
    """The loads in the making. ``bytes`` and ``began`` say how much waits, and since when."""

    def __init__(self, bucket: Path, captured: Captured) -> None:
        self._bucket, self._captured = bucket, captured
        self._changes: dict[str, LoadWriter] = {}
        self._snapshots: dict[str, LoadWriter] = {}
        self._position = max(map(self._newest, (*captured.landed.values(), captured.transactions)))
        self.bytes = 0
        self.began: float | None = None

    @property
    def position(self) -> int:
        """The position of the newest load; 0 without one."""
        return self._position

    def change(self, table: str, line: bytes) -> None:
        """Add a change to the roll."""
        with self._disk():
            (self._changes.get(table) or self._open(self._changes, table)).write(line)
        self.bytes += len(line)
        self.began = self.began or time.monotonic()

    def row(self, table: str, line: bytes) -> None:
        """Add a row to the table's snapshot."""
        with self._disk():
            (self._snapshots.get(table) or self._open(self._snapshots, table)).write(line)

    def publish(self, reached: int) -> list[Load]:
        """Put the roll into the bucket: all changes up to ``reached`` in the log, on disk on return."""
        self._position = max(reached, self._position + 1) if self._changes else self._position
        last = self._captured.transactions
        done = [
            self._put(self._changes.pop(table), table, "incremental", reached)
            for table in sorted(self._changes, key=lambda table: (table == last, table))
        ]
        self.bytes, self.began = 0, None
        return done

    def publish_snapshot(self, table: str, reached: int) -> Load:
        """Put a table's snapshot into the bucket; one without rows is a load without lines."""
        self._position = max(reached, self._position + 1)
        with self._disk():
            writer = self._snapshots.get(table) or self._open(self._snapshots, table)
        del self._snapshots[table]
        return self._put(writer, table, "full", reached)

    def discard(self) -> None:
        """Drop what is not in the bucket: the engine will send it again."""
        for writer in (*self._changes.values(), *self._snapshots.values()):
            writer.__exit__(None, None, None)
        self._changes.clear()
        self._snapshots.clear()
        self.bytes, self.began = 0, None

    def _open(self, writers: dict[str, LoadWriter], table: str) -> LoadWriter:
        writers[table] = writer = LoadWriter(self._bucket).__enter__()
        return writer

    def _put(self, writer: LoadWriter, table: str, kind: str, reached: int) -> Load:
        now = datetime.now(UTC)
        load = Load(
            load_id=changes_id(table, self._position, kind),
            source=self._captured.source,
            table=table,
            kind=kind,
            position=self._position,
            extracted_at=now,
            arrived_at=now,
            files=(),
            high_water=lsn_text(reached),
        )
        with self._disk(), ExitStack() as leaving:
            leaving.push(writer)  # it was entered when its first line came
            return writer.publish(load)

    def _newest(self, table: str) -> int:
        """The position of a table's newest load, from the folders' names; loads of others are refused."""
        folder = self._bucket / self._captured.source / table
        ours = re.compile(rf"{table}-([0-9a-f]{{16}})-(?:snapshot|changes)")
        newest = 0
        for entry in folder.iterdir() if folder.is_dir() else ():
            if entry.name.startswith(("_", ".")):
                continue
            found = ours.fullmatch(entry.name)
            if not found and (entry / MANIFEST).is_file():
                found = ours.fullmatch(load_from_manifest(entry / MANIFEST).load_id)
            if not found:
                raise SourceError(
                    explain(
                        "there are loads of another kind in the folder that changes are to land in",
                        where=str(entry),
                        expected="loads of change capture alone",
                        remedy="capture under a source name of its own",
                    )
                )
            newest = max(newest, int(found[1], 16))
        return newest

    @contextmanager
    def _disk(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise SetupError(
                explain(
                    f"the changes cannot be written: {error.strerror or error}",
                    where=str(self._bucket),
                    expected="a folder with space that this user may write to",
                    remedy="free some space or fix the permissions and start it again; nothing is lost"
                    " while the database keeps its log",
                )
            ) from error

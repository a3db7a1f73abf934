"""Making sense of what the engine sends: which line belongs where, and what has been reached."""

import json
from typing import Any

from lakehouse.capture.changes.declaration import Captured
from lakehouse.capture.changes.rolls import Rolls
from lakehouse.capture.changes.slot import START_OVER
from lakehouse.errors import CaptureError, explain
from lakehouse.telling.logs import get_logger

__all__ = ["Reader"]

journal = get_logger(__name__)

_BEGIN = b'"status":"BEGIN"'


class Reader:
    """Sorts one engine's lines into rolls. Begins in the snapshot unless one was done before.

    ``reached`` is the log position before which nothing is missing any more, ``committed_ms`` the
    commit time of the newest transaction (the database's clock, milliseconds since 1970), ``batch`` the
    last batch that came whole, ``lines`` counts the kept ones by table. ``read`` are the tables
    whose rows were asked for and have come.
    """

    def __init__(
        self, captured: Captured, rolls: Rolls, *, streaming: bool, lines: dict[str, int] | None = None
    ) -> None:
        self._captured, self._rolls = captured, rolls
        prefix = captured.source
        self._tables = {f"{prefix}.{name}".encode(): table for name, table in captured.landed.items()}
        self._transactions = f"{prefix}.transaction".encode()
        # Said to us, not about the tables: they only show how far the log was read.
        self._passing = {f"__debezium-heartbeat.{prefix}".encode(), f"{prefix}.{captured.signals}".encode()}
        self._unfinished = dict.fromkeys(() if streaming else captured.tables, 0)
        self._announced: dict[str, int] = {}
        self._snapshot_position = 0
        self._snapshot_ms: int | None = None
        self.streaming = streaming
        self.reached = 0
        self.batch = self.acknowledged = 0
        self.committed_ms: int | None = None
        self.read: set[str] = set()
        self.lines = {} if lines is None else lines

    def take(self, line: bytes) -> None:
        """One line of the engine's; raises :class:`CaptureError` for what nobody expects."""
        word, _, rest = line.partition(b"\t")
        if word == b"record":
            self._record(*rest.split(b"\t", 3))
        elif word == b"batch":
            self.batch = int(rest)

    def _record(self, topic: bytes, position: bytes, snapshot: bytes, line: bytes) -> None:
        if table := self._tables.get(topic):
            self.lines[table] = self.lines.get(table, 0) + 1
            if snapshot in {b"", b"incremental"}:
                self._rolls.change(table, line)
            else:
                self._row(topic.partition(b".")[2].decode(), table, int(position), line)
        elif topic == self._transactions:
            self._transaction(line)
        elif topic == b"notifications":
            self._notice(json.loads(line), int(position or 0))
        elif topic not in self._passing:
            raise CaptureError(
                explain(
                    "a record of a table that is not captured",
                    where=self._captured.source,
                    expected=", ".join(self._captured.tables),
                    found=topic.decode(),
                    remedy="see the publication and the captured tables",
                )
            )
        if self.streaming and position:
            # What is sent comes in the order of commits: all that was committed before this lies behind.
            self.reached = max(self.reached, int(position))

    def _row(self, name: str, table: str, position: int, line: bytes) -> None:
        self._rolls.row(table, line)
        self._unfinished[name] += 1
        self._snapshot_position = position
        self._finish_table(name)

    def _transaction(self, line: bytes) -> None:
        """Keep the end of each transaction that changed a captured table; it says all the begin says."""
        if _BEGIN in line:
            return
        end = json.loads(line)
        self.committed_ms = end["ts_ms"]
        if any(each["data_collection"] in self._captured.landed for each in end["data_collections"]):
            table = self._captured.transactions
            self.lines[table] = self.lines.get(table, 0) + 1
            self._rolls.change(table, line)

    def _notice(self, notice: dict[str, Any], position: int) -> None:
        kind, data = notice["type"], notice.get("additional_data") or {}
        journal.info("capture.notice", f"{notice['aggregate_type']}: {kind}", source=self._captured.source)
        if notice["aggregate_type"] == "Incremental Snapshot" and kind == "TABLE_SCAN_COMPLETED":
            self._read_again(data["scanned_collection"], data.get("status"))
        if notice["aggregate_type"] != "Initial Snapshot" or self.streaming:
            return
        if kind == "STARTED":
            self._snapshot_ms = notice["timestamp"]
        elif kind == "TABLE_SCAN_COMPLETED" and data.get("status") == "SUCCEEDED":
            name = data["scanned_collection"]
            if name in self._unfinished:
                self._snapshot_position = position
                self._announced[name] = int(data["total_rows_scanned"])
                self._finish_table(name)
        elif kind == "COMPLETED":
            if self._unfinished:
                raise self._incomplete()
            self.reached, self.streaming, self.committed_ms = position, True, self._snapshot_ms
        elif kind in {"ABORTED", "SKIPPED"}:
            raise self._incomplete()

    def _read_again(self, name: str, outcome: str | None) -> None:
        """Note that a table was read again; Debezium would pass over one that it cannot read."""
        if outcome not in {"SUCCEEDED", "EMPTY"}:
            raise CaptureError(
                explain(
                    "the rows of a table could not be read while changes go on",
                    where=f"{self._captured.source}: {name}",
                    expected="a primary key and no generated columns",
                    found=outcome,
                    remedy="see engine.log in the capture's home, then start the capture again, which asks"
                    f" for them again, or {START_OVER}",
                )
            )
        self.read.add(name)

    def _finish_table(self, name: str) -> None:
        """Publish a table's snapshot when as many rows have come as were read: the last comes late."""
        if self._announced.get(name) == self._unfinished[name]:
            del self._unfinished[name]
            self._rolls.publish_snapshot(self._captured.landed[name], self._snapshot_position)

    def _incomplete(self) -> CaptureError:
        return CaptureError(
            explain(
                "the first snapshot is not complete",
                where=self._captured.source,
                expected=", ".join(f"{name}: {self._announced.get(name)} rows" for name in self._unfinished),
                found=", ".join(f"{rows} of {name}" for name, rows in self._unfinished.items()),
                remedy="start the capture again, which begins the snapshot anew",
            )
        )

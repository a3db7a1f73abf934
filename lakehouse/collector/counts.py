"""What was accepted, kept apart, answered and shipped since the process began: counts only."""

import time
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lakehouse.collector.reasons import Reason
from lakehouse.collector.segments import DAMAGED, SUFFIX, SegmentName
from lakehouse.errors import LakehouseError

__all__ = ["Counts"]


class Counts:
    """Counters; each is written by one thread alone. Names in them are sources, reasons and status codes."""

    def __init__(self, spool: Path) -> None:
        self._spool = spool
        self._since = datetime.now(UTC)
        self._accepted: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()
        self._rejected: Counter[tuple[str, str]] = Counter()
        self._answers: Counter[int] = Counter()
        self._syncs = self._loads = self._shipped_rows = 0
        self.disk_problem: str | None = None
        self.bucket_problem: str | None = None

    def kept(self, source: str, events: int, size: int, reasons: Iterable[Reason]) -> None:
        """Events and lines kept apart that are on disk now; ``size`` in bytes as they are kept."""
        self._accepted[source] += events
        self._bytes[source] += size
        for reason in reasons:
            self._rejected[source, reason.name.lower()] += 1

    def answered(self, status: int) -> None:
        """One answer with this status."""
        self._answers[status] += 1

    def synced(self) -> None:
        """One group came to disk."""
        self._syncs += 1
        self.disk_problem = None

    def shipped(self, rows: int) -> None:
        """One segment is a load now."""
        self._loads += 1
        self._shipped_rows += rows
        self.bucket_problem = None

    def shipping_failed(self, error: Exception) -> None:
        """A segment could not be shipped, and why."""
        self.bucket_problem = str(error) if isinstance(error, LakehouseError) else type(error).__name__

    @property
    def problems(self) -> list[str]:
        """What the disk and the bucket refuse at the moment, a sentence each."""
        return [each for each in (self.disk_problem, self.bucket_problem) if each]

    def summary(self) -> dict[str, Any]:
        """Everything, as JSON takes it; ``spool`` is looked up on disk: files, bytes, age of the oldest."""
        sources = sorted(self._accepted.keys() | {source for source, _ in self._rejected})
        return {
            "since": self._since.isoformat(timespec="seconds"),
            "accepted": sum(self._accepted.values()),
            "rejected": sum(self._rejected.values()),
            "bytes": sum(self._bytes.values()),
            "sources": {source: self._of(source) for source in sources},
            "answers": {str(status): count for status, count in sorted(self._answers.items())},
            "syncs": self._syncs,
            "spool": _lag(self._spool),
            "shipped": {"loads": self._loads, "lines": self._shipped_rows},
            "problems": self.problems,
        }

    def _of(self, source: str) -> dict[str, Any]:
        rejected = {reason: count for (name, reason), count in self._rejected.items() if name == source}
        return {
            "accepted": self._accepted[source],
            "bytes": self._bytes[source],
            "rejected": dict(sorted(rejected.items())),
        }


def _lag(spool: Path) -> dict[str, Any]:
    """What is acknowledged and not in the bucket: segments, bytes, and seconds since the oldest was begun."""
    sizes, begun = [], []
    for path in spool.glob(f"*{SUFFIX}"):
        try:
            sizes.append(path.stat().st_size)
        except FileNotFoundError:  # shipped a moment ago
            continue
        if name := SegmentName.of(path):
            begun.append(name.opened_at.timestamp())
    oldest = round(time.time() - min(begun), 1) if begun else 0.0
    damaged = len(list(spool.glob(f"*{DAMAGED}")))
    return {"segments": len(sizes), "bytes": sum(sizes), "oldest_seconds": oldest, "damaged": damaged}

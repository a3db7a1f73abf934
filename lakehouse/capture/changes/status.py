"""How a capture goes: a small JSON file beside its offsets, written every few seconds.

``lag_bytes`` is the log that is not known to be in the bucket, ``lag_seconds`` the age of the newest
commit or heartbeat that is; ``retained_bytes`` is the log that the database keeps for us, ``safe_bytes``
how much more it may write before it gives us up (null: no limit is set).
"""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from lakehouse.capture.changes.home import Home, write_whole
from lakehouse.errors import CaptureError, explain

__all__ = ["Status", "captures", "read_status", "write_status"]

_SILENT_SECONDS = 60.0

Phase = Literal["starting", "snapshot", "streaming", "waiting", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class Status:
    """What was known at ``at``. ``lines`` counts what landed since the start, by table."""

    source: str
    phase: Phase
    at: datetime
    pid: int
    position: str
    lag_bytes: int | None
    lag_seconds: float | None
    retained_bytes: int | None
    safe_bytes: int | None
    wal_status: str | None
    lines: dict[str, int]
    error: str | None

    @property
    def age_seconds(self) -> float:
        """Since when nothing has been heard; more than a minute means that nothing runs."""
        return (datetime.now(UTC) - self.at).total_seconds()

    @property
    def trouble(self) -> str | None:
        """What somebody should look at, in a few words; None if nothing."""
        if self.phase == "failed":
            return self.error or "it has failed"
        if self.phase != "stopped" and self.age_seconds > _SILENT_SECONDS:
            return f"nothing heard for {self.age_seconds:.0f} s: nothing runs"
        danger = self.safe_bytes is not None and self.safe_bytes < (self.retained_bytes or 0)
        if danger or self.wal_status in {"unreserved", "lost"}:
            return "the database may soon give the slot up"
        return None


def write_status(home: Home, status: Status) -> None:
    """Replace the file."""
    write_whole(home.status, {"format": 1, **asdict(status), "at": status.at.isoformat()})


def read_status(folder: Path) -> Status:
    """The status in a capture's home; a :class:`CaptureError` if nothing was ever captured there."""
    try:
        found: dict[str, Any] = json.loads(Home(folder).status.read_bytes())
    except FileNotFoundError:
        raise CaptureError(
            explain("nothing has been captured here", where=str(folder), remedy="start the capture")
        ) from None
    del found["format"]
    return Status(**found | {"at": datetime.fromisoformat(found["at"])})


def captures(folder: Path) -> list[Status]:
    """The captures whose homes lie in a folder, by name; those that never began are left out."""
    homes = sorted(each.parent for each in folder.glob("*/status.json"))
    return [read_status(each) for each in homes]

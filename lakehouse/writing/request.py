"""What a run asks of the write path, and what a batch turned out to be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from lakehouse.capture.loads import Load, LoadProblem
from lakehouse.writing.record import CommitRecord, InputRead

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["Outcome", "Pending", "Request", "Trigger"]


class Trigger(StrEnum):
    """Why a batch is written."""

    INCREMENTAL = "incremental"
    """What is new since the last commit."""
    BACKFILL = "backfill"
    """The windows named."""
    REBUILD = "rebuild"
    """Everything, in place of what is there."""
    REPLAY = "replay"
    """Rows out of quarantine."""
    RELOAD = "reload"
    """The loads named, in place of the rows that they gave before."""


@dataclass(frozen=True, slots=True)
class Request:
    """One write of one table. ``windows`` are for a backfill, ``rows`` for a replay, ``loads`` a reload."""

    run: str
    trigger: Trigger = Trigger.INCREMENTAL
    windows: tuple[str, ...] = ()
    rows: "DataFrame | None" = None
    loads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pending:
    """What a write would read, decided from logs and listings alone.

    ``whole`` means that everything is read and the table replaced: it was never built, a rebuild was
    asked for, or what changed can no longer be told. ``reasons`` say why there is anything to do.
    ``snapshots`` are the positions of all snapshots of a feed of changes, those taken before included.
    """

    reasons: tuple[str, ...]
    inputs: Mapping[str, InputRead] = field(default_factory=dict)
    loads: tuple[Load, ...] = ()
    snapshots: tuple[int, ...] = ()
    problems: tuple[LoadProblem, ...] = ()
    windows: tuple[str, ...] | None = None
    whole: bool = False

    @property
    def anything(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.reasons)

    @property
    def said_of_loads(self) -> tuple[str, ...]:
        """A sentence for each load that cannot be taken."""
        return tuple(problem.reason for problem in self.problems)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request. ``version`` and ``record`` are None where nothing was to do."""

    dataset: str
    version: int | None = None
    record: CommitRecord | None = None
    committed_at: datetime | None = None
    samples: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    held: tuple[str, ...] = ()

    @property
    def wrote(self) -> bool:
        """Whether a commit was made."""
        return self.version is not None

"""Reading what a Delta table's log says, without a JVM.

The log is the one truth about what happened to a table: versions, the road's records
(:class:`~lakehouse.writing.record.CommitRecord`) and Delta's own metrics, which were counted by the
engine and so serve as an independent count.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice, takewhile
from pathlib import Path
from typing import Any

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from lakehouse.engine import opened, repair
from lakehouse.engine.commitfiles import commit_file, told_of_itself
from lakehouse.errors import TableError, explain
from lakehouse.writing.record import ERASURE, CommitRecord

__all__ = [
    "Commit",
    "commits",
    "commits_since",
    "exists",
    "from_account",
    "has_batch",
    "latest_record",
    "marks",
    "open_table",
    "readable_version",
    "size",
    "version",
]


@dataclass(frozen=True, slots=True)
class Commit:
    """One version of a table. ``record`` is None for commits that the road's writers did not make."""

    version: int
    committed_at: datetime
    operation: str
    metrics: dict[str, str]
    record: CommitRecord | None
    parameters: dict[str, Any] = field(default_factory=dict)


def exists(table: Path) -> bool:
    """Whether a Delta table lies in this folder."""
    log = table / "_delta_log"
    return log.is_dir() and any(log.glob("*.json"))


def open_table(table: Path) -> DeltaTable:
    """The table's current snapshot, for reading, or a :class:`TableError` that names the folder."""
    if problem := repair.told(str(table), repair.examine(table)):
        raise TableError(problem)
    try:
        return opened.newest(table)
    except TableNotFoundError:
        raise TableError(
            explain(
                "there is no table here", where=str(table), remedy="run the dataset once: `lakehouse run`"
            )
        ) from None
    except DeltaError as error:
        raise TableError(
            explain(
                "the table's log cannot be read",
                where=str(table),
                found=str(error).splitlines()[0],
                remedy="run `lakehouse doctor`",
            )
        ) from error


def size(table: Path) -> int:
    """The bytes of the files that make up the table's newest version."""
    return sum(open_table(table).get_add_actions().column("size_bytes").to_pylist())


def version(table: Path) -> int:
    """The table's newest version."""
    return open_table(table).version()


def readable_version(table: Path) -> int:
    """The newest version that a batch may build on: one that no power cut takes back.

    A batch that had read a later one would believe, after the power cut, to have read whatever is
    then published under that number.
    """
    newest = version(table)
    standing = repair.examine(table)
    return newest if standing.acknowledged is None else min(newest, standing.acknowledged)


def commits(table: Path, limit: int | None = None) -> Iterator[Commit]:
    """The table's commits, newest first; those that a restore took back are passed over.

    Each is read when it is asked for, so whoever stops early reads little, however long the log is.
    ``limit`` is the number of versions looked at.
    """
    kept = None
    for entry in islice(_accounts(table), limit):
        if kept is not None and int(entry["version"]) > kept:
            continue
        yield from_account(entry)
        restored = str((entry.get("operationParameters") or {}).get("version"))
        if entry.get("operation") == "RESTORE" and restored.isdigit():
            kept = int(restored)


def commits_since(table: Path, version: int) -> Iterator[Commit]:
    """The commits after a version, newest first."""
    return takewhile(lambda each: each.version > version, commits(table))


def marks(table: Path) -> Iterator[str]:
    """The user metadata of the table's commits, as text, newest first; commits without are passed over."""
    return (str(entry["userMetadata"]) for entry in _accounts(table) if entry.get("userMetadata"))


def _accounts(table: Path) -> Iterator[dict[str, Any]]:
    """What each version's commit says of itself, newest first, as far back as the log reaches."""
    for number in range(open_table(table).version(), -1, -1):
        try:
            yield told_of_itself(commit_file(table, number)) | {"version": number}
        except FileNotFoundError:
            return


def has_batch(table: Path, batch: str) -> bool:
    """Whether a batch is published in this table."""
    return any(commit.record and commit.record.batch == batch for commit in _commits_if_any(table))


def latest_record(table: Path, *, advancing: bool = False) -> Commit | None:
    """The newest commit of a batch; with ``advancing``, the newest that says which inputs are consumed.

    An erasure is no batch, but it restates what is consumed.
    """
    found = (each for each in _commits_if_any(table) if each.record)
    if advancing:
        return next((each for each in found if each.record and each.record.advances), None)
    return next((each for each in found if each.record and each.record.mode != ERASURE), None)


def _commits_if_any(table: Path) -> Iterator[Commit]:
    return commits(table) if exists(table) else iter(())


def from_account(entry: Mapping[str, Any]) -> Commit:
    """A commit from its own account of itself, its ``commitInfo``; one without a version has -1."""
    metrics = {name: str(value) for name, value in (entry.get("operationMetrics") or {}).items()}
    record = CommitRecord.from_json(entry.get("userMetadata"))
    operation = str(entry.get("operation", ""))
    return Commit(
        version=int(entry.get("version", -1)),
        committed_at=datetime.fromtimestamp(entry.get("timestamp", 0) / 1000, UTC),
        operation=operation,
        metrics=metrics,
        record=_with_engine_counts(record, operation, metrics) if record else None,
        parameters=entry.get("operationParameters") or {},
    )


def _with_engine_counts(record: CommitRecord, operation: str, metrics: dict[str, str]) -> CommitRecord:
    """Where keys are reduced to one row, only the engine knows how many rows were written.

    Its counts stand beside the record in the same commit, so the record is completed by them: what
    was judged good and not written was superseded by a newer row of its key.
    """
    if record.mode not in ("Upsert", "History"):
        return record
    if operation == "MERGE":
        names: tuple[str, ...] = ("numTargetRowsInserted",)
        if record.mode == "Upsert":
            names = ("numTargetRowsInserted", "numTargetRowsUpdated", "numTargetRowsDeleted")
        written = sum(int(metrics.get(name, 0)) for name in names)
    else:
        written = int(metrics.get("numOutputRows", record.rows_written))
    good = record.rows_in - record.rows_quarantined - record.rows_unchanged - record.rows_erased
    return record.with_counts(rows_written=written, rows_superseded=max(0, good - written))

"""Reading what a Delta table's log says, without a JVM.

The log is the one truth about what happened to a table: versions, the road's records
(:class:`~lakehouse.writing.record.CommitRecord`) and Delta's own metrics, which were counted by the
engine and so serve as an independent count.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from lakehouse.errors import TableError, explain
from lakehouse.writing.record import CommitRecord

__all__ = ["Commit", "commits", "exists", "latest_record", "marks", "open_table", "version"]


@dataclass(frozen=True, slots=True)
class Commit:
    """One version of a table. ``record`` is None for commits that the road's writers did not make."""

    version: int
    committed_at: datetime
    operation: str
    metrics: dict[str, str]
    record: CommitRecord | None


def exists(table: Path) -> bool:
    """Whether a Delta table lies in this folder."""
    log = table / "_delta_log"
    return log.is_dir() and any(log.glob("*.json"))


def open_table(table: Path) -> DeltaTable:
    """The table's current snapshot, or a :class:`TableError` that names the folder."""
    try:
        return DeltaTable(table)
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


def version(table: Path) -> int:
    """The table's newest version."""
    return open_table(table).version()


def commits(table: Path, limit: int | None = None) -> Iterator[Commit]:
    """The table's commits, newest first; those that a restore took back are passed over."""
    kept = None
    for entry in open_table(table).history(limit):
        if kept is not None and int(entry["version"]) > kept:
            continue
        yield _commit(entry)
        restored = str((entry.get("operationParameters") or {}).get("version"))
        if entry.get("operation") == "RESTORE" and restored.isdigit():
            kept = int(restored)


def marks(table: Path) -> Iterator[str]:
    """The user metadata of the table's commits, as text, newest first; commits without are passed over."""
    for entry in open_table(table).history():
        if entry.get("userMetadata"):
            yield str(entry["userMetadata"])


def latest_record(table: Path, *, advancing: bool = False) -> Commit | None:
    """The newest commit that carries a record; with ``advancing``, one that consumed its inputs.

    Looks at a few commits first: the record sought is nearly always the newest.
    """
    if not exists(table):
        return None
    for limit in (8, None):
        for commit in commits(table, limit):
            if commit.record and (commit.record.advances or not advancing):
                return commit
    return None


def _commit(entry: dict[str, Any]) -> Commit:
    metrics = {name: str(value) for name, value in (entry.get("operationMetrics") or {}).items()}
    record = CommitRecord.from_json(entry.get("userMetadata"))
    operation = str(entry.get("operation", ""))
    return Commit(
        version=int(entry["version"]),
        committed_at=datetime.fromtimestamp(entry["timestamp"] / 1000, UTC),
        operation=operation,
        metrics=metrics,
        record=_with_engine_counts(record, operation, metrics) if record else None,
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
    good = record.rows_in - record.rows_quarantined - record.rows_unchanged
    return record.with_counts(rows_written=written, rows_superseded=max(0, good - written))

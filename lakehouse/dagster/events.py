"""What a commit means in Dagster's event log: materializations by window, and verdicts by check.

The Delta log is the truth and this is its copy, so everything here is made from a commit's record and
from the table as it stands: a run and a later sync say the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa
import pyarrow.compute as pc

from lakehouse.dagster.checks import Verdict, verdicts
from lakehouse.dagster.metadata import lineage_metadata
from lakehouse.dagster.names import asset_key, is_windowed
from lakehouse.dataset import Dataset
from lakehouse.engine.asking import rows_by_window
from lakehouse.engine.deltalog import open_table
from lakehouse.writing.drift import RULE, changes_of
from lakehouse.writing.record import CommitRecord, RuleCount

__all__ = ["BATCH", "evaluations", "materializations", "rows_in_table"]

BATCH = "batch"
"""The metadata that ties an event to its commit."""


def materializations(
    dataset: Dataset,
    table: Path,
    record: CommitRecord,
    version: int,
    *,
    committed_at: datetime | None = None,
    problems: Sequence[str] = (),
) -> Iterator[dg.AssetMaterialization]:
    """The events of one commit: one for the table, or one for each window that it replaced.

    A commit that replaced a windowed table whole has touched every window that the table has.
    """
    metadata = _metadata(record, version, committed_at, problems) | lineage_metadata(table)
    if not is_windowed(dataset):
        metadata["dagster/row_count"] = rows_in_table(table)
        yield dg.AssetMaterialization(asset_key(dataset), metadata=metadata)
        return
    assert dataset.partitions is not None  # noqa: S101 - a windowed table has them
    rows = rows_by_window(table, dataset.partitions)
    for window in record.windows if record.windows is not None else tuple(rows):
        count = {"dagster/partition_row_count": rows.get(window, 0)}
        yield dg.AssetMaterialization(asset_key(dataset), partition=window, metadata=metadata | count)


def evaluations(
    dataset: Dataset,
    record: CommitRecord,
    samples: Mapping[str, Sequence[str]] | None = None,
    held: Sequence[str] = (),
) -> Iterator[Verdict]:
    """The verdicts of one commit; ``held`` says which loads it had to leave in the bucket."""
    changes = (*(str(change) for change in changes_of(record)), *held)
    told = {RULE: RuleCount(len(changes), "warn")} if changes else {}
    return verdicts(dataset, {**record.rules, **told}, {**(samples or {}), RULE: changes}, record.rows_in)


def rows_in_table(table: Path) -> int:
    """The rows of a table by its log and deletion vectors alone."""
    snapshot = open_table(table)
    total: int = snapshot.count()
    for batch in pa.RecordBatchReader.from_stream(snapshot.deletion_vectors()):
        kept = pc.list_flatten(batch.column("selection_vector"))
        total -= len(kept) - (pc.sum(kept).as_py() or 0)
    return total


def _metadata(
    record: CommitRecord, version: int, committed_at: datetime | None, problems: Sequence[str]
) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "rows in": record.rows_in,
        "rows written": record.rows_written,
        "rows quarantined": record.rows_quarantined,
        "rows superseded": record.rows_superseded,
        "rows unchanged": record.rows_unchanged,
        "seconds": record.seconds,
        "delta version": version,
        "trigger": record.trigger,
        "lakehouse run": record.run,
        BATCH: record.batch,
    }
    if record.inputs:
        metadata["inputs"] = {
            name: f"{read.how}: {read.after}…{read.to}"
            if read.after is not None
            else f"{read.how}: {read.to}"
            for name, read in record.inputs.items()
        }
    if record.loads:
        metadata["loads"] = len(record.loads)
    if record.windows is not None:
        metadata["windows"] = len(record.windows)
    if committed_at is not None:
        metadata["committed at"] = dg.MetadataValue.timestamp(committed_at)
    if problems:
        metadata["problems"] = list(problems)
    return metadata

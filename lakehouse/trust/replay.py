"""Deciding about rows in quarantine: feed them through the write path again, or discard them.

How a row gets back depends on the write mode. ``Append``, an ``Upsert`` with a sequence and ``History``
take the row itself, through all rules of today's contract; what breaks again goes back into quarantine
as a new row. Elsewhere an old row may contradict what its inputs say by now, so it is made anew: the
windows of a ``ReplaceWindow``, the whole of a ``Snapshot`` and of an ``Upsert`` without a sequence.

A replay that is killed is never done twice. First the rows are marked with the replay's run, then the
batch is published under that run, then the rows are resolved; whoever comes next looks into the
table's log whether the run of marked rows was published. One replay of a table runs at a time.
"""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, BinaryType, DataType, MapType, StringType, StructType, VariantType

from lakehouse.change.fingerprint import code_hash
from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog
from lakehouse.engine.storage import table_lock
from lakehouse.errors import LakehouseError
from lakehouse.lake import Lake
from lakehouse.modes import Append, History, ReplaceWindow, Upsert
from lakehouse.partitions import Partitions
from lakehouse.trust import quarantine
from lakehouse.trust.inspection import finished_replays, waiting_ids
from lakehouse.writing import sidecar
from lakehouse.writing.evolve import table_schema
from lakehouse.writing.loads import ORIGIN
from lakehouse.writing.path import write
from lakehouse.writing.request import Outcome, Request, Trigger

__all__ = ["Replayed", "discard", "new_run", "replay"]

_COMPLEX = (ArrayType, BinaryType, MapType, StructType, VariantType)
_LINE: dict[str, DataType] = {
    "_missing": ArrayType(StringType()),
    "_problem": StringType(),
    "_line": StringType(),
}


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of a replay.

    ``rows`` were taken out of quarantine, ``how`` says what was done with them. Where ``outcome`` wrote
    nothing they still wait. ``older_code`` tells that rows were fed in as an older version of the
    transformation made them.
    """

    dataset: str
    rows: int
    how: str
    outcome: Outcome
    older_code: bool = False


def new_run() -> str:
    """A run id that no other replay has."""
    return f"replay-{uuid.uuid4().hex[:12]}"


def replay(
    lake: Lake,
    spark: SparkSession,
    dataset: Dataset,
    *,
    run: str,
    rule: str | None = None,
    ids: Sequence[str] = (),
) -> Replayed:
    """Feed rows through the write path again: those that break ``rule``, those of ``ids``, or all.

    ``run`` must be new, see :func:`new_run`. Raises :class:`~lakehouse.errors.QuarantineError` where no
    row is meant, and what :func:`~lakehouse.writing.path.write` raises; the rows then go on waiting.
    """
    path = lake.quarantine(dataset)
    with _deciding(lake, spark, dataset):
        with _settled(lake, spark, dataset):
            chosen = waiting_ids(lake, dataset, rule=rule, ids=ids)
            quarantine.mark(spark, path, _meant(chosen, rule, ids), run)
        rows = quarantine.marked(spark, path, run)
        request, how = _request(lake, dataset, rows, run)
        outcome = write(lake, spark, dataset, request)
        with _settled(lake, spark, dataset):
            pass
    older = request.trigger is Trigger.REPLAY and _older_code(lake, dataset, rows)
    return Replayed(dataset.full_name, len(chosen), how, outcome, older)


def discard(
    lake: Lake,
    spark: SparkSession,
    dataset: Dataset,
    *,
    by: str,
    reason: str,
    rule: str | None = None,
    ids: Sequence[str] = (),
) -> int:
    """Decide that rows are never published; they stay, with ``by`` and ``reason``. Gives how many."""
    with _deciding(lake, spark, dataset), _settled(lake, spark, dataset):
        chosen = waiting_ids(lake, dataset, rule=rule, ids=ids)
        waiting = F.col("resolution").isNull() & _meant(chosen, rule, ids)
        quarantine.resolve_where(spark, lake.quarantine(dataset), waiting, "discarded", f"{by}: {reason}")
        return len(chosen)


@contextmanager
def _deciding(lake: Lake, spark: SparkSession, dataset: Dataset) -> Iterator[None]:
    """One decision about a table's quarantine at a time; its writers are not held up by it."""
    lock, name = lake.lock(dataset).with_suffix(".quarantine.lock"), f"{dataset.full_name}'s quarantine"
    with table_lock(lock, name, spark=spark):
        yield


@contextmanager
def _settled(lake: Lake, spark: SparkSession, dataset: Dataset) -> Iterator[None]:
    """Under the table's lock, with what an earlier process left unfinished brought to its end."""
    path, table = lake.quarantine(dataset), lake.table(dataset)
    with table_lock(lake.lock(dataset), dataset.full_name, spark=spark):
        sidecar.drop_unpublished(spark, path, table)
        for run in finished_replays(path, table):
            taken = F.col("resolution").isNull() & (F.col("resolved_by") == run)
            quarantine.resolve_where(spark, path, taken, "replayed", run)
        yield


def _meant(chosen: Sequence[str], rule: str | None, ids: Sequence[str]) -> Column:
    """The condition, in words of the log: ids only where ids were given, since a log keeps them all."""
    if ids:
        return F.col("quarantine_id").isin(list(chosen))
    return F.array_contains("broken", rule) if rule is not None else F.lit(True)


def _request(lake: Lake, dataset: Dataset, rows: DataFrame, run: str) -> tuple[Request, str]:
    """How the dataset's write mode takes rows back, and that in words."""
    mode = dataset.mode
    if isinstance(mode, (Append, History)) or (isinstance(mode, Upsert) and mode.sequence_by):
        frame = _frame(dataset, rows)
        return Request(run, Trigger.REPLAY, rows=frame), "fed through the write path again"
    if isinstance(mode, ReplaceWindow) and dataset.partitions:
        windows = _windows(lake, dataset, dataset.partitions, rows)
        if windows:
            return Request(run, Trigger.BACKFILL, windows), f"windows run again: {', '.join(windows)}"
    return Request(run, Trigger.REBUILD), "the whole table built again"


def _frame(dataset: Dataset, rows: DataFrame) -> DataFrame:
    """The rows as the transformation gave them, for the contract to judge anew."""
    if dataset.source:
        types = {field.name: field.dataType for field in table_schema(dataset).fields}
        own = {name: types[name] for name in ORIGIN} | _LINE
        return quarantine.rows_as_they_came(rows, dataset.spec.column_names, own)
    kept: dict[str, DataType] = {c.name: c.type for c in dataset.spec.columns if isinstance(c.type, _COMPLEX)}
    plain = [name for name in dataset.spec.column_names if name not in kept]
    if isinstance(dataset.mode, (Upsert, History)):
        kept["_change"] = StringType()
    return quarantine.rows_as_they_came(rows, plain, kept)


def _windows(lake: Lake, dataset: Dataset, partitions: Partitions, rows: DataFrame) -> tuple[str, ...]:
    """The windows to run again: a row's own, or where it does not tell, those of its batch; none: all."""
    start = F.get_json_object("row", f"$.{partitions.column}").alias("start")
    records = [commit.record for commit in deltalog.commits(lake.table(dataset)) if commit.record]
    written = {record.batch: record.windows for record in records}
    found: set[str] = set()
    for row in rows.select(start, sidecar.BATCH).distinct().collect():
        key = _key(row["start"], partitions)
        windows = (key,) if key else written.get(row[sidecar.BATCH])
        if windows is None:
            return ()
        found.update(windows)
    return tuple(sorted(found))


def _key(start: str | None, partitions: Partitions) -> str | None:
    try:
        key = partitions.key_of(datetime.fromisoformat(start or "").replace(tzinfo=None))
    except (LakehouseError, ValueError):
        return None
    return key if key >= partitions.start else None


def _older_code(lake: Lake, dataset: Dataset, rows: DataFrame) -> bool:
    batches = {row[sidecar.BATCH] for row in rows.select(sidecar.BATCH).distinct().collect()}
    records = (commit.record for commit in deltalog.commits(lake.table(dataset)))
    codes = {record.code for record in records if record and record.batch in batches}
    return reduce(or_, (code != code_hash(dataset.function) for code in codes), False)

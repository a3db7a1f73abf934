"""Before a batch: whatever a crash has left of the batches before it is brought to its end.

A commit that was not acknowledged is kept if it is whole, else moved aside
(:mod:`lakehouse.engine.repair`); rows that an unpublished batch wrote beside the table are removed
(:mod:`lakehouse.writing.sidecar`). What then is there is what some undisturbed run would have left.
"""

from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog, repair
from lakehouse.engine.faults import forget_tables
from lakehouse.engine.storage import table_lock
from lakehouse.errors import TableLocked
from lakehouse.lake import Lake
from lakehouse.partitions import Every
from lakehouse.telling.logs import get_logger
from lakehouse.trust import quarantine
from lakehouse.writing import sidecar
from lakehouse.writing.conserve import doubt
from lakehouse.writing.record import CommitRecord
from lakehouse.writing.request import Trigger

__all__ = ["recover", "recover_inputs", "retire_replaced"]

log = get_logger(__name__)


def recover(lake: Lake, spark: SparkSession, dataset: Dataset) -> None:
    """Bring a table and what goes with it in order. Needs the table's lock."""
    table, sidecars = lake.table(dataset), (lake.quarantine(dataset), lake.tombstones(dataset))
    for place in (table, *sidecars):
        _settle(spark, place)
    for place in sidecars:
        if sidecar.drop_unpublished(spark, place, table):
            log.warning(
                "recovered", "removed rows of a batch that was never published", place=place.parent.name
            )


def retire_replaced(lake: Lake, spark: SparkSession, dataset: Dataset) -> None:
    """After a batch that replaced the whole table: what earlier ones wrote beside it holds no longer.

    Bad rows that are still bad were set aside anew, and tombstones written anew. Called again before
    the next batch, since a process may be killed right after publishing. Needs the table's lock.
    """
    last = deltalog.latest_record(lake.table(dataset))
    if last is None or last.record is None:
        return
    if not _replaces_all(last.record):
        _retire_part(lake, spark, dataset, last.record)
        return
    batch, run, aside = last.record.batch, last.record.run, lake.quarantine(dataset)
    sidecar.drop_replaced(spark, lake.tombstones(dataset), batch)
    if sidecar.others(aside, batch, which="resolution IS NULL AND resolved_by IS NULL"):
        waiting = F.col("resolution").isNull() & F.col("resolved_by").isNull()
        quarantine.resolve_where(spark, aside, waiting & (F.col(sidecar.BATCH) != batch), "rebuilt", run)


def _retire_part(lake: Lake, spark: SparkSession, dataset: Dataset, record: CommitRecord) -> None:
    """The same after a batch that replaced windows or loads: for the rows that waited of those."""
    aside, partitions = lake.quarantine(dataset), dataset.partitions
    if record.trigger == Trigger.RELOAD.value:
        there = F.get_json_object("row", "$._load_id").isin(list(record.loads))
    elif partitions is not None and record.windows:
        start = "%Y-%m-%dT%H" if partitions.every is Every.HOUR else "%Y-%m-%d"
        replaced = [partitions.parse(key).strftime(start) for key in record.windows]
        there = F.substring(F.get_json_object("row", f"$.{partitions.column}"), 1, len(replaced[0])).isin(
            replaced
        )
    else:
        return
    if not sidecar.others(aside, record.batch, which="resolution IS NULL AND resolved_by IS NULL"):
        return
    waiting = F.col("resolution").isNull() & F.col("resolved_by").isNull()
    which = waiting & there & (F.col(sidecar.BATCH) != record.batch)
    if spark.read.format("delta").load(str(aside)).where(which).head(1):
        quarantine.resolve_where(spark, aside, which, "rebuilt", record.run)


def _replaces_all(record: CommitRecord) -> bool:
    if record.mode == "Snapshot" or record.trigger == Trigger.REBUILD.value:
        return True
    whole = bool(record.inputs) and all(read.after is None for read in record.inputs.values())
    return whole and record.advances and record.windows is None


def recover_inputs(lake: Lake, spark: SparkSession, dataset: Dataset) -> None:
    """The same for the inputs' tables, as far as nobody is writing them at this moment."""
    for name in dataset.inputs:
        upstream = lake.catalog[name]
        if repair.examine(lake.table(upstream)).settled:
            continue
        try:
            with table_lock(lake.lock(upstream), upstream.full_name, wait=0):
                _settle(spark, lake.table(upstream))
        except TableLocked:
            continue


def _settle(spark: SparkSession, place: Path) -> None:
    settled = repair.settle(place, doubt)
    if settled.kept:
        log.warning(
            "recovered",
            "acknowledged commits whose writer was stopped before it could",
            place=str(place),
            versions=list(settled.kept),
        )
    if settled.aside:
        forget_tables(spark)  # it may have read what is now gone
        log.warning(
            "recovered",
            f"moved commits aside that were never acknowledged: {settled.reason}",
            place=str(place),
            versions=list(settled.aside),
        )

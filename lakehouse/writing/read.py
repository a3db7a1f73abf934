"""Step 1, read, second half: the frames that the transformation is given.

Every input is pinned to the version that the batch will record. What changed comes from the inputs'
change data feed, with pre-images: a record that moves from one day to another touches both.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, reduce
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog
from lakehouse.lake import Lake
from lakehouse.layers import Layer
from lakehouse.modes import Append
from lakehouse.partitions import Partitions
from lakehouse.reading import Changes, Keys, Read, Windows
from lakehouse.trust.privacy import protect, unmarked_texts
from lakehouse.writing.pending import first_unread
from lakehouse.writing.publish import content_hash
from lakehouse.writing.record import ERASURE, InputRead
from lakehouse.writing.request import Pending
from lakehouse.writing.unchanged import any_unchanged, as_bronze, completed

__all__ = ["Frames", "at_version", "read_inputs"]

Whole = Callable[[str], DataFrame]
"""Gives an input with all of its rows, by name."""

_FEED = ("_change_type", "_commit_version", "_commit_timestamp")


@dataclass(frozen=True, slots=True)
class Frames:
    """What was read.

    ``inputs`` by parameter name. ``windows`` are the keys of the windows that the frames hold whole,
    ``touched`` the key values (named like the reader's columns) that they hold whole; both are None
    where the mode has no use for them, or everything was read.
    """

    inputs: Mapping[str, DataFrame]
    windows: tuple[str, ...] | None = None
    touched: DataFrame | None = None


def read_inputs(lake: Lake, spark: SparkSession, dataset: Dataset, pending: Pending) -> Frames:
    """Read a derived dataset's inputs as each was declared to be read."""

    @cache
    def whole(name: str) -> DataFrame:
        """An input with all of its rows, opened when it is first needed."""
        return _input(lake, spark, dataset, name, pending.inputs[name].to)

    if pending.whole:
        known = {name: _known(lake, name, pending.inputs[name], whole(name), whole) for name in dataset.reads}
        return Frames(
            {name: _everything(known[name], dataset.reads[name], dataset.partitions) for name in known}
        )
    if dataset.partitions and any(isinstance(read, Windows) for read in dataset.reads.values()):
        return _read_windows(lake, spark, dataset, pending, whole)
    if any(isinstance(read, Keys) for read in dataset.reads.values()):
        return _read_keys(lake, spark, dataset, pending, whole)
    frames = {}
    for name, read in dataset.reads.items():
        changed = isinstance(read, Changes)
        rows = _net_changes(lake, spark, dataset, name, pending.inputs[name]) if changed else whole(name)
        frames[name] = _known(lake, name, pending.inputs[name], rows, whole)
    return Frames(frames)


def at_version(spark: SparkSession, table: object, version: int) -> DataFrame:
    """A table as it was at one version."""
    return spark.read.format("delta").option("versionAsOf", version).load(str(table))


def _input(lake: Lake, spark: SparkSession, dataset: Dataset, name: str, version: int) -> DataFrame:
    upstream = lake.catalog[name]
    frame = at_version(spark, lake.table(upstream), version)
    return _protected(lake, dataset, upstream, as_bronze(frame) if upstream.source else frame)


def _known(lake: Lake, name: str, read: InputRead, rows: DataFrame, whole: Whole) -> DataFrame:
    """Rows of an input, those of bronze completed by what its log did not repeat."""
    upstream = lake.catalog[name]
    if not upstream.source:
        return rows
    if upstream.spec.key and any_unchanged(lake.table(upstream), read.to):
        rows = completed(rows, whole(name), upstream.spec.key)
    return rows.drop("_unchanged")


def _protected(lake: Lake, dataset: Dataset, upstream: Dataset, frame: DataFrame) -> DataFrame:
    if (
        upstream.layer.holds_personal_data
        and not dataset.layer.holds_personal_data
        and dataset.layer is not Layer.OPS
    ):
        spec = upstream.spec
        needed = spec.personal or unmarked_texts(spec) & set(spec.key)
        key = lake.settings.require_pseudonym_key() if needed else ""
        return protect(frame, upstream.spec, key)
    return frame


def _feed(lake: Lake, spark: SparkSession, dataset: Dataset, name: str, read: InputRead) -> DataFrame | None:
    """The input's change data feed over the versions that are new, or None where none is."""
    if read.after is None or read.after >= read.to:
        return None
    upstream = lake.catalog[name]
    # From the first change on: the files of maintenance and erasures before it may be gone.
    unread = first_unread(lake.table(upstream), read.after)
    if unread is None or unread.version > read.to:
        return None
    feed = (
        spark.read.format("delta")
        .option("readChangeFeed", "true")
        .option("startingVersion", unread.version)
        .option("endingVersion", read.to)
        .load(str(lake.table(upstream)))
    )
    return _protected(lake, dataset, upstream, as_bronze(feed) if upstream.source else feed)


def _as_changes(frame: DataFrame, read: Read) -> DataFrame:
    """A whole input for a reader that expects changes: every row is new."""
    if isinstance(read, Changes) and "_change" not in frame.columns:
        return frame.withColumn("_change", F.lit("upsert"))
    return frame


def _everything(frame: DataFrame, read: Read, partitions: Partitions | None) -> DataFrame:
    """A whole input for a reader of changes or windows: every row is new, every window is touched."""
    if isinstance(read, Windows) and partitions is not None:
        return frame.where(partitions.rows_since(frame, read.by, partitions.start))
    return _as_changes(frame, read)


def _net_changes(lake: Lake, spark: SparkSession, dataset: Dataset, name: str, read: InputRead) -> DataFrame:
    """The newest image of every row that changed, with ``_change``; of appended rows, each."""
    upstream = lake.catalog[name]
    feed = _feed(lake, spark, dataset, name, read)
    if feed is None:
        return _as_changes(_input(lake, spark, dataset, name, read.to).limit(0), Changes())
    if isinstance(upstream.mode, Append):
        return _appended(lake.table(upstream), feed, read).drop(*_FEED)
    key = upstream.spec.key or tuple(upstream.spec.column_names)
    images = feed.where(F.col("_change_type") != "update_preimage")
    gone = F.col("_change_type") == "delete"
    newest = Window.partitionBy(*key).orderBy(F.desc("_commit_version"), gone.asc())
    return (
        images.withColumn("_rank", F.row_number().over(newest))
        .where(F.col("_rank") == 1)
        .withColumn("_change", F.when(gone, F.lit("delete")).otherwise(F.lit("upsert")))
        .drop("_rank", *_FEED)
    )


def _appended(table: Path, feed: DataFrame, read: InputRead) -> DataFrame:
    """The rows that were appended, without those that an erasure has taken out since."""
    newer = deltalog.commits_since(table, read.after or 0)
    if not any(each.record and each.record.mode == ERASURE for each in newer):
        return feed.where(F.col("_change_type") == "insert")
    names = [name for name in feed.columns if name not in _FEED]
    told = feed.withColumn("__row", content_hash(F.col(name) for name in names))
    before = F.col("_change_type").isin("delete", "update_preimage")
    return told.where(~before).join(told.where(before), on="__row", how="left_anti").drop("__row")


def _read_keys(
    lake: Lake,
    spark: SparkSession,
    dataset: Dataset,
    pending: Pending,
    whole: Whole,
) -> Frames:
    """All rows of every key that changed in any of the inputs read by keys."""
    changed = []
    for name, read in dataset.reads.items():
        feed = _feed(lake, spark, dataset, name, pending.inputs[name]) if isinstance(read, Keys) else None
        if feed is not None and isinstance(read, Keys):
            changed.append(feed.select(*(F.col(theirs).alias(ours) for ours, theirs in read.columns.items())))
    columns = next(list(read.columns) for read in dataset.reads.values() if isinstance(read, Keys))
    if not changed:
        empty = next(whole(name) for name, read in dataset.reads.items() if isinstance(read, Keys))
        changed = [empty.limit(0).select(*(F.lit(None).cast("string").alias(column) for column in columns))]
    touched = reduce(DataFrame.unionByName, changed).distinct()
    frames = {}
    for name, read in dataset.reads.items():
        frames[name] = whole(name)
        if isinstance(read, Keys):
            theirs = touched.select(*(F.col(ours).alias(column) for ours, column in read.columns.items()))
            frames[name] = whole(name).join(theirs, on=list(read.columns.values()), how="left_semi")
        frames[name] = _known(lake, name, pending.inputs[name], frames[name], whole)
    return Frames(frames, touched=touched)


def _read_windows(
    lake: Lake,
    spark: SparkSession,
    dataset: Dataset,
    pending: Pending,
    whole: Whole,
) -> Frames:
    """All rows of every window that a changed row lies in, or lay in before it changed."""
    partitions = dataset.partitions
    assert partitions is not None  # noqa: S101 - the caller's condition
    windows = pending.windows
    if windows is None:
        found: set[str] = set()
        for name, read in dataset.reads.items():
            feed = (
                _feed(lake, spark, dataset, name, pending.inputs[name]) if isinstance(read, Windows) else None
            )
            if feed is not None and isinstance(read, Windows):
                found |= _windows_in(feed, read.by, partitions)
        windows = tuple(sorted(key for key in found if key >= partitions.start))
    frames = {}
    for name, read in dataset.reads.items():
        frames[name] = whole(name)
        if isinstance(read, Windows):
            frames[name] = whole(name).where(partitions.rows_in(whole(name), read.by, windows))
    return Frames(frames, windows=windows)


def _windows_in(frame: DataFrame, by: str, partitions: Partitions) -> set[str]:
    start = partitions.window_of_column(frame, by).alias("start")
    return {
        partitions.key_of(row["start"]) for row in frame.select(start).distinct().collect() if row["start"]
    }

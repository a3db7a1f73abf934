"""The first lake as one would write it by hand: a plain PySpark script in one session, without checks.

Spark's own JSON reader with the columns' types, window functions, one write per table. What the company
computes (each dataset's function) is the same as on the road, and so are the tables' properties, pseudonyms
and syncing; rules, quarantine, counts, records, lineage, locks and recovery are not there. The few rows that
the road sets aside are left out by their keys, which are told beforehand, so that the tables can be compared.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path

from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from lakehouse.capture.loads import Load, list_loads
from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog
from lakehouse.engine.durability import acknowledge
from lakehouse.engine.tables import create_table
from lakehouse.modes import History, ReplaceWindow, Snapshot, Upsert
from lakehouse.reading import Windows
from lakehouse.sources import FullDumps
from lakehouse.trust.privacy import protect
from lakehouse.writing.evolve import table_schema

__all__ = ["ByHand", "Known"]

Known = Mapping[str, Sequence[tuple[object, int]]]
"""By dataset: key (its first column) and position of the rows that are left out."""


@dataclass(frozen=True, slots=True)
class ByHand:
    """Where the script reads and writes; ``finish`` gives a table the columns it has beside its content."""

    spark: SparkSession
    bucket: Path
    folder: Path
    key: str
    left_out: Known
    finish: Callable[[DataFrame, Dataset], DataFrame]

    def build(self, datasets: Sequence[Dataset]) -> None:
        """Write every table once, inputs before readers."""
        for dataset in datasets:
            rows = self._bronze(dataset) if dataset.source else self._derived(dataset, datasets)
            self._write(rows, dataset)

    def table(self, dataset: Dataset) -> Path:
        """The folder of a table."""
        return self.folder / dataset.full_name

    def _bronze(self, dataset: Dataset) -> DataFrame:
        source = dataset.source
        assert source is not None  # noqa: S101 - the caller's condition
        loads = list_loads(self.bucket, source.system, source.table).loads
        rows = self._lines(dataset, loads)
        if isinstance(source, FullDumps):
            rows = differences(rows, dataset.spec.key, dataset.spec.column_names, len(loads))
        else:
            rows = rows.withColumn("_change", F.lit("upsert"))
        known = rows.join(F.broadcast(self._about(loads)), on="_ordinal", how="inner")
        return self._without_left_out(dataset.function(known), dataset, dataset.spec.key[0], "_position")

    def _lines(self, dataset: Dataset, loads: Sequence[Load]) -> DataFrame:
        ordinals = {load.load_id: number for number, load in enumerate(loads, start=1)}
        folder = F.element_at(F.split("_metadata.file_path", "/"), -2)
        paths = [str(file.path) for load in loads for file in load.files]
        rows = self.spark.read.schema(dataset.spec.schema).json(paths)
        number = F.create_map(*(F.lit(part) for pair in ordinals.items() for part in pair))
        return rows.select("*", F.element_at(number, folder).alias("_ordinal"))

    def _about(self, loads: Sequence[Load]) -> DataFrame:
        told = [
            (number, load.load_id, load.position, load.extracted_at, load.arrived_at)
            for number, load in enumerate(loads, start=1)
        ]
        columns = "_ordinal int, _load_id string, _position bigint, _extracted_at timestamp"
        return self.spark.createDataFrame(told, f"{columns}, _arrived_at timestamp")

    def _derived(self, dataset: Dataset, datasets: Sequence[Dataset]) -> DataFrame:
        by_name = {each.name: each for each in datasets}
        rows = dataset.function(**{name: self._input(dataset, by_name[name]) for name in dataset.inputs})
        mode = dataset.mode
        if isinstance(mode, (Upsert, History)) and mode.sequence:
            rows = self._without_left_out(rows, dataset, dataset.spec.key[0], mode.sequence[0])
            rows = versions(rows, dataset) if isinstance(mode, History) else latest(rows, dataset)
        elif not isinstance(mode, (ReplaceWindow, Snapshot, Upsert)):
            raise SystemExit(f"{dataset.full_name} is written by {mode.name}, which the script does not know")
        return rows

    def _input(self, reader: Dataset, upstream: Dataset) -> DataFrame:
        rows = self.spark.read.format("delta").load(str(self.table(upstream)))
        read, windows = reader.reads[upstream.name], reader.partitions
        if upstream.source:
            rows = protect(rows, upstream.spec, self.key)
        elif isinstance(read, Windows) and windows is not None:
            first = F.lit(windows.start).cast("date")
            rows = rows.where(windows.window_of_column(rows, read.by) >= first)
        return rows

    def _without_left_out(self, rows: DataFrame, dataset: Dataset, key: str, place: str) -> DataFrame:
        known = self.left_out.get(dataset.full_name, ())
        which: list[Column] = [(F.col(key) == value) & (F.col(place) == at) for value, at in known]
        return rows.where(~reduce(or_, which)) if which else rows

    def _write(self, rows: DataFrame, dataset: Dataset) -> None:
        table = self.table(dataset)
        create_table(self.spark, table, table_schema(dataset), comment=dataset.spec.grain)
        self.finish(rows, dataset).write.format("delta").mode("append").save(str(table))
        acknowledge(table, deltalog.version(table))


def differences(rows: DataFrame, key: Sequence[str], columns: Sequence[str], dumps: int) -> DataFrame:
    """Of whole dumps, numbered by ``_ordinal``: rows that are new or differ, and keys that are gone."""
    told = rows.withColumn("_hash", F.xxhash64(*columns))
    by_key = Window.partitionBy(*key).orderBy("_ordinal")
    before = F.lag(F.struct("_ordinal", "_hash")).over(by_key)
    following = F.lead("_ordinal").over(by_key)
    seen = told.select("*", before.alias("_before"), following.alias("_following"))
    same = (F.col("_before._ordinal") == F.col("_ordinal") - 1) & (F.col("_before._hash") == F.col("_hash"))
    new = seen.where(~F.coalesce(same, F.lit(False))).withColumn("_change", F.lit("upsert"))
    gone_by = F.col("_ordinal") + 1
    gone = seen.where((gone_by <= dumps) & ~F.coalesce(F.col("_following") == gone_by, F.lit(False)))
    deletes = gone.select(*key, gone_by.alias("_ordinal"), F.lit("delete").alias("_change"))
    kept = new.select(*columns, "_ordinal", "_change")
    return kept.unionByName(deletes, allowMissingColumns=True)


def latest(rows: DataFrame, dataset: Dataset) -> DataFrame:
    """The latest row per key, unless it is a delete."""
    mode = dataset.mode
    assert isinstance(mode, Upsert)  # noqa: S101 - the caller's condition
    newest = Window.partitionBy(*dataset.spec.key).orderBy(*(F.desc(name) for name in mode.sequence))
    ranked = rows.withColumn("_rank", F.row_number().over(newest))
    return ranked.where((F.col("_rank") == 1) & (F.col("_change") == "upsert")).drop("_change")


def versions(rows: DataFrame, dataset: Dataset) -> DataFrame:
    """Every version with the time from which, and up to which, it held."""
    mode = dataset.mode
    assert isinstance(mode, History)  # noqa: S101 - the caller's condition
    by_key = Window.partitionBy(*dataset.spec.key).orderBy(*mode.sequence)
    timed = rows.select(
        "*",
        F.col(mode.valid_column).alias("valid_from"),
        F.lead(mode.valid_column).over(by_key).alias("valid_to"),
    )
    held = timed.where(F.col("_change") == "upsert")
    return held.withColumn("is_current", F.col("valid_to").isNull()).drop("_change")

"""Changed rows into two million that are there: the road, bare delta-spark, delta-rs, DuckDB and delta-rs.

Each way has a table of its own with the same rows. In each round a batch of changes is committed to the
table that all four read by its change data feed; each reduces it to the newest row per key and merges it.
"""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import typer
from changed_records import CONTENT, RecordChanges, Records, changed_records, first_records, record_changes
from delta.tables import DeltaTable
from deltalake import DeltaTable as RustTable
from lakes import as_published, lake_in, put, run, same_rows, session
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F
from side_by_side import Way, side_by_side

from lakehouse import Append, Upsert, changes, silver
from lakehouse.engine import deltalog
from lakehouse.engine.durability import acknowledge
from lakehouse.engine.tables import create_table
from lakehouse.writing.evolve import table_schema
from lakehouse.writing.record import InputRead

KEYS = "s.record_id = t.record_id"
NEWER = "s.version > t.version"


@silver(contract=RecordChanges, write=Append(), owner="team:bench", reads={"record_changes": changes()})
def versions(record_changes: DataFrame) -> DataFrame:
    """What all read; plain Spark writes it here. Texts from bronze would be masked, by the road alone."""
    return record_changes.select(*CONTENT)


@silver(
    contract=Records, write=Upsert(sequence_by="version"), owner="team:bench", reads={"versions": changes()}
)
def records(versions: DataFrame) -> DataFrame:
    """The latest version of each."""
    return versions.select(*CONTENT, "_change")


class Bench:
    """Four tables of the same records, and the changes that go into each."""

    def __init__(self, spark: SparkSession, folder: Path, rows: int, changed: int) -> None:
        self.spark, self.lake = spark, lake_in(folder, record_changes, versions, records)
        self.rows, self.changed, self.committed = rows, changed, dict[int, int]()
        self.source = self.lake.table(versions)
        first = first_records(self.spark, rows)
        read = {"versions": InputRead("changes", put(self.lake, self.spark, versions, first))}
        put(self.lake, self.spark, records, first, inputs=read)
        published = as_published(first, records)
        self.plain, self.rust, self.duck = (folder / name for name in ("plain", "rust", "duck"))
        create_table(self.spark, self.plain, table_schema(records), comment="records")
        published.write.format("delta").mode("append").save(str(self.plain))
        for table in (self.rust, self.duck):  # delta-rs writes no deletion vectors and no change data
            published.write.format("delta").save(str(table))

    def deliver(self, number: int) -> None:
        """Commit the round's batch to the table that all read."""
        if number not in self.committed:
            batch = changed_records(self.spark, self.changed, self.rows, number + 100)
            self.committed[number] = put(self.lake, self.spark, versions, batch)

    def ways(self) -> tuple[Way, Way, Way, Way]:
        """The road, and the three others."""
        return (
            Way("road", lambda _: run(self.lake, self.spark, records), self.deliver),
            Way("delta-spark", self._delta_spark, self.deliver),
            Way("delta-rs", self._merged_by_rust(self.rust, newest_by_arrow), self.deliver),
            Way("DuckDB + delta-rs", self._merged_by_rust(self.duck, newest_by_duckdb), self.deliver),
        )

    def _delta_spark(self, number: int) -> None:
        version = self.committed[number]
        feed = self.spark.read.format("delta").option("readChangeFeed", "true")
        batch = feed.option("startingVersion", version).option("endingVersion", version)
        newest = Window.partitionBy("record_id").orderBy(F.desc("version"))
        rows = batch.load(str(self.source)).withColumn("_rank", F.row_number().over(newest))
        rows = as_published(rows.where("_rank = 1").select(*CONTENT), records)
        table = DeltaTable.forPath(self.spark, str(self.plain)).alias("t")
        merge = table.merge(rows.alias("s"), KEYS).whenMatchedUpdateAll(NEWER).whenNotMatchedInsertAll()
        merge.execute()
        acknowledge(self.plain, deltalog.version(self.plain))

    def _merged_by_rust(self, table: Path, newest: Callable[[pa.Table], pa.Table]) -> Callable[[int], None]:
        def merge(number: int) -> None:
            version = self.committed[number]
            feed = RustTable(self.source).load_cdf(starting_version=version, ending_version=version)
            rows = newest(pa.table(feed.read_all()).select(CONTENT))
            target = RustTable(table)
            builder = target.merge(rows, predicate=KEYS, source_alias="s", target_alias="t")
            values = {name: f"s.{name}" for name in CONTENT}
            builder = builder.when_matched_update(values, predicate=NEWER)
            builder.when_not_matched_insert(values).execute()
            acknowledge(table, target.version())

        return merge

    def prove(self) -> None:
        """All four tables hold the same records."""
        road = self._held(self.lake.table(records))
        for name, table in (("delta-spark", self.plain), ("delta-rs", self.rust), ("DuckDB", self.duck)):
            same_rows(f"road and {name}", road, self._held(table), CONTENT)

    def _held(self, table: Path) -> DataFrame:
        return self.spark.read.format("delta").load(str(table))


def newest_by_arrow(rows: pa.Table) -> pa.Table:
    """The newest row per key, by Arrow alone: no two rows have the same version."""
    known = [each.with_type(pa.string()) if each.type == pa.string_view() else each for each in rows.schema]
    newest = rows.group_by("record_id").aggregate([("version", "max")])["version_max"]
    return rows.cast(pa.schema(known)).filter(pc.is_in(rows["version"], value_set=newest))


def newest_by_duckdb(rows: pa.Table) -> pa.Table:
    """The newest row per key, by DuckDB."""
    newest = "SELECT * FROM rows QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY version DESC) = 1"
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("rows", rows)
        return connection.sql(newest).to_arrow_table()


def main(
    rows: Annotated[int, typer.Option(help="Records in the table.")] = 2_000_000,
    share: Annotated[list[float] | None, typer.Option(help="Changed rows, in % of those.")] = None,
    rounds: Annotated[int, typer.Option(help="Measured rounds.")] = 5,
) -> None:
    """Measure."""
    with session() as (spark, folder):
        for percent in share or (0.01, 1.0, 10.0):
            bench = Bench(spark, folder / f"{percent:g}", rows, max(10, round(rows * percent / 100)))
            road, plain, *beside = bench.ways()
            side_by_side(
                f"upsert_{percent:g}%", road, plain, target=1.2, or_seconds=0.5, rounds=rounds, beside=beside
            )
            bench.prove()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    typer.run(main)

"""One key, or one day, read from a clustered table and from one whose rows lie as they came.

Both tables hold the same rows, and both are compacted to files of one size. Which files a reader opens, and
how many bytes they are, is said beside the seconds; so is what clustering costs once, in the compaction.
"""

import warnings
from pathlib import Path
from typing import Annotated

import pyspark.sql.types as T
import typer
from lakes import lake_in, put, same_rows, session
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from side_by_side import Way, side_by_side, timed

from lakehouse import Contract, Field, Files, bronze
from lakehouse.engine.maintenance import compact

_MIB = 1024**2
_FIRST = "2026-01-01"
_LATE = 20  # one row in so many is late, by up to a month


class Visits(Contract):
    """One row per visit."""

    visit_id: T.LongType() = Field()
    customer_id: T.LongType() = Field()
    day: T.DateType() = Field()
    referrer: T.StringType() = Field()


@bronze(contract=Visits, source=Files("bench", "visits"), owner="team:bench")
def visits(load: DataFrame) -> DataFrame:
    """The table's columns and properties are the road's; its rows are put there by plain Spark."""
    return load


def arriving(spark: SparkSession, rows: int, days: int, first: int, last: int) -> DataFrame:
    """Visits from one number to another, day after day but for the late ones, by customers in no order."""
    dice = F.pmod(F.xxhash64("id"), F.lit(2**40))
    late = F.when(dice % _LATE == 0, F.pmod(F.xxhash64("id", F.lit("late")), F.lit(30))).otherwise(0)
    day = F.greatest(F.floor(F.col("id") * days / rows) - late, F.lit(0))
    return spark.range(first, last).select(
        F.col("id").alias("visit_id"),
        F.pmod(F.xxhash64("id", F.lit("customer")), F.lit(max(rows // 50, 1))).alias("customer_id"),
        F.date_add(F.lit(_FIRST).cast("date"), day.cast("int")).alias("day"),
        F.sha2(F.col("id").cast("string"), 256).alias("referrer"),
    )


class Table:
    """The visits in a lake of their own, laid out by a column or as they came."""

    def __init__(
        self, spark: SparkSession, folder: Path, rows: int, days: int, loads: int, *, by: str | None, mib: int
    ) -> None:
        self.spark, lake = spark, lake_in(folder, visits)
        self.path = lake.table(visits)
        for number in range(loads):
            some = arriving(spark, rows, days, rows * number // loads, rows * (number + 1) // loads)
            put(lake, spark, visits, some)
        cost = timed(lambda: compact(spark, self.path, clustered_by=(by,) if by else (), target=mib * _MIB))
        how = f"clustered by {by}" if by else "as they came"
        print(f"{how}: {len(self.rows().inputFiles()):,} files, compacted in {cost.wall:.1f} s", flush=True)

    def rows(self) -> DataFrame:
        """All visits."""
        return self.spark.read.format("delta").load(str(self.path)).select(*visits.spec.column_names)

    def of(self, column: str, value: str) -> DataFrame:
        """The visits that have a value."""
        rows = self.rows()
        return rows.where(F.col(column) == F.lit(value).cast(rows.schema[column].dataType))

    def ask(self, column: str, values: list[str]) -> None:
        """Read the visits of some values, one value after the other."""
        for value in values:
            self.of(column, value).agg(F.max("referrer"), F.count("*")).collect()

    def opened(self, column: str, value: str) -> str:
        """What is opened for a value, in words."""
        paths = [Path(path.removeprefix("file:")) for path in self.of(column, value).inputFiles()]
        size = sum(path.stat().st_size for path in paths) / _MIB
        return f"{len(paths):,} files of {size:,.1f} MiB opened for one {column}"


def compare(name: str, clustered: Table, plain: Table, column: str, values: list[list[str]]) -> None:
    """Prove that both tables have the same rows of a value in each round, then read by turns."""
    for each in values:
        same_rows(name, clustered.of(column, each[0]), plain.of(column, each[0]))
    print(f"  clustered: {clustered.opened(column, values[0][0])}")
    print(f"  as they came: {plain.opened(column, values[0][0])}", flush=True)
    side_by_side(
        name,
        Way("clustered", lambda number: clustered.ask(column, values[number])),
        Way("as they came", lambda number: plain.ask(column, values[number])),
        target=None,
        rounds=len(values) - 1,
    )


def main(
    rows: Annotated[int, typer.Option(help="Visits in the table.")] = 20_000_000,
    days: Annotated[int, typer.Option(help="Days that they lie in.")] = 365,
    loads: Annotated[int, typer.Option(help="Commits that bring them.")] = 60,
    mib: Annotated[int, typer.Option(help="Size of the files after compaction.")] = 128,
    rounds: Annotated[int, typer.Option(help="Measured rounds, of ten reads each.")] = 5,
) -> None:
    """Measure."""
    with session() as (spark, folder):

        def table(by: str | None) -> Table:
            return Table(spark, folder / (by or "plain"), rows, days, loads, by=by, mib=mib)

        plain = table(None)
        dates = arriving(spark, rows, days, 0, rows).select(F.col("day").cast("string")).distinct()
        some = sorted(row["day"] for row in dates.collect())
        spread = [[some[(17 * (10 * k + i)) % len(some)] for i in range(10)] for k in range(rounds + 1)]
        compare("layout_day", table("day"), plain, "day", spread)
        keys = [[str(37 * (10 * k + i) % max(rows // 50, 1)) for i in range(10)] for k in range(rounds + 1)]
        compare("layout", table("customer_id"), plain, "customer_id", keys)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    typer.run(main)

"""Changes applied to a table of records: rows a second at one, ten and fifty million, 1 % changed.

A batch of updates, inserts and deletes in no order is committed to the table of changes; the road reads
it, keeps the newest of each key and merges it. The line at the end is the growth: seconds a changed row on
the greatest table by seconds a changed row on the smallest.
"""

import shutil
import statistics
import warnings
from pathlib import Path
from typing import Annotated

import typer
from changed_records import CONTENT, changed_records, first_records, record_changes, records
from lakes import lake_in, put, run, same_rows, session
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from side_by_side import said, timed

from lakehouse.writing.record import InputRead

DELETED = 0.05


def seconds_a_row(spark: SparkSession, folder: Path, rows: int, changed: int, rounds: int) -> list[float]:
    """Apply a batch a round, after one to warm up; then see that the table holds what it must."""
    lake = lake_in(folder, record_changes, records)
    first = first_records(spark, rows)
    nothing = changed_records(spark, 0, rows, 0)
    read = {"record_changes": InputRead("changes", put(lake, spark, record_changes, nothing))}
    put(lake, spark, records, first, inputs=read)
    found = []
    for number in range(rounds + 1):
        put(lake, spark, record_changes, changed_records(spark, changed, rows, number, deleted=DELETED))
        timing = timed(lambda: run(lake, spark, records))
        if number:
            found.append(timing.wall / changed)
            print(
                f"records {rows:,}, round {number}: {changed:,} changes in {timing.wall:.1f} s,"
                f" {changed / timing.wall:,.0f} rows/s; processor {timing.cpu:.1f} s",
                flush=True,
            )
    told = spark.read.format("delta").load(str(lake.table(record_changes)))
    newest = told.groupBy("record_id").agg(F.max_by(F.struct("*"), "version").alias("row")).select("row.*")
    untouched = first.join(newest, on="record_id", how="left_anti")
    expected = newest.where("_change = 'upsert'").select(*CONTENT).unionByName(untouched.select(*CONTENT))
    same_rows(
        f"records {rows:,}", spark.read.format("delta").load(str(lake.table(records))), expected, CONTENT
    )
    return found


def main(
    rows: Annotated[list[int] | None, typer.Option(help="Records in the table; 1, 10, 50 million.")] = None,
    share: Annotated[float, typer.Option(help="Changed rows, in % of those.")] = 1.0,
    rounds: Annotated[int, typer.Option(help="Measured rounds.")] = 5,
) -> None:
    """Measure."""
    found = []
    with session() as (spark, folder):
        for size in sorted(rows or (1_000_000, 10_000_000, 50_000_000)):
            changed = max(100, round(size * share / 100))
            found.append(seconds_a_row(spark, folder / "lake", size, changed, rounds))
            shutil.rmtree(folder / "lake")
    said("records", "ratio", [each / statistics.median(found[0]) for each in found[-1]], None)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    typer.run(main)

"""All of gold on the demo's data, and on ten times as much.

The demo's lake is built once (or `--var` names the folder of one that is there, built by `make demo-full`).
What gold reads of it is copied by plain Spark into two lakes: as it is, and ten times, each time with other
customers, browsers, orders, tickets and events, while products, vendors, campaigns and experiments stay as
they are. Then gold is built from nothing in both, by turns, through Dagster in a warm session.
"""

import shutil
import warnings
from functools import reduce
from pathlib import Path
from typing import Annotated

import typer
from lakes import lake_in, put, session
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import LongType
from side_by_side import Way, side_by_side

from jobs.exports import land_exports
from jobs.shop_dumps import ALL_DUMPS, capture_history
from jobs.web_events import land_events
from lakehouse import Lake
from lakehouse.dagster.running import RunReport, Status, run_lake
from lakehouse.engine import deltalog
from lakehouse.layers import Layer
from supercorp.postgres import open_database

SEED, MANY = 7, 10**9
OF_A_COPY = frozenset(
    {
        "address_id",
        "anonymous_id",
        "assignment_id",
        "cart_id",
        "checkout_id",
        "customer_id",
        "event_id",
        "order_id",
        "order_line_id",
        "payment_id",
        "session_id",
        "stock_movement_id",
        "ticket_id",
    }
)
"""The columns that name somebody, or something that somebody did: each copy of the data has its own."""


def built(folder: Path, size: str) -> Lake:
    """The lake of every source of the company's but change capture, to silver."""
    lake = lake_in(folder / "built")
    bucket = lake.settings.bucket_dir
    with open_database(folder / "postgres") as url:
        history, _ = capture_history(
            url, bucket, size, SEED, truth_file=folder / "truth.json", say=lambda _: None, dumps=ALL_DUMPS
        )
    land_events(history.world, bucket)
    land_exports(history.world, bucket)
    whole(run_lake(lake, [each.name for each in lake.catalog if each.layer in (Layer.BRONZE, Layer.SILVER)]))
    return lake


def whole(report: RunReport) -> RunReport:
    """The report, where nothing failed."""
    if not report.ok:
        raise SystemExit(report.error or "\n".join(each.problem or "" for each in report.of(Status.FAILED)))
    return report


def copied(rows: DataFrame, number: int) -> DataFrame:
    """One copy of a table's rows, with keys of its own."""

    def named(name: str) -> Column:
        if isinstance(rows.schema[name].dataType, LongType):
            return (F.col(name) + number * MANY).alias(name)
        return F.concat_ws("/", F.col(name), F.lit(f"{number}" if number else None)).alias(name)

    own = OF_A_COPY & set(rows.columns)
    return rows.select(
        *(
            F.when(F.col(name).isNotNull(), named(name)).alias(name) if name in own else name
            for name in rows.columns
        )
    )


class Gold:
    """A lake whose silver is so many copies of another's, and whose gold is built anew each round."""

    def __init__(self, folder: Path, lake: Lake, spark: SparkSession, times: int) -> None:
        self.lake = Lake(lake.settings.model_copy(update={"var": folder}), lake.catalog)
        self.datasets = [each for each in lake.catalog if each.layer is Layer.GOLD]
        self.report: RunReport | None = None
        read = {name for dataset in self.datasets for name in dataset.inputs}
        for dataset in lake.catalog:
            table = lake.table(dataset)
            if dataset.name in read and dataset.layer is not Layer.GOLD and deltalog.exists(table):
                rows = spark.read.format("delta").load(str(table))
                copies = times if OF_A_COPY & set(rows.columns) else 1
                together = reduce(DataFrame.unionByName, (copied(rows, each) for each in range(copies)))
                put(self.lake, spark, dataset, together)

    def empty(self, _: int) -> None:
        """Remove what was built the round before."""
        for dataset in self.datasets:
            for place in (self.lake.table, self.lake.quarantine, self.lake.tombstones):
                shutil.rmtree(place(dataset), ignore_errors=True)

    def build(self, _: int) -> None:
        """All of gold."""
        self.report = whole(run_lake(self.lake, [dataset.name for dataset in self.datasets]))

    def slowest(self, count: int = 5) -> str:
        """The tables that took longest in the last round."""
        runs = self.report.datasets if self.report else ()
        ordered = sorted(runs, key=lambda each: -each.seconds)[:count]
        written = sum(each.status is Status.WRITTEN for each in runs)
        told = ", ".join(f"{each.dataset.name} {each.seconds:.1f} s" for each in ordered)
        return f"{written} of {len(runs)} tables written; slowest: {told}"


def main(
    size: Annotated[str, typer.Option(help="Of the company: tiny, small, medium.")] = "small",
    times: Annotated[int, typer.Option(help="So many times the data.")] = 10,
    var: Annotated[Path | None, typer.Option(help="The folder of a lake that is built already.")] = None,
    rounds: Annotated[int, typer.Option(help="Measured rounds.")] = 5,
    warm_ups: Annotated[int, typer.Option(help="Rounds before, which are thrown away.")] = 1,
) -> None:
    """Measure."""
    with session() as (spark, folder):
        lake = lake_in(var.resolve()) if var else built(folder, size)
        once = Gold(folder / "once", lake, spark, 1)
        often = Gold(folder / "often", lake, spark, times)
        side_by_side(
            "gold_growth",
            Way(f"{times} times the data", often.build, often.empty),
            Way("the demo's data", once.build, once.empty),
            target=None,
            rounds=rounds,
            warm_ups=warm_ups,
        )
        for gold in (once, often):
            print(f"  {gold.slowest()}")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    typer.run(main)

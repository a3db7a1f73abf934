"""The whole first lake, against the same tables by a plain PySpark script.

The shop's history is run and dumped once; then every round builds a new lake over the same bucket, by the
road (through Dagster, in this process) and by hand (`first_lake_by_hand.py`), in one warm session.
"""

import json
import shutil
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from first_lake_by_hand import ByHand, Known
from lakes import KEY, as_published, lake_in, same_rows, session, with_bucket
from pyspark.sql import SparkSession
from side_by_side import Way, side_by_side

from jobs.shop_dumps import capture_history, fed_by_the_shop
from lakehouse import Lake
from lakehouse.dagster.running import run_lake
from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog
from lakehouse.modes import History
from lakehouse.testing import rows_in
from lakehouse.writing.history import VALIDITY
from supercorp.postgres import open_database

SEED = 7


class Bench:
    """One bucket, and a lake over it by each way."""

    def __init__(self, spark: SparkSession, folder: Path, size: str) -> None:
        self.spark, self.folder, self.lake = spark, folder, lake_in(folder / "first")
        self.datasets = fed_by_the_shop(self.lake.catalog)
        self.hand = ByHand(
            self.spark, self.lake.settings.bucket_dir, folder / "by_hand", KEY, {}, as_published
        )
        with open_database(folder / "postgres") as url:
            bucket = self.lake.settings.bucket_dir
            capture_history(url, bucket, size, SEED, truth_file=folder / "truth.json", say=lambda _: None)

    def empty_lake(self, number: int) -> None:
        """A new lake over the bucket, in place of the round's before."""
        if self.lake.settings.var_dir != self.folder / "first":
            shutil.rmtree(self.lake.settings.var_dir)
        var = with_bucket(self.folder / f"road-{number}", self.folder / "first" / "bucket")
        self.lake = Lake(self.lake.settings.model_copy(update={"var": var}), self.lake.catalog)

    def by_road(self, _: int) -> None:
        """Run all of it."""
        report = run_lake(self.lake, [dataset.name for dataset in self.datasets])
        if not report.ok:
            problems = [each.problem or "" for each in report.datasets]
            raise SystemExit("\n".join(filter(None, (report.error, *problems))))

    def by_hand(self, _: int) -> None:
        """Run the script."""
        self.hand.build(self.datasets)

    def nothing_by_hand(self, _: int) -> None:
        """Remove the script's tables, and tell it what the road has set aside."""
        shutil.rmtree(self.hand.folder, ignore_errors=True)
        self.hand = replace(self.hand, left_out=set_aside(self.lake, self.datasets))

    def prove(self) -> None:
        """Every table holds the same rows, but for the columns about the batch that wrote them."""
        for dataset in self.datasets:
            columns = list(dataset.spec.column_names)
            columns += ["_change", "_load_id"] if dataset.source else []
            columns += list(VALIDITY) if isinstance(dataset.mode, History) else []
            road, hand = (
                self.spark.read.format("delta").load(str(table))
                for table in (self.lake.table(dataset), self.hand.table(dataset))
            )
            same_rows(dataset.full_name, road, hand, columns)


def set_aside(lake: Lake, datasets: Sequence[Dataset]) -> Known:
    """Key and position of the rows in quarantine, by dataset."""
    found: dict[str, list[tuple[object, int]]] = {}
    for dataset in datasets:
        aside, key = lake.quarantine(dataset), dataset.spec.key[0]
        for row, *_ in rows_in(aside, "row") if deltalog.exists(aside) else ():
            told = json.loads(row)
            place = told["_position"] if dataset.source else told["source_position"]
            found.setdefault(dataset.full_name, []).append((told[key], int(place)))
    return found


def main(
    size: Annotated[str, typer.Option(help="Of the company: tiny, small, medium.")] = "small",
    rounds: Annotated[int, typer.Option(help="Measured rounds.")] = 5,
) -> None:
    """Measure."""
    with session() as (spark, folder):
        bench = Bench(spark, folder, size)
        bench.empty_lake(-9)
        bench.by_road(-9)  # so that the script can be told what to leave out
        side_by_side(
            "first_lake",
            Way("road", bench.by_road, bench.empty_lake),
            Way("by hand", bench.by_hand, bench.nothing_by_hand),
            target=1.25,
            rounds=rounds,
        )
        bench.prove()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    typer.run(main)

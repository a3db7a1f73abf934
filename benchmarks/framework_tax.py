"""What the road and Dagster cost a dataset, when Spark's part is taken away.

Twenty trivial datasets with three checks each read one table of three rows, in one run of a warm process.
Every call into Java is timed on its way; what is left of the run's time is Python's: the log, the listing,
the checks' results, Dagster's events, syncing.
"""

import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import pyspark.sql.types as T
import typer
from lakes import lake_in, run, session
from py4j.java_gateway import GatewayClient
from pyspark.sql import DataFrame
from side_by_side import said

from lakehouse import Append, Contract, Field, Files, bronze, changes, silver
from lakehouse.dagster.running import Status, run_lake
from lakehouse.dataset import Dataset
from lakehouse.testing import land

DATASETS, CHECKS = 20, 3


class Readings(Contract):
    """One row per reading."""

    meter: T.StringType() = Field(nullable=True, str_matches="^m[0-9]+$")
    value: T.DoubleType() = Field(nullable=True, in_range={"min_value": 0.0, "max_value": 100.0})
    unit: T.StringType() = Field(nullable=True, isin=["kWh"])


@bronze(contract=Readings, source=Files("meters", "readings"), owner="team:bench")
def readings(load: DataFrame) -> DataFrame:
    """What all of them read."""
    return load


def trivial(number: int) -> Dataset:
    """A dataset that passes its input on."""

    def passed_on(readings: DataFrame) -> DataFrame:
        return readings.select("meter", "value", "unit")

    passed_on.__name__ = f"readings_{number}"
    declare = silver(contract=Readings, write=Append(), owner="team:bench", reads={"readings": changes()})
    return declare(passed_on)


class InJava:
    """Seconds spent in calls into Java, and how many there were; calls within calls are counted once."""

    def __init__(self) -> None:
        self.seconds, self.calls = 0.0, 0

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count while the block runs."""
        send = GatewayClient.send_command

        def timed(client: GatewayClient, *args: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return send(client, *args, **named)
            finally:
                self.seconds += time.perf_counter() - began
                self.calls += 1

        GatewayClient.send_command = timed
        try:
            yield
        finally:
            GatewayClient.send_command = send


def main(rounds: Annotated[int, typer.Option(help="Measured rounds.")] = 5) -> None:
    """Measure."""
    datasets = [trivial(number) for number in range(DATASETS)]
    with session() as (spark, folder):
        lake = lake_in(folder / "lake", readings, *datasets)
        taxes = []
        for number in range(-2, rounds):
            meters = [{"meter": f"m{each}", "value": 1.0 * each, "unit": "kWh"} for each in range(3)]
            land(lake, "meters", "readings", meters, position=number + 3)
            run(lake, spark, readings)
            java = InJava()
            with java.counted():
                report = run_lake(lake, [dataset.name for dataset in datasets])
            written = report.of(Status.WRITTEN)
            rules = sum(len(each.outcome.record.rules) for each in written)  # type: ignore[union-attr]
            if len(written) != DATASETS or rules < DATASETS * CHECKS:
                raise SystemExit(f"{len(written)} datasets written with {rules} checks: {report}")
            if number >= 0:
                taxes.append((report.seconds - java.seconds) / DATASETS)
                print(
                    f"framework_tax round {number + 1}: {report.seconds:.1f} s for {DATASETS} datasets with"
                    f" {rules} checks, of which {java.seconds:.1f} s in {java.calls:,} calls into Java",
                    flush=True,
                )
        said("framework_tax", "seconds", taxes, 0.15)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    typer.run(main)

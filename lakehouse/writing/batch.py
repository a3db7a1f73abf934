"""A batch under way: what all steps of the write path know of it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lakehouse.dataset import Dataset
from lakehouse.evolution import EXTRA
from lakehouse.lake import Lake
from lakehouse.writing.evolve import ready_table
from lakehouse.writing.loads import ORIGIN
from lakehouse.writing.request import Pending, Request

__all__ = ["Batch"]


@dataclass(frozen=True, slots=True)
class Batch:
    """Who writes what, under which id, since when; what it had to hold back before."""

    lake: Lake
    spark: SparkSession
    dataset: Dataset
    request: Request
    pending: Pending
    batch: str
    started: float
    held: tuple[str, ...] = ()

    @property
    def table(self) -> Path:
        """The folder of the table that is written."""
        return self.lake.table(self.dataset)

    def ready_table(self) -> None:
        """Create the table where there is none; raise ``ContractBroken`` where the contract does not fit."""
        ready_table(self.spark, self.lake, self.dataset, self.request.trigger)

    def published_columns(self, rows: DataFrame) -> DataFrame:
        """The contract's columns, then the road's: where a row came from, when and by which run."""
        now = F.lit(datetime.now(UTC))
        run = F.lit(self.request.run).alias("_run_id")
        columns = self.dataset.spec.column_names
        if self.dataset.source:
            extra = [name for name in rows.columns if name.startswith(EXTRA)]
            return rows.select(*columns, *ORIGIN, *extra, now.alias("_landed_at"), run)
        change = ["_change"] if "_change" in rows.columns else []
        return rows.select(*columns, *change, now.alias("_transformed_at"), run)

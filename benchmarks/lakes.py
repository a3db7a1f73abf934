"""Lakes to measure in: in a folder of their own, with this project's jars, profile and pseudonym key.

A table that only has to be there is made by plain Spark, by :func:`put`, as the road would have left it.
"""

import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from lakehouse import Lake, Settings, load_settings
from lakehouse.change.fingerprint import code_hash
from lakehouse.change.terms import terms_of
from lakehouse.dataset import Dataset
from lakehouse.discovery import Catalog
from lakehouse.engine import deltalog
from lakehouse.engine.durability import acknowledge
from lakehouse.engine.spark import start_session
from lakehouse.writing.evolve import ready_table, stated, table_schema
from lakehouse.writing.path import write
from lakehouse.writing.record import CommitRecord
from lakehouse.writing.request import Outcome, Request, Trigger

__all__ = [
    "as_published",
    "lake_in",
    "put",
    "record_of",
    "run",
    "same_rows",
    "session",
    "settings_in",
    "with_bucket",
]

KEY = "0" * 64  # of the pseudonyms


def settings_in(folder: Path, **given: Any) -> Settings:
    """Settings for a lake in a folder; Java's jars and Spark's profile are this project's."""
    project = load_settings()
    known = {"project": project.project, "jars": project.jars, "var": folder, "pseudonym_key": KEY}
    return Settings(_env_file=None, **(known | given))


@contextmanager
def session() -> Iterator[tuple[SparkSession, Path]]:
    """The session that all lakes of a benchmark share, and a folder for them; it is removed in the end."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # a database in it runs as a user of its own
        yield start_session(settings_in(folder / "session")), folder


def lake_in(folder: Path, *datasets: Dataset, **given: Any) -> Lake:
    """A lake of some datasets in a folder; of the project's own where none are named."""
    if not datasets:
        return Lake.load(settings_in(folder, **given))
    # The project's pages and sources are of its own datasets: here there is a package that is not there.
    return Lake(settings_in(folder, datasets="datasets_of_a_benchmark", **given), Catalog.of(datasets))


def with_bucket(folder: Path, bucket: Path) -> Path:
    """A new folder for a lake that reads a bucket which is there already."""
    folder.mkdir(parents=True)
    (folder / "bucket").symlink_to(bucket, target_is_directory=True)
    return folder


def run(lake: Lake, spark: SparkSession, dataset: Dataset, **asked: Any) -> Outcome:
    """Write a table through the road; where it had nothing to do, the benchmark measures nothing."""
    outcome = write(lake, spark, dataset, Request("bench", **asked))
    if not outcome.wrote or outcome.problems:
        raise SystemExit(
            f"{dataset.full_name} was not written: {'; '.join(outcome.problems) or 'nothing new'}"
        )
    return outcome


def record_of(dataset: Dataset, **said: Any) -> CommitRecord:
    """The record of a batch that the road would have written."""
    return CommitRecord(
        batch=uuid.uuid4().hex[:16],
        run="bench",
        dataset=dataset.full_name,
        mode=dataset.mode.name,
        trigger=Trigger.INCREMENTAL.value,
        code=code_hash(dataset.function),
        contract=terms_of(dataset).fingerprint,
        **said,
    )


def as_published(rows: DataFrame, dataset: Dataset, *beside: str) -> DataFrame:
    """Rows in the columns of their table, and some ``beside``: the road's own that they lack are added."""
    known: dict[str, Column] = {
        "_change": F.lit("upsert"),
        "_run_id": F.lit("bench"),
        "_landed_at": F.lit(datetime.now(UTC)),
        "_transformed_at": F.lit(datetime.now(UTC)),
    }
    return rows.select(
        *(
            F.col(field.name)
            if field.name in rows.columns
            else known.get(field.name, F.lit(None)).cast(field.dataType).alias(field.name)
            for field in table_schema(dataset).fields
        ),
        *beside,
    )


def put(lake: Lake, spark: SparkSession, dataset: Dataset, rows: DataFrame, **said: Any) -> int:
    """Append rows by plain Spark in one commit as the road's; makes the table where there is none.

    The table's columns and properties are the road's, the commit carries a record and is brought to disk:
    whoever reads the table next goes on as after a batch. Gives the version. ``said`` is for the record.
    """
    table = lake.table(dataset)
    ready_table(spark, lake, dataset, Trigger.INCREMENTAL)
    terms, lineage = stated(spark, lake, dataset)
    told = {"rows_in": 1, "rows_written": 1, "terms": terms, "lineage": lineage, **said}
    record = record_of(dataset, **told)
    writer = as_published(rows, dataset).write.format("delta").mode("append")
    writer.option("userMetadata", record.to_json()).save(str(table))
    version = deltalog.version(table)
    acknowledge(table, version)
    return version


def same_rows(what: str, ours: DataFrame, theirs: DataFrame, columns: Sequence[str] | None = None) -> None:
    """Prove that two frames hold the same rows, in some columns, or end the benchmark."""
    names = list(columns or theirs.columns)
    ours, theirs = ours.select(*names), theirs.select(*names)
    counts: Mapping[str, int] = {
        "more than they": ours.exceptAll(theirs).count(),
        "that we lack": theirs.exceptAll(ours).count(),
    }
    if any(counts.values()):
        told = ", ".join(f"{count:,} rows {which}" for which, count in counts.items())
        raise SystemExit(f"{what}: the two ways differ: we have {told}")

"""Tables without a person: rows taken out, or their links and texts, in one commit that says so.

Rows are found by expressions and merged by a hash of their content, so that no value, not even a hashed one,
comes into the log with the condition of a ``DELETE``.
"""

import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from delta.tables import DeltaTable
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog
from lakehouse.engine.durability import acknowledge
from lakehouse.lake import Lake
from lakehouse.trust.erasure.matching import EDIT, ERASE, Wanted, verdict
from lakehouse.trust.erasure.places import Columns
from lakehouse.writing.pending import inputs_read
from lakehouse.writing.publish import content_hash, content_of, marked, session_settings
from lakehouse.writing.record import ERASURE, CommitRecord, InputRead

__all__ = ["Scrubbed", "record_of", "scrub", "scrub_quarantine"]

_ROW, _VERDICT = "__row", "__verdict"
_OWN = ("_change", "_load_id", "_file", "_run_id")
_COPY = {"spark.databricks.delta.merge.deletionVectors.persistent": "false"}
"""Files without the rows are written at once, so that no file of the newest version holds them."""


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """How many rows went, and how many were edited."""

    erased: int = 0
    edited: int = 0

    @property
    def any(self) -> bool:
        """Whether the table was changed."""
        return bool(self.erased or self.edited)


def scrub(
    spark: SparkSession, path: Path, wanted: Wanted, columns: Columns, mark: Callable[[int], str]
) -> Scrubbed:
    """Take the person out of a table; ``mark`` gives the commit's user metadata, given the rows erased."""
    rows = spark.read.format("delta").load(str(path))
    there = _as_far_as(columns, rows.columns)
    texts = [
        field.name
        for field in rows.schema.fields
        if isinstance(field.dataType, StringType) and field.name not in _OWN
    ]
    decided = verdict(wanted, there, F.col, [F.col(name) for name in texts])
    new: dict[str, Column] = {name: wanted.masked(F.col(name)) for name in texts} if wanted.pattern else {}
    for identifier, name in there.unlinked:
        value = new.get(name, F.col(name))
        new[name] = F.when(wanted.is_one(F.col(name), identifier), F.lit(None)).otherwise(value)
    return _merge(spark, path, rows, decided, new, mark)


def scrub_quarantine(
    spark: SparkSession, path: Path, wanted: Wanted, columns: Columns, mark: Callable[[int], str]
) -> Scrubbed:
    """The same for the rows that wait in a quarantine, which are JSON texts."""
    rows = spark.read.format("delta").load(str(path))
    names = dict.fromkeys(
        [*(each[1] for each in columns.identifying), *(each[1] for each in columns.unlinked)]
    )
    shape = StructType([StructField(name, StringType()) for name in (*names, "_problem")])
    row = F.from_json("row", shape)
    decided = verdict(
        wanted, columns, lambda name: row[name], [F.col("row")], no_record=row["_problem"].isNotNull()
    )
    text = wanted.masked(F.col("row"))
    for identifier, name in columns.unlinked:
        for value in wanted.known.get(identifier, ()):
            text = F.regexp_replace(text, rf'("{name}"\s*:\s*)"?{re.escape(value)}"?(?=\s*[,}}\]])', "$1null")
    return _merge(spark, path, rows, decided, {"row": text}, mark)


def record_of(lake: Lake, dataset: Dataset, run: str, erased: int) -> str:
    """What the commit says of itself. It consumes nothing, and restates which inputs were consumed."""
    last = deltalog.latest_record(lake.table(dataset))
    before = last.record if last else None
    record = CommitRecord(
        batch=uuid.uuid4().hex[:16],
        run=run,
        dataset=dataset.full_name,
        mode=ERASURE,
        trigger=ERASURE.lower(),
        code=before.code if before else "",
        contract=before.contract if before else "",
        advances=not dataset.source,
        windows=(),
        inputs={
            name: InputRead(read.how, read.to, read.to) for name, read in inputs_read(lake, dataset).items()
        },
        rows_erased=erased,
    )
    return record.to_json()


def _merge(  # noqa: PLR0917 - one call each, for tables and for quarantines
    spark: SparkSession,
    path: Path,
    rows: DataFrame,
    decided: Column,
    new: dict[str, Column],
    mark: Callable[[int], str],
) -> Scrubbed:
    names = _comparable(rows)
    found = (
        rows.select(
            content_hash(F.col(f"`{name}`") for name in names).alias(_ROW),
            decided.alias(_VERDICT),
            *(value.alias(name) for name, value in new.items()),
        )
        .where(F.col(_VERDICT).isNotNull())
        .localCheckpoint(eager=True)
    )
    counts = {row[_VERDICT]: row["count"] for row in found.groupBy(_VERDICT).count().collect()}
    done = Scrubbed(counts.get(ERASE, 0), counts.get(EDIT, 0) if new else 0)
    if not done.any:
        return done
    same = content_of("t", tuple(names)) == F.col(f"s.{_ROW}")
    merge = (
        DeltaTable.forPath(spark, str(path)).alias("t").merge(found.dropDuplicates([_ROW]).alias("s"), same)
    )
    merge = merge.whenMatchedDelete(F.col(f"s.{_VERDICT}") == ERASE)
    if done.edited:
        merge = merge.whenMatchedUpdate(set={f"`{name}`": F.col(f"s.`{name}`") for name in new})
    with session_settings(spark, marked(mark(done.erased)) | _COPY):
        merge.execute()
    acknowledge(path, deltalog.version(path))
    return done


def _as_far_as(columns: Columns, there: Sequence[str]) -> Columns:
    """The columns that a table has: tombstones have the key alone."""
    return Columns(
        tuple(each for each in columns.identifying if each[1] in there),
        tuple(each for each in columns.own if each[0] in there),
        tuple(each for each in columns.unlinked if each[1] in there),
    )


def _comparable(rows: DataFrame) -> list[str]:
    """The columns that can be hashed."""
    return [field.name for field in rows.schema.fields if field.dataType.typeName() not in ("map", "variant")]

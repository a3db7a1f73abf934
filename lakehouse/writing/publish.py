"""Step 5, publish: one atomic Delta commit, by write mode, that carries its own record."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from operator import and_
from pathlib import Path

from delta.tables import DeltaTable
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog
from lakehouse.engine.staging import StagedAppend
from lakehouse.partitions import Partitions
from lakehouse.writing.record import CommitRecord

__all__ = [
    "ACTION",
    "CHANGE",
    "MergeRules",
    "Publication",
    "append",
    "content_hash",
    "content_of",
    "marked",
    "merge",
    "replace_all",
    "replace_loads",
    "replace_windows",
    "session_settings",
]

ACTION = "_action"
CHANGE = "_change"
# A batch of which no row is published still says so, and consumes its input.
_KEEP_EMPTY = {"spark.databricks.delta.skipRecordingEmptyCommits": "false"}
_METADATA = "spark.databricks.delta.commitInfo.userMetadata"
# A merge reads its rows several times. Delta computes them once itself, and again where they were lost.
_COMPUTED_ONCE = {"spark.databricks.delta.merge.materializeSource": "all"}
_DELETION_VECTORS = "spark.databricks.delta.merge.deletionVectors.persistent"
# Below this a merge writes the files it touches anew: marking rows as deleted takes eight jobs more.
_SMALL_TABLE = 8 * 2**20  # bytes


@dataclass(frozen=True, slots=True)
class Publication:
    """What is published where: the good rows in the table's columns, and the record of the batch.

    ``staged`` has the rows where they were written while the batch was judged.
    """

    rows: DataFrame
    table: Path
    dataset: Dataset
    record: CommitRecord
    staged: StagedAppend | None = None


def append(publication: Publication) -> None:
    """Add the rows."""
    if publication.staged is None:
        _save(publication, "append")
    else:
        publication.staged.commit(publication.record.to_json())


def replace_all(publication: Publication) -> None:
    """Put the rows in place of everything there is."""
    _save(publication, "overwrite")


def replace_windows(publication: Publication, partitions: Partitions, windows: tuple[str, ...]) -> None:
    """Put the rows in place of all rows of some windows; Delta checks that no row lies outside."""
    _save(publication, "overwrite", replaceWhere=partitions.starts_in(windows))


def replace_loads(publication: Publication, loads: tuple[str, ...]) -> None:
    """Put the rows of some loads in place of those that they gave before."""
    names = ", ".join("'" + load.replace("\\", "\\\\").replace("'", "\\'") + "'" for load in loads)
    _save(publication, "overwrite", replaceWhere=f"_load_id IN ({names})")


def _save(publication: Publication, how: str, **options: str) -> None:
    writer = publication.rows.write.format("delta").mode(how).option("mergeSchema", "true")
    with session_settings(publication.rows.sparkSession, _KEEP_EMPTY):
        writer.options(userMetadata=publication.record.to_json(), **options).save(str(publication.table))


@dataclass(frozen=True, slots=True)
class MergeRules:
    """When a merge touches a row that is there; conditions over ``s`` (the batch) and ``t`` (the table).

    ``update`` for rows to put, ``delete`` for rows to remove (None: nothing is removed), ``sweep`` for
    rows of the table that the batch says nothing of (None: they stay).
    """

    update: Column
    delete: Column | None = None
    sweep: Column | None = None


def merge(publication: Publication, on: tuple[str, ...], rules: MergeRules) -> None:
    """Merge rows, at most one per key, that say in ``_action`` what they are: ``put`` or ``remove``."""
    spark = publication.rows.sparkSession
    rows = publication.rows
    values: dict[str, str | Column] = {
        f"`{name}`": F.col(f"s.`{name}`") for name in publication.rows.columns if name != ACTION
    }
    same_key = reduce(and_, (F.col(f"t.`{name}`").eqNullSafe(F.col(f"s.`{name}`")) for name in on))
    put = F.col(f"s.{ACTION}") == "put"
    table = DeltaTable.forPath(spark, str(publication.table)).alias("t")
    builder = table.merge(rows.alias("s"), same_key).withSchemaEvolution()
    if rules.delete is not None:
        builder = builder.whenMatchedDelete(~put & rules.delete)
    builder = builder.whenMatchedUpdate(put & rules.update, set=values)
    builder = builder.whenNotMatchedInsert(put, values=values)
    if rules.sweep is not None:
        builder = builder.whenNotMatchedBySourceDelete(rules.sweep)
    settings = _KEEP_EMPTY | _COMPUTED_ONCE | marked(publication.record.to_json())
    if deltalog.size(publication.table) < _SMALL_TABLE:
        settings |= {_DELETION_VECTORS: "false"}
    with session_settings(spark, settings):
        builder.execute()


def content_of(side: str, names: tuple[str, ...]) -> Column:
    """A hash of the content columns on one side of a merge, ``s`` or ``t``."""
    return content_hash(F.col(f"{side}.`{name}`") for name in names)


def content_hash(columns: Iterable[Column]) -> Column:
    """A hash that also tells *which* columns are null: Spark's own passes over nulls."""
    return F.xxhash64(*(part for column in columns for part in (column.isNull(), column)))


def marked(text: str) -> dict[str, str]:
    """The session settings under which a commit carries a text as its user metadata."""
    return {_METADATA: text}


@contextmanager
def session_settings(spark: SparkSession, settings: Mapping[str, str]) -> Iterator[None]:
    """Session settings for one commit only: left behind, they would change or mark others."""
    for name, value in settings.items():
        spark.conf.set(name, value)
    try:
        yield
    finally:
        for name in settings:
            spark.conf.unset(name)

"""A Delta commit in two steps: first the files, later the commit that names them.

Spark's writer does both at once, so whatever the commit is to say of its rows has to be known before the
first of them is written. Here it can be learned while they are written. Until the commit no reader sees the
files, and what a crash leaves of them goes with the table's next vacuum, like that of any write cut short.

This is Delta's own transaction, the one that its writer uses, so the table's features, its files' statistics
and conflicts with other writers are handled as ever. It is not part of Delta's public interface.
"""

from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from pyspark.sql import DataFrame, SparkSession

from lakehouse.engine.commitfiles import sums_of
from lakehouse.engine.scala import listed

__all__ = ["StagedAppend"]

_UNUSED = 5  # the last parameters of Delta's write operation: about overwriting and merging schemas


class StagedAppend:
    """Rows for the end of one table, which has to be there with all of their columns."""

    def __init__(self, spark: SparkSession, table: Path) -> None:
        self._table = table
        jvm: Any = spark._jvm  # noqa: SLF001 - there is no public way to a transaction
        self._jvm, self._nothing = jvm, jvm.scala.Option.empty()
        log = jvm.org.apache.spark.sql.delta.DeltaLog.forTable(spark._jsparkSession, str(table))  # noqa: SLF001
        self._transaction = log.startTransaction(self._nothing, self._nothing)
        self._files: list[Any] = []
        self._actions: Any = None
        self._tried = False

    def write(self, rows: DataFrame) -> int:
        """Write the rows to files, once; gives how many they are, as Delta counts them."""
        self._actions = self._transaction.writeFiles(rows._jdf)  # noqa: SLF001
        self._files = listed(self._actions)
        return sum(file.numLogicalRecords().get() for file in self._files)

    def commit(self, user_metadata: str) -> None:
        """Make one commit of what was written; it carries a text as its user metadata."""
        write = getattr(self._jvm.org.apache.spark.sql.delta, "DeltaOperations$Write")
        append = self._jvm.org.apache.spark.sql.SaveMode.valueOf("Append")
        said = self._jvm.scala.Some(user_metadata)
        self._files, self._tried = [], True  # whatever becomes of the commit, it may name them
        operation = write(append, self._nothing, self._nothing, said, *[self._nothing] * _UNUSED)
        self._transaction.commit(self._actions, operation)

    def discard(self) -> bool:
        """Remove the files, unless a commit may name them; tells whether none can."""
        for file in self._files:
            path = self._table / unquote(file.path())
            with suppress(OSError):
                path.unlink(missing_ok=True)
                sums_of(path).unlink(missing_ok=True)
        self._files = []
        return not self._tried

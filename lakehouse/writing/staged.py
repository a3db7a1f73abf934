"""Steps 3 and 5 in one pass: a batch that is appended is written while it is judged.

To look at every row before any is written is to read all of them once more. Where nothing can happen to a
row but to be appended or kept out, the rows that break no rule are written first, to files that no reader
sees yet. Mostly they are all that there are: the batch is good, and its commit can say so. Else what is left
is looked at by itself. A batch that is refused takes its files with it.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession

from lakehouse.engine import deltalog
from lakehouse.engine.faults import forget_tables
from lakehouse.engine.plans import is_plain_scan
from lakehouse.engine.staging import StagedAppend
from lakehouse.errors import ConservationError, LakehouseError, explain
from lakehouse.rules import Severity
from lakehouse.writing.judge import Inquiry, look_at_all

__all__ = ["Stage", "stage"]


class Stage:
    """Where the good rows of one batch may wait for its commit.

    ``append`` holds them once they are written, and stays None where the batch has to be looked at first.
    """

    def __init__(
        self,
        spark: SparkSession,
        table: Path,
        ready: Callable[[], None],
        rows: Callable[[DataFrame], DataFrame],
    ) -> None:
        self.append: StagedAppend | None = None
        self._spark, self._table, self._ready, self._rows = spark, table, ready, rows
        self._suspects: DataFrame | None = None
        self._new = not deltalog.exists(table)

    def look(self, inquiry: Inquiry) -> tuple[dict[str, int], DataFrame]:
        """Write the rows that break nothing, and look at those that are left."""
        if not _parts_cleanly(inquiry):
            return look_at_all(inquiry)
        rows = inquiry.frame.count()
        self._ready()
        self.append = StagedAppend(self._spark, self._table)
        written = self.append.write(self._rows(inquiry.frame.where(~inquiry.suspect)))
        if written == rows:
            return inquiry.all_good(rows), inquiry.frame.limit(0)
        self._suspects = inquiry.frame.where(inquiry.suspect).persist(StorageLevel.MEMORY_AND_DISK)
        found = inquiry.answered(self._suspects)
        if found["rows"] + written != rows:
            raise ConservationError(
                explain(
                    "the rows that were written and those that were not are not all there were; nothing was"
                    " published",
                    where=str(self._table),
                    expected=f"{rows:,} rows",
                    found=f"{written:,} and {found['rows']:,}",
                    remedy="make the transformation give the same rows each time: no randomness, no clocks",
                )
            )
        return found | {"rows": rows}, self._suspects

    def clear(self, *, published: bool) -> None:
        """Let go of what was kept; of what is not ``published`` nothing stays."""
        if self._suspects is not None:
            with suppress(Exception):  # of an engine that ended there is nothing to let go of
                self._suspects.unpersist()
        if published or self.append is None:
            return
        if self.append.discard() and self._new and self._is_empty():
            shutil.rmtree(self._table, ignore_errors=True)
            with suppress(Exception):
                forget_tables(self._spark)

    def _is_empty(self) -> bool:
        """Whether the table is still as it was made here: on shared storage others may have written to it."""
        with suppress(LakehouseError):
            return deltalog.version(self._table) == 0
        return False


@contextmanager
def stage(
    spark: SparkSession, table: Path, *, ready: Callable[[], None], rows: Callable[[DataFrame], DataFrame]
) -> Iterator[Stage]:
    """A stage for one batch. ``ready`` makes the table where there is none, ``rows`` the rows to publish."""
    made = Stage(spark, table, ready, rows)
    try:
        yield made
    except BaseException:
        made.clear(published=False)
        raise
    made.clear(published=True)


def _parts_cleanly(inquiry: Inquiry) -> bool:
    """Whether each row is either good or kept out, nothing more is asked of it, and it can be read again."""
    warns = any(each.severity is Severity.WARN for each in inquiry.verdicts)
    plain = inquiry.asked is None and inquiry.content is None and "_change" not in inquiry.frame.columns
    return plain and not warns and is_plain_scan(inquiry.frame)

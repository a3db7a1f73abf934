"""Asking one Delta table in SQL, without a JVM: deltalake's own engine, which reads deletion vectors.

For questions that the road itself puts, of names and numbers that are its own; what a person writes goes
through :mod:`lakehouse.engine.sql`, which refuses all but reading.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from deltalake import DeltaTable, QueryBuilder

from lakehouse.engine import deltalog

if TYPE_CHECKING:  # it needs Spark's types
    from lakehouse.partitions import Partitions

__all__ = ["ask", "rows_by_window", "stream"]


def ask(table: Path | DeltaTable, text: str) -> list[dict[str, Any]]:
    """The rows that a text finds in a table, which it calls ``t``.

    A folder is opened at its newest version; raises :class:`~lakehouse.errors.TableError` where that
    cannot be read.
    """
    rows: list[dict[str, Any]] = stream(table, text).read_all().to_pylist()
    return rows


def stream(table: Path | DeltaTable, text: str) -> pa.RecordBatchReader:
    """Like :func:`ask`, batch by batch, for what need not fit into memory."""
    opened = table if isinstance(table, DeltaTable) else deltalog.open_table(table)
    return pa.RecordBatchReader.from_stream(QueryBuilder().register("t", opened).execute(text))


def rows_by_window(table: Path, partitions: "Partitions") -> dict[str, int]:
    """The rows of each window that a table holds, by reading its window column only."""
    rows = ask(table, f'SELECT "{partitions.column}" AS start, count(*) AS n FROM t GROUP BY 1 ORDER BY 1')
    return {partitions.key_of(row["start"]): row["n"] for row in rows if row["start"] is not None}

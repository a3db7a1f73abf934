"""Asking one Delta table in SQL, without a JVM: deltalake's own engine, which reads deletion vectors.

For questions that the road itself puts, of names and numbers that are its own; what a person writes goes
through :mod:`lakehouse.engine.sql`, which refuses all but reading.
"""

from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable, QueryBuilder

from lakehouse.engine import deltalog

__all__ = ["ask", "stream"]


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

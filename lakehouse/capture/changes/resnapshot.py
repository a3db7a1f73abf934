"""Asking the running engine to read tables again, without stopping the stream of changes."""

import json
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lakehouse.capture.changes.declaration import Captured

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["ask_for_rows"]


def ask_for_rows(connection: "Connection[Any]", captured: Captured, tables: Sequence[str]) -> None:
    """Have all rows of tables (``schema.table``) sent again, in pieces, between the changes.

    The request is a row of the signals table, so it reaches the engine through the log: in its turn,
    and again if the engine is killed before it has done it. Debezium's file of signals is read by a
    thread of its own, which gets in the way of the stream's queries and then passes over the table.
    """
    request = {"data-collections": list(tables), "type": "incremental"}
    connection.execute(
        f"INSERT INTO {captured.signals} VALUES (%s, 'execute-snapshot', %s)".encode(),
        [uuid.uuid4().hex, json.dumps(request)],
    )

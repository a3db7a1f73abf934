"""The records of erasures as a table: ``ops.erasures``."""

import json
from datetime import datetime

import pyarrow as pa

from lakehouse.engine.arrow import table_of
from lakehouse.settings import Settings
from lakehouse.trust.erasure.book import Book

__all__ = ["ERASURES_SCHEMA", "read_erasures"]

ERASURES_SCHEMA = pa.schema(
    [
        ("at", pa.timestamp("us", "UTC")),
        ("erasure", pa.string()),
        ("subject", pa.string()),
        ("event", pa.string()),
        ("asked_by", pa.string()),
        ("done", pa.string()),
        ("files_removed", pa.int64()),
        ("searched_for", pa.int64()),
        ("found_in_files", pa.int64()),
        ("found_elsewhere", pa.int64()),
    ]
)


def read_erasures(settings: Settings) -> pa.Table:
    """One row per step of an erasure that came to its end, with no personal data.

    ``erasure`` is a keyed hash of the person; ``event`` is ``logically gone``, ``still found`` or
    ``physically gone``; ``done`` counts lines and rows by place, as JSON; the last four are of the search.
    """
    rows = [
        {
            "at": datetime.fromisoformat(record["at"]),
            "asked_by": record["by"],
            "done": json.dumps(record["done"]) if "done" in record else None,
            "found_elsewhere": record.get("elsewhere"),
        }
        | {
            name: record.get(name)
            for name in ("erasure", "subject", "event", "files_removed", "searched_for", "found_in_files")
        }
        for record in Book(settings).records()
    ]
    return table_of(rows, ERASURES_SCHEMA)

"""The log lines of every run, read back as one table: ``ops.logs``."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from lakehouse.engine.arrow import table_of
from lakehouse.settings import Settings

__all__ = ["LOG_SCHEMA", "read_logs"]

LOG_SCHEMA = pa.schema(
    [
        pa.field("at", pa.timestamp("us", "UTC")),
        pa.field("level", pa.string()),
        pa.field("event", pa.string()),
        pa.field("message", pa.string()),
        pa.field("run_id", pa.string()),
        pa.field("dataset", pa.string()),
        pa.field("window", pa.string()),
        pa.field("batch_id", pa.string()),
        pa.field("source", pa.string()),
        pa.field("logger", pa.string()),
        pa.field("process", pa.int64()),
        pa.field("fields", pa.string()),
    ]
)


def read_logs(settings: Settings) -> pa.Table:
    """Every line of this environment's log, in no promised order; ``fields`` is a JSON object as text.

    A last line torn by a crash is passed over; an unreadable line elsewhere becomes a row with the
    event ``log.unreadable`` and its position in ``source``.
    """
    files = sorted(settings.log_dir.glob("*/*.jsonl"))
    return table_of((row for file in files for row in _rows(file)), LOG_SCHEMA)


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    *lines, rest = file.read_text("utf-8", errors="replace").split("\n")
    for number, line in enumerate([*lines, rest] if rest else lines, 1):
        try:
            row: dict[str, Any] = json.loads(line)
            yield row | {"at": datetime.fromisoformat(row["at"]), "fields": json.dumps(row["fields"])}
        except (ValueError, KeyError, TypeError):
            if number <= len(lines):
                where = f"{file.parent.name}/{file.name}:{number}"
                yield {
                    "level": "error",
                    "event": "log.unreadable",
                    "message": "not a log line",
                    "source": where,
                }

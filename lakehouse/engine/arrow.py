"""Arrow tables from rows of plain Python, without pandas.

pyarrow's own way (``Table.from_pylist``) imports pandas at the first value, which takes longer than
any query of the ``ops`` tables. Going through JSON does not.
"""

import io
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.json

__all__ = ["table_of"]


def table_of(rows: Iterable[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    """Rows as a table of this schema; a column that a row lacks is null, and others are left out.

    Takes strings, numbers, times, lists and maps (``dict``) of strings. A time without a zone is UTC.
    """
    body = "".join(json.dumps(_told(row, schema), default=_encoded) + "\n" for row in rows).encode()
    if not body:
        return pa.Table.from_batches([], schema)
    read = pa.json.read_json(
        io.BytesIO(body),
        read_options=pa.json.ReadOptions(use_threads=False, block_size=len(body) + 1),
        parse_options=pa.json.ParseOptions(
            explicit_schema=pa.schema([field.with_type(_readable(field.type)) for field in schema])
        ),
    )
    columns = [
        _as_map(read.column(field.name), field.type)
        if pa.types.is_map(field.type)
        else read.column(field.name)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _told(row: dict[str, Any], schema: pa.Schema) -> dict[str, Any]:
    told = {name: row[name] for name in schema.names if row.get(name) is not None}
    maps = {name: value for name, value in told.items() if isinstance(value, dict)}
    return told | {name: [{"key": k, "value": v} for k, v in value.items()] for name, value in maps.items()}


def _encoded(value: object) -> str:
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    raise TypeError(type(value).__name__)


def _readable(kind: pa.DataType) -> pa.DataType:
    """A map as the list of pairs that JSON can hold."""
    if not pa.types.is_map(kind):
        return kind
    return pa.list_(pa.struct([("key", kind.key_type), ("value", kind.item_type)]))


def _as_map(pairs: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    chunks = []
    for chunk in pairs.chunks:
        entries = chunk.values
        mask = chunk.is_null() if chunk.null_count else None
        maps = pa.MapArray.from_arrays(
            chunk.offsets, entries.field("key"), entries.field("value"), type=kind, mask=mask
        )
        chunks.append(maps)
    return pa.chunked_array(chunks, kind)

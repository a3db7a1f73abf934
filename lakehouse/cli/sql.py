"""``lakehouse sql``: one read-only statement over the whole lake.

Rows go to standard output; how many there are, and from when, to standard error. In JSON, decimals
are strings (a JSON number would lose their exactness), times ISO 8601, binary values hexadecimal. CSV
is RFC 4180's with the line ends of Unix: NULL is an empty field, an empty string is ``""``, and nested
values are JSON.
"""

import json
import math
import os
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

import pyarrow as pa
import typer

from lakehouse.engine.sql import Answer, answer
from lakehouse.errors import QueryRefused, explain
from lakehouse.settings import load_settings

__all__ = ["Format", "command", "in_csv", "in_json"]

_WIDEST = 100_000
_SHOWN = 200
"""Rows a table shows where no limit is given."""


class Format(StrEnum):
    """How the rows are written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def command(
    text: Annotated[str, typer.Argument(metavar="SQL", help="One query; `-` reads it from standard input.")],
    form: Annotated[Format, typer.Option("--format", help="How the rows are written.")] = Format.TABLE,
    limit: Annotated[
        int | None, typer.Option(min=0, help=f"At most so many rows; a table shows {_SHOWN} unless told.")
    ] = None,
) -> None:
    """Ask the lake in SQL: `select count(*) from silver.orders`. `show tables` lists what there is."""
    settings = load_settings()
    if limit is None and form is Format.TABLE:
        limit = _SHOWN
    found = answer(settings, sys.stdin.read() if text == "-" else text, limit)
    try:
        if form is Format.TABLE:
            _print_table(found.rows)
        else:
            for line in in_csv(found.rows) if form is Format.CSV else in_json(found.rows):
                sys.stdout.write(line)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.stderr.write(_footer(found))


def in_json(rows: pa.Table) -> Iterator[str]:
    """An array of objects, a row a line."""
    names = rows.column_names
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise QueryRefused(
            explain("two columns have one name", where=twice, remedy="name one of them with AS")
        )
    yield "["
    for number, row in enumerate(_records(rows)):
        yield f"{',' if number else ''}\n{json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False)}"
    yield "\n]\n" if rows.num_rows else "]\n"


def in_csv(rows: pa.Table) -> Iterator[str]:
    """A header, and a row a line; quoted where RFC 4180 says so."""
    yield ",".join(_csv_field(name) for name in rows.column_names) + "\n"
    for row in _records(rows):
        yield ",".join(_csv_field(value) for value in row) + "\n"


def _records(rows: pa.Table) -> Iterator[tuple[Any, ...]]:
    for batch in rows.to_batches(max_chunksize=1000):
        columns = [_values(column) for column in batch.columns]
        if not columns:
            yield from (() for _ in range(batch.num_rows))
        for row in zip(*columns, strict=True):
            yield tuple(_plain(value) for value in row)


def _values(column: pa.Array) -> list[Any]:
    """A column in Python. For times that name a zone pyarrow imports pandas, which is slow: not for UTC."""
    if pa.types.is_timestamp(column.type) and column.type.tz == "UTC":
        naive = column.cast(pa.timestamp(column.type.unit)).to_pylist()
        return [None if value is None else value.replace(tzinfo=UTC) for value in naive]
    return list(column.to_pylist(maps_as_pydicts="strict"))


def _plain(value: object) -> object:  # noqa: PLR0911 - one line per kind of value
    """A value as JSON has it."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime | date | time):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return f"PT{value.total_seconds():f}S"
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {str(_plain(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(value)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _csv_field(value: object) -> str:
    if value is None:
        return ""
    text = _text(value)
    if text and not any(sign in text for sign in ',"\r\n'):
        return text
    return '"' + text.replace('"', '""') + '"'


def _print_table(rows: pa.Table) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for field in rows.schema:
        number = (
            pa.types.is_integer(field.type)
            or pa.types.is_floating(field.type)
            or pa.types.is_decimal(field.type)
        )
        table.add_column(Text(_visible(field.name)), justify="right" if number else "left", overflow="fold")
    for row in _records(rows):
        cells = (
            Text("NULL", style="dim") if value is None else Text(_visible(_text(value))) for value in row
        )
        table.add_row(*cells)
    console = Console(file=sys.stdout)
    if not console.is_terminal:  # nothing folds a line that no terminal limits
        console.width = _WIDEST
    console.print(table)


def _visible(text: str) -> str:
    """Control characters as escapes: data must not steer the terminal."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


def _footer(found: Answer) -> str:
    count = found.rows.num_rows
    parts = [
        f"{count:,} row{'' if count == 1 else 's'}" + ("" if found.complete else ", and more (see --limit)")
    ]
    if found.as_of:
        parts.append(f"data as of {found.as_of:%Y-%m-%d %H:%M:%S} UTC ({', '.join(found.tables)})")
    return " · ".join(parts) + "\n"

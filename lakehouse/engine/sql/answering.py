"""Running one statement and handing back plain Arrow."""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
from deltalake import QueryBuilder

from lakehouse.engine.sql.statement import Kind, Statement, read_statement
from lakehouse.engine.sql.tables import Tables
from lakehouse.errors import QueryRefused, explain
from lakehouse.settings import Settings

__all__ = ["Answer", "answer", "query"]

_NO_FIELD = re.compile(r"No field named (?P<name>\S+?)\.(?:\s|$)")
_NOISE = re.compile(r"^(?:\w+ error: )?(?:Error during planning: )?|datafusion\.public\.")
_WRITING_PLAN = re.compile(r"Dml|CopyTo|Create|Drop|Alter|Set|Prepare|Execute|Deallocate|Transaction")


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of one statement, and from when they are.

    ``as_of`` is the time (UTC) of the newest commit among the ``tables`` read, None where none was.
    ``complete`` is False where ``limit`` cut rows off.
    """

    rows: pa.Table
    tables: tuple[str, ...] = ()
    as_of: datetime | None = None
    complete: bool = True


def query(settings: Settings, text: str, limit: int | None = None) -> pa.Table:
    """The rows that one read-only SQL statement finds in the lake; at most ``limit``.

    Every table is written ``layer.name``, ``ops.commits`` and its like included. Raises
    :class:`QueryRefused` where the text is not a single read-only query or does not run, and
    :class:`~lakehouse.errors.TableError` where a table's log cannot be read.
    """
    return answer(settings, text, limit).rows


def answer(settings: Settings, text: str, limit: int | None = None) -> Answer:
    """Like :func:`query`, with the tables read and the time of the newest commit among them."""
    statement = read_statement(text)
    tables = Tables(settings)
    if statement.kind is Kind.SHOW_TABLES:
        return _cut(Answer(tables.listing()), limit)
    if statement.kind is Kind.DESCRIBE:
        return _cut(Answer(tables.description(next(iter(statement.tables)))), limit)
    tables.require(statement.tables, statement.loose)
    with tables.register(statement.tables) as registered:
        if statement.kind is Kind.QUERY:
            _refuse_writing_plan(registered.engine, statement, registered.columns)
        rows = _run(registered.engine, statement.text, registered.columns, limit)
    return _cut(Answer(rows, tuple(sorted(statement.tables)), registered.as_of), limit)


def _cut(whole: Answer, limit: int | None) -> Answer:
    if limit is None or whole.rows.num_rows <= limit:
        return whole
    return Answer(whole.rows.slice(0, limit), whole.tables, whole.as_of, complete=False)


def _refuse_writing_plan(engine: QueryBuilder, statement: Statement, columns: tuple[str, ...]) -> None:
    """Ask the engine how it understood the text, before it runs: a second lock on the same door."""
    plan = _run(engine, f"EXPLAIN {statement.text}", columns, None)
    if _WRITING_PLAN.match(plan.column("plan")[0].as_py()):
        raise QueryRefused(explain("only reading is allowed", found=statement.text))


def _run(engine: QueryBuilder, text: str, columns: tuple[str, ...], limit: int | None) -> pa.Table:
    """Run a text; stops reading one row after ``limit``."""
    try:
        reader = pa.RecordBatchReader.from_stream(engine.execute(text))
        batches = list(_until(reader, limit))
        return _plain(pa.Table.from_batches(batches, reader.schema))
    except Exception as error:  # noqa: BLE001 - the engine raises bare Exception for what it meets in the data
        raise _refusal(str(error), columns) from None


def _until(reader: pa.RecordBatchReader, limit: int | None) -> Iterator[pa.RecordBatch]:
    seen = 0
    for batch in reader:
        yield batch
        seen += batch.num_rows
        if limit is not None and seen > limit:
            return


def _refusal(message: str, columns: tuple[str, ...]) -> QueryRefused:
    """The engine's complaint in the house's words, with the nearest columns where one is unknown."""
    if missing := _NO_FIELD.search(message):
        name = missing["name"].replace('"', "").rsplit(".", 1)[-1]
        near = difflib.get_close_matches(name.lower(), [column.lower() for column in columns], 3, 0.5)
        spelled = [
            column if column.islower() else f'"{column}"' for column in columns if column.lower() in near
        ]
        return QueryRefused(
            explain(
                "there is no such column",
                where=missing["name"].replace('"', ""),
                expected=f"perhaps {' or '.join(spelled)}" if spelled else f"one of: {', '.join(columns)}",
                remedy="`describe layer.name` lists a table's columns",
            )
        )
    cause = message.rsplit("caused by\n", 1)[-1].strip().splitlines() or ["no reason given"]
    return QueryRefused(explain("the query does not run", found=_NOISE.sub("", cause[0])))


def _plain(table: pa.Table) -> pa.Table:
    """The same rows in types that every Arrow reader knows: no views, microseconds, ``UTC``."""
    schema = pa.schema([field.with_type(_plain_type(field.type)) for field in table.schema])
    return table if schema.equals(table.schema) else table.cast(schema, safe=False)


def _plain_type(kind: pa.DataType) -> pa.DataType:  # noqa: PLR0911 - a line per kind of type
    if pa.types.is_string_view(kind) or pa.types.is_large_string(kind):
        return pa.string()
    if pa.types.is_binary_view(kind) or pa.types.is_large_binary(kind):
        return pa.binary()
    if pa.types.is_dictionary(kind):
        return _plain_type(kind.value_type)
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us", "UTC" if kind.tz == "+00:00" else kind.tz)
    if pa.types.is_duration(kind):
        return pa.duration("us")
    if pa.types.is_time64(kind):
        return pa.time64("us")
    if pa.types.is_map(kind):
        return pa.map_(_plain_type(kind.key_type), _plain_type(kind.item_type))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.list_(_plain_type(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_plain_type(field.type)) for field in kind])
    return kind

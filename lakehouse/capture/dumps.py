"""Dumping PostgreSQL tables into the bucket: whole, or what changed since the last dump.

One JSON object a row, made by the server (``row_to_json``: numbers exact, times ISO in UTC) and
streamed with COPY, so memory does not grow with the table. All tables of one call are read in one
snapshot. Nothing is remembered outside the bucket: each load's manifest says how far it went.

*Position*: the write-ahead log's position, read just before the snapshot is taken: everything
committed up to it is in the dump. Loads are ordered by it, not by anybody's clock.

*High water* (with a change column): the greatest change time in the table, but not one ahead of the
clock, which would hide every later change. The next incremental dump starts ``overlap`` below it,
because a transaction that began earlier may commit later; the repeated rows are removed downstream.

*Fingerprint*: row count and a sum of row hashes, made by the server, of what the next dump would read
if nothing changed: the whole table, or the overlap. If the next dump finds the same, it writes nothing.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lakehouse.capture.loads import Load, list_loads, write_load
from lakehouse.capture.manifest import KINDS, check_name
from lakehouse.capture.postgres import connect, one_moment, plain_errors
from lakehouse.errors import SourceError, explain

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.sql import Composable

__all__ = ["TableDump", "dump_table", "dump_tables"]

OVERLAP = timedelta(minutes=5)
_LINE_BREAKS = {ord("\n"): " ", ord("\r"): " "}


@dataclass(frozen=True, slots=True)
class TableDump:
    """How one table is dumped.

    ``kind`` is ``full`` or ``incremental``; the latter needs a ``change_column`` of type timestamp
    that every insert and update sets (a full dump with one records the high water for a later
    incremental one). Without ``schema`` the connection's search path decides. Deleted rows only
    show by comparing full dumps.
    """

    table: str
    kind: str
    change_column: str | None = None
    schema: str | None = None
    overlap: timedelta = OVERLAP

    def __post_init__(self) -> None:
        check_name(self.table, "table")
        if self.schema is not None:
            check_name(self.schema, "schema")
        if self.change_column is not None:
            check_name(self.change_column, "column")
        if self.kind not in KINDS or (self.kind == "incremental" and self.change_column is None):
            raise SourceError(
                explain(
                    "the dump is declared wrongly",
                    where=self.table,
                    expected="kind 'full', or 'incremental' with a change_column",
                    found=f"kind {self.kind!r} and change_column {self.change_column!r}",
                )
            )


def dump_table(
    database: "str | Connection[Any]",
    bucket: Path,
    source: str,
    dump: TableDump,
    *,
    now: datetime | None = None,
) -> Load | None:
    """Dump one table; None, and nothing written, if nothing changed since its last load."""
    return dump_tables(database, bucket, source, [dump], now=now)[dump.table]


def dump_tables(
    database: "str | Connection[Any]",
    bucket: Path,
    source: str,
    dumps: Sequence[TableDump],
    *,
    now: datetime | None = None,
) -> dict[str, Load | None]:
    """Dump several tables of one database as of one moment: table name to load, or None if unchanged.

    ``database`` is a connection URL, or an open connection that is not in a transaction. ``now`` is
    the extraction time to record (default: the clock). Raises :class:`SourceError` for a table or
    column that is not there or not readable, :class:`SetupError` when the database or psycopg is not.
    """
    check_name(source, "source")
    extracted_at = now or datetime.now(UTC)
    done: dict[str, Load | None] = {}
    with plain_errors(source), connect(database) as connection, _snapshot(connection) as position:
        for dump in dumps:
            with plain_errors(f"{source}.{dump.table}"):
                done[dump.table] = _dump(
                    connection, bucket, source, dump, position=position, extracted_at=extracted_at
                )
    return done


@contextmanager
def _snapshot(connection: "Connection[Any]") -> Iterator[int]:
    """A read-only transaction that sees one moment, and a log position not after that moment."""
    from psycopg.pq import TransactionStatus

    if connection.info.transaction_status != TransactionStatus.IDLE:
        raise SourceError(
            explain("the connection is in a transaction", remedy="commit it, or pass the database's URL")
        )
    (position,) = connection.execute(
        "SELECT (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()"
        " ELSE pg_current_wal_lsn() END - '0/0')::bigint"
    ).fetchall()[0]
    connection.rollback()
    with one_moment(connection):
        yield int(position)


def _dump(
    connection: "Connection[Any]",
    bucket: Path,
    source: str,
    dump: TableDump,
    *,
    position: int,
    extracted_at: datetime,
) -> Load | None:
    earlier = list_loads(bucket, source, dump.table).loads
    dumped = [load for load in earlier if load.kind in KINDS]
    last = dumped[-1] if dumped else None
    if last and last.position > position:
        raise SourceError(
            explain(
                "the database is behind the bucket: another database, or one that was restored",
                where=f"{source}.{dump.table}",
                expected=f"a log position of at least {last.position} (load {last.load_id})",
                found=position,
                remedy="dump it as another source, or move this source's folder out of the bucket",
            )
        )
    mark = next((load.high_water for load in reversed(dumped) if load.high_water), None)
    reader = _TableReader(connection, source, dump)
    whole = dump.kind == "full"
    taken = reader.rows_after(None if whole else mark)
    found = reader.fingerprint(taken)
    if (last and last.fingerprint == found.text) or not (whole or found.rows):
        return None
    high_water = reader.high_water(extracted_at) or mark
    unchanged = found if whole else reader.fingerprint(reader.rows_after(high_water))
    return write_load(
        bucket,
        source,
        dump.table,
        reader.lines(taken),
        kind=dump.kind,
        position=position,
        extracted_at=extracted_at,
        high_water=high_water,
        fingerprint=unchanged.text,
    )


class Fingerprint(NamedTuple):
    """Kind, row count and sum of row hashes as a text, and the row count."""

    text: str
    rows: int


class _TableReader:
    """The queries on one table, composed by psycopg: names as identifiers, values bound."""

    def __init__(self, connection: "Connection[Any]", source: str, dump: TableDump) -> None:
        from psycopg import sql

        self._connection = connection
        self._dump = dump
        self._table = sql.Identifier(*([dump.schema] if dump.schema else []), dump.table)
        self._order = self._primary_key()
        if dump.change_column:
            self._check_change_column(source, dump.change_column)

    def rows_after(self, high_water: str | None) -> "Composable":
        """The condition for the rows changed after the mark less the overlap; all without a mark.

        Rows without a change time can't be told old from new, so they always belong to it.
        """
        from psycopg import sql

        if high_water is None or self._dump.change_column is None:
            return sql.SQL("true")
        return sql.SQL("({column} > {mark}::timestamptz - {overlap} OR {column} IS NULL)").format(
            column=sql.Identifier(self._dump.change_column), mark=high_water, overlap=self._dump.overlap
        )

    def lines(self, condition: "Composable") -> Iterator[bytes]:
        """The rows as JSON, one line each, in the order of the primary key."""
        from psycopg import sql

        query = sql.SQL(
            "COPY (SELECT row_to_json(whole_row) FROM {} AS whole_row WHERE {}{}) TO STDOUT"
        ).format(self._table, condition, self._order)
        with self._connection.cursor().copy(query) as copy:
            for (line,) in copy.rows():
                # A raw line break can only come from the layout of a json column: there it is a blank.
                yield (line if line.isprintable() else line.translate(_LINE_BREAKS)).encode()

    def fingerprint(self, condition: "Composable") -> Fingerprint:
        """Of the rows that meet the condition; equal means, for all that matters, equal rows."""
        from psycopg import sql

        query = sql.SQL(
            "SELECT count(*), coalesce(sum(hashtextextended(row_to_json(whole_row)::text, 0)), 0)"
            " FROM {} AS whole_row WHERE {}"
        ).format(self._table, condition)
        rows, hashes = self._connection.execute(query).fetchall()[0]
        return Fingerprint(f"{self._dump.kind}:{rows}:{hashes}", rows)

    def high_water(self, clock: datetime) -> str | None:
        """The greatest change time that is not ahead of the clock by more than the overlap."""
        from psycopg import sql

        if self._dump.change_column is None:
            return None
        query = sql.SQL(
            "SELECT to_json(max({column})::timestamptz) #>> '{{}}' FROM {table} WHERE {column} <= {limit}"
        )
        limit = clock.astimezone(UTC) + self._dump.overlap
        column = sql.Identifier(self._dump.change_column)
        (greatest,) = self._connection.execute(
            query.format(column=column, table=self._table, limit=limit)
        ).fetchall()[0]
        return None if greatest is None else str(greatest)

    def _primary_key(self) -> "Composable":
        from psycopg import sql

        columns = self._connection.execute(
            "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid"
            " AND a.attnum = ANY (i.indkey) WHERE i.indisprimary AND i.indrelid = %s::regclass"
            " ORDER BY array_position(i.indkey, a.attnum)",
            [self._table.as_string(self._connection)],
        ).fetchall()
        if not columns:
            return sql.SQL("")
        return sql.SQL(" ORDER BY {}").format(sql.SQL(", ").join(sql.Identifier(name) for (name,) in columns))

    def _check_change_column(self, source: str, column: str) -> None:
        row = self._connection.execute(
            "SELECT format_type(atttypid, NULL) FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attname = %s AND NOT attisdropped",
            [self._table.as_string(self._connection), column],
        ).fetchone()
        if row is None or not str(row[0]).startswith("timestamp"):
            raise SourceError(
                explain(
                    "the change column does not fit",
                    where=f"{source}.{self._dump.table}.{column}",
                    expected="a column of type timestamp, with or without time zone",
                    found=row[0] if row else "no such column",
                    remedy="name another change_column, or dump the table with kind 'full'",
                )
            )

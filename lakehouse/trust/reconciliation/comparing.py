"""Comparing a source's tables with silver, as of one moment of the database."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from deltalake import QueryBuilder

from lakehouse.capture.postgres import connect, plain_errors
from lakehouse.engine import deltalog
from lakehouse.lake import Lake
from lakehouse.modes import Upsert
from lakehouse.trust.privacy import pseudonym_of
from lakehouse.trust.reconciliation.digests import (
    Sum,
    digest,
    range_in_sql,
    range_of,
    row_in_sql,
    text_of,
    texts_in_sql,
)
from lakehouse.trust.reconciliation.explaining import Key, Place, erased, landed_up_to, reasons
from lakehouse.trust.reconciliation.pairing import Pair, pairs

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["Report", "reconcile", "told"]

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Report:
    """One table, held against its source.

    ``keys`` the source has; of them silver has others (``differ``), lacks some (``lost``) or has some more
    than once (``doubled``). What silver has and the source no longer has differs too. These count what
    nothing explains; ``explained`` counts the rest by reason. ``examples`` are a few of the keys that
    differ without a reason, none where the key is personal; ``left_out`` are columns that silver has
    otherwise than the source.
    """

    table: str
    dataset: str
    keys: int
    differ: int = 0
    lost: int = 0
    doubled: int = 0
    explained: Mapping[str, int] = field(default_factory=dict)
    examples: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether every difference is explained."""
        return not (self.differ or self.lost or self.doubled)


def told(report: Report) -> str:
    """A report as a line: ``shop.orders keys=12 differ=0 lost=0 doubled=0``, then what is explained."""
    line = (
        f"{report.table} keys={report.keys} differ={report.differ} lost={report.lost}"
        f" doubled={report.doubled}"
    )
    because = ", ".join(f"{count} {reason}" for reason, count in report.explained.items())
    return f"{line} explained={sum(report.explained.values())} ({because})" if because else line


def reconcile(
    lake: Lake,
    database: "str | Connection[Any]",
    system: str,
    *,
    names: Sequence[str] = (),
    schema: str | None = None,
    drained: bool = False,
) -> Iterator[Report]:
    """Hold silver against its source, table by table; those of the silver datasets ``names``, or all.

    ``database`` is a URL or an open connection, ``schema`` where its tables are (default: the search
    path). All tables are read as of one moment. What was committed after the last load is on its way, so
    that nothing can be said of a key that differs, unless the caller has ``drained`` the capture: then all
    that the database holds has landed. Raises :class:`~lakehouse.errors.SourceError` where a table is
    not there or not readable.
    """
    todo = pairs(lake, system, names)
    with plain_errors(system), connect(database) as connection, _moment(connection) as position:
        for pair in todo:
            with plain_errors(pair.name):
                yield _Comparison(lake, connection, pair, schema).report(None if drained else position)


@contextmanager
def _moment(connection: "Connection[Any]") -> Iterator[int]:
    """A transaction that sees one moment, and a log position at or after which nothing is seen."""
    from psycopg import IsolationLevel

    connection.rollback()
    before = connection.isolation_level, connection.read_only
    connection.isolation_level, connection.read_only = IsolationLevel.REPEATABLE_READ, True
    try:
        with connection.transaction():
            connection.execute("SET LOCAL TimeZone = 'UTC'")
            (position,) = connection.execute("SELECT (pg_current_wal_lsn() - '0/0')::bigint").fetchall()[0]
            yield int(position)
    finally:
        if not connection.closed:
            connection.isolation_level, connection.read_only = before


@dataclass(frozen=True, slots=True)
class _Comparison:
    lake: Lake
    connection: "Connection[Any]"
    pair: Pair
    schema: str | None

    def report(self, position: int | None) -> Report:
        """Compare ranges, then the keys of those that differ."""
        theirs, ours = self._source_sums(), self._silver_sums()
        keys = sum(each.rows for each in theirs.values())
        ranges = {number for number in {*theirs, *ours} if theirs.get(number) != ours.get(number)}
        silver = self.pair.silver.full_name
        equal = Report(self.pair.name, silver, keys, left_out=self.pair.left_out)
        return self._of_keys(ranges, equal, position) if ranges else equal

    def _of_keys(self, ranges: set[int], known: Report, position: int | None) -> Report:
        gone, about_them = erased(self.lake, self.pair), set[Key]()
        theirs: dict[Key, int] = {}
        for key, number, texts in self._source_rows(ranges):
            theirs[key] = number
            if gone(texts):
                about_them.add(key)
        ours: dict[Key, tuple[int, Place]] = {}
        times = Counter[Key]()
        for key, number, place in self._silver_rows(ranges):
            ours[key] = (number, place)
            times[key] += 1
        why = reasons(self.lake, self.pair)
        on_the_way = position is not None and landed_up_to(self.lake, self.pair) < position
        counts, explained, examples = Counter[str](), Counter[str](), list[str]()
        for key in sorted({*theirs, *ours}):
            kind = _kind(theirs.get(key), ours.get(key, (None, ()))[0], times[key])
            if kind is None:
                continue
            reason = "erased" if key in about_them else None
            place = ours.get(key, (0, ()))[1]
            reason = reason or next((each for each, holds in why.items() if holds(key, place)), None)
            if reason is None and on_the_way:
                reason = "in the log"
            if reason and kind != "doubled":
                explained[reason] += 1
                continue
            counts[kind] += 1
            if len(examples) < _SHOWN and not any(column.pii for column in self.pair.key):
                examples.append(f"{', '.join(key)} ({kind})")
        return replace(
            known,
            differ=counts["differ"],
            lost=counts["lost"],
            doubled=counts["doubled"],
            explained=dict(explained),
            examples=tuple(examples),
        )

    # The source

    def _source_sums(self) -> dict[int, Sum]:
        """By the server alone, unless pseudonyms have to be made of what it holds."""
        sums: dict[int, Sum] = {}
        if self._by_row:
            of = range_of(self.pair.key)
            for key, number, _ in self._source_rows(None):
                sums.setdefault(of(key), Sum()).add(number)
            return sums
        from psycopg import sql

        everything = (*self.pair.key, *self.pair.columns)
        query = sql.SQL("SELECT {}, count(*), sum({}::numeric) FROM {} GROUP BY 1").format(
            range_in_sql(self.pair.key), row_in_sql(everything), self._table()
        )
        for number, rows, digests in self.connection.execute(query):
            sums[int(number)] = Sum(int(rows), int(digests))
        return sums

    def _source_rows(self, ranges: set[int] | None) -> Iterator[tuple[Key, int, Sequence[str]]]:
        """Key, digest and, as the source has them, the texts of all compared columns."""
        from psycopg import sql

        everything = (*self.pair.key, *self.pair.columns)
        query = sql.SQL("SELECT {} FROM {}").format(
            sql.SQL(", ").join(texts_in_sql(everything)), self._table()
        )
        parameters: list[Any] = []
        if ranges is not None:
            query += sql.SQL(" WHERE {} = ANY(%s)").format(range_in_sql(self.pair.key))
            parameters.append(sorted(ranges))
        width = len(self.pair.key)
        with self.connection.cursor(name="reconcile") as cursor:
            for texts in cursor.execute(query, parameters):
                told = tuple(spell(text) for spell, text in zip(self._spellings, texts, strict=True))
                yield told[:width], digest(told), texts

    @property
    def _by_row(self) -> bool:
        return any(column.pii for column in (*self.pair.key, *self.pair.columns))

    @property
    def _spellings(self) -> list[Callable[[str], str]]:
        """What silver has in place of the source's texts: themselves, or pseudonyms."""
        return [self._spelling(column.pii) for column in (*self.pair.key, *self.pair.columns)]

    def _spelling(self, pii: str | None) -> Callable[[str], str]:
        if pii is None:
            return lambda text: text
        secret, null = self.lake.settings.require_pseudonym_key(), text_of(None)
        return lambda text: text if text == null else pseudonym_of(text, pii, secret)

    def _table(self) -> Any:
        from psycopg import sql

        source = self.pair.bronze.source
        assert source is not None  # noqa: S101 - a pair's bronze dataset has one
        return sql.Identifier(*filter(None, (self.schema, source.table)))

    # The lake

    def _silver_sums(self) -> dict[int, Sum]:
        sums: dict[int, Sum] = {}
        of = range_of(self.pair.key)
        for key, number, _ in self._silver_rows(None):
            sums.setdefault(of(key), Sum()).add(number)
        return sums

    def _silver_rows(self, ranges: set[int] | None) -> Iterator[tuple[Key, int, Place]]:
        """Key, digest and sequence of silver's rows."""
        mode, of, width = self.pair.silver.mode, range_of(self.pair.key), len(self.pair.key)
        sequence = mode.sequence if isinstance(mode, Upsert) else ()
        compared = [column.silver for column in (*self.pair.key, *self.pair.columns)]
        names = ", ".join(f'"{name}"' for name in compared)
        places = ", ".join(f'"{name}" AS __place_{i}' for i, name in enumerate(sequence))
        engine = QueryBuilder().register("t", deltalog.open_table(self.lake.table(self.pair.silver)))
        reader = pa.RecordBatchReader.from_stream(engine.execute(f"SELECT {names}, {places} FROM t"))
        for batch in reader:
            columns = [column.to_pylist() for column in batch.columns]
            for row in zip(*columns, strict=True):
                texts = tuple(text_of(value) for value in row[: len(compared)])
                if ranges is None or of(texts[:width]) in ranges:
                    place = tuple(each if isinstance(each, int) else 0 for each in row[len(compared) :])
                    yield texts[:width], digest(texts), place


def _kind(theirs: int | None, ours: int | None, times: int) -> str | None:
    """What is wrong with a key, if anything is."""
    if times > 1:
        return "doubled"
    if ours is None:
        return "lost"
    return None if theirs == ours else "differ"

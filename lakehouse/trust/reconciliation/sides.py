"""The two sides of a comparison: a source's table and the silver one, in sums of ranges and row by row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lakehouse.engine.asking import stream
from lakehouse.lake import Lake
from lakehouse.modes import Upsert
from lakehouse.trust.reconciliation.digests import (
    Sum,
    digest,
    range_in_sql,
    range_of,
    row_in_sql,
    silver_texts,
    text_of,
    texts_in_sql,
)
from lakehouse.trust.reconciliation.explaining import Key, Place
from lakehouse.trust.reconciliation.feed import Feed
from lakehouse.trust.reconciliation.pairing import Pair

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.sql import Composable

__all__ = ["Landing", "Silver", "Source"]


@dataclass(frozen=True, slots=True)
class Landing:
    """Whether what the database held at the moment has landed.

    Without a ``feed`` all has. ``until`` is how long to wait for it (``time.monotonic``), ``horizon`` as
    :meth:`Feed.horizon` has it.
    """

    feed: Feed | None
    position: int
    until: float
    horizon: str | None

    def done(self, *, wait: bool = False) -> bool:
        """Whether all has; waiting for it, or not."""
        return self.feed is None or self.feed.reaches(self.position, until=self.until if wait else 0.0)

    def young_in_sql(self) -> "Composable":
        """Whether a row of the source may have been written after what has landed for certain."""
        from psycopg import sql

        if self.horizon is None:
            return sql.Literal(self.feed is not None)
        return sql.SQL("age(xmin) <= age({}::xid)").format(sql.Literal(self.horizon))


@dataclass(frozen=True, slots=True)
class Source:
    """A table of the source, as of the moment that the connection's transaction sees."""

    lake: Lake
    connection: "Connection[Any]"
    pair: Pair
    schema: str | None
    landing: Landing

    def sums(self) -> dict[int, Sum]:
        """By the server alone, unless pseudonyms have to be made of what it holds."""
        sums: dict[int, Sum] = {}
        if self._by_row:
            of = range_of(self.pair.key)
            for key, number, _, _ in self.rows(None):
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

    def rows(self, ranges: set[int] | None) -> Iterator[tuple[Key, int, Sequence[str], bool]]:
        """Key, digest, the texts of all columns as the source has them, and whether it is young."""
        from psycopg import sql

        everything = (*self.pair.key, *self.pair.columns)
        query = sql.SQL("SELECT {}, {} FROM {}").format(
            sql.SQL(", ").join(texts_in_sql(everything)), self.landing.young_in_sql(), self._table()
        )
        parameters: list[Any] = []
        if ranges is not None:
            query += sql.SQL(" WHERE {} = ANY(%s)").format(range_in_sql(self.pair.key))
            parameters.append(sorted(ranges))
        width = len(self.pair.key)
        with self.connection.cursor(name="reconcile") as cursor:
            spelled = silver_texts(everything, self.lake.settings)
            for *texts, young in cursor.execute(query, parameters):
                told = spelled(texts)
                yield told[:width], digest(told), texts, young

    @property
    def _by_row(self) -> bool:
        return any(column.pii for column in (*self.pair.key, *self.pair.columns))

    def _table(self) -> Any:
        from psycopg import sql

        source = self.pair.bronze.source
        assert source is not None  # noqa: S101 - a pair's bronze dataset has one
        return sql.Identifier(*filter(None, (self.schema, source.table)))


@dataclass(frozen=True, slots=True)
class Silver:
    """The silver table that mirrors it, as it is when it is asked."""

    lake: Lake
    pair: Pair

    def sums(self) -> dict[int, Sum]:
        """Rows and digests by range."""
        sums: dict[int, Sum] = {}
        of = range_of(self.pair.key)
        for key, number, _ in self.rows(None):
            sums.setdefault(of(key), Sum()).add(number)
        return sums

    def rows(self, ranges: set[int] | None) -> Iterator[tuple[Key, int, Place]]:
        """Key, digest and sequence of silver's rows."""
        mode, of, width = self.pair.silver.mode, range_of(self.pair.key), len(self.pair.key)
        sequence = mode.sequence if isinstance(mode, Upsert) else ()
        compared = [column.silver for column in (*self.pair.key, *self.pair.columns)]
        names = ", ".join(f'"{name}"' for name in compared)
        places = ", ".join(f'"{name}" AS __place_{i}' for i, name in enumerate(sequence))
        for batch in stream(self.lake.table(self.pair.silver), f"SELECT {names}, {places} FROM t"):
            columns = [column.to_pylist() for column in batch.columns]
            for row in zip(*columns, strict=True):
                texts = tuple(text_of(value) for value in row[: len(compared)])
                if ranges is None or of(texts[:width]) in ranges:
                    place = tuple(each if isinstance(each, int) else 0 for each in row[len(compared) :])
                    yield texts[:width], digest(texts), place

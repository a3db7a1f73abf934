"""A row as a number, made alike by PostgreSQL and by Python; many rows as their count and sum.

A value's text is exact and has one spelling: numbers without trailing zeros, times in microseconds and dates
in days since 1970, texts as they are. The first 60 bits of the texts' MD5 are the row's digest: a difference
is to be found, not an attack to be withstood. Keys that are one whole number are put into ranges of
neighbours; any others are spread over 256 parts by their own digest.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lakehouse.settings import Settings
from lakehouse.trust.privacy import pseudonym_of
from lakehouse.trust.reconciliation.pairing import ComparedColumn

if TYPE_CHECKING:
    from psycopg.sql import Composable

__all__ = [
    "Sum",
    "digest",
    "range_in_sql",
    "range_of",
    "row_in_sql",
    "silver_texts",
    "text_as",
    "text_of",
    "texts_in_sql",
]

SPAN = 10_000
"""Keys of one range."""

_NULL, _BETWEEN = "\x02", "\x1f"
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_WHOLE = ("tinyint", "smallint", "int", "bigint")


@dataclass(slots=True)
class Sum:
    """Rows of a range: how many, and the sum of their digests."""

    rows: int = 0
    digests: int = 0

    def add(self, digest: int) -> None:
        """Count one row more."""
        self.rows += 1
        self.digests += digest


def digest(texts: Iterable[str]) -> int:
    """The number of a row, from its values' texts."""
    joined = _BETWEEN.join(texts)
    return int(hashlib.md5(joined.encode(), usedforsecurity=False).hexdigest()[:15], 16)


def text_of(value: Any) -> str:  # noqa: PLR0911 - a line per kind of value
    """A value of the lake as its one spelling."""
    match value:
        case None:
            return _NULL
        case bool():
            return "t" if value else "f"
        case datetime():
            moment = value if value.tzinfo else value.replace(tzinfo=UTC)
            since = moment - datetime(1970, 1, 1, tzinfo=UTC)
            return str((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds)
        case date():
            return str(value.toordinal() - _EPOCH_DAY)
        case Decimal():
            return _plain(value)
        case float():
            return repr(value)
    return str(value)


def text_as(value: Any, kind: str) -> str:
    """The one spelling of a value as a load has it: in JSON, in CSV, or in Debezium's form.

    What does not fit the type keeps its text.
    """
    with suppress(ValueError, ArithmeticError):
        match value:
            case str() if kind == "date":
                return text_of(date.fromisoformat(value))
            case str() if kind.startswith("timestamp"):
                return text_of(datetime.fromisoformat(value))
            case str() if kind == "boolean":
                return "t" if value.lower() == "true" else "f"
            case str() | int() | float() if kind.startswith("decimal"):
                return text_of(Decimal(str(value)))
    return text_of(value)


def silver_texts(
    columns: Sequence[ComparedColumn], settings: Settings
) -> Callable[[Sequence[str]], tuple[str, ...]]:
    """Takes texts of some columns as the source has them to what silver has: the same, or pseudonyms."""
    kinds, null = [column.pii for column in columns], text_of(None)
    secret = settings.require_pseudonym_key() if any(kinds) else ""

    def spelled(texts: Sequence[str]) -> tuple[str, ...]:
        return tuple(
            pseudonym_of(text, kind, secret) if kind and text != null else text
            for text, kind in zip(texts, kinds, strict=True)
        )

    return spelled


def range_of(key: tuple[ComparedColumn, ...]) -> Callable[[tuple[str, ...]], int]:
    """Which range a key lies in, from the texts of its values."""
    if _is_whole(key):
        return lambda texts: int(texts[0]) // SPAN
    return lambda texts: digest(texts) >> 52


def range_in_sql(key: tuple[ComparedColumn, ...]) -> "Composable":
    """The same for PostgreSQL."""
    from psycopg import sql

    if _is_whole(key):
        name = sql.Identifier(key[0].source)
        return sql.SQL("floor({}::numeric / {})::bigint").format(name, sql.Literal(SPAN))
    return sql.SQL("({} >> 52)").format(row_in_sql(key))


def row_in_sql(columns: Iterable[ComparedColumn]) -> "Composable":
    """A row's digest for PostgreSQL."""
    from psycopg import sql

    joined = sql.SQL(" || chr(31) || ").join(texts_in_sql(columns))
    return sql.SQL("('x' || substr(md5({}), 1, 15))::bit(60)::bigint").format(joined)


def texts_in_sql(columns: Iterable[ComparedColumn]) -> "list[Composable]":
    """The values' texts for PostgreSQL."""
    from psycopg import sql

    return [
        sql.SQL("coalesce({}, chr(2))").format(
            sql.SQL(_spelling(column)).format(sql.Identifier(column.source))
        )
        for column in columns
    ]


def _spelling(column: ComparedColumn) -> str:
    kind = column.type
    if kind.startswith("decimal"):
        return "trim_scale({}::numeric)::text"
    if kind == "timestamp":
        return "(extract(epoch from {}::timestamptz) * 1000000)::bigint::text"
    if kind == "timestamp_ntz":
        return "(extract(epoch from {}::timestamp) * 1000000)::bigint::text"
    if kind == "date":
        return "({}::date - date '1970-01-01')::text"
    if kind == "boolean":
        return "CASE {}::boolean WHEN true THEN 't' WHEN false THEN 'f' END"
    return "{}::text"


def _is_whole(key: tuple[ComparedColumn, ...]) -> bool:
    return len(key) == 1 and key[0].type in _WHOLE and not key[0].pii


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text

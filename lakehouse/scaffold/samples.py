"""Three made-up rows for a new dataset's test. Never values from the data: those may be anybody's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from pyspark.sql.types import (
    BooleanType,
    DataType,
    DateType,
    DecimalType,
    FractionalType,
    IntegralType,
    StringType,
    TimestampNTZType,
    TimestampType,
)

from lakehouse.scaffold.proposal import Column

__all__ = ["Samples"]


@dataclass(frozen=True, slots=True)
class Samples:
    """The lines of a test: what its rows import, one row as a constant, and three of it as an expression."""

    imports: tuple[str, ...]
    row: tuple[str, ...]
    three_rows: str

    @classmethod
    def of(cls, columns: Sequence[Column], distinguished_by: str | None) -> Self:
        """Rows that keep the contract; with ``distinguished_by`` they differ in that column."""
        known = [column for column in columns if _value(column) is not None]
        lines = [f'    "{column.name}": {_value(column)},' for column in known]
        text = "\n".join(lines)
        times = [name for name in ("UTC", "date", "datetime") if f"{name}(" in text or f"={name})" in text]
        imports = [f"from datetime import {', '.join(times)}"] if times else []
        imports += ["from decimal import Decimal"] if "Decimal(" in text else []
        different = [column for column in known if column.name == distinguished_by]
        three = "[ROW, ROW, ROW]"
        if different:
            three = (
                f'[ROW | {{"{distinguished_by}": {_numbered(different[0].type)}}} for number in (1, 2, 3)]'
            )
        return cls(tuple(imports), ("ROW = {", *lines, "}"), three)


def _value(column: Column) -> str | None:
    if column.sample is not None:
        return '"' + str(column.sample).replace("\\", "\\\\").replace('"', '\\"') + '"'
    return _plain(column.type)


def _plain(kind: DataType) -> str | None:
    for of, text in (
        (StringType, '"text"'),
        (BooleanType, "True"),
        (DecimalType, "Decimal(1)"),
        (IntegralType, "1"),
        (FractionalType, "1.0"),
        (DateType, "date(2026, 1, 1)"),
        (TimestampNTZType, "datetime(2026, 1, 1, 12)"),
        (TimestampType, "datetime(2026, 1, 1, 12, tzinfo=UTC)"),
    ):
        if isinstance(kind, of):
            return text
    return None


def _numbered(kind: DataType) -> str:
    if isinstance(kind, StringType):
        return 'f"text {number}"'
    if isinstance(kind, DateType):
        return "date(2026, 1, number)"
    return "number"

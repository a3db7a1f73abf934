"""Asking gold for results: small tables, with where they come from and from when they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lakehouse.engine.catalog import lake_tables
from lakehouse.engine.sql import answer
from lakehouse.engine.sql.binding import Value, bind
from lakehouse.errors import QueryRefused, explain
from lakehouse.settings import Settings

__all__ = ["Result", "Results"]

_MOST_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Result:
    """The rows of one query. ``query`` is the SQL that gives them again; ``as_of`` is UTC."""

    rows: tuple[Mapping[str, Any], ...]
    columns: tuple[str, ...]
    query: str
    tables: tuple[str, ...]
    as_of: datetime | None

    def column(self, name: str) -> list[Any]:
        """One column's values."""
        return [row[name] for row in self.rows]

    @property
    def row(self) -> Mapping[str, Any]:
        """The only row; :class:`QueryRefused` where there are none or several."""
        if len(self.rows) != 1:
            raise QueryRefused(
                explain("one row was expected", found=f"{len(self.rows)} rows of {self.query}")
            )
        return self.rows[0]

    def __bool__(self) -> bool:
        return bool(self.rows)


@dataclass(frozen=True, slots=True)
class Results:
    """What a page asks; called with SQL, and values by name for its ``:name`` places.

    Only results, never rows in bulk: a query that gives more than five thousand is refused, for it
    belongs into a gold table.
    """

    settings: Settings

    def known(self, *names: str) -> bool:
        """Whether these tables (``layer.name``) have been built."""
        return set(names) <= {table.address for table in lake_tables(self.settings)}

    def __call__(self, query: str, /, **values: Value) -> Result:
        """The rows of a query over the lake."""
        text = bind(query, values)
        found = answer(self.settings, text, _MOST_ROWS)
        if not found.complete:
            raise QueryRefused(
                explain(
                    "too many rows for a page",
                    expected=f"at most {_MOST_ROWS:,}",
                    found=text,
                    remedy="aggregate them in a gold table",
                )
            )
        rows = tuple(found.rows.to_pylist())
        return Result(rows, tuple(found.rows.column_names), _tidy(text), found.tables, found.as_of)


def _tidy(text: str) -> str:
    lines = [line.strip() for line in text.strip().splitlines()]
    return "\n".join(line for line in lines if line)

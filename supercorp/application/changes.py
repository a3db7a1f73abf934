"""The kinds of statement that the company's application sends to its database."""

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["AddColumn", "Change", "DropVendor", "Forget", "Insert", "Refill", "Update"]


@dataclass(frozen=True, slots=True)
class Insert:
    """Rows for a table, each with all its columns in their order, or with those named in ``columns``."""

    table: str
    rows: list[tuple[object, ...]]
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Update:
    """New values for some rows: ``columns`` maps a column to its SQL type and a value per row."""

    table: str
    ids: list[int]
    columns: dict[str, tuple[str, Sequence[object]]]


@dataclass(frozen=True, slots=True)
class Forget:
    """Customers to remove, with their addresses; their orders stay, without them, changed at ``at``."""

    customers: list[int]
    at: list[str]


@dataclass(frozen=True, slots=True)
class DropVendor:
    """A vendor to remove; its purchase orders and invoices stay, without it, changed at ``at``."""

    vendor: int
    at: str


@dataclass(frozen=True, slots=True)
class Refill:
    """A staging table to empty, and to fill with these rows."""

    table: str
    rows: list[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class AddColumn:
    """A column that a release of the application adds to a table; null in the rows that are there."""

    table: str
    column: str
    kind: str


Change = Insert | Update | Forget | DropVendor | Refill | AddColumn

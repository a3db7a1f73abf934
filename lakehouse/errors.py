"""Every error the road raises, under one root.

::

    LakehouseError
    ├── SettingsError            a setting is missing, malformed or contradictory
    ├── SetupError               the machine lacks something (Java, jars, disk, a free port)
    ├── DeclarationError         a contract or dataset is declared wrongly; found at load time
    ├── SourceError              a load in the bucket cannot be taken as it is
    ├── CaptureError             change capture cannot begin or go on
    │   └── SlotLost             the database no longer has changes that were not captured
    ├── BatchRefused             the audit stopped a batch; the table is as it was
    │   └── SourceChanged        a source differs from a contract that is frozen
    ├── ConservationError        rows in and rows out do not add up
    ├── ContractBroken           the deployed table and the contract differ in a breaking way
    ├── TableError               a table is missing, damaged or unreadable
    │   └── TableLocked          another process is writing the table
    ├── QueryRefused             a SQL text is not a single read-only query, or does not run
    ├── QuarantineError          a quarantine command names something that is not there
    ├── ErasureError             an erasure cannot be done, or not to its end
    └── AlertError               an alert could not be delivered

A message is one clear sentence or two: what went wrong and where (table, column), what was
expected, what was found, and what to do. :func:`explain` puts these parts together so that every
message reads the same.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lakehouse.writing.record import RuleCount

__all__ = [
    "AlertError",
    "BatchRefused",
    "CaptureError",
    "ConservationError",
    "ContractBroken",
    "DeclarationError",
    "ErasureError",
    "LakehouseError",
    "QuarantineError",
    "QueryRefused",
    "SettingsError",
    "SetupError",
    "SlotLost",
    "SourceChanged",
    "SourceError",
    "TableError",
    "TableLocked",
    "explain",
]


class LakehouseError(Exception):
    """The root: catch this to catch everything the road raises on purpose."""


class SettingsError(LakehouseError):
    """A setting is missing, malformed or contradicts another."""


class SetupError(LakehouseError):
    """The machine lacks something the road needs; the message says how to get it."""


class DeclarationError(LakehouseError):
    """A contract or dataset is declared wrongly. Raised while loading, before anything runs."""


class SourceError(LakehouseError):
    """A load in the bucket cannot be taken as it is; it stays in the bucket, untouched."""


class CaptureError(LakehouseError):
    """Change capture cannot begin or go on; what was captured is in the bucket."""


class SlotLost(CaptureError):
    """The database no longer has changes that were not captured: only a new snapshot leads on."""


class BatchRefused(LakehouseError):
    """The audit stopped a batch: a blocking rule is broken and the table is as it was.

    Trying again gives the same answer until the data or the contract changes, so nothing
    retries it. ``counts`` has the :class:`~lakehouse.writing.record.RuleCount` of every rule, by name,
    ``samples`` keys of a few rows that break one, ``rows`` the size of the batch.
    """

    def __init__(
        self,
        message: str,
        *,
        counts: "Mapping[str, RuleCount] | None" = None,
        samples: "Mapping[str, tuple[str, ...]] | None" = None,
        rows: int | None = None,
    ) -> None:
        super().__init__(message)
        self.counts = counts or {}
        self.samples = samples or {}
        self.rows = rows


class SourceChanged(BatchRefused):
    """The source is no longer what a frozen contract says; ``loads`` brought it, and stay in the bucket."""

    def __init__(
        self,
        message: str,
        *,
        loads: tuple[str, ...],
        counts: "Mapping[str, RuleCount]",
        rows: int,
    ) -> None:
        super().__init__(message, counts=counts, rows=rows)
        self.loads = loads


class ConservationError(LakehouseError):
    """Rows in and rows out, counted independently of each other, do not add up."""


class ContractBroken(LakehouseError):
    """The contract differs from the deployed table in a way that would break its readers."""


class TableError(LakehouseError):
    """A table is missing, damaged or cannot be read."""


class TableLocked(TableError):
    """Another process holds the table's write lock."""


class QueryRefused(LakehouseError):
    """A SQL text is not one read-only query, or the engine could not run it."""


class QuarantineError(LakehouseError):
    """A quarantine command names a table or row that is not there."""


class ErasureError(LakehouseError):
    """An erasure cannot be done, or not to its end; the same command goes on with it."""


class AlertError(LakehouseError):
    """An alert could not be delivered; what it would have said is in the log."""


def explain(
    what: str,
    *,
    where: str | None = None,
    expected: object = None,
    found: object = None,
    remedy: str | None = None,
) -> str:
    """Compose an error message from its parts, in the order a reader needs them.

    >>> explain("unknown input", where="silver.orders", found="shop_order", remedy="rename the parameter")
    'silver.orders: unknown input; found shop_order. Remedy: rename the parameter.'
    """
    message = f"{where}: {what}" if where else what
    if expected is not None:
        message += f"; expected {expected}"
    if found is not None:
        message += f"; found {found}"
    message = message.rstrip(".") + "."
    if remedy:
        message += f" Remedy: {remedy.rstrip('.')}."
    return message

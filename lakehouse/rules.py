"""The words of a contract that pandera has no place for: severities, row rules, batch rules."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from typing_extensions import override

__all__ = [
    "BadShare",
    "BatchRule",
    "Custom",
    "References",
    "RowCount",
    "RowRule",
    "Severity",
    "UniqueKey",
]


class Severity(StrEnum):
    """What breaking a rule means."""

    WARN = "warn"
    """The row is published; the break is counted."""
    QUARANTINE = "quarantine"
    """The row steps aside into quarantine; the rest of the batch is published."""
    FAIL = "fail"
    """The whole batch stops and the table stays as it was."""

    @property
    def blocks(self) -> bool:
        """Whether breaking the rule keeps downstream tables from running."""
        return self is Severity.FAIL


@dataclass(frozen=True, slots=True)
class RowRule:
    """A rule that one row keeps or breaks by itself.

    ``broken`` builds a boolean Spark column that is true exactly where the rule is broken, and is
    called only when a Spark session exists. ``column`` is None for rules over several columns.
    """

    name: str
    severity: Severity
    broken: Callable[[], Any]
    column: str | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class BatchRule:
    """The base of rules that only a whole batch can keep or break."""

    on_fail: Severity = Severity.FAIL

    @property
    def name(self) -> str:
        """The rule's name within its table: letters, digits and underscores."""
        raise NotImplementedError

    @property
    def description(self) -> str:
        """What the rule demands, in a sentence."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class UniqueKey(BatchRule):
    """No two rows of a batch share the contract's key.

    In quarantine, *every* row of a doubled key steps aside: which of them is right is not for the
    road to say. Upserts and histories order rows of one key by their sequence instead.
    """

    on_fail: Severity = Severity.QUARANTINE

    @property
    @override
    def name(self) -> str:
        return "unique_key"

    @property
    @override
    def description(self) -> str:
        return "no two rows share the key"


@dataclass(frozen=True, slots=True)
class RowCount(BatchRule):
    """The number of rows to be published lies between ``min`` and ``max``, both included."""

    min: int = 0
    max: int | None = None

    @property
    @override
    def name(self) -> str:
        return "row_count"

    @property
    @override
    def description(self) -> str:
        upper = "any number" if self.max is None else f"{self.max:,}"
        return f"a batch has {self.min:,} to {upper} rows"


@dataclass(frozen=True, slots=True)
class BadShare(BatchRule):
    """At most this share (0 to 1) of a batch's rows may step aside into quarantine."""

    max: float = 0.05

    @property
    @override
    def name(self) -> str:
        return "bad_share"

    @property
    @override
    def description(self) -> str:
        return f"at most {self.max:.2%} of a batch's rows are set aside"


@dataclass(frozen=True, slots=True)
class References(BatchRule):
    """Every non-null value of ``column`` is a value of ``to_column`` in the input ``to``.

    ``to`` names one of the dataset's inputs; the rule sees that input as it stands at this run.
    """

    column: str = ""
    to: str = ""
    to_column: str = ""
    on_fail: Severity = Severity.WARN

    @property
    @override
    def name(self) -> str:
        return f"{self.column}__references_{self.to}"

    @property
    @override
    def description(self) -> str:
        return f"{self.column} is found among {self.to}.{self.to_column}"


@dataclass(frozen=True, slots=True)
class Custom(BatchRule):
    """An aggregate over the batch's good rows that must be true.

    ``holds`` builds a boolean *aggregate* column, for example
    ``lambda: F.sum("debit") == F.sum("credit")``. A null result counts as broken.
    """

    label: str = ""
    holds: Callable[[], Any] | None = None
    says: str = ""

    @property
    @override
    def name(self) -> str:
        return self.label

    @property
    @override
    def description(self) -> str:
        return self.says or self.label.replace("_", " ")

"""Contracts: what every row of a table must be, as a normal ``pandera.pyspark`` model.

A contract is a :class:`Contract` subclass. Its docstring states the **grain** ("One row per
order"). :func:`Field` is pandera's, with four more words: ``key``, ``pii``, ``protect`` and
``on_fail``. Rules over several columns are methods under :func:`rule`; rules on the whole batch
stand in ``__rules__``::

    class Orders(Contract):
        \"\"\"One row per order: its latest version.\"\"\"

        order_id: T.LongType() = Field(key=True)
        placed_at: T.TimestampType() = Field()
        shipped_at: T.TimestampType() = Field(nullable=True)
        total: T.DecimalType(12, 2) = Field(ge=0)
        coupon: T.StringType() = Field(nullable=True, isin=["SPRING", "AUTUMN"], on_fail="warn")

        __rules__ = (RowCount(min=1), BadShare(max=0.1))

        @rule(on_fail="warn")
        def shipped_after_placed(cls):
            return F.col("shipped_at") >= F.col("placed_at")

``Orders.validate(frame)`` is plain pandera and sees every row rule above. How a contract is
enforced stands elsewhere (:mod:`lakehouse.spec` compiles it, :mod:`lakehouse.writing` judges by it).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

import pandera.pyspark as pa
from pandera.pyspark import DataFrameModel

from lakehouse.evolution import Evolution
from lakehouse.rules import BatchRule, Severity

__all__ = ["Contract", "Field", "FieldWords", "Protection", "rule"]

WORDS = "lakehouse"
RULE_MARK = "__lakehouse_rule__"


class Protection(StrEnum):
    """What happens to a personal column on its way from bronze to silver."""

    PSEUDONYM = "pseudonym"
    """Replaced by a keyed hash: joinable, and not reversible without the key."""
    DROP = "drop"
    """Left out."""
    MASK = "mask"
    """Free text, kept but for the addresses and numbers in it."""


@dataclass(frozen=True, slots=True)
class FieldWords:
    """The road's own words on one column."""

    key: bool = False
    pii: str | None = None
    protect: Protection = Protection.PSEUDONYM
    on_fail: Severity | Mapping[str, Severity] = Severity.QUARANTINE

    def severity(self, check: str) -> Severity:
        """The severity of one of the column's rules, by short name such as ``ge`` or ``not_null``."""
        if isinstance(self.on_fail, Severity):
            return self.on_fail
        return self.on_fail.get(check, Severity.QUARANTINE)


def Field(  # noqa: N802 - it stands where pandera's Field stands
    *,
    key: bool = False,
    pii: str | None = None,
    protect: str = "pseudonym",
    on_fail: str | Mapping[str, str] = "quarantine",
    metadata: Mapping[str, Any] | None = None,
    **checks: Any,
) -> Any:
    """A column: pandera's ``Field`` plus the road's words.

    Args:
        key: the column belongs to the table's key.
        pii: the kind of personal data it holds (``"email"``, ``"name"``, ``"phone"``, …). Allowed
            in bronze only; silver receives it protected.
        protect: what silver receives: a ``"pseudonym"`` (the default), nothing (``"drop"``), or free text
            with the addresses and numbers in it masked (``"mask"``).
        on_fail: the severity of the column's rules, one for all or by rule:
            ``on_fail={"ge": "fail", "not_null": "warn"}``. A value that does not fit the column's
            type is set aside at least: there is no value that could be published instead.
        metadata: pandera's own, kept.
        checks: everything pandera's ``Field`` takes: ``ge``, ``isin``, ``str_matches``,
            ``nullable``, ``description`` and so on.
    """
    severity: Severity | dict[str, Severity]
    if isinstance(on_fail, str):
        severity = Severity(on_fail)
    else:
        severity = {name: Severity(value) for name, value in on_fail.items()}
    words = FieldWords(key=key, pii=pii, protect=Protection(protect), on_fail=severity)
    return pa.Field(metadata={**(metadata or {}), WORDS: words}, **checks)


class Contract(DataFrameModel):  # type: ignore[type-arg]
    """The base of every contract: a pandera model with a grain and batch rules.

    ``__evolution__`` says, of a bronze table, what a change of the source means.
    """

    __rules__: ClassVar[tuple[BatchRule, ...]] = ()
    __evolution__: ClassVar[Evolution | str] = Evolution()


@dataclass(frozen=True, slots=True)
class RuleWords:
    """A row rule over several columns, as declared: ``holds(cls)`` builds the column to be true."""

    name: str
    severity: Severity
    holds: Callable[[Any], Any]
    description: str


def rule(*, on_fail: str = "quarantine") -> Callable[[Callable[[Any], Any]], Any]:
    """Declare a row rule over several columns.

    The method takes the class and returns a boolean Spark column that is true where the rule is
    kept; where it is null (an operand is missing) the rule counts as kept, as pandera's checks do.
    pandera sees it as a ``dataframe_check`` of the same name.
    """

    def declare(holds: Callable[[Any], Any]) -> Any:
        name = holds.__name__

        def check(cls: Any, frame: Any) -> bool:
            return bool(frame.filter(~holds(cls)).limit(1).count() == 0)

        check.__name__ = name
        check.__doc__ = holds.__doc__
        words = RuleWords(name, Severity(on_fail), holds, (holds.__doc__ or "").strip().split("\n")[0])
        setattr(check, RULE_MARK, words)
        return pa.dataframe_check(check)

    return declare

"""Whether the rows of a table keep a rule, as far as the statistics in its log tell: no row is read.

A file's statistics bound the values of a column. Where the bounds keep a rule, every row does; where
they do not, or there are none, nothing is known.
"""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from lakehouse.change.terms import RuleTerms
from lakehouse.engine import deltalog

__all__ = ["surely_kept"]


def surely_kept(table: Path, rule: RuleTerms) -> bool:
    """Whether no row of the table can break the rule. False also where nobody can tell."""
    if rule.column is None or rule.check not in {*_KEPT, "not_null"}:
        return False
    actions = pa.table(deltalog.open_table(table).get_add_actions(flatten=True))
    names = {kind: f"{kind}.{rule.column}" for kind in ("min", "max", "null_count")}
    if not {"num_records", names["null_count"]} <= set(actions.column_names):
        return False
    for file in actions.to_pylist():
        rows, nulls = file["num_records"], file[names["null_count"]]
        if rows == 0:
            continue
        if nulls is None or rows is None:
            return False
        if rule.check == "not_null":
            if nulls:
                return False
        elif nulls < rows:
            low, high = (_exact(file.get(names[kind])) for kind in ("min", "max"))
            if low is None or high is None or not _KEPT[rule.check](low, high, rule.arguments):
                return False
    return True


def _exact(value: Any) -> Any:
    """A bound that statistics hold exactly: a whole number, a decimal or a day; None for all others.

    Times are cut off at milliseconds, texts after some characters, and a NaN has no place among numbers.
    """
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return Decimal(value)
    return value.isoformat() if type(value) is date else None


def _limit(arguments: dict[str, Any], name: str, like: Any) -> Any:
    return Decimal(str(arguments[name])) if isinstance(like, Decimal) else str(arguments[name])


def _in_range(low: Any, high: Any, arguments: dict[str, Any]) -> bool:
    least, greatest = _limit(arguments, "min_value", low), _limit(arguments, "max_value", low)
    above = least <= low if arguments.get("include_min", True) else least < low
    below = high <= greatest if arguments.get("include_max", True) else high < greatest
    return bool(above and below)


_KEPT: dict[str, Any] = {
    "greater_than": lambda low, _, limits: low > _limit(limits, "min_value", low),
    "greater_than_or_equal_to": lambda low, _, limits: low >= _limit(limits, "min_value", low),
    "less_than": lambda _, high, limits: high < _limit(limits, "max_value", high),
    "less_than_or_equal_to": lambda _, high, limits: high <= _limit(limits, "max_value", high),
    "in_range": _in_range,
}

"""pandera's built-in checks as Spark column expressions.

pandera's Spark backend answers each check with a job of its own and one verdict for all rows. Here
each becomes a boolean column that is true exactly for the rows pandera would find:
``filter(~condition)``, so a null condition is no break. A property test holds the two verdicts
equal, row by row. What has no entry here does not compile, and pandera runs it itself.
"""

from collections.abc import Callable
from typing import Any

from pandera import Check
from pandera.api.function_dispatch import Dispatcher
from pyspark.sql import Column
from pyspark.sql import functions as F

__all__ = ["compile_check", "short_name"]

_SHORT = {
    "equal_to": "eq",
    "not_equal_to": "ne",
    "greater_than": "gt",
    "greater_than_or_equal_to": "ge",
    "less_than": "lt",
    "less_than_or_equal_to": "le",
}


def short_name(check: Check) -> str:
    """The name a contract's author writes: ``ge``, ``isin``, … or the custom check's own name."""
    name = str(check.name or "check")
    return _SHORT.get(name, name)


def compile_check(check: Check, column: str) -> Callable[[], Column] | None:
    """A builder of the column "this row breaks the check", or None where the check is not built in."""
    name = str(check.name or "")
    condition = _CONDITIONS.get(name)
    if condition is None or not _is_built_in(check):
        return None
    arguments = dict(check._check_kwargs)  # noqa: SLF001 - pandera keeps a check's arguments nowhere else

    def broken() -> Column:
        return F.coalesce(~condition(F.col(column), **arguments), F.lit(False))

    return broken


def _is_built_in(check: Check) -> bool:
    """A custom check may carry a built-in's name: the function it runs decides."""
    function = check._check_fn  # noqa: SLF001
    return isinstance(function, Dispatcher) and str(function) == check.name


def _in_range(
    value: Column, min_value: Any, max_value: Any, *, include_min: bool = True, include_max: bool = True
) -> Column:
    lower = value >= min_value if include_min else value > min_value
    upper = value <= max_value if include_max else value < max_value
    both: Column = lower & upper
    return both


def _str_matches(value: Column, pattern: Any) -> Column:
    text = _pattern(pattern)
    return value.rlike(text if text.startswith("^") else f"^{text}")


def _str_length(
    value: Column, min_value: int | None = None, max_value: int | None = None, exact_value: int | None = None
) -> Column:
    length = F.length(value)
    if exact_value is not None:
        return length == exact_value
    if min_value is not None and max_value is not None:
        return (length >= min_value) & (length <= max_value)
    if min_value is not None:
        return length >= min_value
    return length <= F.lit(max_value)


def _pattern(pattern: Any) -> str:
    return str(getattr(pattern, "pattern", pattern))


_CONDITIONS: dict[str, Callable[..., Column]] = {
    "equal_to": lambda column, value: column == value,
    "not_equal_to": lambda column, value: column != value,
    "greater_than": lambda column, min_value: column > min_value,
    "greater_than_or_equal_to": lambda column, min_value: column >= min_value,
    "less_than": lambda column, max_value: column < max_value,
    "less_than_or_equal_to": lambda column, max_value: column <= max_value,
    "in_range": _in_range,
    "isin": lambda column, allowed_values: column.isin(list(allowed_values)),
    "notin": lambda column, forbidden_values: ~column.isin(list(forbidden_values)),
    "str_matches": _str_matches,
    "str_contains": lambda column, pattern: column.rlike(_pattern(pattern)),
    "str_startswith": lambda column, string: column.startswith(string),
    "str_endswith": lambda column, string: column.endswith(string),
    "str_length": _str_length,
}

"""Whether one version of a rule forbids more than another: values that were allowed, or the other way.

Only rules that keep rows out of the table count: what merely warns promises nothing of the rows.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from lakehouse.change.fingerprint import same_code
from lakehouse.change.terms import RuleTerms
from lakehouse.rules import Severity

__all__ = ["Strictness", "compare_rules"]

Arguments = Mapping[str, Any]


class Strictness(StrEnum):
    """The newer rule, seen from the older one."""

    SAME = "same"
    TIGHTER = "tighter"
    """It forbids something that was allowed, whatever else it allows now; or one cannot tell."""
    LOOSER = "looser"
    OTHER = "other"
    """It differs in what no row of the table is held to: a warning, a rule on batches, a severity."""


_OF_BATCHES = frozenset({"RowCount", "BadShare", "Custom"})


def compare_rules(old: RuleTerms | None, new: RuleTerms | None) -> Strictness:
    """How strict ``new`` is beside ``old``; None stands for no rule."""
    if old == new:
        return Strictness.SAME
    if _holds_rows(old) != _holds_rows(new):
        return Strictness.TIGHTER if _holds_rows(new) else Strictness.LOOSER
    if old is None or new is None or not _holds_rows(old):
        return Strictness.OTHER if _differ(old, new) else Strictness.SAME
    if old.check != new.check or not same_code(old.code, new.code):
        return Strictness.TIGHTER
    strictness = _by_arguments(old.check, old.arguments, new.arguments)
    if strictness is Strictness.SAME and old.severity != new.severity:
        return Strictness.OTHER
    return strictness


def _holds_rows(rule: RuleTerms | None) -> bool:
    """Whether every row of the table keeps the rule."""
    return rule is not None and rule.severity != Severity.WARN and rule.check not in _OF_BATCHES


def _differ(old: RuleTerms | None, new: RuleTerms | None) -> bool:
    if old is None or new is None:
        return True
    same = (old.severity, old.check, old.arguments) == (new.severity, new.check, new.arguments)
    return not (same and same_code(old.code, new.code))


def _by_arguments(check: str, old: Arguments, new: Arguments) -> Strictness:
    parts = _LIMITS.get(check)
    if old == new or parts is None:
        return Strictness.SAME if old == new else Strictness.TIGHTER
    found = {part(old, new) for part in parts}
    if Strictness.TIGHTER in found:
        return Strictness.TIGHTER
    return Strictness.LOOSER if Strictness.LOOSER in found else Strictness.SAME


def _limit(name: str, *, lower: bool) -> Callable[[Arguments, Arguments], Strictness]:
    """A bound that may be missing: how the newer one lies beside the older."""

    def part(old: Arguments, new: Arguments) -> Strictness:
        was, now = old.get(name), new.get(name)
        if was == now:
            return Strictness.SAME
        if was is None or now is None:
            return Strictness.TIGHTER if was is None else Strictness.LOOSER
        rises = _number(now) > _number(was)
        return Strictness.TIGHTER if rises is lower else Strictness.LOOSER

    return part


def _number(value: Any) -> Any:
    """A bound in a form that can be compared: a number, or text as it stands (times in ISO form)."""
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return str(value)


def _bound_counts(name: str) -> Callable[[Arguments, Arguments], Strictness]:
    """Whether a bound itself is allowed."""

    def part(old: Arguments, new: Arguments) -> Strictness:
        was, now = old.get(name, True), new.get(name, True)
        if was == now:
            return Strictness.SAME
        return Strictness.LOOSER if now else Strictness.TIGHTER

    return part


def _members(name: str, *, allowed: bool) -> Callable[[Arguments, Arguments], Strictness]:
    """A list of what is allowed, or of what is forbidden."""

    def part(old: Arguments, new: Arguments) -> Strictness:
        was, now = ({repr(each) for each in body.get(name, ())} for body in (old, new))
        if was == now:
            return Strictness.SAME
        fits = now >= was if allowed else now <= was
        return Strictness.LOOSER if fits else Strictness.TIGHTER

    return part


def _length(old: Arguments, new: Arguments) -> Strictness:
    """A length of text: an exact one is both bounds at once."""
    was, now = (
        {"min_value": body["exact_value"], "max_value": body["exact_value"]}
        if body.get("exact_value") is not None
        else body
        for body in (old, new)
    )
    parts = {_limit("min_value", lower=True)(was, now), _limit("max_value", lower=False)(was, now)}
    return next((each for each in (Strictness.TIGHTER, Strictness.LOOSER) if each in parts), Strictness.SAME)


_LOWER, _UPPER = _limit("min_value", lower=True), _limit("max_value", lower=False)
_LIMITS: dict[str, tuple[Callable[[Arguments, Arguments], Strictness], ...]] = {
    "greater_than": (_LOWER,),
    "greater_than_or_equal_to": (_LOWER,),
    "less_than": (_UPPER,),
    "less_than_or_equal_to": (_UPPER,),
    "in_range": (_LOWER, _UPPER, _bound_counts("include_min"), _bound_counts("include_max")),
    "isin": (_members("allowed_values", allowed=True),),
    "notin": (_members("forbidden_values", allowed=False),),
    "str_length": (_length,),
}

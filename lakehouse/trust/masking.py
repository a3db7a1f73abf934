"""What of a row in quarantine may be shown, and its broken rules in words.

Only columns that the contract knows and does not call personal are shown. In bronze, a value that
does not fit its column's type may have slipped there from any other, so only its shape is shown; what
the contract does not know may be anything. Derived layers receive pseudonyms in place of personal data.
A text that looks like an address or a telephone number is hidden in every layer.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from lakehouse.dataset import Dataset
from lakehouse.trust.freetext import masked_text

__all__ = ["in_words", "shown"]

_PLACES = frozenset(
    {"_change", "_load_id", "_position", "_file", "_line_number", "_extracted_at", "_arrived_at"}
)
"""The road's own columns that say where a row came from, and never what is in it."""

_LETTERS = re.compile(r"[^\W\d_]")
_DIGITS = re.compile(r"\d")
_CHECK = re.compile(r"(?P<name>\w+)\((?P<of>.*)\)", re.DOTALL)
_CHECKS = {
    "equal_to": "equal to",
    "not_equal_to": "other than",
    "greater_than": "greater than",
    "greater_than_or_equal_to": "at least",
    "less_than": "less than",
    "less_than_or_equal_to": "at most",
    "in_range": "in the range",
    "isin": "one of",
    "notin": "none of",
    "str_matches": "a text that matches",
    "str_contains": "a text that contains",
    "str_startswith": "a text that begins with",
    "str_endswith": "a text that ends with",
    "str_length": "a text of the length",
}
_ROAD_RULES = {
    "_line": "the line is not a record",
    "_unexpected_columns": "has values that the contract does not know",
    "_missing_columns": "lacks columns of the contract",
    "unique_key": "another row of the batch has the same key",
}


def shown(dataset: Dataset, row: Mapping[str, Any], broken: Sequence[str]) -> dict[str, str]:
    """A row's values as they may be shown, in the contract's order; what it lacks is ``null``."""
    values: dict[str, str] = {}
    for column in dataset.spec.columns:
        value = row.get(column.name)
        if value is None:
            values[column.name] = "null"
        elif column.words.pii:
            values[column.name] = _hidden(column.words.pii)
        elif dataset.source and f"{column.name}__type" in broken:
            values[column.name] = _hidden(f"of the shape {_shape(value)}")
        else:
            values[column.name] = masked_text(_plain(value))
    for name, value in row.items():
        if name in values or value is None:
            continue
        if name in _PLACES:
            values[name] = _plain(value)
        elif name.startswith("_") and not dataset.source:
            values[name] = masked_text(_plain(value))
        elif name not in ("_hash", "_missing", "_problem"):
            values[name] = _hidden("may hold anything")
    return values


def in_words(dataset: Dataset, rule: str, row: Mapping[str, Any]) -> str:
    """What breaking a rule means for this row."""
    spec = dataset.spec
    if rule in _ROAD_RULES:
        detail = {
            "_line": row.get("_problem"),
            "_missing_columns": ", ".join(row.get("_missing") or ()),
            "unique_key": ", ".join(spec.key),
        }.get(rule)
        return f"{_ROAD_RULES[rule]}: {detail}" if detail else _ROAD_RULES[rule]
    column, _, check = rule.rpartition("__")
    if check == "type" and column in spec.column_names:
        return f"{column} does not fit the type {spec.column(column).type.simpleString()}"
    if check == "not_null":
        return f"{column} has no value"
    known = {each.name: each.description for each in spec.row_rules}
    known |= {each.name: each.description for each in dataset.batch_rules}
    if rule not in known:
        return f"{rule}, a rule that the contract no longer has"
    return f"{column} must be {_demand(known[rule])}" if column else f"breaks: {known[rule]}"


def _demand(check: str) -> str:
    """Say pandera's ``greater_than_or_equal_to(0)`` as ``at least 0``; what is not known stays as it is."""
    found = _CHECK.fullmatch(check)
    words = _CHECKS.get(found["name"]) if found else None
    return f"{words} {found['of']}" if found and words else check


def _hidden(what: str) -> str:
    """What stands in place of a value: its kind, in angle quotation marks."""
    return f"\u2039{what}\u203a"


def _shape(value: object) -> str:
    """A text with every letter as ``a`` and every digit as ``9``: what is wrong with it, not what it says."""
    return _DIGITS.sub("9", _LETTERS.sub("a", _plain(value)))[:40]


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

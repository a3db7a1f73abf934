"""From a profile to the lines of a contract, each guess explained in a comment in plain words."""

import json
import re
import textwrap
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pyspark.sql.types import DataType, NumericType

from lakehouse.scaffold.profile import ColumnProfile, Profile

__all__ = ["WIDTH", "Column", "columns_of", "contract_text", "type_text"]

WIDTH = 110
"""The project's line length."""


@dataclass(frozen=True, slots=True)
class Column:
    """One line of a contract: ``words`` are ``Field``'s arguments as text, ``why`` the comment above."""

    name: str
    type: DataType
    words: dict[str, str]
    why: str = ""
    sample: Any = None
    """A value that keeps the rules, for the test; None where the type's own will do."""


def columns_of(profile: Profile) -> list[Column]:
    """The columns of a profile, with the rules that its rows suggest."""
    return [_column(each, profile) for each in profile.columns]


def contract_text(name: str, grain: str, columns: list[Column], intro: str) -> str:
    """The contract's class."""
    lines = [f"class {name}(Contract):", f'    """{grain}"""', "", *_comment(intro), ""]
    for column in columns:
        lines += _comment(column.why) if column.why else []
        lines += _line(column)
    return "\n".join(lines)


def type_text(kind: DataType) -> str:
    """A Spark type as Python writes it: ``T.DecimalType(12, 2)``."""
    text = re.sub(r"\b([A-Z]\w+)\(", r"T.\1(", repr(kind)).replace("'", '"')
    return re.sub(r",(?=\S)", ", ", text)


def _column(seen: ColumnProfile, profile: Profile) -> Column:
    words: dict[str, str] = {}
    why = ""
    sample: Any = None
    if seen.name in profile.key:
        words["key"] = "True"
        why = _why_key(profile)
    if seen.pii:
        words["pii"] = json.dumps(seen.pii)
        why = f"Proposed: personal ({seen.pii}), from its name or values; silver then gets a pseudonym."
    if seen.pseudonym:
        words["description"] = '"a pseudonym"'
    if seen.nulls or not profile.rows:
        words["nullable"] = "True"
    if seen.values:
        words["isin"] = json.dumps(list(seen.values), ensure_ascii=False)
        sample = seen.values[0]
        why = f"Proposed: {profile.rows:,} rows have no other value. Will there be more?"
    if seen.name not in profile.key and _never_negative(seen):
        words["ge"] = "0"
        why = f"Proposed: the smallest of {profile.rows:,} values is {seen.least}. Can it be negative?"
    return Column(seen.name, seen.type, words, why, sample)


def _why_key(profile: Profile) -> str:
    if profile.key_is_known:
        return f"The key, as in {profile.of}."
    return f"Proposed: no two of {profile.rows:,} rows have the same, and none lacks it. Is it the key?"


def _never_negative(seen: ColumnProfile) -> bool:
    number = isinstance(seen.type, NumericType) and not seen.name.endswith("_id")
    if not number or seen.least is None:
        return False
    least = Decimal(str(seen.least))
    return least.is_finite() and least >= 0


def _line(column: Column) -> list[str]:
    """``name: type = Field(…)``, a word a line where it would be too long."""
    begins = f"    {column.name}: {type_text(column.type)} = Field("
    words = [f"{name}={value}" for name, value in column.words.items()]
    line = f"{begins}{', '.join(words)})"
    if len(line) <= WIDTH:
        return [line]
    exploded = [line for name, value in column.words.items() for line in _word(name, value)]
    return [begins, *exploded, "    )"]


def _word(name: str, value: str) -> list[str]:
    """One argument; a list that is too long has a line for each of its values."""
    line = f"        {name}={value},"
    if len(line) <= WIDTH or not value.startswith("["):
        return [line]
    each = [f"            {json.dumps(item, ensure_ascii=False)}," for item in json.loads(value)]
    return [f"        {name}=[", *each, "        ],"]


def _comment(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="    # ", subsequent_indent="    # ")

"""Values in a query: ``:name`` stands for a value, which becomes a literal of its type and never SQL."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from sqlglot.dialects.postgres import Postgres
from sqlglot.tokenizer_core import Token, TokenType

from lakehouse.errors import QueryRefused, explain

__all__ = ["Value", "bind", "literal"]

Value = str | int | float | Decimal | bool | date | datetime | None
_NAME = re.compile(r"[A-Za-z_]\w*")


def bind(text: str, values: Mapping[str, Value]) -> str:
    """Put values in the place of ``:name`` wherever SQL reads it as one: not in texts, names or comments.

    Raises :class:`QueryRefused` for a name without a value, or a value without a place.
    """
    tokens = Postgres().tokenize(text)
    edits: list[tuple[int, int, str]] = []
    used = set()
    for before, colon, name in zip([None, *tokens], tokens, tokens[1:], strict=False):
        if not _is_place(before, colon, name):
            continue
        if name.text not in values:
            raise QueryRefused(
                explain(
                    "a place without a value", expected=f"one of {', '.join(values)}", found=f":{name.text}"
                )
            )
        used.add(name.text)
        edits.append((colon.start, name.end + 1, literal(values[name.text])))
    if unused := sorted(set(values) - used):
        raise QueryRefused(explain("a value without a place in the query", found=", ".join(unused)))
    for start, end, written in reversed(edits):
        text = text[:start] + written + text[end:]
    return text


def _is_place(before: Token | None, colon: Token, name: Token) -> bool:
    follows = colon.token_type is TokenType.COLON and name.start == colon.end + 1
    return (
        follows
        and bool(_NAME.fullmatch(name.text))
        and (before is None or before.end + 1 < colon.start or before.text in "(,=<>")
    )


def literal(value: Value) -> str:  # noqa: PLR0911 - a line per kind of value
    """A value as it is written in SQL."""
    match value:
        case None:
            return "NULL"
        case bool():
            return "TRUE" if value else "FALSE"
        case int():
            return str(value)
        case Decimal():  # a bare literal would be read as a float
            return f"CAST('{value:f}' AS DECIMAL(38, {max(-int(value.as_tuple().exponent), 0)}))"
        case float():
            return repr(value)
        case datetime():
            return f"TIMESTAMP '{value.isoformat(sep=' ')}'"
        case date():
            return f"DATE '{value.isoformat()}'"
        case str():
            return "'" + value.replace("'", "''") + "'"

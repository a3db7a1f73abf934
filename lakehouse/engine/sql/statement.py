"""Reading a SQL text: whether it is one read-only query, which tables it names, how they are bound.

The text is parsed by sqlglot to find out what it is; what the engine gets is the author's own text,
in which only the names of tables are replaced, at the positions where the parser found them. So no
translation between dialects can change a query's meaning, and nothing is pasted but checked names.

Only clauses that the engine is known to obey are let through: DataFusion passes over some others in
silence (``TABLESAMPLE``, ``WITH TOTALS``, ``CONNECT BY``), which would give a wrong answer.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from lakehouse.errors import QueryRefused, explain

__all__ = ["Kind", "Statement", "read_statement"]

_DIALECT = "postgres"
_SHOW_TABLES = re.compile(r"\s*show\s+tables\s*;?\s*", re.IGNORECASE)
_DESCRIBE = re.compile(r"\s*desc(?:ribe)?\s+(?:table\s+)?([\w.\"]+)\s*;?\s*", re.IGNORECASE)
_EXPLAIN = re.compile(r"\s*explain(\s+analyze)?(?=[\s(])", re.IGNORECASE)
_FIRST_WORD = re.compile(r"(?:\s+|--[^\n]*\n|/\*.*?\*/|\()*(\w*)", re.DOTALL)

_OBEYED: dict[type[exp.Expr], frozenset[str]] = {
    exp.Select: frozenset(
        {"with_", "expressions", "distinct", "from_", "joins", "laterals", "where", "group"}
        | {"having", "qualify", "windows", "order", "limit", "offset"}
    ),
    exp.Table: frozenset({"this", "db", "alias", "joins", "laterals", "ordinality"}),
    exp.Group: frozenset({"expressions", "all", "rollup", "cube", "grouping_sets"}),
    exp.Limit: frozenset({"this", "expression", "offset"}),
}
_WRITES = (exp.DML, exp.DDL, exp.Command, exp.Copy, exp.Drop, exp.Into, exp.Set, exp.Lock)
_TABLE_FUNCTIONS = frozenset({"GENERATE_SERIES", "EXPLODING_GENERATE_SERIES", "RANGE", "UNNEST"})


class Kind(StrEnum):
    """What a statement asks for."""

    QUERY = "query"
    EXPLAIN = "explain"
    SHOW_TABLES = "show tables"
    DESCRIBE = "describe"


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement that may run: its kind, the text for the engine, and the tables it reads.

    ``tables`` are addresses such as ``silver.orders``, under which the engine must know them (one
    quoted identifier each); ``loose`` are names without a layer that no ``WITH`` defines.
    """

    kind: Kind
    text: str
    tables: frozenset[str] = frozenset()
    loose: frozenset[str] = frozenset()


def read_statement(text: str) -> Statement:
    """Read and bind one statement, or raise :class:`QueryRefused` that says what is wrong with it."""
    if _SHOW_TABLES.fullmatch(text):
        return Statement(Kind.SHOW_TABLES, text)
    if described := _DESCRIBE.fullmatch(text):
        address = described[1].replace('"', "").lower()
        return Statement(Kind.DESCRIBE, text, frozenset({address}))
    if explained := _EXPLAIN.match(text):
        prefix = "EXPLAIN ANALYZE " if explained[1] else "EXPLAIN "
        bound = _bind(text[explained.end() :])
        return Statement(Kind.EXPLAIN, prefix + bound.text, bound.tables, bound.loose)
    return _bind(text)


def _bind(text: str) -> Statement:
    """Check one query and put the engine's names in the place of ``layer.name``."""
    first = _FIRST_WORD.match(text)
    word = first[1].upper() if first else ""
    if word not in {"SELECT", "WITH", "VALUES"}:
        raise _not_reading(word or "nothing")
    tree = _parse(text)
    _refuse_all_but_reading(tree)
    edits: list[tuple[int, int, str]] = []
    addresses: set[str] = set()
    loose: set[str] = set()
    defined = {_spelled(cte.args["alias"].this) for cte in tree.find_all(exp.CTE)}
    if dotted := next((name for name in defined if "." in name), None):
        raise QueryRefused(explain("a name given by WITH cannot hold a dot", found=dotted))
    for table in tree.find_all(exp.Table):
        parts = table.parts
        if not all(isinstance(part, exp.Identifier) for part in parts):
            continue
        if len(parts) == 1:
            loose |= {_spelled(parts[0])} - defined
            continue
        address = ".".join(_spelled(part) for part in parts)
        addresses.add(address)
        alias = "" if table.args.get("alias") else f' AS "{_spelled(parts[-1])}"'
        edits.append((*_span(text, parts), f'"{address}"{alias}'))
    for start, end, name in _qualified_columns(text, tree, addresses):
        edits.append((start, end, f'"{name}"'))
    for start, end, replacement in sorted(edits, reverse=True):
        text = text[:start] + replacement + text[end:]
    return Statement(Kind.QUERY, text, frozenset(addresses), frozenset(loose))


def _parse(text: str) -> exp.Expr:
    try:
        trees = [tree for tree in sqlglot.parse(text, dialect=_DIALECT) if tree is not None]
    except SqlglotError as error:
        place: dict[str, Any] = next(iter(getattr(error, "errors", [])), {})
        where = f"line {place['line']}, column {place['col']}" if place else None
        found = place.get("description") or str(error).splitlines()[0]
        raise QueryRefused(explain("the SQL cannot be read", where=where, found=found)) from None
    if len(trees) != 1:
        raise QueryRefused(
            explain("one statement at a time", expected="one query", found=f"{len(trees)} statements")
        )
    return trees[0]


def _not_reading(found: str) -> QueryRefused:
    return QueryRefused(
        explain(
            "only reading is allowed",
            expected="SELECT, WITH … SELECT, VALUES, EXPLAIN, SHOW TABLES or DESCRIBE",
            found=found,
            remedy="tables are written by their datasets: `lakehouse run`",
        )
    )


def _refuse_all_but_reading(tree: exp.Expr) -> None:
    if writing := next(tree.find_all(*_WRITES), None):
        raise _not_reading("FOR UPDATE" if isinstance(writing, exp.Lock) else writing.key.upper())
    if not isinstance(tree, exp.Query | exp.Values):
        raise _not_reading(tree.key.upper())
    for node in tree.walk():
        obeyed = _OBEYED.get(type(node))
        strange = (
            [] if obeyed is None else [key for key, value in node.args.items() if value and key not in obeyed]
        )
        if strange:
            clause = strange[0].strip("_").replace("_", " ").upper()
            raise QueryRefused(
                explain("a clause that the engine does not obey", found=clause, remedy="write it another way")
            )
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Func):
            _check_function(node.this)


def _check_function(function: exp.Func) -> None:
    name = (function.name if isinstance(function, exp.Anonymous) else function.sql_name()).upper()
    if name not in _TABLE_FUNCTIONS:
        raise QueryRefused(
            explain(
                "a query reads tables of the lake and nothing else",
                expected="layer.name, generate_series, range or unnest",
                found=f"{name.lower()}(…)",
            )
        )


def _qualified_columns(text: str, tree: exp.Expr, addresses: set[str]) -> Iterator[tuple[int, int, str]]:
    """Where a column is written ``layer.name.column``: the span of ``layer.name``, and ``name``."""
    for column in tree.find_all(exp.Column):
        parts = [part for part in column.parts if isinstance(part, exp.Identifier)]
        if len(column.parts) > 2 and ".".join(_spelled(part) for part in parts[:2]) in addresses:  # noqa: PLR2004
            yield (*_span(text, parts[:2]), _spelled(parts[1]))


def _spelled(identifier: exp.Expr) -> str:
    """An identifier as the engine understands it: lower case unless quoted, and a plain name."""
    name = identifier.name if identifier.args.get("quoted") else identifier.name.lower()
    if '"' in name:
        raise QueryRefused(explain("a name cannot hold a quotation mark", found=name))
    return name


def _span(text: str, parts: Sequence[exp.Expr]) -> tuple[int, int]:
    """Where a dotted name stands in the text, checked against the text itself."""
    start, end = parts[0].meta["start"], parts[-1].meta["end"] + 1
    written = re.sub(r"[\s\"]", "", text[start:end])
    if written != ".".join(part.name for part in parts):
        raise QueryRefused(
            explain(
                "a table's name must be written without comments",
                expected="layer.name",
                found=text[start:end],
            )
        )
    return start, end

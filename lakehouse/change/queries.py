"""Readers outside the graph: SQL files that somebody runs on the lake, registered in a folder.

A file ``consumers/NAME.sql`` holds one query and begins with comments that say whose it is::

    -- owner: team:finance
    -- used by: the revenue sheet of the weekly report
    select day, sum(revenue_kept) as revenue from gold.daily_sales group by day

The query is parsed and its columns are resolved against the contracts; nothing is run.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, traverse_scope

from lakehouse.dataset import Dataset
from lakehouse.discovery import Catalog
from lakehouse.engine.ops import OPS_TABLES
from lakehouse.errors import explain
from lakehouse.modes import History
from lakehouse.writing.history import VALIDITY

__all__ = ["FOLDER", "Query", "registered_queries"]

FOLDER = "consumers"
_DIALECT = "postgres"  # the dialect in which `lakehouse sql` reads
_WORDS = re.compile(r"^--\s*(owner|used by):\s*(.+?)\s*$", re.MULTILINE | re.IGNORECASE)
_OWN = {"_run_id": "string", "_transformed_at": "timestamp"}

Schema = dict[str, dict[str, dict[str, str]]]


@dataclass(frozen=True, slots=True)
class Query:
    """One registered query.

    ``uses`` are the columns it reads, as dataset (``gold.daily_sales``) and column. ``problems`` say
    what is wrong with it: it cannot be parsed, names what no contract has, or nobody owns it.
    """

    name: str
    owner: str
    used_by: str
    uses: frozenset[tuple[str, str]]
    problems: tuple[str, ...] = ()


def registered_queries(
    project: Path, catalog: Catalog, before: Mapping[str, Iterable[str]] | None = None
) -> tuple[Query, ...]:
    """Every query in the project's folder ``consumers``, by name.

    ``before`` has columns, by table, that were there and that no contract declares any more: a query that
    reads one uses it still, and whatever drops it must say so.
    """
    schema = _schema(catalog)
    for address, columns in (before or {}).items():
        layer, _, name = address.partition(".")
        declared = schema.setdefault(layer, {}).setdefault(name, {})
        declared |= {column: "string" for column in columns if column not in declared}
    return tuple(_read(file, project, schema) for file in sorted((project / FOLDER).glob("**/*.sql")))


def _schema(catalog: Catalog) -> Schema:
    schema: Schema = {}
    for dataset in catalog:
        schema.setdefault(dataset.layer.value, {})[dataset.name] = _columns(dataset)
    for address, table in OPS_TABLES.items():
        layer, _, name = address.partition(".")
        schema.setdefault(layer, {})[name] = {each.name: str(each.type) for each in table.schema}
    return schema


def _columns(dataset: Dataset) -> dict[str, str]:
    columns = {column.name: column.type.simpleString() for column in dataset.spec.columns}
    if isinstance(dataset.mode, History):
        columns |= VALIDITY
    return columns | _OWN


def _read(file: Path, project: Path, schema: Schema) -> Query:
    text = file.read_text()
    words = {name.lower(): value for name, value in _WORDS.findall(text)}
    where = str(file.relative_to(project))
    name = str(file.relative_to(project / FOLDER).with_suffix(""))
    problems: list[str] = []
    if "owner" not in words:
        problems.append(
            explain("the query names no owner", where=where, remedy="add a line `-- owner: team:NAME`")
        )
    uses: set[tuple[str, str]] = set()
    try:
        for scope in _scopes(text, schema):
            found, wrong = _uses(scope, schema, where)
            uses |= found
            problems += wrong
    except SqlglotError as error:
        _, unknown, column = str(error).partition("Unknown column: ")
        problems.append(
            _no_column(where, column)
            if unknown
            else explain("the query cannot be read", where=where, found=str(error).splitlines()[0])
        )
    return Query(
        name, words.get("owner", "nobody"), words.get("used by", ""), frozenset(uses), tuple(problems)
    )


def _scopes(text: str, schema: Schema) -> Iterator[Scope]:
    for tree in sqlglot.parse(text, dialect=_DIALECT):
        if tree is not None:
            qualified = qualify(
                tree,
                dialect=_DIALECT,
                schema=dict(schema),
                validate_qualify_columns=False,
                quote_identifiers=False,
            )
            yield from traverse_scope(qualified)


def _uses(scope: Scope, schema: Schema, where: str) -> tuple[set[tuple[str, str]], list[str]]:
    """The tables' columns that one SELECT reads, and a sentence for each that is not there."""
    tables = {name: each for name, each in scope.sources.items() if isinstance(each, exp.Table)}
    found: set[tuple[str, str]] = set()
    problems = [
        explain("the query reads a table that no contract declares", where=where, found=_address(table))
        for table in tables.values()
        if table.name not in schema.get(table.db, {})
    ]
    strange = bool(problems)
    for column in scope.columns:
        source = tables.get(column.table)
        if source is not None and column.name in schema.get(source.db, {}).get(source.name, {}):
            found.add((_address(source), column.name))
        elif source is not None and source.name in schema.get(source.db, {}):
            problems.append(_no_column(where, f"{_address(source)}.{column.name}"))
        elif not column.table and not strange and not isinstance(column.this, exp.Star):
            problems.append(_no_column(where, column.name))
    return found, sorted(set(problems))


def _no_column(where: str, name: str) -> str:
    return explain(
        "the query reads a column that no contract declares",
        where=where,
        found=name,
        remedy="correct the query, or remove the file if nobody runs it any more",
    )


def _address(table: exp.Table) -> str:
    return f"{table.db}.{table.name}" if table.db else table.name

"""The schema of a production database, in one form, whether read from it or from its SQL files.

Both ways give what PostgreSQL calls a type (``numeric(12, 2)``), parsed by sqlglot, so that a schema
compared before its migration is released and after it says the same.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.normalize_identifiers import normalize_identifiers

from lakehouse.capture.postgres import connect, plain_errors
from lakehouse.errors import SourceError, explain

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["SourceColumn", "SourceTable", "schema_of_database", "schema_of_sql"]

_DIALECT = "postgres"
_CHANGES_COLUMNS = re.compile(
    r"\s*alter\s+table\b.*\b((add|drop|alter|rename)\s+column|rename|type)\b", re.IGNORECASE | re.DOTALL
)
_CATALOG = """
SELECT t.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
       coalesce(a.attnum = ANY (i.indkey), false), k.typtype = 'e'
FROM pg_catalog.pg_class t
JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type k ON k.oid = a.atttypid
LEFT JOIN pg_catalog.pg_index i ON i.indrelid = t.oid AND i.indisprimary
WHERE t.relkind IN ('r', 'p') AND NOT t.relispartition
  AND t.relnamespace = (
    SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = coalesce(%s, current_schema())
  )
ORDER BY t.relname, a.attnum
"""


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """One column of the source: its type as PostgreSQL writes it."""

    type: exp.DataType
    required: bool = False

    @property
    def words(self) -> str:
        """The type as a person reads it."""
        return self.type.sql(_DIALECT).lower()


@dataclass(slots=True)
class SourceTable:
    """One table of the source."""

    columns: dict[str, SourceColumn] = field(default_factory=dict)
    key: tuple[str, ...] = ()


def schema_of_database(
    database: "str | Connection[Any]", schema: str | None = None
) -> dict[str, SourceTable]:
    """The tables of a running database's schema (the connection's own unless named)."""
    tables: dict[str, SourceTable] = {}
    with plain_errors("the database"), connect(database) as connection:
        rows = connection.execute(_CATALOG, [schema]).fetchall()
    for table, column, kind, required, key, enumeration in rows:
        found = tables.setdefault(table, SourceTable())
        found.columns[column] = SourceColumn(_type("text" if enumeration else kind), required)
        found.key += (column,) if key else ()
    return tables


def schema_of_sql(text: str, where: str = "the SQL file") -> dict[str, SourceTable]:
    """The tables that a file of ``CREATE TABLE``, ``ALTER TABLE`` and ``DROP TABLE`` leaves.

    Other statements are passed over. Raises :class:`SourceError` where one on a table is not understood:
    what it does would be missing in silence.
    """
    tables: dict[str, SourceTable] = {}
    for statement in _statements(text, where):
        match statement:
            case exp.Create(kind="TABLE"):
                _create(tables, statement)
            case exp.Drop(kind="TABLE"):
                for table in statement.find_all(exp.Table):
                    tables.pop(table.name, None)
            case exp.Alter(kind="TABLE"):
                for action in statement.args["actions"]:
                    _alter(tables, statement.this.name, action, where)
            case exp.Command() if _CHANGES_COLUMNS.search(statement.sql(_DIALECT)):
                raise _unclear(where, statement.sql(_DIALECT))
            case _:
                pass
    return tables


def _statements(text: str, where: str) -> Iterator[exp.Expr]:
    try:
        parsed = [each for each in sqlglot.parse(text, dialect=_DIALECT) if each is not None]
    except SqlglotError as error:
        raise SourceError(
            explain("the SQL cannot be read", where=where, found=str(error).splitlines()[0])
        ) from None
    yield from (normalize_identifiers(each, dialect=_DIALECT) for each in parsed)


def _create(tables: dict[str, SourceTable], statement: exp.Create) -> None:
    made = SourceTable()
    body = statement.this
    if not isinstance(body, exp.Schema):
        return
    for definition in body.expressions:
        if isinstance(definition, exp.ColumnDef):
            _add(made, definition)
    for key in body.find_all(exp.PrimaryKey):
        made.key = tuple(each.name for each in key.find_all(exp.Identifier))
    for name in made.key:
        made.columns[name] = SourceColumn(made.columns[name].type, required=True)
    tables[body.this.name] = made


def _add(table: SourceTable, definition: exp.ColumnDef) -> None:
    kinds = {type(constraint.kind) for constraint in definition.constraints}
    key = exp.PrimaryKeyColumnConstraint in kinds
    nullable = any(constraint.kind.args.get("allow_null") for constraint in definition.constraints)
    required = key or (exp.NotNullColumnConstraint in kinds and not nullable)
    table.columns[definition.name] = SourceColumn(definition.args["kind"], required)
    table.key += (definition.name,) if key else ()


def _alter(tables: dict[str, SourceTable], name: str, action: exp.Expr, where: str) -> None:  # noqa: C901
    table = tables.setdefault(name, SourceTable())
    match action:
        case exp.ColumnDef():
            _add(table, action)
        case exp.AlterColumn() if action.this.name in table.columns:
            _alter_column(table, action)
        case exp.Drop(kind="COLUMN"):
            for each in action.args["tables"]:
                table.columns.pop(each.name, None)
        case exp.Drop(kind="CONSTRAINT"):
            if any(each.name == f"{name}_pkey" for each in action.args["tables"]):
                table.key = ()
        case exp.RenameColumn():
            old, new = action.this.name, action.args["to"].name
            table.columns = {new if each == old else each: column for each, column in table.columns.items()}
            table.key = tuple(new if each == old else each for each in table.key)
        case exp.AlterRename():
            tables[action.this.name] = tables.pop(name)
        case exp.AddConstraint():
            for key in action.find_all(exp.PrimaryKey):
                table.key = tuple(each.name for each in key.find_all(exp.Identifier))
        case _:
            raise _unclear(where, f"ALTER TABLE {name} {action.sql(_DIALECT)}")


def _alter_column(table: SourceTable, action: exp.AlterColumn) -> None:
    held = table.columns[action.this.name]
    allowed = action.args.get("allow_null")
    required = held.required if allowed is None else not allowed
    table.columns[action.this.name] = SourceColumn(action.args.get("dtype") or held.type, required)


def _unclear(where: str, statement: str) -> SourceError:
    return SourceError(
        explain(
            "a change of a table is not understood",
            where=where,
            found=" ".join(statement.split()),
            remedy="apply it to an empty database, then `lakehouse contract check --database URL`",
        )
    )


def _type(text: str) -> exp.DataType:
    return exp.DataType.build(text, dialect=_DIALECT, udt=True)

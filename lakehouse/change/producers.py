"""What a change of the production database breaks in the lake: its schema against bronze's contracts.

For the people who change that database: run over a migration before it is released, it names each bronze
column that would break, who reads it, and how to get there without breaking anybody.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.expressions import DType

from lakehouse.change.difference import Change, Difference, What, renamed, worst
from lakehouse.change.production import SourceColumn, SourceTable
from lakehouse.change.terms import ColumnTerms, terms_of
from lakehouse.change.usage import Consumer, Usage
from lakehouse.dataset import Dataset
from lakehouse.discovery import Catalog
from lakehouse.errors import SourceError, explain
from lakehouse.rules import Severity

__all__ = ["SourceChange", "check_producer", "gravest", "system_of"]

_WHOLE = {
    DType.SMALLINT: 1,
    DType.SMALLSERIAL: 1,
    DType.INT: 2,
    DType.SERIAL: 2,
    DType.BIGINT: 3,
    DType.BIGSERIAL: 3,
}
_HOLDS_WHOLE = {"smallint": 1, "int": 2, "bigint": 3, "double": 2}
_DIGITS = {1: 5, 2: 10, 3: 19}
_TIMES = frozenset({DType.TIMESTAMP, DType.TIMESTAMPTZ, DType.TIMESTAMPNTZ})


@dataclass(frozen=True, slots=True)
class SourceChange:
    """One difference between a source's table and its bronze contract, who feels it, and the way there."""

    dataset: str
    change: Change
    consumers: tuple[Consumer, ...]
    advice: str


def system_of(catalog: Catalog, tables: Mapping[str, SourceTable], system: str | None) -> str:
    """The system whose loads the tables are: the one named, or the only one that bronze reads a table of."""
    sources = [dataset.source for dataset in catalog if dataset.source]
    names = {source.system for source in sources if system in (None, source.system)}
    if system is None:
        names = {source.system for source in sources if source.table in tables}
    if len(names) == 1:
        return names.pop()
    raise SourceError(
        explain(
            "it is not clear whose database this is",
            expected="one system that bronze reads",
            found=f"{system or ', '.join(sorted(names)) or 'none of the tables'}",
            remedy=f"name it with --system: {', '.join(sorted({each.system for each in sources})) or 'none'}",
        )
    )


def check_producer(usage: Usage, tables: Mapping[str, SourceTable], system: str) -> tuple[SourceChange, ...]:
    """Every difference between a system's tables and the bronze contracts of them; the gravest first."""
    found = []
    for dataset in usage.catalog:
        if dataset.source and dataset.source.system == system:
            for change in _changes(dataset, tables.get(dataset.source.table)):
                consumers = usage.concerned(dataset.name, change)
                found.append(SourceChange(dataset.full_name, change, consumers, _advice(change, dataset)))
    order = list(Difference)[::-1]
    return tuple(sorted(found, key=lambda each: (order.index(each.change.kind), each.dataset)))


def _changes(dataset: Dataset, table: SourceTable | None) -> Iterator[Change]:
    assert dataset.source is not None  # noqa: S101 - the caller's condition
    if table is None:
        yield Change(What.TABLE_DROPPED, Difference.BREAKING, old=dataset.source.name)
        return
    wanted = terms_of(dataset)
    rules = wanted.rules or {}
    theirs = {
        name: ColumnTerms(_as_the_lake(wanted.columns, name, each)) for name, each in table.columns.items()
    }
    pairs = renamed(wanted.columns, theirs)
    for name, column in wanted.columns.items():
        if name in pairs:
            yield Change(What.COLUMN_RENAMED, Difference.BREAKING, name, old=name, new=pairs[name])
        elif name not in table.columns:
            yield Change(What.COLUMN_DROPPED, Difference.BREAKING, name, old=column.type)
        else:
            held = table.columns[name]
            rule = rules.get(f"{name}__not_null")
            if not _fits(held.type, column.type):
                yield Change(What.TYPE, Difference.BREAKING, name, old=column.type, new=held.words)
            if not held.required and rule is not None and rule.severity != Severity.WARN:
                without = "stop the batch" if rule.severity == Severity.FAIL else "are set aside"
                yield Change(
                    What.NULLABLE_LOOSENED,
                    Difference.BREAKING,
                    name,
                    old="every row has a value",
                    new=f"rows without one {without}",
                )
    for name, each in table.columns.items():
        if name not in wanted.columns and name not in pairs.values():
            yield Change(What.COLUMN_ADDED, Difference.ADDITIVE, name, new=each.words)
    key = dataset.spec.key
    if key and table.key and set(key) != {*table.key} and not set(pairs) & set(key):
        yield Change(What.KEY, Difference.BREAKING, old=", ".join(key), new=", ".join(table.key))


def _as_the_lake(columns: Mapping[str, ColumnTerms], name: str, source: SourceColumn) -> str:
    """The type that a source's column counts as when a renamed one is looked for: one that it fits."""
    if name in columns:
        return columns[name].type
    return next((each.type for each in columns.values() if _fits(source.type, each.type)), source.words)


def _fits(source: exp.DataType, lake: str) -> bool:
    """Whether every value of a PostgreSQL type can be held by the contract's type without losing anything."""
    if lake == "string":
        return True
    kind = source.this
    if kind in _WHOLE:
        size = _WHOLE[kind]
        if lake.startswith("decimal("):
            digits, scale = _digits(lake)
            return digits - scale >= _DIGITS[size]
        return _HOLDS_WHOLE.get(lake, 0) >= size
    if kind is DType.DECIMAL and lake.startswith("decimal("):
        given = [int(each.name) for each in source.find_all(exp.Literal)]
        digits, scale = _digits(lake)
        precision, theirs = [*given, 0][:2] if given else (digits + 1, 0)
        return precision - theirs <= digits - scale and theirs <= scale
    return any(kind in kinds and fits(lake) for kinds, fits in _OTHERS)


_OTHERS: tuple[tuple[frozenset[DType], Callable[[str], bool]], ...] = (
    (_TIMES, lambda lake: lake in ("timestamp", "timestamp_ntz")),
    (frozenset({DType.DATE}), lambda lake: lake in ("date", "timestamp", "timestamp_ntz")),
    (frozenset({DType.BOOLEAN}), lambda lake: lake == "boolean"),
    (frozenset({DType.FLOAT}), lambda lake: lake in ("float", "double")),
    (frozenset({DType.DOUBLE}), lambda lake: lake == "double"),
    (
        frozenset({DType.JSON, DType.JSONB}),
        lambda lake: lake.startswith(("struct", "map", "array")) or lake == "variant",
    ),
    (frozenset({DType.ARRAY}), lambda lake: lake.startswith("array")),
)


def _digits(decimal: str) -> tuple[int, int]:
    digits, scale = decimal.removeprefix("decimal(").rstrip(")").split(",")
    return int(digits), int(scale)


def _advice(change: Change, dataset: Dataset) -> str:
    """How to get there without breaking anybody."""
    name, bronze = change.column, dataset.name
    match change.what:
        case What.COLUMN_RENAMED:
            return (
                f"add {change.new} beside {name} and fill both; {dataset.owner} reads {change.new} in "
                f"{bronze}_v2 (`lakehouse contract new-version {bronze}`); then drop {name}"
            )
        case What.COLUMN_DROPPED | What.TABLE_DROPPED:
            return f"keep it until its readers have moved: agree on a day with {dataset.owner}"
        case What.TYPE:
            return (
                f"add a column of the new type beside {name} and fill both; {dataset.owner} reads it in "
                f"{bronze}_v2 (`lakehouse contract new-version {bronze}`), then drop {name}"
            )
        case What.NULLABLE_LOOSENED:
            return (
                f"keep NOT NULL, or have {dataset.owner} declare it nullable=True, its readers ready for it"
            )
        case What.KEY:
            return f"a row is known by its key: {dataset.owner} declares {bronze}_v2 before this is released"
        case _:
            return f"breaks nobody; {dataset.owner} adds it to {bronze}, with pii=… if it is personal"


def gravest(found: tuple[SourceChange, ...]) -> Difference:
    """The class of the whole."""
    return worst(each.change for each in found)

"""Column lineage, read from Spark's own analyzed plan of a transformation.

The transformation is called once on empty frames that have the columns of its inputs' tables, so no row
is read and nothing runs. Each frame bears a mark that Spark keeps through joins, self-joins, unions and
subqueries. Then the plan is walked from the leaves up: for every column that a step puts out, the marked
columns that its value is made of; and for the whole, the columns that decide which rows there are.

Where the plan ends in something that bears no mark (rows that went through an RDD or a checkpoint), or
the transformation cannot be called on empty frames, the lineage is *unknown*, and says why.
"""

from collections.abc import Iterator
from typing import Any

from py4j.protocol import Py4JError  # type: ignore[import-untyped]
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StringType, StructType

from lakehouse.change.lineage import Lineage, Source, declared_uses
from lakehouse.dataset import Dataset
from lakehouse.discovery import Catalog
from lakehouse.modes import Append
from lakehouse.reading import Changes
from lakehouse.trust.privacy import protect
from lakehouse.writing.evolve import table_schema

__all__ = ["lineage_of_plan", "marked", "read_lineage"]

_MARK = "__src__"
_ANY_KEY = "0" * 64  # the lineage of a pseudonym does not depend on its key
_NO_ROWS = frozenset({"OneRowRelation", "Range", "LocalRelation"})
_ALL_COLUMNS_DECIDE = frozenset({"Distinct", "Intersect", "Except"})
_PASS_ON = frozenset(
    {
        "Project",
        "Window",
        "SubqueryAlias",
        "View",
        "Union",
        "Expand",
        "WithCTE",
        "CTERelationDef",
        "CTERelationRef",
    }
)
"""Steps that neither drop rows nor make more of them, or where a step below decides on that."""
_BY_PLACE = frozenset({"Union", "Intersect", "Except"})


def read_lineage(spark: SparkSession, catalog: Catalog, dataset: Dataset) -> Lineage:
    """The lineage of a dataset's columns. A bronze table's come from the source's of the same name."""
    uses = declared_uses(catalog, dataset)
    if dataset.source:
        source = f"sources.{dataset.source.name}"
        return Lineage({name: frozenset({(source, name)}) for name in dataset.spec.column_names})
    frames = {name: _empty(spark, catalog[name], dataset, name) for name in dataset.inputs}
    try:
        result = dataset.function(**frames)
        found = lineage_of_plan(result)
    except Exception as error:  # noqa: BLE001 - the author's code may raise anything on empty frames; the table is written all the same
        return Lineage(unknown=f"the transformation does not run on empty frames ({type(error).__name__})")
    if found.unknown:
        return found
    columns = {name: found.columns.get(name, frozenset()) for name in dataset.spec.column_names}
    return Lineage(columns, found.rows | uses)


def marked(spark: SparkSession, address: str, schema: StructType | str) -> DataFrame:
    """An empty frame whose columns are known, in any plan made of it, as those of the table ``address``."""
    return spark.createDataFrame([], schema).alias(f"{_MARK}{address}")


def lineage_of_plan(frame: DataFrame) -> Lineage:
    """The lineage of a frame made of :func:`marked` ones."""
    walk = _Walk()
    try:
        plan = frame._jdf.queryExecution().analyzed()  # noqa: SLF001 - there is no public way to a plan
        walk.visit(plan)
        columns = {name: walk.sources[key] for name, key in walk.output(plan)}
    except _NotTold as reason:
        return Lineage(unknown=str(reason))
    except (Py4JError, PySparkException) as error:
        return Lineage(unknown=f"Spark's plan cannot be read ({type(error).__name__})")
    return Lineage(columns, frozenset(walk.rows))


def _empty(spark: SparkSession, upstream: Dataset, reader: Dataset, name: str) -> DataFrame:
    schema = table_schema(upstream)
    if upstream.layer.holds_personal_data and not reader.layer.holds_personal_data:
        schema = protect(spark.createDataFrame([], schema), upstream.spec, _ANY_KEY).schema
    if isinstance(reader.reads[name], Changes) and not isinstance(upstream.mode, Append):
        schema = StructType([*schema.fields]).add("_change", StringType())
    return marked(spark, upstream.full_name, schema)


class _NotTold(Exception):
    """Why a plan's lineage cannot be told."""


class _Walk:
    """One pass over a plan: ``sources`` by the id of a column, ``rows`` the columns that decide on rows."""

    def __init__(self) -> None:
        self.sources: dict[int, frozenset[Source]] = {}
        self.rows: set[Source] = set()
        self._shared: dict[int, list[tuple[str, int]]] = {}

    def visit(self, plan: Any) -> None:
        kind = plan.nodeName()
        if kind == "SubqueryAlias" and plan.alias().startswith(_MARK):
            name = plan.alias().removeprefix(_MARK)
            self.sources |= {key: frozenset({(name, column)}) for column, key in self.output(plan)}
            return
        children = list(_each(plan.children()))
        for child in children:
            self.visit(child)
        if kind == "CTERelationDef":
            self._shared[plan.id()] = self.output(plan)
        elif kind == "CTERelationRef":
            for (_, key), (_, theirs) in zip(self.output(plan), self._shared[plan.cteId()], strict=True):
                self.sources[key] = self.sources[theirs]
        elif not children and kind not in _NO_ROWS and plan.output().size():
            message = f"rows come from something that the plan does not show ({kind})"
            raise _NotTold(message)
        self._define(plan, kind, children)
        self._decide(plan, kind, children)

    def output(self, plan: Any) -> list[tuple[str, int]]:
        """Name and id of each column that a step puts out."""
        return [(each.name(), each.exprId().id()) for each in _each(plan.output())]

    def _define(self, plan: Any, kind: str, children: list[Any]) -> None:
        """Tell the sources of what a step puts out and did not take in."""
        for expression in _each(plan.expressions()):
            self._aliases(expression)
        if kind in _BY_PLACE:
            for place, (_, key) in enumerate(self.output(plan)):
                self.sources[key] = frozenset().union(
                    *(self.sources[self.output(child)[place][1]] for child in children)
                )
        elif kind == "Expand":
            projections = [list(_each(each)) for each in _each(plan.projections())]
            for place, (_, key) in enumerate(self.output(plan)):
                if key not in self.sources:
                    self.sources[key] = frozenset().union(*(self._of(row[place]) for row in projections))
        elif kind == "Generate":
            made = self._of(plan.generator())
            self.sources |= {each.exprId().id(): made for each in _each(plan.generatorOutput())}
        everything = frozenset().union(
            *(self.sources[key] for child in children for _, key in self.output(child))
        )
        for _, key in self.output(plan):
            self.sources.setdefault(key, everything)

    def _decide(self, plan: Any, kind: str, children: list[Any]) -> None:
        """Add what a step decides by which rows there are, or how many."""
        if kind in _PASS_ON:
            return
        if kind in _ALL_COLUMNS_DECIDE:
            for child in children:
                for _, key in self.output(child):
                    self.rows |= self.sources[key]
        deciding = plan.groupingExpressions() if kind == "Aggregate" else plan.expressions()
        for expression in _each(deciding):
            self.rows |= self._of(expression)

    def _aliases(self, expression: Any) -> None:
        """Give every name that an expression gives, however deep, the sources of what it names."""
        if expression.nodeName() == "Alias":
            self.sources[expression.exprId().id()] = self._of(expression.child())
        for child in _each(expression.children()):
            self._aliases(child)

    def _of(self, expression: Any) -> frozenset[Source]:
        """The sources of all columns that an expression refers to, subqueries' included."""
        found: set[Source] = set()
        for reference in _each(expression.references().toSeq()):
            found |= self.sources.get(reference.exprId().id(), frozenset())
        for subquery in self._subqueries(expression):
            self.visit(subquery)
            for _, key in self.output(subquery):
                found |= self.sources[key]
        return frozenset(found)

    def _subqueries(self, expression: Any) -> Iterator[Any]:
        if expression.nodeName() in ("ScalarSubquery", "Exists", "ListQuery", "LateralSubquery"):
            yield expression.plan()
        for child in _each(expression.children()):
            yield from self._subqueries(child)


def _each(sequence: Any) -> Iterator[Any]:
    """The members of a Scala sequence."""
    members = sequence.iterator()
    while members.hasNext():
        yield members.next()

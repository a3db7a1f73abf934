"""What the catalog says of a table before it is ever run: columns, code, place, tags."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import dagster as dg

from lakehouse.change.lineage import Lineage, recorded_lineage
from lakehouse.change.terms import terms_of
from lakehouse.dagster.checks import contract_rules
from lakehouse.dagster.names import tag_text
from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog
from lakehouse.lake import Lake
from lakehouse.modes import History
from lakehouse.spec import ColumnSpec, TableSpec

__all__ = ["column_schema", "definition_metadata", "description", "kinds", "lineage_metadata", "tags"]


def definition_metadata(lake: Lake, dataset: Dataset) -> dict[str, Any]:
    """The asset's metadata: schema, name in SQL, location, and the line of code that makes it."""
    reference = dg.LocalFileCodeReference(
        file_path=str(dataset.file), line_number=dataset.line, label=f"{dataset.file.name}:{dataset.line}"
    )
    return {
        "dagster/column_schema": column_schema(dataset),
        "dagster/table_name": dataset.full_name,
        "dagster/uri": dg.MetadataValue.url(lake.table(dataset).as_uri()),
        "dagster/code_references": dg.CodeReferencesMetadataValue(code_references=[reference]),
        "contract": terms_of(dataset).fingerprint,
        "write mode": dataset.mode.name,
    } | ({"deprecated until": dataset.deprecated} if dataset.deprecated else {})


def lineage_metadata(table: Path) -> dict[str, dg.TableColumnLineage]:
    """Where a table's columns come from, as its commits state it; nothing where that is unknown."""
    lineage = _lineage(table, deltalog.version(table))
    if lineage is None or lineage.unknown:
        return {}
    deps = {
        name: [
            dg.TableColumnDep(dg.AssetKey(address.split(".")), column) for address, column in sorted(sources)
        ]
        for name, sources in lineage.columns.items()
    }
    return {"dagster/column_lineage": dg.TableColumnLineage(deps)}


@lru_cache(maxsize=512)
def _lineage(table: Path, version: int) -> Lineage | None:
    """The lineage at a version, looked up once: a sync tells of many commits of one table."""
    del version
    return recorded_lineage(commit.record for commit in deltalog.commits(table) if commit.record)


def column_schema(dataset: Dataset) -> dg.TableSchema:
    """The contract as Dagster shows a table: types, constraints, and which columns are personal."""
    spec = dataset.spec
    columns = [_column(spec, column) for column in spec.columns]
    if isinstance(dataset.mode, History):
        columns += [
            dg.TableColumn("valid_from", "timestamp", "from when this version holds"),
            dg.TableColumn("valid_to", "timestamp", "until when; null while it holds"),
            dg.TableColumn("is_current", "boolean", "whether this version holds now"),
        ]
    rules = [f"{rule.name}: {rule.description}" for rule in dataset.batch_rules]
    key = [f"key: {', '.join(spec.key)}"] if spec.key else []
    return dg.TableSchema(columns, constraints=dg.TableConstraints(other=[*key, *rules]))


def _column(spec: TableSpec, column: ColumnSpec) -> dg.TableColumn:
    rules = [
        f"{rule.name.removeprefix(f'{column.name}__')} ({rule.severity})"
        for rule in contract_rules(spec)
        if rule.column == column.name and not rule.name.endswith("__not_null")
    ]
    tags = {"pii": tag_text(column.words.pii)} if column.words.pii else {}
    if column.words.key:
        tags["key"] = ""
    return dg.TableColumn(
        name=column.name,
        type=column.type.simpleString(),
        description=column.description or None,
        constraints=dg.TableColumnConstraints(
            nullable=column.nullable, unique=spec.key == (column.name,), other=rules
        ),
        tags=tags,
    )


def description(dataset: Dataset) -> str:
    """The grain first, then how the table is written and how each input is read."""
    lines = [dataset.spec.grain, ""]
    if dataset.deprecated:
        lines += [f"**Deprecated**: it goes on {dataset.deprecated}.", ""]
    lines.append(f"Written by `{dataset.mode.name}`.")
    if dataset.source:
        lines.append(f"Reads every load of the source `{dataset.source.name}`.")
    lines += [f"Reads `{name}` by {read.how}." for name, read in dataset.reads.items()]
    if dataset.partitions:
        zone = dataset.partitions.timezone
        lines.append(f"One window a {dataset.partitions.every} ({zone}), in `{dataset.partitions.column}`.")
    return "\n".join(lines)


def kinds(dataset: Dataset) -> set[str]:
    """The icons beside the name: Dagster shows three."""
    return {"deltalake", "pyspark", dataset.layer.value}


def tags(dataset: Dataset) -> dict[str, str]:
    """The author's tags and the road's own, as Dagster allows them."""
    own = {"layer": dataset.layer.value, "write": dataset.mode.name.lower()}
    if dataset.spec.personal:
        own["pii"] = "yes"
    return {tag_text(name): tag_text(value) for name, value in {**own, **dataset.tags}.items()}

"""Before a batch: the table exists, and the contract fits what is deployed.

A contract grows in place by new nullable columns only. Anything else would break readers, so it stops
the run before anything is read.
"""

import json

from pyspark.sql import SparkSession
from pyspark.sql.types import LongType, StringType, StructField, StructType, TimestampType

from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog
from lakehouse.engine.tables import create_table
from lakehouse.errors import ContractBroken, explain
from lakehouse.lake import Lake
from lakehouse.modes import History
from lakehouse.writing.history import VALIDITY

__all__ = ["breaks", "ready_table", "table_schema"]

_BRONZE = {
    "_change": StringType(),
    "_rescued": StringType(),
    "_hash": LongType(),
    "_load_id": StringType(),
    "_position": LongType(),
    "_file": StringType(),
    "_line_number": LongType(),
    "_extracted_at": TimestampType(),
    "_arrived_at": TimestampType(),
    "_landed_at": TimestampType(),
}


def table_schema(dataset: Dataset) -> StructType:
    """The columns of a dataset's table: the contract's, a history's validity, the road's own."""
    schema = StructType(list(dataset.spec.schema.fields))
    if isinstance(dataset.mode, History):
        for name, kind in VALIDITY.items():
            schema = schema.add(name, kind)
    own = _BRONZE if dataset.source else {"_transformed_at": TimestampType()}
    for name, column_type in {**own, "_run_id": StringType()}.items():
        schema = schema.add(StructField(name, column_type))
    return schema


def ready_table(spark: SparkSession, lake: Lake, dataset: Dataset) -> None:
    """Create the table where there is none; raise :class:`ContractBroken` where the contract does not fit."""
    path = lake.table(dataset)
    if not deltalog.exists(path):
        personal = [column.name for column in dataset.spec.personal]
        personal += ["_rescued"] if dataset.source else []
        create_table(spark, path, table_schema(dataset), comment=dataset.spec.grain, personal=personal)
        return
    found = breaks(lake, dataset)
    if found:
        raise ContractBroken(
            explain(
                "the contract would break the readers of the deployed table; nothing was written",
                where=dataset.full_name,
                found="; ".join(found),
                remedy=f"keep the column as it is, or declare {dataset.name}_v2 beside this table",
            ),
        )


def breaks(lake: Lake, dataset: Dataset) -> list[str]:
    """What of the contract does not fit the deployed table, a phrase each; JVM-free."""
    deployed = {field.name: field for field in StructType.fromJson(_deployed_schema(lake, dataset)).fields}
    wanted = {field.name: field for field in table_schema(dataset).fields}
    types = {
        name: (deployed[name].dataType.simpleString(), wanted[name].dataType.simpleString())
        for name in wanted
        if name in deployed
    }
    found = [f"{name} changes from {was} to {now}" for name, (was, now) in types.items() if was != now]
    found += [f"{name} is dropped or renamed" for name in deployed if name not in wanted]
    for column in dataset.spec.columns:
        if column.name not in deployed and not column.nullable:
            found.append(f"the new column {column.name} is not nullable, and rows before it have no value")
    return found


def _deployed_schema(lake: Lake, dataset: Dataset) -> dict[str, object]:
    loaded: dict[str, object] = json.loads(deltalog.open_table(lake.table(dataset)).schema().to_json())
    return loaded

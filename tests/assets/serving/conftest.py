"""Gold tables written without Spark, for pages to be made of."""

from collections.abc import Callable

import pyarrow as pa
import pytest
from deltalake import CommitProperties, write_deltalake
from pyspark.sql.pandas.types import to_arrow_schema

from lakehouse.lake import Lake
from lakehouse.writing.evolve import table_schema
from lakehouse.writing.record import CommitRecord


@pytest.fixture
def gold_lake(settings) -> Callable[..., Lake]:
    """A lake of some gold tables, each with the rows given; a column left out is null."""

    def lake_of(**tables: list[dict[str, object]]) -> Lake:
        lake = Lake.load(settings)
        for name, rows in tables.items():
            dataset = lake.catalog[name]
            schema = to_arrow_schema(table_schema(dataset), timezone="UTC")
            record = CommitRecord(
                batch="b1",
                run="run-1",
                dataset=dataset.full_name,
                mode=dataset.mode.name,
                trigger="incremental",
                code="code",
                contract="contract",
            )
            write_deltalake(
                lake.table(dataset),
                pa.Table.from_pylist(rows, schema),
                commit_properties=CommitProperties(custom_metadata={"userMetadata": record.to_json()}),
            )
        return lake

    return lake_of

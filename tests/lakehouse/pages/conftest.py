"""A lake of one gold table, written without Spark, and a page over it."""

from datetime import date, timedelta

import pyarrow as pa
import pyspark.sql.types as T
import pytest
from deltalake import CommitProperties, write_deltalake

from lakehouse import Contract, Field, Snapshot, gold, hours
from lakehouse.testing import small_lake
from lakehouse.writing.record import CommitRecord, RuleCount


class Sales(Contract):
    """One row per day and channel."""

    day: T.DateType() = Field(key=True)
    channel: T.StringType() = Field(key=True)
    revenue: T.LongType() = Field()


@gold(contract=Sales, write=Snapshot(), owner="team:growth", freshness=hours(24))
def sales():
    raise NotImplementedError


@pytest.fixture(scope="session")
def sales_lake(tmp_path_factory):
    lake = small_lake(tmp_path_factory.mktemp("pages"), sales)
    days = [date(2026, 6, 1) + timedelta(days=n) for n in range(14)]
    rows = [
        {"day": day, "channel": channel, "revenue": 100 + 10 * n}
        for day in days
        for n, channel in enumerate(["search", "<b>social</b>"])
    ]
    record = CommitRecord(
        batch="b1",
        run="run-1",
        dataset="gold.sales",
        mode="Snapshot",
        trigger="incremental",
        code="code",
        contract="contract",
        rules={"revenue__ge": RuleCount(0, "quarantine"), "day__not_null": RuleCount(2, "quarantine")},
        rows_quarantined=2,
    )
    write_deltalake(
        lake.table(sales),
        pa.Table.from_pylist(rows),
        commit_properties=CommitProperties(custom_metadata={"userMetadata": record.to_json()}),
    )
    return lake

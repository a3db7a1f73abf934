"""A lake whose tables each hold one row aside, and the same lake under milder contracts."""

import shutil

import pyspark.sql.types as T
import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import (
    Contract,
    Field,
    Files,
    ReplaceWindow,
    Snapshot,
    Upsert,
    bronze,
    changes,
    daily,
    gold,
    silver,
    whole,
    window,
)
from lakehouse.testing import land, rows_in, small_lake
from lakehouse.writing.path import write
from lakehouse.writing.request import Request

BAD_LINE = "eve@secret.example, not JSON"


def datasets(*, mild):
    """Every dataset of the lake; ``mild`` ones find fault with less."""

    class Loads(Contract):
        """One row per order and load."""

        id: T.LongType() = Field(key=True)
        email: T.StringType() = Field(pii="email", nullable=True)
        total: T.DecimalType(12, 2) = Field(ge=-1000 if mild else 0)
        note: T.StringType() = Field(nullable=True)
        placed_at: T.TimestampType() = Field()

    @bronze(contract=Loads, source=Files("shop", "orders"), owner="team:shop")
    def shop_orders(dump: DataFrame) -> DataFrame:
        return dump

    class Orders(Contract):
        """One row per order."""

        order_id: T.LongType() = Field(key=True)
        customer: T.StringType() = Field(nullable=True)
        total: T.DecimalType(12, 2) = Field(le=10_000 if mild else 100)
        placed_at: T.TimestampType() = Field()
        position: T.LongType() = Field()

    @silver(
        contract=Orders,
        write=Upsert(sequence_by="position"),
        owner="team:shop",
        reads={"shop_orders": changes()},
    )
    def orders(shop_orders: DataFrame) -> DataFrame:
        return shop_orders.select(
            F.col("id").alias("order_id"),
            F.col("email").alias("customer"),
            "total",
            "placed_at",
            F.col("_position").alias("position"),
            "_change",
        )

    class Revenue(Contract):
        """One row per day."""

        day: T.DateType() = Field(key=True)
        revenue: T.DecimalType(22, 2) = Field(ge=0 if mild else 20)

    @gold(
        contract=Revenue,
        write=ReplaceWindow(),
        owner="team:shop",
        partitions=daily("day", start="2026-01-01"),
        reads={"orders": window("placed_at")},
    )
    def revenue(orders: DataFrame) -> DataFrame:
        return orders.groupBy(F.to_date("placed_at").alias("day")).agg(F.sum("total").alias("revenue"))

    class Ranking(Contract):
        """One row per order."""

        order_id: T.LongType() = Field(key=True)
        total: T.DecimalType(12, 2) = Field(ge=0 if mild else 20)

    @gold(contract=Ranking, write=Snapshot(), owner="team:shop", reads={"orders": whole()})
    def ranking(orders: DataFrame) -> DataFrame:
        return orders.select("order_id", "total")

    return {each.name: each for each in (shop_orders, orders, revenue, ranking)}


STRICT, MILD = datasets(mild=False), datasets(mild=True)
ORDERS = [
    {"id": 1, "email": "ann@x.example", "total": "50", "placed_at": "2026-01-01T10:00:00Z"},
    {"id": 2, "email": "bob@x.example", "total": "-2", "placed_at": "2026-01-02T10:00:00Z"},
    {"id": 3, "email": "cem@x.example", "total": "abc", "note": "call +49 170 1234567"},
    {"id": 4, "email": "dee@x.example", "total": "500", "placed_at": "2026-01-03T10:00:00Z"},
    {"id": 5, "email": "eli@x.example", "total": "10", "placed_at": "2026-01-04T10:00:00Z"},
    BAD_LINE,
]


@pytest.fixture(scope="session")
def built(spark, tmp_path_factory):
    """The lake of :data:`ORDERS`, built once; tests work on copies."""
    folder = tmp_path_factory.mktemp("built")
    lake = small_lake(folder, *STRICT.values())
    land(lake, "shop", "orders", ORDERS, position=1)
    for dataset in lake.catalog:
        write(lake, spark, dataset, Request(run="first"))
    return folder


@pytest.fixture
def strict(built, tmp_path):
    """The lake as it was built."""
    shutil.copytree(built, tmp_path / "lake")
    return small_lake(tmp_path / "lake", *STRICT.values())


@pytest.fixture
def mild(strict):
    """The same tables, under contracts that find fault with less."""
    return small_lake(strict.settings.project, *MILD.values())


@pytest.fixture(scope="session")
def table():
    """A function that gives some columns of a table, as sorted tuples."""

    def rows(lake, name, *columns):
        return sorted(rows_in(lake.table(lake.catalog[name]), *columns))

    return rows

import shutil
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

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
    keys,
    silver,
    window,
)
from lakehouse.testing import land, small_lake
from lakehouse.writing.path import write
from lakehouse.writing.request import Request, Trigger


class Loads(Contract):
    """One row per order and load; a truncate has no key."""

    id: T.LongType() = Field(key=True, nullable=True)
    customer: T.StringType() = Field(nullable=True)
    total: T.DecimalType(12, 2) = Field(nullable=True)
    placed_on: T.DateType() = Field(nullable=True)
    change: T.StringType() = Field(nullable=True)


@bronze(contract=Loads, source=Files("shop", "orders"), owner="team:shop")
def shop_orders(dump: DataFrame) -> DataFrame:
    return dump


class Orders(Contract):
    """One row per order."""

    id: T.LongType() = Field(key=True)
    customer: T.StringType() = Field()
    total: T.DecimalType(12, 2) = Field(ge=0)
    placed_on: T.DateType() = Field()
    position: T.LongType() = Field()


@silver(
    contract=Orders,
    write=Upsert(sequence_by="position"),
    owner="team:shop",
    reads={"shop_orders": changes()},
)
def orders(shop_orders: DataFrame) -> DataFrame:
    return shop_orders.select(
        "id",
        "customer",
        "total",
        "placed_on",
        F.col("_position").alias("position"),
        F.coalesce("change", "_change").alias("_change"),
    )


class Revenue(Contract):
    """One row per day."""

    day: T.DateType() = Field(key=True)
    revenue: T.DecimalType(22, 2) = Field()
    run: T.LongType() = Field(description="which run computed it")


RUN = SimpleNamespace(number=0)


@gold(
    contract=Revenue,
    write=ReplaceWindow(),
    owner="team:shop",
    partitions=daily("day", start="2026-01-01"),
    reads={"orders": window("placed_on")},
)
def revenue(orders: DataFrame) -> DataFrame:
    days = orders.groupBy(F.col("placed_on").alias("day"))
    return days.agg(F.sum("total").alias("revenue")).withColumn("run", F.lit(RUN.number).cast("long"))


class Customers(Contract):
    """One row per customer."""

    customer: T.StringType() = Field(key=True)
    revenue: T.DecimalType(22, 2) = Field()


@gold(contract=Customers, write=Upsert(), owner="team:shop", reads={"orders": keys("customer")})
def customers(orders: DataFrame) -> DataFrame:
    return orders.groupBy("customer").agg(F.sum("total").alias("revenue"))


class Count(Contract):
    """One row: how many orders there are; none where there are none."""

    n: T.LongType() = Field()


@gold(contract=Count, write=Snapshot(), owner="team:shop")
def count(orders: DataFrame) -> DataFrame:
    return orders.agg(F.count(F.lit(1)).alias("n")).where("n > 0")


@gold(contract=Count, write=Snapshot(), owner="team:shop")
def counted(count: DataFrame) -> DataFrame:
    return count.select("n")


ALL = (shop_orders, orders, revenue, customers, count, counted)


def order(number, customer, total, day):
    return {"id": number, "customer": customer, "total": total, "placed_on": f"2026-01-0{day}"}


FIRST = [order(1, "ann", "1", 1), order(2, "bob", "2", 2), order(3, "ann", "4", 3)]


@pytest.fixture(scope="module")
def lived(spark, table, tmp_path_factory):
    """A lake through some runs: what each wrote, and what the tables held after it."""
    lake = small_lake(tmp_path_factory.mktemp("modes"), *ALL)

    def run(*datasets):
        RUN.number += 1
        outcomes = {each.name: write(lake, spark, each, Request(f"r{RUN.number}")) for each in datasets}
        tables = {
            each.name: table(lake, each, *each.spec.column_names) for each in ALL if lake.table(each).exists()
        }
        return SimpleNamespace(outcomes=outcomes, **tables)

    RUN.number = 0
    folder = land(lake, "shop", "orders", FIRST, position=1, load_id="a").files[0].path.parent
    land(lake, "shop", "orders", FIRST, position=1, load_id="b")
    first = run(*ALL)
    shutil.copytree(folder, folder.with_name("a_again"))
    again = run(*ALL)
    # Order 2 moves from the second day to the fourth; and a cancelled order was customer Cem's only one.
    land(lake, "shop", "orders", [order(2, "bob", "2", 4), order(5, "cem", "9", 3)], position=2)
    moved = run(*ALL)
    backfilled = write(lake, spark, revenue, Request("b", Trigger.BACKFILL, windows=("2026-01-01",)))
    after_backfill = table(lake, revenue, "day", "run")
    land(lake, "shop", "orders", [{"id": 5, "change": "delete"}], position=3)
    deleted = run(shop_orders, orders, revenue, customers)
    land(lake, "shop", "orders", [{"change": "truncate"}], position=4)
    emptied = run(shop_orders, orders, count, counted)
    return SimpleNamespace(
        first=first,
        again=again,
        moved=moved,
        backfilled=backfilled,
        after_backfill=after_backfill,
        deleted=deleted,
        emptied=emptied,
    )


def test_two_equal_loads_are_two_and_the_same_load_again_is_none(lived):
    assert len(lived.first.shop_orders) == 6
    assert lived.first.outcomes["shop_orders"].record.loads == ("a", "b")
    assert lived.moved.outcomes["shop_orders"].record.rows_in == 2
    assert len(lived.moved.shop_orders) == 8


def test_a_second_run_with_nothing_new_commits_nothing(lived):
    assert not any(outcome.wrote for outcome in lived.again.outcomes.values())


def test_repeated_rows_are_superseded_in_an_upsert(lived):
    record = lived.first.outcomes["orders"].record
    assert (record.rows_in, record.rows_written, record.rows_superseded) == (6, 3, 3)
    assert len(lived.first.orders) == 3


def test_a_record_that_moves_to_another_window_runs_both_and_no_other(lived):
    assert lived.moved.outcomes["revenue"].record.windows == ("2026-01-02", "2026-01-03", "2026-01-04")
    assert lived.moved.revenue == [
        (date(2026, 1, 1), Decimal(1), 1),
        (date(2026, 1, 3), Decimal(13), 3),
        (date(2026, 1, 4), Decimal(2), 3),
    ]


def test_a_backfill_replaces_the_windows_it_names_and_consumes_nothing(lived):
    assert [(day.day, run) for day, run in lived.after_backfill] == [(1, 3), (3, 3), (4, 3)]
    assert not lived.backfilled.record.advances
    assert lived.backfilled.record.windows == ("2026-01-01",)
    assert lived.backfilled.record.rows_in == 1


def test_a_deleted_record_runs_its_window_again_and_its_key_is_gone(lived):
    assert len(lived.deleted.orders) == 3
    assert lived.deleted.outcomes["revenue"].record.windows == ("2026-01-03",)
    assert [(day.day, total) for day, total, _ in lived.deleted.revenue] == [(1, 1), (3, 4), (4, 2)]


def test_keys_that_have_no_row_any_more_are_taken_out(lived):
    assert lived.first.customers == [("ann", Decimal(5)), ("bob", Decimal(2))]
    assert lived.moved.customers == [("ann", Decimal(5)), ("bob", Decimal(2)), ("cem", Decimal(9))]
    assert lived.deleted.customers == lived.first.customers


def test_a_snapshot_that_becomes_empty_is_news_for_its_readers(lived):
    assert (lived.moved.count, lived.moved.counted) == ([(4,)], [(4,)])
    assert lived.emptied.outcomes["orders"].record.rows_quarantined == 0
    assert lived.emptied.orders == []
    assert (lived.emptied.count, lived.emptied.counted) == ([], [])

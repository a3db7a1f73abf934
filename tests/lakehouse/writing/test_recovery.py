from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace

import pyspark.sql.types as T
import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Files, Upsert, bronze, changes, silver
from lakehouse.engine import deltalog
from lakehouse.errors import BatchRefused, ConservationError
from lakehouse.testing import land, rows_in, small_lake
from lakehouse.trust import quarantine
from lakehouse.writing import sidecar
from lakehouse.writing.conserve import conserve
from lakehouse.writing.path import write
from lakehouse.writing.request import Request, Trigger


class Loads(Contract):
    """One row per order and load."""

    id: T.LongType() = Field(key=True)
    total: T.DecimalType(12, 2) = Field(nullable=True)
    change: T.StringType() = Field(nullable=True)


@bronze(contract=Loads, source=Files("shop", "orders"), owner="team:shop")
def shop_orders(dump: DataFrame) -> DataFrame:
    return dump


class Orders(Contract):
    """One row per order."""

    id: T.LongType() = Field(key=True)
    total: T.DecimalType(12, 2) = Field(ge=0, le=100, on_fail={"le": "fail"})
    position: T.LongType() = Field()


@silver(
    contract=Orders,
    write=Upsert(sequence_by="position"),
    owner="team:shop",
    reads={"shop_orders": changes()},
)
def orders(shop_orders: DataFrame) -> DataFrame:
    change = F.coalesce("change", "_change").alias("_change")
    return shop_orders.select("id", "total", F.col("_position").alias("position"), change)


class KilledError(Exception):
    pass


def _killed(*_):
    raise KilledError


@pytest.fixture(scope="module")
def lived(spark, table, versions, tmp_path_factory):
    """A batch that dies just before it is published, the run after it, and one that is refused."""
    lake = small_lake(tmp_path_factory.mktemp("recovery"), shop_orders, orders)

    def waiting():
        rows = quarantine.open_rows(spark, lake.quarantine(orders), lake.table(orders))
        return [] if rows is None else [row["row"] for row in rows.select("row").collect()]

    def stored(place):
        return len(rows_in(place, "1"))

    def state():
        return SimpleNamespace(
            rows=table(lake, orders, "id", "total"), waiting=waiting(), versions=versions(lake, orders)
        )

    land(lake, "shop", "orders", [{"id": 1, "total": 1}, {"id": 2, "total": 2}], position=1)
    for each in (shop_orders, orders):
        write(lake, spark, each, Request("first"))
    before = state()

    land(
        lake,
        "shop",
        "orders",
        [{"id": 1, "change": "delete"}, {"id": 3, "total": -3}, {"id": 4, "total": 4}],
        position=2,
    )
    write(lake, spark, shop_orders, Request("killed"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lakehouse.writing.publish.merge", _killed)
        with pytest.raises(KilledError):
            write(lake, spark, orders, Request("killed"))
    places = (lake.quarantine(orders), lake.tombstones(orders))
    killed = state()
    left = [stored(place) for place in places]
    graves = sidecar.published(spark, places[1], lake.table(orders)).count()

    recovered = write(lake, spark, orders, Request("recovered"))
    after = state()
    kept = [stored(place) for place in places]
    write(lake, spark, orders, Request("rebuilt", Trigger.REBUILD))
    rebuilt = state()

    land(lake, "shop", "orders", [{"id": 5, "total": 500}, {"id": 6, "total": -6}], position=3)
    bronze_before = table(lake, shop_orders, "id")
    bronze = write(lake, spark, shop_orders, Request("refused"))
    with pytest.raises(BatchRefused) as refusal:
        write(lake, spark, orders, Request("refused"))
    return SimpleNamespace(
        before=before,
        killed=killed,
        left=left,
        graves=graves,
        recovered=recovered,
        after=after,
        kept=kept,
        rebuilt=rebuilt,
        graves_rebuilt=stored(places[1]),
        refusal=str(refusal.value),
        refused=state(),
        bronze_before=bronze_before,
        bronze=bronze,
        lake=lake,
    )


def test_what_a_killed_batch_set_aside_is_there_but_nobody_sees_it(lived):
    assert lived.left == [1, 1]
    assert lived.graves == 0
    assert lived.killed.waiting == []
    assert (lived.killed.rows, lived.killed.versions[0]) == (lived.before.rows, lived.before.versions[0])


def test_the_next_run_removes_it_and_gives_what_an_undisturbed_run_gives(lived):
    assert lived.recovered.record.rows_quarantined == 1
    assert lived.kept == [1, 1]
    assert len(lived.after.waiting) == 1
    assert '"id":3' in lived.after.waiting[0]
    assert lived.after.rows == [(2, Decimal(2)), (4, Decimal(4))]


def test_a_refused_batch_leaves_table_quarantine_and_tombstones_as_they_were(lived):
    assert "silver.orders: the batch of 2 rows is refused" in lived.refusal
    assert "total__le (1 rows, such as id=5)" in lived.refusal
    assert lived.refused == lived.rebuilt


def test_a_rebuild_leaves_of_bad_rows_and_tombstones_only_those_it_has_found_itself(lived):
    assert lived.rebuilt.rows == lived.after.rows
    assert lived.rebuilt.waiting == lived.after.waiting
    assert lived.graves_rebuilt == 1


def test_a_first_batch_that_is_refused_leaves_no_table(spark, tmp_path):
    lake = small_lake(tmp_path, shop_orders, orders)
    land(lake, "shop", "orders", [{"id": 5, "total": 500}], position=1)
    write(lake, spark, shop_orders, Request("first"))
    with pytest.raises(BatchRefused):
        write(lake, spark, orders, Request("refused"))
    assert not lake.table(orders).exists()


def test_a_commit_that_does_not_add_up_is_taken_back_and_its_loads_are_taken_again(lived, spark, table):
    lake, before = lived.lake, lived.bronze_before
    place = lake.table(shop_orders)
    commit = next(deltalog.commits(place, 1))
    with pytest.raises(ConservationError, match=r"version \d was taken back.*expected 7 rows; found 2"):
        conserve(spark, shop_orders, place, replace(commit, record=commit.record.with_counts(rows_written=7)))

    assert table(lake, shop_orders, "id") == before
    assert lived.bronze.version not in [each.version for each in deltalog.commits(place)]
    assert write(lake, spark, shop_orders, Request("again")).record.loads == lived.bronze.record.loads
    assert table(lake, shop_orders, "id") == sorted([*before, (5,), (6,)])

"""A table made anew holds the same: for every write mode, for all of it and for a range."""

from pathlib import Path

import pyspark.sql.types as T
import pytest
import typer
from pyspark.sql import functions as F

from lakehouse import (
    Contract,
    Field,
    Files,
    FullDumps,
    History,
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
from lakehouse.cli.reload import command
from lakehouse.dagster.running import run_lake
from lakehouse.engine import deltalog
from lakehouse.engine.checksum import PROCESSING, content_checksum
from lakehouse.errors import LakehouseError, TableError
from lakehouse.lake import Lake
from lakehouse.testing import land, rows_in, small_lake
from lakehouse.writing.path import write
from lakehouse.writing.reload import loads_between, outlook
from lakehouse.writing.request import Request, Trigger

PROJECT = Path(__file__).resolve().parents[3]


class Raw(Contract):
    """One row per order and load."""

    id: T.LongType() = Field(key=True)
    total: T.DecimalType(12, 2) = Field(ge=0)
    placed_on: T.DateType() = Field()
    change: T.StringType() = Field(nullable=True)


class Order(Contract):
    """One row per order, or per version of it."""

    id: T.LongType() = Field(key=True)
    total: T.DecimalType(12, 2) = Field()
    placed_on: T.DateType() = Field()
    position: T.LongType() = Field()
    at: T.TimestampType() = Field()


class Day(Contract):
    """One row per day."""

    day: T.DateType() = Field(key=True)
    revenue: T.DecimalType(22, 2) = Field(le=100)


@bronze(contract=Raw, source=Files("shop", "orders", sparse=True), owner="team:shop")
def raw(dump):
    return dump


@bronze(contract=Raw, source=FullDumps("shop", "stock", sparse=True), owner="team:shop")
def dumped(dump):
    return dump


def versions(raw):
    at = F.timestamp_seconds(F.col("_position")).alias("at")
    change = F.coalesce("change", "_change").alias("_change")
    return raw.select("id", "total", "placed_on", F.col("_position").alias("position"), at, change)


OF_RAW = {"contract": Order, "owner": "team:shop", "reads": {"raw": changes()}}


@silver(write=Upsert(sequence_by="position"), **OF_RAW)
def orders(raw):
    return versions(raw)


@silver(write=History(sequence_by="position", valid_at="at"), **OF_RAW)
def orders_history(raw):
    return versions(raw)


@gold(contract=Day, write=Upsert(), owner="team:shop", reads={"orders": keys(day="placed_on")})
def by_key(orders):
    return orders.groupBy(F.col("placed_on").alias("day")).agg(F.sum("total").alias("revenue"))


@gold(
    contract=Day,
    write=ReplaceWindow(),
    owner="team:shop",
    partitions=daily("day", start="2026-01-01"),
    reads={"orders": window("placed_on")},
)
def by_window(orders):
    return orders.groupBy(F.col("placed_on").alias("day")).agg(F.sum("total").alias("revenue"))


@gold(contract=Day, write=Snapshot(), owner="team:shop")
def whole_table(orders):
    return orders.groupBy(F.col("placed_on").alias("day")).agg(F.sum("total").alias("revenue"))


ALL = (raw, dumped, orders, orders_history, by_key, by_window, whole_table)


def order(number, total, day=1, **more):
    return {"id": number, "total": total, "placed_on": f"2026-01-0{day}", **more}


@pytest.fixture(scope="module")
def lake(spark, tmp_path_factory, machine):
    """A lake of all write modes after three loads, with a late change, a delete and rows set aside."""
    own = {"project": PROJECT, "spark_profile": "test", **machine}
    lake = small_lake(tmp_path_factory.mktemp("reload"), *ALL, **own, var=tmp_path_factory.mktemp("var"))
    loads = {
        2: [order(1, "10.00"), order(2, "200.00", day=2), order(9, "-1")],
        4: [order(1, "11.00", day=3), order(3, "30.00"), order(2, "0.00", change="delete"), order(8, "-1")],
        3: [order(1, "9.00"), order(4, "4.00", day=2), order(5, "300.00", day=4)],
    }
    for position, rows in loads.items():
        land(lake, "shop", "orders", rows, position=position)
    for position in (1, 2):
        land(
            lake,
            "shop",
            "stock",
            [order(1, "1.00"), order(position, "2.00")][-position:],
            position=position,
            kind="full",
        )
    for dataset in ALL:
        write(lake, spark, dataset, Request("first"))
    return lake


def content(lake, dataset):
    names = [field.name for field in deltalog.open_table(lake.table(dataset)).schema().fields]
    return sorted(rows_in(lake.table(dataset), *(name for name in names if name not in PROCESSING)), key=repr)


def waiting(lake, dataset):
    found = rows_in(lake.quarantine(dataset), "batch_id", "resolution")
    return sum(resolution is None for _, resolution in found)


@pytest.mark.parametrize("dataset", ALL, ids=lambda each: f"{each.name}-{each.mode.name}")
def test_a_table_made_anew_holds_the_same_and_what_waits_in_quarantine_waits_once(lake, spark, dataset):
    before, aside = content(lake, dataset), None
    if dataset is raw or dataset is by_window:
        aside = waiting(lake, dataset)
        assert aside
    outcome = write(lake, spark, dataset, Request("again", Trigger.REBUILD))
    assert content(lake, dataset) == before
    assert outcome.wrote == (dataset is not whole_table)
    if aside:
        assert waiting(lake, dataset) == aside


def test_loads_of_a_range_are_taken_again_in_place_of_their_rows(lake, spark):
    before, aside = content_checksum(spark, lake.table(raw)), waiting(lake, raw)
    record = write(lake, spark, raw, Request("range", Trigger.RELOAD, loads=("shop.orders.2",))).record
    assert (record.loads, record.rows_in) == (("shop.orders.2",), 3)
    assert run_lake(lake, ["raw"], loads=("2020-01-01", "2099-12-31")).ok
    assert deltalog.latest_record(lake.table(raw)).record.rows_in == 10
    assert content_checksum(spark, lake.table(raw)) == before
    assert waiting(lake, raw) == aside
    assert not write(lake, spark, raw, Request("next")).wrote


def test_windows_of_a_range_are_made_anew_and_their_bad_rows_wait_once(lake, spark):
    before, aside = content(lake, by_window), waiting(lake, by_window)
    write(lake, spark, by_window, Request("range", Trigger.BACKFILL, windows=("2026-01-04",)))
    assert content(lake, by_window) == before
    assert waiting(lake, by_window) == aside > 0


def test_what_a_reload_would_do_is_told_before(lake):
    said = outlook(lake, raw)
    assert (said.rows, said.waiting, said.lost) == (8, 2, ())
    assert said.what == "3 loads of shop.orders, 10 rows by their manifests"
    assert said.readers == ("silver.orders", "silver.orders_history")
    assert outlook(lake, by_window, ("2026-01-01", "2026-01-03")).what == "3 windows of orders"
    assert loads_between(lake, raw, "2020-01-01", "2020-12-31") == ()


def test_nothing_is_reloaded_unless_somebody_says_so(lake, monkeypatch, capsys):
    monkeypatch.setattr(Lake, "load", lambda: lake)
    before = deltalog.version(lake.table(raw))
    with pytest.raises(typer.Exit) as ended:
        command("raw")
    assert ended.value.exit_code == 2
    assert "8 rows would be replaced" in capsys.readouterr().out
    assert deltalog.version(lake.table(raw)) == before


def test_loads_that_build_on_each_other_are_not_taken_one_by_one(lake):
    with pytest.raises(TableError, match="reload it for all time"):
        outlook(lake, dumped, ("2020-01-01", "2099-01-01"))
    with pytest.raises(LakehouseError, match="has no windows"):
        outlook(lake, orders, ("2026-01-01", "2026-01-03"))


def test_a_load_that_is_gone_from_the_bucket_is_named(lake):
    (lake.settings.bucket_dir / "shop" / "orders" / "shop.orders.3").rename(lake.settings.var_dir / "away")
    try:
        assert outlook(lake, raw).lost == ("shop.orders.3",)
    finally:
        (lake.settings.var_dir / "away").rename(
            lake.settings.bucket_dir / "shop" / "orders" / "shop.orders.3"
        )

"""A table made anew holds the same: for every write mode, for all of it and for a range."""

from pathlib import Path

import pytest
import typer

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
from tests.lakehouse.writing.lake_of_orders import (
    count,
    customers,
    order,
    orders,
    orders_history,
    revenue,
    shop_orders,
    shop_stock,
)

PROJECT = Path(__file__).resolve().parents[3]


ALL = (shop_orders, shop_stock, orders, orders_history, customers, revenue, count)


@pytest.fixture(scope="module")
def lake(spark, tmp_path_factory, machine):
    """A lake of all write modes after three loads, with a late change, a delete and rows set aside."""
    own = {"project": PROJECT, "spark_profile": "test", **machine}
    lake = small_lake(tmp_path_factory.mktemp("reload"), *ALL, **own, var=tmp_path_factory.mktemp("var"))
    loads = {
        2: [order(1, "ann", "10.00", 1), order(2, "bob", "200.00", 2), order(9, "cem", "-1", 1)],
        4: [
            order(1, "ann", "11.00", 3),
            order(3, "bob", "30.00", 1),
            order(2, "bob", "0.00", 1) | {"change": "delete"},
            order(8, "cem", "-1", 1),
        ],
        3: [order(1, "ann", "9.00", 1), order(4, "dan", "4.00", 2), order(5, "eve", "300.00", 4)],
    }
    for position, rows in loads.items():
        land(lake, "shop", "orders", rows, position=position)
    for position in (1, 2):
        land(
            lake,
            "shop",
            "stock",
            [order(1, "ann", "1.00", 1), order(position, "ann", "2.00", 1)][-position:],
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
    if dataset is shop_orders or dataset is revenue:
        aside = waiting(lake, dataset)
        assert aside
    outcome = write(lake, spark, dataset, Request("again", Trigger.REBUILD))
    assert content(lake, dataset) == before
    assert outcome.wrote == (dataset is not count)
    if aside:
        assert waiting(lake, dataset) == aside


def test_loads_of_a_range_are_taken_again_in_place_of_their_rows(lake, spark):
    before, aside = content_checksum(spark, lake.table(shop_orders)), waiting(lake, shop_orders)
    record = write(
        lake, spark, shop_orders, Request("range", Trigger.RELOAD, loads=("shop.orders.2",))
    ).record
    assert (record.loads, record.rows_in) == (("shop.orders.2",), 3)
    assert run_lake(lake, ["shop_orders"], loads=("2020-01-01", "2099-12-31")).ok
    assert deltalog.latest_record(lake.table(shop_orders)).record.rows_in == 10
    assert content_checksum(spark, lake.table(shop_orders)) == before
    assert waiting(lake, shop_orders) == aside
    assert not write(lake, spark, shop_orders, Request("next")).wrote


def test_windows_of_a_range_are_made_anew_and_their_bad_rows_wait_once(lake, spark):
    before, aside = content(lake, revenue), waiting(lake, revenue)
    write(lake, spark, revenue, Request("range", Trigger.BACKFILL, windows=("2026-01-04",)))
    assert content(lake, revenue) == before
    assert waiting(lake, revenue) == aside > 0


def test_what_a_reload_would_do_is_told_before(lake):
    said = outlook(lake, shop_orders)
    assert (said.rows, said.waiting, said.lost) == (8, 2, ())
    assert said.what == "3 loads of shop.orders, 10 rows by their manifests"
    assert said.readers == ("silver.orders", "silver.orders_history")
    assert outlook(lake, revenue, ("2026-01-01", "2026-01-03")).what == "3 windows of orders"
    assert outlook(lake, revenue, ("2026-01-01", "2026-01-01")).rows < outlook(lake, revenue).rows
    assert outlook(lake, shop_orders, ("2020-01-01", "2099-12-31")).rows == 8


def test_days_in_which_nothing_arrived_are_no_range(lake):
    for days in (("2020-01-01", "2020-12-31"), ("2099-12-31", "2020-01-01")):
        with pytest.raises(LakehouseError, match="no load that was taken arrived in these days"):
            loads_between(lake, shop_orders, *days)
    with pytest.raises(LakehouseError, match="this is no day"):
        outlook(lake, shop_orders, ("2020-01-01", "yesterday"))


def test_nothing_is_reloaded_unless_somebody_says_so(lake, monkeypatch, capsys):
    monkeypatch.setattr(Lake, "load", lambda: lake)
    before = deltalog.version(lake.table(shop_orders))
    with pytest.raises(typer.Exit) as ended:
        command("shop_orders")
    assert ended.value.exit_code == 2
    assert "8 rows would be replaced" in capsys.readouterr().out
    assert deltalog.version(lake.table(shop_orders)) == before


def test_loads_that_build_on_each_other_are_not_taken_one_by_one(lake):
    with pytest.raises(TableError, match="reload it for all time"):
        outlook(lake, shop_stock, ("2020-01-01", "2099-01-01"))
    with pytest.raises(LakehouseError, match="has no windows"):
        outlook(lake, orders, ("2026-01-01", "2026-01-03"))


def test_a_load_that_is_gone_from_the_bucket_is_named(lake):
    (lake.settings.bucket_dir / "shop" / "orders" / "shop.orders.3").rename(lake.settings.var_dir / "away")
    try:
        assert outlook(lake, shop_orders).lost == ("shop.orders.3",)
    finally:
        (lake.settings.var_dir / "away").rename(
            lake.settings.bucket_dir / "shop" / "orders" / "shop.orders.3"
        )

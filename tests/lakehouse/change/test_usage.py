"""Who uses a column, followed from table to table and out of the graph."""

import pytest

from lakehouse.change.lineage import Lineage
from lakehouse.change.queries import Query
from lakehouse.change.usage import Usage
from lakehouse.discovery import Catalog
from lakehouse.testing import small_lake

from .conftest import datasets


def lineage(rows=(), **columns):
    sources = {name: frozenset({tuple(source.rsplit(".", 1))}) for name, source in columns.items()}
    return Lineage(sources, frozenset(tuple(each.rsplit(".", 1)) for each in rows))


PLACED, TOTAL = "silver.orders.placed_at", "silver.orders.total"
KNOWN = {
    "orders": lineage(
        id="bronze.shop_orders.id",
        total="bronze.shop_orders.total",
        placed_at="bronze.shop_orders.placed_at",
        position="bronze.shop_orders._position",
    ),
    "revenue": lineage([PLACED], day=PLACED, revenue=TOTAL),
}
SHEET = Query("sheet", "team:finance", "the sheet", frozenset({("gold.revenue", "revenue")}))


@pytest.fixture(scope="module")
def catalog():
    return Catalog.of(datasets())


def told(usage, dataset, column):
    return [str(each) for each in usage.of(dataset, column)]


def test_a_value_is_followed_through_the_columns_made_of_it(catalog):
    assert told(Usage(catalog, KNOWN, (SHEET,)), "shop_orders", "total") == [
        "silver.orders (team:shop): total",
        "gold.revenue (team:shop): revenue",
        "consumers/sheet (team:finance), used by the sheet",
    ]


def test_a_column_that_nobody_uses_has_no_consumer(catalog):
    assert told(Usage(catalog, KNOWN, (SHEET,)), "orders", "id") == []


def test_what_decides_on_rows_concerns_everything_made_of_them(catalog):
    assert told(Usage(catalog, KNOWN, (SHEET,)), "orders", "placed_at") == [
        "gold.revenue (team:shop): day",
        "consumers/sheet (team:finance), used by the sheet",
    ]


def test_where_the_lineage_is_unknown_everything_counts_as_used(catalog):
    usage = Usage(catalog, {"orders": KNOWN["orders"]}, (SHEET,))
    assert told(usage, "orders", "id") == [
        "gold.revenue (team:shop), perhaps",
        "consumers/sheet (team:finance), used by the sheet",
    ]


def test_a_declared_window_counts_without_any_lineage(catalog):
    read_otherwise = lineage(revenue=TOTAL)
    usage = Usage(catalog, {**KNOWN, "revenue": read_otherwise})
    assert told(usage, "orders", "placed_at") == ["gold.revenue (team:shop)"]


def test_a_table_that_goes_concerns_all_its_readers(catalog):
    assert [each.name for each in Usage(catalog, KNOWN, (SHEET,)).of("orders", None)] == [
        "gold.revenue",
        "consumers/sheet",
    ]


def test_a_table_that_cannot_be_read_counts_as_using_everything_and_stops_nobody(tmp_path):
    lake = small_lake(tmp_path, *datasets())
    torn = lake.table(lake.catalog["revenue"]) / "_delta_log" / f"{0:020d}.json"
    torn.parent.mkdir(parents=True)
    torn.write_text("{")

    assert told(Usage.recorded(lake), "orders", "id") == ["gold.revenue (team:shop), perhaps"]

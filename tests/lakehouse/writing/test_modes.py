import shutil
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest

from lakehouse.testing import land, small_lake
from lakehouse.writing.path import write
from lakehouse.writing.request import Request, Trigger
from tests.lakehouse.writing.lake_of_orders import (
    RUN,
    count,
    counted,
    customers,
    order,
    orders,
    revenue,
    shop_orders,
)

ALL = (shop_orders, orders, revenue, customers, count, counted)
FIRST = [
    order(1, "ann", "1", 1),
    order(2, "bob", "2", 2),
    order(3, "ann", "4", 3),
    order(4, "cem", "9", 3),
    order(5, "eve", "3", 5),
]
SECOND = [
    order(1, "ann", "6", 1),  # amended on its day
    order(2, "bob", "2", 4),  # moved to another
    {"id": 4, "change": "delete"},  # Cem's only one
    order(6, "dan", "8", 4),  # new
]


@pytest.fixture(scope="module")
def lived(spark, table, tmp_path_factory):
    """A lake through some runs: what each wrote, and what the tables held after it."""
    lake = small_lake(tmp_path_factory.mktemp("modes"), *ALL)

    def run(*datasets):
        RUN.number += 1
        outcomes = {each.name: write(lake, spark, each, Request(f"r{RUN.number}")) for each in datasets}
        tables = {each.name: table(lake, each, *each.spec.column_names) for each in datasets}
        return SimpleNamespace(outcomes=outcomes, **tables)

    RUN.number = 0
    folder = land(lake, "shop", "orders", FIRST, position=1, load_id="a").files[0].path.parent
    land(lake, "shop", "orders", FIRST, position=1, load_id="b")
    first = run(*ALL)
    shutil.copytree(folder, folder.with_name("a_again"))
    again = run(*ALL)
    land(lake, "shop", "orders", SECOND, position=2)
    moved = run(shop_orders, orders, revenue, customers)
    RUN.number += 1
    backfilled = write(lake, spark, revenue, Request("b", Trigger.BACKFILL, windows=("2026-01-05",)))
    after_backfill = table(lake, revenue, "day", "run")
    land(lake, "shop", "orders", [{"change": "truncate"}], position=3)
    emptied = run(shop_orders, orders, count, counted)
    return SimpleNamespace(
        first=first,
        again=again,
        moved=moved,
        backfilled=backfilled,
        after_backfill=after_backfill,
        emptied=emptied,
    )


def test_two_equal_loads_are_two_and_the_same_load_again_is_none(lived):
    assert len(lived.first.shop_orders) == 10
    assert lived.first.outcomes["shop_orders"].record.loads == ("a", "b")
    assert lived.moved.outcomes["shop_orders"].record.rows_in == 4
    assert len(lived.moved.shop_orders) == 14


def test_a_second_run_with_nothing_new_commits_nothing(lived):
    assert not any(outcome.wrote for outcome in lived.again.outcomes.values())


def test_repeated_rows_are_superseded_in_an_upsert(lived):
    record = lived.first.outcomes["orders"].record
    assert (record.rows_in, record.rows_written, record.rows_superseded) == (10, 5, 5)
    assert [row[0] for row in lived.first.orders] == [1, 2, 3, 4, 5]


def test_a_record_that_is_amended_moved_or_deleted_runs_its_windows_and_no_other(lived):
    assert [(day.day, total) for day, total, _ in lived.first.revenue] == [(1, 1), (2, 2), (3, 13), (5, 3)]
    assert lived.moved.outcomes["revenue"].record.windows == tuple(f"2026-01-0{day}" for day in (1, 2, 3, 4))
    assert lived.moved.revenue == [
        (date(2026, 1, 1), Decimal(6), 3),
        (date(2026, 1, 3), Decimal(4), 3),
        (date(2026, 1, 4), Decimal(10), 3),
        (date(2026, 1, 5), Decimal(3), 1),
    ]


def test_a_backfill_replaces_the_windows_it_names_and_consumes_nothing(lived):
    assert [(day.day, run) for day, run in lived.after_backfill] == [(1, 3), (3, 3), (4, 3), (5, 4)]
    assert not lived.backfilled.record.advances
    assert lived.backfilled.record.windows == ("2026-01-05",)
    assert lived.backfilled.record.rows_in == 1


def test_a_deleted_record_is_gone(lived):
    assert [row[0] for row in lived.moved.orders] == [1, 2, 3, 5, 6]


def test_keys_that_have_no_row_any_more_are_taken_out(lived):
    assert lived.first.customers == [("ann", 5), ("bob", 2), ("cem", 9), ("eve", 3)]
    assert lived.moved.customers == [("ann", 10), ("bob", 2), ("dan", 8), ("eve", 3)]


def test_a_snapshot_that_becomes_empty_is_news_for_its_readers(lived):
    assert (lived.first.count, lived.first.counted) == ([(5,)], [(5,)])
    assert lived.emptied.outcomes["orders"].record.rows_quarantined == 0
    assert lived.emptied.orders == []
    assert (lived.emptied.count, lived.emptied.counted) == ([], [])

from datetime import date
from decimal import Decimal

import pytest

from assets.gold.supply_priorities import supply_priorities


@pytest.fixture(scope="module")
def found(spark):
    """What each product is for stands in its name; all are bought at 10 euros and sold at 15."""
    stock = spark.sql("""
        SELECT *, DATE '2026-02-10' AS as_of, 15.00BD AS price, 10.00BD AS cost,
            on_hand - owed + on_order AS position, try_divide(on_hand * 28.0D, sold) AS days_of_cover
        FROM VALUES
        (1L, 'at its point', 7L, true, 10L, 0L, 2L, 28L), (2L, 'above it', 7L, true, 30L, 0L, 0L, 28L),
        (3L, 'held', 8L, true, 0L, 5L, 0L, 40L), (4L, 'sheet too late', 8L, true, 8L, 0L, 0L, 28L),
        (5L, 'nobody supplies it', NULL, true, 4L, 0L, 0L, 10L), (6L, 'too much', 7L, true, 60L, 2L, 0L, 7L),
        (7L, 'taken off', 7L, false, 0L, 0L, 0L, 9L), (8L, 'held and there', 8L, true, 90L, 0L, 0L, 28L),
        (9L, 'hardly worth it', 7L, true, 4L, 0L, 0L, 0L),
        (10L, 'sheet too early', 8L, true, 30L, 0L, 0L, 28L)
        AS (product_id, product, vendor_id, active, on_hand, owed, on_order, sold)
    """)
    points = spark.sql("""
        SELECT *, 40L AS computed_up_to, 40L AS up_to, 14 AS days,
            CAST(sheet_point + 30 AS INT) AS sheet_up_to,
            CAST(coalesce(sheet_point, computed_point) AS LONG) AS point,
            14.0D AS expected, 4.0D AS deviation, hold IS NOT NULL AS held, CAST(hold AS DATE) AS hold_until
        FROM VALUES (1L, 12L, NULL, NULL), (2L, 20L, NULL, NULL), (3L, 20L, NULL, '2026-03-01'),
        (4L, 20L, 6.00BD, NULL), (6L, 1L, NULL, NULL), (7L, 20L, NULL, NULL), (8L, 20L, NULL, '2026-03-01'),
        (10L, 20L, 32.00BD, NULL) AS (product_id, computed_point, sheet_point, hold)
    """).selectExpr("*", "7L AS vendor_id", "DATE '2026-02-10' AS as_of")
    vendors = spark.sql("""
        SELECT * FROM VALUES (7L, 'Alder Works', 500.00BD), (8L, 'Birch Mill', 100.00BD)
        AS (vendor_id, vendor, minimum_order)
    """)
    coming = spark.sql("""
        SELECT *, DATE '2026-01-29' AS ordered_on FROM VALUES
        (21L, 7L, 1L, DATE '2026-02-05', 2L, 20.00BD), (21L, 7L, 3L, DATE '2026-02-05', 6L, 60.00BD),
        (22L, 7L, 2L, DATE '2026-02-10', 5L, 50.00BD)
        AS (purchase_order_id, vendor_id, product_id, promised_on, outstanding, value)
    """)
    frame = supply_priorities(stock, points, vendors, coming)
    assert frame.columns == list(supply_priorities.spec.column_names)
    return {(row.action, row.subject): row for row in frame.collect()}


def test_each_thing_to_do_is_told_once_and_nothing_else(found):
    assert set(found) == {
        ("order", "at its point"),
        ("decide", "held"),
        ("decide", "sheet too late"),
        ("decide", "sheet too early"),
        ("decide", "nobody supplies it"),
        ("chase", "purchase order 21"),
        ("mark_down", "too much"),
    }


def test_an_order_fills_up_in_whole_packs_and_says_why(found):
    order = found["order", "at its point"]

    assert (order.units, order.value, order.vendor) == (30, Decimal(300), "Alder Works")
    assert order.reason == (
        "10 on the shelf, 2 on the way; 14 sell until a delivery is here (14 days), 12 at most in 95 of 100 "
        "cases. All for Alder Works comes to € 300.00, less than its minimum of € 500.00."
    )


def test_what_the_sheet_holds_while_it_sells_is_to_be_decided(found):
    held = found["decide", "held"]

    assert held.reason.startswith(
        "On hold until 2026-03-01 by the sheet, while 40 sold in 28 days. 0 on the shelf, 5 owed; "
    )
    assert found["decide", "sheet too late"].reason.startswith(
        "The sheet orders at 6, but 14 sell until a delivery is here. 8 on the shelf; "
    )
    assert found["decide", "sheet too late"].units == 36
    early = found["decide", "sheet too early"]
    assert early.reason.startswith("The sheet orders at 32 already and fills up to 62. 30 on the shelf; ")
    assert early.at_stake < 1


def test_what_nobody_supplies_is_told_although_nobody_can_order_it(found):
    orphan = found["decide", "nobody supplies it"]

    assert (orphan.vendor_id, orphan.units, orphan.at_stake) == (None, 0, Decimal(30))
    assert orphan.reason == "Nobody supplies it, and 10 sold in 28 days. 4 on the shelf."


def test_an_order_that_has_not_come_is_chased_from_the_day_after_its_promise_on(found):
    chase = found["chase", "purchase order 21"]

    assert (chase.units, chase.value, chase.due_on) == (8, Decimal(80), date(2026, 2, 5))
    assert chase.at_stake == Decimal(30)  # of the six held goods, each asked for within a week
    assert chase.reason == (
        "Ordered on 2026-01-29 and promised for 2026-02-05, 5 days ago: 8 units of 2 products have not come. "
        "Customers wait for 5."
    )


def test_what_lasts_for_more_than_four_months_is_marked_down(found):
    slow = found["mark_down", "too much"]

    assert (slow.units, slow.value, slow.at_stake) == (28, Decimal(280), Decimal("5.60"))
    assert slow.reason == (
        "60 on the shelf, 2 owed; 7 sold in 28 days: it lasts 240 days. 28 are more than 120 days' sale."
    )


def test_the_dearest_to_leave_comes_first(found):
    ranked = sorted(found.values(), key=lambda row: row.rank)

    assert [row.rank for row in ranked] == list(range(1, len(ranked) + 1))
    assert [row.at_stake for row in ranked] == sorted((row.at_stake for row in ranked), reverse=True)
    assert ranked[0].subject == "held"

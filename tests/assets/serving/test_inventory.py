from datetime import date, timedelta
from decimal import Decimal

import pytest

from assets.serving.inventory import inventory

TODAY = date(2026, 2, 10)


def level(number, name, on_hand, owed=0, sold=14, cover=14.0):  # noqa: PLR0917 - a row
    return {
        "product_id": number,
        "product": name,
        "category": "toys",
        "as_of": TODAY,
        "on_hand": on_hand,
        "owed": owed,
        "on_order": 0,
        "sold": sold,
        "days_out": 2,
        "days_of_cover": cover,
        "value": Decimal(on_hand * 10),
    }


def point(number, sheet=None, *, expected=10.0, held=False):
    return {
        "product_id": number,
        "expected": expected,
        "computed_point": 15,
        "sheet_point": sheet,
        "held": held,
        "hold_until": date(2026, 3, 1) if held else None,
    }


@pytest.fixture
def built(gold_lake):
    def build(levels=(), days=(), points=()):
        tables = {"stock_levels": list(levels), "daily_stock": list(days), "reorder_points": list(points)}
        return inventory.build(gold_lake(**tables).settings)

    return build


def test_what_customers_wait_for_stands_first(built):
    page = built([level(1, "Ball", 2, owed=9), level(2, "Kite", 30), level(3, "Rope", 4, owed=5)])

    out, lasting = page.figures
    assert page.finding == out.finding
    assert out.finding == (
        "2 of 3 products are out of stock; customers wait longest in line for Ball: 7 units short"
    )
    assert out.of.column("product") == ["Ball", "Rope"]
    assert lasting.finding == "None of the € 360 on the shelves is more than four months' sale"


def test_the_stock_is_told_by_how_long_it_lasts(built):
    page = built(
        [
            level(1, "Ball", 2, cover=3.0),
            level(2, "Kite", 30, cover=200.0),
            level(3, "Rope", 4, sold=0, cover=None),
        ]
    )

    none_missing, lasting = page.figures
    assert none_missing.finding == "All 3 products can be sent today"
    assert lasting.of.column("lasts") == ["under a week", "more than four months", "sold nothing in 28 days"]
    assert lasting.finding.startswith("€ 340 of € 360 on the shelves")


def test_the_stock_out_rate_is_that_of_whole_weeks(built):
    days = [
        {"product_id": 1, "day": date(2026, 1, 5) + timedelta(days=number), "offered": 1, "out_of_stock": out}
        for number, out in enumerate([1, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 1])
    ]

    page = built([level(1, "Ball", 2)], days)

    assert page.figures[1].finding == (
        "In the last whole week units were missing on 14 % of the product days: the most was 43 %, in that "
        "of 5 January"
    )
    assert page.tiles[1].value == "14 %"


def test_what_the_sheet_holds_back_though_it_sells_is_told(built):
    levels = [level(1, "Ball", 2), level(2, "Kite", 30), level(3, "Rope", 4)]
    points = [point(1, Decimal(40), held=True), point(2, Decimal(4)), point(3, Decimal(12))]

    sheet = built(levels, points=points).figures[-1]

    assert sheet.finding == (
        "The planner's sheet holds 1 product that sells, and orders 1 too late for a delivery"
    )
    assert sheet.of.column("product") == ["Ball", "Kite"]


def test_before_the_first_delivery_there_is_a_page(built):
    assert built().finding == "Nothing has been in stock yet"

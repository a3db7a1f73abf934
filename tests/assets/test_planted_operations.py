"""What the company has planted in buying, stock and invoices is what gold's tables find."""

from decimal import Decimal

import pytest
from pyspark.sql import functions as F

from assets.gold.daily_stock import daily_stock
from assets.gold.payment_matches import payment_matches
from assets.gold.payments_due import payments_due
from supercorp.truth.operations import operations_truth
from supercorp.world import simulate
from tests.assets.planted_operations import Silver

KINDS = {
    "price": "price differs",
    "quantity": "quantity differs",
    "duplicate": "duplicate",
    "no_order": "no order",
}


@pytest.fixture(scope="module", params=[7, 11])
def company(request, spark):
    """The company's tables, and what is true of it."""
    world = simulate("tiny", request.param)
    return Silver(spark, world), operations_truth(world)


def test_every_invoice_that_was_made_wrong_is_found_and_no_other(company, spark):
    silver, truth = company
    matches = payment_matches(
        silver["vendor_invoices"],
        silver["vendor_invoice_lines"],
        silver["purchase_order_lines"],
        silver["goods_receipts"],
    )
    newest = spark.createDataFrame([(silver.world.first_day,)], "as_of date")
    due = payments_due(
        silver["vendor_invoices"], matches, silver["vendor_payments"], silver["vendors"], newest
    )

    wrong = (
        due.where("matched = 0").select("vendor_invoice_id", "verdict", "overbilled", "overpaid").collect()
    )

    for kind, verdict in KINDS.items():
        mine = [row for row in wrong if row.verdict == verdict]
        planted = truth["invoices"][kind]
        assert sorted(row.vendor_invoice_id for row in mine) == planted["ids"]
        assert sum(row.overbilled for row in mine) == Decimal(planted["overbilled"])
        assert sum(row.overpaid for row in mine) == Decimal(planted["overpaid"])
    assert len(wrong) == sum(truth["invoices"][kind]["rows"] for kind in KINDS)


def test_the_shelves_and_the_days_on_which_they_were_empty_are_those_of_the_warehouse(company):
    silver, truth = company
    stock = daily_stock(
        silver["stock_movements"], silver["order_lines"], silver["orders"], silver["payments"]
    )

    rows = (
        stock.groupBy("product_id")
        .agg(F.max_by("on_hand", "day").alias("on_hand"), F.sum("out_of_stock").alias("empty"))
        .collect()
    )

    on_hand = {number: units for number, units in enumerate(truth["stock"]["on_hand"], start=1) if units}
    assert {row.product_id: row.on_hand for row in rows if row.on_hand} == on_hand
    # Paid a few minutes after it was ordered: what is ordered before midnight counts a day earlier here.
    assert sum(row.empty for row in rows) == pytest.approx(truth["stock"]["product_days_empty"], abs=2)

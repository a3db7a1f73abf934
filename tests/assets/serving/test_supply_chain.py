from datetime import date
from decimal import Decimal

import pytest

from assets.serving.supply_chain import supply_chain

TODAY = date(2026, 2, 10)
TABLES = ("supply_priorities", "payments_due", "vendor_lead_times", "forecast_errors")


def todo(rank, action, subject, stake, **values):
    return {
        "rank": rank,
        "action": action,
        "subject_id": rank,
        "subject": subject,
        "as_of": TODAY,
        "vendor": "Alder Works",
        "units": 12,
        "value": Decimal(120),
        "at_stake": Decimal(stake),
        "reason": "3 on the shelf",
    } | values


def invoice(number, verdict="matched", action="wait", **money):
    amounts = {
        "amount": 100,
        "right_amount": 100,
        "overbilled": 0,
        "paid": 0,
        "overpaid": 0,
        "to_pay": 0,
    } | money
    return {
        "vendor_invoice_id": number,
        "vendor": "Alder Works",
        "invoice_number": f"N-{number}",
        "received_on": TODAY,
        "due_on": TODAY,
        "as_of": TODAY,
        "verdict": verdict,
        "action": action,
        "matched": int(verdict == "matched"),
        "invoices": 1,
        "reason": "Order, delivery and invoice agree.",
    } | {name: Decimal(value) for name, value in amounts.items()}


def vendor(name, days, low=None, high=None, orders=20):
    return {
        "vendor_id": len(name),
        "vendor": name,
        "stated_days": 9,
        "orders": orders,
        "late_orders": 5,
        "days_late": days,
        "days_late_low": low,
        "days_late_high": high,
        "lead_days": 9 + days,
        "short_orders": 0,
    }


def error(week, ahead=1, **units):
    return {
        "product_id": 1,
        "week": date(2026, 1, week),
        "weeks_ahead": ahead,
        "units": 100,
        "forecast_error": 20.0,
        "two_weeks_error": 25.0,
        "same_again_error": 40.0,
        "bias": -5.0,
        "within": 1,
        "forecasts": 1,
    } | units


@pytest.fixture
def built(gold_lake):
    def build(**tables):
        return supply_chain.build(gold_lake(**{name: [] for name in TABLES} | tables).settings)

    return build


def test_what_is_dearest_to_leave_stands_first(built):
    page = built(
        supply_priorities=[
            todo(2, "chase", "purchase order 7", "20"),
            todo(1, "order", "Wool Scarf", "310.40"),
            todo(3, "mark_down", "Tin Top", "0"),
        ]
    )

    (first,) = page.figures
    assert page.finding == first.finding
    assert first.finding == (
        "First today: order Wool Scarf, € 310 at stake. In all 1 to order, 1 to chase, 1 to mark down"
    )
    assert first.of.column("subject") == ["Wool Scarf", "purchase order 7", "Tin Top"]
    assert first.of.column("action") == ["order", "chase", "mark down"]
    assert [tile.value for tile in page.tiles] == ["€ 120", "€ 120"]


def test_this_weeks_payments_are_told_by_vendor_and_what_is_wrong_one_by_one(built):
    wrong = {"right_amount": 80, "overbilled": 20}
    page = built(
        payments_due=[
            invoice(1, action="pay", to_pay=100),
            invoice(2, "price differs", "pay in part", to_pay=80, **wrong),
            invoice(3, "duplicate", "claim back", right_amount=0, overbilled=100, paid=100, overpaid=100),
            invoice(4),
        ]
    )

    pay, kinds, one_by_one = page.figures
    assert page.finding == "Nothing to order, to chase or to mark down today"
    assert pay.finding == "€ 180 are to be paid this week to 1 vendor, most to Alder Works"
    assert pay.of.rows[0]["held_back"] == Decimal(20)
    assert kinds.finding == "2 of 4 invoices do not match: € 120 billed too much, € 100 of it paid"
    assert one_by_one.finding == "€ 20.00 are held back now; of the invoices that do not match 1 are open"
    assert one_by_one.of.column("invoice_number") == ["N-2", "N-3"]
    assert [tile.value for tile in page.tiles[2:]] == ["€ 180", "€ 100"]


USUAL, FEW = vendor("Dune", 1.5, 0.5, 2.5, orders=80), vendor("Cedar", 9.0, orders=1)


def test_a_vendor_that_is_clearly_later_than_all_is_told(built):
    (figure,) = built(vendor_lead_times=[USUAL, FEW, vendor("Birch", 8.0, 5.0, 11.0)]).figures

    assert figure.finding == "Later than the rest: Birch (8.0 days late); the mean of all is 2.9"


def test_a_vendor_with_few_orders_is_not_called_late(built):
    (figure,) = built(vendor_lead_times=[USUAL, FEW]).figures

    assert figure.finding == "Cedar comes 9.0 days late in the mean, all vendors 1.6: no one stands out"


def test_the_forecast_is_shown_beside_the_planners_way(built):
    (figure,) = built(forecast_errors=[error(5), error(12, within=0), error(12, 2)]).figures

    assert figure.finding == (
        "A week ahead the forecast is off by 20 % of the units: better than the planner's mean of two weeks, "
        "25 %"
    )
    near = figure.of.rows[0]
    assert (near["within"], near["bias"], near["relative"]) == (0.5, -0.05, 0.5)
    assert len(figure.chart.spec["data"]["values"]) == 4


def test_a_lake_without_any_purchase_has_a_page(built):
    page = built()

    assert page.finding == "Nothing to order, to chase or to mark down today"
    assert page.figures == ()

"""Buying, stock and invoices: the mismatches, the shelves, how late vendors are, and the forecast."""

from collections.abc import Iterator

from tests.truth.finding import Finding, counted, exactly, sampled
from tests.truth.lakes import Company

VERDICTS = {
    "price": "price differs",
    "quantity": "quantity differs",
    "duplicate": "duplicate",
    "no_order": "no order",
}
_INVOICES = """
    SELECT verdict, count(*) AS invoices, sum(overbilled) AS overbilled, sum(overpaid) AS overpaid
    FROM gold.payments_due WHERE matched = 0 GROUP BY verdict
"""
_SHELVES = "SELECT product_id, on_hand FROM gold.stock_levels"
_EMPTY = "SELECT sum(out_of_stock) AS days FROM gold.daily_stock"
_VENDORS = """
    SELECT vendor_id, days_late, days_late_low, days_late_high FROM gold.vendor_lead_times ORDER BY vendor_id
"""
AT_MIDNIGHT = 0.01  # of product-days: what is paid for after midnight is missing a day later


def read(company: Company) -> Iterator[Finding]:
    truth = company.truth["operations"]
    found = {row["verdict"]: row for row in company.ask(_INVOICES)}
    for kind, planted in truth["invoices"].items():
        row = found.pop(VERDICTS[kind], {})
        yield exactly("invoices", f"{VERDICTS[kind]}, invoices", planted["rows"], row.get("invoices", 0))
        for name in ("overbilled", "overpaid"):
            euros = float(row.get(name, 0))
            yield exactly("invoices", f"{VERDICTS[kind]}, {name} EUR", float(planted[name]), euros)
    yield exactly("invoices", "wrong for no reason", 0, sum(row["invoices"] for row in found.values()))
    yield from stock(company, truth["stock"])
    for row in company.ask(_VENDORS):
        planted = truth["vendors"]["mean_days_late"][str(row["vendor_id"])]
        bounds = row["days_late_low"], row["days_late_high"]
        yield sampled("vendors", f"days late, vendor {row['vendor_id']}", planted, row["days_late"], bounds)


def stock(company: Company, truth: dict) -> Iterator[Finding]:
    shelves = {row["product_id"]: row["on_hand"] for row in company.ask(_SHELVES)}
    wrong = sum(shelves.get(number, 0) != units for number, units in enumerate(truth["on_hand"], start=1))
    yield exactly("stock", "units on the shelf", sum(truth["on_hand"]), sum(shelves.values()))
    yield exactly("stock", "shelves with other units", 0, wrong)
    planted, found = truth["product_days_empty"], company.ask(_EMPTY)[0]["days"] or 0
    slack = 2 + AT_MIDNIGHT * planted
    yield counted("stock", "product-days out of stock", planted, found, (found - slack, found + slack))

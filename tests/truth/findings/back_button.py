"""Back on the confirmation page: what it does to the next order, and whether customers stay away."""

from collections.abc import Iterator

from tests.truth.finding import Finding, sampled, verdict
from tests.truth.lakes import Company

EFFECT = "back_button"
_NEXT = """
    SELECT lost_orders, lost_low, lost_high FROM gold.confirmation_back_button WHERE device = 'all'
"""
_LATER = "SELECT lost, lost_low FROM gold.orders_after_back WHERE device = 'all'"


def read(company: Company) -> Iterator[Finding]:
    truth = company.effect(EFFECT)
    orders = truth["next_checkouts"] * truth["others_ordered"]
    failed = orders * (truth["next_failed"] - truth["others_failed"])
    (row,) = company.ask(_NEXT) or [{}]
    bounds = row.get("lost_low"), row.get("lost_high")
    yield sampled(EFFECT, "next orders that failed", round(failed), row.get("lost_orders"), bounds)
    yield verdict(EFFECT, "the next checkout", ["loses orders"], spoken(row.get("lost_low"), "loses orders"))
    (later,) = company.ask(_LATER) or [{}]
    yield verdict(EFFECT, "in 60 days after", ["stay away"], spoken(later.get("lost_low"), "stay away"))


def spoken(low: float | None, words: str) -> str | None:
    if low is None:
        return None
    return words if low > 0 else "cannot be told"

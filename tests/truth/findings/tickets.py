"""Tickets resolved within the hour: what that brings, and what the raw contrast makes of it."""

from collections.abc import Iterator

from tests.truth.finding import Finding, counted, sampled, verdict
from tests.truth.lakes import Company

EFFECT = "fast_tickets"
BUCKETS = ("0-100", "100-200", "200-300")  # the truth ends with 300 and more, the table with 500
_READ = """
    SELECT order_value, raw, raw_low, raw_high, adjusted, adjusted_low, adjusted_high, case_mix
    FROM gold.ticket_conversions WHERE days = 30
"""


def read(company: Company) -> Iterator[Finding]:
    truth = company.effect(EFFECT)
    rows = {row["order_value"]: row for row in company.ask(_READ)}
    every = rows.get("all", {})
    bounds = every.get("raw_low"), every.get("raw_high")
    yield counted(EFFECT, "raw difference", truth["raw"], every.get("raw"), bounds)
    for name in ("all", *BUCKETS):
        row = rows.get(name, {})
        planted = truth["effect" if name == "all" else f"effect_{name}"]
        bounds = row.get("adjusted_low"), row.get("adjusted_high")
        yield sampled(EFFECT, f"like with like, {name} EUR", planted, row.get("adjusted"), bounds)
    mix = every.get("case_mix")
    said = None if mix is None else "overstates" if mix > 0 else "does not overstate"
    yield verdict(EFFECT, "the raw difference", ["overstates"], said)

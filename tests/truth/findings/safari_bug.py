"""The release that loses carts on iOS Safari: found among all browsers and releases, and sized in orders."""

from collections.abc import Iterator

from assets.serving.checkout_segments import lost_since
from lakehouse.pages import Results
from tests.truth.finding import Claims, Finding, sampled, verdict
from tests.truth.lakes import Company

EFFECT = "safari_bug"
SEGMENT = "iOS · Mobile Safari"
_MOVED = """
    SELECT release, segment, os, browser, verdict, lost_orders FROM gold.segment_changes
    WHERE verdict IN ('fell', 'rose') ORDER BY lost_orders DESC
"""
_RELEASES = "SELECT DISTINCT release FROM gold.segment_changes"


def read(company: Company) -> Iterator[Finding | Claims]:
    version, moved = company.release_of(EFFECT), company.ask(_MOVED)
    first = f"{moved[0]['segment']} {moved[0]['verdict']} with {moved[0]['release']}" if moved else None
    yield verdict(EFFECT, "the segment that lost most", [f"{SEGMENT} fell with {version}"], first)
    yield lost_orders(company, version)
    for (release,) in (each.values() for each in company.ask(_RELEASES)):
        mine = [row for row in moved if row["release"] == release]
        false = [
            f"{row['segment']} {row['verdict']} with {release}" for row in mine if not is_true(row, version)
        ]
        yield Claims("segments", len(mine), tuple(false))


def is_true(row: dict[str, str], version: str) -> bool:
    """Whether a segment that is said to have moved holds the browsers that the bug is in."""
    named = {row["os"], row["browser"]}
    inside = named != {None} and named <= {None, "iOS", "Mobile Safari"}
    return inside and row["release"] == version and row["verdict"] == "fell"


def lost_orders(company: Company, version: str) -> Finding:
    """As the page sizes them: the visits since, times the conversion without the bug, less the orders."""
    truth = company.effect(EFFECT)
    since = [
        each
        for each in company.truth["conversion"]
        if (each["system"], each["browser"]) == ("iOS", "Safari") and each["version"] >= version
    ]
    visits, orders = (sum(each[name] for each in since) for name in ("visits", "orders"))
    planted = visits * truth["conversion_after_without"] - orders
    rows = lost_since(Results(company.settings)).rows
    found = next((row for row in rows if (row["release"], row["segment"]) == (version, SEGMENT)), {})
    bounds = found.get("lost_low"), found.get("lost_high")
    return sampled(EFFECT, "orders lost since, in this segment", round(planted), found.get("lost"), bounds)

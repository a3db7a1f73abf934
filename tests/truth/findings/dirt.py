"""Dirt: every row that was planted is set aside by the rule that is meant for it, and no other row."""

import json
from collections import defaultdict
from collections.abc import Iterator

from lakehouse import Severity
from lakehouse.engine import deltalog
from lakehouse.lake import Lake
from lakehouse.testing import rows_in
from tests.truth.finding import Finding, exactly
from tests.truth.lakes import Company

EFFECT = "dirt"
PLANTED = {
    # Where it must be stopped, by which rule, and what its rows are known by there.
    "negative_total": ("silver.orders", "total__ge", "order_id"),
    "unknown_status": ("silver.orders", "status__isin", "order_id"),
    "negative_price": ("silver.products", "price__gt", "product_id"),
    "malformed_email": ("bronze.shop_customers", "email__str_matches", "id"),
    "orphan_payment": ("silver.payments", "order_id__not_null", "payment_id"),
    "negative_quantity": ("silver.order_lines", "quantity__gt", "order_line_id"),
}
# Of the event stream, whose lines are known by nothing but their number.
OF_EVENTS = {
    "truncated": ("bronze.web_events", "_line"),
    "wrong_type": ("silver.events", "price__type"),
}


def read(company: Company) -> Iterator[Finding]:
    lake, truth = Lake.load(company.settings), company.truth
    ids, rows = set_aside(lake)
    for kind, planted in truth["dirt"].items():
        found = ids.get(PLANTED[kind][:2], set())
        yield exactly(EFFECT, f"{kind}, set aside", planted["rows"], len(found & set(planted["ids"])))
        yield exactly(EFFECT, f"{kind}, set aside in error", 0, len(found - set(planted["ids"])))
    for kind, place in OF_EVENTS.items():
        yield exactly(EFFECT, f"{kind}, set aside", truth["events"]["dirt"][kind], rows.get(place, 0))


def set_aside(lake: Lake) -> tuple[dict[tuple[str, str], set[int]], dict[tuple[str, str], int]]:
    """What waits in quarantine, by table and broken rule: ids, each once however often it waits; and rows."""
    keys = {table: key for table, _, key in PLANTED.values()}
    ids, counts = defaultdict[tuple[str, str], set[int]](set), defaultdict[tuple[str, str], int](int)
    for dataset in lake.catalog:
        place = lake.quarantine(dataset)
        if not deltalog.exists(place):
            continue
        warned = {each.name for each in dataset.spec.row_rules if each.severity is Severity.WARN}
        for broken, row in rows_in(place, "broken", "row"):
            for rule in set(broken) - warned:
                counts[dataset.full_name, rule] += 1
                if dataset.full_name in keys:
                    ids[dataset.full_name, rule].add(int(json.loads(row)[keys[dataset.full_name]]))
    return dict(ids), dict(counts)

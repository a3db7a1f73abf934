"""The shop's production database once more: every change, from its log."""

from assets.sources import shop
from lakehouse.source_catalog import Priority, SourceSystem, SourceTable

_PER_DAY = {  # of the demo's company, in its last months
    "customers": 170,
    "addresses": 180,
    "products": 5,
    "orders": 1_700,
    "order_lines": 990,
    "payments": 920,
    "vendors": 1,
    "price_imports": 60,
    "purchase_orders": 18,
    "purchase_order_lines": 17,
    "goods_receipts": 19,
    "stock_movements": 980,
    "vendor_invoices": 19,
    "vendor_invoice_lines": 20,
    "vendor_payments": 9,
    "releases": 1,
    "experiments": 1,
    "experiment_assignments": 80,
}

shop_changes = SourceSystem(
    name="shop_changes",
    title="Shop database, its changes",
    what="the same tables as they change: all inserts, updates, deletes and truncates, in order.",
    where="The log of that database, see [taking a database in](capture.md); loads in the bucket under"
    " `shop_changes/`. Read in place of the dumps where `LAKEHOUSE_FEEDS` says so.",
    owner="team:platform",
    tables=tuple(
        SourceTable(
            name=table.name,
            holds=f"A change, or a row of the snapshot: {table.holds[0].lower()}{table.holds[1:]}",
            format="JSON lines, Debezium's envelope",
            taken="as it happens, a load a minute",
            every=table.every,
            history="a snapshot, and every change since",
            per_day=_PER_DAY[table.name],
            personal=(*table.personal, "key", "before", "after") if table.personal else (),
            priority=Priority.NEXT,
        )
        for table in shop.shop.tables
    ),
)

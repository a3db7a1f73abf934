"""Silver's tables of buying, stock and invoices, as they are when nothing was lost on the way to them."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from supercorp.application.office_rows import delivery_note
from supercorp.clock import NEVER
from supercorp.office.movements import MOVEMENTS
from supercorp.world import World

MONEY = "decimal(12,2)"


class Silver:
    """The tables of one company up to the end of its history, by name."""

    def __init__(self, spark: SparkSession, world: World) -> None:
        self.spark, self.world, self.end = spark, world, world.end

    def __getitem__(self, name: str) -> DataFrame:
        columns, money = getattr(self, name)()
        times = {
            each: pd.to_datetime(columns[each], unit="us", utc=True) for each in columns if each[-3:] == "_at"
        }
        # Through Arrow: a table that is still empty has its types.
        rows = pa.Table.from_pandas(pd.DataFrame(columns | times), preserve_index=False)
        frame = self.spark.createDataFrame(rows)
        return frame.withColumns({each: (frame[each] / 100).cast(MONEY) for each in money})

    def orders(self):
        known = np.flatnonzero(self.world.orders.placed < self.end)
        return {"order_id": known + 1, "placed_at": self.world.orders.placed[known]}, ()

    def payments(self):
        known = np.flatnonzero(self.world.orders.paid < self.end)
        return {"order_id": known + 1, "status": ["captured"] * len(known)}, ()

    def order_lines(self):
        lines = self.world.lines
        known = np.flatnonzero(self.world.orders.placed[lines.order] < self.end)
        columns = {
            "order_line_id": known + 1,
            "order_id": lines.order[known] + 1,
            "product_id": lines.product[known] + 1,
            "quantity": lines.quantity[known],
        }
        return columns, ()

    def stock_movements(self):
        ledger = self.world.operations.movements
        known = np.flatnonzero(ledger.at < self.end)
        kind = np.asarray(MOVEMENTS)[ledger.kind[known]]
        columns = {
            "product_id": ledger.product[known].astype(np.int64) + 1,
            "kind": kind,
            "quantity": ledger.units[known],
            "order_line_id": np.where(kind == "sale", ledger.source[known] + 1, 0),
            "moved_at": ledger.at[known],  # noqa: PD008 - not of pandas
        }
        return columns, ()

    def purchase_orders(self):
        purchases = self.world.operations.warehouse.purchases
        known = np.flatnonzero(purchases.ordered < self.end)
        came = purchases.part_received[known] < self.end
        done = purchases.closed[known] < self.end
        closed = np.where(purchases.short[known], "closed_short", "received")
        columns = {
            "purchase_order_id": known + 1,
            "vendor_id": purchases.vendor[known] + 1,
            "status": np.where(done, closed, np.where(came, "part_received", "ordered")),
            "ordered_at": purchases.ordered[known],
            "promised_on": pd.to_datetime(purchases.promised[known], unit="us").date,
        }
        return columns, ()

    def purchase_order_lines(self):
        purchases = self.world.operations.warehouse.purchases
        known = np.flatnonzero(purchases.ordered[purchases.order] < self.end)
        columns = {
            "purchase_order_line_id": known + 1,
            "purchase_order_id": purchases.order[known] + 1,
            "product_id": purchases.product[known] + 1,
            "quantity": purchases.quantity[known].astype(np.int32),
            "unit_cost": purchases.unit_cost[known],
        }
        return columns, ("unit_cost",)

    def goods_receipts(self):
        receipts, purchases = (
            self.world.operations.warehouse.receipts,
            self.world.operations.warehouse.purchases,
        )
        known = np.flatnonzero(receipts.received < self.end)
        order, part = purchases.order[receipts.line[known]], receipts.part[known]
        columns = {
            "purchase_order_line_id": receipts.line[known] + 1,
            "delivery_note": list(map(delivery_note, order.tolist(), part.tolist())),
            "quantity": receipts.quantity[known],
            "damaged": receipts.damaged[known],
            "accepted": receipts.accepted[known],
            "received_at": receipts.received[known],
        }
        return columns, ()

    def vendor_invoices(self):
        invoices = self.world.operations.invoices
        bills = invoices.bills
        known = np.flatnonzero(bills.received < self.end)
        order = bills.order[known]
        notes = map(delivery_note, order.tolist(), bills.part[known].tolist())
        none = order < 0
        columns = {
            "vendor_invoice_id": known + 1,
            "vendor_id": bills.vendor[known] + 1,
            "invoice_number": bills.number[known].astype(str),
            "purchase_order_id": pd.array(np.where(none, 0, order + 1), dtype="Int64"),
            "delivery_note": [None if gone else note for gone, note in zip(none, notes, strict=True)],
            "amount": invoices.amount[known],
            "received_at": bills.received[known],
            "due_on": pd.to_datetime(invoices.due[known], unit="us").date,
            "status": np.where(invoices.paid[known] < self.end, "paid", "open"),
        }
        return columns, ("amount",)

    def vendor_invoice_lines(self):
        bills = self.world.operations.invoices.bills
        known = np.flatnonzero(bills.received[bills.invoice] < self.end)
        columns = {
            "vendor_invoice_line_id": known + 1,
            "vendor_invoice_id": bills.invoice[known] + 1,
            "purchase_order_line_id": bills.line[known] + 1,  # 0 where there is none
            "quantity": bills.quantity[known].astype(np.int32),
            "unit_price": bills.unit_price[known],
        }
        return columns, ("unit_price",)

    def vendor_payments(self):
        invoices = self.world.operations.invoices
        known = np.flatnonzero(invoices.paid < self.end)
        return {"vendor_invoice_id": known + 1, "amount": invoices.amount[known]}, ("amount",)

    def vendors(self):
        vendors = self.world.operations.vendors
        every = np.flatnonzero(vendors.dropped == NEVER)
        columns: Mapping[str, object] = {
            "vendor_id": every + 1,
            "name": [vendors.name(each) for each in every.tolist()],
            "lead_days": vendors.lead_days[every].astype(np.int32),
            "minimum_order": vendors.minimum[every],
        }
        return dict(columns), ("minimum_order",)

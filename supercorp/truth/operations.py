"""What is true of buying, stock, invoices and the other systems' exports, up to the end of the history."""

from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supercorp.clock import DAY, NEVER, texts
from supercorp.exports.ads import believed
from supercorp.exports.help_desk import PASTED, pasted
from supercorp.exports.sheet import sheet_week, sheet_weeks
from supercorp.office.movements import MOVEMENTS
from supercorp.rows import money
from supercorp.world import World

__all__ = ["operations_truth"]

Indices = NDArray[np.int64]


def operations_truth(world: World) -> dict[str, Any]:
    """Rows per table, and the truth about each part of the company, under its name.

    Ids are those of the database (or of the export); money is text.
    """
    return {
        "rows": _rows(world),
        "vendors": _vendors(world),
        "stock": _stock(world),
        "invoices": _invoices(world),
        "shop": _shop(world),
        "ads": _ads(world),
        "help_desk": _help_desk(world),
        "sheet": _sheet(world),
    }


def _ids(chosen: NDArray[np.bool_]) -> list[int]:
    ids: list[int] = (np.flatnonzero(chosen) + 1).tolist()
    return ids


def _sum(cents: Indices) -> str:
    return money(np.asarray([cents.sum()]))[0]


def _rows(world: World) -> dict[str, int]:
    operations, end = world.operations, world.end
    purchases, bills = operations.warehouse.purchases, operations.invoices.bills
    dropped = operations.vendors.dropped < end
    return {
        "vendors": int((~dropped).sum()),
        "purchase_orders": int((purchases.ordered < end).sum()),
        "purchase_order_lines": int((purchases.ordered[purchases.order] < end).sum()),
        "goods_receipts": int((operations.warehouse.receipts.received < end).sum()),
        "stock_movements": int((operations.movements.at < end).sum()),
        "vendor_invoices": int((bills.received < end).sum()),
        "vendor_invoice_lines": int((bills.received[bills.invoice] < end).sum()),
        "vendor_payments": int((operations.invoices.paid < end).sum()),
    }


def _vendors(world: World) -> dict[str, Any]:
    """The mean days late are those of the distribution: the share that is late times its mean, rounded up.

    A waiting time of mean m, in whole days upwards, has the mean 1 / (1 - exp(-1/m)).
    """
    vendors, rules = world.operations.vendors, world.operations.parameters.vendors
    mean = rules["days_late"] * vendors.lateness
    expected = rules["late"] / (1 - np.exp(-1 / mean))
    return {
        "dropped": _ids(vendors.dropped < world.end),
        "unreliable": _ids(vendors.lateness > 1),
        "share_late": rules["late"],
        "mean_days_late": {
            str(number): round(days, 4) for number, days in enumerate(expected.tolist(), start=1)
        },
        "short_orders": _ids(
            world.operations.warehouse.purchases.short
            & (world.operations.warehouse.purchases.closed < world.end)
        ),
    }


def _stock(world: World) -> dict[str, Any]:
    """``orders_waited`` were shipped within the history, later than if everything had been in stock."""
    operations, end = world.operations, world.end
    waited, shipped = operations.warehouse.waited, operations.warehouse.orders.shipped
    late = (waited > 0) & (shipped < end)
    known = operations.movements.at < end
    on_hand = np.bincount(
        operations.movements.product[known],
        operations.movements.units[known],
        minlength=len(world.catalog),
    )
    kinds = np.bincount(operations.movements.kind[known], minlength=len(MOVEMENTS))
    return {
        "held_products": (operations.holds.product + 1).tolist(),
        "orders_waited": _ids(late),
        "mean_days_waited": round(float(waited[late].mean()) / DAY, 4) if late.any() else 0.0,
        "product_days_empty": int(operations.warehouse.empty[: world.days].sum()),
        "on_hand": on_hand.astype(int).tolist(),
        "movements": dict(zip(MOVEMENTS, kinds.tolist(), strict=True)),
    }


def _invoices(world: World) -> dict[str, Any]:
    """Per kind of mismatch its invoices, what was billed too much, and what of that had been paid."""
    invoices = world.operations.invoices
    over = invoices.amount - invoices.bills.right
    paid = invoices.paid < world.end
    return {
        kind: {
            "rows": len(positions),
            "ids": (positions + 1).tolist(),
            "overbilled": _sum(over[positions]),
            "overpaid": _sum(over[positions][paid[positions]]),
        }
        for kind, positions in invoices.mismatch.items()
    }


def _shop(world: World) -> dict[str, Any]:
    shop = world.operations.shop
    known = world.orders.placed < world.end
    return {
        "gift_column_added_at": texts(np.asarray([shop.gift_added]))[0],
        "gifts": int((shop.gift & known).sum()),
        "wallet_added_at": texts(np.asarray([shop.wallet_added]))[0],
        "wallet_payments": int((shop.wallet & known).sum()),
        "long_descriptions": _ids(shop.wordy),
        "descriptions_rewritten": _ids(shop.rewritten < world.end),
    }


def _ads(world: World) -> dict[str, Any]:
    """Final sums per campaign, and how many of its days were first reported with other numbers."""
    days = np.arange(world.days)
    first = [believed(world, days[number : number + 1], number) for number in range(world.days)]
    clicks = np.concatenate([each.clicks for each in first], axis=1)
    spend = np.concatenate([each.spend for each in first], axis=1)
    final = world.ads
    restated = (clicks != final.clicks[:, days]) | (spend != final.spend[:, days])
    return {
        campaign.name: {
            "impressions": int(final.impressions[number, days].sum()),
            "clicks": int(final.clicks[number, days].sum()),
            "spend": _sum(final.spend[number, days]),
            "days_restated": int(restated[number].sum()),
        }
        for number, campaign in enumerate(world.campaigns)
    }


def _help_desk(world: World) -> dict[str, Any]:
    """How many tickets hold what customers pasted, and whose requester has been forgotten since."""
    tickets = world.tickets
    known = tickets.opened < world.end
    gone = world.shoppers.forgotten[tickets.customer]
    return {
        "tickets": int(known.sum()),
        "solved": int((tickets.resolved < world.end).sum()),
        "pasted": {kind: _ids(pasted(world, kind) & known) for kind in PASTED},
        "of_forgotten_customers": _ids(known & (gone < world.end) & (gone != NEVER)),
    }


def _sheet(world: World) -> dict[str, dict[str, Any]]:
    """Per file what was typed wrongly."""
    found = {}
    for day in sheet_weeks(world, world.first_day, world.first_day + timedelta(days=world.days - 1)):
        week = sheet_week(world, day)
        found[week.name] = {
            "rows": len(week.overrides),
            "dates": sum(each.hold_until is not None for each in week.overrides),
            "dates_as_text": sum(each.date_as_text for each in week.overrides),
            "numbers_with_comma": sum(each.number_with_comma for each in week.overrides),
            "total_row": week.total_row,
            "renamed_column": week.renamed,
        }
    return found

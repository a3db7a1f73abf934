"""What the company does behind the shop: it buys, stocks, sends, is billed and pays."""

from dataclasses import dataclass

from supercorp.catalog import Catalog
from supercorp.clock import DAY
from supercorp.dice import Dice
from supercorp.office.invoices import Invoices, bill
from supercorp.office.movements import Movements, book
from supercorp.office.planner import Holds, Planner
from supercorp.office.vendors import Vendors, find_vendors
from supercorp.office.warehouse import Warehouse, run_warehouse
from supercorp.parameters import Parameters, load_parameters
from supercorp.selling import Lines, Orders
from supercorp.shop_changes import ShopChanges, change_the_shop
from supercorp.truths import Size
from supercorp.words import COUNTRIES

__all__ = ["Operations", "operate"]


@dataclass(frozen=True, slots=True)
class Operations:
    """All of it. ``warehouse.orders`` are the shop's orders with the times at which they really went."""

    parameters: Parameters
    shop: ShopChanges
    vendors: Vendors
    holds: Holds
    warehouse: Warehouse
    movements: Movements
    invoices: Invoices


def operate(
    dice: Dice,
    size: Size,
    catalog: Catalog,
    orders: Orders,
    lines: Lines,
    *,
    first: int,
    days: int,
    end: int,
    horizon: int,
    card: int = 0,
    parameters: Parameters | None = None,
) -> Operations:
    """Let the company work from ``first``: ``days`` of history until ``end``, and on until ``horizon``.

    What happens within the history does not depend on ``horizon``. Orders come as they would go if everything
    were in stock; ``card`` is the number of that payment method.
    """
    parameters = parameters or load_parameters()
    vendors = find_vendors(dice, parameters, catalog, first, days=days, countries=len(COUNTRIES))
    planner = Planner(dice, parameters, catalog, vendors, size, first=first, days=days)
    warehouse = run_warehouse(
        dice,
        parameters,
        catalog,
        vendors,
        planner,
        orders=orders,
        lines=lines,
        first=first,
        days=-(-(horizon - first) // DAY),
    )
    return Operations(
        parameters=parameters,
        shop=change_the_shop(dice, parameters.shop, catalog, orders, card=card, first=first, days=days),
        vendors=vendors,
        holds=planner.holds,
        warehouse=warehouse,
        movements=book(warehouse, lines, planner.opening, first),
        invoices=bill(
            dice,
            parameters,
            vendors,
            warehouse.purchases,
            warehouse.receipts,
            first=first,
            end=end,
        ),
    )

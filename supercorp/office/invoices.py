"""What the vendors bill and the company pays: an invoice per delivery, and a known number that do not match.

An invoice is right when each of its lines has the price of the purchase order and the units that were
accepted of that delivery. Nobody at the company compares them: everything is paid when it is due.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from supercorp.clock import DAY, HOUR, Times
from supercorp.dice import Dice
from supercorp.office.buying import Purchases
from supercorp.office.deliveries import Receipts
from supercorp.office.vendors import Vendors
from supercorp.parameters import Parameters

__all__ = ["MISMATCHES", "Bills", "Invoices", "bill"]

Indices = NDArray[np.int64]
MISMATCHES = ("price", "quantity", "duplicate", "no_order")
_DAYS_TO_SECOND = 9
_SERVICE_CENTS = 60_000


@dataclass(frozen=True, slots=True)
class Bills:
    """Invoices and their lines as the vendors write them. Money in cents; -1 is "none".

    Per invoice: ``order`` and ``part`` of that purchase order's delivery, ``number`` (the vendor's, the same
    on a duplicate), ``dated`` (a midnight), ``received``, and ``right``: what should have been billed.
    Per line: ``invoice`` (a position), ``line`` of the purchase order, ``quantity`` and ``unit_price``.
    """

    vendor: Indices
    order: Indices
    part: Indices
    number: Indices
    dated: Times
    received: Times
    right: Indices
    invoice: Indices
    line: Indices
    quantity: Indices
    unit_price: Indices

    def __len__(self) -> int:
        return len(self.vendor)

    def at(self, positions: Indices) -> "Bills":
        """Some of the invoices, in the order given, with their lines."""
        place = np.full(len(self), -1)
        place[positions] = np.arange(len(positions))
        lines = np.flatnonzero(place[self.invoice] >= 0)
        lines = lines[np.argsort(place[self.invoice[lines]], kind="stable")]
        columns = {name: getattr(self, name)[positions] for name in _PER_INVOICE}
        columns |= {name: getattr(self, name)[lines] for name in ("line", "quantity", "unit_price")}
        return Bills(**columns, invoice=place[self.invoice[lines]])


_PER_INVOICE = ("vendor", "order", "part", "number", "dated", "received", "right")


@dataclass(frozen=True, slots=True)
class Invoices:
    """The bills by time received (ids are positions plus one), and what the company does with them.

    ``due`` is a midnight. ``paid`` is the moment of payment; payments have ids by that time, the order
    is ``paying``. ``mismatch`` has the sorted positions of the invoices of each kind.
    """

    bills: Bills
    amount: Indices
    due: Times
    paid: Times
    paying: Indices
    mismatch: dict[str, Indices]


def bill(
    dice: Dice,
    parameters: Parameters,
    vendors: Vendors,
    purchases: Purchases,
    receipts: Receipts,
    *,
    first: int,
    end: int,
) -> Invoices:
    """Draw the invoices; mismatches are planted by exact numbers among those received before ``end``.

    Those received later, which only a simulation beyond the history has, are all right.
    """
    rules = parameters.invoices
    right = _right_bills(dice, rules, purchases, receipts)
    again = right.received + (1 + dice.below("invoices.again", _DAYS_TO_SECOND, np.arange(len(right)))) * DAY
    known = int((right.received < end).sum())
    left, chosen = np.flatnonzero(again < end), {}
    for kind in ("price", "quantity", "duplicate"):
        chosen[kind] = dice.fewest(f"invoices.{kind}", left, math.ceil(rules[kind] * known))
        left = np.setdiff1d(left, chosen[kind])
    dear, many = (np.isin(right.invoice, chosen[kind]) for kind in ("price", "quantity"))
    price = np.where(dear, np.ceil(right.unit_price * rules["price_factor"]), right.unit_price)
    quantity = np.where(many, np.ceil(right.quantity * rules["quantity_factor"]), right.quantity)
    billed = replace(right, unit_price=price.astype(np.int64), quantity=quantity.astype(np.int64))
    twice = chosen["duplicate"]
    copies = replace(right.at(twice), received=again[twice], right=np.zeros(len(twice), np.int64))
    strays = _strays(dice, vendors, math.ceil(rules["no_order"] * known), first=first, end=end)
    everything = _joined([billed, copies, strays])
    by_time = np.argsort(everything.received, kind="stable")
    place = np.argsort(by_time, kind="stable")
    begin = np.cumsum([0, len(billed), len(copies), len(strays)])
    kinds = {kind: np.sort(place[chosen[kind]]) for kind in ("price", "quantity")}
    kinds["duplicate"] = np.sort(place[begin[1] : begin[2]])
    kinds["no_order"] = np.sort(place[begin[2] : begin[3]])
    return _settled(dice, rules, vendors, everything.at(by_time), kinds)


def _right_bills(dice: Dice, rules: dict[str, float], purchases: Purchases, receipts: Receipts) -> Bills:
    """One invoice per delivery of which anything was accepted, for just that."""
    use = np.flatnonzero(receipts.accepted > 0)
    delivery = purchases.order[receipts.line[use]] * 2 + receipts.part[use] - 1
    known, place = np.unique(delivery, return_inverse=True)
    order, part = known // 2, known % 2 + 1
    delivered = np.zeros(len(known), dtype=np.int64)
    delivered[place] = receipts.received[use]
    quick = dice.exponential("invoices.after", rules["days_after_delivery"] * DAY, order, part)
    quantity, line = receipts.accepted[use], receipts.line[use]
    amount = np.bincount(place, quantity * purchases.unit_cost[line], minlength=len(known))
    by_invoice = np.argsort(place, kind="stable")
    return Bills(
        vendor=purchases.vendor[order],
        order=order,
        part=part,
        number=known,
        dated=delivered // DAY * DAY,
        received=delivered + HOUR + quick.astype(np.int64),
        right=amount.astype(np.int64),
        invoice=place[by_invoice],
        line=line[by_invoice],
        quantity=quantity[by_invoice],
        unit_price=purchases.unit_cost[line][by_invoice],
    )


def _strays(dice: Dice, vendors: Vendors, count: int, *, first: int, end: int) -> Bills:
    """Invoices for nothing that was ordered, from vendors that are not dropped."""
    every = np.arange(count)
    none, nothing = np.full(count, -1), np.zeros(count, dtype=np.int64)
    received = first + (dice.uniform("invoices.stray_time", every) * (end - first)).astype(np.int64)
    return Bills(
        vendor=vendors.after_drop[dice.below("invoices.stray_vendor", len(vendors.after_drop), every)],
        order=none,
        part=nothing,
        number=-1 - every,
        dated=received // DAY * DAY,
        received=received,
        right=nothing,
        invoice=every,
        line=none,
        quantity=np.ones(count, dtype=np.int64),
        unit_price=5_000 + dice.below("invoices.stray_amount", _SERVICE_CENTS, every),
    )


def _joined(parts: list[Bills]) -> Bills:
    before = np.cumsum([0, *map(len, parts)])
    moved = [replace(each, invoice=each.invoice + begin) for each, begin in zip(parts, before, strict=False)]
    return Bills(
        **{name: np.concatenate([getattr(each, name) for each in moved]) for name in Bills.__slots__}
    )


def _settled(
    dice: Dice, rules: dict[str, float], vendors: Vendors, bills: Bills, mismatch: dict[str, Indices]
) -> Invoices:
    """Every invoice is paid on the morning it is due, or some days later."""
    every = np.arange(len(bills))
    due = bills.dated + vendors.terms_days[bills.vendor] * DAY
    late = dice.happens("invoices.paid_late", rules["paid_late"], every)
    behind = np.ceil(dice.exponential("invoices.days_paid_late", rules["days_paid_late"], every))
    paid = due + np.where(late, behind, 0).astype(np.int64) * DAY
    paid = np.maximum(paid, bills.received // DAY * DAY + DAY) + 9 * HOUR
    paid += dice.below("invoices.paid_at", HOUR, every)
    return Invoices(
        bills=bills,
        amount=np.bincount(bills.invoice, bills.quantity * bills.unit_price, minlength=len(bills)).astype(
            np.int64
        ),
        due=due,
        paid=paid,
        paying=np.argsort(paid, kind="stable"),
        mismatch=mismatch,
    )

"""Buying, stock and invoices as simulated: consistent, wrong by known numbers, blind to the future."""

import math

import numpy as np
import pytest

from supercorp.clock import DAY, NEVER
from supercorp.errors import ParameterError
from supercorp.office.movements import MOVEMENTS
from supercorp.parameters import load_parameters
from supercorp.world import World, simulate


def near(found: float, share: float, *, rows: int) -> bool:
    """Whether a share that was drawn lies within four standard errors of the one that was planted."""
    return abs(found - share) < 4 * math.sqrt(share * (1 - share) / rows)


def test_the_stock_on_the_shelves_is_never_negative(small: World) -> None:
    ledger = small.operations.movements
    by_product = np.argsort(ledger.product, kind="stable")  # by time within each product
    product = ledger.product[by_product]
    running = np.cumsum(ledger.units[by_product].astype(np.int64))
    before = np.concatenate([[0], running])[np.searchsorted(product, np.arange(len(small.catalog)))]
    assert (running - before[product]).min() == 0
    assert set(np.unique(ledger.kind).tolist()) == set(range(len(MOVEMENTS)))


def test_only_goods_that_are_for_sale_move(small: World) -> None:
    assert small.operations.movements.product.max() < small.catalog.buyable
    assert small.operations.warehouse.purchases.product.max() < small.catalog.buyable


def test_every_line_that_is_shipped_leaves_the_stock_once(small: World) -> None:
    ledger, lines = small.operations.movements, small.lines
    sales = ledger.source[ledger.kind == MOVEMENTS.index("sale")]
    shipped = np.flatnonzero(small.orders.shipped[lines.order] != NEVER)
    assert (np.sort(sales) == shipped).all()
    units = ledger.units[ledger.kind == MOVEMENTS.index("sale")]
    assert (-units == lines.quantity[sales]).all()


def test_an_order_waits_for_stock_and_takes_delivery_and_return_along(small: World) -> None:
    orders, waited = small.orders, small.operations.warehouse.waited
    late = waited > 0
    assert 0.01 < late.mean() < 0.10
    assert (orders.shipped[late] >= orders.paid[late]).all()
    ready = orders.shipped[late] % DAY
    assert ((ready >= DAY * 7 // 24) & (ready < DAY * 10 // 24)).all()
    again = late & (orders.returned != NEVER)
    assert (orders.returned[again] > orders.delivered[again]).all()


def test_products_on_hold_run_out(small: World) -> None:
    holds, empty = small.operations.holds, small.operations.warehouse.empty
    assert len(holds.product) == math.ceil(0.03 * small.size.products)
    days = [
        empty[begin : end + 20, product].sum()
        for product, begin, end in zip(holds.product, holds.begins, holds.ends, strict=True)
    ]
    assert min(days) > 0
    assert np.mean(days) > 2 * empty[: small.days].sum(axis=0).mean()


def test_vendors_are_late_as_planted(small: World) -> None:
    purchases, vendors = small.operations.warehouse.purchases, small.operations.vendors
    first = np.where(purchases.part_received == NEVER, purchases.closed, purchases.part_received)
    behind = first // DAY - purchases.promised // DAY
    assert behind.min() == 0
    assert near((behind > 0).mean(), 0.35, rows=len(behind))
    for factor in np.unique(vendors.lateness):
        of = (vendors.lateness[purchases.vendor] == factor) & (behind > 0)
        expected = 1 / (1 - math.exp(-1 / (3.0 * factor)))
        assert behind[of].mean() == pytest.approx(expected, abs=4 * expected / math.sqrt(of.sum()))


def test_purchases_come_in_parts_and_damaged_and_never_more_than_ordered(small: World) -> None:
    purchases, receipts = small.operations.warehouse.purchases, small.operations.warehouse.receipts
    came = np.bincount(receipts.line, receipts.quantity, minlength=len(purchases.order))
    assert (came <= purchases.quantity).all()
    assert ((came < purchases.quantity) <= purchases.short[purchases.order]).all()
    assert near(purchases.short.mean(), 0.15 * 0.2, rows=len(purchases.short))
    assert near((receipts.damaged > 0).mean(), 0.08, rows=len(receipts.damaged))
    assert (receipts.damaged <= receipts.quantity).all()


def test_mismatches_are_planted_by_exact_numbers_and_nothing_else_is_wrong(small: World) -> None:
    invoices, end = small.operations.invoices, small.end
    rules = small.operations.parameters.invoices
    wrong = np.unique(np.concatenate(list(invoices.mismatch.values())))
    assert (np.flatnonzero(invoices.amount != invoices.bills.right) == wrong).all()
    assert (invoices.bills.received[wrong] < end).all()
    extra = len(invoices.mismatch["duplicate"]) + len(invoices.mismatch["no_order"])
    right = int((invoices.bills.received < end).sum()) - extra
    for kind, positions in invoices.mismatch.items():
        assert len(positions) == math.ceil(rules[kind] * right)
    assert sum(map(len, invoices.mismatch.values())) == len(wrong)


def test_what_happens_in_the_history_does_not_depend_on_what_comes_after(tiny: World) -> None:
    shorter = simulate("tiny", 7, live_days=0).operations
    for part, times in (
        ("movements", "at"),
        ("warehouse.receipts", "received"),
        ("invoices.bills", "received"),
    ):
        one, other = shorter, tiny.operations
        for name in part.split("."):
            one, other = getattr(one, name), getattr(other, name)
        count = int((getattr(one, times) < tiny.end).sum())
        assert count == (getattr(other, times) < tiny.end).sum()
        for column in one.__slots__:
            if len(getattr(one, column)) == len(getattr(one, times)):
                assert (getattr(one, column)[:count] == getattr(other, column)[:count]).all()
    assert {kind: ids.tolist() for kind, ids in shorter.invoices.mismatch.items()} == {
        kind: ids.tolist() for kind, ids in tiny.operations.invoices.mismatch.items()
    }


@pytest.mark.parametrize("change", ["[vendors]\nlate = 1", "[", 'ads = "none"'])
def test_a_file_of_operations_that_does_not_fit_is_refused(tmp_path, change) -> None:
    file = tmp_path / "operations.toml"
    file.write_text(change)
    with pytest.raises(ParameterError, match=r"operations\.toml: the file of operations cannot be used"):
        load_parameters(file)

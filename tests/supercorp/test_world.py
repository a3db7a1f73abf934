"""The simulated history: the same from the same seed, plausible, and dirty by known numbers."""

import math
import time
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from supercorp.clock import NEVER
from supercorp.days import AddColumn, Change, Forget, Insert, Refill, Update, changes_on
from supercorp.errors import ParameterError
from supercorp.truth import truth_of
from supercorp.truths import load_truths
from supercorp.world import World, simulate


def told(world: World) -> list[Change]:
    days = [world.first_day + timedelta(days=number) for number in range(world.days)]
    return [change for day in days for change in changes_on(world, day)]


def test_the_same_seed_tells_the_same_history(tiny: World) -> None:
    again = simulate("tiny", 7)
    assert told(again) == told(tiny)
    assert truth_of(again) == truth_of(tiny)
    assert told(simulate("tiny", 8)) != told(tiny)


def test_every_change_is_of_its_day(tiny: World) -> None:
    for number in range(tiny.days):
        day = tiny.first_day + timedelta(days=number)
        for change in changes_on(tiny, day):
            if isinstance(change, AddColumn):
                continue
            if isinstance(change, Insert | Refill):
                times = [str(row[-1]) for row in change.rows]
            elif isinstance(change, Update):
                times = [str(moment) for moment in change.columns["updated_at"][1]]
            else:
                times = change.at if isinstance(change, Forget) else [change.at]
            assert all(str(moment).startswith(day.isoformat()) for moment in times)
            assert all(str(moment).endswith("+00:00") for moment in times)


def test_rows_are_inserted_once_with_ids_that_count_up(tiny: World) -> None:
    ids: dict[str, list[object]] = {}
    for change in told(tiny):
        if isinstance(change, Insert):
            ids.setdefault(change.table, []).extend(row[0] for row in change.rows)
    assert set(ids) >= {"customers", "orders", "payments", "stock_movements", "vendor_invoices"}
    for numbers in ids.values():
        assert numbers == list(range(1, len(numbers) + 1))


def test_the_last_day_and_the_length_are_parameters() -> None:
    world = simulate("tiny", 7, last_day=date(2024, 2, 29), days=10)
    assert (world.first_day, world.last_day) == (date(2024, 2, 20), date(2024, 2, 29))
    assert {row["day"] for row in truth_of(world)["orders"]} <= {f"2024-02-{day}" for day in range(20, 30)}


def test_small_is_large_enough_for_a_demo_and_quick() -> None:
    begun = time.process_time()
    small = simulate("small", 7)
    assert time.process_time() - begun < 5
    counts = small.counts()
    assert (small.first_day, small.last_day) == (date(2026, 1, 2), date(2026, 6, 30))
    assert 22_000 < counts.shoppers < 27_000
    assert 57_000 < counts.orders < 67_000
    assert 280_000 < counts.visits < 400_000


def test_steps_follow_each_other(small: World) -> None:
    orders = small.orders
    steps = (orders.placed, orders.paid, orders.shipped, orders.delivered, orders.returned)
    for before, after in pairwise(steps):
        taken = after != NEVER
        assert (before[taken] < after[taken]).all()
    assert (orders.placed > small.shoppers.created[orders.customer]).all()
    assert (orders.placed < small.shoppers.forgotten[orders.customer]).all()


def test_what_an_order_comes_to_is_the_sum_of_its_lines(small: World) -> None:
    lines = small.lines
    goods = np.bincount(lines.order, lines.quantity * lines.unit_price).astype(int)
    with_coupon = small.orders.coupon >= 0
    expected = goods - np.where(with_coupon, np.rint(goods * 0.1), 0).astype(int) + lines.shipping
    assert (lines.total == expected).all()
    assert (lines.total > 0).all()


def test_channels_differ_as_planted(small: World) -> None:
    names = [channel.name for channel in small.truths.channels]
    total = {
        name: small.lines.total[small.orders.channel == number].mean() for number, name in enumerate(names)
    }
    assert total["direct_mail"] > total["direct"] > total["search"] > total["social"] > total["affiliates"]
    per_customer = np.bincount(small.orders.customer, minlength=len(small.shoppers))
    orders = {
        name: per_customer[small.shoppers.channel == number].mean() for number, name in enumerate(names)
    }
    assert orders["email"] > orders["search"] > orders["social"] > orders["affiliates"]
    count = small.counts().shoppers
    registered = Counter(small.shoppers.channel[:count].tolist())
    for number, channel in enumerate(small.truths.channels):
        assert math.isclose(registered[number] / count, channel.share, rel_tol=0.1)


def test_the_company_grows_and_has_its_weekdays(small: World) -> None:
    placed = small.orders.placed[: small.counts().orders]
    by_day = Counter((placed // 86_400_000_000).tolist())
    counts = [count for _, count in sorted(by_day.items())]
    assert len(counts) == 180
    assert sum(counts[-30:]) > 1.7 * sum(counts[30:60])
    recent = sorted(by_day.items())[-84:]
    weekday = Counter[int]()
    for number, count in recent:
        weekday[(number + 3) % 7] += count
    assert weekday[0] > weekday[5] * 1.1  # Mondays, Saturdays


def test_dirt_is_planted_by_exact_numbers(small: World) -> None:
    planted, counts = truth_of(small)["dirt"], small.counts()
    rows = {
        "negative_total": counts.orders,
        "unknown_status": counts.orders,
        "negative_price": small.size.products,
        "malformed_email": counts.shoppers,
        "orphan_payment": counts.orders,
        "negative_quantity": counts.lines,
    }
    assert planted.keys() == rows.keys()
    for kind, row in planted.items():
        assert row["rows"] == len(set(row["ids"])) == math.ceil(small.truths.dirt[kind] * rows[kind])
    assert not set(planted["negative_total"]["ids"]) & set(planted["unknown_status"]["ids"])


def test_a_history_without_dirt_differs_in_nothing_else(tiny: World) -> None:
    truths = replace(tiny.truths, dirt=dict.fromkeys(tiny.truths.dirt, 0.0))
    clean = simulate("tiny", 7, truths=truths)
    assert all(row["rows"] == 0 for row in truth_of(clean)["dirt"].values())
    assert (clean.orders.placed == tiny.orders.placed).all()
    assert (clean.shoppers.created == tiny.shoppers.created).all()


def test_an_unknown_size_is_refused() -> None:
    with pytest.raises(ParameterError, match="expected one of: tiny, small, medium; found huge"):
        simulate("huge", 7)


def test_an_unknown_effect_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"expected some of: safari_bug, .*; found rain"):
        simulate("tiny", 7, without={"rain"})


@pytest.mark.parametrize("text", ["", "[sizes", "[sizes.tiny]\ncustomers = 1\n"])
def test_a_broken_file_of_truths_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "truths.toml").write_text(text)
    with pytest.raises(ParameterError, match="file of truths cannot be used"):
        load_truths(tmp_path / "truths.toml")


def test_a_file_of_truths_with_a_name_astray_is_refused(tmp_path: Path) -> None:
    text = files("supercorp").joinpath("truths.toml").read_text()
    for name, wrong in (
        ('channel = "social"', 'channel = "radio"'),
        ('release = "3.4.0"', 'release = "9.9"'),
    ):
        (tmp_path / "truths.toml").write_text(text.replace(name, wrong))
        with pytest.raises(ParameterError, match=r"names that stand for nothing: (radio|9\.9)"):
            load_truths(tmp_path / "truths.toml")

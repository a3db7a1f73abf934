"""Visits: they cause everything else, follow the parameters, and do not know the future."""

from dataclasses import fields, replace

import numpy as np
import pytest

from supercorp.clock import DAY, HOUR, NEVER
from supercorp.crowd import visits as visiting
from supercorp.crowd.devices import AGENTS, IOS_SAFARI
from supercorp.crowd.returning import APART
from supercorp.crowd.steps import DONE, ORDERED, moment, order_step, registered_step
from supercorp.releases import release_time
from supercorp.truth.counterfactual import course_without
from supercorp.world import World, simulate


def test_every_order_and_customer_comes_out_of_a_visit(small: World) -> None:
    visits, dice = small.visits, small.setting.dice
    ordering = visits.take(visits.cart == ORDERED)
    assert sorted(ordering.order.tolist()) == list(range(len(small.orders)))
    assert (small.orders.placed[ordering.order] == moment(dice, ordering, order_step(ordering))).all()
    assert (small.customer_of[ordering.visitor] == small.orders.customer[ordering.order]).all()
    assert (visits.order[visits.cart != ORDERED] == -1).all()
    registering = visits.take(visits.signup == DONE)
    customer = small.customer_of[registering.visitor]
    assert sorted(customer.tolist()) == list(range(len(small.shoppers)))
    assert (small.shoppers.created[customer] == moment(dice, registering, registered_step(registering))).all()


def test_a_persons_visits_follow_each_other(small: World) -> None:
    visits = small.visits
    order = np.lexsort((visits.number, visits.visitor))
    same = visits.visitor[order][1:] == visits.visitor[order][:-1]
    assert (np.diff(visits.number[order])[same] == 1).all()
    assert np.diff(visits.start[order])[same].min() >= APART
    assert (moment(small.setting.dice, visits, order_step(visits) + 1) - visits.start).max() < APART


def test_history_does_not_depend_on_how_far_the_future_is_drawn(tiny: World) -> None:
    counts = tiny.counts()
    for live_days in (0, 30):
        other = simulate("tiny", 7, live_days=live_days)
        assert other.counts() == counts
        for part in ("visits", "orders", "shoppers", "addresses", "tickets", "payments", "lines"):
            here, there = getattr(tiny, part), getattr(other, part)
            for column in fields(here):
                count = getattr(counts, "orders" if column.name in {"shipping", "total"} else part)
                if column.name == "home":
                    continue
                ours, theirs = (getattr(each, column.name)[:count] for each in (here, there))
                if ours.dtype == np.int64:  # what comes after the end is not yet known
                    ours, theirs = np.minimum(ours, tiny.end), np.minimum(theirs, tiny.end)
                assert (ours == theirs).all(), f"{part}.{column.name}"
        assert (other.ads.spend[:, : tiny.days] == tiny.ads.spend[:, : tiny.days]).all()
        assert other.visits.start.max() < other.horizon


def test_a_company_without_an_effect_is_the_same_before_it(small: World) -> None:
    without = simulate("small", 7, without={"safari_bug"})
    released = release_time(small.releases, "3.4.0")
    before = int(np.searchsorted(small.visits.start, released))
    assert (without.visits.start[:before] == small.visits.start[:before]).all()
    assert (without.visitors.arrived == small.visitors.arrived).all()
    # Whoever never met the bug lives the same life to the end.
    met = np.unique(small.visits.visitor[small.visits.broke_off])
    ours, theirs = (~np.isin(each.visits.visitor, met) for each in (small, without))
    for column in ("visitor", "start", "views", "cart", "seen"):
        assert (getattr(small.visits, column)[ours] == getattr(without.visits, column)[theirs]).all()
    assert len(without.orders) > len(small.orders) + 0.05 * len(small.orders)
    assert not without.visits.broke_off.any()


def test_the_bug_is_on_ios_safari_from_its_release_on(small: World) -> None:
    visits = small.visits.take(small.visits.broke_off)
    agent = small.visitors.agents(small.setting.dice, visits.visitor.astype(int), visits.device.astype(int))
    assert IOS_SAFARI[agent].all()
    assert visits.start.min() >= release_time(small.releases, "3.4.0")
    assert {AGENTS[each].form for each in np.unique(agent)} == {"phone", "tablet"}


def test_the_broken_cart_fails_the_next_payment(small: World) -> None:
    visits = small.visits.take(small.visits.order >= 0)
    order = np.lexsort((visits.start, visits.visitor))
    after = np.zeros(len(order), dtype=bool)
    after[1:] = visits.went_back[order][:-1] & (np.diff(visits.visitor[order]) == 0)
    failed = small.orders.failed[visits.order[order]] != NEVER
    assert failed[after].mean() == pytest.approx(0.9, abs=0.03)
    assert failed[~after].mean() == pytest.approx(0.04, abs=0.005)
    assert visits.went_back.mean() == pytest.approx(0.06, abs=0.005)


def test_the_registration_loses_most_at_the_address(small: World) -> None:
    visits = small.visits.take(~small.visits.no_address & (small.visits.signup > 0))
    passed = [(visits.signup > step).sum() / (visits.signup >= step).sum() for step in (1, 2, 3)]
    assert passed == pytest.approx([0.94, 0.95, 0.8264], abs=0.01)
    skipped = small.visits.take(small.visits.no_address)
    assert (skipped.signup == DONE).mean() == pytest.approx(0.94 * 0.95, abs=0.02)
    assert (small.addresses.home[small.orders.customer] >= 0).all()
    homeless = np.flatnonzero(small.addresses.home < 0)
    assert 0 < len(homeless) < (skipped.signup == DONE).sum()


def test_people_have_tastes_that_recommendations_can_find(small: World) -> None:
    styles = int(small.truths.people["styles"])
    of_product = small.setting.dice.below("style of a product", styles, np.arange(small.catalog.buyable))
    whose = small.shoppers.visitor[small.orders.customer[small.lines.order]]
    away = (of_product[small.lines.product] - small.visitors.style[whose]) % styles
    share = np.bincount(away, minlength=styles) / len(away)
    assert share[0] > 2 * share[styles // 2]


def test_who_is_engaged_stays_longer(small: World) -> None:
    who = small.shoppers.visitor
    engaged = small.visitors.engagement[who] > 0.5
    settled = small.shoppers.created < small.end - 60 * DAY
    left = small.left[who] < small.end
    assert left[settled & ~engaged].mean() > left[settled & engaged].mean() + 0.05


def test_without_come_backs_everybody_visits_once(tiny: World) -> None:
    still = replace(
        tiny.truths, visits=tiny.truths.visits | {"unknown_come_back": 0, "fades": 0, "ready_to_buy": 1.0}
    )
    lonely = simulate("tiny", 7, truths=still)
    unknown = lonely.visits.visitor[lonely.customer_of[lonely.visits.visitor] < 0]
    assert len(unknown) == len(np.unique(unknown))


def test_visits_have_their_hours(small: World) -> None:
    hour = small.visits.start[: small.counts().visits] % DAY // HOUR
    share = np.bincount(hour, minlength=24) / len(hour)
    assert share[20] > 6 * share[2]


def test_how_many_people_are_let_in_at_a_time_changes_nothing(
    tiny: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visiting, "_PEOPLE", 500)
    assert len(tiny.visitors) > 1_500
    few = simulate("tiny", 7)
    for part in ("visits", "orders", "lines", "tickets", "exposures"):
        one, other = getattr(tiny, part), getattr(few, part)
        assert all(np.array_equal(getattr(one, each.name), getattr(other, each.name)) for each in fields(one))


def test_people_who_come_only_after_the_end_change_nothing_without_an_effect(
    tiny: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = course_without(tiny, ["back_button"])
    monkeypatch.setattr(visiting, "_PEOPLE", 100)
    assert (tiny.visitors.arrived[-100:] >= tiny.end).all()
    few = course_without(tiny, ["back_button"])
    assert np.array_equal(whole.total, few.total)
    assert np.array_equal(whole.visits.start, few.visits.start)

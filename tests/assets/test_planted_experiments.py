"""What the company has planted in its experiments is what a read-out of their units says."""

import numpy as np

from lakehouse.experiments import Measured, Plan, Role, Summary, Verdict, read_out
from supercorp.clock import DAY
from supercorp.crowd.checkout import HOME
from supercorp.crowd.steps import CART, CHECKOUT, DONE, PAYMENT
from supercorp.world import World


class Units:
    """Who saw an experiment, and the sums that read it, counted from the first exposure to the end."""

    def __init__(self, world: World, name: str) -> None:
        self.plan = world.setting.by_name[name]
        seen = world.exposures.experiment == world.experiments.index(self.plan)
        mine = np.flatnonzero(seen & (world.exposures.at < self.plan.ended))
        self.who, self.treated = world.exposures.visitor[mine], world.exposures.treatment[mine]
        self.first = np.full(len(world.visitors), self.plan.ended)
        self.first[self.who] = world.exposures.at[mine]
        visits = world.visits
        self.buyer = np.full(len(world.orders), -1)
        self.buyer[visits.order[visits.order >= 0]] = visits.visitor[visits.order >= 0]
        orders, lines = world.orders.placed, np.bincount(world.lines.order, minlength=len(world.orders))
        self.counts = {
            "orders": self.count(self.buyer, orders),
            "orders_before": self.count(self.buyer, orders, before=True),
            "lines": self.count(self.buyer, orders, lines),
            "registrations": self.of_visits(world, visits.signup == DONE),
            "product_views": self.of_visits(world, visits.views),
            "product_lists": self.of_visits(world, visits.listed),
            "visits": self.of_visits(world, np.ones(len(visits))),
            "carts": self.of_visits(world, visits.cart >= CART),
            "checkouts": self.of_visits(world, visits.cart >= CHECKOUT),
            "payments_reached": self.of_visits(world, visits.cart >= PAYMENT),
        }

    def count(self, whose, at, amounts=None, *, before=False):
        first = self.first[whose]
        counts = (at < first) & (at >= first - 28 * DAY) if before else (at >= first) & (at < self.plan.ended)
        chosen = np.flatnonzero(counts & (whose >= 0))
        weights = None if amounts is None else amounts[chosen].astype(np.float64)
        return np.bincount(whose[chosen], weights, minlength=len(self.first))[self.who]

    def of_visits(self, world, amounts):
        # A visit lasts for minutes; that of the exposure is one after it.
        return self.count(world.visits.visitor, world.visits.start + DAY // 144, np.asarray(amounts))

    def measured(self, name, per=None, role=Role.PRIMARY, *, among=True):
        def summed(arm):
            chosen = arm & among
            parts = (self.counts[name], self.counts.get(per), self.counts.get(f"{name}_before"))
            return Summary.of(*(None if part is None else part[chosen] for part in parts))

        return Measured(name, "all", role, summed(~self.treated), summed(self.treated))

    def read(self, *measured):
        units = int((~self.treated).sum()), int(self.treated.sum())
        return read_out(Plan(self.plan.share, progress=1.0, relevant=0.03), units, measured)


def test_without_the_address_more_register(world):
    units = Units(world, "address_step_removed")
    (found,) = units.read(units.measured("registrations"))

    assert found.judgement.verdict is Verdict.BETTER
    assert found.low < 0.21 < found.high


def test_shipping_in_the_price_is_worse_at_home_and_not_abroad(world):
    units = Units(world, "shipping_in_price")
    home = world.visitors.country[units.who] == HOME
    everywhere, at_home, abroad = units.read(
        *(units.measured("orders", among=among) for among in (True, home, ~home))
    )

    assert everywhere.judgement.verdict is not Verdict.BETTER
    assert at_home.judgement.verdict is Verdict.WORSE
    assert abroad.judgement.verdict is not Verdict.WORSE


def test_a_colour_makes_no_difference(world):
    units = Units(world, "button_colour")
    (found,) = units.read(units.measured("orders"))

    assert found.judgement.verdict is Verdict.NO_DIFFERENCE_LARGER_THAN
    assert found.judgement.larger_than < 0.15


def test_a_redirect_that_loses_people_invalidates_its_test(world):
    units = Units(world, "recommended_first")
    (found,) = units.read(units.measured("product_views"))

    assert found.judgement.verdict is Verdict.INVALID_SPLIT


def test_of_many_metrics_of_the_redesign_none_moved_though_one_looks_like_it(world):
    units = Units(world, "product_page_redesign")
    others = [name for name in units.counts if name not in {"orders", "orders_before", "lines"}]
    found = units.read(
        units.measured("orders"),
        units.measured("lines", "orders", Role.GUARDRAIL),
        *(units.measured(name, None, Role.GUARDRAIL) for name in others),
    )

    assert {each.judgement.verdict for each in found} == {Verdict.NO_DIFFERENCE_LARGER_THAN}
    assert [each.measured.metric for each in found if each.p_value <= 0.05] == ["lines"]

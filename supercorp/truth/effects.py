"""The size of every planted effect: the quantity an analysis should estimate, its value, and whence it comes.

Each effect is a few quantities: ``name``, ``definition``, ``value`` and ``how``: "counted" in what happened,
"paired" (the same seed run with and without the effect), or "parameter" (closed form).
"""

import numpy as np
from numpy.typing import NDArray

from supercorp.clock import DAY, NEVER
from supercorp.crowd.devices import IOS_SAFARI
from supercorp.crowd.registering import EXPERIMENT as ADDRESS
from supercorp.crowd.steps import CHECKOUT, Visits
from supercorp.releases import release_time
from supercorp.truth.counterfactual import Course, course_of, course_without
from supercorp.truth.quantities import Quantities, quantity
from supercorp.truth.shipping import shipping_test
from supercorp.truth.tickets import fast_tickets
from supercorp.world import World

__all__ = ["effects"]

WINDOW_DAYS = 28


def effects(world: World) -> dict[str, Quantities]:
    """All of them; runs the simulation once more for each."""
    real = course_of(world)
    found: dict[str, Quantities] = {}
    for name, measure in _MEASURES.items():
        found[name] = measure(world, real, course_without(world, [name]))
    return found


def _safari_bug(world: World, real: Course, without: Course) -> Quantities:
    begun = release_time(world.releases, world.truths.effects["safari_bug"]["release"])

    def conversion(course: Course, *, before: bool) -> float:
        visits = course.visits
        device = visits.device.astype(np.int64)
        agent = world.visitors.agents(world.setting.dice, visits.visitor.astype(np.int64), device)
        chosen = IOS_SAFARI[agent] & ((visits.start < begun) if before else (visits.start >= begun))
        return float((visits.order[chosen] >= 0).mean())

    per_visit = "orders per visit on iOS Safari"
    return [
        quantity(
            "lost_orders", len(without.orders) - len(real.orders), "paired", "orders that were never placed"
        ),
        quantity(
            "conversion_before", conversion(real, before=True), "counted", f"{per_visit}, before the release"
        ),
        quantity(
            "conversion_after", conversion(real, before=False), "counted", f"{per_visit}, from the release on"
        ),
        quantity(
            "conversion_after_without",
            conversion(without, before=False),
            "paired",
            f"{per_visit}, had there been no bug",
        ),
    ]


def _back_button(world: World, real: Course, without: Course) -> Quantities:
    went_back = real.visits.went_back
    (next_failed, next_orders), (others_failed, others) = _next_orders(real)
    checkouts, others_ordered = _next_checkouts(real, until=world.end - DAY)
    return [
        quantity(
            "pressed",
            int(went_back.sum()),
            "counted",
            "orders after which Back was pressed on the confirmation page",
        ),
        quantity(
            "next_orders", next_orders, "counted", "orders that followed such an order of the same person"
        ),
        quantity(
            "next_failed", next_failed / max(next_orders, 1), "counted", "share of them whose payment failed"
        ),
        quantity(
            "others_failed",
            others_failed / max(others, 1),
            "counted",
            "share of all other orders whose payment failed",
        ),
        quantity(
            "next_checkouts",
            checkouts,
            "counted",
            "checkouts whose person's newest order before had ended so; without those of the last day",
        ),
        quantity(
            "others_ordered",
            others_ordered,
            "counted",
            "share with an order among the checkouts of all others who had ordered before",
        ),
        quantity(
            "lost_paid_orders",
            int((without.orders.paid != NEVER).sum() - (real.orders.paid != NEVER).sum()),
            "paired",
            "paid orders fewer, those included that spoiled customers never placed",
        ),
    ]


def _next_orders(course: Course) -> tuple[tuple[int, int], tuple[int, int]]:
    """Failed payments and orders: of those whose person's order before ended with Back, and of all others."""
    visits, _, after_back = _by_person(course.visits, course.visits.order >= 0)

    def failed(chosen: NDArray[np.bool_]) -> tuple[int, int]:
        orders = visits.order[chosen]
        orders = orders[orders < len(course.orders)]
        return int((course.orders.failed[orders] != NEVER).sum()), len(orders)

    return failed(after_back), failed(~after_back)


def _next_checkouts(course: Course, *, until: int) -> tuple[int, float]:
    """Checkouts that followed an order with Back, and the share with an order among those after another."""
    checkouts = (course.visits.cart >= CHECKOUT) & (course.visits.start < until)
    visits, follows, after_back = _by_person(course.visits, checkouts)
    others = visits.order[follows & ~after_back]
    return int(after_back.sum()), float((others >= 0).mean()) if len(others) else 0.0


def _by_person(
    visits: Visits, chosen: NDArray[np.bool_]
) -> tuple[Visits, NDArray[np.bool_], NDArray[np.bool_]]:
    """Some visits, person by person: which follow an order of theirs among them, and which one with Back."""
    visits = visits.take(chosen)
    visits = visits.take(np.lexsort((visits.start, visits.visitor)))
    newest = np.maximum.accumulate(np.where(visits.order >= 0, np.arange(len(visits)), -1))
    newest = np.append(-1, newest)[: len(visits)]
    follows = (newest >= 0) & (visits.visitor[newest] == visits.visitor)
    return visits, follows, follows & visits.went_back[newest]


def _start_page(world: World, real: Course, without: Course) -> Quantities:
    begun = release_time(world.releases, world.truths.effects["start_page"]["release"])
    day = begun // DAY
    room = min(day - world.setting.first // DAY, world.end // DAY - day - 1, WINDOW_DAYS)

    def registrations(course: Course, first: int) -> int:
        registered = course.registered[course.registered != NEVER]
        of_day = registered // DAY
        return int(((of_day >= first) & (of_day < first + room)).sum())

    before, after = registrations(real, day - room), registrations(real, day + 1)
    season = registrations(without, day + 1)
    span = f"registrations of the {room} days after the day of the release"
    return [
        quantity("days", room, "counted", "length of the windows before and after the day of the release"),
        quantity("observed", after / max(before, 1) - 1, "counted", f"{span}, against as many days before"),
        quantity("season", season / max(before, 1) - 1, "paired", "the same, had the page not been launched"),
        quantity(
            "real", after / max(season, 1) - 1, "paired", f"{span}, against the same days without the page"
        ),
        quantity(
            "real_share",
            (after - season) / max(after - before, 1),
            "paired",
            "share of the observed growth that is the page's",
        ),
    ]


def _card_flow(world: World, real: Course, without: Course) -> Quantities:
    begun = release_time(world.releases, world.truths.effects["card_flow"]["release"])
    methods = list(world.truths.orders["payment_methods"])
    after = real.orders.placed >= begun
    by_card = after & (real.orders.method == methods.index("card"))
    saved = np.zeros(len(real.orders), dtype=np.bool_)
    used = real.visits.order[real.visits.saved_card & (real.visits.order >= 0)]
    saved[used[used < len(saved)]] = True
    gain = int(after.sum()) / max(int((without.orders.placed >= begun).sum()), 1) - 1
    return [
        quantity(
            "orders_gained",
            len(real.orders) - len(without.orders),
            "paired",
            "orders more, thanks to the new flow",
        ),
        quantity(
            "relative_gain", gain, "paired", "orders after the release, against the same days without it"
        ),
        quantity(
            "factor",
            world.truths.effects["card_flow"]["orders"],
            "parameter",
            "chance of an order for who uses it",
        ),
        quantity(
            "adoption",
            saved[by_card].mean() if by_card.any() else 0,
            "counted",
            "share of orders by card that used it",
        ),
    ]


def _address_test(world: World, real: Course, without: Course) -> Quantities:
    experiment = world.setting.by_name[ADDRESS]
    number = world.experiments.index(experiment)
    seen = real.visits.take((real.visits.seen >> np.uint8(number) & 1).astype(np.bool_))
    who = np.unique(seen.visitor.astype(np.int64))
    treatment = world.setting.treats(ADDRESS, who, np.full(len(who), experiment.begun))

    def rate(course: Course, *, treated: bool) -> float:
        chosen = who[treatment == treated]
        return float((course.registered[chosen] < experiment.ended).mean()) if len(chosen) else 0.0

    meaning = "registered by the end of the test, per visitor who began to sign up"
    true = rate(real, treated=True) / max(rate(without, treated=True), 1e-9) - 1
    seen_lift = rate(real, treated=True) / max(rate(real, treated=False), 1e-9) - 1
    return [
        quantity("control", rate(real, treated=False), "counted", f"{meaning}: control"),
        quantity("treatment", rate(real, treated=True), "counted", f"{meaning}: treatment"),
        quantity("observed_lift", seen_lift, "counted", "relative difference of the two"),
        quantity(
            "true_lift", true, "paired", "of the treatment's visitors, against themselves with the step"
        ),
        quantity(
            "lift_per_attempt",
            1 / world.truths.registration["address"] - 1,
            "parameter",
            "of a single attempt to register: one over the share who pass the step",
        ),
    ]


_MEASURES = {
    "safari_bug": _safari_bug,
    "back_button": _back_button,
    "start_page": _start_page,
    "card_flow": _card_flow,
    "fast_tickets": fast_tickets,
    "address_test": _address_test,
    "shipping_test": shipping_test,
}

"""Which campaign a buyer's browsers show: retold visit by visit, and where it differs from the cause."""

from collections import defaultdict

import numpy as np

from supercorp.crowd.steps import DONE
from supercorp.truth.touches import first_touches
from supercorp.world import World


def read_as(world: World) -> dict[int, int]:
    """The customer as whose each visit is read, told browser by browser."""
    visits = world.visits.take(slice(world.counts().visits))
    on_browser = defaultdict(list)
    for place, (who, device) in enumerate(zip(visits.visitor, visits.device, strict=True)):
        owner = world.visitors.owner[who] if device == 0 else who
        on_browser[int(owner), int(device)].append(place)
    whose: dict[int, int] = {}
    for places in on_browser.values():
        last, nameless = -1, []
        for place in places:
            signs_in = visits.signs_in[place] > 0 or visits.signup[place] == DONE
            customer = int(world.customer_of[visits.visitor[place]])
            whose[place] = customer if visits.known[place] else last
            if whose[place] < 0:
                nameless.append(place)
            if visits.known[place] or signs_in:
                last = customer
                whose |= dict.fromkeys(nameless, last)
                nameless = []
    return whose


def retold(world: World) -> list[int]:
    """The campaigns that are shown first, told visit by visit."""
    visits, whose = world.visits.take(slice(world.counts().visits)), read_as(world)
    email = [each.name for each in world.truths.channels].index("email")
    placed: dict[int, int] = {}
    orders = world.counts().orders
    for customer, at in zip(world.orders.customer[:orders], world.orders.placed[:orders], strict=True):
        placed[int(customer)] = min(int(at), placed.get(int(customer), int(at)))
    first: dict[int, int] = {}
    for place, customer in sorted(whose.items()):
        campaign = int(visits.campaign[place])
        paid = campaign >= 0 and not world.campaigns[campaign].by_letter
        named = paid or visits.channel[place] == email
        if named and visits.start[place] <= placed.get(customer, -1):
            first.setdefault(customer, campaign if paid else -1)
    return [first.get(customer, -1) for customer in range(world.counts().shoppers)]


def test_what_browsers_show_is_told_visit_by_visit(tiny: World) -> None:
    assert first_touches(tiny).tolist() == retold(tiny)


def test_a_borrowed_browser_shows_its_owners_click(small: World) -> None:
    shown, whose = first_touches(small), small.shoppers.visitor[: small.counts().shoppers]
    theirs = small.visitors.campaign[whose]
    seen = shown >= 0
    borrows = small.visitors.owner[whose] != whose
    wrong = seen & (shown != theirs)
    assert np.mean(wrong[seen & borrows]) > 10 * np.mean(wrong[seen & ~borrows]) > 0

"""What people did, counted: registration, conversion by device and release, who left, who shares a device."""

from typing import Any

import numpy as np

from supercorp.clock import NEVER
from supercorp.crowd.devices import AGENTS
from supercorp.crowd.steps import BEGAN, DETAILED, DONE, SIGNED_UP
from supercorp.dice import Indices
from supercorp.releases import FIRST_VERSION, version_at
from supercorp.world import World

__all__ = ["churned", "conversion", "devices", "registration_funnel"]


def registration_funnel(world: World) -> dict[str, int]:
    """How many visitors got to each step, once at least; ``address`` is seeing that step."""
    visits = world.visits.take(slice(world.counts().visits))
    customer = world.customer_of[visits.visitor]
    unknown = (customer < 0) | (visits.start < world.shoppers.created[customer])
    skipped = unknown & visits.no_address

    def people(chosen: np.ndarray[Any, np.dtype[np.bool_]]) -> int:
        return len(np.unique(visits.visitor[chosen]))

    return {
        "landed": people(unknown),
        "sign_up": people(unknown & (visits.signup >= BEGAN)),
        "details": people(unknown & (visits.signup >= SIGNED_UP)),
        "address": people(unknown & ~skipped & (visits.signup >= DETAILED)),
        "done": people(unknown & (visits.signup == DONE)),
        "done_without_address_step": people(skipped & (visits.signup == DONE)),
    }


def conversion(world: World) -> list[dict[str, Any]]:
    """Visits, and visits with an order, by form, system, browser and release of the front end."""
    visits = world.visits.take(slice(world.counts().visits))
    agent = world.visitors.agents(
        world.setting.dice, visits.visitor.astype(np.int64), visits.device.astype(np.int64)
    )
    kinds = sorted({(each.form, each.system, each.browser) for each in AGENTS})
    kind = np.asarray([kinds.index((each.form, each.system, each.browser)) for each in AGENTS])[agent]
    versions = [FIRST_VERSION, *(each.version for each in world.releases)]
    cell = kind * len(versions) + version_at(world.releases, visits.start) + 1
    total = np.bincount(cell, minlength=len(kinds) * len(versions))
    ordered = np.bincount(cell[visits.order >= 0], minlength=len(total))
    return [
        {
            "form": kinds[each // len(versions)][0],
            "system": kinds[each // len(versions)][1],
            "browser": kinds[each // len(versions)][2],
            "version": versions[each % len(versions)],
            "visits": int(total[each]),
            "orders": int(ordered[each]),
        }
        for each in np.flatnonzero(total).tolist()
    ]


def churned(world: World) -> list[int]:
    """The ids of the customers who have ordered, or meant to, and stopped buying within the history."""
    customers = np.arange(world.counts().shoppers)
    left = world.left[world.shoppers.visitor[customers]]
    ids: list[int] = (customers[(left != NEVER) & (left < world.end)] + 1).tolist()
    return ids


def devices(world: World) -> dict[str, int]:
    """Devices (anonymous ids) and the customers signed in on them, over the visits of the history.

    ``shared``: devices with several customers; ``several``: customers with several devices.
    """
    visits = world.visits.take(slice(world.counts().visits))
    who, device = visits.visitor.astype(np.int64), visits.device.astype(np.int64)
    every, signed = world.visitors.browser(who, device), visits.signed_in
    pairs = np.unique(np.stack([every[signed], world.customer_of[who[signed]]], axis=1), axis=0)

    def repeated(values: Indices) -> int:
        return int((np.unique(values, return_counts=True)[1] > 1).sum())

    return {
        "devices": len(np.unique(every)),
        "signed_in": len(np.unique(pairs[:, 0])),
        "shared": repeated(pairs[:, 0]),
        "several": repeated(pairs[:, 1]),
    }

"""The registries that the teams keep in the shop's database: releases, experiments, and who is in them."""

import json
from collections.abc import Iterator

import numpy as np

from supercorp.application.changes import Change, Insert
from supercorp.application.moments import Moments
from supercorp.application.shop_journal import update
from supercorp.clock import DAY, MINUTE, texts
from supercorp.experiments import ARMS, Experiment
from supercorp.rows import Indices, Rows
from supercorp.world import World

__all__ = ["RegistryJournal", "ReleaseRow", "released"]

_PLANNED_BEFORE = 5 * DAY
ReleaseRow = tuple[str, str, str, str, str | None, str | None, float | None]


def released(world: World) -> list[tuple[int, ReleaseRow]]:
    """Moment and row of every release by time: the front end's, and the two that change the database."""
    shop = world.operations.shop
    rows: list[tuple[int, ReleaseRow]] = [
        (
            each.released,
            (
                "shop_front",
                each.version,
                each.title,
                f"team:{each.team}",
                each.feature,
                each.event,
                each.planned_adoption,
            ),
        )
        for each in world.releases
    ]
    gift = ("shop_back", "41.0", "An order can be a gift", "team:checkout", "gift", None, None)
    wallet = ("shop_back", "42.0", "Payment by wallet", "team:checkout", "wallet", None, None)
    return sorted([*rows, (shop.gift_added, gift), (shop.wallet_added, wallet)])


class RegistryJournal:
    """The registries' part of the database, by time."""

    def __init__(self, world: World) -> None:
        opened = world.setting.first + MINUTE
        self._releases = released(world)
        planned = [max(each.begun - _PLANNED_BEFORE, opened) for each in world.experiments]
        by_plan = np.argsort(planned, kind="stable")
        self._experiments: list[tuple[int, Experiment]] = [
            (planned[number], world.experiments[number]) for number in by_plan.tolist()
        ]
        self._ids = np.argsort(by_plan) + 1
        self._exposures = world.exposures
        self._assigned, self._assigned_at = _of_customers(world)
        self.moments = {
            "releases": Moments(np.asarray([at for at, _ in self._releases], dtype=np.int64)),
            "assigned": Moments(self._assigned_at),
            "planned": Moments(np.asarray([at for at, _ in self._experiments], dtype=np.int64)),
            "begun": Moments(np.asarray([each.begun for _, each in self._experiments], dtype=np.int64)),
            "ended": Moments(np.asarray([each.ended for _, each in self._experiments], dtype=np.int64)),
        }

    def inserts(self, start: int, end: int) -> Iterator[Change]:
        """Releases as they go out, experiments as they are planned."""
        releases: Rows = []
        for position in self.moments["releases"].within(start, end).tolist():
            moment, row = self._releases[position]
            at = _text(moment)
            releases.append((position + 1, *row, at, at, at))
        yield Insert("releases", releases)
        planned: Rows = []
        for position in self.moments["planned"].within(start, end).tolist():
            moment, each = self._experiments[position]
            planned.append(_row(position, each, _text(moment)))
        yield Insert("experiments", planned)
        yield Insert("experiment_assignments", self._assignments(self.moments["assigned"].within(start, end)))

    def _assignments(self, positions: Indices) -> Rows:
        exposures, chosen = self._exposures, self._assigned[positions]
        at = texts(self._assigned_at[positions])
        return [
            (position + 1, experiment, customer + 1, ARMS[arm], when, when)
            for position, experiment, customer, arm, when in zip(
                positions.tolist(),
                self._ids[exposures.experiment[chosen]].tolist(),
                exposures.customer[chosen].tolist(),
                exposures.treatment[chosen].astype(int).tolist(),
                at,
                strict=True,
            )
        ]

    def updates(self, start: int, end: int) -> Iterator[Change]:
        """Experiments that begin, and those that end, with what was learned and is to follow."""
        begun = self.moments["begun"].within(start, end)
        if len(begun):
            at = np.asarray([self._experiments[each][1].begun for each in begun.tolist()])
            yield update("experiments", begun, at, status=("text", ["running"] * len(begun)))
        ended = self.moments["ended"].within(start, end)
        if len(ended):
            done = [self._experiments[each][1] for each in ended.tolist()]
            at = np.asarray([each.ended for each in done])
            yield update(
                "experiments",
                ended,
                at,
                status=("text", ["finished"] * len(done)),
                learned=("text", [each.learned for each in done]),
                follow_up=("text", [each.follow_up for each in done]),
            )


def _of_customers(world: World) -> tuple[Indices, Indices]:
    """The exposures that the database knows, of experiments on customers, and when it learns of each.

    Of those who register in the very visit in which they see it, it learns when they are customers.
    """
    exposures, shoppers = world.exposures, world.shoppers
    on_customers = np.asarray([each.subject == "customer" for each in world.experiments], dtype=bool)
    customer = np.maximum(exposures.customer, 0)
    at = np.maximum(exposures.at, shoppers.created[customer])
    known = (exposures.customer >= 0) & on_customers[exposures.experiment]
    known &= at < np.asarray([each.ended for each in world.experiments])[exposures.experiment]
    chosen = np.flatnonzero(known & (at < shoppers.forgotten[customer]))
    chosen = chosen[np.argsort(at[chosen], kind="stable")]
    return chosen, at[chosen]


def _row(position: int, each: Experiment, at: str) -> tuple[object, ...]:
    return (
        position + 1,
        each.name,
        each.hypothesis,
        each.guess,
        each.relevant,
        each.metric,
        json.dumps(each.guardrails),
        each.subject,
        each.segment,
        each.owner,
        each.share,
        "planned",
        None,
        None,
        _text(each.begun),
        _text(each.ended),
        at,
        at,
    )


def _text(moment: int) -> str:
    return texts(np.asarray([moment]))[0]

"""What the company's application writes in a span of time: inserts first, then updates, then deletions."""

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np

from supercorp.application.changes import AddColumn, Change, DropVendor, Forget, Insert, Refill, Update
from supercorp.application.office_journal import OfficeJournal
from supercorp.application.registries import RegistryJournal
from supercorp.application.shop_journal import ShopJournal
from supercorp.clock import Times, midnight
from supercorp.world import World

__all__ = [
    "AddColumn",
    "Change",
    "DropVendor",
    "Forget",
    "Insert",
    "Journal",
    "Refill",
    "Update",
    "changes_on",
    "day_window",
]


class Journal:
    """All that is written into the database, by time: made once, asked for any span."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._shop = ShopJournal(world)
        self._office = OfficeJournal(world)
        self._registries = RegistryJournal(world)

    def changes(self, start: int, end: int) -> Iterator[Change]:
        """The changes from ``start`` to before ``end``, in an order that the foreign keys allow.

        Every time in them lies in that span. Of rows inserted, there is one entry per table, possibly empty.
        """
        shop, office, registries = self._shop, self._office, self._registries
        yield from office.vendors(start, end)
        for journal in (shop, office, registries):
            yield from journal.inserts(start, end)
        for journal in (shop, office, registries):
            yield from journal.updates(start, end)
        for journal in (office, shop):
            yield from journal.deletes(start, end)

    def moments(self, start: int, end: int) -> Times:
        """The moments from ``start`` to before ``end`` at which something is written, each once."""
        parts = (self._shop, self._office, self._registries)
        found = [each.times(start, end) for part in parts for each in part.moments.values()]
        return np.unique(np.concatenate(found))


def day_window(day: date) -> tuple[int, int]:
    """The moments at which a day begins and ends."""
    return midnight(day), midnight(day + timedelta(days=1))


def changes_on(world: World, day: date) -> Iterator[Change]:
    """One day's changes; for many days, ask one :class:`Journal`."""
    return Journal(world).changes(*day_window(day))

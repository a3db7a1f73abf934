"""Running the company's history into its database, day by day."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from supercorp.database import OFFICE_TABLES, TABLES, connect, open_shop, write_day
from supercorp.days import Journal
from supercorp.refusals import database_refusals, disk_refusals
from supercorp.truth import write_truth
from supercorp.truths import Truths
from supercorp.world import LAST_DAY, World, simulate

__all__ = ["HistoryResult", "run_history"]

_SAY_EVERY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class HistoryResult:
    """What was written: days and rows (inserted, updated or deleted). Nothing, if it was there.

    ``world`` is the company whose history it is.
    """

    world: World
    first_day: date
    last_day: date
    days_written: int
    rows_written: int

    @property
    def was_there(self) -> bool:
        """Whether the database held the whole history already."""
        return self.days_written == 0


def run_history(
    url: str,
    size: str = "small",
    seed: int = 7,
    *,
    last_day: date = LAST_DAY,
    days: int | None = None,
    on_day: Callable[[date], None] | None = None,
    truth_file: Path | None = None,
    truths: Truths | None = None,
    fresh: bool = False,
    say: Callable[[str], None] | None = None,
) -> HistoryResult:
    """Bring the database to the end of the history; ``on_day`` is called after each day is committed.

    A history that was broken off goes on where it stopped; one that is there is left alone.
    ``truth_file`` gets what was planted (see :mod:`supercorp.truth`). ``say`` gets a line about
    progress every two seconds. Raises :class:`DatabaseError` when the database does not answer or
    holds another history, and when it or the disk refuses.
    """
    tell = say or (lambda _: None)
    world = simulate(size, seed, last_day=last_day, days=days, truths=truths)
    rows = written = 0
    with database_refusals(), connect(url) as connection:
        done = open_shop(connection, world, fresh=fresh).days_done
        if done == world.days:
            tell(f"the database already holds the history of {size} with seed {seed}, to {last_day}")
        said, journal = time.monotonic(), Journal(world)
        for number in range(done, world.days):
            day = world.first_day + timedelta(days=number)
            rows += write_day(connection, journal, day)
            written += 1
            if on_day:
                on_day(day)
            if time.monotonic() - said > _SAY_EVERY_SECONDS:
                said = time.monotonic()
                tell(f"history: {day}, day {number + 1} of {world.days}, {rows:,} rows written")
        if written:
            connection.autocommit = True
            connection.execute(f"ANALYZE {', '.join((*TABLES, *OFFICE_TABLES))}".encode())
    if truth_file:
        with disk_refusals(truth_file):
            write_truth(world, truth_file)
    return HistoryResult(world, world.first_day, last_day, written, rows)

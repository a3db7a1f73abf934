"""Whether a number can be trusted today: from the tables' own logs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from lakehouse.engine import deltalog
from lakehouse.lake import Lake

__all__ = ["Health", "health_of"]


@dataclass(frozen=True, slots=True)
class Health:
    """One table's: its version and run, when it was last written, and what its newest checks found.

    ``late`` is whether it is older than its dataset allows; ``aside`` the rows that the newest batch set
    aside, ``broken`` the rules that it broke, of ``rules``.
    """

    table: str
    owner: str
    version: int
    run: str
    as_of: datetime
    late: bool
    rules: int
    broken: int
    aside: int

    @property
    def sound(self) -> bool:
        """Fresh, and nothing broken."""
        return not self.late and not self.broken

    @property
    def words(self) -> str:
        """In one phrase."""
        checks = f"{self.rules - self.broken} of {self.rules} checks passed"
        aside = f", {self.aside:,} rows set aside" if self.aside else ""
        return ("late, " if self.late else "fresh, ") + checks + aside


def health_of(lake: Lake, tables: Iterable[str], *, now: datetime | None = None) -> tuple[Health, ...]:
    """The health of some of the lake's tables, by ``layer.name``; those never written are left out."""
    found = []
    for name in sorted(set(tables)):
        dataset = lake.catalog.datasets.get(name.partition(".")[2])
        last = deltalog.latest_record(lake.table(dataset)) if dataset else None
        if dataset is None or last is None or last.record is None:
            continue
        age = (now or datetime.now(UTC)) - last.committed_at
        record = last.record
        found.append(
            Health(
                table=name,
                owner=dataset.owner,
                version=last.version,
                run=record.run,
                as_of=last.committed_at,
                late=dataset.freshness is not None and age > dataset.freshness,
                rules=len(record.rules),
                broken=sum(count.broken > 0 for count in record.rules.values()),
                aside=record.rows_quarantined,
            )
        )
    return tuple(found)

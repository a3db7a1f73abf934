"""Comparing a source's tables with silver, as of one moment of the database."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from lakehouse.capture.changes.slot import log_position
from lakehouse.capture.postgres import connect, one_moment, plain_errors
from lakehouse.lake import Lake
from lakehouse.trust.reconciliation.explaining import (
    Key,
    Place,
    Standing,
    erased,
    reasons,
    standing,
)
from lakehouse.trust.reconciliation.feed import Feed
from lakehouse.trust.reconciliation.pairing import Pair, pairs
from lakehouse.trust.reconciliation.sides import Landing, Silver, Source

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["Report", "reconcile", "told"]

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Report:
    """One table, held against its source.

    ``keys`` the source has; of them silver has others (``differ``), lacks some (``lost``) or has some more
    than once (``doubled``). What silver has and the source no longer has differs too. These count what
    nothing explains; ``explained`` counts the rest by reason. ``examples`` are a few of the keys that
    differ without a reason, none that may be personal; ``left_out`` are columns that silver has
    otherwise than the source.
    """

    table: str
    dataset: str
    keys: int
    differ: int = 0
    lost: int = 0
    doubled: int = 0
    explained: Mapping[str, int] = field(default_factory=dict)
    examples: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether every difference is explained."""
        return not (self.differ or self.lost or self.doubled)


def told(report: Report) -> str:
    """A report as a line: ``shop.orders keys=12 differ=0 lost=0 doubled=0``, then what is explained."""
    line = (
        f"{report.table} keys={report.keys} differ={report.differ} lost={report.lost}"
        f" doubled={report.doubled}"
    )
    because = ", ".join(f"{count} {reason}" for reason, count in report.explained.items())
    return f"{line} explained={sum(report.explained.values())} ({because})" if because else line


def reconcile(
    lake: Lake,
    database: "str | Connection[Any]",
    system: str,
    *,
    names: Sequence[str] = (),
    schema: str | None = None,
    drained: bool = False,
    patience: float = 0.0,
) -> Iterator[Report]:
    """Hold silver against its source, table by table; those of the silver datasets ``names``, or all.

    ``database`` is a URL or an open connection, ``schema`` where its tables are (default: the search
    path). All tables are read as of one moment. Where a key differs, a capture is given ``patience`` seconds
    to land what was committed up to that moment: then whatever is on its way is seen in the bucket, key by
    key. As long as it has not, a row that may have changed since is on its way; unless the caller has
    ``drained`` the capture, so that all that the database holds has landed. Raises
    :class:`~lakehouse.errors.SourceError` where a table is not there or not readable.
    """
    # How far silver is, is asked before the moment: it may be further than the database was then.
    todo = [(pair, standing(lake, pair)) for pair in pairs(lake, system, names)]
    with plain_errors(system), connect(database) as connection, _moment(connection) as position:
        feed = None if drained else Feed(lake, connection, system)
        landing = Landing(feed, position, time.monotonic() + patience, feed.horizon() if feed else None)
        for pair, then in todo:
            source = Source(lake, connection, pair, schema, landing)
            with plain_errors(pair.name):
                yield _Comparison(lake, pair, then, source, landing).report()


@contextmanager
def _moment(connection: "Connection[Any]") -> Iterator[int]:
    """A transaction that sees one moment, and a log position at or after which nothing is seen."""
    connection.rollback()
    with one_moment(connection):
        yield log_position(connection)


@dataclass(frozen=True, slots=True)
class _Difference:
    """A key that is not alike on both sides; ``place`` is silver's version, empty where it has none.

    ``young``: the source's row may have been written, or removed, after what has landed for certain.
    """

    kind: str
    place: Place
    young: bool
    erased: bool


@dataclass(frozen=True, slots=True)
class _Comparison:
    lake: Lake
    pair: Pair
    then: Standing
    source: Source
    landing: Landing

    def report(self) -> Report:
        """Compare ranges, then the keys of those that differ."""
        theirs, ours = self.source.sums(), Silver(self.lake, self.pair).sums()
        keys = sum(each.rows for each in theirs.values())
        ranges = {number for number in {*theirs, *ours} if theirs.get(number) != ours.get(number)}
        silver = self.pair.silver.full_name
        equal = Report(self.pair.name, silver, keys, left_out=self.pair.left_out)
        return self._of_keys(ranges, equal) if ranges else equal

    def _of_keys(self, ranges: set[int], known: Report) -> Report:
        found = self._differences(ranges)
        landed = self.landing.done()  # asked first, so that what has landed is seen in the bucket
        why = self._explained(found, landed=landed)
        if not landed and "in the log" in why.values() and self.landing.done(wait=True):
            why = self._explained(found, landed=True)
        counts, explained, examples = Counter[str](), Counter[str](), list[str]()
        for key in sorted(found):
            each = found[key]
            if key in why and each.kind != "doubled":
                explained[why[key]] += 1
                continue
            counts[each.kind] += 1
            if len(examples) < _SHOWN and self._may_be_shown(key):
                examples.append(f"{', '.join(key)} ({each.kind})")
        return replace(
            known,
            differ=counts["differ"],
            lost=counts["lost"],
            doubled=counts["doubled"],
            explained=dict(explained),
            examples=tuple(examples),
        )

    def _may_be_shown(self, key: Key) -> bool:
        """Whether a key says nothing about anybody: neither by its contract nor, perhaps, by its text."""
        personal = any(column.pii for column in self.pair.key)
        return not personal and not any("@" in text or "%40" in text for text in key)

    def _differences(self, ranges: set[int]) -> dict[Key, _Difference]:
        gone, theirs = erased(self.lake, self.pair), dict[Key, tuple[int, bool, bool]]()
        for key, number, texts, young in self.source.rows(ranges):
            theirs[key] = (number, young, gone(texts))
        ours, times = dict[Key, tuple[int, Place]](), Counter[Key]()
        for key, number, place in Silver(self.lake, self.pair).rows(ranges):
            ours[key] = (number, place)
            times[key] += 1
        found: dict[Key, _Difference] = {}
        for key in theirs.keys() | ours.keys():
            has, young, about = theirs.get(key, (None, True, False))
            held, place = ours.get(key, (None, ()))
            kind = _kind(has, held, times[key])
            if kind:
                found[key] = _Difference(kind, place, young, about)
        return found

    def _explained(self, found: Mapping[Key, _Difference], *, landed: bool) -> dict[Key, str]:
        """The reasons of those keys that have one."""
        known, told = reasons(self.lake, self.pair, found, self.then), dict[Key, str]()
        for key, each in found.items():
            reason = next((name for name, holds in known.items() if holds(key, each.place)), None)
            if reason is None and each.young and not landed:
                reason = "in the log"
            if each.erased or reason:
                told[key] = "erased" if each.erased else str(reason)
        return told


def _kind(theirs: int | None, ours: int | None, times: int) -> str | None:
    """What is wrong with a key, if anything is."""
    if times > 1:
        return "doubled"
    if ours is None:
        return "lost"
    return None if theirs == ours else "differ"

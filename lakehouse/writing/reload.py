"""Before a table is made anew from what it reads: what that would do, told from logs and listings alone.

How it is done is the write path's: the same triggers as any run, one commit, judged and audited like any.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog
from lakehouse.engine.asking import ask, rows_by_window
from lakehouse.errors import LakehouseError, explain
from lakehouse.lake import Lake
from lakehouse.trust.inspection import open_count
from lakehouse.writing import feeds
from lakehouse.writing.pending import loads_taken, pending
from lakehouse.writing.request import Request, Trigger

__all__ = ["Outlook", "loads_between", "outlook"]

Span = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a reload would do.

    ``rows`` the table, or the span of it, has now; ``what`` is read in their place, in words; ``lost`` loads
    were taken and are no longer in the bucket, so their rows would be gone; ``seconds`` the last such batch
    took; ``waiting`` rows of the table are in quarantine, and those would be judged again that are of what is
    read; ``readers`` read the table.
    """

    dataset: str
    rows: int
    what: str
    lost: tuple[str, ...]
    seconds: float | None
    waiting: int
    readers: tuple[str, ...]


def outlook(lake: Lake, dataset: Dataset, span: Span | None = None) -> Outlook:
    """What reloading a table would do: all of it, or a span of windows, or of a bronze table's arrivals.

    Raises :class:`LakehouseError` where there is nothing to reload, or the table has no such span.
    """
    table = lake.table(dataset)
    if not deltalog.exists(table):
        raise LakehouseError(
            explain(
                "there is no table to reload",
                where=dataset.full_name,
                remedy=f"`lakehouse run {dataset.name}`",
            )
        )
    lost: tuple[str, ...] = ()
    rows: int | None = None
    if dataset.source:
        listed = feeds.loads_in(lake, dataset.source).loads
        there = {load.load_id for load in listed}
        meant = loads_between(lake, dataset, *span) if span else tuple(sorted(loads_taken(lake, dataset)))
        lost = tuple(load for load in meant if load not in there)
        if span:
            pending(lake, dataset, Request("outlook", Trigger.RELOAD, loads=meant))
            rows = _rows_of_loads(lake, dataset, meant)
        loads = [load for load in listed if not span or load.load_id in meant]
        told = sum(load.rows for load in loads)
        what = f"{len(loads):,} loads of {dataset.source.name}, {told:,} rows by their manifests"
    elif span:
        if dataset.partitions is None:
            raise LakehouseError(
                explain(
                    "the table has no windows, so no part of it can be reloaded",
                    where=dataset.full_name,
                    remedy="leave out --from and --to",
                )
            )
        dataset.partitions.check_range(*span, dataset.full_name)
        windows = dataset.partitions.keys_between(*span)
        held = rows_by_window(lake.table(dataset), dataset.partitions)
        rows = sum(held.get(window, 0) for window in windows)
        what = f"{len(windows):,} windows of {', '.join(dataset.inputs)}"
    else:
        what = f"all of {', '.join(dataset.inputs)}"
    return Outlook(
        dataset.full_name,
        _rows(lake, dataset) if rows is None else rows,
        what,
        lost,
        _seconds(lake, dataset, span),
        open_count(lake, dataset),
        tuple(each.full_name for each in lake.catalog if dataset.name in each.inputs),
    )


def loads_between(lake: Lake, dataset: Dataset, first: str, last: str) -> tuple[str, ...]:
    """The loads taken that arrived from one day to another, both included, in UTC.

    Told from the table's own rows and the bucket: what is no longer in the bucket is named too. Raises
    :class:`LakehouseError` where there are none.
    """
    if dataset.source is None:
        raise LakehouseError(explain("only bronze tables have loads", where=dataset.full_name))
    start, end = _day(first), _day(last)
    listed = feeds.loads_in(lake, dataset.source).loads
    taken = loads_taken(lake, dataset)
    found = {load.load_id for load in listed if start <= load.arrived_at.astimezone(UTC).date() <= end}
    text = f"SELECT DISTINCT _load_id FROM t WHERE cast(_arrived_at AS date) BETWEEN '{start}' AND '{end}'"
    rows = ask(lake.table(dataset), text)
    between = tuple(sorted((found & taken) | {row["_load_id"] for row in rows}))
    if not between:
        raise LakehouseError(
            explain(
                "no load that was taken arrived in these days",
                where=dataset.full_name,
                expected="the first day of arrival (UTC), then the last",
                found=f"{first} to {last}",
            )
        )
    return between


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise LakehouseError(
            explain("this is no day", expected="one such as 2026-05-04", found=repr(text))
        ) from None


def _rows(lake: Lake, dataset: Dataset) -> int:
    return int(ask(lake.table(dataset), "SELECT count(*) AS n FROM t")[0]["n"])


def _rows_of_loads(lake: Lake, dataset: Dataset, loads: Sequence[str]) -> int:
    found = ask(lake.table(dataset), "SELECT _load_id AS load, count(*) AS n FROM t GROUP BY 1")
    return sum(row["n"] for row in found if row["load"] in loads)


def _seconds(lake: Lake, dataset: Dataset, span: Span | None) -> float | None:
    """How long the newest batch of the kind took; of the first, built whole, where there was none."""
    kinds = {Trigger.RELOAD.value, Trigger.BACKFILL.value} if span else {Trigger.REBUILD.value}
    records = [commit.record for commit in deltalog.commits(lake.table(dataset)) if commit.record]
    found = [record.seconds for record in records if record.trigger in kinds]
    if found:
        return found[0]
    return None if span or not records else records[-1].seconds

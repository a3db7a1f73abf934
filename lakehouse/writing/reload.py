"""Before a table is made anew from what it reads: what that would do, told from logs and listings alone.

How it is done is the write path's: the same triggers as any run, one commit, judged and audited like any.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pyarrow as pa
from deltalake import QueryBuilder

from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog
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

    ``rows`` the table has now; ``what`` is read in their place, in words; ``lost`` loads were taken and are
    no longer in the bucket, so their rows would be gone; ``seconds`` the last such batch took; ``waiting``
    rows in quarantine would be judged again; ``readers`` read the table.
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
    if dataset.source:
        listed = feeds.loads_in(lake, dataset.source).loads
        there = {load.load_id for load in listed}
        meant = loads_between(lake, dataset, *span) if span else tuple(sorted(loads_taken(lake, dataset)))
        lost = tuple(load for load in meant if load not in there)
        if span:
            pending(lake, dataset, Request("outlook", Trigger.RELOAD, loads=meant))
        loads = [load for load in listed if not span or load.load_id in meant]
        rows = sum(file.rows or 0 for load in loads for file in load.files)
        what = f"{len(loads):,} loads of {dataset.source.name}, {rows:,} rows by their manifests"
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
        what = f"{len(dataset.partitions.keys_between(*span)):,} windows of {', '.join(dataset.inputs)}"
    else:
        what = f"all of {', '.join(dataset.inputs)}"
    return Outlook(
        dataset.full_name,
        _rows(lake, dataset),
        what,
        lost,
        _seconds(lake, dataset, span),
        open_count(lake, dataset),
        tuple(each.full_name for each in lake.catalog if dataset.name in each.inputs),
    )


def loads_between(lake: Lake, dataset: Dataset, first: str, last: str) -> tuple[str, ...]:
    """The loads taken that arrived from one day to another, both included, in UTC.

    Told from the table's own rows and the bucket: what is no longer in the bucket is named too.
    """
    if dataset.source is None:
        raise LakehouseError(explain("only bronze tables have loads", where=dataset.full_name))
    start, end = _day(first), _day(last)
    listed = feeds.loads_in(lake, dataset.source).loads
    taken = loads_taken(lake, dataset)
    found = {load.load_id for load in listed if start <= load.arrived_at.astimezone(UTC).date() <= end}
    text = f"SELECT DISTINCT _load_id FROM held WHERE cast(_arrived_at AS date) BETWEEN '{start}' AND '{end}'"
    engine = QueryBuilder().register("held", deltalog.open_table(lake.table(dataset)))
    rows = pa.RecordBatchReader.from_stream(engine.execute(text)).read_all().to_pylist()
    return tuple(sorted((found & taken) | {row["_load_id"] for row in rows}))


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise LakehouseError(
            explain("this is no day", expected="one such as 2026-05-04", found=repr(text))
        ) from None


def _rows(lake: Lake, dataset: Dataset) -> int:
    engine = QueryBuilder().register("held", deltalog.open_table(lake.table(dataset)))
    found = pa.RecordBatchReader.from_stream(engine.execute("SELECT count(*) AS n FROM held")).read_all()
    return int(found.column(0)[0].as_py())


def _seconds(lake: Lake, dataset: Dataset, span: Span | None) -> float | None:
    """How long the newest batch of the kind took; of the first, built whole, where there was none."""
    kinds = {Trigger.RELOAD.value, Trigger.BACKFILL.value} if span else {Trigger.REBUILD.value}
    records = [commit.record for commit in deltalog.commits(lake.table(dataset)) if commit.record]
    found = [record.seconds for record in records if record.trigger in kinds]
    if found:
        return found[0]
    return None if span or not records else records[-1].seconds

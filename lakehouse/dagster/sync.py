"""Bringing Dagster's event log back in line with the tables' own log.

The Delta log is the truth. Dagster's copy lacks commits when a process died between commit and event,
when its history was wiped, or when a table was written past Dagster. What is missing is reported as
runless events; nothing is ever taken away. A second sync finds nothing to do.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import dagster as dg

from lakehouse.dagster.events import BATCH, evaluations, materializations
from lakehouse.dagster.home import at_home
from lakehouse.dagster.names import asset_key
from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog
from lakehouse.engine.deltalog import Commit
from lakehouse.lake import Lake
from lakehouse.telling.logs import get_logger
from lakehouse.writing.record import ERASURE

__all__ = ["Synced", "sync_dataset", "sync_lake"]

journal = get_logger(__name__)
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync did for one dataset: commits that were missing, and the events reported for them."""

    dataset: str
    commits: int
    events: int


def sync_lake(lake: Lake) -> tuple[Synced, ...]:
    """Sync every dataset that has a table. Starts no JVM."""
    with at_home(lake.settings), dg.DagsterInstance.get() as instance:
        return tuple(
            sync_dataset(lake, dataset, instance)
            for dataset in lake.catalog
            if deltalog.exists(lake.table(dataset))
        )


def sync_dataset(lake: Lake, dataset: Dataset, instance: dg.DagsterInstance) -> Synced:
    """Report what Dagster does not know of one table, the oldest commit first.

    Dagster shows the event that was reported last. So where a missing commit is older than one it knows,
    the newest commit is reported again, and the verdicts are those of the newest commit: they alone say
    how the table is now.
    """
    known = _known_batches(instance, dataset)
    commits = [
        commit
        for commit in deltalog.commits(lake.table(dataset))
        if commit.record and commit.record.mode != ERASURE
    ]
    commits.reverse()
    missing = [commit for commit in commits if commit.record and commit.record.batch not in known]
    if not missing:
        return Synced(dataset.full_name, 0, 0)
    again = _overtaken(commits, missing)
    events = 0
    for event in _events(lake, dataset, [*missing, *again], commits[-1]):
        instance.report_runless_asset_event(event)
        events += 1
    journal.info(
        "sync.reported", f"{len(missing)} commits were missing", dataset=dataset.full_name, events=events
    )
    return Synced(dataset.full_name, len(missing), events)


def _known_batches(instance: dg.DagsterInstance, dataset: Dataset) -> set[str]:
    """The batches of all materializations in Dagster's event log."""
    batches: set[str] = set()
    cursor: str | None = None
    while True:
        page = instance.fetch_materializations(asset_key(dataset), limit=_PAGE, cursor=cursor)
        for record in page.records:
            event = record.asset_materialization
            value = event.metadata.get(BATCH) if event else None
            if value is not None:
                batches.add(str(value.value))
        if not page.has_more:
            return batches
        cursor = page.cursor


def _overtaken(commits: list[Commit], missing: list[Commit]) -> list[Commit]:
    """The newest commit, if Dagster knows it and something older is about to be reported after it."""
    return [] if commits[-1].version == missing[-1].version else [commits[-1]]


def _events(
    lake: Lake, dataset: Dataset, reported: list[Commit], newest: Commit
) -> Iterator[dg.AssetMaterialization | dg.AssetCheckEvaluation]:
    table = lake.table(dataset)
    for commit in reported:
        if commit.record:
            yield from materializations(
                dataset, table, commit.record, commit.version, committed_at=commit.committed_at
            )
    if newest.record:
        for verdict in evaluations(dataset, newest.record):
            yield verdict.evaluation()

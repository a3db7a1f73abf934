"""The care of a dataset's tables: what may be removed, told from who still reads it, and doing so.

A file that is no longer part of a table may still be needed: by whoever reads the version that had it, by a
reader that has not taken the changes in it yet, by a recovery that goes back to the commit before. So nothing
is removed that was needed within the retention, and nothing that a dataset has yet to read, however long it
has not run.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pyspark.sql import SparkSession

from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog
from lakehouse.engine.faults import faults_named
from lakehouse.engine.maintenance import Upkeep, compact, look_at, thin_log, vacuum
from lakehouse.engine.storage import table_lock
from lakehouse.errors import LakehouseError, explain
from lakehouse.lake import Lake
from lakehouse.reading import Whole
from lakehouse.telling.alerts import Alert, AlertKind, resolve, send_alert
from lakehouse.telling.logs import bind, get_logger
from lakehouse.writing.pending import first_unread, inputs_read
from lakehouse.writing.recover import recover

__all__ = ["LEAST", "RETENTION", "Laggard", "Maintained", "laggard", "maintain", "maintain_all", "upkeep"]

journal = get_logger(__name__)

RETENTION = timedelta(days=30)
"""How long a file is kept that no table needs any more."""
LEAST = timedelta(days=7)
"""Less would take files from queries, replays and recoveries that are under way."""
_MARGIN = timedelta(hours=12)  # a commit's files are older than the commit, by as long as its batch took


@dataclass(frozen=True, slots=True)
class Laggard:
    """A reader that has not taken what a table has held since a time; it is kept for it."""

    reader: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Maintained:
    """What was done for a dataset, its quarantine and tombstones included."""

    dataset: str
    files_saved: int = 0
    files_removed: int = 0
    log_files_removed: int = 0
    kept_for: Laggard | None = None

    @property
    def anything(self) -> bool:
        """Whether anything was done."""
        return bool(self.files_saved or self.files_removed or self.log_files_removed)


def upkeep(lake: Lake, dataset: Dataset, retention: timedelta = RETENTION) -> Upkeep:
    """How the files of a dataset stand, its quarantine and tombstones included. Starts no JVM."""
    kept = _kept(lake, dataset, retention)
    found = [look_at(place, kept, thin=LEAST) for place in _places(lake, dataset)]
    return Upkeep(*(sum(getattr(each, name) for each in found) for name in Upkeep.__slots__))


def maintain(
    lake: Lake, spark: SparkSession, dataset: Dataset, *, retention: timedelta = RETENTION
) -> Maintained:
    """Put small files together, remove what nothing needs, thin the log; under the table's lock.

    Raises :class:`~lakehouse.errors.LakehouseError` for a retention under :data:`LEAST`.
    """
    if retention < LEAST:
        raise LakehouseError(
            explain(
                "the retention is too short: queries, replays and recoveries under way need the files",
                where=dataset.full_name,
                expected=f"{LEAST.days} days or more",
                found=f"{retention.total_seconds() / 86400:g} days",
            )
        )
    saved = removed = thinned = 0
    with (
        bind(dataset=dataset.full_name),
        faults_named(dataset.full_name, spark),
        table_lock(lake.lock(dataset), dataset.full_name, spark=spark),
    ):
        recover(lake, spark, dataset)
        waiting, kept = laggard(lake, dataset), _kept(lake, dataset, retention)
        for place in _places(lake, dataset):
            if look_at(place, kept, thin=LEAST).worth_compacting:
                by = dataset.layout.columns if dataset.layout and place == lake.table(dataset) else ()
                saved += compact(spark, place, clustered_by=by)
            if look_at(place, kept, thin=LEAST).dead:
                removed += vacuum(spark, place, kept)
            thinned += thin_log(place, older_than=LEAST)
        done = Maintained(dataset.full_name, saved, removed, thinned, waiting if kept > retention else None)
        if done.anything:
            journal.info(
                "maintained",
                f"{saved:,} files saved, {removed:,} removed",
                files_saved=saved,
                files_removed=removed,
                log_files_removed=thinned,
            )
    return done


def maintain_all(
    lake: Lake,
    session: Callable[[], SparkSession],
    datasets: Iterable[Dataset],
    *,
    retention: timedelta = RETENTION,
) -> Iterator[tuple[Dataset, Maintained | Exception]]:
    """Look after every table that needs it, one after the other; what fails is alerted, and holds no other.

    ``session`` is asked for only where something is to be done.
    """
    for dataset in datasets:
        try:
            if not deltalog.exists(lake.table(dataset)) or not upkeep(lake, dataset, retention).anything:
                continue
            yield dataset, maintain(lake, session(), dataset, retention=retention)
            resolve(lake.settings, AlertKind.UPKEEP_FAILED, dataset.full_name)
        except Exception as error:  # noqa: BLE001 - a failure becomes an alert
            journal.error("upkeep.failed", "the table's files could not be looked after", error)
            _alert(lake, dataset, error)
            yield dataset, error


def _alert(lake: Lake, dataset: Dataset, error: Exception) -> None:
    what = str(error) if isinstance(error, LakehouseError) else type(error).__name__
    message = f"{what}\nThe table holds what it held. Try again: `lakehouse maintain {dataset.name}`"
    subject, cause = f"the files of {dataset.full_name} could not be looked after", type(error).__name__
    send_alert(
        lake.settings,
        Alert(AlertKind.UPKEEP_FAILED, subject, dataset.full_name, dataset.owner, message, cause),
    )


def laggard(lake: Lake, dataset: Dataset) -> Laggard | None:
    """The reader whose unread changes of a table are oldest; None where all have read everything."""
    table, found = lake.table(dataset), list[Laggard]()
    for reader in lake.catalog:
        read = reader.reads.get(dataset.name)
        if read is None or isinstance(read, Whole):
            continue
        known = inputs_read(lake, reader).get(dataset.name)
        unread = first_unread(table, known.to) if known else None
        if unread is not None:
            found.append(Laggard(reader.full_name, unread.committed_at))
    return min(found, key=lambda each: each.since, default=None)


def _kept(lake: Lake, dataset: Dataset, retention: timedelta) -> timedelta:
    """The retention, lengthened to the reader that lags most."""
    waiting = laggard(lake, dataset)
    if waiting is None:
        return retention
    return max(retention, datetime.now(UTC) - waiting.since + _MARGIN)


def _places(lake: Lake, dataset: Dataset) -> list[Path]:
    places = (lake.table(dataset), lake.quarantine(dataset), lake.tombstones(dataset))
    return [place for place in places if deltalog.exists(place)]

"""Step 1, read, put together: the rows that a batch works on, from whatever the dataset reads."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import reduce
from operator import and_

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog
from lakehouse.engine.lines import spelled_out
from lakehouse.engine.origins import origins
from lakehouse.engine.plans import computed_once
from lakehouse.lake import Lake
from lakehouse.modes import Append, ReplaceWindow, Snapshot
from lakehouse.sources import Files, FullDumps
from lakehouse.telling.logs import get_logger
from lakehouse.trust import quarantine
from lakehouse.trust.erasure.filtering import without_erased
from lakehouse.writing import loads as reading
from lakehouse.writing import sidecar
from lakehouse.writing.audit import audit_lines
from lakehouse.writing.dumps import differences, state_of
from lakehouse.writing.envelopes import beginnings, changes_in
from lakehouse.writing.feeds import holds_changes
from lakehouse.writing.read import Frames, at_version, read_inputs
from lakehouse.writing.request import Pending, Request, Trigger
from lakehouse.writing.unchanged import as_bronze

__all__ = ["Intake", "NothingTaken", "take_in"]

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Intake:
    """What was taken in.

    ``rows`` is what the transformation gave. ``unchanged`` counts lines of full dumps that said
    nothing new, ``erased`` those about somebody who is erased. ``counted`` is the count of lines that the
    rows, once counted, are still to be held against. ``direct`` tells that every good row becomes
    a row of the table; ``replaces`` that the table's whole content is replaced.
    """

    rows: DataFrame
    loads: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    windows: tuple[str, ...] | None = None
    touched: DataFrame | None = None
    unchanged: int = 0
    erased: int = 0
    counted: reading.Checked | None = None
    direct: bool = False
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class NothingTaken:
    """Nothing of what was pending can be taken, and a sentence for each thing that is in the way."""

    problems: tuple[str, ...]


@contextmanager
def take_in(
    lake: Lake,
    spark: SparkSession,
    dataset: Dataset,
    pending: Pending,
    request: Request,
) -> Iterator[Intake | NothingTaken]:
    """Read a batch."""
    direct = isinstance(dataset.mode, (Append, Snapshot, ReplaceWindow))
    if request.trigger is Trigger.REPLAY:
        assert request.rows is not None  # noqa: S101 - a replay brings its rows
        yield Intake(request.rows, direct=direct)
    elif dataset.source:
        with _take_loads(lake, spark, dataset, dataset.source, pending) as intake:
            yield intake
    else:
        with _touched_once(read_inputs(lake, spark, dataset, pending)) as frames:
            yield Intake(
                _transformed(dataset, **frames.inputs),
                windows=frames.windows,
                touched=frames.touched,
                direct=direct,
                replaces=pending.whole,
            )


def _transformed(dataset: Dataset, *frames: DataFrame, **named: DataFrame) -> DataFrame:
    with origins(noted=True):
        return dataset.function(*frames, **named)


@contextmanager
def _touched_once(frames: Frames) -> Iterator[Frames]:
    """The frames, with the keys that changed kept: inputs are joined with them, and the table's own rows."""
    if frames.touched is None:
        yield frames
        return
    with computed_once(frames.touched, worth=True):
        yield frames


@contextmanager
def _take_loads(
    lake: Lake,
    spark: SparkSession,
    dataset: Dataset,
    source: Files,
    pending: Pending,
) -> Iterator[Intake | NothingTaken]:
    checked = reading.checked_loads(source, pending.loads)
    for problem in checked.problems:
        log.warning("load.refused", problem, source=source.name)
    if not checked.loads:
        yield NothingTaken(checked.problems)
        return
    origin = reading.about(spark, checked.loads, pending.snapshots)
    changes = holds_changes(checked.loads[0])
    taken = reading.lines_of(spark, source, checked.loads, lake.settings.bucket_dir)
    lines = 0
    with ExitStack() as kept:
        if changes or isinstance(source, FullDumps):
            # Looked at several times before they become rows. Others are: rows at once, which are kept.
            taken = kept.enter_context(computed_once(taken, worth=True))
            lines = taken.count()
            audit_lines(dataset, checked, rows=lines)
        read = changes_in if changes else reading.rows_of
        remaining = without_erased(
            lake,
            dataset,
            spelled_out(taken),
            lambda some: _transformed(dataset, read(some, dataset.spec, origin)),
        )
        unchanged, counted = 0, None
        if changes:
            rows = changes_in(remaining.lines, dataset.spec, origin)
            if any(load.kind == "full" for load in checked.loads):
                rows = rows.unionByName(beginnings(rows, origin))
        elif isinstance(source, FullDumps):
            state = None if pending.whole else _state(lake, spark, dataset)
            differing = differences(remaining.lines, state, dataset.spec, len(checked.loads))
            new = kept.enter_context(computed_once(differing.lines, worth=True))
            unchanged = lines - remaining.erased - new.count()
            rows = reading.rows_of(new, dataset.spec, origin)
            rows = rows.unionByName(reading.deletes_of(differing.gone, rows, origin))
        else:
            rows, counted = reading.rows_of(remaining.lines, dataset.spec, origin), checked
        yield Intake(
            _transformed(dataset, rows),
            loads=tuple(load.load_id for load in checked.loads),
            problems=checked.problems,
            unchanged=unchanged,
            erased=remaining.erased,
            counted=counted,
            direct=True,
            replaces=pending.whole,
        )


def _state(lake: Lake, spark: SparkSession, dataset: Dataset) -> DataFrame | None:
    """What the last dump held, as far as it was taken: published rows and those in quarantine."""
    table, spec = lake.table(dataset), dataset.spec
    if not deltalog.exists(table):
        return None
    columns = [*spec.key, "_change", "_hash", "_position", "_order", "_line_number"]
    # At its version: what is kept of a batch must not be computed anew once the batch sets rows aside.
    rows = as_bronze(at_version(spark, table, deltalog.version(table))).select(*columns)
    aside = sidecar.published(spark, lake.quarantine(dataset), table)
    if aside is not None:
        kept = {field.name: field.dataType for field in rows.schema.fields if field.name not in spec.key}
        waiting = quarantine.rows_as_they_came(aside, spec.key, kept)
        key = [F.col(name).try_cast(spec.column(name).type).alias(name) for name in spec.key]
        rows = rows.unionByName(waiting.select(*key, *(name for name in columns if name not in spec.key)))
        keyed = reduce(and_, (F.col(name).isNotNull() for name in spec.key))
        rows = rows.where(keyed | (F.col("_change") == "truncate"))
    return state_of(rows, spec)

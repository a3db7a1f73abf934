"""Running the lake in this process, through Dagster: one session, and history that the UI shows.

::

    report = run_lake(lake, ["+daily_revenue"], progress=Progress())
    if not report.ok: ...
"""

import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum

import dagster as dg

from lakehouse.dagster.definitions import build_definitions
from lakehouse.dagster.failing import said
from lakehouse.dagster.home import at_home
from lakehouse.dagster.jobs import REFRESH
from lakehouse.dagster.names import asset_key, is_windowed
from lakehouse.dagster.selection import downstream, select
from lakehouse.dagster.step import (
    INCLUDED,
    LOADS_FROM,
    LOADS_TO,
    READERS,
    TRIGGER,
    Watch,
    waits_for,
)
from lakehouse.dataset import Dataset
from lakehouse.errors import LakehouseError, explain
from lakehouse.lake import Lake
from lakehouse.telling.logs import masked
from lakehouse.telling.progress import Progress
from lakehouse.writing.request import Outcome, Trigger

__all__ = ["DatasetRun", "RunReport", "Status", "run_lake"]

_RANGE_START, _RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class Status(StrEnum):
    """What became of one dataset in a run."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    WAITING = "waiting"
    """For an input that has no table yet, since its source has delivered nothing."""
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class DatasetRun:
    """One dataset in a run. ``outcome`` is None where it failed or, behind a failure, was not tried."""

    dataset: Dataset
    status: Status
    outcome: Outcome | None = None
    error: Exception | None = None
    seconds: float = 0.0

    @property
    def problem(self) -> str | None:
        """What went wrong, as anybody may read it; None where nothing did."""
        return said(self.error, self.dataset) if self.error else None


@dataclass(frozen=True, slots=True)
class RunReport:
    """What became of a run, dataset by dataset, inputs before readers.

    ``error`` says what ended the run outside of every dataset, which is rare.
    """

    run_id: str
    datasets: tuple[DatasetRun, ...]
    seconds: float
    error: str | None = None

    def of(self, status: Status) -> tuple[DatasetRun, ...]:
        """The datasets that ended so."""
        return tuple(each for each in self.datasets if each.status is status)

    @property
    def ok(self) -> bool:
        """Whether nothing failed."""
        return self.error is None and not self.of(Status.FAILED) and not self.of(Status.SKIPPED)


def run_lake(
    lake: Lake,
    selection: Sequence[str] | None = None,
    *,
    rebuild: bool = False,
    windows: tuple[str, str] | None = None,
    loads: tuple[str, str] | None = None,
    progress: Progress | None = None,
    on_outcome: Callable[[DatasetRun], None] | None = None,
    full_log: bool = False,
) -> RunReport:
    """Run datasets in one Dagster run in this process. A failure stops only what lies downstream of it.

    Args:
        lake: the settings and the datasets.
        selection: as :func:`~lakehouse.dagster.selection.select` reads it; nothing selects all.
        rebuild: read everything and replace the tables, rather than what is new.
        windows: the first and the last window to write again; every dataset selected must have them.
        loads: the first and the last day of whose arrivals bronze tables take the loads again.
        progress: shows each dataset as it goes.
        on_outcome: is told of each dataset as it ends.
        full_log: Dagster's own lines go to the terminal too.

    Raises :class:`LakehouseError` where the run cannot be tried: an unknown name or window. What fails in
    the run is in the report.
    """
    chosen = select(lake, selection or ())
    tags = {TRIGGER: Trigger.REBUILD.value} if rebuild else {}
    if loads:
        tags = {TRIGGER: Trigger.RELOAD.value, LOADS_FROM: loads[0], LOADS_TO: loads[1]}
    if windows:
        tags |= _range(chosen, *windows)
    elif downstream(lake, names := {dataset.name for dataset in chosen}) == names:
        tags[READERS] = INCLUDED
    began, ended = time.monotonic(), dict[str, DatasetRun]()

    def note(result: DatasetRun) -> None:
        ended[result.dataset.name] = result
        if on_outcome:
            on_outcome(result)

    with _quietly(), at_home(lake.settings), dg.DagsterInstance.get() as instance:
        definitions = build_definitions(lake, watch=_watch(lake, note, progress))
        # Windows are named to assets that have them; the job that names none has them whole.
        job = (
            definitions.resolve_implicit_global_asset_job_def()
            if windows
            else definitions.resolve_job_def(REFRESH)
        )
        result = job.execute_in_process(
            instance=instance,
            asset_selection=[asset_key(dataset) for dataset in chosen],
            run_config=None if full_log else _QUIET,
            tags=tags,
            raise_on_error=False,
        )
    runs = tuple(ended.get(dataset.name, DatasetRun(dataset, Status.SKIPPED)) for dataset in chosen)
    error = None if result.success or any(each.error for each in runs) else _ending(result)
    return RunReport(result.run_id, runs, time.monotonic() - began, error)


def _ending(result: dg.ExecuteInProcessResult) -> str:
    """What Dagster says of a run that failed although no dataset did."""
    messages = [event.message for event in result.all_events if event.is_failure and event.message]
    return masked(messages[-1]) if messages else "the run failed outside of its datasets"


def _watch(lake: Lake, note: Callable[[DatasetRun], None], progress: Progress | None) -> Watch:
    """Looks on while a dataset is written: shows it, and notes how it ended."""

    @contextmanager
    def watch(dataset: Dataset) -> Iterator[Callable[[Outcome], None]]:
        began, told = time.monotonic(), list[Outcome]()
        with ExitStack() as stack:
            step = stack.enter_context(progress.step(dataset.full_name)) if progress else None

            def tell(outcome: Outcome) -> None:
                told.append(outcome)
                if step:
                    step.result(waits_for(lake, dataset) or _words(outcome))

            try:
                yield tell
            except Exception as error:
                note(DatasetRun(dataset, Status.FAILED, None, error, time.monotonic() - began))
                raise
        for outcome in told:
            status = Status.WRITTEN if outcome.wrote else Status.UNCHANGED
            if waits_for(lake, dataset):
                status = Status.WAITING
            note(DatasetRun(dataset, status, outcome, None, time.monotonic() - began))

    return watch


def _words(outcome: Outcome) -> str:
    record = outcome.record
    refused = [f"not taken: {problem}" for problem in outcome.problems]
    if record is None:
        return "; ".join(refused) or "nothing to do"
    words = [f"{record.rows_written:,} rows written"]
    if record.rows_quarantined:
        words.append(f"{record.rows_quarantined:,} quarantined")
    if record.windows is not None:
        words.append(f"{len(record.windows):,} window{'s' if len(record.windows) != 1 else ''}")
    return "; ".join([", ".join(words), *refused])


def _range(chosen: Iterable[Dataset], first: str, last: str) -> dict[str, str]:
    """The tags of a run over a range of windows, with both ends brought into their key's form."""
    kinds = set()
    for dataset in chosen:
        partitions = dataset.partitions
        if partitions is None or not is_windowed(dataset):
            raise LakehouseError(
                explain(
                    "the dataset has no windows to run again",
                    where=dataset.full_name,
                    expected="one written by ReplaceWindow",
                    found=dataset.mode.name,
                    remedy=f"run it whole: `lakehouse run {dataset.name} --rebuild`",
                )
            )
        partitions.check_range(first, last, dataset.full_name)
        kinds.add((partitions.every, partitions.timezone))
    if len(kinds) > 1:
        found = ", ".join(sorted(f"{every} in {zone}" for every, zone in kinds))
        raise LakehouseError(
            explain("the datasets have different windows", found=found, remedy="run them one after the other")
        )
    return {_RANGE_START: first, _RANGE_END: last}


@contextmanager
def _quietly() -> Iterator[None]:
    """What Dagster says of its own immaturity is not for the person who runs a lake."""
    with warnings.catch_warnings():
        for kind in (dg.BetaWarning, dg.PreviewWarning, DeprecationWarning):
            warnings.filterwarnings("ignore", category=kind)
        yield

"""The step that writes one table: what Dagster runs for an asset.

It asks first whether there is anything to do, from logs and listings alone, and only then for a Spark
session. An up-to-date table costs no JVM and leaves no materialization.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import dagster as dg

from lakehouse.dagster import failing
from lakehouse.dagster.checks import Verdict, verdicts
from lakehouse.dagster.events import evaluations, materializations
from lakehouse.dagster.names import asset_key, step_name
from lakehouse.dagster.session import SESSION
from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog
from lakehouse.lake import Lake
from lakehouse.telling.logs import start_logging
from lakehouse.writing.drift import RULE
from lakehouse.writing.path import write
from lakehouse.writing.pending import pending
from lakehouse.writing.record import RuleCount
from lakehouse.writing.reload import loads_between
from lakehouse.writing.request import Outcome, Request, Trigger

__all__ = [
    "INCLUDED",
    "LOADS_FROM",
    "LOADS_TO",
    "READERS",
    "TRIGGER",
    "Watch",
    "run_step",
    "unwatched",
    "waits_for",
]

TRIGGER = "lakehouse/trigger"
"""The run's tag that asks for a rebuild, or for what is new although the run names windows."""

LOADS_FROM, LOADS_TO = "lakehouse/loads_from", "lakehouse/loads_to"
"""The run's tags that ask for the loads taken that arrived from one day to another (UTC), once more."""

READERS, INCLUDED = "lakehouse/readers", "included"
"""The run's tag, and its value, that says that all readers of its tables run in it too."""

Watch = Callable[[Dataset], AbstractContextManager[Callable[[Outcome], None]]]
"""Somebody who looks on while a table is written, and is handed the outcome."""

# Dagster's own mark on an output whose events the step logs by itself. There is no public way to say
# "done, downstream may go on, and nothing was materialized": an output left out skips everything
# downstream, and an output given is a materialization (without a partition, for windows).
_EVENTS_LOGGED_ALREADY = {"__source_asset_observation__": True}


@contextmanager
def unwatched(dataset: Dataset) -> Iterator[Callable[[Outcome], None]]:
    """Nobody looks on."""
    del dataset
    yield lambda _: None


def run_step(
    context: dg.AssetExecutionContext, lake: Lake, dataset: Dataset, watch: Watch
) -> Iterator[dg.AssetCheckResult | dg.Output[None]]:
    """Write the table, tell Dagster what happened, and alert the owner if it failed."""
    with start_logging(lake.settings, context.run.run_id):
        try:
            with watch(dataset) as tell:
                outcome = _write(context, lake, dataset)
                tell(outcome)
        except Exception as error:  # noqa: BLE001 - a failure becomes an alert
            failing.tell(lake.settings, dataset, error)
            for verdict in failing.refused(dataset, error):
                context.log_event(verdict.evaluation())
            raise failing.failure(error, dataset) from None
        failing.well_again(lake.settings, dataset, context.run.job_name)
    failing.tell_of_loads(lake.settings, dataset, outcome.problems)
    failing.tell_of_changes(lake.settings, dataset, outcome.record)
    if outcome.record is not None and outcome.version is not None:
        for event in materializations(
            dataset,
            lake.table(dataset),
            outcome.record,
            outcome.version,
            committed_at=outcome.committed_at,
            problems=outcome.problems,
        ):
            context.log_event(event)
    yield from _told(context, lake, dataset, outcome)
    yield dg.Output(None, output_name=step_name(dataset), metadata=_EVENTS_LOGGED_ALREADY)


def _write(context: dg.AssetExecutionContext, lake: Lake, dataset: Dataset) -> Outcome:
    if waits := waits_for(lake, dataset):
        context.log.warning(waits)
        return Outcome(dataset.full_name, problems=(waits,))
    request = _request(context, lake, dataset)
    todo = pending(lake, dataset, request)
    if not todo.anything:
        context.log.info("nothing to do")
        return Outcome(dataset.full_name, problems=todo.said_of_loads)
    context.log.info("; ".join(todo.reasons))
    return write(lake, getattr(context.resources, SESSION).spark_session, dataset, request)


def waits_for(lake: Lake, dataset: Dataset) -> str | None:
    """In words, the inputs that have no table yet: their sources have not delivered, which is no failure."""
    inputs = [lake.catalog[name] for name in dataset.inputs]
    missing = [upstream.full_name for upstream in inputs if not deltalog.exists(lake.table(upstream))]
    return (
        f"waits for {', '.join(missing)}, which {'have' if missing[1:] else 'has'} no table yet"
        if missing
        else None
    )


def _request(context: dg.AssetExecutionContext, lake: Lake, dataset: Dataset) -> Request:
    """What the run asks: what its tag says, else the windows it names, else what is new."""
    run, trigger = context.run.run_id, context.run.tags.get(TRIGGER)
    if trigger == Trigger.REBUILD.value:
        return Request(run, Trigger.REBUILD)
    if trigger == Trigger.RELOAD.value:
        tags = context.run.tags
        return Request(
            run, Trigger.RELOAD, loads=loads_between(lake, dataset, tags[LOADS_FROM], tags[LOADS_TO])
        )
    named = context.has_partition_key_range or context.has_partition_key
    if trigger == Trigger.INCREMENTAL.value or dataset.partitions is None or not named:
        return Request(run)
    keys = context.partition_keys if context.has_partition_key_range else [context.partition_key]
    dataset.partitions.check_range(keys[0], keys[-1], dataset.full_name)
    return Request(run, Trigger.BACKFILL, tuple(keys))


def _told(
    context: dg.AssetExecutionContext, lake: Lake, dataset: Dataset, outcome: Outcome
) -> Iterator[dg.AssetCheckResult]:
    """The verdicts: yielded where the run has planned the check, else logged.

    Where nothing was written, a planned check repeats the verdict of the table's newest commit, which
    still holds; left out it would show as skipped, and block what waits for it.
    """
    planned = {key.name for key in context.selected_asset_check_keys if key.asset_key == asset_key(dataset)}
    for verdict in _verdicts(lake, dataset, outcome, any_planned=bool(planned)):
        if verdict.check.name in planned:
            yield verdict.result()
        elif outcome.wrote or (outcome.held and verdict.check.rule == RULE):
            context.log_event(verdict.evaluation())


def _verdicts(lake: Lake, dataset: Dataset, outcome: Outcome, *, any_planned: bool) -> Iterator[Verdict]:
    if outcome.record is not None:
        yield from evaluations(dataset, outcome.record, outcome.samples, outcome.held)
    elif any_planned or outcome.held:
        last = deltalog.latest_record(lake.table(dataset))
        if last is not None and last.record is not None:
            yield from evaluations(dataset, last.record, held=outcome.held)
        elif outcome.held:
            yield from verdicts(dataset, {RULE: RuleCount(1, "warn")}, {RULE: outcome.held}, None)

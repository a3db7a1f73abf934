"""Runs whose process is gone: killed together with whoever would have told of its end.

Dagster goes on waiting for such a run, and where only one may run at a time, no other begins. A home is one
machine's, so a run's process can be looked for.
"""

import os
import time
from datetime import timedelta
from pathlib import Path

import dagster as dg
from dagster import DagsterEventType, DagsterInstance, DagsterRunStatus, RunRecord, RunsFilter

from lakehouse.telling.logs import get_logger

__all__ = ["end_orphans", "orphan_sensor"]

journal = get_logger(__name__)
_UNDER_WAY = [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING]
_START_SECONDS = 180.0  # within these, a run that was launched has a process
_CLOCK_SECONDS = 2.0  # by which the times of a process and of its event may differ


def orphan_sensor(*, every: timedelta = timedelta(seconds=30)) -> dg.SensorDefinition:
    """Ends, as failed, runs that nobody works on any more."""

    @dg.sensor(
        name="orphaned_runs",
        minimum_interval_seconds=int(every.total_seconds()),
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Ends runs whose process was killed, so that others may begin.",
    )
    def orphaned_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        ended = end_orphans(context.instance)
        return dg.SkipReason(f"ended: {', '.join(ended)}" if ended else "every run has its process")

    return orphaned_runs


def end_orphans(instance: DagsterInstance) -> tuple[str, ...]:
    """Report as failed every run under way whose process is gone; gives their ids."""
    under_way = instance.get_run_records(RunsFilter(statuses=_UNDER_WAY))
    orphans = [record.dagster_run for record in under_way if _is_orphan(instance, record)]
    for run in orphans:
        instance.report_run_failed(
            run, "The run's process is gone: it was killed, or the machine stopped. The next run goes on."
        )
        journal.warning("run.orphaned", "the run's process is gone; it is ended", dagster_run=run.run_id)
    return tuple(run.run_id for run in orphans)


def _is_orphan(instance: DagsterInstance, record: RunRecord) -> bool:
    events = instance.all_logs(record.dagster_run.run_id, of_type=DagsterEventType.ENGINE_EVENT)
    for entry in reversed(events):
        data = entry.get_dagster_event().event_specific_data if entry.is_dagster_event else None
        found = getattr(data, "metadata", {}).get("pid")
        if found is not None:
            return not _alive(int(str(found.value)), entry.timestamp)
    return time.time() - record.create_timestamp.timestamp() > _START_SECONDS


def _alive(pid: int, since: float) -> bool:
    """Whether this process lives, and is not another that was given its number later."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return False  # somebody else's, so not ours
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():  # no Linux: the number has to do
        return True
    state, *fields = stat.read_text().rpartition(")")[2].split()
    begun = float(fields[18]) / os.sysconf("SC_CLK_TCK")
    return state != "Z" and _booted() + begun <= since + _CLOCK_SECONDS


def _booted() -> float:
    """When the machine started, in seconds since 1970."""
    lines = Path("/proc/stat").read_text().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("btime"))

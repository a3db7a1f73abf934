"""What looks at the lake from time to time: new loads, stale sources and tables, runs that crashed.

They read logs and listings, never data, and start no JVM.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import dagster as dg

from lakehouse.dagster.jobs import REFRESH, refresh_request
from lakehouse.dagster.names import asset_key, source_key
from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog
from lakehouse.errors import LakehouseError, explain
from lakehouse.lake import Lake
from lakehouse.telling.alerts import Alert, AlertKind, resolve, send_alert
from lakehouse.telling.logs import get_logger
from lakehouse.writing.feeds import loads_in
from lakehouse.writing.pending import pending
from lakehouse.writing.request import Request

__all__ = ["bucket_sensor", "crash_sensor", "look_for_loads", "look_for_stale", "staleness_sensor"]

journal = get_logger(__name__)
_LOOKING = Request(run="sensor")


def bucket_sensor(lake: Lake, *, every: timedelta = timedelta(seconds=10)) -> dg.SensorDefinition:
    """Asks for a run when loads have arrived: their bronze tables and everything downstream.

    The cursor remembers, for each table, which loads a run was asked for, so a load that is refused is
    not asked for again until others have arrived beside it.
    """

    @dg.sensor(
        name="new_loads",
        job_name=REFRESH,
        minimum_interval_seconds=int(every.total_seconds()),
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="New loads in the bucket: refresh their bronze tables and what lies downstream.",
    )
    def new_loads(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        before: dict[str, str] = json.loads(context.cursor or "{}")
        waiting = look_for_loads(lake)
        fresh = {name: digest for name, digest in waiting.items() if before.get(name) != digest}
        if not fresh:
            return dg.SkipReason("no new loads" if not waiting else "a run was asked for these loads already")
        request = refresh_request(
            lake,
            fresh,
            run_key=_digest(f"{name}={digest}" for name, digest in sorted(fresh.items())),
            tags={"lakehouse/loads_of": ",".join(sorted(fresh))},
        )
        arrived = {lake.catalog[name].source for name in fresh}
        return dg.SensorResult(
            run_requests=[request],
            cursor=json.dumps(waiting, sort_keys=True),
            # The freshness of a source looks at what is said to have been made of it.
            asset_events=[dg.AssetMaterialization(source_key(source)) for source in arrived if source],
        )

    return new_loads


def look_for_loads(lake: Lake) -> dict[str, str]:
    """The bronze tables with loads to take, and a digest of which. A bad source hides only itself."""
    found: dict[str, str] = {}
    for dataset in lake.catalog:
        if not dataset.source:
            continue
        try:
            todo = pending(lake, dataset, _LOOKING)
        except LakehouseError as error:
            journal.error(
                "sensor.source_failed", "the source cannot be listed", error, dataset=dataset.full_name
            )
            _alert(
                lake,
                dataset,
                AlertKind.RUN_FAILED,
                what="cannot be looked at",
                message=str(error),
                cause=type(error).__name__,
            )
            continue
        if todo.loads:
            found[dataset.name] = _digest(sorted(load.load_id for load in todo.loads))
    return found


def staleness_sensor(lake: Lake, *, every: timedelta = timedelta(minutes=5)) -> dg.SensorDefinition:
    """Alerts, once, about sources without new loads and tables without new commits."""

    @dg.sensor(
        name="staleness",
        minimum_interval_seconds=int(every.total_seconds()),
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Alerts the owners of sources and tables that have become stale.",
    )
    def staleness(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        del context
        stale = look_for_stale(lake, datetime.now(UTC))
        return dg.SkipReason(f"stale: {', '.join(stale)}" if stale else "nothing is stale")

    return staleness


def look_for_stale(lake: Lake, now: datetime) -> tuple[str, ...]:
    """Alert about what is stale at ``now``, resolve what no longer is; gives the names of the stale.

    What has never arrived or was never built is not stale: ``lakehouse plan`` says so of it.
    """
    return tuple(
        dict.fromkeys(
            dataset.full_name
            for dataset in lake.catalog
            for kind, newest, limit in (_source_age(lake, dataset), _table_age(lake, dataset))
            if _is_stale(lake, dataset, kind, since=newest, limit=limit, now=now)
        )
    )


_Age = tuple[AlertKind, datetime | None, timedelta]


def _source_age(lake: Lake, dataset: Dataset) -> _Age:
    source = dataset.source
    if source is None or source.stale_after_hours is None:
        return AlertKind.SOURCE_STALE, None, timedelta.max
    loads = loads_in(lake, source).loads
    newest = max((load.arrived_at for load in loads), default=None)
    return AlertKind.SOURCE_STALE, newest, timedelta(hours=source.stale_after_hours)


def _table_age(lake: Lake, dataset: Dataset) -> _Age:
    if dataset.freshness is None:
        return AlertKind.TABLE_STALE, None, timedelta.max
    commit = deltalog.latest_record(lake.table(dataset))
    return AlertKind.TABLE_STALE, commit.committed_at if commit else None, dataset.freshness


def _is_stale(
    lake: Lake, dataset: Dataset, kind: AlertKind, *, since: datetime | None, limit: timedelta, now: datetime
) -> bool:
    if since is None:
        return False
    if now - since <= limit:
        resolve(lake.settings, kind, dataset.full_name)
        return False
    what = "load has arrived" if kind is AlertKind.SOURCE_STALE else "commit was made"
    expected = f"one every {limit.total_seconds() / 3600:g} hours"
    message = explain(
        f"no {what} since {since:%Y-%m-%d %H:%M} UTC",
        where=dataset.full_name,
        expected=expected,
        remedy="see whether the source delivers and what its last run says: `lakehouse plan`",
    )
    _alert(lake, dataset, kind, what="is stale", message=message, cause="stale")
    return True


def crash_sensor(lake: Lake) -> dg.SensorDefinition:
    """Alerts about runs that failed outside of every step, which nobody else can tell of."""

    @dg.run_failure_sensor(
        name="crashed_runs",
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Alerts about runs that ended before or beside their steps: killed, out of memory.",
    )
    def crashed_runs(context: dg.RunFailureSensorContext) -> None:
        if context.get_step_failure_events():
            return  # the step has told it
        run = context.dagster_run
        owners = sorted(
            {each.owner for each in lake.catalog if asset_key(each) in (run.asset_selection or ())}
        )
        message = (
            f"Run {run.run_id} of {run.job_name} ended outside of its steps: {context.failure_event.message}"
        )
        send_alert(
            lake.settings,
            Alert(
                kind=AlertKind.RUN_FAILED,
                subject=f"a run of {run.job_name} crashed",
                dataset=run.job_name,
                owner=", ".join(owners) or "all owners",
                message=message,
                cause="crashed",
            ),
        )

    return crashed_runs


def _alert(lake: Lake, dataset: Dataset, kind: AlertKind, *, what: str, message: str, cause: str) -> None:
    subject = f"{dataset.full_name} {what}"
    send_alert(lake.settings, Alert(kind, subject, dataset.full_name, dataset.owner, message, cause))


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

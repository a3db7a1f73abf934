"""Everything Dagster is told about a lake, put together."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from lakehouse.dagster.assets import build_assets, build_sources
from lakehouse.dagster.jobs import refresh_job
from lakehouse.dagster.sensors import bucket_sensor, crash_sensor, staleness_sensor
from lakehouse.dagster.session import SESSION, LakeSession
from lakehouse.dagster.step import Watch, unwatched
from lakehouse.lake import Lake

__all__ = ["build_definitions"]


def build_definitions(
    lake: Lake,
    *others: dg.Definitions,
    jobs: Sequence[Any] = (),
    schedules: Sequence[dg.ScheduleDefinition] = (),
    sensors: Sequence[dg.SensorDefinition] = (),
    resources: Mapping[str, Any] | None = None,
    watch: Watch = unwatched,
) -> dg.Definitions:
    """The lake's assets, checks, job and sensors, with what the project adds.

    Args:
        lake: the settings and the datasets.
        others: ordinary Dagster definitions to stand beside the lake's.
        jobs, schedules, sensors: the project's own.
        resources: the project's own; ``spark`` replaces the road's session.
        watch: looks on while a table is written.

    Reads nothing but the catalog, and starts nothing.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=dg.BetaWarning)
        warnings.filterwarnings("ignore", category=dg.PreviewWarning)
        own = dg.Definitions(
            assets=[*build_assets(lake, watch), *build_sources(lake)],
            jobs=[refresh_job(lake), *jobs],
            schedules=list(schedules),
            sensors=[
                bucket_sensor(lake),
                staleness_sensor(lake),
                crash_sensor(lake),
                _automation(),
                *sensors,
            ],
            resources={SESSION: LakeSession(lake.settings), **(resources or {})},
            executor=dg.in_process_executor,
        )
        return dg.Definitions.merge(own, *others) if others else own


def _automation() -> dg.AutomationConditionSensorDefinition:
    return dg.AutomationConditionSensorDefinition(
        "automation",
        target=dg.AssetSelection.all(),
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=60,
        description="Runs tables whose inputs have news, once the blocking checks on those have passed.",
    )

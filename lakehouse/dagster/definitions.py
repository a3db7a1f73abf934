"""Everything Dagster is told about a lake, put together."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from lakehouse.dagster.assets import build_assets, build_sources
from lakehouse.dagster.automation import automation_sensor
from lakehouse.dagster.jobs import refresh_job
from lakehouse.dagster.orphans import orphan_sensor
from lakehouse.dagster.pages import build_pages
from lakehouse.dagster.reconciling import reconciliation_checks
from lakehouse.dagster.sensors import bucket_sensor, crash_sensor, staleness_sensor
from lakehouse.dagster.session import SESSION, LakeSession
from lakehouse.dagster.step import Watch, unwatched
from lakehouse.dagster.upkeep import upkeep_job, weekly_upkeep
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
    given = {SESSION: LakeSession(lake.settings), **(resources or {})}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=dg.BetaWarning)
        warnings.filterwarnings("ignore", category=dg.PreviewWarning)
        tables = build_assets(lake, watch)
        own = dg.Definitions(
            assets=[*tables, *build_sources(lake), *build_pages(lake)],
            asset_checks=reconciliation_checks(lake),
            jobs=[refresh_job(lake, tables, given), upkeep_job(lake, given), *jobs],
            schedules=[weekly_upkeep(lake), *schedules],
            sensors=[
                bucket_sensor(lake),
                staleness_sensor(lake),
                crash_sensor(lake),
                orphan_sensor(),
                automation_sensor(),
                *sensors,
            ],
            resources=given,
            executor=dg.in_process_executor,
        )
        return dg.Definitions.merge(own, *others) if others else own

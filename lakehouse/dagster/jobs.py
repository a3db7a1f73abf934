"""The job that refreshes a lake: every table that has something to do, in one process."""

from collections.abc import Iterable, Mapping
from typing import Any

import dagster as dg

from lakehouse.dagster.names import asset_key
from lakehouse.dagster.selection import downstream
from lakehouse.dagster.step import INCLUDED, READERS
from lakehouse.lake import Lake

__all__ = ["REFRESH", "refresh_job", "refresh_request"]

REFRESH = "refresh"


def refresh_job(
    lake: Lake, assets: Iterable[dg.AssetsDefinition], resources: Mapping[str, Any]
) -> dg.JobDefinition:
    """Every table, incrementally; what is up to date is passed over. Windows of all kinds run together.

    The checks are not *planned* (their verdicts are logged as they fall), so a table with nothing to do
    keeps those it has.
    """
    keys = [asset_key(dataset) for dataset in lake.catalog]
    job = dg.define_asset_job(
        REFRESH,
        selection=dg.AssetSelection.assets(*keys).without_checks(),
        description="Write every table that has something new to read; pass over the others.",
        executor_def=dg.in_process_executor,
        tags={"lakehouse/environment": lake.settings.environment},
    )
    whole = dg.map_asset_specs(_without_windows, assets)
    return dg.Definitions(assets=whole, jobs=[job], resources=resources).resolve_job_def(REFRESH)


def _without_windows(spec: dg.AssetSpec) -> dg.AssetSpec:
    """The same table as one thing, for a run that names no windows.

    Dagster takes only assets of the same partitions into one job, and a step that reads a table with
    partitions is asked for its own. The catalog has the table with its windows; this one has the step.
    """
    return spec.replace_attributes(partitions_def=None, deps=[dep.asset_key for dep in spec.deps])


def refresh_request(
    lake: Lake, names: Iterable[str], *, run_key: str | None = None, tags: Mapping[str, str] | None = None
) -> dg.RunRequest:
    """What a sensor or a schedule gives back to run datasets, and all that read them, by that job."""
    wanted = downstream(lake, names)
    return dg.RunRequest(
        run_key=run_key,
        asset_selection=[asset_key(dataset) for dataset in lake.catalog if dataset.name in wanted],
        tags={READERS: INCLUDED, **(tags or {})},
    )

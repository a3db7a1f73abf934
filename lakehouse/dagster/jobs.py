"""The job that refreshes a lake: every table that has something to do, in one process."""

from typing import TYPE_CHECKING

import dagster as dg

from lakehouse.dagster.names import asset_key
from lakehouse.lake import Lake

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

__all__ = ["REFRESH", "refresh_job"]

REFRESH = "refresh"


def refresh_job(lake: Lake) -> "UnresolvedAssetJobDefinition":
    """Every table, incrementally; what is up to date is passed over.

    The checks are not *planned* (their verdicts are logged as they fall), so a table with nothing to
    do keeps the verdicts it has.
    """
    keys = [asset_key(dataset) for dataset in lake.catalog]
    return dg.define_asset_job(
        REFRESH,
        selection=dg.AssetSelection.assets(*keys).without_checks(),
        description="Write every table that has something new to read; pass over the others.",
        executor_def=dg.in_process_executor,
        tags={"lakehouse/environment": lake.settings.environment},
    )

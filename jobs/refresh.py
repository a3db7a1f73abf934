"""The daily refresh: everything that has something new, before the company's day begins."""

import dagster as dg

from lakehouse.dagster.jobs import REFRESH, refresh_request
from lakehouse.lake import Lake

__all__ = ["daily_refresh"]


def daily_refresh(lake: Lake) -> dg.ScheduleDefinition:
    """Every day at five in the morning, company time.

    New loads are refreshed as they arrive; this catches what no load announces, such as windows that
    were waiting for a table mended by hand.
    """

    @dg.schedule(
        name="daily_refresh",
        job_name=REFRESH,
        cron_schedule="0 5 * * *",
        execution_timezone=lake.settings.company_timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Refreshes the whole lake before the company's day begins.",
    )
    def refresh() -> dg.RunRequest:
        return refresh_request(lake, lake.catalog.datasets)

    return refresh

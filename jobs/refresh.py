"""The daily refresh: everything that has something new, before the company's day begins."""

import dagster as dg

from lakehouse.dagster.jobs import REFRESH

__all__ = ["daily_refresh"]

COMPANY_TIME = "UTC"
"""The time zone of the company's day, the same as its daily tables'."""


def daily_refresh() -> dg.ScheduleDefinition:
    """Every day at five in the morning, company time.

    New loads are refreshed as they arrive; this catches what no load announces, such as windows that
    were waiting for a table mended by hand.
    """
    return dg.ScheduleDefinition(
        name="daily_refresh",
        job_name=REFRESH,
        cron_schedule="0 5 * * *",
        execution_timezone=COMPANY_TIME,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Refreshes the whole lake before the company's day begins.",
    )

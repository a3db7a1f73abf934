"""The care of the tables' files, and of erasures that are due, as a job with a schedule of its own."""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from lakehouse.dagster.session import SESSION
from lakehouse.lake import Lake
from lakehouse.telling.logs import start_logging
from lakehouse.trust.erasure.erasing import finish
from lakehouse.writing.maintain import maintain_all

__all__ = ["UPKEEP", "upkeep_job", "weekly_upkeep"]

UPKEEP = "upkeep"


def upkeep_job(lake: Lake, resources: Mapping[str, Any]) -> dg.JobDefinition:
    """Every table in turn, under its lock: writers wait for one table at a time, readers for none."""

    @dg.op(name="look_after_tables", required_resource_keys={SESSION})
    def look_after(context: dg.OpExecutionContext) -> None:
        failed = []
        with start_logging(lake.settings, context.run_id):
            session = lambda: getattr(context.resources, SESSION).spark_session  # noqa: E731
            for dataset, done in maintain_all(lake, session, lake.catalog):
                if isinstance(done, Exception):
                    failed.append(dataset.full_name)
                else:
                    counts = (dataset.full_name, done.files_saved, done.files_removed)
                    context.log.info("%s: %d files fewer, %d removed", *counts)
            for erasure, ended in finish(lake, session, run=context.run_id):
                if isinstance(ended, Exception) or ended.left:
                    failed.append(f"erasure {erasure}")
                else:
                    context.log.info(
                        "erasure %s: %s gone", erasure, "logically" if ended.due else "physically"
                    )
        if failed:
            raise dg.Failure(f"not looked after: {', '.join(failed)}", allow_retries=False)

    @dg.job(
        name=UPKEEP,
        description="Put small files together, remove what nothing needs any more, thin the logs, "
        "finish erasures whose retention is over.",
        executor_def=dg.in_process_executor,
        resource_defs=dict(resources),
        tags={"lakehouse/environment": lake.settings.environment},
    )
    def upkeep() -> None:
        look_after()

    return upkeep


def weekly_upkeep(lake: Lake, *, cron: str = "0 3 * * 0") -> dg.ScheduleDefinition:
    """Every Sunday at three in the morning, company time, when nobody waits for a table."""
    return dg.ScheduleDefinition(
        name="weekly_upkeep",
        job_name=UPKEEP,
        cron_schedule=cron,
        execution_timezone=lake.settings.company_timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Looks after the files of every table, and finishes erasures.",
    )

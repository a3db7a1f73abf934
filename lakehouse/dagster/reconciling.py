"""Silver held against its sources' databases, every night, in a process of its own that starts no JVM."""

import dagster as dg

from lakehouse.lake import Lake
from lakehouse.telling.logs import start_logging
from lakehouse.trust.reconciliation import told
from lakehouse.trust.reconciliation.telling import database_of, reconcile_and_tell

__all__ = ["RECONCILE", "nightly_reconciliation", "reconcile_job"]

RECONCILE = "reconcile"


def reconcile_job(lake: Lake) -> dg.JobDefinition:
    """Every source whose database the settings name; fails where a difference has no explanation."""

    @dg.op(name="hold_against_sources")
    def hold(context: dg.OpExecutionContext) -> None:
        wrong = []
        with start_logging(lake.settings, context.run_id):
            for system in lake.settings.source_databases:
                for report in reconcile_and_tell(lake, database_of(lake, system), system):
                    context.log.info(told(report))
                    wrong += [] if report.clean else [report.dataset]
        if wrong:
            raise dg.Failure(f"not what the source is: {', '.join(wrong)}", allow_retries=False)

    @dg.job(
        name=RECONCILE,
        description="Compare silver with the databases it comes from, by counts and checksums, then by key.",
        executor_def=dg.in_process_executor,
        tags={"lakehouse/environment": lake.settings.environment},
    )
    def reconcile() -> None:
        hold()

    return reconcile


def nightly_reconciliation(lake: Lake, *, cron: str = "30 2 * * *") -> dg.ScheduleDefinition:
    """Every night at half past two, company time; does nothing while the settings name no database."""

    @dg.schedule(
        name="nightly_reconciliation",
        job_name=RECONCILE,
        cron_schedule=cron,
        execution_timezone=lake.settings.company_timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Holds silver against the databases in LAKEHOUSE_SOURCE_DATABASES.",
    )
    def nightly() -> dg.RunRequest | dg.SkipReason:
        if not lake.settings.source_databases:
            return dg.SkipReason("LAKEHOUSE_SOURCE_DATABASES names no database to compare with")
        return dg.RunRequest()

    return nightly

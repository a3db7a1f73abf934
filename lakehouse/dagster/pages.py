"""A project's pages and letters as Dagster assets and schedules."""

from collections.abc import Sequence
from datetime import timedelta

import dagster as dg

from lakehouse.dagster.names import asset_key
from lakehouse.lake import Lake
from lakehouse.pages.declaration import Dashboard, discover_pages, page_named

__all__ = ["build_pages", "weekly_letter"]


def build_pages(lake: Lake) -> list[dg.AssetsDefinition]:
    """An asset for every page, built again when a table that it reads has news. Starts no JVM."""
    return [_asset(lake, dashboard) for dashboard in discover_pages(lake.settings, lake.catalog)]


def weekly_letter(lake: Lake, name: str, *, cron: str = "0 7 * * 1") -> dg.ScheduleDefinition:
    """Send a page every Monday at seven, company time; the edition of the week that ended goes out once.

    Does nothing, and says so, while ``letter_to`` is not set.
    """

    @dg.op(name=f"send_{name}", description=f"Send the page {name} as a letter.")
    def send(context: dg.OpExecutionContext) -> None:
        from lakehouse.pages.letter import send_letter

        dashboard = page_named(discover_pages(lake.settings, lake.catalog), name)
        letter = send_letter(lake, dashboard, context.run_tags["lakehouse/period"])
        context.log.info(f"sent: {letter.subject}" if letter.sent else letter.reason)

    @dg.job(name=f"letter_{name}", executor_def=dg.in_process_executor)
    def letter() -> None:
        send()

    @dg.schedule(
        name=f"weekly_{name}",
        job=letter,
        cron_schedule=cron,
        execution_timezone=lake.settings.company_timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"Sends the page {name} to LAKEHOUSE_LETTER_TO, once a week.",
    )
    def weekly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        if not lake.settings.letter_to:
            return dg.SkipReason("LAKEHOUSE_LETTER_TO is not set: there is nobody to write to")
        period = f"{context.scheduled_execution_time - timedelta(days=1):%G-W%V}"
        return dg.RunRequest(run_key=period, tags={"lakehouse/period": period})

    return weekly


def _asset(lake: Lake, dashboard: Dashboard) -> dg.AssetsDefinition:
    @dg.asset(
        key=dg.AssetKey(["serving", dashboard.name]),
        deps=_tables(lake, dashboard.reads),
        group_name="serving",
        owners=[dashboard.owner],
        kinds={"html"},
        description=f"The page “{dashboard.title}”, for {dashboard.team}.",
        automation_condition=dg.AutomationCondition.any_deps_updated().since_last_handled()
        & ~dg.AutomationCondition.any_deps_in_progress()
        & ~dg.AutomationCondition.in_progress(),
    )
    def build() -> dg.MaterializeResult[None]:
        from lakehouse.pages.site import write_site

        (built,) = write_site(lake, [dashboard.name])
        if built.problem:
            raise dg.Failure(built.problem, allow_retries=False)
        return dg.MaterializeResult(
            metadata={
                "finding": built.finding,
                "page": dg.MetadataValue.path(str(built.file)),
                "dropped": [drop.what for drop in built.drops],
            }
        )

    return build


def _tables(lake: Lake, names: Sequence[str]) -> list[dg.AssetDep]:
    """A page reads its tables whole, whatever windows they have."""
    return [
        dg.AssetDep(asset_key(lake.catalog[name]), partition_mapping=dg.AllPartitionMapping())
        if lake.catalog[name].partitions
        else dg.AssetDep(asset_key(lake.catalog[name]))
        for name in names
    ]

"""Silver held against its sources' databases, as a check on every table that mirrors one. Starts no JVM.

The check runs by itself every night, and when somebody executes it or materializes the table in the catalog.
Runs that automation or a sensor starts are without it, and nothing downstream waits for it.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg

from lakehouse.dagster.names import asset_key
from lakehouse.errors import LakehouseError
from lakehouse.lake import Lake
from lakehouse.telling.logs import start_logging
from lakehouse.trust.reconciliation import Report, told
from lakehouse.trust.reconciliation.pairing import known_pairs, mirrored
from lakehouse.trust.reconciliation.telling import database_of, reconcile_and_tell

__all__ = ["CHECK", "reconciliation_checks"]

CHECK = "matches_source"
_PATIENCE = 120.0  # seconds; a capture lands once a minute


def reconciliation_checks(lake: Lake, *, cron: str = "30 2 * * *") -> list[dg.AssetChecksDefinition]:
    """The checks, by default at half past two company time; none for a system without a database.

    The settings name the databases (``source_databases``).
    """
    # A check with a condition of its own does not come with every run of its table.
    nightly: dg.AutomationCondition[Any] = dg.AutomationCondition.cron_tick_passed(
        cron, lake.settings.company_timezone
    )
    specs = [
        dg.AssetCheckSpec(
            CHECK,
            asset=asset_key(dataset),
            description=f"Every key is as in the database of {bronze.source.name}, or it is known why not.",
            metadata={"source": bronze.source.name},
            automation_condition=nightly,
        )
        for dataset in lake.catalog
        if (bronze := mirrored(lake, dataset))
        and bronze.source
        and bronze.source.system in lake.settings.source_databases
    ]
    if not specs:
        return []

    @dg.multi_asset_check(
        name="hold_against_sources",
        specs=specs,
        can_subset=True,
        description="Compare silver with the databases it comes from, by counts and checksums, then by key.",
    )
    def hold(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        asked = {key.asset_key for key in context.selected_asset_check_keys}
        names = [dataset.name for dataset in lake.catalog if asset_key(dataset) in asked]
        failed = []
        with start_logging(lake.settings, context.run.run_id):
            for system in lake.settings.source_databases:
                try:
                    yield from _results(lake, system, names)
                except LakehouseError as error:
                    failed.append(f"{system}: {error}")  # the other systems are compared all the same
        if failed:
            raise dg.Failure(f"not compared: {'; '.join(failed)}", allow_retries=False)

    return [hold]


def _results(lake: Lake, system: str, names: Sequence[str]) -> Iterator[dg.AssetCheckResult]:
    """The verdicts on those tables that are built and whose lineage is known; there is none on others."""
    there = [pair.silver.name for pair in known_pairs(lake, system) if pair.silver.name in names]
    if not there:
        return
    url = database_of(lake, system)
    for report in reconcile_and_tell(lake, url, system, names=there, patience=_PATIENCE):
        yield _result(lake, report)


def _result(lake: Lake, report: Report) -> dg.AssetCheckResult:
    metadata: dict[str, Any] = {
        "keys": report.keys,
        "differ": report.differ,
        "lost": report.lost,
        "doubled": report.doubled,
        "explained": dict(report.explained),
    }
    if report.examples:
        metadata["some of the keys"] = "; ".join(report.examples)
    if report.left_out:
        metadata["not compared"] = ", ".join(report.left_out)
    return dg.AssetCheckResult(
        passed=report.clean,
        asset_key=asset_key(lake.catalog[report.dataset]),
        check_name=CHECK,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata=metadata,
        description=told(report),
    )

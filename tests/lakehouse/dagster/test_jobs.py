"""One run over windows of all kinds, and what runs that name windows do with them."""

import dagster as dg
import pytest

from lakehouse.dagster.definitions import build_definitions
from lakehouse.dagster.home import at_home
from lakehouse.dagster.jobs import REFRESH
from lakehouse.dagster.names import asset_key
from lakehouse.dagster.running import run_lake
from lakehouse.engine import deltalog

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@pytest.fixture
def instance(built):
    with at_home(built.lake.settings), dg.DagsterInstance.get() as found:
        yield found


def launched(lake, instance, name, **tags):
    """A run of one table as automation or the UI launches it: the windows that it names are tags."""
    return (
        build_definitions(lake)
        .resolve_implicit_global_asset_job_def()
        .execute_in_process(
            instance=instance,
            asset_selection=[asset_key(lake.catalog[name])],
            tags={f"dagster/{tag}": text for tag, text in tags.items() if tag != "trigger"}
            | ({"lakehouse/trigger": tags["trigger"]} if "trigger" in tags else {}),
            run_config=QUIET,
            raise_on_error=False,
        )
    )


def test_the_catalog_shows_windows_and_the_job_runs_without_naming_any(weather):
    definitions = build_definitions(weather)
    refresh = definitions.resolve_job_def(REFRESH)
    assert refresh.partitions_def is None
    assert refresh.asset_layer.executable_asset_keys == {asset_key(each) for each in weather.catalog}
    kinds = {
        type(definitions.resolve_asset_graph().get(asset_key(each)).partitions_def)
        for each in weather.catalog
        if each.partitions
    }
    assert len(kinds) == 4
    definitions.get_repository_def().load_all_definitions()


def test_windows_of_every_kind_start_and_time_zone_are_written_in_one_run(built, instance):
    assert built.report.ok
    written = {
        each.name: instance.get_materialized_partitions(asset_key(each))
        for each in built.lake.catalog
        if each.partitions
    }
    assert written == {
        "hourly_heat": {"2026-01-01-10:00", "2026-01-02-10:00"},
        "daily_heat": {"2026-01-01", "2026-01-02"},
        "dog_days": {"2026-01-01", "2026-01-02"},
        "weekly_heat": {"2025-12-29"},
        "monthly_heat": {"2026-01-01"},
    }


def test_windows_that_read_windows_of_another_kind_and_time_zone_are_backfilled_in_one_run(built, instance):
    windows = ("2025-12-29", "2026-01-05")
    report = run_lake(built.lake, ["weekly_heat"], windows=windows)
    assert report.ok
    assert report.datasets[0].outcome.record.windows == windows
    assert set(windows) <= instance.get_materialized_partitions(asset_key(built.lake.catalog["weekly_heat"]))


def test_what_automation_starts_passes_over_what_is_up_to_date(built, instance):
    table = built.lake.table(built.lake.catalog["daily_heat"])
    before = deltalog.version(table)
    window = {"asset_partition_range_start": "2026-01-01", "asset_partition_range_end": "2026-01-02"}
    assert launched(built.lake, instance, "daily_heat", trigger="incremental", **window).success
    assert deltalog.version(table) == before


def test_a_window_before_the_tables_own_is_refused(built, instance):
    done = launched(built.lake, instance, "daily_heat", partition="2025-12-31")
    (failed,) = (event for event in done.all_events if event.is_step_failure)
    said = failed.step_failure_data.user_failure_data.description
    assert "not a range of the dataset's windows" in said
    assert "expected windows from 2026-01-01 to" in said

from dataclasses import replace
from datetime import UTC, datetime

import dagster as dg
import pytest

from lakehouse.dagster.definitions import build_definitions
from lakehouse.dagster.partitions import in_common, partitions_def
from lakehouse.discovery import Catalog
from lakehouse.lake import Lake
from lakehouse.partitions import daily, hourly, monthly, weekly

NOW = datetime(2026, 3, 18, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("windows", "kind"),
    [
        (hourly("at", start="2026-03-01-00:00"), dg.HourlyPartitionsDefinition),
        (daily("day", start="2026-03-01", timezone="Europe/Helsinki"), dg.DailyPartitionsDefinition),
        (weekly("week", start="2026-03-02"), dg.WeeklyPartitionsDefinition),
        (monthly("month", start="2026-01-01"), dg.MonthlyPartitionsDefinition),
    ],
    ids=["hourly", "daily", "weekly", "monthly"],
)
def test_keys_are_the_windows_own_up_to_the_running_one(windows, kind):
    definition = partitions_def(windows)
    assert isinstance(definition, kind)
    keys = definition.get_partition_keys(current_time=NOW)
    assert tuple(keys) == windows.keys_between(windows.start, windows.current_key(NOW))


def test_tables_whose_windows_start_apart_still_run_together(weather):
    """Dagster takes tables into one job only where their partitions are the same to the day."""
    heat = weather.catalog["daily_heat"]
    later = replace(heat, name="later_heat", partitions=replace(heat.partitions, start="2031-06-01"))
    lake = Lake(weather.settings, Catalog.of([*weather.catalog, later]))
    refresh = build_definitions(lake).resolve_job_def("refresh")
    names = {key.path[-1] for key in refresh.asset_layer.executable_asset_keys}
    assert names == {dataset.name for dataset in lake.catalog}
    assert in_common(lake, later.partitions) == heat.partitions

from datetime import UTC, datetime

import dagster as dg
import pytest

from lakehouse.dagster.partitions import dependency, partitions_def
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


def test_windows_map_by_time_within_one_time_zone_only(weather):
    def mapping(reader, upstream):
        return type(dependency(weather.catalog[reader], weather.catalog[upstream]).partition_mapping)

    assert mapping("dog_days", "hourly_heat") is dg.TimeWindowPartitionMapping
    assert mapping("dog_days", "daily_heat") is dg.TimeWindowPartitionMapping
    assert mapping("weekly_heat", "daily_heat") is dg.AllPartitionMapping
    assert mapping("daily_heat", "readings") is type(None)
    assert mapping("records", "monthly_heat") is type(None)


def test_the_companys_time_zone_is_that_of_windows_that_declare_none(weather):
    settings = weather.settings.model_copy(update={"company_timezone": "America/New_York"})
    catalog = Lake(settings, weather.catalog).catalog
    zones = {each.name: partitions_def(each.partitions).timezone for each in catalog if each.partitions}
    assert zones == {
        "hourly_heat": "UTC",
        "daily_heat": "America/New_York",
        "dog_days": "America/New_York",
        "weekly_heat": "Asia/Kathmandu",
        "monthly_heat": "America/New_York",
    }

from datetime import UTC, datetime

import dagster as dg
import pytest

from lakehouse.dagster.partitions import partitions_def
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

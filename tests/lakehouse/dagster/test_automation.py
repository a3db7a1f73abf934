"""What automation asks for, told by Dagster's own evaluation of the conditions. No Spark."""

import dagster as dg
import pytest

from lakehouse.dagster.automation import automation_sensor
from lakehouse.dagster.checks import checks_of
from lakehouse.dagster.definitions import build_definitions
from lakehouse.dagster.jobs import refresh_request
from lakehouse.dagster.names import asset_key


def events(dataset, *windows, passed=True):
    """What Dagster is told of a table that was written: its windows, then the verdicts on them."""
    for window in windows or (None,):
        yield dg.AssetMaterialization(asset_key(dataset), partition=window)
    for check in checks_of(dataset):
        blocking = check.severity.blocks
        yield dg.AssetCheckEvaluation(
            asset_key=asset_key(dataset), check_name=check.name, passed=passed, metadata={}, blocking=blocking
        )


class Ticks:
    """A lake whose tables say that they were written, and what automation asks for at each tick."""

    def __init__(self, lake, instance):
        self.lake, self.instance, self.cursor = lake, instance, None
        self.definitions = build_definitions(lake)

    def written(self, name, *windows, passed=True):
        for event in events(self.lake.catalog[name], *windows, passed=passed):
            self.instance.report_runless_asset_event(event)

    def asked(self):
        found = dg.evaluate_automation_conditions(
            self.definitions, instance=self.instance, cursor=self.cursor
        )
        self.cursor = found.cursor
        keys = {
            each.name: found.get_requested_partitions(asset_key(each))
            for each in self.lake.catalog
            if found.get_num_requested(asset_key(each))
        }
        return {name: {key for key in windows if key} for name, windows in keys.items()}


@pytest.fixture
def ticks(weather):
    with dg.DagsterInstance.ephemeral() as instance:
        ticks = Ticks(weather, instance)
        assert ticks.asked() == {}
        yield ticks


def running(lake, name):
    return {lake.catalog[name].partitions.current_key()}


def test_news_of_a_table_without_windows_ask_for_the_running_window_of_its_readers(ticks):
    ticks.written("raw_readings")
    assert ticks.asked() == {"readings": set(), "stations": set()}
    ticks.written("readings")
    assert ticks.asked() == {name: running(ticks.lake, name) for name in ("daily_heat", "hourly_heat")}
    assert ticks.asked() == {}


def test_news_of_windows_ask_for_those_that_they_lie_in_however_many_were_never_written(ticks):
    ticks.written("hourly_heat", "2026-01-01-10:00")
    ticks.written("daily_heat", "2026-01-01", "2026-01-15")
    assert ticks.asked() == {
        "dog_days": {"2026-01-01", "2026-01-15"},
        "weekly_heat": running(ticks.lake, "weekly_heat"),  # in another time zone
    }
    ticks.written("dog_days", "2026-01-31")
    assert ticks.asked() == {"monthly_heat": {"2026-01-01"}}


def test_a_reader_waits_for_the_blocking_checks_of_its_inputs(ticks):
    ticks.written("weekly_heat", "2026-01-05", passed=False)
    ticks.written("monthly_heat", "2026-01-01")
    assert "records" not in ticks.asked()
    ticks.written("weekly_heat", "2026-01-05")
    assert ticks.asked() == {"records": set()}


@pytest.mark.parametrize(
    ("tags", "asked"),
    [({}, {"daily_heat", "hourly_heat"}), ({"lakehouse/readers": "included"}, set())],
    ids=["alone", "with all readers"],
)
def test_what_a_run_wrote_is_news_unless_all_readers_were_in_it(ticks, tags, asked):
    ticks.written("raw_readings")
    ticks.asked()

    @dg.op
    def write(context):
        for event in events(ticks.lake.catalog["readings"]):
            context.log_event(event)

    @dg.job(executor_def=dg.in_process_executor)
    def run():
        write()

    run.execute_in_process(instance=ticks.instance, tags=tags)
    assert set(ticks.asked()) == asked


def test_what_asks_for_a_table_asks_for_all_that_reads_it_and_says_so(weather):
    request = refresh_request(weather, ["dog_days"], tags={"lakehouse/loads_of": "nobody"})
    names = [key.path[-1] for key in request.asset_selection]
    assert names == ["dog_days", "monthly_heat", "records"]
    assert request.tags == {"lakehouse/readers": "included", "lakehouse/loads_of": "nobody"}


def test_what_automation_starts_takes_what_is_new_and_not_the_windows_it_names():
    assert automation_sensor().run_tags == {"lakehouse/trigger": "incremental"}

"""When Dagster runs a table by itself, without anybody asking: declarative automation.

A condition asks for the windows of a windowed table that its news lie in. The run that comes of it does
more: the sensor's tag makes it one that takes what is new, whichever windows that is, so that late rows
elsewhere come with it and what was asked for twice is found done.
"""

from collections.abc import Iterable
from typing import Any

import dagster as dg

from lakehouse.dagster.names import asset_key, is_windowed
from lakehouse.dagster.partitions import maps_by_time
from lakehouse.dagster.step import INCLUDED, READERS, TRIGGER
from lakehouse.dataset import Dataset
from lakehouse.lake import Lake
from lakehouse.writing.request import Trigger

__all__ = ["automation_sensor", "condition"]

_Condition = dg.AutomationCondition


def automation_sensor() -> dg.AutomationConditionSensorDefinition:
    """Looks at the conditions of all assets, once a minute."""
    return dg.AutomationConditionSensorDefinition(
        "automation",
        target=dg.AssetSelection.all(),
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=60,
        run_tags={TRIGGER: Trigger.INCREMENTAL.value},
        description="Runs tables whose inputs have news, once the blocking checks on those have passed.",
    )


def condition(lake: Lake, dataset: Dataset) -> dg.AutomationCondition[Any] | None:
    """An input has news, all are there, none is being written, and no blocking check stands against one.

    Bronze waits for the bucket's sensor. A window in which no row lies is never written, so the missing
    windows of an input mean nothing.
    """
    if dataset.source:
        return None
    inputs = [lake.catalog[name] for name in dataset.inputs]
    windowed = _assets(each for each in inputs if is_windowed(each))
    return (
        _news(dataset, inputs).since_last_handled()
        & ~_Condition.any_deps_missing().ignore(windowed)
        & ~_Condition.any_deps_in_progress()
        & ~_Condition.in_progress()
        & _Condition.all_deps_blocking_checks_passed()
    )


def _news(dataset: Dataset, inputs: Iterable[Dataset]) -> dg.AutomationCondition[Any]:
    """An input was written: for a window, one of its own windows that lies in this one.

    Where windows do not lie in each other, the news may be of any: the running one stands for them all.
    What a run wrote that has all readers in it is no news, whatever became of them there.
    """
    with_readers = _Condition.all_new_updates_have_run_tags(tag_values={READERS: INCLUDED})
    updated = _Condition.any_deps_match(
        (_Condition.newly_updated() & ~with_readers) | _Condition.will_be_requested()
    )
    if not is_windowed(dataset):
        return updated | _Condition.newly_missing()
    by_time = _assets(each for each in inputs if maps_by_time(dataset, each))
    return updated.allow(by_time) | (updated.ignore(by_time) & _Condition.in_latest_time_window())


def _assets(datasets: Iterable[Dataset]) -> dg.AssetSelection:
    return dg.AssetSelection.assets(*(asset_key(each) for each in datasets))

"""The lake's windows as Dagster's partitions: the same keys, the running window included."""

from dataclasses import replace

import dagster as dg

from lakehouse.dagster.names import asset_key, is_windowed
from lakehouse.dataset import Dataset
from lakehouse.lake import Lake
from lakehouse.partitions import Every, Partitions

__all__ = ["dependency", "in_common", "partitions_def"]

_MONDAY = 1


def partitions_def(partitions: Partitions) -> dg.TimeWindowPartitionsDefinition:
    """The partitions of a table's windows.

    The window that is running now belongs to them (``end_offset=1``): the lake writes it, late rows
    and all, and does not wait for midnight.
    """
    start, zone = partitions.start, partitions.timezone
    match partitions.every:
        case Every.HOUR:
            return dg.HourlyPartitionsDefinition(start, timezone="UTC", end_offset=1)
        case Every.DAY:
            return dg.DailyPartitionsDefinition(start, timezone=zone, end_offset=1)
        case Every.WEEK:
            return dg.WeeklyPartitionsDefinition(start, timezone=zone, day_offset=_MONDAY, end_offset=1)
        case Every.MONTH:
            return dg.MonthlyPartitionsDefinition(start, timezone=zone, end_offset=1)


def in_common(lake: Lake, partitions: Partitions) -> Partitions:
    """The same windows from the earliest start that any table of the lake has for their kind.

    Dagster runs tables together in one job only where their partitions are the same to the day.
    """
    alike = (partitions.every, partitions.timezone)
    starts = [
        each.partitions.start
        for each in lake.catalog
        if each.partitions and (each.partitions.every, each.partitions.timezone) == alike
    ]
    return replace(partitions, start=min([partitions.start, *starts]))


def dependency(reader: Dataset, upstream: Dataset) -> dg.AssetDep:
    """What a table reads. Windows of two time zones do not map onto each other: then all onto all."""
    ours, theirs = reader.partitions, upstream.partitions
    both = ours is not None and theirs is not None and is_windowed(reader) and is_windowed(upstream)
    if both and ours is not None and theirs is not None and ours.timezone != theirs.timezone:
        return dg.AssetDep(asset_key(upstream), partition_mapping=dg.AllPartitionMapping())
    return dg.AssetDep(asset_key(upstream))

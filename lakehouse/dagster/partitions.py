"""The lake's windows as Dagster's partitions: the same keys, the running window included."""

import dagster as dg

from lakehouse.dagster.names import asset_key, is_windowed
from lakehouse.dataset import Dataset
from lakehouse.partitions import Every, Partitions

__all__ = ["dependency", "partitions_def"]

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


def dependency(reader: Dataset, upstream: Dataset) -> dg.AssetDep:
    """What a table reads. Windows of two time zones do not map onto each other: then all onto all."""
    ours, theirs = reader.partitions, upstream.partitions
    both = ours is not None and theirs is not None and is_windowed(reader) and is_windowed(upstream)
    if both and ours is not None and theirs is not None and ours.timezone != theirs.timezone:
        return dg.AssetDep(asset_key(upstream), partition_mapping=dg.AllPartitionMapping())
    return dg.AssetDep(asset_key(upstream))

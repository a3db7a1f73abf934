"""The lake's windows as Dagster's partitions: the same keys, the running window included."""

import dagster as dg

from lakehouse.dagster.names import asset_key, is_windowed
from lakehouse.dataset import Dataset
from lakehouse.partitions import Every, Partitions

__all__ = ["dependency", "maps_by_time", "partitions_def"]

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


def maps_by_time(reader: Dataset, upstream: Dataset) -> bool:
    """Whether the windows of two tables lie in each other: both have some, and in one time zone."""
    ours, theirs = reader.partitions, upstream.partitions
    return bool(ours and theirs and ours.timezone == theirs.timezone)


def dependency(reader: Dataset, upstream: Dataset) -> dg.AssetDep:
    """What a table reads, and which of its windows lie in which of the reader's.

    Windows that the upstream table does not have, since it begins later, are no obstacle. Between time
    zones all windows depend on all.
    """
    if maps_by_time(reader, upstream):
        mapping = dg.TimeWindowPartitionMapping(allow_nonexistent_upstream_partitions=True)
        return dg.AssetDep(asset_key(upstream), partition_mapping=mapping)
    if is_windowed(reader) and is_windowed(upstream):
        return dg.AssetDep(asset_key(upstream), partition_mapping=dg.AllPartitionMapping())
    return dg.AssetDep(asset_key(upstream))

"""Landing what the other systems deliver: ads, tickets, the sheet, the tracking plan, a file each."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from supercorp.exports import ExportFile, exports_of, write_files
from supercorp.world import World

__all__ = ["land_exports"]


def land_exports(world: World, bucket: Path) -> list[Path]:
    """Drop every file of the history into the bucket that is not there; the paths written, by day.

    They lie as bare files under ``BUCKET/system/table``, and are taken in the order in which they were
    written.
    """
    missing = (file for file in _history(world) if not (bucket / file.name).exists())
    return write_files(missing, bucket)


def _history(world: World) -> Iterator[ExportFile]:
    days: list[date] = [world.first_day + timedelta(days=number) for number in range(world.days)]
    for day in days:
        yield from exports_of(world, day)

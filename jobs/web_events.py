"""SuperCorp's past events into the bucket, as the collector would have put them there: a load a day."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from lakehouse.capture.loads import Load, list_loads, write_load
from supercorp.clock import DAY, date_of, midnight
from supercorp.events import events_on
from supercorp.world import World

__all__ = ["SOURCE", "TABLE", "land_events"]

SOURCE, TABLE = "collector", "events"


def land_events(world: World, bucket: Path, say: Callable[[str], None] = lambda _: None) -> list[Load]:
    """Land what the collector received on each day of the history; days that are there are passed over.

    Events that arrive after their day lie in the load of the day on which they arrived. Those of the last
    day that have not arrived when the history ends are not there yet.
    """
    there = {load.load_id for load in list_loads(bucket, SOURCE, TABLE).loads}
    landed = []
    for start in range(midnight(world.first_day), world.end, DAY):
        load_id = f"history-{date_of(start)}"
        if load_id in there:
            continue
        load = write_load(
            bucket,
            SOURCE,
            TABLE,
            _lines(world, start),
            kind="incremental",
            position=start,
            extracted_at=datetime.fromtimestamp((start + DAY) / 1_000_000, UTC),
            load_id=load_id,
        )
        landed.append(load)
        say(f"events: {date_of(start)}, {load.rows:,} received")
    return landed


def _lines(world: World, start: int) -> Iterator[bytes]:
    """The messages with the collector's two fields before them; a broken one stays broken."""
    for received, message in events_on(world, start, start + DAY):
        at = datetime.fromtimestamp(received / 1_000_000, UTC).isoformat(timespec="milliseconds")
        yield b'{"receivedAt":"%s","source":"web",%s' % (at.replace("+00:00", "Z").encode(), message[1:])

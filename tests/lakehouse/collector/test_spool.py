import asyncio
import time

import pytest

from lakehouse.collector import spool as spool_module
from lakehouse.collector.counts import Counts
from lakehouse.collector.segments import Segment, SegmentName, groups
from lakehouse.collector.spool import Spool, SpoolError

HOUR = 3600


@pytest.fixture
def counts(tmp_path):
    return Counts(tmp_path)


@pytest.fixture
def closed():
    return []


@pytest.fixture
def make(tmp_path, counts, closed):
    def make_one(segment_bytes=1 << 20):
        return Spool(
            tmp_path, window_seconds=HOUR, segment_bytes=segment_bytes, counts=counts, closed=closed.append
        )

    return make_one


def rows_of(path):
    return [group.rows for group in groups(path)]


def test_requests_that_come_together_share_a_sync(make, closed, counts):
    async def use():
        spool = make()
        await asyncio.gather(*(spool.keep(HOUR, {"events": [str(number)]}) for number in range(100)))
        await spool.close()

    asyncio.run(use())
    assert sum(rows_of(closed[0])) == 100
    assert counts.summary()["syncs"] <= 3


def test_lines_of_two_tables_go_into_two_segments(make, closed):
    async def use():
        spool = make()
        assert await spool.keep(HOUR, {"events": ["a", "b"], "events_rejected": ["c"]}) == 3
        await spool.close()

    asyncio.run(use())
    assert {SegmentName.of(path).table: rows_of(path) for path in closed} == {
        "events": [2],
        "events_rejected": [1],
    }


def test_a_segment_holds_one_window(make, closed):
    async def use():
        spool = make()
        kept = [spool.keep(at, {"events": [str(at)]}) for at in (HOUR, 2 * HOUR - 0.001, 2 * HOUR)]
        await asyncio.gather(*kept)
        await spool.close()

    asyncio.run(use())
    assert [sum(rows_of(path)) for path in closed] == [2, 1]


def test_a_window_that_is_over_is_closed_though_nothing_comes(make, closed):
    async def use():
        spool = make()
        await spool.keep(HOUR, {"events": ["a"]})
        await spool.close_windows(2 * HOUR - 1)
        assert closed == []
        await spool.close_windows(2 * HOUR)
        assert len(closed) == 1
        await spool.close()

    asyncio.run(use())
    assert len(closed) == 1


def test_a_segment_that_has_its_size_is_closed(make, closed):
    async def use():
        spool = make(segment_bytes=100)
        for _ in range(4):
            await spool.keep(HOUR, {"events": ["x" * 60]})
        await spool.close()

    asyncio.run(use())
    assert [len(rows_of(path)) for path in closed] == [2, 2]


def test_a_group_that_does_not_get_to_disk_is_taken_back_whole(make, closed, counts, monkeypatch):
    synced = Segment.sync

    def fail_for_rejected(segment):
        if segment.table == "events_rejected":
            raise OSError(28, "No space left on device")
        synced(segment)

    async def use():
        spool = make()
        await spool.keep(HOUR, {"events": ["kept"]})
        monkeypatch.setattr(Segment, "sync", fail_for_rejected)
        with pytest.raises(SpoolError, match="No space left on device"):
            await spool.keep(HOUR, {"events": ["lost"], "events_rejected": ["lost"]})
        assert counts.summary()["problems"] == ["the spool cannot be written: No space left on device"]
        monkeypatch.undo()
        await spool.keep(HOUR, {"events": ["again"]})
        await spool.close()

    asyncio.run(use())
    lines = [group.lines for path in closed for group in groups(path)]
    assert lines == [b"kept\n", b"again\n"]
    assert counts.summary()["problems"] == []


def test_the_last_of_the_disk_is_left_for_packing(make, closed, monkeypatch):
    async def use():
        spool = make()
        await spool.keep(HOUR, {"events": ["a"]})
        monkeypatch.setattr(spool_module, "SPARE_BYTES", 1 << 60)
        with pytest.raises(SpoolError, match="of disk are free"):
            await spool.keep(HOUR, {"events": ["b"]})
        assert len(closed) == 1  # goes to the bucket, which frees the disk
        await spool.close()

    asyncio.run(use())


def test_more_than_the_disk_takes_is_turned_away(make, monkeypatch):
    monkeypatch.setattr(spool_module, "WAITING_BYTES", 10)

    async def use():
        spool = make()
        first = asyncio.create_task(spool.keep(time.time(), {"events": ["x" * 8]}))
        await asyncio.sleep(0)
        with pytest.raises(SpoolError, match="more is coming in"):
            await spool.keep(time.time(), {"events": ["x" * 8]})
        assert await first == 8
        assert await spool.keep(time.time(), {"events": ["x" * 8]}) == 8
        await spool.close()

    asyncio.run(use())

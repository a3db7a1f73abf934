import gzip
import shutil

import pytest

from lakehouse.capture.loads import list_loads
from lakehouse.collector.counts import Counts
from lakehouse.collector.segments import Group, Segment
from lakehouse.collector.shipping import Shipper, ship
from lakehouse.errors import SetupError


@pytest.fixture
def bucket(tmp_path):
    return tmp_path / "bucket"


@pytest.fixture
def segment(tmp_path):
    made = Segment(tmp_path, "events", window=7)
    made.append(Group(b'{"n":1}\n{"n":2}\n', 2))
    made.append(Group(b'{"n":3}\n', 1))
    made.close()
    return made.path


def loads(bucket):
    found = list_loads(bucket, "collector", "events")
    assert found.problems == found.duplicates == ()
    return found.loads


def ship_by_thread(spool, bucket):
    counts = Counts(spool)
    shipper = Shipper(bucket, "collector", counts)
    inherited = shipper.inherit(spool)
    shipper.start()
    shipper.close()
    return inherited, counts.summary()


def test_a_segment_becomes_a_load_of_its_name(segment, bucket):
    assert ship(segment, bucket, "collector") == 3
    (load,) = loads(bucket)
    assert (load.load_id, load.kind) == (segment.stem, "incremental")
    assert gzip.decompress(load.files[0].path.read_bytes()) == b'{"n":1}\n{"n":2}\n{"n":3}\n'
    assert not segment.exists()


def test_killed_after_the_load_and_before_the_removal_it_stays_one_load(segment, bucket, tmp_path):
    left = shutil.copy(segment, tmp_path / "left")
    ship(segment, bucket, "collector")
    shutil.move(left, segment)
    assert ship_by_thread(tmp_path, bucket)[0] == 1
    assert len(loads(bucket)) == 1
    assert not segment.exists()


def test_a_load_whose_folder_was_renamed_is_known_all_the_same(segment, bucket, tmp_path):
    left = shutil.copy(segment, tmp_path / "left")
    ship(segment, bucket, "collector")
    shutil.move(left, segment)
    folder = bucket / "collector" / "events" / segment.stem
    folder.rename(folder.with_name("kept-from-last-week"))
    ship_by_thread(tmp_path, bucket)
    assert len(loads(bucket)) == 1
    assert not segment.exists()


def test_a_group_that_broke_off_is_not_in_the_load(segment, bucket):
    segment.write_bytes(segment.read_bytes()[:-1])
    assert ship(segment, bucket, "collector") == 2
    assert loads(bucket)[0].files[0].rows == 2


def test_what_cannot_be_shipped_stays_and_is_told(segment, bucket, tmp_path):
    bucket.touch()
    with pytest.raises(SetupError, match="the load cannot be written"):
        ship(segment, bucket, "collector")
    assert segment.exists()
    (problem,) = ship_by_thread(tmp_path, bucket)[1]["problems"]
    assert "the load cannot be written" in problem
    bucket.unlink()
    summary = ship_by_thread(tmp_path, bucket)[1]
    assert (summary["shipped"], summary["problems"]) == ({"loads": 1, "lines": 3}, [])
    assert summary["spool"]["segments"] == 0

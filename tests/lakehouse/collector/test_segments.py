import pytest

from lakehouse.collector.segments import DAMAGED, Group, Segment, SegmentName, groups, repair

FIRST, SECOND = Group(b'{"n":1}\n{"n":2}\n', 2), Group(b'{"n":3}\n', 1)


@pytest.fixture
def segment(tmp_path):
    made = Segment(tmp_path, "events_rejected", window=7)
    for group in (FIRST, SECOND):
        made.append(group)
    made.sync()
    made.close()
    return made


def test_what_was_written_is_read(segment):
    assert list(groups(segment.path)) == [FIRST, SECOND]
    assert (segment.rows, segment.size) == (3, segment.path.stat().st_size)
    assert repair(segment.path) == (3, 0, 0)


def test_the_name_tells_table_and_place(segment):
    name = SegmentName.of(segment.path)
    assert (name.table, name.load_id) == ("events_rejected", segment.path.stem)
    assert name.opened_at.timestamp() == pytest.approx(name.position / 1e6)
    assert SegmentName.of(segment.path.with_suffix(DAMAGED)) is None


def test_a_segment_cut_off_anywhere_keeps_its_whole_groups(segment):
    whole = segment.path.read_bytes()
    first = len(whole) - len(SECOND.lines) - 28
    for length in range(len(whole)):
        segment.path.write_bytes(whole[:length])
        found = repair(segment.path)
        if length < first:
            assert (found.rows, found.damaged, segment.path.exists()) == (0, 0, False)
        else:
            assert found == (2, length - first, 0)
            assert segment.path.read_bytes() == whole[:first]


@pytest.mark.parametrize("tail", [b"\0" * 5000, b"=000000ff 00000001 00000000\n" + b"\0" * 200])
def test_blanks_where_a_group_should_have_been_are_cut_off(segment, tail):
    whole = segment.path.read_bytes()
    segment.path.write_bytes(whole + tail)
    assert repair(segment.path) == (3, len(tail), 0)
    assert segment.path.read_bytes() == whole


def test_bytes_that_cannot_be_explained_are_set_aside(segment):
    whole = bytearray(segment.path.read_bytes())
    whole[30] ^= 1
    segment.path.write_bytes(whole)
    assert repair(segment.path) == (0, 0, len(whole))
    assert segment.path.with_suffix(DAMAGED).read_bytes() == whole
    assert not segment.path.exists()


def test_a_group_can_be_taken_back(tmp_path):
    made = Segment(tmp_path, "events", window=7)
    made.append(FIRST)
    size, rows = made.size, made.rows
    made.append(SECOND)
    made.cut_back(size, rows)
    made.append(SECOND)
    made.close()
    assert list(groups(made.path)) == [FIRST, SECOND]
    assert made.rows == 3

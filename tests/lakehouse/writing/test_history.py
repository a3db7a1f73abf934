import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from pyspark.sql import functions as F

from lakehouse.engine.tables import create_table
from lakehouse.modes import History
from lakehouse.writing import tombstones
from lakehouse.writing.history import VALIDITY, history, versions

SCHEMA = "k long, seq long, at timestamp, a long, _change string"
KEY, MODE = ("k",), History(sequence_by="seq", valid_at="at")
SHOWN = ("k", "seq", "a", "valid_from", "valid_to", "is_current")


def at(seq):
    """The time of a sequence; now and then it runs backwards."""
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=seq * 3 - (8 if seq % 4 == 0 else 0))


def histories(seed, truncates):
    """Shuffled changes of many keys, some repeated, and the truncates.

    A key's changes meet those of no other: each key is a history of its own, and one job judges them all.
    """
    dice = random.Random(seed)
    events = []
    for key in range(200):
        for _ in range(dice.randint(1, 7)):
            seq, change = dice.randint(1, 12), dice.choices(["upsert", None, "delete"], [6, 2, 3])[0]
            events.append((key, seq, at(seq), None if change == "delete" else key + seq, change))
    events += dice.choices(events, k=80)
    events += [(None, seq, at(seq), None, "truncate") for seq in truncates]
    dice.shuffle(events)
    return events


def cut(events):
    """Three batches: one that deletes nothing, one of all kinds, and the rest with the second once more."""
    deletes_nothing = [each for each in events[::3] if each[-1] in ("upsert", None)]
    rest = [each for each in events[::3] if each[-1] not in ("upsert", None)] + events[1::3] + events[2::3]
    middle = len(rest) // 2
    return deletes_nothing, rest[:middle], rest[middle:] + rest[:middle]


def model(events):
    """Every version of every key with its interval, in plain Python."""
    found = []
    for key in {key for key, *_ in events if key is not None}:
        ends = {seq for k, seq, *_, c in events if c == "truncate" or (c == "delete" and k == key)}
        values = {seq: a for k, seq, _, a, c in events if k == key and c in (None, "upsert")}
        chain, latest = [], None
        for seq in sorted(ends | set(values)):
            latest = max(latest or at(seq), at(seq))
            chain.append((seq, latest))
        closes = [*(time for _, time in chain[1:]), None]
        for (seq, start), end in zip(chain, closes, strict=True):
            if seq not in ends:
                found.append((key, seq, values[seq], start, end, end is None))
    return sorted(found, key=repr)


def rows_of(frame):
    rows = [tuple(row) for row in frame.select(*SHOWN).collect()]
    zoned = [(*row[:3], *(time and time.astimezone(UTC) for time in row[3:5]), row[5]) for row in rows]
    return sorted(zoned, key=repr)


def tombstones_in(frame):
    gone = frame.where("_change in ('delete', 'truncate')")
    return gone.select("k", "seq", "at", (F.col("_change") == "truncate").alias("everything")).distinct()


@pytest.mark.parametrize("truncates", [(), (5,), (3, 8, 3)])
def test_versions_and_intervals_are_what_plain_python_gives(spark, truncates):
    events = histories(1, truncates)
    frame = spark.createDataFrame(events, SCHEMA)
    found = rows_of(versions(frame, tombstones_in(frame), KEY, MODE))
    assert found == model(events)
    _have_no_overlap(found)


def test_a_history_fed_in_any_cut_and_order_is_what_plain_python_gives(spark, publication, tmp_path):
    schema = spark.createDataFrame([], SCHEMA).drop("_change").schema
    for name, kind in VALIDITY.items():
        schema = schema.add(name, kind)
    create_table(spark, tmp_path / "t", schema, comment="")
    for number, batch in enumerate(batches := cut(histories(2, truncates=(4, 8)))):
        rows = spark.createDataFrame(batch, SCHEMA)
        gone = tombstones.remember(
            rows,
            tmp_path / "gone",
            key=KEY,
            carried=("seq", "at"),
            batch=f"b{number}",
            deletes=sum(change in ("delete", "truncate") for *_, change in batch),
        )
        history(publication(rows, tmp_path / "t", f"b{number}"), KEY, MODE, gone)
    there = spark.read.format("delta").load(str(tmp_path / "t"))
    assert rows_of(there) == model([each for batch in batches for each in batch])


def test_a_version_that_comes_late_splits_the_interval_it_falls_into(spark):
    rows = [(1, seq, at(seq), seq, "upsert") for seq in (1, 5, 3)]
    frame = spark.createDataFrame(rows, SCHEMA)
    assert [row[3:] for row in rows_of(versions(frame, None, KEY, MODE))] == [
        (at(1), at(3), False),
        (at(3), at(5), False),
        (at(5), None, True),
    ]


def _have_no_overlap(found):
    for key in {row[0] for row in found}:
        chain = sorted((row for row in found if row[0] == key), key=lambda row: row[1])
        for before, after in pairwise(chain):
            assert before[4] is not None
            assert before[3] <= before[4] <= after[3]

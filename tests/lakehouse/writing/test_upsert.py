import random

import pytest
from pyspark.sql import functions as F

from lakehouse.engine.tables import create_table
from lakehouse.writing import tombstones
from lakehouse.writing.upsert import latest, latest_live, replace_keys, upsert

SCHEMA = "k long, seq long, a long, b long, _change string"
KEY = ("k",)


def event(dice, key):
    """A change; what a key holds at one sequence is always the same, so that repeats are repeats."""
    seq = dice.randint(1, 9)
    change = dice.choices(["upsert", None, "delete"], [6, 2, 3])[0]
    if change == "delete":
        return (key, seq, None, None, change)
    value = key * 10 + seq
    return (key, seq, value if seq % 2 else None, None if seq % 2 else value, change)


def histories(seed, truncates):
    """Shuffled changes of many keys, some repeated, and the truncates.

    A key's changes meet those of no other: each key is a history of its own, and one job judges them all.
    """
    dice = random.Random(seed)
    events = [event(dice, key) for key in range(250) for _ in range(dice.randint(1, 6))]
    events += dice.choices(events, k=80)
    events += [(None, seq, None, None, "truncate") for seq in truncates]
    dice.shuffle(events)
    return events


def cut(events):
    """Three batches: one that deletes nothing, one of all kinds, and the rest with the second once more."""
    deletes_nothing = [each for each in events[::3] if each[-1] in ("upsert", None)]
    rest = [each for each in events[::3] if each[-1] not in ("upsert", None)] + events[1::3] + events[2::3]
    middle = len(rest) // 2
    return deletes_nothing, rest[:middle], rest[middle:] + rest[:middle]


def model(events):
    """The latest row per key, in plain Python."""
    swept = max((seq for _, seq, _, _, change in events if change == "truncate"), default=0)
    gone, rows = {}, {}
    for key, seq, *_, change in events:
        if change == "delete":
            gone[key] = max(seq, gone.get(key, 0))
    for key, seq, a, b, change in events:
        alive = change in (None, "upsert") and seq > max(swept, gone.get(key, 0))
        if alive and (key not in rows or seq > rows[key][1]):
            rows[key] = (key, seq, a, b)
    return sorted(rows.values())


def tombstones_in(frame):
    gone = frame.where("_change in ('delete', 'truncate')")
    return gone.select("k", "seq", (F.col("_change") == "truncate").alias("everything"))


def rows_of(frame):
    return sorted(tuple(row) for row in frame.select("k", "seq", "a", "b").collect())


@pytest.mark.parametrize("truncates", [(), (3,), (2, 4, 2)])
def test_the_latest_row_of_every_key_is_what_plain_python_gives(spark, truncates):
    events = histories(1, truncates)
    frame = spark.createDataFrame(events, SCHEMA)
    assert rows_of(latest_live(frame, tombstones_in(frame), KEY, ("seq",))) == model(events)


def test_a_table_fed_in_any_cut_and_order_is_what_plain_python_gives(spark, publication, tmp_path):
    empty = spark.createDataFrame([], SCHEMA).drop("_change")
    create_table(spark, tmp_path / "t", empty.schema, comment="")
    for number, batch in enumerate(batches := cut(histories(2, truncates=(2, 4)))):
        rows = spark.createDataFrame(batch, SCHEMA)
        deletes = sum(change in ("delete", "truncate") for *_, change in batch)
        gone = tombstones.remember(
            rows, tmp_path / "gone", key=KEY, carried=("seq",), batch=f"b{number}", deletes=deletes
        )
        upsert(publication(rows, tmp_path / "t", f"b{number}"), KEY, ("seq",), gone)
    there = spark.read.format("delta").load(str(tmp_path / "t"))
    assert rows_of(there) == model([each for batch in batches for each in batch])


def test_of_equal_sequences_the_choice_is_the_same_in_any_order_and_sees_where_nulls_stand(spark):
    rows = [(1, 5, 7, None, "upsert"), (1, 5, None, 7, "upsert"), (1, 4, 9, 9, "upsert")]
    found = {
        tuple(rows_of(latest(spark.createDataFrame(each, SCHEMA), KEY, ("seq",)))) for each in _orders(rows)
    }
    assert len(found) == 1


def test_of_equal_sequences_a_delete_wins(spark):
    rows = [(1, 5, 7, None, "upsert"), (1, 5, None, None, "delete"), (2, 5, 7, None, "upsert")]
    for each in _orders(rows):
        frame = spark.createDataFrame(each, SCHEMA)
        assert rows_of(latest_live(frame, tombstones_in(frame), KEY, ("seq",))) == [(2, 5, 7, None)]


def test_keys_put_in_place_of_others_take_out_what_was_not_computed_again(spark, publication, tmp_path):
    schema = "k long, seq long, a long, b long"
    before = spark.createDataFrame([(1, 1, 7, None), (2, 1, 1, 1), (3, 1, 3, 3), (4, 1, 4, 4)], schema)
    create_table(spark, tmp_path / "t", before.schema, comment="")
    before.write.format("delta").mode("append").save(str(tmp_path / "t"))

    # Key 1 has its value in another column, 2 is gone, 3 is as it was, 4 was not touched, 5 is new.
    after = spark.createDataFrame([(1, 1, None, 7), (3, 1, 3, 3), (5, 1, 5, 5)], schema)
    touched = spark.createDataFrame([(1,), (2,), (3,), (5,)], "k long")
    replace_keys(publication(after, tmp_path / "t", "b"), KEY, touched)

    there = spark.read.format("delta").load(str(tmp_path / "t"))
    assert rows_of(there.na.fill(0)) == [(1, 1, 0, 7), (3, 1, 3, 3), (4, 1, 4, 4), (5, 1, 5, 5)]


def _orders(rows):
    return (rows, rows[::-1], [*rows[1:], rows[0]])

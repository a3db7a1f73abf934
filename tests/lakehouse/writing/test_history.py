import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import functions as F

from lakehouse.engine.tables import create_table
from lakehouse.modes import History
from lakehouse.writing import tombstones
from lakehouse.writing.history import VALIDITY, history, versions

SCHEMA = "k long, seq long, at timestamp, a long, _change string"
KEY, MODE = ("k",), History(sequence_by="seq", valid_at="at")
SHOWN = ("k", "seq", "a", "valid_from", "valid_to", "is_current")
few = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def at(seq):
    """The time of a sequence; now and then it runs backwards."""
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=seq * 3 - (8 if seq % 4 == 0 else 0))


def histories(seed):
    dice = random.Random(seed)
    events = []
    for key in range(25):
        for _ in range(dice.randint(1, 7)):
            seq, change = dice.randint(1, 12), dice.choices(["upsert", None, "delete"], [6, 2, 3])[0]
            events.append((key, seq, at(seq), None if change == "delete" else key + seq, change))
    events += dice.choices(events, k=10)
    if dice.random() < 0.7:
        seq = dice.randint(3, 8)
        events.append((None, seq, at(seq), None, "truncate"))
    dice.shuffle(events)
    cuts = sorted(dice.sample(range(len(events)), 2))
    batches = [events[: cuts[0]], events[cuts[0] : cuts[1]], events[cuts[1] :]]
    batches.append(dice.choice(batches))
    return [batch for batch in batches if batch]


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


@settings(few, max_examples=8)
@given(st.integers(0, 2**32))
def test_versions_and_intervals_are_what_plain_python_gives(spark, seed):
    events = [each for batch in histories(seed) for each in batch]
    frame = spark.createDataFrame(events, SCHEMA)
    found = rows_of(versions(frame, tombstones_in(frame), KEY, MODE))
    assert found == model(events)
    _have_no_overlap(found)


@settings(few, max_examples=2)
@given(st.integers(0, 2**32))
def test_a_history_fed_in_any_cut_and_order_is_what_plain_python_gives(
    spark, publication, tmp_path_factory, seed
):
    folder = tmp_path_factory.mktemp("history")
    schema = spark.createDataFrame([], SCHEMA).drop("_change").schema
    for name, kind in VALIDITY.items():
        schema = schema.add(name, kind)
    create_table(spark, folder / "t", schema, comment="")
    batches = histories(seed)
    for number, batch in enumerate(batches):
        rows = spark.createDataFrame(batch, SCHEMA)
        gone = tombstones.remember(
            rows,
            folder / "gone",
            key=KEY,
            carried=("seq", "at"),
            batch=f"b{number}",
            deletes=sum(change in ("delete", "truncate") for *_, change in batch),
        )
        history(publication(rows, folder / "t", f"b{number}"), KEY, MODE, gone)
    there = spark.read.format("delta").load(str(folder / "t"))
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

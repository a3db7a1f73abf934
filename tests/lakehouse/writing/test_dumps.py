import json
import random

import pyspark.sql.types as T
import pytest

from lakehouse import Contract, Field
from lakehouse.engine.lines import LINE_COLUMNS
from lakehouse.spec import compile_contract
from lakehouse.writing.dumps import differences, line_hash, state_of


class Rows(Contract):
    """One row per id and load."""

    id: T.LongType() = Field(key=True)
    v: T.StringType() = Field(nullable=True)


SPEC = compile_contract(Rows)
UNREADABLE = ["broken {", '{"id": null, "v": "x"}', '{"id": "abc"}', '{"v": "only"}', "[1]"]
STATE = "id long, _change string, _hash long, _position long, _order long, _line_number long"


def dump(dice, before):
    """A dump that differs from the one before in some rows, as lines of text and as a dict."""
    kind = dice.choices(["next", "empty", "doubtful"], [7, 1, 2])[0]
    if kind == "empty":
        return [], {}
    rows = {key: value for key, value in before.items() if dice.random() < 0.85}
    rows |= {key: dice.choice("abc") for key in dice.sample(range(60), 12)}
    lines = [json.dumps({"id": key, "v": value}) for key, value in rows.items()]
    if kind == "doubtful":
        lines += dice.sample(UNREADABLE, 2)
    dice.shuffle(lines)
    return lines, rows


def dumps(seed):
    """Sixteen dumps, each made from the one before; and the same cut into four batches."""
    dice = random.Random(seed)
    before, found = {}, []
    for _ in range(16):
        lines, before = dump(dice, before)
        found.append((lines, before))
    cuts = sorted(dice.sample(range(1, len(found)), 3))
    return found, [found[a:b] for a, b in zip([0, *cuts], [*cuts, len(found)], strict=True)]


def kept(spark, batch, first, bronze):
    """What a batch of dumps adds to bronze: (position, line number, change, key, value, hash)."""
    lines = [
        (line, line, None, number, f"{first + ordinal}", ordinal, False)
        for ordinal, (content, _) in enumerate(batch, start=1)
        for number, line in enumerate(content, start=1)
    ]
    frame = spark.createDataFrame(lines, LINE_COLUMNS)
    state = None
    if bronze:
        rows = [
            (key, change, digest, at, None, line)
            for at, line, change, key, _, digest in bronze
            if key is not None
        ]
        state = state_of(spark.createDataFrame(rows, STATE), SPEC)
    found = differences(frame, state, SPEC, len(batch))
    added = []
    for row in found.lines.select(
        "_record", "_ordinal", "_line_number", line_hash().alias("_hash")
    ).collect():
        key, value = _readable(row["_record"])
        added.append((first + row["_ordinal"], row["_line_number"], "upsert", key, value, row["_hash"]))
    gone = [(first + row["_ordinal"], None, "delete", int(row["id"])) for row in found.gone.collect()]
    return added + [(*row, None, None) for row in gone]


def model(found):
    """What plain Python would keep of each dump."""
    state, rows = {}, []
    for position, (lines, readable) in enumerate(found, start=1):
        rows += [(position, "upsert", None) for line in lines if _readable(line)[0] is None]
        rows += [(position, "upsert", key) for key, value in readable.items() if state.get(key) != value]
        whole = len(lines) == len(readable)
        gone = {key for key in state if key not in readable} if whole else set()
        rows += [(position, "delete", key) for key in gone]
        state = {key: value for key, value in (state | readable).items() if key not in gone}
    return rows


def rebuilt(bronze, position):
    """A dump, rebuilt from the rows of bronze up to it."""
    rows = {}
    for _, _, change, key, value, _ in sorted((row for row in bronze if row[0] <= position), key=_order):
        if change == "delete":
            rows.pop(key)
        elif key is not None:
            rows[key] = value
    return rows


@pytest.mark.parametrize("seed", [2, 3])
def test_every_dump_can_be_rebuilt_and_nothing_unchanged_is_kept_in_whatever_batches(spark, seed):
    found, batches = dumps(seed)
    bronze, first = [], 0
    for batch in batches:
        bronze += kept(spark, batch, first, bronze)
        first += len(batch)

    for position, (lines, readable) in enumerate(found, start=1):
        again = rebuilt(bronze, position)
        if len(lines) == len(readable):
            assert again == readable
        else:  # a dump with lines that cannot be read proves no absence
            assert readable.items() <= again.items()
    assert sorted((at, change, str(key)) for at, _, change, key, _, _ in bronze) == sorted(
        (at, change, str(key)) for at, change, key in model(found)
    )


def test_a_key_twice_in_one_dump_is_kept_twice_and_a_sound_repeat_of_the_last_adds_nothing(spark):
    lines = ['{"id": 1, "v": "a"}', '{"id": 1, "v": "b"}', '{"id": 2, "v": "c"}']
    bronze = kept(spark, [(lines, {})], 0, [])
    assert sorted(row[3:5] for row in bronze) == [(1, "a"), (1, "b"), (2, "c")]
    assert kept(spark, [(lines[1:], {})], 1, bronze) == []


def _readable(line):
    try:
        record = json.loads(line)
        return int(record["id"]), record.get("v")
    except (ValueError, TypeError, KeyError):
        return None, None


def _order(row):
    position, line, change, *_ = row
    return position, change != "delete", line or 0

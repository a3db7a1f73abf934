import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pyspark.sql.types as T
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from pyspark.sql import functions as F

from lakehouse import Contract, Field
from lakehouse.capture.changes.rolls import changes_id
from lakehouse.capture.loads import Load
from lakehouse.engine.lines import LINE_COLUMNS
from lakehouse.modes import History
from lakehouse.spec import compile_contract
from lakehouse.writing.envelopes import beginnings, changes_in
from lakehouse.writing.feeds import epochs
from lakehouse.writing.history import versions
from lakehouse.writing.loads import about
from lakehouse.writing.unchanged import completed
from lakehouse.writing.upsert import latest_live
from tests.lakehouse.writing.database import EPOCH, Database, Things, steps

KEY, PLACE = ("id",), ("_position", "_order")
# A smaller number is no simpler life, so there is nothing to shrink.
PROPERTY = settings(
    max_examples=2,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


class Kinds(Contract):
    """One row per row."""

    id: T.LongType() = Field(key=True)
    price: T.DecimalType(12, 2) = Field(nullable=True)
    at: T.TimestampType() = Field(nullable=True)
    local: T.TimestampNTZType() = Field(nullable=True)
    day: T.DateType() = Field(nullable=True)
    yes: T.BooleanType() = Field(nullable=True)
    text: T.StringType() = Field(nullable=True)


def bronze(spark, contract, landed):
    """The rows of bronze for some loads: (position, kind, lines), a line being an object or a text."""
    spec, loads, seen = compile_contract(contract), [], 0
    for position, kind, lines in landed:
        # Nothing in an empty snapshot says when it was; it is as old as the changes before it.
        told = (line.get("source", {}) for line in lines if isinstance(line, dict))
        seen = max([seen, *(source.get("ts_us", 0) for source in told)])
        at = EPOCH + timedelta(microseconds=seen)
        loads.append(Load(changes_id("t", position, kind), "s_changes", "t", kind, position, at, at, ()))
    texts = [
        (line if isinstance(line, str) else json.dumps(line), number, ordinal)
        for ordinal, (*_, lines) in enumerate(landed, start=1)
        for number, line in enumerate(lines, start=1)
    ]
    frame = spark.createDataFrame(
        [(text, text, None, number, "file", ordinal, False) for text, number, ordinal in texts], LINE_COLUMNS
    )
    origin = about(spark, loads, epochs(loads))
    rows = changes_in(frame, spec, origin)
    rows = rows.unionByName(beginnings(rows, origin))
    return rows.withColumns({each.name: F.col(each.name).try_cast(each.type) for each in spec.columns})


def tombstones_in(rows, *carried):
    gone = rows.where("_change in ('delete', 'truncate')")
    return gone.select(*KEY, *PLACE, *carried, (F.col("_change") == "truncate").alias("everything"))


def past_in(history):
    """Key to its versions as the model has them, (second, content or None); they neither gap nor overlap."""
    found, last = {}, {}
    for row in history.orderBy("id", *PLACE).collect():
        begins, ends = _second(row["valid_from"]), row["valid_to"] and _second(row["valid_to"])
        assert last.get(row["id"], begins) <= begins, "versions overlap"
        last[row["id"]] = ends if ends is not None else float("inf")
        if begins == ends:
            continue  # a version that no commit showed: another of its transaction took its place
        chain = found.setdefault(row["id"], [])
        chain.append((begins, (row["n"], row["big"], row["day"], row["extra"])))
        if ends is not None:
            chain.append((ends, None))
    return {key: steps(_without_ends_that_begin(chain)) for key, chain in found.items()}


def _without_ends_that_begin(chain):
    """An end at which the next version begins says nothing."""
    begins = {second for second, value in chain if value}
    last = {second: value for second, value in chain if value}
    return [(s, v) for s, v in chain if (v and last[s] == v) or (not v and s not in begins)]


def _second(moment):
    return int((moment.replace(tzinfo=UTC) - EPOCH).total_seconds())


@PROPERTY
@given(seed=st.integers(0, 10_000))
@example(seed=7698)  # its first snapshot is empty
def test_silver_of_a_random_life_is_the_database(spark, seed):
    database = Database(seed)
    rows = bronze(spark, Things, database.loads.landed).localCheckpoint()
    known = completed(rows, rows, KEY).localCheckpoint()
    names = ("id", "n", "big", "day", "extra")

    latest = latest_live(known, tombstones_in(known), KEY, PLACE).select(*names)
    assert sorted(tuple(row) for row in latest.collect()) == database.table()

    mode = History(sequence_by=PLACE, valid_at="_extracted_at")
    chosen = known.select(*names, *PLACE, "_extracted_at", "_change")
    history = versions(chosen, tombstones_in(known, "_extracted_at"), KEY, mode)
    assert past_in(history) == database.past()


def change(op, after=None, *, key=1, lsn=10, before=None, committed=5, **source):
    told = {"lsn": lsn, "sequence": json.dumps([committed and str(committed), str(lsn)]), "ts_us": 1_000_000}
    return {
        "key": None if key is None else {"id": key},
        "op": op,
        "before": before,
        "after": after and {"id": key, **after},
        "source": told | source,
    }


def test_values_arrive_as_a_dump_would_give_them(spark):
    after = {
        "price": "1.50",
        "at": "2026-03-01T11:00:00.123456Z",
        "local": 1_772_362_800_123_456,
        "day": 20_513,
        "yes": True,
        "text": "20513",
    }
    long = 9_007_199_254_740_993  # more than a double holds
    (row,) = bronze(spark, Kinds, [(20, "incremental", [change("c", after, key=long)])]).collect()
    assert (row["id"], row["price"], row["yes"], row["text"]) == (long, Decimal("1.50"), True, "20513")
    moment = datetime(2026, 3, 1, 11, 0, 0, 123456)  # noqa: DTZ001 - the session speaks UTC
    assert (row["at"], row["local"], row["day"].isoformat()) == (moment, moment, "2026-03-01")
    assert row["_missing"] == []


def test_what_stands_for_infinity_is_no_date(spark):
    infinite = {"day": -2_147_472_691, "local": 9_223_372_036_825_200_000, "at": "infinity"}
    (row,) = bronze(spark, Kinds, [(20, "incremental", [change("c", infinite)])]).collect()
    assert (row["day"], row["local"], row["at"]) == (None, None, None)


def test_a_delete_is_known_by_its_key_and_a_truncate_has_none(spark):
    lines = [change("d", before={"id": 1, "n": 0, "big": ""}), change("t", key=None, lsn=11)]
    gone, swept = bronze(spark, Things, [(20, "incremental", lines)]).orderBy("_order").collect()
    assert (gone["_change"], gone["id"], gone["n"], gone["big"]) == ("delete", 1, None, None)
    assert (swept["_change"], swept["id"], swept["_problem"]) == ("truncate", None, None)


def test_what_the_contract_does_not_know_or_the_row_does_not_have_is_told(spark):
    lines = [change("u", {"n": 1, "day": 3, "big": "__debezium_unavailable_value", "colour": "red"})]
    (row,) = bronze(spark, Things, [(20, "incremental", lines)]).collect()
    assert (row["_rescued"], row["_missing"], row["_unchanged"]) == ('{"colour":"red"}', ["extra"], "big")


def test_a_line_that_is_no_change_says_why(spark):
    lines = ["[1]", "{broken", {"id": 1}, change("u"), change("c", {"n": 1}, lsn=None)]
    rows = bronze(spark, Things, [(20, "incremental", lines)]).orderBy("_line_number").collect()
    assert [row["_problem"] for row in rows] == [
        "the line is not a JSON object",
        "the line is not a JSON object",
        "the line is no change: its op is none of c, u, d, r, t",
        "the change has neither the row nor its key",
        "the change does not say where it stands in the log",
    ]


def test_a_snapshot_begins_the_table_anew_and_what_was_under_way_comes_behind_it(spark):
    landed = [
        (100, "full", [change("r", {"n": 1, "day": 1}, lsn=100, committed=None)]),
        (101, "incremental", [change("u", {"n": 2, "day": 1}, lsn=90, committed=None)]),
    ]
    rows = bronze(spark, Things, landed).orderBy(*PLACE).collect()
    assert [(row["_change"], row["n"], row["_position"], row["_order"]) for row in rows] == [
        ("truncate", None, 100, 0),
        ("upsert", 1, 100, 1),
        ("upsert", 2, 100, 90),
    ]

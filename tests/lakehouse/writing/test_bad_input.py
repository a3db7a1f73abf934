import gzip
import shutil
import zlib
from types import SimpleNamespace

import pyspark.sql.types as T
import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, bronze, rule
from lakehouse.capture.loads import list_loads
from lakehouse.rules import UniqueKey
from lakehouse.sources import Files, FullDumps
from lakehouse.testing import land, small_lake
from lakehouse.writing.path import write
from lakehouse.writing.request import Request


class Loads(Contract):
    """One row per order and load."""

    id: T.LongType() = Field(key=True)
    total: T.DecimalType(12, 2) = Field(ge=0, nullable=True)
    placed_at: T.TimestampType() = Field(nullable=True)

    __rules__ = (UniqueKey(),)

    @rule()
    def not_in_the_future(cls):  # noqa: N805 - a contract's rules speak of the class
        return F.col("placed_at") <= F.current_timestamp()


@bronze(contract=Loads, source=Files("shop", "orders"), owner="team:shop")
def shop_orders(dump: DataFrame) -> DataFrame:
    return dump


class Dump(Contract):
    """One row per product and load."""

    id: T.LongType() = Field(key=True)
    name: T.StringType() = Field(nullable=True)


@bronze(contract=Dump, source=FullDumps("shop", "products"), owner="team:shop")
def shop_products(dump: DataFrame) -> DataFrame:
    return dump


def good(number, **more):
    return {"id": number, "total": "1.50", "placed_at": "2026-01-01T10:00:00Z", **more}


MIXED = {
    "unparseable": ("{broken", ["_line"]),
    "torn pair": ('{"id": 90}{"id": 91}', ["_line"]),
    "no object": ("[1, 2]", ["_line"]),
    "wrong type": (good(20, total="abc"), ["total__type"]),
    "lossy number": (good(21, total="1.505"), ["total__type"]),
    "out of range": (good(22, total="-1"), ["total__ge"]),
    "null key": (good(None), ["id__not_null"]),
    "key of a wrong type": (good("x"), ["id__type"]),
    "doubled key": (good(30), ["unique_key"]),
    "doubled key again": (good(30, total="2"), ["unique_key"]),
    "clock in the future": (good(23, placed_at="2999-01-01T00:00:00Z"), ["not_in_the_future"]),
    "extra column": (good(1, colour="red"), None),
    "missing column": ({"id": 2}, None),
}


@pytest.fixture(scope="module")
def tried(spark, table, tmp_path_factory):
    """Every kind of bad load, taken in one batch; then again after what was broken was put right."""
    lake = small_lake(tmp_path_factory.mktemp("bad"), shop_orders)
    folder = lake.settings.bucket_dir / "shop" / "orders"
    loads = {
        "mixed": land(
            lake, "shop", "orders", [line for line, _ in MIXED.values()], position=1, load_id="mixed"
        ),
        "empty": land(lake, "shop", "orders", [], position=2, load_id="empty"),
        "renamed": land(lake, "shop", "orders", [good(40)], position=3, load_id="renamed"),
        "cut": land(lake, "shop", "orders", [good(41)], position=4, load_id="cut"),
        "damaged": land(lake, "shop", "orders", [good(42)], position=5, load_id="damaged"),
        "copied": land(lake, "shop", "orders", [good(43)], position=6, load_id="copied"),
    }
    files = {name: load.files[0].path for name, load in loads.items() if load.files}
    whole = {name: files[name].read_bytes() for name in ("cut", "damaged")}
    files["renamed"].rename(files["renamed"].with_name("other.jsonl.gz"))
    files["cut"].write_bytes(whole["cut"][:-9])
    files["damaged"].write_bytes(whole["damaged"][:-8] + b"\0" * 8)
    shutil.copytree(files["copied"].parent, folder / "copied (1)")

    many = b"".join(b'{"id": %d, "total": "0.%02d"}\n' % (number, number % 90) for number in range(100, 140))
    packed = gzip.compress(many)
    (folder / "cut.jsonl.gz").write_bytes(packed[: len(packed) - 60])
    (folder / "nothing.jsonl").write_bytes(b"")
    (folder / "nothing.jsonl.gz").write_bytes(b"")
    (folder / "latin.jsonl").write_bytes('{"id": 50}\n{"id": 51, "total": "é"}\n'.encode("latin-1"))
    (folder / "fields.csv").write_text("id,total\n60,1.00\n61\n62,1,2\n")
    (folder / "broken_header.csv").write_bytes(b"id\xff,total\n63,1.00\n")
    (folder / "notes.txt").write_text("not a load")

    first = write(lake, spark, shop_orders, Request("first"))
    aside = spark.read.format("delta").load(str(lake.quarantine(shop_orders))).collect()
    published = table(lake, shop_orders, "id", "_file", "_rescued")
    again = write(lake, spark, shop_orders, Request("again"))
    for name, content in whole.items():
        files[name].write_bytes(content)
    repaired = write(lake, spark, shop_orders, Request("repaired"))
    return SimpleNamespace(
        lake=lake,
        first=first,
        aside=[(row["source"].split("/")[-1], list(row["broken"]), row["row"]) for row in aside],
        sources=[row["source"] for row in aside],
        published=published,
        again=again,
        repaired=repaired,
        after=table(lake, shop_orders, "id"),
        unpacked=zlib.decompressobj(31).decompress(packed[: len(packed) - 60]),
    )


def test_every_bad_row_waits_in_quarantine_with_its_reason_and_its_place(tried):
    mixed = {
        int(source.rsplit(":", 1)[1]): broken
        for source, (_, broken, _) in zip(tried.sources, tried.aside, strict=True)
        if "/mixed/" in source
    }
    expected = {number: broken for number, (_, broken) in enumerate(MIXED.values(), start=1) if broken}
    assert mixed == expected


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("cut.jsonl.gz", "the file breaks off here"),
        ("nothing.jsonl.gz", "the file breaks off here"),
        ("latin.jsonl:2", "byte 21 of the line is not UTF-8"),
        ("fields.csv:3", "the line has 1 fields where the header has 2"),
        ("fields.csv:4", "the line has 3 fields where the header has 2"),
        ("broken_header.csv:2", "the file's header cannot be read"),
    ],
)
def test_a_line_that_cannot_be_read_is_kept_with_what_is_wrong_with_it(tried, place, says):
    [(_, broken, row)] = [each for each in tried.aside if each[0].startswith(place)]
    assert broken == ["_line"]
    assert says in row


def test_the_rest_of_the_batch_is_published(tried):
    there = {row[0] for row in tried.published}
    sound = tried.unpacked.count(b"\n")
    assert sound > 5
    assert there == {1, 2, 40, 43, 50, 60, *range(100, 100 + sound)}
    assert [row[2] for row in tried.published if row[0] == 1] == ['{"colour":"red"}']
    counts = tried.first.record.rules
    assert (counts["_unexpected_columns"].broken, counts["_missing_columns"].severity) == (1, "warn")


def test_a_load_that_is_not_whole_is_named_and_the_next_run_takes_it_when_it_is(tried):
    problems = "\n".join(tried.first.problems)
    assert "a file of the load is damaged or not yet whole" in problems
    assert "load damaged" in problems
    assert "part-00000.jsonl.gz is truncated or damaged" in problems
    assert "notes.txt: a file that is not a known format" in problems

    assert not tried.again.wrote
    assert "load damaged" in "\n".join(tried.again.problems)
    assert tried.repaired.record.loads == ("cut", "damaged")
    assert {(41,), (42,)} <= set(tried.after)


def test_a_copied_load_is_taken_once_and_said_to_be_a_copy(tried):
    assert [row[0] for row in tried.published].count(43) == 1
    listing = list_loads(tried.lake.settings.bucket_dir, "shop", "orders")
    assert [problem.path.name for problem in listing.duplicates] == ["copied (1)"]


def test_no_line_is_lost_or_doubled(tried):
    record = tried.first.record
    # The compressed file that breaks off has a last, partial line; the empty one gives one row.
    partial = 1
    lines = len(MIXED) + 1 + 1 + (tried.unpacked.count(b"\n") + partial) + 1 + 2 + 3 + 1
    assert record.rows_in == lines
    assert record.rows_in == record.rows_written + record.rows_quarantined + record.rows_unchanged
    assert len(tried.published) == record.rows_written
    assert len(tried.aside) == record.rows_quarantined


def test_a_broken_dump_deletes_nothing_and_one_that_comes_late_is_named(spark, table, tmp_path):
    lake = small_lake(tmp_path, shop_products)

    def dump(position, *lines):
        land(lake, "shop", "products", lines, position=position, kind="full", load_id=f"p{position}")

    dump(2, {"id": 1, "name": "a"}, {"id": 2, "name": "b"})
    dump(3, {"id": 1, "name": "a"}, "{broken")
    first = write(lake, spark, shop_products, Request("first"))
    assert (first.record.rows_in, first.record.rows_written) == (4, 2)
    assert (first.record.rows_quarantined, first.record.rows_unchanged) == (1, 1)

    dump(1, {"id": 9})
    late = write(lake, spark, shop_products, Request("late"))
    assert not late.wrote
    assert "load p1: the full dump is older than one that was taken" in late.problems[0]

    dump(4, {"id": 1, "name": "a"})
    write(lake, spark, shop_products, Request("whole"))
    assert table(lake, shop_products, "id", "name", "_change", "_position") == [
        (1, "a", "upsert", 2),
        (2, "b", "upsert", 2),
        (2, None, "delete", 4),
    ]

"""A batch that is appended is written while it is judged: with the same outcome as looked at before."""

import random
from types import SimpleNamespace

import pyspark.sql.types as T
import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import Append, Contract, Field, Files, bronze, changes, silver
from lakehouse.engine import deltalog
from lakehouse.errors import BatchRefused, ConservationError
from lakehouse.testing import land, rows_in, small_lake
from lakehouse.writing import path
from lakehouse.writing.align import align
from lakehouse.writing.judge import judge
from lakehouse.writing.path import write
from lakehouse.writing.request import Request
from lakehouse.writing.staged import stage


class Lines(Contract):
    """One row per line."""

    id: T.LongType() = Field(nullable=True)
    colour: T.StringType() = Field(nullable=True)
    share: T.DoubleType() = Field(nullable=True)


@bronze(contract=Lines, source=Files("shop", "lines", sparse=True), owner="team:x")
def lines(load: DataFrame) -> DataFrame:
    return load


class Paint(Contract):
    """One row per line that is right."""

    id: T.LongType() = Field(ge=0, on_fail={"not_null": "fail"})
    colour: T.StringType() = Field(isin=["red", "blue"])
    share: T.DoubleType() = Field(nullable=True, in_range={"min_value": 0.0, "max_value": 1.0})


@silver(contract=Paint, write=Append(), owner="team:x", reads={"lines": changes()})
def paint(lines: DataFrame) -> DataFrame:
    return lines.select("id", "colour", "share")


RED = {"id": 1, "colour": "red", "share": 0.5}
GREEN = {"id": 2, "colour": "green", "share": 7.0}


@pytest.fixture
def painting(spark, table, tmp_path):
    """A lake, and a function that lands rows, writes both tables and gives what became of the second."""
    lake, taken = small_lake(tmp_path, lines, paint), []

    def paint_with(*rows):
        taken.append(rows)
        land(lake, "shop", "lines", list(rows), position=len(taken))
        write(lake, spark, lines, Request(f"r{len(taken)}"))
        return write(lake, spark, paint, Request(f"r{len(taken)}"))

    def held():
        return table(lake, paint, "id", "colour", "share")

    def files():
        return {file.name for file in lake.table(paint).glob("*.parquet")}

    return SimpleNamespace(lake=lake, run=paint_with, held=held, files=files)


def counted(outcome):
    record = outcome.record
    return record.rows_in, record.rows_written, record.rows_quarantined


def test_a_good_batch_is_one_commit_that_says_so(painting):
    first, second = painting.run(RED, {**RED, "share": None}), painting.run({**RED, "id": 3})

    assert [counted(first), counted(second)] == [(2, 2, 0), (1, 1, 0)]
    assert {count.broken for count in first.record.rules.values()} == {0}
    assert painting.held() == [(1, "red", 0.5), (1, "red", None), (3, "red", 0.5)]
    assert deltalog.version(painting.lake.table(paint)) == 2
    commits = [each for each in deltalog.commits(painting.lake.table(paint)) if each.record]
    assert [(each.operation, each.metrics["numOutputRows"]) for each in commits] == [
        ("WRITE", "1"),
        ("WRITE", "2"),
    ]


def test_what_breaks_a_rule_is_kept_out_counted_and_waits(painting):
    outcome = painting.run(RED, GREEN, {**RED, "share": -1.0})

    assert counted(outcome) == (3, 1, 2)
    broken = {name: count.broken for name, count in outcome.record.rules.items() if count.broken}
    assert broken == {"colour__isin": 1, "share__in_range": 2}
    assert painting.held() == [(1, "red", 0.5)]
    aside = painting.lake.quarantine(paint)
    assert sorted(sorted(broken) for (broken,) in rows_in(aside, "broken")) == [
        ["colour__isin", "share__in_range"],
        ["share__in_range"],
    ]


def test_a_batch_without_a_row_consumes_its_input(painting):
    assert counted(painting.run(GREEN)) == (1, 0, 1)
    assert painting.held() == []
    assert counted(painting.run(RED)) == (1, 1, 0)


def test_a_batch_that_is_refused_leaves_no_file(painting):
    with pytest.raises(BatchRefused, match="id__not_null"):
        painting.run(RED, {**RED, "id": None})
    assert not painting.lake.table(paint).exists()


def test_a_later_batch_that_is_refused_leaves_what_there_was(painting):
    painting.run(RED)
    before = painting.files()
    with pytest.raises(BatchRefused, match="id__not_null"):
        painting.run(RED, {**RED, "id": None})
    assert painting.files() == before
    assert painting.held() == [(1, "red", 0.5)]


def test_it_is_written_before_it_is_judged(painting, monkeypatch):
    seen = []

    def judged(*args, **more):
        found = judge(*args, **more)
        if deltalog.exists(painting.lake.table(paint)):
            seen.append((deltalog.version(painting.lake.table(paint)), len(painting.files())))
        return found

    monkeypatch.setattr(path, "judge", judged)
    painting.run(RED)
    assert seen == [(0, 1)]


def nasty_rows(spark):
    dice = random.Random(3)
    rows = [
        (
            dice.choice([None, -1, 0, 9]),
            dice.choice([None, "red", "blue", "RED", ""]),
            dice.choice([None, -0.1, 0.0, 1.0, float("nan")]),
        )
        for _ in range(300)
    ]
    return spark.createDataFrame(rows, "id long, colour string, share double")


@pytest.fixture
def nasty(spark, tmp_path):
    """A table with whatever may break a rule, as a frame that can be read again."""
    nasty_rows(spark).coalesce(2).write.format("delta").save(str(tmp_path / "nasty"))
    return align(spark.read.format("delta").load(str(tmp_path / "nasty")), paint)


def staged(spark, folder, rows=lambda rows: rows):
    return stage(
        spark,
        folder,
        ready=lambda: (
            spark.range(0).selectExpr("id", "'' colour", "0D share").write.format("delta").save(str(folder))
        ),
        rows=rows,
    )


def test_the_verdicts_are_those_of_looking_at_all(spark, nasty, tmp_path):
    with staged(spark, tmp_path / "t") as waiting:
        written = judge(nasty, paint, {}, look=waiting.look)
        looked = judge(nasty, paint, {})

        assert waiting.append is not None
        assert written.counts == looked.counts
        assert (written.rows, written.rows_aside) == (looked.rows, looked.rows_aside)
        waiting.append.commit("of the staged")
        found, expected = (
            spark.read.format("delta").load(str(tmp_path / "t")),
            looked.frame.where(~F.coalesce(looked.aside, F.lit(False))),
        )
        fails = F.col("id").isNull()
        assert sorted(map(repr, found.collect())) == sorted(map(repr, expected.where(~fails).collect()))
        suspects = sorted(repr(row) for row in written.suspects.collect())
        assert suspects == sorted(map(repr, looked.frame.where(looked.aside | fails).collect()))


def test_rows_that_get_lost_on_the_way_are_noticed_before_the_commit(spark, nasty, tmp_path):
    with (
        pytest.raises(ConservationError, match="not all there were; nothing was published"),
        staged(spark, tmp_path / "t", rows=lambda rows: rows.limit(3)) as waiting,
    ):
        judge(nasty, paint, {}, look=waiting.look)
    assert not (tmp_path / "t").exists()

"""One person is erased from a small lake: out of every file, out of every later read, and nobody else."""

import gzip
import json
import sqlite3
import sys

import pyspark.sql.types as T
import pytest
from pyspark.sql import functions as F

from lakehouse import (
    Contract,
    Field,
    Files,
    FullDumps,
    History,
    Snapshot,
    Upsert,
    bronze,
    changes,
    gold,
    silver,
    whole,
)
from lakehouse.capture.loads import list_loads
from lakehouse.engine import deltalog
from lakehouse.engine.sql import query
from lakehouse.testing import land, rows_in, small_lake
from lakehouse.trust import inspection
from lakehouse.trust.erasure.book import Book
from lakehouse.trust.erasure.erasing import due, erase
from lakehouse.trust.erasure.lines import MARKER
from lakehouse.trust.search import search
from lakehouse.writing.path import write
from lakehouse.writing.pending import pending
from lakehouse.writing.request import Request, Trigger

SUBJECTS = """
from lakehouse.trust.subjects import Identifier, Subject

SUBJECTS = (
    Subject(
        name="reader",
        identifiers=(
            Identifier(
                "card",
                columns=("desk_readers.card", "desk_loans.card", "desk_letters.card"),
                called=("card",),
            ),
            Identifier(
                "email",
                columns=("desk_readers.email", "desk_letters.sender:$.email"),
                through="desk_readers",
                in_texts=True,
            ),
            Identifier(
                "letter", columns=("desk_letters.letter",), called=("letter",), through="desk_letters"
            ),
        ),
        unlinked=("desk_loans.card",),
        known_by=("desk_readers.name", "desk_readers.phone"),
    ),
)
"""


class DeskReaders(Contract):
    """One row per reader and change between two dumps."""

    card: T.LongType() = Field(key=True)
    name: T.StringType() = Field(pii="name", protect="drop")
    email: T.StringType() = Field(pii="email")
    phone: T.StringType() = Field(pii="phone", nullable=True)
    branch: T.StringType() = Field()
    born: T.DateType() = Field(pii="birth date", protect="drop", nullable=True)


class DeskLoans(Contract):
    """One row per loan and report of it."""

    loan: T.StringType() = Field(key=True)
    card: T.LongType() = Field(nullable=True)
    fine: T.DecimalType(6, 2) = Field(nullable=True)


class DeskLetters(Contract):
    """One row per letter."""

    letter: T.LongType() = Field(key=True)
    card: T.LongType() = Field(nullable=True)
    sender: T.StringType() = Field(nullable=True, pii="contact", protect="drop")
    text: T.StringType() = Field(pii="text", protect="mask")
    url: T.StringType() = Field(nullable=True)


class Readers(Contract):
    """One row per reader."""

    card: T.LongType() = Field(key=True)
    email: T.StringType() = Field(str_length=64, description="a pseudonym")
    branch: T.StringType() = Field()
    dumped: T.LongType() = Field()


class ReadersHistory(Contract):
    """One row per version of a reader."""

    card: T.LongType() = Field(key=True)
    branch: T.StringType() = Field()
    dumped: T.LongType() = Field()
    seen_at: T.TimestampType() = Field()


class Loans(Contract):
    """One row per loan."""

    loan: T.StringType() = Field(key=True)
    card: T.LongType() = Field(nullable=True)
    fine: T.DecimalType(6, 2) = Field(nullable=True, ge=0)
    reported: T.LongType() = Field()


class Letters(Contract):
    """One row per letter."""

    letter: T.LongType() = Field(key=True)
    text: T.StringType() = Field()
    url: T.StringType() = Field(nullable=True)
    came: T.LongType() = Field()


class Branches(Contract):
    """One row per branch with readers."""

    branch: T.StringType() = Field(key=True)
    readers: T.LongType() = Field(gt=0)


@bronze(contract=DeskReaders, source=FullDumps("desk", "readers"), owner="team:desk")
def desk_readers(dump):
    return dump


@bronze(contract=DeskLoans, source=Files("desk", "loans"), owner="team:desk")
def desk_loans(dump):
    return dump


@bronze(contract=DeskLetters, source=Files("desk", "letters", sparse=True), owner="team:desk")
def desk_letters(dump):
    return dump


@silver(contract=Readers, write=Upsert("dumped"), owner="team:desk", reads={"desk_readers": changes()})
def readers(desk_readers):
    return desk_readers.select("card", "email", "branch", F.col("_position").alias("dumped"), "_change")


@silver(
    contract=ReadersHistory,
    write=History("dumped", valid_at="seen_at"),
    owner="team:desk",
    reads={"desk_readers": changes()},
)
def readers_history(desk_readers):
    at = F.col("_extracted_at").alias("seen_at")
    return desk_readers.select("card", "branch", F.col("_position").alias("dumped"), at, "_change")


@silver(contract=Loans, write=Upsert("reported"), owner="team:desk", reads={"desk_loans": changes()})
def loans(desk_loans):
    return desk_loans.select("loan", "card", "fine", F.col("_position").alias("reported"))


@silver(contract=Letters, write=Upsert("came"), owner="team:desk", reads={"desk_letters": changes()})
def letters(desk_letters):
    return desk_letters.select("letter", "text", "url", F.col("_position").alias("came"))


@gold(contract=Branches, write=Snapshot(), owner="team:desk", reads={"readers": whole()})
def branches(readers):
    return readers.groupBy("branch").agg(F.count(F.lit(1)).alias("readers"))


DATASETS = (
    desk_readers,
    desk_loans,
    desk_letters,
    readers,
    readers_history,
    loans,
    letters,
    branches,
)
ADA = {
    "card": 4711,
    "name": "Ada Quillfeather",
    "email": "ada@quill.example",
    "phone": "+49 170 5550199",
    "branch": "north",
    "born": "1815-12-10",
}
BOB = {"card": 2, "name": "Bob Ray", "email": "bob@ray.example", "branch": "north"}
MOVED = {**ADA, "email": "Ada.Moved@quill.example", "branch": "south", "nickname": "Quillfeather, Ada"}
TOLD = ("quill.example", "Quillfeather", "5550199", "quill%40")
LOANS = [
    {"loan": "l-1", "card": 4711, "fine": "1.50"},
    {"loan": "l-2", "card": 2, "fine": "0.10"},
    {"loan": "ada@quill.example/3", "card": 4711},
    {"loan": "l-4", "card": 4711, "fine": "-3"},
    {"loan": "l-5", "card": "ada@quill.example", "fine": "2"},
    '{"loan": "l-6", "card": 4711, "note": "Ada Quillfeather tore this',
]
LETTERS = [
    {
        "letter": 1,
        "card": 4711,
        "text": "call +49 170 5550199, Ada",
        "url": "/ask?mail=ada%40quill.example&p=1",
    },
    {"letter": 2, "card": 2, "text": "my friend ada@quill.example wrote this", "url": "/"},
    {"letter": 3, "sender": {"email": "ada@quill.example"}, "text": "no card at hand", "url": "/"},
    {"letter": 4, "text": "a stranger", "url": "/?from=ADA@quill.example"},
    {"letter": 5, "card": 2, "text": "all well", "url": "/"},
]


@pytest.fixture(scope="module")
def lake(spark, machine, tmp_path_factory):
    """The lake after two days, with Ada in every table, file and log; Bob beside her."""
    folder = tmp_path_factory.mktemp("erasure")
    package = folder / "people_of_a_library"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "subjects.py").write_text(SUBJECTS)
    sys.path.insert(0, str(folder))
    lake = small_lake(folder, *DATASETS, datasets=package.name, **machine)
    land(lake, "desk", "readers", [ADA, BOB], position=1, kind="full")
    land(lake, "desk", "loans", LOANS, position=1)
    land(lake, "desk", "letters", LETTERS, position=1)
    for position in (1, 2):
        for dataset in lake.catalog:
            write(lake, spark, dataset, Request(run=f"day {position}"))
        if position == 1:
            land(lake, "desk", "readers", [MOVED, BOB], position=2, kind="full")
    _tell_elsewhere(lake.settings)
    yield lake
    sys.path.remove(str(folder))


def _tell_elsewhere(settings):
    (settings.log_dir / "2026-01-01").mkdir(parents=True)
    line = json.dumps({"message": "refused ada@quill.example", "level": "info"})
    (settings.log_dir / "2026-01-01" / "run.1.jsonl").write_text(f"{line}\n")
    settings.dagster_home.mkdir(parents=True)
    with sqlite3.connect(settings.dagster_home / "runs.db") as database:
        database.execute("CREATE TABLE events (id INTEGER, body TEXT)")
        database.execute("INSERT INTO events VALUES (1, ?)", ["failed on " + "x" * 9000 + "Ada Quillfeather"])
    database.close()


def places_told(settings, *folders):
    return [each.path for each in search(folders or [settings.var_dir], TOLD)]


def state(lake):
    """What the lake says of everybody else."""
    return {
        "readers": rows_in(lake.table(readers), "card", "branch"),
        "history": rows_in(lake.table(readers_history), "card", "branch"),
        "loans": sorted(rows_in(lake.table(loans), "loan", "card"), key=str),
        "letters": sorted(rows_in(lake.table(letters), "letter", "text", "url")),
        "bronze": sorted(rows_in(lake.table(desk_letters), "letter", "_file", "_line_number")),
    }


@pytest.fixture(scope="module")
def erased(lake, spark):
    """Ada, erased for good and at once; and what the search had found before."""
    before = {path.name for path in places_told(lake.settings)}
    done = erase(lake, spark, "reader", "4711", run="erase-1", by="officer", now=True)
    return before, done


def test_silver_gold_and_listings_tell_nobody_by_name(lake):
    settings = lake.settings
    assert places_told(settings, settings.lake_dir / "silver", settings.lake_dir / "gold") == []
    shown = str([inspection.rows(lake, each) for each in lake.catalog] + [inspection.summaries(lake)])
    assert "l-4" in shown
    assert not [word for word in TOLD if word in shown]
    answers = str(query(settings, "SELECT * FROM ops.commits").to_pylist())
    assert not [word for word in TOLD if word in answers]


def test_no_byte_of_the_lake_tells_the_erased(lake, erased):
    before, done = erased
    assert {"run.1.jsonl", "runs.db", "part-00000.jsonl.gz"} <= before
    assert places_told(lake.settings) == []
    assert done.left == ()
    assert done.due is None


def test_everybody_else_stays(lake, erased):
    assert state(lake)["readers"] == [(2, "north")]
    assert state(lake)["history"] == [(2, "north")]
    assert [row[0] for row in state(lake)["letters"]] == [2, 5]
    assert "friend [email] wrote" in state(lake)["letters"][0][1]


def test_what_must_be_kept_loses_its_link(lake, erased):
    loans_now = dict(state(lake)["loans"])
    assert loans_now["l-1"] is None
    assert loans_now["l-2"] == 2
    assert 4711 not in {card for (card,) in rows_in(lake.table(desk_loans), "card")}


def test_files_keep_their_names_their_counts_and_their_other_bytes(lake, erased):
    listing = list_loads(lake.settings.bucket_dir, "desk", "letters")
    assert listing.problems == ()
    assert [file.rows for load in listing.loads for file in load.files] == [5]
    lines = gzip.decompress(listing.loads[0].files[0].path.read_bytes()).decode().splitlines()
    assert [line == MARKER for line in lines] == [True, False, True, True, False]
    assert lines[4] == json.dumps(LETTERS[4])


def test_the_record_proves_it_and_names_nobody(lake, erased):
    records = Book(lake.settings).records()
    assert [each["event"] for each in records] == ["logically gone", "physically gone"]
    assert records[1]["found_in_files"] == 0
    assert records[1]["searched_for"] > 2
    assert "4711" not in str(records)
    assert due(lake) == ()


def test_readers_are_given_no_news_of_it(lake, erased):
    waiting = {each.name: pending(lake, each, Request(run="look")).reasons for each in lake.catalog}
    assert {name: reasons for name, reasons in waiting.items() if reasons} == {}


def test_the_same_again_does_nothing_and_is_done(lake, spark, erased):
    before = {each.name: deltalog.version(lake.table(each)) for each in lake.catalog}
    done = erase(lake, spark, "reader", "4711", run="erase-2", by="officer")
    assert {name: counts for name, counts in done.done.items() if sum(counts.values())} == {}
    assert before == {each.name: deltalog.version(lake.table(each)) for each in lake.catalog}


def test_a_reload_brings_nobody_back_and_adds_up(lake, spark, erased):
    wanted = state(lake)
    land(lake, "desk", "letters", [{"letter": 6, "card": 4711, "text": "again"}, *LETTERS[1:3]], position=2)
    outcomes = {
        each.name: write(lake, spark, each, Request(run="reload", trigger=Trigger.REBUILD))
        for each in (desk_letters, desk_readers, letters, readers)
    }
    record = outcomes["desk_letters"].record
    assert record.rows_erased == 5
    assert record.rows_in == 8 == record.rows_erased + record.rows_written + record.rows_quarantined
    assert sorted({row[0] for row in rows_in(lake.table(desk_letters), "letter")}) == [2, 5]
    assert state(lake)["readers"] == wanted["readers"]
    assert "quill" not in str(rows_in(lake.table(desk_letters), "text"))

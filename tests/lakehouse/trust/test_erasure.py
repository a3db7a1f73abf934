"""One person is erased from a small lake: out of every file, out of every later read, and nobody else."""

import gzip
import json
import sqlite3
import sys

import pytest

from lakehouse.capture.loads import list_loads
from lakehouse.engine import deltalog
from lakehouse.engine.sql import query
from lakehouse.errors import ErasureError
from lakehouse.testing import land, rows_in
from lakehouse.trust import inspection
from lakehouse.trust.erasure.book import Book
from lakehouse.trust.erasure.erasing import erase, under_way
from lakehouse.trust.erasure.lines import MARKER
from lakehouse.trust.search import search
from lakehouse.writing.path import write
from lakehouse.writing.pending import pending
from lakehouse.writing.request import Request, Trigger
from tests.lakehouse.trust.library import (
    ADA,
    BOB,
    LETTERS,
    LOANS,
    MOVED,
    TOLD,
    desk_letters,
    desk_loans,
    desk_readers,
    letters,
    library_lake,
    loans,
    readers,
    readers_history,
)


@pytest.fixture(scope="module")
def lake(spark, machine, tmp_path_factory):
    """The lake after two days, with Ada in every table, file and log; Bob beside her."""
    folder = tmp_path_factory.mktemp("erasure")
    lake = library_lake(folder, "people_of_a_library", **machine)
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
        database.execute(
            "INSERT INTO events VALUES (1, ?)", ["failed on " + "x" * 9000 + " Ada Quillfeather"]
        )
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
    done = erase(lake, lambda: spark, "reader", "4711", run="erase-1", by="officer", now=True)
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
    assert under_way(lake) == ()


def test_readers_are_given_no_news_of_it(lake, erased):
    waiting = {each.name: pending(lake, each, Request(run="look")).reasons for each in lake.catalog}
    assert {name: reasons for name, reasons in waiting.items() if reasons} == {}


def test_nobody_is_erased_by_a_slip_of_the_pen(lake, spark, erased):
    with pytest.raises(ErasureError, match="there is no reader 4712"):
        erase(lake, lambda: spark, "reader", "4712", run="erase-3", by="officer")
    assert under_way(lake) == ()


def test_the_same_again_does_nothing_and_is_done(lake, spark, erased):
    before = {each.name: deltalog.version(lake.table(each)) for each in lake.catalog}
    done = erase(lake, lambda: spark, "reader", "4711", run="erase-2", by="officer")
    assert done.done == {}
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

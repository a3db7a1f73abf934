"""An erasure from a feed of changes that is killed at every step in turn, and taken up again each time."""

import gzip
import json
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pytest

from lakehouse.capture.loads import list_loads
from lakehouse.capture.manifest import MANIFEST
from lakehouse.dagster.session import SESSION
from lakehouse.dagster.upkeep import upkeep_job
from lakehouse.engine import deltalog
from lakehouse.testing import land_changes, rows_in
from lakehouse.trust.erasure import erasing, phases, steps
from lakehouse.trust.erasure.book import Book
from lakehouse.trust.erasure.erasing import erase, finish, under_way
from lakehouse.trust.erasure.lines import MARKER
from lakehouse.trust.search import search
from lakehouse.writing.path import write
from lakehouse.writing.request import Request, Trigger
from tests.lakehouse.trust.library import ADA, BOB, MOVED, TOLD, desk_readers, library_lake, readers


class Killed(BaseException):
    """The process is gone: nothing that looks for errors sees it."""


def envelope(op, card, *, before=None, after=None, lsn):
    """A change as Debezium tells it; what it was before is whole, as with ``REPLICA IDENTITY FULL``."""
    log = {"lsn": lsn, "sequence": json.dumps([str(lsn), str(lsn)]), "ts_us": 1_767_225_600_000_000 + lsn}
    return {"key": {"card": card}, "op": op, "before": before, "after": after, "source": log}


def person(row):
    """A reader as an envelope has them: a date is a count of days."""
    return {"born": None, "phone": None, **row, **({"born": -56_270} if "born" in row else {})}


SNAPSHOT = [envelope("r", each["card"], after=person(each), lsn=10) for each in (ADA, BOB)]
CHANGES = [
    envelope("u", 4711, before=person(ADA), after=person(MOVED), lsn=20),
    envelope("u", 2, before=person(BOB), after=person({**BOB, "branch": "east"}), lsn=21),
    envelope("d", 4711, before=person(MOVED), lsn=22),
    envelope("c", 4711, after=person(MOVED), lsn=23),
]
LOANS = [
    envelope("u", 1, before={"loan": "l-1", "card": 4711}, after={"loan": "l-1", "card": None}, lsn=30),
    envelope("u", 2, before={"loan": "l-2", "card": 4711}, after={"loan": "l-2", "card": 2}, lsn=31),
]


def land(lake, table, kind, position, lines):
    land_changes(lake, "desk_changes", table, lines, position=position, kind=kind)


@pytest.fixture(scope="module")
def lake(spark, machine, tmp_path_factory):
    """A snapshot and the changes since, taken in two batches."""
    folder = tmp_path_factory.mktemp("stopped")
    feeds = {"desk": "desk_changes"}
    lake = library_lake(folder, "people_of_a_captured_library", feeds=feeds, **machine)
    land(lake, "readers", "full", 15, SNAPSHOT)
    land(lake, "loans", "incremental", 31, LOANS)
    write(lake, spark, desk_readers, Request("first"))
    write(lake, spark, readers, Request("first"))
    land(lake, "readers", "incremental", 23, CHANGES)
    write(lake, spark, desk_readers, Request("second"))
    write(lake, spark, readers, Request("second"))
    yield lake
    sys.path.remove(str(folder))


def killed(monkeypatch, owner, name, go_on, *, after=0):
    """Do something that is killed as it calls a function for so many times and once."""
    left, real = [after], getattr(owner, name)

    def dying(*args, **given):
        if not left[0]:
            raise Killed
        left[0] -= 1
        return real(*args, **given)

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, dying)
        with pytest.raises(Killed):
            go_on()


def lines_of(lake, table):
    folders = sorted(
        path.parent for path in (lake.settings.bucket_dir / "desk_changes" / table).rglob(MANIFEST)
    )
    return [
        [
            json.loads(line)
            for line in gzip.decompress((folder / "part-00000.jsonl.gz").read_bytes()).splitlines()
        ]
        for folder in folders
    ]


def test_killed_at_every_step_it_is_taken_up_again_and_done(lake, spark, monkeypatch):
    monkeypatch.setattr(erasing, "RETENTION", timedelta())
    begun = partial(erase, lake, lambda: spark, "reader", "4711", run="erase", by="officer")
    again = partial(finish, lake, lambda: spark, run="upkeep")
    assert search([lake.settings.var_dir], TOLD)

    killed(monkeypatch, Book, "put_on_list", begun)  # written down, and nothing done
    killed(monkeypatch, Path, "replace", begun, after=9)  # in the middle of the bucket's rewriting
    killed(monkeypatch, steps, "scrub", again)  # the bucket is rewritten, the tables are not
    assert [lines_of(lake, "readers")[0][0]] == [json.loads(MARKER)]
    assert (4711,) in rows_in(lake.table(desk_readers), "card")
    killed(monkeypatch, phases, "outside_of_tables", begun)  # the tables too, it is not yet logical
    assert rows_in(lake.table(readers), "card", "branch") == [(2, "east")]
    assert [when for _, when in under_way(lake)] == [None]
    ((erasure, done),) = again()
    assert done.due
    killed(monkeypatch, phases, "vacuum", again, after=1)  # files are gone, others are not
    killed(monkeypatch, Book, "close", again)  # recorded, and the order is still there

    session = dg.ResourceDefinition.hardcoded_resource(SimpleNamespace(spark_session=spark))
    assert upkeep_job(lake, {SESSION: session}).execute_in_process().success  # a Sunday, at three
    events = [(each["erasure"], each["event"]) for each in Book(lake.settings).records()]
    assert events == [(erasure, "logically gone"), *[(erasure, "physically gone")] * 2]
    assert again() == under_way(lake) == ()
    assert search([lake.settings.var_dir], TOLD) == []


def test_of_a_feed_nothing_is_left_before_or_after_a_change(lake):
    snapshot, changed = lines_of(lake, "readers")
    marker = json.loads(MARKER)
    assert snapshot == [marker, SNAPSHOT[1]]
    assert changed == [marker, CHANGES[1], marker, marker]
    (loans,) = lines_of(lake, "loans")
    assert [line["before"]["card"] for line in loans] == [None, None]
    assert [line["after"] for line in loans] == [line["after"] for line in LOANS]
    assert list_loads(lake.settings.bucket_dir, "desk_changes", "readers").problems == ()


def test_a_feed_that_goes_on_or_is_read_again_brings_nobody_back(lake, spark):
    back = envelope("c", 4711, after=person(ADA), lsn=40)
    land(
        lake, "readers", "incremental", 41, [back, envelope("c", 3, after=person({**BOB, "card": 3}), lsn=41)]
    )
    taken = write(lake, spark, desk_readers, Request("third"))
    assert (taken.record.rows_in, taken.record.rows_erased) == (2, 1)
    write(lake, spark, desk_readers, Request("reload", trigger=Trigger.REBUILD))
    write(lake, spark, readers, Request("reload", trigger=Trigger.REBUILD))
    assert sorted(rows_in(lake.table(readers), "card", "branch")) == [(2, "east"), (3, "north")]
    assert deltalog.latest_record(lake.table(desk_readers)).record.rows_erased == 5

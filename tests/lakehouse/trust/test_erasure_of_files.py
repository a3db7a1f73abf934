"""What an erasure does to files: whole, true to their manifest, finished after a stop, blanked in place."""

import gzip
import hashlib
import json
import re
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest

from lakehouse.capture.loads import list_loads, write_load
from lakehouse.capture.manifest import MANIFEST
from lakehouse.capture.sheet_counting import count_rows
from lakehouse.errors import ErasureError
from lakehouse.sources import Files, Workbooks
from lakehouse.testing import small_lake
from lakehouse.trust.erasure import bucket
from lakehouse.trust.erasure.book import Book, Order, hash_of
from lakehouse.trust.erasure.elsewhere import blank, blank_delta_log
from lakehouse.trust.erasure.lines import MARKER, TouchedLine, edited
from lakehouse.trust.search import pattern_of, search

SOURCE = Files("desk", "letters")
LINES = [b'{"a": 1.50}', b'{"a": "ada@x.example"}', b'{"a": 3}']


def touched(path, home, number, line):
    return TouchedLine(path.relative_to(home).as_posix(), number, 1, line, line, None)


@pytest.fixture
def load(tmp_path):
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return write_load(tmp_path, "desk", "letters", LINES, kind="full", position=1, extracted_at=at)


def unpacked(path):
    return gzip.decompress(path.read_bytes()).splitlines()


def test_a_load_keeps_its_names_counts_and_times(tmp_path, load):
    part = load.files[0].path
    when = (part.parent / MANIFEST).stat().st_mtime_ns
    assert bucket.rewrite(tmp_path, SOURCE, [touched(part, tmp_path, 2, None)]) == 1
    (after,) = list_loads(tmp_path, "desk", "letters").loads
    assert unpacked(part) == [LINES[0], MARKER.encode(), LINES[2]]
    assert (after.files[0].rows, after.load_id) == (3, load.load_id)
    assert after.files[0].sha256 == hashlib.sha256(part.read_bytes()).hexdigest()
    assert (part.parent / MANIFEST).stat().st_mtime_ns == when
    assert [path.name for path in part.parent.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("renames", [0, 1])
def test_a_rewriting_stopped_at_any_point_is_finished(tmp_path, load, monkeypatch, renames):
    part, left, replace = load.files[0].path, [renames], Path.replace

    def stopped(new, path):
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        replace(new, path)

    monkeypatch.setattr(Path, "replace", stopped)
    with pytest.raises(KeyboardInterrupt):
        bucket.rewrite(tmp_path, SOURCE, [touched(part, tmp_path, 2, None)])
    monkeypatch.undo()
    bucket.finish_renaming(tmp_path, SOURCE)
    assert list_loads(tmp_path, "desk", "letters").problems == ()
    assert unpacked(part)[1] == MARKER.encode()


def test_a_rewriting_only_begun_leaves_nothing(tmp_path, load):
    part = load.files[0].path
    (part.parent / f".{part.name}.erased").write_bytes(b"half")
    bucket.finish_renaming(tmp_path, SOURCE)
    assert unpacked(part) == LINES
    assert len(list(part.parent.iterdir())) == 2


def test_a_bare_file_keeps_its_place_among_the_loads(tmp_path):
    path = tmp_path / "desk" / "letters" / "a.csv"
    path.parent.mkdir(parents=True)
    path.write_text("name,n\nada,1\nbob,2\n")
    before = list_loads(tmp_path, "desk", "letters").loads
    bucket.rewrite(tmp_path, SOURCE, [touched(path, tmp_path, 2, None)])
    assert path.read_text() == f"name,n\n{MARKER}\nbob,2\n"
    assert list_loads(tmp_path, "desk", "letters").loads == before


def test_a_row_of_a_workbook_is_emptied(tmp_path):
    path = tmp_path / "desk" / "sheets" / "a.xlsx"
    path.parent.mkdir(parents=True)
    book = openpyxl.Workbook()
    for row in (["name", "n"], ["Ada", 1], ["Bob asks Ada", 2]):
        book.active.append(row)
    book.save(path)
    source = Workbooks("desk", "sheets", header="name")
    said = '["Bob asks [erased]", "2"]'
    bucket.rewrite(tmp_path, source, [touched(path, tmp_path, 2, None), touched(path, tmp_path, 3, said)])
    rows = list(openpyxl.load_workbook(path).active.iter_rows(values_only=True))
    assert rows == [("name", "n"), (None, None), ("Bob asks [erased]", 2)]
    assert count_rows(path, "", "name").lines == 1


def test_a_damaged_file_is_left_and_named(tmp_path, load):
    part = load.files[0].path
    part.write_bytes(part.read_bytes()[:-12])
    with pytest.raises(ErasureError, match="damaged"):
        bucket.rewrite(tmp_path, SOURCE, [touched(part, tmp_path, 2, None)])


def test_an_edited_line_keeps_its_every_other_byte():
    line = '{"id":4711, "total" : 1.50,"customer_id": 4711,"note":"Ada\\u00e9 ada%40x.example"}'
    wanted = re.compile(pattern_of(["ada@x.example", "Adaé"]))
    assert edited(line, {"customer_id": "4711"}, wanted) == (
        '{"id":4711, "total" : 1.50,"customer_id": null,"note":"[erased] [erased]"}'
    )


def test_texts_and_databases_are_blanked_where_they_are(tmp_path):
    log, base = tmp_path / "a.jsonl", tmp_path / "b.db"
    log.write_text('{"m": "refused Ada@x.example"}\n')
    with sqlite3.connect(base) as database:
        database.execute("CREATE TABLE t (id INTEGER, body TEXT, packed BLOB)")
        database.execute("INSERT INTO t VALUES (1, 'ada@x.example was here', ?)", [b"\xff ada@x.example"])
        database.execute("DELETE FROM t WHERE id = 2")
    database.close()
    assert blank(search([tmp_path], ["ada@x.example"]), ["ada@x.example"]) == 2
    assert search([tmp_path], ["ada@x.example"]) == []
    assert json.loads(log.read_text()) == {"m": "refused " + "*" * 13}
    with sqlite3.connect(base) as database:
        assert database.execute("SELECT id, body FROM t").fetchall() == [(1, "[erased] was here")]
    database.close()


def test_a_tables_log_loses_its_summaries_and_keeps_its_commits(tmp_path):
    log = tmp_path / "_delta_log"
    log.mkdir()
    commit = log / f"{3:020d}.json"
    commit.write_text('{"add":{"stats":"ada@x.example"}}\n')
    for name in (f".{commit.name}.crc", f"{2:020d}.checkpoint.parquet", "_last_checkpoint"):
        (log / name).write_text("ada@x.example")
    assert blank_delta_log(log, search([log], ["ada@x.example"]), ["ada@x.example"]) >= 2
    assert [path.name for path in log.iterdir()] == [commit.name]
    assert json.loads(commit.read_text())["add"]["stats"] == "*" * 13


@pytest.fixture
def book(tmp_path):
    return Book(small_lake(tmp_path).settings)


ORDER = Order("0" * 16, "reader", {"card": ["4711"], "email": ["Ada@x.example"]}, ["Ada"], "officer", "2026")


def test_the_list_holds_hashes_and_grows_by_no_repeat(book, tmp_path):
    assert not book.anybody
    book.put_on_list(ORDER)
    book.put_on_list(ORDER)
    (erased,) = book.erased()
    assert hash_of("ada@X.example", "reader", "email", "0" * 64) in erased.hashes["email"]
    assert search([tmp_path], ["Ada@x.example", "4711"]) == []
    assert len((tmp_path / "var/lake/dev/_erasures/list.jsonl").read_text().splitlines()) == 1


def test_another_key_is_told_and_not_taken(book, tmp_path):
    book.put_on_list(ORDER)
    other = small_lake(tmp_path, pseudonym_key="1" * 64).settings
    with pytest.raises(ErasureError, match="LAKEHOUSE_ERASURE_KEY"):
        Book(other).erased()
    kept = small_lake(tmp_path, pseudonym_key="1" * 64, erasure_key="0" * 64).settings
    assert Book(kept).erased()


def test_an_order_is_for_its_owner_alone_and_is_gone_when_closed(book, tmp_path):
    book.keep(ORDER)
    (file,) = book.orders_folder.iterdir()
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert book.orders() == (ORDER,)
    book.close(ORDER)
    assert search([tmp_path], ["Ada@x.example"]) == []
    shutil.rmtree(tmp_path / "var")

"""A value is found through whatever it is packed in, and nothing is found where it is not."""

import gzip
import json
import sqlite3
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lakehouse.trust.search import search

NAME = "Zoë O'Neill-Ünal"
MAIL = "zoe@oneill.example"


def packed(folder, text):
    """A text in every way that a lake keeps one."""
    (folder / "raw.jsonl").write_text(text)
    (folder / "escaped.jsonl").write_text(json.dumps({"a": text}))
    (folder / "url.txt").write_text("?q=" + text.replace("@", "%40"))
    (folder / "windows.txt").write_bytes(text.encode("utf-16-le"))
    (folder / "lines.gz").write_bytes(gzip.compress(b"x\n") + gzip.compress(text.encode()))
    (folder / "torn.gz").write_bytes(
        gzip.compress((text + "\n" + "".join(map(str, range(5000)))).encode())[:-500]
    )
    with zipfile.ZipFile(folder / "book.xlsx", "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/sheet.xml", f"<c>{text}</c>")
    rows = [{"id": 1, "deep": {"list": [{"text": f"so says {text}"}]}, "tags": [("k", text)]}]
    kind = pa.struct([("list", pa.list_(pa.struct([("text", pa.string())])))])
    schema = pa.schema([("id", pa.int64()), ("deep", kind), ("tags", pa.map_(pa.string(), pa.string()))])
    pq.write_table(pa.Table.from_pylist(rows, schema), folder / "part.parquet", compression="zstd")
    with sqlite3.connect(folder / "events.db") as database:
        database.execute("CREATE TABLE e (body TEXT)")
        database.execute("INSERT INTO e VALUES (?)", ["y " * 10_000 + text])
    database.close()


@pytest.mark.parametrize("value", [NAME, MAIL])
def test_it_is_found_in_every_packing_and_in_any_case(tmp_path, value):
    packed(tmp_path, value)
    everything = {path.name for path in tmp_path.iterdir()}
    assert {found.path.name for found in search([tmp_path], [value])} == everything
    found = {each.path.name for each in search([tmp_path], [value.upper()])}
    assert found >= everything - {"windows.txt"}


def test_where_it_is_not_nothing_is_found(tmp_path):
    packed(tmp_path, "somebody@else.example")
    assert search([tmp_path], [NAME, MAIL]) == []
    assert search([tmp_path], []) == []


def test_a_part_of_another_value_is_not_it_and_behind_an_escape_it_is(tmp_path):
    (tmp_path / "text").write_text(json.dumps("\nSchool Street 129") + "x%0Aanna@x.example")
    assert search([tmp_path], ["School Street 12", "chool Street 129", "nna@x.example"]) == []
    assert search([tmp_path], ["School Street 129"])
    assert search([tmp_path], ["anna@x.example"])


def test_a_place_passed_over_and_a_missing_one_are_not_searched(tmp_path):
    (tmp_path / "open").mkdir()
    (tmp_path / "open" / "order.json").write_text(MAIL)
    assert search([tmp_path, tmp_path / "gone"], [MAIL], but=[tmp_path / "open"]) == []


def test_it_is_found_across_two_pieces_of_a_long_file(tmp_path, monkeypatch):
    monkeypatch.setattr("lakehouse.trust.search._CHUNK", 10)
    (tmp_path / "long.txt").write_text("-" * 7 + MAIL + "-" * 7)
    assert search([tmp_path], [MAIL])

import gzip
import json
import random
import tempfile
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import functions as F

from lakehouse.capture.loads import count_lines
from lakehouse.engine.lines import FileOfLines, _batches, _rows, read_lines

BREAK = "the file breaks off here: it is truncated or damaged"
pieces = st.one_of(
    st.sampled_from(
        [b"\n", b"\r\n", b"\r", b"", b" ", b'{"a":1}', b'{"a":"\xc3\xa9"}', b"\xff", b"\x00", b"\xe2\x80\xa8"]
    ),
    st.binary(max_size=5),
)
contents = st.lists(pieces, max_size=30).map(b"".join)


def read(content, name="part.jsonl", form="jsonl"):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        return list(_rows(FileOfLines(str(path), name, form, 1))), count_lines(path)


def plain_lines(content):
    """The lines as plain Python sees them: ended by a line feed, a return before it no part of them."""
    parts = content.split(b"\n")
    return [part.removesuffix(b"\r") for part in (parts if parts[-1] else parts[:-1])]


@settings(max_examples=300, derandomize=True)
@given(contents)
def test_every_line_is_given_once_as_it_stands(content):
    for packed in (False, True):
        name = "part.jsonl.gz" if packed else "part.jsonl"
        rows, counted = read(gzip.compress(content) if packed else content, name)
        assert [line for line, *_ in rows] == [
            line.decode("utf-8", "backslashreplace") for line in plain_lines(content)
        ]
        assert counted.complete
        assert counted.lines == len(rows)
        for raw, (line, record, problem, _) in zip(plain_lines(content), rows, strict=True):
            assert (record is None) == (problem is not None)
            if problem is None:
                assert record == line == raw.decode()
            elif "not UTF-8" not in problem and "more follows" not in problem:
                assert not line.strip()


@settings(max_examples=150, derandomize=True)
@given(contents, st.integers(0, 10_000), st.booleans())
def test_a_damaged_file_gives_all_that_can_be_unpacked_and_the_count_agrees(content, at, cut):
    packed = gzip.compress(content)
    at %= len(packed)
    broken = packed[:at] if cut else packed[:at] + bytes([packed[at] ^ 0x55]) + packed[at + 1 :]

    rows, counted = read(broken, "part.jsonl.gz")

    torn = 0 if counted.complete else 1
    assert counted.lines <= len(rows) <= counted.lines + torn
    assert [problem == BREAK for _, _, problem, _ in rows][:-1] == [False] * (len(rows) - 1)
    assert (rows[-1][2] == BREAK if rows else False) == (not counted.complete)
    if cut:
        whole = [line.decode("utf-8", "backslashreplace") for line in plain_lines(content)]
        assert [line for line, *_ in rows[:-1]] == whole[: max(0, len(rows) - 1)]


def test_lines_before_damage_deep_in_a_large_file_are_kept():
    lines = b"".join(b'{"id": %d, "hash": "%x"}\n' % (i, hash((i, "x"))) for i in range(60_000))
    packed = bytearray(gzip.compress(lines, 1))
    packed[-9] ^= 0xFF

    rows, counted = read(bytes(packed), "part.jsonl.gz")

    assert len(rows) > 50_000
    assert counted.lines <= len(rows) <= counted.lines + 1
    assert rows[-1][2] == BREAK


def test_a_compressed_file_may_have_several_members_and_padding():
    packed = gzip.compress(b'{"a":1}\n{"a"') + gzip.compress(b":2}\n") + b"\0" * 700
    assert read(packed, "part.jsonl.gz")[0] == [(line, line, None, True) for line in ('{"a":1}', '{"a":2}')]


def test_an_empty_file_has_no_lines_but_an_empty_compressed_one_is_broken():
    assert read(b"")[0] == []
    assert read(b"", "part.jsonl.gz")[0] == [("", None, BREAK, False)]


@pytest.mark.parametrize("line", ['{"a":1}{"a":2}', '{"a":1} more', '{"a":{"b":1}} }', '{"a":"}"}{}'])
def test_a_second_record_on_a_line_is_not_dropped_without_a_word(line):
    [(kept, record, problem, _)], _ = read(line.encode())
    assert (kept, record) == (line, None)
    assert "more follows" in problem


@pytest.mark.parametrize(
    "line", ['{"a":"}{"}', '{"a":{"b":{}}}', '{"a":1} ', '{"a":', "[1]", '{"a":' * 5000 + "1" + "}" * 5000]
)
def test_what_may_be_one_record_is_left_for_the_engine_to_read(line):
    assert [row[:3] for row in read(line.encode())[0]] == [(line, line, None)]


def test_csv_lines_become_records_and_those_that_do_not_fit_the_header_say_so():
    text = 'id,name\n1,"a, b"\n2\n3,\n4,x,y\n5,a\rb\n\n6,"say ""hi"""\n'
    rows, counted = read(text.encode(), "part.csv", "csv")

    assert counted.lines - 1 == len(rows)
    assert [json.loads(record) if record else problem for _, record, problem, _ in rows] == [
        {"id": "1", "name": "a, b"},
        "the line has 1 fields where the header has 2",
        {"id": "3", "name": None},
        "the line has 3 fields where the header has 2",
        rows[4][2],
        "the line is empty",
        {"id": "6", "name": 'say "hi"'},
    ]
    assert rows[4][2].startswith("the line is not CSV")


@pytest.mark.parametrize("header", [b"\xffid,name", b"id,id", b"", b"a\rb,c"])
def test_no_line_of_a_csv_file_is_taken_for_a_header_that_cannot_be_read(header):
    rows, counted = read(header + b"\n1,a\n2,b\n", "part.csv", "csv")
    assert counted.lines - 1 == len(rows) == 2
    assert [line for line, *_ in rows] == ["1,a", "2,b"]
    assert all(problem.startswith("the file's header cannot be read") for _, _, problem, _ in rows)


def test_lines_are_numbered_as_an_editor_numbers_them_over_many_batches(tmp_path):
    for name, form, first in (("a.jsonl", "jsonl", 1), ("a.csv", "csv", 2)):
        path = tmp_path / name
        path.write_text("".join(f"{i}\n" for i in range(20_000)))
        batches = list(_batches(FileOfLines(str(path), "in/the/lake", form, 7)))
        numbers = [number for batch in batches for number in batch["_line_number"].to_pylist()]
        assert len(batches) > 1
        assert numbers[0] == first
        assert all(after == before + 1 for before, after in pairwise(numbers))
        assert len(numbers) == 20_000 - (first - 1)
        assert {batches[0]["_file"][0].as_py(), batches[0]["_ordinal"][0].as_py()} == {"in/the/lake", 7}


NUMBERS = (
    *("1.0", "12.10", "1e5", "1E+2", "1.5e-3", "-0.0", "-0", "0.001", "0.0009", "1234567.5", "12345678.5"),
    *("1234567.12345678", "1234567.123456789", "100000000000000000000", "123456789012345678", "1e400", "NaN"),
    *("-Infinity", "9" * 39, "01", "1.", "99999999.99", "0.30", "7", "-19.99", "1.7976931348623157e308"),
)
TEXTS = (
    *("", "é", r"\u00e9", r"\ud83d\ude00", r"\ud800", r"\uDC00 x", r"a\n\"b", r"\/", "😀", "a\tb", "}{"),
    r"\\ud800",
)


def random_json(dice, depth=0):
    """Some JSON as somebody may write it, or nearly JSON; names come twice now and then."""
    kind = dice.choice(["number", "digits", "text", "word", "object", "array"][: 4 if depth > 2 else 6])
    space = dice.choice(["", "", "", " ", "\t"])
    if kind == "object":
        names = dice.choices(["a", "b", "c", "d", "é", r"\u0061"], k=dice.randint(0, 4))
        inside = (f'"{name}"{space}:{random_json(dice, depth + 1)}' for name in names)
        return "{" + f",{space}".join(inside) + "}"
    if kind == "array":
        return "[" + ",".join(random_json(dice, depth + 1) for _ in range(dice.randint(0, 3))) + "]"
    if kind == "digits":
        return f"{dice.choice(['', '-'])}{dice.randint(0, 10 ** dice.randint(0, 9))}.{dice.randint(0, 10**9)}"
    return {
        "number": dice.choice(NUMBERS),
        "text": f'"{dice.choice(TEXTS)}"',
        "word": dice.choice(["true", "false", "null"]),
    }[kind]


def meant(values):
    """Strings by name; those that are JSON themselves as what they say, digit for digit."""
    return {
        name: json.loads(value, parse_float=Decimal, parse_int=Decimal) if value[:1] in ("{", "[") else value
        for name, value in (values or {}).items()
        if value is not None
    }


def test_what_is_called_plain_is_the_same_by_the_quick_way_as_by_the_exact_one(tmp_path, spark):
    dice, path = random.Random(5), tmp_path / "a.jsonl"
    records = [f'{{"x":{random_json(dice)},"y":{random_json(dice)}}}' for _ in range(4000)]
    path.write_text("\n".join(records), encoding="utf-8")
    lines = read_lines(spark, [FileOfLines(str(path), "a", "jsonl", 1)])
    both = lines.select(
        "_line_number",
        "_plain",
        F.from_json("_record", "map<string,string>").alias("quick"),
        F.try_variant_get(F.try_parse_json("_record"), "$", "map<string,string>").alias("exact"),
    ).collect()
    plain = [row for row in both if row["_plain"]]
    assert len(both) == 4000
    assert 400 < len(plain) < 3600
    for row in plain:
        assert row["exact"] is not None, records[row["_line_number"] - 1]
        assert meant(row["quick"]) == meant(row["exact"]), records[row["_line_number"] - 1]
    # Were all called plain, digits would be lost.
    others = [row for row in both if not row["_plain"] and row["exact"] is not None]
    assert any(meant(row["quick"]) != meant(row["exact"]) for row in others)

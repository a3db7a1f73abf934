"""Rows of a workbook's sheet as records, and the same rows counted by plain reading."""

import json
import zipfile
from datetime import date, datetime, time
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakehouse.capture.loads import count_rows
from lakehouse.engine.sheets import sheet_rows

cells = st.one_of(
    st.none(),
    st.just(""),
    st.just("  "),
    st.just("SKU"),
    st.text(alphabet="ab <&'\"é", max_size=4),
    st.integers(-5, 5),
    st.floats(-9, 9, allow_nan=False),
    st.booleans(),
    st.dates(date(1990, 1, 1), date(2100, 1, 1)),
)


def workbook(path, rows, title="Plan"):
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = title
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def records(path, sheet="Plan", header="SKU"):
    return [
        (number, json.loads(record) if record else None, problem)
        for number, _, record, problem in sheet_rows(path, sheet, header)
    ]


def counted(path, sheet="Plan", header="SKU"):
    found = count_rows(path, sheet, header)
    return found.lines, found.complete


def test_a_row_below_the_header_is_a_record_named_by_it(tmp_path):
    path = workbook(
        tmp_path / "a.xlsx",
        [
            ["Please do not sort!"],
            [None, "Stock", None],
            ["SKU", "Reorder point (new!)", "Hold until", None],
            ["A-1", 12.5, datetime(2026, 5, 9), "beside"],  # noqa: DTZ001 - Excel knows no zones
            [None, None, None],
            ["A-2", "12,5", "9.5.2026"],
            ["A-3", True, datetime(2026, 5, 9, 7, 30)],  # noqa: DTZ001
        ],
    )

    assert records(path) == [
        (
            4,
            {"sku": "A-1", "reorder_point_new": "12.5", "hold_until": "2026-05-09", "column_4": "beside"},
            None,
        ),
        (6, {"sku": "A-2", "reorder_point_new": "12,5", "hold_until": "9.5.2026"}, None),
        (7, {"sku": "A-3", "reorder_point_new": "true", "hold_until": "2026-05-09T07:30:00"}, None),
    ]
    (_, line, _, _), *_ = sheet_rows(path, "Plan", "SKU")
    assert json.loads(line) == ["A-1", "12.5", "2026-05-09", "beside"]


def test_without_names_the_first_sheet_and_its_first_row_are_taken(tmp_path):
    path = workbook(tmp_path / "a.xlsx", [[], ["a", "b"], [1, time(7, 30)], [Decimal("0.1"), None]])
    assert records(path, "", "") == [
        (3, {"a": "1", "b": "07:30:00"}, None),
        (4, {"a": "0.1", "b": None}, None),
    ]


def test_below_a_header_that_names_a_column_twice_every_row_says_so(tmp_path):
    path = workbook(tmp_path / "a.xlsx", [["SKU", "a", "A"], [1, 2, 3], [4, 5, 6]])
    assert [(record, "names a column twice" in problem) for _, record, problem in records(path)] == [
        (None, True),
        (None, True),
    ]
    assert counted(path) == (2, True)


@pytest.mark.parametrize(
    ("sheet", "header", "says"),
    [("Plan", "Article", "no row of the sheet"), ("Old", "SKU", "no sheet named Old")],
)
def test_what_is_not_there_is_one_row_that_says_so_and_nothing_is_counted(tmp_path, sheet, header, says):
    path = workbook(tmp_path / "a.xlsx", [["SKU"], ["A-1"]])
    ((_, record, problem),) = records(path, sheet, header)
    assert record is None
    assert says in problem
    assert counted(path, sheet, header) == (0, False)


@pytest.mark.parametrize("damage", ["cut", "bit", "text", "empty", "other archive"])
def test_of_a_damaged_workbook_nothing_is_taken(tmp_path, damage):
    path = workbook(tmp_path / "a.xlsx", [["SKU"], *([f"A-{number}"] for number in range(50))])
    content = path.read_bytes()
    with zipfile.ZipFile(path) as packed:
        place = packed.getinfo("xl/worksheets/sheet1.xml").header_offset + 80
    if damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "bit":
        path.write_bytes(content[:place] + bytes([content[place] ^ 0x10]) + content[place + 1 :])
    elif damage == "other archive":
        with zipfile.ZipFile(path, "w") as packed:
            packed.writestr("readme.txt", "no workbook")
    else:
        path.write_bytes(b"no archive" if damage == "text" else b"")

    ((_, record, problem),) = records(path)

    assert record is None
    assert problem.startswith("the workbook is damaged, or none: ")
    assert counted(path) == (0, False)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(cells, max_size=4), max_size=6), header=st.sampled_from(["", "SKU"]))
def test_rows_read_and_rows_counted_agree_whatever_is_in_the_cells(tmp_path, rows, header):
    path = workbook(tmp_path / "a.xlsx", rows)
    read = records(path, "Plan", header)
    lines, complete = counted(path, "Plan", header)
    if complete:
        assert lines == len(read)
    else:
        assert [record for _, record, _ in read] == [None]

"""A workbook in the bucket becomes rows, and only for a source that says what is meant in it."""

from dataclasses import replace

import openpyxl
import pyspark.sql.types as T

from lakehouse import Contract, Field, Files, Workbooks, bronze
from lakehouse.testing import small_lake
from lakehouse.trust import inspection
from lakehouse.writing.path import write
from lakehouse.writing.request import Request


class Plan(Contract):
    """One row per product and file."""

    sku: T.StringType() = Field(key=True)
    reorder_point: T.DecimalType(12, 2) = Field(nullable=True)


@bronze(contract=Plan, source=Workbooks("warehouse", "plan", sheet="Plan", header="SKU"), owner="team:a")
def plan(sheet):
    return sheet


def put(lake, name, *rows):
    folder = lake.settings.bucket_dir / "warehouse" / "plan"
    folder.mkdir(parents=True, exist_ok=True)
    book = openpyxl.Workbook()
    book.worksheets[0].title = "Plan"
    for row in rows:
        book.worksheets[0].append(row)
    book.save(folder / name)


def test_rows_of_a_sheet_are_published_and_those_that_are_none_step_aside(spark, tmp_path, table):
    lake = small_lake(tmp_path, plan)
    title, header = ["Please do not sort!"], ["SKU", "Reorder point"]
    put(lake, "1.xlsx", title, header, ["A-1", 12.5], ["A-2", "12,5"], [None, 25])
    put(lake, "2.xlsx", ["Article", "Reorder point"], ["A-1", 12.5])

    refused = write(lake, spark, replace(plan, source=Files("warehouse", "plan")), Request("first"))
    taken = write(lake, spark, plan, Request("second"))

    assert not refused.wrote
    assert all("it is a workbook, and the dataset reads lines" in problem for problem in refused.problems)
    assert ["2.xlsx is damaged, or lacks the sheet or the header" in each for each in taken.problems] == [
        True
    ]
    assert (taken.record.rows_in, taken.record.rows_written, taken.record.rows_quarantined) == (3, 1, 2)
    assert table(lake, plan, "sku", "CAST(reorder_point AS STRING)", "_file", "_line_number") == [
        ("A-1", "12.50", "warehouse/plan/1.xlsx", 3)
    ]
    broken = {rule for row in inspection.rows(lake, plan) for rule in row.rules}
    assert broken == {"reorder_point__type", "sku__not_null"}

    put(lake, "2.xlsx", ["SKU", "Reorder point"], ["A-3", 7])
    assert write(lake, spark, plan, Request("third")).record.rows_written == 1

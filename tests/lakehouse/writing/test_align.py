from datetime import date
from decimal import Decimal

import pyspark.sql.types as T
import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Snapshot, silver
from lakehouse.errors import DeclarationError
from lakehouse.writing.align import RAW, align
from lakehouse.writing.judge import judge


class Typed(Contract):
    """One row."""

    n: T.IntegerType() = Field(nullable=True)
    price: T.DecimalType(8, 2) = Field(nullable=True)
    day: T.DateType() = Field(nullable=True)
    at: T.TimestampType() = Field(nullable=True)
    yes: T.BooleanType() = Field(nullable=True)


@silver(contract=Typed, write=Snapshot(), owner="team:x")
def typed(source: DataFrame) -> DataFrame:
    return source


GOOD = ("1", "1.50", "2026-01-01", "2026-01-01T10:00:00Z", "true")
NOTHING = (None,) * 5
CASES = [
    (GOOD, []),
    (NOTHING, []),
    (("1.0", *NOTHING[1:]), ["n__type"]),
    (("9999999999", *NOTHING[1:]), ["n__type"]),
    (("", *NOTHING[1:]), ["n__type"]),
    ((" 7 ", *NOTHING[1:]), []),
    ((None, "1.505", *NOTHING[2:]), ["price__type"]),
    ((None, "1.500", *NOTHING[2:]), []),
    ((None, "1234567.00", *NOTHING[2:]), ["price__type"]),
    ((None, "1,5", *NOTHING[2:]), ["price__type"]),
    ((None, None, "2026-02-30", None, None), ["day__type"]),
    ((None, None, "2026-02-03T00:00:00Z", None, None), []),
    ((None, None, "2026-02-03T10:00:00Z", None, None), ["day__type"]),
    ((None, None, "2026-02-03Tea time", None, None), ["day__type"]),
    ((None, None, None, "yesterday", None), ["at__type"]),
    ((None, None, None, None, "perhaps"), ["yes__type"]),
]


@pytest.fixture(scope="module")
def strings(spark):
    """The cases, aligned and judged: what each row broke, and the rows."""
    names = "i int, n string, price string, day string, at string, yes string"
    frame = spark.createDataFrame([(i, *row) for i, (row, _) in enumerate(CASES)], names)
    aligned = align(frame.withColumnRenamed("i", "_i"), typed)
    judged = judge(aligned, typed, {})
    rows = judged.frame.select("*", judged.aside.alias("aside"), judged.broken.alias("broken"))
    return aligned, judged, rows.orderBy("_i").collect()


def test_a_value_that_does_not_fit_its_type_breaks_a_rule_of_its_row(strings):
    _, judged, rows = strings
    assert [row["broken"] for row in rows] == [broken for _, broken in CASES]
    assert [row["aside"] for row in rows] == [bool(broken) for _, broken in CASES]
    assert judged.counts["price__type"].broken == 3


def test_the_original_is_kept_beside_every_value_that_had_to_change_type(strings):
    aligned, _, rows = strings
    assert aligned.cast == ("n", "price", "day", "at", "yes")
    assert [tuple(row[f"{RAW}{name}"] for name in aligned.cast) for row in rows] == [row for row, _ in CASES]
    assert (rows[0]["n"], rows[0]["price"], rows[0]["day"]) == (1, Decimal("1.50"), date(2026, 1, 1))


def test_numbers_that_would_lose_a_digit_do_not_fit_and_equal_ones_do(spark):
    frame = spark.sql(
        "select * from values (2.0D, 0.1D), (2.5D, 0.125D), (cast('NaN' as double), 1e9D) as t(n, price)"
    ).selectExpr("n", "price", "timestamp'2026-01-01 00:00:00' as day", "null as at", "null as yes")
    judged = judge(align(frame, typed), typed, {})
    found = judged.frame.select(judged.broken.alias("broken")).collect()
    assert [row["broken"] for row in found] == [
        [],
        ["n__type", "price__type"],
        ["n__type", "price__type"],
    ]


class Wide(Contract):
    """One row per value."""

    value: T.DecimalType(38, 10) = Field(nullable=True)


@silver(contract=Wide, write=Snapshot(), owner="team:x")
def wide(source: DataFrame) -> DataFrame:
    return source


def test_a_decimal_too_wide_to_be_held_beside_its_original_is_not_rounded_in_silence(spark):
    whole = "1234567890123456789012345678"
    fit = [f"{whole}.0123456789", "-.5", "1.00000000010000", "1e-10", "12E20", "0", None]
    lost = ["0.00000000001", f"{whole}.01234567891", "1e-11", "1.50000000000000000001", f"{whole}0"]
    frame = spark.createDataFrame([(i, each) for i, each in enumerate(fit + lost)], "_i int, value string")
    judged = judge(align(frame, wide), wide, {})
    rows = judged.frame.select("_i", judged.broken.alias("broken")).orderBy("_i").collect()
    assert [bool(row["broken"]) for row in rows] == [False] * len(fit) + [True] * len(lost)
    exact = spark.sql("SELECT * FROM VALUES (0, 1.5BD), (1, 1.00000000001BD) AS t(_i, value)")
    judged = judge(align(exact, wide), wide, {})
    rows = judged.frame.select("_i", judged.broken.alias("broken")).orderBy("_i").collect()
    assert [bool(row["broken"]) for row in rows] == [False, True]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda frame: frame.drop("price"), r"does not give columns of the contract.*found price.*select"),
        (lambda frame: frame.withColumn("extra", F.lit(1)), "gives columns that the contract does not have"),
        (lambda frame: frame.select("*", "price"), "gives a column twice.*found price"),
    ],
)
def test_a_transformation_that_gives_other_columns_is_told_so(spark, change, says):
    frame = spark.createDataFrame([], typed.spec.schema)
    with pytest.raises(DeclarationError, match=rf"silver\.typed \(test_align\.py:\d+\).*{says}"):
        align(change(frame), typed)

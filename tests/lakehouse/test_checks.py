"""The rules that the road compiles find exactly the rows that pandera finds."""

# ruff: noqa: N805 - pandera makes class methods of them
import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pyspark.sql.types as T
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pandera import Check
from pandera.pyspark import Column, DataFrameSchema
from pyspark.sql import functions as F

from lakehouse import Contract, Field, rule
from lakehouse.checks import compile_check, short_name
from lakehouse.spec import compile_contract

AT = st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
NUMBERS = {
    pa.int64(): st.integers(-3, 3),
    pa.float64(): st.sampled_from([-1.5, -0.0, 0.0, 2.0, float("inf"), float("nan")]),
    pa.decimal128(12, 2): st.decimals(-2, 2, places=2),
}
TIMES = {pa.date32(): st.dates(date(2026, 1, 1), date(2026, 1, 4)), pa.timestamp("us", "UTC"): AT}
TEXT = st.text("ab1A\nä%^", max_size=3)
TEXTS = {pa.string(): TEXT}
BOOLEANS = {pa.bool_(): st.booleans()}
PATTERNS = st.sampled_from(["a", "^b", "a|b", "[ab]+$", r"\d", "", "(?i)A", ".b", re.compile("a.?b")])
LENGTH = st.integers(0, 4)


def of_one(check, kinds):
    return kinds, lambda value: st.builds(check, value)


def of_many(check):
    return NUMBERS | TIMES | TEXTS, lambda value: st.builds(check, st.lists(value, min_size=1, max_size=3))


def of_text(check, argument=TEXT):
    return TEXTS, lambda _: st.builds(check, argument)


def ranges(value):
    ends = st.tuples(value, value).filter(lambda pair: pair[0] < pair[1])
    return st.builds(
        lambda pair, low, high: Check.in_range(*pair, include_min=low, include_max=high),
        ends,
        st.booleans(),
        st.booleans(),
    )


def lengths(_):
    both = st.tuples(LENGTH, LENGTH).map(sorted)
    return st.one_of(
        LENGTH.map(Check.str_length),
        LENGTH.map(lambda least: Check.str_length(min_value=least)),
        LENGTH.map(lambda most: Check.str_length(max_value=most)),
        both.map(lambda pair: Check.str_length(min_value=pair[0], max_value=pair[1])),
    )


EVERY = {
    "eq": of_one(Check.eq, NUMBERS | TIMES | TEXTS | BOOLEANS),
    "ne": of_one(Check.ne, NUMBERS | TIMES | TEXTS | BOOLEANS),
    "gt": of_one(Check.gt, NUMBERS | TIMES),
    "ge": of_one(Check.ge, NUMBERS | TIMES),
    "lt": of_one(Check.lt, NUMBERS | TIMES),
    "le": of_one(Check.le, NUMBERS | TIMES),
    "in_range": (NUMBERS | TIMES, ranges),
    "isin": of_many(Check.isin),
    "notin": of_many(Check.notin),
    "str_matches": of_text(Check.str_matches, PATTERNS),
    "str_contains": of_text(Check.str_contains, PATTERNS),
    "str_startswith": of_text(Check.str_startswith),
    "str_endswith": of_text(Check.str_endswith),
    "str_length": (TEXTS, lengths),
}


def passes(check, frame):
    """pandera's verdict on a frame."""
    schema = DataFrameSchema({"value": Column(frame.schema["value"].dataType, check, nullable=True)})
    return not schema.validate(frame).pandera.errors


def column_of(spark, kind, values):
    table = {"id": pa.array(range(len(values))), "value": pa.array(values, kind)}
    return spark.createDataFrame(pa.table(table))


@pytest.mark.parametrize("name", EVERY)
@settings(max_examples=5, derandomize=True, phases=[Phase.explicit, Phase.generate])
@given(data=st.data())
def test_the_compiled_check_breaks_exactly_the_rows_that_pandera_finds(spark, name, data):
    """pandera gives one verdict a frame: it must pass what is called good, and fail each broken row."""
    kinds, checks = EVERY[name]
    kind, value = data.draw(st.sampled_from(list(kinds.items())))
    check = data.draw(checks(value))
    values = [None, *data.draw(st.lists(value | st.none(), min_size=3, max_size=8))]
    frame, broken = column_of(spark, kind, values), compile_check(check, "value")

    assert short_name(check) == name
    found = [row.id for row in frame.where(broken()).select("id").collect()]
    assert 0 not in found
    assert passes(check, frame.where(~broken()))
    for each in found[:2]:
        assert not passes(check, frame.where(F.col("id") == each))


@pytest.mark.parametrize(
    ("check", "kind", "values", "broken"),
    [
        (Check.ge(Decimal("0.01")), pa.decimal128(12, 2), [Decimal("0.00"), Decimal("0.01"), None], [0]),
        (Check.isin(["a", None]), pa.string(), ["a", "b", None], []),
        (Check.isin([]), pa.string(), ["a"], [0]),
        (Check.notin(["a"]), pa.string(), ["a", "b", None], [0]),
        (Check.str_matches("a|b"), pa.string(), ["a", "xb", "x"], [2]),
        (Check.in_range(0, 2, include_max=False), pa.int64(), [0, 2, None], [1]),
        (Check.str_length(1, 2), pa.string(), ["", "ä", "abc"], [0, 2]),
        (Check.gt(0), pa.float64(), [float("nan"), -0.0], [1]),
    ],
    ids=lambda each: each.error if isinstance(each, Check) else "",
)
def test_a_row_that_pandera_would_find_is_broken_at_the_edges_too(spark, check, kind, values, broken):
    frame = column_of(spark, kind, values)
    found = [row.id for row in frame.where(compile_check(check, "value")()).collect()]

    assert found == broken
    rows = [frame.where(F.col("id") == each) for each in range(len(values))]
    assert [each for each, row in enumerate(rows) if not passes(check, row)] == broken


def test_what_is_not_built_in_does_not_compile():
    assert compile_check(Check.unique_values_eq([1]), "value") is None
    assert compile_check(Check(lambda _: True, name="isin"), "value") is None


class Loans(Contract):
    """One row per loan."""

    id: T.LongType() = Field(key=True)
    days: T.LongType() = Field(ge=0, le=28)
    title: T.StringType() = Field(nullable=True, str_length={"min_value": 1})

    @rule(on_fail="warn")
    def long_loans_have_a_title(cls):
        return (F.col("days") < 14) | F.col("title").isNotNull()


@pytest.mark.parametrize(
    ("row", "name", "said"),
    [
        ((1, 0, "a"), None, ""),
        ((1, 3, None), None, ""),
        ((None, 3, "a"), "id__not_null", "non-nullable column 'id'"),
        ((1, None, "a"), "days__not_null", "non-nullable column 'days'"),
        ((1, -1, "a"), "days__ge", "greater_than_or_equal_to(0)"),
        ((1, 29, "a"), "days__le", "less_than_or_equal_to(28)"),
        ((1, 3, ""), "title__str_length", "str_length(1, None)"),
        ((1, 20, None), "long_loans_have_a_title", "long_loans_have_a_title"),
    ],
)
def test_plain_pandera_sees_every_rule_of_a_contract_as_the_road_does(spark, row, name, said):
    frame = spark.createDataFrame([row], Loans.to_structtype())
    rules = compile_contract(Loans).row_rules

    verdicts = frame.select(*(each.broken().alias(each.name) for each in rules)).first().asDict()
    errors = json.dumps(Loans.validate(frame).pandera.errors, default=str)

    assert [each for each, broken in verdicts.items() if broken] == ([name] if name else [])
    assert said in errors
    assert (errors == "{}") == (name is None)

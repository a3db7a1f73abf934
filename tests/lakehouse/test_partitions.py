import random
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import functions as F

from lakehouse import daily, hourly, monthly, weekly
from lakehouse.errors import LakehouseError
from lakehouse.partitions import Every, Partitions

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",  # had no midnight on the days its summer began
    "Asia/Kathmandu",
    "Australia/Lord_Howe",  # half an hour of summer
    "Pacific/Apia",  # had no 30 December 2011
)
ODD_DAYS = ("2011-12-29", "2018-11-03", "2026-03-07", "2026-03-28", "2026-04-04", "2026-10-24", "2026-12-31")
START = {"hour": "2026-01-01-00:00", "day": "2026-01-01", "week": "2025-12-29", "month": "2026-01-01"}
ALL = [Partitions(every, "w", START[every], zone) for every in list(Every)[1:] for zone in ZONES]
ALL.append(hourly("w", start=START["hour"]))
moments = st.datetimes(datetime(1970, 1, 1), datetime(2090, 1, 1))  # noqa: DTZ001 - the windows' own time
lengths = st.sampled_from(
    [hourly("w", start="-"), daily("w", start="-"), weekly("w", start="-"), monthly("w", start="-")]
)


def timestamps():
    """Half-hours around the odd days, and moments of every kind."""
    dice = random.Random(7)
    odd = [datetime.fromisoformat(day).replace(tzinfo=UTC) for day in ODD_DAYS]
    near = [day + timedelta(minutes=30 * step, seconds=-1 + step % 3) for day in odd for step in range(96)]
    far = [
        datetime(1971, 1, 1, tzinfo=UTC) + timedelta(seconds=dice.randrange(64 * 365 * 86400))
        for _ in range(500)
    ]
    return near + far


def window_start(moment, every, zone):
    """The window's start by plain Python, as the key says it."""
    if every is Every.HOUR:
        return f"{moment.astimezone(UTC):%Y-%m-%d-%H:00}"
    day = moment.astimezone(ZoneInfo(zone)).date()
    starts = {
        Every.DAY: day,
        Every.WEEK: day - timedelta(days=day.weekday()),
        Every.MONTH: day.replace(day=1),
    }
    return starts[every].isoformat()


def test_spark_and_python_place_a_moment_in_the_same_window(spark):
    given_times = timestamps()
    frame = spark.createDataFrame(pa.table({"at": pa.array(given_times, pa.timestamp("us", "UTC"))}))
    keys = [
        F.date_format(
            each.window_of(F.col("at")), "yyyy-MM-dd-HH:mm" if each.every is Every.HOUR else "yyyy-MM-dd"
        )
        for each in ALL
    ]
    found = frame.select(*(key.alias(str(number)) for number, key in enumerate(keys))).collect()

    for moment, row in zip(given_times, found, strict=True):
        for each, key in zip(ALL, row, strict=True):
            assert key == window_start(moment, each.every, each.timezone) == each.current_key(moment), each


def test_spark_and_python_place_a_date_in_the_same_window(spark):
    days = [date(2025, 12, 20) + timedelta(days=step) for step in range(60)]
    frame = spark.createDataFrame(pa.table({"day": days}))
    places = [each for each in ALL if each.every is not Every.HOUR and each.timezone == "Pacific/Apia"]
    found = frame.select(
        *(each.window_of_column(frame, "day").alias(each.every) for each in places)
    ).collect()

    for day, row in zip(days, found, strict=True):
        assert [each.key_of(day) for each in places] == [start.isoformat() for start in row]


def test_a_literal_is_the_start_of_its_window(spark):
    hour, month = (
        hourly("w", start=START["hour"]),
        monthly("w", start=START["month"], timezone="Asia/Kathmandu"),
    )
    found = spark.sql(
        f"SELECT unix_timestamp({hour.literal('2026-05-01-13:00')}), {month.literal('2026-05-01')}"
    ).first()
    assert tuple(found) == (int(datetime(2026, 5, 1, 13, tzinfo=UTC).timestamp()), date(2026, 5, 1))


def some_windows(partitions, dice):
    """A run of windows around an odd day, the same with gaps, one alone, and none."""
    around = date.fromisoformat(dice.choice(ODD_DAYS))
    first, last = (datetime(each.year, each.month, each.day) for each in (around, around + timedelta(9)))  # noqa: DTZ001
    run = partitions.keys_between(partitions.key_of(first), partitions.key_of(last))
    return run, run[::2], run[-1:], ()


def test_rows_of_some_windows_are_those_that_lie_in_one_of_them(spark):
    dice = random.Random(8)
    asked = [(each, keys) for each in ALL for keys in some_windows(each, dice)]
    days = [moment.date() for moment in timestamps()]
    table = {"at": pa.array(timestamps(), pa.timestamp("us", "UTC")), "day": days}
    frame = spark.createDataFrame(pa.table(table))
    for column in ("at", "day"):
        for each, keys in asked:
            starts = [F.expr(each.literal(key)) for key in keys]
            lies_in = each.window_of_column(frame, column).isin(starts)
            since = each.window_of_column(frame, column) >= F.expr(each.literal((keys or [each.start])[0]))
            differ = each.rows_in(frame, column, keys) != lies_in
            differ = differ | (each.rows_since(frame, column, (keys or [each.start])[0]) != since)
            assert not frame.where(differ).head(1), (each, column, keys)


def test_a_condition_on_the_tables_own_column_holds_for_the_starts_of_windows_alone(spark):
    dice = random.Random(9)
    for each in ALL:
        for keys in some_windows(each, dice):
            around = each.keys_between(each.key_of(date(2011, 11, 1)), each.key_of(date(2012, 2, 1)))
            starts = ", ".join(f"({each.literal(key)}, '{key}')" for key in {*keys, *around[:99]})
            found = spark.sql(f"SELECT key FROM VALUES {starts} AS t(w, key) WHERE {each.starts_in(keys)}")
            assert {row["key"] for row in found.collect()} == set(keys), each


@given(partitions=lengths, moment=moments)
def test_a_key_reads_back_as_the_start_of_its_window(partitions, moment):
    key = partitions.key_of(moment)
    start = partitions.parse(key)
    assert partitions.key_of(start) == key
    assert (
        start
        <= moment
        < partitions.parse(partitions.keys_between(key, partitions.key_of(moment + timedelta(32)))[1])
    )


@given(partitions=lengths, first=moments, days=st.integers(0, 90))
def test_keys_between_two_follow_each_other_without_gap(partitions, first, days):
    last = first + timedelta(days=days)
    keys = partitions.keys_between(partitions.key_of(first), partitions.key_of(last))
    every_hour = (first + timedelta(hours=step) for step in range(days * 24 + 1))
    assert list(keys) == sorted(
        {partitions.key_of(moment) for moment in every_hour} | {partitions.key_of(last)}
    )


def test_no_key_lies_between_a_later_and_an_earlier_one():
    assert daily("w", start="-").keys_between("2026-05-02", "2026-05-01") == ()


LITERAL = re.compile(r"DATE '\d{4}-\d\d-\d\d'|TIMESTAMP '\d{4}-\d\d-\d\d \d\d:\d\d:00\+00:00'")


@given(
    partitions=lengths,
    text=st.text(max_size=20)
    | st.from_regex(r"\d{2,4}-\d{1,2}-\d{1,2}(-\d\d:\d\d)?('?;? ?\w*)?", fullmatch=True),
)
def test_a_literal_never_carries_the_text_it_was_given(partitions, text):
    try:
        literal = partitions.literal(text)
    except LakehouseError as error:
        assert "not the key of a window" in str(error)  # noqa: PT017 - most texts are refused, a few are keys
    else:
        assert LITERAL.fullmatch(literal)
        assert partitions.key_of(partitions.parse(text)) == text


@pytest.mark.parametrize(
    ("partitions", "text"),
    [
        (daily("w", start="-"), "2026-05-01' OR 1 = 1 --"),
        (daily("w", start="-"), "2026-5-1"),
        (daily("w", start="-"), "２０２６-05-01"),  # noqa: RUF001 - digits, but not ours
        (daily("w", start="-"), "2026-02-30"),
        (daily("w", start="-"), "2026-05-01-13:00"),
        (weekly("w", start="-"), "2026-05-05"),
        (monthly("w", start="-"), "2026-05-02"),
        (hourly("w", start="-"), "2026-05-01-13:30"),
        (hourly("w", start="-"), "2026-05-01"),
    ],
)
def test_what_is_not_a_key_is_refused_with_an_example_of_one(partitions, text):
    with pytest.raises(
        LakehouseError, match=f"the start of a {partitions.every} such as 2026-05-0[14]"
    ) as caught:
        partitions.parse(text)
    assert repr(text) in str(caught.value)


def test_the_running_window_is_the_companys_own():
    now = datetime(2026, 5, 31, 22, 30, tzinfo=UTC)
    berlin = {"start": "2026-01-01", "timezone": "Europe/Berlin"}
    assert daily("w", **berlin).current_key(now) == "2026-06-01"
    assert monthly("w", **berlin).current_key(now) == "2026-06-01"
    assert weekly("w", **berlin).current_key(now) == "2026-06-01"
    assert daily("w", start="2026-01-01").current_key(now) == "2026-05-31"
    assert hourly("w", start="-").current_key(now) == "2026-05-31-22:00"


def test_windows_without_a_time_zone_of_their_own_are_in_the_companys():
    windows = daily("w", start="2026-01-01")
    own = daily("w", start="2026-01-01", timezone="Asia/Kathmandu")
    late = datetime(2026, 5, 31, 22, 30, tzinfo=UTC)
    in_berlin = [replace(each, company_timezone="Europe/Berlin") for each in (windows, own)]
    assert [each.timezone for each in in_berlin] == ["Europe/Berlin", "Asia/Kathmandu"]
    assert (windows.current_key(late), in_berlin[0].current_key(late)) == ("2026-05-31", "2026-06-01")
    assert replace(hourly("w", start="-"), company_timezone="Europe/Berlin").timezone == "UTC"


@pytest.mark.parametrize("name", ["Europe/Berlln", "", "Europe"])
def test_an_unknown_time_zone_is_refused(name):
    windows = Partitions(Every.DAY, "w", "2026-01-01", company_timezone=name)
    with pytest.raises(LakehouseError, match=f"unknown; expected .* Europe/Berlin or UTC; found '{name}'"):
        windows.check()


def test_a_range_outside_of_the_tables_own_windows_is_refused():
    windows = daily("w", start="2026-01-01")
    windows.check_range("2026-01-01", windows.current_key(), "gold.t")
    for first, last in (
        ("2025-12-31", "2026-01-02"),
        ("2026-01-02", "2026-01-01"),
        ("2026-01-01", "2999-01-01"),
    ):
        with pytest.raises(LakehouseError, match=f"gold.t: .*from 2026-01-01 to .* found {first} to {last}"):
            windows.check_range(first, last, "gold.t")

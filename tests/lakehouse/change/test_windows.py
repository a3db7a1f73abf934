"""The windows that a run would write, told from file statistics: never too few.

The tables are written by delta-rs, so no Spark is needed.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyspark.sql.types as T
import pytest
from deltalake import DeltaTable, write_deltalake
from hypothesis import given, settings
from hypothesis import strategies as st

from lakehouse import (
    Contract,
    Field,
    ReplaceWindow,
    Snapshot,
    daily,
    gold,
    hourly,
    monthly,
    silver,
    weekly,
    whole,
    window,
)
from lakehouse.change.windows import empty_windows, windows_to_run
from lakehouse.testing import small_lake
from lakehouse.writing.record import InputRead
from lakehouse.writing.request import Pending

START = datetime(2026, 3, 20, tzinfo=UTC)  # a week before clocks change in Europe
MOMENTS = st.integers(0, 20 * 86400 * 10).map(lambda tenths: START + timedelta(seconds=tenths / 10))


class Sales(Contract):
    """One row per sale."""

    id: T.LongType() = Field(key=True)
    at: T.TimestampType() = Field(nullable=True)


class Days(Contract):
    """One row per day."""

    day: T.DateType() = Field(key=True)


class Hours(Contract):
    """One row per hour."""

    hour: T.TimestampType() = Field(key=True)


@silver(contract=Sales, write=Snapshot(), owner="team:desk")
def sales():
    raise NotImplementedError


def reading(contract, partitions, **reads):
    @gold(
        contract=contract,
        write=ReplaceWindow(),
        owner="team:desk",
        partitions=partitions,
        reads={"sales": window("at"), **reads},
    )
    def taken(sales):
        raise NotImplementedError

    return taken


WINDOWS = {
    "days": (reading(Days, daily("day", start="2026-03-01")), "UTC", "%Y-%m-%d"),
    "days in a zone": (
        reading(Days, daily("day", start="2026-03-01", timezone="Europe/Berlin")),
        "Europe/Berlin",
        "%Y-%m-%d",
    ),
    "hours": (reading(Hours, hourly("hour", start="2026-03-01-00:00")), "UTC", "%Y-%m-%d-%H:00"),
}


def put(table, moments, **how):
    rows = pa.table({"id": list(range(len(moments))), "at": pa.array(moments, pa.timestamp("us", "UTC"))})
    write_deltalake(table, rows, mode="append", **how)


def key_of(moment, zone, form):
    return moment.astimezone(ZoneInfo(zone)).strftime(form)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """A function that makes an empty lake with a reader of sales."""

    def make(dataset):
        return small_lake(tmp_path_factory.mktemp("lake"), sales, dataset)

    return make


@pytest.mark.parametrize("name", WINDOWS)
@given(
    before=st.lists(MOMENTS, min_size=1, max_size=4),
    after=st.lists(st.lists(MOMENTS | st.none(), min_size=1, max_size=3), max_size=3),
    gone=MOMENTS,
)
@settings(max_examples=15, deadline=None)
def test_every_window_that_a_row_came_to_or_left_is_told(fresh, name, before, after, gone):
    dataset, zone, form = WINDOWS[name]
    lake = fresh(dataset)
    table = lake.table(sales)
    put(table, before)
    for moments in after:
        put(table, moments)
    DeltaTable(table).delete(f"at >= '{gone.isoformat()}'")
    version = DeltaTable(table).version()
    pending = Pending(("new",), {"sales": InputRead("window", version, 0)})

    told = windows_to_run(lake, dataset, pending)

    left = [each for each in before if each >= gone]
    came = [each for moments in after for each in moments if each is not None]
    assert set(told) >= {key_of(each, zone, form) for each in (*left, *came)}


@given(batches=st.lists(st.lists(MOMENTS, min_size=1, max_size=3), min_size=2, max_size=4))
@settings(max_examples=15, deadline=None)
def test_windows_that_no_new_file_reaches_are_not_told(fresh, batches):
    dataset, zone, form = WINDOWS["days"]
    lake = fresh(dataset)
    for moments in batches:
        put(lake.table(sales), moments)
    pending = Pending(("new",), {"sales": InputRead("window", len(batches) - 1, len(batches) - 2)})

    told = windows_to_run(lake, dataset, pending)

    first, last = (key_of(each, zone, form) for each in (min(batches[-1]), max(batches[-1])))
    beyond = key_of(max(batches[-1]) + timedelta(milliseconds=1), zone, form)  # statistics are cut off there
    assert told[0] == first
    assert told[-1] in {last, beyond}


def test_weeks_and_months_are_named_by_their_first_day(fresh):
    for partitions, expected in (
        (weekly("day", start="2026-03-02"), ("2026-03-16", "2026-03-23")),
        (monthly("day", start="2026-03-01"), ("2026-03-01",)),
    ):
        dataset = reading(Days, partitions)
        lake = fresh(dataset)
        put(lake.table(sales), [START, START + timedelta(days=4)])
        pending = Pending(("never built",), {"sales": InputRead("window", 0)}, whole=True)
        assert windows_to_run(lake, dataset, pending) == expected


def test_maintenance_touches_no_window(fresh):
    dataset, *_ = WINDOWS["days"]
    lake = fresh(dataset)
    for day in range(3):
        put(lake.table(sales), [START + timedelta(days=day)])
    DeltaTable(lake.table(sales)).optimize.compact()
    pending = Pending(("new",), {"sales": InputRead("window", 3, 2)})
    assert windows_to_run(lake, dataset, pending) == ()


def test_where_files_have_no_statistics_nothing_is_claimed(fresh):
    dataset, *_ = WINDOWS["days"]
    lake = fresh(dataset)
    put(lake.table(sales), [START], configuration={"delta.dataSkippingStatsColumns": "id"})
    pending = Pending(("never built",), {"sales": InputRead("window", 0)}, whole=True)
    assert windows_to_run(lake, dataset, pending) is None


@given(days=st.sets(st.integers(0, 12), min_size=1))
@settings(max_examples=15, deadline=None)
def test_gaps_between_the_first_day_and_the_newest_are_told(fresh, days):
    dataset, *_ = WINDOWS["days"]
    lake = fresh(dataset)
    held = {date(2026, 3, 20) + timedelta(days=each) for each in days}
    for day in sorted(held):
        write_deltalake(lake.table(dataset), pa.table({"day": [day]}), mode="append")

    every = [min(held) + timedelta(days=n) for n in range((max(held) - min(held)).days + 1)]
    assert empty_windows(lake, dataset) == tuple(str(day) for day in every if day not in held)


def test_a_look_up_names_no_windows(fresh):
    @gold(
        contract=Days,
        write=ReplaceWindow(),
        owner="team:desk",
        partitions=daily("day", start="2026-03-01"),
        reads={"sales": window("at"), "others": whole(triggers=False)},
    )
    def taken(sales, others):
        raise NotImplementedError

    @silver(contract=Sales, write=Snapshot(), owner="team:desk")
    def others():
        raise NotImplementedError

    lake = small_lake(fresh(WINDOWS["days"][0]).settings.project, sales, others, taken)
    put(lake.table(sales), [START])
    put(lake.table(others), [START + timedelta(days=30)])
    inputs = {"sales": InputRead("window", 0), "others": InputRead("whole", 0)}
    assert windows_to_run(lake, taken, Pending(("never built",), inputs, whole=True)) == ("2026-03-20",)

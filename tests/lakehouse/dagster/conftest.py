"""A lake of another kind than the project's: weather stations. Bronze, a strict silver, a branch, windows.

The windows are of every kind, start on different days, lie in two time zones, and read each other.
"""

import shutil
from pathlib import Path
from typing import NamedTuple

import pyspark.sql.types as T
import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import (
    Contract,
    Field,
    Files,
    ReplaceWindow,
    RowCount,
    Snapshot,
    Upsert,
    bronze,
    changes,
    daily,
    gold,
    hourly,
    hours,
    monthly,
    rule,
    silver,
    weekly,
    whole,
    window,
)
from lakehouse.dagster.running import run_lake
from lakehouse.testing import land, small_lake

PROJECT = Path(__file__).resolve().parents[3]


class RawReadings(Contract):
    """One row per reading and load."""

    id: T.LongType() = Field(key=True)
    station: T.StringType() = Field()
    observer: T.StringType() = Field(pii="email", nullable=True)
    celsius: T.DoubleType() = Field(ge=-90)
    read_at: T.TimestampType() = Field()


@bronze(
    contract=RawReadings,
    source=Files("weather", "readings", stale_after_hours=6),
    owner="team:weather",
    tags={"data domain": "weather & climate"},
)
def raw_readings(load: DataFrame) -> DataFrame:
    return load


class Readings(Contract):
    """One row per reading: its latest version."""

    reading_id: T.LongType() = Field(key=True)
    station: T.StringType() = Field(description="where it was read")
    celsius: T.DoubleType() = Field(le=60, on_fail="fail")
    read_at: T.TimestampType() = Field()
    position: T.LongType() = Field()

    @rule(on_fail="warn")
    def not_freezing(cls):  # noqa: N805 - a contract's rules speak of the class
        """It is above freezing."""
        return F.col("celsius") > 0


@silver(
    contract=Readings,
    write=Upsert(sequence_by="position"),
    owner="ada@example.org",
    freshness=hours(2),
    reads={"raw_readings": changes()},
)
def readings(raw_readings: DataFrame) -> DataFrame:
    return raw_readings.select(
        F.col("id").alias("reading_id"), "station", "celsius", "read_at", F.col("_position").alias("position")
    )


class Stations(Contract):
    """One row per station."""

    station: T.StringType() = Field(key=True)

    __rules__ = (RowCount(min=1),)


@silver(contract=Stations, write=Snapshot(), owner="team:weather", reads={"raw_readings": whole()})
def stations(raw_readings: DataFrame) -> DataFrame:
    return raw_readings.select("station").distinct()


class DailyHeat(Contract):
    """One row per day."""

    day: T.DateType() = Field(key=True)
    warmest: T.DoubleType() = Field()


@gold(
    contract=DailyHeat,
    write=ReplaceWindow(),
    owner="team:weather",
    partitions=daily("day", start="2026-01-01"),
    reads={"readings": window("read_at")},
)
def daily_heat(readings: DataFrame) -> DataFrame:
    return readings.groupBy(F.to_date("read_at").alias("day")).agg(F.max("celsius").alias("warmest"))


class HourlyHeat(Contract):
    """One row per hour with a reading."""

    hour: T.TimestampType() = Field(key=True)
    warmest: T.DoubleType() = Field()


class WeeklyHeat(Contract):
    """One row per week."""

    week: T.DateType() = Field(key=True)
    warmest: T.DoubleType() = Field(le=50, on_fail="fail")


class MonthlyHeat(Contract):
    """One row per month."""

    month: T.DateType() = Field(key=True)
    warmest: T.DoubleType() = Field()


class Records(Contract):
    """One row: the greatest heat of all."""

    warmest: T.DoubleType() = Field(key=True)


OF_HEAT = {"write": ReplaceWindow(), "owner": "team:weather"}


@gold(
    contract=HourlyHeat,
    partitions=hourly("hour", start="2026-01-01-00:00"),
    reads={"readings": window("read_at")},
    **OF_HEAT,
)
def hourly_heat(readings: DataFrame) -> DataFrame:
    return readings.groupBy(F.date_trunc("hour", "read_at").alias("hour")).agg(
        F.max("celsius").alias("warmest")
    )


@gold(
    contract=DailyHeat,
    partitions=daily("day", start="2025-12-30"),
    reads={"daily_heat": window("day"), "hourly_heat": window("hour")},
    **OF_HEAT,
)
def dog_days(daily_heat: DataFrame, hourly_heat: DataFrame) -> DataFrame:
    hottest = hourly_heat.select(F.to_date("hour").alias("day"), "warmest")
    return (
        daily_heat.select("day", "warmest")
        .unionByName(hottest)
        .groupBy("day")
        .agg(F.max("warmest").alias("warmest"))
    )


@gold(
    contract=WeeklyHeat,
    partitions=weekly("week", start="2025-12-29", timezone="Asia/Kathmandu"),
    reads={"daily_heat": window("day")},
    **OF_HEAT,
)
def weekly_heat(daily_heat: DataFrame) -> DataFrame:
    week = F.to_date(F.date_trunc("week", "day")).alias("week")
    return daily_heat.groupBy(week).agg(F.max("warmest").alias("warmest"))


@gold(
    contract=MonthlyHeat,
    partitions=monthly("month", start="2026-01-01"),
    reads={"dog_days": window("day")},
    **OF_HEAT,
)
def monthly_heat(dog_days: DataFrame) -> DataFrame:
    month = F.to_date(F.date_trunc("month", "day")).alias("month")
    return dog_days.groupBy(month).agg(F.max("warmest").alias("warmest"))


@gold(contract=Records, write=Snapshot(), owner="team:weather")
def records(monthly_heat: DataFrame, weekly_heat: DataFrame) -> DataFrame:
    heat = monthly_heat.select("warmest").unionByName(weekly_heat.select("warmest"))
    return heat.agg(F.max("warmest").alias("warmest"))


def reading(number, celsius, day):
    return {
        "id": number,
        "station": "north",
        "observer": "eve@example.org",
        "celsius": celsius,
        "read_at": f"2026-01-0{day}T10:00:00Z",
    }


class Built(NamedTuple):
    """A lake, and the report of the run that built it."""

    lake: object
    report: object


@pytest.fixture
def weather(tmp_path, machine):
    """The lake's declarations in an empty folder; no Spark."""
    return make_lake(tmp_path, machine)


@pytest.fixture(scope="session")
def first_built(tmp_path_factory, machine, spark):
    """The lake after its first load, made once; nobody changes it."""
    lake = make_lake(tmp_path_factory.mktemp("weather"), machine)
    rows = [reading(1, 5.0, 1), reading(2, -3.0, 2), reading(3, -120.0, 2), "no record {"]
    land(lake, "weather", "readings", rows, position=1)
    return Built(lake, run_lake(lake))


@pytest.fixture(scope="module")
def built(first_built, tmp_path_factory, machine):
    """A copy of the built lake, shared by the tests of a module."""
    lake = make_lake(tmp_path_factory.mktemp("copy"), machine)
    shutil.copytree(first_built.lake.settings.var_dir, lake.settings.var_dir)
    return Built(lake, first_built.report)


def make_lake(folder, machine):
    own = {"project": PROJECT, "datasets": "weather", "spark_profile": "test", **machine}
    heat = (hourly_heat, daily_heat, dog_days, weekly_heat, monthly_heat, records)
    return small_lake(folder, raw_readings, readings, stations, *heat, **own)

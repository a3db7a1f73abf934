"""A lake that reads the changes of ``s.things`` and ``s.days``, to be held against their database."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Files, Upsert, bronze, changes, silver
from lakehouse.testing import small_lake

SEQUENCE = ("source_position", "source_order")


class LandedThings(Contract):
    """One row per thing and change."""

    id: T.LongType() = Field(key=True)
    name: T.StringType() = Field(nullable=True, pii="name")
    price: T.DecimalType(12, 2) = Field(nullable=True)
    at: T.TimestampType() = Field(nullable=True)
    day: T.DateType() = Field(nullable=True)
    big: T.StringType() = Field(nullable=True)
    colour: T.StringType() = Field(nullable=True)
    weight: T.DecimalType(10, 3) = Field(nullable=True)


class Things(Contract):
    """One row per thing: the latest version."""

    thing: T.LongType() = Field(key=True)
    name: T.StringType() = Field(nullable=True)
    price: T.DecimalType(12, 2) = Field(nullable=True)
    day: T.DateType() = Field(nullable=True)
    big: T.StringType() = Field(nullable=True)
    colour: T.StringType() = Field(nullable=True)
    weight: T.DecimalType(10, 3) = Field(nullable=True)
    source_position: T.LongType() = Field()
    source_order: T.LongType() = Field(nullable=True)


class LandedDays(Contract):
    """One row per number and day, and change."""

    id: T.IntegerType() = Field(key=True)
    day: T.DateType() = Field(key=True)


class Days(Contract):
    """One row per number and day."""

    id: T.IntegerType() = Field(key=True)
    day: T.DateType() = Field(key=True)
    source_position: T.LongType() = Field()
    source_order: T.LongType() = Field(nullable=True)


@bronze(contract=LandedThings, source=Files("s", "things"), owner="team:t")
def s_things(dump: DataFrame) -> DataFrame:
    return dump


@bronze(contract=LandedDays, source=Files("s", "days"), owner="team:t")
def s_days(dump: DataFrame) -> DataFrame:
    return dump


@silver(contract=Things, write=Upsert(SEQUENCE), owner="team:t", reads={"s_things": changes()})
def things(s_things: DataFrame) -> DataFrame:
    columns = ("name", "price", "day", "big", "colour", "weight")
    return s_things.select(F.col("id").alias("thing"), *columns, *_places(), "_change")


@silver(contract=Days, write=Upsert(SEQUENCE), owner="team:t", reads={"s_days": changes()})
def days(s_days: DataFrame) -> DataFrame:
    return s_days.select("id", "day", *_places(), "_change")


def _places():
    return F.col("_position").alias("source_position"), F.col("_order").alias("source_order")


DATASETS = (s_things, s_days, things, days)


def lake_on(bucket, source, folder):
    """The lake, its bucket being the one that a capture lands in."""
    lake = small_lake(folder, *DATASETS, feeds={"s": source})
    lake.settings.bucket_dir.parent.mkdir(parents=True)
    lake.settings.bucket_dir.symlink_to(bucket, target_is_directory=True)
    return lake

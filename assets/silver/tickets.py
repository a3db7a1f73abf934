"""Tickets of the help desk as they are now, and how long they took."""

import pyspark.sql.types as T
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Upsert, changes, hours, rule, silver

CATEGORIES = ["where_is_my_order", "return_question", "wrong_item", "damaged", "payment", "account"]
MESSAGES = "array<struct<at:timestamp,author:string>>"
HOUR = 3_600_000_000  # microseconds


class Tickets(Contract):
    """One row per ticket: the latest version."""

    ticket_id: T.LongType() = Field(key=True)
    customer_id: T.LongType() = Field(
        nullable=True, description="the help desk knows it still when the shop has forgotten the customer"
    )
    order_id: T.LongType() = Field(nullable=True, description="null where it is about no order")
    category: T.StringType() = Field(isin=CATEGORIES)
    status: T.StringType() = Field(isin=["new", "pending", "solved"])
    opened_at: T.TimestampType() = Field()
    first_reply_at: T.TimestampType() = Field(nullable=True)
    resolved_at: T.TimestampType() = Field(nullable=True)
    hours_to_first_reply: T.DoubleType() = Field(nullable=True, ge=0)
    hours_to_resolution: T.DoubleType() = Field(nullable=True, ge=0)
    messages: T.IntegerType() = Field(gt=0, description="written so far, by customer and agents")
    updated_at: T.TimestampType() = Field()
    exported_on: T.DateType() = Field(description="the day whose export it is, by the file's name")

    @rule()
    def solved_means_resolved(cls) -> Column:
        """It is solved just when it has a time of resolution."""
        return (F.col("status") == "solved") == F.col("resolved_at").isNotNull()


@silver(
    contract=Tickets,
    write=Upsert(sequence_by="exported_on"),
    owner="team:support",
    reads={"help_desk_tickets": changes()},
    freshness=hours(26),
)
def tickets(help_desk_tickets: DataFrame) -> DataFrame:
    said = F.from_json("conversation", MESSAGES)
    by_agent = F.filter(said, lambda message: message["author"].startswith("agent"))
    first_reply = F.array_min(F.transform(by_agent, lambda message: message["at"]))
    return help_desk_tickets.select(
        F.col("id").alias("ticket_id"),
        "customer_id",
        "order_id",
        "category",
        "status",
        F.col("created_at").alias("opened_at"),
        first_reply.alias("first_reply_at"),
        F.col("solved_at").alias("resolved_at"),
        _hours(F.col("created_at"), first_reply).alias("hours_to_first_reply"),
        _hours(F.col("created_at"), F.col("solved_at")).alias("hours_to_resolution"),
        F.size(said).alias("messages"),
        "updated_at",
        F.regexp_extract("_file", r"(\d{4}-\d{2}-\d{2})[^/]*$", 1).try_cast("date").alias("exported_on"),
    )


def _hours(start: Column, end: Column) -> Column:
    return (F.unix_micros(end) - F.unix_micros(start)) / F.lit(HOUR)

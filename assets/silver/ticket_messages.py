"""What customers and the help desk wrote to each other, without what tells who they are."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Upsert, hours, keys, silver

MESSAGES = "array<struct<at:timestamp,author:string,text:string>>"


class TicketMessages(Contract):
    """One row per message of a ticket, as its latest version has them."""

    ticket_id: T.LongType() = Field(key=True)
    number: T.IntegerType() = Field(key=True, description="the message's place in the ticket, from 1")
    written_by: T.StringType() = Field(isin=["customer", "agent"])
    written_at: T.TimestampType() = Field()
    text: T.StringType() = Field(
        description="the requester's name, addresses and telephone and account numbers masked"
    )


@silver(
    contract=TicketMessages,
    write=Upsert(),
    owner="team:support",
    reads={"help_desk_tickets": keys(ticket_id="id")},
    freshness=hours(26),
)
def ticket_messages(help_desk_tickets: DataFrame) -> DataFrame:
    exported_on = F.regexp_extract("_file", r"(\d{4}-\d{2}-\d{2})[^/]*$", 1).try_cast("date")
    latest = help_desk_tickets.groupBy("id").agg(
        F.max_by("conversation", F.struct(exported_on, "_position", "_line_number")).alias("conversation")
    )
    message = F.posexplode(F.from_json("conversation", MESSAGES)).alias("place", "message")
    return latest.select("id", message).select(
        F.col("id").alias("ticket_id"),
        (F.col("place") + 1).alias("number"),
        F.split_part(F.col("message.author"), F.lit(":"), F.lit(1)).alias("written_by"),
        F.col("message.at").alias("written_at"),
        F.col("message.text").alias("text"),
    )

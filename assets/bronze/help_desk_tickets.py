"""The help desk's tickets, each whole with its messages, again whenever it changed."""

import pyspark.sql.types as T
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Files, bronze, hours
from lakehouse.trust.freetext import masked

MESSAGES = "array<struct<at:string,author:string,text:string>>"


class HelpDeskTickets(Contract):
    """One row per ticket and export that holds it.

    ``customer_id`` is taken out of ``requester``, and ``conversation`` out of ``messages``; what they are
    taken out of does not leave bronze.
    """

    id: T.LongType() = Field(key=True)
    subject: T.StringType() = Field(pii="text", protect="drop")
    category: T.StringType() = Field()
    status: T.StringType() = Field()
    requester: T.StringType() = Field(pii="contact", protect="drop")
    order_id: T.LongType() = Field(nullable=True)
    created_at: T.TimestampType() = Field()
    updated_at: T.TimestampType() = Field()
    solved_at: T.TimestampType() = Field(nullable=True)
    minutes_to_first_reply: T.LongType() = Field(nullable=True)
    minutes_to_resolution: T.LongType() = Field(nullable=True)
    messages: T.StringType() = Field(pii="text", protect="drop")
    customer_id: T.LongType() = Field(nullable=True, description="the requester, where it is a customer")
    conversation: T.StringType() = Field(
        pii="text",
        protect="mask",
        description="the messages as JSON, without addresses and telephone numbers and the requester's name",
    )


@bronze(
    contract=HelpDeskTickets,
    source=Files("help_desk", "tickets", stale_after_hours=26, sparse=True),
    owner="team:support",
    freshness=hours(26),
)
def help_desk_tickets(export: DataFrame) -> DataFrame:
    return export.withColumns(
        {
            "customer_id": F.get_json_object("requester", "$.customer_id"),
            "conversation": F.to_json(F.transform(F.from_json("messages", MESSAGES), _without_person)),
        }
    )


def _without_person(message: Column) -> Column:
    """A message whose text is one line without addresses, numbers and the requester's name, or a part of it.

    Addresses first: with the name taken out of it, an address would no longer be seen as one.
    """
    line = masked(F.regexp_replace(message["text"], r"[\p{Cntrl}\s]+", " "))
    letters = F.split(F.get_json_object("requester", "$.name"), r"[^\p{L}\p{M}]+")
    parts = F.filter(letters, lambda part: F.length(part) > 1)
    part = F.concat(F.lit("(?:"), F.array_join(parts, "|"), F.lit(")"))
    name = F.concat(  # as whole words, in any case
        F.lit(r"(?iu)(?<![\p{L}\p{M}])"), part, F.lit(r"(?:[\s.'-]{1,2}"), part, F.lit(r")*(?![\p{L}\p{M}])")
    )
    text = F.when(F.size(parts) > 0, F.regexp_replace(line, name, F.lit("[name]"))).otherwise(line)
    return F.struct(message["at"].alias("at"), message["author"].alias("author"), text.alias("text"))

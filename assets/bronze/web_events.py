"""What pages, apps and servers sent to the event collector, as it came."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Files, bronze, hours

TYPES = ["identify", "track", "page", "screen", "group", "alias"]
CONTEXT = (
    "ip string, userAgent string, locale string, timezone string, library struct<name: string>, "
    "app struct<version: string>, page struct<path: string, search: string, referrer: string>, "
    "campaign struct<source: string, medium: string, name: string>"
)
FROM_CONTEXT = {
    "ip": "ip",
    "user_agent": "userAgent",
    "library": "library.name",
    "release": "app.version",
    "locale": "locale",
    "device_timezone": "timezone",
    "page_path": "page.path",
    "page_query": "page.search",
    "referrer": "page.referrer",
    "utm_source": "campaign.source",
    "utm_medium": "campaign.medium",
    "utm_campaign": "campaign.name",
}


class WebEvents(Contract):
    """One row per message taken by the collector, repeats included.

    The names are Segment's; those with an underscore are taken out of ``context``, which as a whole
    does not leave bronze.
    """

    messageId: T.StringType() = Field(key=True)
    type: T.StringType() = Field(isin=TYPES)
    event: T.StringType() = Field(nullable=True, description="a track's name")
    name: T.StringType() = Field(nullable=True, description="a page's name")
    userId: T.StringType() = Field(nullable=True, description="the customer's id, where signed in")
    anonymousId: T.StringType() = Field(nullable=True)
    previousId: T.StringType() = Field(nullable=True)
    timestamp: T.TimestampType() = Field(nullable=True, description="by the sender's clock")
    originalTimestamp: T.TimestampType() = Field(nullable=True, description="as timestamp, before queueing")
    sentAt: T.TimestampType() = Field(nullable=True, description="by the sender's clock")
    receivedAt: T.TimestampType() = Field(description="by the collector's clock")
    source: T.StringType() = Field(description="whose write key it was")
    properties: T.StringType() = Field(nullable=True, pii="text", protect="mask")
    traits: T.StringType() = Field(nullable=True, pii="contact", protect="drop")
    context: T.StringType() = Field(nullable=True, pii="device", protect="drop")
    integrations: T.StringType() = Field(nullable=True)
    groupId: T.StringType() = Field(nullable=True)
    writeKey: T.StringType() = Field(nullable=True, pii="secret", protect="drop")
    ip: T.StringType() = Field(nullable=True, pii="ip")
    user_agent: T.StringType() = Field(nullable=True)
    library: T.StringType() = Field(nullable=True)
    release: T.StringType() = Field(nullable=True, description="of the front end")
    locale: T.StringType() = Field(nullable=True)
    device_timezone: T.StringType() = Field(nullable=True)
    page_path: T.StringType() = Field(nullable=True)
    page_query: T.StringType() = Field(nullable=True, pii="text", protect="mask")
    referrer: T.StringType() = Field(nullable=True, pii="text", protect="mask")
    utm_source: T.StringType() = Field(nullable=True)
    utm_medium: T.StringType() = Field(nullable=True)
    utm_campaign: T.StringType() = Field(nullable=True)


@bronze(
    contract=WebEvents,
    source=Files("collector", "events", stale_after_hours=2, sparse=True),
    owner="team:platform",
    freshness=hours(26),
)
def web_events(load: DataFrame) -> DataFrame:
    context = load.withColumn("_context", F.from_json("context", CONTEXT))  # parsed once for all of them
    return context.withColumns(
        {name: F.col(f"_context.{path}") for name, path in FROM_CONTEXT.items()},
    ).drop("_context")

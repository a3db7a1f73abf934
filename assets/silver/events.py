"""What happened on the shop's pages and servers, each event once."""

from collections.abc import Iterator

import pandas as pd
import pyspark.sql.types as T
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.functions import pandas_udf  # type: ignore[attr-defined]

from lakehouse import Contract, Field, Upsert, changes, cluster, hours, silver

KNOWN = ["product_id", "productId", "quantity", "price", "order_id", "total", "cart_id", "value", "currency"]
KNOWN += ["checkout_id", "step", "step_name", "experiment_id", "variation_id", "payment_method"]
KNOWN += ["path", "referrer", "search", "title", "url"]  # of the page: they have columns of their own
AGENT = T.StructType([T.StructField(name, T.StringType()) for name in ("device", "os", "browser")])
DEVICES = ["phone", "tablet", "desktop", "bot", "server", "unknown"]


class Events(Contract):
    """One row per event: its first arrival, however often and on however many days it was sent."""

    event_id: T.StringType() = Field(key=True)
    call: T.StringType() = Field(isin=["identify", "track", "page", "screen", "group", "alias"])
    event: T.StringType() = Field(nullable=True, description="the name of what was tracked, or of the page")
    customer_id: T.LongType() = Field(nullable=True, description="as the sender knew it at the time")
    anonymous_id: T.StringType() = Field(nullable=True, description="the browser")
    occurred_at: T.TimestampType() = Field(description="UTC, the error of the sender's clock taken out")
    received_at: T.TimestampType() = Field()
    release: T.StringType() = Field(nullable=True, description="of the front end that sent it")
    device: T.StringType() = Field(isin=DEVICES)
    os: T.StringType() = Field(nullable=True)
    browser: T.StringType() = Field(nullable=True)
    is_bot: T.BooleanType() = Field(description="the sender says that it is one")
    locale: T.StringType() = Field(nullable=True)
    page_path: T.StringType() = Field(nullable=True)
    page_query: T.StringType() = Field(nullable=True, description="addresses in it masked")
    referrer: T.StringType() = Field(nullable=True, description="addresses in it masked")
    utm_source: T.StringType() = Field(nullable=True)
    utm_medium: T.StringType() = Field(nullable=True)
    utm_campaign: T.StringType() = Field(nullable=True)
    sku: T.StringType() = Field(nullable=True)
    quantity: T.IntegerType() = Field(nullable=True, ge=0)
    price: T.DecimalType(12, 2) = Field(nullable=True, ge=0)
    order_id: T.LongType() = Field(nullable=True)
    total: T.DecimalType(12, 2) = Field(nullable=True, ge=0)
    cart_id: T.StringType() = Field(nullable=True)
    checkout_id: T.StringType() = Field(nullable=True)
    step: T.IntegerType() = Field(nullable=True)
    step_name: T.StringType() = Field(nullable=True)
    experiment_id: T.StringType() = Field(nullable=True)
    variation_id: T.StringType() = Field(nullable=True)
    payment_method: T.StringType() = Field(nullable=True)
    other_properties: T.StringType() = Field(nullable=True, description="JSON: what has no column of its own")
    earliness: T.LongType() = Field(
        description="greater for what arrived earlier, so that the first one stays"
    )


@silver(
    contract=Events,
    write=Upsert(sequence_by="earliness"),
    owner="team:platform",
    reads={"web_events": changes()},
    freshness=hours(26),
    layout=cluster("occurred_at", why="sessions run again by day, late days too"),
)
def events(web_events: DataFrame) -> DataFrame:
    properties = F.try_variant_get(F.try_parse_json("properties"), "$", "map<string,string>")
    agent = parsed_agent("user_agent")
    parsed = web_events.withColumns({"p": properties, "agent": agent})
    known = F.array(*(F.lit(name) for name in KNOWN))
    others = F.map_filter("p", lambda name, _: ~F.array_contains(known, name))
    by_server = F.col("user_agent").isNull()
    return parsed.select(
        F.col("messageId").alias("event_id"),
        F.col("type").alias("call"),
        F.coalesce("event", "name").alias("event"),
        F.col("userId").alias("customer_id"),
        F.col("anonymousId").alias("anonymous_id"),
        corrected_time().alias("occurred_at"),
        F.col("receivedAt").alias("received_at"),
        "release",
        F.when(by_server, F.lit("server")).otherwise(F.col("agent.device")).alias("device"),
        F.col("agent.os").alias("os"),
        F.col("agent.browser").alias("browser"),
        F.coalesce(F.col("agent.device") == "bot", F.lit(False)).alias("is_bot"),
        "locale",
        "page_path",
        "page_query",
        "referrer",
        "utm_source",
        "utm_medium",
        "utm_campaign",
        F.coalesce(given("product_id"), given("productId")).alias("sku"),
        given("quantity").alias("quantity"),
        given("price").alias("price"),
        given("order_id").alias("order_id"),
        F.coalesce(given("total"), given("value")).alias("total"),
        given("cart_id").alias("cart_id"),
        given("checkout_id").alias("checkout_id"),
        given("step").alias("step"),
        given("step_name").alias("step_name"),
        given("experiment_id").alias("experiment_id"),
        given("variation_id").alias("variation_id"),
        given("payment_method").alias("payment_method"),
        F.when(F.size(others) > 0, F.to_json(others)).alias("other_properties"),
        (-F.unix_micros("receivedAt")).alias("earliness"),
    )


def given(name: str) -> Column:
    """A property as text; what does not fit its column's type is set aside by the contract."""
    return F.try_element_at(F.col("p"), F.lit(name))


def corrected_time() -> Column:
    """When it happened: the sender's clock, corrected by what it showed when the message was sent.

    Segment's own rule: ``timestamp + (received_at - sent_at)``.
    """
    wrong_by = F.unix_micros("receivedAt") - F.unix_micros("sentAt")
    by_sender = F.timestamp_micros(F.unix_micros("timestamp") + wrong_by)
    return F.coalesce(by_sender, F.col("timestamp"), F.col("receivedAt"))


@pandas_udf(AGENT)  # type: ignore[untyped-decorator]
def parsed_agent(agents: Iterator[pd.Series]) -> Iterator[pd.DataFrame]:
    """Device, system and browser by ua-parser's rules; each text is parsed once a task."""
    from ua_parser import parse

    known: dict[str, tuple[str, str | None, str | None]] = {}

    def read(text: str) -> tuple[str, str | None, str | None]:
        found = parse(text)
        system = found.os.family if found.os else None
        browser = found.user_agent.family if found.user_agent else None
        kind = found.device.family if found.device else ""
        if kind == "Spider":
            return "bot", system, browser
        if system in {"iOS", "Android"}:
            tablet = kind == "iPad" or (system == "Android" and "Mobile" not in text)
            return ("tablet" if tablet else "phone"), system, browser
        return ("desktop" if system else "unknown"), system, browser

    for batch in agents:
        for text in batch.dropna().unique():
            if text not in known:
                known[text] = read(text)
        rows = [known[text] if isinstance(text, str) else ("unknown", None, None) for text in batch]
        yield pd.DataFrame(rows, columns=["device", "os", "browser"])

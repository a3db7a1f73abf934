from datetime import datetime

import pytest

from assets.silver.events import events

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)
TABLET = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Safari/537.36"
)
BOT = "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)"
TEXTS = ("event", "name", "anonymousId", "userId", "user_agent", "properties", "timestamp", "sentAt")
OTHERS = (
    "release",
    "locale",
    "page_path",
    "page_query",
    "referrer",
    "utm_source",
    "utm_medium",
    "utm_campaign",
)


@pytest.fixture(scope="module")
def of(spark):
    """Events made of some of a message's fields."""

    def made(*messages):
        rows = [tuple(message.get(name) for name in TEXTS) for message in messages]
        frame = spark.createDataFrame(rows, ", ".join(f"{name} string" for name in TEXTS))
        frame = frame.selectExpr(
            "'m1' AS messageId",
            "'track' AS type",
            "TIMESTAMP '2026-06-01 10:00:05' AS receivedAt",
            *(name for name in TEXTS if name not in {"timestamp", "sentAt"}),
            "CAST(timestamp AS TIMESTAMP) AS timestamp",
            "CAST(sentAt AS TIMESTAMP) AS sentAt",
            *(f"CAST(NULL AS STRING) AS {name}" for name in OTHERS),
        )
        return events(frame).collect()

    return made


def test_an_event_has_every_column_of_its_contract_and_is_named_by_event_or_page(of):
    tracked, page = of({"event": "Cart Viewed", "user_agent": IPHONE}, {"name": "Cart", "user_agent": IPHONE})

    assert list(tracked.asDict()) == list(events.spec.column_names)
    assert (tracked.event, page.event) == ("Cart Viewed", "Cart")


def test_the_error_of_the_senders_clock_is_taken_out(of):
    ahead, unsent, timeless = of(
        {"timestamp": "2026-06-01 13:00:00", "sentAt": "2026-06-01 13:00:04"},
        {"timestamp": "2026-06-01 09:59:59"},
        {},
    )

    assert ahead.occurred_at == datetime(2026, 6, 1, 10, 0, 1)  # noqa: DTZ001 - the session speaks UTC
    assert unsent.occurred_at == datetime(2026, 6, 1, 9, 59, 59)  # noqa: DTZ001
    assert timeless.occurred_at == datetime(2026, 6, 1, 10, 0, 5)  # noqa: DTZ001


def test_device_system_and_browser_are_read_from_the_agent(of):
    found = of({"user_agent": IPHONE}, {"user_agent": TABLET}, {"user_agent": BOT}, {}, {"user_agent": "?"})

    assert [(row.device, row.os, row.browser, row.is_bot) for row in found] == [
        ("phone", "iOS", "Mobile Safari", False),
        ("tablet", "Android", "Chrome", False),
        ("bot", None, "AhrefsBot", True),
        ("server", None, None, False),
        ("unknown", None, None, False),
    ]


def test_known_properties_have_columns_under_either_name_and_unknown_ones_are_kept(of):
    old, new, none, broken = of(
        {"properties": '{"product_id":"SKU-1","price":12.39,"colour":"red"}'},
        {"properties": '{"productId":"SKU-2","price":"free","path":"/cart"}'},
        {},
        {"properties": '{"price":'},
    )

    assert (old.sku, old.price, old.other_properties) == ("SKU-1", "12.39", '{"colour":"red"}')
    assert (new.sku, new.price, new.other_properties) == ("SKU-2", "free", None)
    assert (none.sku, none.other_properties, broken.price) == (None, None, None)

from datetime import datetime

from assets.silver.device_owners import device_owners

BEGINNING = datetime(1970, 1, 1)  # noqa: DTZ001 - the session speaks UTC


def at(hour):
    return datetime(2026, 6, 1, hour)  # noqa: DTZ001


def test_a_browser_is_its_first_owners_from_the_beginning_and_the_next_ones_from_their_sign_in(spark):
    rows = [
        ("1", "home", None, 8, "desktop"),
        ("2", "home", 7, 9, "desktop"),
        ("3", "home", 7, 10, "desktop"),
        ("4", "home", None, 11, "desktop"),
        ("5", "home", 8, 12, "desktop"),
        ("6", "home", 7, 13, "desktop"),
        ("7", "nobody", None, 9, "phone"),
        ("8", "home", 9, 14, "server"),
        ("9", None, 9, 14, "phone"),
    ]
    events = spark.createDataFrame(
        [(each, who, customer, at(hour), device) for each, who, customer, hour, device in rows],
        "event_id string, anonymous_id string, customer_id bigint, occurred_at timestamp, device string",
    )

    found = sorted(tuple(row) for row in device_owners(events).collect())

    assert found == [
        ("home", BEGINNING, at(12), 7),
        ("home", at(12), at(13), 8),
        ("home", at(13), None, 7),
    ]

from datetime import date, datetime, timedelta

import pytest

from assets.silver.sessions import sessions

COLUMNS = {
    "event_id": "string",
    "anonymous_id": "string",
    "customer_id": "bigint",
    "call": "string",
    "event": "string",
    "occurred_at": "timestamp",
    "device": "string",
    "os": "string",
    "browser": "string",
    "release": "string",
    "is_bot": "boolean",
    "page_path": "string",
    "referrer": "string",
    "utm_source": "string",
    "utm_medium": "string",
    "utm_campaign": "string",
    "step": "int",
    "order_id": "bigint",
}
NOON = datetime(2026, 6, 1, 12)  # noqa: DTZ001 - the session speaks UTC


def event(seconds, name, who="a", **more):
    given = {
        "event_id": f"{who}{seconds}{name}",
        "anonymous_id": who,
        "call": "track",
        "event": name,
        "occurred_at": NOON + timedelta(seconds=seconds),
        "device": "phone",
        "is_bot": False,
        **more,
    }
    return tuple(given.get(column) for column in COLUMNS)


def bought(who):
    """The way to an order, with a page for the cart and one for the checkout."""
    return [
        event(100, "Cart", who, call="page"),
        event(200, "Checkout", who, call="page"),
        event(201, "Checkout Started", who),
        event(300, "Payment Info Entered", who),
        event(400, "Order Completed", who, order_id=6),
        event(401, "Order Confirmation", who, call="page"),
    ]


@pytest.fixture(scope="module")
def found(spark):
    rows = [
        event(0, "Landing", call="page", page_path="/", release="3.1.0"),
        event(60, "Product Viewed", page_path="/p/1", utm_source="google", release="3.2.0"),
        event(1850, "Product Added", customer_id=7),
        event(3651, "Checkout Started"),  # a second more than half an hour later
        event(3700, "Checkout Step Completed", step=1),
        event(3710, "Payment Info Entered"),
        event(3720, "Cart", call="page"),
        event(3730, "Order Completed", device="server", order_id=5),
        event(43_190, "Landing", who="b", call="page"),  # ten seconds before midnight
        event(43_210, "Sign Up", who="b", call="page"),
        event(43_220, "Signup Step Completed", who="b", step=1),
        event(43_230, "Signup Step Completed", who="b", step=2),
        *bought("c"),
        *bought("d"),
        event(500, "Checkout", who="d", call="page"),
        event(50, "Landing", who=None, call="page"),
        *(event(number * 0.2, f"Product Viewed {number}", who="fast") for number in range(30)),
    ]
    frame = spark.createDataFrame(rows, ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items()))
    return sorted(sessions(frame).collect(), key=lambda row: (row.anonymous_id, row.started_at))


def test_a_visit_ends_with_half_an_hours_pause_and_with_the_day(found):
    stretches = [(row.anonymous_id, row.day, row.events) for row in found if row.anonymous_id != "fast"]

    assert stretches == [
        ("a", date(2026, 6, 1), 3),
        ("a", date(2026, 6, 1), 4),
        ("b", date(2026, 6, 1), 1),
        ("b", date(2026, 6, 2), 3),
        ("c", date(2026, 6, 1), 6),
        ("d", date(2026, 6, 1), 7),
    ]
    assert len({row.session_id for row in found}) == len(found)
    assert list(found[0].asDict()) == list(sessions.spec.column_names)


def test_a_visit_knows_how_it_began_and_who_signed_in(found):
    first = found[0]

    assert (first.landing_path, first.release, first.utm_source, first.customer_id) == (
        "/",
        "3.1.0",
        "google",
        7,
    )
    assert first.ended_at - first.started_at == timedelta(seconds=1850)


def test_a_visit_says_how_far_it_came(found):
    first, second, *_, signup = found[:4]

    assert (first.viewed_product, first.added_product, first.began_checkout) == (True, True, False)
    assert (second.began_checkout, second.gave_shipping, second.gave_payment) == (True, True, True)
    assert (second.lost_cart, second.ordered, second.order_id) == (True, False, None)
    assert (signup.began_signup, signup.signup_step, signup.signed_up) == (True, 2, False)


def test_who_acts_faster_than_people_do_is_a_bot(found):
    assert [row.is_bot for row in found if row.anonymous_id == "fast"] == [True]
    assert not any(row.is_bot for row in found if row.anonymous_id != "fast")


def test_the_way_to_an_order_is_neither_back_nor_thrown_back(found):
    by_who = {row.anonymous_id: row for row in found}

    assert [(by_who[who].went_back, by_who[who].lost_cart) for who in "cd"] == [(False, False), (True, False)]

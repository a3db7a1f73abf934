from decimal import Decimal

import pytest

from assets.gold.customer_acquisitions import customer_acquisitions


@pytest.fixture(scope="module")
def found(spark):
    """Anna comes by three campaigns and buys; Ben shares her browser later; Cleo is new and has no touch."""
    customers = spark.sql("""
        SELECT CAST(id AS LONG) AS customer_id, channel, CAST(at AS TIMESTAMP) AS registered_at
        FROM VALUES (1, 'search', '2026-01-02 10:00:00'), (2, 'social', '2026-02-01 10:00:00'),
                    (3, 'direct', '2026-03-20 10:00:00')
        AS (id, channel, at)
    """)
    device_owners = spark.sql("""
        SELECT browser AS anonymous_id, CAST(since AS TIMESTAMP) AS valid_from,
               CAST(until AS TIMESTAMP) AS valid_to, CAST(id AS LONG) AS customer_id
        FROM VALUES ('a', '1970-01-01 00:00:00', '2026-02-01 00:00:00', 1),
                    ('a', '2026-02-01 00:00:00', null, 2), ('c', '1970-01-01 00:00:00', null, 3)
        AS (browser, since, until, id)
    """)
    sessions = spark.sql("""
        SELECT browser AS anonymous_id, CAST(at AS TIMESTAMP) AS started_at,
               CAST(at AS TIMESTAMP) AS ended_at, bot AS is_bot, campaign AS utm_campaign
        FROM VALUES
        ('a', '2026-01-01 10:00:00', false, 'brand'), ('a', '2026-01-02 09:00:00', false, null),
        ('a', '2026-01-03 09:00:00', false, 'lookalike'), ('a', '2026-01-05 09:00:00', false, 'brand'),
        ('a', '2026-01-06 09:00:00', false, 'too late'), ('c', '2026-03-20 09:00:00', true, 'bot'),
        ('a', '2026-02-01 09:00:00', false, 'sweepstake'), ('a', '2026-02-03 09:00:00', false, 'after'),
        ('c', '2026-04-01 10:00:00', false, null)
        AS (browser, at, bot, campaign)
    """)
    orders = spark.sql("""
        SELECT CAST(id AS LONG) AS order_id, CAST(customer AS LONG) AS customer_id,
               CAST(total AS DECIMAL(12, 2)) AS total, CAST(at AS TIMESTAMP) AS placed_at
        FROM VALUES (8, 1, 20, '2026-01-05 10:00:00'), (9, 1, 5, '2026-02-01 09:59:59'),
                    (10, 1, 7, '2026-02-01 10:00:00'), (11, null, 99, '2026-02-01 10:00:00')
        AS (id, customer, total, at)
    """)
    frame = customer_acquisitions(customers, device_owners, sessions, orders)
    assert frame.columns == list(customer_acquisitions.spec.column_names)
    return {row.customer_id: row for row in frame.collect()}


def test_touches_lead_up_to_the_first_purchase_on_a_browser_that_was_the_customers(found):
    anna = found[1]

    assert anna.touches == ["brand", "lookalike", "brand"]
    assert (anna.first_touch, str(anna.first_touch_at)) == ("brand", "2026-01-01 10:00:00")
    assert (anna.last_touch, str(anna.last_touch_at)) == ("brand", "2026-01-05 09:00:00")


def test_where_nothing_was_bought_touches_lead_up_to_the_registration(found):
    assert found[2].touches == ["sweepstake"]
    assert (found[3].touches, found[3].first_touch) == ([], None)


def test_the_first_purchase_is_the_earliest_order(found):
    anna = found[1]

    assert (anna.first_order_id, anna.first_order_value) == (8, 20)
    assert str(anna.first_order_at) == "2026-01-05 10:00:00"
    assert found[2].first_order_id is None


def test_revenue_by_an_age_is_null_until_the_customer_is_that_old(found):
    revenues = {
        number: tuple(found[number][f"revenue{age}"] for age in ("", "_30", "_60", "_90", "_180"))
        for number in found
    }

    assert revenues[1] == (Decimal(32), Decimal(25), Decimal(32), None, None)
    assert revenues[2] == (0, 0, None, None, None)
    assert revenues[3] == (0, None, None, None, None)
    assert str(found[3].measured_until) == "2026-04-01 10:00:00"

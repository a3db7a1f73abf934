from datetime import datetime

import pytest

from assets.gold.experiment_units import experiment_units


@pytest.fixture(scope="module")
def frames(spark):
    """A test of visitors and one of customers, from the tenth to the twentieth of June."""
    return {
        "experiments": spark.sql("""
            SELECT CAST(id AS LONG) AS experiment_id, name, subject,
                   TIMESTAMP '2026-06-10 00:00:00' AS starts_at, TIMESTAMP '2026-06-20 00:00:00' AS ends_at
            FROM VALUES (1, 'colour', 'visitor'), (2, 'price', 'customer') AS (id, name, subject)
        """),
        "exposures": spark.sql("""
            SELECT 'c-17' AS experiment_id, 'colour' AS experiment, browser AS anonymous_id,
                   arm AS variation_id,
                   CAST(variations AS LONG) AS variations,
                   CAST(at AS TIMESTAMP) AS first_seen_at, 'phone' AS device
            FROM VALUES ('a', '0', 1, '2026-06-11 10:00:00'), ('b', '1', 1, '2026-06-12 10:00:00'),
                        ('both', '1', 2, '2026-06-12 10:00:00'), ('early', '1', 1, '2026-06-09 10:00:00')
            AS (browser, arm, variations, at)
        """),
        "experiment_assignments": spark.sql("""
            SELECT CAST(experiment AS LONG) AS experiment_id, CAST(customer AS LONG) AS customer_id, variant,
                   TIMESTAMP '2026-06-11 12:00:00' AS assigned_at
            FROM VALUES (2, 7, 'treatment'), (2, 8, 'control') AS (experiment, customer, variant)
        """),
        "events": spark.sql("""
            SELECT browser AS anonymous_id, CAST(customer AS LONG) AS customer_id, call, event,
                   CAST(at AS TIMESTAMP) AS occurred_at, CAST(at AS TIMESTAMP) AS received_at, device,
                   CAST(null AS INT) AS step, CAST(order_id AS LONG) AS order_id
            FROM VALUES
            ('a', null, 'track', 'Experiment Viewed', '2026-06-11 10:00:00', null, 'phone'),
            ('a', null, 'track', 'Product Viewed', '2026-06-11 09:59:59', null, 'phone'),
            ('a', 7, 'track', 'Product Viewed', '2026-06-11 10:00:00', null, 'phone'),
            ('a', 7, 'page', 'Cart', '2026-06-11 10:01:00', null, 'phone'),
            ('a', 7, 'track', 'Order Completed', '2026-06-11 10:02:00', 1, 'phone'),
            ('a', 7, 'track', 'Order Completed', '2026-06-11 10:02:01', 1, 'server'),
            ('a', 7, 'track', 'Order Completed', '2026-06-20 10:00:00', 2, 'phone'),
            ('b', null, 'track', 'Signup Completed', '2026-06-12 10:05:00', null, 'phone'),
            (null, 7, 'track', 'Payment Failed', '2026-06-18 00:00:00', 2, 'server')
            AS (browser, customer, call, event, at, order_id, device)
        """),
        "sessions": spark.sql("""
            SELECT browser AS anonymous_id, CAST(null AS LONG) AS customer_id,
                   CAST(at AS TIMESTAMP) AS ended_at
            FROM VALUES ('a', '2026-06-11 10:02:00'), ('a', '2026-06-01 10:00:00'),
                        ('a', '2026-05-01 10:00:00')
            AS (browser, at)
        """),
        "orders": spark.sql("""
            SELECT CAST(id AS LONG) AS order_id, CAST(7 AS LONG) AS customer_id, status,
                   CAST(total AS DECIMAL(12, 2)) AS total, CAST(at AS TIMESTAMP) AS placed_at
            FROM VALUES (0, 'paid', 8, '2026-06-05 10:00:00'), (1, 'returned', 20.5, '2026-06-11 10:02:00'),
                        (2, 'placed', 5, '2026-06-12 10:00:00')
            AS (id, status, total, at)
        """),
        "order_lines": spark.sql("SELECT CAST(id AS LONG) AS order_id FROM VALUES (1), (1), (2) AS (id)"),
        "customers": spark.sql("SELECT CAST(7 AS LONG) AS customer_id, 'AT' AS country"),
    }


@pytest.fixture(scope="module")
def found(frames):
    frame = experiment_units(**frames)
    assert frame.columns == list(experiment_units.spec.column_names)
    return {(row.experiment, row.unit_id): row for row in frame.collect()}


def test_units_are_who_was_first_exposed_in_time_and_to_one_variation(found):
    assert {key: row.variation for key, row in found.items()} == {
        ("colour", "a"): "control",
        ("colour", "b"): "treatment",
        ("price", "7"): "treatment",
        ("price", "8"): "control",
    }
    assert (found["colour", "a"].device, found["price", "7"].country) == ("phone", "AT")
    assert found["price", "8"].country == "unknown"


def test_a_browser_counts_from_its_exposure_to_the_end(found):
    row = found["colour", "a"]

    assert (row.product_views, row.product_views_before) == (1, 1)
    assert (row.pages, row.carts, row.visits, row.visits_before) == (2, 1, 1, 1)
    assert (row.orders, row.lines, row.returns, float(row.revenue)) == (1, 2, 1, 20.5)
    assert row.measured_until == datetime(2026, 6, 20)  # noqa: DTZ001 - as Spark gives it


def test_a_unit_that_did_nothing_is_one_all_the_same(found):
    row = found["price", "8"]

    assert (row.orders, row.visits, row.revenue) == (0, 0, 0)
    assert found["colour", "b"].registrations == 1


def test_orders_of_a_customer_are_theirs_wherever_they_were_placed(found):
    row = found["price", "7"]

    assert (row.orders, row.payment_failures, float(row.revenue)) == (1, 1, 5)
    assert (row.orders_before, float(row.revenue_before)) == (2, 28.5)

from datetime import date

import pytest

from assets.gold.campaign_costs import campaign_costs
from lakehouse.statistics import Counts, share

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)


@pytest.fixture(scope="module")
def found(spark):
    """Dear clicks that buy, cheap ones that do not, a letter, and a newsletter that nobody bills."""
    ad_spend = spark.sql("""
        SELECT CAST(day AS DATE) AS day, campaign, CAST(clicks AS LONG) AS clicks,
               CAST(spend AS DECIMAL(12, 2)) AS spend
        FROM VALUES ('2026-01-01', 'brand', 6, 12), ('2026-01-31', 'brand', 4, 8),
                    ('2026-01-15', 'sweepstake', 50, 5), ('2026-01-10', 'letter', 0, 40),
                    ('2026-02-20', 'later letter', 0, 60)
        AS (day, campaign, clicks, spend)
    """)
    sessions = spark.sql("""
        SELECT CAST(day AS DATE) AS day, bot AS is_bot, campaign AS utm_campaign
        FROM VALUES ('2026-01-01', false, 'brand'), ('2026-01-02', true, 'brand'),
                    ('2026-01-02', false, null), ('2026-02-01', false, 'brand')
        AS (day, bot, campaign)
    """)
    customer_acquisitions = spark.sql("""
        SELECT CAST(id AS LONG) AS customer_id, channel,
               IF(touched IS NULL, array(), split(touched, ' ')) AS touches,
               CAST(touched_at AS TIMESTAMP) AS first_touch_at,
               CAST(registered AS TIMESTAMP) AS registered_at, CAST(bought AS TIMESTAMP) AS first_order_at,
               CAST(revenue AS DECIMAL(14, 2)) AS revenue
        FROM VALUES
        (1, 'search', 'brand', '2026-01-01', '2026-01-01', '2026-01-01', 30),
        (2, 'search', 'brand weekly', '2026-01-05', '2026-01-05', '2026-01-20', 20),
        (3, 'email', 'brand weekly brand sweepstake', '2026-01-30', '2026-01-30', '2026-02-03', 7),
        (4, 'social', 'sweepstake', '2026-01-16', '2026-01-16', null, 0),
        (5, 'direct_mail', 'weekly', '2026-02-05', '2026-01-20', '2026-02-10', 90),
        (6, 'direct_mail', null, null, '2026-01-02', null, 0),
        (7, 'direct', null, null, '2026-01-20', '2026-01-20', 3),
        (8, 'direct_mail', 'brand', '2026-01-09', '2026-01-25', null, 0)
        AS (id, channel, touched, touched_at, registered, bought, revenue)
    """)
    frame = campaign_costs(ad_spend, sessions, customer_acquisitions)
    assert frame.columns == list(campaign_costs.spec.column_names)
    return {(row.campaign, row.month): row for row in frame.collect()}


def test_a_campaigns_month_has_its_spend_clicks_visits_accounts_and_first_purchases(found):
    brand = found["brand", JANUARY]

    assert (brand.channel, brand.spend, brand.clicks, brand.sessions) == ("search", 20, 10, 1)
    assert (brand.accounts, brand.customers, brand.revenue) == (4, 2, 50)
    assert (brand.cost_per_click, brand.cost_per_customer) == (2.0, 10.0)
    assert found["brand", FEBRUARY].customers == 1


def test_a_campaign_that_brings_nobody_has_no_cost_per_customer(found):
    sweepstake = found["sweepstake", JANUARY]

    assert (sweepstake.cost_per_click, sweepstake.accounts) == (0.1, 1)
    assert (sweepstake.customers, sweepstake.cost_per_customer, sweepstake.conversion) == (0, None, 0.0)


def test_the_last_touch_and_the_split_by_position_stand_beside_the_first(found):
    split = {key: (row.last_touch_customers, row.position_customers) for key, row in found.items()}

    assert split["brand", JANUARY] == (1, 1.5)
    assert split["weekly", JANUARY] == (1, 0.5)
    assert split["brand", FEBRUARY] == (0, pytest.approx(0.5))
    assert split["weekly", FEBRUARY] == (1, pytest.approx(0.6))
    assert split["sweepstake", FEBRUARY] == (1, pytest.approx(0.4))


def test_shares_of_customers_add_up_to_those_who_were_touched(found):
    assert sum(row.position_customers for row in found.values()) == pytest.approx(4)


def test_who_registers_by_direct_mail_was_touched_first_by_the_newest_mailing_before(found):
    letter = found["letter", FEBRUARY]

    assert (letter.channel, letter.customers, letter.revenue) == ("direct_mail", 1, 90)
    assert (letter.last_touch_customers, letter.position_customers) == (0, 0.5)
    assert found["letter", JANUARY].accounts == 1
    assert found["later letter", FEBRUARY].channel == "direct_mail"
    assert found["later letter", FEBRUARY].accounts == 0


def test_what_nobody_bills_has_no_cost(found):
    assert found["weekly", JANUARY].spend is None
    assert found["letter", JANUARY].cost_per_click is None


def test_the_conversion_has_the_interval_that_pages_show(found):
    row, same = found["brand", JANUARY], share(Counts(2, 10))

    assert (row.conversion, row.conversion_low, row.conversion_high) == pytest.approx(
        (same.value, same.low, same.high), rel=1e-6
    )

import pytest
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from assets.gold.orders_after_back import followed_orders, orders_after_back

VISIT = """
    CAST(customer_id AS LONG) AS customer_id, CAST(order_id AS LONG) AS order_id, false AS is_bot,
    order_id IS NOT NULL AS ordered, 'phone' AS device, went_back,
    TIMESTAMP '2026-01-01 00:00:00' + make_interval(0, 0, 0, CAST(day AS INT)) AS started_at
"""


@pytest.fixture(scope="module")
def many(spark):
    """Eighty customers: half go back after their first order, and buy less often later."""
    return spark.sql(f"""
        WITH visits AS (
            SELECT id AS customer_id, id * 10 AS order_id, id % 2 = 0 AS went_back, 0 AS day FROM range(80)
            UNION ALL
            SELECT id, id * 10 + number, false, 20 + number
            FROM range(80) LATERAL VIEW explode(sequence(1, 4)) AS number
            WHERE number <= IF(id % 2 = 0, id % 3, id % 5)
            UNION ALL SELECT null, null, false, 140
        )
        SELECT {VISIT} FROM visits
    """)


@pytest.fixture(scope="module")
def all_paid(spark):
    return spark.sql("SELECT id AS order_id, 'delivered' AS status FROM range(800)")


def test_an_order_is_followed_by_what_was_paid_for_in_the_sixty_days_after_it(spark):
    sessions = spark.sql(f"""
        SELECT {VISIT} FROM VALUES
        (1, 1, true, 0), (1, 2, false, 20), (1, 3, false, 59), (1, 4, false, 61), (2, 5, false, 0),
        (null, null, false, 140)
        AS (customer_id, order_id, went_back, day)
    """)
    orders = spark.sql("SELECT id AS order_id, IF(id = 3, 'placed', 'paid') AS status FROM range(1, 6)")

    found = followed_orders(sessions, orders).collect()

    assert [row.later for row in found if row.went_back] == [1]  # one was not paid for, one came too late
    assert sorted(row.later for row in found if not row.went_back) == [0, 0, 1, 1]


def test_the_loss_has_the_interval_of_statsmodels(many, all_paid):
    rows = {row.device: row for row in orders_after_back(many, all_paid).collect()}
    followed = followed_orders(many, all_paid).toPandas()
    back, others = (
        followed.loc[followed["went_back"] == went, "later"].to_numpy(float) for went in (True, False)
    )
    bounds = CompareMeans(DescrStatsW(others), DescrStatsW(back)).zconfint_diff(usevar="unequal")

    assert set(rows) == {"all", "phone"}
    assert (rows["all"].orders, rows["all"].other_orders) == (len(back), len(others))
    assert rows["all"].lost == pytest.approx(others.mean() - back.mean())
    assert (rows["all"].lost_low, rows["all"].lost_high) == pytest.approx(bounds, rel=1e-3)


def test_few_orders_say_nothing(many, all_paid):
    (row, _) = orders_after_back(many.where("customer_id IS NULL OR customer_id < 9"), all_paid).collect()

    assert row.orders == 5
    assert (row.lost, row.lost_low, row.lost_high) == (None, None, None)

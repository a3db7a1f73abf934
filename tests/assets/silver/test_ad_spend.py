from datetime import date
from decimal import Decimal

from assets.silver.ad_spend import ad_spend


def test_numbers_say_which_report_they_are_of_and_whether_that_was_the_last_to_change_them(spark):
    ads_campaigns = spark.sql("""
        SELECT *, 'brand_search' AS campaign, 900L AS impressions, 'EUR' AS currency FROM VALUES
        (DATE '2026-05-01', 1001L, 30L, 12.50BD, 'ads/campaigns/2026-05-01.csv'),
        (DATE '2026-05-01', 1001L, 27L, 11.25BD, 'ads/campaigns/2026-05-08.csv'),
        (DATE '2026-05-02', 1001L, 5L, 2.00BD, 'ads/campaigns/load-2026-05-08/2026-05-08 (copy).csv'),
        (DATE '2026-05-02', 1001L, 5L, 2.00BD, 'ads/campaigns/report.csv')
        AS (day, campaign_id, clicks, spend, _file)
    """)

    found = ad_spend(ads_campaigns)

    assert found.columns == list(ad_spend.spec.column_names)
    columns = ("day", "clicks", "spend", "reported_on", "days_settled", "is_final")
    assert [tuple(row) for row in found.select(*columns).collect()] == [
        (date(2026, 5, 1), 30, Decimal("12.50"), date(2026, 5, 1), 0, False),
        (date(2026, 5, 1), 27, Decimal("11.25"), date(2026, 5, 8), 7, True),
        (date(2026, 5, 2), 5, Decimal("2.00"), date(2026, 5, 8), 6, False),
        (date(2026, 5, 2), 5, Decimal("2.00"), None, None, None),
    ]

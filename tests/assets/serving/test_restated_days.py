"""A report corrects a day that was shown: from the file in the bucket to what the page and the mail say."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from assets.serving.restated import restated
from lakehouse.dagster.running import run_lake
from lakehouse.pages import Results

CHAIN = ["ads_campaigns", "ad_spend", "daily_figures"]
NEVER_NULL = {"sessions": 10, "visitors": 9, "orders": 2, "revenue": Decimal(80), "new_customers": 1}


@pytest.fixture
def lake(gold_lake, spark):
    shown_at = datetime(2026, 6, 3, 5, tzinfo=UTC)
    return gold_lake(daily_business=[{"day": date(2026, 6, 1), "_transformed_at": shown_at, **NEVER_NULL}])


def report(lake, covers, spends):
    """Put a report of days and what was spent on them into the bucket."""
    folder = lake.settings.bucket_dir / "ads" / "campaigns"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"{day},1001,brand_search,900,40,{spend},EUR" for day, spend in spends.items()]
    text = "\n".join(["day,campaign_id,campaign,impressions,clicks,spend,currency", *lines, ""])
    (folder / f"{covers}.csv").write_text(text)
    assert run_lake(lake, CHAIN).ok


def test_a_corrected_day_has_both_versions_and_the_page_says_what_changed(lake):
    report(lake, "2026-06-01", {"2026-05-31": "70.00", "2026-06-01": "100.00"})
    assert restated(Results(lake.settings), ["ad_spend"])[0].of.rows == ()

    report(lake, "2026-06-02", {"2026-05-31": "70.00", "2026-06-01": "103.50", "2026-06-02": "90.00"})

    (figure,) = restated(Results(lake.settings), ["ad_spend", "revenue"])
    assert figure.finding == "1 past day has changed in the last seven days: ad spend +€ 3.50"
    versions = Results(lake.settings)(
        "SELECT value, valid_to IS NULL AS holds FROM gold.daily_figures "
        "WHERE figure = 'ad_spend' AND day = DATE '2026-06-01' ORDER BY valid_from"
    )
    assert [(row["value"], row["holds"]) for row in versions.rows] == [
        (Decimal("100.00"), False),
        (Decimal("103.50"), True),
    ]

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from assets.gold.ticket_conversions import ticket_conversions


def outcomes(tickets=6000, effect=0.1, seed=5):
    """Easy tickets are resolved faster and bring customers back; speed itself adds ``effect``."""
    dice = np.random.default_rng(seed)
    easy = dice.random(tickets) < 0.6
    fast = dice.random(tickets) < np.where(easy, 0.6, 0.15)
    bought = dice.random(tickets) < 0.3 + 0.3 * easy + effect * fast
    young = np.arange(tickets) >= tickets - 100
    return pd.DataFrame(
        {
            "group": "resolved",
            "category": np.where(dice.random(tickets) < 0.5, "damaged", "payment"),
            "wrote_again": ~easy,
            "earlier_orders": dice.integers(0, 4, tickets),
            "order_value": dice.integers(1, 700, tickets).astype(float),
            "within_hour": fast,
            "bought_30": pd.Series(np.where(young, None, bought), dtype="object"),
            "bought_60": pd.Series(np.where(young, None, bought), dtype="object"),
            "bought_90": pd.Series([None] * tickets, dtype="object"),
        }
    )


@pytest.fixture(scope="module")
def found(spark):
    schema = (
        "group string, category string, wrote_again boolean, earlier_orders long, order_value double,"
        "within_hour boolean, bought_30 boolean, bought_60 boolean, bought_90 boolean"
    )
    rows = ticket_conversions(spark.createDataFrame(outcomes(), schema))
    assert rows.columns == list(ticket_conversions.spec.column_names)
    return {(row.order_value, row.days): row for row in rows.collect()}


def test_what_easy_tickets_add_is_taken_out_of_the_contrast(found):
    every = found["all", 30]

    assert every.raw_low > 0.1
    assert every.adjusted_low < 0.1 < every.adjusted_high
    assert every.case_mix == pytest.approx(every.raw - every.adjusted)


def test_a_regression_on_the_same_strata_agrees(found):
    rows = outcomes().dropna(subset=["bought_30"])
    wanted = sm.add_constant(
        pd.get_dummies(
            rows[["within_hour", "wrote_again", "category"]], columns=["category"], drop_first=True
        )
    ).astype(float)
    fitted = sm.OLS(rows["bought_30"].astype(float), wanted).fit(cov_type="HC1")

    every = found["all", 30]
    assert every.adjusted == pytest.approx(fitted.params["within_hour"], abs=0.01)


def test_buckets_add_up_to_all_and_the_last_is_open(found):
    buckets = [row for (name, days), row in found.items() if days == 30 and name != "all"]

    assert sorted(row.order_value for row in buckets) == [
        "0-100",
        "100-200",
        "200-300",
        "300-400",
        "400-500",
        "500+",
    ]
    assert sum(row.fast for row in buckets) == found["all", 30].fast


def test_immature_tickets_count_as_immature_only(found):
    assert (found["all", 30].immature, found["all", 90].immature) == (100, 6000)
    assert (found["all", 90].fast, found["all", 90].slow, found["all", 90].adjusted) == (0, 0, None)

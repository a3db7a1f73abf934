from datetime import UTC, datetime

from assets.silver.exposures import exposures

NAMED = '{"experiment_name": "button"}'


def test_a_browser_is_exposed_once_to_what_it_saw_first(spark):
    rows = [
        ("e1", "a", "1", None, 9, False, "Experiment Viewed"),
        ("e1", "a", "1", 7, 8, False, "Experiment Viewed"),
        ("e1", "b", "0", None, 9, False, "Experiment Viewed"),
        ("e1", "b", "1", None, 10, False, "Experiment Viewed"),
        ("e1", "bot", "1", None, 9, True, "Experiment Viewed"),
        (None, "a", None, None, 9, False, "Cart Viewed"),
    ]
    events = spark.createDataFrame(
        [(*row[:4], datetime(2026, 6, 1, row[4], tzinfo=UTC), *row[5:], "phone", NAMED) for row in rows],
        "experiment_id string, anonymous_id string, variation_id string, customer_id bigint,"
        " occurred_at timestamp, is_bot boolean, event string, device string,"
        " other_properties string",
    )

    found = sorted(tuple(row)[:6] for row in exposures(events).collect())

    assert found == [("e1", "a", "button", "1", 1, 7), ("e1", "b", "button", "0", 2, None)]

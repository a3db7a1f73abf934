from datetime import date

import pytest

from assets.gold.segment_changes import releases_of, segment_changes


@pytest.fixture(scope="module")
def funnel(spark):
    """Two browsers, three releases: with the second Safari stops selling; a straggler has the first still."""
    return spark.sql("""
        SELECT day, device, os, browser, release, CAST(sessions AS LONG), CAST(ordered AS LONG)
        FROM VALUES
        (DATE '2026-01-01', 'phone', 'iOS', 'Safari', '3.0.0', 300, 60),
        (DATE '2026-01-01', 'phone', 'iOS', 'Chrome', '3.0.0', 100, 20),
        (DATE '2026-01-01', 'phone', 'Android', 'Chrome', '3.0.0', 700, 140),
        (DATE '2026-01-01', 'phone', 'Android', 'Chrome', '3.1.0', 10, 10),
        (DATE '2026-01-05', 'phone', 'iOS', 'Safari', '3.1.0', 300, 6),
        (DATE '2026-01-05', 'phone', 'iOS', 'Chrome', '3.1.0', 100, 20),
        (DATE '2026-01-05', 'phone', 'Android', 'Chrome', '3.1.0', 700, 140),
        (DATE '2026-01-05', 'phone', 'Android', 'Chrome', 'unknown', 200, 90),
        (DATE '2026-01-06', 'phone', 'Android', 'Chrome', '3.0.0', 9, 9),
        (DATE '2026-02-20', 'phone', 'Android', 'Chrome', '3.1.0', 400, 0),
        (DATE '2026-02-21', 'phone', 'Android', 'Chrome', '3.2.0', 20, 4)
        AS (day, device, os, browser, release, sessions, ordered)
    """)


def test_a_release_is_out_once_one_visit_in_twenty_has_it(funnel):
    assert sorted(tuple(row) for row in releases_of(funnel).collect()) == [
        ("3.1.0", date(2026, 1, 5), "3.0.0"),
        ("3.2.0", date(2026, 2, 21), "3.1.0"),
    ]


def test_the_segment_that_fell_with_a_release_is_found(funnel):
    found = segment_changes(funnel)

    assert found.columns == list(segment_changes.spec.column_names)
    rows = {(row.release, row.segment): row for row in found.collect()}
    assert [key for key, row in rows.items() if row.verdict == "fell"] == [("3.1.0", "iOS · Safari")]
    safari = rows["3.1.0", "iOS · Safari"]
    assert (safari.device, safari.os, safari.browser) == (None, "iOS", "Safari")
    assert (safari.sessions_before, safari.orders_before) == (300, 60)
    assert (safari.sessions_after, safari.orders_after) == (300, 6)
    assert safari.lost_low < 54 < safari.lost_high
    android = rows["3.1.0", "Android"]
    assert (android.sessions_before, android.sessions_after) == (
        700,
        700,
    )  # stragglers and early birds left out
    assert (android.verdict, android.explained_by) == ("followed", "iOS · Safari")
    assert (rows["3.2.0", "Android"].verdict, rows["3.2.0", "Android"].p_value) == ("too few", None)

from datetime import date, timedelta

import numpy as np
import pytest

from assets.gold.launch_readouts import launch_readouts

FIRST, LAUNCH = date(2026, 1, 1), date(2026, 3, 5)


def traffic():
    """A growing season of two sources; the launch of the start page adds a quarter to what registers."""
    dice, rows = np.random.default_rng(4), []
    for n in range(110):
        day = FIRST + timedelta(n)
        grown = 1.006**n * (1.2 if day.weekday() >= 5 else 1)
        for source, visits, rate in (("search", 900, 0.2), ("letter", 60 + n * 3, 0.5)):
            cases = int(visits * grown)
            begun = int(dice.binomial(cases, rate * (1.25 if day > LAUNCH else 1)))
            rows.append((day, source, False, cases, begun, begun * 3 // 4, 0))
        ordered = int(dice.binomial(int(800 * grown), 0.4))
        rows.append((day, "search", True, int(800 * grown), 0, 0, ordered))
    return rows


@pytest.fixture(scope="module")
def readouts(spark):
    columns = (
        "day date, source string, known boolean, sessions long, began long, registered long, ordered long"
    )
    releases = spark.sql("""
        SELECT CAST(id AS LONG) AS release_id, version, version AS title, owner,
               CAST(released_at AS TIMESTAMP)
        FROM VALUES (1, '3.1.0', 'team:onboarding', '2026-03-05 10:00'),
        (2, '3.2.0', 'team:checkout', '2026-03-20 10:00'), (3, '3.3.0', 'team:platform', '2026-04-15 10:00')
        AS (id, version, owner, released_at)
    """)
    experiments = spark.sql("""
        SELECT 'green_button' AS name, TIMESTAMP '2026-02-10' AS starts_at, TIMESTAMP '2026-02-20' AS ends_at
    """)
    found = launch_readouts(spark.createDataFrame(traffic(), columns), releases, experiments)
    assert found.columns == list(launch_readouts.spec.column_names)
    return {(row.version, row.metric): row for row in found.collect()}


def test_each_release_is_read_in_what_its_team_should_change(readouts):
    assert set(readouts) == {
        ("3.1.0", "registrations begun"),
        ("3.1.0", "registrations"),
        ("3.2.0", "visits with an order"),
        ("3.3.0", "registrations begun"),
        ("3.3.0", "registrations"),
        ("3.3.0", "visits with an order"),
    }


def test_what_was_seen_is_split_into_season_and_launch(readouts):
    page = readouts["3.1.0", "registrations begun"]

    assert page.verdict == "rose"
    assert page.low < 0.25 < page.high
    assert page.observed > page.effect
    assert (1 + page.effect) * (1 + page.season) == pytest.approx(1 + page.observed)
    assert page.taken_out == ["test green_button", "release 3.2.0"]


def test_a_release_that_changed_nothing_is_not_said_to_have(readouts):
    still = readouts["3.2.0", "visits with an order"]

    assert still.verdict == "cannot be told"
    assert still.low < 0 < still.high


def test_after_a_few_days_it_is_too_early(readouts):
    young = readouts["3.3.0", "registrations"]

    assert (young.verdict, young.effect, young.p_adjusted, young.taken_out) == ("too early", None, None, [])

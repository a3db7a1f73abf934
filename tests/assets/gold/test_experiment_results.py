import pytest

from assets.gold.experiment_results import LOWER_IS_BETTER, METRICS, experiment_results
from assets.gold.experiment_units import ExperimentUnits
from lakehouse.experiments import Verdict


@pytest.fixture(scope="module")
def found(spark):
    """Three tests: a price (worse at home, better abroad), a broken split, one that nobody has seen."""
    experiments = spark.sql("""
        SELECT name, CAST(0.05 AS DECIMAL(6, 4)) AS guess, CAST(0.02 AS DECIMAL(6, 4)) AS relevant,
               CAST(0.5 AS DECIMAL(5, 4)) AS share, metric, guardrails, segment,
               TIMESTAMP '2026-06-10 00:00:00' AS starts_at,
               TIMESTAMP '2026-06-20 00:00:00' AS ends_at
        FROM VALUES
        ('price', 'orders per customer', array('returns', 'smiles'), 'country other than DE'),
        ('lists', 'product views per visitor', array(), null),
        ('later', 'orders per visitor', array('pages per visit'), null)
        AS (name, metric, guardrails, segment)
    """)
    counted = {field.name for field in ExperimentUnits.to_structtype() if field.name not in KEPT}
    zeros = ", ".join(f"0 AS {name}" for name in sorted(counted - {"orders", "returns", "product_views"}))
    units = spark.sql(f"""
        SELECT *, {zeros} FROM (
            SELECT 'price' AS experiment, CAST(id AS STRING) AS unit_id,
                   IF(id % 2 = 0, 'control', 'treatment') AS variation,
                   TIMESTAMP '2026-06-20 00:00:00' AS measured_until, 'unknown' AS device,
                   IF(id % 4 < 2, 'DE', 'AT') AS country,
                   CASE WHEN id % 2 = 0 THEN id DIV 4 % 2 WHEN id % 4 < 2 THEN id DIV 4 % 4 DIV 3
                        ELSE least(id DIV 4 % 4, 1) END AS orders,
                   id % 3 DIV 2 AS returns, 0 AS product_views
            FROM range(1600)
            UNION ALL
            SELECT 'lists', CAST(id AS STRING), IF(id % 5 < 3, 'control', 'treatment'),
                   TIMESTAMP '2026-06-15 00:00:00', 'phone', 'unknown', 0, 0, 1 + id % 3
            FROM range(1000)
        )
    """)
    frame = experiment_results(experiments, units)
    assert frame.columns == list(experiment_results.spec.column_names)
    return {(row.experiment, row.metric, row.segment): row for row in frame.collect()}


KEPT = {"experiment", "unit_id", "variation", "exposed_at", "measured_until", "device", "country"}


def test_what_decides_is_read_over_all_and_in_the_segment_registered(found):
    everywhere, home, abroad = (
        found["price", "orders per customer", segment]
        for segment in ("all", "country DE", "country other than DE")
    )

    assert (everywhere.role, everywhere.guess, everywhere.progress) == ("primary", 0.05, 1.0)
    assert (everywhere.control_units, everywhere.treatment_units) == (800, 800)
    assert everywhere.verdict == Verdict.NO_DIFFERENCE_LARGER_THAN.value
    assert (home.control, home.treatment, home.verdict) == (0.5, 0.25, Verdict.WORSE.value)
    assert (abroad.treatment, abroad.verdict, abroad.role) == (0.75, Verdict.BETTER.value, "primary")


def test_a_guardrail_that_nobody_measures_says_so(found):
    smiles = found["price", "smiles", "all"]

    assert (smiles.role, smiles.verdict, smiles.reason) == (
        "guardrail",
        Verdict.TOO_EARLY.value,
        "nobody was measured",
    )
    returns = found["price", "returns", "all"]
    assert returns.lower_is_better
    assert returns.guess is None


def test_a_broken_split_is_no_result(found):
    lists = found["lists", "product views per visitor", "all"]

    assert lists.verdict == Verdict.INVALID_SPLIT.value
    assert (lists.control_units, lists.treatment_units, lists.progress) == (600, 400, 0.5)
    assert lists.split_p < 0.001
    assert found["lists", "product views per visitor", "phone"].role == "exploratory"


def test_an_experiment_that_nobody_has_seen_is_too_early(found):
    later = found["later", "orders per visitor", "all"]

    assert (later.verdict, later.control_units, later.split_p) == (Verdict.TOO_EARLY.value, 0, None)


def test_metrics_are_made_of_columns_that_units_have():
    columns = {field.name for field in ExperimentUnits.to_structtype()}

    assert {name for parts in METRICS.values() for name in parts if name} <= columns
    assert set(LOWER_IS_BETTER) <= set(METRICS)

from datetime import datetime

from assets.silver.experiment_assignments import experiment_assignments


def test_an_assignment_is_deleted_with_its_customer(spark):
    shop_experiment_assignments = spark.sql("""
        SELECT *, 5L AS _order, created_at AS updated_at FROM VALUES
        (1L, 2L, 7L, 'treatment', TIMESTAMP '2026-06-10 08:00:00', 100L, 'upsert'),
        (1L, NULL, NULL, NULL, NULL, 200L, 'delete')
        AS (id, experiment_id, customer_id, variant, created_at, _position, _change)
    """)

    found = experiment_assignments(shop_experiment_assignments)

    assert found.columns == [*experiment_assignments.spec.column_names, "_change"]
    assigned_at = datetime(2026, 6, 10, 8)  # noqa: DTZ001 - the session speaks UTC
    assert [tuple(row) for row in found.collect()] == [
        (1, 2, 7, "treatment", assigned_at, 100, 5, "upsert"),
        (1, None, None, None, None, 200, 5, "delete"),
    ]

from assets.silver.experiments import experiments


def test_an_experiment_keeps_its_guess_and_lists_its_guardrails(spark):
    shop_experiments = spark.sql("""
        SELECT *, 5L AS _order, timestamp(ends) AS ends_at, timestamp(written) AS created_at,
               timestamp(written) AS updated_at, 'more people register' AS hypothesis,
               0.1000BD AS guess, 0.0200BD AS relevant, 'registrations' AS metric,
               'visitor' AS subject, NULL AS segment, 'team:onboarding' AS owner, 0.5000BD AS share,
               'planned' AS status, NULL AS learned, NULL AS follow_up, TIMESTAMP '2026-06-10' AS starts_at,
               100L AS _position, 'upsert' AS _change
        FROM VALUES
        (1L, 'address_step_removed', '["orders", "payment failures"]', '2026-06-20', '2026-06-05'),
        (2L, 'too_late', '[]', '2026-06-20', '2026-06-11'),
        (3L, 'backwards', 'orders', '2026-06-09', '2026-06-05')
        AS (id, name, guardrails, ends, written)
    """)

    found = experiments(shop_experiments)

    assert found.columns == [*experiments.spec.column_names, "_change"]
    assert [tuple(row) for row in found.select("experiment_id", "name", "guardrails").collect()] == [
        (1, "address_step_removed", ["orders", "payment failures"]),
        (2, "too_late", []),
        (3, "backwards", None),
    ]
    broken = {
        rule.name: [row.experiment_id for row in found.where(rule.broken()).collect()]
        for rule in experiments.spec.row_rules
        if rule.column in (None, "guardrails")
    }
    assert broken == {"ends_after_it_starts": [3], "registered_beforehand": [2], "guardrails__not_null": [3]}

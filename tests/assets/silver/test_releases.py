from decimal import Decimal

from assets.silver.releases import releases


def test_a_release_says_what_it_brings_and_who_answers_for_it(spark):
    shop_releases = spark.sql("""
        SELECT *, 5L AS _order,
               'shop_front' AS component, 'upsert' AS _change, current_timestamp() AS released_at,
               current_timestamp() AS created_at, current_timestamp() AS updated_at
        FROM VALUES
        (1L, '3.1.0', 'A new card form', 'team:checkout', 'card form', 'Card Form Used', 0.3000BD, 100L),
        (2L, '3.1.1', 'Repairs', 'team:platform', NULL, NULL, NULL, 100L)
        AS (id, version, title, team, feature, tracked_by, planned_adoption, _position)
    """)

    found = releases(shop_releases)

    assert found.columns == [*releases.spec.column_names, "_change"]
    columns = ("release_id", "version", "owner", "feature", "tracked_by", "planned_adoption")
    assert [tuple(row) for row in found.select(*columns).collect()] == [
        (1, "3.1.0", "team:checkout", "card form", "Card Form Used", Decimal("0.3000")),
        (2, "3.1.1", "team:platform", None, None, None),
    ]

import json
from datetime import date

from assets.bronze.tracking_plan import tracking_plan
from supercorp.exports.tracking import plan_export


def test_the_plan_is_kept_as_it_was_exported_whole():
    assert tracking_plan.function("the entries") == "the entries"
    assert tracking_plan.spec.key == ("call", "name", "sent_by", "property")


def test_an_entry_has_the_contracts_columns_and_a_key_without_nulls():
    entries = [json.loads(line) for line in plan_export(date(2026, 1, 5)).content.splitlines()]
    assert len(entries) > 80
    for entry in entries:
        assert set(entry) == {column.name for column in tracking_plan.spec.columns}
        assert all(entry[column] is not None for column in tracking_plan.spec.key)

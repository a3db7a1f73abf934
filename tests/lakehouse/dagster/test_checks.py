import dagster as dg

from lakehouse.dagster.checks import verdicts
from lakehouse.writing.record import RuleCount


def judged(dataset, samples=None, **broken):
    severities = {"celsius__le": "fail", "not_freezing": "warn"}
    counts = {name: RuleCount(count, severities.get(name, "quarantine")) for name, count in broken.items()}
    return {verdict.check.name: verdict for verdict in verdicts(dataset, counts, samples or {}, 10)}


def test_a_kept_rule_passes(weather):
    verdict = judged(weather.catalog["readings"], celsius__le=0)["celsius__le"]
    assert verdict.result().passed


def test_a_broken_rule_is_an_error_only_where_it_stops_the_batch(weather):
    found = judged(weather.catalog["readings"], celsius__le=2, not_freezing=3)
    assert found["celsius__le"].result().severity is dg.AssetCheckSeverity.ERROR
    assert found["not_freezing"].result().severity is dg.AssetCheckSeverity.WARN
    assert not found["not_freezing"].result().passed


def test_the_types_of_all_columns_are_one_check(weather):
    samples = {"id__type": ("id=7",)}
    found = judged(weather.catalog["raw_readings"], samples, id__type=1, celsius__type=2)["types"]
    assert found.broken == 3
    assert found.evaluation().metadata["sample keys"].value == "id=7"


def test_a_type_stops_nothing_where_its_row_was_set_aside(weather):
    found = judged(weather.catalog["readings"], position__type=1)["types"].result()
    assert not found.passed
    assert found.severity is dg.AssetCheckSeverity.WARN


def test_a_rule_that_was_not_judged_has_no_verdict(weather):
    assert set(judged(weather.catalog["readings"])) == {"types"}

import numpy as np
import pandas as pd
import pytest

from lakehouse.statistics import Moved, segment_changes

DIMENSIONS = (("os",), ("browser",), ("os", "browser"))
KINDS = {  # share of the visits
    ("iOS", "Safari"): 0.25,
    ("iOS", "Chrome"): 0.05,
    ("macOS", "Safari"): 0.08,
    ("Android", "Chrome"): 0.25,
    ("Windows", "Chrome"): 0.22,
    ("Windows", "Edge"): 0.15,
}


def cells(shares, *, cases=4_000, dice=None):
    """Counts of two periods; ``shares`` gives the success before and after of each kind."""
    rows = []
    for (os, browser), part in KINDS.items():
        n = round(cases * part)
        for period, share in zip(("before", "after"), shares(os, browser), strict=True):
            yes = round(n * share) if dice is None else int(dice.binomial(n, share))
            rows.append({"os": os, "browser": browser, "period": period, "cases": n, "successes": yes})
    return pd.DataFrame(rows)


def by_name(found):
    return found.set_index("segment").to_dict("index")


def test_the_segment_that_fell_is_named_and_the_others_only_follow():
    found = by_name(
        segment_changes(cells(lambda os, b: (0.2, 0.03 if (os, b) == ("iOS", "Safari") else 0.2)), DIMENSIONS)
    )

    safari = found["iOS · Safari"]
    assert safari["verdict"] == Moved.FELL
    assert (safari["os"], safari["browser"]) == ("iOS", "Safari")
    assert (safari["before_successes"], safari["after_successes"], safari["after_cases"]) == (200, 30, 1000)
    assert safari["missing"] == pytest.approx(170, abs=3)
    assert safari["missing_low"] < 170 < safari["missing_high"]
    assert [name for name, each in found.items() if each["verdict"] in {Moved.FELL, Moved.ROSE}] == [
        "iOS · Safari"
    ]
    assert {name: found[name]["explained_by"] for name in ("iOS", "Safari", "Android")} == {
        "iOS": "iOS · Safari",
        "Safari": "iOS · Safari",
        "Android": "iOS · Safari",
    }


def test_two_that_moved_are_both_named():
    moved = {("iOS", "Safari"): (0.2, 0.03), ("Windows", "Edge"): (0.2, 0.32)}
    found = by_name(segment_changes(cells(lambda *kind: moved.get(kind, (0.2, 0.2))), DIMENSIONS))

    assert found["iOS · Safari"]["verdict"] == Moved.FELL
    assert found["Windows · Edge"]["verdict"] == Moved.ROSE
    assert found["Windows · Edge"]["missing_high"] < 0
    assert found["Windows · Chrome"]["verdict"] != Moved.ROSE


def test_what_happens_to_all_alike_is_nothing():
    found = segment_changes(cells(lambda *_: (0.1, 0.2)), DIMENSIONS)

    assert set(found["verdict"]) == {Moved.UNCHANGED}


def test_a_segment_with_few_cases_or_nobody_beside_it_is_not_tested():
    found = by_name(segment_changes(cells(lambda *_: (0.2, 0.1), cases=400), DIMENSIONS))
    alone = cells(lambda *_: (0.2, 0.1)).query("os == 'iOS' and browser == 'Safari'")

    assert found["iOS · Chrome"]["verdict"] == Moved.TOO_FEW
    assert found["iOS · Chrome"]["p_value"] is None or np.isnan(found["iOS · Chrome"]["p_value"])
    assert set(segment_changes(alone, DIMENSIONS)["verdict"]) == {Moved.TOO_FEW}


def test_where_nothing_moved_a_segment_is_named_in_one_release_of_twenty_at_most():
    """Overlapping segments, each against the rest: with nothing to find, every discovery is false."""
    dice = np.random.default_rng(11)
    named = 0
    for _ in range(150):
        found = segment_changes(cells(lambda *_: (0.15, 0.18), dice=dice), DIMENSIONS)
        named += found["verdict"].isin([Moved.FELL, Moved.ROSE]).any()

    assert named / 150 <= 0.07

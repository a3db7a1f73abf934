import pytest

from lakehouse.experiments import Reading, Verdict, judge


def reading(lift: float, p_value: float) -> Reading:
    return Reading(1.0, 1.0 + lift, lift, 0.02, 0.0, p_value, 0.0)


def judged(lift=0.01, p_value=0.5, p_adjusted=0.5, bounds=(-0.03, 0.05), **said):
    return judge(
        reading(lift, p_value),
        p_adjusted,
        bounds,
        **{"finished": True, "relevant": 0.04, "lower_is_better": False} | said,
    )


@pytest.mark.parametrize(
    ("lift", "lower_is_better", "verdict"),
    [
        (0.1, False, Verdict.BETTER),
        (-0.1, False, Verdict.WORSE),
        (0.1, True, Verdict.WORSE),
        (-0.1, True, Verdict.BETTER),
    ],
)
def test_what_chance_does_not_explain_is_better_or_worse(lift, lower_is_better, verdict):
    assert judged(lift, 0.001, 0.003, lower_is_better=lower_is_better).verdict is verdict


def test_a_finished_test_says_how_large_a_difference_it_rules_out():
    found = judged()

    assert (found.verdict, found.larger_than) == (Verdict.NO_DIFFERENCE_LARGER_THAN, 0.05)


def test_one_of_many_that_looks_significant_is_no_difference_and_says_so():
    found = judged(0.05, 0.03, 0.36, (0.004, 0.1))

    assert found.verdict is Verdict.NO_DIFFERENCE_LARGER_THAN
    assert "alone" in found.reason


def test_a_running_test_is_too_early_until_what_matters_is_ruled_out():
    assert judged(finished=False).verdict is Verdict.TOO_EARLY
    assert judged(finished=False, relevant=0.05).verdict is Verdict.NO_DIFFERENCE_LARGER_THAN
    assert judged(0.1, 0.001, 0.001, finished=False).verdict is Verdict.BETTER

from dataclasses import replace

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from lakehouse.experiments import Measured, Plan, Role, Summary, Verdict, read_out

DONE = Plan(share=0.5, progress=1.0, relevant=0.05)


def of_share(happened: int, units: int = 2000) -> Summary:
    """So many of the units in which it happened."""
    return Summary.of(np.arange(units) < happened)


def measured(control, treatment, metric="orders", role=Role.PRIMARY, **said):
    return Measured(metric, "all", role, control, treatment, **said)


def test_a_planned_end_reads_each_metric():
    better, worse, none = read_out(
        DONE,
        (2000, 2000),
        [
            measured(of_share(400), of_share(520)),
            measured(of_share(100), of_share(160), "returns", Role.GUARDRAIL, lower_is_better=True),
            measured(of_share(900), of_share(905), "carts", Role.GUARDRAIL),
        ],
    )

    assert better.judgement.verdict is Verdict.BETTER
    assert better.low < 0.3 < better.high
    assert worse.judgement.verdict is Verdict.WORSE
    assert none.judgement.verdict is Verdict.NO_DIFFERENCE_LARGER_THAN
    assert none.judgement.larger_than == max(abs(none.low), abs(none.high))


def test_a_broken_split_invalidates_every_metric_and_hides_none():
    findings = read_out(DONE, (2000, 1700), [measured(of_share(400), of_share(520, 1700))])

    assert [each.judgement.verdict for each in findings] == [Verdict.INVALID_SPLIT]
    assert findings[0].reading


def test_what_decides_is_adjusted_by_holm_and_the_rest_by_discoveries():
    given = [
        measured(of_share(400), of_share(400 + more), role=role)
        for role, more in (
            (Role.PRIMARY, 70),
            (Role.GUARDRAIL, 60),
            (Role.EXPLORATORY, 30),
            (Role.PRIMARY, 60),
            (Role.GUARDRAIL, 5),
        )
    ]
    found = read_out(DONE, (2000, 2000), given)
    p_values, together = [each.p_value for each in found], [each.p_adjusted for each in found]

    assert together[0::3] == pytest.approx(multipletests(p_values[0::3], method="holm")[1])
    rest = [1, 2, 4]
    expected = multipletests([p_values[place] for place in rest], method="fdr_bh")[1]
    assert [together[place] for place in rest] == pytest.approx(expected)


def test_while_it_runs_the_reading_is_always_valid():
    given = [measured(of_share(400), of_share(460))]
    (running,) = read_out(replace(DONE, progress=0.5), (2000, 2000), given)
    (finished,) = read_out(DONE, (2000, 2000), given)

    assert running.p_value > finished.p_value
    assert running.low < finished.low < finished.high < running.high
    assert (running.judgement.verdict, finished.judgement.verdict) == (Verdict.TOO_EARLY, Verdict.BETTER)


@pytest.mark.parametrize(
    ("control", "treatment", "reason"),
    [
        (None, of_share(400), "nobody was measured"),
        (of_share(9, 99), of_share(9, 110), "fewer than 100"),
        (of_share(0), of_share(3), "has not happened"),
    ],
)
def test_what_cannot_be_read_is_too_early_and_says_why(control, treatment, reason):
    (found,) = read_out(DONE, (2000, 2000), [measured(control, treatment)])

    assert found.judgement.verdict is Verdict.TOO_EARLY
    assert reason in found.judgement.reason


def test_a_test_that_has_not_begun_is_too_early():
    (found,) = read_out(replace(DONE, progress=0), (0, 0), [measured(of_share(4), of_share(5))])

    assert found.judgement.verdict is Verdict.TOO_EARLY

import pytest

from tests.truth.finding import Claims, counted, exactly, sampled, verdict
from tests.truth.table import rows, summary


@pytest.mark.parametrize(
    ("finding", "word"),
    [
        (sampled("a", "lift", 0.2, 0.25, (0.1, 0.4)), "inside"),
        (sampled("a", "lift", 0.2, 0.35, (0.3, 0.4)), "OUTSIDE"),
        (sampled("a", "lift", 0.2, None, (None, None)), "not told"),
        (counted("a", "orders", 12_000, 11_000, (10_000.0, 11_500.0)), "OUTSIDE"),
        (exactly("a", "invoices", 3, 3), "right"),
        (verdict("a", "colour", ["no difference larger than"], "better"), "WRONG"),
    ],
)
def test_a_row_ends_with_what_the_comparison_says(finding, word):
    heading, row = rows([(3, finding)])

    assert heading.split()[:2] == ["seed", "effect"]
    assert row.split()[0] == "3"
    assert row.endswith(word)


def test_the_summary_names_the_effect_that_is_outside_and_what_is_falsely_claimed():
    missed = [sampled("a", "lift", 0.2, 0.35, (0.3, 0.4))] * 5
    lines = list(summary(missed, [Claims("b", 4, ("a colour sells",))]))

    assert [line.split()[0] for line in lines if line.endswith("OUTSIDE")] == ["a", "pooled"]
    assert "1 of 4" in lines[-2]
    assert lines[-1].strip() == "a colour sells"

import pytest

from tests.truth.finding import Claims, counted, exactly, sampled, verdict
from tests.truth.judging import coverage, problems


def intervals(inside, outside, effect="a"):
    kept = [sampled(effect, "held", 1.0, 1.0, (0.5, 1.5))] * inside
    return kept + [sampled(effect, "missed", 1.0, 2.0, (1.5, 2.5))] * outside


def wrong(findings, claims=(), *, powered=True):
    return list(problems(findings, claims, powered=powered))


def test_one_interval_in_twenty_may_miss():
    assert wrong(intervals(95, 5)) == []


@pytest.mark.parametrize("findings", [intervals(80, 20), intervals(300, 0)], ids=["narrow", "wide"])
def test_intervals_that_miss_too_often_or_never_are_outside_of_the_band(findings):
    of_effect, pooled = wrong(findings)

    assert of_effect.startswith("intervals of a")
    assert pooled.startswith("intervals of pooled")


def test_one_effect_that_is_missed_is_seen_among_many_that_are_not():
    findings = intervals(190, 10, "many") + intervals(0, 5, "one")

    assert [of.effect for of in coverage(findings) if not of.holds] == ["one"]


def test_a_single_interval_that_misses_is_no_problem():
    assert wrong(intervals(19, 0) + intervals(0, 1, "one")) == []


@pytest.mark.parametrize(
    "finding",
    [
        counted("a", "counted in the same people", 1.0, 2.0, (1.5, 2.5)),
        exactly("a", "rows", 3, 4),
        verdict("a", "verdict", ["better"], "worse"),
        verdict("a", "verdict", ["better"], None),
    ],
    ids=["counted", "exact", "verdict", "not told"],
)
def test_what_chance_does_not_excuse_is_a_problem_each_time(finding):
    assert len(wrong([finding])) == 1


def test_too_small_a_company_may_reach_no_verdict_but_say_nothing_false():
    unsure = verdict("a", "verdict", ["better"], "no difference larger than")

    assert wrong([unsure, counted("a", "lift", 1.0, None, (None, None))], powered=False) == []
    assert len(wrong([exactly("a", "rows", 3, 4)], powered=False)) == 1


def test_one_claim_in_twenty_may_be_false():
    assert wrong([], [Claims("a", 20, ("one",))] * 20) == []


def test_a_claim_of_nothing_weighs_as_much_as_all_that_its_family_claims():
    silent, false = Claims("a", 0), Claims("a", 1, ("nothing at all",))

    assert wrong([], [silent] * 17 + [false] * 3) == []
    assert len(wrong([], [silent] * 15 + [false] * 5)) == 1


def test_a_verdict_that_takes_some_luck_may_be_missed_as_often_as_chance_has_it():
    def read(found, power):
        return verdict("a", "home", ["worse"], found, short=["no difference larger than"], power=power)

    missed, found = read("no difference larger than", 0.7), read("worse", 0.7)

    assert wrong([missed, missed, found, found, found]) == []
    (line,) = wrong([missed] * 5)
    assert line == "verdicts that take some luck: 0 of 5 reached, 1 at least should be"
    assert len(wrong([read("no difference larger than", 0.999)] * 2 + [found])) == 1


def test_a_certain_verdict_that_is_not_reached_is_no_bad_luck():
    certain = verdict("a", "home", ["worse"], "too small", short=["too small"], power=1.0)

    assert wrong([certain]) == ["a, home: planted worse, found too small"]


def test_a_false_verdict_is_no_bad_luck():
    assert len(wrong([verdict("a", "home", ["worse"], "better", short=["too small"], power=0.3)])) == 1

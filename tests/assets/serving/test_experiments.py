from datetime import UTC, datetime
from decimal import Decimal

import pytest

from assets.serving.experiments import experiments


def registered(name, month, metric="orders per visitor", guess="0.05"):
    return {
        "experiment_id": month,
        "name": name,
        "hypothesis": f"People like {name}.",
        "guess": Decimal(guess),
        "metric": metric,
        "owner": "team:checkout",
        "share": Decimal("0.5"),
        "relevant": Decimal("0.02"),
        "learned": f"Of {name}.",
        "follow_up": f"After {name}.",
        "starts_at": datetime(2026, month, 1, tzinfo=UTC),
        "ends_at": datetime(2026, month, 20, tzinfo=UTC),
    }


def read(name, verdict, metric="orders per visitor", **values):
    return {
        "experiment": name,
        "metric": metric,
        "segment": "all",
        "role": "primary",
        "guess": 0.05,
        "progress": 1.0,
        "control_units": 5000,
        "treatment_units": 5000,
        "lift": 0.01,
        "low": -0.02,
        "high": 0.04,
        "detectable": 0.08,
        "verdict": verdict,
        "reason": "chance explains it",
    } | values


REGISTRY = [
    registered("green_button", 1),
    registered("fewer_steps", 5),
    registered("new_list", 3),
    registered("next_one", 2),
]
RESULTS = [
    read("green_button", "no difference larger than", larger_than=0.04),
    read("fewer_steps", "better", lift=0.21, low=0.17, high=0.25, progress=1.0),
    read("fewer_steps", "worse", segment="country DE", lift=-0.1, low=-0.2, high=-0.05),
    read("fewer_steps", "worse", "returns", role="guardrail", guess=None, lift=0.5, low=0.2, high=0.9),
    read("new_list", "invalid split", treatment_units=4300),
    read(
        "next_one", "too early", lift=None, low=None, high=None, detectable=None, reason="nobody was measured"
    ),
]


@pytest.fixture
def page(gold_lake):
    return experiments.build(gold_lake(experiments=REGISTRY, experiment_results=RESULTS).settings)


def test_the_newest_verdict_comes_first_with_the_guess_beside_it(page):
    assert page.finding == (
        "Fewer steps: better, orders per visitor +21 % (+17 % to +25 %); guessed +5.0 %"
        "; worse for country DE, -10 %"
    )
    assert [tile.value for tile in page.tiles] == ["1", "0", "1", "1", "1"]


def test_each_verdict_is_a_sentence(page):
    said = [figure.finding for figure in page.figures[2:-1]]

    assert said == [
        "New list: invalid split, 5,000 against 4,300 units where 50 % were to be treated",
        "Next one: too early, nobody was measured",
        "Green button: no difference larger than 4.0 % in orders per visitor; guessed +5.0 %",
    ]


def test_an_experiment_shows_its_guardrails_and_what_it_could_not_see(page):
    steps = page.figures[1]

    assert [(row["metric"], row["segment"], row["role"]) for row in steps.of.rows] == [
        ("orders per visitor", "all", "primary"),
        ("orders per visitor", "country DE", "primary"),
        ("returns", "all", "guardrail"),
    ]
    assert steps.chart.svg().startswith("<svg")
    assert "the one that was guessed is smaller" in steps.limits


def test_what_was_never_measured_has_no_chart(page):
    assert page.figures[3].chart is None
    assert "not known yet" in page.figures[3].limits


def test_the_library_holds_every_experiment(page):
    assert [row["name"] for row in page.figures[0].of.rows] == [
        "fewer_steps",
        "fewer_steps",
        "new_list",
        "next_one",
        "green_button",
    ]
    assert page.figures[0].finding.startswith("The guess may have been right in 0 of 2 tests")
    assert [row["against_guess"] for row in page.figures[0].of.rows] == [
        "more than guessed",
        "less than guessed",
        "nothing yet",
        "nothing yet",
        "less than guessed",
    ]


def test_the_library_comes_first_and_each_experiment_is_folded_with_what_was_learned(page):
    assert [figure.folded for figure in page.figures] == [False, True, True, True, True, True]
    assert "A change of 2.0 % would matter. Learned: Of fewer_steps. Follow-up" in page.figures[1].definition


def test_without_experiments_the_page_says_so(gold_lake):
    lake = gold_lake(experiments=[], experiment_results=[])

    assert experiments.build(lake.settings).finding == "No experiment has been registered yet"

"""The page of experiments: what each came to, against what was guessed, and the library of past ones."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from lakehouse.experiments import Verdict
from lakehouse.pages import Column, Figure, Page, Result, Results, Tile, page
from lakehouse.pages.intervals import intervals
from lakehouse.pages.page import shown

_TESTS = """
    SELECT e.name, r.segment, e.hypothesis, e.owner, CAST(e.starts_at AS DATE) AS starts_on,
           CAST(e.ends_at AS DATE) AS ends_on, e.share, r.guess, e.relevant, r.metric, r.lift, r.low, r.high,
           r.detectable, r.verdict, r.larger_than, r.reason, r.control_units,
           r.treatment_units, r.progress,
           CASE WHEN r.segment = 'all' THEN e.learned END AS learned,
           CASE WHEN r.segment = 'all' THEN e.follow_up END AS follow_up,
           CASE WHEN r.verdict IN ('too early', 'invalid split') THEN 'nothing yet'
                WHEN r.high < r.guess THEN 'less than guessed'
                WHEN r.low > r.guess THEN 'more than guessed'
                ELSE 'the guess is possible' END AS against_guess
    FROM silver.experiments e JOIN gold.experiment_results r ON r.experiment = e.name
    WHERE r.role = 'primary'
    ORDER BY e.starts_at DESC, e.name, r.segment <> 'all', r.segment
"""
_METRICS = """
    SELECT metric, segment, role, verdict,
           control, treatment, lift, low, high, p_value, p_adjusted, reason
    FROM gold.experiment_results WHERE experiment = :experiment
    ORDER BY CASE role WHEN 'primary' THEN 1 WHEN 'guardrail' THEN 2 ELSE 3 END, metric,
             segment <> 'all', segment
"""


@page(
    title="Experiments",
    team="product",
    owner="team:platform",
    reads=["experiment_results", "experiments"],
    position=30,
)
def experiments(results: Results) -> Page:
    """The library of all experiments with their verdicts first; each with its metrics folded after it."""
    tests = results(_TESTS)
    if not tests:
        return Page(finding="No experiment has been registered yet")
    whole = [test for test in tests.rows if test["segment"] == "all"]
    figures = [
        metrics_of(
            test,
            [part for part in tests.rows if part["name"] == test["name"] and part is not test],
            results(_METRICS, experiment=test["name"]),
        )
        for test in whole
    ]
    verdicts = Counter(test["verdict"] for test in whole)
    return Page(
        finding=figures[0].finding,  # of the newest
        tiles=tuple(Tile(verdict.value.capitalize(), f"{verdicts[verdict.value]:,}") for verdict in Verdict),
        figures=(library(tests), *figures, registry(tests)),
    )


def metrics_of(test: Mapping[str, Any], parts: Sequence[Mapping[str, Any]], metrics: Result) -> Figure:
    """One experiment: the verdict, also in the segment registered, and all metrics with their intervals."""
    drawn = [
        {**row, "of": row["metric"] if row["segment"] == "all" else row["segment"]}
        for row in metrics.rows
        if row["lift"] is not None and (row["segment"] == "all" or row["metric"] == test["metric"])
    ]
    return Figure(
        finding=f"{spoken(test)}: {said(test)}{said_of(parts)}",
        of=metrics,
        chart=intervals(drawn, "of", "lift", low="low", high="high", title="change") if drawn else None,
        columns={
            "metric": "metric",
            "segment": "of whom",
            "role": "registered as",
            "verdict": "verdict",
            "control": "control",
            "treatment": "treatment",
            "lift": Column("change", "change"),
            "low": Column("at least", "change"),
            "high": Column("at most", "change"),
            "p_value": "p alone",
            "p_adjusted": "p among its like",
            "reason": "why",
        },
        definition=f"{test['hypothesis']} {noted(test)}{compared(test)} From the first exposure to the end "
        "of the test; intervals of 95 %. What was known of the units before is taken out of the change. What "
        "decides is adjusted by Holm, the rest by Benjamini and Hochberg.",
        limits=f"{could_see(test)} Somebody with two browsers counts as two visitors. What comes after the "
        "end, and what wears off, is not in it. A segment that nobody registered is a hint for a next test.",
        owner=test["owner"],
        folded=True,
    )


def noted(test: Mapping[str, Any]) -> str:
    """What the team wrote down: before, what would matter; after, what was learned and what follows."""
    parts = [
        f"A change of {shown(test['relevant'], 'share')} would matter." if test["relevant"] else "",
        f"Learned: {test['learned']}" if test["learned"] else "",
        f"Follow-up: {test['follow_up']}" if test["follow_up"] else "",
    ]
    return "".join(f"{part} " for part in parts if part)


def said(test: Mapping[str, Any]) -> str:
    """The verdict in a sentence, and the guess beside it."""
    verdict, metric = Verdict(test["verdict"]), test["metric"]
    if verdict is Verdict.INVALID_SPLIT:
        return (
            f"{verdict.value}, {test['control_units']:,} against {test['treatment_units']:,} units where "
            f"{shown(test['share'], 'share')} were to be treated"
        )
    if verdict is Verdict.TOO_EARLY:
        return f"{verdict.value}, {test['reason']}"
    guessed = f"guessed {shown(test['guess'], 'change')}"
    if verdict is Verdict.NO_DIFFERENCE_LARGER_THAN:
        return f"{verdict.value} {shown(test['larger_than'], 'share')} in {metric}; {guessed}"
    low, high = (shown(test[name], "change") for name in ("low", "high"))
    return f"{verdict.value}, {metric} {shown(test['lift'], 'change')} ({low} to {high}); {guessed}"


def said_of(parts: Sequence[Mapping[str, Any]]) -> str:
    """What the segments registered beforehand show, where they do."""
    moved = [part for part in parts if part["verdict"] in {Verdict.BETTER, Verdict.WORSE}]
    return "".join(
        f"; {part['verdict']} for {part['segment']}, {shown(part['lift'], 'change')}" for part in moved
    )


def compared(test: Mapping[str, Any]) -> str:
    """Whose treatment was held against whose control, and how it was read."""
    units = f"{test['treatment_units']:,} treated against {test['control_units']:,} not"
    if test["progress"] >= 1:
        return f"{units}, read once at the planned end."
    return f"{units}, {shown(test['progress'], 'share')} of the way: intervals that hold at every look."


def could_see(test: Mapping[str, Any]) -> str:
    """How small a change a test of this size finds."""
    if test["detectable"] is None:
        return "How small a change it could find is not known yet."
    size, found = shown(test["detectable"], "share"), "in four cases of five"
    if test["guess"] is not None and abs(test["guess"]) < test["detectable"]:
        return f"It finds a change of {size} {found}: the one that was guessed is smaller than that."
    return f"It finds a change of {size} {found}."


def library(tests: Result) -> Figure:
    """All experiments there ever were: verdict, guess, what was learned, what follows."""
    whole = [test for test in tests.rows if test["segment"] == "all"]
    judged = [test for test in whole if test["against_guess"] != "nothing yet"]
    right = sum(test["against_guess"] == "the guess is possible" for test in judged)
    drawn = [{**test, "of": spoken(test)} for test in judged]
    return Figure(
        finding=f"The guess may have been right in {right:,} of {len(judged):,} tests that say something"
        if judged
        else f"None of {len(whole):,} experiments says anything yet",
        of=tests,
        chart=intervals(drawn, "of", "lift", low="low", high="high", title="change") if drawn else None,
        columns={
            "name": "experiment",
            "segment": "of whom",
            "metric": "metric",
            "verdict": "verdict",
            "lift": Column("change", "change"),
            "guess": Column("guess", "change"),
            "learned": "what was learned",
            "follow_up": "follow-up",
        },
        definition="The registered metric of every experiment. A guess is possible where it lies in the "
        "interval of the change. What was learned and the follow-up were written down when it ended.",
        limits="Of twenty tests of nothing, one reads as something.",
    )


def registry(tests: Result) -> Figure:
    """What was written down before each test, and how its outcome compares with it."""
    return Figure(
        finding="The registry: hypothesis, metric and guess, written down before the start",
        of=tests,
        columns={
            "name": "experiment",
            "hypothesis": "hypothesis",
            "metric": "metric",
            "segment": "of whom",
            "guess": Column("guess", "change"),
            "relevant": Column("would matter", "share"),
            "low": Column("at least", "change"),
            "high": Column("at most", "change"),
            "against_guess": "against the guess",
            "owner": "owner",
            "starts_on": "from",
            "ends_on": "to",
        },
        definition="As the owners registered the tests; at least and at most are the ends of the interval of "
        "95 % of the change.",
        folded=True,
    )


def spoken(test: Mapping[str, Any]) -> str:
    """An experiment's name in words."""
    return str(test["name"]).replace("_", " ").capitalize()

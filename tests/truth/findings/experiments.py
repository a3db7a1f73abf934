"""The five planted experiments: their lifts and verdicts, and what moves where nothing does."""

from collections.abc import Iterator

from scipy.stats import norm

from tests.truth.finding import Claims, Finding, sampled, verdict
from tests.truth.lakes import Company

NO_LARGER = "no difference larger than"
SEGMENTS = 3
"""Everybody and two parts of them are judged together: at worst, one of three has to reach a third of 5 %."""
# Per experiment and segment: the quantity of the effect that the lift estimates, and the verdicts to reach.
PLANTED = {
    ("address_step_removed", "all"): ("true_lift", ["better"]),
    ("shipping_in_price", "all"): ("true_effect", [NO_LARGER, "worse"]),
    ("shipping_in_price", "country DE"): ("true_effect_home", ["worse"]),
    ("shipping_in_price", "country other than DE"): (
        "true_effect_segment",
        [NO_LARGER, "better"],
    ),
    ("button_colour", "all"): (None, [NO_LARGER]),
    ("recommended_first", "all"): (None, ["invalid split"]),
    ("product_page_redesign", "all"): (None, [NO_LARGER]),
}
# Of experiments that do something, the metrics that they leave as they were.
UNMOVED = {"payment failures", "returns"}
_READ = """
    SELECT experiment, metric, segment, role, lift, low, high, verdict, larger_than
    FROM gold.experiment_results
    ORDER BY experiment, role = 'primary' DESC, metric, segment
"""


def read(company: Company) -> Iterator[Finding | Claims]:
    effects = {each["experiment"]: each["effect"] for each in company.truth["experiments"]}
    broken = {each["experiment"] for each in company.truth["experiments"] if each["broken_split"]}
    rows = company.ask(_READ)
    for row in rows:
        if row["role"] == "primary":
            yield from against(company, row, effects[row["experiment"]])
    for experiment, effect in effects.items():
        if experiment not in broken:  # of these nothing may be claimed, as the verdict says
            yield claims(experiment, [row for row in rows if row["experiment"] == experiment], effect)


def against(company: Company, row: dict, effect: str | None) -> Iterator[Finding]:
    name, (quantity, verdicts) = row["experiment"], PLANTED[row["experiment"], row["segment"]]
    what = f"{row['metric']}, {row['segment']}"
    found = None if row["verdict"] == "too early" else row["verdict"]
    luck = {}
    if verdicts != ["invalid split"]:
        planted = company.effect(effect)[quantity] if effect else 0.0
        yield sampled(name, what, planted, row["lift"], (row["low"], row["high"]))
        if effect and len(verdicts) == 1:
            # Nothing larger than so much is true as long as the planted is no larger.
            short = [NO_LARGER] if (row["larger_than"] or 0) >= abs(planted) else []
            luck = {"short": short, "power": power(planted, row)}
    yield verdict(name, what, verdicts, found, **luck)


def power(planted: float, row: dict) -> float:
    """The chance, at least, that an effect of this size is seen by a test as wide as this one."""
    spread = (row["high"] - row["low"]) / 2 / norm.isf(0.025)
    return float(norm.cdf(abs(planted) / spread - norm.isf(0.025 / SEGMENTS)))


def claims(experiment: str, rows: list[dict], effect: str | None) -> Claims:
    """What an experiment is said to have moved, and what of it was nothing at all."""
    moved = [row for row in rows if row["verdict"] in {"better", "worse"}]
    false = [row for row in moved if effect is None or row["metric"] in UNMOVED]
    words = (f"{experiment}: {row['metric']}, {row['segment']} {row['verdict']}" for row in false)
    return Claims("experiments", len(moved), tuple(words))

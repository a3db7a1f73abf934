"""The planted effects: as large as their parameters say, and findable in what happened."""

from typing import Any

import numpy as np
import pytest

from supercorp.clock import DAY, HOUR, NEVER
from supercorp.experiments import treated
from supercorp.truth.behaviour import churned, conversion, devices, registration_funnel
from supercorp.truth.counterfactual import course_of, course_without
from supercorp.truth.effects import effects
from supercorp.truth.marketing import campaigns, cohorts
from supercorp.truth.trials import experiments, releases
from supercorp.truths import EFFECTS
from supercorp.world import World


@pytest.fixture(scope="module")
def sizes(small: World) -> dict[str, dict[str, float]]:
    """Effect, quantity, value."""
    return {
        name: {each["name"]: each["value"] for each in quantities}
        for name, quantities in effects(small).items()
    }


def test_every_effect_is_sized_and_says_how(tiny: World) -> None:
    found = effects(tiny)
    assert set(found) == set(EFFECTS)
    for quantities in found.values():
        assert {each["how"] for each in quantities} <= {"counted", "paired", "parameter"}
        assert all(each["definition"] and np.isfinite(each["value"]) for each in quantities)


def test_nothing_switched_off_changes_nothing(tiny: World) -> None:
    real, again = course_of(tiny), course_without(tiny, [])
    assert (real.orders.placed == again.orders.placed).all()
    assert (real.orders.customer == again.orders.customer).all()
    assert (real.registered == again.registered).all()
    assert (real.visits.start == again.visits.start).all()


def test_safari(sizes: dict[str, dict[str, float]]) -> None:
    safari = sizes["safari_bug"]
    assert safari["conversion_after"] < 0.2 * safari["conversion_before"]
    assert safari["conversion_after_without"] > safari["conversion_before"]
    assert safari["lost_orders"] > 1000


def test_the_back_button_costs_orders(sizes: dict[str, dict[str, float]]) -> None:
    back = sizes["back_button"]
    assert back["next_failed"] == pytest.approx(0.9, abs=0.03)
    assert back["others_failed"] == pytest.approx(0.04, abs=0.005)
    assert back["lost_paid_orders"] > back["next_orders"] * 0.8


def test_the_start_page_is_part_season_part_real(sizes: dict[str, dict[str, float]]) -> None:
    page = sizes["start_page"]
    assert page["observed"] == pytest.approx(0.14, abs=0.02)
    assert page["real"] == pytest.approx(0.055, abs=0.015)
    assert (1 + page["season"]) * (1 + page["real"]) == pytest.approx(1 + page["observed"], abs=0.001)


def test_leaving_out_the_address_step_adds_a_fifth(sizes: dict[str, dict[str, float]]) -> None:
    address = sizes["address_test"]
    assert address["lift_per_attempt"] == pytest.approx(0.21, abs=0.001)
    assert address["true_lift"] == pytest.approx(0.21, abs=0.02)
    assert address["observed_lift"] == pytest.approx(0.21, abs=0.06)


def test_shipping_in_the_price_harms_but_for_one_segment(sizes: dict[str, dict[str, float]]) -> None:
    shipping = sizes["shipping_test"]
    assert shipping["true_effect_home"] < -0.05
    assert shipping["true_effect"] < 0 < shipping["true_effect_segment"]


def test_the_card_flow_helps_those_who_use_it(sizes: dict[str, dict[str, float]]) -> None:
    assert sizes["card_flow"]["orders_gained"] > 0
    assert sizes["card_flow"]["adoption"] == pytest.approx(0.35, abs=0.03)


def test_fast_tickets_bring_back_and_the_raw_contrast_overstates_it(
    sizes: dict[str, dict[str, float]], small: World
) -> None:
    tickets = sizes["fast_tickets"]
    assert 0.03 < tickets["effect"] < tickets["raw"] - 0.02
    assert tickets["adjusted"] == pytest.approx(tickets["effect"], abs=0.03)
    assert tickets["effect"] < tickets["by_category"] < tickets["raw"]
    assert tickets["effect_300+"] > tickets["effect_0-100"]
    solved = small.tickets.resolved != NEVER
    fast = solved & (np.where(solved, small.tickets.resolved, 0) - small.tickets.opened < HOUR)
    easy = small.tickets.easy
    assert fast[solved & easy].mean() == pytest.approx(0.6, abs=0.03)
    assert fast[solved & ~easy].mean() == pytest.approx(0.15, abs=0.03)
    assert (small.tickets.first_reply[solved] <= small.tickets.resolved[solved]).all()
    assert (small.tickets.order < 0).any()


def test_cheap_clicks_hardly_buy_and_letters_pay_back_late(small: World) -> None:
    found = {each["campaign"]: each for each in campaigns(small)}
    sweepstake, brand, letter = (
        found[name] for name in ("spring_sweepstake", "brand_search", "spring_letter")
    )

    def per_click(each: dict[str, Any]) -> float:
        return float(each["spend"]) / each["clicks"]

    assert per_click(sweepstake) < 0.15 * per_click(brand)
    assert sweepstake["acquisition_cost"] > 3 * brand["acquisition_cost"]
    assert brand["buyers_per_visitor"] > 20 * sweepstake["buyers_per_visitor"]
    months = letter["revenue_by_month"]
    assert months[0] < letter["cost_per_registered"] < months[-1]
    assert brand["revenue_by_month"][0] > brand["cost_per_registered"]
    assert letter["clicks"] == 0 < letter["impressions"]


def test_the_cost_per_click_of_the_sweepstake_falls(small: World) -> None:
    number = [each.name for each in small.campaigns].index("spring_sweepstake")
    price = small.ads.spend[number] / np.maximum(small.ads.clicks[number], 1)
    assert price[-30:].mean() < 0.75 * price[30:60].mean()
    assert (small.ads.clicks[number, :25] == 0).all()


def test_every_visit_by_a_click_was_paid_for_and_some_clicks_were_lost(small: World) -> None:
    clicks, letters = small.ads.clicks, [each.by_letter for each in small.campaigns]
    came = np.zeros_like(clicks)
    paid = small.visitors.campaign >= 0
    day = (small.visitors.arrived[paid] - small.setting.first) // DAY
    np.add.at(came, (small.visitors.campaign[paid].astype(int), day), 1)
    came[letters] = 0
    assert (clicks >= came).all()
    assert came.sum() / clicks.sum() == pytest.approx(0.93, abs=0.005)
    assert (small.ads.impressions >= clicks).all()
    assert np.flatnonzero(small.ads.impressions[letters][0]).tolist() == [3, 50, 99]


def test_cohorts_decay_differently_and_unripe_months_are_left_out(small: World) -> None:
    found = {(each["month"], each["channel"]): each for each in cohorts(small)}
    assert found["2026-06", "search"]["orders_by_month"] == []
    early, late = found["2026-01", "social"], found["2026-05", "social"]
    assert late["orders_by_month"][0] / late["customers"] < early["orders_by_month"][0] / early["customers"]
    letters = found["2026-01", "direct_mail"]["orders_by_month"]
    social = early["orders_by_month"]
    assert letters[2] / letters[0] > 2 * social[2] / social[0]


def test_what_people_did_adds_up(small: World) -> None:
    counts, funnel = small.counts(), registration_funnel(small)
    assert funnel["landed"] > funnel["sign_up"] > funnel["details"] > funnel["address"]
    assert funnel["done"] == counts.shoppers
    found = conversion(small)
    assert sum(each["visits"] for each in found) == counts.visits
    assert sum(each["orders"] for each in found) == (small.visits.order[: counts.visits] >= 0).sum()
    assert 0 < len(churned(small)) < counts.shoppers
    shared = devices(small)
    assert 0 < shared["shared"] < shared["several"] < shared["signed_in"]


def test_experiments_split_as_planned_but_for_the_broken_one(small: World) -> None:
    for each in experiments(small):
        share = each["treatment"] / (each["treatment"] + each["control"])
        off = abs(share - each["planned_share"]) / np.sqrt(0.25 / (each["treatment"] + each["control"]))
        assert (off > 5) == each["broken_split"], each["experiment"]
    redesign = next(each for each in experiments(small) if each["experiment"] == "product_page_redesign")
    assert len(redesign["metrics"]) == 12
    assert redesign["effect"] is None
    assert [each["version"] for each in releases(small) if not each["instrumented"]] == ["3.2.0"]


def test_one_of_the_redesigns_twelve_metrics_looks_significant_by_chance(small: World) -> None:
    experiment = small.setting.by_name["product_page_redesign"]
    seen = small.exposures.experiment == small.experiments.index(experiment)
    first = np.full(len(small.visitors), NEVER)
    first[small.exposures.visitor[seen]] = small.exposures.at[seen]
    whose = small.shoppers.visitor[small.orders.customer]
    counted = (small.orders.placed >= first[whose]) & (small.orders.placed < experiment.ended)
    lines = np.bincount(small.lines.order, minlength=len(small.orders))[counted]
    treatment = treated(small.setting.dice, experiment, whose[counted])
    means, errors = zip(
        *((each.mean(), each.var() / len(each)) for each in (lines[treatment], lines[~treatment])),
        strict=True,
    )
    assert 1.96 < abs(means[0] - means[1]) / np.sqrt(sum(errors)) < 4

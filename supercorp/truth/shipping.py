"""What shipping in the price did to orders, over all and in the segment where it did no harm."""

import numpy as np
from numpy.typing import NDArray

from supercorp.crowd.checkout import HOME, SHIPPING
from supercorp.dice import Indices
from supercorp.truth.counterfactual import Course
from supercorp.truth.quantities import Quantities, quantity
from supercorp.world import World

__all__ = ["shipping_test"]


def shipping_test(world: World, real: Course, without: Course) -> Quantities:
    """Orders per customer who saw the test, while it ran, from when they first saw it on."""
    experiment = world.setting.by_name[SHIPPING]
    number = world.experiments.index(experiment)
    seen = world.exposures.experiment == number
    seen &= world.exposures.at < world.end
    who, since = world.exposures.visitor[seen], world.exposures.at[seen]
    treatment = world.exposures.treatment[seen]
    abroad = world.visitors.country[who] != HOME
    first = np.full(len(world.visitors), experiment.ended)
    first[who] = since

    def orders(course: Course) -> Indices:
        placed, whose = course.orders.placed, course.orders.customer
        counted = (placed >= first[whose]) & (placed < experiment.ended)
        per_person: Indices = np.bincount(whose[counted], minlength=len(world.visitors))[who]
        return per_person

    happened, otherwise = orders(real), orders(without)

    def effect(chosen: NDArray[np.bool_]) -> float:
        return float(happened[chosen].sum() / max(otherwise[chosen].sum(), 1) - 1)

    meaning = "orders per customer who saw it"
    return [
        quantity("customers", len(who), "counted", "customers who saw the test"),
        quantity("control", happened[~treatment].mean() if len(who) else 0, "counted", f"{meaning}: control"),
        quantity(
            "treatment", happened[treatment].mean() if len(who) else 0, "counted", f"{meaning}: treatment"
        ),
        quantity(
            "true_effect", effect(treatment), "paired", "relative, the treatment against itself without"
        ),
        quantity("true_effect_home", effect(treatment & ~abroad), "paired", "the same, customers in Germany"),
        quantity(
            "true_effect_segment", effect(treatment & abroad), "paired", "the same, customers elsewhere"
        ),
    ]

"""What is true of every experiment and of every release, beside what the registries say of them."""

from typing import Any

from supercorp.clock import DAY
from supercorp.world import World

__all__ = ["experiments", "releases"]

# Which planted effect an experiment or a release brings; the others change nothing at all.
_EFFECT_OF_EXPERIMENT = {"address_step_removed": "address_test", "shipping_in_price": "shipping_test"}


def experiments(world: World) -> list[dict[str, Any]]:
    """Per experiment: subjects who saw it in the history by arm, and what it truly does.

    ``effect`` names the entry of ``effects``; null where nothing moves. ``broken_split`` is whether subjects
    were lost before they were counted.
    """
    exposures = world.exposures
    seen = exposures.at < world.end
    found = []
    for number, each in enumerate(world.experiments):
        mine = seen & (exposures.experiment == number)
        treatment = int((mine & exposures.treatment).sum())
        found.append(
            {
                "experiment": each.name,
                "control": int(mine.sum()) - treatment,
                "treatment": treatment,
                "planned_share": each.share,
                "broken_split": each.lost_treatment > 0,
                "effect": _EFFECT_OF_EXPERIMENT.get(each.name),
                "metrics": [each.metric, *each.guardrails],
            }
        )
    return found


def releases(world: World) -> list[dict[str, Any]]:
    """Per release: the effect it brings, if any, and whether its feature can be seen in the events at all."""
    brought = {row["release"]: name for name, row in world.truths.effects.items() if "release" in row}
    return [
        {
            "version": each.version,
            "effect": brought.get(each.version),
            "feature": each.feature,
            "instrumented": each.instrumented,
            "days_before": (each.released - world.setting.first) // DAY,
        }
        for each in world.releases
    ]

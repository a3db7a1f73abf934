"""Registration in a visit: who begins it, and at which step they leave."""

import numpy as np
from numpy.typing import NDArray

from supercorp.clock import Times
from supercorp.crowd.people import Visitors
from supercorp.crowd.steps import BEGAN, DONE
from supercorp.dice import Indices
from supercorp.setting import Setting

__all__ = ["EXPERIMENT", "sign_up"]

EXPERIMENT = "address_step_removed"


def sign_up(
    setting: Setting, visitors: Visitors, who: Indices, number: int, at: Times
) -> tuple[Indices, NDArray[np.bool_]]:
    """How far the registration of each unknown visitor gets, and whether it has no address step.

    0 is not begun; then a step each: begun, signed up, details given, address given, done. The new
    start page makes more begin; the experiment takes the address step away from its treatment.
    """
    dice, rules = setting.dice, setting.truths.registration
    chance = setting.trait("signs_up", visitors.channel[who])
    chance = chance * setting.campaign_trait("signs_up", visitors.campaign[who])
    page = setting.since("start_page", at)
    chance = chance * np.where(page, setting.effect("start_page")["signs_up"], 1)
    reached = dice.happens("registration begun", chance, who, number).astype(np.int64) * BEGAN
    no_address = setting.treats(EXPERIMENT, who, at) & (reached > 0)
    no_address &= bool(setting.effect("address_test")["removes_step"])
    for place, step in enumerate(("sign_up", "details", "address", "done"), start=BEGAN):
        passes = dice.happens(f"registration: {step}", rules[step], who, number)
        if step == "address":
            passes |= no_address
        reached += (reached == place) & passes
    return np.minimum(reached, DONE), no_address

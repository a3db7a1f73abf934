"""``make truth``: the lakes of some companies, held against what was planted in them.

::

    python -m tests.truth --size small --seeds 1-5 --lakes var/truth

A lake that is there is used as it is; ``--again`` makes its tables anew, after a change of the datasets.
Exit code 1 if something that the lake says is not true often enough.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from tests.truth.finding import Claims, Finding
from tests.truth.findings import (
    back_button,
    campaigns,
    cohorts,
    dirt,
    experiments,
    launches,
    registration,
    safari_bug,
    supply_chain,
    tickets,
)
from tests.truth.judging import problems
from tests.truth.lakes import PROJECT, Company, company
from tests.truth.nothing import Nothing, of_nothing
from tests.truth.table import rows, summary

EFFECTS = (
    *(safari_bug, back_button, registration, experiments, launches),
    *(tickets, campaigns, cohorts, supply_chain, dirt),
)
TOO_SMALL = frozenset({"tiny"})
"""Sizes at which not every verdict can be reached."""
TESTS_OF_NOTHING = 500
_UNITS = """
    SELECT orders, orders_before FROM gold.experiment_units WHERE experiment = 'button_colour'
    ORDER BY exposed_at, unit_id
"""


def main() -> None:
    options = argparse.ArgumentParser(description="Hold lakes against what was planted in their companies.")
    options.add_argument("--size", default="small")
    options.add_argument("--seeds", default="1-5", help="one, or the first and the last: 1-5")
    options.add_argument("--lakes", type=Path, default=PROJECT / "var" / "truth")
    options.add_argument("--again", action="store_true", help="make the tables of lakes that are there anew")
    chosen = options.parse_args()
    first, _, last = chosen.seeds.partition("-")
    seeds = range(int(first), int(last or first) + 1)
    companies = {seed: company(chosen.lakes, chosen.size, seed, again=chosen.again) for seed in seeds}
    wrong = held(companies, powered=chosen.size not in TOO_SMALL)
    print("\n".join(["", *wrong]) if wrong else "\nall that was planted was found")
    raise SystemExit(1 if wrong else 0)


def held(companies: Mapping[int, Company], *, powered: bool) -> list[str]:
    """Print the table and what comes of it; what is not as it should be, a line each."""
    found: list[tuple[int, Finding]] = []
    claims: list[Claims] = []
    for seed, each in companies.items():
        for one in (one for effect in EFFECTS for one in effect.read(each)):
            if isinstance(one, Claims):
                claims.append(one)
            else:
                found.append((seed, one))
    findings, nothing = [one for _, one in found], nothing_in(next(iter(companies.values())))
    for line in (*rows(found), "", *summary(findings, claims), nothing.words):
        print(line)
    wrong = list(problems(findings, claims, powered=powered))
    return [*wrong, *nothing.problems()] if powered else wrong


def nothing_in(first: Company) -> Nothing:
    """Tests of nothing on the visitors of an experiment that changed nothing."""
    units = first.ask(_UNITS)
    value, before = (np.asarray([row[name] for row in units], float) for name in ("orders", "orders_before"))
    return of_nothing(value, before, TESTS_OF_NOTHING, np.random.default_rng(20))


if __name__ == "__main__":
    main()

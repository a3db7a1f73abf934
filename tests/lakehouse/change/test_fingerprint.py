"""Small projects, hashed in processes of their own with different seeds for Python's own hashes.

All variants of a project are written at once and hashed by two processes: starting one a case would cost
more than everything else here.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lakehouse.change.fingerprint import same_code

ROOT = Path(__file__).resolve().parents[3]

DAYS = """
import functools

from company import rates
from company.money import CENT, Money, rounded, tax
from shared.words import upper

CURRENCIES = frozenset({"EUR", "USD", "GBP", "SEK"})
NAMES = {"EUR": ["euro"], "USD": ["dollar"]}

def logged(function):
    @functools.wraps(function)
    def wrapper(*given):
        return function(*given)
    return wrapper

def threshold(least):
    def above(total):
        return total > least
    return above

above_ten = threshold(10)
taxed = functools.partial(tax, rate=19)

@logged
def days(orders):
    from company.late import late

    kept = orders.where(orders.currency.isin(CURRENCIES))
    kept = late(upper(kept.where(above_ten(kept.total) & taxed(kept.total))))
    return kept.select(rounded(kept.total), NAMES, rates.DAILY, CENT, Money.SIGN, company_wide(1))

company_wide = lambda total: total + 1
"""
MONEY = """
import decimal
import types

PLACES = 2
CENT = types.SimpleNamespace(size=PLACES)

class Money:
    "Money."
    SIGN = "EUR"

def tax(total, rate):
    return total * rate

def rounded(total):
    return half_up(total, PLACES)

def half_up(total, places):
    return decimal.Decimal(total).quantize(places)

def elsewhere():
    return 1
"""
PROJECT = {
    "company/__init__.py": "",
    "company/days.py": DAYS,
    "company/money.py": MONEY,
    "company/rates.py": "from decimal import Decimal\n\nDAILY = Decimal('0.5')\nUNUSED = 1\n",
    "company/late.py": "def late(orders):\n    return orders.distinct()\n",
    "shared/__init__.py": "",
    "shared/words.py": "def upper(text):\n    return text\n",
}
HASHED = """
import json, subprocess, sys, importlib
from pathlib import Path
from lakehouse.change.fingerprint import code_hash
found = {}
for folder in sorted(Path(sys.argv[1]).iterdir()):
    for name in [name for name in sys.modules if name.split(".")[0] in ("company", "shared")]:
        del sys.modules[name]
    importlib.invalidate_caches()
    sys.path.insert(0, str(folder))
    import company.days
    import linecache, lakehouse.change.fingerprint as fingerprint
    linecache.clearcache()
    fingerprint._module_tree.cache_clear()
    found[folder.name] = code_hash(company.days.days)
    sys.path.remove(str(folder))
print(json.dumps(found))
"""


def case(file, old, new):
    assert old in PROJECT[file], old
    return {**PROJECT, file: PROJECT[file].replace(old, new)}


SAME = {
    "nothing": PROJECT,
    "comment and layout": case("company/days.py", "    kept =", "    # only what we sell in\n    kept   ="),
    "docstring": case("company/days.py", "def days(orders):", 'def days(orders):\n    "Orders by day."'),
    "docstring of a class": case("company/money.py", '"Money."', '"What things cost."'),
    "annotations": case(
        "company/days.py", "def days(orders):", "def days(\n    orders: object,\n) -> object:"
    ),
    "set order": case("company/days.py", '{"EUR", "USD", "GBP", "SEK"}', '{"SEK", "GBP", "USD", "EUR"}'),
    "module docstring": case(
        "company/days.py", "import functools\n", "'''Days.'''\nimport functools\nNEW = 1\n"
    ),
    "not called": case("company/money.py", "return 1", "return 2"),
    "unused": case("company/rates.py", "UNUSED = 1", "UNUSED = 2"),
}
OTHER = {
    "itself": case("company/days.py", "orders.currency", "orders.money"),
    "a set": case("company/days.py", '"SEK"', '"NOK"'),
    "a dictionary": case("company/days.py", '["dollar"]', '["buck"]'),
    "a decorator": case("company/days.py", "return function(*given)", "return function(*given[::-1])"),
    "a decorator gone": case("company/days.py", "@logged\n", ""),
    "a closure's value": case("company/days.py", "threshold(10)", "threshold(11)"),
    "a closure's code": case("company/days.py", "total > least", "total >= least"),
    "a partial's argument": case("company/days.py", "rate=19", "rate=7"),
    "a partial's function": case("company/money.py", "total * rate", "total * rate / 100"),
    "a lambda": case("company/days.py", "total + 1", "total + 2"),
    "a constant": case("company/money.py", "PLACES = 2", "PLACES = 3"),
    "a constant that is no plain value": case("company/money.py", "size=PLACES", "size=5"),
    "a class": case("company/money.py", 'SIGN = "EUR"', 'SIGN = "USD"'),
    "a function": case("company/money.py", "half_up(total, PLACES)", "half_up(-total, PLACES)"),
    "a function's function": case("company/money.py", "quantize(places)", "quantize(places + 1)"),
    "a module's value": case("company/rates.py", "0.5", "0.6"),
    "an import inside": case("company/late.py", "orders.distinct()", "orders"),
    "another package": case("shared/words.py", "return text", "return text + '!'"),
}


@pytest.fixture(scope="module")
def hashes(tmp_path_factory):
    """The hash of each variant, from two processes."""
    folder = tmp_path_factory.mktemp("projects")
    for name, files in {**SAME, **OTHER}.items():
        for path, text in files.items():
            file = folder / name.replace(" ", "_").replace("'", "") / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    return [hashed(folder, seed) for seed in ("1", "2")]


def hashed(folder, seed):
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "PYTHONHASHSEED": seed,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", HASHED, str(folder)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def of(hashes, name):
    return hashes[0][name.replace(" ", "_").replace("'", "")]


def test_the_same_code_has_the_same_hash_in_every_process(hashes):
    assert hashes[0] == hashes[1]
    assert all(re.fullmatch(r"2-[0-9a-f]{16}", each) for each in hashes[0].values())


@pytest.mark.parametrize("name", SAME)
def test_what_changes_nothing_that_is_computed_does_not_matter(hashes, name):
    assert of(hashes, name) == of(hashes, "nothing")


@pytest.mark.parametrize("name", OTHER)
def test_what_the_code_calls_and_names_matters(hashes, name):
    assert of(hashes, name) != of(hashes, "nothing")


def test_hashes_of_different_versions_claim_no_difference():
    assert same_code("2-a", "2-a")
    assert not same_code("2-a", "2-b")
    assert same_code("5279f83d0b69222a", "2-b")
    assert not same_code(None, "2-b")

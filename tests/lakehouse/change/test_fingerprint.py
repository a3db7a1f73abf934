"""Small projects, hashed in processes of their own with different seeds for Python's own hashes."""

import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SEEDS = itertools.count(1)

DAYS = """
from company import rates
from company.money import rounded

CURRENCIES = frozenset({"EUR", "USD", "GBP", "SEK"})
NAMES = {"EUR": ["euro"], "USD": ["dollar"]}

def days(orders):
    kept = orders.where(orders.currency.isin(CURRENCIES))
    return kept.select(rounded(kept.total), NAMES, rates.DAILY)
"""
MONEY = """
import decimal

PLACES = 2

def rounded(total):
    return half_up(total, PLACES)

def half_up(total, places):
    return decimal.Decimal(total).quantize(places)

def elsewhere():
    return 1
"""
RATES = "from decimal import Decimal\n\nDAILY = Decimal('0.5')\nUNUSED = 1\n"
HASHED = """
from company.days import days
from lakehouse.change.fingerprint import code_hash
print(code_hash(days))
"""


@pytest.fixture
def code(tmp_path):
    """The hash of the project's function, each text after some replacements, in a new process."""

    def hashed(*, days=DAYS, money=MONEY, rates=RATES):
        folder = tmp_path / f"{next(SEEDS)}"
        (folder / "company").mkdir(parents=True)
        for name, text in (("__init__", ""), ("days", days), ("money", money), ("rates", rates)):
            (folder / "company" / f"{name}.py").write_text(text)
        environment = os.environ | {"PYTHONPATH": f"{folder}:{ROOT}", "PYTHONHASHSEED": f"{next(SEEDS)}"}
        done = subprocess.run(
            [sys.executable, "-c", HASHED], env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    return hashed


def test_the_same_code_has_the_same_hash_in_every_process(code):
    first = code()
    assert len(first) == 16
    assert first == code()


@pytest.mark.parametrize(
    "changed",
    [
        {"days": DAYS.replace("    kept =", "    # only what we sell in\n    kept   =")},
        {"days": DAYS.replace("def days(orders):", 'def days(orders):\n    "Orders by day."')},
        {"days": DAYS.replace("def days(orders):", "def days(\n    orders: object,\n) -> object:")},
        {"days": DAYS.replace("def days", "def named(each):\n    return each\n\n@named\ndef days")},
        {"days": DAYS.replace('{"EUR", "USD", "GBP", "SEK"}', '{"SEK", "GBP", "USD", "EUR"}')},
        {"days": "'''Days.'''\nUNUSED = 1\n" + DAYS},
        {"money": MONEY.replace("return 1", "return 2")},
        {"rates": RATES.replace("UNUSED = 1", "UNUSED = 2")},
    ],
    ids=[
        "comment and layout",
        "docstring",
        "annotations",
        "decorator",
        "set order",
        "module",
        "not called",
        "unused",
    ],
)
def test_what_changes_nothing_that_is_computed_does_not_matter(code, changed):
    assert code(**changed) == code()


@pytest.mark.parametrize(
    "changed",
    [
        {"days": DAYS.replace("orders.currency", "orders.money")},
        {"days": DAYS.replace('"SEK"', '"NOK"')},
        {"days": DAYS.replace('["dollar"]', '["buck"]')},
        {"money": MONEY.replace("PLACES = 2", "PLACES = 3")},
        {"money": MONEY.replace("half_up(total, PLACES)", "half_up(-total, PLACES)")},
        {"money": MONEY.replace("quantize(places)", "quantize(places + 1)")},
        {"rates": RATES.replace("0.5", "0.6")},
    ],
    ids=[
        "itself",
        "a set",
        "a dictionary",
        "a constant",
        "a function",
        "a function's function",
        "a module's value",
    ],
)
def test_what_the_code_calls_and_names_matters(code, changed):
    assert code(**changed) != code()

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import lakehouse

SOURCE = Path(lakehouse.__file__)


def for_type_checkers():
    """Where each name comes from, as the type checker is told."""
    block = next(node for node in ast.parse(SOURCE.read_text()).body if isinstance(node, ast.If))
    return {alias.name: line.module.removeprefix("lakehouse.") for line in block.body for alias in line.names}


def test_the_public_names_are_exactly_the_lazy_ones():
    assert lakehouse.__all__ == sorted(set(lakehouse.__all__))
    assert set(lakehouse.__all__) == set(lakehouse._HOME_OF) == set(for_type_checkers())


def test_the_type_checker_is_told_the_truth():
    assert for_type_checkers() == lakehouse._HOME_OF


@pytest.mark.parametrize("name", lakehouse.__all__)
def test_a_public_name_resolves_and_says_what_it_is_for(name):
    found = getattr(lakehouse, name)
    assert found.__doc__
    assert name in sys.modules[f"lakehouse.{lakehouse._HOME_OF[name]}"].__all__


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'contracts'"):
        _ = lakehouse.contracts


def test_importing_the_road_loads_none_of_it():
    heavy = "('lakehouse.', 'pyspark', 'dagster')"
    code = f"import sys, lakehouse; print([name for name in sys.modules if name.startswith({heavy})])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=SOURCE.parents[1], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"

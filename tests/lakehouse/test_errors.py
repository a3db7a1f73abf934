import inspect
import re

from lakehouse import errors
from lakehouse.errors import LakehouseError, explain


def drawn():
    """The tree in the docstring, as pairs of a class and its base."""
    found, path = [], []
    for line in inspect.getdoc(errors).splitlines():
        branch = re.match(r"([\s│├└─]*)(\w+)(?:\s{2}|$)", line)
        if not branch or not hasattr(errors, branch[2]):
            continue
        depth = (len(branch[1]) - 4) // 4
        path[depth:] = [branch[2]]
        found.append((branch[2], path[depth - 1] if depth else "Exception"))
    return found


def test_the_tree_in_the_docstring_is_the_tree_of_the_classes():
    classes = [
        each for each in vars(errors).values() if inspect.isclass(each) and each.__module__ == errors.__name__
    ]
    assert sorted(drawn()) == sorted((each.__name__, each.__base__.__name__) for each in classes)
    assert len(drawn()) == len(errors.__all__) - 1


def test_every_error_has_the_one_root_and_says_what_it_is_for():
    for name in set(errors.__all__) - {"explain"}:
        assert issubclass(getattr(errors, name), LakehouseError)
        assert getattr(errors, name).__dict__["__doc__"]


def test_a_message_has_its_parts_in_the_order_a_reader_needs():
    message = explain("no such column", where="silver.loans", expected="id", found="di", remedy="rename it.")
    assert message == "silver.loans: no such column; expected id; found di. Remedy: rename it."


def test_a_part_that_is_not_given_leaves_no_trace():
    assert explain("it is gone.") == "it is gone."
    assert explain("wrong", found=0) == "wrong; found 0."

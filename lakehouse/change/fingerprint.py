"""A hash of the code that makes a table: its function and the project's functions that it calls."""

import ast
import builtins
import hashlib
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from types import FunctionType, ModuleType
from typing import Any

__all__ = ["code_hash"]

_PLAIN = (str, int, float, bool, Decimal, date, timedelta, tuple, list, dict, set, frozenset)


@cache
def code_hash(function: Callable[..., Any]) -> str:
    """16 hex digits; the same for the same code in any process, whatever its comments or layout.

    Followed are functions and plain values that the code names and that the same top-level package
    defines; libraries count by what is pinned, not by their source.
    """
    digest = hashlib.sha256()
    for name, text in sorted(_reached(function).items()):
        digest.update(f"{name}\n{text}\n".encode())
    return digest.hexdigest()[:16]


def _reached(function: Callable[..., Any]) -> dict[str, str]:
    home = function.__module__.split(".")[0]
    found: dict[str, str] = {}
    todo: list[Any] = [function]
    while todo:
        current = todo.pop()
        name = f"{current.__module__}.{current.__qualname__}"
        if name in found:
            continue
        tree = _tree(current)
        found[name] = ast.dump(_without_words(tree))
        for label, value in _named(current, tree):
            if isinstance(value, FunctionType) and value.__module__.split(".")[0] == home:
                todo.append(value)
            elif isinstance(value, _PLAIN):
                found[f"{name}:{label}"] = _text(value)
    return found


def _text(value: Any) -> str:
    """A plain value as text; a set's members in one order, which Python itself changes with every process."""
    if isinstance(value, (set, frozenset)):
        return f"{{{', '.join(sorted(map(_text, value)))}}}"
    if isinstance(value, (list, tuple)):
        return f"{type(value).__name__}({', '.join(map(_text, value))})"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_text(key)}: {_text(each)}' for key, each in value.items())}}}"
    return repr(value) if isinstance(value, _PLAIN) else type(value).__qualname__


def _tree(function: Callable[..., Any]) -> ast.AST:
    return ast.parse(textwrap.dedent(inspect.getsource(function)))


def _without_words(tree: ast.AST) -> ast.AST:
    """The tree without decorators, annotations and docstring: they change nothing that is computed."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            node.decorator_list, node.returns = [], None
            for argument in (*node.args.args, *node.args.kwonlyargs, *node.args.posonlyargs):
                argument.annotation = None
            if len(node.body) > 1 and ast.get_docstring(node) is not None:
                node.body = node.body[1:]
    return tree


def _named(function: Callable[..., Any], tree: ast.AST) -> Iterator[tuple[str, Any]]:
    """The globals that the code names, through modules of the project where it writes ``module.name``."""
    scope = inspect.unwrap(function).__globals__
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in scope and not hasattr(builtins, node.id):
            yield node.id, scope[node.id]
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = scope.get(node.value.id)
            if isinstance(module, ModuleType) and module.__name__ in sys.modules:
                yield f"{node.value.id}.{node.attr}", getattr(module, node.attr, None)

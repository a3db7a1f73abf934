"""A hash of the code that makes a table: its function, and all of the project that it calls and names.

Followed, however deep, are the project's functions, classes and constants that the code names: in its own
module, in other modules of the project, imported inside the function, wrapped by a decorator, or held in
a closure. Libraries, the road among them, count by what is pinned, not by their source.
"""

import ast
import hashlib
import importlib
import importlib.util
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

__all__ = ["FORMAT", "code_hash", "same_code"]

FORMAT = 2
"""The version of what is hashed, and how: hashes of different versions cannot be compared."""

_ROAD = __name__.partition(".")[0]
_PLAIN = (str, int, float, bool, Decimal, date, timedelta, tuple, list, dict, set, frozenset)


@cache
def code_hash(function: Callable[..., Any]) -> str:
    """``2-`` and 16 hex digits; the same for the same code in any process, whatever its comments or layout.

    Annotations and docstrings do not count, nor do the decorators by which the road is told of a
    dataset or a rule: what they say is part of the contract.
    """
    digest = hashlib.sha256()
    for name, text in sorted(_reached(function).items()):
        digest.update(f"{name}\n{text}\n".encode())
    return f"{FORMAT}-{digest.hexdigest()[:16]}"


def same_code(one: str | None, other: str | None) -> bool:
    """Whether two hashes are of the same code. Hashes of different versions claim no difference."""
    if one is None or other is None:
        return one is other
    return one == other or one.partition("-")[0] != other.partition("-")[0]


def _reached(function: Callable[..., Any]) -> dict[str, str]:
    """The text of everything that the code reaches, by name."""
    reach = _Reach(home=function.__module__.partition(".")[0], todo=[inspect.unwrap(function)])
    while reach.todo:
        reach.read(reach.todo.pop())
    return reach.found


@dataclass(slots=True)
class _Reach:
    """What was found so far, by name, and the functions and classes that are still to be read."""

    home: str
    todo: list[Any]
    found: dict[str, str] = field(default_factory=dict)

    def read(self, code: Any) -> None:
        """Add a function or a class, and follow what it names."""
        name = f"{code.__module__}.{code.__qualname__}"
        if name in self.found:
            return
        tree = _tree(code)
        scope = _scope(code, tree, self.home)
        self.found[name] = ast.dump(_without_words(tree, scope))
        for label, value in _named(tree, scope):
            self.follow(value, label, code.__module__)

    def follow(self, value: Any, label: str, module: str) -> None:
        """Add what a name in a module stands for: at once where it is a value, else it is to be read."""
        if isinstance(value, partial):
            for place, part in enumerate((value.func, value.args, value.keywords)):
                self.follow(part, f"{label}:{place}", module)
            return
        inner = inspect.unwrap(value) if callable(value) and not isinstance(value, type) else value
        if isinstance(inner, (FunctionType, type)):
            if _of_project(inner.__module__, self.home):
                self.todo.append(inner)
        elif isinstance(value, _PLAIN):
            self.found[f"{module}:{label}"] = _text(value)
        elif not isinstance(value, ModuleType) and (made := _assigned(module, label, self.home)):
            where, tree = made
            if f"{where}:{label}" not in self.found:
                self.found[f"{where}:{label}"] = ast.dump(tree)
                for name, each in _named(tree, vars(sys.modules[where])):
                    self.follow(each, name, where)


def _of_project(module: str, home: str) -> bool:
    """Whether a module belongs to the project: to the same package, or to files beside that."""
    top = module.partition(".")[0]
    if top in (home, _ROAD):
        return top == home
    package, file = sys.modules.get(home), getattr(sys.modules.get(module), "__file__", None)
    if package is None or file is None or not getattr(package, "__path__", None):
        return False
    project = Path(next(iter(package.__path__))).parent
    return Path(file).is_relative_to(project) and "site-packages" not in Path(file).parts


def _assigned(module: str, name: str, home: str) -> tuple[str, ast.AST] | None:
    """The module of the project that gives a name its value, and the expression that it is given."""
    loaded = sys.modules.get(module)
    if loaded is None or not _of_project(module, home):
        return None
    try:
        body = _module_tree(module).body
    except (OSError, TypeError, SyntaxError):
        return None
    for node in reversed(body):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        value = getattr(node, "value", None)
        if value is not None and any(isinstance(each, ast.Name) and each.id == name for each in targets):
            return module, value
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if name == (alias.asname or alias.name):
                    origin = importlib.util.resolve_name(
                        "." * node.level + (node.module or ""), loaded.__package__
                    )
                    return _assigned(origin, alias.name, home)
    return None


@cache
def _module_tree(module: str) -> ast.Module:
    return ast.parse(inspect.getsource(sys.modules[module]))


def _text(value: Any) -> str:
    """A plain value as text; a set's members in one order, which Python itself changes with every process."""
    if isinstance(value, (set, frozenset)):
        return f"{{{', '.join(sorted(map(_text, value)))}}}"
    if isinstance(value, (list, tuple)):
        return f"{type(value).__name__}({', '.join(map(_text, value))})"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_text(key)}: {_text(each)}' for key, each in value.items())}}}"
    return repr(value) if isinstance(value, _PLAIN) else type(value).__qualname__


def _tree(code: Any) -> ast.AST:
    """The syntax of a function or a class; a lambda's lines seldom parse alone, so it is looked up."""
    if getattr(code, "__name__", "") == "<lambda>":
        nodes = [each for each in ast.walk(_module_tree(code.__module__)) if isinstance(each, ast.Lambda)]
        return next(each for each in reversed(nodes) if _is_body_of(each.body, code.__code__))
    return ast.parse(textwrap.dedent(inspect.getsource(code)))


def _is_body_of(body: ast.expr, code: CodeType) -> bool:
    """Whether every instruction of some code stands within an expression."""
    first, last = (body.lineno, body.col_offset), (body.end_lineno, body.end_col_offset)
    places = [each for each in code.co_positions() if each[3]]  # the first instruction has no place
    return bool(places) and all(
        first <= (line, column) and (end, end_column) <= last for line, end, column, end_column in places
    )


def _without_words(tree: ast.AST, scope: Mapping[str, Any]) -> ast.AST:
    """The tree without annotations, docstrings and the road's decorators: they compute nothing."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            node.decorator_list = [each for each in node.decorator_list if not _of_road(each, scope)]
            node.returns = None
            for argument in (*node.args.args, *node.args.kwonlyargs, *node.args.posonlyargs):
                argument.annotation = None
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and (
            len(node.body) > 1 and ast.get_docstring(node) is not None
        ):
            node.body = node.body[1:]
    return tree


def _of_road(decorator: ast.expr, scope: Mapping[str, Any]) -> bool:
    node: ast.AST = decorator
    while isinstance(node, (ast.Call, ast.Attribute)):
        node = node.func if isinstance(node, ast.Call) else node.value
    value = scope.get(node.id) if isinstance(node, ast.Name) else None
    origin = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", "") or ""
    return origin.partition(".")[0] == _ROAD


def _scope(code: Any, tree: ast.AST, home: str) -> dict[str, Any]:
    """What names mean inside a function or a class: its module's, its closure's, its own imports'."""
    scope = dict(vars(sys.modules[code.__module__])) if code.__module__ in sys.modules else {}
    if isinstance(code, FunctionType):
        scope |= code.__globals__ | dict(_closure(code))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            if _of_project_file(node.module, home):
                origin = importlib.import_module(node.module)
                scope |= {each.asname or each.name: getattr(origin, each.name, None) for each in node.names}
        elif isinstance(node, ast.Import):
            for each in node.names:
                if each.asname and _of_project_file(each.name, home):
                    scope[each.asname] = importlib.import_module(each.name)
    return scope


def _of_project_file(module: str, home: str) -> bool:
    """Whether a module that need not be loaded yet belongs to the project's own package, or is loaded."""
    return module.partition(".")[0] == home or _of_project(module, home)


def _closure(function: FunctionType) -> Iterator[tuple[str, Any]]:
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # not filled yet: a function that names itself
            continue


def _named(tree: ast.AST, scope: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What the code names, also as ``module.name`` however deep."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in scope and not node.id.startswith("__"):
            yield node.id, scope[node.id]
        elif isinstance(node, ast.Attribute):
            owner = _module_named(node.value, scope)
            if owner is not None:
                yield f"{ast.unparse(node)}", getattr(owner, node.attr, None)


def _module_named(node: ast.AST, scope: Mapping[str, Any]) -> ModuleType | None:
    if isinstance(node, ast.Name):
        value = scope.get(node.id)
    elif isinstance(node, ast.Attribute):
        value = getattr(_module_named(node.value, scope), node.attr, None)
    else:
        value = None
    return value if isinstance(value, ModuleType) else None

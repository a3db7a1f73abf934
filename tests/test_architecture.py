"""What holds for the tree as a whole: who imports whom, how large a module is, what import does."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
COMPANY = {"supercorp", "assets", "resources", "jobs", "definitions"}
HEAVY = {"dagster", "dagster_pyspark", "delta", "pandas", "pyspark"}
NAMELESS = {"common", "constants", "helper", "helpers", "misc", "shared", "util", "utils"}
LONGEST = 300


def modules(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports(path: Path) -> set[str]:
    """The top-level packages a file imports anywhere."""
    return {name for node in ast.walk(ast.parse(path.read_text())) for name in _imported(node)}


def at_import(path: Path) -> Iterator[ast.AST]:
    """The nodes that run when a module is imported."""
    pending: list[ast.AST] = [ast.parse(path.read_text())]
    while pending:
        node = pending.pop()
        yield node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            pending += [*node.decorator_list, *node.args.defaults]
        elif not _runs_later(node):
            pending += ast.iter_child_nodes(node)


def _runs_later(node: ast.AST) -> bool:
    """Whether what is inside does not run at import: a lambda, TYPE_CHECKING, a program's start."""
    if isinstance(node, ast.If):
        return any(word in ast.unparse(node.test) for word in ("TYPE_CHECKING", "__main__"))
    return isinstance(node, ast.Lambda)


def _imported(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name.partition(".")[0] for alias in node.names}
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return {node.module.partition(".")[0]}
    return set()


def rooms_without_dagster() -> list[Path]:
    knowing = (ROOT / "lakehouse" / "dagster", ROOT / "lakehouse" / "cli")
    return [path for path in modules("lakehouse") if not any(map(path.is_relative_to, knowing))]


every = pytest.mark.parametrize(
    "path", modules("lakehouse", "supercorp", "assets", "resources", "jobs"), ids=named
)
of_the_road = pytest.mark.parametrize("path", modules("lakehouse"), ids=named)


@of_the_road
def test_the_road_knows_no_company(path):
    assert not imports(path) & COMPANY


@pytest.mark.parametrize("path", rooms_without_dagster(), ids=named)
def test_only_the_dagster_room_and_the_command_line_know_dagster(path):
    assert not imports(path) & {"dagster", "dagster_pyspark"}


@pytest.mark.parametrize("path", modules("lakehouse/cli"), ids=named)
def test_a_command_loads_spark_and_dagster_only_when_it_runs(path):
    assert not {name for node in at_import(path) for name in _imported(node)} & HEAVY


@every
def test_no_module_is_too_long(path):
    assert len(path.read_text().splitlines()) <= LONGEST


@every
def test_a_module_is_named_after_what_is_in_it(path):
    assert path.stem not in NAMELESS
    assert not set(path.relative_to(ROOT).parts) & NAMELESS


@every
def test_nothing_happens_at_import(path):
    """No environment, no file, no process, no session: only definitions."""
    forbidden = {
        "environ",
        "getenv",
        "open",
        "read_text",
        "getOrCreate",
        "load_settings",
        "start_session",
        "Popen",
    }
    calls = [node for node in at_import(path) if isinstance(node, ast.Call | ast.Subscript)]
    names = {
        name.attr if isinstance(name, ast.Attribute) else name.id
        for call in calls
        for name in ast.walk(call.func if isinstance(call, ast.Call) else call.value)
        if isinstance(name, ast.Attribute | ast.Name)
    }
    assert not names & forbidden


def test_dagster_finds_its_code_in_the_workspace_alone():
    """A ``[tool.dagster]`` or ``[tool.dg]`` block would silently win over workspace.yaml."""
    text = (ROOT / "pyproject.toml").read_text()
    assert "[tool.dagster" not in text
    assert "[tool.dg" not in text


def test_the_lock_has_a_hash_for_every_package_and_names_no_index():
    lock = (ROOT / "requirements.lock").read_text()
    pins = [line for line in lock.splitlines() if "==" in line and not line.lstrip().startswith("#")]
    assert pins
    assert all(line.endswith("\\") for line in pins)
    assert "://" not in lock

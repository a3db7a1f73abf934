"""The code in the documents runs.

A fence says what is done with it: ``python run`` runs in one namespace per document, ``python run
file=PATH`` is that file, whose tests are run; ``sql run`` is asked of an empty lake. Other Python must
parse.
"""

import ast
import inspect
import re
import sys
import textwrap
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

from lakehouse.engine.sql import query

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
FENCE = re.compile(r"^```(?P<info>[^\n`]+)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A fenced block: where it begins (the line of its code), its language and what stands after it."""

    document: Path
    line: int
    language: str
    words: tuple[str, ...]
    code: str

    @property
    def runs(self) -> bool:
        return "run" in self.words

    @property
    def file(self) -> str | None:
        return next((word.removeprefix("file=") for word in self.words if word.startswith("file=")), None)


def blocks(document: Path) -> list[Block]:
    text = document.read_text()
    found = []
    for fence in FENCE.finditer(text):
        language, *words = fence["info"].split()
        line = text.count("\n", 0, fence.start("code")) + 1
        found.append(Block(document, line, language, tuple(words), fence["code"]))
    return found


def place(block: Block) -> str:
    return f"{block.document.relative_to(ROOT)}:{block.line}"


def documents_that(language: str) -> list[Path]:
    return [each for each in DOCUMENTS if any(b.runs and b.language == language for b in blocks(each))]


def run(block: Block, module: ModuleType) -> None:
    """Run a block as part of a module; tracebacks and ``inspect`` find it in its document."""
    padded = "\n" * (block.line - 1) + block.code
    exec(compile(padded, str(block.document), "exec"), vars(module))  # noqa: S102 - our own documents


def module_of(block: Block) -> ModuleType:
    name = (block.file or block.document.stem).removesuffix(".py").replace("/", ".").replace("-", "_")
    module = sys.modules.get(name) or ModuleType(name)
    module.__file__ = str(block.document)
    return module


@pytest.mark.parametrize("document", documents_that("python"), ids=lambda path: path.name)
def test_the_python_of_a_document_runs(document, request, monkeypatch):
    for block in blocks(document):
        if block.language != "python" or not block.runs:
            continue
        module = module_of(block)
        monkeypatch.setitem(sys.modules, module.__name__, module)
        run(block, module)
        for name, test in list(vars(module).items()):
            if name.startswith("test_") and inspect.isfunction(test) and test.__module__ == module.__name__:
                test(**{each: request.getfixturevalue(each) for each in inspect.signature(test).parameters})


@pytest.mark.parametrize(
    "block", [b for each in DOCUMENTS for b in blocks(each) if b.language == "sql" and b.runs], ids=place
)
def test_the_sql_of_a_document_is_answered(block, settings):
    settings.lake_dir.mkdir(parents=True)

    assert query(settings, block.code).column_names


@pytest.mark.parametrize(
    "block", [b for each in DOCUMENTS for b in blocks(each) if b.language == "python"], ids=place
)
def test_python_that_is_only_shown_parses(block):
    ast.parse(textwrap.dedent(block.code))

"""The way out of a breaking change: a second version of the table beside the first.

The dataset's file is copied to ``NAME_v2.py`` with the new name in it. The first version is marked with
the day on which it goes, and, where its file already holds the breaking contract, put back to what git
has. The first run of the new version reads all its inputs whole: that is the migration.
"""

import ast
import re
import subprocess
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from lakehouse.change.usage import Consumer, Usage
from lakehouse.dataset import Dataset
from lakehouse.errors import DeclarationError, explain
from lakehouse.lake import Lake

__all__ = ["NewVersion", "new_version"]

_VERSION = re.compile(r"_v(\d+)$")


@dataclass(frozen=True, slots=True)
class NewVersion:
    """What was written: the new version's name and file, and who reads the old one and has to move."""

    name: str
    file: Path
    old: Path
    put_back: bool
    readers: tuple[Consumer, ...]


def new_version(lake: Lake, dataset: Dataset, *, deprecated: date, put_back: str | None) -> NewVersion:
    """Write the next version's file, and mark the old one.

    ``put_back`` names the git revision from which the old file is taken again; None leaves it as it is.
    Raises :class:`DeclarationError` where the new file is there, or git does not have the old one.
    """
    project = lake.settings.project
    name = _next_name(lake, dataset.name)
    new_file = dataset.file.with_name(f"{name}.py")
    if new_file.exists():
        raise DeclarationError(
            explain(
                "the new version's file is there already",
                where=str(new_file.relative_to(project)),
                remedy="move or remove it, then say it again",
            )
        )
    text = dataset.file.read_text()
    old_text = text if put_back is None else _text_at(project, dataset.file, put_back)
    if put_back is not None and old_text == text:
        raise DeclarationError(
            explain(
                "the old contract is not in that revision: it has the new one already",
                where=str(dataset.file.relative_to(project)),
                found=f"no difference to {put_back}",
                remedy="name the last revision with the old contract: --old REVISION",
            )
        )
    new_text, marked = _renamed(text, dataset.name, name), _marked(old_text, dataset.name, deprecated)
    new_file.write_text(new_text)
    dataset.file.write_text(marked)
    readers = Usage.recorded(lake).of(dataset.name, None)
    direct = {reader.full_name for reader in lake.catalog.readers_of(dataset.name)}
    moving = tuple(each for each in readers if each.name in direct or each.used_by or "/" in each.name)
    return NewVersion(name, new_file, dataset.file, put_back is not None, moving)


def _next_name(lake: Lake, name: str) -> str:
    found = _VERSION.search(name)
    stem, number = (name[: found.start()], int(found[1])) if found else (name, 1)
    taken = set(lake.catalog.datasets)
    while f"{stem}_v{number + 1}" in taken:
        number += 1
    return f"{stem}_v{number + 1}"


def _text_at(project: Path, file: Path, revision: str) -> str:
    words = ["git", "-C", str(project), "show", f"{revision}:./{file.relative_to(project)}"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 - git itself
    if done.returncode:
        raise DeclarationError(
            explain(
                "git does not have the old contract",
                where=str(file.relative_to(project)),
                found=(done.stderr.strip().splitlines() or ["nothing said"])[-1],
                remedy="put the old contract back by hand and say it again, or name another: --old REVISION",
            )
        )
    return done.stdout


def _renamed(text: str, old: str, new: str) -> str:
    """The text with the dataset's function under its new name."""
    function = _function(text, old)
    lines = text.splitlines(keepends=True)
    line = lines[function.lineno - 1]
    lines[function.lineno - 1] = line.replace(f"def {old}(", f"def {new}(", 1)
    return "".join(lines)


def _marked(text: str, name: str, day: date) -> str:
    """The text with ``deprecated=`` in the dataset's decorator, in place of one that is there."""
    call = next((each for each in _function(text, name).decorator_list if isinstance(each, ast.Call)), None)
    if call is None:
        raise _no_dataset(name)
    lines = text.splitlines(keepends=True)
    word = f'deprecated="{day.isoformat()}"'
    for keyword in call.keywords:
        if keyword.arg == "deprecated":
            start, end = _offset(lines, keyword.lineno, keyword.col_offset), keyword.value
            stop = _offset(lines, end.end_lineno or 0, end.end_col_offset or 0)
            return text[:start] + word + text[stop:]
    last = call.keywords[-1].value
    stop = _offset(lines, last.end_lineno or 0, last.end_col_offset or 0)
    if call.lineno == call.end_lineno:
        return f"{text[:stop]}, {word}{text[stop:]}"
    indent = " " * call.keywords[-1].col_offset
    return f"{text[:stop]},\n{indent}{word}{text[stop:]}"


def _function(text: str, name: str) -> ast.FunctionDef:
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return node
    raise _no_dataset(name)


def _no_dataset(name: str) -> DeclarationError:
    return DeclarationError(
        explain(
            "the dataset's file does not declare it plainly",
            where=name,
            expected=f"a function `def {name}(…)` under a decorator with arguments",
            remedy="write the new version by hand",
        )
    )


def _offset(lines: list[str], line: int, column: int) -> int:
    """Where in the text a place of the syntax tree lies; columns count bytes there."""
    before = sum(map(len, lines[: line - 1]))
    return before + len(lines[line - 1].encode()[:column].decode())

"""The contracts of two revisions of a project, side by side: for a pull request, without data."""

import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import lakehouse
from lakehouse.change.declared import DeclaredTable
from lakehouse.change.difference import Change, Difference, What, compare, worst
from lakehouse.errors import DeclarationError, explain

__all__ = ["TableChange", "compare_tables", "tables_at"]


@dataclass(frozen=True, slots=True)
class TableChange:
    """What changed of one dataset between two revisions."""

    name: str
    address: str
    changes: tuple[Change, ...]

    @property
    def kind(self) -> Difference:
        """The class of the whole."""
        return worst(self.changes)


def tables_at(project: Path, package: str, revision: str) -> dict[str, DeclaredTable]:
    """What a revision of the project's git repository declares, by name.

    The revision's files are unpacked into a temporary folder and loaded there by another process; the
    working tree and git's index are not touched. Raises :class:`DeclarationError` where there is no such
    revision, or its datasets cannot be loaded.
    """
    with tempfile.TemporaryDirectory() as folder:
        _unpack(project, package, revision, Path(folder))
        done = subprocess.run(  # noqa: S603 - our own interpreter, our own module
            [sys.executable, "-m", "lakehouse.change.declared", folder, package],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": _road()},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise DeclarationError(
            explain(
                "the datasets of the revision cannot be loaded",
                where=revision,
                found=(done.stderr.strip().splitlines() or ["nothing said"])[-1],
                remedy="choose a later revision, one that this version of the road can read",
            )
        )
    return {name: DeclaredTable.from_dict(body) for name, body in json.loads(done.stdout).items()}


def compare_tables(
    old: Mapping[str, DeclaredTable], new: Mapping[str, DeclaredTable], today: date
) -> tuple[TableChange, ...]:
    """Every dataset that differs, by name. One gone on or after its announced day breaks nobody."""
    found = []
    for name in sorted({*old, *new}):
        was, now = old.get(name), new.get(name)
        if was is None and now is not None:
            changes: tuple[Change, ...] = (
                Change(What.TABLE_ADDED, Difference.ADDITIVE, new=now.terms.grain),
            )
        elif was is not None and now is None:
            announced = was.deprecated is not None and date.fromisoformat(was.deprecated) <= today
            kind = Difference.RULES if announced else Difference.BREAKING
            told = f"deprecated until {was.deprecated}" if was.deprecated else "it was never deprecated"
            changes = (Change(What.TABLE_DROPPED, kind, old=told),)
        else:
            assert was is not None and now is not None  # noqa: S101, PT018 - the name is of one of them
            changes = compare(was.terms, now.terms)
        if changes:
            table = now or was
            assert table is not None  # noqa: S101 - as above
            found.append(TableChange(name, table.address, changes))
    return tuple(found)


def _unpack(project: Path, package: str, revision: str, folder: Path) -> None:
    """The revision's files but the road's: what stands beside the datasets may be imported by them."""
    found = _git(project, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if found.returncode:
        raise DeclarationError(
            explain(
                "there is no such revision",
                where=str(project),
                expected="a commit, a branch or a tag of the project's git repository",
                found=repr(revision),
                remedy="fetch it first: `git fetch origin main`",
            )
        )
    archive = _git(project, "archive", "--format=tar", found.stdout.decode().strip())
    own = {Path(lakehouse.__file__).parent.name, "tests", "docs"}
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        members = [each for each in files.getmembers() if each.name.split("/")[0] not in own]
        files.extractall(folder, members, filter="data")
    top = package.partition(".")[0]
    if not (folder / top).exists():
        raise DeclarationError(
            explain("the revision has no datasets", where=revision, expected=f"a folder {top}")
        )


def _git(project: Path, *words: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(["git", "-C", str(project), *words], capture_output=True, check=False)  # noqa: S603, S607 - git itself, and words of ours or checked by it


def _road() -> str:
    """Where the road that runs now is imported from, so that the other process runs the same."""
    return str(Path(lakehouse.__file__).parents[1])

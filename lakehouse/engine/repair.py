"""After a crash: what is left of commits that were never acknowledged, and bringing a log in order.

::

    acknowledged ── sound, on disk, never touched; missing or of another size: an error, never mended
    above it     ── whole and all its files there: kept, synced and acknowledged
                 └─ empty, torn, missing, or a file of it is: moved aside with all that came after it

:func:`examine` only looks, in microseconds where all is well; :func:`settle` acts, under the table's lock.
Neither needs a JVM.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lakehouse.engine import commitfiles
from lakehouse.engine.commitfiles import commit_file, log_folder, proven, sums_of
from lakehouse.engine.durability import acknowledge, acknowledged
from lakehouse.errors import TableError, explain
from lakehouse.files import sync_folder

__all__ = ["Doubt", "Settled", "Standing", "aside", "examine", "settle", "told"]

Doubt = Callable[[dict[str, Any]], str | None]
"""Given a commit's own account of itself (its ``commitInfo``), why it must not stand, or None."""

_COMMIT = re.compile(r"(\d{20})\.json")
# Hidden checksums count: one without its file would be taken for that of the next file of the name.
_SEEN = re.compile(r"\.?(\d{20})\.(?!.*\.tmp$)")
_OF_VERSION = re.compile(r"\.*(\d{20})\.")
_LAST = "_last_checkpoint"
_RENAMING = 0.05  # seconds


@dataclass(frozen=True, slots=True)
class Standing:
    """How a table's log stands: the acknowledged version, and those above it that are there.

    ``torn`` says of what is above that it cannot be read, ``lost`` of what was acknowledged that it is
    not there as it was; both are None where nothing is wrong.
    """

    acknowledged: int | None
    above: tuple[int, ...] = ()
    torn: str | None = None
    lost: str | None = None

    @property
    def settled(self) -> bool:
        """Whether every commit there is was acknowledged, and is there."""
        return not self.above and self.lost is None


@dataclass(frozen=True, slots=True)
class Settled:
    """What :func:`settle` did: the versions it acknowledged, those it moved aside, and why, in words."""

    kept: tuple[int, ...] = ()
    aside: tuple[int, ...] = ()
    reason: str | None = None


def examine(table: Path, *, all_files: bool = False) -> Standing:
    """Look at the newest commits of a table; where the log is empty, nothing is wrong with it.

    With ``all_files`` the log is listed in any case; else only if a file that a commit leaves is there.
    """
    note = acknowledged(table)
    if note is None:
        named = _versions(table)
        newest = max((each for each in named if commit_file(table, each).exists()), default=0)
        above = tuple(each for each in named if each >= newest)
        return Standing(None, above, _torn(table, above))
    lost = None
    try:
        size = commit_file(table, note.version).stat().st_size
        if size != note.size:
            lost = f"{commit_file(table, note.version).name} has {size:,} bytes instead of {note.size:,}"
    except FileNotFoundError:
        lost = f"{commit_file(table, note.version).name} is missing"
    if lost is None and not all_files and not any(file.exists() for file in _following(table, note.version)):
        return Standing(note.version)
    above = tuple(each for each in _versions(table) if each > note.version)
    return Standing(note.version, above, _torn(table, above), lost)


def settle(table: Path, doubt: Doubt | None = None) -> Settled:
    """Acknowledge what is sound above the acknowledged version, and move aside what is not.

    Needs the table's lock. Raises :class:`TableError` where something acknowledged is lost.
    """
    standing = examine(table, all_files=True)
    if standing.lost:
        raise TableError(told(str(table), standing))
    _drop_torn_checkpoints(table, standing.above)
    if not standing.above:
        return Settled()
    expected = standing.above[0] if standing.acknowledged is None else standing.acknowledged + 1
    kept: list[int] = []
    for version in standing.above:
        reason = "a commit before it is missing" if version != expected else _unsound(table, version, doubt)
        if reason:
            _move_aside(table, version)
            break
        kept.append(version)
        expected += 1
    else:
        reason = None
    if kept:
        acknowledge(table, kept[-1])
    return Settled(tuple(kept), tuple(each for each in standing.above if each not in kept), reason)


def aside(table: Path) -> Path:
    """The folder that a table's commits are moved to when they cannot stand, a numbered one each time."""
    return table.parent / "_set_aside" / table.name


def told(where: str, standing: Standing) -> str | None:
    """What is wrong with a table and what to do, as an error says it; None where nothing is."""
    if standing.lost:
        return explain(
            f"the table was on disk up to version {standing.acknowledged}, and is not as it was",
            where=where,
            found=standing.lost,
            remedy=(
                "put the folder back from a backup; without one move it away, and `lakehouse run` builds "
                "the table again"
            ),
        )
    if standing.torn:
        return explain(
            "the last commit is torn; it was never reported as done",
            where=where,
            found=standing.torn,
            remedy="run the table again, or `lakehouse doctor --repair`: both move it aside and lose nothing",
        )
    return None


def _following(table: Path, version: int) -> Iterator[Path]:
    """The first files that a later commit leaves. Of several, a power cut may have taken any."""
    yield from (commit_file(table, version + ahead) for ahead in (1, 2))
    commit = commit_file(table, version + 1)
    yield from (sums_of(commit), commit.with_suffix(".crc"), commit.with_suffix(".checkpoint.parquet"))


def _versions(table: Path) -> tuple[int, ...]:
    """The versions that the log has any file of, commit or not."""
    try:
        names = [file.name for file in log_folder(table).iterdir()]
    except (FileNotFoundError, NotADirectoryError):
        return ()
    return tuple(sorted({int(match[1]) for name in names if (match := _SEEN.match(name))}))


def _torn(table: Path, versions: tuple[int, ...]) -> str | None:
    """Of some commits, whether one breaks off. A writer that is renaming files is given a moment."""
    for version in versions:
        if _breaks_off(table, version):
            time.sleep(_RENAMING)
            if version in _versions(table) and (reason := _breaks_off(table, version)):
                return reason
    return None


def _breaks_off(table: Path, version: int) -> str | None:
    """Why a commit file is not what its writer wrote, in words, or None where it is."""
    commit = commit_file(table, version)
    try:
        account = commitfiles.account(commitfiles.actions(commit))
    except FileNotFoundError:
        return f"{commit.name} is missing"
    except ValueError:
        return f"{commit.name} {'breaks off' if commit.stat().st_size else 'is empty'}"
    checked = sums_of(commit).exists() or ("txnId" in account and _has_sums(table))
    return f"nothing proves that {commit.name} is whole" if checked and not proven(commit) else None


def _has_sums(table: Path) -> bool:
    """Whether Spark's commits have checksums here; if not, and for other writers, looks must do.

    They have none where the files were copied without hidden ones, or Hadoop was told to keep none.
    """
    note = acknowledged(table)
    return note is None or sums_of(commit_file(table, note.version)).exists()


def _unsound(table: Path, version: int, doubt: Doubt | None) -> str | None:
    """Why a commit cannot stand, in words, or None where it and all its files are whole."""
    if reason := _breaks_off(table, version):
        return reason
    commit = commit_file(table, version)
    actions = commitfiles.actions(commit)
    for file in commitfiles.data_files(table, actions):
        if not commitfiles.reads_through(file):
            return f"{file.path.relative_to(table)} is missing or damaged"
        _drop_wrong_sums(file.path)
    commitfiles.put_sums_in_place(commit)
    checksum = commit.with_suffix(".crc")
    if checksum.exists() and not proven(checksum):
        _remove(checksum)
    return doubt(commitfiles.account(actions)) if doubt else None


def _drop_wrong_sums(file: Path) -> None:
    """Checksums that were torn themselves would keep Hadoop from reading a file that is whole."""
    if sums_of(file).exists() and not proven(file):
        sums_of(file).unlink()


def _drop_torn_checkpoints(table: Path, above: tuple[int, ...]) -> None:
    """A checkpoint repeats what the commits say; one that is torn is in every reader's way."""
    log = log_folder(table)
    for version in above:
        for checkpoint in log.glob(f"{version:020d}.checkpoint*.parquet"):
            whole = commitfiles.DataFile(checkpoint, checkpoint.stat().st_size)
            if commitfiles.reads_through(whole):
                _drop_wrong_sums(checkpoint)
            else:
                _remove(checkpoint)
    last = log / _LAST
    if last.exists() and not _leads_somewhere(last):
        _remove(last)


def _leads_somewhere(last: Path) -> bool:
    try:
        version = int(json.loads(last.read_bytes())["version"])
    except (ValueError, KeyError, TypeError):
        return False
    if sums_of(last).exists() and not proven(last):
        return False
    return any(last.parent.glob(f"{version:020d}.checkpoint*"))


def _remove(file: Path) -> None:
    for each in (file, sums_of(file)):
        each.unlink(missing_ok=True)


def _move_aside(table: Path, first: int) -> None:
    """Move all that the log holds of some version and later ones into a folder beside the table's.

    Commits go last, and the newest first: broken off at any point, this leaves a log that it can
    start again from. Beside, since Delta makes a table anew only in a folder that is empty.
    """
    log, home = log_folder(table), aside(table)
    names = [file.name for file in log.iterdir()]
    named = [name for name in names if (of := _OF_VERSION.match(name)) and int(of[1]) >= first]
    last = log / _LAST
    if last.exists() and int(json.loads(last.read_bytes())["version"]) >= first:
        _remove(last)
    number = 1 + max((int(each.name) for each in home.iterdir()), default=0) if home.is_dir() else 1
    place = home / str(number)
    place.mkdir(parents=True)
    for name in sorted(named, key=lambda name: (_COMMIT.fullmatch(name) is None, name), reverse=True):
        (log / name).rename(place / name)
    for folder in (place, home, home.parent, table.parent, log):
        sync_folder(folder)

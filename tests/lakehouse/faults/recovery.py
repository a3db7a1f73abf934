"""Holding a recovered lake against an undisturbed one."""

import hashlib
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from lakehouse.engine import deltalog
from lakehouse.engine.commitfiles import actions, commit_file, data_files, log_folder
from lakehouse.engine.repair import aside, settle
from lakehouse.writing.conserve import doubt
from lakehouse.writing.path import write
from lakehouse.writing.request import Request
from tests.lakehouse.faults.scenario import contents, lake_in, places
from tests.lakehouse.faults.states import Op, crash_states, files_under, put, recorded


@dataclass
class Recorded:
    """One write: the lake before it, what it did to the disk, and what its readers see before and after."""

    dataset: object
    home: Path
    before: dict[str, bytes]
    ops: list[Op]
    was: dict[str, list[str]]
    becomes: dict[str, list[str]]


def record(spark, home: Path, dataset, scratch: Path) -> Recorded:
    """Write the second batch of a dataset in a copy of a lake, and watch."""
    lake = lake_in(Path(shutil.copytree(home, scratch / f"{dataset.name}-after")))
    was = contents(lake, dataset)
    root, parts = lake.settings.lake_dir, tuple(places(lake, dataset).values())
    before = files_under(root, *parts)
    with recorded(root, *parts) as ops:
        assert write(lake, spark, dataset, Request("second")).wrote
    return Recorded(dataset, home, before, ops, was, contents(lake, dataset))


@dataclass
class Classes:
    """The states of one write, those that look alike after settling put together, by what they look like."""

    states: int = 0
    found: dict[str, dict[str, bytes]] = field(default_factory=dict)
    published: dict[str, bool] = field(default_factory=dict)


def settled_classes(written: Recorded, scratch: Path, *, rolls: int) -> Classes:
    """Settle every crash state of a write, without Spark, and hold what readers then see against it."""
    classes = Classes()
    lake = lake_in(scratch / "settled")
    root, parts = lake.settings.lake_dir, tuple(places(lake, written.dataset).values())
    with patch.object(os, "fsync", lambda _: None), patch("lakehouse.engine.repair._RENAMING", 0):
        for done, files in crash_states(written.before, written.ops, rolls=rolls):
            for part in parts:
                shutil.rmtree(part, ignore_errors=True)
                shutil.rmtree(aside(part), ignore_errors=True)
            put(files, root)
            for part in parts:
                settle(part, doubt)
            classes.states += 1
            key = _looks(root, parts)
            if key not in classes.found:
                classes.found[key] = files
                seen = contents(lake, written.dataset)
                assert seen in (written.was, written.becomes), (done, seen)
                classes.published[key] = seen == written.becomes
            if done == len(written.ops):
                assert contents(lake, written.dataset) == written.becomes, "something acknowledged is lost"
    return classes


def recovers(spark, written: Recorded, files: dict[str, bytes], scratch: Path) -> None:
    """The next run gives what an undisturbed one gives, and the one after finds nothing to do."""
    lake = lake_in(Path(shutil.copytree(written.home, scratch)))
    for part in places(lake, written.dataset).values():
        shutil.rmtree(part, ignore_errors=True)
    put(files, lake.settings.lake_dir)
    for part in places(lake, written.dataset).values():
        log_folder(part).mkdir(parents=True, exist_ok=True)  # made before the first file in it
    write(lake, spark, written.dataset, Request("again"))
    assert contents(lake, written.dataset) == written.becomes
    assert not write(lake, spark, written.dataset, Request("once more")).wrote
    shutil.rmtree(scratch)


def _looks(root: Path, parts: tuple[Path, ...]) -> str:
    """A digest of what Delta can see of some tables: their logs, and the files that their logs speak of."""
    digest = hashlib.sha256()
    for part in parts:
        if not deltalog.exists(part):
            digest.update(b"none")
            continue
        named = [
            file
            for file in log_folder(part).iterdir()
            if file.is_file() and not file.name.endswith(".tmp.crc")
        ]
        named += [
            near
            for version in range(deltalog.version(part) + 1)
            for data in data_files(part, actions(commit_file(part, version)))
            for near in (data.path, data.path.with_name(f".{data.path.name}.crc"))
        ]
        for file in sorted(named):
            digest.update(str(file.relative_to(root)).encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest() if file.is_file() else b"-")
    return digest.hexdigest()

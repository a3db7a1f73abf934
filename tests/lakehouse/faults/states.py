"""Crash states: what a disk may hold after a crash, made from the file operations of one write.

A killed process leaves every operation up to some point. A power cut leaves less: of contents and names
that were not synced, any part may be missing, empty, half there or full of zeros.
"""

import os
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

NOTE = "_acknowledged"  # the one file that is written in place


@dataclass(frozen=True)
class Op:
    """One file operation: ``file`` (made, with all it holds), ``write``, ``rename``, ``unlink``, ``sync``."""

    kind: str
    path: str
    data: bytes = b""
    at: int = 0
    to: str = ""


@dataclass
class Inode:
    data: bytes
    durable: bytes | None = None


@dataclass
class Disk:
    """Files by name, as processes see them (``seen``) and as they are on the disk itself (``kept``)."""

    seen: dict[str, Inode] = field(default_factory=dict)
    kept: dict[str, Inode] = field(default_factory=dict)

    @classmethod
    def holding(cls, files: dict[str, bytes]) -> "Disk":
        inodes = {name: Inode(data, data) for name, data in files.items()}
        return cls(dict(inodes), dict(inodes))

    def do(self, op: Op) -> None:
        match op.kind:
            case "file" if op.path.endswith(NOTE) and op.path in self.seen:
                self.seen[op.path].data = op.data
            case "file":
                self.seen[op.path] = Inode(op.data)
            case "write":
                data = self.seen[op.path].data.ljust(op.at, b"\0")
                self.seen[op.path].data = data[: op.at] + op.data + data[op.at + len(op.data) :]
            case "rename":
                self.seen[op.to] = self.seen.pop(op.path)
            case "unlink":
                self.seen.pop(op.path, None)
            case "sync" if op.path in self.seen:
                self.seen[op.path].durable = self.seen[op.path].data
            case "sync":
                self._sync_folder(op.path)

    def _sync_folder(self, folder: str) -> None:
        for name in {*self.seen, *self.kept}:
            if name.rpartition("/")[0] == folder:
                self.kept.pop(name, None)
                if name in self.seen:
                    self.kept[name] = self.seen[name]

    def after_a_kill(self) -> dict[str, bytes]:
        return {name: inode.data for name, inode in self.seen.items()}

    def after_a_power_cut(self, dice: random.Random | None, unsynced: str = "empty") -> dict[str, bytes]:
        """What is there afterwards; without dice, of contents and names not synced what ``unsynced`` says."""
        names = dict(self.kept if unsynced == "gone" else self.seen)
        if dice is not None:
            for name in sorted({*self.seen, *self.kept}):
                chosen = dice.choice([self.seen, self.kept])
                names.pop(name, None)
                if name in chosen:
                    names[name] = chosen[name]
        return {
            name: _left_of(inode, dice.choice(_WAYS) if dice else unsynced) for name, inode in names.items()
        }


_WAYS = ("empty", "half", "zeros", "whole")


def _left_of(inode: Inode, way: str) -> bytes:
    if inode.durable == inode.data:
        return inode.data
    old = inode.durable or b""
    if way == "half":
        return inode.data[: len(inode.data) // 2] + old[len(inode.data) // 2 :]
    return {"whole": inode.data, "zeros": bytes(len(inode.data))}.get(way, old)


def crash_states(
    before: dict[str, bytes], ops: list[Op], *, rolls: int
) -> Iterator[tuple[int, dict[str, bytes]]]:
    """Every state that a crash may leave: after how many operations, and the files.

    ``rolls`` are the random power cuts after each operation, besides the four plain ones.
    """
    disk = Disk.holding(before)
    for done in range(len(ops) + 1):
        yield done, disk.after_a_kill()
        for unsynced in ("gone", "empty", "half", "zeros"):
            yield done, disk.after_a_power_cut(None, unsynced)
        for roll in range(rolls):
            yield done, disk.after_a_power_cut(random.Random(f"{done}.{roll}"))
        if done < len(ops):
            op = ops[done]
            if op.kind in ("file", "write") and len(op.data) > 1:
                halfway = Disk(dict(disk.seen), dict(disk.kept))
                halfway.seen = {name: Inode(i.data, i.durable) for name, i in disk.seen.items()}
                halfway.do(Op(op.kind, op.path, op.data[: len(op.data) // 2], op.at))
                yield done, halfway.after_a_kill()
            disk.do(op)


def files_under(root: Path, *parts: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(root)): file.read_bytes()
        for part in parts
        for file in part.rglob("*")
        if file.is_file()
    }


def put(files: dict[str, bytes], root: Path) -> None:
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


@contextmanager
def recorded(root: Path, *parts: Path) -> Iterator[list[Op]]:
    """The operations on some folders of ``root`` while the block runs, a whole file at a time.

    Delta writes every file once, so a file's content is known when it is next looked at; the order is
    that of the system's own time of change. Looked at before every sync, and at the end.
    """
    ops: list[Op] = []
    before = _looked_at(parts)

    def look() -> None:
        nonlocal before
        now = _looked_at(parts)
        ops.extend(_between(root, before, now))
        before = now

    really, one_at_a_time = os.fsync, threading.Lock()

    def fsync(handle: int) -> None:
        path = Path(f"/proc/self/fd/{handle}").readlink()
        with one_at_a_time:  # several threads sync; none may note it before what was written is noted
            look()
            if path.is_relative_to(root):
                ops.append(Op("sync", str(path.relative_to(root))))

    os.fsync = fsync
    try:
        yield ops
    finally:
        os.fsync = really
        look()


def _looked_at(parts: tuple[Path, ...]) -> dict[Path, tuple[int, int, int]]:
    stats = {file: file.stat() for part in parts for file in part.rglob("*") if file.is_file()}
    return {file: (stat.st_ino, stat.st_ctime_ns, stat.st_mtime_ns) for file, stat in stats.items()}


def _between(root: Path, before: dict, now: dict) -> list[Op]:
    moved = {stat[0]: file for file, stat in before.items() if file not in now}
    changed = [file for file, stat in now.items() if before.get(file) != stat]
    ops = []
    for file in sorted(changed, key=lambda file: (now[file][1], _rank(file))):
        name, source = str(file.relative_to(root)), moved.pop(now[file][0], None)
        if source is not None:
            ops.append(Op("rename", str(source.relative_to(root)), to=name))
        elif file not in before or before[file][2] != now[file][2]:
            ops.append(Op("file", name, file.read_bytes()))
    return ops + [Op("unlink", str(file.relative_to(root))) for file in moved.values()]


def _rank(file: Path) -> tuple[bool, bool, str]:
    """The order of files of one moment: data before the log, a commit before what is told of it."""
    return file.parent.name == "_delta_log", file.suffix != ".json", file.name

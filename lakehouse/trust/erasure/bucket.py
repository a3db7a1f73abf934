"""The bucket without a person: files rewritten whole, under their names, with their counts and times.

A load's new files and its new manifest are written beside the old ones under hidden names, the manifest
last; then each is renamed into its place, the manifest last. Whoever finds a hidden manifest finishes the
renaming, so an interruption at any point loses nothing. Needs the lock of the table that reads the source.
"""

import gzip
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from lakehouse.capture.manifest import MANIFEST
from lakehouse.errors import ErasureError, explain
from lakehouse.files import sync_folder, to_disk
from lakehouse.sources import FileFormat, Files, Workbooks
from lakehouse.trust.erasure.lines import MARKER, TouchedLine

__all__ = ["bucket_files", "finish_renaming", "rewrite"]

_NEW = ".erased"
_GZIP_LEVEL = 4


def bucket_files(bucket: Path, source: Files) -> list[Path]:
    """Every data file of a source, those of copies and of loads that cannot be taken among them."""
    home = bucket / source.system / source.table
    found = sorted(path for path in home.rglob("*") if path.is_file()) if home.is_dir() else []
    return [path for path in found if not path.name.startswith(("_", "."))]


def finish_renaming(bucket: Path, source: Files) -> None:
    """Finish what an earlier rewriting was stopped in, and remove what it had only begun."""
    home = bucket / source.system / source.table
    for manifest in home.rglob(f".{MANIFEST}{_NEW}") if home.is_dir() else ():
        _into_place(manifest.parent)
    for left in list(home.rglob(f".*{_NEW}")) if home.is_dir() else ():
        left.unlink()


def rewrite(bucket: Path, source: Files, touched: Iterable[TouchedLine]) -> int:
    """Rewrite the files that some lines stand in. Gives how many files that were."""
    by_file: dict[Path, dict[int, TouchedLine]] = {}
    for each in touched:
        by_file.setdefault(bucket / each.file, {})[each.number] = each
    for folder in sorted({path.parent for path in by_file}):
        changed = {path: lines for path, lines in by_file.items() if path.parent == folder}
        if (folder / MANIFEST).is_file():
            _rewrite_load(folder, source, changed)
        else:
            for path, lines in changed.items():
                _rewrite_file(path, source, lines)
                _beside(path).replace(path)
            sync_folder(folder)
    return len(by_file)


def _rewrite_load(folder: Path, source: Files, changed: Mapping[Path, Mapping[int, TouchedLine]]) -> None:
    manifest = folder / MANIFEST
    body = json.loads(manifest.read_bytes())
    for part in body["files"]:
        path = folder / part["name"]
        if path in changed:
            part["bytes"], part["sha256"] = _rewrite_file(path, source, changed[path])
    for path in changed.keys() - {folder / part["name"] for part in body["files"]}:  # renamed by somebody
        size, digest = _rewrite_file(path, source, changed[path])
        for part in body["files"]:
            if not (folder / part["name"]).exists():
                part["name"], part["bytes"], part["sha256"] = path.name, size, digest
    text = json.dumps(body, indent=1).encode() + b"\n"
    _write(_beside(manifest), iter((text,)), like=manifest)
    sync_folder(folder)
    _into_place(folder)


def _into_place(folder: Path) -> None:
    """Rename a load's new files into their places, then its new manifest."""
    manifest = folder / MANIFEST
    for new in sorted(folder.glob(f".*{_NEW}")):
        if new != _beside(manifest):
            new.replace(folder / new.name[1 : -len(_NEW)])
    sync_folder(folder)
    _beside(manifest).replace(manifest)
    sync_folder(folder)


def _rewrite_file(path: Path, source: Files, touched: Mapping[int, TouchedLine]) -> tuple[int, str]:
    """Write a file's new content beside it; its size and checksum."""
    new = _beside(path)
    if FileFormat.of(path) == FileFormat.XLSX:
        _rewrite_workbook(path, new, source, touched)
        os.utime(new, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    else:
        _write(new, _new_lines(path, touched), like=path, packed=path.suffix == ".gz")
    with new.open("rb") as file:
        return new.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


def _new_lines(path: Path, touched: Mapping[int, TouchedLine]) -> Iterator[bytes]:
    first = 2 if FileFormat.of(path) == FileFormat.CSV else 1
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                change = touched.get(number) if number >= first else None
                ending = b"\n" if line.endswith(b"\n") else b""
                yield line if change is None else (change.line or MARKER).encode() + ending
    except (EOFError, OSError) as error:
        raise ErasureError(
            explain(
                "a damaged file holds lines about the person, and cannot be rewritten",
                where=str(path),
                found=str(error),
                remedy="put the whole file back in its place or remove it, then give the same command again",
            )
        ) from None


def _rewrite_workbook(path: Path, new: Path, source: Files, touched: Mapping[int, TouchedLine]) -> None:
    """Empty the cells of the rows that go; a row without cells is no record, so it counts no longer."""
    import openpyxl

    book = openpyxl.load_workbook(path)
    named = source.sheet if isinstance(source, Workbooks) else ""
    sheet = book[named] if named else book.worksheets[0]
    for number, change in touched.items():
        texts = iter(json.loads(change.line)) if change.line is not None else None
        for cell in sheet[number]:
            text = next(texts, None) if texts is not None else None
            if texts is None or (isinstance(cell.value, str) and text is not None):
                cell.value = text
    with new.open("wb") as file:
        book.save(file)
        to_disk(file)


def _write(path: Path, chunks: Iterator[bytes], *, like: Path, packed: bool = False) -> None:
    """Write a file with the times of another: a bare file's time is its place among the loads."""
    with path.open("wb") as file:
        if packed:
            with gzip.GzipFile(
                fileobj=file, mode="wb", compresslevel=_GZIP_LEVEL, filename="", mtime=0
            ) as stream:
                stream.writelines(chunks)
        else:
            file.writelines(chunks)
        to_disk(file)
    about = like.stat()
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}{_NEW}")

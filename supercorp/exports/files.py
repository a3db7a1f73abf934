"""Files as other systems deliver them: made in memory, then written whole or not at all."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from supercorp.errors import ExportError, explain

__all__ = ["ExportFile", "write_files"]


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A file's name, ``system/table/file`` below the folder where exports are dropped, and what is in it."""

    name: str
    content: bytes


def write_files(files: Iterable[ExportFile], folder: Path) -> list[Path]:
    """Write each file under another name, sync it to disk and rename it; the paths written.

    A reader never meets half a file; names that begin with a dot are not finished. Raises
    :class:`ExportError` when the folder cannot be written to.
    """
    written = []
    for file in files:
        path = folder / file.name
        partial = path.with_name(f".{path.name}.partial")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as open_file:
                open_file.write(file.content)
                open_file.flush()
                os.fsync(open_file.fileno())
            partial.replace(path)
        except OSError as error:
            raise ExportError(
                explain(
                    "the file cannot be written",
                    where=str(path),
                    found=error.strerror or error,
                    remedy="free some disk space, or give a folder that this user may write to",
                )
            ) from error
        written.append(path)
    return written

"""The folder of one capture: what it must remember, and what it says of itself.

``offsets`` is Debezium's: how far the log is in the bucket. ``state.json`` is ours: which database it
is, and whether the first snapshot is done. Losing the folder loses no data, but costs a new snapshot.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lakehouse.errors import CaptureError, SetupError, explain
from lakehouse.files import replace_text, sync_folder

__all__ = ["Home", "State", "write_whole"]


@dataclass(frozen=True, slots=True)
class State:
    """Whose log is read: the database cluster's own identifier, the database, the slot, the tables.

    ``unread`` are the tables whose rows were asked for and are not yet in the bucket.
    """

    system: str
    database: str
    slot: str
    tables: tuple[str, ...]
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Home:
    """The files of a capture, in a folder that only its user can read."""

    folder: Path

    @property
    def offsets(self) -> Path:
        """Debezium's offsets: a line, key and value in JSON with a tab between."""
        return self.folder / "offsets"

    @property
    def log(self) -> Path:
        """What the engine says: warnings and worse."""
        return self.folder / "engine.log"

    @property
    def status(self) -> Path:
        """How it goes, for people and monitors."""
        return self.folder / "status.json"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Make the folder, and keep every other capture out of it; a killed process frees it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.pread(handle, 40, 0).decode(errors="replace").strip()
                raise CaptureError(
                    explain(
                        "this capture is running already",
                        where=str(self.folder),
                        found=f"process {holder}",
                        remedy="stop that one first, or give this one a home and a slot of its own",
                    )
                ) from None
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
            yield
        finally:
            os.close(handle)

    def state(self) -> State | None:
        """What is remembered; None in a new folder."""
        try:
            found = json.loads((self.folder / "state.json").read_bytes())
            tables, unread = tuple(found["tables"]), tuple(found["unread"])
            return State(found["system"], found["database"], found["slot"], tables, unread)
        except FileNotFoundError:
            return None
        except (KeyError, TypeError, ValueError):
            raise self._unreadable("state.json") from None

    def remember(self, state: State) -> None:
        """Keep the state, on disk when this returns."""
        write_whole(self.folder / "state.json", {"format": 1, **asdict(state)})

    def position(self) -> int | None:
        """The end of the last transaction known to be in the bucket; None before the first snapshot is."""
        try:
            line = self.offsets.read_text().splitlines()[0]
            return int(json.loads(line.partition("\t")[2])["lsn"])
        except FileNotFoundError:
            return None
        except (IndexError, KeyError, TypeError, ValueError):
            raise self._unreadable("offsets") from None

    def is_reading(self, table: str) -> bool:
        """Whether the engine remembers by itself that it was reading a table's rows again."""
        return self.offsets.is_file() and f'\\"{table}\\"' in self.offsets.read_text()

    def _unreadable(self, name: str) -> CaptureError:
        return CaptureError(
            explain(
                "what the capture remembers is damaged",
                where=str(self.folder / name),
                remedy="put back the file, or start over with a new snapshot (ChangeCapture.start_over)",
            )
        )

    def forget(self) -> None:
        """Begin anew: the next start takes a snapshot."""
        for path in (self.offsets, self.folder / "state.json"):
            path.unlink(missing_ok=True)
        sync_folder(self.folder)


def write_whole(path: Path, content: dict[str, Any]) -> None:
    """Replace a JSON file, so that a reader finds the old or the new, whole; else :class:`SetupError`."""
    try:
        replace_text(path, json.dumps(content, indent=1))
    except OSError as error:
        raise SetupError(
            explain(
                f"the capture's home cannot be written: {error.strerror or error}",
                where=str(path),
                remedy="free some space or fix the permissions and start it again",
            )
        ) from error

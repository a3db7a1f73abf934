"""A real PostgreSQL server for the session, with a tiny history in it that was dumped on the way."""

import json
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from supercorp.cadence import Capture, capture_history
from supercorp.postgres import Postgres


@dataclass(frozen=True)
class Told:
    """A tiny history: where it lies, what was said to be true, what was captured."""

    url: str
    bucket: Path
    truth: dict[str, Any]
    capture: Capture


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that the database's user can get into, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    with tempfile.TemporaryDirectory() as folder, Postgres(durable=False) as running:
        Path(folder).chmod(0o755)
        yield running.start(Path(folder))


@pytest.fixture
def empty_database(server: Postgres) -> str:
    return new_database(server)


@pytest.fixture(scope="session")
def told(server: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("told")
    url = new_database(server)
    capture = capture_history(url, folder / "bucket", "tiny", 7, truth_file=folder / "truth.json")
    return Told(url, folder / "bucket", json.loads((folder / "truth.json").read_text()), capture)


def new_database(server: Postgres) -> str:
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server.url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    return f"{server.url.rpartition('/')[0]}/{name}"

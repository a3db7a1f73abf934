"""A real PostgreSQL server for the session, and empty databases in it."""

import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from supercorp.postgres import Postgres
from supercorp.world import World, simulate


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


@pytest.fixture(scope="session")
def new_database(server: Postgres) -> Callable[[], str]:
    """Makes an empty database and returns its URL."""

    def make() -> str:
        name = f"test_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(server.url, autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name} STRATEGY file_copy")
        return f"{server.url.rpartition('/')[0]}/{name}"

    return make


@pytest.fixture(scope="session")
def tiny() -> World:
    return simulate("tiny", 7)


@pytest.fixture(scope="session")
def small() -> World:
    return simulate("small", 7)

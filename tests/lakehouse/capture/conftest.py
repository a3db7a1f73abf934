"""A real PostgreSQL server for the session, and a database of its own for each test."""

import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from supercorp.postgres import Postgres


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    with tempfile.TemporaryDirectory() as folder, Postgres(durable=False) as running:
        Path(folder).chmod(0o755)  # its user must get in
        yield running.start(Path(folder))


@pytest.fixture
def database(server: Postgres) -> Iterator[psycopg.Connection]:
    """An open autocommit connection to an empty database; ``connection_url`` names it."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server.url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} STRATEGY file_copy")
    with psycopg.connect(f"{server.url.rpartition('/')[0]}/{name}", autocommit=True) as connection:
        yield connection


@pytest.fixture
def connection_url(server: Postgres, database: psycopg.Connection) -> str:
    return f"{server.url.rpartition('/')[0]}/{database.info.dbname}"


@pytest.fixture
def bucket(tmp_path: Path) -> Path:
    return tmp_path / "bucket"

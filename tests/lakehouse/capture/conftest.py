"""A real PostgreSQL server for the session, and a database of its own for each test."""

import gzip
import json
import tempfile
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from lakehouse.capture.loads import Load
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


@pytest.fixture
def things(database: psycopg.Connection) -> psycopg.Connection:
    """A database with an empty table ``things`` that keeps when its rows changed."""
    database.execute("CREATE TABLE things (id bigint PRIMARY KEY, name text, updated_at timestamptz)")
    return database


@pytest.fixture(scope="session")
def put() -> Callable[..., None]:
    """A function that inserts or updates a thing, changed so many minutes before noon of 2026-05-01."""

    def upsert(things: psycopg.Connection, key: int, minutes: float | None, name: str = "x") -> None:
        changed = None
        if minutes is not None:
            changed = datetime(2026, 5, 1, 12, tzinfo=UTC) - timedelta(minutes=minutes)
        things.execute(
            "INSERT INTO things VALUES (%s, %s, %s)"
            " ON CONFLICT (id) DO UPDATE SET name = excluded.name, updated_at = excluded.updated_at",
            [key, name, changed],
        )

    return upsert


@pytest.fixture(scope="session")
def rows_of() -> Callable[..., list[dict[str, Any]]]:
    """A function that gives the rows of a load, numbers exact."""

    def rows(load: Load | None) -> list[dict[str, Any]]:
        assert load is not None
        return [
            json.loads(line, parse_float=Decimal)
            for file in load.files
            for line in gzip.decompress(file.path.read_bytes()).split(b"\n")[:-1]
        ]

    return rows


@pytest.fixture(scope="session")
def ids_of(rows_of: Callable[..., list[dict[str, Any]]]) -> Callable[..., list[int]]:
    """A function that gives the ids of a load's rows, in their order."""
    return lambda load: [row["id"] for row in rows_of(load)]

"""Databases made ready for capture, and what landed of them. One engine's run is shared by many tests."""

import gzip
import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from lakehouse.capture.changes.capture import ChangeCapture
from lakehouse.capture.changes.declaration import Captured
from lakehouse.capture.changes.java import engine_jars
from lakehouse.capture.changes.setup import setup_sql
from lakehouse.capture.changes.supervisor import Pace
from lakehouse.capture.loads import list_loads
from lakehouse.settings import Settings
from supercorp.postgres import Postgres

PROJECT = Path(__file__).resolve().parents[4]
ROLE, PASSWORD = "capturer", "made up"
QUICK = Pace(roll_seconds=0.2, heartbeat_seconds=0.5, patience_seconds=20)


@dataclass
class Place:
    """A database of its own with its tables made ready, and where its changes go."""

    admin: psycopg.Connection
    admin_url: str
    url: str
    captured: Captured
    bucket: Path
    home: Path
    jars: tuple[Path, ...]

    def capture(self, **differently: Any) -> ChangeCapture:
        words = {"url": self.url, "home": self.home, "pace": QUICK} | differently
        return ChangeCapture(
            words.pop("url"), self.bucket, words.pop("captured", self.captured), jars=self.jars, **words
        )

    def lines(self, table: str) -> list[dict[str, Any]]:
        """What landed of a table, in order."""
        return [line for load in self.loads(table) for line in lines_of(load)]

    def loads(self, table: str):
        listing = list_loads(self.bucket, self.captured.source, table)
        assert (listing.problems, listing.duplicates) == ((), ())
        return listing.loads

    def slot(self, column: str) -> Any:
        row = self.admin.execute(
            f"SELECT {column} FROM pg_replication_slots WHERE slot_name = %s", [self.captured.slot]
        ).fetchone()
        return row[0] if row else None


def lines_of(load) -> list[dict[str, Any]]:
    found = []
    for file in load.files:
        with gzip.open(file.path, "rt") as lines:
            found += [json.loads(line) for line in lines]
    assert len(found) == sum(file.rows for file in load.files)
    return found


@pytest.fixture(scope="module", autouse=True)
def quick_java() -> Iterator[None]:
    """Engines that live for seconds: a third less work with the simple compiler alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1")
        yield


@pytest.fixture(scope="session")
def jars(machine) -> tuple[Path, ...]:
    return engine_jars(Settings(_env_file=None, project=PROJECT, **machine), print)


@pytest.fixture(scope="session")
def new_place(server: Postgres, jars, tmp_path_factory) -> Iterator[Callable[..., Place]]:
    """Makes a database from statements, and sets it up for the capture of tables."""
    made = []

    def make(statements: str, tables: list[str], server: Postgres = server) -> Place:
        name = f"test_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(server.url, autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name} STRATEGY file_copy")
        admin_url = f"{server.url.rpartition('/')[0]}/{name}"
        admin = psycopg.connect(admin_url, autocommit=True)
        admin.execute(statements)
        captured = Captured(f"src_{name[5:]}", tables)
        admin.execute(setup_sql(captured, ROLE))
        admin.execute(f"ALTER ROLE {ROLE} PASSWORD '{PASSWORD}'")
        url = f"postgresql://{ROLE}:made%20up@{admin_url.partition('@')[2]}"
        folder = tmp_path_factory.mktemp(name)
        made.append(Place(admin, admin_url, url, captured, folder / "bucket", folder / "home", jars))
        return made[-1]

    yield make
    for place in made:
        place.admin.close()


@pytest.fixture
def place(new_place) -> Place:
    return new_place("CREATE SCHEMA s; CREATE TABLE s.things (id int PRIMARY KEY, name text)", ["s.things"])

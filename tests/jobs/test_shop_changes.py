"""The capture of the shop's changes: the shop's own schema, made ready and fit to be captured."""

import stat
import tempfile
from importlib.resources import files
from pathlib import Path

import psycopg
import pytest

from jobs import shop_dumps
from jobs.shop_changes import CAPTURED, SOURCE, capture_home, prepare
from lakehouse.capture.changes.preflight import check_database
from lakehouse.capture.postgres import connect
from lakehouse.errors import SourceError
from supercorp.database import SCHEMA
from supercorp.postgres import Postgres


@pytest.fixture(scope="module")
def server():
    with tempfile.TemporaryDirectory() as folder, Postgres(durable=False) as running:
        Path(folder).chmod(0o755)
        yield running.start(Path(folder))


def test_a_shop_that_is_not_there_is_a_sentence(server, tmp_path):
    with pytest.raises(SourceError, match=r"shop_changes: the database refuses.*Remedy"):
        prepare(server.url, tmp_path)


def test_the_shop_is_made_ready_once_and_again(server, settings):
    with psycopg.connect(server.url, autocommit=True, options=f"-c search_path={SCHEMA}") as owner:
        owner.execute(f"CREATE SCHEMA {SCHEMA}")
        owner.execute(files("supercorp").joinpath("schema.sql").read_bytes())
    home = capture_home(settings)
    url = prepare(server.url, home)
    assert prepare(server.url, home) == url
    assert stat.S_IMODE((home / "password").stat().st_mode) == 0o600
    with connect(url) as role:
        check_database(role, CAPTURED)
        role.execute(f"SELECT * FROM {SCHEMA}.orders")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            role.execute(f"DELETE FROM {SCHEMA}.orders")


def test_changes_do_not_land_among_the_dumps():
    assert SOURCE != shop_dumps.SOURCE
    assert sorted(CAPTURED.landed.values()) == sorted(dump.table for dump in shop_dumps.ALL_DUMPS)

"""The shop's own schema, captured both ways: made ready for its changes, and dumped."""

import stat
import tempfile
from importlib.resources import files
from pathlib import Path

import psycopg
import pytest

from jobs import shop_dumps
from jobs.shop_changes import CAPTURED, ROLE, SOURCE, capture_home, prepare
from lakehouse.capture.changes.preflight import check_database
from lakehouse.capture.postgres import connect
from lakehouse.errors import SetupError, SourceError
from supercorp.database import SCHEMA
from supercorp.postgres import URL_VARIABLE, Postgres


@pytest.fixture(scope="module")
def server():
    with tempfile.TemporaryDirectory() as folder, Postgres(durable=False) as running:
        Path(folder).chmod(0o755)
        yield running.start(Path(folder))


def test_a_shop_that_is_not_there_is_a_sentence(server, tmp_path):
    with pytest.raises(SourceError, match=r"no tables yet.*Remedy: run `python -m supercorp history` first"):
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


def test_a_round_of_dumps_takes_what_has_changed(server, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv(URL_VARIABLE, server.url)
    monkeypatch.setenv("LAKEHOUSE_VAR", str(tmp_path))
    monkeypatch.setattr(shop_dumps.signal, "signal", lambda *_: None)
    with psycopg.connect(server.url, autocommit=True) as owner:
        owner.execute(f"INSERT INTO {SCHEMA}.price_imports VALUES ('SKU-1', 2.50, now())")
    shop_dumps.dump()
    shop_dumps.dump()
    first, again = capsys.readouterr().out.splitlines()
    assert "8 loads, 1 rows" in first  # the tables dumped whole
    assert "0 loads, 0 rows" in again


def test_only_somebody_who_may_makes_the_shop_ready(server, tmp_path):
    with psycopg.connect(server.url, autocommit=True) as admin:
        admin.execute("CREATE ROLE passer_by LOGIN PASSWORD 'made up'")
    theirs = f"postgresql://passer_by:made%20up@{server.url.partition('@')[2]}"
    with pytest.raises(SetupError, match=r"passer_by may not make.*Remedy: name such a role"):
        prepare(theirs, tmp_path)


def test_a_role_that_has_lost_its_rights_gets_them_again(server, settings):
    prepare(server.url, capture_home(settings))
    with psycopg.connect(server.url, autocommit=True) as admin:
        admin.execute(f"ALTER ROLE {ROLE} NOREPLICATION")
    with connect(prepare(server.url, capture_home(settings))) as role:
        check_database(role, CAPTURED)

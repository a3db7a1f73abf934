"""What the database and the disk refuse is one sentence with a way out, and nothing is left half-done."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import psycopg
import pytest

from supercorp.errors import DatabaseError, ExportError
from supercorp.history import run_history
from supercorp.postgres import Postgres
from supercorp.refusals import disk_refusals


@pytest.fixture
def url(new_database: Callable[[], str]) -> str:
    return new_database()


def run(url: str, text: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(text)


def days_done(url: str) -> int:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT days_done FROM shop.simulator_history").fetchone()[0]


def test_a_role_without_rights(url: str) -> None:
    run(url, "DROP ROLE IF EXISTS guest")
    run(url, "CREATE ROLE guest LOGIN PASSWORD 'hush'")
    user, _, place = url.rpartition("@")
    guest = f"{user.partition('//')[0]}//guest:hush@{place}"
    with pytest.raises(
        DatabaseError, match=r"the role may not do this; found permission denied.*grant it CREATE"
    ):
        run_history(guest, "tiny", 7, days=3)


def test_a_database_that_can_only_be_read(url: str) -> None:
    run(url, f"ALTER DATABASE {url.rpartition('/')[2]} SET default_transaction_read_only = on")
    with pytest.raises(DatabaseError, match=r"the database can only be read.*name the primary server"):
        run_history(url, "tiny", 7, days=3)


def test_a_database_that_goes_away_keeps_whole_days_and_is_gone_on_with(url: str) -> None:
    def end_all(_: date) -> None:
        others = "pid <> pg_backend_pid() AND datname = current_database()"
        run(url, f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {others}")

    with pytest.raises(DatabaseError, match=r"the database has gone away.*goes on where it stopped"):
        run_history(url, "tiny", 7, days=3, on_day=end_all)
    assert days_done(url) == 1
    assert run_history(url, "tiny", 7, days=3).days_written == 2


def test_tables_that_somebody_changed_by_hand(url: str) -> None:
    def drop(_: date) -> None:
        run(url, "DROP TABLE shop.price_imports CASCADE; DROP TABLE shop.stock_movements CASCADE")

    with pytest.raises(
        DatabaseError, match=r'the database refuses; found relation "\w+" does not exist.*--fresh'
    ):
        run_history(url, "tiny", 7, days=3, on_day=drop)
    assert days_done(url) == 1


def test_a_full_disk() -> None:
    with (
        pytest.raises(ExportError, match=r"/dev/full: the disk is full.*free some disk space"),
        disk_refusals(Path("/dev/full"), ExportError),
    ):
        Path("/dev/full").write_text("truth")


def test_a_folder_that_cannot_be_one(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseError, match=r"file.*the folder cannot be used.*choose another folder"):
        Postgres().start(tmp_path / "file" / "postgres")

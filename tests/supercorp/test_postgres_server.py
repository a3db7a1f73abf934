"""The database server: private, adopted when it runs, whole after a kill, wherever the folder is."""

import os
import shutil
import signal
import socket
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from supercorp.errors import DatabaseError
from supercorp.postgres import URL_VARIABLE, Postgres, open_database
from supercorp.server_home import find_home


def pid_of(folder: Path) -> int:
    return int((find_home(folder).cluster / "postmaster.pid").read_text().splitlines()[0])


def query(url: str, text: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(text)
        return cursor.fetchall() if cursor.description else []


def test_the_server_is_private_and_fit_for_change_capture(open_folder: Path) -> None:
    with Postgres(durable=False).start(open_folder) as server:
        assert Path(f"/proc/{pid_of(open_folder)}").stat().st_uid != 0
        for name, value in {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "wal_level": "logical",
            "TimeZone": "UTC",
            "server_encoding": "UTF8",
        }.items():
            assert query(server.url, f"SHOW {name}") == [(value,)]
        assert query(server.url, "SELECT DISTINCT auth_method FROM pg_hba_file_rules") == [("scram-sha-256",)]
        password = open_folder / "password"
        assert stat.S_IMODE(password.stat().st_mode) == 0o600
        wrong = server.url.replace(password.read_text().strip(), "wrong")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(wrong)


def test_a_running_server_is_used_and_left_to_whoever_started_it(open_folder: Path) -> None:
    with Postgres(durable=False).start(open_folder) as first:
        with open_database(open_folder) as url:
            assert url == first.url
        assert query(first.url, "SELECT 1") == [(1,)]
        second = Postgres().start(open_folder)
        second.stop()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(first.url)


def test_after_a_kill_what_was_committed_is_there_at_the_same_address(open_folder: Path) -> None:
    with Postgres().start(open_folder) as killed:
        url = killed.url
        query(url, "CREATE TABLE kept AS SELECT 42 AS answer")
        os.kill(pid_of(open_folder), signal.SIGKILL)
        killed.stop()  # notices that it is gone
        with Postgres().start(open_folder) as server:
            assert server.url == url
            assert query(url, "SELECT answer FROM kept") == [(42,)]


def test_several_that_start_a_server_at_once_use_one(open_folder: Path) -> None:
    with Postgres(durable=False).start(open_folder) as killed:
        os.kill(pid_of(open_folder), signal.SIGKILL)
        killed.stop()
        with ThreadPoolExecutor(3) as together:
            started = list(together.map(lambda _: Postgres(durable=False).start(open_folder), range(3)))
        assert len({query(each.url, "SELECT pg_postmaster_start_time()")[0] for each in started}) == 1
        for each in started:
            each.stop()


def test_another_port_is_taken_when_the_last_one_is_in_use(open_folder: Path) -> None:
    with Postgres(durable=False).start(open_folder) as server:
        before = server.url
    port = int((open_folder / "port").read_text())
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # closed connections linger
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with Postgres(durable=False).start(open_folder) as server:
            assert server.url != before
            assert query(server.url, "SELECT 1") == [(1,)]


def test_an_interrupted_first_start_leaves_nothing_to_trip_over(open_folder: Path) -> None:
    half = open_folder / "cluster.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    with Postgres(durable=False).start(open_folder) as server:
        assert query(server.url, "SELECT 1") == [(1,)]
    assert not half.exists()


def test_a_folder_that_the_servers_user_cannot_reach_is_replaced(open_folder: Path) -> None:
    closed = open_folder / "home"
    closed.mkdir(mode=0o700)
    home = find_home(closed / "data")
    try:
        with Postgres(durable=False).start(closed / "data") as server:
            assert query(server.url, "SELECT 1") == [(1,)]
        if os.geteuid() == 0:
            assert home.base.parent != closed
        assert find_home(closed / "data") == home
        assert stat.S_IMODE(home.cluster.stat().st_mode) == 0o700
    finally:
        shutil.rmtree(home.base)


def test_stopping_what_does_not_run_is_no_error(open_folder: Path) -> None:
    assert not Postgres().stop_running(open_folder)
    server = Postgres(durable=False).start(open_folder)
    begun = time.monotonic()
    assert Postgres().stop_running(open_folder)
    assert time.monotonic() - begun < 10
    server.stop()
    assert not Postgres().stop_running(open_folder)


def test_a_database_of_ones_own_is_honoured(
    server: Postgres, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(URL_VARIABLE, server.url)
    with open_database(open_folder) as url:
        assert url == server.url
    assert list(open_folder.iterdir()) == []
    monkeypatch.setenv(URL_VARIABLE, "postgresql://me:hush@127.0.0.1:1/none")
    with (
        pytest.raises(DatabaseError, match=f"{URL_VARIABLE}: .* Remedy: ") as caught,
        open_database(open_folder),
    ):
        pass
    assert "hush" not in str(caught.value)


def test_a_server_that_cannot_start_says_why(open_folder: Path) -> None:
    with Postgres(durable=False).start(open_folder):
        pass
    (find_home(open_folder).cluster / "PG_VERSION").write_text("9.1\n")
    with pytest.raises(DatabaseError, match=r"PostgreSQL does not start.*version.*server\.log"):
        Postgres(durable=False).start(open_folder)


def test_programs_that_the_servers_user_cannot_reach_are_copied(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = find_home(open_folder).programs.parent.parent
    closed = open_folder / "home"
    for name in (installed.name, f"{installed.name}.libs"):
        shutil.copytree(installed.with_name(name), closed / name)
    closed.chmod(0o700)
    monkeypatch.syspath_prepend(closed)
    home = find_home(open_folder / "data")
    try:
        with Postgres(durable=False).start(open_folder / "data") as server:
            assert query(server.url, "SELECT 1") == [(1,)]
        if os.geteuid() == 0:
            assert closed not in home.programs.parents
    finally:
        if closed not in home.programs.parents:
            shutil.rmtree(home.programs.parents[2])

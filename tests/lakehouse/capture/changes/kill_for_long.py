"""Kills the engine, its supervisor and the database at random while three writers commit.

``python -m tests.lakehouse.capture.changes.kill_for_long --minutes 5`` prints each kill, and at the end
what is missing, out of order and repeated. Exit code 1 if anything is missing or out of order.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

from lakehouse.capture.changes.capture import ChangeCapture
from lakehouse.capture.changes.declaration import Captured
from lakehouse.capture.changes.java import engine_jars
from lakehouse.capture.changes.setup import setup_sql
from lakehouse.capture.changes.status import read_status
from lakehouse.capture.changes.supervisor import Pace
from lakehouse.settings import load_settings
from supercorp.postgres import Postgres
from supercorp.server_home import find_home
from tests.lakehouse.capture.changes.conftest import Place
from tests.lakehouse.capture.changes.ledger import SCHEMA, TABLE, Writer, missing_and_disorder

WRITERS = 3
PACE = Pace(roll_seconds=1, heartbeat_seconds=1, patience_seconds=120)
CAPTURED = Captured("killed", [TABLE])


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def capture(url: str, place: Path) -> ChangeCapture:
    jars = engine_jars(load_settings(), say)
    return ChangeCapture(url, place / "bucket", CAPTURED, home=place / "home", jars=jars, pace=PACE)


def supervise(url: str, place: Path) -> None:
    """The child: captures until it is killed."""
    with capture(url, place) as running:
        say(str(running.engine_pid))
        running.run()


def start_child(url: str, place: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", __spec__.name, "--child", url, str(place)])


def kill_database(server: Postgres, folder: Path) -> None:
    pid = int((find_home(folder).cluster / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGKILL)
    server.stop()
    server.start(folder)


def main(minutes: float, seed: int, longest: float) -> int:
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder, Postgres() as server:
        base, place = Path(folder), Path(folder) / "capture"
        base.chmod(0o755)
        database = base / "database"
        database.mkdir()
        url = server.start(database).url
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(
                f"{SCHEMA}; INSERT INTO s.ledger SELECT n, 0, 0, 'y' FROM generate_series(1, 20000) n"
            )
            admin.execute(setup_sql(CAPTURED, "capturer"))
            admin.execute("ALTER ROLE capturer PASSWORD 'made up'")
        theirs = f"postgresql://capturer:made%20up@{url.partition('@')[2]}"
        writers = [Writer(url, number) for number in range(1, WRITERS + 1)]
        for writer in writers:
            writer.start()
        kills = {"engine": 0, "supervisor": 0, "database": 0}
        child, begun = start_child(theirs, place), time.monotonic()
        while time.monotonic() - begun < minutes * 60:
            time.sleep(dice.uniform(1, longest))
            what = dice.choice(list(kills))
            if child.poll() is not None:
                say(f"the supervisor ended by itself: {child.returncode} {read_status(place / 'home').error}")
                return 1
            if what == "supervisor":
                child.kill()
                child.wait()
                child = start_child(theirs, place)
            elif what == "database":
                kill_database(server, database)
            else:
                engines = subprocess.run(
                    ["pgrep", "-P", str(child.pid)], capture_output=True, text=True, check=False
                ).stdout.split()
                for engine in engines:
                    os.kill(int(engine), signal.SIGKILL)
            kills[what] += 1
            landed = len(list(place.glob("bucket/killed/ledger/*")))
            say(f"{time.monotonic() - begun:4.0f} s: killed the {what}; {landed} loads so far")
        child.terminate()
        say(f"terminated: exit code {child.wait(60)}")
        for writer in writers:
            writer.stop()
        with capture(theirs, place) as last:
            last.drain(120)
        with psycopg.connect(url, autocommit=True) as admin:
            return judge(Place(admin, url, theirs, CAPTURED, place / "bucket", place / "home", ()), kills)


def judge(place: Place, kills: dict[str, int]) -> int:
    """Hold what landed against what the database says was committed."""
    lines, bad = place.lines("ledger"), 0
    for writer in range(1, WRITERS + 1):
        ((last,),) = place.admin.execute(
            "SELECT max(number) FROM s.ledger WHERE writer = %s", [writer]
        ).fetchall()
        missing, disorder, repeats = missing_and_disorder(lines, writer, last)
        found = f"{len(missing)} missing, {disorder} disordered, {repeats} repeats"
        say(f"writer {writer}: {last} changes, {found}")
        bad += len(missing) + disorder
    say(f"kills: {kills}; {len(place.loads('ledger'))} loads, {len(lines)} lines")
    return 1 if bad else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--longest", type=float, default=15, help="seconds between two kills, at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", nargs=2)
    given = parser.parse_args()
    if given.child:
        supervise(given.child[0], Path(given.child[1]))
    else:
        sys.exit(main(given.minutes, given.seed, given.longest))

"""A table whose every change carries a number, so that what is missing, or out of order, shows."""

import random
import threading
import time
from collections.abc import Sequence
from itertools import pairwise

import psycopg

TABLE = "s.ledger"
SCHEMA = "CREATE SCHEMA s; CREATE TABLE s.ledger (id int PRIMARY KEY, writer int, number int, pad text)"


class Writer(threading.Thread):
    """Commits transactions of one to five changes until told to stop; ``number`` is the last committed.

    A number is given once by each writer and never to a change that is rolled back.
    """

    def __init__(self, url: str, writer: int = 1, *, pause: float = 0.002, seed: int = 7) -> None:
        super().__init__(daemon=True)
        self._url, self._writer, self._pause = url, writer, pause
        self._dice = random.Random(seed + writer)
        self._done = threading.Event()
        self.number = self.transactions = 0

    def run(self) -> None:
        while not self._done.is_set():
            try:
                with psycopg.connect(self._url, autocommit=True, connect_timeout=5) as connection:
                    ((found,),) = connection.execute(
                        "SELECT coalesce(max(number), 0) FROM s.ledger WHERE writer = %s", [self._writer]
                    ).fetchall()
                    self.number = max(self.number, found)  # a commit whose answer the kill has swallowed
                    while not self._done.is_set():
                        self._transaction(connection)
                        time.sleep(self._pause)
            except psycopg.OperationalError:
                time.sleep(0.1)  # the database is being restarted

    def stop(self) -> None:
        self._done.set()
        self.join()

    def _transaction(self, connection: psycopg.Connection) -> None:
        number = self.number
        with connection.transaction():
            for _ in range(self._dice.randint(1, 5)):
                number += 1
                key = self._writer * 1_000_000 + self._dice.randint(1, 500)
                connection.execute(
                    "INSERT INTO s.ledger VALUES (%s, %s, %s, %s)"
                    " ON CONFLICT (id) DO UPDATE SET number = excluded.number, pad = excluded.pad",
                    [key, self._writer, number, "x" * self._dice.randint(0, 200)],
                )
        self.number, self.transactions = number, self.transactions + 1


def missing_and_disorder(lines: Sequence[dict], writer: int, last: int) -> tuple[list[int], int, int]:
    """The numbers that never landed, first landings out of order, and repeats, since the last snapshot."""
    snapshots = [
        index for index, line in enumerate(lines) if line["source"]["snapshot"] not in {None, "false"}
    ]
    begin = snapshots[-1] + 1 if snapshots else 0
    numbers = [line["after"]["number"] for line in lines if line["after"]["writer"] == writer]
    known = max(
        (line["after"]["number"] for line in lines[:begin] if line["after"]["writer"] == writer), default=0
    )
    streamed = [
        line["after"]["number"]
        for line in lines[begin:]
        if line["after"]["writer"] == writer and line["after"]["number"] > known
    ]
    firsts = list(dict.fromkeys(streamed))
    missing = sorted(set(range(known + 1, last + 1)) - set(firsts))
    disorder = sum(later < earlier for earlier, later in pairwise(firsts))
    return missing, disorder, len(numbers) - len(set(numbers))

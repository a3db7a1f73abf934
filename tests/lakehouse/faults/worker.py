"""A process of its own that writes tables, to be contended with and to be killed.

``python -m tests.lakehouse.faults.worker JARS SCRATCH`` starts a session, says ``ready`` and then takes one
job a line, ``[[LAKE, DATASET], …]``: writes all of them at the same time, says ``started`` and, when all have
ended, what became of each.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from lakehouse.engine.spark import start_session
from lakehouse.errors import LakehouseError
from lakehouse.settings import Settings
from lakehouse.writing.path import write
from lakehouse.writing.request import Request
from tests.lakehouse.faults.scenario import DATASETS, lake_in

PROJECT = Path(__file__).parents[3]


class Worker:
    """The process, as the one that starts it sees it."""

    def __init__(self, jars, scratch: Path, *before: str) -> None:
        command = [
            *before,
            sys.executable,
            "-m",
            "tests.lakehouse.faults.worker",
            str(jars or ""),
            str(scratch),
        ]
        self.process = subprocess.Popen(
            command,
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def wait_for(self, word: str) -> dict:
        for line in self.process.stdout:
            if line.startswith("{"):
                said = json.loads(line)
                if word in said:
                    return said
        raise ChildProcessError(word)

    def ask(self, *jobs: tuple[Path, str]) -> None:
        self.process.stdin.write(json.dumps([[str(lake), name] for lake, name in jobs]) + "\n")
        self.process.stdin.flush()

    def kill(self, *, engine_first: bool = False) -> None:
        """End it as the system does for want of memory. Its Java process is left to itself."""
        if engine_first:
            os.kill(self.engine, signal.SIGKILL)
        else:
            self.process.kill()

    @property
    def engine(self) -> int:
        """Its Java process."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return next(int(each) for each in children if "java" in Path(f"/proc/{each}/cmdline").read_text())

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


def _say(**what) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def _write(spark, lake: str, name: str, results: dict) -> None:
    dataset = next(each for each in DATASETS if each.name == name)
    try:
        outcome = write(lake_in(Path(lake)), spark.newSession(), dataset, Request("worker"))
        results[f"{lake} {name}"] = list(outcome.record.loads) if outcome.record else outcome.wrote
    except LakehouseError as error:
        results[f"{lake} {name}"] = f"{type(error).__name__}: {error}"


def main(jars: str, scratch: str) -> None:
    settings = Settings(
        _env_file=None,
        project=PROJECT,
        var=Path(scratch),
        spark_profile="test",
        pseudonym_key="0" * 64,
        **({"jars": jars} if jars else {}),
    )
    spark = start_session(settings)
    spark.range(1).count()
    _say(ready=True)
    for line in sys.stdin:
        results: dict = {}
        threads = [threading.Thread(target=_write, args=(spark, *job, results)) for job in json.loads(line)]
        _say(started=True)
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        _say(results=results)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""What `make demo` takes once set up: seconds, and memory of everything that it starts.

Each round begins with nothing: no database, no bucket, no lake. Memory is the proportional set size of
all processes together, database and Java included, sampled twice a second.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from process_tree import PeakMemory, adopt_orphans, wait_for_orphans
from side_by_side import said

PROJECT = Path(__file__).resolve().parent.parent
GIB = 1024**3


def main(
    size: Annotated[str, typer.Option(help="Of the company: tiny, small, medium.")] = "small",
    rounds: Annotated[int, typer.Option(help="Measured rounds.")] = 3,
) -> None:
    """Measure."""
    adopt_orphans()
    seconds, memory = [], []
    for number in range(rounds):
        with tempfile.TemporaryDirectory(prefix="bench-") as folder, PeakMemory() as peak:
            Path(folder).chmod(0o755)  # the database runs as a user of its own
            began = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-m", "jobs.demo", "--size", size],
                cwd=PROJECT,
                env=os.environ | {"LAKEHOUSE_VAR": folder, "DAGSTER_DISABLE_TELEMETRY": "yes"},
                capture_output=True,
                text=True,
                check=False,
            )
            seconds.append(time.perf_counter() - began)
            wait_for_orphans()
        if done.returncode:
            raise SystemExit(done.stdout + done.stderr)
        memory.append(peak.bytes / GIB)
        print(f"demo round {number + 1}: {seconds[-1]:.0f} s, {memory[-1]:.2f} GiB", flush=True)
    said("demo_time", "seconds", seconds, 150)
    said("demo_memory", "gibibytes", memory, 4)


if __name__ == "__main__":
    typer.run(main)

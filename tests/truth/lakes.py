"""A company's lake to hold against its truth: built by the real path, in a folder of its own, and kept.

::

    python -m tests.truth.lakes --size tiny --seed 3 --folder var/truth
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jobs.exports import land_exports
from jobs.shop_dumps import ALL_DUMPS, capture_history
from jobs.web_events import land_events
from lakehouse.dagster.running import Status, run_lake
from lakehouse.engine.sql import query
from lakehouse.lake import Lake
from lakehouse.settings import Settings, load_settings
from lakehouse.telling.progress import Progress
from supercorp.postgres import Postgres
from supercorp.truths import load_truths

PROJECT = Path(__file__).resolve().parents[2]
READ = (
    *("segment_changes", "confirmation_back_button", "orders_after_back", "daily_registration_funnel"),
    *("launch_readouts", "feature_adoption", "tracking_gaps", "experiment_results", "ticket_conversions"),
    *("campaign_costs", "acquisition_cohorts", "payments_due", "stock_levels", "daily_stock"),
    *("vendor_lead_times", "forecast_errors", "addresses", "payments"),
)
"""What is held against the truth; all that lies before these is built with them."""


class Company:
    """A lake that is built, and what is true of it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.truth: dict[str, Any] = json.loads(_truth_file(settings).read_text())

    def ask(self, text: str) -> list[dict[str, Any]]:
        return query(self.settings, text).to_pylist()

    def effect(self, name: str) -> dict[str, float]:
        """The quantities of a planted effect, by name."""
        return {each["name"]: each["value"] for each in self.truth["effects"][name]}

    def release_of(self, effect: str) -> str:
        """The version that brought an effect."""
        return next(each["version"] for each in self.truth["releases"] if each["effect"] == effect)


def settings_of(folder: Path, size: str, seed: int) -> Settings:
    # Fed by dumps, whatever this machine's own lake is fed by.
    return load_settings(PROJECT, var=folder.resolve() / f"{size}-{seed}", feeds={})


def company(folder: Path, size: str, seed: int, *, again: bool = False) -> Company:
    """The company with its lake, built if it is not there; in a process of its own, which frees its memory.

    With ``again`` the tables are made anew from the files as they came: after a change of the datasets.
    """
    settings = settings_of(folder, size, seed)
    if again or not _is_built(settings):
        command = [sys.executable, "-m", "tests.truth.lakes", "--size", size, "--seed", str(seed)]
        if subprocess.run([*command, "--folder", str(folder.resolve())], check=False, cwd=PROJECT).returncode:
            raise SystemExit(
                f"the lake of {size} with seed {seed} could not be built; what failed stands above"
            )
    return Company(settings)


def build(settings: Settings, size: str, seed: int, progress: Progress) -> None:
    """Land what the company's systems delivered, if that has not been done, and run the lake."""
    lake, built = Lake.load(settings), _built_file(settings)
    if not _truth_file(settings).exists():
        with progress.step(f"SuperCorp, {size}, seed {seed}: all that its systems delivered") as step:
            land(settings, size, seed, step.note)
    again = built.exists()
    built.unlink(missing_ok=True)
    report = run_lake(lake, [f"+{name}" for name in READ], rebuild=again, progress=progress)
    if not report.ok:
        failed = [f"{each.dataset.full_name}: {each.problem}" for each in report.of(Status.FAILED)]
        raise SystemExit("\n".join([report.error or "the lake could not be built", *failed]))
    built.write_text(load_truths().digest)


def land(settings: Settings, size: str, seed: int, say: Callable[[str], None]) -> None:
    """The company's whole history as files in the bucket, in one go: what was broken off begins anew."""
    shutil.rmtree(settings.var_dir, ignore_errors=True)
    truth = settings.var_dir / "landing.json"
    with tempfile.TemporaryDirectory() as home, Postgres(durable=False) as server:
        Path(home).chmod(0o755)
        url = server.start(Path(home)).url
        history, _ = capture_history(
            url, settings.bucket_dir, size, seed, truth_file=truth, say=say, dumps=ALL_DUMPS
        )
    land_events(history.world, settings.bucket_dir, say)
    land_exports(history.world, settings.bucket_dir)
    truth.rename(_truth_file(settings))


def _truth_file(settings: Settings) -> Path:
    return settings.var_dir / "truth.json"


def _built_file(settings: Settings) -> Path:
    return settings.var_dir / "built"


def _is_built(settings: Settings) -> bool:
    """Whether it is there, and of the company as it is planted now; another one's is removed."""
    truth, now = _truth_file(settings), load_truths().digest
    if truth.exists() and json.loads(truth.read_text())["history"]["truths"] != now:
        shutil.rmtree(settings.var_dir)
    return _built_file(settings).exists()


def main() -> None:
    options = argparse.ArgumentParser(description="Build a company's lake.")
    options.add_argument("--size", required=True)
    options.add_argument("--seed", type=int, required=True)
    options.add_argument("--folder", type=Path, required=True)
    chosen = options.parse_args()
    settings = settings_of(chosen.folder, chosen.size, chosen.seed)
    build(settings, chosen.size, chosen.seed, Progress())


if __name__ == "__main__":
    main()

"""``lakehouse setup``: make the machine ready, doing only what is not done yet."""

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from lakehouse.dagster.home import ensure_home
from lakehouse.engine.cds import build_archive
from lakehouse.engine.jars import fetch_jars
from lakehouse.errors import SetupError
from lakehouse.settings import Settings, load_settings

__all__ = ["command", "prepare"]

_HEARTBEAT_SECONDS = 5


def command(
    *,
    capture: Annotated[bool, typer.Option(help="Fetch the change capture engine's jars too.")] = False,
) -> None:
    """Make this machine ready: folders, key, Delta jars, start-up archive. Repeats nothing."""
    settings = load_settings()
    with _heartbeat():
        prepare(settings)
        if capture:
            from lakehouse.capture.changes.java import engine_jars

            engine_jars(settings, typer.echo)


def prepare(settings: Settings) -> None:
    """Do each step of the set-up that is not done yet, saying so; a failed archive only warns."""
    for folder in (settings.lake_dir, settings.bucket_dir, settings.log_dir):
        folder.mkdir(parents=True, exist_ok=True)
    ensure_home(settings)
    if settings.pseudonym_key is None:
        _make_key(settings.project / ".env")
    fetch_jars(settings, typer.echo)
    try:
        build_archive(settings, typer.echo)
    except SetupError as error:
        typer.secho(f"warning: {error}", fg="yellow", err=True)


def _make_key(file: Path) -> None:
    """Add a random key for pseudonyms to ``.env``, which only its owner may read."""
    typer.echo(f"making a key for pseudonyms in {file.name} (keep it: other keys give other pseudonyms)")
    file.touch(mode=0o600)
    file.chmod(0o600)
    before = file.read_text()
    separator = "\n" if before and not before.endswith("\n") else ""
    with file.open("a") as lines:
        lines.write(f"{separator}LAKEHOUSE_PSEUDONYM_KEY={secrets.token_hex(32)}\n")


@contextmanager
def _heartbeat() -> Iterator[None]:
    """Say every few seconds that work goes on: no step here reports progress by itself."""
    started, done = time.monotonic(), threading.Event()

    def beat() -> None:
        while not done.wait(_HEARTBEAT_SECONDS):
            typer.echo(f"  … {time.monotonic() - started:.0f} s")

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()

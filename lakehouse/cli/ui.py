"""``lakehouse ui``: the Dagster UI and its daemon, on this machine only."""

import os
import socket
import sys
from pathlib import Path

from lakehouse.dagster.home import at_home
from lakehouse.errors import SetupError, explain
from lakehouse.settings import load_settings

__all__ = ["command"]

_HOST = "127.0.0.1"


def command() -> None:
    """Open the Dagster UI on this lake, on 127.0.0.1; its history is kept. Ends with Ctrl-C.

    The UI has no login: it is bound to this machine, and belongs behind an authenticating proxy
    anywhere else.
    """
    settings = load_settings()
    with socket.socket() as probe:
        if probe.connect_ex((_HOST, settings.ui_port)) == 0:
            raise SetupError(
                explain(
                    "the port is taken",
                    where=f"{_HOST}:{settings.ui_port}",
                    remedy="stop what listens there, or set LAKEHOUSE_UI_PORT to a free port",
                )
            )
    print(f"Dagster UI: http://{_HOST}:{settings.ui_port} (Ctrl-C ends it)", flush=True)
    dagster = str(Path(sys.executable).with_name("dagster"))
    arguments = ["dev", "--workspace", "workspace.yaml", "--host", _HOST, "--port", str(settings.ui_port)]
    os.environ["LAKEHOUSE_PROJECT"] = str(settings.project)
    # Of Dagster's two programs for this, the one that needs no configuration of its own.
    os.environ["PYTHONWARNINGS"] = "ignore:Function `dev_command` is superseded"
    os.chdir(settings.project)
    with at_home(settings):
        os.execv(dagster, [dagster, *arguments])  # noqa: S606  our own environment's program

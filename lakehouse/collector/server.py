"""The process: what it needs is checked before it answers anyone, and it ends in order.

To stop it, send SIGTERM or press Ctrl-C: it takes no more, finishes what it is answering, closes its
segments and ships them. Killed instead, the next start does so.
"""

import asyncio
import gc
from collections.abc import Callable
from pathlib import Path

import uvicorn
from starlette.middleware.cors import CORSMiddleware

from lakehouse.collector.app import Collector
from lakehouse.collector.counts import Counts
from lakehouse.collector.exclusive import held, listening_at
from lakehouse.collector.keys import WriteKeys
from lakehouse.collector.lifespan import Running
from lakehouse.collector.limits import CONNECTIONS
from lakehouse.collector.shipping import Shipper
from lakehouse.collector.spool import Spool
from lakehouse.settings import Settings
from lakehouse.telling.logs import get_logger, start_logging

__all__ = ["SYSTEM", "serve", "spool_dir"]

journal = get_logger(__name__)
SYSTEM = "collector"
"""The folder of the bucket: its tables are ``events`` and ``events_rejected``."""

_KEEP_ALIVE_SECONDS = 75  # longer than a proxy's 60, which must be the one that hangs up
_GRACE_SECONDS = 10
_OBJECTS_BETWEEN_COLLECTIONS = 100_000


def spool_dir(settings: Settings) -> Path:
    """Where what was acknowledged lies until it is in the bucket."""
    return settings.var_dir / "collector" / settings.environment


def serve(settings: Settings, say: Callable[[str], None]) -> None:
    """Serve until told to stop. Raises :class:`SetupError` or ``SettingsError`` if it cannot begin."""
    keys = WriteKeys(settings)
    folder = spool_dir(settings)
    address = (settings.collector_host, settings.collector_port)
    with start_logging(settings, "collector"), held(folder), listening_at(*address) as listening:
        counts = Counts(folder)
        shipper = Shipper(settings.bucket_dir, SYSTEM, counts)
        spool = Spool(
            folder,
            window_seconds=settings.collector_rotate_minutes * 60,
            segment_bytes=int(settings.collector_rotate_mib * (1 << 20)),
            counts=counts,
            closed=shipper.add,
        )
        inherited = shipper.inherit(folder)
        where = f"http://{address[0]}:{listening.getsockname()[1]}/v1"
        app = Running(
            Collector(keys, spool, counts),
            keys=keys,
            spool=spool,
            shipper=shipper,
            counts=counts,
            ready=lambda: say(f"collecting events at {where} (Ctrl-C ends it)"),
        )
        journal.info("collector.started", f"{inherited} segments of an earlier process", segments=inherited)
        config = uvicorn.Config(
            _with_cors(app, settings.collector_origins),
            lifespan="on",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            limit_concurrency=CONNECTIONS,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        _collect_garbage_rarely()
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(uvicorn.Server(config).serve(sockets=[listening]))


def _collect_garbage_rarely() -> None:
    """A body is thousands of objects without a circle; looking for circles took a fifth of the time."""
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, 20, 20)


def _with_cors(app: Running, origins: str | None) -> CORSMiddleware | Running:
    """Let pages of these origins send events; without any, browsers on other hosts are not answered."""
    allowed = (origins or "").replace(",", " ").split()
    if not allowed:
        return app
    headers = ["Authorization", "Content-Type", "Content-Encoding"]
    return CORSMiddleware(
        app, allow_origins=allowed, allow_methods=["POST"], allow_headers=headers, max_age=86_400
    )

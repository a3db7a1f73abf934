"""The parts of a running collector: started before the first request, ended in order after the last."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from lakehouse.collector.app import Collector
from lakehouse.collector.counts import Counts
from lakehouse.collector.keys import WriteKeys
from lakehouse.collector.receiving import Receive, Scope, Send
from lakehouse.collector.shipping import Shipper
from lakehouse.collector.spool import Spool
from lakehouse.telling.logs import get_logger

__all__ = ["Running"]

journal = get_logger(__name__)
_TICK_SECONDS = 1.0
_COUNTS_SECONDS = 60.0


class Running:
    """The whole ASGI application: the collector and the server's start and end."""

    def __init__(
        self,
        app: Collector,
        *,
        keys: WriteKeys,
        spool: Spool,
        shipper: Shipper,
        counts: Counts,
        ready: Callable[[], None],
    ) -> None:
        self._app, self._keys, self._spool, self._shipper, self._counts = app, keys, spool, shipper, counts
        self._ready = ready

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or the whole time from the server's start to its end."""
        if scope["type"] == "http":
            await self._app(scope, receive, send)
        elif scope["type"] == "lifespan":
            async with self._running():
                await receive()
                await send({"type": "lifespan.startup.complete"})
                self._ready()
                await receive()
            await send({"type": "lifespan.shutdown.complete"})

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        self._shipper.start()
        ticking = asyncio.create_task(self._tick())
        try:
            yield
        finally:
            ticking.cancel()
            await asyncio.wait([ticking])
            await self._spool.close()
            await asyncio.to_thread(self._shipper.close)
            self._tell()

    async def _tick(self) -> None:
        """Every second, close windows that are over and look for new keys; every minute, tell the counts."""
        told = time.monotonic()
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            await self._spool.close_windows(time.time())
            self._keys.refresh()
            if time.monotonic() - told >= _COUNTS_SECONDS:
                told = time.monotonic()
                self._tell()

    def _tell(self) -> None:
        summary = self._counts.summary()
        message = f"{summary['accepted']} events accepted, {summary['rejected']} kept apart"
        journal.info("collector.counts", message, **summary)

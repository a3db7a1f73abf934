"""``lakehouse collector``: the service that events are sent to."""

from functools import partial

__all__ = ["command"]


def command() -> None:
    """Collect events over HTTP, as Segment's libraries send them, into loads in the bucket.

    Bound to this machine unless the settings say otherwise: anywhere else it belongs behind a proxy that
    speaks TLS. Ends with Ctrl-C; whenever it is killed, what it acknowledged is not lost.
    """
    from lakehouse.collector.server import serve
    from lakehouse.settings import load_settings

    serve(load_settings(), partial(print, flush=True))

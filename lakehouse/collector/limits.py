"""How much is taken at once. The first three are Segment's own figures."""

__all__ = [
    "BATCH_BYTES",
    "BODY_SECONDS",
    "CONNECTIONS",
    "EVENTS_IN_BATCH",
    "EVENT_BYTES",
    "SHARED_BYTES",
    "SPARE_BYTES",
    "WAITING_BYTES",
]

EVENT_BYTES = 32 << 10
"""One message, alone or in a batch."""
BATCH_BYTES = 500 << 10
"""The body of one batch, unpacked."""
EVENTS_IN_BATCH = 2500
SHARED_BYTES = 4 * BATCH_BYTES
"""What a batch's shared fields may add to its messages: they are repeated on every line."""
BODY_SECONDS = 30.0
"""How long a client may take over sending a body."""
CONNECTIONS = 1024
"""Open at once; with the size of a body this bounds the memory."""
WAITING_BYTES = 64 << 20
"""Lines that wait for the disk; more are turned away until it has caught up."""
SPARE_BYTES = 256 << 20
"""Disk left free: full segments must still be packed into loads, which is what frees the disk."""

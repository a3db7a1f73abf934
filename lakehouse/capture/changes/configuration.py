"""Debezium's properties for one capture, and how they are written down for the engine."""

from lakehouse.capture.changes.declaration import Captured
from lakehouse.capture.changes.home import Home
from lakehouse.errors import SettingsError, explain

__all__ = ["engine_properties", "properties_text"]

_TLS = {
    "sslmode": "database.sslmode",
    "sslrootcert": "database.sslrootcert",
    "sslcert": "database.sslcert",
    "sslkey": "database.sslkey",
}
_FIXED = {
    "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
    "plugin.name": "pgoutput",
    "publication.autocreate.mode": "disabled",
    # Everything that happens, nothing made up: truncates too, no tombstones, unknown types as bytes.
    "skipped.operations": "none",
    "tombstones.on.delete": "false",
    "include.unknown.datatypes": "true",
    "provide.transaction.metadata": "true",
    # Exact values: numbers as text, times to the microsecond.
    "decimal.handling.mode": "string",
    "time.precision.mode": "microseconds",
    "interval.handling.mode": "string",
    "hstore.handling.mode": "json",
    "binary.handling.mode": "base64",
    "key.converter.schemas.enable": "false",
    "value.converter.schemas.enable": "false",
    "converter.schemas.enable": "false",
    # Else a NULL in a column that has a default arrives as the default.
    "key.converter.replace.null.with.default": "false",
    "value.converter.replace.null.with.default": "false",
    "converter.replace.null.with.default": "false",
    # Offsets are written when we say that something is on disk, and then at once.
    "offset.storage": "Launcher$Offsets",
    "offset.flush.interval.ms": "0",
    # The supervisor starts the engine again; it knows why it ended.
    "errors.max.retries": "0",
    "slot.max.retries": "0",
    # Only what we acknowledge moves the slot.
    "lsn.flush.mode": "connector",
    "snapshot.mode": "initial",
    "incremental.snapshot.watermarking.strategy": "insert_delete",
    "signal.enabled.channels": "source",
    "notification.enabled.channels": "sink",
    "notification.sink.topic.name": "notifications",
    "poll.interval.ms": "100",
    "max.batch.size": "8192",
    "max.queue.size": "16384",
    "max.queue.size.in.bytes": str(64 << 20),
}


def engine_properties(
    url: str, captured: Captured, home: Home, *, heartbeat_seconds: float
) -> dict[str, str]:
    """The properties for a database's URL; raises :class:`SettingsError` for a URL that is none."""
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    except ProgrammingError:
        raise SettingsError(
            explain(
                "the database's URL is malformed", expected="postgresql://user:password@host:port/database"
            )
        ) from None
    return {
        **_FIXED,
        "name": captured.source,
        "topic.prefix": captured.source,
        "database.hostname": parts.get("host", "localhost"),
        "database.port": parts.get("port", "5432"),
        "database.user": parts.get("user", ""),
        "database.password": parts.get("password", ""),
        "database.dbname": parts.get("dbname", ""),
        **{theirs: parts[ours] for ours, theirs in _TLS.items() if ours in parts},
        "slot.name": captured.slot,
        "publication.name": captured.publication,
        "table.include.list": ",".join(name.replace(".", r"\.") for name in captured.tables),
        "signal.data.collection": captured.signals,
        "heartbeat.interval.ms": str(round(heartbeat_seconds * 1000)),
        "heartbeat.action.query": captured.beat,
        "offset.storage.file": str(home.offsets),
    }


def properties_text(properties: dict[str, str]) -> str:
    """The properties in Java's format, a line each."""
    return "".join(f"{name}={_escaped(value)}\n" for name, value in properties.items())


def _escaped(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    return f"\\{escaped}" if escaped[:1].isspace() else escaped

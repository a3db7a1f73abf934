"""The Spark session: by ``dagster-pyspark``, configured from ``spark-conf/`` and the settings.

A project that attaches to a session made elsewhere changes this file and no other: whatever has a
``spark_session`` will do.
"""

from lakehouse.dagster.session import LakeSession
from lakehouse.settings import Settings

__all__ = ["spark"]


def spark(settings: Settings) -> LakeSession:
    """The session of a run, started when a step first asks for it."""
    return LakeSession(settings)

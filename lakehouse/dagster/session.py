"""The Spark session of a run, by ``dagster-pyspark``'s resource, started when a step first asks.

The daemon, the code server and the sensors hold the resource too and never ask, so they start no JVM.
"""

from typing import TYPE_CHECKING

from dagster_pyspark import LazyPySparkResource

from lakehouse.engine.spark import prepare_environment, spark_config
from lakehouse.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["SESSION", "LakeSession"]

SESSION = "spark"
"""The resource's key in Dagster."""


class LakeSession:
    """Dagster's lazy PySpark resource with the lake's configuration, which is computed on demand.

    The configuration holds what only the machine that runs knows: its cores, its memory, where its
    Delta jars lie. Computing it where definitions are merely loaded would fail on a machine that
    only looks.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @property
    def spark_session(self) -> "SparkSession":
        """The process's session: started now, or the one that runs.

        Raises :class:`~lakehouse.errors.SetupError` if the machine lacks Java or a jar.
        """
        from pyspark.sql import SparkSession

        if running := SparkSession.getActiveSession():
            return running
        config = spark_config(self._settings)
        prepare_environment(self._settings)
        session: SparkSession = LazyPySparkResource(spark_config=config).spark_session
        return session

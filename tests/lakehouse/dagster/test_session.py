"""The session of a run."""

from lakehouse.dagster.session import LakeSession


def test_the_session_that_runs_is_the_runs(settings, spark):
    assert LakeSession(settings).spark_session.sparkContext is spark.sparkContext

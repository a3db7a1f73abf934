"""What a run's session is started with."""

from lakehouse.dagster.session import LITTLE, LakeSession

QUICK = "-XX:TieredStopAtLevel=1"


def test_java_compiles_quickly_where_the_lake_holds_little(settings):
    def options():
        config = LakeSession(settings.model_copy(update={"spark_profile": "local"})).config()
        return config.get("spark.driver.extraJavaOptions", "")

    assert QUICK in options()
    settings.bucket_dir.mkdir(parents=True)
    with (settings.bucket_dir / "load.jsonl").open("wb") as load:
        load.truncate(LITTLE)
    assert QUICK not in options()


def test_the_session_that_runs_is_the_runs(settings, spark):
    assert LakeSession(settings).spark_session is not None
    assert LakeSession(settings).spark_session.sparkContext is spark.sparkContext

"""What the engine runs on: recorded jars, and a runtime without a compiler of its own."""

import subprocess

from lakehouse.capture.changes.configuration import properties_text
from lakehouse.capture.changes.java import engine_command, recorded_jars
from lakehouse.engine.jars import verify_jars
from lakehouse.engine.machine import java_binary


def test_every_jar_has_the_recorded_checksum(settings, jars):
    assert verify_jars(settings, recorded_jars()) == jars
    assert sum(jar.size for jar in recorded_jars()) < 20e6


def test_the_launcher_needs_no_more_than_a_runtime(jars):
    """Without the modules of a development kit it compiles itself and says what its properties lack."""
    listed = subprocess.run([java_binary(), "--list-modules"], capture_output=True, text=True, check=True)
    modules = {line.partition("@")[0] for line in listed.stdout.split()}
    runtime = {name for name in modules if name.startswith("java.") or name in {"jdk.unsupported", "jdk.jfr"}}
    assert "jdk.compiler" not in runtime
    command = engine_command(jars, heap_mb=128)
    command[1:1] = ["--limit-modules", ",".join(sorted(runtime - {"java.se"}))]
    properties = "name=x\nconnector.class=io.debezium.connector.postgresql.PostgresConnector\n\n"
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as launcher:
        launcher.stdin.write(properties)  # and it stays open, or the launcher ends at once
        launcher.stdin.flush()
        assert "topic.prefix" in launcher.stdout.readline()


def test_properties_arrive_as_they_were():
    text = properties_text({"a": "C:\\x", "b": " two  ", "c": "x=y:z"})
    assert text == "a=C:\\\\x\nb=\\ two  \nc=x=y:z\n"

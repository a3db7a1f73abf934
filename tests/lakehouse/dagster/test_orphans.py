"""A run whose process was killed is ended; one that is worked on is left alone."""

import os
import subprocess
import sys

import dagster as dg
import pytest
from dagster import DagsterInstance, DagsterRunStatus
from dagster._core.events import EngineEventData

from lakehouse.dagster import orphans
from lakehouse.dagster.orphans import end_orphans


@dg.job
def work():
    pass


@pytest.fixture
def instance(tmp_path):
    with DagsterInstance.local_temp(str(tmp_path)) as instance:
        yield instance


def run_in(instance, status, pid=None):
    run = instance.create_run_for_job(work, status=status)
    if pid:
        instance.report_engine_event(f"Started (pid: {pid})", run, EngineEventData.in_process(pid))
    return run.run_id


def test_a_run_whose_process_was_killed_is_ended(instance):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        run = run_in(instance, DagsterRunStatus.STARTED, process.pid)
        assert end_orphans(instance) == ()
        process.kill()
        process.wait()
        assert end_orphans(instance) == (run,)
    assert instance.get_run_by_id(run).status is DagsterRunStatus.FAILURE
    assert end_orphans(instance) == ()


def test_a_number_that_another_process_was_given_since_is_not_the_runs(instance, monkeypatch):
    run = run_in(instance, DagsterRunStatus.STARTED, os.getpid())
    assert end_orphans(instance) == ()
    monkeypatch.setattr(orphans, "_booted", lambda: 4e9)  # so this process begins after the event
    assert end_orphans(instance) == (run,)


def test_a_run_that_is_being_launched_is_given_its_time(instance, monkeypatch):
    run = run_in(instance, DagsterRunStatus.STARTING)
    waiting = run_in(instance, DagsterRunStatus.NOT_STARTED)
    assert end_orphans(instance) == ()
    monkeypatch.setattr(orphans, "_START_SECONDS", -1.0)
    assert end_orphans(instance) == (run,)
    assert instance.get_run_by_id(waiting).status is DagsterRunStatus.NOT_STARTED

import json
import logging
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime

import pytest

from lakehouse.errors import BatchRefused
from lakehouse.settings import Settings
from lakehouse.telling.logbook import LOG_SCHEMA, read_logs
from lakehouse.telling.logs import bind, bound, get_logger, masked, start_logging

journal = get_logger("lakehouse.writing.publish")


@pytest.fixture
def settings(tmp_path):
    return Settings(project=tmp_path, _env_file=None)


def lines(settings):
    return sorted(read_logs(settings).to_pylist(), key=lambda line: line["at"])


def test_a_line_carries_its_context_and_its_fields(settings):
    with start_logging(settings, "r-1"), bind(dataset="silver.orders", window="2026-01-01", batch="b-1"):
        journal.info("batch.published", "12 rows published", rows=12, source="orders.csv.gz:17")

    (line,) = lines(settings)
    assert json.loads(line["fields"]) == {"rows": 12}
    assert line | {"at": None, "fields": None, "process": None} == {
        "at": None,
        "level": "info",
        "event": "batch.published",
        "message": "12 rows published",
        "run_id": "r-1",
        "dataset": "silver.orders",
        "window": "2026-01-01",
        "batch_id": "b-1",
        "source": "orders.csv.gz:17",
        "logger": "lakehouse.writing.publish",
        "process": None,
        "fields": None,
    }


def test_lines_lie_in_a_folder_per_day_and_a_file_per_run_and_process(settings):
    with start_logging(settings, "../r 1"):
        journal.info("a.b", "c")

    (file,) = settings.log_dir.rglob("*.jsonl")
    assert file.name == f"_r_1.{os.getpid()}.jsonl"
    assert len(file.parent.name) == len("2026-01-01")
    assert file.parent.parent == settings.log_dir


def test_context_is_nested_and_taken_off_again(settings):
    with start_logging(settings, "r-1"), bind(dataset="silver.orders"):
        with bind(batch="b-1", dataset=None):
            journal.info("inner.line", "")
        journal.info("outer.line", "")

    assert [(line["dataset"], line["batch_id"]) for line in lines(settings)] == [
        (None, "b-1"),
        ("silver.orders", None),
    ]
    assert bound() == {}


def test_an_unknown_word_of_context_is_a_mistake():
    with pytest.raises(TypeError, match="found tabel"), bind(tabel="x"):
        pass


def test_a_thread_is_given_the_context_by_hand(settings):
    def work(context):
        with bind(**context):
            journal.info("thread.line", "")

    with start_logging(settings, "r-1"), bind(dataset="silver.orders"):
        thread = threading.Thread(target=work, args=(bound(),))
        thread.start()
        thread.join()

    assert [(line["run_id"], line["dataset"]) for line in lines(settings)] == [("r-1", "silver.orders")]


def test_runs_inside_each_other_keep_their_lines_apart(settings):
    with start_logging(settings, "outer"):
        with start_logging(settings, "inner"):
            journal.info("a.b", "1")
        journal.info("a.b", "2")

    assert [(line["run_id"], line["message"]) for line in lines(settings)] == [("inner", "1"), ("outer", "2")]


def test_processes_write_at_the_same_time_and_lose_nothing(settings):
    program = (
        "import sys; from pathlib import Path; from lakehouse.settings import Settings\n"
        "from lakehouse.telling.logs import get_logger, start_logging\n"
        "with start_logging(Settings(project=Path(sys.argv[1]), _env_file=None), 'r-1'):\n"
        "    for number in range(300): get_logger('x').info('a.b', 'c' * 500, number=number)\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", program, str(settings.project)]) for _ in range(3)]

    assert [process.wait(60) for process in running] == [0, 0, 0]
    found = [(line["process"], json.loads(line["fields"])["number"]) for line in lines(settings)]
    assert sorted(found) == sorted((process.pid, number) for process in running for number in range(300))


def test_a_forked_process_writes_a_file_of_its_own(settings):
    with start_logging(settings, "r-1"):
        journal.info("a.b", "parent")
        child = os.fork()
        if child == 0:
            journal.info("a.b", "child")
            os._exit(0)
        os.waitpid(child, 0)

    assert {line["message"]: line["process"] for line in lines(settings)} == {
        "parent": os.getpid(),
        "child": child,
    }
    assert len(list(settings.log_dir.rglob("*.jsonl"))) == 2


def test_the_level_is_the_settings(settings):
    with start_logging(settings, "r-1"):
        journal.debug("too.fine", "")
    with start_logging(settings.model_copy(update={"log_level": "debug"}), "r-2"):
        journal.debug("fine.enough", "")

    assert [line["event"] for line in lines(settings)] == ["fine.enough"]


def test_a_projects_own_module_is_heard_at_info(settings):
    with start_logging(settings, "r-1"):
        get_logger("assets.silver.orders").info("a.b", "")

    assert [line["logger"] for line in lines(settings)] == ["lakehouse.assets.silver.orders"]


def test_others_are_heard_at_warning_with_values_masked(settings):
    with start_logging(settings, "r-1"):
        logging.getLogger("somebody").info("not heard")
        logging.getLogger("somebody").warning(
            "cannot cast 'Ada Lovelace' of %s, phone +41 44 123 45 67", "ada@x.org"
        )

    (line,) = lines(settings)
    assert (line["level"], line["event"], line["logger"]) == ("warning", "foreign", "somebody")
    assert line["message"] == "cannot cast … of … phone …"


def test_an_error_says_its_kind_and_where_but_no_foreign_value(settings):
    def fail(error):
        raise error

    with start_logging(settings, "r-1"):
        for error in (BatchRefused("silver.orders: 'total' is broken"), KeyError("ada@x.org")):
            try:
                fail(error)
            except (BatchRefused, KeyError) as caught:
                journal.error("run.failed", "the run failed", error=caught)

    ours, foreign = (json.loads(line["fields"]) for line in lines(settings))
    assert (ours["error"], ours["error_message"]) == ("BatchRefused", "silver.orders: 'total' is broken")
    assert (foreign["error"], foreign["error_message"]) == ("KeyError", "…")
    assert ours["raised_at"][-1].startswith("test_logs.py:")
    assert ours["raised_at"][-1].endswith(" fail")


def test_a_line_torn_by_a_crash_is_passed_over_and_a_damaged_one_is_told(settings):
    with start_logging(settings, "r-1"):
        journal.info("a.b", "1")
        journal.info("a.b", "2")
    (file,) = settings.log_dir.rglob("*.jsonl")
    whole = file.read_bytes()
    file.write_bytes(b"garbage\n" + whole + whole[:40])

    found = read_logs(settings).to_pylist()

    assert [(line["event"], line["message"]) for line in found[1:]] == [("a.b", "1"), ("a.b", "2")]
    assert found[0]["event"] == "log.unreadable"
    assert found[0]["source"].endswith(f"{file.name}:1")


def test_a_log_that_cannot_be_written_does_not_stop_the_run(settings, capsys):
    with start_logging(settings, "r-1"):
        settings.log_dir.parent.mkdir(parents=True)
        settings.log_dir.write_text("a file where the folder should be")
        journal.info("a.b", "c")

    assert capsys.readouterr().err == (
        f"{settings.log_dir}: log lines are lost, and the run goes on without them: Not a directory."
        " Remedy: free some space or fix the permissions.\n"
    )


def test_without_a_log_there_are_no_rows(settings):
    assert read_logs(settings).schema == LOG_SCHEMA
    assert read_logs(settings).num_rows == 0


def test_what_is_no_value_stays_readable():
    assert (
        masked("could not open 3 files in 12.5 s (attempt 2)")
        == "could not open 3 files in 12.5 s (attempt 2)"
    )


def test_a_full_disk_is_one_sentence_and_does_not_stop_the_run(settings, capsys):
    today = settings.log_dir / datetime.now(UTC).date().isoformat()
    today.mkdir(parents=True)
    (today / f"r-1.{os.getpid()}.jsonl").symlink_to("/dev/full")
    with start_logging(settings, "r-1"):
        journal.info("a.b", "lost")
        journal.info("a.b", "lost too")

    assert capsys.readouterr().err == (
        f"{settings.log_dir}: log lines are lost, and the run goes on without them: No space left on device."
        " Remedy: free some space or fix the permissions.\n"
    )

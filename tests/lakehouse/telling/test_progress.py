import io
import os
import pty
import re
import subprocess
import sys
import time

import pytest

from lakehouse.telling.progress import Progress


def test_a_step_says_when_it_begins_and_what_came_of_it():
    stream = io.StringIO()

    with Progress(stream).step("silver.orders") as step:
        step.result("1,204 rows")

    assert re.fullmatch(r"→ silver\.orders\n✓ silver\.orders  1,204 rows \(0\.\d s\)\n", stream.getvalue())


def test_a_failure_is_told_and_passed_on():
    stream = io.StringIO()

    with pytest.raises(ValueError, match="no"), Progress(stream).step("silver.orders"):
        raise ValueError("no")

    assert re.search(r"✗ silver\.orders  failed: ValueError \(0\.\d s\)\n$", stream.getvalue())


def test_a_long_step_is_never_silent_and_only_the_innermost_speaks():
    stream = io.StringIO()
    progress = Progress(stream, heartbeat=0.1)

    with progress.step("demo"), progress.step("silver.orders") as step:
        step.note("merging")
        time.sleep(0.35)

    beats = [line for line in stream.getvalue().splitlines() if line.startswith("…")]
    assert 2 <= len(beats) <= 3
    assert set(beats) == {"… still silver.orders: merging (0 s)"}


def test_a_quick_step_has_no_heartbeat_and_a_log_no_control_characters():
    stream = io.StringIO()
    progress = Progress(stream)

    with progress.step("silver.orders"):
        progress.say("a line")

    assert [line[0] for line in stream.getvalue().splitlines()] == ["→", "a", "✓"]
    assert "\x1b" not in stream.getvalue()
    assert "\r" not in stream.getvalue()


def test_a_stream_that_knows_only_ascii_is_no_obstacle():
    raw = io.BytesIO()

    stream = io.TextIOWrapper(raw, "ascii", write_through=True)

    with Progress(stream).step("silver.orders"):
        pass

    assert raw.getvalue().startswith(b"? silver.orders\n")


def test_a_closed_stream_does_not_stop_the_work():
    stream = io.StringIO()

    with Progress(stream).step("silver.orders"):
        stream.close()


def test_on_a_terminal_one_line_lives():
    program = (
        "import time; from lakehouse.telling.progress import Progress\n"
        "with Progress(heartbeat=0.2).step('silver.orders') as step: time.sleep(0.5); step.result('3 rows')\n"
    )
    terminal, inner = pty.openpty()
    process = subprocess.Popen([sys.executable, "-c", program], stderr=inner)
    os.close(inner)
    shown = b""
    try:
        while chunk := os.read(terminal, 4096):
            shown += chunk
    except OSError:  # a pseudo-terminal says so when the other side has closed
        pass
    os.close(terminal)

    assert process.wait(30) == 0
    text = shown.decode()
    assert text.count("\n") == 1
    assert "\r\x1b[2K… silver.orders (0 s)" in text
    assert re.search(r"\r\x1b\[2K✓ silver\.orders  3 rows \(\d\.\d s\)\r\n$", text)

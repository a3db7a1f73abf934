"""What this machine has: cores, memory, Java, Spark's folder."""

import os
import re
import shutil
from importlib.util import find_spec
from pathlib import Path

from lakehouse.errors import SetupError, explain

__all__ = ["available_cores", "java_binary", "java_release", "memory_bytes", "spark_home"]

_CGROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def available_cores() -> int:
    """The cores this process may use: its CPU affinity where the system knows one."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def memory_bytes() -> int:
    """The memory this process may use: the machine's, or its container's limit if that is less."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in map(Path, _CGROUP_LIMITS):
        if limit.is_file() and (text := limit.read_text().strip()).isdigit():
            memory = min(memory, int(text))
    return memory


def java_binary() -> Path:
    """The ``java`` that Spark will start: of ``JAVA_HOME`` if set, else of the ``PATH``."""
    home = os.environ.get("JAVA_HOME")
    found = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if found is None or not Path(found).is_file():
        raise SetupError(
            explain(
                "Java was not found",
                expected="OpenJDK 17",
                found=f"JAVA_HOME={home}, without bin/java" if home else "no java on the PATH",
                remedy="install it (Debian, Ubuntu: `apt install openjdk-17-jre-headless`), or set JAVA_HOME",
            )
        )
    return Path(found).resolve()


def java_release(java: Path) -> str:
    """The version of a Java installation, from its ``release`` file; ``unknown`` if it has none.

    Reading the file takes microseconds; asking ``java -version`` starts a virtual machine.
    """
    release = java.parent.parent / "release"
    if not release.is_file():
        return "unknown"
    match = re.search(r'^JAVA_VERSION="([^"]+)"', release.read_text(), flags=re.MULTILINE)
    return match.group(1) if match else "unknown"


def spark_home() -> Path:
    """The folder of the installed ``pyspark`` package, found without importing it."""
    spec = find_spec("pyspark")
    if spec is None or not spec.submodule_search_locations:
        raise SetupError(explain("pyspark is not installed in this environment", remedy="run `make setup`"))
    return Path(next(iter(spec.submodule_search_locations)))

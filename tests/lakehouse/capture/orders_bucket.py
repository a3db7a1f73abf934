"""One table's loads in a bucket, for the tests of writing, listing and manifests."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lakehouse.capture.loads import Listing, Load, LoadProblem, list_loads, write_load

__all__ = ["NOON", "ROWS", "folder_of", "listed", "only_problem", "write"]

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
ROWS = [b'{"id": 1}', b'{"id": 2}']


def write(bucket: Path, lines: list[bytes] = ROWS, **changes: Any) -> Load:
    """A load of ``shop.orders``."""
    arguments: dict[str, Any] = {"kind": "full", "position": 7, "extracted_at": NOON} | changes
    return write_load(bucket, "shop", "orders", lines, **arguments)


def listed(bucket: Path, pattern: str = "*") -> Listing:
    """The loads of ``shop.orders``."""
    return list_loads(bucket, "shop", "orders", pattern)


def folder_of(load: Load) -> Path:
    """Where a load lies."""
    return load.files[0].path.parent


def only_problem(bucket: Path) -> LoadProblem:
    """The one problem of ``shop.orders``, which has no loads otherwise; it says what to do."""
    found = listed(bucket)
    assert found.loads == ()
    (problem,) = found.problems
    assert "Remedy:" in problem.reason
    return problem

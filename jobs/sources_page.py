"""Writing docs/sources.md from the catalog of sources: ``python -m jobs.sources_page``."""

from pathlib import Path

from lakehouse.source_catalog import discover_sources
from lakehouse.telling.source_page import source_page

__all__ = ["PAGE", "main", "page"]

PAGE = Path(__file__).resolve().parents[1] / "docs" / "sources.md"


def page() -> str:
    """What the page should say."""
    return source_page(discover_sources("assets"), "python -m jobs.sources_page")


def main() -> None:
    """Write the page."""
    PAGE.write_text(page())


if __name__ == "__main__":
    main()

"""``lakehouse letter``: send a page as a mail, once for each period."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from lakehouse.lake import Lake

__all__ = ["command"]


def command(
    name: Annotated[str, typer.Argument(help="The page.")],
    *,
    period: Annotated[str, typer.Option(help="What it tells of; yesterday's ISO week by default.")] = "",
    again: Annotated[bool, typer.Option(help="Send an edition that has gone out, or may have.")] = False,
) -> None:
    """Send a page to LAKEHOUSE_LETTER_TO. An edition goes out once."""
    from lakehouse.pages.declaration import discover_pages, page_named
    from lakehouse.pages.letter import send_letter

    lake = Lake.load()
    dashboard = page_named(discover_pages(lake.settings, lake.catalog), name)
    week = f"{datetime.now(UTC) - timedelta(days=1):%G-W%V}"
    letter = send_letter(lake, dashboard, period or week, again=again)
    print(f"sent: {letter.subject}" if letter.sent else f"not sent: {letter.reason}")

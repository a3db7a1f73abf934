"""``lakehouse capture``: how the captures of databases go, as each of them last said. Asks no database."""

import typer

__all__ = ["command"]


def command() -> None:
    """List the captures: phase, how far behind, log kept; exit code 1 if one needs somebody."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    from lakehouse.capture.changes.status import captures
    from lakehouse.settings import load_settings

    folder = load_settings().captures_dir
    found = captures(folder)
    if not found:
        print(f"nothing has been captured in {folder}")
        return
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("capture", no_wrap=True)
    table.add_column("phase", no_wrap=True)
    for title in ("heard s ago", "s behind", "MB behind", "MB kept"):
        table.add_column(title, justify="right")
    table.add_column("trouble", overflow="fold")
    for each in found:
        seconds = "" if each.lag_seconds is None else f"{each.lag_seconds:,.0f}"
        sizes = (each.lag_bytes, each.retained_bytes)
        table.add_row(
            each.source,
            each.phase,
            f"{each.age_seconds:,.0f}",
            seconds,
            *("" if size is None else f"{size / 1e6:,.1f}" for size in sizes),
            each.trouble or "",
        )
    Console().print(table)
    if any(each.trouble for each in found):
        raise typer.Exit(1)

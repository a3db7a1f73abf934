"""``lakehouse pages``: build the site, or some of its pages."""

from typing import Annotated

import typer

from lakehouse.lake import Lake

__all__ = ["command"]


def command(
    names: Annotated[list[str] | None, typer.Argument(help="Pages to build; all by default.")] = None,
) -> None:
    """Build the pages from gold: static files that open without a server."""
    from lakehouse.pages.site import site_dir, write_site

    lake = Lake.load()
    built = write_site(lake, names or ())
    for each in built:
        print(f"{each.dashboard.title}: {each.problem or each.finding}")
    print(f"open {site_dir(lake) / 'index.html'}")
    if any(each.problem for each in built):
        raise typer.Exit(1)

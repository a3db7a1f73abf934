"""``lakehouse sync``: bring Dagster's event log in line with the tables' own."""

__all__ = ["command"]


def command() -> None:
    """Report to Dagster the commits that it does not know: after a crash, or a wiped history."""
    from lakehouse.dagster.sync import sync_lake
    from lakehouse.lake import Lake

    done = sync_lake(Lake.load())
    for each in done:
        if each.commits:
            plural = "s" if each.commits != 1 else ""
            print(f"{each.dataset}: {each.commits} commit{plural} reported in {each.events} events")
    if not any(each.commits for each in done):
        print(f"Dagster knows every commit of {len(done)} tables; nothing to do")

"""The catalog of sources as a page of Markdown, made from its entries."""

from datetime import timedelta

from lakehouse.source_catalog import SourceCatalog, SourceSystem, SourceTable

__all__ = ["source_page"]

_HEAD = "| table | one record is | format | taken | every | a day | history | personal | priority |"
_RULE = "|---|---|---|---|---|--:|---|---|--:|"
_ABOUT = """\
What the company's systems hold, and how it gets into the bucket: {systems} systems, {tables} tables,
{personal} of them with personal data. Made by `{command}` from the entries in `assets/sources`.

Priority: 1 the questions asked every week need it, 2 a known question waits for it, 3 nobody has asked
yet. *A day* is an order of magnitude.\
"""
_SPELLED = ((timedelta(days=7), "week"), (timedelta(days=1), "day"), (timedelta(hours=1), "hour"))


def source_page(sources: SourceCatalog, command: str) -> str:
    """The page; ``command`` is what makes it anew, and is named on it."""
    tables = [table for _, table in sources]
    personal = sum(bool(table.personal) for table in tables)
    lines = [
        "# Sources",
        "",
        _ABOUT.format(systems=len(sources.systems), tables=len(tables), personal=personal, command=command),
    ]
    for system in sources.systems:
        lines += ["", *_section(system)]
    return "\n".join(lines) + "\n"


def _section(system: SourceSystem) -> list[str]:
    notes = [f"- `{table.name}`: {table.note}" for table in system.tables if table.note]
    return [
        f"## {system.title}",
        "",
        f"`{system.name}`, {system.what} {system.where} Answers for it: `{system.owner}`.",
        "",
        _HEAD,
        _RULE,
        *(_row(table) for table in system.tables),
        *(["", *notes] if notes else []),
    ]


def _row(table: SourceTable) -> str:
    cells = (
        f"`{table.name}`",
        table.holds,
        table.format,
        table.taken,
        _spelled(table.every),
        f"{table.per_day:,}",
        table.history,
        ", ".join(f"`{field}`" for field in table.personal) or "none",
        str(int(table.priority)),
    )
    return f"| {' | '.join(cells)} |"


def _spelled(every: timedelta) -> str:
    for unit, name in _SPELLED:
        if every >= unit and not every % unit:
            count = every // unit
            return name if count == 1 else f"{count} {name}s"
    return f"{every / timedelta(minutes=1):g} minutes"

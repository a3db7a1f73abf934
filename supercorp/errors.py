"""The company's errors; the company knows nothing of the lake, so they are not the lake's.

::

    CompanyError
    ├── ParameterError    a size or a parameter of the simulation that cannot be
    ├── DatabaseError     the shop's database is not there, not ours, or holds something else
    ├── ExportError       a file of another system cannot be made or written
    └── CollectorError    the collector of events is not there or refuses what it is sent
"""

__all__ = ["CollectorError", "CompanyError", "DatabaseError", "ExportError", "ParameterError", "explain"]


class CompanyError(Exception):
    """The root: catch this to catch everything the company raises on purpose."""


class ParameterError(CompanyError):
    """A size or a parameter of the simulation cannot be."""


class DatabaseError(CompanyError):
    """The shop's database is not there, not ours, or holds something else."""


class ExportError(CompanyError):
    """A file of another system cannot be made or written."""


class CollectorError(CompanyError):
    """The collector of events is not there, or refuses what it is sent."""


def explain(
    what: str,
    *,
    where: str | None = None,
    expected: object = None,
    found: object = None,
    remedy: str | None = None,
) -> str:
    """One sentence from its parts: where, what went wrong, expected, found; and the remedy."""
    message = f"{where}: {what}" if where else what
    if expected is not None:
        message += f"; expected {expected}"
    if found is not None:
        message += f"; found {found}"
    message = message.rstrip(".") + "."
    if remedy:
        message += f" Remedy: {remedy.rstrip('.')}."
    return message

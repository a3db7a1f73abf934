"""A number of the truth, with what it means and whence it comes."""

from typing import Any

__all__ = ["Quantities", "quantity"]

Quantities = list[dict[str, Any]]


def quantity(name: str, value: float, how: str, definition: str) -> dict[str, Any]:
    """One number. ``how``: "counted" in what happened, "paired" (with and without), or "parameter"."""
    return {"name": name, "value": round(float(value), 6), "how": how, "definition": definition}

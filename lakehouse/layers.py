"""The layers, and which may read which: data flows one way."""

from enum import StrEnum

__all__ = ["Layer"]


class Layer(StrEnum):
    """One stage of the lake; tables of a layer live in a folder and a SQL schema of its name."""

    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"
    SERVING = "serving"
    OPS = "ops"

    @property
    def may_read(self) -> frozenset["Layer"]:
        """The layers whose tables this layer's datasets may take as inputs.

        Bronze reads sources only. Only ``ops`` looks at every layer, and only serving reads it.
        """
        return _MAY_READ[self]

    @property
    def holds_personal_data(self) -> bool:
        """Whether raw personal data may live here: in bronze (with quarantine), nowhere else."""
        return self is Layer.BRONZE


_MAY_READ = {
    Layer.BRONZE: frozenset[Layer](),
    Layer.SILVER: frozenset({Layer.BRONZE, Layer.SILVER}),
    Layer.GOLD: frozenset({Layer.SILVER, Layer.GOLD}),
    Layer.SERVING: frozenset({Layer.GOLD, Layer.SILVER, Layer.OPS}),
    Layer.OPS: frozenset(Layer),
}

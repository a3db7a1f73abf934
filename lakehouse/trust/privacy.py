"""Personal data stops at the silver border: a keyed hash takes its place, or nothing does.

The pseudonym is HMAC-SHA-256 (RFC 2104) of the normalised value, as 64 hex digits. Each kind of
personal data has a key of its own, derived from the lake's, so a phone number and an e-mail address
with the same text do not meet. The same value gives the same pseudonym everywhere, so tables join;
without the key it can be neither reversed nor guessed by trying values.

Spark has no HMAC function, so it is put together from ``sha2`` by its definition::

    HMAC(K, m) = H((K ⊕ opad) ‖ H((K ⊕ ipad) ‖ m))
"""

import hashlib
import hmac
from collections.abc import Callable

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StringType

from lakehouse.contract import Protection
from lakehouse.evolution import EXTRA
from lakehouse.spec import TableSpec
from lakehouse.trust.freetext import EMAIL, masked

__all__ = ["protect", "pseudonym", "pseudonym_of", "unmarked_texts"]

_BLOCK = 64  # bytes of one SHA-256 block
_NORMALISE: dict[str, Callable[[Column], Column]] = {
    "email": lambda value: F.lower(F.trim(value)),
    "phone": lambda value: F.regexp_replace(value, r"[^0-9+]", ""),
}


def protect(frame: DataFrame, spec: TableSpec, key: str) -> DataFrame:
    """A bronze table's frame as silver may see it: personal columns pseudonymised, masked or dropped.

    A pseudonymised or masked column keeps its name and becomes a string. The columns ``_rescued`` and
    ``_extra_…`` (values that the contract does not know, so may be anything) are dropped. An e-mail address
    where the contract expects none is masked; in a key its whole value becomes a pseudonym, so that two keys
    stay two.
    """
    columns = []
    personal = {column.name: column for column in spec.personal}
    unmarked = unmarked_texts(spec)
    for name in frame.columns:
        if name == "_rescued" or name.startswith(EXTRA):
            continue
        if name in unmarked:
            columns.append(_without_addresses(F.col(name), keyed=name in spec.key, key=key).alias(name))
        elif name not in personal:
            columns.append(F.col(name))
        elif personal[name].words.protect is Protection.PSEUDONYM:
            kind = personal[name].words.pii or ""
            columns.append(pseudonym(F.col(name), kind, key).alias(name))
        elif personal[name].words.protect is Protection.MASK:
            columns.append(masked(F.col(name).cast("string")).alias(name))
    return frame.select(*columns)


def unmarked_texts(spec: TableSpec) -> frozenset[str]:
    """The text columns that the contract does not call personal."""
    columns = (column for column in spec.columns if not column.words.pii)
    return frozenset(column.name for column in columns if isinstance(column.type, StringType))


def _without_addresses(value: Column, *, keyed: bool, key: str) -> Column:
    instead = pseudonym(value, "key", key) if keyed else F.regexp_replace(value, EMAIL, "[email]")
    held = value.contains("@") | value.contains("%40")  # nearly no text, told at no cost
    held = held & value.rlike(EMAIL) if keyed else held
    return F.when(held, instead).otherwise(value)


def pseudonym(value: Column, kind: str, key: str) -> Column:
    """The pseudonym of a column's value; null stays null."""
    secret = _kind_key(kind, key)
    inner = F.lit(bytes(byte ^ 0x36 for byte in secret))
    outer = F.lit(bytes(byte ^ 0x5C for byte in secret))
    normalise = _NORMALISE.get(kind, F.trim)
    message = normalise(value.cast("string")).cast("binary")
    digest = F.unhex(F.sha2(F.concat(inner, message), 256))
    return F.when(value.isNotNull(), F.sha2(F.concat(outer, digest), 256))


def pseudonym_of(value: str, kind: str, key: str) -> str:
    """The same pseudonym for one value, in plain Python: to look somebody up by what is known of them."""
    text = value.strip(" ")  # as Spark trims
    if kind == "email":
        text = text.lower()
    elif kind == "phone":
        text = "".join(each for each in text if each in "0123456789+")
    return hmac.new(_kind_key(kind, key)[:32], text.encode(), hashlib.sha256).hexdigest()


def _kind_key(kind: str, key: str) -> bytes:
    """The kind's own key, padded with zeros to one block as HMAC does."""
    derived = hmac.new(key.encode(), f"lakehouse/pseudonym/{kind}".encode(), hashlib.sha256).digest()
    return derived.ljust(_BLOCK, b"\0")

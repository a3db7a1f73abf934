"""Personal data in free text: found by its form, and masked.

The patterns are the same for Python and for Spark (Java), so a listing and a table hide the same
things. An address is found in a URL too, where its ``@`` is written ``%40``. Names are not found: a text that
may hold them is better dropped.
"""

import re
from functools import reduce
from operator import or_

from pyspark.sql import Column
from pyspark.sql import functions as F

__all__ = ["EMAIL", "PHONE", "masked", "masked_text"]

_PART = r"[^\s@\"'<>&?=/:;,()\[\]{}|\\‹›]"  # noqa: RUF001 - what stands around an address in running text and URLs
_AFTER_ESCAPE = r"(?<=\\[nrt])"  # in JSON, a line break before it is written with a letter
EMAIL = rf"(?<!\\){_PART}+(?:@|%40){_PART}+\.\w{{2,}}"
PHONE = (
    rf"(?:(?<![\w.])|{_AFTER_ESCAPE})"
    r"(?:\+|%2B|00)[1-9][0-9](?:[\s().\-/]|%20)*[0-9](?:[0-9\s().\-/]|%20){4,}[0-9]"
)
_IBAN = rf"(?:\b|{_AFTER_ESCAPE})" r"[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b"
_CARD = rf"(?:(?<![\w.])|{_AFTER_ESCAPE})" r"[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{1,7}(?![\w.])"

_MASKS = ((EMAIL, "[email]"), (_IBAN, "[account]"), (_CARD, "[account]"), (PHONE, "[phone]"))
# An address is looked for from every character on; most texts have nothing that one could be in.
_SIGNS = {EMAIL: ("@", "%40"), PHONE: ("+", "%2B", "00")}
_COMPILED = tuple((re.compile(pattern, re.ASCII), mask) for pattern, mask in _MASKS)


def masked(text: Column) -> Column:
    """A text with each e-mail address, telephone number and account number replaced by its kind."""
    result = text
    for pattern, mask in _MASKS:
        replaced = F.regexp_replace(result, pattern, mask)
        signs = [F.contains(text, F.lit(sign)) for sign in _SIGNS.get(pattern, ())]
        result = F.when(reduce(or_, signs), replaced).otherwise(result) if signs else replaced
    return result


def masked_text(text: str) -> str:
    """The same for one text, in plain Python."""
    for pattern, mask in _COMPILED:
        text = pattern.sub(mask, text)
    return text

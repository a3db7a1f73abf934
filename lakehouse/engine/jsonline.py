"""One line of JSON: whether it is one record, and whether it says the same to every reader of JSON."""

import json

__all__ = ["LineReader"]

_INTEGER = 38  # digits of Spark's longest decimal
_WHOLE, _FRACTION = 7, 8  # digits; together a double has 15, and from 10**7 on Java writes an exponent


class LineReader:
    """Reads lines of JSON to tell what is more than one record, and what is plain.

    Spark would take the first of two records on a line and drop the rest without a word. And its quick way
    from JSON to strings passes every decimal through a double, takes half a character for a question mark
    and minds no name that comes twice; its exact way costs five times as much. A line is plain where both
    give the same.
    """

    def __init__(self) -> None:
        self._plain = True
        self._decode = json.JSONDecoder(
            object_pairs_hook=self._object,
            parse_float=self._decimal,
            parse_int=self._integer,
            parse_constant=self._odd,
        ).decode

    def read(self, line: str) -> tuple[str | None, bool]:
        """What is wrong with a line, where that is more than Spark can tell; and whether it is plain."""
        self._plain = "\\ud" not in line and "\\uD" not in line
        try:
            self._decode(line)
        except json.JSONDecodeError as error:
            more = error.msg == "Extra data"
            return f"the record ends at character {error.pos + 1}, and more follows" if more else None, False
        except RecursionError:  # nested too deeply for Spark as well, which says so
            return None, False
        return None, self._plain

    def _object(self, pairs: list[tuple[str, object]]) -> None:
        if len({name for name, _ in pairs}) < len(pairs):
            self._plain = False

    def _decimal(self, text: str) -> None:
        """A double is written as it was read within these bounds, by Java as by anybody."""
        whole, _, fraction = text.lstrip("-").partition(".")
        significant = fraction.isdecimal() and fraction.strip("0")
        small = whole == "0" and fraction.startswith("000")
        if not significant or small or len(whole) > _WHOLE or len(fraction) > _FRACTION:
            self._plain = False

    def _integer(self, text: str) -> None:
        if len(text) > _INTEGER:
            self._plain = False

    def _odd(self, _: str) -> None:
        self._plain = False

"""What is wrong with a message, by Segment's specification.

Only what makes an event unusable: who, which of the six types, and times that are times. What else it
holds is the contract's business, when bronze reads it.
"""

from collections.abc import Mapping
from datetime import datetime
from types import NoneType
from typing import Any

from lakehouse.collector.reasons import Reason

__all__ = ["TYPES", "fault_of", "is_time"]

TYPES = ("identify", "track", "page", "screen", "group", "alias")
_NEEDS = {
    "track": (Reason.NO_EVENT, ("event",)),
    "group": (Reason.NO_GROUP, ("groupId",)),
    "alias": (Reason.NO_ALIAS, ("userId", "previousId")),
}
_ID_TYPES = frozenset({str, float, NoneType})  # numbers have been parsed as floats
_TIMES = ("timestamp", "originalTimestamp", "sentAt")


def fault_of(message: Any, call: str | None) -> Reason | None:
    """The first thing that is wrong with a parsed message, or None.

    ``call`` is the type that the path names, None in a batch.
    """
    if type(message) is not dict:
        return Reason.NO_MESSAGE
    kind = message.get("type") or call
    if type(kind) is not str or kind not in TYPES:
        return Reason.NO_TYPE
    if call is not None and kind != call:
        return Reason.OTHER_TYPE
    return _nameless(message, kind) or _unreadable(message)


def _nameless(message: Mapping[str, Any], kind: str) -> Reason | None:
    """Whether it says of whom or of what it is."""
    user, anonymous = message.get("userId"), message.get("anonymousId")
    if user in (None, "") and anonymous in (None, ""):
        return Reason.NO_USER
    if type(user) not in _ID_TYPES or type(anonymous) not in _ID_TYPES:
        return Reason.BAD_USER
    if kind in _NEEDS:
        reason, names = _NEEDS[kind]
        for name in names:
            value = message.get(name)
            if value in (None, "") or type(value) not in _ID_TYPES:
                return reason
    return None


def _unreadable(message: Mapping[str, Any]) -> Reason | None:
    """Whether its id and its times are what they must be, where there are any."""
    message_id = message.get("messageId")
    if message_id is not None and not (type(message_id) is str and message_id):
        return Reason.BAD_MESSAGE_ID
    for name in _TIMES:
        time = message.get(name)
        if time is not None and not is_time(time):
            return Reason.BAD_TIME
    return None


def is_time(value: Any) -> bool:
    """Whether this is an ISO 8601 time, as text; one without a zone is let pass."""
    try:
        datetime.fromisoformat(value)
    except (ValueError, TypeError):
        return False
    return True

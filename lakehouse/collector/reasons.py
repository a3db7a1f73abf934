"""Why something was kept apart: sentences that never change and never quote what came."""

from enum import StrEnum

__all__ = ["Reason"]


class Reason(StrEnum):
    """The first eight are about a whole body and are answered with 400 or 413, the rest about one message."""

    NOT_UTF8 = "the body is not UTF-8"
    NOT_PACKED = "the body says that it is gzip, and is not"
    NOT_JSON = "the body is not JSON"
    TOO_DEEP = "the body is nested too deeply"
    NOT_AN_OBJECT = "the body is not a JSON object"
    NO_BATCH = "the body has no list named batch"
    SHARED_TOO_LARGE = "the fields that the batch shares would be repeated too often"
    BODY_TOO_LARGE = "the body is larger than allowed; it was not read"

    NO_MESSAGE = "the message is not a JSON object"
    TOO_LARGE = "the message is larger than 32 KB"
    TOO_MANY = "the batch has more than 2500 messages; these are the rest"
    NO_TYPE = "type is missing or is none of identify, track, page, screen, group, alias"
    OTHER_TYPE = "type is another than the call's"
    NO_USER = "neither userId nor anonymousId is there"
    BAD_USER = "userId or anonymousId is neither text nor number"
    NO_EVENT = "a track without the name of an event"
    NO_GROUP = "a group without groupId"
    NO_ALIAS = "an alias without userId and previousId"
    BAD_MESSAGE_ID = "messageId is not a text"
    BAD_TIME = "timestamp, originalTimestamp or sentAt cannot be read as an ISO 8601 time"

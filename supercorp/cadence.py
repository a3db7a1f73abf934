"""When the demo dumps the shop's tables: once on day 60, then weekly, then daily for the last week."""

from datetime import date, timedelta

__all__ = ["dump_days"]

_FIRST_DUMP_DAY = 60
_DAILY_DAYS = 7


def dump_days(first_day: date, last_day: date) -> tuple[date, ...]:
    """The days at whose end a dump is due, both ends included.

    180 days make 24 rounds. A history too short for a day 60 begins a third of the way in.
    """
    length = (last_day - first_day).days + 1
    begin = min(_FIRST_DUMP_DAY, max(length // 3, 1)) - 1
    daily_from = max(length - _DAILY_DAYS, 0)
    numbers = {*range(begin, daily_from, 7), *range(max(daily_from, begin), length)}
    return tuple(first_day + timedelta(days=number) for number in sorted(numbers))

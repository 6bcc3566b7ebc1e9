"""The time window that a request asks for: `start` and `end`, or `statsPeriod`, which goes before both."""

import re

import times
from answer import Refusal, detail

PERIOD = re.compile(r"(\d+)([smhdw])")
DAY = 86400 * times.SECOND
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def refuse(text):
    raise Refusal(detail(text, 400))


def date(text):
    try:
        return times.parse(text)
    except ValueError:
        refuse(f"{text} is not a valid ISO8601 date query")


def bounds(query, now):
    """The window's start and end in microseconds; None and None without one."""
    if query.get("statsPeriod"):
        period = PERIOD.fullmatch(query["statsPeriod"])
        if not period:
            refuse("Invalid statsPeriod: " + repr(query["statsPeriod"]))
        return now + times.SECOND - int(period[1]) * UNITS[period[2]] * times.SECOND, now + times.SECOND
    start, end = query.get("start"), query.get("end")
    if not start and not end:
        return None, None
    if not start or not end:
        refuse("start and end are both required")
    start, end = date(start), date(end)
    if start >= end:
        refuse("start must be before end")
    return start, end


def since(query, now, earliest, kept):
    """Where the window begins: at `earliest` unless dates are given, and never before what the server keeps."""
    start = bounds(query, now)[0]
    return max(earliest if start is None else start, kept)


def kept(rows, now, days):
    """The rows of the last `days`; None keeps all."""
    return [row for row in rows if row.stamp >= now - days * DAY] if days else rows


def within(rows, query, now, earliest=None):
    """The rows of [start, end), at the resolution of a second; without dates those from `earliest` on, if that is said."""
    start, end = bounds(query, now)
    if start is None and earliest is None:
        return rows
    if start is None:
        start, end = earliest, now + times.SECOND
    start, end = start - start % times.SECOND, end - end % times.SECOND
    return [row for row in rows if start <= row.stamp < end]

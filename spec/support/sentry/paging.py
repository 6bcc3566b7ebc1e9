"""The ways in which the real servers cut a list into pages.

Every function takes the rows in the list's order, the decoded cursor and the page size, and returns a Page. Positions
are compared as the servers compare them, so a row that moves or leaves between two requests has its real effect.
Pages backwards (is_prev, r=1) are offered in the Link header as the servers do, but not served.
"""

import bisect
from base64 import b64decode, b64encode
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode

import ties
import times


class BadCursor(Exception):
    pass


@dataclass
class Page:
    rows: list
    next: str | None
    more: bool
    previous: str | None
    before: bool
    start: int = 0  # where in the list's rows the page begins


def parse_colons(text):
    """`value:offset:is_prev`; None without a cursor."""
    if text is None:
        return None
    bits = text.split(":")
    try:
        value, offset, back = float(bits[0]), int(bits[1]), int(bits[2])
    except (ValueError, IndexError):
        raise BadCursor(text) from None
    if len(bits) != 3 or value != value or abs(value) == float("inf"):
        raise BadCursor(text)
    return int(value), offset, bool(back)


def by_offset(rows, cursor, limit):
    """Hosted Sentry's events: `0:<offset>:0`."""
    return by_place(rows, cursor, limit, None)


def by_place(rows, cursor, limit, key, unstable=False):
    """What Explore shows: the same, of rows that the event store sorts by `key` alone."""
    offset = cursor[1] if cursor else 0
    if offset < 0:
        raise BadCursor("Pagination offset cannot be negative")
    taken = cut(rows, key, offset, limit + 1, unstable)
    back = f"0:{max(0, offset - limit)}:1"
    return Page(taken[:limit], f"0:{offset + limit}:0", len(taken) > limit, back, offset > 0, offset)


def cut(rows, key, offset, count, unstable):
    """What a database gives for OFFSET and LIMIT."""
    return ties.resorted(rows, key, offset, count) if unstable else rows[offset : offset + count]


def by_number(rows, cursor, limit, key, unstable=False):
    """Projects and releases: `<page size>:<page>:0`, the rows from size * page on, whatever that size is."""
    size, number = cursor[:2] if cursor else (0, 0)
    offset = size * number
    if offset < 0:
        raise BadCursor("Pagination offset cannot be negative")
    taken = cut(rows, key, offset, (size or limit) + 1, unstable)
    if size != limit:
        offset += max(0, len(taken) - limit - 1)
        taken = taken[-(limit + 1) :]
    back = f"{limit}:{number - 1}:1"
    return Page(taken[:limit], f"{limit}:{number + 1}:0", len(taken) > limit, back, number > 0, offset)


def by_id(rows, cursor, limit, key):
    """Lists by falling id: `<id of the first row>:<rows passed>:0`; `key` is the id, negated."""
    value, offset, back = cursor or (0, 0, False)
    if back or offset < 0:
        raise BadCursor("not served")
    start = bisect.bisect_left(rows, -value, key=key) if value else 0
    taken = rows[start + offset : start + offset + limit + 1]
    if not taken:
        return Page([], f"{value}:{offset}:0", False, f"{value}:{offset}:1", bool(cursor), start + offset)
    more = len(taken) > limit
    following = f"{-key(taken[-1])}:0:0" if more else f"{-key(taken[-1])}:1:0"
    return Page(taken[:limit], following, more, f"{-key(taken[0])}:0:1", bool(cursor), start + offset)


def by_row(rows, cursor, limit, key):
    """Commits of a release, by their numbers in it: `<number of the first row>:0:0`."""
    first = cursor[0] + cursor[1] if cursor else 0
    more = first + limit < len(rows)
    return Page(rows[first : first + limit], f"{first + limit}:0:0", more, f"{first}:0:1", bool(cursor), first)


def by_score(rows, cursor, limit, key):
    """Hosted Sentry's issues: `<ms>:<rows of that ms already passed>:0`, the ms being the next page's first."""
    value, offset, back = cursor or (0, 0, False)
    if offset < 0 or back:
        raise BadCursor("not served")

    def find(score, bound=None):
        return bisect.bisect_left(rows, -score, hi=bound, key=lambda row: -(key(row) // 1000))

    low = (find(value) if value else 0) + offset
    high = min(low + limit, len(rows))
    if not rows:
        return Page([], f"{value}:{offset}:0", False, f"{value}:{offset}:1", False)

    def at(index, bound):
        score = key(rows[min(index, len(rows) - 1)]) // 1000
        return f"{score}:{bound - find(score, bound)}"

    page = rows[low:high]
    first = min(low, len(rows))
    return Page(page, at(high, high) + ":0", high < len(rows), at(low, first) + ":1", low > 0, low)


def ceil_ms(micros):
    return -(-micros // 1000)


def by_time(rows, cursor, limit, key, unstable=False):
    """9.1.2, and some lists of 23.7.1: `<ms, rounded up>:<offset>:0`, the rows at or below that ms less `offset`."""
    value, offset, back = cursor or (0, 0, False)
    if back or offset < 0:
        raise BadCursor("not served")
    start = bisect.bisect_left(rows, -value * 1000, key=lambda row: -key(row)) if value else 0
    taken = cut(rows[start:], key, offset, limit + 1, unstable)
    previous = f"{key(taken[0]) // 1000 if taken else 0}:0:1"
    before = bool(value or offset)
    if not taken:
        return Page([], f"{value}:{offset}:0", False, previous, before, start + offset)
    more = len(taken) > limit
    last = ceil_ms(key(taken[-1]))
    if last == (value or ceil_ms(key(taken[0]))):
        passed = offset + limit
    else:
        shown = taken[:-1] if more else taken
        passed = next((i for i, row in enumerate(reversed(shown)) if ceil_ms(key(row)) > last), len(shown))
    return Page(taken[:limit], f"{last}:{passed}:0", more, previous, before, start + offset)


def by_second(rows, cursor, limit, key):
    """Issues out of the event store of 23.7.1, which keeps whole seconds; those of one second by falling number."""

    def second(row):
        return key(row) - key(row) % times.SECOND

    return by_score(sorted(rows, key=lambda row: (-second(row), -row.serial)), cursor, limit, second)


def by_time_then_second(rows, cursor, limit, key, unstable=False):
    """A project's issues of 23.7.1: the first page out of the database, the others out of the event store."""
    return by_second(rows, cursor, limit, key) if cursor else by_time(rows, None, limit, key, unstable)


MAX_OFFSET = 100


def parse_base64(text):
    """GlitchTip's cursor: (position or None, offset, reversed)."""
    if text is None:
        return None, 0, False
    try:
        tokens = parse_qs(b64decode(text).decode(), keep_blank_values=True)
        offset = min(max(int(tokens.get("o", ["0"])[0]), 0), MAX_OFFSET)
        return tokens.get("p", [None])[0], offset, bool(int(tokens.get("r", ["0"])[0]))
    except ValueError:
        raise BadCursor(text) from None


def base64_cursor(position, offset=0, back=False):
    tokens = {"o": str(offset)} if offset else {}
    if back:
        tokens["r"] = "1"
    if position is not None:
        tokens["p"] = position
    return b64encode(urlencode(tokens).encode()).decode()


def position_text(value):
    """How a position stands in a cursor: Python's own text of a datetime, or the text itself."""
    return value if isinstance(value, str) else str(times.moment(value))


def starts_after(rows, key, position):
    """The index of the first row strictly beyond a position: older where positions are times, greater for names."""
    if rows and isinstance(key(rows[0]), str):
        return bisect.bisect_right(rows, position, key=key)
    try:
        micros = times.parse(position)
    except ValueError:
        raise BadCursor(position) from None
    return bisect.bisect_right(rows, -micros, key=lambda row: -key(row))


def by_position(rows, cursor, limit, key, unstable=False):
    """GlitchTip: rows beyond a position `p`, less the first `o`; the position is one that no row ahead shares."""
    position, offset, back = cursor
    if back:
        raise BadCursor("not served")
    start = 0 if position is None else starts_after(rows, key, position)
    first = start + offset
    taken = cut(rows[start:], key, offset, limit + 1, unstable)
    page = taken[:limit]
    before = position is not None or offset > 0
    previous = base64_cursor(position_text(key(page[0])) if page else position, back=True) if before else None
    if len(taken) <= limit:
        return Page(page, None, False, previous, before, first)
    ahead = key(taken[-1])
    passed = next((i for i, row in enumerate(reversed(page)) if key(row) != ahead), None)
    if passed is not None:
        following = base64_cursor(position_text(key(page[-1 - passed])), passed)
    elif page:
        following = base64_cursor(position, (offset if before else 0) + limit)
    else:
        following = base64_cursor(position_text(ahead))
    return Page(page, following, True, previous, before, first)


DATABASE = (by_number, by_time, by_time_then_second, by_position, by_place)  # sorted for each answer anew

"""Rows of one time in the order that a database gives to them when its ORDER BY has no second key.

Each answer is sorted once, so equal times that lie whole within one answer are whole. The next answer is sorted anew,
in an order that depends on its limit and offset alone: where a page ends among equal times, rows are left out or come
twice, the same ones in every pass.
"""


WORD = (1 << 64) - 1


def mixed(serial, limit, offset):
    """A number that says nothing of the three; no random one: the same request gets the same order."""
    number = serial + limit * 1_000_003 + offset * 65_537
    for factor in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9):
        number = number * factor & WORD
        number ^= number >> 31
    return number


def resorted(rows, key, offset, limit):
    """rows[offset : offset + limit], each tie that the slice touches sorted anew for this limit and offset."""
    stop = min(offset + limit, len(rows))
    if offset >= stop:
        return []
    first, last = offset, stop
    while first > 0 and key(rows[first - 1]) == key(rows[offset]):
        first -= 1
    while last < len(rows) and key(rows[last]) == key(rows[stop - 1]):
        last += 1
    taken, at = [], first
    while at < last:
        end = at
        while end < last and key(rows[end]) == key(rows[at]):
            end += 1
        taken += sorted(rows[at:end], key=lambda row: mixed(row.serial, limit, offset))
        at = end
    return taken[offset - first : stop - first]

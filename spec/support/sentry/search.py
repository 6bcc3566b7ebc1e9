"""The `query=` of an issues list, as far as specs need it: is:, issue.category:, lastSeen:, firstSeen: and plain words.

Feedback is in no list but to a query for it (getsentry/sentry pull requests 59505 and 76984); all else is."""

import operator
import re

import times
from answer import Refusal

TERM = re.compile(r'(\w[\w.]*):("[^"]*"|\S+)|("[^"]*"|\S+)')
COMPARE = re.compile(r"(>=|<=|>|<)?(.*)")
OPERATORS = {">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le, None: operator.eq}


def category(row):
    return row.state.get("category", "error")


def time_test(dialect, name, text):
    """A test of a row's time; a text that this server cannot read is its 400."""
    sign, value = COMPARE.fullmatch(text).groups()
    try:
        if not dialect.valid_date(value):
            raise ValueError(value)
        bound = times.parse(value)
    except ValueError:
        raise Refusal(dialect.bad_date(value)) from None
    compare = OPERATORS[sign]
    if name == "lastSeen":
        return lambda row: compare(row.stamp, bound)
    return lambda row: compare(row.state["first"], bound)


def term_test(dialect, name, value, title_of):
    if name is None:
        return lambda row: value.lower() in title_of(row).lower()
    if name == "is":
        return lambda row: row.state["status"] == value
    if name == "issue.category":
        return lambda row: category(row) == value
    if name in ("lastSeen", "firstSeen") and dialect.name != "glitchtip":
        return time_test(dialect, name, value)
    # A term that a server does not know is a tag that no issue has: GlitchTip's fate of lastSeen too.
    return lambda row: False


def filtered(dialect, rows, query, title_of):
    """The rows that a query lets through."""
    terms = TERM.findall(query)
    tests = [] if any(term[0] == "issue.category" for term in terms) else [lambda row: category(row) != "feedback"]
    for name, value, word in terms:
        tests.append(term_test(dialect, name or None, (value or word).strip('"'), title_of))
    return [row for row in rows if row.ghost or all(test(row) for test in tests)]

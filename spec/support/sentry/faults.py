"""The faults a scenario can order: which of them strikes which answer. Their parameters stand in scenario.py."""

import re
from dataclasses import dataclass

from answer import Answer

FAULTS = {}


@dataclass
class Context:
    """What a fault sees: the request, the answer that it may change or replace, the scenario."""

    scenario: object
    request: object
    answer: Answer

    @property
    def dialect(self):
        return self.scenario.dialect

    @property
    def listing(self):
        return self.answer.listing


def fault(applies=None, name=None):
    """Registers a fault; `applies(context, spec)` tells whether it can act on this answer at all."""

    def register(function):
        FAULTS[name or function.__name__] = (function, applies or (lambda context, spec: True))
        return function

    return register


def is_list(context, spec):
    return context.answer.page is not None


def has_rows(context, spec):
    return bool(context.answer.texts)


def named(pattern, path):
    """Whether a fault's path, a substring or a regular expression, is meant for this path."""
    try:
        return pattern in path or re.search(pattern, path) is not None
    except re.error:
        return False


class Faults:
    """The scenario's list of faults and how often each has struck."""

    def __init__(self, specs):
        self.specs = [dict(spec) for spec in specs]
        for spec in self.specs:
            if spec["fault"] not in FAULTS:
                raise ValueError(f"no such fault: {spec['fault']}")
            spec.setdefault("times", -1 if spec["fault"] in ("empty_forever", "smaller_page") else 1)
            spec["seen"] = 0

    def matches(self, spec, request, number, last):
        if not named(spec.get("path", ""), request.path):
            return False
        if "host" in spec and spec["host"] != request.host:
            return False
        if "query" in spec and not re.search(spec["query"], request.raw_query):
            return False
        spec["seen"] += 1
        if "request" in spec and spec["seen"] != spec["request"]:
            return False
        wanted = spec.get("page")
        if wanted == "last":
            return last
        return wanted is None or number == (1 if wanted == "first" else wanted)

    def early(self, request, number):
        """Whether the filters of this request are to be ignored; known before the answer is."""
        ignored = [spec for spec in self.specs if spec["fault"] == "ignore_filter"]
        struck = [spec for spec in ignored if self.matches(spec, request, number, False) and spec["times"]]
        for spec in struck:
            spec["times"] -= 1
        return bool(struck)

    def strike(self, context, last):
        """Applies the first fault that matches; returns the answer to give."""
        answer = context.answer
        late = [spec for spec in self.specs if spec["fault"] != "ignore_filter"]
        matching = [spec for spec in late if self.matches(spec, context.request, answer.number, last)]
        for spec in matching:
            function, applies = FAULTS[spec["fault"]]
            if spec["times"] and applies(context, spec):
                spec["times"] -= 1
                number = answer.number
                answer = function(context, spec) or answer
                answer.fault, answer.number = spec["fault"], number
                break
        return answer


@fault()
def ignore_filter(context, spec):
    """Acts before the answer is made: see Faults.early."""

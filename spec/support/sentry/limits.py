"""Sentry's rate limiter: fixed windows and a number of requests at once, for each class of endpoint and each caller.

Endpoints without numbers of their own share one class, "default". Users are counted by who they are, whatever their
tokens; an integration by its organization; a token of an organization, as one that is unknown, by its address."""

import threading
import time

from answer import detail
from times import SECOND

PREFIX = "X-Sentry-Rate-Limit-"


def ceil_seconds(micros):
    return -(-micros // SECOND)


def too_many(limit, window):
    text = "You are attempting to use this endpoint too frequently."
    return f"{text} Limit is {limit} requests in {window:g} seconds"


def too_wide(concurrent):
    text = "You are attempting to go above the allowed concurrency for this endpoint."
    return f"{text} Concurrency limit is {concurrent}"


def counted_as(caller):
    """Whose bucket a caller's requests go into."""
    if caller is None or caller.kind == "organization":
        return "address"
    return "organization" if caller.kind == "integration" else caller.person


def numbers(spec, caller):
    """The numbers of a class for one caller: an integration's may be others."""
    of_organization = caller is not None and caller.kind == "integration"
    return {**spec, **spec.get("organization", {})} if of_organization else spec


class Browser:
    """A user who looks at Sentry meanwhile, evenly, `requests` a second of each class: they count as the user's."""

    def __init__(self, spec):
        self.person = spec.get("person", "owner")
        self.rates = spec.get("requests", {})

    def used(self, key, micros, window):
        """How many of them fall into a window, up to this moment of it."""
        name, person = key
        if person != self.person or name not in self.rates:
            return 0
        return int(self.rates[name] * (micros % int(window * SECOND)) / SECOND)


class Bucket:
    """What one caller has used of one class of endpoint."""

    def __init__(self, spec):
        self.limit = spec.get("limit")
        self.window = spec.get("window", 1)
        self.concurrent = spec.get("concurrent")
        self.index = None
        self.own = self.used = 0
        self.active = 0

    def turn(self, micros, others):
        """Counts one request more, and those that others have made in this window."""
        index = micros // int(self.window * SECOND)
        if index != self.index:
            self.index, self.own = index, 0
        self.own += 1
        self.used = self.own + others


class Ticket:
    """One request's pass: the headers to send with it, and its refusal where it was refused."""

    def __init__(self, bucket=None, key=None):
        self.bucket = bucket
        self.key = key  # (class, who is counted)
        self.headers = {}
        self.refusal = None
        self.counted = False


class Limiter:
    """Windows are aligned to the epoch, as Sentry's are; a clock that stands still does not stop them."""

    def __init__(self, spec, clock, dialect=None, browser=None):
        self.spec = spec
        self.clock = clock
        self.dialect = dialect
        self.browser = Browser(browser or {})
        self.buckets = {}
        self.lock = threading.Lock()

    def now(self):
        return time.time_ns() // 1000 if self.clock.fixed is not None else self.clock.now()

    def start(self, endpoint, caller=None):
        name = endpoint if self.spec.get(endpoint) else "default"
        if not self.spec.get(name):
            return Ticket()
        key = (name, counted_as(caller))
        with self.lock:
            if key not in self.buckets:
                self.buckets[key] = Bucket(numbers(self.spec[name], caller))
            return self.admit(key, self.buckets[key])

    def refused(self, text):
        return self.dialect.limited(text) if self.dialect else detail(text, 429)

    def admit(self, key, bucket):
        now = self.now()
        bucket.turn(now, self.browser.used(key, now, bucket.window))
        ticket = Ticket(bucket, key)
        if bucket.limit is not None and bucket.used > bucket.limit:
            ticket.refusal = self.refused(too_many(bucket.limit, bucket.window))
        elif bucket.concurrent is not None and bucket.active >= bucket.concurrent:
            ticket.refusal = self.refused(too_wide(bucket.concurrent))
        else:
            bucket.active += 1
            ticket.counted = True
        ticket.headers = self.headers(bucket, now)
        uncounted = self.dialect and self.dialect.refusal_uncounted
        if ticket.refusal and PREFIX + "ConcurrentRemaining" in ticket.headers and uncounted:
            ticket.headers[PREFIX + "ConcurrentRemaining"] = "None"
        return ticket

    def headers(self, bucket, now):
        left = int(bucket.window * SECOND) - now % int(bucket.window * SECOND)
        found = {}
        if bucket.limit is not None:
            found["Limit"] = bucket.limit
            found["Remaining"] = max(0, bucket.limit - bucket.used)
            shown = now if self.clock.fixed is None else self.clock.now()
            found["Reset"] = ceil_seconds(shown + left)
        if bucket.concurrent is not None:
            found["ConcurrentLimit"] = bucket.concurrent
            found["ConcurrentRemaining"] = max(0, bucket.concurrent - bucket.active)
        return {PREFIX + name: str(value) for name, value in found.items()}

    def finish(self, ticket):
        if ticket.counted:
            with self.lock:
                ticket.bucket.active -= 1
                ticket.counted = False

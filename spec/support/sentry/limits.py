"""Sentry's rate limiter: fixed windows and a number of requests at once, for each class of endpoint."""

import threading
import time

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


class Bucket:
    """What one class of endpoint has used."""

    def __init__(self, spec):
        self.limit = spec.get("limit")
        self.window = spec.get("window", 1)
        self.concurrent = spec.get("concurrent")
        self.index = None
        self.used = 0
        self.active = 0

    def turn(self, micros):
        index = micros // int(self.window * SECOND)
        if index != self.index:
            self.index, self.used = index, 0


class Ticket:
    """One request's pass: the headers to send with it, and its refusal where it was refused."""

    def __init__(self, bucket=None):
        self.bucket = bucket
        self.headers = {}
        self.refusal = None
        self.counted = False


class Limiter:
    """Windows are aligned to the epoch, as Sentry's are; a clock that stands still does not stop them."""

    def __init__(self, spec, clock, dialect):
        self.buckets = {name: Bucket(one) for name, one in spec.items()}
        self.clock = clock
        self.dialect = dialect
        self.lock = threading.Lock()

    def now(self):
        return time.time_ns() // 1000 if self.clock.fixed is not None else self.clock.now()

    def start(self, endpoint):
        bucket = self.buckets.get(endpoint) or self.buckets.get("default")
        if bucket is None:
            return Ticket()
        with self.lock:
            return self.admit(bucket)

    def admit(self, bucket):
        now = self.now()
        bucket.turn(now)
        ticket = Ticket(bucket)
        bucket.used += 1
        if bucket.limit is not None and bucket.used > bucket.limit:
            ticket.refusal = self.dialect.limited(too_many(bucket.limit, bucket.window))
        elif bucket.concurrent is not None and bucket.active >= bucket.concurrent:
            ticket.refusal = self.dialect.limited(too_wide(bucket.concurrent))
        else:
            bucket.active += 1
            ticket.counted = True
        ticket.headers = self.headers(bucket, now)
        if ticket.refusal and PREFIX + "ConcurrentRemaining" in ticket.headers and self.dialect.refusal_uncounted:
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

"""Times as whole microseconds since 1970 (UTC), their texts, and a scenario's clock."""

import time
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

SECOND = 1_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def parse(text):
    """Microseconds of an ISO 8601 text; a text without a zone is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return (moment - EPOCH) // timedelta(microseconds=1)


def moment(micros):
    return EPOCH + timedelta(microseconds=micros)


def iso(micros, digits):
    """`2026-11-23T18:10:08.639Z` with that many digits of the second's fraction, cut off and not rounded."""
    text = moment(micros).strftime("%Y-%m-%dT%H:%M:%S")
    if digits:
        text += "." + f"{micros % SECOND:06d}"[:digits]
    return text + "Z"


def http_date(micros):
    return format_datetime(moment(micros), usegmt=True)


class Clock:
    """The server's clock: the real one, one shifted or faster, or one that stands still but for a step a request."""

    def __init__(self, spec, began):
        self.fixed = parse(spec["fixed"]) if "fixed" in spec else None
        self.shift = int(spec.get("shift_seconds", 0) * SECOND)
        self.step = int(spec.get("step_ms", 0) * 1000)
        self.speed = spec.get("speed", 1)  # its seconds a second
        self.began = began
        self.ticks = 0

    def now(self):
        passed = int((time.time_ns() // 1000 - self.began) * self.speed)
        base = self.began + passed if self.fixed is None else self.fixed
        return base + self.shift + self.ticks * self.step

    def tick(self):
        self.ticks += 1

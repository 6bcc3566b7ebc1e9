"""Running programs and noting what they take: each in turn, several times over, so that a slow moment of the machine
falls on all of them."""

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field

import process

SHORT, LONG = 120, 900  # seconds after which a run is given up
BUFFER = 1 << 20
LOG_SECONDS = 0.05  # for the server's last line
LEAST_WRITTEN = 0.9  # of the bytes read: who writes JSON anew may write it shorter


@dataclass
class Sample:
    wall: float  # seconds
    user: float
    system: float
    peak_kib: int
    status: int
    output: int = 0  # bytes
    asked: list = field(default_factory=list)  # requests_log.Request

    @property
    def cpu(self):
        return self.user + self.system

    @property
    def peak(self):
        return self.peak_kib / 1024

    @property
    def requests(self):
        return len(self.asked)

    @property
    def refused(self):
        return sum(one.status == 429 for one in self.asked)


@dataclass
class Contestant:
    """One way of doing a case's work. `records` and `megabytes` are what one run gets through."""

    name: str
    command: list
    records: int = 0
    megabytes: float = 0
    feed: list | None = None  # a command whose output is the standard input
    server: object = None  # whose log tells the requests
    runs: int | None = None  # fewer than the case's, where it is slow
    limit: float = LONG  # seconds
    may_fail: bool = False
    writes: bool = False  # all that it gets through


@dataclass
class Row:
    """What a contestant's runs came to."""

    case: str
    name: str
    samples: list
    records: int
    megabytes: float

    def median(self, what):
        return statistics.median(getattr(one, what) for one in self.samples)

    wall = property(lambda self: self.median("wall"))
    cpu = property(lambda self: self.median("cpu"))
    peak = property(lambda self: self.median("peak"))
    requests = property(lambda self: self.median("requests"))
    refused = property(lambda self: max(one.refused for one in self.samples))
    failed = property(lambda self: any(one.status for one in self.samples))

    @property
    def asked(self):
        """The requests of the run whose time is the median, or next below it."""
        return sorted(self.samples, key=lambda one: one.wall)[(len(self.samples) - 1) // 2].asked


class Runner:
    def __init__(self, measure, folder):
        self.measure, self.folder = measure, folder
        folder.mkdir(parents=True, exist_ok=True)

    def once(self, contestant, on_line=None):
        """One run. Its output is read to its end as fast as it comes; `on_line` gets each line of it (costs time)."""
        result, errors = self.folder / "result.json", self.folder / "stderr"
        result.unlink(missing_ok=True)
        if contestant.server:
            contestant.server.log.read()
        feed = process.start(contestant.feed, stdout=subprocess.PIPE) if contestant.feed else None
        with open(errors, "wb") as to:
            started = process.start(
                [self.measure, result, *contestant.command],
                stdout=subprocess.PIPE,
                stderr=to,
                stdin=feed.stdout if feed else subprocess.DEVNULL,
            )
        if feed:
            feed.stdout.close()
        timer = threading.Timer(contestant.limit, started.kill)
        timer.start()
        try:
            size, end = read_lines(started.stdout, on_line) if on_line else drain(started.stdout)
        finally:
            timer.cancel()
            process.stop(started)
            started.stdout.close()
            if feed:
                process.stop(feed)
        return self.sample(contestant, result, size, end.decode(errors="replace") + errors.read_text(errors="replace"))

    def sample(self, contestant, result, size, words):
        if not result.exists():
            if not contestant.may_fail:
                raise RuntimeError(f"{contestant.name} was ended after {contestant.limit:g} s")
            return Sample(contestant.limit, 0, 0, 0, 124, size, asked_of(contestant))
        sample = Sample(**json.loads(result.read_text()), output=size, asked=asked_of(contestant))
        if sample.status and not contestant.may_fail:
            raise RuntimeError(f"{contestant.name} ended with {sample.status}: {words[-2000:]}")
        if contestant.writes and not contestant.may_fail and size < LEAST_WRITTEN * contestant.megabytes * 1e6:
            raise RuntimeError(f"{contestant.name} wrote {size:,} bytes, less than there was to read")
        return sample

    def compare(self, case, contestants, runs):
        """All contestants in turn, `runs` times. Returns a row for each."""
        samples = {one.name: [] for one in contestants}
        for number in range(runs):
            for one in contestants:
                if number < (one.runs or runs):
                    tell(f"{case}: {one.name}, run {number + 1}")
                    samples[one.name].append(self.once(one))
        tell("")
        return [Row(case, one.name, samples[one.name], one.records, one.megabytes) for one in contestants]


def tell(words):
    """What is under way, on a terminal."""
    if sys.stderr.isatty():
        print("\r\033[K" + words, end="", file=sys.stderr, flush=True)


def asked_of(contestant):
    if not contestant.server:
        return []
    time.sleep(LOG_SECONDS)
    return contestant.server.log.read()


def drain(pipe):
    """How much came, and the end of it."""
    buffer, size, last = bytearray(BUFFER), 0, 0
    while count := os.readv(pipe.fileno(), [buffer]):
        size, last = size + count, count
    return size, bytes(buffer[:last])


def read_lines(pipe, on_line):
    size, one = 0, b""
    for one in pipe:
        size += len(one)
        on_line(one)
    return size, one

"""A made-up Sentry that is slow on purpose: a delay before each answer, a bandwidth, a rate limiter, or all three.

    slow.py SETTINGS     (JSON; see Settings)

It cuts pages of any size, honours `start` and `end`, and can count rows in the cursors of events, as hosted Sentry
does. Prints one line of JSON with its ports, and ends on SIGTERM or with its parent.
"""

import sys

sys.dont_write_bytecode = True  # no __pycache__ beside the sources

import asyncio  # noqa: E402
import json  # noqa: E402
import signal  # noqa: E402
import ssl  # noqa: E402
import time  # noqa: E402
from dataclasses import dataclass  # noqa: E402
from email.utils import formatdate  # noqa: E402
from pathlib import Path  # noqa: E402
from urllib.parse import parse_qsl  # noqa: E402

sys.path.append(str(Path(__file__).resolve().parent.parent / "spec" / "support" / "sentry"))

import places  # noqa: E402
from data import BY_POSITION, ROWS, Data, Rows  # noqa: E402
from dialects import Sentry  # noqa: E402  the fake Sentry's
from limits import Limiter  # noqa: E402  the same
from requests_log import line  # noqa: E402
from times import parse  # noqa: E402  the fake Sentry's

PIECE = 4096  # bytes sent at once where there is a bandwidth
CLASSES = {"events": "events", "issues": "issues"}  # the others share one class


@dataclass
class Settings:
    cache: str
    pages: dict
    log: str
    large: bool = False
    delay: float = 0  # seconds before an answer begins
    bandwidth: float = 0  # bytes a second of each answer; 0: no limit
    windows: bool = False  # events' cursors count rows, and start and end are honoured
    limits: dict | None = None  # see limits.Limiter: events, issues, default
    others: dict | None = None  # by class: requests that other clients make in each second, and in all of a window
    certificate: str | None = None
    key: str | None = None


class Clock:
    """The limiter's clock: the real one."""

    fixed = None

    def now(self):
        return time.time_ns() // 1000


class Lists:
    """Which rows a request asks for."""

    def __init__(self, settings):
        self.data = Data(Path(settings.cache), 0, settings.pages, settings.large)
        self.windows = settings.windows
        self.rows = {name: Rows(self.data, name) for name in settings.pages}
        self.documents = {name: self.data.document(name).read_bytes() for name in places.DOCUMENTS.values()}

    def page(self, stream, query):
        """(body, gzipped; the following cursor; whether it leads to more)"""
        rows, size = self.rows[stream], min(ROWS, int(query.get("per_page") or query.get("limit") or ROWS))
        low, high = self.window(rows, query) if self.windows and stream == "events" else (0, len(rows.times))
        first = self.first(stream, rows, query.get("cursor"), low, size)
        end = min(first + size, high)
        return rows.gzipped(first, max(first, end)), self.following(stream, rows, end, low, size), end < high

    def window(self, rows, query):
        if "start" not in query or "end" not in query:
            return 0, len(rows.times)
        start, end = (parse(query[name]) // 1000 for name in ("start", "end"))
        return rows.at_or_before(end - 1), rows.at_or_before(start - 1)

    def first(self, stream, rows, cursor, low, size):
        if not cursor:
            return low
        value, offset, _ = map(int, cursor.split(":"))
        if stream not in BY_POSITION:
            return value * offset
        return (low if value == 0 else rows.at_or_before(value)) + offset

    def following(self, stream, rows, end, low, size):
        if stream not in BY_POSITION:
            return f"{size}:{-(-end // size)}:0"
        if self.windows and stream == "events":
            return f"0:{end - low}:0"
        return f"{rows.times[end] if end < len(rows.times) else 0}:0:0"


class Connection(asyncio.Protocol):
    """One connection, answering one request after the other."""

    def __init__(self, server):
        self.server, self.received, self.task = server, b"", None

    def connection_made(self, transport):
        self.transport = transport

    def connection_lost(self, _):
        self.transport.abort()

    def data_received(self, data):
        self.received += data
        if not self.task and b"\r\n\r\n" in self.received:
            self.task = asyncio.get_running_loop().create_task(self.answer_all())

    async def answer_all(self):
        while b"\r\n\r\n" in self.received and not self.transport.is_closing():
            head, _, self.received = self.received.partition(b"\r\n\r\n")
            await self.server.answer(head.decode("latin-1"), self.transport)
        self.task = None


class Server:
    def __init__(self, settings):
        self.settings, self.lists = settings, Lists(settings)
        self.limiter = Limiter(settings.limits or {}, Clock(), Sentry())
        self.log = open(settings.log, "w", encoding="ascii", buffering=1)

    async def answer(self, head, transport):
        start, target = time.time(), head.split(" ", 2)[1]
        host = next((one[6:] for one in head.split("\r\n") if one.lower().startswith("host: ")), "localhost")
        ticket = self.limiter.start(CLASSES.get(places.stream_of(target), "default"))
        try:
            status, sent = await self.send(target, host, ticket, transport)
        finally:
            self.limiter.finish(ticket)
        self.log.write(line(start, time.time(), status, sent, target))

    async def send(self, target, host, ticket, transport):
        if ticket.refusal:
            status, body, headers = 429, ticket.refusal.body, {}
        else:
            await asyncio.sleep(self.settings.delay)
            status, body, headers = self.found(target, host)
        scheme = {429: "429 Too Many Requests", 404: "404 Not Found"}.get(status, "200 OK")
        lines = {"Date": formatdate(usegmt=True), "Content-Type": "application/json", "Content-Length": len(body)}
        lines |= headers | ticket.headers
        transport.write(
            f"HTTP/1.1 {scheme}\r\n".encode() + b"".join(f"{k}: {v}\r\n".encode() for k, v in lines.items()) + b"\r\n"
        )
        await self.send_body(body, transport)
        return status, len(body)

    async def send_body(self, body, transport):
        """At the bandwidth, by the clock: what one pause was too long, the next is shorter."""
        if not self.settings.bandwidth:
            return transport.write(body)
        began = time.monotonic()
        for at in range(0, len(body), PIECE):
            await asyncio.sleep(max(0, began + min(at + PIECE, len(body)) / self.settings.bandwidth - time.monotonic()))
            transport.write(body[at : at + PIECE])

    def found(self, target, host):
        path, _, text = target.partition("?")
        zipped = {"Content-Encoding": "gzip"}
        if path in places.DOCUMENTS:
            return 200, self.lists.documents[places.DOCUMENTS[path]], zipped
        stream = places.SAME.get(path) or places.stream_of(target)
        if stream not in self.lists.rows:
            return 404, b'{"detail":"The requested resource does not exist"}', {}
        body, following, more = self.lists.page(stream, dict(parse_qsl(text)))
        hits = {"X-Hits": min(len(self.lists.rows[stream].times), places.MOST_HITS)} if stream == "issues" else {}
        return 200, body, {**zipped, **hits, "Link": places.link(f"http://{host}{path}", following, more)}

    async def use_by_others(self, name, each_second, each_window):
        """Other clients of the same account: they take their share of each window, whoever else asks."""
        window, used, current = self.settings.limits[name]["window"], 0, 0
        while True:
            await asyncio.sleep(1 / each_second)
            if time.time() // window != current:
                used, current = 0, time.time() // window
            if used < each_window:
                used += 1
                self.limiter.finish(self.limiter.start(name))


async def serve(settings):
    server, loop, ended = Server(settings), asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    plain = await loop.create_server(lambda: Connection(server), "127.0.0.1", 0)
    secure = None
    if settings.certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(settings.certificate, settings.key)
        secure = await loop.create_server(lambda: Connection(server), "127.0.0.1", 0, ssl=context)
    ports = {"http": plain, "tls": secure}
    print(json.dumps({name: one.sockets[0].getsockname()[1] for name, one in ports.items() if one}), flush=True)
    others = [loop.create_task(server.use_by_others(name, *use)) for name, use in (settings.others or {}).items()]
    await ended.wait()
    for one in others:
        one.cancel()


if __name__ == "__main__":
    asyncio.run(serve(Settings(**json.loads(sys.argv[1]))))

"""One TCP connection: reads requests, sends answers, byte by byte where a fault wants it."""

import json
import socket
import time

import wire
from answer import Answer, reason
from request import MAX_HEAD, BadRequest, Request

PLAIN = "text/plain"
CHUNK = 16384


def chunked(body):
    parts = [body[at : at + CHUNK] for at in range(0, len(body), CHUNK)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


class Connection:
    def __init__(self, sock, number, via, scenarios):
        self.sock = sock
        self.number = number
        self.via = via
        self.scenarios = scenarios
        self.buffer = b""

    def serve(self):
        """Answers requests until the peer or a fault ends the connection."""
        try:
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while True:
                head = self.read_until(b"\r\n\r\n")
                if head is None or not self.exchange(Request(head, self.via != "http", self.scenarios.root)):
                    break
        except (OSError, BadRequest):
            pass  # the peer has gone, or speaks no HTTP
        finally:
            self.sock.close()

    def read_until(self, mark):
        while mark not in self.buffer:
            data = self.sock.recv(65536)
            if not data or len(self.buffer) > MAX_HEAD:
                return None
            self.buffer += data
        found, _, self.buffer = self.buffer.partition(mark)
        return found

    def skip_body(self, request):
        left = int(request.headers.get("content-length", 0)) - len(self.buffer)
        while left > 0:
            left -= len(self.sock.recv(min(left, 65536)))
        self.buffer = b""

    def exchange(self, request):
        """Answers one request; False when the connection must end."""
        if "content-length" in request.headers:
            self.skip_body(request)
        scenario = self.scenarios.find(request.prefix)
        if scenario is None:
            return self.send_plain(request, Answer(404, b"no such scenario: " + request.prefix.encode(), PLAIN))
        if request.path in ("/_truth", "/_history"):
            return self.send_plain(request, self.inspected(scenario, request.path))
        exchange = scenario.begin(request, self.number, self.via)
        sent = 0
        try:
            if exchange.ticket is None:
                return self.send_plain(request, exchange.answer)
            self.wait(scenario, exchange.answer)
            sent, goes_on = self.send(scenario, exchange)
            return goes_on
        finally:
            scenario.end(exchange, sent)

    def inspected(self, scenario, path):
        if path == "/_truth":
            return Answer(200, scenario.raw_truth())
        return Answer(200, json.dumps(scenario.history()).encode())

    def send_plain(self, request, answer):
        head = self.head(request, answer, answer.status, reason(answer.status), {"Content-Type": answer.content_type})
        self.sock.sendall(head + b"Content-Length: %d\r\n\r\n" % len(answer.body) + answer.body)
        return request.keeps_alive

    def wait(self, scenario, answer):
        delay = scenario.spec.get("delay_ms", 0)
        if answer.wire and answer.wire["mode"] == "delay":
            delay += answer.wire["ms"]
            answer.wire = None
        if delay:
            time.sleep(delay / 1000)

    def head(self, request, answer, status, phrase, headers):
        lines = [f"HTTP/1.1 {status} {phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines.append("Connection: " + ("close" if answer.close or not request.keeps_alive else "keep-alive"))
        return ("\r\n".join(lines) + "\r\n").encode("latin-1", "replace")

    def send(self, scenario, exchange):
        """Sends an exchange's answer; returns the body's bytes that went out and whether the connection goes on."""
        request, answer = exchange.request, exchange.answer
        phrase = scenario.dialect.reason(answer.status)
        headers = dict(exchange.headers)
        goes_on = request.keeps_alive and not answer.close
        if answer.stream:
            length, pieces = answer.stream
            headers["Content-Length"] = length
            head = self.head(request, answer, answer.status, phrase, headers) + b"\r\n"
            return wire.send_stream(self.sock, head, pieces)[0], goes_on
        may_compress = scenario.spec.get("gzip", True) is True and request.accepts_gzip
        body, encoding = answer.encoded_body(may_compress)
        if encoding or scenario.spec.get("gzip") == "identity":
            headers["Content-Encoding"] = encoding or "identity"
        if scenario.spec.get("chunked") and not answer.length_error:
            headers["Transfer-Encoding"], body = "chunked", chunked(body)
        else:
            headers["Content-Length"] = len(body) + answer.length_error
        head = self.head(request, answer, answer.status, phrase, headers) + b"\r\n"
        sent, whole = wire.send(
            self.sock, head, b"" if request.method == "HEAD" else body, answer.wire, lambda: scenario.release(exchange)
        )
        return sent, goes_on and whole

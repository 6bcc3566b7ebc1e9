"""Listeners for specs, no HTTP servers: each sends the bytes of a program.

`raw_server.py PROGRAMS FOLDER` prints a port for each program of PROGRAMS, a file of JSON, and serves until its parent ends. A
program is {"alpn": protocol, where it speaks TLS; "connections": a list of lists of steps}: the n-th list is for the n-th
connection, the last one for all further ones. Steps, in turn; behind the last one the connection is closed:

  {"request": "1.1" | "2"}         waits for a request: its headers; of HTTP/2 a frame that ends them
  {"send": bytes as base64, "times": 1 (-1: for ever), "pause": seconds before each, where they come one by one}
  {"hold": true}                   waits until the client closes
  {"reset": true}                  closes with a RST
Each connection's end is a line of FOLDER/log: the program's number, its requests and the bytes that it was sent. The authority of
TLS is FOLDER/ca.pem.
"""

import base64
import ctypes
import json
import pathlib
import signal
import socket
import ssl
import struct
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent / "sentry"))
import certificates  # noqa: E402

BLOCK = 65536
HEADERS, END_HEADERS = 1, 4


def read_exactly(connection, size):
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            raise ConnectionError
        data += more
    return data


class Run:
    """A program on one connection."""

    def __init__(self, connection):
        self.connection = connection
        self.requests = self.sent = 0
        self.begun = False

    def request(self, step):
        if step["request"] == "2":
            self.frames()
        elif not self.connection.recv(BLOCK):  # a request of specs is one packet
            raise ConnectionError
        self.requests += 1

    def frames(self):
        if not self.begun:
            read_exactly(self.connection, len(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
            self.begun = True
        while True:
            head = read_exactly(self.connection, 9)
            read_exactly(self.connection, int.from_bytes(head[:3], "big"))
            if head[3] == HEADERS and head[4] & END_HEADERS:
                return

    def send(self, step):
        data, times = base64.b64decode(step["send"]), step.get("times", 1)
        group = 1 if "pause" in step else max(1, BLOCK // max(1, len(data)))
        while times:
            time.sleep(step.get("pause", 0))
            count = group if times < 0 else min(group, times)
            self.connection.sendall(data * count)
            self.sent += len(data) * count
            times -= count if times > 0 else 0

    def hold(self, _):
        while self.connection.recv(BLOCK):
            pass

    def reset(self, _):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def steps(self, steps):
        for step in steps:
            for name in ("request", "send", "hold", "reset"):
                if name in step:
                    getattr(self, name)(step)


class Server:
    def __init__(self, number, program, folder, log):
        self.number, self.program, self.log = number, program, log
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port = self.listener.getsockname()[1]
        self.context = secured(folder, program["alpn"]) if "alpn" in program else None

    def serve(self):
        count = 0
        while True:
            connection, _ = self.listener.accept()
            lists = self.program["connections"]
            steps = lists[min(count, len(lists) - 1)]
            count += 1
            threading.Thread(target=self.answer, args=(connection, steps), daemon=True).start()

    def answer(self, plain, steps):
        run = None
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.context.wrap_socket(plain, server_side=True) if self.context else plain as connection:
                run = Run(connection)
                run.steps(steps)
        except OSError:  # the client has closed; also one within TLS
            plain.close()
        if run:
            self.log(f"{self.number} {run.requests} {run.sent}\n")


def secured(folder, protocol):
    if not (folder / "tls.pem").exists():
        certificates.authority(folder, "ca")
        certificates.new_key(folder, "leaf")
        certificates.leaf(folder, "tls")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls.pem", folder / "leaf.key")
    context.set_alpn_protocols([protocol])
    return context


def main():
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # ends with its parent
    folder = pathlib.Path(sys.argv[2])
    programs = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    log = (folder / "log").open("a", encoding="utf-8", buffering=1)
    servers = [Server(number + 1, program, folder, log.write) for number, program in enumerate(programs)]
    for server in servers:
        threading.Thread(target=server.serve, daemon=True).start()
    print(*(server.port for server in servers), flush=True)
    signal.pause()


if __name__ == "__main__":
    main()

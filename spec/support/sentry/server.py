"""The fake Sentry: `server.py --dir DIR [--fixtures FOLDER] [--remove] [--seconds N]`.

Prints one line of JSON when its ports are open: {pid, http, tls, tls_expired, tls_wrong_host, tls_untrusted, tunnel, ca}.
`tunnel` is a proxy that takes CONNECT to any host, plays that host with a certificate for sentry.io, what is below it, and names
that only look so, and lists the hosts in DIR/tunnels.
Scenarios are files DIR/NAME.json (see scenario.py), asked at http://127.0.0.1:PORT/NAME/api/0/...; what was asked is in
DIR/NAME.log. GET /NAME/_truth and /NAME/_history give what the server holds and held. The same without HTTP: write
{"ask": "truth"|"history"|"cells"|"listen", "name": NAME} to DIR/ask and send SIGUSR1; one line of JSON is printed in return:
{"file": ...} or {"port": ...}. Ends on SIGTERM, with its parent, or after N seconds (7200); --remove deletes DIR then.
"""

import sys

sys.dont_write_bytecode = not sys.pycache_prefix  # no __pycache__ beside the specs

import argparse  # noqa: E402
import ctypes  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
import re  # noqa: E402
import shutil  # noqa: E402
import signal  # noqa: E402
import socket  # noqa: E402
import ssl  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402

import certificates  # noqa: E402
from connection import Connection  # noqa: E402
from scenario import Scenario  # noqa: E402

PR_SET_PDEATHSIG = 1
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)
HANDSHAKE_SECONDS = 60


def die_with_parent():
    parent = os.getppid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit(1)


class Listener:
    """A port and the connections that came through it."""

    numbers = iter(range(1, 1 << 31))

    def __init__(self, via, scenarios, context=None, port=0):
        self.via = via
        self.scenarios = scenarios
        self.context = context
        self.sockets = set()
        self.port = port
        self.open()

    def open(self):
        self.socket = socket.create_server(("127.0.0.1", self.port), backlog=256)
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, args=(self.socket,), daemon=True).start()

    def accept(self, listening):
        while True:
            try:
                sock, _ = listening.accept()
            except OSError:
                return  # closed
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        number = next(self.numbers)
        if self.context:
            sock.settimeout(HANDSHAKE_SECONDS)
            try:
                sock = self.context.wrap_socket(sock, server_side=True)
            except OSError:
                sock.close()
                return
            sock.settimeout(None)
        self.sockets.add(sock)
        try:
            Connection(sock, number, self.via, self.scenarios).serve()
        finally:
            self.sockets.discard(sock)

    def close(self, seconds):
        """Refuses connections from now on, or for some seconds; connections that are idle end."""
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        for sock in list(self.sockets):
            try:
                sock.shutdown(socket.SHUT_RD)
            except OSError:
                pass  # it has ended by itself
        if seconds is not None:
            threading.Timer(seconds, self.open).start()


class Tunnel(Listener):
    """A proxy; whatever host is asked for through it is this server, and `via` then names it."""

    def serve(self, sock):
        head = b""
        while b"\r\n\r\n" not in head:
            data = sock.recv(4096)
            if not data:
                return sock.close()
            head += data
        method, target = head.split(b" ")[:2]
        if method != b"CONNECT":
            return sock.close()
        with open(self.scenarios.folder / "tunnels", "ab") as log:
            log.write(target + b"\n")
        sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        self.play(sock, target.decode("latin-1"))

    def play(self, sock, target):
        try:
            sock = self.context.wrap_socket(sock, server_side=True)
        except OSError:
            return sock.close()
        Connection(sock, next(self.numbers), target, self.scenarios).serve()


class Scenarios:
    """The scenarios by name; each is loaded at its first request."""

    def __init__(self, folder, fixtures, root=None):
        self.folder = folder
        self.fixtures = fixtures
        self.root = root  # the name of the scenario whose paths have no prefix
        self.ports = {}
        self.own = {}
        self.loaded = {}
        self.lock = threading.Lock()

    def find(self, name):
        """The scenario, or None where there is no file of that name."""
        with self.lock:
            if name not in self.loaded and re.fullmatch(r"[\w-]+", name) and (self.folder / f"{name}.json").exists():
                self.loaded[name] = Scenario(name, self.folder, self.fixtures, self.ports, self.close)
            return self.loaded.get(name)

    def listen(self, name):
        """A port for one scenario, which a fault may close."""
        if name not in self.own:
            self.own[name] = Listener("http", self)
        return self.own[name].port

    def close(self, name, seconds):
        if name not in self.own:
            raise ValueError("refuse_after needs own_port")
        self.own[name].close(seconds)

    def answer(self, question):
        """What an ask gives back."""
        name = question["name"]
        if question["ask"] == "listen":
            return {"port": self.listen(name)}
        scenario = self.find(name)
        if scenario is None:
            raise ValueError(f"no such scenario: {name}")
        made = {"truth": scenario.truth, "history": scenario.history, "cells": scenario.cells}[question["ask"]]()
        path = self.folder / f"{name}.{question['ask']}"
        path.write_text(json.dumps(made, ensure_ascii=False), encoding="utf-8")
        return {"file": str(path)}


def tls_context(certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols(["http/1.1"])
    return context


def say(value):
    print(json.dumps(value), flush=True)


def reply(scenarios):
    """Answers what stands in DIR/ask."""
    try:
        say(scenarios.answer(json.loads((scenarios.folder / "ask").read_text())))
    except Exception as error:  # noqa: BLE001  the specs' process waits for a line, whatever went wrong
        say({"error": repr(error)})


def run(scenarios, seconds):
    """Serves until a signal or the time ends it."""
    deadline = time.monotonic() + seconds
    while True:
        found = signal.sigtimedwait(SIGNALS, max(0, deadline - time.monotonic()))
        if found is None or found.si_signo != signal.SIGUSR1:
            return
        reply(scenarios)


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dir", required=True, type=Path)
    default = Path(__file__).resolve().parent.parent.parent / "fixtures"
    parser.add_argument("--fixtures", type=Path, default=default)
    parser.add_argument("--remove", action="store_true")
    parser.add_argument("--seconds", type=float, default=7200)
    return parser.parse_args()


def main():
    chosen = options()
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # before any thread: they inherit it
    die_with_parent()
    folder = chosen.dir.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    leaves, authority = certificates.find(folder)
    scenarios = Scenarios(folder, chosen.fixtures)
    (folder / "tunnels").touch()
    listeners = {"http": Listener("http", scenarios)}
    for name, files in leaves.items():
        kind = Tunnel if name == "tunnel" else Listener
        listeners[name] = kind(name, scenarios, tls_context(*files))
    scenarios.ports.update({name: listener.port for name, listener in listeners.items()})
    say({"pid": os.getpid(), **scenarios.ports, "ca": str(authority)})
    run(scenarios, chosen.seconds)
    if chosen.remove:
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)  # connection threads may be holding still on purpose


if __name__ == "__main__":
    main()

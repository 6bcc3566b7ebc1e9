"""Puts an answer's bytes on a socket: at once, or cut short, stalled, slowed down or reset."""

import select
import socket
import struct
import time


def reset(sock):
    """Closes with an RST, not a FIN."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def hold(sock, seconds):
    """Keeps the connection open and silent until the peer closes it, or for some seconds."""
    poller = select.poll()  # not select.select, which knows no descriptor above 1023
    poller.register(sock, select.POLLIN)
    poller.poll(None if seconds is None else seconds * 1000)


def part(wire, body):
    """How many of the body's bytes go out before the fault."""
    if "bytes" in wire:
        return wire["bytes"]
    return int(len(body) * wire.get("fraction", 0.5))


def trickle(sock, data, rate, before_last):
    """Sends `rate` bytes a second, in steps of a tenth of a second or of one byte."""
    step = max(1, int(rate / 10))
    for at in range(0, len(data), step):
        if at + step >= len(data):
            before_last()
        sock.sendall(data[at : at + step])
        time.sleep(step / rate)


def send(sock, head, body, wire, before_last):
    """Sends an answer; returns the bytes of the body that went out, and whether the connection can go on. `before_last` is
    called before the last bytes of a whole one: the peer's next request can come as soon as it has them."""
    if wire is None:
        before_last()
        sock.sendall(head + body)
        return len(body), True
    mode = wire["mode"]
    if mode == "slow":
        sock.sendall(head)
        trickle(sock, body, wire.get("rate", 1), before_last)
        return len(body), True
    if mode == "cut_headers":
        sock.sendall(head[: wire.get("bytes", len(head) // 2)])
        return 0, False
    if mode == "stall_headers":
        hold(sock, wire.get("seconds"))
        return 0, False
    silent = mode == "reset" and "bytes" not in wire and "fraction" not in wire
    sent = 0 if silent else part(wire, body)
    if not silent:
        sock.sendall(head + body[:sent])
    if mode == "stall_body":
        hold(sock, wire.get("seconds"))
    if mode == "reset":
        time.sleep(0.01)  # lets the bytes before the RST be read: an RST discards what is unread
        reset(sock)
    return sent, False


def send_stream(sock, head, chunks):
    """Sends a body that is too large to be held in memory."""
    sock.sendall(head)
    total = 0
    for chunk in chunks:
        sock.sendall(chunk)
        total += len(chunk)
    return total, True

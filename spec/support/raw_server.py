"""A listener for specs, no HTTP server: after the first bytes of each connection it sends the bytes of its first argument,
which are in hexadecimal, and closes; without an argument it says nothing and keeps the connection. Prints its port."""

import ctypes
import signal
import socket
import sys

ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # ends with its parent
listener = socket.create_server(("127.0.0.1", 0), backlog=100)
print(listener.getsockname()[1], flush=True)
kept = []
while True:
    connection, _ = listener.accept()
    if len(sys.argv) < 2:
        kept.append(connection)
        continue
    connection.recv(65536)
    connection.sendall(bytes.fromhex(sys.argv[1]))
    connection.close()

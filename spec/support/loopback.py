"""Serves on a free port of loopback, which it prints, until it is ended; ends with its parent."""
import ctypes
import signal
from http.server import ThreadingHTTPServer


def serve(handler):
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    handler.disable_nagle_algorithm = True  # else each answer's body waits for the reader to acknowledge its headers, 40 ms
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    server.serve_forever()

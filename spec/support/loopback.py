"""Serves on a free port of loopback, which it prints, until it is ended; ends with its parent."""
import ctypes
import signal
from http.server import ThreadingHTTPServer


def serve(handler):
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    server.serve_forever()

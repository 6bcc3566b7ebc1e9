"""`./dev fake [--port N]`: a pretended Sentry 23.7.1 with an organization to try perigee on, until Ctrl-C.

Prints what perigee wants to know, as lines that a shell takes, and what to type next.
"""

import sys

sys.dont_write_bytecode = True  # no __pycache__ beside the specs

import argparse  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
import shutil  # noqa: E402
import signal  # noqa: E402
import tempfile  # noqa: E402
from pathlib import Path  # noqa: E402

from scenario import TOKEN  # noqa: E402
from server import Listener, Scenarios  # noqa: E402

ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FIXTURES = Path(__file__).resolve().parent.parent.parent / "fixtures"
NAME = "fake"
DATA = {
    "projects": 12,
    "events": 300,
    "issues": 60,
    "releases": 45,
    "project_events": {"backend": 40, "mobile": 25},
    "project_issues": {"backend": 12, "mobile": 8},
    "span_hours": 240,
}
SAID = """\
export SENTRY_AUTH_TOKEN={token}
export SENTRY_ORG=acme
export SENTRY_PROJECT=web-frontend
export SENTRY_URL=http://127.0.0.1:{port}

# This is a pretended Sentry on this machine alone: 12 projects in four teams, 45 releases; web-frontend has 60 issues
# and 300 events.
# Paste the four lines into another terminal, then type there:
#   perigee try issues --limit 3
# Ctrl-C ends it here."""


def options():
    parser = argparse.ArgumentParser(prog="./dev fake", description="A pretended Sentry, until Ctrl-C.")
    parser.add_argument("--port", type=int, default=0, help="on loopback; default: one that is free")
    return parser.parse_args()


def serve(folder, port):
    """Serves until a signal ends it."""
    (folder / f"{NAME}.json").write_text(json.dumps({"dialect": "sentry-23.7.1", "data": DATA}))
    listener = Listener("http", Scenarios(folder, FIXTURES, NAME), port=port)
    print(SAID.format(token=TOKEN, port=listener.port), flush=True)
    signal.sigwait(ENDS)


def main():
    chosen = options()
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)  # before any thread: they inherit it
    folder = Path(tempfile.mkdtemp(prefix="fake-sentry-", suffix=f"-{os.getpid()}"))
    status = 0
    try:
        serve(folder, chosen.port)
    except OSError as error:
        print(f"port {chosen.port}: {error.strerror}", file=sys.stderr)
        status = 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.flush()
    os._exit(status)  # connections may still be open


if __name__ == "__main__":
    main()

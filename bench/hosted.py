"""The case "sentry_io": events of sentry.io as it is today, read through their issues, in real time, beside what the limits
of the project's own list allow at the best."""

import json
import subprocess
import sys
import time
from pathlib import Path

import process

FAKE = Path(__file__).resolve().parent.parent / "spec" / "support" / "sentry" / "server.py"
TOKEN = "sentry-token-for-specs"  # the fake's
EVENTS, ISSUES = 6000, 180  # as 100,000 of 3,000
SMALL = 10  # times less, where the benchmark's size is small
SHARE = 0.75  # of each limit: a browser has the rest
SHARED_LIMIT = 40  # requests a second of all lists without limits of their own
OWN_A_MINUTE = 600  # full events of a project's list: sixty pages of ten, by a client that wastes nothing
LONGEST = 300  # seconds


def serve(folder, events, issues):
    """The fake Sentry, whose first line of output tells its ports."""
    folder.mkdir()
    data = {"events": events, "issues": issues, "projects": 3, "releases": 3}
    (folder / "sentry.json").write_text(json.dumps({"dialect": "hosted", "data": data}))
    return process.start([sys.executable, FAKE, "--dir", folder], stdout=subprocess.PIPE, text=True)


def read(desk, port, output):
    config = desk.config(f"http://127.0.0.1:{port}/sentry", auth_token=TOKEN, organization="acme", project="web-frontend",
                         rate_share=SHARE, events_route="issues", num_workers=10)
    command = [desk.perigee, "read", "--config", config, "--catalog", desk.catalog(["events"])]
    began = time.monotonic()
    with output.open("wb") as file:
        status = subprocess.run(command, stdout=file, stderr=subprocess.DEVNULL, timeout=LONGEST, check=False).returncode
    return status, time.monotonic() - began


def ids(output):
    with output.open() as file:
        messages = (json.loads(line) for line in file)
        return [one["record"]["data"]["id"] for one in messages if one["type"] == "RECORD"]


def requests(log):
    """A request's second line tells how it ended."""
    found = {}
    for line in log.read_text().splitlines():
        one = json.loads(line)
        found.setdefault(one["n"], {}).update(one)
    return list(found.values())


def run(desk, small):
    events, issues = (EVENTS // SMALL, ISSUES // SMALL) if small else (EVENTS, ISSUES)
    folder, output = desk.work / "hosted", desk.work / "hosted.jsonl"
    fake = serve(folder, events, issues)
    try:
        status, seconds = read(desk, json.loads(fake.stdout.readline())["http"], output)
    finally:
        process.stop(fake)
    found = ids(output)
    asked = requests(folder / "sentry.log")
    began = min(one["time"] for one in asked)
    parts = [one for one in asked if one["endpoint"] == "issue_events"]
    desk.facts["hosted"] = {
        "complete": status == 0 and len(found) == events and len(set(found)) == events,
        "requests": len(asked),
        "a minute": len(set(found)) / seconds * 60,
        "refused later": sum(one["status"] == 429 and one["time"] > began + 1.5 for one in asked),
        "used": len(parts) / (max(one["time"] for one in parts) - parts[0]["time"]) / (SHARED_LIMIT * SHARE),
    }

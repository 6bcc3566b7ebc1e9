"""The case "sentry_io": events of sentry.io as it is today, by the project's list and through their issues, side by side.

The fake Sentry's clock and perigee's go faster together (clock.c), so that minutes of limits pass in seconds: all rates here are by
the server's time. The connector from PyPI is read with a small set in real time."""

import json
import os
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import process

FAKE = Path(__file__).resolve().parent.parent / "spec" / "support" / "sentry" / "server.py"
TOKEN = "sentry-token-for-specs"  # the fake's
SHARE = 0.75  # of each limit: a browser has the rest
SHARED_LIMIT = 40  # requests a second of all lists without limits of their own
OWN_LIMIT = 60  # requests a minute of a project's list
OWN_A_MINUTE = 600  # full events of a project's list: sixty pages of ten, by a client that wastes nothing
LONGEST = 1200  # seconds
FILLING = 120  # seconds until the fake has made its records
SMALL = 10  # times less, where the benchmark's size is small


@dataclass(frozen=True)
class Run:
    """One read. `speed`: seconds of the server in one; `browser`: requests a second that a person makes meanwhile."""

    route: str
    events: int
    issues: int
    speed: int
    browser: int = 0


# The project's list is as fast on a tenth of the events as on all: 45 requests a minute.
RUNS = {
    "issues": Run("issues", 100_000, 3_000, 2),  # faster, a busy machine's answers would come late by that clock
    "project": Run("project", 10_000, 300, 15),
    "issues, shared": Run("issues", 10_000, 300, 2, browser=20),
}
PEER = Run("project", 1_200, 36, 1)


class Fake:
    """A pretended sentry.io while the `with` block lasts."""

    def __init__(self, folder, run):
        self.log = folder / "sentry.log"
        folder.mkdir()
        data = {"events": run.events, "issues": run.issues, "projects": 3, "releases": 3}
        browser = {"browser": {"person": "owner", "requests": {"default": run.browser}}} if run.browser else {}
        scenario = {"dialect": "hosted", "data": data, "clock": {"speed": run.speed}, **browser}
        (folder / "sentry.json").write_text(json.dumps(scenario))
        self.folder = folder

    def __enter__(self):
        self.process = process.start([sys.executable, FAKE, "--dir", self.folder], stdout=subprocess.PIPE, text=True)
        said = json.loads(self.process.stdout.readline())
        self.http, self.tls, self.authority = f"127.0.0.1:{said['http']}/sentry", f"127.0.0.1:{said['tls']}/sentry", said["ca"]
        urllib.request.urlopen(f"http://{self.http}/api/0/", timeout=FILLING).close()  # its records are made now
        return self

    def __exit__(self, *_):
        process.stop(self.process)
        self.process.stdout.close()

    def requests(self):
        """A request's second line tells how it ended. The first one was ours."""
        found = {}
        for line in self.log.read_text().splitlines():
            one = json.loads(line)
            found.setdefault(one["n"], {}).update(one)
        return list(found.values())[1:]


def read(command, output, environment):
    with output.open("wb") as file:
        return subprocess.run(command, stdout=file, stderr=subprocess.DEVNULL, timeout=LONGEST, check=False,
                              env={**os.environ, **environment}).returncode


def ids(output):
    with output.open() as file:
        messages = (json.loads(line) for line in file if line.startswith("{"))
        return [one["record"]["data"]["id"] for one in messages if one["type"] == "RECORD"]


def place(host):
    return {"hostname": host, "auth_token": TOKEN, "organization": "acme", "project": "web-frontend"}


def found(run, asked, came, status):
    """What a read came to, by the server's time."""
    limited = [one for one in asked if one["endpoint"] == ("issue_events" if run.route == "issues" else "events")]
    began, ended = limited[0]["server_time"], max(one["server_time"] for one in limited)
    window, allowed = (1, SHARED_LIMIT) if run.route == "issues" else (60, OWN_LIMIT)
    refused = [one for one in asked if one["status"] == 429]
    minutes = (max(one["server_time"] for one in asked) - asked[0]["server_time"]) / 60
    return {
        "complete": status == 0 and len(came) == run.events and len(set(came)) == run.events,
        "requests": len(asked),
        "a minute": len(set(came)) / minutes,
        "refused": len(refused),
        "refused later": sum(one["server_time"] >= asked[0]["server_time"] + window for one in refused),
        "windows": int(ended // window - began // window) + 1,
        "used": used([one for one in limited if one["status"] == 200], window, allowed * SHARE),
        "text": f"{len(set(came)):,} of {run.events:,} events of {run.issues:,} issues, exit {status}: {len(asked):,} requests, {len(refused)} of them refused, "
        f"{len(set(came)) / minutes:,.0f} events a minute, {minutes:.1f} minutes",
    }


def used(served, window, ours):
    """Of the whole windows between the first request and the last."""
    first, last = (int(one["server_time"] // window) for one in (served[0], served[-1]))
    inside = sum(first < one["server_time"] // window < last for one in served)
    return inside / (ours * (last - first - 1)) if last - first > 1 else None


def one_run(desk, name, run):
    output = desk.work / "hosted.jsonl"
    with Fake(desk.work / f"hosted-{name.replace(', ', '-')}", run) as fake:
        config = desk.write("config", {**place(f"http://{fake.http}"), "rate_share": SHARE, "events_route": run.route,
                                       "num_workers": 20})
        command = [desk.perigee, "read", "--config", config, "--catalog", desk.catalog(["events"])]
        status = read(command, output, {"LD_PRELOAD": str(desk.tools.clock), "BENCH_SPEED": str(run.speed)})
        desk.facts.setdefault("hosted", {})[name] = found(run, fake.requests(), ids(output), status)


def peer(desk):
    output = desk.work / "hosted.jsonl"
    with Fake(desk.work / "hosted-peer", PEER) as fake:
        desk.peer.trust(Path(fake.authority))
        command = [desk.peer.program, "read", "--config", desk.write("config", place(fake.tls)), "--catalog",
                   desk.catalog(["events"])]
        status = read(command, output, {})
        desk.facts["hosted"]["peer"] = found(PEER, fake.requests(), ids(output), status)


def run(desk, small):
    for name, one in RUNS.items():
        chosen = Run(one.route, one.events // SMALL, one.issues // SMALL, one.speed, one.browser) if small else one
        one_run(desk, name, chosen)
    if desk.peer:
        peer(desk)

"""What all cases share: the programs, their data, configurations and catalogues, and what was found so far."""

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import places
import process
from data import Data
from nginx import Nginx
from peer import Peer
from requests_log import RequestsLog
from runs import Contestant, Runner
from slow import Settings
from tools import Tools

HERE = Path(__file__).resolve().parent
DEFAULT_SIZE = 63001
SLOW_RUNS = 3  # at most, of what takes long


class Slow:
    """slow.py while the `with` block lasts."""

    def __init__(self, folder, data, tls, settings):
        self.log = RequestsLog(folder / "slow.log")
        self.certificate, self.key, self.bundle = tls
        self.settings = Settings(
            cache=str(data.folder.parent.parent),
            pages=data.pages,
            large=data.large,
            log=str(self.log.path),
            certificate=str(self.certificate),
            key=str(self.key),
            **settings,
        )

    def __enter__(self):
        text = json.dumps(dataclasses.asdict(self.settings))
        program = [sys.executable, HERE / "slow.py", text]
        self.process = process.start(program, stdout=subprocess.PIPE, text=True)
        ports = json.loads(self.process.stdout.readline() or "{}")
        if not ports:
            raise RuntimeError("slow.py did not start; its error is above")
        self.http, self.tls = f"127.0.0.1:{ports['http']}", f"127.0.0.1:{ports['tls']}"
        return self

    def __exit__(self, *_):
        process.stop(self.process)
        self.process.stdout.close()


class Desk:
    def __init__(self, size, runs, peers, beside=None):
        self.size, self.runs, self.slow_runs = size, runs, min(runs, SLOW_RUNS)
        self.cache = HERE / "cache"
        remove_left_over(self.cache)
        self.work = self.cache / f"run-{os.getpid()}"
        self.work.mkdir(parents=True)
        self.perigee = Path(os.environ.get("PERIGEE", HERE.parent / "build" / "perigee")).resolve()
        self.beside = beside and beside.resolve()  # another build, to compare with
        self.tools = Tools(self.cache / "tools", self.perigee)
        self.runner = Runner(self.tools.measure, self.work / "runner")
        self.tls = process.certificate(self.cache / "tls")
        self.peer = Peer(self.cache, self.tls[0]) if peers else None
        self.entries = self.discover()
        self.rows, self.facts, self.waterfalls = [], {}, {}
        self.files = 0

    def data(self, size=None, **settings):
        return Data(self.cache, self.size if size is None else size, **settings)

    def nginx(self, data):
        return Nginx(data, self.work / "nginx", self.tls)

    def slow(self, data, **settings):
        return Slow(self.work, data, self.tls, settings)

    def write(self, kind, value):
        self.files += 1
        path = self.work / f"{kind}-{self.files}.json"
        path.write_text(value if isinstance(value, str) else json.dumps(value))
        return path

    def discover(self):
        for line in process.output([self.perigee, "discover"]).splitlines():
            message = json.loads(line)
            if message["type"] == "CATALOG":
                return message["catalog"]["streams"]
        raise RuntimeError("perigee discover printed no catalogue")

    def catalog(self, streams=None):
        chosen = [one for one in self.entries if one["name"] in (streams or places.STREAMS)]
        return self.write(
            "catalog",
            {
                "streams": [
                    {"stream": one, "sync_mode": one["supported_sync_modes"][-1], "destination_sync_mode": "append"}
                    for one in chosen
                ]
            },
        )

    def config(self, hostname, **more):
        place = {"organization": places.ORGANIZATION, "project": places.PROJECT}
        return self.write("config", {"auth_token": "bench", **place, "hostname": hostname, **more})

    # Contestants
    def read(
        self, server, data, streams=None, *, name="perigee", program=None, tls=False, state=None, workers=5, **settings
    ):
        host = f"https://{server.tls}" if tls else f"http://{server.http}"
        more = {"ca_file": str(server.bundle)} if tls else {}
        command = [
            program or self.perigee,
            "read",
            "--config",
            self.config(host, num_workers=workers, **more),
            "--catalog",
            self.catalog(streams),
        ]
        command += ["--state", state] if state else []
        return self.contestant(name, command, server, data, streams, writes=True, **settings)

    def beside_read(self, server, data, **settings):
        return self.beside and self.read(server, data, name="beside", program=self.beside, **settings)

    def peer_read(self, server, data, streams=None, *, state=None, **settings):
        """It asks over TLS only, and with HTTP/1.1."""
        command = [self.peer.program, "read", "--config", self.config(server.tls), "--catalog", self.catalog(streams)]
        command += ["--state", state] if state else []
        return self.contestant("peer", command, server, data, streams, writes=True, **settings)

    def curl(self, server, data, streams=None, *, name="curl", tls=False, targets=None, **settings):
        """One process, one connection, one page after the other, inflated and thrown away."""
        base = f"https://{server.tls}" if tls else f"http://{server.http}"
        asked = targets or places.targets(data, streams)
        urls = self.write("urls", "".join(f'url = "{base}{one}"\noutput = "/dev/null"\n' for one in asked))
        command = ["curl", "-sS", "--compressed", "-K", urls, *(["--cacert", server.bundle, "--http2"] if tls else [])]
        return self.contestant(name, command, server, data, streams, **settings)

    def contestant(self, name, command, server, data, streams, nothing=False, **settings):
        """`nothing`: there is nothing new to read."""
        records, size = (0, 0) if nothing else (data.records(streams), data.bytes(streams) / 1e6)
        return Contestant(name, command, records=records, megabytes=size, server=server, **settings)

    # Running
    def compare(self, case, contestants, runs=None):
        rows = self.runner.compare(case, [one for one in contestants if one], runs or self.runs)
        self.rows += rows
        return {one.name: one for one in rows}

    def verify(self, contestant):
        """One run that is not measured: every record must come, or there is nothing to measure. Returns the states."""
        heard = Listener()
        self.runner.once(contestant, heard.line)
        heard.expect(contestant.name, contestant.records)
        return self.write("state", list(heard.states.values()))

    def close(self):
        shutil.rmtree(self.work, ignore_errors=True)


def remove_left_over(cache):
    """What a benchmark that was killed could not take away."""
    for folder in cache.glob("run-*"):
        if not Path(f"/proc/{folder.name.removeprefix('run-')}").exists():
            shutil.rmtree(folder)


class Listener:
    """Counts a connector's records and keeps each stream's last state."""

    def __init__(self):
        self.records, self.states = 0, {}

    def line(self, line):
        if b'"type":"RECORD"' in line[:40]:
            self.records += 1
        elif b'"type":"STATE"' in line[:40]:
            state = json.loads(line)["state"]
            self.states[state["stream"]["stream_descriptor"]["name"]] = state

    def expect(self, name, records):
        if self.records != records:
            raise RuntimeError(f"{name} wrote {self.records} records, not {records}")

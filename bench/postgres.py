"""A PostgreSQL server of the benchmark's own, with Debian's settings: a cluster on a free port of loopback."""

import os
import pwd
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

import process

CLUSTERS = Path("/usr/lib/postgresql")
USER = "postgres"  # Debian's; the server refuses to run as root


class Postgres:
    """Runs while the `with` block lasts. The superuser `postgres` needs no password."""

    def __enter__(self):
        self.programs = max(CLUSTERS.glob("*/bin"), key=lambda path: int(path.parent.name))
        self.folder = Path(tempfile.mkdtemp(prefix="perigee-bench-"))
        if os.geteuid() == 0:
            shutil.chown(self.folder, USER, USER)
        self.port = process.free_ports(1)[0]
        self.run("initdb", "-D", self.data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        settings = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1"
        self.run("pg_ctl", "-D", self.data, "-w", "-l", self.folder / "log", "-o", settings, "start")
        self.address = f"postgresql://{USER}@127.0.0.1:{self.port}/postgres"
        return self

    @property
    def data(self):
        return self.folder / "data"

    def run(self, program, *words):
        command = [str(self.programs / program), *map(str, words)]
        as_user = {"user": USER, "group": pwd.getpwnam(USER).pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
        done = subprocess.run(command, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **as_user)
        if done.returncode:
            raise RuntimeError(f"{shlex.join(command)} ended with {done.returncode}: {done.stderr[-2000:]}")

    def value(self, query):
        command = [self.programs / "psql", "-X", "-q", "-A", "-t", "-c", query, self.address]
        return int(process.output(command).split()[-1])

    def __exit__(self, *_):
        self.run("pg_ctl", "-D", self.data, "-w", "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

"""Other people's programs that keep the same records in a DuckDB file: PyAirbyte with the connector from PyPI, and dlt."""

import json
from pathlib import Path

from environment import Environment

HERE = Path(__file__).resolve().parent
PYAIRBYTE = (HERE.parent / "spec" / "interop" / "pyairbyte.txt").read_text().split()
DLT = ["dlt[duckdb]==1.31.0"]
RUNS, SECONDS = 1, 3600  # each takes minutes, and a quarter of an hour where others keep the machine busy


class Loader:
    """One of them: `script` is run in its environment with a file of settings, and makes `file`."""

    def __init__(self, desk, name, script, packages, **settings):
        self.name, self.script = name, HERE / script
        self.environment = Environment(desk.cache / self.script.stem, *packages)
        self.file = desk.work / f"{self.script.stem}.duckdb"
        folder = desk.work / self.script.stem  # what it keeps beside the file
        folder.mkdir()
        self.settings = desk.write("loader", {**settings, "to": str(self.file), "folder": str(folder)})

    def contestant(self, desk, server, data):
        command = [self.environment.python, "-B", self.script, self.settings]
        return desk.contestant(self.name, command, server, data, None, runs=RUNS, limit=SECONDS)

    def count(self, tables):
        """The rows that are there."""
        code = (
            "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True)\n"
            "print(sum(c.execute(f'SELECT count(*) FROM {one}').fetchone()[0] for one in sys.argv[2:]))"
        )
        return int(self.environment.run(code, str(self.file), *[f"sentry.{one}" for one in tables]))


def pyairbyte(desk, server):
    """The connector asks over TLS alone."""
    config = json.loads(desk.config(server.tls).read_text())
    return Loader(
        desk, "PyAirbyte", "land_pyairbyte.py", PYAIRBYTE, config=config, connector=str(desk.peer.program)
    )


def dlt(desk, server):
    return Loader(desk, "dlt", "land_dlt.py", DLT, url=f"http://{server.http}/api/0/")

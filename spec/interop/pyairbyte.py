"""PyAirbyte, as a user has it read a connector that is installed on this machine.

    read EXECUTABLE PLAN   reads each entry of a JSON array: {config, to, schema, streams, times}; `to` is a DuckDB file or
                           postgresql://..., `streams` a list of names or "*". Prints a line of JSON for each.
    query FILE SQL         prints the rows of a DuckDB file, a JSON array each
"""

import contextlib
import json
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

os.environ["AIRBYTE_OFFLINE_MODE"] = "1"  # no registry, and nothing is reported


def cache_of(to, schema):
    from airbyte.caches import DuckDBCache, PostgresCache

    files = Path(os.environ["TMPDIR"]) / "cache"
    if not to.startswith("postgresql:"):
        return DuckDBCache(db_path=to, schema_name=schema, cache_dir=files)
    at = urlsplit(to)
    return PostgresCache(host=at.hostname, port=at.port, username=at.username, password=at.password or "none",
                         database=at.path[1:], schema_name=schema, cache_dir=files)


def read(executable, plan):
    import airbyte

    source = airbyte.get_source("source-sentry", local_executable=Path(executable), config=plan["config"])
    source.check()
    source.select_streams(plan["streams"])
    cache = cache_of(plan["to"], plan["schema"])
    results = [source.read(cache=cache) for _ in range(plan["times"])]
    return {"read": [one.processed_records for one in results]}


def read_all(executable, plans):
    for plan in json.loads(Path(plans).read_text()):
        try:
            with contextlib.redirect_stdout(sys.stderr):
                result = read(executable, plan)
        except Exception as error:  # noqa: BLE001  the words of whatever it is are looked at
            result = {"failed": f"{type(error).__name__}: {error}"}
        print(json.dumps(result), flush=True)


def query(path, sql):
    import duckdb

    for row in duckdb.connect(path, read_only=True).execute(sql).fetchall():
        print(json.dumps(row))


{"read": read_all, "query": query}[sys.argv[1]](*sys.argv[2:])

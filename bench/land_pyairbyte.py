"""PyAirbyte, as its own pages show it: all streams of the connector into DuckDB. land_pyairbyte.py SETTINGS"""

import json
import os
import sys
from pathlib import Path

settings = json.loads(Path(sys.argv[1]).read_text())
os.environ["AIRBYTE_OFFLINE_MODE"] = "1"  # no registry, and nothing is reported
os.chdir(settings["folder"])

import airbyte  # noqa: E402
from airbyte.caches import DuckDBCache  # noqa: E402

source = airbyte.get_source(
    "source-sentry", local_executable=Path(settings["connector"]), config=settings["config"], streams="*"
)
source.read(cache=DuckDBCache(db_path=settings["to"], schema_name="sentry"))

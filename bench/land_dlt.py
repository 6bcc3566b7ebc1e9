"""dlt, as its own pages show an API that is read: its REST source into DuckDB. land_dlt.py SETTINGS

Objects and arrays stay JSON in their column (max_table_nesting): by default dlt makes tables of them, and takes longer.
"""

import json
import os
import sys
from pathlib import Path

settings = json.loads(Path(sys.argv[1]).read_text())
os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"

import dlt  # noqa: E402
from dlt.sources.helpers.rest_client.paginators import HeaderLinkPaginator  # noqa: E402
from dlt.sources.rest_api import rest_api_source  # noqa: E402

import places  # noqa: E402


class SentryPaginator(HeaderLinkPaginator):
    """Sentry always names a next page; `results` says whether there is one."""

    def update_state(self, response, data=None):
        following = response.links.get("next", {})
        self._next_reference = following.get("url") if following.get("results") == "true" else None


def resource(name, path, key):
    more = {"full": "true"} if name == "events" else {}
    parameters = {"per_page": 100, "limit": 100, **more}
    endpoint = {"path": path.removeprefix("/api/0/"), "params": parameters, "paginator": SentryPaginator()}
    return {"name": name, "primary_key": key, "write_disposition": "merge", "endpoint": endpoint}


resources = [resource(name, path, "version" if name == "releases" else "id") for name, path in places.LISTS.items()]
detail = f"projects/{places.ORGANIZATION}/{places.PROJECT}/"
resources.append({"name": "project_detail", "endpoint": {"path": detail, "paginator": "single_page", "data_selector": "$"}})
source = rest_api_source({"client": {"base_url": settings["url"]}, "resources": resources})
source.max_table_nesting = 0

pipeline = dlt.pipeline(
    pipeline_name="land",
    pipelines_dir=settings["folder"],
    destination=dlt.destinations.duckdb(settings["to"]),
    dataset_name="sentry",
)
pipeline.run(source).raise_on_failed_jobs()

"""What Explore shows: the rows of a dataset with the fields that are asked for, and none beyond a cap."""

import functools
import json
from dataclasses import replace

import times
import window
from answer import Refusal, detail
from listing import Listing
from store import Row

DATASETS = ("errors", "spans", "logs", "tracemetrics", "profile_functions", "uptime_results")
CAP = 10000
STEP, SPAN = 2 * times.SECOND, 7 * 3600 * times.SECOND


@functools.lru_cache(8)
def rows_of(base, count):
    """The newest first."""
    first = base - base % times.SECOND - SPAN
    return [Row("explore", "", n, "", n, *[first + n * STEP] * 3) for n in reversed(range(count))]


def written(row, dataset, fields):
    made = {name: f"{name} of {row.number}" for name in fields}
    made |= {"timestamp": times.iso(row.stamp, 0)[:-1] + "+00:00"}
    made |= {name: f"{dataset}-{row.number}" for name in ("id", "sentry.item_id", "check_id") if name in fields}
    return replace(row, raw=json.dumps(made).encode())


class Explore:
    """A part of routes.Routes. The scenario's explore says how many rows each dataset has, two seconds apart."""

    def explore(self, request, organization):
        fields, dataset = request.all("field"), request.query.get("dataset")
        if not fields:
            raise Refusal(detail("No columns selected", 400))
        if dataset not in DATASETS:
            raise Refusal(detail(f"dataset must be one of: {', '.join(DATASETS)}", 400))
        rows = rows_of(self.scenario.base, self.scenario.spec.get("explore", {}).get(dataset, 0))
        rows = window.within(rows, request.query, self.scenario.clock.now(), self.scenario.horizon(90))
        listing = Listing("explore", "explore", "", rows[:CAP])
        page = self.dialect.page(listing, request.query, self.dialect.size("explore", request.query, None), False)
        answer = self.rendered(listing, [written(row, dataset, fields) for row in page.rows], request.caller)
        answer.page = page
        answer.around = (b'{"data":', b',"meta":{"fields":{}}}')
        return answer

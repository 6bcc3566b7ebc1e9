"""What Explore shows: the rows of a dataset with the fields that are asked for, and none beyond a cap.

The rows are those of lists.py that name the dataset. The event store sorts them by what the request says and by nothing else:
rows that are equal in that come in an order of their own in each answer."""

import json
from dataclasses import replace

from answer import Refusal, detail
from listing import Listing
from lists import EXPLORED, LISTS

CAP = 10000


def value_of(row, name):
    return row.state["record"].get(name)


def ordered(rows, sorts):
    for name in reversed(sorts):
        rows = sorted(rows, key=lambda row: value_of(row, name.lstrip("-")), reverse=name.startswith("-"))
    return rows


def written(row, fields):
    return replace(row, raw=json.dumps({name: value_of(row, name) for name in fields}).encode())


class Explore:
    """A part of routes.Routes."""

    def explore(self, request, organization):
        fields, dataset, sorts = request.all("field"), request.query.get("dataset"), request.all("sort")
        if dataset not in self.dialect.datasets:
            raise Refusal(detail(f"dataset must be one of: {', '.join(self.dialect.datasets)}", 400))
        if not fields:
            raise Refusal(detail("No columns selected", 400))
        if any(name.lstrip("-") not in fields for name in sorts):
            raise Refusal(detail("Cannot sort by a field that is not selected.", 400))
        order = [name.lstrip("-") for name in sorts]
        rows = self.explored(request, EXPLORED.get(dataset), sorts)[:CAP]
        listing = Listing("explore", "explore", "", rows, order=lambda row: [value_of(row, name) for name in order])
        size = self.dialect.size("explore", request.query, self.scenario.page_cap("explore"))
        page = self.dialect.page(listing, request.query, size, True)
        answer = self.rendered(listing, [written(row, fields) for row in page.rows], request.caller)
        answer.page = page
        answer.around = (b'{"data":', b',"meta":{"fields":{}}}')
        return answer

    def explored(self, request, name, sorts):
        if name is None:
            return []
        rows = self.scenario.lists.table(name, "").rows
        return ordered(self.shown(request, LISTS[name], name, rows), sorts)

"""Answers for the lists of lists.py."""

import window
from answer import Answer
from listing import Listing
from lists import LISTS


class Listed:
    """A part of routes.Routes."""

    def listed(self, request, name, *parts):
        kind = LISTS[name]
        alone = request.path.startswith("/api/0/issues/")
        place = "/".join(parts if alone else parts[1:])
        if kind.of == "projects":
            self.check_project(request, place)
        table = self.scenario.lists.table(name, place)
        if table is None:
            return self.dialect.missing()
        rows = self.shown(request, kind, name, table.rows)
        if kind.single:
            return Answer(200, self.scenario.records.text(rows[0]))
        listing = Listing(name, name, place, sorted(rows, key=kind.order) if kind.order else rows, order=kind.order)
        if kind.usual_page and "per_page" not in request.query:
            request.query["per_page"] = str(kind.usual_page)
        answer = self.list(request, listing) if kind.pager else self.rendered(listing, listing.rows, request.caller)
        if kind.wrap:
            answer.around = (f'{{"{kind.wrap}":'.encode(), b"}")
        return answer

    def shown(self, request, kind, name, rows):
        """Those that the query asks for, or the server shows without a word."""
        chosen = self.visibility.chosen(request, name) if kind.teamed else None
        if chosen is not None:
            rows = [row for row in rows if row.ghost or row.state["project"] in chosen]
        if kind.shown:
            rows = [row for row in rows if row.ghost or kind.shown(row, request.query)]
        if kind.days:
            rows = window.within(rows, request.query, self.scenario.clock.now(), self.scenario.horizon(kind.days))
        return rows

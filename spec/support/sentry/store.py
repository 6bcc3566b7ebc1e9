"""The records that a scenario's server holds: one table for each list and project, with every version ever visible."""

import bisect
from dataclasses import dataclass, field, replace


@dataclass(slots=True)
class Row:
    """One record. `stamp` is its cursor field's time, `order` the time by which the server lists it."""

    kind: str
    project: str
    number: int
    key: str
    serial: int
    stamp: int
    received: int
    order: int
    state: dict = field(default_factory=dict)
    raw: bytes | None = None
    sort: tuple = ()
    version: int = 1
    ghost: bool = False  # takes a place in the paging but is left out of the answer


@dataclass(slots=True)
class Span:
    """One version of one record, from the request before which it became visible to that before which it was not."""

    row: Row
    cursor: str
    order: int
    text: bytes | None
    since: int
    since_time: int
    why: str
    until: int | None = None
    until_time: int | None = None
    end: str | None = None


class Table:
    """Rows newest first, ties by descending id."""

    def __init__(self, kind, project):
        self.kind = kind
        self.project = project
        self.rows = []
        self.made = 0
        self.changes = 0  # how often its rows were others

    def fill(self, rows):
        self.changes += 1
        for row in rows:
            row.sort = (-row.order, -row.serial, 0)
        self.rows = sorted(rows, key=lambda row: row.sort)
        self.made = len(self.rows)

    def insert(self, row):
        self.changes += 1
        row.sort = (-row.order, -row.serial, 0)
        bisect.insort(self.rows, row, key=lambda one: one.sort)

    def index(self, row):
        return bisect.bisect_left(self.rows, row.sort, key=lambda one: one.sort)

    def remove(self, row):
        self.changes += 1
        del self.rows[self.index(row)]

    def haunt(self, start, count):
        """Puts `count` ghosts before the row at `start`, so that a page which begins there is empty."""
        if start >= len(self.rows):
            return
        host = self.rows[start]
        self.changes += 1
        for n in range(count):
            ghost = replace(host, key="", ghost=True, sort=(*host.sort[:2], host.sort[2] - 1 - n))
            bisect.insort(self.rows, ghost, key=lambda one: one.sort)

    def real(self):
        return [row for row in self.rows if not row.ghost]


class Store:
    """All tables of a scenario, and the history of their changes after the start."""

    def __init__(self, text_of, cursor_of):
        self.tables = {}
        self.text_of = text_of
        self.cursor_of = cursor_of
        self.spans = []
        self.unseen = []  # what issues are still to be told of their events: see groups.py
        self.open = {}

    def table(self, kind, project=""):
        """The table of a list; None where the project does not exist."""
        return self.tables.get((kind, project))

    def create(self, kind, project=""):
        return self.tables.setdefault((kind, project), Table(kind, project))

    def of_kind(self, kind):
        return [table for (name, _), table in self.tables.items() if name == kind]

    def span(self, row, request, now, why, text=None):
        return Span(row, self.cursor_of(row), row.order, text, request, now, why)

    def add(self, table, row, request, now, why):
        table.insert(row)
        self.open[id(row)] = self.span(row, request, now, why)
        self.spans.append(self.open[id(row)])

    def close(self, row, request, now, why):
        """Ends the present version of a row; its text is kept, as the row itself may change after."""
        span = self.open.pop(id(row), None)
        if span is None:
            span = self.span(row, 0, 0, "start")
            self.spans.append(span)
        span.text = self.text_of(row)
        span.until, span.until_time, span.end = request, now, why

    def delete(self, table, row, request, now):
        table.remove(row)
        self.close(row, request, now, "delete")

    def update(self, table, row, request, now, change, why="update"):
        """Applies `change(row)` and puts the row at its new place."""
        table.remove(row)
        self.close(row, request, now, why)
        change(row)
        row.version += 1
        self.add(table, row, request, now, why)

    def history(self):
        """Every version of every record, those untouched since the start too, in the order of their start."""
        ended = {id(span.row) for span in self.spans}
        rows = [row for table in self.tables.values() for row in table.real()]
        return [self.span(row, 0, 0, "start") for row in rows if id(row) not in ended] + self.spans

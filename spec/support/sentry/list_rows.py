"""Makes the rows of lists.py's lists, place by place, when they are first asked for."""

import copy
import functools
import hashlib
import json

import times
import window
from lists import FOLDERS, LISTS, OF_FIRST, Made
from store import Row



@functools.lru_cache(None)
def recorded(path):
    """The records of an answer."""
    read = json.loads(path.read_bytes())
    rows = read if isinstance(read, list) else read.get("rows", [read])
    return [row for row in rows if row is not None]


class ListRows:
    def __init__(self, scenario, counts):
        self.scenario = scenario
        self.store = scenario.store
        self.counts = counts
        self.numbers = {}  # of the places of each list

    def places(self, name):
        """What the lists of one kind hang on: "" where there is one, projects, or what the parents are known by."""
        kind = LISTS[name]
        if not kind.of:
            return [""]
        if kind.of == "projects":
            return [row.project for row in self.store.table("projects").real()]
        if kind.of == "teams":
            return self.scenario.routes.team_slugs()
        if kind.of in OF_FIRST:
            names = [OF_FIRST[kind.of](row) for table in self.store.of_kind(kind.of) for row in table.real()]
            return [name for name in names if "/" not in name]  # nothing of a release that has one can be asked for
        return [place + name for place in self.outer_places(kind) for name in self.names(kind.of, place.rstrip("/"))]

    def outer_places(self, kind):
        """What the parent itself hangs on, where the path names that too."""
        if "{p}" in kind.path:
            return [row.project + "/" for row in self.store.table("projects").real()]
        joined = kind.path.count("{x}") > 1
        return [place + "/" * joined for place in self.places(kind.of)] if joined else [""]

    def names(self, name, place):
        """What rows of a list are known by, in paths: of all its lists, where no place is named."""
        kind = LISTS[name]
        places = [place] if place in self.places(name) else self.places(name)
        return [str(row.state["record"][kind.known_by]) for each in places for row in self.table(name, each).real()]

    def table(self, name, place):
        """The table of a list; None where what it hangs on is not there."""
        found = self.store.table(name, place)
        if found is None and place in self.places(name):
            found = self.store.create(name, place)
            self.fill(found)
        return found

    def fill(self, table):
        maker, kind = self.scenario.maker, LISTS[table.kind]
        count = 1 if kind.single else self.counts.get(table.kind, kind.rows)
        span = int(kind.spread_days * window.DAY)
        moments = maker.timeline(maker.rng("times", table.kind, table.project), count, self.scenario.base, span, maker.spec.get("tie", 0))
        table.fill([self.row(table.kind, table.project, number, moment) for number, moment in enumerate(moments)])

    def row(self, name, place, number, stamp):
        kind = LISTS[name]
        if kind.grain:
            stamp -= stamp % (kind.grain * times.SECOND)
        row = Row(name, place, number, "", 1 + number + 10_000 * self.number_of(name, place), stamp, stamp, stamp)
        self.write(row)
        return row

    def number_of(self, name, place):
        """The same for good, whichever places come and go: rows of two places are never of one number."""
        known = self.numbers.setdefault(name, {})
        if place not in known:
            for each in self.places(name):
                known.setdefault(each, len(known))
        return known[place]

    def write(self, row):
        """Makes the row's record anew, by what it is now."""
        kind = LISTS[row.kind]
        folder = FOLDERS.get(self.scenario.dialect.name, kind.folder)
        forms = recorded(self.scenario.fixtures / folder / f"{kind.form or row.kind}.json")
        digits = hashlib.sha1(f"{row.kind}/{row.project}/{row.number}".encode()).hexdigest()
        projects = self.scenario.maker.slugs or [""]
        made = Made(row.number, row.serial, row.project, digits, row.stamp, projects[row.number % len(projects)])
        record = copy.deepcopy(forms[row.number % len(forms)]) | kind.members(made)
        if row.version > 1:
            record |= {kind.touched: f"changed {row.version}"}
        row.key = str(record.get(kind.key, ""))
        every = self.scenario.maker.spec.get("nulls", {}).get(row.kind, 0)
        row.state |= {"record": record, "project": made.project}
        row.state |= {"unreadable": True} if every and row.number % every == every - 1 else {}
        row.raw = self.scenario.records.encoder.encode(record).encode()

    def touch(self, row):
        """The record changes. Its version counts on afterwards."""
        row.version += 1
        self.write(row)
        row.version -= 1

    def held(self):
        """All rows of all lists."""
        return {
            name: [row for place in self.places(name) for row in self.table(name, place).real() if "unreadable" not in row.state]
            for name, kind in LISTS.items()
            if self.scenario.dialect.name not in kind.lacks
        }

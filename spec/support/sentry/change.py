"""What happens to the records while a client reads: change before each request, and batches when the file changes."""

import data
import fixtures
from groups import Groups
from lists import LISTS, OF_FIRST
from times import SECOND

DEFAULT_LISTS = ("events", "issues")
MARKS = ("resolves", "assigns")  # of issues, which keep their lastSeen


class Change:
    """Applies a scenario's changes to one list at a time, so that lists read at once do not disturb each other."""

    def __init__(self, spec, maker, store, lists):
        self.spec = spec
        self.lists = lists
        self.maker = maker
        self.store = store
        self.steps = {}
        self.groups = Groups(maker, store)

    def before_request(self, kind, project, request, now):
        """The change between the last request for this list and the present one, number `request`."""
        self.groups.settle(request, now)
        if not self.spec or kind not in self.spec.get("lists", DEFAULT_LISTS):
            return
        if kind in ("events", "issues"):
            project = project or data.slug(0)  # an organization's issues, or an issue's events
        table = self.table(kind, project)
        step = self.steps.get((kind, project), 0) + 1
        self.steps[(kind, project)] = step
        if table is None or step == 1 or step > self.spec.get("requests", step):
            return
        rng = self.maker.rng(self.spec.get("seed", 1), "change", kind, project, step)
        for _ in range(self.times(rng, "adds")):
            self.add(table, rng, request, now, rng.random() < self.spec.get("late", 0))
        for _ in range(self.times(rng, "updates")):
            self.update(table, rng, request, now)
        for _ in range(self.times(rng, "deletes")):
            self.delete(table, rng, request, now)
        if kind == "issues":
            self.regroup(table, rng, request, now)
            self.mark_some(table, {name: self.times(rng, name) for name in MARKS}, rng, request, now)

    def table(self, kind, place):
        return self.lists.table(kind, place) if kind in LISTS else self.store.table(kind, place)

    def regroup(self, table, rng, request, now):
        for _ in range(self.times(rng, "merges")):
            self.groups.merge(table, rng, request, now)
        for _ in range(self.times(rng, "unmerges")):
            self.groups.unmerge(table, rng, request, now)

    def times(self, rng, name):
        rate = self.spec.get(name, 0)
        return int(rate) + (rng.random() < rate % 1)

    def add(self, table, rng, request, now, late=False):
        """A new record; a late one happened up to `late_seconds` ago and arrives now."""
        age = rng.randrange(int(self.spec.get("late_seconds", 300) * SECOND)) if late else 0
        number = table.made
        table.made += 1
        if table.kind == "projects":
            row = self.maker.project(table, number, now - age)
            self.store.create("events", row.project)
            self.store.create("issues", row.project)
        elif table.kind in LISTS:
            row = self.lists.row(table.kind, table.project, number, now - age)
        else:
            row = self.maker.row(table.kind, table.project, number, now - age, now)
        if table.kind == "events":
            self.groups.join(row, rng, request, now)
        self.store.add(table, row, request, now, "late" if late else "add")

    def update(self, table, rng, request, now):
        """An issue is seen again; a release is released."""
        rows = table.real()
        if not rows or table.kind not in ("issues", "releases", *LISTS):
            return

        def change(row):
            if table.kind in LISTS:
                return self.lists.touch(row)
            if table.kind == "issues":
                row.stamp = row.received = self.maker.dialect.store_time("issues", now)
                row.state["count"] += 1
                told = {"lastSeen": self.maker.dialect.stamp(row), "count": str(row.state["count"])}
            else:
                row.state["released"] = now
                told = {"dateReleased": self.maker.dialect.stamp(row, now)}
            if row.raw is not None:
                row.raw = fixtures.replaced(row.raw, told)
            self.maker.list_at(row, rng)

        row = rng.choice(rows)
        self.store.update(table, row, request, now, change)
        self.grow(row, rng, request, now)

    def grow(self, row, rng, request, now):
        """Something is done with an issue or a release: each list that hangs on it has a row more."""
        for name, kind in LISTS.items():
            hangs = kind.of == row.kind in OF_FIRST and not kind.single and "lists" in self.maker.spec
            hangs = hangs and self.maker.dialect.name not in kind.lacks
            table = self.table(name, OF_FIRST[row.kind](row)) if hangs else None
            if table:
                self.add(table, rng, request, now)

    def delete(self, table, rng, request, now):
        rows = table.real()
        if table.kind in LISTS and LISTS[table.kind].ages:
            rows = rows[-1:]
        if rows:
            self.store.delete(table, rng.choice(rows), request, now)

    def batch(self, spec, number, request, now):
        """One entry of `later`: so many records more, seen again or gone, all at once."""
        rng = self.maker.rng("batch", number)
        project = spec.get("project", data.slug(0))
        for kind in ("events", "issues", "releases", "projects", *LISTS):
            count, updates, deletes = (part.get(kind, 0) for part in (spec, spec.get("updates", {}), spec.get("deletes", {})))
            if not count and not updates and not deletes:
                continue
            table = self.table(kind, self.place(kind, project))
            for each in range(count):
                moment = now - (count - 1 - each) * SECOND // 8
                self.add(table, rng, request, moment, rng.random() < spec.get("late", 0))
            for _ in range(updates):
                self.update(table, rng, request, now)
            for _ in range(deletes):
                self.delete(table, rng, request, now)
        self.settle_issues(self.store.table("issues", project), spec, rng, request, now)

    def settle_issues(self, table, spec, rng, request, now):
        """Issues that change and keep their lastSeen: so many are resolved, assigned, or merged into another."""
        self.mark_some(table, spec, rng, request, now)
        for _ in range(spec.get("merges", 0)):
            self.groups.merge(table, rng, request, now)

    def mark_some(self, table, counts, rng, request, now):
        for name in MARKS:
            for row in rng.sample(table.real(), min(counts.get(name, 0), len(table.real()))):
                self.store.update(table, row, request, now, lambda row, name=name: self.mark(row, name), name)

    def mark(self, row, name):
        told = {"status": "resolved"} if name == "resolves" else {"assignedTo": {"type": "user", "id": "7", "name": "Ann"}}
        row.state = row.state | ({"status": "resolved"} if name == "resolves" else {"assigned": told["assignedTo"]})
        if row.raw is not None:
            row.raw = fixtures.replaced(row.raw, told)

    def place(self, kind, project):
        """What the list that a batch changes hangs on; of lists on other rows, the first one's."""
        if kind in ("events", "issues") or kind in LISTS and LISTS[kind].of == "projects":
            return project
        return self.lists.places(kind)[0] if kind in LISTS else ""

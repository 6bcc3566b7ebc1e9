"""Fills a scenario's tables: generated from a seed, or cut from recorded answers."""

import random

import fixtures
import teams
from groups import Groups
from store import Row
from times import SECOND

HOUR = 3600 * SECOND
SLUGS = ["web-frontend", "backend", "mobile"]
DOOMED = 900  # the number of the first project in deletion
CATEGORIES = ("feedback", "performance", "cron")
DAY = 24 * HOUR
OLD_DAYS = 120  # since such issues were last seen
STATUSES = ["unresolved"] * 8 + ["resolved", "ignored"]


def slug(number):
    return SLUGS[number] if number < len(SLUGS) else f"service-{number:02d}"


def number_of(project):
    if project in SLUGS:
        return SLUGS.index(project)
    number = project.rpartition("-")[2]
    return int(number) if number.isdigit() else 0  # of recorded projects the first one, which has the events


class Maker:
    """Makes rows: those of the start, and later ones for batches and concurrent change."""

    def __init__(self, dialect, spec):
        self.dialect = dialect
        self.spec = spec
        self.seed = spec.get("seed", 1)
        self.disorder = int(spec.get("disorder_ms", 0) * 1000)
        self.teams = spec.get("teams", dialect.has_teams)
        self.archived = spec.get("archived", dialect.archived)
        self.slugs = [slug(number) for number in range(spec.get("projects", 3))]

    def rng(self, *parts):
        return random.Random("/".join(str(part) for part in (self.seed, *parts)))

    def row(self, kind, project, number, stamp, received):
        """A record whose cursor field says `stamp` and that arrived at `received`."""
        rng = self.rng("row", kind, project, number)
        keep = self.dialect.store_time
        key, serial = self.identity(kind, project, number, rng)
        row = Row(kind, project, number, key, serial, keep(kind, stamp), received, 0)
        row.state = self.state(kind, project, number, row.stamp, rng)
        self.list_at(row, rng)
        return row

    def list_at(self, row, rng):
        """Sets the time by which a row is listed, with the disorder that the scenario asks for."""
        row.order = self.dialect.order_of(row.kind, row)
        if self.disorder:
            row.order = self.dialect.store_time(row.kind, row.order + rng.randrange(self.disorder))

    def identity(self, kind, project, number, rng):
        if kind == "events" and self.dialect.name != "sentry9":
            serial = rng.getrandbits(128)
            return f"{serial:032x}", serial
        if kind == "releases" and not self.dialect.releases_have_id:
            return self.dialect.version(number), number + 1
        base = {"events": 1000, "issues": 20, "projects": 2, "releases": 500000000}[kind]
        offset = 1_000_000 * number_of(project) if kind in ("events", "issues") else 0
        serial = base + offset + number
        return str(serial), serial

    def state(self, kind, project, number, stamp, rng):
        every = self.spec.get("nulls", {}).get(kind, 0)
        made = self.fields(kind, project, number, stamp, rng)
        return made | {"unreadable": True} if every and number % every == every - 1 else made

    def fields(self, kind, project, number, stamp, rng):
        if kind == "issues":
            first = stamp - rng.randrange(int(self.spec.get("first_hours", 200) * HOUR))
            return {"status": rng.choice(STATUSES), "count": rng.randrange(1, 500), "first": first}
        if kind == "projects":
            name = project if self.dialect.name == "glitchtip" else project.replace("-", " ").title()
            return {"name": name, "teams": teams.of_project(number) if self.teams else ()}
        if kind == "releases":
            released = stamp - rng.randrange(48 * HOUR) if number % 3 == 1 else None
            made = {"version": self.dialect.version(number), "released": released}
            made["projects"] = teams.of_release(number, self.slugs) if self.teams else tuple(self.slugs[:1])
            return made | self.status(number)
        return {}

    def status(self, number):
        if not self.dialect.releases_have_status:
            return {}
        return {"status": "archived" if self.archived and number % self.archived == self.archived - 1 else "open"}

    def timeline(self, rng, count, base, span, tie):
        """`count` ascending times up to `base`; a share `tie` of them repeat the one before."""
        step = span / max(count, 1)
        made = []
        for number in range(count):
            fresh = base - span + int(step * (number + rng.random()))
            made.append(made[-1] if made and rng.random() < tie else fresh)
        return made

    def fill(self, table, count, base, span):
        """The table's rows of the start."""
        rng = self.rng("times", table.kind, table.project)
        tie, late = self.spec.get("tie", 0), self.spec.get("late", 0)
        longest = int(self.spec.get("late_seconds", 3600) * SECOND)
        rows = []
        for number, moment in enumerate(self.timeline(rng, count, base, span, tie)):
            stamp = moment - rng.randrange(longest) if table.kind == "events" and rng.random() < late else moment
            rows.append(self.row(table.kind, table.project, number, stamp, moment))
        table.fill(rows)

    def other_issues(self, table, base):
        """Issues of other categories, and such that were last seen long ago."""
        rows = []
        for category in CATEGORIES:
            for _ in range(self.spec.get("categories", {}).get(category, 0)):
                rows.append(self.other_issue(table, len(rows), base - len(rows) * HOUR, {"category": category}))
        old = base - OLD_DAYS * DAY
        for _ in range(self.spec.get("old_issues", 0)):
            rows.append(self.other_issue(table, len(rows), old - len(rows) * HOUR, {}))
        table.fill(table.rows + rows)

    def other_issue(self, table, more, stamp, state):
        row = self.row("issues", table.project, len(table.rows) + more, stamp, stamp)
        row.state |= state
        return row

    def project(self, table, number, stamp):
        """The row of the project `number`; projects are a table of their own, whose rows name the project."""
        row = self.row("projects", slug(number), number, stamp, stamp)
        row.order = row.stamp
        return row


def generate(maker, store, base):
    """Fills the store for a scenario without fixtures."""
    spec = maker.spec
    span = int(spec.get("span_hours", 6) * HOUR)
    projects = maker.slugs
    events = {projects[0]: spec.get("events", 250), **spec.get("project_events", {})} if projects else {}
    issues = {projects[0]: spec.get("issues", 40), **spec.get("project_issues", {})} if projects else {}
    for name in projects:
        maker.fill(store.create("events", name), events.get(name, 0), base, span)
        maker.fill(store.create("issues", name), issues.get(name, 0), base, span)
        Groups(maker, store).fill(name, spec.get("issue_events", {}) if name == projects[0] else {})
    if projects:
        maker.other_issues(store.table("issues", projects[0]), base)
    maker.fill(store.create("releases"), spec.get("releases", 30), base, span)
    old = base - 30 * 24 * HOUR
    table = store.create("projects")
    table.fill([maker.project(table, number, old + number * HOUR) for number in range(len(projects))])
    doomed = range(DOOMED, DOOMED + spec.get("deleting", 0))
    store.create("deleting").fill([maker.project(table, number, old + number * HOUR) for number in doomed])


def load(maker, store, base, folder):
    """Fills the store of a scenario; returns the documents that fixtures bring along."""
    if "fixtures" in maker.spec:
        documents = fixtures.load(folder / maker.spec["fixtures"], maker.dialect, store)
        listed = [row for row in store.table("projects").rows if row.raw is not None]
        maker.slugs = [row.project for row in reversed(listed)]  # later releases are of the oldest ones
        return documents
    generate(maker, store, base)
    return {}

"""Counts over time, of days in UTC: what stats_v2 and sessions answer, grouped as they are asked."""

import hashlib
import json

import times
import window
from answer import detail, document
from window import DAY

CATEGORIES = ("error", "transaction", "replay")
OUTCOMES = (("accepted", None), ("filtered", "release-version"), ("rate_limited", "project_quota"))
STATUSES = ("healthy", "errored", "crashed")
RELEASES = ("shop@1.0.0", "shop@1.0.1", "")
NAMES = {"stats": ("sum(quantity)", "sum(times_seen)"), "sessions": ("sum(session)", "count_unique(user)")}


def day_of(micros):
    return times.iso(micros, 0)[:10]


def amount(*parts):
    return int(hashlib.md5("/".join(map(str, parts)).encode()).hexdigest()[:4], 16) % 1000


class Grids:
    """A part of routes.Routes. The scenario's grid_days says for how many days before today there is something, and late_counts
    what was added to a day later."""

    def cells(self, kind, chosen=None):
        """All that there is: (day, what it is grouped by, count)."""
        made = []
        today = self.scenario.clock.now() // DAY * DAY
        for back in range(self.scenario.spec.get("grid_days", 4), -1, -1):
            day = day_of(today - back * DAY)
            for row in self.scenario.store.table("projects").real():
                if chosen is None or row.project in chosen:
                    made += [(day, by, self.count(day, by)) for by in self.groups(kind, int(row.key))]
        return made

    def count(self, day, by):
        spec = self.scenario.spec
        return amount(day, *by.values()) + spec.get("late_counts", {}).get(day, 0)

    def groups(self, kind, project):
        if kind == "stats":
            made = [(category, *outcome) for category in CATEGORIES for outcome in OUTCOMES]
            return [dict(zip(("project", "category", "outcome", "reason"), (project, *one))) for one in made]
        made = [(release, "production", status) for release in RELEASES for status in STATUSES]
        return [dict(zip(("project", "release", "environment", "session.status"), (project, *one))) for one in made]

    def grid(self, request, kind):
        """By project there are sums alone; each end is taken to the whole day that it lies in."""
        wanted, named = request.all("groupBy"), request.all("field")
        if not named:
            return detail('At least one "field" is required.', 400)
        start, end = window.bounds(request.query, self.scenario.clock.now())
        start, end = start // DAY * DAY, -(-end // DAY) * DAY
        sums = {}
        for day, by, count in self.cells(kind, self.visibility.chosen(request, kind)):
            if start <= times.parse(day) < end:
                group = tuple((name, by[name]) for name in wanted)
                sums[group] = sums.get(group, 0) + count
        groups = [{"by": dict(group), "totals": {name: count for name in named}} for group, count in sums.items()]
        answer = {"start": times.iso(start, 0), "end": times.iso(min(end, self.scenario.clock.now()), 0), "groups": groups}
        return self.paged_grid(request, answer) if kind == "sessions" else document(answer)

    def paged_grid(self, request, answer):
        size, offset = int(request.query.get("per_page", 5000)), int(request.query.get("cursor", "0:0:0").split(":")[1])
        groups, cap = answer["groups"], self.scenario.page_cap("sessions")
        size = min(size, cap or size)
        answer["groups"] = groups[offset : offset + size]
        made = document(answer)
        results = "true" if offset + size < len(groups) else "false"
        following = f"0:{offset + size}:0"
        made.headers["Link"] = f'<{request.base}{request.raw_path}?cursor={following}>; rel="next"; results="{results}"; cursor="{following}"'
        return made

    def sessions(self, request, organization):
        return self.grid(request, "sessions")

    def held_cells(self):
        """What a client can read of both, by the names that the answers have."""
        made = {}
        for kind, (name, _) in NAMES.items():
            made[kind] = [{"day": day, **by, "count": count} for day, by, count in self.cells(kind)]
        return made

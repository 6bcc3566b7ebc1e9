"""Records of Sentry 23.7.1: recorded rows, each a form that a made row fills with its own identity, times and state."""

import copy
import functools
import json

import data
import teams
import versions
from records import ERRORS, Records

FOLDER = "sentry-23.7.1"


@functools.lru_cache(None)
def recorded(folder, name):
    return json.loads((folder / FOLDER / f"{name}.json").read_bytes())


class Forms(Records):
    """The keys of a record, their order and the types of their values are those of a recorded row."""

    def form(self, name, number):
        rows = recorded(self.fixtures, name)
        return copy.deepcopy(rows if isinstance(rows, dict) else rows[number % len(rows)])

    def fields(self, row, form, caller):
        if row.kind == "projects":
            return self.project(row, form, caller)
        return super().fields(row, form, caller)

    def project_id(self, slug):
        return 2 + data.number_of(slug)

    def name(self, slug):
        return slug.replace("-", " ").title()

    def organization(self, base, listed=False):
        made = self.form("organizations" if listed else "org", 0)
        return made | {"links": {"organizationUrl": base, "regionUrl": base}}

    def teams(self, caller):
        """By slug. A caller is a member of its own."""
        found = []
        for slug in sorted(teams.NAMES):
            made = self.team(slug) | {"isMember": slug in caller.teams}
            found.append(self.encoder.encode(made).encode())
        return found

    def team(self, slug):
        return next(team for team in recorded(self.fixtures, "teams") if team["slug"] == slug)

    # Projects
    def project(self, row, form, caller):
        made = self.form("org_projects" if form == "org" else "projects", row.number)
        if form == "detail":  # more members than a list's row has, of the same values, but for the features
            listed = {name: value for name, value in made.items() if name != "features"}
            made = self.form("project", row.number) | listed
        made |= {"id": row.key, "slug": row.project, "name": row.state["name"], "dateCreated": self.dialect.stamp(row)}
        if caller:
            member = caller.sees_all or not caller.teams.isdisjoint(row.state["teams"])
            made |= {"isMember": member, "isBookmarked": row.project in caller.bookmarks}
        if "teams" in made:
            made["teams"] = [self.team_of_project(slug) for slug in row.state["teams"]]
            made["team"] = made["teams"][0] if made["teams"] else None
        return made

    def team_of_project(self, slug):
        team = self.team(slug)
        return {key: team[key] for key in ("id", "slug", "name")}

    # Releases
    def releases(self, row, rng, form):
        version = row.state["version"]
        released = row.state.get("released")
        made = self.form("releases", row.number)
        made |= {"id": row.serial, "version": version, "status": row.state["status"], "shortVersion": version}
        made |= {"versionInfo": versions.info(version), "dateCreated": self.dialect.stamp(row)}
        made["dateReleased"] = self.dialect.stamp(row, released) if released else None
        project = made["projects"][0]
        made["projects"] = [
            project | {"id": self.project_id(slug), "slug": slug, "name": self.name(slug)}
            for slug in row.state["projects"]
        ]
        return made

    # Issues
    def issues(self, row, rng, form):
        kind, message, function = ERRORS[rng.randrange(len(ERRORS))]
        made = self.form("org_issues" if form == "org" else "issues_emptyq", row.number)
        seen = {"count": str(row.state["count"]), "userCount": rng.randrange(9)}
        seen |= {"firstSeen": self.dialect.stamp(row, row.state["first"]), "lastSeen": self.dialect.stamp(row)}
        made |= {"id": row.key, "shortId": f"{row.project.upper()}-{row.number + 1:X}", **seen}
        made |= {"title": f"{kind}: {message}", "status": row.state["status"]}
        made["substatus"] = "ongoing" if row.state["status"] == "unresolved" else None
        made["permalink"] = f"https://sentry.example/organizations/acme/issues/{row.key}/"
        project = {"id": str(self.project_id(row.project)), "name": self.name(row.project), "slug": row.project}
        made["project"] = made["project"] | project
        made["metadata"] = made["metadata"] | {"type": kind, "value": message, "function": function}
        if "category" in row.state:
            made |= {"issueCategory": row.state["category"], "issueType": row.state["category"]}
        if form == "statless":
            del made["stats"]
        return made

    # Events
    def events(self, row, rng, form):
        kind, message, function = ERRORS[rng.randrange(len(ERRORS))]
        made = self.form("events" if form == "simple" else "events_full", row.number)
        project = self.project_id(row.project)
        group = self.drawn(row, 20 + 1_000_000 * data.number_of(row.project) + rng.randrange(5))
        made |= {"id": row.key, "eventID": row.key, "groupID": str(group), "projectID": str(project)}
        made |= {"title": f"{kind}: {message}", "dateCreated": self.dialect.stamp(row)}
        if form == "full":
            made["metadata"] = made["metadata"] | {"type": kind, "value": message, "function": function}
            made["dateReceived"] = self.dialect.stamp(row, row.received - row.received % 1_000_000)
            self.grow(made, kind, message)
        return made

    def grow(self, made, kind, message):
        """Repeats the stack trace's last frame until the event is as large as the scenario wants its bodies."""
        value = next(entry for entry in made["entries"] if entry["type"] == "exception")["data"]["values"][0]
        value |= {"type": kind, "value": message}
        frames = value["stacktrace"]["frames"]
        size, one = len(self.encoder.encode(made)), len(self.encoder.encode(frames[-1]))
        frames += [copy.deepcopy(frames[-1]) for _ in range(max(0, -(-(self.body - size) // one)))]

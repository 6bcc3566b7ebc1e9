"""The endpoints that list nothing of the store: single documents, and lists made up on the spot."""

import hashlib
import json

import times
from answer import Answer, document
from callers import Caller
from listing import made_up

TEAMS = {"checkout": 6, "data": 4, "mobile": 11, "on-call": 2}  # how many members
OTHER = {"id": "3", "slug": "other", "status": {"id": "active", "name": "active"}, "name": "Other Example"}
OTHER["dateCreated"] = "2026-01-01T00:00:00Z"


class Documents:
    """Answers requests in a scenario's dialect; its other half is routes.Routes, which lists the store."""

    def index(self, request):
        if not self.dialect.index_tells_scopes:
            return document({"version": "0", "auth": None, "user": None})
        if request.token is None:
            return document({"version": "0", "auth": None, "user": None})
        self.identify(request)
        user = None if request.caller.kind == "organization" else {"id": "1", "name": request.caller.kind.title()}
        return document({"version": "0", "auth": {"scopes": sorted(request.caller.scopes)}, "user": user})

    def organizations(self, request):
        """Those that the token's user is a member of; an integration's user is one of none."""
        if request.caller.kind == "integration":
            return self.list(request, made_up("organizations", []))
        outsider = request.caller.kind == "outsider"
        made = OTHER if outsider else self.scenario.records.organization(request.base, listed=True)
        created = times.parse(made["dateCreated"])
        return self.list(request, made_up("organizations", [json.dumps(made).encode()], created))

    def organization(self, request, slug):
        recorded = self.scenario.documents.get("organization")
        if recorded:
            return Answer(200, recorded)
        made = self.scenario.records.organization(request.base)
        return document({**made, "slug": slug})

    def project(self, request, organization, slug):
        recorded = self.scenario.documents.get("project")
        self.check_project(request, slug)
        if recorded and json.loads(recorded, strict=False)["slug"] == slug:
            return Answer(200, recorded)
        for row in self.scenario.store.table("projects").real():
            if row.project == slug:
                return Answer(200, self.scenario.records.text(row, "detail", request.caller))
        return self.dialect.missing()

    def stats(self, request, organization):
        if request.query.get("category") == "error" and request.query.get("outcome") == "accepted":
            return self.accepted(request)
        if "project" in request.all("groupBy"):
            return self.grid(request, "stats")
        now = self.scenario.clock.now()
        hours = [times.iso(now - n * 3600 * times.SECOND, 0)[:13] + ":00:00Z" for n in (2, 1, 0)]
        group = {"by": {}, "totals": {"sum(quantity)": 42}, "series": {"sum(quantity)": [20, 12, 10]}}
        return document({"start": hours[0], "end": hours[2], "intervals": hours, "groups": [group]})

    def accepted(self, request):
        """How many events of the projects asked for, by their ids, came in whole days up to now."""
        period, now = request.query.get("statsPeriod", "1d"), self.scenario.clock.now()
        since = now - int(period[:-1]) * 24 * 3600 * times.SECOND
        slugs = [row.project for row in self.scenario.store.table("projects").real() if row.key in request.all("project")]
        tables = [table for table in self.scenario.store.of_kind("events") if table.project in slugs]
        count = sum(row.received >= since for table in tables for row in table.real())
        start, end = times.iso(since, 0), times.iso(now, 0)
        group = {"by": {"outcome": "accepted"}, "totals": {"sum(quantity)": count}, "series": {"sum(quantity)": [count]}}
        return document({"start": start, "end": end, "intervals": [start], "groups": [group] if count else []})

    def team(self, number, slug, members):
        stamp = times.iso(self.scenario.base - (90 - number) * 24 * 3600 * times.SECOND, 6)
        made = {"id": str(4 + number), "slug": slug, "name": slug.title(), "dateCreated": stamp}
        made |= {"isMember": number == 0, "teamRole": None, "hasAccess": True, "isPending": False}
        made["memberCount"] = members
        made |= {"avatar": {"avatarType": "letter_avatar", "avatarUuid": None}, "externalTeams": [], "projects": []}
        return json.dumps(made).encode()

    def teams(self, request, organization):
        """By slug, as the server lists them."""
        return self.list(request, made_up("teams", self.team_texts(request.caller)))

    def told(self, base):
        """The texts of what is in no table, as an owner gets them."""
        records = self.scenario.records
        alone, listed = (json.dumps(records.organization(base, listed)).encode() for listed in (False, True))
        made = {"organization": [alone], "organizations": [listed], "teams": self.team_texts(Caller())}
        return {name: texts for name, texts in made.items() if name not in self.dialect.unknown_endpoints}

    def team_texts(self, caller):
        texts = self.scenario.records.teams(caller)
        return texts or [self.team(number, *team) for number, team in enumerate(sorted(TEAMS.items()))]

    def team_slugs(self):
        return [json.loads(text)["slug"] for text in self.team_texts(Caller())]

    def hashes(self, request, *parts):
        issue = parts[-1]
        if not any(row.key == issue for table in self.scenario.store.of_kind("issues") for row in table.real()):
            return self.dialect.missing()
        texts = []
        for number in range(1 + int(issue) % 3 if issue.isdigit() else 1):
            digest = hashlib.md5(f"{issue}/{number}".encode()).hexdigest()
            texts.append(json.dumps({"id": digest, "latestEvent": None, "state": "unlocked"}).encode())
        return self.list(request, made_up("hashes", texts[::-1], 23000 + 1000 * len(texts), 1000))

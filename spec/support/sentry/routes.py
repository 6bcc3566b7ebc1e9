"""The endpoints: from a path to an answer, with the checks in the order in which the real servers make them."""

import hashlib
import json
import re
from dataclasses import dataclass

import search
import times
from answer import Answer, Refusal, detail, document
from store import Row, Table

SLUG = r"([^/]+)"
PATTERNS = [
    ("index", r"/api/0/"),
    ("organization", rf"/api/0/organizations/{SLUG}/"),
    ("org_projects", rf"/api/0/organizations/{SLUG}/projects/"),
    ("projects", r"/api/0/projects/"),
    ("project", rf"/api/0/projects/{SLUG}/{SLUG}/"),
    ("events", rf"/api/0/projects/{SLUG}/{SLUG}/events/"),
    ("issues", rf"/api/0/projects/{SLUG}/{SLUG}/issues/"),
    ("releases", rf"/api/0/organizations/{SLUG}/releases/"),
    ("hashes", rf"/api/0/organizations/{SLUG}/issues/{SLUG}/hashes/"),
    ("hashes", rf"/api/0/issues/{SLUG}/hashes/"),
    ("stats", rf"/api/0/organizations/{SLUG}/stats_v2/"),
    ("environments", rf"/api/0/organizations/{SLUG}/environments/"),
    ("teams", rf"/api/0/organizations/{SLUG}/teams/"),
]
ROUTES = [(endpoint, re.compile(pattern)) for endpoint, pattern in PATTERNS]
KINDS = {"org_projects": "projects", "projects": "projects", "events": "events", "issues": "issues"}
KINDS["releases"] = "releases"
TEAMS = {"checkout": 6, "data": 4, "mobile": 11, "on-call": 2}  # how many members
OPEN_WITHOUT_SCOPE = ("index", "organization", "org_projects", "projects", "project")
ORGANIZATION = "acme"
FOREIGN = "other"  # exists, but the token is not for it
PERIOD = re.compile(r"(\d+)([smhdw])")
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
SORTS = "'last_seen', 'first_seen', 'count', 'priority', '-last_seen', '-first_seen', '-count' or '-priority'"


def find(path):
    """The endpoint of a path and what its parts are; (None, ()) where there is none."""
    for endpoint, pattern in ROUTES:
        found = pattern.fullmatch(path)
        if found:
            return endpoint, found.groups()
    return None, ()


def list_of(path):
    """The kind and project of the records that a path lists, or (None, "")."""
    endpoint, parts = find(path)
    kind = KINDS.get(endpoint)
    return kind, parts[1] if kind in ("events", "issues") else ""


@dataclass
class Listing:
    """The rows of a list before they are cut into pages; `form` is that of the records."""

    endpoint: str
    kind: str
    project: str
    rows: list
    form: str = "full"


class Routes:
    """Answers requests from a scenario's store, in its dialect."""

    def __init__(self, scenario):
        self.scenario = scenario
        self.dialect = scenario.dialect
        self.ignore_filters = False

    def answer(self, request):
        try:
            return self.checked(request)
        except Refusal as refusal:
            return refusal.answer

    def checked(self, request):
        if request.method not in ("GET", "HEAD"):
            return detail(f'Method "{request.method}" not allowed.', 405)
        endpoint, parts = find(request.path)
        if endpoint is None or endpoint in self.dialect.unknown_endpoints:
            return self.unrouted(request)
        if endpoint == "index":
            return document({"version": "0", "auth": None, "user": None})
        self.check_token(request, endpoint)
        if endpoint != "projects" and not request.path.startswith("/api/0/issues/"):
            if parts[0] == FOREIGN:
                return self.dialect.forbidden()
            if parts[0] != ORGANIZATION:
                return self.unknown(request, endpoint)
        return getattr(self, endpoint)(request, *parts)

    def unrouted(self, request):
        slashed = find(request.path + "/")[0]
        return self.dialect.no_slash(request) if slashed else self.dialect.no_route()

    def check_token(self, request, endpoint):
        token = request.token
        if token == "token-without-scope":
            refused = endpoint not in OPEN_WITHOUT_SCOPE
        elif token == "token-without-releases":
            refused = endpoint == "releases"
        elif token == self.scenario.token:
            refused = False
        else:
            raise Refusal(self.dialect.unauthorized(token))
        if refused:
            raise Refusal(self.dialect.forbidden())

    def unknown(self, request, endpoint):
        """A project or organization that is not there."""
        if endpoint not in KINDS:
            return self.dialect.missing()
        return self.list(request, Listing(endpoint, KINDS[endpoint], "", self.dialect.unknown_list()))

    # Documents
    def organization(self, request, slug):
        recorded = self.scenario.documents.get("organization")
        if recorded:
            return Answer(200, recorded)
        base = f"{request.origin}/{request.prefix}"
        made = {"id": "2", "slug": slug, "name": "Acme", "dateCreated": "2026-01-01T00:00:00Z", "features": []}
        made["status"] = {"id": "active", "name": "active"}
        made["access"] = ["event:read", "project:read", "project:releases", "org:read"]
        if self.dialect.name == "sentry":
            made["links"] = {"organizationUrl": base, "regionUrl": base}
        return document(made)

    def project(self, request, organization, slug):
        recorded = self.scenario.documents.get("project")
        if recorded and slug == "web-frontend":
            return Answer(200, recorded)
        for row in self.scenario.store.table("projects").real():
            if row.project == slug:
                return Answer(200, self.scenario.records.text(row))
        return self.dialect.missing()

    def stats(self, request, organization):
        now = self.scenario.clock.now()
        hours = [times.iso(now - n * 3600 * times.SECOND, 0)[:13] + ":00:00Z" for n in (2, 1, 0)]
        group = {"by": {}, "totals": {"sum(quantity)": 42}, "series": {"sum(quantity)": [20, 12, 10]}}
        return document({"start": hours[0], "end": hours[2], "intervals": hours, "groups": [group]})

    def environments(self, request, organization):
        names = ["Prod EU", "dev", "production", "staging"]
        return document([{"id": str(20 + n), "name": name, "isHidden": False} for n, name in enumerate(names)])

    def team(self, number, slug, members):
        stamp = times.iso(self.scenario.base - (90 - number) * 24 * 3600 * times.SECOND, 6)
        made = {"id": str(4 + number), "slug": slug, "name": slug.title(), "dateCreated": stamp, "isMember": number == 0}
        made |= {"teamRole": None, "hasAccess": True, "isPending": False, "memberCount": members}
        made |= {"avatar": {"avatarType": "letter_avatar", "avatarUuid": None}, "externalTeams": [], "projects": []}
        return json.dumps(made).encode()

    # Lists
    def teams(self, request, organization):
        """By slug, as the server lists them."""
        table = Table("teams", "")
        texts = [self.team(number, *team) for number, team in enumerate(sorted(TEAMS.items()))]
        table.fill([Row("teams", "", n, str(4 + n), 0, 0, 0, -n, raw=text) for n, text in enumerate(texts)])
        return self.list(request, Listing("teams", "teams", "", table.rows))

    def org_projects(self, request, organization):
        listing = self.project_list("org_projects", "org")
        if self.dialect.name == "sentry" and request.query.get("all_projects") == "1":
            return self.whole(listing)
        return self.list(request, listing)

    def projects(self, request):
        return self.list(request, self.project_list("projects", "full"))

    def project_list(self, endpoint, form):
        rows = self.scenario.store.table("projects").rows
        order = self.dialect.sorted_lists.get(endpoint)
        return Listing(endpoint, "projects", "", sorted(rows, key=order) if order else rows, form)

    def releases(self, request, organization):
        return self.list(request, Listing("releases", "releases", "", self.scenario.store.table("releases").rows))

    def events(self, request, organization, project):
        table = self.scenario.store.table("events", project)
        if table is None:
            return self.unknown(request, "events")
        rows, form = table.rows, "full"
        if self.dialect.both_forms:
            form = "full" if request.query.get("full") in ("1", "true") else "simple"
        if self.dialect.windows and not self.ignore_filters:
            rows = self.windowed(rows, request.query)
        return self.list(request, Listing("events", "events", project, rows, form))

    def issues(self, request, organization, project):
        table = self.scenario.store.table("issues", project)
        if table is None:
            return self.unknown(request, "issues")
        self.check_issue_parameters(request.query)
        rows = table.rows
        if not self.ignore_filters:
            query = request.query.get("query", self.dialect.default_query)
            rows = search.filtered(self.dialect, rows, query, self.scenario.records.title)
        statless = self.dialect.stats_follow_period and request.query.get("statsPeriod") == ""
        return self.list(request, Listing("issues", "issues", project, rows, "statless" if statless else "full"))

    def check_issue_parameters(self, query):
        if self.dialect.name == "glitchtip":
            if query.get("sort", "last_seen") not in re.findall(r"'(.*?)'", SORTS):
                message, expected = f"Input should be {SORTS}", {"expected": SORTS}
                raise Refusal(self.dialect.unprocessable("literal_error", "sort", message, expected))
        elif query.get("statsPeriod", "") not in ("", "24h", "14d"):
            raise Refusal(detail("Invalid stats_period. Valid choices are '', '24h', and '14d'", 400))

    def windowed(self, rows, query):
        """Events of [start, end) at the resolution of a second; statsPeriod goes before both."""
        start, end = self.window(query)
        if start is None:
            return rows
        start, end = start - start % times.SECOND, end - end % times.SECOND
        return [row for row in rows if start <= row.stamp < end]

    def window(self, query):
        if query.get("statsPeriod"):
            period = PERIOD.fullmatch(query["statsPeriod"])
            if not period:
                raise Refusal(detail("Invalid statsPeriod: " + repr(query["statsPeriod"]), 400))
            now = self.scenario.clock.now() + times.SECOND
            return now - int(period[1]) * UNITS[period[2]] * times.SECOND, now
        start, end = query.get("start"), query.get("end")
        if not start and not end:
            return None, None
        if not start or not end:
            raise Refusal(detail("start and end are both required", 400))
        start, end = self.date(start), self.date(end)
        if start >= end:
            raise Refusal(detail("start must be before end", 400))
        return start, end

    def date(self, text):
        try:
            return times.parse(text)
        except ValueError:
            raise Refusal(detail(f"{text} is not a valid ISO8601 date query", 400)) from None

    def hashes(self, request, *parts):
        issue = parts[-1]
        if not any(row.key == issue for table in self.scenario.store.of_kind("issues") for row in table.real()):
            return self.dialect.missing()
        table = Table("hashes", "")
        rows = []
        for number in range(1 + int(issue) % 3 if issue.isdigit() else 1):
            digest = hashlib.md5(f"{issue}/{number}".encode()).hexdigest()
            text = json.dumps({"id": digest, "latestEvent": None, "state": "unlocked"}).encode()
            rows.append(Row("hashes", "", number, digest, number + 1, 0, 0, 24000 + number * 1000, raw=text))
        table.fill(rows)
        return self.list(request, Listing("hashes", "hashes", "", table.rows))

    def list(self, request, listing):
        """The answer for one page of a list."""
        scenario, dialect = self.scenario, self.dialect
        size = dialect.size(listing.endpoint, request.query, scenario.page_cap(listing.endpoint), scenario.cap_full)
        page = dialect.page(listing, request.query, size, scenario.unstable_ties)
        answer = self.rendered(listing, page.rows)
        answer.page = page
        answer.headers.update(dialect.hit_headers(listing.endpoint, len(listing.rows)))
        return answer

    def whole(self, listing):
        return self.rendered(listing, listing.rows)

    def rendered(self, listing, rows):
        records = self.scenario.records
        texts = [records.text(row, listing.form) for row in rows if not row.ghost]
        return Answer(texts=texts, separator=self.scenario.separator(listing.kind), listing=listing)
